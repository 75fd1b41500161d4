"""Where the month will end, said in figures that people can act on."""

from datetime import date

import numpy as np

from app.estimates.arrays import Floats
from app.forecasts.answers import Band, CauseShare, Crossing, Forecast, Line, Probability
from app.forecasts.draws import Draws
from app.forecasts.site_draws import Cause
from app.words import Text, in_both

PERCENTILES = (5, 25, 50, 75, 95)


def described(draws: Draws, *, target: int) -> Forecast:
    """Say what the drawn futures of a month hold for its target."""
    return Forecast(
        on=draws.days[0],
        deadline=draws.days[-1],
        target=target,
        published=_line(draws.days, draws.published, target),
        as_now=None if draws.as_now is None else _line(draws.days, draws.as_now, target),
        last_published=draws.last_published,
        spread=float(draws.published[-1].std()),
        uncertainty=_uncertainty(draws),
        seed=draws.seed,
        national_seed=draws.national_seed,
        draws=draws.published.shape[1],
    )


def probability(holds: int, draws: int) -> Probability:
    """Of a thing that holds in so many of the draws; its error is that of the Beta distribution they leave."""
    return Probability(
        probability=holds / draws,
        error=float(np.sqrt((holds + 1) * (draws - holds + 1) / (draws + 3)) / (draws + 2)),
        shown=_shown(holds / draws),
    )


def _shown(value: float) -> Text:
    if value < 0.01:
        return in_both("< 1 %", "< 1%")
    if value > 0.99:
        return in_both("> 99 %", "> 99%")
    return in_both("{percent} %", "{percent}%", percent=round(100 * value))


def _line(days: tuple[date, ...], counts: Floats, target: int) -> Line:
    draws = counts.shape[1]
    quantiles = np.rint(np.percentile(counts, PERCENTILES, axis=1)).astype(int)
    bands = tuple(
        Band(date=day, mean=round(float(mean), 1), p05=p05, p25=p25, p50=p50, p75=p75, p95=p95)
        for day, mean, (p05, p25, p50, p75, p95) in zip(days, counts.mean(axis=1), quantiles.T.tolist(), strict=True)
    )
    reached = (counts >= target).sum(axis=1).tolist()
    on_day = [now - before for now, before in zip(reached, [0, *reached], strict=False)]
    return Line(
        at_deadline=bands[-1],
        probability_of_target=probability(reached[-1], draws),
        crossings=tuple(
            Crossing(date=day, probability=number / draws) for day, number in zip(days, on_day, strict=True) if number
        ),
        crosses_on=next((day for day, number in zip(days, reached, strict=True) if 2 * number >= draws), None),
        never=1 - reached[-1] / draws,
        bands=bands,
    )


def _uncertainty(draws: Draws) -> tuple[CauseShare, ...]:
    """By how much the variance falls when one cause is held at its mean.

    Where causes hide one another the falls add up to more than the whole; they are then scaled down to it."""
    variance = float(draws.published[-1].var())
    if variance == 0 or not draws.fixed:
        return ()
    falls = {cause: max(0.0, 1 - float(draws.fixed[cause].var()) / variance) for cause in Cause}
    whole = max(1.0, sum(falls.values()))
    shares = [CauseShare(cause=cause, share=fall / whole) for cause, fall in falls.items()]
    rest = CauseShare(cause="rest", share=max(0.0, 1 - sum(falls.values()) / whole))
    return (*sorted(shares, key=lambda part: (-part.share, part.cause)), rest)
