"""Routes of blocks, as columns of numbers: what the bound chooses among instead of dated routes."""

from dataclasses import dataclass

import numpy as np

from solver.bound.blocks import Blocks
from solver.bound.pricing import Found
from solver.bound.shares import shares_of
from solver.numeric.arrays import Arrays
from solver.numeric.kinds import Bools, Floats, Indices, Ints, Longs
from solver.numeric.routes import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """Routes of one block each: `block[r]`, metres driven, visits from `ptr[r]` with site, minutes and people won.

    Of the `gain[v]` people that visit v can win `counted[v]` are: all, or none where a person so late is worth nothing.
    Where there are P documents, a visit to site i is first one of site P * i, then one of P * i + k for each further
    document k with which it serves anybody; `counted` then are parts of people.
    """

    block: Indices
    metres: Longs
    ptr: Indices
    site: Indices
    minutes: Indices
    gain: Longs
    counted: Longs | Floats

    @property
    def count(self) -> int:
        """The number of routes."""
        return len(self.block)


class RouteList:
    """Distinct routes gathered block by block."""

    def __init__(self, arrays: Arrays, blocks: Blocks) -> None:
        self._arrays, self._blocks = arrays, blocks
        self._block: list[int] = []
        self._metres: list[int] = []
        self._size: list[int] = [0]
        self._parts: list[tuple[Indices, Indices, Longs, Longs | Floats]] = []
        self._known: set[tuple[int, bytes, bytes, bytes]] = set()

    def add_route(self, block: int, route: Route, price: Floats) -> None:
        """Add a route of the search to a block; people are priced by site, and document if there are several."""
        site = np.array([stop[0] for stop in route.stops], dtype=np.int64)
        minutes = np.array([stop[2] for stop in route.stops], dtype=np.int64)
        self._add(block, site, minutes, np.ones(len(site), dtype=np.bool_), price)

    def add_ways(self) -> None:
        """Add the days without any stop, on which a team goes from one place to another."""
        blocks, none = self._blocks, np.empty(0, dtype=np.int64)
        for b in np.flatnonzero(blocks.goes).tolist():
            self._append(b, int(blocks.way_metres[b]), (none, none, none, none))

    def add_found(self, block: int, days: Found, candidates: Indices, *, steps: Ints, price: Floats) -> None:
        """Add what was found in a block, given the sites of its candidates and the minutes of a step at each.

        People are counted where their price, as in `add_route`, is above nothing.
        """
        paying = price[candidates] > 0
        for r in range(len(days.worth)):
            at = days.site[days.ptr[r] : days.ptr[r + 1]]
            minutes = (days.steps[days.ptr[r] : days.ptr[r + 1]] * steps[at]).astype(np.int64)
            self._add(block, candidates[at], minutes, paying[at], price)

    def _add(self, block: int, site: Indices, minutes: Indices, paying: Bools, price: Floats) -> None:
        key = (block, site.tobytes(), minutes.tobytes(), paying.tobytes())
        if key in self._known:
            return
        self._known.add(key)
        a = self._arrays
        k = int(self._blocks.member[self._blocks.block_class[block]])
        counted: Longs | Floats
        if len(a.documents.worth):
            at, length, gain, counted = self._shared(k, site, minutes, price)
        else:
            gain = np.minimum(a.people[site], a.rate_numerator[k, site] * minutes // a.rate_denominator[k])
            at, length, counted = site, minutes, np.where(paying, gain, 0)
        between = int(a.metres[site[:-1], site[1:]].sum())
        metres = int(a.out_metres[k, site[0]]) + between + int(a.home_metres[k, site[-1]])
        self._append(block, metres, (at, length, gain, counted))

    def _append(self, block: int, metres: int, visits: tuple[Indices, Indices, Longs, Longs | Floats]) -> None:
        self._block.append(block)
        self._metres.append(metres)
        self._size.append(len(visits[0]))
        self._parts.append(visits)

    def _shared(
        self, outfit: int, site: Indices, minutes: Indices, price: Floats
    ) -> tuple[Indices, Indices, Longs, Floats]:
        """Sites and documents, minutes, people at most and people of the visits of a route."""
        documents = self._arrays.documents
        count = len(documents.worth)
        outfits = np.full(len(site), outfit, dtype=np.int64)
        served = shares_of(documents, outfits, site, minutes, price.reshape(-1, count)[site])
        kept = (served > 0) | (np.arange(count) == 0)
        visit, document = np.nonzero(kept)
        counted = served[visit, document]
        return count * site[visit] + document, minutes[visit], np.ceil(counted).astype(np.int64), counted

    def collected(self) -> Routes:
        """All routes so far."""
        empty = np.empty(0, dtype=np.int64)
        return Routes(
            block=np.array(self._block, dtype=np.int64),
            metres=np.array(self._metres, dtype=np.int64),
            ptr=np.cumsum(self._size, dtype=np.int64),
            site=np.concatenate([empty, *(part[0] for part in self._parts)]),
            minutes=np.concatenate([empty, *(part[1] for part in self._parts)]),
            gain=np.concatenate([empty, *(part[2] for part in self._parts)]),
            counted=np.concatenate([empty, *(part[3] for part in self._parts)]),
        )
