"""Which team-days could make a visit at a site, and the first rule that forbids it to each of the others.

The rules bear the names they have in `solver.contract`; three more say that a visit could be made and would win nobody.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from solver.contract.instance import Instance, Site, Team, Visit, Window
from solver.contract.travel import Travel
from solver.plans.compressed import break_number
from solver.plans.paused_days import PausedDays
from solver.questions.abilities import Abilities
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
    NOT_ISSUED = "not_issued"
    TOO_FEW_KITS = "too_few_kits"
    NO_SIGNAL = "no_signal"
    WINS_NOBODY = "wins_nobody"
    OUTSIDE_WINDOW = "outside_window"
    ARRIVES_LATE = "arrives_late"
    SHIFT_END = "shift_end"
    BREAK_MISSED = "break_missed"
    OVER_BUDGET = "over_budget"
    TOO_FEW_TEAMS = "too_few_teams"


_TRAVEL_RULES = frozenset({Rule.ARRIVES_LATE, Rule.SHIFT_END, Rule.BREAK_MISSED, Rule.OVER_BUDGET})


@dataclass(frozen=True, slots=True, kw_only=True)
class Possibility:
    """On how many team-days a site could be visited alone, and how many each rule takes away.

    `rule` is None if the site can be visited; else it is the rule that stops those who get furthest, so the one to
    mend first. `by_rule` is ascending in the order of the rules. `travel_minutes` is the quickest way there and back
    of any team, over the shortest visits to others where that is sooner, `longest_window` the longest opening on a
    date, `needed_minutes` set-up and the shortest service. `witness` is a team-day's route with a visit at the site
    where no direct trip is possible but a detour is. `documents` are those that somebody there is without, `min_teams`
    come at once or none.
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
        self._abilities = Abilities(instance)
        self._paused = PausedDays(instance)
        self._alike = {team.id: tuple(self._dates_alike(team)) for team in instance.teams}

    def judge(self, site: Site) -> Possibility:
        """Count the team-days that could visit a site by the first rule that forbids it."""
        dates, teams = len(self._instance.dates), self._instance.teams
        counts: Counter[Rule | None] = Counter()
        hopeless = self._rule_for_all(site)
        if hopeless is not None:
            counts[hopeless] = dates * len(teams)
        else:
            openings = tuple(self._openings(site))
            opened = sum(mask for _, mask in openings)
            for works in self._works:
                counts[Rule.TEAM_OFF] += dates - works.bit_count()
                counts[Rule.SITE_CLOSED] += (works & ~opened).bit_count()
            too_few, too_dear = self._unheld(site, openings) if site.min_teams > 1 else (0, 0)
            for rule, mask in self._rules(site, openings, is_owed=not self._must_win(site)):
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
        witness = self._by_detour(site) if any(stops in _TRAVEL_RULES for stops, _ in by_rule) and rule else ()
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
            documents=self._abilities.wanted(site),
            min_teams=site.min_teams,
        )

    def direct_trip(self, site: Site, team: Team, *, day: date) -> DirectTrip | None:
        """Return the longest visit that a team can make from its base alone on a date; None if a rule forbids any.

        Kits that it may draw are with it, and other teams where an event needs them.
        """
        index = self._instance.dates.index(day)
        windows = site.windows_at(day)
        if not (site.open_dates[index] and team.work_dates[index]):
            return None
        is_owed = not self._must_win(site)
        if self._rule_for_all(site) or self._rule_for(site, team, windows, index, is_owed=is_owed):
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
        windows, is_owed = site.windows_at(day), not self._must_win(site)
        return self._rule_for_all(site) or self._rule_for(site, team, windows, index, is_owed=is_owed)

    def _rule_for_all(self, site: Site) -> Rule | None:
        if not self._abilities.wanted(site) and self._must_win(site):
            return Rule.NO_PEOPLE
        if site.max_visit_dates == 0:
            return Rule.TOO_MANY_DATES
        return Rule.TOO_MANY_TEAMS if site.max_teams == 0 else None

    def _must_win(self, site: Site) -> bool:
        """Whether only activations would lead a plan there: a must-visit, a pin, a published visit count without."""
        return not site.must and site.id not in self._counted

    def _rules(
        self, site: Site, openings: Sequence[tuple[Windows, int]], *, is_owed: bool
    ) -> Iterator[tuple[Rule | None, int]]:
        """Yield the first rule against a visit and the working dates of a team on which it is, as bits."""
        for team, works in zip(self._instance.teams, self._works, strict=True):
            for windows, mask in openings:
                for some in self._alike[team.id]:
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
            if rule is None or (may_detour and rule in _TRAVEL_RULES)
        ]
        too_few = too_dear = 0
        for d in range(len(self._instance.dates)):
            if sum(dates >> d & 1 for dates in coming) < site.min_teams:
                too_few |= 1 << d
            elif not may_detour and self._is_too_dear(site, d):
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
        if not windows:
            return Rule.SITE_CLOSED
        if team.max_stops == 0:
            return Rule.TOO_MANY_STOPS
        minutes, kit_rupiah = self._shortest_at_all(site), 0
        if not is_owed:
            ability = self._abilities.of(site, team, d)
            if ability.lack is not None:
                return Rule(ability.lack)
            useful = self._in_slots(site, ability.minutes)
            if useful is None:
                return Rule.WINS_NOBODY
            minutes, kit_rupiah = useful, ability.kit_rupiah
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
        if not self._fits_break(site, team, d, minutes):
            return Rule.BREAK_MISSED
        costs = self._instance.costs
        cost = (metres_there + metres_back) * costs.per_km // 1000 + costs.per_team_day + kit_rupiah
        return Rule.OVER_BUDGET if costs.budget is not None and cost > costs.budget else None

    def _fits_break(self, site: Site, team: Team, d: int, minutes: int) -> bool:
        """Whether a visit straight from the base leaves the break of the date a place."""
        return not team.breaks or self._timed(site, team, d, minutes) is not None

    def _timed(self, site: Site, team: Team, d: int, minutes: int) -> int | None:
        """When a visit straight from the base starts beside the break of the date; None if it does not fit."""
        visit = Visit(team=team.id, date=self._instance.dates[d], site=site.id, start=0, minutes=minutes)
        day = self._paused.day([visit], break_number(team, d))
        return None if day is None else day.visits[0].start

    def least_minutes(self, site: Site, team: Team) -> int | None:
        """The shortest service that wins somebody on some date, or the shortest at all where a visit counts by itself.

        None if the team serves nobody there.
        """
        if not self._must_win(site):
            return self._shortest_at_all(site)
        firsts = [(alike & -alike).bit_length() - 1 for alike in self._alike[team.id]]
        abilities = (self._abilities.of(site, team, d) for d in firsts)
        slots = (self._in_slots(site, ability.minutes) for ability in abilities if ability.lack is None)
        return min((minutes for minutes in slots if minutes is not None), default=None)

    def _shortest_at_all(self, site: Site) -> int:
        return self._instance.slot_minutes if site.fixed_minutes is None else site.fixed_minutes

    def _in_slots(self, site: Site, useful: int) -> int | None:
        """The shortest service of so many useful minutes at least; None if the session is shorter."""
        if site.fixed_minutes is not None:
            return site.fixed_minutes if site.fixed_minutes >= useful else None
        slot = self._instance.slot_minutes
        return max(slot, -(-useful // slot) * slot)

    def _longest_trip(self, site: Site, team: Team, windows: Windows, day: date) -> DirectTrip | None:
        d = self._instance.dates.index(day)
        if break_number(team, d) is not None:
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
        return self._detours.route_to(site, least_minutes=lambda team: self.least_minutes(site, team))

    def _shortest(self, site: Site) -> int:
        """The shortest service of any team that could win somebody, or the shortest at all."""
        useful = [minutes for team in self._instance.teams if (minutes := self.least_minutes(site, team)) is not None]
        return min(useful, default=self._shortest_at_all(site))

    def _dates_alike(self, team: Team) -> Iterator[int]:
        """Yield the dates, as bits, on which a team may draw the same kits and takes the same break."""
        for some in self._abilities.dates_alike(team):
            by_break: dict[int | None, int] = {}
            for d in range(len(self._instance.dates)):
                if some >> d & 1:
                    number = break_number(team, d)
                    by_break[number] = by_break.get(number, 0) | 1 << d
            yield from by_break.values()

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
