"""Everything that results teach, learned again from all of them every time: no state that could drift."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.estimates.drift import discounted
from app.estimates.evidence import (
    Evidence,
    Figure,
    SignalEffect,
    VisitResult,
    minutes_per_activation,
    observe_losses,
    observe_pace,
    observe_phone_ready,
    observe_resident,
    observe_signal,
    observe_turn_out,
    worked_at,
)
from app.estimates.losses import LossDraws, LossFit, fit_losses
from app.estimates.pace import PaceDraws, PaceFit, fit_pace
from app.estimates.shares import ShareDraws, ShareFit, ShareResult, fit_shares
from app.estimates.signal import SignalDraws, SignalFit, fit_signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Priors:
    """What is given or assumed before the first visit; shares by kind, 0 to 1."""

    turn_out: Mapping[str, float]
    phone_ready: Mapping[str, float]
    resident: Mapping[str, float]
    signal: SignalEffect
    areas: Collection[str] = ()
    """Those of the district, visited or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Shares that somebody gave for single sites: each as an observation worth a few people, not as truth."""

    turn_out: Sequence[ShareResult] = ()
    phone_ready: Sequence[ShareResult] = ()
    resident: Sequence[ShareResult] = ()


NOTHING_GIVEN = Given()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LearnedDraws:
    """What all visits share, drawn once for every future."""

    turn_out: ShareDraws
    phone_ready: ShareDraws
    resident: ShareDraws
    pace: PaceDraws
    signal: SignalDraws
    losses: LossDraws


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Learned:
    """All that is known of shares, pace, signal and losses."""

    turn_out: ShareFit
    phone_ready: ShareFit
    resident: ShareFit
    pace: PaceFit
    signal: SignalFit
    losses: LossFit
    evidence: Evidence

    def draw(self, generator: np.random.Generator, count: int) -> LearnedDraws:
        """Draw everything that is shared, each part from a stream of its own."""
        streams = generator.spawn(6)
        return LearnedDraws(
            turn_out=self.turn_out.draw(streams[0], count),
            phone_ready=self.phone_ready.draw(streams[1], count),
            resident=self.resident.draw(streams[2], count),
            pace=self.pace.draw(streams[3], count),
            signal=self.signal.draw(streams[4], count),
            losses=self.losses.draw(streams[5], count),
        )


def learn(
    results: Sequence[VisitResult],
    priors: Priors,
    *,
    given: Given = NOTHING_GIVEN,
    half_life_days: float | None = None,
) -> Learned:
    """Learn from the standing results of a district, one a visit, in whatever order they come.

    `half_life_days` discounts what old visits say of shares, where `check_recent` finds that things have changed."""

    def fit(observed: Sequence[ShareResult], opinions: Sequence[ShareResult], prior: Mapping[str, float]) -> ShareFit:
        aged = observed if half_life_days is None else discounted(observed, half_life_days=half_life_days)
        return fit_shares((*aged, *opinions), prior, areas=priors.areas)

    phone_ready = fit(observe_phone_ready(results), given.phone_ready, priors.phone_ready)
    resident = fit(observe_resident(results), given.resident, priors.resident)
    resident_share = _of_visit(resident)
    # Whether a visit that does not say so was full is judged by those whose queue ended: so one more visit that ran
    # out of time cannot make another one look as if it had not.
    ended = [result for result in results if result.is_whole and result.queue_outlasted is not True]
    usual_pace = fit_pace(observe_pace(ended, signal=priors.signal, resident=resident_share))

    def capacity(result: VisitResult) -> float:
        minutes_each = minutes_per_activation(result, signal=priors.signal)
        if minutes_each is None:
            return 0.0
        factor = usual_pace.factor(result.team, level=worked_at(result, signal=priors.signal))
        return result.operators * result.minutes_served * factor / minutes_each

    evidence = Evidence(
        turn_out=observe_turn_out(results, capacity=capacity, phone_ready=_of_visit(phone_ready)),
        phone_ready=observe_phone_ready(results),
        resident=observe_resident(results),
        pace=observe_pace(results, signal=priors.signal, resident=resident_share),
        signal=observe_signal(results),
        losses=observe_losses(results),
    )
    return Learned(
        turn_out=fit(evidence.turn_out, given.turn_out, priors.turn_out),
        phone_ready=phone_ready,
        resident=resident,
        pace=fit_pace(evidence.pace),
        signal=fit_signal(evidence.signal),
        losses=fit_losses(evidence.losses),
        evidence=evidence,
    )


def _of_visit(fit: ShareFit) -> Figure:
    """What is to be expected of a visit's share by its cell, never nothing."""
    known: dict[tuple[str, str], float] = {}

    def of(result: VisitResult) -> float:
        cell = (result.kind, result.area)
        if cell not in known:
            known[cell] = fit.summary(*cell).mean
        return known[cell]

    return of
