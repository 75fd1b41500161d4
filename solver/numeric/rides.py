"""Rides as sites without people: what a boat is to a route is a site whose window is its departure.

A ride is entered at one place and left at another, so that legs into it lead to where it departs, and legs out of it
begin where it arrives.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from solver.contract.instance import Instance, Site, Window
from solver.contract.travel import Place
from solver.numeric.nights import ANY_TEAMS


class Ways(NamedTuple):
    """The sites of an instance and behind them its rides: as sites, where they are entered, where they are left."""

    sites: tuple[Site, ...]
    enters: tuple[Place, ...]
    leaves: tuple[Place, ...]


def with_rides(instance: Instance, as_ride: Callable[[Site], Site] = lambda site: site) -> Ways:
    """Put the rides of an instance behind its sites, each as `as_ride` makes it."""
    places: dict[str, Place] = {station.id: station for station in instance.stations}
    places |= {lodging.id: lodging for lodging in instance.lodgings}
    places |= {site.id: site for site in instance.sites}
    rides = instance.connections
    return Ways(
        sites=(*instance.sites, *(as_ride(ride) for ride in _as_sites(instance))),
        enters=(*instance.sites, *(places[ride.origin] for ride in rides)),
        leaves=(*instance.sites, *(places[ride.target] for ride in rides)),
    )


def _as_sites(instance: Instance) -> tuple[Site, ...]:
    """Nobody is there, and as many teams as there are seats may come, on all dates that it runs."""
    if not instance.connections:
        return ()
    anywhere = instance.sites[0]
    return tuple(
        replace(
            anywhere,
            id=ride.id,
            name=ride.id,
            people=0,
            people_by_document=(),
            open_dates=ride.run_dates,
            windows=(Window(open=ride.departs.open, close=ride.departs.close + ride.minutes),),
            windows_on=(),
            setup_minutes=0,
            fixed_minutes=ride.minutes,
            must=False,
            max_visit_dates=len(instance.dates),
            min_gap_days=0,
            max_teams=ANY_TEAMS if ride.max_teams is None else ride.max_teams,
            min_teams=1,
        )
        for ride in instance.connections
    )
