"""What the result of a run looks like over HTTP: figures, verdict, and what the plan does not keep."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from app.districts.models import Document
from app.schedules.models import Verdict


class TextOut(BaseModel):
    """The same in Indonesian and in English."""

    id: str
    en: str


JudgedBy = Literal["period", "target"]


class PeriodResultOut(BaseModel):
    """A period that ends before the deadline, against the straight line from the count to the target: the same line
    as `required_line` of `GET …/progress`."""

    end: date
    needed_by_end: int = Field(description="People who must be activated by the end of the period to keep to the line.")
    expected_by_end: int = Field(description="Count, published visits, walk-ins and this plan together.")
    is_on_track: bool
    behind_by: int = Field(description="What is missing of `needed_by_end`; 0: on track.")
    net_gap: int = Field(description="What the visits of this plan have to win to keep to the line.")


class TargetResultOut(BaseModel):
    """The target against its deadline."""

    deadline: date
    target_count: int
    activated: int = Field(description="The count when the run began.")
    remaining: int = Field(description="What this plan leaves for the time after it, up to the deadline.")
    working_days_left: int = Field(description="After the period, up to the deadline.")
    required_per_working_day: int | None = Field(
        description="`remaining` over these days, rounded up, by visits and counters; null: no day is left for it."
    )
    text: TextOut


class MissedFloorOut(BaseModel):
    """An area that wins less than its floor."""

    area_code: str
    area_name: str
    floor: int
    won: int
    short_by: int
    at_most: int = Field(
        description="Proven: the people of all its sites that can be visited; below the floor, no plan keeps it."
    )
    text: TextOut
    ask: str | None = Field(
        description="Where to ask what keeping the floor costs: request a plan with a higher `weights.area_shortfall` "
        "there, and compare; null where no plan keeps it."
    )


class MissedMustVisitOut(BaseModel):
    """A must-visit site without a visit in this plan, or at which its visits can serve nobody."""

    site_id: int | None
    site_code: str
    site_name: str
    is_visited: bool = Field(
        default=False,
        description="The plan goes there, and nobody can be served: no signal, or no kit that is needed.",
    )
    text: TextOut
    ask: str | None = Field(description="Tells why, and what a visit there would cost.")


class MissedPinOut(BaseModel):
    """A pinned visit that this plan does not keep."""

    team_code: str
    site_code: str
    date: date
    text: TextOut


class MissedTripRowOut(BaseModel):
    """A night or a ride of a pinned trip that this plan does not keep."""

    team_code: str
    date: date
    lodging: str | None = Field(description="Code, of a night; null: a ride.")
    connection: str | None
    text: TextOut


class BrokenPromiseOut(BaseModel):
    """A booked date on which nobody goes to the site in this plan."""

    request_id: int
    site_id: int
    site_code: str
    site_name: str
    date: date
    text: TextOut


class MissedOut(BaseModel):
    """What the plan owes and does not give; empty lists: nothing is missed."""

    floors: list[MissedFloorOut]
    must_visits: list[MissedMustVisitOut]
    pins: list[MissedPinOut]
    trips: list[MissedTripRowOut] = Field(description="Nights and rides of pinned trips that the plan leaves out.")
    promises: list[BrokenPromiseOut] = Field(description="Accepted offers of requests whose date the plan leaves out.")


class UnvisitableOut(BaseModel):
    """A must-visit site that no plan of this request visits, since nobody can be won there."""

    site_id: int
    site_code: str
    site_name: str
    reason: Literal[
        "not_asked_for",
        "not_ready",
        "closed",
        "too_soon",
        "no_people",
        "visited_enough",
        "too_few_kits",
        "no_signal",
        "out_of_reach",
        "too_few_teams",
    ]
    text: TextOut


class ChangingNothingOut(BaseModel):
    """What the plan that was changed would win without the change, by what is known and learned today."""

    expected_activations: int
    cost: int
    value_milli: int
    visits: int = Field(description="Those that still can be as they were announced.")
    falling: int = Field(description="Those that cannot, and that nobody would replace.")
    gained_activations: int = Field(description="What changing wins over changing nothing.")
    text: TextOut


class DocumentResultOut(BaseModel):
    """What the plan does for a document that it serves besides its own."""

    document: Document
    expected: int = Field(description="People whom its visits serve.")
    target_count: int
    activated: int = Field(description="The count when the run began.")
    deadline: date
    gap: int
    already_planned: int
    walk_ins: int
    net_gap: int = Field(description="`gap` less `already_planned` and `walk_ins`: whom the visits have to serve.")
    remaining: int = Field(description="Of the net gap, after this plan.")
    at_most: int | None = Field(description="Proven: no plan with these teams, sites, dates serves more.")
    verdict: Verdict = Field(
        description="`reachable`: this plan serves the net gap; `unreachable`: proven, no plan does; `open`: not known."
    )
    short_by_at_least: int | None = Field(description="`unreachable`: what any plan lacks of the net gap.")
    text: TextOut


class ResultOut(BaseModel):
    """What the plan wins, what no plan could exceed, and whether that is enough."""

    expected_activations: int
    upper_bound_activations: int | None = Field(description="Proven: no plan with these teams, sites, dates wins more.")
    improvable_activations: int | None = Field(description="From the plan to the bound: what a better one may add.")
    gap: int = Field(description="People still to activate when the run began.")
    already_planned: int = Field(description="Expected of published visits between the count and the first date.")
    walk_ins: int = Field(
        description="Expected at the counters from the day after the count to the end of the period or the deadline, "
        "by the rate of each day."
    )
    net_gap: int = Field(description="What visits have to win to close the whole gap.")
    remaining: int = Field(description="What stays open of the whole gap after this plan.")
    uncounted_activations: int = Field(description="Won after the deadline: they count towards no verdict.")
    judged_by: JudgedBy = Field(
        description="What `verdict` speaks of: `period`, the line to the target at the end of a period that ends "
        "before the deadline, or `target`, all of it by the deadline."
    )
    verdict: Verdict = Field(
        description="`reachable`: this plan wins what is due; `unreachable`: proven, no plan does; `open`: not known."
    )
    verdict_text: TextOut
    short_by: int = Field(description="What this plan lacks of what is due for the verdict.")
    short_by_at_least: int | None = Field(description="`unreachable`: what any plan lacks of it.")
    period: PeriodResultOut | None = Field(description="Null where the period reaches the deadline.")
    target: TargetResultOut | None = Field(description="Null for runs from before it was stored.")
    crosses_on: date | None = Field(
        description="The date on which visits and walk-ins close the whole gap; never after the deadline."
    )
    missed: MissedOut | None = Field(description="Null for runs from before it was stored.")
    documents: list[DocumentResultOut] = Field(
        description="Of further documents, each with its verdict; every other figure speaks of the plan's own."
    )
    changing_nothing: ChangingNothingOut | None = Field(description="Null unless a plan was changed (`replan`).")
    value_milli: int
    bound_milli: int | None
    stop_reason: str | None
    seed: int
    iterations: int | None
    solver_version: str | None


class CandidatePlanOut(BaseModel):
    """One of the plans that a run of unsure demand chose among."""

    people: str = Field(
        description="What each site was planned with: `mean`, or `q25`, `q65`, `q75`, `q85`, the number that it "
        "exceeds in 75, 35, 25 or 15 of a hundred futures."
    )
    expected_activations: float = Field(description="The mean over all futures: nobody wins more than come or fit in.")


class LearnedDocumentOut(BaseModel):
    """What a run took of a further document: minutes of one operator for one person, and who comes."""

    document: Document
    stated: int = Field(description="Minutes as the district says, or as is assumed.")
    minutes: int = Field(description="What the run planned with.")
    visits: int = Field(description="That teach them.")
    use: str = Field(description="Of the minutes: `learned` or `given`.")
    who_comes_of: Document | None = Field(
        description="Whose results say how many people come: its own where there are enough, else IKD's; null: given."
    )
    who_comes_visits: int = Field(description="That teach it.")
    text: TextOut


class LearnedOut(BaseModel):
    """What of results the run was planned with."""

    results: dict[str, int] = Field(description="How many results teach each figure.")
    figures: dict[str, str] = Field(description="How the run used each figure: `learned` or `given`.")
    kinds_as_given: list[str] = Field(description="Figures of single kinds of site used as given: `turn_out/school`.")
    chosen: str | None = Field(
        description="Which plan was kept; null before, and where only pace or signal is learned."
    )
    candidates: list[CandidatePlanOut]
    documents: list[LearnedDocumentOut] = Field(
        description="Further documents of the plan; none where results teach nothing of them."
    )
    text: TextOut | None
