"""Places that roads alone connect, and which rides lead from one such shore to another."""

from typing import NamedTuple

import numpy as np

from solver.bound.modes import BASE
from solver.contract.travel import NO_WAY_MINUTES
from solver.numeric.arrays import Arrays
from solver.numeric.kinds import Bools, Indices, Ints, Longs
from solver.numeric.nights import Nights


class Shores(NamedTuple):
    """The shore of each team's base and of each lodging; `seats[s, d]` teams can ride to a shore on a date.

    The last ride to a shore costs `fare[s]` or more. There is one shore where there are no rides, or where nobody may
    sleep away.
    """

    base: Longs
    lodging: Longs
    seats: Longs
    fare: Longs

    @property
    def size(self) -> int:
        """The number of shores."""
        return len(self.seats)

    def of(self, team: Indices, place: Longs) -> Longs:
        """The shore of each place: a lodging, or the base of a team."""
        away = np.append(self.lodging, 0)[place]
        return np.asarray(np.where(place == BASE, self.base[team], away), dtype=np.int64)


def shores_of(arrays: Arrays, nights: Nights) -> Shores:
    """Which places lie on which shore: on one, where a leg leads from either to the other without a ride."""
    a, rides, teams = arrays, len(arrays.ride_fare), len(nights.most)
    none = np.zeros(teams, dtype=np.int64), np.zeros(nights.lodgings, dtype=np.int64)
    if not rides or not nights.lodgings:
        return Shores(*none, np.zeros((1, a.dates), dtype=np.int64), np.zeros(1, dtype=np.int64))
    land = a.sites - rides
    out = np.concatenate((a.out_minutes[:teams], nights.out_minutes))[:, :land] < NO_WAY_MINUTES
    home = np.concatenate((a.home_minutes[:teams], nights.home_minutes)) < NO_WAY_MINUTES
    legs = np.block([[a.minutes[:land, :land] < NO_WAY_MINUTES, home[:, :land].T], [out, _roads(nights.way_minutes)]])
    shore = _components(legs | legs.T)
    count = int(shore.max()) + 1
    # Where a ride arrives: what can be next, a site or the end of the day.
    arrives = np.concatenate((a.minutes[land:, :land] < NO_WAY_MINUTES, home[:, land:].T), axis=1)
    to = [arrives[:, shore == s].any(axis=1) for s in range(count)]
    room = np.minimum(a.max_teams[land:], teams)[:, None] * a.site_open[land:]
    seats = np.array([room[some].sum(axis=0) for some in to], dtype=np.int64)
    dearest = int(a.ride_fare.max())
    fare = np.array([a.ride_fare[some].min(initial=dearest) for some in to], dtype=np.int64)
    return Shores(shore[land : land + teams], shore[land + teams :], seats, fare)


def _roads(table: Ints) -> Bools:
    return np.asarray(table < NO_WAY_MINUTES, dtype=np.bool_)


def _components(legs: Bools) -> Longs:
    """The component of each node of an undirected graph, numbered as they come."""
    label = np.full(len(legs), -1, dtype=np.int64)
    count = 0
    for node in range(len(legs)):
        if label[node] >= 0:
            continue
        fresh = np.zeros(len(legs), dtype=np.bool_)
        fresh[node] = True
        while fresh.any():
            label[fresh] = count
            fresh = legs[fresh].any(axis=0) & (label < 0)
        count += 1
    return label
