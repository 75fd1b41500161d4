"""What a step has changed, to be taken back, kept, remembered, or held against the best plan."""

# mypy: disable-error-code="no-any-return"

from solver.numeric.compilation import kernel
from solver.search import tables as t
from solver.search.books import book_load, book_night, count_day, dress, enter_visit, strike_visit
from solver.search.days import is_day
from solver.search.document_books import enter_shares, strike_shares
from solver.search.route import schedule
from solver.search.tables import Problem, State


@kernel
def keep_route(p: Problem, s: State, r: int) -> int:
    """Remember a route as it was at the last decision; returns its place among the touched ones."""
    row = s.touched_at[r]
    if row >= 0:
        return row
    row = s.clock[t.TOUCHED]
    s.clock[t.TOUCHED] += 1
    s.touched[row] = r
    s.touched_at[r] = row
    for q in range(s.stops[r]):
        for c in range(t.STOP_COLUMNS):
            s.kept[row, q, c] = s.stop[r, q, c]
        if len(p.several) > 0:
            for c in range(t.STOP_COLUMNS, s.stop.shape[2]):
                s.kept[row, q, c] = s.stop[r, q, c]
    s.kept_count[row] = s.stops[r]
    s.kept_metres[row] = s.route_metres[r]
    s.kept_load[row] = s.route_load[r]
    s.kept_outfit[row] = s.outfit[r]
    s.night[t.KEPT_NIGHT, row] = s.night[t.NOW, r]
    return row


@kernel
def undo(p: Problem, s: State) -> None:
    """Restore every touched route as it was at the last decision."""
    for row in range(s.clock[t.TOUCHED]):
        r = s.touched[row]
        for q in range(s.stops[r]):
            strike_visit(p, s, r, s.stop[r, q, t.SITE], s.stop[r, q, t.CAPACITY])
            if len(p.several) > 0:
                strike_shares(p, s, r, q)
        if is_day(p, s, r):
            count_day(p, s, r, -1)
    if p.number[t.LODGINGS] > 0:
        for row in range(s.clock[t.TOUCHED]):
            book_night(p, s, s.touched[row], s.night[t.KEPT_NIGHT, row])
    for row in range(s.clock[t.TOUCHED]):
        r = s.touched[row]
        dress(p, s, r, s.kept_outfit[row])
        for q in range(s.kept_count[row]):
            for c in range(t.STOP_COLUMNS):
                s.stop[r, q, c] = s.kept[row, q, c]
            enter_visit(p, s, r, s.stop[r, q, t.SITE], s.stop[r, q, t.CAPACITY])
            if len(p.several) > 0:
                for c in range(t.STOP_COLUMNS, s.stop.shape[2]):
                    s.stop[r, q, c] = s.kept[row, q, c]
                enter_shares(p, s, r, q)
        s.stops[r] = s.kept_count[row]
        if is_day(p, s, r):
            count_day(p, s, r, 1)
        s.total[t.METRES] += s.kept_metres[row] - s.route_metres[r]
        s.route_metres[r] = s.kept_metres[row]
        if p.number[t.W_FAIR] > 0:
            book_load(p, s, r, s.kept_load[row])
        s.touched_at[r] = -1
    s.clock[t.TOUCHED] = 0


@kernel
def keep_changes(s: State) -> None:
    """Make the changed routes the new present; they now differ from the best plan."""
    for row in range(s.clock[t.TOUCHED]):
        r = s.touched[row]
        s.touched_at[r] = -1
        if s.is_dirty[r] == 0:
            s.is_dirty[r] = 1
            s.dirty[s.clock[t.DIRTY]] = r
            s.clock[t.DIRTY] += 1
    s.clock[t.TOUCHED] = 0


@kernel
def log_changes(s: State) -> None:
    """Write the touched routes down for the pool, as long as there is room."""
    for row in range(s.clock[t.TOUCHED]):
        r, x = s.touched[row], s.count_of[t.LOGGED]
        if x >= s.log.shape[0]:
            return
        if s.stops[r] == 0:
            continue
        s.log[x, t.LOGGED_ROUTE] = r
        s.log[x, t.LOGGED_STOPS] = s.stops[r]
        s.log[x, t.LOGGED_OUTFIT] = s.outfit[r]
        for q in range(s.stops[r]):
            s.log_stop[x, q, 0] = s.stop[r, q, t.SITE]
            s.log_stop[x, q, 1] = s.stop[r, q, t.START]
            s.log_stop[x, q, 2] = s.stop[r, q, t.MINUTES]
        s.count_of[t.LOGGED] += 1


@kernel
def save_best(s: State) -> None:
    """Copy the routes that differ into the best plan."""
    for x in range(s.clock[t.DIRTY]):
        r = s.dirty[x]
        s.is_dirty[r] = 0
        s.best_count[r] = s.stops[r]
        s.best_outfit[r] = s.outfit[r]
        s.night[t.BEST_NIGHT, r] = s.night[t.NOW, r]
        for q in range(s.stops[r]):
            for c in range(t.STOP_COLUMNS):
                s.best[r, q, c] = s.stop[r, q, c]
            for c in range(t.STOP_COLUMNS, s.stop.shape[2]):
                s.best[r, q, c] = s.stop[r, q, c]
    s.clock[t.DIRTY] = 0


@kernel
def load_best(p: Problem, s: State) -> None:
    """Go back to the best plan."""
    for x in range(s.clock[t.DIRTY]):
        r = s.dirty[x]
        for q in range(s.stops[r]):
            strike_visit(p, s, r, s.stop[r, q, t.SITE], s.stop[r, q, t.CAPACITY])
            if len(p.several) > 0:
                strike_shares(p, s, r, q)
        if is_day(p, s, r):
            count_day(p, s, r, -1)
        s.stops[r] = 0
    if p.number[t.LODGINGS] > 0:
        for x in range(s.clock[t.DIRTY]):
            book_night(p, s, s.dirty[x], s.night[t.BEST_NIGHT, s.dirty[x]])
    for x in range(s.clock[t.DIRTY]):
        r = s.dirty[x]
        s.is_dirty[r] = 0
        dress(p, s, r, s.best_outfit[r])
        s.stops[r] = s.best_count[r]
        for q in range(s.stops[r]):
            for c in range(t.STOP_COLUMNS):
                s.stop[r, q, c] = s.best[r, q, c]
            enter_visit(p, s, r, s.stop[r, q, t.SITE], s.stop[r, q, t.CAPACITY])
            if len(p.several) > 0:
                for c in range(t.STOP_COLUMNS, s.stop.shape[2]):
                    s.stop[r, q, c] = s.best[r, q, c]
                enter_shares(p, s, r, q)
        if is_day(p, s, r):
            count_day(p, s, r, 1)
        schedule(p, s, r)
    s.clock[t.DIRTY] = 0
