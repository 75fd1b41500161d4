"""The page that says what an edit of a trip does before it is done: nights, boats, visits that change, rules, cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import Request, Response
from sqlalchemy.orm import Session

from app.pages.board import plan_path
from app.pages.frame import page
from app.pages.readers import DistrictReader
from app.pages.trip_forms import steps_of
from app.schedules.result_schemas import TextOut
from app.schedules.runs.drafting import ChangedVisit
from app.schedules.runs.trips_model import CheckedTrip
from app.sites import service as sites
from app.words import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What an edit of a trip would do."""

    sentences: Sequence[Text]
    trips: Sequence[CheckedTrip] = ()
    """As they would be."""
    changed: Sequence[ChangedVisit]
    broken: Sequence[TextOut] = ()
    activations: int
    cost: int


def trip_preview(
    request: Request,
    session: Session,
    here: DistrictReader,
    schedule_id: int,
    effect: Effect,
    *,
    fields: Mapping[str, str],
    confirms: Mapping[str, str],
    title: str,
    button: str,
) -> Response:
    """The effect, and a form that sends the same fields again with those that `confirm` it; `title` and `button` are
    keys of `trip_hand`."""
    pairs = [(change.before, change.after) for change in effect.changed]
    codes = {visit.site for pair in pairs for visit in pair if visit is not None}
    return page(
        request,
        "board/trip_preview.html",
        here,
        plan_path=plan_path(schedule_id),
        action=request.url.path,
        effect=effect,
        steps=steps_of,
        gone=[before for before, after in pairs if before is not None and after is None],
        moved=[(before, after) for before, after in pairs if before is not None and after is not None],
        added=[after for before, after in pairs if before is None and after is not None],
        names=sites.names_of(session, here.district.code, codes) if codes else {},
        fields={name: value for name, value in fields.items() if name not in confirms},
        confirms=confirms,
        title=title,
        button=button,
    )
