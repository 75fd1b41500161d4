"""Makes a plan of a trip to a site: visits and rides at their hours, with nights, breaks and kits."""

from collections.abc import Iterator, Mapping, Sequence

from solver.contract.added_counts import wins_by_document
from solver.contract.book import open_book
from solver.contract.documents import Carried
from solver.contract.instance import Instance, Site, Team, Visit, Window
from solver.contract.journal import open_journal
from solver.contract.journeys import Night, Ride
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows
from solver.contract.travel import Place
from solver.contract.verify import broken_rules
from solver.plans.paused_days import Ends, PausedDay, PausedDays
from solver.plans.series import break_numbers
from solver.plans.shared_minutes import SharedMinutes, says_work
from solver.questions.day_ways import Move
from solver.questions.journeys import Route

Stops = tuple[Visit | Ride, ...]


class TripPlans:
    """Makes plans of routes of one instance."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._days = PausedDays(instance)
        self._sites = {site.id: site for site in instance.sites}

    def of_route(self, route: Route, site: Site, team: Team, d: int) -> Plan | None:
        """Return the plan of a trip that serves most people at a site; None if it breaks a rule, or serves nobody.

        Nobody need be served where a visit counts by itself.
        """
        best: tuple[int, Plan] | None = None
        for kits in self._kits(route, team, d):
            plan = self._laid(route, site, team, d, kits)
            if plan is None:
                continue
            served = self.served(plan, site)
            if served is not None and (best is None or served > best[0]):
                best = served, plan
        return None if best is None else best[1]

    def served(self, plan: Plan, site: Site) -> int | None:
        """Return how many people a plan serves at a site, of all documents; None if it breaks a rule."""
        book = open_book(self._instance, plan.visits, journal=open_journal(self._instance, plan.rows))
        if next(broken_rules(book), None) is not None:
            return None
        records = (record for record in book.records if record.site is site)
        return sum(won for record in records for _, _, won in wins_by_document(book, record))

    def _laid(self, route: Route, site: Site, team: Team, d: int, kits: tuple[Carried, ...]) -> Plan | None:
        """The plan with as long a visit as there is room for."""
        slept = {day: self._instance.lodgings[place - 1] for day, place in route.nights}
        others: list[PausedDay] = []
        for day, moves in route.moves.items():
            timed = self._timed(team, day, slept, tuple(self._stop(team, day, move) for move in moves))
            if timed is None:
                return None
            others.append(timed)
        there = tuple(self._stop(team, d, move) for move in route.there)
        back = tuple(self._stop(team, d, move) for move in route.back)
        longest: PausedDay | None = None
        for minutes in self._lengths(site, route.need.minutes):
            visit = Visit(team=team.id, date=self._instance.dates[d], site=site.id, start=0, minutes=minutes)
            timed = self._timed(team, d, slept, (*there, visit, *back))
            if timed is None:
                break
            longest = timed
        if longest is None:
            return None
        days = [*others, longest]
        rows = Rows(
            nights=tuple(
                Night(team=team.id, date=self._instance.dates[day], lodging=lodging.id)
                for day, lodging in slept.items()
            ),
            rides=tuple(ride for day in days for ride in day.rides),
            breaks=tuple(pause for day in days for pause in day.pauses),
            kits=kits,
        )
        visits = tuple(visit for day in days for visit in day.visits)
        if says_work(self._instance):
            visits = SharedMinutes(self._instance, kits).shared(visits)
        return Plan(visits=visits, rows=rows)

    def _lengths(self, site: Site, least: int) -> Sequence[int]:
        if site.fixed_minutes is not None:
            return (site.fixed_minutes,)
        most = max((window.close - window.open for window in self._windows(site)), default=0)
        return range(least, max(least, most) + 1, self._instance.slot_minutes)

    def _windows(self, site: Site) -> Iterator[Window]:
        yield from site.windows
        for _, windows in site.windows_on:
            yield from windows

    def _stop(self, team: Team, d: int, move: Move) -> Visit | Ride:
        day = self._instance.dates[d]
        if move.is_ride:
            return Ride(team=team.id, date=day, connection=move.name, start=0)
        minutes = move.busy - move.setup
        return Visit(team=team.id, date=day, site=move.name, start=0, minutes=minutes)

    def _timed(self, team: Team, d: int, slept: Mapping[int, Place], stops: Stops) -> PausedDay | None:
        begin, end = slept.get(d - 1, team), slept.get(d, team)
        is_away = begin is not team or end is not team
        shift = (is_away and team.away_shift) or team.shift
        key = team.id, self._instance.dates[d]
        return self._days.journey(key, Ends(begin=begin, end=end, shift=shift), stops, break_numbers(team, d))

    def _kits(self, route: Route, team: Team, d: int) -> Iterator[tuple[Carried, ...]]:
        """Without kits, with those of one pool, with all that the team may have on every day of the trip."""
        yield ()
        days = sorted({d, *route.moves})
        pools = [
            pool
            for pool in self._instance.kits
            if (pool.teams is None or team.id in pool.teams) and all(pool.on_dates[day] for day in days)
        ]
        counts = {pool.id: min(pool.count, pool.max_per_team) for pool in pools}
        names = [pool.id for pool in pools if counts[pool.id] > 0]
        for chosen in (*((name,) for name in names), *([tuple(names)] if len(names) > 1 else [])):
            yield tuple(
                Carried(team=team.id, date=self._instance.dates[day], pool=name, count=counts[name])
                for day in days
                for name in chosen
            )
