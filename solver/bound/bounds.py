"""Every valid upper bound on a plan; the smallest found so far wins, and holds whenever the work is stopped."""

import math
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from ortools.util.python.solve_interrupter import SolveInterrupter

from solver.bound import branching
from solver.bound.blocks import Blocks, build_blocks, group_dates
from solver.bound.compact import CompactBound, CompactProgram, spread
from solver.bound.generation import Generation
from solver.bound.kitted import with_every_kit
from solver.bound.modes import Modes, with_modes
from solver.bound.multipliers import (
    Multipliers,
    Worth,
    activation_worth,
    documents_of,
    fixed_part,
    no_multipliers,
    site_rows,
    value_worth,
)
from solver.bound.reach import Reach, family_of, reach_of
from solver.bound.relaxation import DayPrices
from solver.bound.served import served_at_most, served_by_reach
from solver.bound.site_program import INFINITE
from solver.numeric.arrays import Arrays
from solver.numeric.kinds import Longs
from solver.numeric.linear_program import interrupting
from solver.numeric.routes import Route

# Dates are split into at most so many groups in the second LP: a working week and the odd days; fewer where dates
# are alike. Exact dates instead changed no bound by more than 0.1 % where tried, at ten times the work.
DATE_GROUPS = 6
UNLIKE = 0.15
# Where each group has blocks for all modes of days: two told apart almost all that six did, in half the time.
DATE_GROUPS_WITH_NIGHTS = 2
# So many pairs of class and site are too many to be split again.
MOST_ENTRIES = 100_000
# Column generation goes on with one block for each class and date where these are no more; before, it need not settle.
MOST_EXACT = 150
# It ends, or goes on to exact dates, when some rounds together have lowered the bound by no more than this share.
CLOSE = 2e-5
# Where the effort is given in search steps: a step takes about as long as so many entries of the blocks in a round.
ENTRIES_PER_STEP = 5
LEAST_ROUNDS = 20
ROUGHLY = 1e-2
# Where teams may be away exact dates are dearer, and what they win is less.
ROUGHLY_WITH_NIGHTS = 1e-3
# Rounds of column generation for the value between two for activations alone.
ROUNDS_PER_COUNT = 15
ROUNDS_OF_COUNTING = 2
# Rounds for activations once the value is done with, at most as many as it took.
MOST_LAST_ROUNDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """No feasible plan has a higher contract value, in milli-activations, nor counts more activations.

    Nor does it serve more people with any of the further documents; empty where nothing is said of these.
    """

    value_milli: int
    activations: int
    further: tuple[int, ...] = ()

    def and_also(self, other: "Bounds") -> "Bounds":
        """The smaller of each of both."""
        further = (
            (min(pair) for pair in zip(self.further, other.further, strict=True)) if other.further else self.further
        )
        return Bounds(
            value_milli=min(self.value_milli, other.value_milli),
            activations=min(self.activations, other.activations),
            further=tuple(further),
        )


def upper_bounds(
    arrays: Arrays,
    *,
    should_stop: Callable[[], bool],
    routes: Callable[[], Iterable[Route]] = tuple,
    effort: int | None = None,
) -> Iterator[Bounds]:
    """Yield ever smaller valid bounds: reachable people at once, compact LPs, then column generation.

    `routes` is asked once, when column generation begins, for what a search has found by then: it speeds the bound
    up and cannot make it wrong. With `effort`, search steps that the bound may be worth, column generation ends after
    a number of rounds that follows from it and the size of the blocks, the same on every machine. Stopping is heard
    between two compiled loops and inside an LP solve; whatever was yielded before stays valid.
    """
    best = nothing_proven(arrays)
    yield best
    if not arrays.sites or not arrays.teams or should_stop():
        return
    for bounds in _candidates(arrays, _Conditions(should_stop=should_stop, routes=routes, effort=effort)):
        tighter = best.and_also(bounds)
        if tighter != best:
            best = tighter
            yield best
        if should_stop():
            return


def nothing_proven(arrays: Arrays) -> Bounds:
    """What needs no proof: that the goals are reached, or everybody, for nothing."""
    _, _, people = goals_of_documents(arrays)
    return Bounds(
        value_milli=_empty_goal(arrays), activations=int(arrays.people.sum()), further=tuple(people.tolist()[1:])
    )


def _empty_goal(arrays: Arrays) -> int:
    """The value of a plan that reaches the goals, or everybody, for nothing."""
    further = zip(*(table.tolist()[1:] for table in goals_of_documents(arrays)), strict=True)
    of_documents = sum(int(worth * min(gap, people)) for worth, gap, people in further)
    return arrays.weight_shortfall * min(arrays.gap, int(arrays.people.sum())) + of_documents


@dataclass(frozen=True, slots=True, kw_only=True)
class _Conditions:
    """What `upper_bounds` was told of when to end and what to begin with."""

    should_stop: Callable[[], bool]
    routes: Callable[[], Iterable[Route]]
    effort: int | None

    def most_rounds(self, blocks: Blocks) -> float:
        """Rounds of column generation over these blocks."""
        if self.effort is None:
            return INFINITE
        return max(LEAST_ROUNDS, ENTRIES_PER_STEP * self.effort // max(1, len(blocks.site)))


def goals_of_documents(arrays: Arrays) -> tuple[Longs, Longs, Longs]:
    """Worth of a person, gap and people of each document; nothing where there is only the first."""
    return arrays.documents.worth, arrays.documents.gap, arrays.documents.people.sum(axis=0)


def _with_stops_for_rides(arrays: Arrays) -> Arrays:
    """The arrays with as many stops more as a team can ride in a day: rides are sites here, and no stops."""
    rides = len(arrays.ride_fare)
    if not rides:
        return arrays
    nights = arrays.nights
    shift = max(int((arrays.shift_end - arrays.shift_start).max()), int((nights.away_end - nights.away_start).max()))
    shortest = max(1, int(arrays.fixed[-rides:].min()))
    return replace(arrays, max_stops=arrays.max_stops + min(rides, shift // shortest))


def _with_few_modes(arrays: Arrays) -> tuple[Arrays, Modes]:
    """`with_modes`, and kits for nothing where their outfits would have too many for a linear program to end."""
    expanded, modes = with_modes(arrays)
    if modes.away.any() and len(modes.begin) * arrays.sites > MOST_ENTRIES:
        return with_modes(with_every_kit(arrays))
    return expanded, modes


def _candidates(arrays: Arrays, conditions: _Conditions) -> Iterator[Bounds]:
    should_stop = conditions.should_stop
    arrays, modes = _with_few_modes(_with_stops_for_rides(arrays))
    reach = reach_of(arrays, modes, should_stop=should_stop)
    if reach is None:
        return
    coarse = build_blocks(arrays, reach, group_dates(arrays, 1))
    worth = value_worth(arrays)
    yield _reachable(arrays, coarse, worth)
    if should_stop() or not coarse.count:
        return
    with interrupting(should_stop) as interrupter:
        yield from _linear_bounds(arrays, reach, coarse, worth, interrupter, conditions)


def _linear_bounds(
    arrays: Arrays,
    reach: Reach,
    coarse: Blocks,
    worth: Worth,
    interrupter: SolveInterrupter,
    conditions: _Conditions,
) -> Iterator[Bounds]:
    """The compact LP with all dates of a class together, then by groups of dates, then routes, each from the last."""
    should_stop = conditions.should_stop
    counted = activation_worth(arrays)
    start: tuple[Multipliers, DayPrices] | None = None
    blocks = coarse
    fine = coarse
    if len(coarse.site) <= MOST_ENTRIES:
        groups = DATE_GROUPS_WITH_NIGHTS if coarse.calendars.teams else DATE_GROUPS
        fine = build_blocks(arrays, reach, group_dates(arrays, groups, least_share=UNLIKE))
    for blocks in (coarse, fine) if fine.count > coarse.count else (coarse,):
        program = CompactProgram(arrays, blocks, worth)
        people = CompactProgram(arrays, blocks, counted)
        best: CompactBound | None = None
        for bound in program.tighten(interrupter, start=start):
            if best is None or bound.value < best.value:
                best = bound
                same = people.evaluate(*_for_activations(bound.multipliers, bound.prices, worth, arrays))[0]
                yield _bounds(arrays, worth, bound.value, same.value)
        if best is None or should_stop():
            return
        if best.multipliers.target < 0.999 * worth.person or worth.person == 0:
            # The goal can be reached: prices of the value then say little about how many people could be.
            for bound in people.tighten(interrupter):
                yield _bounds(arrays, worth, best.value, bound.value)
        if blocks is coarse:
            for further in served_at_most(arrays, coarse, interrupter):
                yield replace(_bounds(arrays, worth, best.value, INFINITE), further=further)
        start = spread(best.multipliers, best.prices, blocks, fine)
    if best is None or should_stop():
        return
    start = (best.multipliers, best.prices)
    exact = _exact_dates(arrays, reach, blocks)
    if exact is None:
        yield from _route_bounds(arrays, blocks, worth, start, conditions, close=CLOSE)
        return
    roughly = ROUGHLY_WITH_NIGHTS if blocks.calendars.teams else ROUGHLY
    multipliers, prices = yield from _route_bounds(arrays, blocks, worth, start, conditions, close=roughly)
    if not should_stop():
        start = spread(multipliers, prices, blocks, exact)
        yield from _route_bounds(arrays, exact, worth, start, conditions, close=CLOSE)


def _exact_dates(arrays: Arrays, reach: Reach, blocks: Blocks) -> Blocks | None:
    """Blocks of one date each, unless they are too many or no more than those at hand."""
    if len(np.unique(family_of(arrays, reach.member))) * arrays.dates > MOST_EXACT:
        return None
    exact = build_blocks(arrays, reach, np.arange(arrays.dates, dtype=np.int32))
    return exact if exact.count > blocks.count else None


def _route_bounds(
    arrays: Arrays,
    blocks: Blocks,
    worth: Worth,
    start: tuple[Multipliers, DayPrices],
    conditions: _Conditions,
    *,
    close: float,
) -> Generator[Bounds, None, tuple[Multipliers, DayPrices]]:
    """Column generation from known multipliers; people are bounded at its best ones. Returns where it ended."""
    should_stop = conditions.should_stop
    most_rounds = conditions.most_rounds(blocks)
    generation = Generation(arrays, blocks, worth, start=start[0], prices=start[1])
    generation.seed(conditions.routes())
    people = _People(arrays, blocks, worth, conditions, close=close)
    # Where the goal can be reached nobody asks how many more could be.
    goal_is_out_of_reach = start[0].target >= 0.999 * worth.person > 0
    rounds = 0
    for value in branching.tighten(arrays, generation, should_stop, close=close, most_rounds=most_rounds):
        yield _bounds(arrays, worth, value, INFINITE)
        rounds += 1
        if goal_is_out_of_reach and rounds % ROUNDS_PER_COUNT == 0:
            yield from people.tighten(generation, most_rounds=ROUNDS_OF_COUNTING)
    if goal_is_out_of_reach and not should_stop():
        yield from people.tighten(generation, most_rounds=min(rounds, MOST_LAST_ROUNDS))
    return generation.centre, generation.prices


class _People:
    """Bounds on activations alone: at the prices of the value, and by column generation of their own."""

    def __init__(self, arrays: Arrays, blocks: Blocks, worth: Worth, conditions: _Conditions, *, close: float) -> None:
        self._arrays, self._blocks, self._worth, self._close = arrays, blocks, worth, close
        self._should_stop = conditions.should_stop
        self._generation: Generation | None = None
        self._rounds: Iterator[float] = iter(())
        self._priced: Multipliers | None = None

    def tighten(self, generation: Generation, *, most_rounds: int) -> Iterator[Bounds]:
        """Yield the bound at the multipliers where the value stands, then those of so many rounds of its own.

        The first time it learns what routes the value knows: most are good for either."""
        arrays, worth = self._arrays, self._worth
        counted = activation_worth(arrays)
        multipliers, prices = _for_activations(generation.centre, generation.prices, worth, arrays)
        if self._generation is None:
            self._generation = Generation(arrays, self._blocks, counted, start=multipliers, prices=prices)
            self._generation.learn_from(generation)
            self._rounds = self._generation.tighten(self._should_stop, close=self._close)
        # Branches leave the centre where it is: what was priced there is not priced again.
        if generation.centre is not self._priced:
            self._priced = generation.centre
            paid = generation.paid * (counted.person / worth.person)
            yield self._bounds(self._generation.price(multipliers, paid, self._should_stop))
        for value in islice(self._rounds, most_rounds):
            bounds = self._bounds(value)
            yield bounds
            if bounds.activations == 0:
                # Nobody is left to count off, however much nearer to nothing a round comes.
                return

    def _bounds(self, people: float) -> Bounds:
        return _bounds(self._arrays, self._worth, INFINITE, people)


def _reachable(arrays: Arrays, blocks: Blocks, worth: Worth) -> Bounds:
    """Nobody wins more than the people some visit can reach; must-sites and areas out of reach cost for sure."""
    rows = site_rows(arrays, blocks)
    everybody = int(rows.reachable[rows.toward > 0].sum())
    in_area = np.bincount(rows.area, weights=rows.reachable, minlength=len(worth.floors))
    zero = no_multipliers(arrays, blocks)
    multipliers = replace(
        zero,
        target=worth.person if everybody <= worth.goal else 0.0,
        area=np.where(in_area <= worth.floors, worth.area, 0.0),
        must=np.where(rows.must & (rows.visit_limit == 0), worth.must, 0.0),
    )
    value = fixed_part(multipliers, worth, rows) + worth.slack
    return replace(_bounds(arrays, worth, value, 1000.0 * everybody), further=served_by_reach(arrays, rows))


def _for_activations(m: Multipliers, p: DayPrices, worth: Worth, arrays: Arrays) -> tuple[Multipliers, DayPrices]:
    """Prices of the value as prices of activations: floors and must-sites taken out, the rest to scale."""
    person = activation_worth(arrays).person
    scale = person / worth.person if worth.person else 0.0
    count = documents_of(arrays)
    at_site = m.target + m.area[arrays.area]
    alone = scale * np.where(at_site > 0, m.target / np.maximum(at_site, 1e-9), 1.0)
    share = np.where(np.tile(np.arange(count) == 0, arrays.sites), np.repeat(alone, count), 0.0)
    multipliers = replace(
        m,
        target=person,
        area=np.zeros_like(m.area),
        win=m.win * share,
        mir=m.mir * share[:, None],
        visit=np.maximum(m.visit - m.must, 0.0) * alone,
        class_visit=m.class_visit * alone,
        must=np.zeros_like(m.must),
        kit=m.kit * scale,
        money=m.money * scale,
    )
    prices = replace(
        p,
        minute=p.minute * scale,
        radius=p.radius * scale,
        stop=p.stop * scale,
        metre_in=np.zeros_like(p.metre_in),
        metre_round=np.zeros_like(p.metre_round),
    )
    return multipliers, prices


def _bounds(arrays: Arrays, worth: Worth, value: float, activations: float) -> Bounds:
    """Whole numbers again: values come in steps if nothing with fractions is counted."""
    everybody = int(arrays.people.sum())
    milli = math.floor(min(value, float(_empty_goal(arrays))))
    if worth.rupiah == 0 and not worth.late.any():
        a = arrays
        weights = a.weight_shortfall, a.weight_area_shortfall, a.weight_must, a.weight_pin, a.weight_moved
        step = math.gcd(*weights, *a.documents.worth.tolist())
        milli = milli // step * step if step else milli
    return Bounds(
        value_milli=milli, activations=min(everybody, math.floor(min(activations, 1000.0 * everybody) / 1000))
    )
