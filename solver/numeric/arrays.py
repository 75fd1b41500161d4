"""The instance as dense integer arrays: the only thing that compiled code sees."""

from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from solver.contract.added_counts import net_gap_of
from solver.contract.capacity import WHOLE_RATE
from solver.contract.documents import IKD, SATELLITE
from solver.contract.instance import GreatCircle, Instance, Matrix
from solver.contract.unplanned import check_planned
from solver.contract.workload import MINUTES, available_minutes
from solver.numeric.kinds import Bools, Ints, Longs
from solver.numeric.legs import LONGEST, Legs, Roads, none_to_itself
from solver.numeric.nights import Nights, nights_of
from solver.numeric.rides import with_rides
from solver.numeric.standing import NOTHING_STANDS, Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from solver.contract.documents import KitPool
    from solver.contract.instance import Site, Team, Window
    from solver.contract.plan import Visit

NEVER = 2**40
Index = dict[str, int]


class Documents(NamedTuple):
    """The P documents of an instance, the first one first; all tables are empty where there is only that one.

    `kind[k]` is the position of the kind of kit that a document needs (-1: none). `gap[k]` people are to be served by
    visits, each worth `worth[k]` milli-activations, and dearer by `late[k]` by the last date. `people[i, k]` are at a
    site. Work of w operator-minutes serves `w * rate[q, i, k] // pace[q, k]` of them: the rate is 0 where an outfit
    cannot serve them. It has `operators[q]`, and `machines[q, x]` kits of a kind, never more than operators.
    """

    kind: Longs
    gap: Longs
    worth: Longs
    late: Longs
    people: Longs
    rate: Longs
    pace: Longs
    operators: Longs
    machines: Longs


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrays:
    """One problem in contiguous arrays; n sites, K teams, D dates, A areas, times in minutes after midnight.

    The last of the sites are the rides, one for each of `ride_fare`: sites without people, entered at one place and
    left at another, open when they depart, for as many teams as there are seats. They are no stops in the sense of
    `max_stops`. The day of a team is by `lost[k, d]` minutes shorter than its shift, for a break.

    An *outfit* is a team with the kits that it draws from pools for a day: Q outfits, of which the first K are the
    teams without any. All that is said of teams has a row for each outfit, but for `available`, `history`
    and `crew`.
    `outfit_team[q]` is its team, `outfit_draws[q, p]` how many kits of a pool of the instance it carries, `outfit_cost`
    what they cost a day, and `team_works[q, d]` whether it can be on a date. `pool_count[p, d]` kits of a pool are
    there on a date.

    `window_set[i, d]` names a list of windows: those at `set_ptr[s]` to `set_ptr[s + 1]` of `set_open`
    and `set_close`, ascending by opening. The capacity of a visit is
    `rate_numerator[k, i] * minutes // rate_denominator[k]`. `out_*[k, i]` lead from base k to site i,
    `home_*[k, i]` back. Where travel `is_straight`, great circles alone, no detour saves a minute of driving or more
    than the metre of a rounding; tables and overrides need not keep the triangle inequality at all. `pins` and
    `published` hold rows of team, date, site, start, minutes, `pinned_nights` of team, date, lodging, `pinned_rides`
    of team, date, ride as a site; `standing` are the days that pins need around them, where teams sleep away or ride.
    Outfits of one `team_class` differ in their working dates only, as their teams do in `available` and `history`,
    minutes of shifts and above their share, too: these teams have the same outfits. `budget` is -1 if there is none,
    `fixed` likewise. Teams of one `crew` are the same people on different dates; a crew brings `points_before` along,
    and could work on `points_dates`, earlier ones included. No day begins before `usual_open` or ends after
    `usual_close` where there is no usual day.
    """

    sites: int
    teams: int
    dates: int
    areas: int
    slot_minutes: int
    gap: int
    date_ordinal: Longs

    people: Longs
    setup: Ints
    fixed: Ints
    area: Ints
    must: Bools
    max_visit_dates: Ints
    min_gap_days: Ints
    max_teams: Ints
    min_teams: Ints
    site_open: Bools
    window_set: Ints
    set_ptr: Ints
    set_open: Ints
    set_close: Ints

    team_works: Bools
    shift_start: Ints
    shift_end: Ints
    max_stops: Ints
    team_class: Ints
    available: Longs
    history: Longs
    crew: Ints
    points_before: Longs
    points_dates: Longs
    rate_numerator: Longs
    rate_denominator: Longs
    outfit_team: Ints
    outfit_draws: Longs
    outfit_cost: Longs
    pool_count: Longs
    documents: Documents
    nights: Nights
    night_points: int
    ride_fare: Longs
    lost: Longs

    out_minutes: Ints
    out_metres: Ints
    home_minutes: Ints
    home_metres: Ints
    minutes: Ints
    metres: Ints
    is_straight: bool

    area_floor: Longs
    per_km: int
    per_team_day: int
    budget: int
    weight_must: int
    weight_pin: int
    weight_shortfall: int
    weight_area_shortfall: int
    weight_per_million_cost: int
    weight_late: int
    weight_moved: int
    weight_fairness: int
    weight_spread: int
    usual_open: int
    usual_close: int
    pins: Ints
    published: Ints
    pinned_nights: Longs
    pinned_rides: Longs
    standing: Standing = NOTHING_STANDS


class Crews(NamedTuple):
    """Who goes: `teams` of the instance that was given, and for each team of the arrays the position of its own."""

    of_team: "Sequence[int]"
    teams: "Sequence[Team]"


class Hours(NamedTuple):
    """How a ride has its hours on a clock, and by how many minutes the day of each team is shorter on each date.

    Without any `lost` no day is.
    """

    on_clock: "Callable[[Site], Site]" = lambda site: site
    lost: "Sequence[Sequence[int]]" = ()


class _Outfit(NamedTuple):
    """A team by its position, and how many kits it draws from each pool."""

    team: int
    draws: tuple[int, ...]


def build_arrays(instance: Instance, *, crews: "Crews | None" = None, hours: "Hours | None" = None) -> Arrays:
    """Lay the instance out for compiled code; 5,000 sites take about two seconds and 0.3 GB.

    `crews` says who goes as which team, where that is not a team each; `hours` how breaks make days shorter. Raises
    `NotPlannedYet` for what no kernel knows: nothing that an instance asks for is passed over in silence.
    """
    check_planned(instance)
    crews = crews or Crews(of_team=range(len(instance.teams)), teams=instance.teams)
    hours = hours or Hours()
    ways, teams, dates = with_rides(instance, hours.on_clock), instance.teams, instance.dates
    sites, laid = ways.sites, instance if not instance.connections else replace(instance, sites=ways.sites)
    site_index = {site.id: i for i, site in enumerate(sites)}
    team_index = {team.id: k for k, team in enumerate(teams)}
    area_index = {area.id: a for a, area in enumerate(instance.areas)}
    date_index = {day: d for d, day in enumerate(dates)}
    site_open = _bools([site.open_dates for site in sites], len(dates))
    window_set, set_ptr, set_open, set_close = _windows(laid, date_index)
    outfits = _outfits(instance)
    worn = [teams[outfit.team] for outfit in outfits]
    signal = _signals(laid, outfits)
    numerator, denominator = _rates(laid, outfits, signal)
    documents = _documents(laid, outfits, signal)
    roads = Roads(instance.travel)
    minutes, metres = roads.between(ways.leaves, ways.enters)
    if instance.connections:
        minutes, metres = none_to_itself(Legs(minutes, metres), ways.leaves, ways.enters)
    base = np.array([outfit.team for outfit in outfits], dtype=np.int64)
    out_minutes, out_metres = (legs[base] for legs in roads.between(teams, ways.enters))
    home_minutes, home_metres = (np.ascontiguousarray(legs.T[base]) for legs in roads.between(ways.leaves, teams))
    nights = nights_of(instance, roads, ways.enters, ways.leaves)
    beds = {lodging.id: h for h, lodging in enumerate(instance.lodgings)}
    asleep = instance.pinned_nights if nights.lodgings else ()

    def index_visits(visits: "Iterable[Visit]") -> Ints:
        rows = [(team_index[v.team], date_index[v.date], site_index[v.site], v.start, v.minutes) for v in visits]
        return np.array(rows, dtype=np.int32).reshape(len(rows), 5)

    shift_start, shift_end = _ints(t.shift.open for t in worn), _ints(t.shift.close for t in worn)
    max_stops = _ints(t.max_stops for t in worn)
    alike = []
    for q in range(len(outfits)):
        shift = np.array([shift_start[q], shift_end[q], max_stops[q], denominator[q]], dtype=np.int64)
        legs = (out_minutes[q], out_metres[q], home_minutes[q], home_metres[q])
        served = (
            table[q : q + 1] for table in (documents.rate, documents.pace, documents.operators, documents.machines)
        )
        away = nights.of_teams(int(base[q]))
        alike.append(b"".join(row.tobytes() for row in (shift, numerator[q], *legs, *served, *away)))
    weights, costs = instance.weights, instance.costs
    return Arrays(
        sites=len(sites),
        teams=len(teams),
        dates=len(dates),
        areas=len(instance.areas),
        slot_minutes=instance.slot_minutes,
        gap=instance.net_gap,
        date_ordinal=_longs(day.toordinal() for day in dates),
        people=_longs(s.people for s in sites),
        setup=_ints(s.setup_minutes for s in sites),
        fixed=_ints(-1 if s.fixed_minutes is None else s.fixed_minutes for s in sites),
        area=_ints(area_index[s.area] for s in sites),
        must=np.array([s.must for s in sites], dtype=np.bool_),
        max_visit_dates=_ints(s.max_visit_dates for s in sites),
        min_gap_days=_ints(s.min_gap_days for s in sites),
        max_teams=_ints(s.max_teams for s in sites),
        min_teams=_ints(s.min_teams for s in sites),
        site_open=site_open,
        window_set=window_set,
        set_ptr=set_ptr,
        set_open=set_open,
        set_close=set_close,
        team_works=_bools([_dates_of(instance, outfit) for outfit in outfits], len(dates)),
        shift_start=shift_start,
        shift_end=shift_end,
        max_stops=max_stops,
        team_class=_classes(outfits, alike),
        available=_longs(available_minutes(t) for t in teams),
        history=_longs(MINUTES * t.history_hours for t in teams),
        crew=_ints(crews.of_team),
        points_before=_longs(t.history.points for t in crews.teams),
        points_dates=_longs(t.history.dates + sum(t.work_dates) for t in crews.teams),
        rate_numerator=numerator,
        rate_denominator=denominator,
        outfit_team=_ints(outfit.team for outfit in outfits),
        outfit_draws=np.array([outfit.draws for outfit in outfits], dtype=np.int64).reshape(
            len(outfits), len(instance.kits)
        ),
        outfit_cost=_longs(
            sum(count * pool.cost_per_day for count, pool in zip(outfit.draws, instance.kits, strict=True))
            for outfit in outfits
        ),
        pool_count=np.array(
            [[pool.count * is_on for is_on in pool.on_dates] for pool in instance.kits], dtype=np.int64
        ).reshape(len(instance.kits), len(dates)),
        documents=documents,
        nights=nights,
        night_points=instance.night_points,
        ride_fare=_longs(ride.fare for ride in instance.connections),
        lost=np.array(hours.lost or [[0] * len(dates)] * len(teams), dtype=np.int64).reshape(len(teams), len(dates)),
        out_minutes=out_minutes,
        out_metres=out_metres,
        home_minutes=home_minutes,
        home_metres=home_metres,
        minutes=minutes,
        metres=metres,
        is_straight=_is_straight(instance.travel) and not instance.connections,
        area_floor=_longs(a.min_activations for a in instance.areas),
        per_km=costs.per_km,
        per_team_day=costs.per_team_day,
        budget=-1 if costs.budget is None else costs.budget,
        weight_must=weights.must,
        weight_pin=weights.pin,
        weight_shortfall=weights.shortfall,
        weight_area_shortfall=weights.area_shortfall,
        weight_per_million_cost=weights.per_million_cost,
        weight_late=weights.late,
        weight_moved=weights.moved,
        weight_fairness=weights.fairness,
        weight_spread=weights.spread,
        usual_open=0 if instance.usual_day is None else instance.usual_day.open,
        usual_close=LONGEST if instance.usual_day is None else instance.usual_day.close,
        pins=index_visits(instance.pinned),
        published=index_visits(instance.published),
        pinned_nights=_places([(row.team, row.date, row.lodging) for row in asleep], team_index, date_index, beds),
        pinned_rides=_places(
            [(row.team, row.date, row.connection) for row in instance.pinned_rides], team_index, date_index, site_index
        ),
    )


def shortest_stay(arrays: Arrays) -> Ints:
    """Set-up and the shortest service at each site."""
    service = np.where(arrays.fixed >= 0, arrays.fixed, arrays.slot_minutes)
    return np.asarray(arrays.setup + service, dtype=np.int32)


def windows_on(arrays: Arrays, d: int) -> tuple[Longs, Longs]:
    """Opening and closing of every site's windows on a date, one column per window; NEVER to -NEVER where closed."""
    a = arrays
    sets = np.where(a.site_open[:, d], a.window_set[:, d], -1)
    widest = int(np.diff(a.set_ptr).max(initial=1))
    opens, closes = np.full((a.sites, widest), NEVER), np.full((a.sites, widest), -NEVER)
    for number in np.unique(sets[sets >= 0]):
        first, last = a.set_ptr[number], a.set_ptr[number + 1]
        opens[sets == number, : last - first] = a.set_open[first:last]
        closes[sets == number, : last - first] = a.set_close[first:last]
    return opens, closes


def _is_straight(travel: GreatCircle | Matrix) -> bool:
    """Whether all legs are great circles, and a rounded metre takes no longer than a minute."""
    return isinstance(travel, GreatCircle) and not travel.overrides and travel.kmh * 1000 >= 60


def _bools(rows: "Sequence[Sequence[bool]]", columns: int) -> Bools:
    return np.array(rows, dtype=np.bool_).reshape(len(rows), columns)


def _places(rows: "Sequence[tuple[str, date, str]]", teams: Index, dates: "Mapping[date, int]", names: Index) -> Longs:
    """Rows of team, date and what a row names, as positions."""
    positions = [(teams[team], dates[day], names[name]) for team, day, name in rows]
    return np.array(positions, dtype=np.int64).reshape(len(positions), 3)


def _ints(values: "Iterable[int]") -> Ints:
    return np.array([min(v, LONGEST) for v in values], dtype=np.int32)


def _longs(values: "Iterable[int]") -> Longs:
    return np.array(list(values), dtype=np.int64)


def _outfits(instance: Instance) -> list[_Outfit]:
    """Every team without a kit, then with all kits of the pools that let it work better somewhere on some date.

    A second satellite set adds nothing, nor does a machine without an operator, or one that no document or site needs.
    """
    none = (0,) * len(instance.kits)
    plain = [_Outfit(team=k, draws=none) for k in range(len(instance.teams))]
    kept: list[_Outfit] = []
    # Sets that make nobody work better are of no use, unless a document needs one.
    works_alike: list[bool] = []
    for k, team in enumerate(instance.teams):
        machines = _machines_of(instance, team)
        room = {SATELLITE: int(not team.works_by_satellite)}
        room |= {kind: int(not team.own_kits(kind)) for site in instance.sites for kind in site.needs_kits}
        room |= {kind: max(0, team.operators - team.own_kits(kind)) for kind in machines}
        counts = [range(_most_drawn(instance, pool, team, room) + 1) for pool in instance.kits]
        for draws in product(*counts):
            outfit = _Outfit(team=k, draws=draws)
            drawn: dict[str, int] = {}
            for count, pool in zip(draws, instance.kits, strict=True):
                drawn[pool.kind] = drawn.get(pool.kind, 0) + count
            fits = all(count <= room.get(kind, 0) for kind, count in drawn.items())
            if any(draws) and fits and any(_dates_of(instance, outfit)):
                kept.append(outfit)
                works_alike.append(SATELLITE not in machines and _draws_set(instance, outfit))
    if not kept:
        return plain
    signal = _signals(instance, [*plain, *kept])
    for n, outfit in enumerate(kept):
        works_alike[n] &= not (signal[len(plain) + n] > signal[outfit.team]).any()
    return [*plain, *(outfit for outfit, is_useless in zip(kept, works_alike, strict=True) if not is_useless)]


def _draws_set(instance: Instance, outfit: _Outfit) -> bool:
    """Whether an outfit carries a satellite set from a pool."""
    return any(count and pool.kind == SATELLITE for count, pool in zip(outfit.draws, instance.kits, strict=True))


def _machines_of(instance: Instance, team: "Team") -> set[str]:
    """The kinds of kits that documents need which a team may issue, and which somebody is left to be given."""
    return {
        document.kit
        for document in instance.documents
        if document.kit is not None
        and _issues(team, document.id)
        and any(site.people_of(document.id) for site in instance.sites)
    }


def _most_drawn(instance: Instance, pool: "KitPool", team: "Team", room: dict[str, int]) -> int:
    """The most kits of a pool that are of use to a team."""
    if pool.teams is not None and team.id not in pool.teams:
        return 0
    return min(pool.count, pool.max_per_team, room.get(pool.kind, 0))


def _dates_of(instance: Instance, outfit: _Outfit) -> tuple[bool, ...]:
    """The dates on which a team works, and its kits are there."""
    dates = instance.teams[outfit.team].work_dates
    for count, pool in zip(outfit.draws, instance.kits, strict=True):
        if count:
            dates = tuple(works and other for works, other in zip(dates, pool.on_dates, strict=True))
    return dates


def _classes(outfits: "Sequence[_Outfit]", alike: "Sequence[bytes]") -> Ints:
    """Number the outfits by what tells them apart; teams are alike only if all their outfits are."""
    kinds: dict[int, list[tuple[tuple[int, ...], bytes]]] = {}
    for outfit, looks in zip(outfits, alike, strict=True):
        kinds.setdefault(outfit.team, []).append((outfit.draws, looks))
    numbers: dict[tuple[tuple[tuple[tuple[int, ...], bytes], ...], tuple[int, ...]], int] = {}
    keys = [(tuple(kinds[outfit.team]), outfit.draws) for outfit in outfits]
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int32)


def _signals(instance: Instance, outfits: "Sequence[_Outfit]") -> Longs:
    """Throughput times success of each outfit at each site, in hundredths of a percent; 0 where a kit is missing."""
    c = instance.connectivity
    rate = np.array(c.throughput_percent, dtype=np.int64) * np.array(c.success_percent, dtype=np.int64)
    level = np.array([site.connectivity for site in instance.sites], dtype=np.int64)
    signal = np.zeros((len(outfits), len(instance.sites)), dtype=np.int64)
    for q, outfit in enumerate(outfits):
        by_satellite = instance.teams[outfit.team].works_by_satellite or _draws_set(instance, outfit)
        signal[q] = rate[np.maximum(level, c.satellite_level) if by_satellite else level]
    return np.where(_equipped(instance, outfits), signal, 0)


def _equipped(instance: Instance, outfits: "Sequence[_Outfit]") -> Bools:
    """Whether each outfit has one of every kit that each site needs."""
    equipped = np.ones((len(outfits), len(instance.sites)), dtype=np.bool_)
    needs = [(i, kind) for i, site in enumerate(instance.sites) for kind in site.needs_kits]
    for q, outfit in enumerate(outfits if needs else ()):
        drawn = {pool.kind for count, pool in zip(outfit.draws, instance.kits, strict=True) if count}
        for i, kind in needs:
            equipped[q, i] &= kind in drawn or instance.teams[outfit.team].own_kits(kind) > 0
    return equipped


def _rates(instance: Instance, outfits: "Sequence[_Outfit]", signal: Longs) -> tuple[Longs, Longs]:
    """Capacity as a fraction of the service minutes: numerator per outfit and site, denominator per outfit."""
    worn = [instance.teams[outfit.team] for outfit in outfits]
    hands = _longs(team.operators if _issues(team, IKD) else 0 for team in worn)
    return hands[:, None] * signal, _longs(team.minutes_per_activation * WHOLE_RATE for team in worn)


def _issues(team: "Team", document: str) -> bool:
    return team.documents is None or document in team.documents


def _documents(instance: Instance, outfits: "Sequence[_Outfit]", signal: Longs) -> Documents:
    """Lay out what further documents say; their tables are empty where there are none."""
    further, sites = instance.documents, instance.sites
    count = 1 + len(further) if further else 0
    kinds = sorted({document.kit for document in further if document.kit is not None})
    people = np.zeros((len(sites), count), dtype=np.int64)
    rate = np.zeros((len(outfits), len(sites), count), dtype=np.int64)
    pace = np.ones((len(outfits), count), dtype=np.int64)
    operators = np.zeros(len(outfits), dtype=np.int64)
    machines = np.zeros((len(outfits), len(kinds)), dtype=np.int64)
    if not further:
        nothing = np.empty(0, dtype=np.int64)
        return Documents(nothing, nothing, nothing, nothing, people, rate, pace, operators, machines)
    equipped = _equipped(instance, outfits)
    people[:, 0] = [site.people for site in sites]
    for k, document in enumerate(further, start=1):
        people[:, k] = [site.people_of(document.id) for site in sites]
    for q, outfit in enumerate(outfits):
        team = instance.teams[outfit.team]
        if team.operators == 0:
            continue
        operators[q] = team.operators
        for x, kind in enumerate(kinds):
            drawn = sum(n for n, pool in zip(outfit.draws, instance.kits, strict=True) if pool.kind == kind)
            machines[q, x] = min(team.operators, team.own_kits(kind) + drawn)
        pace[q, 0] = team.minutes_per_activation * WHOLE_RATE
        if _issues(team, IKD):
            rate[q, :, 0] = signal[q]
        for k, document in enumerate(further, start=1):
            pace[q, k] = document.minutes * WHOLE_RATE
            if _issues(team, document.id) and (document.kit is None or machines[q, kinds.index(document.kit)] > 0):
                rate[q, :, k] = signal[q] if document.needs_signal else WHOLE_RATE * equipped[q]
    return Documents(
        kind=_longs([-1, *(-1 if each.kit is None else kinds.index(each.kit) for each in further)]),
        gap=_longs([instance.net_gap, *(net_gap_of(instance, each) for each in further)]),
        worth=_longs([instance.weights.shortfall, *(each.shortfall for each in further)]),
        late=_longs([instance.weights.late, *(each.late for each in further)]),
        people=people,
        rate=rate,
        pace=pace,
        operators=operators,
        machines=machines,
    )


def _windows(instance: Instance, date_index: dict[date, int]) -> tuple[Ints, Ints, Ints, Ints]:
    """Number the distinct window lists, and say which one holds for each site and date."""
    sets: dict[tuple[tuple[int, int], ...], int] = {}

    def number(windows: "Sequence[Window]") -> int:
        return sets.setdefault(tuple(sorted((w.open, w.close) for w in windows)), len(sets))

    window_set = np.zeros((len(instance.sites), len(instance.dates)), dtype=np.int32)
    for i, site in enumerate(instance.sites):
        window_set[i] = number(site.windows)
        for day, windows in site.windows_on:
            if day in date_index:
                window_set[i, date_index[day]] = number(windows)
    set_ptr = np.zeros(len(sets) + 1, dtype=np.int32)
    set_ptr[1:] = np.cumsum([len(windows) for windows in sets])
    flat = [window for windows in sets for window in windows]
    return window_set, set_ptr, _ints(w[0] for w in flat), _ints(w[1] for w in flat)
