"""The instance as dense integer arrays: the only thing that compiled code sees."""

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from solver.contract.instance import GreatCircle, Instance, Matrix
from solver.contract.workload import MINUTES, available_minutes
from solver.numeric.documents import Documents, tables_of_documents
from solver.numeric.kinds import Bools, Ints, Longs
from solver.numeric.legs import LONGEST, Legs, Roads, none_to_itself
from solver.numeric.lists import bools, ints, longs
from solver.numeric.nights import Nights, nights_of
from solver.numeric.outfits import classes_of, dates_of, outfits_of, rates_of, signals_of
from solver.numeric.rides import with_rides
from solver.numeric.standing import NOTHING_STANDS, Standing
from solver.plans.unplanned import check_planned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from solver.contract.instance import Site, Team, Window
    from solver.contract.plan import Visit

    Mapped = Callable[[Window], Window]

NEVER = 2**40
Index = dict[str, int]


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
    and `set_close`, ascending by opening; a team whose breaks are cut out of its day has its own list of the same site
    `hours_from[k, d]` further on. The capacity of a visit is
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
    hours_from: Ints

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
    """How breaks change days: `lost[k][d]` minutes are cut out of a team's date, none where it is empty.

    Where there are clocks, `mapped[clocks[k][d]]` is how its date has the windows of sites. `as_ride` says what becomes
    of a ride.
    """

    lost: "Sequence[Sequence[int]]" = ()
    clocks: "Sequence[Sequence[int]]" = ()
    mapped: "Sequence[Mapped]" = (lambda window: window,)
    as_ride: "Callable[[Site], Site]" = lambda site: site


def build_arrays(instance: Instance, *, crews: "Crews | None" = None, hours: "Hours | None" = None) -> Arrays:
    """Lay the instance out for compiled code; 5,000 sites take about two seconds and 0.3 GB.

    `crews` says who goes as which team, where that is not a team each; `hours` how breaks make days shorter. Raises
    `NotPlannedYet` for what no kernel knows: nothing that an instance asks for is passed over in silence.
    """
    check_planned(instance)
    crews = crews or Crews(of_team=range(len(instance.teams)), teams=instance.teams)
    hours = hours or Hours()
    ways, teams, dates = with_rides(instance, hours.as_ride), instance.teams, instance.dates
    sites, laid = ways.sites, instance if not instance.connections else replace(instance, sites=ways.sites)
    site_index = {site.id: i for i, site in enumerate(sites)}
    team_index = {team.id: k for k, team in enumerate(teams)}
    area_index = {area.id: a for a, area in enumerate(instance.areas)}
    date_index = {day: d for d, day in enumerate(dates)}
    site_open = bools([site.open_dates for site in sites], len(dates))
    window_set, lists = _window_sets(laid, date_index)
    set_ptr, set_open, set_close = _flat([_on_clock(windows, clock) for clock in hours.mapped for windows in lists])
    hours_from = len(lists) * _of_team_dates(hours.clocks, len(teams), len(dates)).astype(np.int32)
    outfits = outfits_of(instance)
    worn = [teams[outfit.team] for outfit in outfits]
    signal = signals_of(laid, outfits)
    numerator, denominator = rates_of(laid, outfits, signal)
    documents = tables_of_documents(laid, outfits, signal)
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

    shift_start, shift_end = ints(t.shift.open for t in worn), ints(t.shift.close for t in worn)
    max_stops = ints(t.max_stops for t in worn)
    alike = []
    for q in range(len(outfits)):
        shift = np.array([shift_start[q], shift_end[q], max_stops[q], denominator[q]], dtype=np.int64)
        legs = (out_minutes[q], out_metres[q], home_minutes[q], home_metres[q])
        served = (
            table[q : q + 1] for table in (documents.rate, documents.pace, documents.operators, documents.machines)
        )
        away = nights.of_teams(int(base[q]))
        clock = hours_from[base[q]]
        alike.append(b"".join(row.tobytes() for row in (shift, numerator[q], *legs, *served, *away, clock)))
    weights, costs = instance.weights, instance.costs
    return Arrays(
        sites=len(sites),
        teams=len(teams),
        dates=len(dates),
        areas=len(instance.areas),
        slot_minutes=instance.slot_minutes,
        gap=instance.net_gap,
        date_ordinal=longs(day.toordinal() for day in dates),
        people=longs(s.people for s in sites),
        setup=ints(s.setup_minutes for s in sites),
        fixed=ints(-1 if s.fixed_minutes is None else s.fixed_minutes for s in sites),
        area=ints(area_index[s.area] for s in sites),
        must=np.array([s.must for s in sites], dtype=np.bool_),
        max_visit_dates=ints(s.max_visit_dates for s in sites),
        min_gap_days=ints(s.min_gap_days for s in sites),
        max_teams=ints(s.max_teams for s in sites),
        min_teams=ints(s.min_teams for s in sites),
        site_open=site_open,
        window_set=window_set,
        set_ptr=set_ptr,
        set_open=set_open,
        set_close=set_close,
        hours_from=hours_from,
        team_works=bools([dates_of(instance, outfit) for outfit in outfits], len(dates)),
        shift_start=shift_start,
        shift_end=shift_end,
        max_stops=max_stops,
        team_class=classes_of(outfits, alike),
        available=longs(available_minutes(t) for t in teams),
        history=longs(MINUTES * t.history_hours for t in teams),
        crew=ints(crews.of_team),
        points_before=longs(t.history.points for t in crews.teams),
        points_dates=longs(t.history.dates + sum(t.work_dates) for t in crews.teams),
        rate_numerator=numerator,
        rate_denominator=denominator,
        outfit_team=ints(outfit.team for outfit in outfits),
        outfit_draws=np.array([outfit.draws for outfit in outfits], dtype=np.int64).reshape(
            len(outfits), len(instance.kits)
        ),
        outfit_cost=longs(
            sum(count * pool.cost_per_day for count, pool in zip(outfit.draws, instance.kits, strict=True))
            for outfit in outfits
        ),
        pool_count=np.array(
            [[pool.count * is_on for is_on in pool.on_dates] for pool in instance.kits], dtype=np.int64
        ).reshape(len(instance.kits), len(dates)),
        documents=documents,
        nights=nights,
        night_points=instance.night_points,
        ride_fare=longs(ride.fare for ride in instance.connections),
        lost=_of_team_dates(hours.lost, len(teams), len(dates)),
        out_minutes=out_minutes,
        out_metres=out_metres,
        home_minutes=home_minutes,
        home_metres=home_metres,
        minutes=minutes,
        metres=metres,
        is_straight=_is_straight(instance.travel) and not instance.connections,
        area_floor=longs(a.min_activations for a in instance.areas),
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


def windows_on(arrays: Arrays, d: int, *, hours_from: int = 0) -> tuple[Longs, Longs]:
    """Opening and closing of every site's windows on a date, one column per window; NEVER to -NEVER where closed.

    `hours_from` is that of a team on the date.
    """
    a = arrays
    sets = np.where(a.site_open[:, d], a.window_set[:, d] + hours_from, -1)
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


def _places(rows: "Sequence[tuple[str, date, str]]", teams: Index, dates: "Mapping[date, int]", names: Index) -> Longs:
    """Rows of team, date and what a row names, as positions."""
    positions = [(teams[team], dates[day], names[name]) for team, day, name in rows]
    return np.array(positions, dtype=np.int64).reshape(len(positions), 3)


def _of_team_dates(rows: "Sequence[Sequence[int]]", teams: int, dates: int) -> Longs:
    """Numbers of each team on each date, 0 where none are given."""
    return np.array(rows or [[0] * dates] * teams, dtype=np.int64).reshape(teams, dates)


def _window_sets(instance: Instance, date_index: dict[date, int]) -> "tuple[Ints, list[tuple[Window, ...]]]":
    """Number the distinct window lists, and say which one holds for each site and date."""
    sets: dict[tuple[tuple[int, int], ...], tuple[int, tuple[Window, ...]]] = {}

    def number(windows: "Sequence[Window]") -> int:
        ordered = tuple(sorted(windows, key=lambda window: (window.open, window.close)))
        return sets.setdefault(tuple((w.open, w.close) for w in ordered), (len(sets), ordered))[0]

    window_set = np.zeros((len(instance.sites), len(instance.dates)), dtype=np.int32)
    for i, site in enumerate(instance.sites):
        window_set[i] = number(site.windows)
        for day, windows in site.windows_on:
            if day in date_index:
                window_set[i, date_index[day]] = number(windows)
    return window_set, [windows for _, windows in sets.values()]


def _on_clock(windows: "Sequence[Window]", mapped: "Mapped") -> "Sequence[Window]":
    """What a clock leaves of a list of windows."""
    return [window for window in map(mapped, windows) if window.open <= window.close]


def _flat(lists: "Sequence[Sequence[Window]]") -> tuple[Ints, Ints, Ints]:
    """Where each list begins and the last one ends, then opening and closing of their windows one after the other."""
    ptr = np.zeros(len(lists) + 1, dtype=np.int32)
    ptr[1:] = np.cumsum([len(windows) for windows in lists])
    flat = [window for windows in lists for window in windows]
    return ptr, ints(window.open for window in flat), ints(window.close for window in flat)
