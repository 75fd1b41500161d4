"""How many people come to the counters on a working day: as given, and as counted days and counts have it since."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, sqrt

GIVEN_SHAPE = 8.0
"""Of the gamma distribution of a rate that somebody gave: it is right within a third until days are counted."""
FANO = 2.5
"""Variance over mean of a day's number, until days tell."""
_FANO_DAYS = 10.0
_NINETY = 1.6448536269514722
"""Standard normal: 5 % lie above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkInStretch:
    """People over some working days: one that was counted, or what two official counts leave for the counters."""

    working_days: int
    activated: int
    """Never below 0: what cannot be is a doubt about the counts, not about the rate."""
    ordinary_days: float | None = None
    """What the given rates expect of these days, over what they expect of an ordinary working day: half of one where
    the mall alone is open. None: as many as there are working days."""

    @property
    def exposure(self) -> float:
        return self.working_days if self.ordinary_days is None else self.ordinary_days


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkInFit:
    """A gamma distribution of the rate per working day."""

    given: float | None
    """None: nobody has given a rate."""
    mean: float
    working_days: int
    """That tell of it."""
    activated: int
    fano: float
    shape: float
    """Of the gamma distribution; its standard deviation is `mean / sqrt(shape)`."""

    @property
    def low(self) -> float:
        """5 % lie below."""
        return self._quantile(-_NINETY)

    @property
    def high(self) -> float:
        """95 % lie below."""
        return self._quantile(_NINETY)

    def _quantile(self, normal: float) -> float:
        # Wilson and Hilferty (1931): the cube root of a gamma variable is nearly normal.
        ninth = 1 / (9 * self.shape)
        return float(self.mean * max(0.0, 1 - ninth + normal * sqrt(ninth)) ** 3)


def fit_walk_ins(stretches: Sequence[WalkInStretch], *, given: float | None) -> WalkInFit:
    """Learn the rate from stretches since it began to apply, in whatever order they come."""
    counted = [stretch for stretch in stretches if stretch.exposure > 0]
    days = fsum(stretch.exposure for stretch in counted)
    people = sum(stretch.activated for stretch in counted)
    fano = _fano(counted, rate=people / days if days else 0.0)
    # People who come in groups count for fewer.
    shape, inverse_scale = people / fano, days / fano
    if given:
        shape, inverse_scale = shape + GIVEN_SHAPE, inverse_scale + GIVEN_SHAPE / given
    return WalkInFit(
        given=given,
        mean=shape / inverse_scale if inverse_scale else 0.0,
        working_days=sum(stretch.working_days for stretch in counted),
        activated=people,
        fano=fano,
        shape=max(shape, 0.5),
    )


def _fano(counted: Sequence[WalkInStretch], *, rate: float) -> float:
    """Variance over mean, shrunk to what is usual; never below that of chance alone."""
    if rate <= 0:
        return FANO
    excess = fsum((stretch.activated - rate * stretch.exposure) ** 2 / (rate * stretch.exposure) for stretch in counted)
    return max(1.0, (_FANO_DAYS * FANO + excess) / (_FANO_DAYS + max(0, len(counted) - 1)))
