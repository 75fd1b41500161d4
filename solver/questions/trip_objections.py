"""What nights and rides say against a visit: those of the plan, or new ones that it would need."""

from collections.abc import Mapping, Sequence
from datetime import date

from solver.contract.instance import Site, Team, Visit
from solver.contract.journeys import Ride
from solver.contract.travel import NO_WAY_MINUTES
from solver.plans.trip_days import Stop, TeamDay
from solver.questions import placing_words as words
from solver.questions.laid_plan import LaidPlan
from solver.questions.possibility import Rule
from solver.questions.ways import Question, placed

NEEDS_NIGHTS, NEEDS_RIDE = "needs_nights", "needs_ride"


class TripObjections:
    """Finds what the trips of one plan, and those that it does not have, say against a visit."""

    def __init__(self, laid: LaidPlan) -> None:
        self._laid, self._posed = laid, laid.posed
        self._nights: dict[str, Mapping[TeamDay, int]] = {}

    def is_resting(self, key: TeamDay) -> bool:
        """Whether a team rests on a date, after a trip of the plan."""
        team = self._posed.instance.teams[self._posed.teams[key[0]]]
        trips = self._laid.trips
        if not team.rest_days or key in trips.days:
            return False
        backs = (day for name, day in trips.asleep if name == team.id and trips.bed((name, day)) is None)
        return any(0 < (key[1] - back).days <= team.rest_days for back in backs)

    def by_new_trip(self, site: Site, team: Team, day: date) -> str | None:
        """Say that a trip which the plan does not have would lead a team to a site on a date; None if none would."""
        if site.id not in self._nights:
            self._nights[site.id] = self._posed.possibilities.nights_to(site)
        nights = self._nights[site.id].get((team.id, day))
        return None if nights is None else NEEDS_NIGHTS if nights else NEEDS_RIDE

    def on_trip(self, question: Question, r: int, *, minutes: int) -> str | None:
        """The rule, as `verify` names it, against so long a visit on a day of a trip beside held ones; None if none is.

        Of several places on the day that whose rule is the last in the order of words.
        """
        key = team, day = self._posed.team_day(r)
        held = [visit for visit in self._laid.days.get(r, ()) if placed(visit) in self._laid.fixed]
        visit = Visit(team=team, date=day, site=question.site.id, start=0, minutes=minutes)
        stops = self._laid.trips.stops(key, held)
        rules = [self._rule_of(key, (*stops[:at], visit, *stops[at:])) for at in range(len(stops) + 1)]
        order = {str(rule): place for place, rule in enumerate(words.ORDER)}
        return None if None in rules else max((rule for rule in rules if rule), key=lambda rule: order.get(rule, 0))

    def _rule_of(self, key: TeamDay, stops: Sequence[Stop]) -> str | None:
        """The first rule that stops in this order break on a day of a trip, each as early as can be."""
        posed, ends, fixed = self._posed, self._laid.trips.ends(key), self._laid.fixed
        numbers = posed.rows.numbers(posed.instance.teams[posed.teams[key[0]]], key[1])
        if posed.paused.journey(key, ends, stops, numbers, {}, fixed=fixed) is not None:
            return None
        here, free_at = ends.begin, ends.shift.open
        for stop in stops:
            enters, leaves, busy, windows = posed.doors(stop)
            minutes = posed.minutes_between(here, enters)
            if minutes >= NO_WAY_MINUTES:
                return Rule.NO_WAY
            ready = free_at + minutes
            starts = [max(ready, window.open) for window in windows if max(ready, window.open) + busy <= window.close]
            if isinstance(stop, Visit) and placed(stop) in fixed:
                starts = [fixed[placed(stop)]] if ready <= fixed[placed(stop)] else []
            if not starts:
                return Rule.RIDE_MISSED if isinstance(stop, Ride) else Rule.ARRIVES_LATE
            here, free_at = leaves, min(starts) + busy
        minutes = posed.minutes_between(here, ends.end)
        if minutes >= NO_WAY_MINUTES:
            return Rule.NO_WAY
        return Rule.SHIFT_END if free_at + minutes > ends.shift.close else Rule.BREAK_MISSED
