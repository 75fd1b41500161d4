"""Which figures that somebody gave are contradicted by what visits reported."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from app.estimates.grid import LOGITS, log_likelihood
from app.estimates.pace import PaceResult
from app.estimates.shares import ShareResult

# One visit may go any way; three that chance would bring once in a hundred are a doubt.
ENOUGH = 3
_UNLIKELY = 0.005
USUAL_SITE_SPREAD = 0.55
USUAL_DAY_SPREAD = 0.3
"""How much the pace of one day differs from another's, relative to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """How many visits lie outside the 99 % that a given figure leaves them."""

    visits: int
    too_few: int
    """Visits with hardly so few."""
    too_many: int
    """Visits with hardly so many."""

    @property
    def is_doubtful(self) -> bool:
        """Whether enough of them lie on the same side."""
        return max(self.too_few, self.too_many) >= ENOUGH


def contradiction(
    results: Sequence[ShareResult], given_share: float, *, site_spread: float = USUAL_SITE_SPREAD
) -> Contradiction:
    """Hold visits of one kind, or of one site, against the share that was given for it, 0 to 1.

    `site_spread`, on the logit scale: how much sites of a kind may differ; next to nothing for a share of one site.
    A visit that ran out of time can only have been too much."""
    counted = [result for result in results if not result.is_given and result.people > 0]
    if not counted:
        return Contradiction(visits=0, too_few=0, too_many=0)
    inside = min(max(given_share, 0.001), 0.999)
    away = (LOGITS - log(inside / (1 - inside))) / max(site_spread, 0.05)
    sites = np.exp(-0.5 * away * away)
    sites /= sites.sum()

    def at_least(more: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        people = np.array([result.people for result in counted], dtype=np.float64)
        came = np.array([min(result.came, result.people) for result in counted], dtype=np.float64) + more
        table = log_likelihood(
            people=people, came=np.minimum(came, people), is_bounded=np.ones_like(came), weight=np.ones_like(came)
        )
        return np.where(came > people, 0.0, np.exp(table) @ sites)

    is_bounded = np.array([result.is_bounded for result in counted])
    too_many, too_few = at_least(0) < _UNLIKELY, (1 - at_least(1) < _UNLIKELY) & ~is_bounded
    return Contradiction(visits=len(counted), too_few=int(too_few.sum()), too_many=int(too_many.sum()))


def pace_contradiction(results: Sequence[PaceResult]) -> Contradiction:
    """Hold the busy minutes of a team's visits against the pace that each was planned with."""
    counted = [result for result in results if result.operator_minutes > 0]
    expected = [result.operator_minutes / result.given_minutes_per_activation for result in counted]
    pairs = list(zip(counted, expected, strict=True))
    return Contradiction(
        visits=len(counted),
        too_few=sum(_at_most(result.activated, mean) < _UNLIKELY for result, mean in pairs),
        too_many=sum(1 - _at_most(result.activated - 1, mean) < _UNLIKELY for result, mean in pairs),
    )


def _at_most(number: int, mean: float) -> float:
    """The chance of no more than that, of a Poisson number whose mean differs from day to day by a gamma factor."""
    shape = USUAL_DAY_SPREAD**-2
    chance = (shape / (shape + mean)) ** shape
    reached = 0.0
    for count in range(number + 1):
        reached += chance
        chance *= (count + shape) / (count + 1) * mean / (mean + shape)
    return reached
