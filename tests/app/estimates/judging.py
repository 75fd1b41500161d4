"""What is asked of an estimator over months whose truth is known, as functions that also judge mutants of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import process_time

import numpy as np
import numpy.typing as npt

from app.estimates.evidence import VisitResult, observe_pace
from app.estimates.learning import Learned, Priors, learn
from app.estimates.pace import fit_pace
from app.estimates.shares import fit_shares
from tests.app.estimates.months import AREAS, KINDS, SIGNAL, Month, World, month

Floats = npt.NDArray[np.float64]

DRAWS = 500
AFTER = (20, 60, 160)
"""Visits, after which an estimator is asked."""
LEVEL = 3
"""The signal at which teams' paces are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimator:
    """The real one, or a plausible mistake in it."""

    spoil: Callable[[Learned, Sequence[VisitResult], Priors], Learned] | None = None
    shares_errors: bool = True
    """Whether the errors that sites share are drawn once for all of them."""


def without_censoring(learned: Learned, results: Sequence[VisitResult], priors: Priors) -> Learned:
    """To which a visit that ran out of time is like any other."""
    turn_out = [replace(result, is_bounded=False) for result in learned.evidence.turn_out]
    return replace(learned, turn_out=fit_shares(turn_out, priors.turn_out, areas=priors.areas))


def with_idle_minutes(learned: Learned, results: Sequence[VisitResult], priors: Priors) -> Learned:
    """That takes the whole service for busy minutes."""
    idle = [replace(result, last_served_at=result.ended_at) for result in results]
    return replace(learned, pace=fit_pace(observe_pace(idle, signal=SIGNAL, resident=lambda _: 1.0)))


ESTIMATORS = {
    "real": Estimator(),
    "without censoring": Estimator(spoil=without_censoring),
    "with idle minutes": Estimator(spoil=with_idle_minutes),
    "independent sites": Estimator(shares_errors=False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was said of the sites not visited and of the teams over many months at one moment, beside what is true."""

    total_error: Floats
    """Of the mean, relative to the truth; (months,)."""
    assumed_error: Floats
    """Of what was assumed, likewise."""
    total_held: Floats
    """1 where the 90 % interval of the total holds the truth, else 0."""
    site_held: Floats
    """The share of sites whose 90 % interval does."""
    pace_error: Floats
    """Of a team's pace, relative to the truth, on average over the teams."""
    pace_held: Floats
    """The share of teams whose 90 % interval holds the truth."""
    cpu_milliseconds: float
    """Of learning everything once."""


def judge_months(
    estimators: Mapping[str, int], *, world: World | None = None, after: Sequence[int] = AFTER
) -> dict[str, dict[int, Judged]]:
    """Judge each estimator over its number of months, after each number of visits; the months begin alike for all."""
    world = world or World()
    rows: dict[tuple[str, int], list[tuple[float, ...]]] = {(name, n): [] for name in estimators for n in after}
    seconds = dict.fromkeys(after, 0.0)
    months = max(estimators.values())
    for seed in range(months):
        simulated = month(seed, world=world)
        priors = simulated.priors(world)
        for visits in after:
            started = process_time()
            learned = learn(simulated.results[:visits], priors)
            seconds[visits] += process_time() - started
            for name in (name for name, its_months in estimators.items() if seed < its_months):
                estimator = ESTIMATORS[name]
                spoilt = estimator.spoil(learned, simulated.results[:visits], priors) if estimator.spoil else learned
                rows[name, visits].append(
                    _judge(simulated, spoilt, shares_errors=estimator.shares_errors, world=world, seed=seed)
                )
    return {
        name: {
            visits: Judged(
                **dict(zip(_FIGURES, np.array(rows[name, visits]).T, strict=True)),
                cpu_milliseconds=1000 * seconds[visits] / months,
            )
            for visits in after
        }
        for name in estimators
    }


_FIGURES = ("total_error", "assumed_error", "total_held", "site_held", "pace_error", "pace_held")


def _judge(simulated: Month, learned: Learned, *, shares_errors: bool, world: World, seed: int) -> tuple[float, ...]:
    random = np.random.default_rng(seed)
    turn_out = learned.turn_out.draw(random, DRAWS)
    first = len(simulated.results)

    def share(site: int) -> Floats:
        kind, area, level = KINDS[simulated.kind[site]], AREAS[simulated.area[site]], int(simulated.level[site])
        return turn_out.of_site(site, kind=kind, area=area, level=level, generator=random)

    futures = np.stack([random.binomial(simulated.people[i], share(i)) for i in range(first, len(simulated.people))])
    if not shares_errors:
        futures = random.permuted(futures, axis=1)
    came, total = simulated.came[first:], futures.sum(axis=0)
    pace = learned.pace.draw(random, DRAWS)
    factors = np.stack([pace.of_team(team, 1.0, random, level=LEVEL) for team in range(len(simulated.pace))])
    true_pace = simulated.pace[:, LEVEL]
    return (
        float(total.mean() / came.sum() - 1),
        float(world.assumed * simulated.people[first:].sum() / came.sum() - 1),
        _held(total[None], came.sum(keepdims=True)),
        _held(futures, came),
        float((factors.mean(axis=1) / true_pace - 1).mean()),
        _held(factors, true_pace),
    )


def _held(futures: npt.NDArray[np.generic], truth: npt.NDArray[np.generic]) -> float:
    """The share of truths that lie within the 90 % intervals of their futures."""
    low, high = np.quantile(futures.astype(np.float64), (0.05, 0.95), axis=1)
    return float(((low <= truth) & (truth <= high)).mean())


def failed_checks(judged: Mapping[int, Judged]) -> set[str]:
    """The names of the checks that an estimator does not stand.

    One hundred months tell a coverage of totals to 3 points only at one moment (the standard error), so the moments are
    taken together. The bias is asked once half the sites of a month are known: at 20 visits its standard error alone is
    over 1 %, and what was assumed still has its say, as it should."""
    last = judged[max(judged)]
    middle = sorted(judged)[len(judged) // 2]
    checks = {
        "total held": 0.85 <= _mean(moment.total_held for moment in judged.values()) <= 0.95,
        "sites held": all(0.85 <= float(moment.site_held.mean()) <= 0.95 for moment in judged.values()),
        "total unbiased": abs(float(last.total_error.mean())) < 0.02,
        "total learned": _size(judged[middle].total_error) < _size(judged[middle].assumed_error) / 3,
        "pace held": 0.85 <= _mean(moment.pace_held for moment in judged.values()) <= 0.95,
        "pace unbiased": abs(float(last.pace_error.mean())) < 0.02,
    }
    return {name for name, stands in checks.items() if not stands}


def _mean(figures: Iterable[Floats]) -> float:
    return float(np.mean([figure.mean() for figure in figures]))


def _size(errors: Floats) -> float:
    return float(np.abs(errors).mean())
