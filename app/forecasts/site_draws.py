"""What is drawn for sites and their visits: who would come, who can be served, and who is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from app.estimates.arrays import Floats, Singles, Truths
from app.estimates.streams import Purpose, stream
from app.forecasts.month import SiteAhead, VisitAhead
from app.forecasts.shared_draws import Shared
from app.forecasts.site_rows import Row

# Up to so many people the binomial distribution is drawn itself: the normal one beside it is too even.
FEW_PEOPLE = 60


class Cause(StrEnum):
    """What makes a forecast unsure: each of them somebody can find out more about, or guard against."""

    TURN_OUT = "turn_out"
    """Who comes, with a phone that works, and is counted here."""
    PACE = "pace"
    SIGNAL = "signal"
    LOSSES = "losses"
    WALK_INS = "walk_ins"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Turn:
    """The first visits of the sites of a block, or the second, …: no two at one site.

    Arrays have a row for each visit and a column for each future."""

    rows: list[Row]
    positions: NDArray[np.intp]
    """Of their sites in the block."""
    pace: Singles
    """People who would be served at undisturbed signal."""
    rate: Singles
    """What the signal leaves of them."""
    held: Singles
    """1 where the visit is held, otherwise 0."""
    luck: Singles
    """Standard normal: of two equal hours one serves more."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """All that is drawn for some sites: how many people come there, and what each visit could serve."""

    residents: Singles
    """`residents[i, n]`: people at site i in future n who come, can be served and count here."""
    others: Singles
    """People who are served as they are but count elsewhere."""
    even_residents: Singles
    """The same with every share at its mean."""
    even_others: Singles
    turns: tuple[Turn, ...]

    @classmethod
    def drawn(cls, sites: Sequence[SiteAhead], rows: Sequence[Sequence[Row]], shared: Shared) -> "Block":
        come, even = _demand(sites, shared)
        turns = []
        for turn in range(max(map(len, rows))):
            positions = [position for position, of_site in enumerate(rows) if len(of_site) > turn]
            turns.append(
                _turn(
                    [rows[position][turn] for position in positions], [sites[p] for p in positions], positions, shared
                )
            )
        return cls(
            residents=come[0],
            others=come[1],
            even_residents=even[0],
            even_others=even[1],
            turns=tuple(turns),
        )

    def play(self, cause: Cause | None, left: list[Singles] | None = None) -> Iterator[tuple[Turn, Singles]]:
        """What every visit wins, turn by turn, with one cause held at its mean; `left` is given the residents who
        remain."""
        is_even = cause is Cause.TURN_OUT
        residents = (self.even_residents if is_even else self.residents).copy()
        others = (self.even_others if is_even else self.others).copy()
        for turn in self.turns:
            pace = turn.pace if cause is not Cause.PACE else _mean(turn.pace)
            rate = turn.rate if cause is not Cause.SIGNAL else _mean(turn.rate)
            held = turn.held if cause is not Cause.LOSSES else _mean(turn.held)
            wanting = residents[turn.positions]
            waiting = wanting + others[turn.positions]
            served = pace * rate
            served = np.maximum(np.rint(served + turn.luck * np.sqrt(served)), 0)
            np.minimum(served, waiting, out=served)
            served *= held
            won = np.rint(served * wanting / np.maximum(waiting, 1))
            residents[turn.positions] = wanting - won
            others[turn.positions] -= served - won
            yield turn, won
        if left is not None:
            left.append(residents)


def _mean(values: Singles) -> Singles:
    return np.asarray(values.mean(axis=1, keepdims=True))


def _demand(sites: Sequence[SiteAhead], shared: Shared) -> tuple[Singles, Singles]:
    """Who comes to each site, as drawn and with the shares at their means: residents, then others; (2, sites, draws)
    each."""
    ready, residents = (np.empty((len(sites), shared.draws), dtype=np.float32) for _ in range(2))
    luck = np.zeros((2, len(sites), shared.draws), dtype=np.float32)
    few: list[tuple[int, Singles, Singles]] = []
    for row, site in enumerate(sites):
        generator = stream(shared.seed, Purpose.SITE, site.site)
        turn_out, phone_ready, resident = (
            model.of_site(site.site, kind=site.kind, area=site.area, level=site.level, generator=generator)
            for model in (shared.turn_out, shared.phone_ready, shared.resident)
        )
        come = turn_out * phone_ready
        ready[row], residents[row] = come, resident
        if site.people <= FEW_PEOPLE:
            few.append(
                (
                    row,
                    _few(site.people, come, resident, generator),
                    _few(
                        site.people,
                        np.full_like(come, come.mean()),
                        np.full_like(come, resident.mean()),
                        generator,
                    ),
                )
            )
        else:
            for each in luck:
                generator.standard_normal(dtype=np.float32, out=each[row])
    people = np.array([[site.people] for site in sites], dtype=np.float32)
    drawn, even = _many(people, ready, residents, luck), _many(people, _mean(ready), _mean(residents), luck)
    for row, as_drawn, as_even in few:
        drawn[:, row], even[:, row] = as_drawn, as_even
    return drawn, even


def _few(people: int, ready: Floats, residents: Floats, generator: Generator) -> Singles:
    come = generator.binomial(people, ready)
    count_here = generator.binomial(come, residents)
    return np.stack([count_here, come - count_here]).astype(np.float32)


def _many(people: Singles, ready: Singles, residents: Singles, luck: Singles) -> Singles:
    come = _binomial(people, ready, luck[0])
    count_here = _binomial(come, residents, luck[1])
    return np.stack([count_here, come - count_here])


def _binomial(number: Singles, share: Singles, luck: Singles) -> Singles:
    """The normal distribution in place of the binomial one, whole and within its bounds."""
    mean = number * share
    return np.asarray(np.minimum(np.maximum(np.rint(mean + luck * np.sqrt(mean * (1 - share))), 0), number))


def _turn(rows: list[Row], sites: Sequence[SiteAhead], positions: Sequence[int], shared: Shared) -> Turn:
    futures = np.arange(shared.draws)
    held = np.empty((len(rows), shared.draws), dtype=np.float32)
    pace, rate, luck = (np.empty_like(held) for _ in range(3))
    for number, (row, site) in enumerate(zip(rows, sites, strict=True)):
        generator, is_held = _luck_of(row.visit, row.visit.date, Purpose.VISIT, shared)
        if row.is_make_up:
            was_held = is_held
            generator, is_held = _luck_of(row.visit, row.date, Purpose.MAKE_UP, shared)
            is_held &= ~was_held & (generator.random(shared.draws) < shared.make_up_chance)
        held[number] = is_held
        least = max(shared.least_level[row.visit.team], row.visit.least_level)
        met = np.maximum(shared.signal.met(site.level, generator), least)
        rate[number] = shared.rate_of_level[met, futures]
        operator_minutes = row.visit.operators * row.visit.minutes
        pace[number] = operator_minutes * shared.pace_of_team[row.visit.team] * shared.pace.of_day(generator)
        generator.standard_normal(dtype=np.float32, out=luck[number])
    return Turn(
        rows=rows,
        positions=np.array(positions, dtype=np.intp),
        pace=pace,
        rate=rate,
        held=held,
        luck=luck,
    )


def _luck_of(visit: VisitAhead, day: date, purpose: Purpose, shared: Shared) -> tuple[Generator, Truths]:
    """A visit's own stream, and in which futures it is held on that day."""
    generator = stream(shared.seed, purpose, visit.visit)
    return generator, np.asarray((generator.random(shared.draws) >= shared.lost_visit) & ~shared.lost_day[day])
