"""A finished plan laid out, so that visits can be placed into it: what stands where, and what of it may be touched."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import numpy as np

from solver.contract.instance import Site, Visit
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows
from solver.contract.verify import verify
from solver.numeric.rows import of_teams
from solver.plans.completed import without_work
from solver.plans.trip_days import Stop, TripDays
from solver.questions.stages import Posed, Stages
from solver.questions.ways import placed
from solver.search import tables as t
from solver.search.books import cost, value
from solver.search.construct import read_off
from solver.search.tables import State


class UnknownPlace(ValueError):
    """The question names a site, team, date or visit that the instance or the plan does not have."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"there is no {what} {name!r}" + " that may move" * (what == "visit"))
        self.what = what
        self.name = name


class LaidPlan:
    """A plan as the stops of all routes, and by how much it is held; routes are numbered as the search has them."""

    def __init__(
        self,
        posed: Posed,
        visits: Sequence[Visit],
        *,
        rows: Rows,
        fixed: Collection[Visit],
        first_date: date | None,
    ) -> None:
        """Lay a plan out; see `Board`."""
        self.posed = posed
        instance = posed.instance
        self.plan = Plan(visits=tuple(visits), rows=rows)
        self.visits = without_work(self.plan.visits)
        self.recount = verify(instance, self.plan, leg=posed.leg)
        self.first = 0 if first_date is None else sum(day < first_date for day in instance.dates)
        held = {*instance.pinned, *without_work(tuple(fixed))}
        past = set(instance.dates[: self.first])
        pinned = [visit for visit in self.visits if visit in held or visit.date in past]
        self.fixed = {placed(visit): visit.start for visit in pinned}
        self.days: dict[int, tuple[Visit, ...]] = self._by_route()
        self.trips = TripDays(instance, rows)
        number = posed.problem.number.copy()
        if posed.arrays.budget >= 0:
            number[t.BUDGET] = max(posed.arrays.budget, self.recount.cost)
        # Announced starts decide when a team is back; the ways are looked for at the earliest ones.
        number[t.W_FAIR] = 0
        meant = self._meant()
        self.stages = Stages(posed, meant, rows, trips=self.trips, pinned=pinned, number=number)
        self.broken = self._broken_days(
            meant, of_teams(self.stages.laid, read_off(self.stages.laid, self.state, best=False))
        )
        self.stages.opened(r for r in range(len(self.state.stops)) if self.is_open(r))
        self.open = tuple(r for r in posed.problem.open_routes.tolist() if self.is_open(r))
        problem, totals = self.stages.all[0].problem, self.state.total[: t.TOTALS]
        self.figures = (
            int(value(problem, self.state)),
            int(cost(problem, totals[t.METRES], totals[t.TEAM_DAYS], totals[t.ADDED_RUPIAH])),
            *totals.tolist(),
        )

    @property
    def state(self) -> State:
        """The plan as the stops of all routes; their times are those of some stage."""
        return self.stages.all[0].state

    def stops(self, r: int) -> list[tuple[int, int]]:
        """Site, or ride, and minutes of a route's stops in the order of the state."""
        state = self.state
        return [(int(state.stop[r, q, t.SITE]), int(state.stop[r, q, t.MINUTES])) for q in range(state.stops[r])]

    def is_open(self, r: int) -> bool:
        """Whether anything may be placed on a route."""
        return r % len(self.posed.instance.dates) >= self.first and r not in self.broken

    def is_of_trip(self, r: int) -> bool:
        """Whether a route begins or ends at a lodging, or holds a ride."""
        return self.posed.team_day(r) in self.trips.days

    def may_leave(self, visit: Visit) -> bool:
        """Whether a visit may go elsewhere: it is none that is held, and its day is laid out as it stands."""
        return (
            placed(visit) not in self.fixed
            and visit.team in self.posed.teams
            and visit.date in self.posed.dates
            and self.route(visit.team, visit.date) not in self.broken
        )

    def site(self, site: str) -> tuple[int, Site]:
        """A site by its id; raises `UnknownPlace`."""
        if site not in self.posed.sites:
            raise UnknownPlace("site", site)
        i = self.posed.sites[site]
        return i, self.posed.instance.sites[i]

    def route(self, team: str, day: date) -> int:
        """The route of a team-day; raises `UnknownPlace`."""
        if team not in self.posed.teams:
            raise UnknownPlace("team", team)
        if day not in self.posed.dates:
            raise UnknownPlace("date", day.isoformat())
        return self.posed.teams[team] * len(self.posed.instance.dates) + self.posed.dates[day]

    def _by_route(self) -> dict[int, tuple[Visit, ...]]:
        days: dict[int, list[Visit]] = defaultdict(list)
        for visit in self.visits:
            if visit.team in self.posed.teams and visit.date in self.posed.dates:
                days[self.route(visit.team, visit.date)].append(visit)
        return {r: tuple(sorted(visits, key=lambda visit: visit.start)) for r, visits in days.items()}

    def _meant(self) -> dict[int, tuple[Stop, ...]]:
        """Visits and rides of the routes that have any."""
        meant: dict[int, tuple[Stop, ...]] = dict(self.days)
        for key in self.trips.days:
            if key[1] in self.posed.dates:
                r = self.route(*key)
                meant[r] = self.trips.stops(key, self.days.get(r, ()))
        return meant

    def _broken_days(self, meant: dict[int, tuple[Stop, ...]], rows: "np.ndarray[Any, Any]") -> frozenset[int]:
        """The routes that could not be laid out as the plan has them, or of which `verify` has something to say."""
        posed, dates = self.posed, len(self.posed.instance.dates)
        laid: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for k, d, i, _, minutes in rows[:, :5].tolist():
            laid[k * dates + d].append((i, minutes))
        wanted = {r: [(posed.index(stop), posed.minutes(stop)) for stop in stops] for r, stops in meant.items()}
        broken = {r for r in laid.keys() | wanted.keys() if laid.get(r, []) != wanted.get(r, [])}
        for violation in self.recount.violations:
            if violation.team in posed.teams and violation.date in posed.dates:
                broken.add(self.route(violation.team, violation.date))
        return frozenset({*broken, *self._restless()})

    def _restless(self) -> set[int]:
        """The routes of which the nights could not be laid out as the plan has them: the days before and after."""
        posed, slept = self.posed, self.state.night[t.NOW]
        beds = [lodging.id for lodging in posed.instance.lodgings]
        other = {
            r
            for r in range(len(self.state.stops) if beds else 0)
            if (None if slept[r] < 0 else beds[slept[r]]) != self.trips.bed(posed.team_day(r))
        }
        return other | {r + 1 for r in other if (r + 1) % len(posed.instance.dates)}
