"""Reads what `outreach-2` adds to an instance; every field may be left out and then changes nothing."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, TypeVar

from solver.contract.documents import IKD, NO_HISTORY, Document, History, KitPool
from solver.contract.instance import GreatCircle, Instance, Matrix, Site, Team
from solver.contract.journeys import Break, Connection, Lodging, Night, Ride, Station
from solver.contract.json_fields import MISSING, Fields, parse_date
from solver.contract.shared_fields import MOST_MINUTES, MOST_MONEY, read_flags, read_place, read_records, read_window

T = TypeVar("T")
MOST_POINTS = 1_000_000
ID_TABLES = ("lodgings", "stations", "connections", "kits", "documents")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What has been read of an instance before its sites, teams and further tables are."""

    dates: tuple[date, ...]
    ground: GreatCircle | Matrix | None
    """How to travel; None where that cannot be read."""
    documents: tuple[Document, ...]

    @property
    def count(self) -> int:
        return len(self.dates)

    @property
    def document_ids(self) -> frozenset[str]:
        return frozenset(document.id for document in self.documents)


def read_documents(top: Fields) -> tuple[Document, ...]:
    """Read the further documents."""
    return _table(top, "documents", _document)


def with_site_additions(site: Site, fields: Fields, around: Surroundings) -> Site:
    """Return the site with its zone, its people by document, the least number of teams, the kits and the minutes it
    needs, and whom it prepares."""
    least = fields.integer("min_teams", least=1, most=max(1, site.max_teams), default=1)
    return replace(
        site,
        zone=fields.text("zone", optional=True),
        people_by_document=_people_by_document(fields, around.document_ids),
        min_teams=least,
        needs_kits=_needed_kits(fields),
        minutes_percent=fields.integer("minutes_percent", least=1, most=1000, default=100),
        prepares=fields.integer("prepares", default=0),
        prepared=fields.integer("prepared", default=0),
    )


def with_team_additions(team: Team, fields: Fields, around: Surroundings) -> Team:
    """Return the team with its zone, nights, breaks, documents, kits and history."""
    away = None
    if fields.has("away_shift"):
        away = read_window(fields.take("away_shift"), f"{fields.path}/away_shift", fields.notes)
    return replace(
        team,
        zone=fields.text("zone", optional=True),
        max_nights=fields.integer("max_nights", default=0),
        rest_days=fields.integer("rest_days", default=0),
        away_shift=away,
        breaks=tuple(_breaks(fields, around.count)),
        documents=_documents_of(fields, around.document_ids),
        kits=_own_kits(fields),
        history=_history(fields),
    )


def with_added_tables(instance: Instance, top: Fields, around: Surroundings) -> Instance:
    """Return the instance with lodgings, stations, connections, kits, pinned rows and points of fairness."""
    lodgings = _table(top, "lodgings", partial(_lodging, around=around))
    stations = _table(top, "stations", partial(_station, around=around))
    stops = (
        {site.id for site in instance.sites}
        | {lodging.id for lodging in lodgings}
        | {station.id for station in stations}
    )
    connections = _table(top, "connections", partial(_connection, around=around, stops=stops))
    team_ids = frozenset(team.id for team in instance.teams)
    kits = _table(top, "kits", partial(_kit_pool, around=around, team_ids=team_ids))
    _check_ids(top, taken={site.id: "a site" for site in instance.sites} | dict.fromkeys(team_ids, "a team"))
    whose = _PinnedRows(teams=team_ids, dates=frozenset(instance.dates))
    nights, rides = {place.id for place in lodgings}, {connection.id for connection in connections}
    return replace(
        instance,
        lodgings=lodgings,
        stations=stations,
        connections=connections,
        documents=around.documents,
        kits=kits,
        pinned_nights=tuple(
            Night(team=team, date=day, lodging=name)
            for team, day, name, _ in whose.read(top, "pinned_nights", "lodging", nights)
        ),
        pinned_rides=tuple(
            Ride(team=team, date=day, connection=name, start=start)
            for team, day, name, start in whose.read(top, "pinned_rides", "connection", rides)
        ),
        night_points=_night_points(top),
    )


def _table(top: Fields, key: str, read: Callable[[Fields], T]) -> tuple[T, ...]:
    return read_records(top, key, read) if top.has(key) else ()


def _document(fields: Fields) -> Document:
    kit = fields.take("kit")
    if kit is not MISSING and kit is not None and not (isinstance(kit, str) and kit):
        fields.fault("kit", "give null or the kind of kit that issuing it needs")
    return Document(
        id=fields.text("id"),
        gap=fields.integer_or_null("gap"),
        walk_ins_per_day=fields.integer("walk_ins_per_day", default=0),
        minutes=fields.integer("minutes", least=1, most=MOST_MINUTES),
        kit=kit if isinstance(kit, str) else None,
        needs_signal=fields.flag("needs_signal", default=True) if fields.has("needs_signal") else True,
        shortfall=fields.integer("shortfall", most=MOST_MONEY),
        late=fields.integer("late", most=MOST_MONEY, default=0),
    )


def _people_by_document(fields: Fields, known: Collection[str]) -> tuple[tuple[str, int], ...]:
    if not fields.has("people_by_document"):
        return ()
    counts = fields.inner("people_by_document")
    entries = fields.take("people_by_document")
    people: list[tuple[str, int]] = []
    for name in entries if isinstance(entries, dict) else ():
        if name == IKD:
            fields.notes.add(f"{counts.path}/{IKD}", entries[name], "give them as people: that is the first document")
        elif name not in known:
            fields.notes.add(f"{counts.path}/{_escaped(name)}", name, "name one of the documents of this file")
        else:
            people.append((name, counts.integer(name)))
    return tuple(people)


def _breaks(fields: Fields, dates: int) -> list[Break]:
    breaks: list[Break] = []
    for index, entry in enumerate(fields.entries("breaks") if fields.has("breaks") else []):
        inner = Fields(entry, f"{fields.path}/breaks/{index}", fields.notes)
        if not isinstance(entry, dict):
            continue
        minutes = inner.integer("minutes", least=1, most=MOST_MINUTES)
        window = read_window(inner.take("window"), f"{inner.path}/window", fields.notes)
        if inner.sound and window.close - window.open < minutes:
            inner.fault("window", f"give earliest start and latest end at least {minutes} minutes apart")
        breaks.append(Break(minutes=minutes, window=window, on_dates=read_flags(inner, "dates", dates, optional=True)))
    return breaks


def _documents_of(fields: Fields, known: Collection[str]) -> tuple[str, ...] | None:
    if not fields.has("documents"):
        return None
    names = fields.entries("documents")
    for index, name in enumerate(names):
        path = f"{fields.path}/documents/{index}"
        if not isinstance(name, str) or (name != IKD and name not in known):
            fields.notes.add(path, name, f"name {IKD} or one of the documents of this file")
        elif name in names[:index]:
            fields.notes.add(path, name, "name each document once")
    return tuple(name for name in names if isinstance(name, str))


def _needed_kits(fields: Fields) -> tuple[str, ...]:
    kinds = fields.entries("needs_kits") if fields.has("needs_kits") else []
    for index, kind in enumerate(kinds):
        path = f"{fields.path}/needs_kits/{index}"
        if not isinstance(kind, str) or not kind:
            fields.notes.add(path, kind, "name the kind of kit")
        elif kind in kinds[:index]:
            fields.notes.add(path, kind, "name each kind of kit once")
    return tuple(kind for kind in kinds if isinstance(kind, str))


def _own_kits(fields: Fields) -> tuple[tuple[str, int], ...]:
    if not fields.has("kits"):
        return ()
    counts = fields.inner("kits")
    entries = fields.take("kits")
    kits: list[tuple[str, int]] = []
    for kind in entries if isinstance(entries, dict) else ():
        if not kind:
            fields.notes.add(f"{counts.path}/", kind, "name the kind of kit")
        kits.append((kind, counts.integer(kind)))
    return tuple(kits)


def _history(fields: Fields) -> History:
    if not fields.has("history"):
        return NO_HISTORY
    inner = fields.inner("history")
    return History(points=inner.integer("points", most=MOST_POINTS), dates=inner.integer("dates", most=MOST_POINTS))


def _lodging(fields: Fields, *, around: Surroundings) -> Lodging:
    return Lodging(
        id=fields.text("id"),
        name=fields.text("name", optional=True),
        place=read_place(fields, around.ground),
        zone=fields.text("zone", optional=True),
        cost_per_night=fields.integer("cost_per_night", most=MOST_MONEY, default=0),
        max_teams=fields.integer_or_null("max_teams", optional=True),
        open_dates=read_flags(fields, "dates", around.count, optional=True),
    )


def _station(fields: Fields, *, around: Surroundings) -> Station:
    return Station(
        id=fields.text("id"),
        name=fields.text("name", optional=True),
        place=read_place(fields, around.ground),
        zone=fields.text("zone", optional=True),
    )


def _connection(fields: Fields, *, around: Surroundings, stops: Collection[str]) -> Connection:
    ends: dict[str, str] = {}
    for key in ("from", "to"):
        ends[key] = fields.text(key)
        if isinstance(fields.take(key), str) and ends[key] not in stops:
            fields.fault(key, "name a station, a lodging or a site of this file")
    if ends["from"] and ends["from"] == ends["to"]:
        fields.fault("to", "name another place than the one that it leaves from")
    return Connection(
        id=fields.text("id"),
        origin=ends["from"],
        target=ends["to"],
        departs=read_window(fields.take("departs"), f"{fields.path}/departs", fields.notes),
        minutes=fields.integer("minutes", least=1, most=MOST_MINUTES),
        fare=fields.integer("fare", most=MOST_MONEY, default=0),
        max_teams=fields.integer_or_null("max_teams", optional=True),
        run_dates=read_flags(fields, "dates", around.count, optional=True),
    )


def _kit_pool(fields: Fields, *, around: Surroundings, team_ids: Collection[str]) -> KitPool:
    kind = fields.text("kind")
    if isinstance(fields.take("kind"), str) and not kind:
        fields.fault("kind", "give a kind that is not empty")
    teams = None
    if fields.has("teams"):
        names = fields.entries("teams")
        for index, name in enumerate(names):
            if not isinstance(name, str) or name not in team_ids:
                fields.notes.add(f"{fields.path}/teams/{index}", name, "name a team of this file")
        teams = tuple(name for name in names if isinstance(name, str))
    return KitPool(
        id=fields.text("id"),
        kind=kind,
        count=fields.integer("count"),
        max_per_team=fields.integer("max_per_team", default=1),
        teams=teams,
        cost_per_day=fields.integer("cost_per_day", most=MOST_MONEY, default=0),
        on_dates=read_flags(fields, "dates", around.count, optional=True),
    )


def _check_ids(top: Fields, *, taken: Mapping[str, str]) -> None:
    """Plans name all of these by id alone, so an id stands for one thing."""
    owners = {**taken, IKD: "the first document"}
    for table in ID_TABLES:
        entries = top.take(table)
        mine: dict[str, str] = {}
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            name = entry.get("id") if isinstance(entry, dict) else None
            if isinstance(name, str) and name in owners:
                top.notes.add(f"/{table}/{index}/id", name, f"give it another id: {owners[name]} has this one")
            elif isinstance(name, str):
                mine[name] = f"/{table}/{index}"
        owners |= mine


@dataclass(frozen=True, slots=True, kw_only=True)
class _PinnedRows:
    """Whose nights and rides can be pinned, and when."""

    teams: Collection[str]
    dates: Collection[date]

    def read(self, top: Fields, key: str, name: str, known: Collection[str]) -> list[tuple[str, date, str, int | None]]:
        """Read rows of team, date and an id under `name`, each with its start if it has one."""
        rows: list[tuple[str, date, str, int | None]] = []
        for index, entry in enumerate(top.entries(key) if top.has(key) else []):
            fields = Fields(entry, f"/{key}/{index}", top.notes)
            if not isinstance(entry, dict):
                continue
            day = parse_date(entry.get("date"))
            if day is None:
                fields.fault("date", "give the date as YYYY-MM-DD")
            elif day not in self.dates:
                fields.fault("date", "name a date of this file")
            _known(fields, "team", self.teams)
            _known(fields, name, known)
            start = fields.integer("start", most=MOST_MINUTES) if fields.has("start") else None
            if fields.sound and day is not None:
                rows.append((entry["team"], day, entry[name], start))
        return rows


def _known(fields: Fields, key: str, known: Collection[str]) -> None:
    value: Any = fields.take(key)
    if not isinstance(value, str):
        fields.fault(key, "give the id as text")
    elif value not in known:
        fields.fault(key, f"name a {key} of this file")


def _night_points(top: Fields) -> int:
    if not top.has("fairness"):
        return 1
    return top.inner("fairness").integer("night_points", most=MOST_POINTS, default=1)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
