"""Whether every plan of one instance is a plan of another too, so that what bounds the other bounds it as well.

After a team falls ill or a site closes less is possible, never more: the bound that was proven before still holds.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product

from solver.contract.book import open_book
from solver.contract.capacity import signal_rate
from solver.contract.documents import SATELLITE
from solver.contract.instance import GreatCircle, Instance, Site, Team, Visit, Window
from solver.contract.plan import Plan
from solver.contract.verify import verify


def allows_more(narrow: Instance, wide: Instance) -> str | None:
    """The first fact by which a plan of `narrow` might not be one of `wide`, or might win more; None if there is none.

    None is a proof: by every rule of the contract each plan of `narrow` is feasible in `wide`, travels no farther and
    serves no fewer people there. Weights, pins, floors and the target are of no account: they forbid no plan.
    """
    return next(_reasons(narrow, wide), None)


def carried_bound(narrow: Instance, wide: Instance, *, wide_bound: int, before: Sequence[Visit] = ()) -> int | None:
    """The most activations of any plan of `narrow`, from a bound on those of `wide`; None if nothing carries over.

    `before` are visits of a plan of `wide` on dates that are over in `narrow`. Together with any plan of `narrow` they
    are one plan of `wide` where sites keep enough dates and distance, so their people come off the bound as well.
    """
    if allows_more(narrow, wide) is not None:
        return None
    past = _settled(narrow, wide, before)
    return max(0, wide_bound if past is None else wide_bound - past)


def _settled(narrow: Instance, wide: Instance, before: Sequence[Visit]) -> int | None:
    """What the visits before win in `wide`, if every plan of `narrow` can follow them there; else None."""
    dates = frozenset(narrow.dates)
    visits = tuple(visit for visit in before if visit.date not in dates)
    recount = verify(wide, Plan(visits=visits))
    if not recount.feasible or not visits:
        return None
    won: dict[str, int] = {}
    for outcome in recount.by_visit:
        won[outcome.visit.site] = won.get(outcome.visit.site, 0) + outcome.served
    visited: dict[str, set[date]] = {}
    for visit in visits:
        visited.setdefault(visit.site, set()).add(visit.date)
    wide_sites = {site.id: site for site in wide.sites}
    for site in narrow.sites:
        known, days = wide_sites[site.id], visited.get(site.id, set())
        if site.people > known.people - won.get(site.id, 0):
            return None
        if days and not _leaves_room(site, known, days, narrow.dates):
            return None
    if wide.costs.budget is not None:
        spent = open_book(wide, visits).cost
        if narrow.costs.budget is None or narrow.costs.budget + spent > wide.costs.budget - 1:
            return None  # one rupiah apart: the cost of both together is rounded once, not twice
    return recount.activations


def _leaves_room(site: Site, known: Site, days: set[date], dates: Sequence[date]) -> bool:
    """Whether visits of the site on further open dates keep its number of dates and its spacing after those days."""
    open_dates = [day for day, is_open in zip(dates, site.open_dates, strict=True) if is_open]
    apart = all(abs((day - past).days) >= known.min_gap_days for day in open_dates for past in days)
    return not open_dates or (apart and len(days) + site.max_visit_dates <= known.max_visit_dates)


def _reasons(narrow: Instance, wide: Instance) -> Iterator[str]:
    if narrow.slot_minutes != wide.slot_minutes:
        yield "slot_minutes"
    if not set(narrow.dates) <= set(wide.dates):
        yield "dates"
        return
    wide_sites = {site.id: site for site in wide.sites}
    wide_teams = {team.id: team for team in wide.teams}
    if any(site.id not in wide_sites for site in narrow.sites):
        yield "sites"
        return
    if any(team.id not in wide_teams for team in narrow.teams):
        yield "teams"
        return
    if not _travels_alike(narrow, wide):
        yield "travel"
    if not _costs_no_less(narrow, wide):
        yield "budget"
    place = {day: index for index, day in enumerate(wide.dates)}
    indices = [place[day] for day in narrow.dates]
    for site in narrow.sites:
        yield from _site_reasons(site, wide_sites[site.id], narrow=narrow, indices=indices)
    for team in narrow.teams:
        yield from _team_reasons(team, wide_teams[team.id], indices=indices)
        yield from _break_reasons(team, wide_teams[team.id], indices=indices)
    yield from _kit_reasons(narrow, wide, indices=indices)
    yield from _night_reasons(narrow, wide, indices=indices)
    yield from _ride_reasons(narrow, wide, indices=indices)
    yield from _rate_reasons(narrow, wide, wide_sites=wide_sites, wide_teams=wide_teams)


def _travels_alike(narrow: Instance, wide: Instance) -> bool:
    """Whether each leg between places of `narrow` is the same in `wide`; matrices have to be the same as a whole."""
    if isinstance(narrow.travel, GreatCircle) and isinstance(wide.travel, GreatCircle):
        if (narrow.travel.detour, narrow.travel.kmh) != (wide.travel.detour, wide.travel.kmh):
            return False
    elif replace(narrow.travel, overrides=()) != replace(wide.travel, overrides=()):
        return False
    ids = {site.id for site in narrow.sites} | {team.id for team in narrow.teams}
    ids |= {lodging.id for lodging in narrow.lodgings} | {station.id for station in narrow.stations}
    return _overrides_among(narrow, ids) == _overrides_among(wide, ids)


def _overrides_among(instance: Instance, ids: set[str]) -> Mapping[frozenset[str], tuple[int, int]]:
    return {
        frozenset(override.between): (override.minutes, override.metres)
        for override in instance.travel.overrides
        if ids.issuperset(override.between)
    }


def _costs_no_less(narrow: Instance, wide: Instance) -> bool:
    """Whether a plan within the budget of `narrow` is within that of `wide`."""
    if wide.costs.budget is None:
        return True
    if narrow.costs.budget is None or narrow.costs.budget > wide.costs.budget:
        return False
    return narrow.costs.per_km >= wide.costs.per_km and narrow.costs.per_team_day >= wide.costs.per_team_day


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limit:
    """A number of which `narrow` may have no more than `wide`."""

    name: str
    narrow: int
    wide: int


def _site_reasons(site: Site, known: Site, *, narrow: Instance, indices: Sequence[int]) -> Iterator[str]:
    if site.place != known.place or site.fixed_minutes != known.fixed_minutes:
        yield f"site {site.id}: place or session"
    for limit in (
        _Limit(name="people", narrow=site.people, wide=known.people),
        _Limit(name="setup_minutes", narrow=-site.setup_minutes, wide=-known.setup_minutes),
        _Limit(name="max_visit_dates", narrow=site.max_visit_dates, wide=known.max_visit_dates),
        _Limit(name="min_gap_days", narrow=-site.min_gap_days, wide=-known.min_gap_days),
        _Limit(name="max_teams", narrow=site.max_teams, wide=known.max_teams),
        _Limit(name="min_teams", narrow=-site.min_teams, wide=-known.min_teams),
    ):
        if limit.narrow > limit.wide:
            yield f"site {site.id}: {limit.name}"
    if any(is_open and not known.open_dates[d] for is_open, d in zip(site.open_dates, indices, strict=True)):
        yield f"site {site.id}: dates"
    is_same = site.windows == known.windows and site.windows_on == known.windows_on
    if not is_same and any(
        is_open and not _all_inside(site.windows_at(day), known.windows_at(day))
        for day, is_open in zip(narrow.dates, site.open_dates, strict=True)
    ):
        yield f"site {site.id}: windows"


def _all_inside(windows: Sequence[Window], others: Sequence[Window]) -> bool:
    return all(any(other.open <= window.open and window.close <= other.close for other in others) for window in windows)


def _team_reasons(team: Team, known: Team, *, indices: Sequence[int]) -> Iterator[str]:
    if team.place != known.place:
        yield f"team {team.id}: base"
    if team.shift.open < known.shift.open or team.shift.close > known.shift.close:
        yield f"team {team.id}: shift"
    if team.max_stops > known.max_stops:
        yield f"team {team.id}: max_stops"
    if any(works and not known.work_dates[d] for works, d in zip(team.work_dates, indices, strict=True)):
        yield f"team {team.id}: dates"


def _break_reasons(team: Team, known: Team, *, indices: Sequence[int]) -> Iterator[str]:
    """Plans name breaks by their position in the list: on every date it has to be the same one."""
    if len(team.breaks) != len(known.breaks):
        yield f"team {team.id}: breaks"
        return
    for rule, other in zip(team.breaks, known.breaks, strict=True):
        is_same = (rule.minutes, rule.window) == (other.minutes, other.window)
        if not is_same or rule.on_dates != tuple(other.on_dates[d] for d in indices):
            yield f"team {team.id}: breaks"


def _kit_reasons(narrow: Instance, wide: Instance, *, indices: Sequence[int]) -> Iterator[str]:
    """Whoever draws a kit can draw as good a one there, for no more money where that is limited."""
    known = {pool.id: pool for pool in wide.kits}
    for pool in narrow.kits:
        other = known.get(pool.id)
        if other is None or other.kind != pool.kind:
            yield f"kits {pool.id}"
            continue
        if pool.count > other.count or pool.max_per_team > other.max_per_team:
            yield f"kits {pool.id}: count"
        if any(is_on and not other.on_dates[d] for is_on, d in zip(pool.on_dates, indices, strict=True)):
            yield f"kits {pool.id}: dates"
        everybody = {team.id for team in narrow.teams}
        if other.teams is not None and not (everybody if pool.teams is None else set(pool.teams)) <= set(other.teams):
            yield f"kits {pool.id}: teams"
        if wide.costs.budget is not None and pool.cost_per_day < other.cost_per_day:
            yield f"kits {pool.id}: cost"


def _night_reasons(narrow: Instance, wide: Instance, *, indices: Sequence[int]) -> Iterator[str]:
    """Whoever sleeps away can do so there, for as many nights, and for no more money where that is limited."""
    if not narrow.lodgings or not any(team.max_nights for team in narrow.teams):
        return
    if list(indices) != list(range(indices[0], indices[0] + len(indices))):
        # A night lasts until the next date.
        yield "dates of nights"
    known, teams = {lodging.id: lodging for lodging in wide.lodgings}, {team.id: team for team in wide.teams}
    for lodging in narrow.lodgings:
        other = known.get(lodging.id)
        if other is None or (lodging.place, lodging.zone) != (other.place, other.zone):
            yield f"lodging {lodging.id}"
            continue
        if any(is_open and not other.open_dates[d] for is_open, d in zip(lodging.open_dates, indices, strict=True)):
            yield f"lodging {lodging.id}: dates"
        if _is_more(lodging.max_teams, other.max_teams):
            yield f"lodging {lodging.id}: beds"
        if wide.costs.budget is not None and lodging.cost_per_night < other.cost_per_night:
            yield f"lodging {lodging.id}: cost"
    for team in narrow.teams:
        other_team = teams[team.id]
        shift, wide_shift = team.away_shift or team.shift, other_team.away_shift or other_team.shift
        if team.max_nights > other_team.max_nights or team.rest_days < other_team.rest_days:
            yield f"team {team.id}: nights"
        if team.max_nights and (shift.open < wide_shift.open or shift.close > wide_shift.close):
            yield f"team {team.id}: away_shift"


def _ride_reasons(narrow: Instance, wide: Instance, *, indices: Sequence[int]) -> Iterator[str]:
    """Whoever rides can do so there, at the same hours, and for no more money where that is limited."""
    zones = {team.id: team.zone for team in wide.teams} | {site.id: site.zone for site in wide.sites}
    inhabited = [(team.id, team.zone) for team in narrow.teams] + [(site.id, site.zone) for site in narrow.sites]
    for name, zone in inhabited:
        if zone != zones[name]:
            yield f"{name}: zone"
    stations = {station.id: station for station in wide.stations}
    for station in narrow.stations:
        there = stations.get(station.id)
        if there is None or (station.place, station.zone) != (there.place, there.zone):
            yield f"station {station.id}"
    known = {connection.id: connection for connection in wide.connections}
    for ride in narrow.connections:
        other = known.get(ride.id)
        if other is None or (ride.origin, ride.target, ride.minutes) != (other.origin, other.target, other.minutes):
            yield f"connection {ride.id}"
            continue
        if ride.departs.open < other.departs.open or ride.departs.close > other.departs.close:
            yield f"connection {ride.id}: departs"
        if any(runs and not other.run_dates[d] for runs, d in zip(ride.run_dates, indices, strict=True)):
            yield f"connection {ride.id}: dates"
        if _is_more(ride.max_teams, other.max_teams):
            yield f"connection {ride.id}: seats"
        if wide.costs.budget is not None and ride.fare < other.fare:
            yield f"connection {ride.id}: fare"


def _is_more(count: int | None, other: int | None) -> bool:
    """Whether a limit is looser than another one; None is no limit."""
    return other is not None and (count is None or count > other)


def _rate_reasons(
    narrow: Instance, wide: Instance, *, wide_sites: Mapping[str, Site], wide_teams: Mapping[str, Team]
) -> Iterator[str]:
    """A minute of a team at a site serves no more people than before; sites differ by their signal, needed kits and
    minutes."""

    def pace(site: Site) -> tuple[int, tuple[str, ...], int]:
        return site.connectivity, site.needs_kits, site.minutes_percent

    signals = {(pace(site), pace(wide_sites[site.id])): site for site in narrow.sites}
    shares = any(pool.kind == SATELLITE for pool in narrow.kits)
    for team, site, draws in product(narrow.teams, signals.values(), (False, True) if shares else (False,)):
        known_team, known_site = wide_teams[team.id], wide_sites[site.id]
        # Whoever carries a kit because the site needs it here carries it there as well.
        if any(
            known_team.own_kits(kind) == 0 and (kind not in site.needs_kits or team.own_kits(kind) > 0)
            for kind in known_site.needs_kits
        ):
            yield f"team {team.id} at site {site.id}: needs_kits"
        mine, other = draws or team.works_by_satellite, draws or known_team.works_by_satellite
        ours = team.operators * signal_rate(narrow.connectivity, site, by_satellite=mine)
        theirs = known_team.operators * signal_rate(wide.connectivity, known_site, by_satellite=other)
        if ours * known_team.minutes_per_activation > theirs * team.minutes_per_activation:
            yield f"team {team.id} at site {site.id}: pace"
