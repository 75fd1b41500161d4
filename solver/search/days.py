"""What a team-day is: where it begins and ends, within which hours, what counts as a stop. Places: teams, lodgings."""

# Plain loops compile to the fastest code, and numba gives its own types to what numpy's stubs call Any.
# mypy: disable-error-code="no-any-return"

from solver.numeric.compilation import kernel
from solver.search import tables as t
from solver.search.tables import Problem, State, whole


@kernel
def begins_at(p: Problem, s: State, k: int, d: int) -> int:
    """The place where the day of a team begins."""
    # Divisions are dear: nothing here asks a route for its team or date.
    if p.number[t.LODGINGS] > 0 and d > 0:
        slept = s.night[t.NOW, k * p.number[t.DATES] + d - 1]
        if slept >= 0:
            return p.team.shape[0] + slept
    return whole(k)


@kernel
def ends_at(p: Problem, s: State, k: int, d: int) -> int:
    """The place where the day of a team ends."""
    if p.number[t.LODGINGS] > 0:
        sleeps = s.night[t.NOW, k * p.number[t.DATES] + d]
        if sleeps >= 0:
            return p.team.shape[0] + sleeps
    return whole(k)


@kernel
def is_ride(p: Problem, i: int) -> bool:
    """Whether a site is a ride."""
    return i >= p.people.shape[0] - p.number[t.RIDES]


@kernel
def times_pinned(p: Problem, r: int, i: int) -> int:
    """How often a ride is pinned on a team-day; 0 for any other site."""
    pinned, times = r * p.people.shape[0] + i, whole(0)
    for x in range(p.number[t.PINNED_AT], p.number[t.PINNED_AT] + p.number[t.PINNED_RIDES]):
        if p.number[x] == pinned:
            times += 1
    return times


@kernel
def stays(p: Problem, s: State, r: int, q: int) -> bool:
    """Whether a stop is pinned: a visit with its start, a ride whenever it leaves."""
    if s.stop[r, q, t.PIN] >= 0:
        return True
    return p.number[t.PINNED_RIDES] > 0 and times_pinned(p, r, s.stop[r, q, t.SITE]) > 0


@kernel
def sleeps_as_pinned(s: State, r: int) -> bool:
    """Whether a team sleeps after a route where it is pinned to."""
    return s.night[t.NOW, r] >= 0 and s.night[t.NOW, r] == s.night[t.PINNED_NIGHT, r]


@kernel
def calls(p: Problem, s: State, r: int) -> int:
    """The stops of a route that count for the most that a team may make: all but rides."""
    count = s.stops[r]
    if p.number[t.RIDES] == 0:
        return count
    calling = whole(0)
    for q in range(count):
        if not is_ride(p, s.stop[r, q, t.SITE]):
            calling += 1
    return calling


@kernel
def is_full(p: Problem, s: State, r: int) -> bool:
    """Whether a route has all the stops that its team may make, or that there is room to remember."""
    return s.stops[r] >= s.stop.shape[1] or calls(p, s, r) >= p.team[r // p.number[t.DATES], t.MAX_STOPS]


@kernel
def is_away(p: Problem, s: State, r: int) -> bool:
    """Whether a team-day begins or ends away from base."""
    if p.number[t.LODGINGS] == 0:
        return False
    return s.night[t.NOW, r] >= 0 or (r % p.number[t.DATES] > 0 and s.night[t.NOW, r - 1] >= 0)


@kernel
def is_day(p: Problem, s: State, r: int) -> bool:
    """Whether a team is out on a date: it has stops, or begins or ends away."""
    return s.stops[r] > 0 or is_away(p, s, r)


@kernel
def opens_at(p: Problem, k: int, away: bool) -> int:
    """When a team may leave."""
    return p.team[k, t.AWAY_START] if away else p.team[k, t.SHIFT_START]


@kernel
def closes_at(p: Problem, k: int, d: int, away: bool) -> int:
    """By when a team must be where its day ends."""
    return (p.team[k, t.AWAY_END] if away else p.team[k, t.SHIFT_END]) - p.team[k, t.LOST_AT + d]


@kernel
def hours_at(p: Problem, k: int, i: int, d: int) -> int:
    """The number of the window list of a site on a date by the clock of a team; -1 where the site is closed."""
    window = p.window[i, d]
    return window if window < 0 else window + p.team[k, t.LOST_AT + p.number[t.DATES] + d]


@kernel
def is_resting(p: Problem, s: State, r: int) -> bool:
    """Whether a team rests on a date, after a trip."""
    dates = p.number[t.DATES]
    k, d = r // dates, r % dates
    rest = p.team[k, t.REST]
    if rest == 0 or p.number[t.LODGINGS] == 0:
        return False
    for back in range(d - 1, 0, -1):
        if p.ordinal[d] - p.ordinal[back] > rest:
            break
        if s.night[t.NOW, k * dates + back] < 0 and s.night[t.NOW, k * dates + back - 1] >= 0:
            return True
    return False


@kernel
def first_of_trip(p: Problem, s: State, r: int) -> int:
    """The team-day on which the trip began that a team-day belongs to; itself if it belongs to none."""
    while r % p.number[t.DATES] > 0 and s.night[t.NOW, r - 1] >= 0:
        r -= 1
    return r


@kernel
def last_of_trip(p: Problem, s: State, r: int) -> int:
    """The team-day on which the team comes back from the trip that a team-day belongs to; itself if to none."""
    while s.night[t.NOW, r] >= 0:
        r += 1
    return r
