"""One planning problem, complete, as frozen data: `outreach-1` and `outreach-2` of docs/planning-format.md.

Nothing here knows how to plan, or judges: `solver.contract.reading` is the one door for what comes from outside.
"""

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from solver.contract.documents import NO_HISTORY, SATELLITE, Document, History, KitPool
from solver.contract.journeys import Break, Connection, Lodging, Night, Ride, Station
from solver.contract.places import Point as Point
from solver.contract.places import Window as Window
from solver.contract.places import bits, place_to_json, windows_to_json

FORMAT = "outreach-1"
NEXT_FORMAT = "outreach-2"
RATINGS = 5


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
    `people` are those of the first document, `people_by_document` those of further ones; on a date with a visit there
    are `min_teams` or more. Whoever goes there serves nobody unless the kits that it `needs_kits` of are along. What
    needs signal takes `minutes_percent` of the usual minutes for each person there. Whoever goes `prepares` so many
    people, which counts nothing; where some were `prepared`, `people` are these.
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
    zone: str = ""
    people_by_document: tuple[tuple[str, int], ...] = ()
    min_teams: int = 1
    needs_kits: tuple[str, ...] = ()
    minutes_percent: int = 100
    prepares: int = 0
    prepared: int = 0

    def windows_at(self, day: date) -> tuple[Window, ...]:
        """Return the windows that hold on a date."""
        for changed, windows in self.windows_on:
            if changed == day:
                return windows
        return self.windows

    def people_of(self, document: str) -> int:
        """Return who can still be won there for a further document."""
        return dict(self.people_by_document).get(document, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Operators who travel together; they leave base when `shift` opens and are back when it closes.

    `history_hours` is how much more (or, negative, less) than its share the team has worked before the first date.
    `away_shift` (None: `shift`) holds on dates that begin or end away from base. A team sleeps away at most
    `max_nights` calendar nights in a row and rests `rest_days` calendar days after the date on which it is back. It
    issues the `documents` named (None: all) and always has its own `kits`, by kind.
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
    zone: str = ""
    max_nights: int = 0
    rest_days: int = 0
    away_shift: Window | None = None
    breaks: tuple[Break, ...] = ()
    documents: tuple[str, ...] | None = None
    kits: tuple[tuple[str, int], ...] = ()
    history: History = NO_HISTORY

    def own_kits(self, kind: str) -> int:
        """Return how many kits of a kind the team always has."""
        return dict(self.kits).get(kind, 0) + (self.satellite and kind == SATELLITE)

    @property
    def works_by_satellite(self) -> bool:
        """Whether the team has a satellite set of its own."""
        return self.satellite or (bool(self.kits) and self.own_kits(SATELLITE) > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Prices in rupiah; `budget` None means that cost is not limited."""

    per_km: int
    per_team_day: int
    budget: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What each fault of a plan costs, in milli-activations; `fairness` for each hour of a team above its share.

    `spread` is for each point between the largest and the smallest load of a team.
    """

    must: int
    pin: int
    shortfall: int
    area_shortfall: int
    per_million_cost: int
    late: int
    moved: int
    fairness: int = 0
    spread: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A team at a site on a date: it sets up from `start`, then serves for `minutes`.

    `work` gives operator-minutes by document; None: all that there are go to the first document.
    """

    team: str
    date: date
    site: str
    start: int
    minutes: int
    work: tuple[tuple[str, int], ...] | None = None

    def to_json(self) -> dict[str, Any]:
        content: dict[str, Any] = {
            "team": self.team,
            "date": self.date.isoformat(),
            "site": self.site,
            "start": self.start,
            "minutes": self.minutes,
        }
        return content if self.work is None else content | {"work": dict(self.work)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A district's planning problem; whether it keeps the contract is judged where it is read, not here.

    A team-day that begins before `usual_day` or ends after it is the heavier for each (None: neither counts).
    `format` says how it was written: what follows `published` is empty in an `outreach-1` file.
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
    format: str = FORMAT
    lodgings: tuple[Lodging, ...] = ()
    stations: tuple[Station, ...] = ()
    connections: tuple[Connection, ...] = ()
    documents: tuple[Document, ...] = ()
    kits: tuple[KitPool, ...] = ()
    pinned_nights: tuple[Night, ...] = ()
    pinned_rides: tuple[Ride, ...] = ()
    night_points: int = 1

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
        """Return the instance as a document of its format; `instance_from_json` gives back an equal one."""
        content: dict[str, Any] = {
            "format": self.format,
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
            content["usual_day"] = [self.usual_day.open, self.usual_day.close]
        content["pinned"] = [visit.to_json() for visit in self.pinned]
        content["published"] = [visit.to_json() for visit in self.published]
        return content | (self._added_tables() if self.format == NEXT_FORMAT else {})

    def _added_tables(self) -> dict[str, Any]:
        """The tables of `outreach-2` that are not empty."""
        tables: dict[str, tuple[Any, ...]] = {
            "lodgings": self.lodgings,
            "stations": self.stations,
            "connections": self.connections,
            "documents": self.documents,
            "kits": self.kits,
            "pinned_nights": self.pinned_nights,
            "pinned_rides": self.pinned_rides,
        }
        content: dict[str, Any] = {name: [row.to_json() for row in rows] for name, rows in tables.items() if rows}
        return content if self.night_points == 1 else content | {"fairness": {"night_points": self.night_points}}


def _plain(record: Any) -> dict[str, Any]:
    """Return a record of numbers, texts and tuples of them as a JSON object."""
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _weights_to_json(weights: Weights) -> dict[str, Any]:
    weighed = _plain(weights)
    return {name: value for name, value in weighed.items() if value or name not in ("fairness", "spread")}


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
    content: dict[str, Any]
    if isinstance(travel, GreatCircle):
        content = {"detour": travel.detour, "kmh": travel.kmh}
    else:
        content = {"minutes": [list(row) for row in travel.minutes], "metres": [list(row) for row in travel.metres]}
    if travel.overrides:
        content["overrides"] = [_plain(override) for override in travel.overrides]
    return content


def _site_to_json(site: Site) -> dict[str, Any]:
    content: dict[str, Any] = {"id": site.id, "name": site.name, "kind": site.kind, "area": site.area}
    content |= place_to_json(site.place)
    content |= {
        "people": site.people,
        "connectivity": site.connectivity,
        "dates": bits(site.open_dates),
        "windows": windows_to_json(site.windows),
    }
    if site.windows_on:
        content["windows_on"] = {day.isoformat(): windows_to_json(windows) for day, windows in site.windows_on}
    return content | {
        "setup_minutes": site.setup_minutes,
        "fixed_minutes": site.fixed_minutes,
        "must": site.must,
        "max_visit_dates": site.max_visit_dates,
        "min_gap_days": site.min_gap_days,
        "max_teams": site.max_teams,
        **({"zone": site.zone} if site.zone else {}),
        **({"people_by_document": dict(site.people_by_document)} if site.people_by_document else {}),
        **({"min_teams": site.min_teams} if site.min_teams != 1 else {}),
        **({"needs_kits": list(site.needs_kits)} if site.needs_kits else {}),
        **({"minutes_percent": site.minutes_percent} if site.minutes_percent != 100 else {}),
        **({"prepares": site.prepares} if site.prepares else {}),
        **({"prepared": site.prepared} if site.prepared else {}),
    }


def _team_to_json(team: Team) -> dict[str, Any]:
    content: dict[str, Any] = {
        "id": team.id,
        "operators": team.operators,
        "minutes_per_activation": team.minutes_per_activation,
    }
    content |= {
        **place_to_json(team.place),
        "dates": bits(team.work_dates),
        "shift": [team.shift.open, team.shift.close],
        "satellite": team.satellite,
        "max_stops": team.max_stops,
    }
    if team.history_hours:
        content["history_hours"] = team.history_hours
    return content | _team_additions(team)


def _team_additions(team: Team) -> dict[str, Any]:
    """The fields of `outreach-2` that differ from what leaving them out means."""
    content: dict[str, Any] = {
        "zone": team.zone,
        "max_nights": team.max_nights,
        "rest_days": team.rest_days,
        "breaks": [rule.to_json() for rule in team.breaks],
        "kits": dict(team.kits),
    }
    content = {name: value for name, value in content.items() if value}
    if team.away_shift is not None:
        content["away_shift"] = [team.away_shift.open, team.away_shift.close]
    if team.documents is not None:
        content["documents"] = list(team.documents)
    if team.history != NO_HISTORY:
        content["history"] = _plain(team.history)
    return content
