"""The lattice on the logit scale on which what visits tell of a share is tabled, and how tables are read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from math import lgamma

import numpy as np

from app.estimates.arrays import Floats, Ints, product

STEP = 0.05
LOGITS: Floats = np.linspace(-8.0, 8.0, 321)
_LOG_SHARE = -np.log1p(np.exp(-LOGITS))
_LOG_REST = -np.log1p(np.exp(LOGITS))
# No visit places a share closer than 0.04 on the logit scale: days differ, and the lattice could not hold it.
_MOST_INFORMATION = 625.0
_SMALLEST = 1e-290
_TERMS = 40


def logistic(logits: Floats) -> Floats:
    """The shares of logits."""
    return np.asarray(1.0 / (1.0 + np.exp(-logits)))


def log_likelihood(*, people: Floats, came: Floats, is_bounded: Floats, weight: Floats) -> Floats:
    """What each visit says of its share: log P(came) or, where bounded, log P(at least so many); (visits, lattice).

    In logits the binomial's upper tail, k of n or more, is the integral of p^k (1 − p)^(n − k + 1) / B(k, n − k + 1):
    smooth, and exact for any n without special functions of arrays."""
    people = np.maximum(people, came)
    middle = (came + 0.5) / (people + 1.0)
    tempering = np.minimum(1.0, _MOST_INFORMATION / np.maximum(people * middle * (1 - middle), 1.0))
    came, people = tempering * came, tempering * people
    table = came[:, None] * _LOG_SHARE + (people - came)[:, None] * _LOG_REST
    for row in np.flatnonzero(is_bounded):
        table[row] = _log_at_least(float(came[row]), float(people[row]))
    return np.asarray(weight[:, None] * table)


def _log_at_least(least: float, people: float) -> Floats:
    """The log of the binomial's upper tail, by Hermite's cubic between the nodes; (lattice,)."""
    if least <= 0:
        return np.zeros_like(LOGITS)
    rest = people - least + 1
    log_total = lgamma(least) + lgamma(rest) - lgamma(people + 1)
    density = np.exp(least * _LOG_SHARE + rest * _LOG_REST - log_total)
    slope = density * (least * np.exp(_LOG_REST) - rest * np.exp(_LOG_SHARE))
    steps = 0.5 * STEP * (density[:-1] + density[1:]) + STEP**2 / 12 * (slope[:-1] - slope[1:])
    # Far out the density grows too fast for a cubic; it has one peak, so a step is no less than its lower end.
    steps = np.maximum(steps, STEP * np.minimum(density[:-1], density[1:]))
    # Below the lattice, by the series of the incomplete beta function.
    further = np.arange(_TERMS)
    series = np.cumprod((people + 1 + further) / (least + 1 + further) * np.exp(_LOG_SHARE[0]))
    below = density[0] / least * (1 + series.sum())
    return np.asarray(np.log(np.clip(below + np.concatenate(([0.0], np.cumsum(steps))), _SMALLEST, 1.0)))


def smoothed(log_tables: Floats, spreads: Iterable[float]) -> Iterator[Floats]:
    """Tables of sites as functions of what is expected of them, their own effects integrated out: one for each spread
    that these may have."""
    highest = log_tables.max(axis=1, keepdims=True)
    likely = np.exp(log_tables - highest)
    for spread in spreads:
        yield np.asarray(np.log(np.maximum(product(likely, _kernel(spread)), _SMALLEST)) + highest)


@cache
def _kernel(spread: float) -> Floats:
    """The normal density of logits around each expected one, by columns that add up to 1."""
    away = (LOGITS[:, None] - LOGITS[None, :]) / spread
    kernel = np.exp(-0.5 * away * away)
    return np.asarray(kernel / kernel.sum(axis=0, keepdims=True))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tables:
    """Concave functions of a logit with their slopes and curvatures; `[spread, cell, lattice]`."""

    value: Floats
    slope: Floats
    curvature: Floats

    def at(self, spread: Ints, logits: Floats) -> tuple[Floats, Floats, Floats]:
        """Value, slope and curvature of every cell at `logits[member, cell]`, by the tables of `spread[member]`."""
        position = np.clip((logits - LOGITS[0]) / STEP, 1.0, len(LOGITS) - 2.0)
        node = np.minimum(position.astype(np.int64), len(LOGITS) - 3)
        part = position - node
        cell = np.arange(logits.shape[1])
        here, there = (spread[:, None], cell, node), (spread[:, None], cell, node + 1)
        slope0, slope1 = self.slope[here], self.slope[there]
        value0, value1 = self.value[here], self.value[there]
        rest = 1 - part
        value = (1 + 2 * part) * rest * rest * value0 + part * part * (3 - 2 * part) * value1
        value += STEP * part * rest * (rest * slope0 - part * slope1)
        return (
            value,
            rest * slope0 + part * slope1,
            rest * self.curvature[here] + part * self.curvature[there],
        )


def tables_of(value: Floats) -> Tables:
    """The tables of values on the lattice, by first and second differences."""
    slope, curvature = np.zeros_like(value), np.zeros_like(value)
    slope[..., 1:-1] = (value[..., 2:] - value[..., :-2]) / (2 * STEP)
    curvature[..., 1:-1] = (value[..., 2:] - 2 * value[..., 1:-1] + value[..., :-2]) / STEP**2
    return Tables(value=value, slope=slope, curvature=np.minimum(curvature, 0.0))
