"""The way it is done without a solver: largest headcount first, nearest free team, the first date that fits."""

from dataclasses import dataclass

import numpy as np

from solver.numeric.arrays import Arrays
from solver.numeric.kinds import Bools, Ints, Longs
from solver.search import tables as t
from solver.search.construct import place_visit, place_visits, read_off, settle
from solver.search.empty_plan import blank
from solver.search.posing import pose
from solver.search.tables import Problem, State

# Nobody sends a team for less than an hour while another date or team has more time.
WORTHWHILE_MINUTES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """The plan so far: per team and date when the team is free, and at which site (-1: at its base)."""

    arrays: Arrays
    problem: Problem
    state: State
    free_at: Longs
    place: Longs

    def note_day(self, team: int, date: int) -> None:
        """Write down where and when a team ends its day."""
        r = team * self.arrays.dates + date
        stops = int(self.state.stops[r])
        if stops:
            last = self.state.stop[r, stops - 1]
            self.place[team, date] = last[t.SITE]
            self.free_at[team, date] = last[t.START] + self.arrays.setup[last[t.SITE]] + last[t.MINUTES]


def plan_by_hand(arrays: Arrays) -> tuple[Ints, int]:
    """Plan as a careful planner does; returns rows of team, date, site, start, minutes, and the value in milli.

    Pinned visits come first, then must-visits, then sites by headcount. A site gets the first open date on which
    a team is free, the nearest of them, at the end of that team's day, for as long as people, window and shift
    allow; and so on until its people, dates or teams are used up, or the gap is closed.
    """
    a = arrays
    problem = pose(a)
    state = blank(a, problem, seed=0)
    place_visits(a, problem, state, a.pins, pinned=True)
    free_at = np.repeat(a.shift_start[:, None].astype(np.int64), a.dates, axis=1)
    sheet = _Sheet(arrays=a, problem=problem, state=state, free_at=free_at, place=np.full((a.teams, a.dates), -1))
    for k in range(a.teams):
        for d in range(a.dates):
            sheet.note_day(k, d)
    for i in np.lexsort((-a.people, ~a.must)).tolist():
        for worthwhile in (WORTHWHILE_MINUTES, 1):
            while _visit(sheet, i, worthwhile=worthwhile):
                pass
    settle(problem, state)
    return read_off(a, state), int(state.count_of[t.BEST_VALUE])


def _visit(sheet: _Sheet, i: int, *, worthwhile: int) -> bool:
    """Add one visit to a site; False if nothing worth the way is possible."""
    a, state = sheet.arrays, sheet.state
    left = int(a.people[i] - state.book[i, t.SERVED])
    owed = bool(a.must[i]) and state.book[i, t.VISITS] == 0
    if not owed and (left <= 0 or state.total[t.ACTIVATIONS] >= a.gap):
        return False
    dates = np.flatnonzero(_open_dates(sheet, i))
    if not len(dates) or not a.teams:
        return False
    place = sheet.place[:, dates]
    travel = np.where(place < 0, a.out_minutes[:, i, None], a.minutes[place, i])
    start, room = _longest_stay(sheet, i, dates, sheet.free_at[:, dates] + travel)
    rate = a.rate_numerator[:, i] / a.rate_denominator
    if a.fixed[i] >= 0:
        minutes = np.where(room >= a.fixed[i], int(a.fixed[i]), 0)
        enough = room >= max(int(a.fixed[i]), 0)
    else:
        slots = np.ceil(max(left, 1) / np.maximum(rate, 1e-9) / a.slot_minutes - 1e-9)
        need = np.minimum(np.where(rate > 0, slots, 1), 10_000).astype(np.int64) * a.slot_minutes
        minutes = np.minimum(need[:, None], room // a.slot_minutes * a.slot_minutes)
        enough = (minutes > 0) & (minutes >= np.minimum(need[:, None], worthwhile))
    stops = state.stops.reshape(a.teams, a.dates)[:, dates]
    possible = enough & a.team_works[:, dates] & (stops < a.max_stops[:, None])
    possible &= ((rate > 0) | owed)[:, None]
    for x in np.flatnonzero(possible.any(axis=0)).tolist():
        d = int(dates[x])
        free = np.flatnonzero(possible[:, x])
        for k in free[np.argsort(travel[free, x], kind="stable")].tolist():
            r = k * a.dates + d
            if place_visit(sheet.problem, state, r, i, int(start[k, x]), int(minutes[k, x]), False):
                sheet.note_day(k, d)
                return True
    return False


def _open_dates(sheet: _Sheet, i: int) -> Bools:
    """Dates on which the site may get one more team, as far as the site is concerned."""
    a, here = sheet.arrays, sheet.state.on[i, :, t.TEAMS_ON]
    visited = np.flatnonzero(here)
    fresh = np.full(a.dates, len(visited) < a.max_visit_dates[i])
    for d in visited:
        fresh &= np.abs(a.date_ordinal - a.date_ordinal[d]) >= a.min_gap_days[i]
    possible: Bools = a.site_open[i] & (fresh | (here > 0)) & (here < a.max_teams[i])
    return possible


def _longest_stay(sheet: _Sheet, i: int, dates: Longs, ready: Longs) -> tuple[Longs, Longs]:
    """Start and service minutes of the longest stay in one window, for every team and each of the dates."""
    a = sheet.arrays
    home = (a.shift_end - a.home_minutes[:, i])[:, None]
    start, room = ready.copy(), np.full_like(ready, -1)
    for number in np.unique(a.window_set[i, dates]):
        columns = np.flatnonzero(a.window_set[i, dates] == number)
        for w in range(a.set_ptr[number], a.set_ptr[number + 1]):
            begin = np.maximum(ready[:, columns], a.set_open[w])
            stay = np.minimum(a.set_close[w], home) - begin - a.setup[i]
            longer = stay > room[:, columns]
            room[:, columns] = np.where(longer, stay, room[:, columns])
            start[:, columns] = np.where(longer, begin, start[:, columns])
    return start, room
