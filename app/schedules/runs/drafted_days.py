"""The gate to the planning core for team-days of drafts that hold breaks or belong to trips, where a hand changed
them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

from solver.contract.instance import Instance, Team, Visit
from solver.contract.journeys import Ride
from solver.contract.plan_rows import Rows
from solver.contract.travel import Place, Travel
from solver.plans.laying import lengths
from solver.plans.paused_days import PausedDays
from solver.plans.paused_starts import PausedStarts, key_of
from solver.plans.standing_rows import StandingRows
from solver.plans.trip_days import Stop, TripDays

VisitKey = tuple[str, date, str]
"""Team, date and site of a visit, or connection of a ride."""


def breaks_off(instance: Instance, day: Sequence[Visit]) -> bool:
    """Whether no place for the break of a team-day lets all its visits keep the rules of the day."""
    rows = StandingRows(instance)
    pauses = rows.pauses(day, ())
    return bool(pauses) and rows.faults((day[0].team, day[0].date), day, pauses) > 0


def takes_break(instance: Instance, team: str, day: date) -> bool:
    """Whether the team takes a break on that date if it goes out."""
    known = next(known for known in instance.teams if known.id == team)
    return bool(_numbers(instance, known, day))


def laid_around_break(
    instance: Instance, others: Sequence[Visit], visit: Visit, *, fixed: Collection[Visit], earliest: int
) -> tuple[Visit, ...] | None:
    """The team's day with one more visit and its break, all as early as can be; None if no order has room for it.

    `fixed` visits keep their starts, and nothing begins before `earliest`."""
    team = next(known for known in instance.teams if known.id == visit.team)
    numbers = _numbers(instance, team, visit.date)
    if not numbers or len(others) >= team.max_stops or not team.work_dates[instance.dates.index(visit.date)]:
        return None
    days, ordered = PausedDays(instance), sorted(others, key=lambda other: (other.start, other.site))
    best: tuple[int, tuple[Visit, ...]] | None = None
    for place in range(len(ordered) + 1):
        timed = days.day((*ordered[:place], visit, *ordered[place:]), numbers)
        if timed is None or any(stop.start < earliest for stop in timed.visits):
            continue
        if not set(fixed) <= set(timed.visits) or not _is_open(instance, timed.visits):
            continue
        retimed = len(set(timed.visits) - set(ordered))
        if best is None or retimed < best[0]:
            best = retimed, timed.visits
    return None if best is None else best[1]


def laid_on_trip(
    instance: Instance,
    rows: Rows,
    others: Sequence[Visit],
    visit: Visit,
    *,
    fixed: Collection[Visit],
    near: int | None,
    earliest: int,
    is_shortened: bool,
) -> tuple[Visit, ...] | None:
    """A day of a trip with one more visit, between where its team wakes up and where it sleeps; None if it has no room.

    Its rides leave when they did where they can. The other visits keep their order, and their starts as far as they
    can; `fixed` ones keep them in any case. The visit starts at `near` if it can (None: as early), never before
    `earliest`; `is_shortened`: it may become shorter to fit."""
    key = visit.team, visit.date
    team = next(known for known in instance.teams if known.id == visit.team)
    numbers = _numbers(instance, team, visit.date)
    is_out = team.work_dates[instance.dates.index(visit.date)] and _is_open(instance, [visit])
    if not is_out or len(others) >= team.max_stops:
        return None
    trips, starts = TripDays(instance, rows), PausedStarts(instance)
    stops, ends = trips.stops(key, others), trips.ends(key)
    held = {key_of(other): other.start for other in fixed}
    wanted = {key_of(stop): stop.start for stop in stops if stop.start is not None}
    for minutes in lengths(instance, visit) if is_shortened else (visit.minutes,):
        best: tuple[tuple[int, int, int], tuple[Visit, ...]] | None = None
        for at in range(len(stops) + 1):
            order = (*stops[:at], replace(visit, minutes=minutes), *stops[at:])
            for start in dict.fromkeys((near, earliest)):
                wish = wanted if start is None else wanted | {key_of(visit): max(start, earliest)}
                timed = starts.journey(key, ends, order, numbers, wish, fixed=held)
                if timed is None:
                    break
                rank = _rank(timed.visits, wanted, visit, near)
                is_due = next(stop for stop in timed.visits if stop.site == visit.site).start >= earliest
                if is_due and (best is None or rank < best[0]):
                    best = rank, timed.visits
        if best is not None:
            return best[1]
    return None


def _rank(day: Sequence[Visit], wanted: Mapping[VisitKey, int], visit: Visit, near: int | None) -> tuple[int, int, int]:
    """Ascending: few others retimed, then near, then early."""
    start = next(stop.start for stop in day if stop.site == visit.site)
    retimed = sum(1 for stop in day if stop.site != visit.site and wanted[key_of(stop)] != stop.start)
    return retimed, 0 if near is None else abs(start - near), start


def reach_on_trip(instance: Instance, rows: Rows, others: Sequence[Visit], visit: Visit) -> int:
    """When the team could be at a visit after the rest of a day of a trip, whatever the hours say."""
    trips, travel = TripDays(instance, rows), Travel(instance.travel)
    sites = {site.id: site for site in instance.sites}
    places: dict[str, Place] = {station.id: station for station in instance.stations}
    places |= sites
    places |= {lodging.id: lodging for lodging in instance.lodgings}
    connections = {connection.id: connection for connection in instance.connections}
    ends = trips.ends((visit.team, visit.date))
    here, free_at = ends.begin, ends.shift.open
    stops = trips.stops((visit.team, visit.date), others)
    last: Stop | None = stops[-1] if stops else None
    if isinstance(last, Ride):
        ride = connections[last.connection]
        here, free_at = places[ride.target], (last.start or 0) + ride.minutes
    elif last is not None:
        here, free_at = sites[last.site], last.start + sites[last.site].setup_minutes + last.minutes
    return free_at + travel.leg(here, sites[visit.site])[0]


def _is_open(instance: Instance, day: Sequence[Visit]) -> bool:
    index = instance.dates.index(day[0].date)
    named = {visit.site for visit in day}
    return all(site.open_dates[index] for site in instance.sites if site.id in named)


def _numbers(instance: Instance, team: Team, day: date) -> tuple[int, ...]:
    index = instance.dates.index(day)
    return tuple(number for number, rule in enumerate(team.breaks) if rule.on_dates[index])
