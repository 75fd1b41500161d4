"""What a forecast draws from: what results teach of each figure, or the figure as it was given where a district has
told to use that. As given it is as unsure as before the first visit, not more and not less."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from app.estimates.arrays import Floats
from app.estimates.evidence import VisitResult, observe_losses
from app.estimates.learning import Given, Learned, Priors, learn
from app.estimates.losses import LossFit, fit_losses
from app.estimates.pace import PaceFit
from app.estimates.signal import SignalFit
from app.schedules.figures import BY_KIND, Figure, Use, Uses


class DrawnShare(Protocol):
    """A share in every future."""

    def of_site(self, site: int, *, kind: str, area: str, level: int, generator: np.random.Generator) -> Floats:
        """The share of one site in each future, 0 to 1; shape (count,)."""


class KnownShare(Protocol):
    """What is known of a share."""

    def draw(self, generator: np.random.Generator, count: int) -> DrawnShare:
        """Draw what all sites share, once for every future."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InUse:
    """All that is known of shares, pace, signal and losses, each figure as it is to be used."""

    turn_out: KnownShare
    phone_ready: KnownShare
    resident: KnownShare
    pace: PaceFit
    signal: SignalFit
    losses: LossFit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Everyone:
    """A share that is all, whatever the site: nobody is asked for a phone but for IKD."""

    count: int = 0

    def draw(self, generator: np.random.Generator, count: int) -> "Everyone":
        return Everyone(count=count)

    def of_site(self, site: int, *, kind: str, area: str, level: int, generator: np.random.Generator) -> Floats:
        return np.ones(self.count)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _ByKind:
    """A share that some kinds of site have from another fit than the others."""

    usual: KnownShare
    other: KnownShare
    kinds: frozenset[str]
    """Those of the other fit."""

    def draw(self, generator: np.random.Generator, count: int) -> "_DrawnByKind":
        return _DrawnByKind(
            usual=self.usual.draw(generator, count), other=self.other.draw(generator, count), kinds=self.kinds
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _DrawnByKind:
    usual: DrawnShare
    other: DrawnShare
    kinds: frozenset[str]

    def of_site(self, site: int, *, kind: str, area: str, level: int, generator: np.random.Generator) -> Floats:
        draws = self.other if kind in self.kinds else self.usual
        return draws.of_site(site, kind=kind, area=area, level=level, generator=generator)


def in_use(
    learned: Learned,
    priors: Priors,
    *,
    given: Given,
    uses: Uses,
    all_results: Sequence[VisitResult] | None = None,
) -> InUse:
    """What is to be used as learned, and the rest as it was before any result.

    `all_results`: those of further visits too, which teach whether visits take place and nothing else."""
    before = learn((), priors, given=given) if Use.GIVEN in uses.chosen.values() else learned
    shares: Mapping[Figure, tuple[KnownShare, KnownShare]] = {
        Figure.TURN_OUT: (learned.turn_out, before.turn_out),
        Figure.PHONE_READY: (learned.phone_ready, before.phone_ready),
        Figure.RESIDENT: (learned.resident, before.resident),
    }
    turn_out, phone_ready, resident = (
        by_kind(*shares[figure], frozenset(kind for kind in priors.turn_out if uses.of(figure, kind) is Use.GIVEN))
        for figure in BY_KIND
    )
    return InUse(
        turn_out=turn_out,
        phone_ready=phone_ready,
        resident=resident,
        pace=before.pace if uses.of(Figure.PACE) is Use.GIVEN else learned.pace,
        signal=before.signal if uses.of(Figure.SIGNAL) is Use.GIVEN else learned.signal,
        losses=before.losses
        if uses.of(Figure.LOSS) is Use.GIVEN
        else learned.losses
        if all_results is None
        else fit_losses(observe_losses(all_results)),
    )


def by_kind(learned: KnownShare, before: KnownShare, as_given: frozenset[str]) -> KnownShare:
    """A share as learned, but as before any result for the kinds of site that are told so."""
    return _ByKind(usual=learned, other=before, kinds=as_given) if as_given else learned
