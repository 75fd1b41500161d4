"""Days that are to stand, nights and rides included, as rows of positions: where every plan begins."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from solver.contract.instance import Instance, Visit
from solver.numeric.kinds import Ints
from solver.plans.paused_starts import key_of
from solver.plans.standing_room import StandingDay

Clock = Mapping[tuple[str, date], "tuple[tuple[int, int], ...]"]
"""For a team's date the moments from which on the clock runs more behind, and by how many minutes each time."""


class Standing(NamedTuple):
    """Days by team and date, and their stops.

    `days` are rows of team, date, lodging before and after (-1: base), in order; `stops` are rows of team, date, site,
    minutes, start, whether it has to start then, whether it is a pinned visit; in the order in which they are made.
    """

    days: Ints
    stops: Ints

    def journeys(self) -> Iterator[list[tuple[tuple[int, int, int, int], Ints]]]:
        """Yield the days that nights tie together, each with its stops (from the site on); others by themselves."""
        journey: list[tuple[tuple[int, int, int, int], Ints]] = []
        for k, d, before, after in self.days.tolist():
            mine = self.stops[(self.stops[:, 0] == k) & (self.stops[:, 1] == d)]
            journey.append(((k, d, before, after), mine[:, 2:]))
            if after < 0:
                yield journey
                journey = []


NOTHING_STANDS = Standing(days=np.empty((0, 4), dtype=np.int32), stops=np.empty((0, 7), dtype=np.int32))


def standing_of(instance: Instance, days: Sequence[StandingDay], *, clock: Clock | None = None) -> Standing:
    """Lay days out; only pins have to start as they do, and what leads to them on a clock that leaves breaks out."""
    teams = {team.id: k for k, team in enumerate(instance.teams)}
    lodgings: dict[str | None, int] = {lodging.id: h for h, lodging in enumerate(instance.lodgings)} | {None: -1}
    sites = {site.id: i for i, site in enumerate(instance.sites)}
    rides = {ride.id: len(sites) + c for c, ride in enumerate(instance.connections)}
    lasting = {ride.id: ride.minutes for ride in instance.connections}
    pinned, published = set(instance.pinned), set(instance.published)
    pinned_rides = {key_of(ride) for ride in instance.pinned_rides}
    ordered = sorted(days, key=lambda day: (teams[day.team], day.date_index))
    dated = [(teams[day.team], day.date_index, lodgings[day.begin], lodgings[day.end]) for day in ordered]
    stops: list[tuple[int, ...]] = []
    for day in ordered:
        has_pins = any(key_of(stop) in pinned_rides or stop in pinned for stop in day.stops)
        steps = (clock or {}).get((day.team, instance.dates[day.date_index]), ())
        for stop in day.stops:
            if isinstance(stop, Visit):
                i, minutes, is_pin = sites[stop.site], stop.minutes, stop in pinned
            else:
                i, minutes, is_pin = rides[stop.connection], lasting[stop.connection], False
            moment = stop.start or 0
            start = moment - sum(behind for since, behind in steps if moment >= since)
            is_held = is_pin or (clock is not None and has_pins and stop not in published)
            stops.append((teams[day.team], day.date_index, i, minutes, start, int(is_held), int(is_pin)))
    return Standing(
        days=np.array(dated, dtype=np.int32).reshape(len(dated), 4),
        stops=np.array(stops, dtype=np.int32).reshape(len(stops), 7),
    )
