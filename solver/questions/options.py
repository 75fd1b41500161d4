"""Makes an option of a way: its days with the hours that they really have, its price, and what it changes."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property

from solver.contract.added_counts import wins_by_document
from solver.contract.book import open_book
from solver.contract.documents import IKD
from solver.contract.instance import Site, Visit
from solver.contract.journal import open_journal
from solver.contract.journeys import Ride
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows
from solver.contract.verify import SITE_RULES, Outcome, Recount, Violation, verify
from solver.plans.changes import Changes, changes_between
from solver.plans.trip_days import Stop, rows_around
from solver.questions import room
from solver.questions.differences import Differences
from solver.questions.laid_plan import LaidPlan
from solver.questions.openings import Openings
from solver.questions.placement import ChangedDay, Option, Price
from solver.questions.ways import Timed, Way, placed

# Rules about all visits to a site, which judge a plan without its other days as well.
_OF_SITES = frozenset({*(rule.__name__ for rule in SITE_RULES), "too_few_teams"})


class Options:
    """The options of one plan."""

    def __init__(self, laid: LaidPlan, openings: Openings) -> None:
        self._laid, self._posed, self._openings = laid, laid.posed, openings
        self._is_counted = not (self._posed.clocks.pausing or self._posed.is_entwined or laid.trips.days)

    @cached_property
    def _differences(self) -> Differences:
        """What changed days make of the plan, where kits or minutes are shared."""
        return Differences(self._posed, self._laid.plan, self._laid.recount)

    def best(self, ways: Sequence[Way], site: Site, *, most: int) -> Iterator[Option]:
        """Yield the best options on different team-days; that which disturbs fewest comes in any case."""
        by_route: dict[int, list[Way]] = defaultdict(list)
        for way in sorted(ways, key=lambda way: way.order):
            by_route[way.route].append(way)
        quietest = next(self._sound(sorted(ways, key=lambda way: way.quietness), site), None)
        if quietest is None:
            return
        chosen: list[tuple[Way, Option]] = []
        for alike in by_route.values():
            if len(chosen) == most:
                break
            chosen += next(([pair] for pair in self._sound(alike, site)), [])
        least = quietest[1].disturbed
        if all(option.disturbed > least for _, option in chosen):
            others = [pair for pair in chosen if pair[0].route != quietest[0].route]
            chosen = [*others[: most - 1], quietest]
        yield from (option for _, option in sorted(chosen, key=self._place_among))

    def quick(self, way: Way, site: Site) -> Option | None:
        """The option of a way, told without the days and sites that nothing changes for: their rules stay kept, and the
        books have the price of all but fairness. To verify whole plans of a large district takes long for who has a
        visit in hand. None as of a whole option.
        """
        laid = self._laid
        # A day that is left out of the books would be missing where rupiah are rounded.
        if laid.recount.violations or laid.broken or self._posed.instance.weights.fairness > 0:
            return self._whole(way, site)
        if self._posed.is_entwined:
            return self.entwined(way, site)
        timed = self.timed(way)
        if timed is None:
            return None
        before, after = timed.before, timed.after
        team_days, sites = {(day.team, day.date) for day in timed.days}, {visit.site for visit in (*before, *after)}
        beside = tuple(v for v in laid.visits if v.site in sites and (v.team, v.date) not in team_days)
        around = rows_around(self._posed.instance, laid.plan.rows, team_days)
        rows = self._posed.rows.rows(around, before=before, after=after)
        recount = verify(self._posed.instance, Plan(visits=(*after, *beside), rows=rows), leg=self._posed.leg)
        if _is_broken(recount, timed):
            return None
        outcome = self._outcome(recount, way, site)
        return Option(
            kind=timed.kind,
            visit=outcome.visit,
            leaves=way.leaves,
            ends_at=outcome.ends_at,
            served=outcome.served,
            further=(),
            days=timed.days,
            rows=_rows_of(rows, timed.days),
            price=self._openings.price(way),
            changes=self._changes(timed),
            broken=(),
        )

    def entwined(self, way: Way, site: Site, *, is_fair: bool = True) -> Option | None:
        """The same where kits or minutes are shared: the price is told by the changed days and their sites, too.

        Without `is_fair` the price leaves out how the work is shared, as cells do.
        """
        timed = self.timed(way)
        if timed is None:
            return None
        difference = None
        if not (is_fair and self._posed.instance.weights.fairness > 0):
            difference = self._differences.of(timed.days)
        if difference is None:
            return self._whole(way, site)
        if _is_broken(difference.recount, timed):
            return None
        budget, dearer = self._posed.arrays.budget, difference.price.cost
        if 0 <= budget < self._laid.recount.cost + dearer and dearer > 0:
            return None
        outcome = self._outcome(difference.recount, way, site)
        further = self._further(difference.plan, outcome.visit) if self._posed.says_work else ()
        if not (outcome.served or further or site.must):
            return None
        return Option(
            kind=timed.kind,
            visit=_without_work(outcome.visit),
            leaves=way.leaves,
            ends_at=outcome.ends_at,
            served=outcome.served,
            further=further,
            days=timed.days,
            rows=_rows_of(difference.plan.rows, timed.days),
            price=difference.price,
            changes=self._changes(timed),
            broken=(),
        )

    def timed(self, way: Way) -> Timed | None:
        """A way with the hours that its days really have; None if a break of theirs leaves it no room."""
        days: list[ChangedDay] = []
        for r, stops in self._changed_stops(way).items():
            day = self._changed_day(r, stops)
            if day is None:
                return None
            days.append(day)
        before = tuple(visit for day in days for visit in day.before)
        after = tuple(visit for day in days for visit in day.after)
        return Timed(way=way, days=tuple(days), changes=changes_between(before, after))

    def _place_among(self, pair: tuple[Way, Option]) -> tuple[int, ...]:
        """Ascending: the better option first, by what it is really worth and disturbs."""
        way, option = pair
        unrest = option.disturbed * (self._posed.instance.weights.shortfall // 2)
        return way.order if self._is_counted else (unrest - option.price.value_milli, *way.order)

    def _sound(self, ways: Iterable[Way], site: Site) -> Iterator[tuple[Way, Option]]:
        """Yield those that `verify` accepts, with all that it says of them."""
        for way in ways:
            option = self._whole(way, site)
            if option is not None:
                yield way, option

    def _whole(self, way: Way, site: Site) -> Option | None:
        """Time the changed days and verify the whole plan; None if it breaks a rule that it kept before, or if the
        visit would serve nobody, although it is not owed.
        """
        laid, timed = self._laid, self.timed(way)
        if timed is None:
            return None
        gone = set(timed.before)
        after = (*(v for v in laid.visits if v not in gone), *timed.after)
        plan = self._posed.rows.plan(laid.plan, after)
        recount = verify(self._posed.instance, plan, leg=self._posed.leg)
        if Counter(map(_breach, recount.violations)) - Counter(map(_breach, laid.recount.violations)):
            return None
        outcome = self._outcome(recount, way, site)
        further = self._further(plan, outcome.visit) if self._posed.says_work else ()
        if self._posed.is_entwined and not (outcome.served or further or site.must):
            return None
        return Option(
            kind=timed.kind,
            visit=_without_work(outcome.visit),
            leaves=way.leaves,
            ends_at=outcome.ends_at,
            served=outcome.served,
            further=further,
            days=timed.days,
            rows=_rows_of(plan.rows, timed.days),
            price=Price.between(laid.recount, recount),
            changes=self._changes(timed),
            broken=recount.violations,
        )

    def _changes(self, timed: Timed) -> Changes:
        """What a way changes in the whole plan."""
        return replace(timed.changes, kept=timed.changes.kept + len(self._laid.visits) - len(timed.before))

    def _further(self, plan: Plan, visit: Visit) -> tuple[tuple[str, int], ...]:
        """Whom a visit serves with further documents."""
        instance = self._posed.instance
        book = open_book(instance, plan.visits, leg=self._posed.leg, journal=open_journal(instance, plan.rows))
        record = next(record for record in book.records if record.site.id == visit.site)
        return tuple(
            (document, people)
            for stop, document, people in wins_by_document(book, record)
            if placed(stop.visit) == placed(visit) and document != IKD and people
        )

    def _outcome(self, recount: Recount, way: Way, site: Site) -> Outcome:
        place = (*self._posed.team_day(way.route), site.id)
        return next(outcome for outcome in recount.by_visit if placed(outcome.visit) == place)

    def _changed_stops(self, way: Way) -> dict[int, list[tuple[int, int]]]:
        """Site, or ride, and minutes of the stops of the routes that a way changes, in their new order."""
        laid, row = self._laid, way.row
        stops = {way.route: laid.stops(way.route)}
        if way.leaves is not None:
            r = laid.route(way.leaves.team, way.leaves.date)
            stops[r] = [stop for stop in laid.stops(r) if stop[0] != way.site]
        if way.variant == room.SHORTENED:
            i, _ = stops[way.route][row[room.OTHER]]
            stops[way.route][row[room.OTHER]] = (i, row[room.LEFT])
        pushed = None
        if way.variant in (room.CHANGED, room.PUSHED):
            pushed = stops[way.route].pop(row[room.OTHER])
        stops[way.route].insert(row[room.AT], (way.site, row[room.MINUTES]))
        if pushed is not None and row[room.ONTO] >= 0:
            onto = stops.setdefault(row[room.ONTO], laid.stops(row[room.ONTO]))
            onto.insert(row[room.ONTO_AT], (pushed[0], row[room.ONTO_MINUTES]))
        return stops

    def _changed_day(self, r: int, stops: Sequence[tuple[int, int]]) -> ChangedDay | None:
        """A team's day with other stops, as near to their announced times as can be; None if its break has no place."""
        laid, posed = self._laid, self._posed
        team, day = key = posed.team_day(r)
        before = laid.days.get(r, ())
        wanted = {placed(visit): visit.start for visit in before}
        whole = self._as_stops(team, day, stops)
        visits = tuple(stop for stop in whole if isinstance(stop, Visit))
        after: tuple[Visit, ...] = ()
        if visits and (r in posed.clocks.pausing or laid.is_of_trip(r)):
            numbers = posed.rows.numbers(posed.instance.teams[r // posed.arrays.dates], day)
            wanted |= {(team, day, ride.connection): ride.start or 0 for ride in laid.trips.rides(key)}
            timed = posed.paused.journey(key, laid.trips.ends(key), whole, numbers, wanted, fixed=laid.fixed)
            if timed is None:
                return None
            after = timed.visits
        elif visits:
            after = tuple(posed.timetable.day(visits, wanted, fixed=laid.fixed))
        return ChangedDay(team=team, date=day, before=before, after=after)

    def _as_stops(self, team: str, day: date, stops: Sequence[tuple[int, int]]) -> tuple[Stop, ...]:
        instance = self._posed.instance
        count = len(instance.sites)
        return tuple(
            Visit(team=team, date=day, site=instance.sites[i].id, start=0, minutes=minutes)
            if i < count
            else Ride(team=team, date=day, connection=instance.connections[i - count].id, start=0)
            for i, minutes in stops
        )


def _is_broken(recount: Recount, timed: Timed) -> bool:
    """Whether a rule of the changed days or of their sites is broken; the days beside them are not whole."""
    team_days = {(day.team, day.date) for day in timed.days}
    return any(
        (violation.team, violation.date) in team_days or violation.rule in _OF_SITES for violation in recount.violations
    )


def _breach(violation: Violation) -> tuple[str, str | None, str | None, date | None]:
    return violation.rule, violation.team, violation.site, violation.date


def _without_work(visit: Visit) -> Visit:
    return visit if visit.work is None else replace(visit, work=None)


def _rows_of(rows: Rows, days: Sequence[ChangedDay]) -> Rows:
    """The breaks, kits and rides of some team-days."""
    team_days = {(day.team, day.date) for day in days}
    return Rows(
        breaks=tuple(pause for pause in rows.breaks if (pause.team, pause.date) in team_days),
        kits=tuple(load for load in rows.kits if (load.team, load.date) in team_days),
        rides=tuple(ride for ride in rows.rides if (ride.team, ride.date) in team_days),
    )
