"""Which share of people comes, brings a phone that works, or counts here: crossed effects of kind, area and level.

Binomial results on the logit scale with an effect of each site, exact for results that only say "at least so many";
spreads on a grid, effects by Newton, each grid point weighted by its Laplace evidence."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import fsum, log
from operator import attrgetter

import numpy as np

from app.estimates.arrays import Floats, Ints, product
from app.estimates.grid import LOGITS, STEP, log_likelihood, logistic, smoothed, tables_of

LEVELS = 5
SITE_SPREADS: Floats = np.array([0.2, 0.32, 0.5, 0.8, 1.25])
KIND_SPREADS: Floats = np.array([0.15, 0.3, 0.6, 1.1, 1.8])
# Log-normal weights of both grids: a narrower one covers too little where the truth is wilder.
_SITE_CENTRE, _KIND_CENTRE, _CENTRE_SPREAD = 0.55, 0.5, 0.8
_MEAN_SPREAD = 1.0
_AREA_TO_KIND = 0.6
_LEAST_SHARE, _MOST_SHARE = 0.005, 0.995
# Where a site's own visits are e^-80 times less likely than at best, nothing else draws its share.
_UNTHINKABLE = 80.0
_UNDRAWABLE = 45.0
_MOST_STEP, _MOST_ROUNDS, _STILL = 1.5, 60, 1e-10
_IN_ORDER = attrgetter("site", "kind", "area", "level", "people", "came", "is_bounded", "day", "weight", "is_given")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareResult:
    """What one visit told of a share."""

    site: int
    kind: str
    area: str
    level: int
    """The signal its site was rated with, 0 to 4."""
    people: float
    """Of whom the share is taken: invited, or came, or served."""
    came: float
    """A fraction where some of them are known by other visits only, or where it `is_given`."""
    is_bounded: bool = False
    """Whether more than `came` may have come."""
    day: date = date.min
    weight: float = 1.0
    """1, or less for what is discounted by its age."""
    is_given: bool = False
    """Somebody's word for one site, not a visit."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where each effect stands: the mean of all first, then kinds, areas and levels."""

    kinds: Mapping[str, int]
    areas: Mapping[str, int]
    offset: Mapping[str, float]
    """The logit of a kind's prior share, which its effect corrects."""

    @property
    def count(self) -> int:
        """Of the effects."""
        return 1 + len(self.kinds) + len(self.areas) + LEVELS

    def of_cell(self, kind: str, area: str, level: int) -> list[int]:
        """The effects that make a cell; an area without results has none of its own."""
        own_area = [self.areas[area]] if area in self.areas else []
        return [0, self.kinds[kind], *own_area, 1 + len(self.kinds) + len(self.areas) + level]

    def spreads(self, kind_spread: float) -> Floats:
        """The prior standard deviation of each effect."""
        spreads = np.full(self.count, _AREA_TO_KIND * kind_spread)
        spreads[1 : 1 + len(self.kinds)] = kind_spread
        spreads[0] = _MEAN_SPREAD
        return spreads


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VisitedSite:
    """What all visits of one site say together."""

    log_likelihood: Floats
    """Of its logit, on the lattice."""
    kind: str
    area: str
    level: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShareDraws:
    """What all sites share, drawn once for every future."""

    columns: Columns
    sites: Mapping[int, VisitedSite]
    effects: Floats
    """`effects[n, column]` of future n."""
    site_spread: Ints
    """Positions in `SITE_SPREADS`; (count,)."""
    kind_spread: Floats
    entropy: int
    """Seeds the effects of areas without results, which all their sites share."""
    cells: dict[tuple[str, str, int], Floats] = field(default_factory=dict)
    """What is expected of each cell that was asked for: most are asked for by many sites."""

    def of_site(self, site: int, *, kind: str, area: str, level: int, generator: np.random.Generator) -> Floats:
        """The share of one site in each future, 0 to 1; shape (count,).

        A visited site has its own effect by what its visits said, another one by chance."""
        expected = self._expected(kind, area, level)
        visited = self.sites.get(site)
        if visited is None:
            own = SITE_SPREADS[self.site_spread] * generator.standard_normal(len(expected))
            return logistic(expected + own)
        then = self._expected(visited.kind, visited.area, visited.level)
        return logistic(self._own_logit(visited.log_likelihood, then, generator) - then + expected)

    def of_cell(self, *, kind: str, area: str, level: int) -> Floats:
        """The share of a site of that cell without any effect of its own, 0 to 1; shape (count,)."""
        return logistic(self._expected(kind, area, level))

    def _expected(self, kind: str, area: str, level: int) -> Floats:
        cell = kind, area, level
        if cell not in self.cells:
            self.cells[cell] = self._expected_of_cell(kind, area, level)
        return self.cells[cell]

    def _expected_of_cell(self, kind: str, area: str, level: int) -> Floats:
        logits = self.columns.offset[kind] + self.effects[:, self.columns.of_cell(kind, area, level)].sum(axis=1)
        if area not in self.columns.areas:
            stream = np.random.SeedSequence(self.entropy, spawn_key=tuple(area.encode()))
            own = np.random.Generator(np.random.PCG64(stream)).standard_normal(len(logits))
            logits = logits + _AREA_TO_KIND * self.kind_spread * own
        return np.asarray(logits)

    def _own_logit(self, table: Floats, expected: Floats, generator: np.random.Generator) -> Floats:
        """Draw a visited site's logit given what is expected of it, by the inverse of its distribution.

        The expectation is rounded to the lattice by chance, so that few distributions serve all futures."""
        chance = generator.random((2, len(expected)))
        position = np.minimum(np.maximum((expected - LOGITS[0]) / STEP, 0.0), len(LOGITS) - 1.001)
        wanted = self.site_spread * len(LOGITS) + (position + chance[0]).astype(np.int64)
        # A table of all pairs is smaller than what sorting them costs.
        is_wanted = np.zeros(len(SITE_SPREADS) * len(LOGITS), dtype=np.bool_)
        is_wanted[wanted] = True
        keys, row = np.flatnonzero(is_wanted), (np.cumsum(is_wanted) - 1)[wanted]
        spread, centre = SITE_SPREADS[keys // len(LOGITS)], LOGITS[keys % len(LOGITS)]
        likely = np.flatnonzero(table >= table.max() - _UNTHINKABLE)
        logits, table = LOGITS[likely[0] : likely[-1] + 1], table[likely[0] : likely[-1] + 1]
        away = (logits[None, :] - centre[:, None]) / spread[:, None]
        density = table[None, :] - 0.5 * away * away
        density -= density.max(axis=1, keepdims=True)
        # Nodes that no draw can fall on cost as much as the others: a chance has 53 binary digits.
        drawn = np.flatnonzero(density.max(axis=0) > -_UNDRAWABLE)
        density, logits = np.exp(density[:, drawn[0] : drawn[-1] + 1]), logits[drawn[0] : drawn[-1] + 1]
        reached = np.cumsum(density, axis=1)
        reached /= reached[:, -1:]
        steps = (reached + np.arange(len(keys))[:, None]).ravel()
        at_chance, last = row + chance[1], (row + 1) * len(logits) - 1
        # Looked up in their order, each begins where the one before has ended.
        order = at_chance.argsort()
        at = np.empty_like(last)
        at[order] = steps.searchsorted(at_chance[order], side="right")
        at = np.minimum(at, last)
        # Every row of `steps` begins where the one before ends, so what lies before its first node needs no look.
        before = np.where(at > 0, steps[at - 1], 0.0)
        part = (at_chance - before) / np.maximum(steps[at] - before, 1e-300)
        return np.asarray(logits[at - last - 1] + STEP * (np.minimum(np.maximum(part, 0.0), 1.0) - 0.5))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShareFit:
    """What is known of a share: a mixture over the grid of spreads, normal within each member."""

    columns: Columns
    prior_shares: Mapping[str, float]
    results: tuple[ShareResult, ...]
    sites: Mapping[int, VisitedSite]
    weights: Floats
    """Of the members; they add up to 1."""
    site_spread: Ints
    """Each member's position in `SITE_SPREADS`."""
    kind_spread: Floats
    effects: Floats
    """`effects[member, column]`, the most likely ones."""
    roots: Floats
    """`roots[member]` times standard normals are deviations from them."""

    def draw(self, generator: np.random.Generator, count: int) -> ShareDraws:
        """Draw mixture member, effects and spread, once for every future."""
        entropy = int(generator.integers(2**63))
        member = np.searchsorted(np.cumsum(self.weights)[:-1], generator.random(count), side="right")
        normals = generator.standard_normal((count, self.columns.count))
        deviation = np.empty_like(normals)
        for number in np.unique(member):
            deviation[member == number] = product(normals[member == number], self.roots[number].T)
        return ShareDraws(
            columns=self.columns,
            sites=self.sites,
            effects=self.effects[member] + deviation,
            site_spread=self.site_spread[member],
            kind_spread=self.kind_spread[member],
            entropy=entropy,
        )

    def summary(self, kind: str, area: str, level: int | None = None) -> ShareSummary:
        """The share of a new site of that cell; of whatever level its visits had, if none is named."""
        observed = [result for result in self.results if not result.is_given]
        cell = [r for r in observed if r.kind == kind and r.area == area and level in (None, r.level)]
        levels = Counter([r.level for r in cell or observed]) if level is None else Counter([level])
        mean, (low, high) = self._new_site(kind, area, levels or Counter(range(LEVELS)), quantiles=(0.05, 0.95))
        return ShareSummary(
            prior=self.prior_shares[kind],
            mean=mean,
            low=float(low),
            high=float(high),
            visits=len(cell),
            people=fsum(result.people for result in cell),
            bounded=sum(result.is_bounded for result in cell),
            is_measured=any(r.kind == kind for r in observed) and any(r.area == area for r in observed),
        )

    def _new_site(
        self, kind: str, area: str, levels: Counter[int], *, quantiles: Sequence[float]
    ) -> tuple[float, Floats]:
        """Mean and quantiles of the share of a site not yet visited, integrated on the lattice."""
        density = np.zeros_like(LOGITS)
        for level, times in sorted(levels.items()):
            cell = self.columns.of_cell(kind, area, level)
            centre = self.columns.offset[kind] + self.effects[:, cell].sum(axis=1)
            variance = (self.roots[:, cell].sum(axis=1) ** 2).sum(axis=1) + SITE_SPREADS[self.site_spread] ** 2
            if area not in self.columns.areas:
                variance = variance + (_AREA_TO_KIND * self.kind_spread) ** 2
            members = np.exp(-0.5 * (LOGITS - centre[:, None]) ** 2 / variance[:, None])
            members /= members.sum(axis=1, keepdims=True)
            density += times * (self.weights[:, None] * members).sum(axis=0)
        density /= density.sum()
        logits = np.interp(quantiles, np.cumsum(density), LOGITS + 0.5 * STEP)
        return float((density * logistic(LOGITS)).sum()), logistic(logits)


def fit_shares(
    results: Sequence[ShareResult], prior_shares: Mapping[str, float], *, areas: Collection[str] = ()
) -> ShareFit:
    """Learn a share from all results, in whatever order they come.

    `prior_shares` by kind, 0 to 1, for every kind of the results; `areas` beside those of the results."""
    # One order, so that sums are the same to the last digit.
    counted = tuple(sorted((result for result in results if result.people > 0), key=_IN_ORDER))
    columns = _columns(counted, prior_shares, areas)
    sites = _visited(counted)
    cells = sorted({(site.kind, site.area, site.level) for site in sites.values()})
    design = np.zeros((len(cells), columns.count))
    for row, cell in enumerate(cells):
        design[row, columns.of_cell(*cell)] = 1.0
    offset = np.array([columns.offset[kind] for kind, _, _ in cells], dtype=np.float64)
    values = np.zeros((len(SITE_SPREADS), len(cells), len(LOGITS)))
    if sites:
        by_cell = sorted(sites.values(), key=attrgetter("kind", "area", "level"))
        tables = np.stack([site.log_likelihood for site in by_cell])
        of_cell = [(site.kind, site.area, site.level) for site in by_cell]
        first = [of_cell.index(cell) for cell in cells]
        for index, table in enumerate(smoothed(tables, SITE_SPREADS.tolist())):
            values[index] = np.add.reduceat(table, first, axis=0)
    return _mixture(counted, prior_shares, columns, sites, design=design, offset=offset, values=values)


def _columns(counted: Sequence[ShareResult], prior_shares: Mapping[str, float], areas: Collection[str]) -> Columns:
    kinds = sorted({*prior_shares, *(result.kind for result in counted)})
    names = sorted({*areas, *(result.area for result in counted)})
    return Columns(
        kinds={kind: 1 + index for index, kind in enumerate(kinds)},
        areas={area: 1 + len(kinds) + index for index, area in enumerate(names)},
        offset={kind: _logit(prior_shares[kind]) for kind in kinds},
    )


def _logit(share: float) -> float:
    inside = min(max(share, _LEAST_SHARE), _MOST_SHARE)
    return log(inside / (1 - inside))


def _visited(counted: Sequence[ShareResult]) -> dict[int, VisitedSite]:
    """What the visits of every site say together, sites ascending; a site belongs to the cell most of them knew."""
    if not counted:
        return {}
    tables = log_likelihood(
        people=np.array([result.people for result in counted], dtype=np.float64),
        came=np.array([result.came for result in counted], dtype=np.float64),
        is_bounded=np.array([result.is_bounded for result in counted], dtype=np.float64),
        weight=np.array([result.weight for result in counted], dtype=np.float64),
    )
    rows: dict[int, list[int]] = {}
    for row, result in enumerate(counted):
        rows.setdefault(result.site, []).append(row)
    sites = {}
    for site, own in rows.items():
        cells = [(counted[row].kind, counted[row].area, counted[row].level) for row in own]
        kind, area, level = min(cells, key=lambda cell: (-cells.count(cell), cell))
        sites[site] = VisitedSite(log_likelihood=tables[own].sum(axis=0), kind=kind, area=area, level=level)
    return sites


def _mixture(
    counted: tuple[ShareResult, ...],
    prior_shares: Mapping[str, float],
    columns: Columns,
    sites: Mapping[int, VisitedSite],
    *,
    design: Floats,
    offset: Floats,
    values: Floats,
) -> ShareFit:
    """Find the most likely effects of every grid point, all at once, and weigh the points by their evidence."""
    site_spread = np.repeat(np.arange(len(SITE_SPREADS)), len(KIND_SPREADS))
    kind_spread = np.tile(KIND_SPREADS, len(SITE_SPREADS))
    precision = np.stack([1.0 / columns.spreads(float(spread)) ** 2 for spread in kind_spread])
    tables = tables_of(values)
    effects = np.zeros((len(site_spread), columns.count))
    diagonal = np.arange(columns.count)

    def look(at: Floats) -> tuple[Floats, Floats, Floats]:
        value, slope, curvature = tables.at(site_spread, offset + at @ design.T)
        hessian = np.matmul(design.T, -curvature[:, :, None] * design)
        hessian[:, diagonal, diagonal] += precision
        return value, slope @ design - precision * at, hessian

    for _ in range(_MOST_ROUNDS):
        _, slope, hessian = look(effects)
        step = np.linalg.solve(hessian, slope[:, :, None])[:, :, 0]
        furthest = np.abs(step @ design.T).max(axis=1, initial=0.0)
        step *= np.minimum(1.0, _MOST_STEP / np.maximum(furthest, 1e-300))[:, None]
        effects = effects + step
        if np.abs(step).max() < _STILL:
            break
    value, _, hessian = look(effects)
    factor = np.linalg.cholesky(hessian)
    evidence = value.sum(axis=1) - 0.5 * (precision * effects * effects).sum(axis=1)
    evidence += 0.5 * np.log(precision).sum(axis=1) - np.log(factor[:, diagonal, diagonal]).sum(axis=1)
    evidence += _log_normal(SITE_SPREADS[site_spread], _SITE_CENTRE) + _log_normal(kind_spread, _KIND_CENTRE)
    weights = np.exp(evidence - evidence.max())
    return ShareFit(
        columns=columns,
        prior_shares=dict(prior_shares),
        results=counted,
        sites=sites,
        weights=weights / weights.sum(),
        site_spread=site_spread,
        kind_spread=kind_spread,
        effects=effects,
        roots=np.linalg.inv(factor).transpose(0, 2, 1),
    )


def _log_normal(values: Floats, centre: float) -> Floats:
    """The log density of log values, but for a constant."""
    return np.asarray(-0.5 * (np.log(values / centre) / _CENTRE_SPREAD) ** 2)
