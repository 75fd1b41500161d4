"""Where a visit could go in a finished plan, and at what price: offers for a request, moves of a planner's hand.

A plan is laid out once and asked often. Every price is the difference of two verifications: offers, which are promises,
are verified whole; cells and the ways to fill one are told by books that count as `verify` does. Where teams take
breaks a way is found on a clock without them and timed anew; where kits or minutes are shared its days are verified.
Nights and rides stay as they are: a visit comes to a day of a trip between where that day begins and ends.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cached_property

from solver.contract.instance import Instance, Visit
from solver.contract.plan import Plan
from solver.contract.plan_rows import NO_ROWS, Rows
from solver.contract.verify import verify
from solver.plans.trip_days import TeamDay, TripDays
from solver.questions import placing_words as words
from solver.questions.laid_plan import LaidPlan
from solver.questions.laid_plan import UnknownPlace as UnknownPlace
from solver.questions.objections import Objections
from solver.questions.openings import Openings
from solver.questions.options import Options
from solver.questions.placement import Against, Cell, ChangedDay, Offers, Option
from solver.questions.stages import Posed as Posed
from solver.questions.ways import Question, Way

# Without a wish, a request is offered dates among so many on which somebody works.
NEXT_DATES = 15


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
        self._laid = LaidPlan(posed, visits, rows=rows, fixed=fixed, first_date=first_date)
        self._openings = Openings(self._laid)
        self._options = Options(self._laid, self._openings)

    @cached_property
    def _objections(self) -> Objections:
        """Why a visit cannot go where there is no way."""
        return Objections(self._laid, self._openings)

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
        i, known = self._laid.site(site)
        leaving = [None, *(visit for visit in self._laid.visits if visit.site == site and self._laid.may_leave(visit))]
        questions = [Question(site=known, i=i, leaves=visit, wished=wished_minutes) for visit in leaving]
        ways = [way for question in questions for way in self._openings.look(question, routes)]
        options = tuple(self._options.best(ways, known, most=most))
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
        route = self._laid.route(*to)
        ways = sorted(self._openings.look(question, [route]), key=lambda way: way.order)
        by_days: dict[tuple[ChangedDay, ...], Option] = {}
        for way in ways:
            option = self._options.quick(way, question.site)
            if option is not None:
                by_days.setdefault(option.days, option)
        options = tuple(by_days.values())
        return options, None if options else self._against(question, route)

    def trip(self, site: str, to: TeamDay) -> Plan | None:
        """Return a new trip, and nothing else, with the visit to a site that serves most on a team-day; None if none.

        What the plan has the team do on its dates does not count: whoever sends the team decides about that. Raises
        `UnknownPlace`.
        """
        self._laid.route(*to)
        team = self._posed.instance.teams[self._posed.teams[to[0]]]
        return self._posed.possibilities.trip_to(self._laid.site(site)[1], team, day=to[1])

    def trips(self, site: str, team_days: Sequence[TeamDay], *, most: int) -> tuple[Plan, ...]:
        """Return new trips with a visit to a site on one of some team-days, those first that win most for their loss.

        Lost are the people whom the team serves now on the dates of its trip. Raises `UnknownPlace`.
        """
        served: dict[TeamDay, int] = defaultdict(int)
        for outcome in self._laid.recount.by_visit:
            served[outcome.visit.team, outcome.visit.date] += outcome.served
        ranked: list[tuple[int, Plan]] = []
        for to in team_days:
            trip = self.trip(site, to)
            if trip is not None:
                days = TripDays(self.instance, trip.rows).days
                won = verify(self.instance, trip).activations - sum(served[day] for day in days)
                ranked.append((won, trip))
        return tuple(trip for _, trip in sorted(ranked, key=lambda entry: -entry[0])[:most])

    def cells(self, site: str, *, visit: Visit | None = None, wished_minutes: int = 0) -> tuple[Cell, ...]:
        """Return the best way on every team-day of the plan from the first date on, teams in order, dates ascending."""
        question = self._question(site, visit, wished_minutes)
        dates = len(self._posed.instance.dates)
        routes = [k * dates + d for k in range(len(self._posed.instance.teams)) for d in range(self._laid.first, dates)]
        ways: dict[int, list[Way]] = defaultdict(list)
        for way in self._openings.look(question, routes):
            ways[way.route].append(way)
        return tuple(self._cell(question, r, sorted(ways.get(r, ()), key=lambda way: way.order)) for r in routes)

    def _cell(self, question: Question, r: int, ways: Sequence[Way]) -> Cell:
        """What the first of these ways is worth that has room for all breaks, or the rule against any."""
        team, day = self._posed.team_day(r)
        for way in ways:
            kind, disturbed = way.kind, way.disturbed
            if self._posed.is_entwined:
                option = self._options.entwined(way, question.site, is_fair=False)
                if option is None:
                    continue
                kind, disturbed, price = option.kind, option.disturbed, option.price
            else:
                if self._posed.clocks.pausing or self._laid.trips.days:
                    timed = self._options.timed(way)
                    if timed is None:
                        continue
                    kind, disturbed = timed.kind, timed.disturbed
                price = self._openings.price(way)
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
        others = [r for r in self._laid.open if r not in wished_routes]
        ways = [(question, way) for question in questions for way in self._openings.look(question, others)]

        def away(pair: tuple[Question, Way]) -> tuple[int, ...]:
            d = pair[1].route % dates
            day = self._posed.instance.dates[d]
            return min(abs((day - other).days) for other in wished), d, *pair[1].order

        for question, way in sorted(ways, key=away):
            if self._options.quick(way, question.site) is not None:
                return self._cell(question, way.route, [way])
        return None

    def _against(self, question: Question, r: int) -> Against:
        """The first rule against a visit on a route."""
        team, day = self._posed.team_day(r)
        return Against(team=team, date=day, rule=self._objections.rule(question, r))

    def _question(self, site: str, visit: Visit | None, wished_minutes: int) -> Question:
        i, known = self._laid.site(site)
        if visit is not None and (
            visit not in self._laid.visits or visit.site != site or not self._laid.may_leave(visit)
        ):
            raise UnknownPlace("visit", f"{visit.team} {visit.date} {visit.site}")
        return Question(site=known, i=i, leaves=visit, wished=wished_minutes)

    def _wished(self, dates: Collection[date], team_days: Collection[TeamDay]) -> list[int]:
        """The routes of the dates and team-days wished for, or else of the next dates on which somebody works."""
        instance = self._posed.instance
        count = len(instance.dates)
        routes = [self._laid.route(*team_day) for team_day in team_days]
        chosen = [d for d, day in enumerate(instance.dates) if day in dates]
        if not dates and not team_days:
            works = [d for d in range(self._laid.first, count) if any(team.work_dates[d] for team in instance.teams)]
            chosen = works[:NEXT_DATES]
        routes += [k * count + d for d in chosen for k in range(len(instance.teams))]
        return list(dict.fromkeys(routes))


def _furthest(against: Sequence[Against]) -> str | None:
    """The rule of those who get furthest: of the last in the order in which the rules are looked at."""
    order: Mapping[str, int] = {rule: place for place, rule in enumerate(words.ORDER)}
    return max((reason.rule for reason in against), key=lambda rule: order[rule], default=None)
