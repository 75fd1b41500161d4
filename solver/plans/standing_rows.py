"""The breaks, kits, rides and work of a plan whose visits have changed: what has to go with them; all else stays.

Whoever changes visits by hand and whoever is offered a change must come to the same plan: here it is made.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice
from operator import and_

from solver.contract.book import Leg, open_book
from solver.contract.documents import Carried
from solver.contract.instance import Instance, Team, Visit
from solver.contract.journal import open_journal
from solver.contract.journeys import Pause, Ride
from solver.contract.plan import Plan, in_format_of
from solver.contract.plan_rows import NO_ROWS, Rows
from solver.contract.verify import broken_rules
from solver.plans.kit_use import draw_kits
from solver.plans.paused_days import PausedDay
from solver.plans.paused_starts import PausedStarts, key_of
from solver.plans.series import Numbers
from solver.plans.shared_minutes import SharedMinutes, says_work
from solver.plans.trip_days import Stop, TeamDay, TripDays, sites_of_rides

VisitKey = tuple[str, date, str]
"""Team, date and site of a visit."""
_MOST_ORDERS = 300
"""Orders of a day's rides between its visits that are tried."""
_STEP = 5
"""Minutes between two starts of a break that are tried where none keeps all rules, beside those of visits' ends."""


class StandingRows:
    """Chooses the rows of changed team-days anew; what all plans of an instance share is looked up once."""

    def __init__(self, instance: Instance, *, leg: Leg | None = None) -> None:
        """`leg` gives the instance's own legs to whoever remembers them."""
        self._instance, self._leg = instance, leg
        self._teams = {team.id: team for team in instance.teams}
        self._sites = {site.id: site for site in instance.sites}
        self._dates = {day: d for d, day in enumerate(instance.dates)}
        self._starts = PausedStarts(instance, leg=leg)

    def plan(self, before: Plan, visits: Sequence[Visit]) -> Plan:
        """Return a plan of changed visits: those that were there do what they did, as far as minutes and kits allow it.

        It claims nothing. What the visits themselves say of their work does not matter.
        """
        rows = self.rows(before.rows, before=before.visits, after=visits)
        done = tuple(visits)
        if says_work(self._instance):
            works = {_key(visit): visit.work for visit in before.visits}
            shared = SharedMinutes(self._instance, rows.kits)
            done = shared.shared([replace(visit, work=works.get(_key(visit))) for visit in visits])
        return in_format_of(self._instance, Plan(visits=done, rows=rows, solver_version=None))

    def rows(self, rows: Rows, *, before: Sequence[Visit], after: Sequence[Visit]) -> Rows:
        """Return the rows of a plan whose visits have changed: those of changed team-days anew, all others as they are.

        A break keeps its start where it can, else it breaks as few rules as it can; it may still break some. On a day
        of a trip rides leave when they did where they can, and nights stay. Kits stay with the team-days that have
        them; what a day without visits leaves free goes to a changed one that wins by it.
        """
        old, new = _by_day(before), _by_day(after)
        changed = {key for key in old.keys() | new.keys() if set(old.get(key, ())) != set(new.get(key, ()))}
        if not changed:
            return rows
        trips = TripDays(self._instance, rows)
        stood: dict[TeamDay, list[Pause]] = defaultdict(list)
        for pause in rows.breaks:
            stood[pause.team, pause.date].append(pause)
        breaks = [pause for pause in rows.breaks if (pause.team, pause.date) not in changed]
        retimed: dict[VisitKey, Ride] = {}
        for key in sorted(changed):
            if key in trips.days:
                day = self.trip_day(key, new.get(key, ()), stood[key], trips)
                breaks += day.breaks
                retimed |= {key_of(ride): ride for ride in day.rides}
            elif key in new:
                breaks += self.pauses(new[key], stood[key])
        return replace(
            rows,
            rides=tuple(retimed.get(key_of(ride), ride) for ride in rows.rides),
            breaks=tuple(sorted(breaks, key=lambda pause: (pause.team, pause.date, pause.start))),
            kits=self._kits(rows.kits, new, changed=changed, trips=trips) if self._instance.kits else rows.kits,
        )

    def trip_day(self, key: TeamDay, visits: Sequence[Visit], stood: Sequence[Pause], trips: TripDays) -> Rows:
        """Return the rides and breaks of a day of a trip whose visits start when they do, and that had these breaks."""
        team, rides = self._teams[key[0]], trips.rides(key)
        numbers = self.numbers(team, key[1]) if key[1] in self._dates else ()
        stops: tuple[Stop, ...] = (*visits, *rides)
        is_plain = all(visit.site in self._sites for visit in visits)
        if stops and is_plain and len({key_of(stop) for stop in stops}) == len(stops):
            timed = self._on_trip(key, visits, numbers, stood, trips)
            if timed is not None:
                return Rows(rides=timed.rides, breaks=timed.pauses)
        rows = trips.rows(key)
        return Rows(rides=rides, breaks=tuple(self._best_pauses(key, visits, numbers, stood, rows)))

    def _on_trip(
        self, key: TeamDay, visits: Sequence[Visit], numbers: Numbers, stood: Sequence[Pause], trips: TripDays
    ) -> PausedDay | None:
        """A day of a trip with its visits when they are; None if no order of its rides, and no break, has room."""
        ends = trips.ends(key)
        fixed = {key_of(visit): visit.start for visit in visits}
        wanted = {key_of(ride): ride.start for ride in trips.rides(key) if ride.start is not None}
        for at in self._kept_starts(self._teams[key[0]], numbers, stood):
            for stops in islice(trips.orders(key, visits), _MOST_ORDERS):
                timed = self._starts.journey(key, ends, stops, numbers, wanted, fixed=fixed, at=at)
                if timed is not None:
                    return timed
        return None

    @staticmethod
    def _kept_starts(team: Team, numbers: Numbers, stood: Sequence[Pause]) -> Iterator[dict[int, int]]:
        """Yield which breaks may stay where they were: all, one of several, none."""
        had = {
            pause.number: pause.start
            for pause in stood
            if pause.number in numbers
            and team.breaks[pause.number].window.open
            <= pause.start
            <= team.breaks[pause.number].window.close - team.breaks[pause.number].minutes
        }
        if had:
            yield had
        if len(had) > 1:
            yield from ({number: at} for number, at in had.items())
        yield {}

    def pauses(self, day: Sequence[Visit], stood: Sequence[Pause]) -> list[Pause]:
        """Return the breaks of a team-day that had these before."""
        team = self._teams.get(day[0].team)
        numbers = () if team is None or day[0].date not in self._dates else self.numbers(team, day[0].date)
        if team is None or not numbers:
            return []
        exact = self._exact(day, numbers, stood)
        if exact is not None:
            return list(exact)
        return self._best_pauses((team.id, day[0].date), day, numbers, stood, NO_ROWS)

    def _best_pauses(
        self, key: TeamDay, visits: Sequence[Visit], numbers: Numbers, stood: Sequence[Pause], rows: Rows
    ) -> list[Pause]:
        """The breaks of these numbers that break fewest rules on a team-day with these nights and rides."""
        team, pauses = self._teams[key[0]], list[Pause]()
        small = self._small(team, visits)
        for number in numbers:
            had = next((pause for pause in stood if pause.number == number), None)
            tried = [
                Pause(team=team.id, date=key[1], number=number, start=start)
                for start in self._tried(team, number, visits, had)
            ]
            faults = [faults_of(small, visits, [*pauses, pause], rows) for pause in tried]
            pauses.append(min(zip(faults, tried, strict=True), key=lambda pair: (pair[0], pair[1] != had))[1])
        return pauses

    def numbers(self, team: Team, day: date) -> Numbers:
        """Return the positions of a team's breaks on a date in its list."""
        index = self._dates[day]
        return tuple(number for number, rule in enumerate(team.breaks) if rule.on_dates[index])

    def faults(self, key: TeamDay, day: Sequence[Visit], pauses: Sequence[Pause], *, rows: Rows = NO_ROWS) -> int:
        """Return how many rules a team-day with these breaks breaks by itself; `rows` are its nights and rides."""
        return faults_of(self._small(self._teams[key[0]], day), day, pauses, rows)

    def _exact(self, day: Sequence[Visit], numbers: Numbers, stood: Sequence[Pause]) -> Sequence[Pause] | None:
        """Places for the breaks of a day whose visits start when they do; None if all of them break a rule."""
        if any(visit.site not in self._sites for visit in day):
            return None
        ordered = sorted(day, key=lambda visit: visit.start)
        fixed = {_key(visit): visit.start for visit in ordered}
        if len(fixed) < len(ordered):
            return None
        for at in self._kept_starts(self._teams[day[0].team], numbers, stood):
            timed = self._starts.day(ordered, numbers, {}, fixed=fixed, at=at)
            if timed is not None:
                return timed.pauses
        return None

    def _tried(self, team: Team, number: int, day: Sequence[Visit], had: Pause | None) -> Iterator[int]:
        rule = team.breaks[number]
        first, last = rule.window.open, rule.window.close - rule.minutes
        setups = {visit.site: self._sites[visit.site].setup_minutes for visit in day if visit.site in self._sites}
        edges = {visit.start - rule.minutes for visit in day}
        edges |= {visit.start + setups.get(visit.site, 0) for visit in day}
        edges |= {visit.start + setups.get(visit.site, 0) + visit.minutes for visit in day}
        if had is not None:
            yield had.start
        yield from sorted(
            {first, last, *range(first, last + 1, _STEP), *(edge for edge in edges if first <= edge <= last)}
        )

    def _kits(
        self,
        rows: Sequence[Carried],
        days: Mapping[TeamDay, Sequence[Visit]],
        *,
        changed: set[TeamDay],
        trips: TripDays,
    ) -> tuple[Carried, ...]:
        kept = [row for row in rows if (row.team, row.date) in days or (row.team, row.date) in trips.days]
        having = {(row.team, row.date) for row in kept}
        wanting: dict[date, list[Visit]] = defaultdict(list)
        # What a team carries does not change while it sleeps away.
        for key in sorted(changed - having - trips.asleep):
            wanting[key[1]] += days.get(key, ())
        for day, visits in sorted(wanting.items()):
            out = Counter[str]()
            for row in kept:
                out[row.pool] += row.count if row.date == day else 0
            flags = tuple(day == other for other in self._instance.dates)
            free = tuple(
                replace(pool, count=max(0, pool.count - out[pool.id]), on_dates=tuple(map(and_, pool.on_dates, flags)))
                for pool in self._instance.kits
            )
            if visits and any(pool.count and any(pool.on_dates) for pool in free):
                kept += draw_kits(replace(self._instance, kits=free), visits)
        return tuple(sorted(kept, key=lambda row: (row.team, row.date, row.pool)))

    def _small(self, team: Team, day: Sequence[Visit]) -> Instance:
        """The instance of one team-day."""
        named = dict.fromkeys((*(visit.site for visit in day), *sites_of_rides(self._instance)))
        return replace(
            self._instance,
            sites=tuple(self._sites[name] for name in named if name in self._sites),
            teams=(team,),
            kits=(),
            pinned=(),
            published=(),
        )


def days_away(instance: Instance, rows: Rows) -> frozenset[TeamDay]:
    """Return the team-days that begin or end away from the base, or hold a ride."""
    return TripDays(instance, rows).days


def faults_of(small: Instance, day: Sequence[Visit], pauses: Sequence[Pause], rows: Rows = NO_ROWS) -> int:
    """Return how many rules a team-day of an instance that knows no other one breaks with these breaks.

    `rows` are the nights and rides around it.
    """
    journal = open_journal(small, replace(rows, breaks=tuple(pauses)))
    return sum(1 for _ in broken_rules(open_book(small, day, journal=journal)))


def _by_day(visits: Sequence[Visit]) -> Mapping[TeamDay, list[Visit]]:
    days: dict[TeamDay, list[Visit]] = defaultdict(list)
    for visit in visits:
        days[visit.team, visit.date].append(visit if visit.work is None else replace(visit, work=None))
    return days


def _key(visit: Visit) -> VisitKey:
    return visit.team, visit.date, visit.site
