"""Looks for what is enough: the number whose plan closes the gap, and below it that which a bound excludes."""

import datetime
import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from solver.contract.documents import IKD, SATELLITE
from solver.contract.instance import Instance, Team
from solver.plans.outlook import Due, Verdict
from solver.plans.words import Text, both
from solver.questions.changed_days import MOST_NEW_DAYS, end_on
from solver.questions.possibility import Possibilities
from solver.questions.trials import Effort, Trial, trial_until_decided, unshared
from solver.questions.what_if import Change, apply

# Trials on the way up before the search for a sufficient number gives up, and how much each overshoots its guess.
MOST_STEPS_UP = 8
OVERSHOOT = 1.1
# The yield is looked for in so many percent at a time, up to so many.
YIELD_STEP, MOST_YIELD = 5, 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Least:
    """The least number of teams or days, or percent of the yield: `enough` has a plan that closes the gap (None: none
    found), and up to `too_few` the bound proves that no plan can; what lies between is undecided.

    `present` is how many there are, `tried` the most that was tried. `never` is set if even everybody within reach
    would not close the gap: the people within reach. `until` is the date on which so many days end. `due_on` is set
    if `gap` is only what is due by that date: more teams or a better yield help a period; days lead to the target.
    """

    what: str
    present: int
    enough: int | None
    too_few: int
    never: int | None
    gap: int
    due_on: datetime.date | None
    tried: int
    trials: tuple[Trial, ...]

    @property
    def until(self) -> datetime.date | None:
        if self.what != "days":
            return None
        return next((trial.ends_on for trial in self.trials if trial.days == self.enough), None)

    def to_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "present": self.present,
            "enough": self.enough,
            "until": self.until.isoformat() if self.until else None,
            "too_few": self.too_few,
            "never": self.never,
            "gap": self.gap,
            "judged_by": Due.TARGET if self.due_on is None else Due.PERIOD,
            "trials": [trial.to_json() for trial in self.trials],
            "sentence": self.describe().to_json(),
        }

    def describe(self) -> Text:
        """Say what it takes, in a planner's words."""
        unit, whatever = _WORDS[self.what]
        aim = self._aim()
        if self.never is not None:
            return self._describe_never(whatever, self.never)
        if self.enough is None:
            return both(
                "Terbukti: {too_few} {unit} tidak cukup{aim}. Belum ditemukan jumlah yang cukup; {tried} sudah dicoba.",
                "Proven: {too_few} {unit} are not enough{aim}. No sufficient number was found; up to {tried} were "
                "tried.",
                aim=aim,
                too_few=self.too_few,
                unit=unit,
                tried=self.tried,
            )
        until = both(", sampai {day}", ", until {day}", day=self.until) if self.until else Text(id="", en="")
        enough = both("{count} {unit}{until}", "{count} {unit}{until}", count=self.enough, unit=unit, until=until)
        if self.too_few < 0:
            return both(
                "{enough} sudah cukup{aim}: tidak ada kekurangan yang harus ditutup dengan kunjungan.",
                "{enough} are enough{aim}: visits have no gap to close.",
                aim=aim,
                enough=enough,
            )
        if self.enough == self.too_few + _step_of(self.what):
            return both(
                "Paling sedikit {enough}{aim}: ada rencananya, dan terbukti {too_few} tidak cukup.",
                "At least {enough}{aim}: there is a plan, and {too_few} are proven not to be enough.",
                aim=aim,
                enough=enough,
                too_few=self.too_few,
            )
        first, last = self.too_few + _step_of(self.what), self.enough - _step_of(self.what)
        return both(
            "Cukup dengan {enough}{aim} (ada rencananya); terbukti {too_few} tidak cukup; {between} belum pasti.",
            "{enough} are enough{aim} (there is a plan); {too_few} are proven not to be; open in between: {between}.",
            aim=aim,
            enough=enough,
            too_few=self.too_few,
            between=str(first) if first == last else f"{first}–{last}",
        )

    def _aim(self) -> Text:
        if self.due_on is None:
            return Text(id="", en="")
        return both(
            " untuk tetap di jalur target sampai {day}",
            " to stay on the line to the target until {day}",
            day=self.due_on,
        )

    def _describe_never(self, whatever: Text, within_reach: int) -> Text:
        if self.due_on is None:
            return both(
                "{whatever}, kekurangan {gap} tidak tertutup: hanya {never} orang yang dapat dijangkau.",
                "{whatever} closes the gap of {gap}: only {never} people are within reach.",
                whatever=whatever,
                gap=self.gap,
                never=within_reach,
            )
        return both(
            "{whatever}, {gap} aktivasi yang jatuh tempo pada {day} tidak tercapai: hanya {never} orang yang dapat "
            "dijangkau.",
            "{whatever} wins the {gap} activations that are due by {day}: only {never} people are within reach.",
            whatever=whatever,
            gap=self.gap,
            day=self.due_on,
            never=within_reach,
        )


_WORDS = {
    "teams": (both("tim", "teams"), both("Berapa pun tim", "No number of teams")),
    "days": (both("hari", "days"), both("Berapa pun hari", "No number of days")),
    "yield": (
        both("persen dari laju aktivasi sekarang", "percent of the present yield"),
        both("Secepat apa pun tim bekerja", "No yield"),
    ),
}


def _step_of(what: str) -> int:
    """From one number that is tried to the next."""
    return YIELD_STEP if what == "yield" else 1


def least(instance: Instance, what: str, effort: Effort, *, team: str = "average") -> Least:
    """Find the least number of teams or days whose plan closes the gap, and the number the bound excludes.

    `what` is `teams`, `days`, or `yield` in percent of what it is. A trial ends as soon as a plan reaches the gap or
    the bound falls below it; when the time for all of them is over, what was found and proven by then is the answer.
    """
    instance = unshared(instance)
    due_on = instance.dates[-1] if what != "days" and instance.target.period_gap is not None else None
    instance = _to_close(instance, what)
    search = _LeastSearch(instance, what, effort, team=team, due=Due.TARGET if due_on is None else Due.PERIOD)
    within_reach = search.people_within_reach()
    # More teams of the same kinds, or quicker ones, reach nobody else; more days have more walk-ins.
    never = within_reach if what != "days" and within_reach < instance.net_gap else None
    enough, too_few = None, search.present
    if never is None:
        enough = search.first_enough()
        if enough is not None:
            enough = search.smallest_enough(enough)
        too_few = search.largest_excluded(enough)
    return Least(
        what=what,
        present=search.present,
        enough=enough,
        too_few=too_few,
        never=never,
        gap=instance.net_gap,
        due_on=due_on,
        tried=max(search.trials, default=0),
        trials=tuple(search.trials[count] for count in sorted(search.trials)),
    )


def _to_close(instance: Instance, what: str) -> Instance:
    """The instance whose whole gap is to be closed by its last date.

    Nothing after the deadline helps; and a period needs what is due by its end, unless days are looked for: they lead
    to the target."""
    target = instance.target
    if target.deadline is not None and instance.dates and instance.dates[-1] > target.deadline:
        return end_on(instance, target.deadline)
    due = target.gap if what == "days" or target.period_gap is None else target.period_gap
    if due is None:
        # Without a target, everybody is to be won.
        due = instance.net_gap + sum(instance.walk_ins_by_date().values())
    return replace(instance, target=replace(target, gap=due, period_gap=None))


class _LeastSearch:
    """Bisection over a number that only helps; what was tried once is not tried again."""

    def __init__(self, instance: Instance, what: str, effort: Effort, *, team: str, due: Due) -> None:
        self._instance, self._what, self._effort, self._team = instance, what, effort, team
        self._due = due
        self._started = time.perf_counter()
        self._step = _step_of(what)
        self.present = {"teams": len(instance.teams), "days": len(instance.dates), "yield": 100}[what]
        self.trials: dict[int, Trial] = {}

    def people_within_reach(self) -> int:
        """Count whom anybody could win; a quicker team can win somebody where the present one is too slow."""
        quick = Change(what="yield", amount=MOST_YIELD - 100)
        changed = apply(self._instance, quick) if self._what == "yield" else self._instance
        possibilities = Possibilities(_at_its_best(changed))
        return sum(site.people for site in self._instance.sites if possibilities.judge(site).rule is None)

    def first_enough(self) -> int | None:
        """Go up from the present number until a plan closes the gap."""
        count = self.present
        most = {"days": self.present + MOST_NEW_DAYS, "yield": MOST_YIELD}.get(self._what)
        for _ in range(MOST_STEPS_UP):
            trial = self._try(count)
            if trial.verdict is Verdict.REACHABLE:
                return count
            needed = trial.gap / max(1, trial.activations)
            higher = max(count + self._step, int(count * min(needed, 8.0) * OVERSHOOT) + self._step)
            higher -= higher % self._step
            count = higher if most is None else min(higher, most)
            if count in self.trials or self._is_late():
                break
        return None

    def smallest_enough(self, enough: int) -> int:
        """Bisect down to the smallest number with a plan that closes the gap."""
        short = (count for count, trial in self.trials.items() if trial.verdict is not Verdict.REACHABLE)
        low = max([self._nothing(enough), *short])
        while enough - low > self._step and not self._is_late():
            middle = self._between(low, enough)
            if self._try(middle).verdict is Verdict.REACHABLE:
                enough = middle
            else:
                low = middle
        return enough

    def largest_excluded(self, enough: int | None) -> int:
        """Bisect up to the largest number that the bound excludes; -1 if it excludes none."""
        excluded = (count for count, trial in self.trials.items() if trial.verdict is Verdict.UNREACHABLE)
        low = max([self._nothing(enough), *excluded])
        high = min((count for count in self.trials if count > low), default=low + self._step)
        high = high if enough is None else min(high, enough)
        while high - low > self._step and not self._is_late():
            middle = self._between(low, high)
            if self._try(middle).verdict is Verdict.UNREACHABLE:
                low = middle
            else:
                high = middle
        return low

    def _nothing(self, enough: int | None) -> int:
        """The number known to be too few: without a team, a day or any yield no visit wins anybody."""
        return 0 if self._instance.net_gap > 0 and enough != 0 else -1

    def _between(self, low: int, high: int) -> int:
        middle = (low + high) // 2
        return max(low + self._step, middle - middle % self._step)

    def _is_late(self) -> bool:
        total = self._effort.total_seconds
        return total is not None and time.perf_counter() - self._started >= total

    def _in_time(self) -> Effort:
        """The effort for one trial, no longer than the time left for all of them."""
        total, each = self._effort.total_seconds, self._effort.seconds
        if total is None:
            return self._effort
        left = max(0.1, self._started + total - time.perf_counter())
        return replace(self._effort, seconds=left if each is None else min(each, left))

    def _try(self, count: int) -> Trial:
        if count not in self.trials:
            change = Change(what=self._what, amount=count - self.present, team=self._team)
            changed = apply(self._instance, change) if change.amount else self._instance
            trial = trial_until_decided(f"{self._what}={count}", changed, self._in_time())
            self._effort.on_trial(trial)
            self.trials[count] = replace(trial, judged_by=self._due)
        return self.trials[count]


def _at_its_best(instance: Instance) -> Instance:
    """The instance with a kit for all who may draw one, without breaks, events and further documents, for those teams
    that issue the first one: nobody reaches more people with it."""
    needed = {kind for site in instance.sites for kind in site.needs_kits}

    def may_draw(team: Team) -> set[str]:
        pools = [pool for pool in instance.kits if pool.teams is None or team.id in pool.teams]
        return {pool.kind for pool in pools if pool.count > 0}

    def kits_of(team: Team) -> tuple[tuple[str, int], ...]:
        return tuple((Counter(dict(team.kits)) + Counter(may_draw(team) & needed)).items())

    teams = tuple(
        replace(
            team,
            satellite=team.satellite or SATELLITE in may_draw(team),
            kits=kits_of(team),
            breaks=(),
            documents=None,
        )
        for team in instance.teams
        if team.documents is None or IKD in team.documents
    )
    sites = tuple(replace(site, min_teams=1) for site in instance.sites)
    return replace(instance, teams=teams, sites=sites, kits=(), documents=())
