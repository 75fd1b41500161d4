"""Which team-days could make a visit at a site, and the first rule that forbids it to each of the others.

The rules bear the names they have in `solver.contract.verify`; three more say that a visit could be made and would
win nobody.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from solver.contract.capacity import service_rate
from solver.contract.instance import Instance, Site, Team, Visit, Window
from solver.contract.travel import Travel
from solver.questions.detours import Detours

Windows = tuple[Window, ...]


class Rule(StrEnum):
    """Why a team-day cannot visit a site, in the order in which a planner would look."""

    NO_PEOPLE = "no_people"
    TOO_MANY_DATES = "too_many_dates"
    TOO_MANY_TEAMS = "too_many_teams"
    TEAM_OFF = "team_off"
    SITE_CLOSED = "site_closed"
    TOO_MANY_STOPS = "too_many_stops"
    NO_SIGNAL = "no_signal"
    WINS_NOBODY = "wins_nobody"
    OUTSIDE_WINDOW = "outside_window"
    ARRIVES_LATE = "arrives_late"
    SHIFT_END = "shift_end"
    OVER_BUDGET = "over_budget"


_TRAVEL_RULES = frozenset({Rule.ARRIVES_LATE, Rule.SHIFT_END, Rule.OVER_BUDGET})


@dataclass(frozen=True, slots=True, kw_only=True)
class Possibility:
    """On how many team-days a site could be visited alone, and how many each rule takes away.

    `rule` is None if the site can be visited; else it is the rule that stops those who get furthest, so the one to
    mend first. `by_rule` is ascending in the order of the rules. `travel_minutes` is the quickest way there and back
    of any team, over the shortest visits to others where that is sooner, `longest_window` the longest opening on a
    date, `needed_minutes` set-up and the shortest service. `witness` is a team-day's route with a visit at the site
    where no direct trip is possible but a detour is.
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
        self._counted = {visit.site for visit in (*instance.published, *instance.pinned)}
        self._works = tuple(_bits(team.work_dates) for team in instance.teams)

    def judge(self, site: Site) -> Possibility:
        """Count the team-days that could visit a site by the first rule that forbids it."""
        dates, teams = len(self._instance.dates), self._instance.teams
        counts: Counter[Rule | None] = Counter()
        hopeless = self._rule_for_all(site)
        if hopeless is not None:
            counts[hopeless] = dates * len(teams)
        else:
            openings = tuple(self._openings(site))
            for team, works in zip(teams, self._works, strict=True):
                counts[Rule.TEAM_OFF] += dates - works.bit_count()
                opened = 0
                for windows, mask in openings:
                    opened |= mask
                    counts[self._rule_for(site, team, windows)] += (mask & works).bit_count()
                counts[Rule.SITE_CLOSED] += (works & ~opened).bit_count()
        possible = counts.pop(None, 0)
        by_rule = tuple((rule, counts[rule]) for rule in Rule if counts[rule])
        rule = by_rule[-1][0] if by_rule and not possible else None
        # Teams or dates may be missing altogether.
        rule = Rule.TEAM_OFF if rule is None and not possible else rule
        # A detour may save a trip, whichever team-days get furthest without it.
        witness = self._by_detour(site) if any(counted in _TRAVEL_RULES for counted, _ in by_rule) and rule else ()
        return Possibility(
            site=site.id,
            team_days=dates * len(teams),
            possible=possible,
            rule=None if witness is None or witness else rule,
            by_rule=by_rule,
            travel_minutes=self._detours.least_round(site),
            longest_window=max((w.close - w.open for windows, _ in self._openings(site) for w in windows), default=0),
            needed_minutes=site.setup_minutes + self._shortest(site),
            witness=witness or (),
        )

    def direct_trip(self, site: Site, team: Team, *, day: date) -> DirectTrip | None:
        """Return the longest visit that a team can make from its base alone on a date; None if a rule forbids any."""
        index = self._instance.dates.index(day)
        windows = site.windows_at(day)
        if not (site.open_dates[index] and team.work_dates[index]):
            return None
        if self._rule_for_all(site) or self._rule_for(site, team, windows):
            return None
        return self._longest_trip(site, team, windows)

    def rule_against(self, site: Site, team: Team, *, day: date) -> Rule | None:
        """Return the first rule that forbids a visit straight from the base on a date; None if none does.

        A detour may still save what is refused for its travel.
        """
        index = self._instance.dates.index(day)
        if not team.work_dates[index]:
            return Rule.TEAM_OFF
        if not site.open_dates[index]:
            return Rule.SITE_CLOSED
        return self._rule_for_all(site) or self._rule_for(site, team, site.windows_at(day))

    def _rule_for_all(self, site: Site) -> Rule | None:
        if site.people == 0 and self._must_win(site):
            return Rule.NO_PEOPLE
        if site.max_visit_dates == 0:
            return Rule.TOO_MANY_DATES
        return Rule.TOO_MANY_TEAMS if site.max_teams == 0 else None

    def _must_win(self, site: Site) -> bool:
        """Whether only activations would lead a plan there: a must-visit, a pin, a published visit count without."""
        return not site.must and site.id not in self._counted

    def _rule_for(self, site: Site, team: Team, windows: Windows) -> Rule | None:
        """The first rule that forbids a visit straight from the base on a date with these windows."""
        if not windows:
            return Rule.SITE_CLOSED
        if team.max_stops == 0:
            return Rule.TOO_MANY_STOPS
        if self._must_win(site) and team.operators * service_rate(self._instance.connectivity, team, site=site) == 0:
            return Rule.NO_SIGNAL
        minutes = self.least_minutes(site, team)
        if minutes is None:
            return Rule.WINS_NOBODY
        busy = site.setup_minutes + minutes
        if all(window.close - window.open < busy for window in windows):
            return Rule.OUTSIDE_WINDOW
        there, metres_there = self._travel.leg(team, site)
        back, metres_back = self._travel.leg(site, team)
        ends = [max(window.open, team.shift.open + there) + busy for window in windows]
        in_time = [end for end, window in zip(ends, windows, strict=True) if end <= window.close]
        if not in_time:
            return Rule.ARRIVES_LATE
        if min(in_time) + back > team.shift.close:
            return Rule.SHIFT_END
        costs = self._instance.costs
        cost = (metres_there + metres_back) * costs.per_km // 1000 + costs.per_team_day
        return Rule.OVER_BUDGET if costs.budget is not None and cost > costs.budget else None

    def least_minutes(self, site: Site, team: Team) -> int | None:
        """The shortest service that wins somebody, or the shortest at all where a visit counts by itself."""
        slot = self._instance.slot_minutes
        shortest = slot if site.fixed_minutes is None else site.fixed_minutes
        if not self._must_win(site):
            return shortest
        rate = team.operators * service_rate(self._instance.connectivity, team, site=site)
        if rate == 0:
            return None
        useful = -(-team.minutes_per_activation * 10_000 // rate)
        if site.fixed_minutes is not None:
            return site.fixed_minutes if site.fixed_minutes >= useful else None
        return max(slot, -(-useful // slot) * slot)

    def _longest_trip(self, site: Site, team: Team, windows: Windows) -> DirectTrip | None:
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

    def _by_detour(self, site: Site) -> tuple[Visit, ...] | None:
        """A route that reaches the site over others; empty if there is none, None if that could not be settled."""
        if not self._detours.any:
            return ()
        return self._detours.route_to(site, least_minutes=lambda team: self.least_minutes(site, team))

    def _shortest(self, site: Site) -> int:
        """The shortest service of any team that could win somebody, or the shortest at all."""
        slot = self._instance.slot_minutes
        useful = [minutes for team in self._instance.teams if (minutes := self.least_minutes(site, team)) is not None]
        return min(useful, default=slot if site.fixed_minutes is None else site.fixed_minutes)

    def _openings(self, site: Site) -> Iterator[tuple[Windows, int]]:
        """Yield each list of windows with the bits of the dates on which it holds."""
        masks: dict[Windows, int] = {}
        changed = dict(site.windows_on)
        for index, day in enumerate(self._instance.dates):
            if site.open_dates[index]:
                windows = changed.get(day, site.windows)
                masks[windows] = masks.get(windows, 0) | 1 << index
        yield from masks.items()


def _bits(flags: tuple[bool, ...]) -> int:
    return sum(1 << index for index, flag in enumerate(flags) if flag)
