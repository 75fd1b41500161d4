"""What is asked of an estimator over months whose truth is known, as functions that accept it or refuse a mutant."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from app.estimates.evidence import VisitResult, observe_pace
from app.estimates.learning import Learned, Priors, learn
from app.estimates.pace import fit_pace
from app.estimates.shares import fit_shares
from tests.app.estimates.months import AREAS, GIVEN_MINUTES, KINDS, SIGNAL, Month, World, month

Floats = npt.NDArray[np.float64]
Learner = Callable[[Sequence[VisitResult], Priors], Learned]

DRAWS = 600
AFTER = (20, 60, 160)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimator:
    """A way to learn, and a way to add up sites."""

    learn: Learner = learn
    shares_errors: bool = True
    """Whether the errors that sites share are drawn once for all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One month, one moment: what was said of the sites not visited and of the teams, beside what is true."""

    total_error: float
    """Of the mean, relative to the truth."""
    assumed_error: float
    """Of what was assumed, likewise."""
    is_total_held: bool
    """Whether the 90 % interval of the total holds the truth."""
    sites_held: float
    """The share of sites whose 90 % interval holds the truth."""
    pace_errors: tuple[float, ...]
    """Of each team's pace, relative to the truth."""
    teams_held: float


def judge(one: Month, after: int, *, estimator: Estimator, world: World, seed: int) -> Judged:
    """Learn from the first visits of a month, and compare with its truth."""
    learned = estimator.learn(one.results[:after], one.priors(world))
    random = np.random.default_rng(seed)
    turn_out = learned.turn_out.draw(random, DRAWS)
    sites = range(len(one.results), len(one.people))
    futures = np.stack(
        [
            random.binomial(
                one.people[site],
                turn_out.of_site(
                    site,
                    kind=KINDS[one.kind[site]],
                    area=AREAS[one.area[site]],
                    level=int(one.level[site]),
                    generator=random,
                ),
            )
            for site in sites
        ]
    )
    if not estimator.shares_errors:
        futures = random.permuted(futures, axis=1)
    came, total = one.came[sites.start :], futures.sum(axis=0)
    low, high = np.quantile(total, (0.05, 0.95))
    site_low, site_high = np.quantile(futures, (0.05, 0.95), axis=1)
    pace = learned.pace.draw(random, DRAWS)
    factors = np.stack([pace.of_team(team, 1.0, random) for team in range(len(one.team_pace))])
    pace_low, pace_high = np.quantile(factors, (0.05, 0.95), axis=1)
    return Judged(
        total_error=float(total.mean() / came.sum() - 1),
        assumed_error=float(world.assumed * one.people[sites.start :].sum() / came.sum() - 1),
        is_total_held=bool(low <= came.sum() <= high),
        sites_held=float(((site_low <= came) & (came <= site_high)).mean()),
        pace_errors=tuple(factors.mean(axis=1) / one.team_pace - 1),
        teams_held=float(((pace_low <= one.team_pace) & (one.team_pace <= pace_high)).mean()),
    )


def judge_months(
    months: int, *, estimator: Estimator = Estimator(), world: World = World(), after: Sequence[int] = AFTER
) -> dict[int, list[Judged]]:
    """Judge an estimator over so many months, after each number of visits."""
    judged: dict[int, list[Judged]] = {visits: [] for visits in after}
    for seed in range(months):
        one = month(seed, world=world)
        for visits in after:
            judged[visits].append(judge(one, visits, estimator=estimator, world=world, seed=seed))
    return judged


def without_censoring(results: Sequence[VisitResult], priors: Priors) -> Learned:
    """The mutant to which a visit that ran out of time is like any other."""
    learned = learn(results, priors)
    turn_out = [replace(result, is_bounded=False) for result in learned.evidence.turn_out]
    return replace(learned, turn_out=fit_shares(turn_out, priors.turn_out, areas=priors.areas))


def with_idle_minutes(results: Sequence[VisitResult], priors: Priors) -> Learned:
    """The mutant that takes the whole service for busy minutes."""
    idle = [replace(result, last_served_at=result.ended_at) for result in results]
    return replace(learn(results, priors), pace=fit_pace(observe_pace(idle, signal=SIGNAL)))


REAL = Estimator()
WITHOUT_CENSORING = Estimator(learn=without_censoring)
WITH_IDLE_MINUTES = Estimator(learn=with_idle_minutes)
INDEPENDENT_SITES = Estimator(shares_errors=False)
