"""One planning problem, complete, as frozen data: the `outreach-1` format of docs/planning-format.md.

Nothing here knows how to plan, or judges: `solver.contract.reading` is the one door for what comes from outside.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

FORMAT = "outreach-1"
RATINGS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place on the globe in degrees, WGS 84."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A span of the day in minutes after midnight, both ends included."""

    open: int
    close: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """People still to activate by the deadline (None: by the last date); `gap` None means as many as possible.

    `walk_ins_on` replaces `walk_ins_per_day` on single dates and may name dates on which no team goes out.
    `period_gap` is the part of the gap that is due by the last date (None: all of it). It changes no value: a plan for
    a part of the time to the deadline is judged by it.
    """

    gap: int | None
    walk_ins_per_day: int
    walk_ins_on: tuple[tuple[date, int], ...] = ()
    deadline: date | None = None
    period_gap: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connectivity:
    """What the signal leaves of speed and success, one percentage for each of the ratings 0 to 4."""

    throughput_percent: tuple[int, ...]
    success_percent: tuple[int, ...]
    satellite_level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Travel between two ids (sites, or teams for their base), in both directions, stronger than any other source."""

    between: tuple[str, str]
    minutes: int
    metres: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GreatCircle:
    """Travel along the great circle, stretched by `detour` and driven at `kmh`."""

    detour: float
    kmh: float
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Travel by table: `minutes[i][j]` and `metres[i][j]` from place i to place j; it need not be symmetric."""

    minutes: tuple[tuple[int, ...], ...]
    metres: tuple[tuple[int, ...], ...]
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A sub-district and the fewest activations it is owed."""

    id: str
    name: str
    min_activations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place that can be visited.

    `open_dates` has one entry per date of the instance. `windows_on` replaces `windows` on single dates,
    and an empty tuple there closes the site. Windows may touch, overlap and come in any order: a visit lies in
    one of them. `fixed_minutes` is the exact service time of every visit, `min_gap_days` counts calendar days.
    """

    id: str
    name: str
    kind: str
    area: str
    place: Point | int
    people: int
    connectivity: int
    open_dates: tuple[bool, ...]
    windows: tuple[Window, ...]
    windows_on: tuple[tuple[date, tuple[Window, ...]], ...] = ()
    setup_minutes: int
    fixed_minutes: int | None = None
    must: bool = False
    max_visit_dates: int
    min_gap_days: int
    max_teams: int

    def windows_at(self, day: date) -> tuple[Window, ...]:
        """Return the windows that hold on a date."""
        for changed, windows in self.windows_on:
            if changed == day:
                return windows
        return self.windows


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Operators who travel together; they leave base when `shift` opens and are back when it closes.

    `history_hours` is how much more (or, negative, less) than its share the team has worked before the first date.
    """

    id: str
    operators: int
    minutes_per_activation: int
    place: Point | int
    work_dates: tuple[bool, ...]
    shift: Window
    satellite: bool
    max_stops: int
    history_hours: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Prices in rupiah; `budget` None means that cost is not limited."""

    per_km: int
    per_team_day: int
    budget: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What each fault of a plan costs, in milli-activations; `fairness` for each hour of a team above its share."""

    must: int
    pin: int
    shortfall: int
    area_shortfall: int
    per_million_cost: int
    late: int
    moved: int
    fairness: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A team at a site on a date: it sets up from `start`, then serves for `minutes`."""

    team: str
    date: date
    site: str
    start: int
    minutes: int

    def to_json(self) -> dict[str, Any]:
        return {
            "team": self.team,
            "date": self.date.isoformat(),
            "site": self.site,
            "start": self.start,
            "minutes": self.minutes,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A district's planning problem; whether it keeps the contract is judged where it is read, not here.

    A team-day that begins before `usual_day` or ends after it is the heavier for each (None: neither counts).
    """

    name: str
    dates: tuple[date, ...]
    slot_minutes: int
    target: Target
    connectivity: Connectivity
    travel: GreatCircle | Matrix
    areas: tuple[Area, ...]
    sites: tuple[Site, ...]
    teams: tuple[Team, ...]
    costs: Costs
    weights: Weights
    usual_day: Window | None = None
    pinned: tuple[Visit, ...] = ()
    published: tuple[Visit, ...] = ()

    @property
    def net_gap(self) -> int:
        """People still to activate by visits: the target's gap without the expected walk-ins."""
        if self.target.gap is None:
            return sum(site.people for site in self.sites)
        return max(0, self.target.gap - sum(self.walk_ins_by_date().values()))

    def walk_ins_by_date(self) -> dict[date, int]:
        """What the counters are expected to win on each date up to the deadline, ascending."""
        target = self.target
        expected = dict.fromkeys(self.dates, target.walk_ins_per_day) | dict(target.walk_ins_on)
        return {day: expected[day] for day in sorted(expected) if target.deadline is None or day <= target.deadline}

    def to_json(self) -> dict[str, Any]:
        """Return the instance as a document of the format; `instance_from_json` gives back an equal one."""
        found: dict[str, Any] = {
            "format": FORMAT,
            "name": self.name,
            "dates": [day.isoformat() for day in self.dates],
            "slot_minutes": self.slot_minutes,
            "target": _target_to_json(self.target),
            "connectivity": _plain(self.connectivity),
            "travel": _travel_to_json(self.travel),
            "areas": [_plain(area) for area in self.areas],
            "sites": [_site_to_json(site) for site in self.sites],
            "teams": [_team_to_json(team) for team in self.teams],
            "costs": _plain(self.costs),
            "weights": _weights_to_json(self.weights),
        }
        if self.usual_day is not None:
            found["usual_day"] = [self.usual_day.open, self.usual_day.close]
        return found | {
            "pinned": [visit.to_json() for visit in self.pinned],
            "published": [visit.to_json() for visit in self.published],
        }


def _plain(record: Any) -> dict[str, Any]:
    """Return a record of numbers, texts and tuples of them as a JSON object."""
    found = {field.name: getattr(record, field.name) for field in fields(record)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


def _weights_to_json(weights: Weights) -> dict[str, Any]:
    found = _plain(weights)
    if not weights.fairness:
        del found["fairness"]
    return found


def _target_to_json(target: Target) -> dict[str, Any]:
    fields_given: dict[str, Any] = {"gap": target.gap, "walk_ins_per_day": target.walk_ins_per_day}
    if target.walk_ins_on:
        fields_given["walk_ins_on"] = {day.isoformat(): count for day, count in target.walk_ins_on}
    if target.deadline is not None:
        fields_given["deadline"] = target.deadline.isoformat()
    if target.period_gap is not None:
        fields_given["period_gap"] = target.period_gap
    return fields_given


def _travel_to_json(travel: GreatCircle | Matrix) -> dict[str, Any]:
    found: dict[str, Any]
    if isinstance(travel, GreatCircle):
        found = {"detour": travel.detour, "kmh": travel.kmh}
    else:
        found = {"minutes": [list(row) for row in travel.minutes], "metres": [list(row) for row in travel.metres]}
    if travel.overrides:
        found["overrides"] = [_plain(override) for override in travel.overrides]
    return found


def _place_to_json(place: Point | int) -> Mapping[str, Any]:
    return {"lat": place.lat, "lon": place.lon} if isinstance(place, Point) else {"place": place}


def _bits(flags: tuple[bool, ...]) -> str:
    return "".join("1" if flag else "0" for flag in flags)


def _windows_to_json(windows: tuple[Window, ...]) -> list[list[int]]:
    return [[window.open, window.close] for window in windows]


def _site_to_json(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = {"id": site.id, "name": site.name, "kind": site.kind, "area": site.area}
    found |= _place_to_json(site.place)
    found |= {
        "people": site.people,
        "connectivity": site.connectivity,
        "dates": _bits(site.open_dates),
        "windows": _windows_to_json(site.windows),
    }
    if site.windows_on:
        found["windows_on"] = {day.isoformat(): _windows_to_json(windows) for day, windows in site.windows_on}
    return found | {
        "setup_minutes": site.setup_minutes,
        "fixed_minutes": site.fixed_minutes,
        "must": site.must,
        "max_visit_dates": site.max_visit_dates,
        "min_gap_days": site.min_gap_days,
        "max_teams": site.max_teams,
    }


def _team_to_json(team: Team) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": team.id,
        "operators": team.operators,
        "minutes_per_activation": team.minutes_per_activation,
    }
    found |= {
        **_place_to_json(team.place),
        "dates": _bits(team.work_dates),
        "shift": [team.shift.open, team.shift.close],
        "satellite": team.satellite,
        "max_stops": team.max_stops,
    }
    if team.history_hours:
        found["history_hours"] = team.history_hours
    return found
