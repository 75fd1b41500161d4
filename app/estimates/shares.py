"""Which share of people comes, brings a phone that works, or counts here: crossed effects of kind, area and level."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.estimates.arrays import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareResult:
    """What one visit told of a share."""

    site: int
    kind: str
    area: str
    level: int
    """The signal its site was rated with, 0 to 4."""
    people: float
    """Of whom the share is taken: invited, or came, or served. A fraction only in what stands for an opinion."""
    came: float
    is_bounded: bool = False
    """Whether more than `came` may have come."""
    weight: float = 1.0
    """1, or less for what is discounted by its age."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareSummary:
    """The share of a new site of a kind, an area and a level, each 0 to 1."""

    prior: float
    mean: float
    low: float
    """5 % lie below."""
    high: float
    """95 % lie below."""
    visits: int
    people: float
    bounded: int
    """Visits that say "at least so many"."""
    is_measured: bool
    """Whether both the kind and the area have been visited; otherwise the interval is the pooled one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShareDraws:
    """What all sites share, drawn once for every future."""

    def of_site(self, site: int, *, kind: str, area: str, level: int, generator: np.random.Generator) -> Floats:
        """The share of one site in each future, 0 to 1; shape (count,)."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShareFit:
    """What is known of a share."""

    def draw(self, generator: np.random.Generator, count: int) -> ShareDraws:
        """Draw mixture member, effects and spread, once for every future."""
        raise NotImplementedError

    def summary(self, kind: str, area: str, level: int | None = None) -> ShareSummary:
        """The share of a new site of that cell."""
        raise NotImplementedError


def fit_shares(
    results: Sequence[ShareResult], prior_shares: Mapping[str, float], *, areas: Collection[str] = ()
) -> ShareFit:
    """Learn a share from all results; `prior_shares` by kind, 0 to 1."""
    raise NotImplementedError
