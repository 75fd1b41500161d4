"""Nights away, rides and breaks: what `outreach-2` adds to a team's way, in the instance and in the plan.

Between different zones there is no way but connections and overrides. A night lasts until the next entry of the
instance's dates, so that the one after a Friday can be three calendar nights.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from solver.contract.places import Point, Window, bits, place_to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Lodging:
    """A place where teams may sleep: `max_teams` of them a night (None: any number), on nights after `open_dates`."""

    id: str
    name: str
    place: Point | int
    zone: str
    cost_per_night: int
    max_teams: int | None
    open_dates: tuple[bool, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            **place_to_json(self.place),
            "zone": self.zone,
            "cost_per_night": self.cost_per_night,
            "max_teams": self.max_teams,
            "dates": bits(self.open_dates),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A harbour or an airstrip: a place to pass through."""

    id: str
    name: str
    place: Point | int
    zone: str

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "name": self.name, **place_to_json(self.place), "zone": self.zone}


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A boat or plane in one direction, between the ids of stations, lodgings or sites.

    `departs` are its earliest and latest departure: equal ones are a timetable, a wider window is a charter. `fare` is
    for a whole team, `max_teams` a date (None: any number).
    """

    id: str
    origin: str
    target: str
    departs: Window
    minutes: int
    fare: int
    max_teams: int | None
    run_dates: tuple[bool, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "from": self.origin,
            "to": self.target,
            "departs": [self.departs.open, self.departs.close],
            "minutes": self.minutes,
            "fare": self.fare,
            "max_teams": self.max_teams,
            "dates": bits(self.run_dates),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A pause of so many minutes inside `window`, which a team takes on each of `on_dates` that is a team-day."""

    minutes: int
    window: Window
    on_dates: tuple[bool, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "minutes": self.minutes,
            "window": [self.window.open, self.window.close],
            "dates": bits(self.on_dates),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """A row of a plan: the team sleeps at the lodging after the date."""

    team: str
    date: date
    lodging: str

    def to_json(self) -> dict[str, Any]:
        return {"team": self.team, "date": self.date.isoformat(), "lodging": self.lodging}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ride:
    """A row of a plan: the team takes the connection, leaving at `start`.

    None: no start is known, as where a ride is pinned without it.
    """

    team: str
    date: date
    connection: str
    start: int | None = None

    def to_json(self) -> dict[str, Any]:
        content: dict[str, Any] = {"team": self.team, "date": self.date.isoformat(), "connection": self.connection}
        return content if self.start is None else content | {"start": self.start}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A row of a plan: the team takes its break of this `number` (position in its list) from `start`."""

    team: str
    date: date
    number: int
    start: int

    def to_json(self) -> dict[str, Any]:
        return {"team": self.team, "date": self.date.isoformat(), "break": self.number, "start": self.start}
