"""New trips as offers: where nothing else reaches a site that asks, what sending a team there would do to the plan."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.errors import InvalidRequest
from app.schedules.drafts.applying import apply_edits
from app.schedules.drafts.edits import EditRefused, Settled
from app.schedules.drafts.trip_offers import edit_that_sends
from app.schedules.runs.drafting import DraftPlan, DraftProblem, Visit, key_of, tried, visits_of
from app.schedules.runs.journey_ids import code_of
from app.schedules.runs.standing_plan import StandingPlan, TeamDay, difference

SENDS = "sends"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """The plan in force with a trip more: the days of its team on that trip, and the rows that make them one."""

    team_days: Sequence[Mapping[str, Any]]
    trip: Mapping[str, Any]
    rows: Mapping[str, Any]
    changed: int
    """Visits that were announced otherwise."""


def trip_options(
    standing: StandingPlan, trips: Sequence[Mapping[str, Any]], *, fixed: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Each of the planning core's trips (`visits`, `nights`, `rides`) that the plan in force has room for, as it writes
    options; visits of its dates for which there is none leave the plan. `fixed` ones stay as they are."""
    for trip in trips:
        for makes_room in (False, True):
            option = _option(standing, trip, fixed=visits_of(fixed), makes_room=makes_room)
            if option is not None:
                yield option
                break


def _option(
    standing: StandingPlan, trip: Mapping[str, Any], *, fixed: Sequence[Visit], makes_room: bool
) -> dict[str, Any] | None:
    problem = DraftProblem(instance=standing.instance, demand=None)
    before = DraftPlan(
        visits=standing.visits,
        rows=standing.rows,
        pinned=(*standing.instance.pinned, *fixed),
        by_hand=frozenset(),
        proven_activations=None,
    )
    # Every date of the problem is to come.
    settled = Settled(until=datetime.min.replace(tzinfo=UTC), zone=ZoneInfo("UTC"), reported=())
    edit = edit_that_sends(trip, makes_room=makes_room)
    try:
        after = apply_edits(problem, before, [edit], settled=settled)
    except (EditRefused, InvalidRequest):
        return None
    days: list[TeamDay] = [
        (edit.team, day) for day in standing.instance.dates if edit.day <= day <= (edit.until or edit.day)
    ]
    sent = _sent(standing, after, days)
    promised = difference(standing, sent.team_days, trip=sent.trip)
    if promised.broken:
        return None
    visit = visits_of(trip["visits"])[0]
    checked = tried(problem, after).checked.visits
    made = next(known for known in checked if (known.team, known.date, known.site) == key_of(visit))
    return {
        "kind": SENDS,
        "visit": visit.to_json() | {"start": made.start, "minutes": made.service_minutes},
        "ends_at": made.ends_at,
        "served": made.served,
        "further": dict(made.further),
        "days": [dict(day) | {"after": day["visits"]} for day in sent.team_days],
        "trip": sent.trip,
        "rows": sent.rows,
        "price": {
            "activations": promised.activations,
            "value_milli": promised.value_milli,
            "cost": promised.cost,
        },
        "changes": promised.changes,
        "disturbed": sent.changed,
        "broken": [],
    }


def _sent(standing: StandingPlan, after: DraftPlan, days: Sequence[TeamDay]) -> _Sent:
    mine = set(days)
    visits = [visit for visit in after.visits if (visit.team, visit.date) in mine]
    before = [visit for visit in standing.visits if (visit.team, visit.date) in mine]
    names = {lodging.id: lodging.name or code_of(lodging.id) for lodging in standing.instance.lodgings}
    first, last = min(day for _, day in days), max(day for _, day in days)
    return _Sent(
        team_days=[
            {
                "team": team,
                "date": day.isoformat(),
                "visits": [visit.to_json() for visit in visits if visit.date == day],
            }
            for team, day in days
        ],
        trip={
            "team": days[0][0],
            "starts_on": first.isoformat(),
            "ends_on": last.isoformat(),
            "beds": list(
                dict.fromkeys(names[night.lodging] for night in after.rows.nights if (night.team, night.date) in mine)
            ),
            "nights": [
                [night.date.isoformat(), night.lodging]
                for night in after.rows.nights
                if (night.team, night.date) in mine
            ],
            "rides": [
                [ride.date.isoformat(), ride.connection, ride.start]
                for ride in after.rows.rides
                if (ride.team, ride.date) in mine
            ],
        },
        rows=after.rows.to_json(),
        changed=sum(1 for visit in before if visit not in visits),
    )
