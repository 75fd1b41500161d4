"""Whether a plan wins what is due, on which date it closes the gap, and whether any plan could."""

import datetime
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.verify import Recount


class Verdict(StrEnum):
    """Can what is due be won: yes, no by proof, or not known."""

    REACHABLE = "reachable"
    UNREACHABLE = "unreachable"
    OPEN = "open"


class Due(StrEnum):
    """What a verdict speaks of: the part of the gap that is due by the last date, or all of it by the deadline."""

    PERIOD = "period"
    TARGET = "target"


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherOutlook:
    """What a finished run says about a further document; `verdict` is None where as many as possible are wanted."""

    document: str
    verdict: Verdict | None
    needed: int
    """What visits have to serve: the gap less the walk-ins."""
    served: int
    short_by: int
    short_at_least: int
    """Proven: any plan stays at least so many people short."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        match self.verdict:
            case None:
                return f"{self.document}: no target"
            case Verdict.REACHABLE:
                return f"{self.document}: reachable"
            case Verdict.UNREACHABLE:
                return (
                    f"{self.document}: unreachable, {self.short_by:,} short, any plan by at least"
                    f" {self.short_at_least:,}"
                )
            case Verdict.OPEN:
                return f"{self.document}: open, {self.short_by:,} short"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a finished run says about the target; `verdict` is None without one.

    Nothing that is won after the deadline counts: not in the verdict, not in `counted`, not in `left`."""

    verdict: Verdict | None
    judged_by: Due
    needed: int
    """What visits have to win: what is due less the walk-ins."""
    counted: int
    """Won by visits up to the deadline."""
    uncounted: int
    """Won after it."""
    short_by: int
    short_at_least: int
    """Proven: any plan stays at least so many activations short."""
    left: int
    """Of the gap, after this plan and the walk-ins up to its end."""
    crosses_on: datetime.date | None
    """The date on which visits and walk-ins have closed the whole gap, never after the deadline."""
    further: tuple[FurtherOutlook, ...] = ()

    def to_json(self) -> dict[str, Any]:
        further = {"further": [document.to_json() for document in self.further]} if self.further else {}
        return {
            "verdict": self.verdict,
            "judged_by": self.judged_by,
            "crosses_on": self.crosses_on.isoformat() if self.crosses_on else None,
            "short_by": self.short_by,
            "short_at_least": self.short_at_least,
            "left": self.left,
            "uncounted": self.uncounted,
            **further,
        }

    def __str__(self) -> str:
        words = "; ".join((self._verdict_words(), *map(str, self.further)))
        return f"{words}; {self.uncounted:,} won after the deadline do not count" if self.uncounted else words

    def _verdict_words(self) -> str:
        match self.verdict:
            case None:
                return "no target"
            case Verdict.REACHABLE if self.judged_by is Due.PERIOD:
                return f"reachable: what is due by the last date is won, {self.left:,} are left for the time after it"
            case Verdict.REACHABLE if self.crosses_on is None:
                return "reachable: there is no gap to close"
            case Verdict.REACHABLE:
                return f"reachable: visits and walk-ins close the gap on {self.crosses_on}"
            case Verdict.UNREACHABLE:
                return f"unreachable: {self.short_by:,} short, any plan by at least {self.short_at_least:,}"
            case Verdict.OPEN:
                return f"open: {self.short_by:,} short, and no proof that every plan is"


def outlook(
    instance: Instance,
    recount: Recount,
    activations_bound: int | None,
    served_bound: Iterable[tuple[str, int]] = (),
) -> Outlook:
    """Judge a plan and the proven bounds by what is due.

    A bound on the activations of all dates is one on those up to the deadline too. `served_bound` is what is proven of
    each further document."""
    return replace(_of_first(instance, recount, activations_bound), further=further_outlooks(recount, served_bound))


def further_outlooks(recount: Recount, served_bound: Iterable[tuple[str, int]]) -> tuple[FurtherOutlook, ...]:
    """Judge a plan and the proven bounds by the gap of each further document."""
    most = dict(served_bound)
    outlooks = []
    for count in () if recount.added is None else recount.added.documents:
        short_at_least = max(0, count.gap - most.get(count.document.id, count.gap))
        verdict = _verdict(count.served, needed=count.gap, is_excluded=short_at_least > 0)
        has_gap = count.document.gap is not None
        outlooks.append(
            FurtherOutlook(
                document=count.document.id,
                verdict=verdict if has_gap else None,
                needed=count.gap,
                served=count.served,
                short_by=count.shortfall if has_gap else 0,
                short_at_least=short_at_least if has_gap else 0,
            )
        )
    return tuple(outlooks)


def served_beyond(plan: Plan, recount: Recount) -> list[tuple[str, int, int]]:
    """Each further document with which a plan serves more people than it claims that any can: id, served, claim."""
    most = dict(plan.served_bound)
    counts = () if recount.added is None else recount.added.documents
    rows = ((count.document.id, count.served, most.get(count.document.id, count.served)) for count in counts)
    return [row for row in rows if row[1] > row[2]]


def _of_first(instance: Instance, recount: Recount, activations_bound: int | None) -> Outlook:
    target = instance.target
    deadline = target.deadline
    late = sum(won.served for won in recount.by_visit if deadline is not None and won.visit.date > deadline)
    counted = recount.activations - late
    gap = target.gap
    if gap is None:
        return Outlook(
            verdict=None,
            judged_by=Due.TARGET,
            needed=instance.net_gap,
            counted=counted,
            uncounted=late,
            short_by=0,
            short_at_least=0,
            left=0,
            crosses_on=None,
        )
    walk_ins = sum(instance.walk_ins_by_date().values())
    needed = max(0, (gap if target.period_gap is None else target.period_gap) - walk_ins)
    short_at_least = 0 if activations_bound is None else max(0, needed - activations_bound)
    return Outlook(
        verdict=_verdict(counted, needed=needed, is_excluded=short_at_least > 0),
        judged_by=Due.TARGET if target.period_gap is None else Due.PERIOD,
        needed=needed,
        counted=counted,
        uncounted=late,
        short_by=max(0, needed - counted),
        short_at_least=short_at_least,
        left=max(0, gap - walk_ins - counted),
        crosses_on=_crossing_date(instance, recount),
    )


def _verdict(counted: int, *, needed: int, is_excluded: bool) -> Verdict:
    if counted >= needed:
        return Verdict.REACHABLE
    return Verdict.UNREACHABLE if is_excluded else Verdict.OPEN


def _crossing_date(instance: Instance, recount: Recount) -> datetime.date | None:
    """None if the gap stays open, or if there was none to begin with."""
    left = instance.target.gap
    if not left:
        return None
    won = instance.walk_ins_by_date()
    for outcome in recount.by_visit:
        # A date that is not there lies after the deadline.
        if outcome.visit.date in won:
            won[outcome.visit.date] += outcome.served
    for day, people in won.items():
        left -= people
        if left <= 0:
            return day
    return None
