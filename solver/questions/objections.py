"""The first rule that keeps a visit from a team-day of a plan."""

from solver.contract.documents import IKD
from solver.contract.instance import Team, Visit
from solver.plans.shared_minutes import SharedMinutes
from solver.questions.laid_plan import LaidPlan
from solver.questions.openings import Openings
from solver.questions.possibility import TRAVEL_RULES, Rule
from solver.questions.trip_objections import TripObjections
from solver.questions.ways import Question, placed


class Objections:
    """Finds the first rule against a visit, in the order of `placing_words.ORDER`."""

    def __init__(self, laid: LaidPlan, openings: Openings) -> None:
        self._laid, self._openings, self._posed = laid, openings, laid.posed
        self._trips = TripObjections(laid)
        self._nobody: dict[tuple[str, Visit | None], str | None] = {}

    def rule(self, question: Question, r: int) -> str:
        """The first rule against a visit on a route."""
        posed, laid, site = self._posed, self._laid, question.site
        dates = len(posed.instance.dates)
        k, d = divmod(r, dates)
        team, day = posed.instance.teams[k], posed.instance.dates[d]
        if d < laid.first:
            return "past"
        if not team.work_dates[d]:
            return Rule.TEAM_OFF
        if not site.open_dates[d] or not site.windows_at(day):
            return Rule.SITE_CLOSED
        if r in laid.broken:
            return "day_broken"
        if question.leaves is not None and placed(question.leaves)[:2] == (team.id, day):
            return "same_place"
        others = [v for v in laid.visits if v.site == site.id and v != question.leaves]
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
        alone = self._rule_alone(question, team, r)
        if alone is not None:
            return alone
        nobody = None if site.must else self._nobody_to_serve(question)
        if nobody is not None:
            return nobody
        if self._is_over_budget(question, r):
            return Rule.OVER_BUDGET
        if not same_day and site.min_teams > 1:
            return Rule.TOO_FEW_TEAMS
        stops = laid.days.get(r, ())
        if len(stops) >= team.max_stops and all(placed(visit) in laid.fixed for visit in stops):
            return Rule.TOO_MANY_STOPS
        return "no_room"

    def _rule_alone(self, question: Question, team: Team, r: int) -> str | None:
        """The rule against a visit beside nothing but the nights and rides of the plan."""
        posed = self._posed
        key = _, day = posed.team_day(r)
        alone = posed.possibilities.rule_against(question.site, team, day=day)
        if alone is not None and alone not in TRAVEL_RULES:
            return alone
        if self._trips.is_resting(key):
            return "no_rest"
        if key in self._laid.trips.days:
            return self._trips.on_trip(question, r, minutes=self._openings.shortest(question, r))
        return None if alone is None else self._trips.by_new_trip(question.site, team, day) or alone

    def _is_over_budget(self, question: Question, r: int) -> bool:
        """Whether it is the money alone that is missing."""
        if self._posed.arrays.budget < 0 or not self._laid.is_open(r):
            return False
        return any(True for _ in self._openings.look(question, [r], is_paid=True))

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
                for outcome in self._laid.recount.by_visit
                if outcome.visit.site == site.id and outcome.visit != leaves
            )
            return Rule.NO_PEOPLE if served >= site.people else None
        others = [
            visit
            for visit in self._laid.plan.visits
            if visit.site == site.id and (leaves is None or placed(visit) != placed(leaves))
        ]
        left = SharedMinutes(self._posed.instance, self._laid.plan.rows.kits).left_by(others)
        waiting = {name for (place, name), people in left.items() if place == site.id and people}
        if not waiting:
            return Rule.NO_PEOPLE
        further = () if self._laid.recount.added is None else self._laid.recount.added.documents
        lacking = {count.document.id for count in further if count.shortfall}
        if self._laid.recount.shortfall:
            lacking.add(IKD)
        return None if leaves is not None or waiting & lacking else "no_gap"
