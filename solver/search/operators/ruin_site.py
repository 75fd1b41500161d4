"""Operator: send several teams to one site at once, this problem's own."""

import numpy as np

from solver.numeric.compilation import kernel
from solver.search import tables as t
from solver.search.books import any_stop_at, is_half, may_visit
from solver.search.days import begins_at, ends_at
from solver.search.document_books import can_serve, people_left
from solver.search.random_numbers import random_below, random_unit
from solver.search.recreate import find_offer, take_offer
from solver.search.ruin import drop_visit, ruin_route, ruin_string
from solver.search.tables import Problem, State, whole


@kernel
def ruin_site(p: Problem, s: State) -> None:
    """Send one or several teams to one site on one date, dropping visits there that stand in the way.

    Large sites with few visit dates improve only when several routes of a date change at once.
    """
    dates, sites, teams = p.number[t.DATES], p.people.shape[0], p.team.shape[0]
    i = random_below(s.rng, sites)
    for _ in range(3):
        j = random_below(s.rng, sites)
        if people_left(p, s, j) > people_left(p, s, i):
            i = j
    d = random_below(s.rng, dates)
    for _ in range(8):
        if p.window[i, d] >= 0:
            break
        d = random_below(s.rng, dates)
    if p.window[i, d] < 0:
        return
    everything = random_unit(s.rng) < 0.3
    for x in range(s.book[i, t.VISITS] - 1, -1, -1):
        if x >= s.book[i, t.VISITS]:
            continue
        r = s.visit_route[p.visit_ptr[i] + x]
        other = r % dates
        crowded = s.on[i, d, t.TEAMS_ON] == 0 and s.book[i, t.VISIT_DATES] >= p.site[i, t.MAX_DATES]
        close = other != d and abs(p.ordinal[other] - p.ordinal[d]) < p.site[i, t.MIN_GAP]
        if everything or close or crowded:
            drop_visit(p, s, r, i)
    wanted = 1 + random_below(s.rng, max(1, min(p.site[i, t.MAX_TEAMS], 4)))
    wanted = max(wanted, p.site[i, t.MIN_TEAMS] - s.on[i, d, t.TEAMS_ON])
    emptied = random_unit(s.rng) < 0.5
    for _ in range(wanted):
        chosen, nearest = whole(-1), np.inf
        for k in range(teams):
            r = k * dates + d
            if p.works[r] == 0 or s.touched_at[r] >= 0:
                continue
            useless = not can_serve(p, s.outfit[r], i) and p.site[i, t.MUST] == 0
            if useless and not is_half(p, s, r, i):
                continue
            if any_stop_at(s, r, i):
                continue
            there, back = p.out_minutes[begins_at(p, s, k, d), i], p.home_minutes[ends_at(p, s, k, d), i]
            far = (there + back) * (0.2 + random_unit(s.rng))
            if far < nearest:
                chosen, nearest = r, far
        if chosen < 0:
            break
        if emptied or s.stops[chosen] == 0:
            ruin_route(p, s, chosen)
        else:
            ruin_string(p, s, chosen, random_below(s.rng, s.stops[chosen]))
        row = s.touched_at[chosen]
        if row < 0 or not may_visit(p, s, chosen, i):
            continue
        s.candidate[row, 0] = i
        s.candidates[row] = 1
        find_offer(p, s, row)
        if s.offer[row] > 0.0 and not take_offer(p, s, row):
            s.clock[t.FAILED] = 1
