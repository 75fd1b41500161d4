"""Large neighbourhood search over team-days and sites: ruin a few routes, fill them again, anneal.

Ruin by strings of neighbouring stops follows Christiaens and Vanden Berghe (2020), the site-centric move and the
choice of service minutes are this problem's own.
"""

# mypy: disable-error-code="no-any-return"

import numpy as np

from solver.numeric.arrays import Ints
from solver.numeric.compilation import kernel
from solver.numeric.routes import RoutePool
from solver.search.cooling import FIRST_REHEARSAL, next_rehearsal, rehearsal_length
from solver.search.kernels import (
    ACTIVATIONS,
    BEST,
    BEST_ACTIVATIONS,
    BEST_VALUE,
    BLINK,
    BREADTH,
    BUDGET,
    BY_GAIN,
    BY_RATE,
    BY_SQUARE,
    CLASS,
    COOLING,
    CURRENT,
    DATES,
    DIRTY,
    FAILED,
    FIXED,
    GAP,
    ITERATIONS,
    LATE,
    LOGGED,
    MAX_DATES,
    MAX_TEAMS,
    METRES,
    MIN_GAP,
    MINUTES,
    MONEY,
    MUST,
    OPERATOR_COUNTS,
    PIN,
    RANKING,
    REMOVED,
    SERVED,
    SHARE,
    SITE,
    SLOT,
    STAMP,
    TEAM_DAYS,
    TEMPERATURE,
    TOUCHED,
    VISIT_DATES,
    VISITS,
    W_COST,
    W_LATE,
    W_SHORT,
    WORTH,
    Problem,
    State,
    any_stop_at,
    best_insertion,
    cost,
    insert_stop,
    keep_changes,
    keep_route,
    load_best,
    log_changes,
    may_visit,
    random_below,
    random_unit,
    remove_stop,
    save_best,
    schedule,
    score,
    set_minutes,
    stretch,
    undo,
    value,
    whole,
)

OPERATORS = 5
# Candidates per route, drawn anew for each step: few make quick steps, which large instances need most, more leave
# less undone. Against 48 always, up to 20 won 0.3 to 0.5 % on bogor-l at equal time and lost nothing on small ones.
# They are meant for days of up to ORDINARY stops; longer days, as of orienteering, get proportionally more.
FEW, MORE = 6, 14
ORDINARY = 7.0
BROADEST = 3.0
# Of the accepted changes that are no new best, one in so many is remembered for the pool.
LOG_ONE_IN = 16


@kernel
def consider(p: Problem, s: State, t: int, r: int, i: int) -> None:
    """Add a site to the candidates of the t-th touched route unless it is there or has nothing to give."""
    if s.stamp[i] == s.clock[STAMP]:
        return
    s.stamp[i] = s.clock[STAMP]
    if s.candidates[t] >= s.candidate.shape[1]:
        return
    k = r // p.number[DATES]
    if p.people[i] <= s.book[i, SERVED] or p.numerator[k, i] == 0:
        must = p.site[i, MUST] == 1 and s.book[i, VISITS] == 0
        if not must and p.published_ptr[r] == p.published_ptr[r + 1]:
            return
    if not may_visit(p, s, r, i):
        return
    s.candidate[t, s.candidates[t]] = i
    s.candidates[t] += 1


@kernel
def gather(p: Problem, s: State, t: int, r: int, quota: int) -> None:
    """Collect sites worth trying in a route: what was just removed, neighbours of its stops, its best prospects."""
    s.candidates[t] = 0
    s.clock[STAMP] += 1
    for x in range(s.clock[REMOVED]):
        consider(p, s, t, r, s.removed[x])
    for x in range(p.published_ptr[r], p.published_ptr[r + 1]):
        consider(p, s, t, r, p.published[x])
    if p.people.shape[0] <= quota:
        for i in range(p.people.shape[0]):
            consider(p, s, t, r, i)
        return
    count = s.stops[r]
    if count > 0:
        references = min(count, 4)
        most = min(s.candidate.shape[1], s.candidates[t] + quota // 2)
        first = random_below(s.rng, count)
        for x in range(references):
            i = s.stop[r, (first + x) % count, SITE]
            share = s.candidates[t] + (most - s.candidates[t]) // (references - x)
            for y in range(p.near.shape[1]):
                if s.candidates[t] >= share:
                    break
                consider(p, s, t, r, whole(p.near[i, y]))
    most = min(s.candidate.shape[1], max(s.candidates[t] + quota // 4, quota))
    c = p.team[r // p.number[DATES], CLASS]
    stride = 1 << random_below(s.rng, 4)
    x = random_below(s.rng, stride)
    for _ in range(2 * quota):
        if x >= p.promise.shape[1] or s.candidates[t] >= most:
            break
        i = whole(p.promise[c, x])
        if i < 0:
            break
        consider(p, s, t, r, i)
        x += 1 + random_below(s.rng, stride)


@kernel
def find_offer(p: Problem, s: State, t: int) -> None:
    """Look up the best insertion into the t-th touched route."""
    rank, i, q, minutes = best_insertion(p, s, s.touched[t], t)
    s.offer[t] = rank
    s.offered[t, 0] = i
    s.offered[t, 1] = q
    s.offered[t, 2] = minutes


@kernel
def take_offer(p: Problem, s: State, t: int) -> bool:
    """Insert what was found for the t-th touched route."""
    return insert_stop(p, s, s.touched[t], s.offered[t, 1], s.offered[t, 0], s.offered[t, 2], -1)


@kernel
def fill(p: Problem, s: State, t: int) -> bool:
    """Insert the best candidate into one route until none gains; False if an insertion did not fit."""
    while True:
        find_offer(p, s, t)
        if s.offer[t] <= 0.0:
            return True
        if not take_offer(p, s, t):
            return False


@kernel
def fill_together(p: Problem, s: State) -> bool:
    """Insert the best candidate over all touched routes until none gains."""
    touched = s.clock[TOUCHED]
    for t in range(touched):
        find_offer(p, s, t)
    while True:
        best = whole(0)
        for t in range(1, touched):
            if s.offer[t] > s.offer[best]:
                best = t
        if touched == 0 or s.offer[best] <= 0.0:
            return True
        i = s.offered[best, 0]
        if not take_offer(p, s, best):
            return False
        for t in range(touched):
            if t == best or s.offered[t, 0] == i or p.number[BUDGET] >= 0:
                find_offer(p, s, t)


@kernel
def recreate(p: Problem, s: State, quota: int) -> bool:
    """Fill the touched routes again, together or one after the other, and use up their idle minutes."""
    touched = s.clock[TOUCHED]
    if random_below(s.rng, 2) == 0:
        for t in range(touched):
            gather(p, s, t, s.touched[t], quota)
        if not fill_together(p, s):
            return False
    else:
        first = random_below(s.rng, max(1, touched))
        for x in range(touched):
            t = (first + x) % touched
            gather(p, s, t, s.touched[t], quota)
            if not fill(p, s, t):
                return False
    for t in range(touched):
        stretch(p, s, s.touched[t])
    return True


@kernel
def touch(p: Problem, s: State, r: int) -> bool:
    """Remember a route before changing it; False if too many are touched already."""
    if s.touched_at[r] < 0 and s.clock[TOUCHED] >= s.touched.shape[0]:
        return False
    keep_route(p, s, r)
    return True


@kernel
def mend(p: Problem, s: State, r: int) -> None:
    """Schedule a route after removals; where travel defies the triangle inequality, empty it but for its pins."""
    if schedule(p, s, r):
        return
    clear(p, s, r)
    if not schedule(p, s, r):
        s.clock[FAILED] = 1


@kernel
def clear(p: Problem, s: State, r: int) -> None:
    """Remove every stop of a route that is not pinned."""
    for q in range(s.stops[r] - 1, -1, -1):
        if s.stop[r, q, PIN] < 0:
            remove_stop(p, s, r, q)


@kernel
def ruin_route(p: Problem, s: State, r: int) -> None:
    """Empty a team-day."""
    if touch(p, s, r):
        clear(p, s, r)
        mend(p, s, r)


@kernel
def ruin_string(p: Problem, s: State, r: int, q: int) -> None:
    """Remove a random string of stops around position q."""
    if not touch(p, s, r):
        return
    count = s.stops[r]
    length = 1 + random_below(s.rng, min(count, 10))
    first = max(0, min(q - random_below(s.rng, length), count - length))
    for x in range(first + length - 1, first - 1, -1):
        if s.stop[r, x, PIN] < 0:
            remove_stop(p, s, r, x)
    mend(p, s, r)


@kernel
def position_of(s: State, r: int, i: int) -> int:
    """Where a route stops at a site, -1 if it does not."""
    for q in range(s.stops[r]):
        if s.stop[r, q, SITE] == i:
            return q
    return -1


@kernel
def random_route(p: Problem, s: State) -> int:
    """A random team-day on which the team works, rather one with stops."""
    r = p.open_routes[random_below(s.rng, p.open_routes.shape[0])]
    for _ in range(3):
        if s.stops[r] > 0:
            break
        r = p.open_routes[random_below(s.rng, p.open_routes.shape[0])]
    return r


@kernel
def ruin_strings(p: Problem, s: State) -> None:
    """Remove strings of stops near one place from a few routes, now and then of one date only."""
    r = random_route(p, s)
    if s.stops[r] == 0:
        touch(p, s, r)
        return
    q = random_below(s.rng, s.stops[r])
    i = s.stop[r, q, SITE]
    d = r % p.number[DATES]
    ruin_string(p, s, r, q)
    wanted = random_below(s.rng, 4)
    one_date = random_unit(s.rng) < 0.25
    for x in range(p.near.shape[1]):
        if wanted == 0:
            break
        j = whole(p.near[i, x])
        visits = s.book[j, VISITS]
        if visits == 0:
            continue
        other = s.visit_route[p.visit_ptr[j] + random_below(s.rng, visits)]
        if s.touched_at[other] >= 0 or (one_date and other % p.number[DATES] != d):
            continue
        ruin_string(p, s, other, position_of(s, other, j))
        wanted -= 1


@kernel
def ruin_days(p: Problem, s: State) -> None:
    """Empty one to three team-days: of one team, of one date, or in one neighbourhood."""
    dates = p.number[DATES]
    r = random_route(p, s)
    kind = random_below(s.rng, 3)
    more = random_below(s.rng, 3)
    teams = p.team.shape[0]
    i = s.stop[r, random_below(s.rng, s.stops[r]), SITE] if s.stops[r] > 0 else -1
    for _ in range(more):
        other = r
        if kind == 0:
            other = r // dates * dates + random_below(s.rng, dates)
        elif kind == 1:
            other = random_below(s.rng, teams) * dates + r % dates
        elif i >= 0 and p.near.shape[1] > 0:
            j = whole(p.near[i, random_below(s.rng, p.near.shape[1])])
            if s.book[j, VISITS] > 0:
                other = s.visit_route[p.visit_ptr[j] + random_below(s.rng, s.book[j, VISITS])]
        if p.works[other] == 1:
            ruin_route(p, s, other)
    ruin_route(p, s, r)


@kernel
def drop_visit(p: Problem, s: State, r: int, i: int) -> None:
    """Remove the visit of a route to a site, unless it is pinned."""
    q = position_of(s, r, i)
    if q >= 0 and s.stop[r, q, PIN] < 0 and touch(p, s, r):
        remove_stop(p, s, r, q)
        mend(p, s, r)


@kernel
def ruin_site(p: Problem, s: State) -> None:
    """Send one or several teams to one site on one date, dropping visits there that stand in the way.

    Large sites with few visit dates improve only when several routes of a date change at once.
    """
    dates, sites, teams = p.number[DATES], p.people.shape[0], p.team.shape[0]
    i = random_below(s.rng, sites)
    for _ in range(3):
        j = random_below(s.rng, sites)
        if p.people[j] - s.book[j, SERVED] > p.people[i] - s.book[i, SERVED]:
            i = j
    d = random_below(s.rng, dates)
    for _ in range(8):
        if p.window[i, d] >= 0:
            break
        d = random_below(s.rng, dates)
    if p.window[i, d] < 0:
        return
    everything = random_unit(s.rng) < 0.3
    for x in range(s.book[i, VISITS] - 1, -1, -1):
        if x >= s.book[i, VISITS]:
            continue
        r = s.visit_route[p.visit_ptr[i] + x]
        other = r % dates
        crowded = s.on[i, d, 0] == 0 and s.book[i, VISIT_DATES] >= p.site[i, MAX_DATES]
        close = other != d and abs(p.ordinal[other] - p.ordinal[d]) < p.site[i, MIN_GAP]
        if everything or close or crowded:
            drop_visit(p, s, r, i)
    wanted = 1 + random_below(s.rng, max(1, min(p.site[i, MAX_TEAMS], 4)))
    emptied = random_unit(s.rng) < 0.5
    for _ in range(wanted):
        chosen, nearest = whole(-1), np.inf
        for k in range(teams):
            r = k * dates + d
            if p.works[r] == 0 or s.touched_at[r] >= 0:
                continue
            if p.numerator[k, i] == 0 and p.site[i, MUST] == 0:
                continue
            if any_stop_at(s, r, i):
                continue
            far = (p.out_minutes[k, i] + p.home_minutes[k, i]) * (0.2 + random_unit(s.rng))
            if far < nearest:
                chosen, nearest = r, far
        if chosen < 0:
            break
        if emptied or s.stops[chosen] == 0:
            ruin_route(p, s, chosen)
        else:
            ruin_string(p, s, chosen, random_below(s.rng, s.stops[chosen]))
        t = s.touched_at[chosen]
        if t < 0 or not may_visit(p, s, chosen, i):
            continue
        s.candidate[t, 0] = i
        s.candidates[t] = 1
        find_offer(p, s, t)
        if s.offer[t] > 0.0 and not take_offer(p, s, t):
            s.clock[FAILED] = 1


@kernel
def move_stops(p: Problem, s: State, t: int, r: int) -> None:
    """Append the stops that the t-th touched route had before to another route, as far as they fit."""
    for q in range(s.kept_count[t]):
        if s.kept[t, q, PIN] >= 0 or s.stops[r] >= p.team[r // p.number[DATES], 2]:
            continue
        if s.stops[r] >= s.stop.shape[1]:
            continue
        i = s.kept[t, q, SITE]
        if may_visit(p, s, r, i) and not insert_stop(p, s, r, s.stops[r], i, s.kept[t, q, MINUTES], -1):
            remove_stop(p, s, r, s.stops[r] - 1)
            schedule(p, s, r)


@kernel
def exchange_days(p: Problem, s: State) -> None:
    """Exchange the work of two team-days: two dates of a team, two teams of a date, or any two."""
    dates = p.number[DATES]
    one = random_route(p, s)
    kind = random_below(s.rng, 4)
    other = p.open_routes[random_below(s.rng, p.open_routes.shape[0])]
    if kind <= 1:
        other = one // dates * dates + random_below(s.rng, dates)
    elif kind == 2:
        other = random_below(s.rng, p.team.shape[0]) * dates + one % dates
    if other == one or p.works[other] == 0:
        return
    ruin_route(p, s, one)
    ruin_route(p, s, other)
    if s.clock[FAILED] == 0:
        move_stops(p, s, s.touched_at[one], other)
        move_stops(p, s, s.touched_at[other], one)


@kernel
def squeeze(p: Problem, s: State) -> None:
    """Cut the service of a route's stops to the shortest, then give the minutes back, the quickest stop first."""
    r = random_route(p, s)
    touch(p, s, r)
    for q in range(s.stops[r]):
        i = s.stop[r, q, SITE]
        if s.stop[r, q, PIN] < 0 and p.site[i, FIXED] < 0:
            set_minutes(p, s, r, q, p.number[SLOT])
    mend(p, s, r)
    stretch(p, s, r)


@kernel
def step(p: Problem, s: State) -> int:
    """Change a few routes at random; returns which operator was used."""
    s.clock[REMOVED] = 0
    s.clock[FAILED] = 0
    draw = random_unit(s.rng)
    ranking = random_unit(s.rng)
    s.tune[RANKING] = BY_RATE if ranking < 0.6 else (BY_SQUARE if ranking < 0.85 else BY_GAIN)
    s.tune[BLINK] = 0.02 if random_unit(s.rng) < 0.5 else 0.15
    s.tune[SHARE] = 1.0 if random_unit(s.rng) < 0.85 else 0.2 + 0.8 * random_unit(s.rng)
    if draw < 0.45:
        operator = 0
        ruin_strings(p, s)
    elif draw < 0.65:
        operator = 1
        ruin_days(p, s)
    elif draw < 0.88:
        operator = 2
        ruin_site(p, s)
    elif draw < 0.96:
        operator = 3
        exchange_days(p, s)
    else:
        operator = 4
        squeeze(p, s)
    if s.clock[FAILED] == 0 and not recreate(p, s, int(s.tune[BREADTH] * (FEW + random_below(s.rng, MORE)))):
        s.clock[FAILED] = 1
    return operator


@kernel
def anneal(p: Problem, s: State, iterations: int) -> None:
    """Run so many iterations from the present plan, cooling a little with each."""
    for _ in range(iterations):
        operator = step(p, s)
        s.count_of[ITERATIONS] += 1
        s.count_of[OPERATOR_COUNTS + 2 * operator] += 1
        s.heat[TEMPERATURE] *= s.heat[COOLING]
        if s.clock[FAILED] == 1:
            undo(p, s)
            continue
        if p.number[BUDGET] >= 0 and cost(p, s.total[METRES], s.total[TEAM_DAYS]) > p.number[BUDGET]:
            undo(p, s)
            continue
        new = score(p, s)
        threshold = s.heat[CURRENT] + s.heat[TEMPERATURE] * np.log(random_unit(s.rng) + 1e-300)
        if new < threshold:
            undo(p, s)
            continue
        worth = value(p, s)
        better = worth > s.count_of[BEST_VALUE] or (worth == s.count_of[BEST_VALUE] and new > s.heat[BEST])
        if better or random_below(s.rng, LOG_ONE_IN) == 0:
            log_changes(s)
        keep_changes(s)
        s.heat[CURRENT] = new
        if better:
            s.count_of[BEST_VALUE] = worth
            s.count_of[BEST_ACTIVATIONS] = s.total[ACTIVATIONS]
            s.heat[BEST] = new
            s.count_of[OPERATOR_COUNTS + 2 * operator + 1] += 1
            save_best(s)


# Heat is counted in what a team-day is worth: the cooling goes from HOT, times the root of the iterations per
# team-day over PLENTY, down to the share DROP of that, and at most to COLD units. After it come rounds from the best
# plan at a lower heat, each a part of it.
HOT = 0.02
COLD = 0.1
DROP = 0.025
PLENTY = 50
COOLEST, HOTTEST = 0.1, 4.0
LUKEWARM = 0.2
ROUNDS = 16
# Where the gap can be closed, activations stop deciding and money does: heat in what a team-day costs, and an
# activation is priced at so many times what one costs on average, so that plans just short of the gap are crossed.
HOT_MONEY = 0.25
DEAR = 5.0
# Where the budget is all but spent, a rupiah saved is worth this part of what one wins on average: it buys more later.
SAVED = 0.3
ALL_BUT = 0.8
# Routes are handed to the pool at multiples of this many iterations.
BLOCK = 4096


def round_length(cooled: int) -> int:
    """Return the iterations of a round after a cooling of so many."""
    return max(100, cooled // ROUNDS)


class Search:
    """The annealing of one state; its course depends on state, seed and the total of iterations alone."""

    def __init__(self, problem: Problem, state: State, *, pool: RoutePool | None = None) -> None:
        self.problem = problem
        self.state = state
        self.pool = pool
        self._cooled: int | None = None
        self._until = FIRST_REHEARSAL
        self._unit = self._price()
        state.heat[TEMPERATURE], state.heat[COOLING] = self._unit * COOLEST, 1.0

    @property
    def iterations(self) -> int:
        return int(self.state.count_of[ITERATIONS])

    @property
    def value_milli(self) -> int:
        """The value of the best plan."""
        return int(self.state.count_of[BEST_VALUE])

    @property
    def activations(self) -> int:
        """The activations of the best plan."""
        return int(self.state.count_of[BEST_ACTIVATIONS])

    @property
    def cooled(self) -> int | None:
        """The iteration at which the cooling ends, once it is set."""
        return self._cooled

    @property
    def rehearsed(self) -> bool:
        """Whether it is time to set the cooling, or to rehearse further."""
        return self._cooled is None and self.iterations >= self._until

    def rehearse_further(self) -> None:
        """Put the decision how long to cool off."""
        self._until = next_rehearsal(self._until)

    def set_cooling(self, cooled: int) -> None:
        """Choose the iteration at which the cooling ends; before, no more than its rehearsal may have run."""
        self._cooled = cooled
        self._until = rehearsal_length(cooled)

    def run(self, iterations: int) -> None:
        """Run so many iterations more; without a cooling set, no further than the rehearsal."""
        left = iterations
        while left > 0:
            now = self.iterations
            if now >= self._until and not self._next_phase():
                return
            part = min(left, self._until - now, BLOCK - now % BLOCK)
            if len(self.problem.open_routes) and len(self.problem.people):
                anneal(self.problem, self.state, part)
            else:
                self.state.count_of[ITERATIONS] += part  # nobody to send, or nowhere to go
            left -= part
            if self.iterations % BLOCK == 0:
                self._fill_pool()

    def adopt(self, rows: Ints) -> bool:
        """Go on from another plan, rows of team, date, site, start, minutes, if it is better than the best."""
        p, s = self.problem, self.state
        load_best(p, s)
        dates, before = int(p.number[DATES]), self.value_milli
        old = {r: s.stop[r, : s.stops[r]].copy() for r in np.flatnonzero(s.stops).tolist()}
        new: dict[int, list[tuple[int, ...]]] = {}
        for k, d, i, start, minutes in rows.tolist():
            new.setdefault(k * dates + d, []).append((i, minutes, start))
        s.clock[REMOVED] = 0
        for r in old:
            for q in range(int(s.stops[r]) - 1, -1, -1):
                remove_stop(p, s, r, q)
                s.clock[REMOVED] = 0
            schedule(p, s, r)
        pins = {(r, int(stop[SITE])): int(stop[PIN]) for r, stops in old.items() for stop in stops if stop[PIN] >= 0}
        fits = True
        for r, stops in new.items():
            # A route fits as a whole: the way home may be open only from its last stop.
            for q, (i, minutes, _) in enumerate(sorted(stops, key=lambda stop: stop[2])):
                scheduled = insert_stop(p, s, r, q, i, minutes, pins.get((r, i), -1))
            fits = fits and scheduled
        for r in old.keys() | new.keys():
            if s.is_dirty[r] == 0:
                s.is_dirty[r] = 1
                s.dirty[s.clock[DIRTY]] = r
                s.clock[DIRTY] += 1
        worth = int(value(p, s))
        dear = p.number[BUDGET] >= 0 and cost(p, s.total[METRES], s.total[TEAM_DAYS]) > p.number[BUDGET]
        if not fits or dear or worth <= before:
            load_best(p, s)
            s.heat[CURRENT] = score(p, s)
            return False
        save_best(s)
        s.count_of[BEST_VALUE], s.count_of[BEST_ACTIVATIONS] = worth, s.total[ACTIVATIONS]
        s.heat[CURRENT] = s.heat[BEST] = score(p, s)
        return True

    def _fill_pool(self) -> None:
        s = self.state
        if self.pool is not None:
            dates = int(self.problem.number[DATES])
            for (r, stops), route in zip(s.log[: s.count_of[LOGGED]].tolist(), s.log_stop, strict=False):
                self.pool.add(r // dates, r % dates, route[:stops])
        s.count_of[LOGGED] = 0

    def _next_phase(self) -> bool:
        if self._cooled is None:
            return False
        heat, now = self.state.heat, self.iterations
        load_best(self.problem, self.state)
        self._unit = self._price()
        plenty = max(0, self._cooled - now) if now < self._cooled else self._cooled
        warmth = (plenty / max(1, len(self.problem.open_routes)) / PLENTY) ** 0.5
        hot = self._unit * min(HOTTEST, max(COOLEST, warmth))
        cold = min(hot * DROP, self._unit * COLD)
        if now < self._cooled:
            first, self._until = hot, self._cooled
        else:
            first, self._until = hot * LUKEWARM, now + round_length(self._cooled)
        first = max(first, cold)
        heat[TEMPERATURE] = first
        heat[COOLING] = (cold / first) ** (1 / (self._until - now))
        return True

    def _price(self) -> float:
        """Price an activation for the present plan, the best so far; returns the unit of heat in milli."""
        s, number = self.state, self.problem.number
        team_days, won = max(1, int(s.total[TEAM_DAYS])), max(1, int(s.total[ACTIVATIONS]))
        s.tune[WORTH] = number[W_SHORT]
        unit = HOT * float(number[W_SHORT]) * won / team_days
        rupiah = cost(self.problem, s.total[METRES], s.total[TEAM_DAYS])
        s.tune[MONEY] = 0.0
        if s.total[ACTIVATIONS] < number[GAP]:
            if 0 <= ALL_BUT * number[BUDGET] <= rupiah:
                s.tune[MONEY] = SAVED * number[W_SHORT] * won / max(1, rupiah) * 1e6
        else:
            money = number[W_COST] * rupiah / 1e6
            spent = money + number[W_LATE] * s.total[LATE] / max(1, number[DATES] - 1)
            s.tune[WORTH] = min(float(number[W_SHORT]), max(1.0, DEAR * float(spent) / won))
            unit = HOT_MONEY * float(spent) / team_days
        s.tune[BREADTH] = min(BROADEST, max(1.0, int(s.stops.sum()) / team_days / ORDINARY))
        s.heat[CURRENT] = s.heat[BEST] = score(self.problem, s)
        return max(1.0, unit)
