"""What a request for a plan looks like over HTTP."""

import re
from calendar import monthrange
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from app.districts.models import Document
from app.languages import said
from app.payloads import Day, Incoming
from app.schedules.document_schemas import IN_ORDER, DocumentsIn, asked_documents
from app.schedules.policies.schemas import POLICY_NAME
from app.schedules.wish import (
    DEFAULT_TIME_LIMIT_SECONDS,
    MOST_ITERATIONS,
    MOST_TIME_LIMIT_SECONDS,
    REPLAN_IN_LEVELS_SECONDS,
    REPLAN_SECONDS,
    Budget,
    ChosenPolicy,
    Closeness,
    KindRule,
    Wish,
)
from app.sites.models import SiteKind

_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
_SPAN = re.compile(r"(20\d\d-\d\d-\d\d)\.\.(20\d\d-\d\d-\d\d)")
_MOST_WEIGHT = 1_000_000_000
_MOST_BUDGET = 1_000_000_000_000


def parse_period(text: str) -> tuple[date, date]:
    """First and last date of `2023-11` or `2023-11-14..2023-11-30`, in the order given; raises `ValueError`."""
    if _MONTH.fullmatch(text):
        year, month = int(text[:4]), int(text[5:])
        return date(year, month, 1), date(year, month, monthrange(year, month)[1])
    if match := _SPAN.fullmatch(text):
        try:
            return date.fromisoformat(match[1]), date.fromisoformat(match[2])
        except ValueError as error:
            raise ValueError(
                said(
                    "{text!r} names a date that does not exist ({error}).",
                    "{text!r} menyebut tanggal yang tidak ada.",
                    text=text,
                    error=error,
                )
            ) from error
    raise ValueError(
        said(
            "{text!r} is no period; write a month like '2023-11' or dates like '2023-11-14..2023-11-30'.",
            "{text!r} bukan periode; tulis bulan seperti '2023-11' atau tanggal seperti '2023-11-14..2023-11-30'.",
            text=text,
        )
    )


def _check_period(text: str) -> str:
    parse_period(text)
    return text


class KindRuleIn(Incoming):
    """Only these kinds from one date to another; without `kinds`, every kind."""

    kinds: Annotated[list[SiteKind], Field(min_length=1)] | None = None
    start: Day | None = Field(default=None, alias="from")
    end: Day | None = Field(default=None, alias="until")

    @model_validator(mode="after")
    def _in_order(self) -> "KindRuleIn":
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError(
                said(
                    "The rule ends on {end}, before it begins on {start}.",
                    "Aturan ini berakhir {end}, sebelum mulai {start}.",
                    end=self.end,
                    start=self.start,
                )
            )
        return self

    def to_rule(self) -> KindRule:
        kinds = None if self.kinds is None else tuple(sorted({kind.value for kind in self.kinds}))
        return KindRule(kinds=kinds, start=self.start, end=self.end)


class WeightsIn(Incoming):
    """Milli-activations that each fault of a plan costs; what is left out keeps its default."""

    must: int | None = Field(default=None, ge=0, le=_MOST_WEIGHT, description="A must-visit site left out.")
    pin: int | None = Field(default=None, ge=0, le=_MOST_WEIGHT, description="A pinned visit left out.")
    shortfall: int | None = Field(default=None, ge=0, le=_MOST_WEIGHT, description="One person short of the gap.")
    area_shortfall: int | None = Field(
        default=None, ge=0, le=_MOST_WEIGHT, description="One person short of an area's floor."
    )
    per_million_cost: int | None = Field(default=None, ge=0, le=_MOST_WEIGHT, description="A million rupiah.")
    late: int | None = Field(
        default=None, ge=0, le=_MOST_WEIGHT, description="One activation on the last date instead of the first."
    )
    moved: int | None = Field(default=None, ge=0, le=_MOST_WEIGHT, description="A published visit left out.")
    fairness: int | None = Field(
        default=None,
        ge=0,
        le=_MOST_WEIGHT,
        description="An hour of a team above its share of the work; past 8, 16 and 32 hours 3, 8 and 20 times as much.",
    )


class ReplanIn(Incoming):
    """Change the plan in force and little of it: what still can be stays, and a change has to win something."""

    most_moved: int | None = Field(
        default=None,
        ge=0,
        le=1_000_000,
        description="The change budget: most published visits to withdraw, move or retime beyond those that cannot "
        "stay as they are anyway; null or left out: as many as pay.",
    )


PolicyNameIn = Annotated[str, Field(pattern=POLICY_NAME, max_length=40)]


class ScheduleIn(Incoming):
    """A plan to make: at the least, for which period."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"period": "2023-11", "time_limit_seconds": 10, "seed": 1},
                {
                    "period": "2023-11-14..2023-12-29",
                    "kinds": [{"kinds": ["agency"], "until": "2023-11-28"}, {"from": "2023-11-29"}],
                    "weights": {"area_shortfall": 500},
                },
                {"period": "2023-11", "first_date": "2023-11-20", "replan": {"most_moved": 5}},
                {"period": "2023-11", "policy": "even-areas"},
                {"period": "2023-11", "documents": [{"document": "ktp_el", "worth": 900}, {"document": "kia"}]},
                {"period": "2023-11", "documents": ["ktp_el", "ikd", "kia"], "in_order": True},
            ]
        },
    )

    period: Annotated[
        str,
        AfterValidator(_check_period),
        Field(description="A month, or the first and the last date.", examples=["2023-11", "2023-11-14..2023-11-30"]),
    ]
    document: Document = Field(
        default=Document.IKD,
        description="A plan of another document alone counts its people, by the teams that can issue it.",
    )
    in_order: bool = Field(default=False, description=IN_ORDER)
    documents: DocumentsIn | None = Field(
        default=None,
        validate_default=True,
        description="What else the visits of an IKD plan are to serve, each with its worth; a list of names will do. "
        "A re-planning that leaves it out takes over what the plan in force serves; an empty list: IKD alone.",
        examples=[[{"document": "ktp_el", "worth": 900}, {"document": "kia", "worth": 400}], ["kia"]],
    )
    first_date: Day | None = Field(
        default=None,
        description="First date that may hold a visit; by default the first of the period after the count and today.",
    )
    replan: ReplanIn | None = Field(
        default=None,
        description="Stay close to the plan in force instead of making a new one: an answer within seconds, whose "
        "`changes` are few. Half of the time limit goes to the bound. Kinds, weights and budget that are left out are "
        "those of the plan in force; the answer's `request.kept` says which.",
    )
    time_limit_seconds: int | None = Field(
        default=None,
        ge=1,
        le=MOST_TIME_LIMIT_SECONDS,
        description=f"{DEFAULT_TIME_LIMIT_SECONDS} if left out; {REPLAN_SECONDS} with `replan`, "
        f"{REPLAN_IN_LEVELS_SECONDS} if that goes level by level.",
    )
    iterations: int | None = Field(
        default=None,
        ge=1,
        le=MOST_ITERATIONS,
        description="Search steps instead of a time limit: the same data, seed and iterations give the same visits, "
        "however fast the machine.",
    )
    seed: int = Field(default=1, ge=0, le=2_147_483_647, description="Same data, seed and iterations: same plan.")
    kinds: list[KindRuleIn] | None = Field(
        default=None,
        max_length=50,
        description="Which kinds of site, and when; a date that no rule covers takes every kind. "
        'A plain list of kinds, ["agency"], holds for the whole period; an empty list takes every kind.',
    )
    weights: WeightsIn = Field(default_factory=WeightsIn)
    budget: int | None = Field(
        default=None, ge=0, le=_MOST_BUDGET, description="Rupiah; null: no limit. Left out: the district's."
    )
    policy: PolicyNameIn | None = Field(
        default=None,
        description="Plan level by level, in the order of this policy of the district (`GET …/policies`); the weights "
        "then decide what the levels leave open. Left out: everything at once, by the weights; a re-planning takes "
        "over the policy of the plan in force, unless this is null.",
        examples=["even-areas"],
    )

    @field_validator("iterations")
    @classmethod
    def _one_limit(cls, iterations: int | None, info: ValidationInfo) -> int | None:
        seconds = info.data.get("time_limit_seconds")
        if iterations is not None and seconds is not None:
            raise ValueError(
                said(
                    "A run ends after {iterations} iterations or after {seconds} seconds, not both: "
                    "leave out 'time_limit_seconds' for visits that repeat, or 'iterations'.",
                    "Penyusunan jadwal berhenti setelah {iterations} iterasi atau setelah {seconds} "
                    "detik, bukan keduanya: kosongkan 'time_limit_seconds' agar hasilnya selalu "
                    "sama, atau 'iterations'.",
                    iterations=iterations,
                    seconds=seconds,
                )
            )
        return iterations

    @field_validator("documents")
    @classmethod
    def _documents_agree(cls, rows: DocumentsIn | None, info: ValidationInfo) -> DocumentsIn | None:
        own, in_order = info.data.get("document"), info.data.get("in_order", False)
        if own is not None and (rows is not None or in_order):
            asked_documents(rows or [], own=own, in_order=in_order)
        return rows

    @field_validator("kinds", mode="before")
    @classmethod
    def _plain_kinds(cls, value: Any) -> Any:
        if isinstance(value, list) and value and all(isinstance(kind, str) for kind in value):
            return [{"kinds": value}]
        return value

    def to_wish(self) -> Wish:
        start, end = parse_period(self.period)
        return Wish(
            period_start=start,
            period_end=end,
            document=self.document.value,
            first_date=self.first_date,
            seed=self.seed,
            time_limit_seconds=self.time_limit_seconds,
            iterations=self.iterations,
            replan=None if self.replan is None else Closeness(most_moved=self.replan.most_moved),
            kinds=None if self.kinds is None else tuple(rule.to_rule() for rule in self.kinds),
            weights=self.weights.model_dump(exclude_none=True),
            budget=Budget(rupiah=self.budget) if "budget" in self.model_fields_set else None,
            policy=ChosenPolicy(name=self.policy) if "policy" in self.model_fields_set else None,
            documents=None
            if self.documents is None
            else asked_documents(self.documents, own=self.document, in_order=self.in_order),
        )
