"""Whether a plan closes the gap, on which date, and whether any plan could."""

import datetime
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from solver.contract.instance import Instance
from solver.contract.verify import Verdict


class Reach(StrEnum):
    """Can the gap be closed: yes, no by proof, or not known."""

    REACHABLE = "reachable"
    UNREACHABLE = "unreachable"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a finished run says about the target; `reach` is None without one."""

    reach: Reach | None
    crosses_on: datetime.date | None
    short_by: int
    short_at_least: int
    """Proven: any plan stays at least so many activations short."""

    def to_json(self) -> dict[str, Any]:
        return {
            "verdict": self.reach,
            "crosses_on": self.crosses_on.isoformat() if self.crosses_on else None,
            "short_by": self.short_by,
            "short_at_least": self.short_at_least,
        }

    def __str__(self) -> str:
        match self.reach:
            case None:
                return "no target"
            case Reach.REACHABLE if self.crosses_on is None:
                return "reachable: there is no gap to close"
            case Reach.REACHABLE:
                return f"reachable: visits and walk-ins close the gap on {self.crosses_on}"
            case Reach.UNREACHABLE:
                return f"unreachable: {self.short_by:,} short, any plan by at least {self.short_at_least:,}"
            case Reach.OPEN:
                return f"open: {self.short_by:,} short, and no proof that every plan is"


def outlook(instance: Instance, verdict: Verdict, activations_bound: int | None) -> Outlook:
    """Judge a plan and the proven bound against the target of the instance."""
    has_target = instance.target.gap is not None
    bound = verdict.gap if activations_bound is None else activations_bound
    return Outlook(
        reach=reach_of(verdict, activations_bound) if has_target else None,
        crosses_on=crossing_date(instance, verdict),
        short_by=verdict.shortfall if has_target else 0,
        short_at_least=max(0, verdict.gap - bound) if has_target else 0,
    )


def reach_of(verdict: Verdict, activations_bound: int | None) -> Reach:
    """Judge a plan's activations and the proven bound against the gap."""
    if verdict.activations >= verdict.gap:
        return Reach.REACHABLE
    proven = activations_bound is not None and activations_bound < verdict.gap
    return Reach.UNREACHABLE if proven else Reach.OPEN


def crossing_date(instance: Instance, verdict: Verdict) -> datetime.date | None:
    """Return the first date on which visits and walk-ins together have closed the gap.

    None if they do not, if there was no gap to begin with, or no target.
    """
    left = instance.target.gap
    if not left:
        return None
    won = dict.fromkeys(instance.dates, 0)
    for outcome in verdict.by_visit:
        won[outcome.visit.date] += outcome.served
    for day in instance.dates:
        left -= won[day] + instance.target.walk_ins_per_day
        if left <= 0:
            return day
    return None
