"""The first rule that keeps a visit from a team-day of a plan."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from solver.contract.documents import IKD
from solver.contract.instance import Visit
from solver.contract.plan import Plan
from solver.contract.verify import Recount
from solver.plans.shared_minutes import SharedMinutes
from solver.questions.possibility import Rule
from solver.questions.stages import Posed
from solver.questions.ways import Question, VisitKey, placed


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What of a plan is known that decides where a visit may go: what is held, past or broken already."""

    plan: Plan
    visits: Sequence[Visit]
    recount: Recount
    days: Mapping[int, Sequence[Visit]]
    fixed: Collection[VisitKey]
    broken: Collection[int]
    first: int


class Objections:
    """Finds the first rule against a visit, in the order of `placing_words.ORDER`."""

    def __init__(self, posed: Posed, standing: Standing, *, is_over_budget: Callable[[Question, int], bool]) -> None:
        """`is_over_budget` says whether it is the money alone that is missing."""
        self._posed, self._plan, self._visits = posed, standing.plan, standing.visits
        self._recount, self._fixed, self._broken = standing.recount, standing.fixed, standing.broken
        self._first, self._days, self._is_over_budget = standing.first, standing.days, is_over_budget
        self._nobody: dict[tuple[str, Visit | None], str | None] = {}

    def rule(self, question: Question, r: int) -> str:
        """The first rule against a visit on a route."""
        posed, site = self._posed, question.site
        dates = len(posed.instance.dates)
        k, d = divmod(r, dates)
        team, day = posed.instance.teams[k], posed.instance.dates[d]
        if d < self._first:
            return "past"
        if not team.work_dates[d]:
            return Rule.TEAM_OFF
        if not site.open_dates[d] or not site.windows_at(day):
            return Rule.SITE_CLOSED
        if r in self._broken:
            return "day_broken"
        if question.leaves is not None and placed(question.leaves)[:2] == (team.id, day):
            return "same_place"
        others = [v for v in self._visits if v.site == site.id and v != question.leaves]
        same_day = [visit for visit in others if visit.date == day]
        if any(visit.team == team.id for visit in same_day):
            return "team_twice"
        if len(same_day) >= site.max_teams:
            return Rule.TOO_MANY_TEAMS
        other_dates = {visit.date for visit in others if visit.date != day}
        if not same_day and len(other_dates) >= site.max_visit_dates:
            return Rule.TOO_MANY_DATES
        if any(abs((day - other).days) < site.min_gap_days for other in other_dates):
            return "too_close"
        alone = posed.possibilities.rule_against(site, team, day=day)
        if alone is not None:
            return alone
        nobody = None if site.must else self._nobody_to_serve(question)
        if nobody is not None:
            return nobody
        if self._is_over_budget(question, r):
            return Rule.OVER_BUDGET
        if not same_day and site.min_teams > 1:
            return Rule.TOO_FEW_TEAMS
        stops = self._days.get(r, ())
        if len(stops) >= team.max_stops and all(placed(visit) in self._fixed for visit in stops):
            return Rule.TOO_MANY_STOPS
        return "no_room"

    def _nobody_to_serve(self, question: Question) -> str | None:
        """The rule by which a visit serves nobody: the others serve everybody there, or no gap is open; else None."""
        key = question.site.id, question.leaves
        if key not in self._nobody:
            self._nobody[key] = self._rule_by_people(question)
        return self._nobody[key]

    def _rule_by_people(self, question: Question) -> str | None:
        site, leaves = question.site, question.leaves
        if not self._posed.says_work:
            served = sum(
                outcome.served
                for outcome in self._recount.by_visit
                if outcome.visit.site == site.id and outcome.visit != leaves
            )
            return Rule.NO_PEOPLE if served >= site.people else None
        others = [
            visit
            for visit in self._plan.visits
            if visit.site == site.id and (leaves is None or placed(visit) != placed(leaves))
        ]
        left = SharedMinutes(self._posed.instance, self._plan.rows.kits).left_by(others)
        waiting = {name for (place, name), people in left.items() if place == site.id and people}
        if not waiting:
            return Rule.NO_PEOPLE
        further = () if self._recount.added is None else self._recount.added.documents
        lacking = {count.document.id for count in further if count.shortfall}
        if self._recount.shortfall:
            lacking.add(IKD)
        return None if leaves is not None or waiting & lacking else "no_gap"
