"""What plans look like over HTTP."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from app.districts.models import Document
from app.payloads import Incoming
from app.schedules.document_schemas import DocumentWishOut, documents_out
from app.schedules.models import RunStatus
from app.schedules.obstacle_words import ObstacleCode
from app.schedules.policies.schemas import PolicyResultOut
from app.schedules.result_schemas import LearnedOut, ResultOut, TextOut, UnvisitableOut
from app.schedules.wish import Wish
from app.schedules.wish_schemas import ReplanIn

Stage = Literal["run", "draft", "published", "superseded"]


class PeriodOut(BaseModel):
    start: date
    end: date


class ProgressOut(BaseModel):
    """Where the solver stands; at most a second old."""

    elapsed_seconds: float | None = None
    iterations: int | None = None
    expected_activations: int | None = None
    upper_bound_activations: int | None = None
    value_milli: int | None = None
    bound_milli: int | None = None


class KeptOut(BaseModel):
    """What a re-planning left unsaid and took over from the request of the plan it changes."""

    schedule_id: int
    fields: list[str] = Field(examples=[["kinds", "weights/late"]])


class RequestOut(BaseModel):
    """The request as it was understood."""

    kinds: list[dict[str, Any]]
    weights: dict[str, int]
    documents: list[DocumentWishOut] = Field(description="What the plan serves; in strict order the first goes first.")
    in_order: bool = Field(description="In strict order instead of by worth.")
    budget: int | None = None
    policy: str | None = Field(default=None, description="Null: everything is weighed at once, by the weights.")
    policy_version: int | None = None
    replan: ReplanIn | None = None
    kept: KeptOut | None = Field(default=None, description="Null for a plan made anew.")
    time_limit_seconds: int | None = Field(description="Null where iterations are the limit.")
    iterations: int | None = None
    seed: int

    @classmethod
    def of(cls, wish: Wish) -> "RequestOut":
        return cls(
            kinds=[rule.to_json() for rule in wish.kinds or ()],
            weights=dict(wish.weights),
            documents=documents_out(wish),
            in_order=wish.documents is not None and bool(wish.documents.order),
            budget=None if wish.budget is None else wish.budget.rupiah,
            policy=None if wish.in_levels is None else wish.in_levels.name,
            policy_version=None if wish.in_levels is None else wish.in_levels.version,
            replan=None if wish.replan is None else ReplanIn(most_moved=wish.replan.most_moved),
            kept=None
            if wish.kept is None
            else KeptOut(schedule_id=wish.kept.schedule_id, fields=list(wish.kept.fields)),
            time_limit_seconds=wish.time_limit_seconds if wish.iterations is None else None,
            iterations=wish.iterations,
            seed=wish.seed,
        )


class LinksOut(BaseModel):
    self: str
    events: str
    cancel: str
    publish: str
    visits: str
    changes: str
    what_if: str
    enough: str
    team_loads: str
    policies: str
    instance: str
    plan: str
    copy_to_edit: str
    edits: str
    versions: str


class DraftOut(BaseModel):
    """Of a copy that people edit."""

    version: int = Field(description="Number of its newest version: the ETag that a change has to name.")
    copied_from: int | None = Field(description="The schedule that it was copied from; null: that one is gone.")
    copied_version: int | None = Field(description="Which version of it, where that was a draft itself.")


class ScheduleOut(BaseModel):
    id: int
    district_code: str
    document: Document
    period: PeriodOut
    first_date: date
    is_back_test: bool = Field(description="The period lay in the past when the plan was requested.")
    stage: Stage
    run_status: RunStatus
    place_in_line: int | None = Field(
        description="Of a queued run: 1 begins next. Districts take turns, so runs of others may come in between. Null "
        "once it has begun."
    )
    cancel_requested: bool
    failure_reason: str | None = Field(description="Why a failed run has no plan, and the way on; in English.")
    failure_text: TextOut | None = Field(description="The same in both languages.")
    progress: ProgressOut | None
    unvisitable: list[UnvisitableOut] = Field(
        description="Must-visit sites where no plan of this request wins anybody, and why: known before it is made. "
        "Nobody is sent there."
    )
    draft: DraftOut | None = Field(description="Null for the plan of a run: copy it to edit it.")
    result: ResultOut | None
    learned: LearnedOut | None = Field(
        description="What results taught, as the run used it; null: none yet, or it has not begun."
    )
    policy: PolicyResultOut
    request: RequestOut
    requested_at: datetime
    requested_by: str
    started_at: datetime | None
    finished_at: datetime | None
    published_at: datetime | None
    superseded_at: datetime | None
    links: LinksOut


class PublishIn(Incoming):
    """What the planner accepts although it no longer holds; nothing, if left out."""

    despite: list[ObstacleCode | int] = Field(
        default_factory=list,
        max_length=1000,
        description="Codes of obstacles, or ids of visits, as the refusal names them.",
        examples=[["site_not_ready", 4711]],
    )


class VisitPatch(Incoming):
    pinned: bool = Field(description="A pinned visit stays where it is in every plan to come.")
