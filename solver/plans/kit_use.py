"""Who draws which kits from a pool for given visits: where a plan that goes on from another begins."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from solver.contract.capacity import WHOLE_RATE, signal_rate
from solver.contract.documents import SATELLITE, Carried, KitPool
from solver.contract.instance import Instance, Team, Visit
from solver.contract.plan_rows import Rows
from solver.plans.shared_minutes import SharedMinutes

TeamDay = tuple[str, date]


def draw_kits(instance: Instance, visits: Iterable[Visit]) -> tuple[Carried, ...]:
    """Give the kits of every pool to the team-days whose visits are worth most more by one, as far as it pays.

    Sorted by team, date and pool; every rule for kits is kept but for the budget.
    """
    pools = [pool for pool in instance.kits if min(pool.count, pool.max_per_team) > 0]
    if instance.documents or any(site.needs_kits for site in instance.sites):
        loads = _drawn_for_documents(instance, list(visits), pools)
    else:
        sets = [pool for pool in pools if pool.kind == SATELLITE]
        loads = _Drawing(instance, visits).drawn(sets) if sets else []
    return tuple(sorted(loads, key=lambda load: (load.team, load.date, load.pool)))


def draw_kits_beside_trips(
    instance: Instance, visits: Iterable[Visit], rows: Rows, known: Iterable[Sequence[Carried]]
) -> tuple[Carried, ...]:
    """Give kits to team-days where the nights of `rows` make trips, on which a team carries the same all the way.

    A trip keeps what it carries in the first of the `known` plans that gives it all the way; the team-days of other
    dates draw what is left.
    """
    dates = {day: d for d, day in enumerate(instance.dates)}
    trips = list(trips_of((night.team, dates[night.date]) for night in rows.nights))
    away = {(team, instance.dates[d]) for trip in trips for team, d in trip}
    left = {(pool.id, day): pool.count for pool in instance.kits for day in instance.dates if pool.on_dates[dates[day]]}
    kept: list[Carried] = []
    for loads in known:
        drawn: dict[TeamDay, set[Carried]] = defaultdict(set)
        for load in loads:
            drawn[load.team, load.date].add(load)
        taken = {(load.team, load.date) for load in kept}
        for trip in trips:
            days = [(team, instance.dates[d]) for team, d in trip]
            carried = [{(load.pool, load.count) for load in drawn[day]} for day in days]
            mine = [load for day in days for load in drawn[day]]
            if days[0] not in taken and mine and all(loads == carried[0] for loads in carried) and _fit(mine, left):
                kept += mine
    at_base = draw_kits(instance, (visit for visit in visits if (visit.team, visit.date) not in away))
    kept += (load for load in at_base if _fit([load], left))
    return tuple(sorted(kept, key=lambda load: (load.team, load.date, load.pool)))


def _fit(loads: Sequence[Carried], left: dict[tuple[str, date], int]) -> bool:
    """Take loads out of what is left, if all of them are there."""
    if any(left.get((load.pool, load.date), 0) < load.count for load in loads):
        return False
    for load in loads:
        left[load.pool, load.date] -= load.count
    return True


def trips_of(nights: Iterable[tuple[str, int]]) -> Iterator[list[tuple[str, int]]]:
    """Yield the trips that nights (team, position of the date) make, each as its days."""
    trip: list[tuple[str, int]] = []
    for team, d in sorted(set(nights)):
        if trip and trip[-1] != (team, d):
            yield trip
            trip = []
        trip = [*trip, (team, d + 1)] if trip else [(team, d), (team, d + 1)]
    if trip:
        yield trip


def _drawn_for_documents(instance: Instance, visits: list[Visit], pools: list[KitPool]) -> list[Carried]:
    """The kits of all pools, one after another to the team-day that wins most by it for people whom nobody serves yet.

    A kit pays by itself here: one that pays only beside another is not found.
    """
    shared, dates = SharedMinutes(instance, ()), {day: d for d, day in enumerate(instance.dates)}
    left = {(pool.id, day): pool.count for pool in pools for day in instance.dates if pool.on_dates[dates[day]]}
    carried: dict[tuple[str, date, str], int] = defaultdict(int)
    days: dict[TeamDay, list[Visit]] = defaultdict(list)
    for visit in visits:
        days[visit.team, visit.date].append(visit)
    people = shared.left_by(())
    while True:
        best: tuple[float, TeamDay, KitPool] | None = None
        for key, day in sorted(days.items()):
            for pool in pools:
                may = pool.teams is None or key[0] in pool.teams
                if not may or left.get((pool.id, key[1]), 0) <= 0 or carried[*key, pool.id] >= pool.max_per_team:
                    continue
                before = sum(shared.worth_of(visit, people) for visit in day)
                shared.draw(*key, pool.kind, 1)
                gain = sum(shared.worth_of(visit, people) for visit in day) - before
                shared.draw(*key, pool.kind, -1)
                worth = gain - instance.weights.per_million_cost * pool.cost_per_day / 1e6
                if worth > 0 and (best is None or worth > best[0]):
                    best = worth, key, pool
        if best is None:
            break
        _, key, pool = best
        shared.draw(*key, pool.kind, 1)
        carried[*key, pool.id] += 1
        left[pool.id, key[1]] -= 1
    return [
        Carried(team=team, date=day, pool=pool, count=count) for (team, day, pool), count in carried.items() if count
    ]


class _Drawing:
    def __init__(self, instance: Instance, visits: Iterable[Visit]) -> None:
        self._instance = instance
        self._sites = {site.id: site for site in instance.sites}
        self._teams = {team.id: team for team in instance.teams}
        self._dates = {day: d for d, day in enumerate(instance.dates)}
        self._days: dict[TeamDay, list[Visit]] = defaultdict(list)
        for visit in visits:
            self._days[visit.team, visit.date].append(visit)
        self._served: dict[str, int] = defaultdict(int)
        for key, day in self._days.items():
            for visit in day:
                self._served[visit.site] += self._capacity(visit, self._teams[key[0]].works_by_satellite)

    def drawn(self, pools: list[KitPool]) -> list[Carried]:
        """The kits of all pools, the one that serves most people drawn first."""
        weights = self._instance.weights
        left = {(pool.id, day): pool.count for pool in pools for day, is_on in self._on(pool) if is_on}
        free = {key for key in self._days if not self._teams[key[0]].works_by_satellite}
        carried: list[Carried] = []
        while True:
            options = [
                (weights.shortfall * gain - weights.per_million_cost * pool.cost_per_day / 1e6, key, pool)
                for key in free
                for gain in [self._gain(key)]
                for pool in pools
                if gain > 0 and left.get((pool.id, key[1]), 0) > 0 and self._may(pool, self._teams[key[0]])
            ]
            worth, key, pool = max(
                options, key=lambda option: (option[0], option[1], option[2].id), default=(0, None, None)
            )
            if key is None or pool is None or worth <= 0:
                return carried
            for visit in self._days[key]:
                self._served[visit.site] += self._capacity(visit, True) - self._capacity(visit, False)
            free.discard(key)
            left[pool.id, key[1]] -= 1
            carried.append(Carried(team=key[0], date=key[1], pool=pool.id, count=1))

    def _on(self, pool: KitPool) -> Iterable[tuple[date, bool]]:
        return zip(self._instance.dates, pool.on_dates, strict=True)

    def _may(self, pool: KitPool, team: Team) -> bool:
        return pool.teams is None or team.id in pool.teams

    def _gain(self, key: TeamDay) -> int:
        """How many people more the visits of a team-day serve with a set."""
        gain = 0
        for visit in self._days[key]:
            people, served = self._sites[visit.site].people, self._served[visit.site]
            more = self._capacity(visit, True) - self._capacity(visit, False)
            gain += min(people, served + more) - min(people, served)
        return gain

    def _capacity(self, visit: Visit, by_satellite: bool) -> int:
        team, site = self._teams[visit.team], self._sites[visit.site]
        rate = signal_rate(self._instance.connectivity, site, by_satellite=by_satellite)
        return team.operators * visit.minutes * rate // (team.minutes_per_activation * WHOLE_RATE)
