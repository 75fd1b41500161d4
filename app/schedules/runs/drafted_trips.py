"""The gate to the planning core for trips that a planner's hand lays out: the rides to the beds that it chose, and what
goes with them."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.schedules.runs.documents_model import plan_of
from app.schedules.runs.drafting import DraftPlan, DraftProblem, Visit, VisitKey, in_order, key_of
from app.schedules.runs.journey_ids import code_of
from solver.contract.documents import Carried
from solver.contract.journeys import Night as Night
from solver.contract.journeys import Ride as Ride
from solver.contract.verify import verify
from solver.plans.ridden_days import RiddenDays
from solver.plans.standing_rows import StandingRows, days_away
from solver.plans.trip_days import TripDays
from solver.plans.trips_by_hand import HandTrip as HandTrip
from solver.plans.trips_by_hand import laid_trip, seats_left, trip_span, without_trip

TeamDay = tuple[str, date]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftTrip:
    """A trip of a draft as it stands, by the ids of its problem."""

    team: str
    first: date
    last: date
    leaves_at: int
    """Minutes after local midnight."""
    beds: Mapping[date, str]
    rides: tuple[Ride, ...]

    @property
    def days(self) -> tuple[date, date]:
        return self.first, self.last


def lodgings_of(problem: DraftProblem) -> Mapping[str, str]:
    """The ids of the lodgings that a problem knows, by their codes."""
    return {code_of(lodging.id): lodging.id for lodging in problem.instance.lodgings}


def lodging_names(problem: DraftProblem) -> list[tuple[str, str]]:
    """Code and name of each, by name."""
    named = [(code_of(lodging.id), lodging.name or code_of(lodging.id)) for lodging in problem.instance.lodgings]
    return sorted(named, key=lambda pair: (pair[1], pair[0]))


def connections_of(problem: DraftProblem) -> Mapping[str, str]:
    """Likewise its connections."""
    return {code_of(connection.id): connection.id for connection in problem.instance.connections}


def trip_of(problem: DraftProblem, draft: DraftPlan, team: str, day: date) -> DraftTrip | None:
    """The trip that a team is on on a date of the problem; None if on none."""
    span = trip_span(problem.instance, draft.rows, (team, day))
    if span is None:
        return None
    first, last = span
    trips = TripDays(problem.instance, draft.rows)
    beds = {known: trips.bed((team, known)) for known in problem.instance.dates if first <= known < last}
    return DraftTrip(
        team=team,
        first=first,
        last=last,
        leaves_at=trips.ends((team, first)).shift.open,
        beds={known: bed for known, bed in beds.items() if bed is not None},
        rides=tuple(ride for ride in draft.rows.rides if ride.team == team and first <= ride.date <= last),
    )


def away_between(problem: DraftProblem, draft: DraftPlan, team: str, first: date, last: date) -> DraftTrip | None:
    """The first trip of a team with a date among these."""
    days = (day for name, day in days_away(problem.instance, draft.rows) if name == team and first <= day <= last)
    day = min(days, default=None)
    return None if day is None else trip_of(problem, draft, team, day)


def called_off(problem: DraftProblem, draft: DraftPlan, trip: DraftTrip) -> DraftPlan:
    """The draft without a trip; visits stay where they are."""
    return replace(draft, rows=without_trip(draft.rows, trip.team, trip.first, trip.last))


def first_dates(problem: DraftProblem, trip: DraftTrip) -> list[date]:
    """The dates of a problem from which a trip as long as this one is back on a date of it; its own is among them."""
    dates = problem.instance.dates
    return [day for day in dates if day + (trip.last - trip.first) in dates]


def moved_to(
    problem: DraftProblem, draft: DraftPlan, trip: DraftTrip, first: date
) -> tuple[HandTrip, tuple[Ride, ...]]:
    """The trip from another first date on: where it sleeps so many days after it has left, and those of its rides that
    leave on their new dates with a seat for it. `draft` is without the trip."""
    dates, by = problem.instance.dates, first - trip.first
    slept = {
        day: max(night for night in trip.beds if night + by <= day) for day in dates if first <= day < trip.last + by
    }
    leaving = {
        (day, connection.id)
        for d, day in enumerate(dates)
        for connection in seats_left(problem.instance, draft.rows, d)
    }
    rides = (replace(ride, date=ride.date + by) for ride in trip.rides)
    moved = HandTrip(
        team=trip.team,
        first=first,
        last=trip.last + by,
        beds={day: trip.beds[night] for day, night in slept.items()},
    )
    return moved, tuple(ride for ride in rides if (ride.date, ride.connection) in leaving)


def sent(
    problem: DraftProblem,
    draft: DraftPlan,
    trip: HandTrip,
    *,
    given: Sequence[Visit] = (),
    wanted: Sequence[Ride] = (),
) -> tuple[DraftPlan, tuple[Visit, ...]]:
    """The draft in which a team that was at home is on a trip, with visits given at their hours, and the other visits
    of its dates for which the trip has no room: they are still there. Of the rides `wanted` it takes those that it can.
    """
    mine = [visit for visit in draft.visits if visit.team == trip.team and trip.first <= visit.date <= trip.last]
    laid = laid_trip(problem.instance, draft.rows, trip, visits=mine, given=given, wanted=wanted)
    rows = replace(
        draft.rows,
        nights=_nights([*draft.rows.nights, *trip.nights]),
        rides=_rides([*draft.rows.rides, *laid.rides]),
    )
    return replace(draft, visits=in_order([*draft.visits, *given]), rows=rows), laid.left_out


def laid_over_rides(
    problem: DraftProblem,
    draft: DraftPlan,
    visit: Visit,
    *,
    fixed: Collection[VisitKey],
    near: int | None,
    earliest: int = 0,
    is_shortened: bool,
) -> DraftPlan | None:
    """The draft with one more visit, whose team takes other boats that day; None if no boats lead there and on.

    `near`, `earliest`: when the visit begins if it can, and in any case."""
    others = [other for other in draft.visits if (other.team, other.date) == (visit.team, visit.date)]
    day = RiddenDays(problem.instance, draft.rows).day(
        others,
        visit,
        fixed=[other for other in others if key_of(other) in fixed],
        near=near,
        earliest=earliest,
        is_shortened=is_shortened,
    )
    if day is None:
        return None
    kept = [ride for ride in draft.rows.rides if (ride.team, ride.date) != (visit.team, visit.date)]
    return replace(
        draft,
        visits=in_order([*(other for other in draft.visits if other not in others), *day.visits]),
        rows=replace(draft.rows, rides=_rides([*kept, *day.rides])),
    )


def with_trip_days(problem: DraftProblem, draft: DraftPlan, touched: Collection[TeamDay]) -> DraftPlan:
    """The draft with breaks and kits that go with the nights and rides of team-days whose trips the hand changed."""
    instance, rows = problem.instance, draft.rows
    standing, trips = StandingRows(instance), TripDays(instance, rows)
    breaks = [pause for pause in rows.breaks if (pause.team, pause.date) not in touched]
    rides = {key_of_ride(ride): ride for ride in rows.rides}
    for key in sorted(touched):
        stood = [pause for pause in rows.breaks if (pause.team, pause.date) == key]
        visits = [visit for visit in draft.visits if (visit.team, visit.date) == key]
        if key in trips.days:
            day = standing.trip_day(key, visits, stood, trips)
            breaks += day.breaks
            rides |= {key_of_ride(ride): ride for ride in day.rides}
        elif visits:
            breaks += standing.pauses(visits, stood)
    out = {(visit.team, visit.date) for visit in draft.visits} | trips.days
    rows = replace(
        rows,
        rides=_rides(list(rides.values())),
        breaks=tuple(sorted(breaks, key=lambda pause: (pause.team, pause.date, pause.start))),
        kits=tuple(
            load for load in rows.kits if (load.team, load.date) in out or (load.team, load.date) not in touched
        ),
    )
    draft = replace(draft, rows=rows)
    if not instance.kits:
        return draft
    spans = {(key[0], span) for key in touched if (span := trip_span(instance, rows, key)) is not None}
    for team, (first, last) in sorted(spans):
        draft = _with_kits(problem, draft, team, [day for day in instance.dates if first <= day <= last])
    return draft


def key_of_ride(ride: Ride) -> tuple[str, date, str]:
    return ride.team, ride.date, ride.connection


def _with_kits(problem: DraftProblem, draft: DraftPlan, team: str, days: Sequence[date]) -> DraftPlan:
    """The draft whose team carries on a trip what serves most: what it carried, nothing, the kits of a pool, or all
    that are left. What a team draws stays the same as long as it sleeps away."""
    own = {(team, day) for day in days}
    others = [load for load in draft.rows.kits if (load.team, load.date) not in own]
    best: tuple[tuple[int, int], DraftPlan] | None = None
    for loads in _loads(problem, draft, team, days, others):
        kits = [
            *others,
            *(Carried(team=team, date=day, pool=pool, count=count) for day in days for pool, count in loads.items()),
        ]
        rows = replace(draft.rows, kits=tuple(sorted(kits, key=lambda load: (load.team, load.date, load.pool))))
        recount = verify(problem.instance, plan_of(problem.instance, draft.visits, rows=rows))
        rank = -len(recount.violations), recount.value_milli
        if best is None or rank > best[0]:
            best = rank, replace(draft, rows=rows)
    assert best is not None  # carrying nothing is always tried
    return best[1]


def _loads(
    problem: DraftProblem, draft: DraftPlan, team: str, days: Sequence[date], others: Sequence[Carried]
) -> list[Mapping[str, int]]:
    """What a team may carry on all of some dates beside what others carry, by pool: what it carries first."""
    taken = Counter[TeamDay]()
    for load in others:
        taken[load.pool, load.date] += load.count
    dates = {day: index for index, day in enumerate(problem.instance.dates)}
    most: dict[str, int] = {}
    for pool in problem.instance.kits:
        if pool.teams is None or team in pool.teams:
            left = (pool.count - taken[pool.id, day] if pool.on_dates[dates[day]] else 0 for day in days)
            most[pool.id] = min(pool.max_per_team, *left)
    most = {pool: count for pool, count in most.items() if count > 0}
    carried: dict[str, int] = {}
    for load in draft.rows.kits:
        if load.team == team and load.date in days and load.pool in most:
            carried[load.pool] = min(most[load.pool], max(carried.get(load.pool, 0), load.count))
    return [carried, {}, *({pool: count} for pool, count in most.items()), most]


def _nights(nights: Sequence[Night]) -> tuple[Night, ...]:
    return tuple(sorted(nights, key=lambda night: (night.team, night.date)))


def _rides(rides: Sequence[Ride]) -> tuple[Ride, ...]:
    return tuple(sorted(rides, key=lambda ride: (ride.team, ride.date, ride.start or 0)))
