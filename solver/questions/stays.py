"""What teams can do at the sites of an instance, whatever leads there: when, for whom, in how short a time."""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from solver.contract.instance import Instance, Site, Team, Window
from solver.plans.series import Numbers, break_numbers
from solver.questions.abilities import Abilities
from solver.questions.journeys import Need

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
    NO_WAY = "no_way"
    NO_LODGING = "no_lodging"
    ARRIVES_LATE = "arrives_late"
    SHIFT_END = "shift_end"
    RIDE_MISSED = "ride_missed"
    NO_DEPARTURE = "no_departure"
    LODGING_CLOSED = "lodging_closed"
    NIGHT_OUTSIDE_WORK = "night_outside_work"
    TOO_MANY_NIGHTS = "too_many_nights"
    BREAK_MISSED = "break_missed"
    OVER_BUDGET = "over_budget"
    TOO_FEW_TEAMS = "too_few_teams"


class Stays:
    """Judges visits by themselves, once a team is there."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._counted = {visit.site for visit in (*instance.published, *instance.pinned)}
        self._abilities = Abilities(instance)
        self.works = tuple(_bits(team.work_dates) for team in instance.teams)
        """The dates on which each team works, as bits."""
        self.alike = {team.id: tuple(self._dates_alike(team)) for team in instance.teams}
        """The dates, as bits, on which a team may draw the same kits and takes the same breaks."""

    def wanted(self, site: Site) -> tuple[str, ...]:
        """Return the documents that somebody at a site is without."""
        return self._abilities.wanted(site)

    def rule_for_all(self, site: Site) -> Rule | None:
        if not self._abilities.wanted(site) and self.must_win(site):
            return Rule.NO_PEOPLE
        if site.max_visit_dates == 0:
            return Rule.TOO_MANY_DATES
        return Rule.TOO_MANY_TEAMS if site.max_teams == 0 else None

    def must_win(self, site: Site) -> bool:
        """Whether only activations would lead a plan there: a must-visit, a pin, a published visit count without."""
        return not site.must and site.id not in self._counted

    def rule_there(self, site: Site, team: Team, windows: Windows, d: int, *, is_owed: bool) -> Rule | None:
        """The first rule that forbids a visit whatever leads there."""
        if not windows:
            return Rule.SITE_CLOSED
        if team.max_stops == 0:
            return Rule.TOO_MANY_STOPS
        if not is_owed:
            ability = self._abilities.of(site, team, d)
            if ability.lack is not None:
                return Rule(ability.lack)
            if self._in_slots(site, ability.minutes) is None:
                return Rule.WINS_NOBODY
        busy = site.setup_minutes + self.useful(site, team, d, is_owed=is_owed)[0]
        return Rule.OUTSIDE_WINDOW if all(window.close - window.open < busy for window in windows) else None

    def useful(self, site: Site, team: Team, d: int, *, is_owed: bool) -> tuple[int, int]:
        """The shortest service that is of use, and the rupiah for the kits without which it is not."""
        if is_owed:
            return self._shortest_at_all(site), 0
        ability = self._abilities.of(site, team, d)
        return self._in_slots(site, ability.minutes) or self._shortest_at_all(site), ability.kit_rupiah

    def needs_on(self, site: Site, team: Team, dates: Sequence[int], *, is_owed: bool) -> dict[int, tuple[Need, ...]]:
        """Return what a visit needs on each of some dates."""
        if self._abilities.are_the_same_daily and dates:
            return dict.fromkeys(dates, self.needs(site, team, dates[0], is_owed=is_owed))
        return {d: self.needs(site, team, d, is_owed=is_owed) for d in dates}

    def needs(self, site: Site, team: Team, d: int, *, is_owed: bool) -> tuple[Need, ...]:
        """What a visit needs on a date: the shortest there is, or one that serves somebody."""
        last = len(self._instance.dates) - 1
        if is_owed:
            return (Need(self._shortest_at_all(site), 0, last),)
        spans = ((span, self._in_slots(site, span.ability.minutes)) for span in self._abilities.spans(site, team, d))
        return tuple(
            Need(minutes, span.first, span.last, span.ability.kit_rupiah)
            for span, minutes in spans
            if minutes is not None
        )

    def least_minutes(self, site: Site, team: Team) -> int | None:
        """The shortest service that wins somebody on some date, or the shortest at all where a visit counts by itself.

        None if the team serves nobody there.
        """
        if not self.must_win(site):
            return self._shortest_at_all(site)
        firsts = [(alike & -alike).bit_length() - 1 for alike in self.alike[team.id]]
        abilities = (self._abilities.of(site, team, d) for d in firsts)
        slots = (self._in_slots(site, ability.minutes) for ability in abilities if ability.lack is None)
        return min((minutes for minutes in slots if minutes is not None), default=None)

    def shortest(self, site: Site) -> int:
        """The shortest service of any team that could win somebody, or the shortest at all."""
        useful = [minutes for team in self._instance.teams if (minutes := self.least_minutes(site, team)) is not None]
        return min(useful, default=self._shortest_at_all(site))

    def _shortest_at_all(self, site: Site) -> int:
        return self._instance.slot_minutes if site.fixed_minutes is None else site.fixed_minutes

    def _in_slots(self, site: Site, useful: int) -> int | None:
        """The shortest service of so many useful minutes at least; None if the session is shorter."""
        if site.fixed_minutes is not None:
            return site.fixed_minutes if site.fixed_minutes >= useful else None
        slot = self._instance.slot_minutes
        return max(slot, -(-useful // slot) * slot)

    def openings(self, site: Site) -> Iterator[tuple[Windows, int]]:
        """Yield each list of windows with the bits of the dates on which it holds."""
        masks: dict[Windows, int] = {}
        changed = dict(site.windows_on)
        for index, day in enumerate(self._instance.dates):
            if site.open_dates[index]:
                windows = changed.get(day, site.windows)
                masks[windows] = masks.get(windows, 0) | 1 << index
        yield from masks.items()

    def _dates_alike(self, team: Team) -> Iterator[int]:
        """Yield the dates, as bits, on which a team may draw the same kits and takes the same breaks."""
        for some in self._abilities.dates_alike(team):
            by_breaks: dict[Numbers, int] = {}
            for d in range(len(self._instance.dates)):
                if some >> d & 1:
                    numbers = break_numbers(team, d)
                    by_breaks[numbers] = by_breaks.get(numbers, 0) | 1 << d
            yield from by_breaks.values()


def _bits(flags: tuple[bool, ...]) -> int:
    return sum(1 << index for index, flag in enumerate(flags) if flag)
