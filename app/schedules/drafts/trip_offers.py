"""New trips that the planning core tells for a visit which nothing else reaches, and other boats of a trip that lead
there, as edits of a draft."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.errors import InvalidRequest
from app.schedules.drafts.applying import AnyEdit, apply_edits
from app.schedules.drafts.edits import Edit, EditOp, EditRefused
from app.schedules.drafts.mending import compared
from app.schedules.drafts.service import Head
from app.schedules.drafts.trip_edits import GivenNight, GivenRide, GivenVisit, TripEdit, TripOp
from app.schedules.runs.drafting import DraftPlan, Version, Visit, is_away, key_of, tried, visits_of
from app.schedules.runs.journey_ids import code_of


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedTrip:
    """Edits that bring a team to a site by a new trip or over other boats, and the version of the draft that they would
    make."""

    edits: tuple[AnyEdit, ...]
    version: Version
    visit: Visit


def offered_trip(head: Head, trip: Mapping[str, Any], *, going: Visit | None) -> OfferedTrip | None:
    """A trip of the planning core (`visits`, `nights`, `rides`) in a draft, if it breaks no rule there; with `going`
    that visit is made on it instead of where it is. Where the trip needs the room, visits of its dates leave the plan.
    """
    dropped: list[AnyEdit] = (
        [] if going is None else [Edit(op=EditOp.DROP, team=going.team, day=going.date, site=going.site)]
    )
    visits = visits_of(trip["visits"])
    for makes_room in (False, True):
        edits: tuple[AnyEdit, ...] = (*dropped, edit_that_sends(trip, makes_room=makes_room))
        try:
            draft = apply_edits(head.problem, head.version.draft, edits, settled=head.settled)
        except (EditRefused, InvalidRequest):
            return None
        version = tried(head.problem, draft)
        if not compared(head.version.checked.broken, version.checked.broken)[0]:
            return OfferedTrip(edits=edits, version=version, visit=visits[0])
    return None


def offered_rides(head: Head, edit: Edit) -> OfferedTrip | None:
    """A visit on a date of a trip over other boats than the trip's, if that breaks no rule; None where its own do."""
    team, day, _ = edit.target
    before = head.version.draft
    if not is_away(head.problem, before, team, day):
        return None
    try:
        draft = apply_edits(head.problem, before, [edit], settled=head.settled)
    except (EditRefused, InvalidRequest):
        return None
    if _boats(draft) == _boats(before):
        return None
    version = tried(head.problem, draft)
    if compared(head.version.checked.broken, version.checked.broken)[0]:
        return None
    visit = next(visit for visit in version.draft.visits if key_of(visit) == edit.target)
    return OfferedTrip(edits=(edit,), version=version, visit=visit)


def _boats(draft: DraftPlan) -> set[tuple[str, date, str]]:
    return {(ride.team, ride.date, ride.connection) for ride in draft.rows.rides}


def edit_that_sends(trip: Mapping[str, Any], *, makes_room: bool) -> TripEdit:
    """A trip of the planning core as an edit."""
    visits, nights, rides = visits_of(trip["visits"]), trip["nights"], trip["rides"]
    beds = [GivenNight(day=date.fromisoformat(day), lodging=code_of(lodging)) for day, lodging in nights]
    boats = [
        GivenRide(day=date.fromisoformat(day), connection=code_of(connection), start=start)
        for day, connection, start in rides
    ]
    days = [*(night.day for night in beds), *(ride.day for ride in boats), *(visit.date for visit in visits)]
    return TripEdit(
        op=TripOp.SEND,
        team=visits[0].team,
        day=min(days),
        until=max(days),
        nights=tuple(beds),
        visits=tuple(
            GivenVisit(day=visit.date, site=visit.site, start=visit.start, minutes=visit.minutes) for visit in visits
        ),
        rides=tuple(boats),
        makes_room=makes_room,
    )
