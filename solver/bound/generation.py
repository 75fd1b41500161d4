"""Column generation: routes priced block by block until their bundle and the bound meet, or the work is stopped."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from itertools import count

import numpy as np

from solver.bound.block_routes import RouteList
from solver.bound.blocks import Blocks
from solver.bound.bundle import Bundle
from solver.bound.day_search import DaySearch
from solver.bound.modes import fitting_classes
from solver.bound.multipliers import Multipliers, Worth, clip, site_rows
from solver.bound.relaxation import DayPrices
from solver.numeric.arrays import Arrays
from solver.numeric.kinds import Floats
from solver.numeric.routes import Route

# The work is judged by what so many rounds together have won.
ROUNDS_TO_JUDGE = 20
# Days worth less than this share of what the compact relaxation allows are not searched at first.
FIRST_SHARE = 0.9
# At the same multipliers for another worth, days worth less than this share of the old price are not searched.
SEARCHED_SHARE = 0.95
# Part of the promised improvement that a missed better day may cost a proposal.
TOLERANCE = 0.05
# A day better than known by so many times the promise per team-day spoils a proposal; finding it is enough.
KEEN = 1.0
FIRST_STEP, MOST_STEP = 0.03, 2.0
# A proposal that improves the bound by this share of its promise becomes the centre.
SERIOUS = 0.1
# If it keeps most of its promise, or nearly all of it, the next may reach so much further.
KEPT, GROWTH = 0.6, 2.0
NEARLY_KEPT, FAST_GROWTH = 0.9, 4.0
# Proposals in a row that may do harm before the next reach less far: each of them brings the routes that were missed.
PATIENCE = 3
# Once a proposal promises no more than this share of the bound, every few rounds residual-capacity rows are added that
# are broken by so many people.
SETTLED = 1e-3
ROUNDS_TO_CUT = 5
# Where teams may be away, all days are priced exactly every so many rounds.
ROUNDS_TO_LOOK_AGAIN = 10
BROKEN = 0.3


class Generation:
    """Bounds from routes, started at the multipliers of a compact LP.

    `centre` holds the best multipliers so far, `paid[b]` the price of a day of block b there.
    """

    def __init__(self, arrays: Arrays, blocks: Blocks, worth: Worth, *, start: Multipliers, prices: DayPrices) -> None:
        self._arrays, self.blocks = arrays, blocks
        self._search = DaySearch(arrays, blocks, worth, prices)
        self._bundle = Bundle(arrays, blocks, worth, clip(start, worth, site_rows(arrays, blocks)))
        self.paid = np.zeros(blocks.count)
        if blocks.goes.any():
            ways = RouteList(arrays, blocks)
            ways.add_ways()
            self._bundle.add(ways.collected())

    @property
    def centre(self) -> Multipliers:
        """The best multipliers so far."""
        return self._bundle.centre

    @property
    def prices(self) -> DayPrices:
        """The blocks' own prices as they were last fitted."""
        return self._search.prices

    def seed(self, pool: Iterable[Route]) -> None:
        """Offer routes of a search, each to the block of its team and date; if that may be away, where it fits best."""
        blocks, routes = self.blocks, RouteList(self._arrays, self.blocks)
        classes_of = fitting_classes(self._arrays) if blocks.calendars.teams else None
        of_class: dict[tuple[int, int], list[int]] = defaultdict(list)
        for b, pair in enumerate(zip(blocks.block_class.tolist(), blocks.block_group.tolist(), strict=True)):
            of_class[pair].append(b)
        for route in pool:
            classes = classes_of(route) if classes_of else [int(self._arrays.team_class[route.team])]
            for c in classes:
                for b in of_class[c, int(blocks.date_group[route.date])]:
                    routes.add_route(b, route, self._search.price_of_people(self.centre, b))
        self._bundle.add(routes.collected())

    def learn_from(self, other: "Generation") -> None:
        """Begin with the routes of a generation over the same blocks for another worth."""
        self._bundle.add_all_of(other._bundle)

    @property
    def count(self) -> int:
        """The number of routes known."""
        return self._bundle.count

    @property
    def team_days(self) -> float:
        """The team-days in use."""
        return self._bundle.team_days

    @property
    def visits(self) -> Floats:
        """The visits in use, by site."""
        return self._bundle.visits

    def narrowed(self, narrow: Callable[[Blocks], Blocks]) -> "Generation":
        """The same from here on for fewer plans; `narrow` may change the rows that blocks share, not the blocks."""
        other = copy(self)
        other.blocks = narrow(self.blocks)
        other._bundle, other._search = self._bundle.narrowed(other.blocks), self._search.narrowed(narrow)
        return other

    def tighten(
        self, should_stop: Callable[[], bool], *, close: float, most_rounds: float = float("inf")
    ) -> Iterator[float]:
        """Yield the bound of every round, in milli-activations, until 20 rounds win no more than the share `close`."""
        bundle = self._bundle
        known = bundle.most_worth(bundle.centre)
        best, self.paid, routes = self._search.bound(
            bundle.centre, np.where(known > 0, known, -FIRST_SHARE), should_stop
        )
        yield best
        bundle.add(routes)
        lowest, before, step_size, nulls = best, float("inf"), FIRST_STEP, 0
        promised, uncut = float("inf"), 0
        for rounds in count():
            if should_stop() or rounds >= most_rounds:
                return
            if rounds % ROUNDS_TO_JUDGE == 0:
                if before - lowest <= close * abs(lowest):
                    return
                before = lowest
            if rounds % ROUNDS_TO_LOOK_AGAIN == 0 and self.blocks.calendars.teams:
                # The best calendars may be worth less than the rows: for that the price of every day has to be known.
                lowest = min(lowest, self.price(bundle.centre, np.zeros(self.blocks.count), should_stop))
                yield lowest
            uncut += 1
            if uncut >= ROUNDS_TO_CUT and promised <= SETTLED * abs(best):
                bundle.cut(BROKEN)
                uncut = 0
            proposal = bundle.propose(step_size)
            promised = best - proposal.model - proposal.strain
            floor = bundle.most_worth(proposal.multipliers)
            a_day = max(promised, 0.0) / max(1, int(self.blocks.family_days.sum()))
            bound, paid, routes = self._search.bound(
                proposal.multipliers, floor + TOLERANCE * a_day, should_stop, keen=KEEN * a_day
            )
            if should_stop():
                return
            yield bound
            bundle.add(routes)
            bundle.forget()
            won = best - bound
            lowest = min(lowest, bound)
            if won > 0.0 and won >= SERIOUS * promised:
                best, bundle.centre, self.paid, nulls = bound, proposal.multipliers, paid, 0
                if won > KEPT * promised:
                    growth = FAST_GROWTH if won > NEARLY_KEPT * promised else GROWTH
                    step_size = min(growth * step_size, MOST_STEP)
            else:
                nulls += 1
                if won < -abs(promised) and nulls % PATIENCE == 0:
                    step_size *= 0.7
                elif nulls % 5 == 0:
                    step_size *= 0.8

    def price(self, multipliers: Multipliers, paid: Floats, should_stop: Callable[[], bool]) -> float:
        """The bound at these multipliers, where a day of each block costs about `paid`; less is not told apart."""
        return self._search.bound(multipliers, SEARCHED_SHARE * paid, should_stop)[0]
