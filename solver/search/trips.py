"""Sends teams away for some nights, and calls them home: a trip is worth nothing until it is whole.

No insertion of one stop finds a trip. So whole ones are sent, at once with all that is done on them; others are made
longer or shorter at either end, or sleep elsewhere (Divsalar, Vansteenwegen and Cattrysse 2013 move hotels likewise).
"""

# mypy: disable-error-code="no-any-return"

import numpy as np

from solver.numeric.compilation import kernel
from solver.search import tables as t
from solver.search.books import sleep
from solver.search.days import first_of_trip, is_away, is_resting, last_of_trip, sleeps_as_pinned
from solver.search.document_books import people_left
from solver.search.kits import wear
from solver.search.random_numbers import random_below, random_unit
from solver.search.route import schedule
from solver.search.ruin import clear, make_way, mend, touch
from solver.search.tables import Problem, State, whole

# How likely a trip that is sent goes on for one more night.
ONE_MORE = 0.85


@kernel
def lay(p: Problem, s: State, r: int) -> bool:
    """Schedule an empty day, by rides where there is no other way; False if there is none at all."""
    return schedule(p, s, r) or make_way(p, s, r)


@kernel
def empty_day(p: Problem, s: State, r: int) -> bool:
    """Take all out of a team-day; False if a pin stays, or too many routes are touched already."""
    if not touch(p, s, r):
        return False
    clear(p, s, r)
    return s.stops[r] == 0


@kernel
def call_home(p: Problem, s: State, r: int) -> bool:
    """End the trip that a team-day belongs to: no nights, nothing done on its days; False if it cannot be."""
    first, last = first_of_trip(p, s, r), last_of_trip(p, s, r)
    for x in range(first, last + 1):
        if sleeps_as_pinned(s, x) or not touch(p, s, x):
            return False
        clear(p, s, x)
    for x in range(first, last):
        sleep(p, s, x, whole(-1))
    for x in range(first, last + 1):
        wear(p, s, x, whole(x // p.number[t.DATES]))
        if not schedule(p, s, x):
            return False
    return True


@kernel
def give_rest(p: Problem, s: State, last: int) -> bool:
    """Empty the days on which a team rests after a trip that ends with the day `last`; False if it cannot be."""
    dates = p.number[t.DATES]
    rest = p.team[last // dates, t.REST]
    for x in range(last + 1, (last // dates + 1) * dates):
        if p.ordinal[x % dates] - p.ordinal[last % dates] > rest:
            break
        if is_away(p, s, x) and not call_home(p, s, x):
            return False
        if s.stops[x] > 0:
            if not empty_day(p, s, x):
                return False
            schedule(p, s, x)
    return True


@kernel
def has_bed(p: Problem, s: State, h: int, first: int, last: int) -> bool:
    """Whether a lodging has a bed more after each team-day from `first` to the one before `last`."""
    for x in range(first, last):
        if s.night[t.NOW, x] != h and s.kit_left[p.number[t.POOLS] + h, x % p.number[t.DATES]] <= 0:
            return False
    return True


@kernel
def lodging_near(p: Problem, s: State, i: int, first: int, last: int) -> int:
    """A lodging near a site with a bed for all nights from `first` to before `last`, rather the nearest; else -1."""
    teams = p.team.shape[0]
    chosen, nearest = whole(-1), np.inf
    for h in range(p.number[t.LODGINGS]):
        if not has_bed(p, s, h, first, last):
            continue
        far = (1 + p.out_minutes[teams + h, i] + p.home_minutes[teams + h, i]) * (0.3 + random_unit(s.rng))
        if far < nearest:
            chosen, nearest = whole(h), far
    return chosen


@kernel
def site_in_need(p: Problem, s: State) -> int:
    """A site at which many people are left, of a few random ones."""
    i = random_below(s.rng, p.people.shape[0])
    for _ in range(3):
        j = random_below(s.rng, p.people.shape[0])
        if people_left(p, s, j) > people_left(p, s, i):
            i = j
    return i


@kernel
def outfit_for(p: Problem, s: State, first: int, last: int) -> int:
    """What a team could carry all the way from one team-day to another; its kits stay with it."""
    k, dates, draws = first // p.number[t.DATES], p.number[t.DATES], p.number[t.DRAWS_AT]
    if p.kit_ptr[k] == p.kit_ptr[k + 1] or random_below(s.rng, 2) == 0:
        return whole(k)
    q = p.kit_ptr[k] + random_below(s.rng, p.kit_ptr[k + 1] - p.kit_ptr[k])
    for x in range(first, last + 1):
        if p.may_draw[q, x % dates] == 0:
            return whole(k)
        for pool in range(p.number[t.POOLS]):
            if s.kit_left[pool, x % dates] + p.outfit[s.outfit[x], draws + pool] < p.outfit[q, draws + pool]:
                return whole(k)
    return whole(q)


@kernel
def can_wear(p: Problem, s: State, r: int, q: int) -> bool:
    """Whether enough is left on a date for a route to carry the kits of an outfit."""
    d, draws = r % p.number[t.DATES], p.number[t.DRAWS_AT]
    if p.may_draw[q, d] == 0:
        return False
    for pool in range(p.number[t.POOLS]):
        if s.kit_left[pool, d] + p.outfit[s.outfit[r], draws + pool] < p.outfit[q, draws + pool]:
            return False
    return True


@kernel
def length_of_trip(p: Problem, s: State, first: int) -> int:
    """A random last day of a trip that begins with a team-day, within what the team may be away; itself if none."""
    dates = p.number[t.DATES]
    k, last = first // dates, first
    while last % dates + 1 < dates and p.works[last + 1] == 1:
        if p.ordinal[(last + 1) % dates] - p.ordinal[first % dates] > p.team[k, t.MOST_NIGHTS]:
            break
        if last > first and random_unit(s.rng) > ONE_MORE:
            break
        last += 1
    return last


@kernel
def send(p: Problem, s: State, first: int, last: int) -> bool:
    """Send a team away from one team-day to another, near a site where many are left; False if it cannot be."""
    for x in range(first, last + 1):
        if is_away(p, s, x) and not call_home(p, s, x):
            return False
    if is_resting(p, s, first):
        return False
    h = lodging_near(p, s, site_in_need(p, s), first, last)
    if h < 0:
        return False
    for x in range(first, last + 1):
        if not touch(p, s, x):
            return False
        clear(p, s, x)
    q = outfit_for(p, s, first, last)
    for x in range(first, last + 1):
        wear(p, s, x, q)
    for x in range(first, last):
        sleep(p, s, x, h)
    for x in range(first, last + 1):
        if not lay(p, s, x):
            return False
    return give_rest(p, s, last)


@kernel
def send_somebody(p: Problem, s: State) -> bool:
    """Send a random team away from a random date on; where it rests then, a little later."""
    dates = p.number[t.DATES]
    first = p.open_routes[random_below(s.rng, p.open_routes.shape[0])]
    for _ in range(8):
        if p.team[first // dates, t.MOST_NIGHTS] > 0:
            break
        first = p.open_routes[random_below(s.rng, p.open_routes.shape[0])]
    for _ in range(3):
        if first % dates + 1 < dates and (p.works[first] == 0 or is_resting(p, s, first)):
            first += 1
    if p.works[first] == 0:
        return True
    last = length_of_trip(p, s, first)
    return last == first or send(p, s, first, last)


@kernel
def trip_of_somebody(p: Problem, s: State) -> int:
    """A random team-day that ends away, or -1 if none was met."""
    for _ in range(16):
        r = p.open_routes[random_below(s.rng, p.open_routes.shape[0])]
        if s.night[t.NOW, r] >= 0:
            return whole(r)
    return whole(-1)


@kernel
def bed_for(p: Problem, s: State, r: int, h: int) -> int:
    """Lodging h, or one near a random stop of a team-day or of the next one, or near a site in need; -1 if none."""
    if h >= 0 and random_unit(s.rng) < 0.6 and has_bed(p, s, h, r, r + 1):
        return h
    near = r + random_below(s.rng, 2)
    if s.stops[near] > 0 and random_unit(s.rng) < 0.7:
        i = s.stop[near, random_below(s.rng, s.stops[near]), t.SITE]
    else:
        i = site_in_need(p, s)
    return lodging_near(p, s, i, r, r + 1)


@kernel
def stay_longer(p: Problem, s: State, r: int) -> bool:
    """Let the team come back a date later from the trip of a team-day; False if it cannot be."""
    dates = p.number[t.DATES]
    first, last = first_of_trip(p, s, r), last_of_trip(p, s, r)
    new = last + 1
    if last % dates + 1 >= dates or p.works[new] == 0 or is_away(p, s, new):
        return False
    if p.ordinal[new % dates] - p.ordinal[first % dates] > p.team[r // dates, t.MOST_NIGHTS]:
        return False
    if not can_wear(p, s, new, s.outfit[last]):
        return False
    h = bed_for(p, s, last, s.night[t.NOW, last - 1])
    if h < 0 or not touch(p, s, last) or not touch(p, s, new):
        return False
    clear(p, s, new)
    wear(p, s, new, s.outfit[last])
    sleep(p, s, last, h)
    mend(p, s, last)
    mend(p, s, new)
    return s.clock[t.FAILED] == 0 and give_rest(p, s, new)


@kernel
def leave_earlier(p: Problem, s: State, r: int) -> bool:
    """Let the team leave a date earlier for the trip of a team-day; False if it cannot be."""
    dates = p.number[t.DATES]
    first, last = first_of_trip(p, s, r), last_of_trip(p, s, r)
    new = first - 1
    if first % dates == 0 or p.works[new] == 0 or is_away(p, s, new) or is_resting(p, s, new):
        return False
    if p.ordinal[last % dates] - p.ordinal[new % dates] > p.team[r // dates, t.MOST_NIGHTS]:
        return False
    if not can_wear(p, s, new, s.outfit[first]):
        return False
    h = bed_for(p, s, new, s.night[t.NOW, first])
    if h < 0 or not touch(p, s, new) or not touch(p, s, first):
        return False
    wear(p, s, new, s.outfit[first])
    sleep(p, s, new, h)
    mend(p, s, new)
    mend(p, s, first)
    return s.clock[t.FAILED] == 0


@kernel
def come_back_earlier(p: Problem, s: State, r: int) -> bool:
    """Let the team come back a date earlier from the trip of a team-day; False if it cannot be."""
    first, last = first_of_trip(p, s, r), last_of_trip(p, s, r)
    if last - first == 1:
        return call_home(p, s, r)
    if sleeps_as_pinned(s, last - 1) or not touch(p, s, last - 1) or not empty_day(p, s, last):
        return False
    sleep(p, s, last - 1, whole(-1))
    wear(p, s, last, whole(r // p.number[t.DATES]))
    mend(p, s, last - 1)
    mend(p, s, last)
    return s.clock[t.FAILED] == 0 and give_rest(p, s, last - 1)


@kernel
def leave_later(p: Problem, s: State, r: int) -> bool:
    """Let the team leave a date later for the trip of a team-day; False if it cannot be."""
    first, last = first_of_trip(p, s, r), last_of_trip(p, s, r)
    if last - first == 1:
        return call_home(p, s, r)
    if sleeps_as_pinned(s, first) or not touch(p, s, first) or not touch(p, s, first + 1):
        return False
    sleep(p, s, first, whole(-1))
    mend(p, s, first)
    mend(p, s, first + 1)
    return s.clock[t.FAILED] == 0


@kernel
def sleep_elsewhere(p: Problem, s: State, r: int) -> bool:
    """Let the team sleep at another lodging after a team-day; False if it cannot be."""
    if sleeps_as_pinned(s, r):
        return False
    h = bed_for(p, s, r, whole(-1))
    if h < 0 or h == s.night[t.NOW, r] or not touch(p, s, r) or not touch(p, s, r + 1):
        return False
    sleep(p, s, r, h)
    if random_below(s.rng, 2) == 0:
        clear(p, s, r)
        clear(p, s, r + 1)
    mend(p, s, r)
    mend(p, s, r + 1)
    return s.clock[t.FAILED] == 0


@kernel
def dress_trip(p: Problem, s: State, r: int) -> bool:
    """Give the team of a trip other kits for all of it, or none; False if it cannot be."""
    first, last = first_of_trip(p, s, r), last_of_trip(p, s, r)
    q = outfit_for(p, s, first, last)
    if q == s.outfit[first]:
        return False
    for x in range(first, last + 1):
        if not touch(p, s, x):
            return False
        wear(p, s, x, q)
        clear(p, s, x)
        mend(p, s, x)
    return s.clock[t.FAILED] == 0


@kernel
def move_trip(p: Problem, s: State) -> None:
    """Change the trip of a random team, or send one; the routes that it touches are filled again by the caller."""
    draw = random_unit(s.rng)
    r = trip_of_somebody(p, s)
    if r < 0 or draw < 0.4:
        done = send_somebody(p, s)
    elif draw < 0.5:
        done = send(p, s, first_of_trip(p, s, r), last_of_trip(p, s, r))
    elif draw < 0.58:
        done = stay_longer(p, s, r)
    elif draw < 0.66:
        done = leave_earlier(p, s, r)
    elif draw < 0.73:
        done = come_back_earlier(p, s, r)
    elif draw < 0.8:
        done = leave_later(p, s, r)
    elif draw < 0.92:
        done = sleep_elsewhere(p, s, r)
    elif draw < 0.95 and p.number[t.KITTED] > 0:
        done = dress_trip(p, s, r)
    else:
        done = call_home(p, s, r)
    if not done:
        s.clock[t.FAILED] = 1
