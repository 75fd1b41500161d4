"""What a plan owes and does not give: areas below their floor, must-visits without a visit or at which nobody can be
served, pins not kept."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from solver.contract.capacity import service_rate
from solver.contract.documents import SATELLITE
from solver.contract.instance import Area, Instance, Site, Team, Visit
from solver.contract.journeys import Night, Ride
from solver.contract.plan_rows import NO_ROWS, Rows
from solver.contract.verify import Recount


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedFloor:
    """An area that wins less than it is owed."""

    area: Area
    won: int
    at_most: int
    """Proven: all the people of its sites that are open on some date and where some team has signal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """Everything owed that a plan leaves undone, in the order of the instance."""

    floors: tuple[MissedFloor, ...]
    must_visits: tuple[Site, ...]
    unserved: tuple[Site, ...]
    """Must-visits to which the plan goes and serves nobody, for want of signal or of a kit, though people are left."""
    pins: tuple[Visit, ...]
    nights: tuple[Night, ...] = ()
    rides: tuple[Ride, ...] = ()


def missed(
    instance: Instance, recount: Recount, rows: Rows = NO_ROWS, *, served_further: Collection[str] = ()
) -> Missed:
    """List what a recounted plan, of these rows, leaves undone; `served_further`: sites where somebody gets another
    document than the one that is counted."""
    area_of = {site.id: site.area for site in instance.sites}
    won = dict.fromkeys((area.id for area in instance.areas), 0)
    for outcome in recount.by_visit:
        won[area_of[outcome.visit.site]] += outcome.served
    at_most = _people_by_area(instance)
    visits = {outcome.visit for outcome in recount.by_visit}
    visited = {visit.site for visit in visits}
    served = {outcome.visit.site for outcome in recount.by_visit if outcome.served} | set(served_further)
    slept = {(night.team, night.date, night.lodging) for night in rows.nights}
    ridden = {(ride.team, ride.date, ride.connection) for ride in rows.rides}
    return Missed(
        floors=tuple(
            MissedFloor(area=area, won=won[area.id], at_most=at_most[area.id])
            for area in instance.areas
            if won[area.id] < area.min_activations
        ),
        must_visits=tuple(site for site in instance.sites if site.must and site.id not in visited),
        unserved=tuple(
            site
            for site in instance.sites
            if site.must and site.people and not site.prepares and site.id in visited - served
        ),
        pins=tuple(visit for visit in instance.pinned if visit not in visits),
        nights=tuple(night for night in instance.pinned_nights if (night.team, night.date, night.lodging) not in slept),
        rides=tuple(ride for ride in instance.pinned_rides if (ride.team, ride.date, ride.connection) not in ridden),
    )


def _people_by_area(instance: Instance) -> dict[str, int]:
    people = dict.fromkeys((area.id for area in instance.areas), 0)
    teams = list(_fully_equipped(instance))
    for site in instance.sites:
        has_signal = any(service_rate(instance.connectivity, team, site=site) > 0 for team in teams)
        if has_signal and any(site.open_dates) and site.max_visit_dates > 0:
            people[site.area] += site.people
    return people


def _fully_equipped(instance: Instance) -> Iterator[Team]:
    """The teams with all that they may ever draw, with a satellite set and without: what any of them can do on some
    date, one of these can."""
    for team in instance.teams:
        pools = [pool for pool in instance.kits if pool.teams is None or team.id in pool.teams]
        drawn = {pool.kind for pool in pools if any(pool.on_dates) and min(pool.count, pool.max_per_team) > 0}
        for kinds in ({SATELLITE} & drawn, set()) if SATELLITE in drawn else (set(),):
            most = Counter(dict(team.kits)) + Counter(kinds | drawn - {SATELLITE})
            yield replace(team, kits=tuple(most.items()))
