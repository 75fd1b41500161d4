"""How many activations an operator makes in a busy minute: every team's own pace, shrunk to the district's.

Gamma-Poisson counts around the pace that was given, with effects of the district, the team and the signal met on the
log scale; spreads on a grid, effects by Newton, each grid point weighted by its Laplace evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product as all_pairs
from math import lgamma
from operator import attrgetter

import numpy as np

from app.estimates.arrays import Floats, Ints, product

LEVELS = 5
# District and team together have a spread of 0.35: what eight activations at the given pace would leave open.
DISTRICT_SPREAD = 0.29
TEAM_SPREADS: Floats = np.array([0.06, 0.12, 0.2, 0.34])
_TEAM_CENTRE = 0.2
# What the signal does to the pace is assumed, too, until it is measured.
LEVEL_SPREAD = 0.1
# How much one day's pace differs from another's, relative to it.
DAY_SPREADS: Floats = np.array([0.05, 0.1, 0.2, 0.35, 0.6])
_DAY_CENTRE = 0.2
_CENTRE_SPREAD = 0.8
MOST_STEP, MOST_ROUNDS, STILL = 1.0, 60, 1e-11
_IN_ORDER = attrgetter("team", "given_minutes_per_activation", "operator_minutes", "activated", "weight")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceResult:
    """What one visit told of a team's pace, from the time in which people were waiting."""

    team: int
    given_minutes_per_activation: float
    """Operator-minutes for one activation as planned, at the signal that was met."""
    operator_minutes: float
    activated: int
    level: int | None = None
    """The signal that was met; None where it is not known."""
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceSummary:
    """Operator-minutes for one activation of a team where the plan gave so many."""

    given: float
    mean: float
    low: float
    """5 % lie below."""
    high: float
    """95 % lie below."""
    visits: int
    activated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelSummary:
    """By how much people are served faster at a signal than planned for it; below 1: slower."""

    mean: float
    low: float
    """5 % lie below."""
    high: float
    """95 % lie below."""
    visits: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PaceDraws:
    """What all visits share, drawn once for every future."""

    teams: Mapping[int, int]
    effects: Floats
    """`effects[n, column]`: district, levels, teams."""
    team_spread: Floats
    day_spread: Floats

    def of_team(self, team: int, given: float, generator: np.random.Generator, *, level: int | None = None) -> Floats:
        """Activations per operator-minute of a team in each future; shape (count,).

        `given` in minutes per activation at the signal met, which is the `level`. A team without results is drawn by
        the generator: the same one for all its visits."""
        effect = self.effects[:, 0]
        if level is not None:
            effect = effect + self.effects[:, 1 + level]
        if team in self.teams:
            effect = effect + self.effects[:, self.teams[team]]
        else:
            effect = effect + self.team_spread * generator.standard_normal(len(effect))
        return np.asarray(np.exp(effect) / given)

    def of_day(self, generator: np.random.Generator) -> Floats:
        """How one visit's pace relates to its team's own in each future, 1 on average; shape (count,)."""
        shape = 1.0 / self.day_spread**2
        return np.asarray(generator.standard_gamma(shape) / shape)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PaceFit:
    """What is known of the pace: a mixture over the grid of spreads, normal within each member."""

    results: tuple[PaceResult, ...]
    teams: Mapping[int, int]
    weights: Floats
    team_spread: Floats
    day_spread: Floats
    effects: Floats
    """`effects[member, column]`, the most likely logs of factors on the given pace."""
    roots: Floats
    """`roots[member]` times standard normals are deviations from them."""

    def draw(self, generator: np.random.Generator, count: int) -> PaceDraws:
        """Draw the effects, once for every future."""
        member = np.searchsorted(np.cumsum(self.weights)[:-1], generator.random(count), side="right")
        normals = generator.standard_normal((count, self.roots.shape[2]))
        deviation = np.empty((count, self.effects.shape[1]))
        for number in np.unique(member):
            deviation[member == number] = product(normals[member == number], self.roots[number].T)
        return PaceDraws(
            teams=self.teams,
            effects=self.effects[member] + deviation,
            team_spread=self.team_spread[member],
            day_spread=self.day_spread[member],
        )

    def factor(self, team: int | None = None, *, level: int | None = None) -> float:
        """By how much a team is likely to be faster than given: the middle of its factor."""
        centre, _ = self._log_factor(team, level)
        return float(np.exp((self.weights * centre).sum()))

    def summary(self, team: int | None, given: float, *, level: int | None = None) -> PaceSummary:
        """What is known of the minutes one activation takes a team, or a team like the district's if none is named."""
        own = [result for result in self.results if team in (None, result.team)]
        return self._summary(*self._log_factor(team, level), given=given, results=own)

    def summary_together(self, given: float) -> PaceSummary:
        """What is known of the minutes one activation takes the teams that have results, each of them alike."""
        if not self.teams:
            return self.summary(None, given)
        columns = list(self.teams.values())
        centre = self.effects[:, 0] + self.effects[:, columns].mean(axis=1)
        spread = self.roots[:, 0] + self.roots[:, columns].mean(axis=1)
        return self._summary(centre, (spread**2).sum(axis=1), given=given, results=self.results)

    def _summary(self, centre: Floats, variance: Floats, *, given: float, results: Sequence[PaceResult]) -> PaceSummary:
        low, high = self._range(-centre, variance)
        return PaceSummary(
            given=given,
            mean=given * float((self.weights * np.exp(-centre + 0.5 * variance)).sum()),
            low=given * float(low),
            high=given * float(high),
            visits=len(results),
            activated=sum(result.activated for result in results),
        )

    def at_level(self, level: int) -> LevelSummary:
        """What results say of one signal beyond what is planned for it, whoever works there."""
        centre = self.effects[:, 1 + level]
        variance = (self.roots[:, 1 + level] ** 2).sum(axis=1)
        low, high = self._range(centre, variance)
        return LevelSummary(
            mean=float((self.weights * np.exp(centre + 0.5 * variance)).sum()),
            low=float(low),
            high=float(high),
            visits=sum(result.level == level for result in self.results),
        )

    def _range(self, centre: Floats, variance: Floats) -> Floats:
        """Between which two factors nine in ten lie, of logs that are normal in each member."""
        lattice = np.linspace(-3.0, 3.0, 1201)
        density = np.exp(-0.5 * (lattice - centre[:, None]) ** 2 / variance[:, None]) / np.sqrt(variance)[:, None]
        cumulative = np.cumsum((self.weights[:, None] * density).sum(axis=0))
        return np.asarray(np.exp(np.interp((0.05, 0.95), cumulative / cumulative[-1], lattice)))

    def _log_factor(self, team: int | None, level: int | None) -> tuple[Floats, Floats]:
        """Mean and variance, by member, of the log of the factor on the given pace."""
        columns = [0] if level is None else [0, 1 + level]
        is_known = team in self.teams
        if team is not None and is_known:
            columns.append(self.teams[team])
        variance = (self.roots[:, columns].sum(axis=1) ** 2).sum(axis=1)
        own = np.zeros_like(variance) if is_known else self.team_spread**2
        return np.asarray(self.effects[:, columns].sum(axis=1)), np.asarray(variance + own)


def fit_pace(results: Sequence[PaceResult]) -> PaceFit:
    """Learn the pace from all results, in whatever order they come."""
    # One order, so that sums are the same to the last digit.
    counted = sorted((result for result in results if result.operator_minutes > 0), key=_key)
    names = sorted({result.team for result in counted})
    teams = {team: 1 + LEVELS + index for index, team in enumerate(names)}
    design, of_cell = _design(counted, teams)
    planned = np.array([r.operator_minutes / r.given_minutes_per_activation for r in counted], dtype=np.float64)
    activated = np.array([r.activated for r in counted], dtype=np.float64)
    weight = np.array([r.weight for r in counted], dtype=np.float64)

    team_spread, day_spread = grid_of_spreads()
    shape = (1.0 / day_spread**2)[:, None]
    columns = design.shape[1]
    precision = np.empty((len(team_spread), columns))
    precision[:, 0] = DISTRICT_SPREAD**-2
    precision[:, 1 : 1 + LEVELS] = LEVEL_SPREAD**-2
    precision[:, 1 + LEVELS :] = (team_spread**-2)[:, None]
    effects = np.zeros((len(team_spread), columns))
    diagonal = np.arange(columns)

    # A cell has at most three effects: every two of them meet in one place of the curvature, counted row by row.
    meets = [(cell, pair) for cell, own in enumerate(design != 0) for pair in all_pairs(np.flatnonzero(own), repeat=2)]
    of_pair = np.array([cell for cell, _ in meets], dtype=np.int64)
    place = np.array([here * columns + there for _, (here, there) in meets], dtype=np.int64)

    def by_cell(values: Floats) -> Floats:
        return summed(values, of_cell, len(design))

    def expected(at: Floats) -> Floats:
        return np.asarray(planned * np.exp(product(at, design.T))[:, of_cell])

    def curved(mean: Floats) -> Floats:
        bend = by_cell(weight * (activated + shape) * mean * shape / (mean + shape) ** 2)
        hessian = summed(bend[:, of_pair], place, columns * columns).reshape(len(bend), columns, columns)
        hessian[:, diagonal, diagonal] += precision
        return np.asarray(hessian)

    for _ in range(MOST_ROUNDS):
        mean = expected(effects)
        slope = weight * (activated - mean) * shape / (mean + shape)
        pull = product(by_cell(slope), design) - precision * effects
        step = np.linalg.solve(curved(mean), pull[:, :, None])[:, :, 0]
        step *= np.minimum(1.0, MOST_STEP / np.maximum(np.abs(step).max(axis=1), 1e-300))[:, None]
        effects = effects + step
        if np.abs(step).max() < STILL:
            break
    mean = expected(effects)
    factor = np.linalg.cholesky(curved(mean))
    value = weight * (activated * np.log(mean) + shape * np.log(shape) - (activated + shape) * np.log(mean + shape))
    constant = np.array(
        [[lgamma(y + k) - lgamma(k) for y in activated] for k in (1.0 / DAY_SPREADS**2)], dtype=np.float64
    ).reshape(len(DAY_SPREADS), len(counted))
    value += weight * np.tile(constant, (len(TEAM_SPREADS), 1))
    evidence = value.sum(axis=1) - 0.5 * (precision * effects * effects).sum(axis=1)
    evidence += 0.5 * np.log(precision).sum(axis=1) - np.log(factor[:, diagonal, diagonal]).sum(axis=1)
    return PaceFit(
        results=tuple(counted),
        teams=teams,
        weights=weights_of(evidence, team_spread, day_spread),
        team_spread=team_spread,
        day_spread=day_spread,
        effects=effects,
        roots=np.linalg.inv(factor).transpose(0, 2, 1),
    )


def grid_of_spreads() -> tuple[Floats, Floats]:
    """The spread among teams and the spread among days of each member of the mixture."""
    return np.repeat(TEAM_SPREADS, len(DAY_SPREADS)), np.tile(DAY_SPREADS, len(TEAM_SPREADS))


def weights_of(evidence: Floats, team_spread: Floats, day_spread: Floats) -> Floats:
    """Of each member, from the evidence of the visits and what is likely of spreads; they add up to 1."""
    log_weights = evidence + _log_normal(team_spread, _TEAM_CENTRE) + _log_normal(day_spread, _DAY_CENTRE)
    weights = np.exp(log_weights - log_weights.max())
    return np.asarray(weights / weights.sum())


def _design(counted: Sequence[PaceResult], teams: Mapping[int, int]) -> tuple[Floats, Ints]:
    """The effects of each cell of team and level, one row a cell, and the cell of each result.

    Results of a cell share all effects, and there are far fewer cells than results."""
    cells: dict[tuple[int, int | None], int] = {}
    of_cell = np.array([cells.setdefault((r.team, r.level), len(cells)) for r in counted], dtype=np.int64)
    design = np.zeros((len(cells), 1 + LEVELS + len(teams)))
    design[:, 0] = 1.0
    for (team, level), row in cells.items():
        design[row, teams[team]] = 1.0
        if level is not None:
            design[row, 1 + level] = 1.0
    return design, of_cell


def summed(values: Floats, place: Ints, places: int) -> Floats:
    """`values[member, each]` added up by the place of each; shape (members, places)."""
    members = np.arange(len(values))[:, None] * places
    flat = np.bincount((members + place).ravel(), weights=values.ravel(), minlength=len(values) * places)
    return np.asarray(flat.reshape(len(values), places), dtype=np.float64)


def _key(result: PaceResult) -> tuple[float, ...]:
    return (*_IN_ORDER(result), -1 if result.level is None else result.level)


def _log_normal(values: Floats, centre: float) -> Floats:
    """The log density of log values, but for a constant."""
    return np.asarray(-0.5 * (np.log(values / centre) / _CENTRE_SPREAD) ** 2)
