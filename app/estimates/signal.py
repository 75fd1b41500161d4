"""The signal a team meets where another was rated: a Dirichlet distribution for each rated level."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.estimates.arrays import Floats, Ints

LEVELS = 5
# What a rating is trusted: as if five visits had been there before, of which 70 % met what was rated.
PRIOR_VISITS = 5.0
PRIOR_AGREEMENT = 0.7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SignalDraws:
    """One draw of all ratings' worth for each of `count` futures."""

    cumulative: Floats
    """`cumulative[rated, met, n]`: in future n, the probability of meeting that level or a lower one."""

    def met(self, rated: int, generator: np.random.Generator) -> Ints:
        """The level met by one visit in each future, 0 to 4; shape (count,)."""
        rows = self.cumulative[rated, : LEVELS - 1]
        return np.asarray((generator.random(rows.shape[1]) > rows).sum(axis=0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SignalFit:
    """What is known of the levels met, prior and visits together."""

    weights: Floats
    """`weights[rated, met]`: visits, those of the prior included."""
    visits: int

    def share(self, rated: int) -> Floats:
        """The probability of each level met where `rated` was; shape (5,)."""
        return np.asarray(self.weights[rated] / self.weights[rated].sum())

    def draw(self, generator: np.random.Generator, count: int) -> SignalDraws:
        """Draw the probabilities of all levels, once for every future."""
        gammas = generator.standard_gamma(self.weights, size=(count, LEVELS, LEVELS))
        cumulative = np.cumsum(gammas, axis=2)
        cumulative /= cumulative[:, :, -1:]
        return SignalDraws(cumulative=np.ascontiguousarray(cumulative.transpose(1, 2, 0)))


def fit_signal(pairs: Sequence[tuple[int, int]]) -> SignalFit:
    """Learn from pairs of the level rated and the level met, 0 to 4 each."""
    weights = prior_weights()
    for rated, met in pairs:
        weights[rated, met] += 1
    return SignalFit(weights=weights, visits=len(pairs))


def prior_weights() -> Floats:
    """Visits imagined before the first one; a rating is more often wrong by one level than by three."""
    level = np.arange(LEVELS)
    beside = np.exp2(-np.abs(level[:, None] - level[None, :]).astype(np.float64))
    np.fill_diagonal(beside, 0.0)
    beside *= (1 - PRIOR_AGREEMENT) / beside.sum(axis=1, keepdims=True)
    return np.asarray(PRIOR_VISITS * (beside + PRIOR_AGREEMENT * np.eye(LEVELS)))
