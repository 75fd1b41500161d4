"""Lays a problem out for the kernels: its tables, and for each site and class the others worth thinking of."""

import numpy as np

from solver.numeric.arrays import Arrays
from solver.numeric.kinds import Floats, Ints, Longs
from solver.numeric.ways import least_home, least_out, members
from solver.search import tables as t
from solver.search.tables import Problem

NEIGHBOURS = 48
PROMISES = 384
ROWS_PER_BLOCK = 256


def pose(arrays: Arrays) -> Problem:
    """Lay the problem out for the kernels."""
    a = arrays
    symmetric = bool(np.array_equal(a.minutes, a.minutes.T) and np.array_equal(a.metres, a.metres.T))
    lengths = np.diff(a.set_ptr)
    # A site that is closed by one clock may be open by another one.
    is_open = np.any([lengths[a.window_set + first] > 0 for first in np.unique(a.hours_from)], axis=0)
    closed = ~(a.site_open & is_open)
    published_route = a.published[:, 0].astype(np.int64) * a.dates + a.published[:, 1]
    in_order = np.argsort(published_route, kind="stable")
    published_ptr = np.searchsorted(published_route[in_order], np.arange(a.teams * a.dates + 1))
    most_visits = np.minimum(a.max_visit_dates, a.dates).astype(np.int64) * np.minimum(a.max_teams, a.teams)
    works = a.team_works[: a.teams].reshape(-1)
    kits_of = np.bincount(a.outfit_team[a.teams :], minlength=a.teams)
    nights, of_places = a.nights, _legs_of_places(a)
    problem = Problem(
        number=_numbers(a),
        site=np.column_stack(
            (
                a.setup,
                a.fixed,
                a.area,
                a.must.astype(np.int64),
                np.minimum(a.max_visit_dates, a.dates),
                a.min_gap_days,
                a.max_teams,
                a.min_teams,
                a.documents.people,
            )
        ).astype(np.int64),
        people=a.people,
        window=np.where(closed, -1, a.window_set).astype(np.int64),
        set_ptr=a.set_ptr.astype(np.int64),
        span=np.stack((a.set_open, a.set_close), axis=1).reshape(-1, 2).astype(np.int64),
        ordinal=a.date_ordinal.astype(np.int64),
        team=np.stack(
            (
                *(part[: a.teams] for part in (a.shift_start, a.shift_end, a.max_stops)),
                *(a.available, a.history, a.crew),
                *(nights.most, nights.rest, nights.away_start, nights.away_end),
                *a.lost.T,
                *a.hours_from.T,
            ),
            axis=1,
        ).astype(np.int64),
        works=works.astype(np.uint8),
        outfit=np.column_stack(
            (a.team_class, a.outfit_cost, a.documents.operators, a.documents.pace, a.documents.machines, a.outfit_draws)
        ).astype(np.int64),
        kit_ptr=(a.teams + np.concatenate(([0], np.cumsum(kits_of)))).astype(np.int64),
        may_draw=a.team_works.astype(np.uint8),
        numerator=a.rate_numerator,
        denominator=a.rate_denominator,
        rate=a.rate_numerator / a.rate_denominator[:, None],
        document_rate=a.documents.rate,
        several=(),
        out_minutes=of_places[0],
        out_metres=of_places[1],
        home_minutes=of_places[2],
        home_metres=of_places[3],
        minutes=a.minutes,
        back=a.minutes if symmetric else np.ascontiguousarray(a.minutes.T),
        metres=a.metres,
        metres_back=a.metres if symmetric else np.ascontiguousarray(a.metres.T),
        near=_neighbours(a),
        promise=_promises(a),
        least_legs=_least_legs(a, symmetric=symmetric),
        area_floor=a.area_floor,
        published_ptr=published_ptr.astype(np.int64),
        published=a.published[in_order, 2].astype(np.int64),
        visit_ptr=np.concatenate(([0], np.cumsum(most_visits))).astype(np.int64),
        open_routes=np.flatnonzero(works).astype(np.int64),
        event=np.flatnonzero(a.min_teams > 1).astype(np.int64),
        crew=np.stack((a.points_before, a.points_dates), axis=1),
    )
    # Another memory layout would be another type, and compile every kernel again.
    tables = {name: np.ascontiguousarray(table) for name, table in problem._asdict().items() if name != "several"}
    return Problem(**tables, several=(len(a.documents.worth),) if len(a.documents.worth) else ())


def _numbers(a: Arrays) -> Longs:
    """What is a single number, in the order of the entries of `Problem.number`."""
    nights, count, kinds = a.nights, len(a.documents.worth), a.documents.machines.shape[1]
    rupiah_at = t.DOCUMENT_AT + t.DOCUMENT_ENTRIES * count
    return np.array(
        [
            a.dates,
            a.slot_minutes,
            a.gap,
            a.budget,
            a.per_km,
            a.per_team_day,
            a.weight_must,
            a.weight_pin,
            a.weight_shortfall,
            a.weight_area_shortfall,
            a.weight_per_million_cost,
            a.weight_late,
            a.weight_moved,
            a.weight_fairness,
            int(a.available.sum()),
            a.usual_open,
            a.usual_close,
            a.weight_spread,
            len(a.outfit_team) - a.teams,
            count,
            kinds,
            a.outfit_draws.shape[1],
            t.PACE_OF + count,
            t.PACE_OF + count + kinds,
            nights.lodgings,
            a.night_points,
            rupiah_at,
            len(a.ride_fare),
            rupiah_at + nights.lodgings,
            len(a.pinned_rides),
            rupiah_at + nights.lodgings + len(a.ride_fare),
            *np.stack(a.documents[:4], axis=1).ravel(),
            *nights.rupiah,
            *a.ride_fare,
            *((k * a.dates + d) * a.sites + i for k, d, i in a.pinned_rides.tolist()),
        ],
        dtype=np.int64,
    )


def _legs_of_places(a: Arrays) -> tuple[Ints, Ints, Ints, Ints]:
    """Minutes and metres out of every place, behind those to the sites those to other places; then back to it."""
    nights = a.nights
    if not nights.lodgings:
        return a.out_minutes, a.out_metres, a.home_minutes, a.home_metres
    out_minutes, out_metres = (
        np.hstack((np.vstack((of_bases[: a.teams], of_lodgings)), ways))
        for of_bases, of_lodgings, ways in (
            (a.out_minutes, nights.out_minutes, nights.way_minutes),
            (a.out_metres, nights.out_metres, nights.way_metres),
        )
    )
    home_minutes = np.vstack((a.home_minutes[: a.teams], nights.home_minutes))
    return out_minutes, out_metres, home_minutes, np.vstack((a.home_metres[: a.teams], nights.home_metres))


def _neighbours(a: Arrays) -> Ints:
    """List for every site the nearest others, there and back; ties by number."""
    width = min(a.sites - 1, NEIGHBOURS)
    near = np.empty((a.sites, width), dtype=np.int32)
    for top in range(0, a.sites, ROWS_PER_BLOCK):
        rows = np.arange(top, min(a.sites, top + ROWS_PER_BLOCK))
        legs = a.minutes[rows].astype(np.int64) + a.minutes[:, rows].T
        legs = legs * a.sites + np.arange(a.sites)
        legs[np.arange(len(rows)), rows] = np.iinfo(np.int64).max
        if width < a.sites - 1:
            nearest = np.argpartition(legs, width, axis=1)[:, :width]
            order = np.argsort(np.take_along_axis(legs, nearest, axis=1), axis=1)
            near[rows] = np.take_along_axis(nearest, order, axis=1)
        else:
            near[rows] = np.argsort(legs, axis=1)[:, :width]
    return near


def _least_legs(a: Arrays, *, symmetric: bool) -> Ints:
    """Return for every site the fewest minutes that any way there and any way on take together."""
    on = _least_row(a.minutes)
    there = on.copy() if symmetric else _least_row(np.ascontiguousarray(a.minutes.T))
    if a.teams:
        there, on = np.minimum(there, a.out_minutes.min(axis=0)), np.minimum(on, a.home_minutes.min(axis=0))
    if a.nights.lodgings:
        there = np.minimum(there, a.nights.out_minutes.min(axis=0))
        on = np.minimum(on, a.nights.home_minutes.min(axis=0))
    return there + on


def _least_row(minutes: Ints) -> Ints:
    """Return the least of each row, but for what is on the diagonal."""
    least = np.full(len(minutes), t.FAR, dtype=np.int32)
    for row, legs in enumerate(minutes):
        least[row] = min(legs[:row].min(initial=t.FAR), legs[row + 1 :].min(initial=t.FAR))
    return least


def _promises(a: Arrays) -> Ints:
    """List for every class the sites it can reach, best activations per minute of a day there first.

    Sites without people, or without signal for the class, follow at the end if they must be visited; -1 pads.
    """
    member = members(a)
    classes = len(member)
    there, back = least_out(a, member), least_home(a, member)
    width = min(a.sites, PROMISES)
    promise = np.full((classes, width), -1, dtype=np.int32)
    shortest = np.where(a.fixed >= 0, a.fixed, a.slot_minutes)
    for c in range(classes):
        k = int(member[c])
        travel = there[c].astype(np.int64) + back[c] + a.setup
        room = a.shift_end[k] - a.shift_start[k] - travel
        rate = a.rate_numerator[k] / a.rate_denominator[k]
        serve = np.where(a.fixed >= 0, a.fixed, np.minimum(room, a.people / np.maximum(rate, 1e-9)))
        serve = np.maximum(serve, shortest)
        worth = np.minimum(a.people, rate * serve) / (travel + serve + 1e-9)
        if len(a.documents.worth):
            worth = _with_further(a, k, worth, room=room, travel=travel)
        useful = (room >= shortest) & ((worth > 0) | a.must)
        listed = np.flatnonzero(useful)
        listed = listed[np.argsort(-worth[listed], kind="stable")][:width]
        promise[c, : len(listed)] = listed
    return np.vstack((promise, _promises_of_lodgings(a, width)))


def _promises_of_lodgings(a: Arrays, width: int) -> Ints:
    """List for every lodging the sites that some team serves from there and back, best activations per minute first."""
    nights = a.nights
    promise = np.full((nights.lodgings, width), -1, dtype=np.int32)
    rate = (a.rate_numerator / a.rate_denominator[:, None]).max(axis=0)
    shift = int((nights.away_end - nights.away_start).max(initial=0))
    shortest = np.where(a.fixed >= 0, a.fixed, a.slot_minutes)
    for h in range(nights.lodgings):
        travel = np.minimum(nights.out_minutes[h], nights.home_minutes[h]).astype(np.int64) + a.setup
        room = shift - travel
        serve = np.where(a.fixed >= 0, a.fixed, np.minimum(room, a.people / np.maximum(rate, 1e-9)))
        serve = np.maximum(serve, shortest)
        worth = np.minimum(a.people, rate * serve) / (travel + serve + 1e-9)
        useful = (room >= shortest) & ((worth > 0) | a.must | (a.documents.people.sum(axis=1) > 0))
        listed = np.flatnonzero(useful)
        listed = listed[np.argsort(-worth[listed], kind="stable")][:width]
        promise[h, : len(listed)] = listed
    return promise


def _with_further(a: Arrays, k: int, worth: Floats, *, room: Longs, travel: Longs) -> Floats:
    """Add what an outfit could win with further documents in a minute of a day, in people of the first document."""
    documents, total = a.documents, worth.copy()
    for n in range(1, len(documents.worth)):
        hands = int(documents.operators[k])
        if documents.kind[n] >= 0:
            hands = min(hands, int(documents.machines[k, documents.kind[n]]))
        able = hands * np.maximum(room, 0) * documents.rate[k, :, n] / int(documents.pace[k, n])
        share = documents.worth[n] / max(1, a.weight_shortfall)
        total += share * np.minimum(documents.people[:, n], able) / (travel + np.maximum(room, 0) + 1e-9)
    return total
