"""How often a visit is lost, by itself or with the whole day of its district."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import fsum

import numpy as np

from app.estimates.arrays import Floats

# Assumed until measured: one visit in 15 and one day in 20.
VISIT_PRIOR = (1.0, 14.0)
DAY_PRIOR = (1.0, 19.0)
# The server is one for all: whoever reports it down speaks for the day.
CAUSES_OF_A_DAY = frozenset({"server_down"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LossResult:
    """Whether a planned visit came to pass."""

    day: date
    cause: str | None
    """None for a visit that nothing kept away."""
    lost_share: float
    """Of its service; 1 for a visit not held, 0 for one held whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseTally:
    """What one cause took."""

    cause: str
    visits: float
    """Lost one by one; a visit cut short counts by the part that was lost."""
    days: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LossDraws:
    """The chances of a loss, drawn once for every future; shape (count,), 0 to 1."""

    visit: Floats
    """Of a visit on a day that is not lost."""
    day: Floats
    """Of a day, for all visits of the district together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LossFit:
    """Beta distributions of both chances, prior and visits together."""

    visit: tuple[float, float]
    day: tuple[float, float]
    visits: int
    days: int
    causes: tuple[CauseTally, ...]

    @property
    def expected(self) -> float:
        """The chance that one visit is lost, for whichever reason."""
        held = [kept / (lost + kept) for lost, kept in (self.visit, self.day)]
        return 1 - held[0] * held[1]

    def draw(self, generator: np.random.Generator, count: int) -> LossDraws:
        """Draw both chances, once for every future."""
        return LossDraws(visit=generator.beta(*self.visit, size=count), day=generator.beta(*self.day, size=count))


def fit_losses(results: Sequence[LossResult]) -> LossFit:
    """Learn from all reported visits, those held included.

    A day is lost when its server was down, or when one cause took two visits or more and over half of the day's.
    What was lost with its day tells nothing of visits one by one."""
    by_day: defaultdict[date, list[LossResult]] = defaultdict(list)
    for result in results:
        by_day[result.day].append(result)
    took_day = {day: cause for day, visits in by_day.items() if (cause := _cause_of_day(visits)) is not None}
    alone = [result for result in results if result.day not in took_day]
    lost = fsum(result.lost_share for result in alone if result.cause is not None)
    causes = sorted({result.cause for result in results if result.cause is not None})
    return LossFit(
        visit=(VISIT_PRIOR[0] + lost, VISIT_PRIOR[1] + len(alone) - lost),
        day=(DAY_PRIOR[0] + len(took_day), DAY_PRIOR[1] + len(by_day) - len(took_day)),
        visits=len(results),
        days=len(by_day),
        causes=tuple(
            CauseTally(
                cause=cause,
                visits=fsum(result.lost_share for result in alone if result.cause == cause),
                days=sum(taken == cause for taken in took_day.values()),
            )
            for cause in causes
        ),
    )


def _cause_of_day(visits: Sequence[LossResult]) -> str | None:
    """The cause that took a whole day; None if none did."""
    lost = [visit.cause for visit in visits if visit.cause is not None and visit.lost_share > 0]
    for cause in sorted(set(lost)):
        taken = lost.count(cause)
        if cause in CAUSES_OF_A_DAY or (taken >= 2 and 2 * taken > len(visits)):
            return cause
    return None
