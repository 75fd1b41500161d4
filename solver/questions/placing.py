"""Where a visit could go in a finished plan, and at what price: offers for a request, moves of a planner's hand.

A plan is laid out once and asked often. Every price is the difference of two verifications: offers, which are promises,
are verified whole; cells and the ways to fill one are told by books that count as `verify` does. Where teams take
breaks a way is found on a clock without them and timed anew; where kits or minutes are shared its days are verified.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from solver.contract.added_counts import wins_by_document
from solver.contract.book import open_book
from solver.contract.documents import IKD
from solver.contract.instance import Instance, Site, Visit
from solver.contract.journal import open_journal
from solver.contract.plan import Plan
from solver.contract.plan_rows import NO_ROWS, Rows
from solver.contract.verify import SITE_RULES, Outcome, Recount, Violation, verify
from solver.numeric.rows import of_teams
from solver.plans.changes import Changes, changes_between
from solver.plans.completed import without_work
from solver.questions import placing_words as words
from solver.questions import room
from solver.questions.differences import Differences
from solver.questions.objections import Objections, Standing
from solver.questions.placement import Against, Cell, ChangedDay, Offers, Option, Price
from solver.questions.stages import Posed as Posed
from solver.questions.stages import Stage, Stages
from solver.questions.ways import Question, Timed, Way, placed
from solver.search import tables as t
from solver.search.books import cost, value
from solver.search.construct import read_off
from solver.search.kits import wear
from solver.search.route import insert_stop, remove_stop, schedule
from solver.search.tables import State

# Without a wish, a request is offered dates among so many on which somebody works.
NEXT_DATES = 15
TeamDay = tuple[str, date]

# Rules about all visits to a site, which judge a plan without its other days as well.
_OF_SITES = frozenset({*(rule.__name__ for rule in SITE_RULES), "too_few_teams"})


class UnknownPlace(ValueError):
    """The question names a site, team, date or visit that the instance or the plan does not have."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"there is no {what} {name!r}" + " that may move" * (what == "visit"))
        self.what = what
        self.name = name


class Board:
    """A plan laid out, into which visits are placed; one question at a time."""

    def __init__(
        self,
        posed: Posed,
        visits: Sequence[Visit],
        *,
        rows: Rows = NO_ROWS,
        fixed: Collection[Visit] = (),
        first_date: date | None = None,
    ) -> None:
        """Lay a plan out; neither pins nor `fixed` visits are touched, nor what is before `first_date`.

        A team-day that breaks a rule by itself or with others is left as it is, and nothing is placed there.
        """
        self._posed = posed
        instance = posed.instance
        self._plan = Plan(visits=tuple(visits), rows=rows)
        self._visits = without_work(self._plan.visits)
        self._recount = verify(instance, self._plan, leg=posed.leg)
        self._first = 0 if first_date is None else sum(day < first_date for day in instance.dates)
        held = {*instance.pinned, *without_work(tuple(fixed))}
        past = set(instance.dates[: self._first])
        pinned = [visit for visit in self._visits if visit in held or visit.date in past]
        self._fixed = {placed(visit): visit.start for visit in pinned}
        self._days: dict[int, tuple[Visit, ...]] = self._by_route()
        number = posed.problem.number.copy()
        if posed.arrays.budget >= 0:
            number[t.BUDGET] = max(posed.arrays.budget, self._recount.cost)
        # Announced starts decide when a team is back; the ways are looked for at the earliest ones.
        number[t.W_FAIR] = 0
        self._stages = Stages(posed, self._days, rows, pinned=pinned, number=number)
        self._broken = self._broken_days(
            of_teams(self._stages.laid, read_off(self._stages.laid, self._state, best=False))
        )
        self._stages.opened(r for r in range(len(self._state.stops)) if self._is_open(r))
        self._open = tuple(r for r in posed.problem.open_routes.tolist() if self._is_open(r))
        problem, totals = self._stages.all[0].problem, self._state.total[: t.TOTALS]
        self._figures = (
            int(value(problem, self._state)),
            int(cost(problem, totals[t.METRES], totals[t.TEAM_DAYS], totals[t.ADDED_RUPIAH])),
            *totals.tolist(),
        )

    @cached_property
    def _objections(self) -> Objections:
        """Why a visit cannot go where there is no way."""
        standing = Standing(
            plan=self._plan,
            visits=self._visits,
            recount=self._recount,
            days=self._days,
            fixed=self._fixed,
            broken=self._broken,
            first=self._first,
        )
        return Objections(self._posed, standing, is_over_budget=self._is_over_budget)

    @cached_property
    def _differences(self) -> Differences:
        """What changed days make of the plan, where kits or minutes are shared."""
        return Differences(self._posed, self._plan, self._recount)

    @property
    def _state(self) -> State:
        """The plan as the stops of all routes; their times are those of some stage."""
        return self._stages.all[0].state

    @property
    def instance(self) -> Instance:
        """The problem of the plan."""
        return self._posed.instance

    def offers(
        self,
        site: str,
        *,
        dates: Collection[date] = (),
        team_days: Collection[TeamDay] = (),
        most: int = 3,
        wished_minutes: int = 0,
    ) -> Offers:
        """Return the best ways to come to a site on the dates or team-days wished for, or why there are none.

        Where the plan comes to the site already, both a further visit and another place for one of those are tried.
        Raises `UnknownPlace`.
        """
        routes = self._wished(dates, team_days)
        i = self._site(site)
        leaving = [None, *(visit for visit in self._visits if visit.site == site and self._may_leave(visit))]
        questions = [
            Question(site=self._posed.instance.sites[i], i=i, leaves=visit, wished=wished_minutes) for visit in leaving
        ]
        ways = [way for question in questions for way in self._look(question, routes)]
        options = tuple(self._best(ways, questions[0].site, most=most))
        if options:
            return Offers(options=options)
        question = questions[-1]
        against = tuple(self._against(question, r) for r in routes)
        nearest = self._nearest(questions, routes)
        judged = self._posed.possibilities.judge(question.site)
        rule = str(judged.rule) if judged.rule is not None else _furthest(against)
        sentence = words.no_offer(question.site.name, rule, judged, has_other_date=nearest is not None)
        return Offers(options=(), against=against, rule=rule, sentence=sentence, nearest=nearest)

    def place(
        self, site: str, to: TeamDay, *, visit: Visit | None = None, wished_minutes: int = 0
    ) -> tuple[tuple[Option, ...], Against | None]:
        """Return the ways to have a visit on one team-day, best first, or the first rule against it.

        With a `visit` of the plan that one goes there, else one more is made. Raises `UnknownPlace`.
        """
        question = self._question(site, visit, wished_minutes)
        route = self._route(*to)
        ways = sorted(self._look(question, [route]), key=lambda way: way.order)
        by_days: dict[tuple[ChangedDay, ...], Option] = {}
        for way in ways:
            option = self._quick_option(way, question.site)
            if option is not None:
                by_days.setdefault(option.days, option)
        options = tuple(by_days.values())
        return options, None if options else self._against(question, route)

    def cells(self, site: str, *, visit: Visit | None = None, wished_minutes: int = 0) -> tuple[Cell, ...]:
        """Return the best way on every team-day of the plan from the first date on, teams in order, dates ascending."""
        question = self._question(site, visit, wished_minutes)
        dates = len(self._posed.instance.dates)
        routes = [k * dates + d for k in range(len(self._posed.instance.teams)) for d in range(self._first, dates)]
        ways: dict[int, list[Way]] = defaultdict(list)
        for way in self._look(question, routes):
            ways[way.route].append(way)
        return tuple(self._cell(question, r, sorted(ways.get(r, ()), key=lambda way: way.order)) for r in routes)

    def _look(self, question: Question, routes: Sequence[int], *, is_paid: bool = False) -> Iterator[Way]:
        """Yield every way on these routes, on every stage; `is_paid`: whatever it costs."""
        for n, stage in enumerate(self._stages.all):
            if is_paid:
                number = stage.problem.number.copy()
                number[t.BUDGET] = -1
                stage = replace(stage, problem=stage.problem._replace(number=number))
            # Shares of minutes do not come back by themselves as they were.
            kept = State._make(table.copy() for table in stage.state) if stage.problem.several else None
            ways = self._look_on(n, stage, question, routes)
            if kept is not None:
                for name in State._fields:
                    getattr(stage.state, name)[...] = getattr(kept, name)
            yield from ways

    def _look_on(self, n: int, stage: Stage, question: Question, routes: Sequence[int]) -> tuple[Way, ...]:
        """Return every way on those of some routes that run on a stage; its state is as it was."""
        state, problem = stage.state, stage.problem
        is_open = set(stage.open.tolist())
        open_routes = [r for r in routes if r in is_open]
        elsewhere, place, outfit = 0, None, -1
        home, r = stage, -1
        if question.leaves is not None and open_routes:
            r = self._route(question.leaves.team, question.leaves.date)
            home = self._stages.on(stage, r)
            open_routes = [other for other in open_routes if other != r]
            q = next(q for q in range(int(state.stops[r])) if state.stop[r, q, t.SITE] == question.i)
            place = (q, int(state.stop[r, q, t.MINUTES]))
            remove_stop(home.problem, state, r, q)
            if schedule(home.problem, state, r):
                elsewhere = int(room.disturbances(home.problem, state, home.announced, r))
            else:
                open_routes = []
            if state.stops[r] == 0 and state.outfit[r] >= self._posed.arrays.teams:
                # A day without visits leaves its kits to others.
                outfit = int(state.outfit[r])
                wear(home.problem, state, r, r // self._posed.arrays.dates)
        rows = np.array(open_routes, dtype=np.int64)
        ways = np.empty((len(state.stops), room.WAYS, room.COLUMNS), dtype=np.int64)
        half = self._figures[2 + t.HALF]

        def look(rows: "np.ndarray[Any, np.dtype[np.int64]]", worn: int) -> Iterator[Way]:
            room.look_through(
                problem, state, stage.announced, ways, rows, question.i, question.wished, elsewhere, stage.open
            )
            for other in rows.tolist():
                for variant in range(room.WAYS):
                    row = tuple(ways[other, variant].tolist())
                    # An event is held by as many teams as it needs, or not at all.
                    if row[room.RANK] > room.NOTHING and row[room.TOTALS + t.HALF] <= half:
                        yield Way(route=other, variant=variant, leaves=question.leaves, row=row, stage=n, outfit=worn)

        seen = list(look(rows, -1))
        for other, worn in self._drawable(stage, open_routes):
            wear(problem, state, other, worn)
            seen += look(np.array([other], dtype=np.int64), worn)
            wear(problem, state, other, other // self._posed.arrays.dates)
        if place is not None:
            if outfit >= 0:
                wear(home.problem, state, r, outfit)
            insert_stop(home.problem, state, r, place[0], question.i, place[1], -1)
        return tuple(seen)

    def _drawable(self, stage: Stage, routes: Sequence[int]) -> Iterator[tuple[int, int]]:
        """The routes without any kits, and each outfit for which their date has kits left."""
        problem, state = stage.problem, stage.state
        if problem.number[t.KITTED] == 0:
            return
        draws = self._posed.arrays.outfit_draws
        for r in routes:
            k, d = divmod(r, self._posed.arrays.dates)
            if state.outfit[r] != k:
                continue
            for q in range(problem.kit_ptr[k], problem.kit_ptr[k + 1]):
                if problem.may_draw[q, d] and (draws[q] <= state.kit_left[: draws.shape[1], d]).all():
                    yield r, q

    def _best(self, ways: Sequence[Way], site: Site, *, most: int) -> Iterator[Option]:
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

    def _place_among(self, pair: tuple[Way, Option]) -> tuple[int, ...]:
        """Ascending: the better option first, by what it is really worth and disturbs."""
        way, option = pair
        unrest = option.disturbed * (self._posed.instance.weights.shortfall // 2)
        is_counted = not (self._posed.clocks.pausing or self._posed.is_entwined)
        return way.order if is_counted else (unrest - option.price.value_milli, *way.order)

    def _sound(self, ways: Iterable[Way], site: Site) -> Iterator[tuple[Way, Option]]:
        """Yield those that `verify` accepts, with all that it says of them."""
        for way in ways:
            option = self._option(way, site)
            if option is not None:
                yield way, option

    def _option(self, way: Way, site: Site) -> Option | None:
        """Time the changed days and verify the whole plan; None if it breaks a rule that it kept before, or if the
        visit would serve nobody, although it is not owed.
        """
        timed = self._timed(way, site)
        if timed is None:
            return None
        gone = set(timed.before)
        after = (*(v for v in self._visits if v not in gone), *timed.after)
        plan = self._posed.rows.plan(self._plan, after)
        recount = verify(self._posed.instance, plan, leg=self._posed.leg)
        if Counter(map(_breach, recount.violations)) - Counter(map(_breach, self._recount.violations)):
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
            price=Price.between(self._recount, recount),
            changes=self._changes(timed),
            broken=recount.violations,
        )

    def _changes(self, timed: Timed) -> Changes:
        """What a way changes in the whole plan."""
        return replace(timed.changes, kept=timed.changes.kept + len(self._visits) - len(timed.before))

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

    def _quick_option(self, way: Way, site: Site) -> Option | None:
        """The same without the days and sites that nothing changes for: their rules stay kept, and the books have the
        price of all but fairness. To verify whole plans of a large district takes long for who has a visit in hand.
        """
        if self._recount.violations or self._posed.instance.weights.fairness > 0:
            return self._option(way, site)
        if self._posed.is_entwined:
            return self._entwined_option(way, site)
        timed = self._timed(way, site)
        if timed is None:
            return None
        before, after = timed.before, timed.after
        team_days, sites = {(day.team, day.date) for day in timed.days}, {visit.site for visit in (*before, *after)}
        beside = tuple(v for v in self._visits if v.site in sites and (v.team, v.date) not in team_days)
        rows = self._posed.rows.rows(_rows_of(self._plan.rows, timed.days), before=before, after=after)
        recount = verify(self._posed.instance, Plan(visits=(*after, *beside), rows=rows), leg=self._posed.leg)
        # The days beside are not whole: only what is said of their sites is said of the plan.
        for violation in recount.violations:
            if (violation.team, violation.date) in team_days or violation.rule in _OF_SITES:
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
            rows=rows,
            price=self._price(way),
            changes=self._changes(timed),
            broken=(),
        )

    def _entwined_option(self, way: Way, site: Site, *, is_fair: bool = True) -> Option | None:
        """The same where kits or minutes are shared: the price is told by the changed days and their sites, too.

        Without `is_fair` the price leaves out how the work is shared, as cells do.
        """
        timed = self._timed(way, site)
        if timed is None:
            return None
        difference = None
        if not (is_fair and self._posed.instance.weights.fairness > 0):
            difference = self._differences.of(timed.days)
        if difference is None:
            return self._option(way, site)
        team_days = {(day.team, day.date) for day in timed.days}
        for violation in difference.recount.violations:
            if (violation.team, violation.date) in team_days or violation.rule in _OF_SITES:
                return None
        if 0 <= self._posed.arrays.budget < self._recount.cost + difference.price.cost and difference.price.cost > 0:
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

    def _outcome(self, recount: Recount, way: Way, site: Site) -> Outcome:
        place = (*self._team_day(way.route), site.id)
        return next(outcome for outcome in recount.by_visit if placed(outcome.visit) == place)

    def _price(self, way: Way) -> Price:
        """The difference that the books of the search tell."""
        money, totals = way.row[room.COST] - self._figures[1], way.row[room.TOTALS :]
        change = [after - before for before, after in zip(self._figures[2:], totals, strict=True)]
        return Price(
            activations=change[t.ACTIVATIONS],
            value_milli=way.row[room.VALUE] - self._figures[0],
            cost=money,
            metres=change[t.METRES],
            team_days=change[t.TEAM_DAYS],
            area_shortfall=change[t.AREA_SHORT],
            must_missed=change[t.MUST_MISSED],
            moved=change[t.MOVED],
        )

    def _timed(self, way: Way, site: Site) -> Timed | None:
        """A way with the hours that its days really have; None if a break of theirs leaves it no room."""
        days: list[ChangedDay] = []
        for r, stops in self._changed_stops(way, site).items():
            day = self._changed_day(r, stops)
            if day is None:
                return None
            days.append(day)
        before = tuple(visit for day in days for visit in day.before)
        after = tuple(visit for day in days for visit in day.after)
        return Timed(way=way, days=tuple(days), changes=changes_between(before, after))

    def _changed_stops(self, way: Way, site: Site) -> dict[int, list[tuple[str, int]]]:
        """Site and minutes of the stops of the routes that a way changes, in their new order."""
        stops = {way.route: self._stops(way.route)}
        row = way.row
        if way.leaves is not None:
            r = self._route(way.leaves.team, way.leaves.date)
            stops[r] = [stop for stop in self._stops(r) if stop[0] != way.leaves.site]
        if way.variant == room.SHORTENED:
            name, _ = stops[way.route][row[room.OTHER]]
            stops[way.route][row[room.OTHER]] = (name, row[room.LEFT])
        pushed = None
        if way.variant in (room.CHANGED, room.PUSHED):
            pushed = stops[way.route].pop(row[room.OTHER])
        stops[way.route].insert(row[room.AT], (site.id, row[room.MINUTES]))
        if pushed is not None and row[room.ONTO] >= 0:
            onto = stops.setdefault(row[room.ONTO], self._stops(row[room.ONTO]))
            onto.insert(row[room.ONTO_AT], (pushed[0], row[room.ONTO_MINUTES]))
        return stops

    def _changed_day(self, r: int, stops: Sequence[tuple[str, int]]) -> ChangedDay | None:
        """A team's day with other stops, as near to their announced times as can be; None if its break has no place."""
        team, day = self._team_day(r)
        before = self._days.get(r, ())
        wanted = {placed(visit): visit.start for visit in before}
        visits = tuple(Visit(team=team, date=day, site=site, start=0, minutes=minutes) for site, minutes in stops)
        after: tuple[Visit, ...] = ()
        if visits and r in self._posed.clocks.pausing:
            numbers = self._posed.rows.numbers(self._posed.instance.teams[r // self._posed.arrays.dates], day)
            timed = self._posed.paused.day(visits, numbers, wanted, fixed=self._fixed)
            if timed is None:
                return None
            after = timed.visits
        elif visits:
            after = tuple(self._posed.timetable.day(visits, wanted, fixed=self._fixed))
        return ChangedDay(team=team, date=day, before=before, after=after)

    def _stops(self, r: int) -> list[tuple[str, int]]:
        """Site and minutes of a route's stops in the order of the state."""
        sites, state = self._posed.instance.sites, self._state
        return [(sites[state.stop[r, q, t.SITE]].id, int(state.stop[r, q, t.MINUTES])) for q in range(state.stops[r])]

    def _cell(self, question: Question, r: int, ways: Sequence[Way]) -> Cell:
        """What the first of these ways is worth that has room for all breaks, or the rule against any."""
        team, day = self._team_day(r)
        for way in ways:
            kind, disturbed = way.kind, way.disturbed
            if self._posed.is_entwined:
                option = self._entwined_option(way, question.site, is_fair=False)
                if option is None:
                    continue
                kind, disturbed, price = option.kind, option.disturbed, option.price
            else:
                if self._posed.clocks.pausing:
                    timed = self._timed(way, question.site)
                    if timed is None:
                        continue
                    kind, disturbed = timed.kind, timed.disturbed
                price = self._price(way)
            return Cell(
                team=team,
                date=day,
                kind=kind,
                value_milli=price.value_milli,
                activations=price.activations,
                cost=price.cost,
                disturbed=disturbed,
                rule=None,
            )
        rule = self._against(question, r).rule
        return Cell(team=team, date=day, kind=None, value_milli=0, activations=0, cost=0, disturbed=0, rule=rule)

    def _nearest(self, questions: Sequence[Question], routes: Sequence[int]) -> Cell | None:
        """The best way on the date nearest to those wished for; the earlier of two."""
        dates = len(self._posed.instance.dates)
        wished = {self._posed.instance.dates[r % dates] for r in routes} or set(self._posed.instance.dates[:1])
        wished_routes = set(routes)
        others = [r for r in self._open if r not in wished_routes]
        ways = [(question, way) for question in questions for way in self._look(question, others)]

        def away(pair: tuple[Question, Way]) -> tuple[int, ...]:
            d = pair[1].route % dates
            day = self._posed.instance.dates[d]
            return min(abs((day - other).days) for other in wished), d, *pair[1].order

        for question, way in sorted(ways, key=away):
            if self._quick_option(way, question.site) is not None:
                return self._cell(question, way.route, [way])
        return None

    def _against(self, question: Question, r: int) -> Against:
        """The first rule against a visit on a route."""
        team, day = self._team_day(r)
        return Against(team=team, date=day, rule=self._objections.rule(question, r))

    def _is_over_budget(self, question: Question, r: int) -> bool:
        """Whether it is the money alone that is missing."""
        if self._posed.arrays.budget < 0 or not self._is_open(r):
            return False
        return any(True for _ in self._look(question, [r], is_paid=True))

    def _may_leave(self, visit: Visit) -> bool:
        """Whether a visit may go elsewhere: it is none that is held, and its day is laid out as it stands."""
        return (
            placed(visit) not in self._fixed
            and visit.team in self._posed.teams
            and visit.date in self._posed.dates
            and self._route(visit.team, visit.date) not in self._broken
        )

    def _question(self, site: str, visit: Visit | None, wished_minutes: int) -> Question:
        i = self._site(site)
        if visit is not None and (visit not in self._visits or visit.site != site or not self._may_leave(visit)):
            raise UnknownPlace("visit", f"{visit.team} {visit.date} {visit.site}")
        return Question(site=self._posed.instance.sites[i], i=i, leaves=visit, wished=wished_minutes)

    def _wished(self, dates: Collection[date], team_days: Collection[TeamDay]) -> list[int]:
        """The routes of the dates and team-days wished for, or else of the next dates on which somebody works."""
        instance = self._posed.instance
        count = len(instance.dates)
        routes = [self._route(*team_day) for team_day in team_days]
        chosen = [d for d, day in enumerate(instance.dates) if day in dates]
        if not dates and not team_days:
            works = [d for d in range(self._first, count) if any(team.work_dates[d] for team in instance.teams)]
            chosen = works[:NEXT_DATES]
        routes += [k * count + d for d in chosen for k in range(len(instance.teams))]
        return list(dict.fromkeys(routes))

    def _site(self, site: str) -> int:
        if site not in self._posed.sites:
            raise UnknownPlace("site", site)
        return self._posed.sites[site]

    def _route(self, team: str, day: date) -> int:
        if team not in self._posed.teams:
            raise UnknownPlace("team", team)
        if day not in self._posed.dates:
            raise UnknownPlace("date", day.isoformat())
        return self._posed.teams[team] * len(self._posed.instance.dates) + self._posed.dates[day]

    def _team_day(self, r: int) -> TeamDay:
        k, d = divmod(r, len(self._posed.instance.dates))
        return self._posed.instance.teams[k].id, self._posed.instance.dates[d]

    def _is_open(self, r: int) -> bool:
        """Whether anything may be placed on a route."""
        return r % len(self._posed.instance.dates) >= self._first and r not in self._broken

    def _by_route(self) -> dict[int, tuple[Visit, ...]]:
        days: dict[int, list[Visit]] = defaultdict(list)
        for visit in self._visits:
            if visit.team in self._posed.teams and visit.date in self._posed.dates:
                days[self._route(visit.team, visit.date)].append(visit)
        return {r: tuple(sorted(visits, key=lambda visit: visit.start)) for r, visits in days.items()}

    def _broken_days(self, rows: "np.ndarray[Any, Any]") -> frozenset[int]:
        """The routes that could not be laid out as the plan has them, or of which `verify` has something to say."""
        dates = len(self._posed.instance.dates)
        laid: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for k, d, i, _, minutes in rows[:, :5].tolist():
            laid[k * dates + d].append((i, minutes))
        meant = {
            r: [(self._posed.sites.get(visit.site, -1), visit.minutes) for visit in visits]
            for r, visits in self._days.items()
        }
        broken = {r for r in laid.keys() | meant.keys() if laid.get(r, []) != meant.get(r, [])}
        for violation in self._recount.violations:
            if violation.team in self._posed.teams and violation.date in self._posed.dates:
                broken.add(self._route(violation.team, violation.date))
        return frozenset(broken)


def _furthest(against: Sequence[Against]) -> str | None:
    """The rule of those who get furthest: of the last in the order in which the rules are looked at."""
    order: Mapping[str, int] = {rule: place for place, rule in enumerate(words.ORDER)}
    return max((reason.rule for reason in against), key=lambda rule: order[rule], default=None)


def _breach(violation: Violation) -> tuple[str, str | None, str | None, date | None]:
    return violation.rule, violation.team, violation.site, violation.date


def _without_work(visit: Visit) -> Visit:
    return visit if visit.work is None else replace(visit, work=None)


def _rows_of(rows: Rows, days: Sequence[ChangedDay]) -> Rows:
    """Those of the breaks and kits of some team-days."""
    team_days = {(day.team, day.date) for day in days}
    return Rows(
        breaks=tuple(pause for pause in rows.breaks if (pause.team, pause.date) in team_days),
        kits=tuple(load for load in rows.kits if (load.team, load.date) in team_days),
    )
