"""How the difference between two plans looks over HTTP."""

from collections.abc import Sequence
from datetime import date

from pydantic import BaseModel, Field

from app.payloads import Outgoing
from app.schedules.comparing import Why
from app.schedules.result_schemas import TextOut
from app.schedules.trips.schemas import TripChangesOut
from app.schedules.visit_schemas import VisitOut


class RetimedOut(BaseModel):
    before: VisitOut
    after: VisitOut


class ChangesOut(BaseModel):
    """What publishing changes, or changed, in the plan in force."""

    added: Sequence[VisitOut]
    withdrawn: Sequence[VisitOut]
    retimed: Sequence[RetimedOut]
    unchanged: int
    trips: TripChangesOut


class DifferenceOut(BaseModel):
    """A visit in both plans, or in one of them, and why."""

    before: VisitOut | None
    after: VisitOut | None
    reason: Why = Field(
        description="`obstacle`: it can no longer be, by what is stored today; `hand`: a planner's edit, or what gave "
        "way to one; `solver`: a run's choice. Of visits that stay: `pinned`, `reported`, `unchanged`."
    )
    text: TextOut


class ComparedFiguresOut(Outgoing):
    """A plan on the dates compared; costs by the district's prices of today."""

    expected_activations: int
    visits: int
    team_days: int
    metres: int
    service_minutes: int
    cost: int


class ComparisonOut(BaseModel):
    """From the plan `against` to this one, on the dates that both may plan."""

    against: int
    since: date
    before: ComparedFiguresOut
    after: ComparedFiguresOut
    kept: Sequence[DifferenceOut]
    retimed: Sequence[DifferenceOut]
    moved: Sequence[DifferenceOut] = Field(description="To another team or date, at the same site.")
    added: Sequence[DifferenceOut]
    dropped: Sequence[DifferenceOut]
