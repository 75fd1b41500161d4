"""The books of a plan: who is served where, what that is worth, and what may be added."""

# Plain loops compile to the fastest code, and numba gives its own types to what numpy's stubs call Any.
# ruff: noqa: SIM110
# mypy: disable-error-code="no-any-return"

from solver.numeric.compilation import kernel
from solver.search import tables as t
from solver.search.days import is_day, is_resting, is_ride, times_pinned
from solver.search.document_books import score_of_documents, value_of_documents
from solver.search.tables import Problem, State, whole

# Minutes above a team's share, by the hour in which they lie: those past each step count so many times more.
AN_HOUR = 60
FIRST, SECOND, THIRD = 8 * 60, 16 * 60, 32 * 60
AT_ONCE, PAST_FIRST, PAST_SECOND, PAST_THIRD = 1, 2, 5, 12


@kernel
def recount(p: Problem, s: State, i: int) -> None:
    """Share the people of a site out over its visits in order of date, and carry the change into the totals."""
    left = p.people[i]
    lateness = 0
    for x in range(s.book[i, t.VISIT_DATES]):
        d = s.visit_dates[i, x]
        got = min(left, s.on[i, d, t.CAPACITY_ON])
        left -= got
        lateness += got * d
    served = p.people[i] - left
    change = served - s.book[i, t.SERVED]
    s.total[t.LATE] += lateness - s.book[i, t.LATENESS]
    s.book[i, t.LATENESS] = lateness
    if change != 0:
        s.book[i, t.SERVED] = served
        s.total[t.ACTIVATIONS] += change
        a = p.site[i, t.AREA]
        short = max(0, p.area_floor[a] - s.area_won[a])
        s.area_won[a] += change
        s.total[t.AREA_SHORT] += max(0, p.area_floor[a] - s.area_won[a]) - short


@kernel
def times_published(p: Problem, r: int, i: int) -> int:
    """How often the plan in force sends this team on this date to this site."""
    total = 0
    for x in range(p.published_ptr[r], p.published_ptr[r + 1]):
        if p.published[x] == i:
            total += 1
    return total


@kernel
def fare(p: Problem, i: int) -> int:
    """Rupiah for a team on a ride."""
    return p.number[p.number[t.FARE_AT] + i - p.people.shape[0] + p.number[t.RIDES]]


@kernel
def enter_visit(p: Problem, s: State, r: int, i: int, people: int) -> None:
    """Put a visit of `people` capacity into the books of its site."""
    d = r % p.number[t.DATES]
    if s.on[i, d, t.TEAMS_ON] == 0:
        x = s.book[i, t.VISIT_DATES]
        while x > 0 and s.visit_dates[i, x - 1] > d:
            s.visit_dates[i, x] = s.visit_dates[i, x - 1]
            x -= 1
        s.visit_dates[i, x] = d
        s.book[i, t.VISIT_DATES] += 1
    s.on[i, d, t.TEAMS_ON] += 1
    if p.event.shape[0] > 0 and p.site[i, t.MIN_TEAMS] > 1:
        s.total[t.HALF] += int(s.on[i, d, t.TEAMS_ON] == 1) - int(s.on[i, d, t.TEAMS_ON] == p.site[i, t.MIN_TEAMS])
    s.on[i, d, t.CAPACITY_ON] += people
    if s.book[i, t.VISITS] == 0 and p.site[i, t.MUST] == 1:
        s.total[t.MUST_MISSED] -= 1
    s.visit_route[p.visit_ptr[i] + s.book[i, t.VISITS]] = r
    s.book[i, t.VISITS] += 1
    if p.number[t.RIDES] > 0 and is_ride(p, i):
        s.total[t.ADDED_RUPIAH] += fare(p, i)
        s.total[t.PINS_MISSED] -= times_pinned(p, r, i)
    s.total[t.MOVED] -= times_published(p, r, i)
    recount(p, s, i)


@kernel
def strike_visit(p: Problem, s: State, r: int, i: int, people: int) -> None:
    """Take a visit of `people` capacity out of the books of its site."""
    d = r % p.number[t.DATES]
    if p.event.shape[0] > 0 and p.site[i, t.MIN_TEAMS] > 1:
        s.total[t.HALF] += int(s.on[i, d, t.TEAMS_ON] == p.site[i, t.MIN_TEAMS]) - int(s.on[i, d, t.TEAMS_ON] == 1)
    s.on[i, d, t.TEAMS_ON] -= 1
    s.on[i, d, t.CAPACITY_ON] -= people
    if s.on[i, d, t.TEAMS_ON] == 0:
        s.book[i, t.VISIT_DATES] -= 1
        x = 0
        while s.visit_dates[i, x] != d:
            x += 1
        for y in range(x, s.book[i, t.VISIT_DATES]):
            s.visit_dates[i, y] = s.visit_dates[i, y + 1]
    s.book[i, t.VISITS] -= 1
    if s.book[i, t.VISITS] == 0 and p.site[i, t.MUST] == 1:
        s.total[t.MUST_MISSED] += 1
    x = p.visit_ptr[i]
    while s.visit_route[x] != r:
        x += 1
    s.visit_route[x] = s.visit_route[p.visit_ptr[i] + s.book[i, t.VISITS]]
    if p.number[t.RIDES] > 0 and is_ride(p, i):
        s.total[t.ADDED_RUPIAH] -= fare(p, i)
        s.total[t.PINS_MISSED] += times_pinned(p, r, i)
    s.total[t.MOVED] += times_published(p, r, i)
    recount(p, s, i)


@kernel
def may_visit(p: Problem, s: State, r: int, i: int) -> bool:
    """A site takes so many teams a date, each once, on so many dates, so many days apart."""
    d = r % p.number[t.DATES]
    if p.window[i, d] < 0:
        return False
    if p.number[t.LODGINGS] > 0 and s.stops[r] == 0 and is_resting(p, s, r):
        return False
    if s.on[i, d, t.TEAMS_ON] > 0:
        if s.on[i, d, t.TEAMS_ON] >= p.site[i, t.MAX_TEAMS]:
            return False
        return not any_stop_at(s, r, i)
    dates = s.book[i, t.VISIT_DATES]
    if dates >= p.site[i, t.MAX_DATES] or p.site[i, t.MAX_TEAMS] < 1:
        return False
    for x in range(dates):
        if abs(p.ordinal[d] - p.ordinal[s.visit_dates[i, x]]) < p.site[i, t.MIN_GAP]:
            return False
    return True


@kernel
def begins_event(p: Problem, s: State, r: int, i: int) -> bool:
    """Whether a team-day would be the first at an event."""
    # Mostly there are no events, and nothing is to be looked up for them.
    if p.event.shape[0] == 0 or p.site[i, t.MIN_TEAMS] <= 1:
        return False
    return s.on[i, r % p.number[t.DATES], t.TEAMS_ON] == 0


@kernel
def is_half(p: Problem, s: State, r: int, i: int) -> bool:
    """Whether an event has some teams on the date of a team-day, and fewer than it needs."""
    if p.event.shape[0] == 0 or p.site[i, t.MIN_TEAMS] <= 1:
        return False
    return 0 < s.on[i, r % p.number[t.DATES], t.TEAMS_ON] < p.site[i, t.MIN_TEAMS]


@kernel
def any_stop_at(s: State, r: int, i: int) -> bool:
    """Whether a route stops at a site."""
    for q in range(s.stops[r]):
        if s.stop[r, q, t.SITE] == i:
            return True
    return False


@kernel
def cost(p: Problem, metres: int, team_days: int, added: int) -> int:
    """Rupiah for so many metres and team-days, and so many rupiah for kits, nights and fares."""
    return metres * p.number[t.PER_KM] // 1000 + team_days * p.number[t.PER_DAY] + added


@kernel
def spent(p: Problem, s: State) -> int:
    """Rupiah that the plan costs."""
    return cost(p, s.total[t.METRES], s.total[t.TEAM_DAYS], s.total[t.ADDED_RUPIAH])


@kernel
def count_day(p: Problem, s: State, r: int, days: int) -> None:
    """Count a team-day with its kit that begins to be one (1), or is none any more (-1)."""
    s.total[t.TEAM_DAYS] += days
    s.total[t.ADDED_RUPIAH] += days * p.outfit[s.outfit[r], t.KIT_PRICE]
    if p.number[t.W_SPREAD] > 0:
        s.points[p.team[r // p.number[t.DATES], t.CREW]] += days


@kernel
def book_night(p: Problem, s: State, r: int, h: int) -> None:
    """Write down at which lodging a team sleeps after a route (-1: at base); the caller counts the days anew."""
    d, old = r % p.number[t.DATES], s.night[t.NOW, r]
    if old == h:
        return
    nights = p.ordinal[d + 1] - p.ordinal[d]
    if old >= 0:
        s.total[t.ADDED_RUPIAH] -= nights * p.number[p.number[t.RUPIAH_AT] + old]
        s.kit_left[p.number[t.POOLS] + old, d] += 1
    if h >= 0:
        s.total[t.ADDED_RUPIAH] += nights * p.number[p.number[t.RUPIAH_AT] + h]
        s.kit_left[p.number[t.POOLS] + h, d] -= 1
    s.night[t.NOW, r] = h
    pinned = s.night[t.PINNED_NIGHT, r]
    if pinned >= 0:
        s.total[t.PINS_MISSED] += int(old == pinned) - int(h == pinned)
    if p.number[t.W_SPREAD] > 0:
        more = nights * (int(h >= 0) - int(old >= 0))
        s.points[p.team[r // p.number[t.DATES], t.CREW]] += p.number[t.NIGHT_POINTS] * more


@kernel
def sleep(p: Problem, s: State, r: int, h: int) -> None:
    """Have a team sleep at a lodging after a route, or at base (-1), and count both days that this may make days out.

    The caller has touched this route and the next one, and schedules both.
    """
    if s.night[t.NOW, r] == h:
        return
    for x in range(r, r + 2):
        if is_day(p, s, x):
            count_day(p, s, x, -1)
    book_night(p, s, r, h)
    for x in range(r, r + 2):
        if is_day(p, s, x):
            count_day(p, s, x, 1)


@kernel
def dress(p: Problem, s: State, r: int, q: int) -> None:
    """Put another outfit down for a route that is not counted, its kits drawn from what the date has left."""
    d = r % p.number[t.DATES]
    for x in range(p.number[t.POOLS]):
        column = p.number[t.DRAWS_AT] + x
        s.kit_left[x, d] += p.outfit[s.outfit[r], column] - p.outfit[q, column]
    s.outfit[r] = q


@kernel
def book_load(p: Problem, s: State, r: int, load: int) -> None:
    """Put the load of a route, in minutes, into the books of its team."""
    change = load - s.route_load[r]
    s.route_load[r] = load
    s.team_load[r // p.number[t.DATES]] += change
    s.total[t.LOAD] += change


@kernel
def unfairness(p: Problem, s: State) -> int:
    """Minutes of all teams above their shares of the load, the later ones of each counted several times."""
    everybody = max(1, p.number[t.ALL_AVAILABLE])
    total = 0
    for k in range(p.team.shape[0]):
        expected = p.team[k, t.AVAILABLE] * s.total[t.LOAD] // everybody
        above = p.team[k, t.HISTORY] + s.team_load[k] - expected
        if above > 0:
            total += AT_ONCE * above + PAST_FIRST * max(0, above - FIRST)
            total += PAST_SECOND * max(0, above - SECOND) + PAST_THIRD * max(0, above - THIRD)
    return total


@kernel
def unrounded_unfairness(p: Problem, s: State) -> float:
    """The same without rounding shares, which spares a division for each team."""
    ratio = s.total[t.LOAD] / float(max(1, p.number[t.ALL_AVAILABLE]))
    total = 0.0
    for k in range(p.team.shape[0]):
        above = p.team[k, t.HISTORY] + s.team_load[k] - p.team[k, t.AVAILABLE] * ratio
        if above > 0.0:
            total += AT_ONCE * above + PAST_FIRST * max(0.0, above - FIRST)
            total += PAST_SECOND * max(0.0, above - SECOND) + PAST_THIRD * max(0.0, above - THIRD)
    return total


@kernel
def spread(p: Problem, s: State) -> int:
    """The largest less the smallest load of a crew that could work, in points per thousand dates."""
    least, most = whole(0), whole(-1)
    for c in range(p.crew.shape[0]):
        dates = p.crew[c, t.POINTS_DATES]
        if dates > 0:
            load = 1000 * s.points[c] // dates
            least = min(least, load) if most >= 0 else load
            most = max(most, load)
    return most - least if most >= 0 else whole(0)


@kernel
def more_spread(p: Problem, s: State, r: int) -> int:
    """How much further loads lie apart with one more team-day; below 0 where it brings them together."""
    before = spread(p, s)
    count_day(p, s, r, 1)
    after = spread(p, s)
    count_day(p, s, r, -1)
    return after - before


@kernel
def value(p: Problem, s: State) -> int:
    """The value of the contract in milli-activations, exact."""
    number, total = p.number, s.total
    short = max(0, number[t.GAP] - total[t.ACTIVATIONS])
    penalty = (
        number[t.W_MUST] * total[t.MUST_MISSED]
        + number[t.W_PIN] * total[t.PINS_MISSED]
        + number[t.W_SHORT] * short
        + number[t.W_AREA] * total[t.AREA_SHORT]
        + number[t.W_COST] * spent(p, s) // 1_000_000
        + number[t.W_LATE] * total[t.LATE] // max(1, number[t.DATES] - 1)
        + number[t.W_MOVED] * total[t.MOVED]
    )
    if number[t.W_FAIR] > 0:
        penalty += number[t.W_FAIR] * unfairness(p, s) // AN_HOUR
    if number[t.W_SPREAD] > 0:
        penalty += number[t.W_SPREAD] * spread(p, s)
    if len(p.several) > 0:
        penalty -= value_of_documents(p, s)
    return number[t.W_SHORT] * number[t.GAP] - penalty


@kernel
def score(p: Problem, s: State) -> float:
    """What the search climbs: the value without rounding, activations priced at WORTH, money dearer by MONEY."""
    return score_without_fairness(p, s) - price_of_unfairness(p, s)


@kernel
def price_of_unfairness(p: Problem, s: State) -> float:
    """What fairness takes off the score, by hours and by points, never less than nothing."""
    price = 0.0
    if p.number[t.W_FAIR] > 0:
        price += p.number[t.W_FAIR] * unrounded_unfairness(p, s) / AN_HOUR
    if p.number[t.W_SPREAD] > 0:
        price += float(p.number[t.W_SPREAD] * spread(p, s))
    return price


@kernel
def score_without_fairness(p: Problem, s: State) -> float:
    """The score but for how the work is shared."""
    number, total = p.number, s.total
    rupiah = total[t.TEAM_DAYS] * number[t.PER_DAY] + total[t.ADDED_RUPIAH]
    money = total[t.METRES] * number[t.PER_KM] / 1000.0 + rupiah
    further = score_of_documents(p, s) if len(p.several) > 0 else 0.0
    return further - (
        float(number[t.W_MUST] * total[t.MUST_MISSED])
        + float(number[t.W_PIN] * total[t.PINS_MISSED])
        + s.tune[t.WORTH] * max(0, number[t.GAP] - total[t.ACTIVATIONS])
        + float(number[t.W_AREA] * total[t.AREA_SHORT])
        + (number[t.W_COST] + s.tune[t.MONEY]) * money / 1e6
        + number[t.W_LATE] * total[t.LATE] / float(max(1, number[t.DATES] - 1))
        + float(number[t.W_MOVED] * total[t.MOVED])
    )
