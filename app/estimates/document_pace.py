"""How many minutes one person takes with each document, from visits that brought one alone or shared their minutes.

The busy minutes of a visit are its people times what each takes, over the operators who could work: one equation with
as many unknowns as documents. Effects of document, signal and team on the stated minutes, as `pace` has them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product as all_pairs
from math import lgamma, log
from operator import attrgetter

import numpy as np

from app.estimates.arrays import Floats, Ints
from app.estimates.pace import (
    DISTRICT_SPREAD,
    LEVEL_SPREAD,
    LEVELS,
    MOST_ROUNDS,
    MOST_STEP,
    STILL,
    PaceFit,
    PaceResult,
    fit_pace,
    grid_of_spreads,
    summed,
    weights_of,
)

# What sets the length of a visit, all operators together or those with a kit, is the greater of the two; where they are
# alike, chance makes the later of them later by about a tenth, as this power mean does.
_SHARPNESS = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedWith:
    """The people whom a visit served with one document."""

    document: str
    people: int
    """At least one."""
    stated_minutes: float
    """Of one operator for one person, at the signal that was met."""
    kit: str | None
    """Without one an operator cannot issue it."""
    needs_signal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedMinutes:
    """What one visit told of its minutes, from the time in which people were waiting."""

    visit: int
    team: int
    level: int
    """The signal that the team worked at."""
    busy_minutes: float
    operators: int
    with_kit: Mapping[str, int]
    """How many operators could work with each kit at once."""
    served: tuple[ServedWith, ...]

    @property
    def tells(self) -> bool:
        """Whether its minutes say something: somebody was served, by operators who could."""
        return self.busy_minutes > 0 and bool(self.served) and all(self.at_once(row.kit) for row in self.served)

    def at_once(self, kit: str | None) -> int:
        """How many operators could issue what takes a kit, or takes none."""
        return self.operators if kit is None else min(self.operators, self.with_kit.get(kit, 0))


def fit_paces(
    visits: Sequence[SharedMinutes], documents: Collection[str], *, known: Mapping[str, PaceFit]
) -> dict[str, PaceFit]:
    """Learn the pace of each of the documents; of one that no visit brought it is as it was before any.

    `known`: documents whose pace is learned elsewhere; their part of shared minutes is as that has it."""
    counted = sorted((visit for visit in visits if visit.tells), key=attrgetter("visit"))
    brought = sorted({served.document for visit in counted for served in visit.served}.intersection(documents))
    fits = {document: fit_pace(()) for document in documents}
    if not brought:
        return fits
    fitted = _Fitted.of(counted, brought, known)
    return fits | {document: fitted.pace_of(document) for document in brought}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Columns:
    """Where each effect stands: documents, levels, teams."""

    documents: Mapping[str, int]
    levels: range
    teams: Mapping[int, int]

    @classmethod
    def of(cls, visits: Iterable[SharedMinutes]) -> "_Columns":
        visits = list(visits)
        names = sorted({served.document for visit in visits for served in visit.served})
        teams = sorted({visit.team for visit in visits})
        first = len(names) + LEVELS
        return cls(
            documents={name: index for index, name in enumerate(names)},
            levels=range(len(names), first),
            teams={team: first + index for index, team in enumerate(teams)},
        )

    @property
    def count(self) -> int:
        return len(self.documents) + LEVELS + len(self.teams)

    def of_part(self, visit: SharedMinutes, served: ServedWith, *, is_known: bool) -> list[int]:
        """The effects on what people take; where they are known elsewhere, what is wrong of that is one effect."""
        own = [self.documents[served.document]]
        if not is_known:
            own += [self.teams[visit.team], *([self.levels[visit.level]] if served.needs_signal else [])]
        return own


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Parts:
    """The work of all visits, one row for each document of a visit, and what bounds it, one row for each crew.

    A crew is who can do some of a visit's work: all operators, or those with a kit."""

    load: Floats
    """Operator-minutes over the busy minutes of the visit, as stated or known; (parts,)."""
    people: Floats
    visit_of_part: Ints
    entry_part: Ints
    """With `entry_column` the effects on each part, row by row."""
    entry_column: Ints
    member_part: Ints
    """With `member_crew` the parts that each crew does."""
    member_crew: Ints
    operators: Floats
    """(crews,)"""
    visit_of_crew: Ints

    @classmethod
    def of(cls, visits: Sequence[SharedMinutes], columns: _Columns, known: Mapping[str, PaceFit]) -> "_Parts":
        load: list[float] = []
        people: list[float] = []
        visit_of_part: list[int] = []
        entries: list[tuple[int, int]] = []
        members: list[tuple[int, int]] = []
        crews: list[tuple[int, int]] = []
        for number, visit in enumerate(visits):
            of_kit: dict[str | None, int] = {}
            for kit in (None, *sorted({served.kit for served in visit.served if served.kit is not None})):
                if kit is None or visit.at_once(kit) < visit.operators:
                    of_kit[kit] = len(crews)
                    crews.append((number, visit.at_once(kit)))
            for served in sorted(visit.served, key=attrgetter("document")):
                fit, part = known.get(served.document), len(load)
                factor = 1.0 if fit is None else fit.factor(visit.team, level=visit.level)
                load.append(served.people * served.stated_minutes / factor / visit.busy_minutes)
                people.append(served.people)
                visit_of_part.append(number)
                entries += [(part, column) for column in columns.of_part(visit, served, is_known=fit is not None)]
                members += [(part, of_kit[kit]) for kit in {None, served.kit} if kit in of_kit]
        return cls(
            load=np.array(load, dtype=np.float64),
            people=np.array(people, dtype=np.float64),
            visit_of_part=_whole(visit_of_part),
            entry_part=_whole([part for part, _ in entries]),
            entry_column=_whole([column for _, column in entries]),
            member_part=_whole([part for part, _ in members]),
            member_crew=_whole([crew for _, crew in members]),
            operators=np.array([operators for _, operators in crews], dtype=np.float64),
            visit_of_crew=_whole([number for number, _ in crews]),
        )

    def look(self, effects: Floats, visits: int) -> tuple[Floats, Floats]:
        """The log of what each visit should take over what it took, and by how much of that each part counts.

        Shapes (members, visits) and (members, parts)."""
        entries = effects[:, self.entry_column]
        load = self.load * np.exp(-summed(entries, self.entry_part, len(self.load)))
        of_crew = summed(load[:, self.member_part], self.member_crew, len(self.operators))
        longest = (of_crew / self.operators) ** _SHARPNESS
        of_visit = summed(longest, self.visit_of_crew, visits)
        weight = longest / of_visit[:, self.visit_of_crew] / of_crew
        shares = load * summed(weight[:, self.member_crew], self.member_part, len(self.load))
        return np.log(of_visit) / _SHARPNESS, np.asarray(shares)


def _whole(numbers: Sequence[int]) -> Ints:
    return np.array(numbers, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Slopes:
    """By which effects the minutes of each visit change: few of all, so they are kept as pairs of visit and column."""

    columns: int
    parts: _Parts
    place_of_entry: Ints
    visit: Ints
    column: Ints
    first: Ints
    """With `second` every two effects on one visit; each meets itself, too."""
    second: Ints

    @classmethod
    def of(cls, parts: _Parts, columns: int) -> "_Slopes":
        pairs = zip(parts.visit_of_part[parts.entry_part].tolist(), parts.entry_column.tolist(), strict=True)
        places: dict[tuple[int, int], int] = {}
        place_of_entry = [places.setdefault(pair, len(places)) for pair in pairs]
        of_visit: dict[int, list[int]] = {}
        for (visit, _), place in places.items():
            of_visit.setdefault(visit, []).append(place)
        meets = [pair for own in of_visit.values() for pair in all_pairs(own, repeat=2)]
        return cls(
            columns=columns,
            parts=parts,
            place_of_entry=_whole(place_of_entry),
            visit=_whole([visit for visit, _ in places]),
            column=_whole([column for _, column in places]),
            first=_whole([first for first, _ in meets]),
            second=_whole([second for _, second in meets]),
        )

    def at(self, shares: Floats) -> Floats:
        """By how much the log of a visit's minutes falls with each effect on it."""
        return summed(shares[:, self.parts.entry_part], self.place_of_entry, len(self.visit))

    def pull(self, of_visit: Floats, slope: Floats) -> Floats:
        return summed(of_visit[:, self.visit] * slope, self.column, self.columns)

    def curvature(self, of_visit: Floats, slope: Floats) -> Floats:
        meeting = of_visit[:, self.visit[self.first]] * slope[:, self.first] * slope[:, self.second]
        place = self.column[self.first] * self.columns + self.column[self.second]
        return summed(meeting, place, self.columns**2).reshape(len(slope), self.columns, self.columns)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Fitted:
    """All effects together: a mixture over the grid of spreads, normal within each member."""

    visits: Sequence[SharedMinutes]
    columns: _Columns
    weights: Floats
    team_spread: Floats
    day_spread: Floats
    effects: Floats
    roots: Floats

    @classmethod
    def of(cls, visits: Sequence[SharedMinutes], brought: Sequence[str], known: Mapping[str, PaceFit]) -> "_Fitted":
        columns = _Columns.of(visits)
        parts = _Parts.of(visits, columns, known)
        team_spread, day_spread = grid_of_spreads()
        precision = np.empty((len(team_spread), columns.count))
        for document, column in columns.documents.items():
            spread = DISTRICT_SPREAD if document not in known else _doubt(known[document])
            precision[:, column] = spread**-2
        precision[:, columns.levels] = LEVEL_SPREAD**-2
        precision[:, columns.levels.stop :] = (team_spread**-2)[:, None]
        effects = np.zeros_like(precision)
        # People of several documents are as good as so many of one: what chance leaves of their minutes together.
        even = parts.look(effects[:1], len(visits))[1][0]
        alike = 1 / np.bincount(parts.visit_of_part, weights=even**2 / parts.people)
        shape = (1.0 / day_spread**2)[:, None]
        slopes = _Slopes.of(parts, columns.count)
        diagonal = np.arange(columns.count)

        def chance(at: Floats) -> tuple[Floats, Floats]:
            """The log odds of what each visit took, and the slopes of its minutes."""
            longer, shares = parts.look(at, len(visits))
            return np.log(alike / shape) - longer, slopes.at(shares)

        def curved(odds: Floats, slope: Floats) -> Floats:
            reached = _logistic(odds)
            hessian = slopes.curvature((alike + shape) * reached * (1 - reached), slope)
            hessian[:, diagonal, diagonal] += precision
            return hessian

        for _ in range(MOST_ROUNDS):
            odds, slope = chance(effects)
            pull = slopes.pull(alike - (alike + shape) * _logistic(odds), slope) - precision * effects
            step = np.linalg.solve(curved(odds, slope), pull[:, :, None])[:, :, 0]
            step *= np.minimum(1.0, MOST_STEP / np.maximum(np.abs(step).max(axis=1), 1e-300))[:, None]
            effects = effects + step
            if np.abs(step).max() < STILL:
                break
        odds, slope = chance(effects)
        factor = np.linalg.cholesky(curved(odds, slope))
        value = alike * odds - (alike + shape) * np.logaddexp(0.0, odds) + _constants(alike, shape)
        evidence = value.sum(axis=1) - 0.5 * (precision * effects * effects).sum(axis=1)
        evidence += 0.5 * np.log(precision).sum(axis=1) - np.log(factor[:, diagonal, diagonal]).sum(axis=1)
        return cls(
            visits=visits,
            columns=columns,
            weights=weights_of(evidence, team_spread, day_spread),
            team_spread=team_spread,
            day_spread=day_spread,
            effects=effects,
            roots=np.linalg.inv(factor).transpose(0, 2, 1),
        )

    def pace_of(self, document: str) -> PaceFit:
        """What is known of one document, whatever is known of the others with it."""
        columns = self.columns
        own = [columns.documents[document], *columns.levels, *columns.teams.values()]
        return PaceFit(
            results=tuple(results_of(self.visits, document)),
            teams={team: 1 + LEVELS + index for index, team in enumerate(columns.teams)},
            weights=self.weights,
            team_spread=self.team_spread,
            day_spread=self.day_spread,
            effects=self.effects[:, own],
            roots=self.roots[:, own],
        )


def results_of(visits: Iterable[SharedMinutes], document: str) -> Iterator[PaceResult]:
    """The visits that brought a document; of minutes that they shared, its part as stated."""
    for visit in visits:
        for served in visit.served:
            if served.document == document:
                stated = sum(row.people * row.stated_minutes for row in visit.served)
                yield PaceResult(
                    team=visit.team,
                    given_minutes_per_activation=served.stated_minutes,
                    operator_minutes=visit.busy_minutes
                    * visit.at_once(served.kit)
                    * (served.people * served.stated_minutes / stated),
                    activated=served.people,
                    level=visit.level,
                )


def _doubt(fit: PaceFit) -> float:
    """The standard deviation of the log of any team's pace."""
    summary = fit.summary(None, 1.0)
    return log(summary.high / summary.low) / (2 * 1.645)


def _logistic(odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-odds)))


def _constants(alike: Floats, shape: Floats) -> Floats:
    """What the likelihood of minutes owes to the spread of days alone; shape (members, visits)."""
    of_spread = {
        k: [lgamma(people + k) - lgamma(people) - lgamma(k) for people in alike] for k in np.unique(shape).tolist()
    }
    return np.array([of_spread[k] for k in shape[:, 0].tolist()], dtype=np.float64)
