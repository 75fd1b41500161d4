"""Which team-days could make a visit at a site, and the first rule that forbids it to each of the others.

The rules bear the names they have in `solver.contract`; three more say that a visit could be made and would win nobody.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from solver.contract.instance import Instance, Site, Team, Visit
from solver.contract.plan import Plan
from solver.contract.travel import NO_WAY_MINUTES, Travel
from solver.plans.paused_days import PausedDays
from solver.plans.series import break_numbers
from solver.questions.day_tables import Terms
from solver.questions.detours import Detours
from solver.questions.journeys import Journeys
from solver.questions.stays import Rule as Rule
from solver.questions.stays import Stays, Windows
from solver.questions.trips_there import LongerTrip, TripsThere

TRAVEL_RULES = frozenset(
    {
        Rule.NO_WAY,
        Rule.NO_LODGING,
        Rule.RIDE_MISSED,
        Rule.NO_DEPARTURE,
        Rule.LODGING_CLOSED,
        Rule.NIGHT_OUTSIDE_WORK,
        Rule.TOO_MANY_NIGHTS,
        Rule.ARRIVES_LATE,
        Rule.SHIFT_END,
        Rule.BREAK_MISSED,
        Rule.OVER_BUDGET,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Possibility:
    """On how many team-days a site could be visited, by itself, and how many each rule takes away.

    `rule` is None if the site can be visited; else it is the rule that stops those who get furthest, so the one to
    mend first. `by_rule` is ascending in the order of the rules. `travel_minutes` is the quickest way there and back
    of any team, over the shortest visits to others where that is sooner, `longest_window` the longest opening on a
    date, `needed_minutes` set-up and the shortest service. `witness` is a team-day's route with a visit at the site
    where no other trip is possible but a detour is. `documents` are those that somebody there is without, `min_teams`
    come at once or none. `longer_trip` is None unless a team would have to be away for more nights than it may.
    """

    site: str
    team_days: int
    possible: int
    rule: Rule | None
    by_rule: tuple[tuple[Rule, int], ...]
    travel_minutes: int | None
    longest_window: int
    needed_minutes: int
    witness: tuple[Visit, ...] = ()
    documents: tuple[str, ...] = ()
    min_teams: int = 1
    longer_trip: LongerTrip | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectTrip:
    """A visit made straight from the base: the team's earliest start and the longest service that fits."""

    start: int
    minutes: int


class Possibilities:
    """Judges the sites of one instance, each visit by itself in an otherwise empty plan."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._travel = Travel(instance.travel)
        self._detours = Detours(instance)
        self._stays = Stays(instance)
        self._paused = PausedDays(instance)
        self._trips = TripsThere(instance, self._stays) if Journeys.are_needed(instance) else None

    def judge(self, site: Site) -> Possibility:
        """Count the team-days that could visit a site by the first rule that forbids it."""
        dates, teams = len(self._instance.dates), self._instance.teams
        counts: Counter[Rule | None] = Counter()
        hopeless = self._stays.rule_for_all(site)
        if hopeless is not None:
            counts[hopeless] = dates * len(teams)
        else:
            openings = tuple(self._stays.openings(site))
            opened = sum(mask for _, mask in openings)
            for works in self._stays.works:
                counts[Rule.TEAM_OFF] += dates - works.bit_count()
                counts[Rule.SITE_CLOSED] += (works & ~opened).bit_count()
            too_few, too_dear = self._unheld(site, openings) if site.min_teams > 1 else (0, 0)
            for rule, mask in self._rules(site, openings, is_owed=not self._stays.must_win(site)):
                if rule is None:
                    counts[Rule.OVER_BUDGET] += (mask & too_dear).bit_count()
                    counts[Rule.TOO_FEW_TEAMS] += (mask & too_few & ~too_dear).bit_count()
                    mask &= ~(too_few | too_dear)
                counts[rule] += mask.bit_count()
        possible = counts.pop(None, 0)
        by_rule = tuple((rule, counts[rule]) for rule in Rule if counts[rule])
        rule = by_rule[-1][0] if by_rule and not possible else None
        # Teams or dates may be missing altogether.
        rule = Rule.TEAM_OFF if rule is None and not possible else rule
        # A detour may save a trip, whichever team-days get furthest without it.
        witness = self._by_detour(site) if any(stops in TRAVEL_RULES for stops, _ in by_rule) and rule else ()
        rule = None if witness is None or witness else rule
        return Possibility(
            site=site.id,
            team_days=dates * len(teams),
            possible=possible,
            rule=rule,
            by_rule=by_rule,
            travel_minutes=(self._detours if self._trips is None else self._trips).least_round(site),
            longest_window=max(
                (w.close - w.open for windows, _ in self._stays.openings(site) for w in windows), default=0
            ),
            needed_minutes=site.setup_minutes + self._stays.shortest(site),
            witness=witness or (),
            documents=self._stays.wanted(site),
            min_teams=site.min_teams,
            longer_trip=self._trips.longer_trip(site) if self._trips and rule is Rule.TOO_MANY_NIGHTS else None,
        )

    def trip_to(self, site: Site, team: Team, *, day: date) -> Plan | None:
        """Return a trip of a team, and nothing else, with a visit that serves most on a date; None if there is none.

        It leads over no other site. Where nobody may sleep away or ride there is none either: see `direct_trip`.
        """
        return None if self._trips is None else self._trips.trip(site, team, self._instance.dates.index(day), Terms())

    def trips_to(self, site: Site) -> Iterator[Plan]:
        """Yield a trip of each team with a visit on each date that has any, or else one over other sites."""
        is_any = False
        for team in self._instance.teams if self._trips is not None else ():
            for day in self._instance.dates:
                trip = self.trip_to(site, team, day=day)
                if trip is not None:
                    is_any = True
                    yield trip
        if self._trips is not None and self._detours.any and not is_any:
            trip = self._trips.over_sites(site)[0]
            if trip is not None:
                yield trip

    def direct_trip(self, site: Site, team: Team, *, day: date) -> DirectTrip | None:
        """Return the longest visit that a team can make from its base alone on a date; None if a rule forbids any.

        Kits that it may draw are with it, and other teams where an event needs them.
        """
        index = self._instance.dates.index(day)
        windows = site.windows_at(day)
        if not (site.open_dates[index] and team.work_dates[index]):
            return None
        is_owed = not self._stays.must_win(site)
        if self._stays.rule_for_all(site) or self._rule_for(site, team, windows, index, is_owed=is_owed):
            return None
        return self._longest_trip(site, team, windows, day)

    def rule_against(self, site: Site, team: Team, *, day: date) -> Rule | None:
        """Return the first rule that forbids a visit straight from the base on a date; None if none does.

        A detour may still save what is refused for its travel.
        """
        index = self._instance.dates.index(day)
        if not team.work_dates[index]:
            return Rule.TEAM_OFF
        if not site.open_dates[index]:
            return Rule.SITE_CLOSED
        windows, is_owed = site.windows_at(day), not self._stays.must_win(site)
        return self._stays.rule_for_all(site) or self._rule_for(site, team, windows, index, is_owed=is_owed)

    def _rules(
        self, site: Site, openings: Sequence[tuple[Windows, int]], *, is_owed: bool
    ) -> Iterator[tuple[Rule | None, int]]:
        """Yield the first rule against a visit and the working dates of a team on which it is, as bits."""
        if self._trips is not None:
            yield from self._trips.rules(site, openings, is_owed=is_owed)
            return
        for team, works in zip(self._instance.teams, self._stays.works, strict=True):
            for windows, mask in openings:
                for some in self._stays.alike[team.id]:
                    dates = mask & works & some
                    if dates:
                        first = (dates & -dates).bit_length() - 1
                        yield self._rule_for(site, team, windows, first, is_owed=is_owed), dates

    def _unheld(self, site: Site, openings: Sequence[tuple[Windows, int]]) -> tuple[int, int]:
        """The dates, as bits, on which fewer teams can come to an event than it needs, or only for too much money.

        Who serves nobody there comes too; who might come over other sites counts as coming.
        """
        may_detour = self._detours.any
        coming = [
            dates
            for rule, dates in self._rules(site, openings, is_owed=True)
            if rule is None or (may_detour and rule in TRAVEL_RULES)
        ]
        too_few = too_dear = 0
        for d in range(len(self._instance.dates)):
            if sum(dates >> d & 1 for dates in coming) < site.min_teams:
                too_few |= 1 << d
            elif not may_detour and self._trips is None and self._is_too_dear(site, d):
                too_dear |= 1 << d
        return too_few, too_dear

    def _is_too_dear(self, site: Site, d: int) -> bool:
        """Whether the cheapest trips of as many teams as an event needs cost more than the budget."""
        costs, index = self._instance.costs, d
        if costs.budget is None:
            return False
        metres = sorted(
            self._travel.leg(team, site)[1] + self._travel.leg(site, team)[1]
            for team in self._instance.teams
            if team.work_dates[index]
        )[: site.min_teams]
        return sum(metres) * costs.per_km // 1000 + len(metres) * costs.per_team_day > costs.budget

    def _rule_for(self, site: Site, team: Team, windows: Windows, d: int, *, is_owed: bool) -> Rule | None:
        """The first rule that forbids a visit straight from the base on a date with these windows.

        Where nothing is owed to a site, only winning somebody leads a plan there.
        """
        rule = self._stays.rule_there(site, team, windows, d, is_owed=is_owed)
        return rule or self._rule_of_way(site, team, windows, d, is_owed=is_owed)

    def _rule_of_way(self, site: Site, team: Team, windows: Windows, d: int, *, is_owed: bool) -> Rule | None:
        """The first rule that keeps a team from coming straight from its base and being back in time."""
        minutes, kit_rupiah = self._stays.useful(site, team, d, is_owed=is_owed)
        busy = site.setup_minutes + minutes
        there, metres_there = self._travel.leg(team, site)
        back, metres_back = self._travel.leg(site, team)
        if max(there, back) >= NO_WAY_MINUTES:
            return Rule.NO_WAY
        ends = [max(window.open, team.shift.open + there) + busy for window in windows]
        in_time = [end for end, window in zip(ends, windows, strict=True) if end <= window.close]
        if not in_time:
            return Rule.ARRIVES_LATE
        if min(in_time) + back > team.shift.close:
            return Rule.SHIFT_END
        if not self._fits_break(site, team, d, minutes):
            return Rule.BREAK_MISSED
        costs = self._instance.costs
        cost = (metres_there + metres_back) * costs.per_km // 1000 + costs.per_team_day + kit_rupiah
        return Rule.OVER_BUDGET if costs.budget is not None and cost > costs.budget else None

    def _fits_break(self, site: Site, team: Team, d: int, minutes: int) -> bool:
        """Whether a visit straight from the base leaves the breaks of the date their places."""
        return not team.breaks or self._timed(site, team, d, minutes) is not None

    def _timed(self, site: Site, team: Team, d: int, minutes: int) -> int | None:
        """When a visit straight from the base starts beside the breaks of the date; None if it does not fit."""
        visit = Visit(team=team.id, date=self._instance.dates[d], site=site.id, start=0, minutes=minutes)
        day = self._paused.day([visit], break_numbers(team, d))
        return None if day is None else day.visits[0].start

    def _longest_trip(self, site: Site, team: Team, windows: Windows, day: date) -> DirectTrip | None:
        d = self._instance.dates.index(day)
        if break_numbers(team, d):
            return self._longest_beside_break(site, team, windows, d)
        there, back = self._travel.leg(team, site)[0], self._travel.leg(site, team)[0]
        slot = self._instance.slot_minutes
        best: DirectTrip | None = None
        for window in windows:
            start = max(window.open, team.shift.open + there)
            room = min(window.close, team.shift.close - back) - start - site.setup_minutes
            minutes = room // slot * slot if site.fixed_minutes is None else site.fixed_minutes
            if 0 < minutes <= room and (best is None or minutes > best.minutes):
                best = DirectTrip(start=start, minutes=minutes)
        return best

    def _longest_beside_break(self, site: Site, team: Team, windows: Windows, d: int) -> DirectTrip | None:
        longest = max((window.close - window.open - site.setup_minutes for window in windows), default=0)
        slot = self._instance.slot_minutes
        lengths = range(longest // slot * slot, 0, -slot) if site.fixed_minutes is None else (site.fixed_minutes,)
        for minutes in lengths:
            start = self._timed(site, team, d, minutes)
            if start is not None:
                return DirectTrip(start=start, minutes=minutes)
        return None

    def _by_detour(self, site: Site) -> tuple[Visit, ...] | None:
        """A route that reaches the site over others; empty if there is none, None if that could not be settled."""
        if not self._detours.any:
            return ()
        if self._trips is not None:
            trip, is_open = self._trips.over_sites(site)
            return (None if is_open else ()) if trip is None else trip.visits
        return self._detours.route_to(site, least_minutes=lambda team: self._stays.least_minutes(site, team))
