"""Nights away from base, laid out for compiled code."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from solver.contract.book import nights_after
from solver.contract.instance import Instance
from solver.contract.travel import Place
from solver.numeric.kinds import Ints, Longs
from solver.numeric.legs import Roads, none_to_itself

# Teams for which there is always a bed.
ANY_TEAMS = 2**20


class Nights(NamedTuple):
    """The H lodgings of an instance; all tables but those of teams and dates are empty where nobody may sleep away.

    `most[k]` calendar nights in a row a team may be away, then it does nothing for `rest[k]` calendar days. On dates
    that begin or end away its shift is from `away_start` to `away_end`. `calendar[d]` nights lie between a date and the
    next one, 0 after the last. `beds[h, d]` teams may sleep at a lodging after a date, for `rupiah[h]` a night each.
    `out_*[h, i]` lead from a lodging to a site, `home_*[h, i]` back; `way_*[x, y]` from one place to another, where the
    bases of the K teams come first, then the lodgings.
    """

    most: Longs
    rest: Longs
    away_start: Ints
    away_end: Ints
    calendar: Longs
    rupiah: Longs
    beds: Longs
    out_minutes: Ints
    out_metres: Ints
    home_minutes: Ints
    home_metres: Ints
    way_minutes: Ints
    way_metres: Ints

    @property
    def lodgings(self) -> int:
        """The number of lodgings."""
        return len(self.rupiah)

    def of_teams(self, k: int) -> tuple[Longs | Ints, ...]:
        """What tells a team from others in the nights that it may be away; nothing where nobody may."""
        if not self.lodgings:
            return ()
        mine = slice(k, k + 1)
        ways = self.way_minutes[k], self.way_metres[k], self.way_minutes[:, k], self.way_metres[:, k]
        there = tuple(way[len(self.most) :] for way in ways)
        return self.most[mine], self.rest[mine], self.away_start[mine], self.away_end[mine], *there


def nights_of(instance: Instance, roads: Roads, enters: Sequence[Place], leaves: Sequence[Place]) -> Nights:
    """Lay out what an instance says of nights; `enters` and `leaves` are where sites and rides begin and end."""
    teams, dates = instance.teams, instance.dates
    lodgings = instance.lodgings if any(team.max_nights for team in teams) else ()
    places: tuple[Place, ...] = (*teams, *lodgings) if lodgings else ()
    shifts = [team.away_shift or team.shift for team in teams]
    calendar = [nights_after(dates, d) for d in range(len(dates) - 1)]
    beds = [
        [is_open * (ANY_TEAMS if lodging.max_teams is None else lodging.max_teams) for is_open in lodging.open_dates]
        for lodging in lodgings
    ]
    out = none_to_itself(roads.between(lodgings, enters), lodgings, enters)
    home = none_to_itself(roads.between(leaves, lodgings), leaves, lodgings)
    way = none_to_itself(roads.between(places, places), places, places)
    return Nights(
        most=np.array([team.max_nights for team in teams], dtype=np.int64),
        rest=np.array([team.rest_days for team in teams], dtype=np.int64),
        away_start=np.array([shift.open for shift in shifts], dtype=np.int32),
        away_end=np.array([shift.close for shift in shifts], dtype=np.int32),
        calendar=np.array([*calendar, 0], dtype=np.int64)[: len(dates)],
        rupiah=np.array([lodging.cost_per_night for lodging in lodgings], dtype=np.int64),
        beds=np.array(beds, dtype=np.int64).reshape(len(lodgings), len(dates)),
        out_minutes=out.minutes,
        out_metres=out.metres,
        home_minutes=np.ascontiguousarray(home.minutes.T),
        home_metres=np.ascontiguousarray(home.metres.T),
        way_minutes=way.minutes,
        way_metres=way.metres,
    )
