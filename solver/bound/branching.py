"""Bounds of plans with fewer and with more visits or team-days apart, where column generation uses a part of one."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from solver.bound.blocks import Blocks, DayRow
from solver.bound.generation import Generation
from solver.bound.multipliers import documents_of, people_of
from solver.numeric.arrays import Arrays
from solver.numeric.kinds import Floats

# A node that some rounds together have lowered by no more than this share is branched.
NEARLY = 2e-4
# Parts that may be the bundle's roughness.
FRACTION = 0.05
# Among so many team-days a part makes no difference.
MOST_TEAM_DAYS = 200
# Routes that all open nodes may know together, for the sake of memory: a few hundred bytes each.
MOST_ROUTES = 500_000

Narrow = Callable[[Blocks], Blocks]


@dataclass(slots=True, kw_only=True)
class _Node:
    """Some of the plans, and the least bound on them so far."""

    generation: Generation
    rounds: Iterator[float]
    lowest: float
    is_settled: bool


def tighten(
    arrays: Arrays, generation: Generation, should_stop: Callable[[], bool], *, close: float, most_rounds: float
) -> Iterator[float]:
    """Yield the bound of every round, in milli-activations, until 20 rounds win no more than the share `close`.

    Every plan is in one of the open nodes: the highest of their bounds holds, and that node is tightened next, or
    branched when little more can be won from it.
    """
    left = most_rounds

    def open_node(some: Generation, lowest: float, *, is_settled: bool = False) -> _Node:
        share = close if is_settled else max(close, NEARLY)
        rounds = some.tighten(should_stop, close=share, most_rounds=left)
        return _Node(generation=some, rounds=rounds, lowest=lowest, is_settled=is_settled or share == close)

    nodes = [open_node(generation, math.inf)]
    while left > 0:
        node = max(nodes, key=lambda node: node.lowest)
        value = next(node.rounds, None)
        if value is not None:
            left -= 1
            node.lowest = min(node.lowest, value)
            yield max(node.lowest for node in nodes)
            continue
        has_room = sum(node.generation.count for node in nodes) < MOST_ROUTES
        halves = _halves(arrays, node.generation) if close < NEARLY and has_room else None
        if should_stop() or (halves is None and node.is_settled):
            return
        nodes.remove(node)
        if halves is None:
            nodes.append(open_node(node.generation, node.lowest, is_settled=True))
        else:
            nodes.extend(open_node(node.generation.narrowed(half), node.lowest) for half in halves)


def _halves(arrays: Arrays, generation: Generation) -> tuple[Narrow, Narrow] | None:
    """What tells apart the plans on either side of the part of a team-day or visit that matters most, if any."""
    blocks, days = generation.blocks, generation.team_days
    # The bundle keeps to the rows of branches only roughly; asking for the same once more would win nothing.
    visits = np.clip(generation.visits, blocks.visit_least, blocks.visit_limit)
    if days > MOST_TEAM_DAYS:
        return None
    if blocks.day_row.sign == 0 and FRACTION < days % 1.0 < 1.0 - FRACTION:
        return _by_days(math.floor(days))
    # As many people as one visit more or less could win, and as far from either.
    part = np.minimum(visits % 1.0, 1.0 - visits % 1.0)
    matter = np.where(part > FRACTION, part * _won_by_one(blocks, arrays), 0.0)
    i = int(np.argmax(matter))
    return _by_visits(i, math.floor(visits[i])) if matter[i] > 0.0 else None


def _won_by_one(blocks: Blocks, arrays: Arrays) -> Floats:
    """What one visit of each site wins at most, in people of the first document."""
    count = documents_of(arrays)
    price = arrays.documents.worth / max(1, arrays.weight_shortfall) if count > 1 else np.ones(1)
    return np.asarray((np.minimum(blocks.most, people_of(arrays)).reshape(-1, count) * price).sum(axis=1))


def _by_days(fewer: int) -> tuple[Narrow, Narrow]:
    """Plans of so many team-days at most, and of more."""
    return (
        lambda blocks: replace(blocks, day_row=DayRow(1, fewer)),
        lambda blocks: replace(blocks, day_row=DayRow(-1, fewer + 1)),
    )


def _by_visits(i: int, fewer: int) -> tuple[Narrow, Narrow]:
    """Plans of so many visits to site i at most, and of more."""

    def at_most(blocks: Blocks) -> Blocks:
        limit = blocks.visit_limit.copy()
        limit[i] = fewer
        return replace(blocks, visit_limit=limit)

    def at_least(blocks: Blocks) -> Blocks:
        least = blocks.visit_least.copy()
        least[i] = fewer + 1
        return replace(blocks, visit_least=least)

    return at_most, at_least
