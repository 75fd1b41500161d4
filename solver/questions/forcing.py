"""Forces a site into a finished plan and mends the rest, to learn what that costs.

The site becomes a must-visit of overwhelming weight; the plan itself counts as published, so that what the visit
does not displace stays where it is.
"""

# mypy: disable-error-code="no-any-return"

from dataclasses import replace

import numpy as np

from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.numeric.compilation import kernel
from solver.posed import Posed
from solver.search import tables as t
from solver.search.books import may_visit, score
from solver.search.construct import read_off, read_trips, settle
from solver.search.days import calls, is_away, stays
from solver.search.posing import pose
from solver.search.recreate import fill, find_offer, gather, take_offer
from solver.search.route import schedule, stretch
from solver.search.ruin import clear
from solver.search.tables import Problem, State, whole
from solver.search.undo import keep_changes, keep_route, undo
from solver.search.warm_start import anneal_gently

REFILL_QUOTA = 48
# A forced visit takes the minutes it can use, or only this share of them, whichever leaves the better plan.
SHORT_SHARE = 0.35
# Above any sum of the other terms, yet small enough that a hundredth of a milli still counts in 64-bit fractions.
FORCED_WEIGHT = 10**12
# A visit of the plan that changes place counts like so much of an activation lost: less would shuffle for nothing.
STAYING_SHARE = 0.5
# The mending cools in so many steps.
STEPS = 20


@kernel
def send(p: Problem, s: State, r: int, i: int, cleared: bool) -> bool:
    """Send a route to a site, emptied before or not, and fill it up again; False if the site does not fit."""
    s.clock[t.REMOVED] = 0
    first = whole(0)
    keep_route(p, s, r)
    if cleared:
        clear(p, s, r)
        if not schedule(p, s, r):
            return False
    # The site goes where it wins most on the route.
    s.candidate[0, 0] = i
    s.candidates[0] = 1
    find_offer(p, s, first)
    if s.offer[0] <= 0.0 or not take_offer(p, s, first):
        return False
    # What room is left, others fill.
    s.tune[t.SHARE] = 1.0
    gather(p, s, first, r, whole(REFILL_QUOTA))
    if not fill(p, s, first):
        return False
    stretch(p, s, r)
    return True


@kernel
def force(p: Problem, s: State, i: int) -> bool:
    """Send that route to the site which leaves the best plan; False, with nothing changed, if none can go."""
    seed = s.rng[0]
    best, chosen, way = -np.inf, whole(-1), whole(0)
    s.tune[t.RANKING], s.tune[t.BLINK] = t.BY_RATE, 0.0
    for x in range(p.open_routes.shape[0]):
        r = p.open_routes[x]
        if not may_visit(p, s, r, i):
            continue
        # Four ways, by the same chances: for all the minutes that it can use or few of them, beside the stops that are
        # there or instead of them. Each is taken back.
        for variant in range(4):
            s.rng[0] = seed
            s.tune[t.SHARE] = 1.0 if variant < 2 else SHORT_SHARE
            if send(p, s, r, i, variant % 2 == 1):
                outcome = score(p, s)
                if outcome > best:
                    best, chosen, way = outcome, r, whole(variant)
            undo(p, s)
    s.tune[t.SHARE] = 1.0
    if chosen < 0:
        return False
    # The best is done again, as it was done before.
    s.rng[0] = seed
    s.tune[t.SHARE] = 1.0 if way < 2 else SHORT_SHARE
    send(p, s, chosen, i, way % 2 == 1)
    keep_changes(s)
    return True


@kernel
def drop_poorest(p: Problem, s: State) -> bool:
    """Give up the team-day that wins least, to have its money; False if none is left but pins.

    A day away that rides is not given up: without its rides nothing may lead from its begin to its end.
    """
    poorest, least = whole(-1), np.inf
    for r in range(s.stops.shape[0]):
        if s.stops[r] == 0 or (is_away(p, s, r) and calls(p, s, r) < s.stops[r]):
            continue
        won, pinned = 0.0, False
        for q in range(s.stops[r]):
            i = s.stop[r, q, t.SITE]
            won += s.book[i, t.SERVED] / max(1, s.book[i, t.VISITS])
            pinned = pinned or stays(p, s, r, q)
        if not pinned and won < least:
            poorest, least = r, won
    if poorest < 0:
        return False
    s.clock[t.REMOVED] = 0
    keep_route(p, s, poorest)
    clear(p, s, poorest)
    schedule(p, s, poorest)
    keep_changes(s)
    return True


class Forcing:
    """A plan laid out once, from which each site is forced in anew; safe to use from several threads."""

    def __init__(self, instance: Instance, plan: Plan) -> None:
        """Lay out a feasible plan."""
        weights = instance.weights
        staying = max(weights.moved, int(STAYING_SHARE * weights.shortfall))
        self._posed = Posed(instance)
        rows = self._posed.rows(plan.visits)
        arrays = self._posed.search
        self._arrays = replace(
            arrays,
            must=arrays.must & (weights.must > 0),
            weight_must=FORCED_WEIGHT,
            weight_moved=staying,
            published=np.array(rows, dtype=np.int32).reshape(len(rows), 5),
        )
        self._problem = self._posed.with_days(pose(self._arrays), plan)
        self._state = self._posed.lay_out(self._arrays, self._problem, plan)
        self._site_index = {site.id: i for i, site in enumerate(instance.sites)}

    def force(self, site: str, *, iterations: int, seed: int = 0) -> Plan | None:
        """Return the best plan found with a visit at the site; None if no team-day could be freed for it.

        An event is visited by as many teams as it needs. Starts are as early as can be, and work is as the search left
        it.
        """
        i = self._site_index[site]
        problem = self._problem._replace(site=self._problem.site.copy())
        state = self._fresh(seed)
        if problem.site[i, t.MUST] == 0:
            problem.site[i, t.MUST] = 1
            state.total[t.MUST_MISSED] += 1
        is_event = problem.site[i, t.MIN_TEAMS] > 1
        while True:
            forced = self._hold(problem, state, i) if is_event else state if force(problem, state, i) else None
            if forced is not None:
                return self._mended(problem, forced, iterations)
            if problem.number[t.BUDGET] < 0 or not drop_poorest(problem, state):
                return None

    def go_on(self, site: str, plan: Plan, *, iterations: int, seed: int = 0) -> Plan | None:
        """Return the best plan found from one that visits the site and keeps what it can of the plan asked about.

        None if the search cannot lay it out with a visit there.
        """
        i = self._site_index[site]
        problem = self._posed.with_days(self._problem._replace(site=self._problem.site.copy()), plan)
        state = self._posed.lay_out(self._arrays, problem, plan, seed=seed)
        if state.book[i, t.VISITS] == 0:
            return None
        problem.site[i, t.MUST] = 1
        return self._mended(problem, state, iterations)

    def mend(self, *, iterations: int, seed: int = 0) -> Plan:
        """Return the plan mended alike with nothing forced into it: what the mending alone is worth."""
        state = self._fresh(seed)
        return self._mended(self._problem, state, iterations)

    def _hold(self, problem: Problem, state: State, i: int) -> State | None:
        """Return the best plan with an event, one team after another sent there on each date; None if there is none."""
        best: tuple[float, State] | None = None
        for d in range(self._arrays.dates):
            of_date = problem.open_routes[problem.open_routes % self._arrays.dates == d]
            if problem.window[i, d] < 0 or len(of_date) < problem.site[i, t.MIN_TEAMS]:
                continue
            on_date = problem._replace(open_routes=of_date)
            held = State._make(array.copy() for array in state)
            if all(force(on_date, held, i) for _ in range(int(problem.site[i, t.MIN_TEAMS]))):
                outcome = float(score(problem, held))
                if best is None or outcome > best[0]:
                    best = outcome, held
        return None if best is None else best[1]

    def _fresh(self, seed: int) -> State:
        state = State._make(array.copy() for array in self._state)
        state.rng[0] ^= np.uint64(seed)
        return state

    def _mended(self, problem: Problem, state: State, iterations: int) -> Plan:
        settle(problem, state)
        for step in range(STEPS):
            anneal_gently(problem, state, iterations // STEPS, progress=step / STEPS)
        return self._posed.laid(read_off(self._arrays, state), read_trips(self._arrays, state))
