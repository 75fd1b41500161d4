"""Chooses the trips on which a team could be sent to a site that a plan leaves out."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from solver.contract.instance import Instance, Site
from solver.contract.plan import Plan
from solver.contract.verify import Outcome, verify
from solver.questions.explanation import Away
from solver.questions.possibility import Possibilities
from solver.questions.trip_merging import Outing, are_too_close, outing_on, outings_of


class Sending:
    """Knows what the teams of one plan do, and so what sending one of them elsewhere takes away."""

    def __init__(self, instance: Instance, plan: Plan, possibilities: Possibilities) -> None:
        self._instance, self._possibilities = instance, possibilities
        self._rest_days = {team.id: team.rest_days for team in instance.teams}
        self._outings = outings_of(instance, plan)
        self._served: Counter[Outing] = Counter()
        days: Counter[tuple[str, date]] = Counter()
        for outcome in verify(instance, plan).by_visit:
            days[outcome.visit.team, outcome.visit.date] += outcome.served
        for outing in self._outings:
            self._served[outing] = sum(count for (team, day), count in days.items() if outing.holds(team, day))

    def trips_to(self, site: Site, *, most: int) -> list[Plan]:
        """Return up to so many trips with a visit at a site, those first that take the least away for what they win."""
        trips = list(self._possibilities.trips_to(site))
        return sorted(trips, key=self._loss)[:most]

    def _loss(self, trip: Plan) -> tuple[int, int]:
        """People whom the team serves now on those dates, less those on the trip; and the dates that it takes."""
        mine = outings_of(self._instance, trip)[0]
        rest_days = self._rest_days[mine.team]
        given_up = sum(
            self._served[outing] for outing in self._outings if are_too_close(outing, mine, rest_days=rest_days)
        )
        won = sum(outcome.served for outcome in verify(self._instance, trip).by_visit)
        return given_up - won, (mine.last - mine.first).days


def trips_of(instance: Instance, plan: Plan, visits: Iterable[Outcome]) -> tuple[Away, ...]:
    """Return the trips with nights on which visits of a plan are made, each once."""
    if not plan.rows.nights:
        return ()
    names = {lodging.id: lodging.name for lodging in instance.lodgings}
    outings = outings_of(instance, plan)
    made_on = (outing_on(outings, outcome.visit.team, outcome.visit.date) for outcome in visits)
    trips = dict.fromkeys(outing for outing in made_on if outing is not None and outing.is_trip)
    return tuple(
        Away(
            team=trip.team,
            first=trip.first,
            last=trip.last,
            lodgings=tuple(
                names[night.lodging]
                for night in sorted(plan.rows.nights, key=lambda night: night.date)
                if trip.holds(night.team, night.date)
            ),
        )
        for trip in trips
    )
