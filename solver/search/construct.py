"""A first feasible plan: pins, the plan in force, must-visits, then the best activations per minute, day by day."""

# mypy: disable-error-code="no-any-return"

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from solver.numeric.arrays import Arrays
from solver.numeric.compilation import kernel
from solver.numeric.kinds import Ints
from solver.search import tables as t
from solver.search.books import may_visit, score, sleep, spent, value
from solver.search.days import is_away, is_full
from solver.search.kits import wear
from solver.search.recreate import fill, find_offer, gather, take_offer
from solver.search.route import insert_stop, remove_stop, schedule, stretch
from solver.search.ruin import call_off, clear, position_of
from solver.search.tables import Problem, State, whole
from solver.search.undo import keep_changes, keep_route, save_best, undo
from solver.search.whole_days import enter_pinned_days

FIRST_QUOTA = 160
Journey = Sequence[tuple[tuple[int, int, int, int], Ints]]
"""Days of `Standing`, each with its stops."""


@kernel
def place_visit(p: Problem, s: State, r: int, i: int, start: int, minutes: int, pinned: bool) -> bool:
    """Put a given visit into a route in order of start; False, with nothing changed, if a rule forbids it."""
    if p.works[r] == 0 or is_full(p, s, r) or not may_visit(p, s, r, i):
        return False
    q = s.stops[r]
    while q > 0 and s.stop[r, q - 1, t.START] > start:
        q -= 1
    fits = insert_stop(p, s, r, q, i, minutes, start if pinned else -1)
    dear = p.number[t.BUDGET] >= 0 and spent(p, s) > p.number[t.BUDGET]
    if fits and not dear:
        return True
    remove_stop(p, s, r, q)
    schedule(p, s, r)
    return False


@kernel
def place_must(p: Problem, s: State, i: int) -> bool:
    """Insert a must-visit where it costs least; False if no team can come on any date."""
    s.tune[t.RANKING] = t.BY_RATE
    best, chosen = 0.0, whole(-1)
    first = whole(0)
    for x in range(p.open_routes.shape[0]):
        r = p.open_routes[x]
        if not may_visit(p, s, r, i):
            continue
        s.touched[0] = r
        s.candidate[0, 0] = i
        s.candidates[0] = 1
        find_offer(p, s, first)
        if s.offer[0] > best:
            best, chosen = s.offer[0], r
    if chosen < 0:
        return False
    s.touched[0] = chosen
    s.candidate[0, 0] = i
    find_offer(p, s, first)
    return take_offer(p, s, first)


@kernel
def fill_date(p: Problem, s: State, d: int, quota: int) -> None:
    """Fill the routes of one date greedily, a team at a time."""
    s.clock[t.REMOVED] = 0
    first = whole(0)
    for k in range(p.team.shape[0]):
        r = k * p.number[t.DATES] + d
        if p.works[r] == 0:
            continue
        keep_route(p, s, r)
        gather(p, s, first, r, quota)
        if fill(p, s, first):
            stretch(p, s, r)
            keep_changes(s)
        else:
            undo(p, s)


@kernel
def win_of_day(p: Problem, s: State, r: int, q: int, quota: int) -> float:
    """What the score wins by filling a route in an outfit; the plan stays as it was."""
    before = score(p, s)
    keep_route(p, s, r)
    wear(p, s, r, q)
    gather(p, s, whole(0), r, quota)
    filled = fill(p, s, whole(0))
    won = score(p, s) - before
    undo(p, s)
    return won if filled else 0.0


def hand_out(arrays: Arrays, problem: Problem, state: State, d: int) -> None:
    """Give the kits of a date to the teams whose day they make better by most, as the plan stands."""
    a, p, s = arrays, problem, state
    s.clock[t.REMOVED] = 0
    gains: dict[int, float] = {}
    for k in range(a.teams):
        r = k * a.dates + d
        drawable = [q for q in range(p.kit_ptr[k], p.kit_ptr[k + 1]) if p.may_draw[q, d]]
        # What a team carries on a trip does not change from one date to the next.
        if drawable and not is_away(p, s, r):
            without = win_of_day(p, s, r, k, FIRST_QUOTA)
            gains |= {q: win_of_day(p, s, r, q, FIRST_QUOTA) - without for q in drawable}
    for q in sorted(gains, key=lambda q: -gains[q]):
        r = int(a.outfit_team[q]) * a.dates + d
        if gains[q] <= 0.0 or (a.outfit_draws[q] > s.kit_left[: len(a.pool_count), d]).any() or s.outfit[r] >= a.teams:
            continue
        keep_route(p, s, r)
        wear(p, s, r, q)
        if p.number[t.BUDGET] >= 0 and spent(p, s) > p.number[t.BUDGET]:
            undo(p, s)
        else:
            keep_changes(s)


@kernel
def settle(p: Problem, s: State) -> None:
    """Call the present plan the best, whatever came before."""
    s.clock[t.TOUCHED] = 0
    for r in range(s.stops.shape[0]):
        s.dirty[r] = r
        s.is_dirty[r] = 1
    s.clock[t.DIRTY] = s.stops.shape[0]
    save_best(s)
    s.count_of[t.BEST_VALUE] = value(p, s)
    s.count_of[t.BEST_ACTIVATIONS] = s.total[t.ACTIVATIONS]
    s.heat[t.CURRENT] = s.heat[t.BEST] = score(p, s)


def construct(
    arrays: Arrays, problem: Problem, state: State, *, should_stop: Callable[[], bool] = lambda: False
) -> None:
    """Fill an empty state with a first plan; stopped early, the plan is smaller and still feasible."""
    state.tune[t.RANKING], state.tune[t.BLINK], state.tune[t.SHARE] = t.BY_RATE, 0.0, 1.0
    place_pins(arrays, problem, state)
    complete_events(problem, state)
    if arrays.weight_moved > 0:
        place_visits(arrays, problem, state, arrays.published, pinned=False)
    place_musts(arrays, problem, state, should_stop=should_stop)
    for d in range(arrays.dates):
        if should_stop():
            break
        if problem.number[t.KITTED] > 0:
            hand_out(arrays, problem, state, d)
        fill_date(problem, state, d, FIRST_QUOTA)
    settle(problem, state)


def place_musts(
    arrays: Arrays, problem: Problem, state: State, *, should_stop: Callable[[], bool] = lambda: False
) -> None:
    """Insert the must-visits that are missed, events with all the teams they need; what is half stays in no plan."""
    for i in np.flatnonzero(arrays.must):
        if state.book[i, t.VISITS] == 0 and problem.number[t.W_MUST] > 0 and not should_stop():
            for _ in range(int(arrays.min_teams[i])):
                place_must(problem, state, int(i))
    call_off_halves(problem, state)


def call_off_halves(problem: Problem, state: State) -> None:
    """Drop the visits to events that have fewer teams than they need, a few routes at a time."""
    before = -1
    while state.total[t.HALF] > 0 and state.total[t.HALF] != before:
        before = int(state.total[t.HALF])
        call_off(problem, state)
        keep_changes(state)


def complete_events(problem: Problem, state: State) -> None:
    """Send other teams to events with pinned visits, as many as these need; the pins of one that too few can join go.

    Whoever goes gives up what else was planned on the date, if need be.
    """
    p, s, dates = problem, state, int(problem.number[t.DATES])
    if s.total[t.HALF] == 0:
        return
    s.tune[t.BLINK], s.tune[t.SHARE] = 0.0, 1.0
    rows = [(r, q, int(s.stop[r, q, t.SITE])) for r in np.flatnonzero(s.stops).tolist() for q in range(s.stops[r])]
    pinned = [(i, r % dates, r) for r, q, i in rows if s.stop[r, q, t.PIN] >= 0]
    wanted = p._replace(site=p.site.copy(), number=p.number.copy())
    # Somebody goes even where nothing but the pin is won.
    wanted.number[t.W_MUST] = max(p.number[t.W_MUST], p.number[t.W_PIN])
    for i, d in sorted({(i, d) for i, d, _ in pinned}):
        needed = int(p.site[i, t.MIN_TEAMS])
        wanted.site[i, t.MUST] = 1
        while s.on[i, d, t.TEAMS_ON] < needed and _join(wanted, s, i, d):
            pass
        wanted.site[i, t.MUST] = p.site[i, t.MUST]
        if s.on[i, d, t.TEAMS_ON] < needed:
            for r in (r for other, date, r in pinned if (other, date) == (i, d)):
                s.stop[r, position_of(s, r, i), t.PIN] = -1
                s.total[t.PINS_MISSED] += 1
    call_off_halves(p, s)


def _join(p: Problem, s: State, i: int, d: int) -> bool:
    """Send one team more to a site on a date: one with room for it, else the one that gives up least; False if none."""
    routes = p.open_routes[p.open_routes % p.number[t.DATES] == d]
    if len(routes) and place_must(p._replace(open_routes=routes), s, i):
        return True
    for r in sorted(routes.tolist(), key=lambda r: (int(s.stop[r, : s.stops[r], t.CAPACITY].sum()), r)):
        if not s.stops[r] or not may_visit(p, s, r, i):
            continue
        keep_route(p, s, r)
        clear(p, s, r)
        s.clock[t.REMOVED] = 0
        fits = schedule(p, s, r) and place_must(p._replace(open_routes=np.array([r], dtype=np.int64)), s, i)
        if fits and (p.number[t.BUDGET] < 0 or spent(p, s) <= p.number[t.BUDGET]):
            keep_changes(s)
            return True
        undo(p, s)
    return False


def place_pins(arrays: Arrays, problem: Problem, state: State) -> None:
    """Put the pins into the plan with the nights and rides that they need, over other sites where need be."""
    for journey in arrays.standing.journeys():
        enter_journey(problem, state, journey)
    rows = arrays.pins if arrays.is_straight else enter_pinned_days(arrays, problem, state)
    place_visits(arrays, problem, state, rows, pinned=True)


def enter_journey(problem: Problem, state: State, journey: Journey) -> bool:
    """Enter days that nights tie together, whole; False, with nothing changed, if they do not fit as they stand."""
    p, s, dates = problem, state, int(problem.number[t.DATES])
    days = [(k * dates + d, after, stops) for (k, d, _, after), stops in journey]
    if any(s.stops[r] > 0 or is_away(p, s, r) or p.works[r] == 0 for r, _, _ in days):
        return False
    beds = [(p.number[t.POOLS] + after, r % dates) for r, after, _ in days if after >= 0]
    fits = all(s.kit_left[bed] > 0 for bed in beds)
    for r, after, _ in days:
        if fits and after >= 0:
            sleep(p, s, r, after)
    pins = 0
    for r, _, stops in days:
        entered = 0
        for i, minutes, start, is_held, pinned in stops.tolist():
            fits = fits and may_visit(p, s, r, i) and s.stops[r] < s.stop.shape[1]
            if fits:
                insert_stop(p, s, r, entered, i, minutes, start if is_held else -1)
                entered, pins = entered + 1, pins + pinned
        fits = fits and schedule(p, s, r)
    if fits and (p.number[t.BUDGET] < 0 or spent(p, s) <= p.number[t.BUDGET]):
        s.total[t.PINS_MISSED] -= pins
        return True
    for r, _, _ in days:
        for q in range(int(s.stops[r]) - 1, -1, -1):
            remove_stop(p, s, r, q)
        s.clock[t.REMOVED] = 0
    for r, _, _ in days:
        sleep(p, s, r, -1)
        schedule(p, s, r)
    return False


def place_visits(arrays: Arrays, problem: Problem, state: State, rows: Iterable[Ints], *, pinned: bool) -> int:
    """Put visits (rows of team, date, site, start, minutes) into the plan in order; returns how many found room."""
    placed = 0
    for k, d, i, start, minutes in sorted(tuple(int(v) for v in row) for row in rows):
        fixed = int(arrays.fixed[i])
        if not pinned and (minutes != fixed if fixed >= 0 else minutes <= 0 or minutes % arrays.slot_minutes):
            minutes = fixed if fixed >= 0 else arrays.slot_minutes
        if place_visit(problem, state, k * arrays.dates + d, i, start, minutes, pinned):
            placed += 1
            if pinned:
                state.total[t.PINS_MISSED] -= 1
    return placed


def read_trips(arrays: Arrays, state: State, *, best: bool = True) -> Ints:
    """Return the days away of the best (or present) plan as rows of outfit, date, lodging before and after (-1: base).

    In order of team and date, days without a stop among them.
    """
    routes = np.arange(len(state.stops))
    night = state.night[t.BEST_NIGHT if best else t.NOW, : len(routes)]
    outfit = state.best_outfit if best else state.outfit
    before = np.where(routes % max(1, arrays.dates) > 0, np.roll(night, 1), -1)
    rows = np.stack((outfit, routes % max(1, arrays.dates), before, night), axis=1)
    return np.asarray(rows[(before >= 0) | (night >= 0)], dtype=np.int32)


def read_off(arrays: Arrays, state: State, *, best: bool = True) -> Ints:
    """Return the visits of the best (or present) plan as rows of outfit, date, site, start, minutes, in order.

    Where there are several documents, the operator-minutes for each of them follow.
    """
    stop, count = (state.best, state.best_count) if best else (state.stop, state.stops)
    outfit = state.best_outfit if best else state.outfit
    documents = len(arrays.documents.worth)
    work = slice(t.STOP_COLUMNS, t.STOP_COLUMNS + documents)
    rows = [
        (outfit[r], r % arrays.dates, stop[r, q, 0], stop[r, q, 2], stop[r, q, 1], *stop[r, q, work])
        for r in np.flatnonzero(count)
        for q in range(count[r])
    ]
    return np.array(rows, dtype=np.int32).reshape(len(rows), 5 + documents)
