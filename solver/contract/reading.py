"""Reads an instance from JSON and refuses whatever breaks the contract, naming every fault at once.

What the planning format leaves open is allowed: windows may overlap, a matrix may be asymmetric, a published visit
may have become impossible. Fields that the format does not know are ignored.
"""

import gzip
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from solver.contract.added_fields import (
    Surroundings,
    read_documents,
    with_added_tables,
    with_site_additions,
    with_team_additions,
)
from solver.contract.faults import Fault, InvalidInstance
from solver.contract.instance import (
    FORMAT,
    NEXT_FORMAT,
    RATINGS,
    Area,
    Connectivity,
    Costs,
    GreatCircle,
    Instance,
    Matrix,
    Override,
    Site,
    Target,
    Team,
    Visit,
    Weights,
    Window,
)
from solver.contract.json_fields import MISSING, MOST, Fields, Notes, parse_date, read_visit
from solver.contract.magnitude import check_magnitude
from solver.contract.pins import broken_pins
from solver.contract.shared_fields import (
    MOST_MINUTES,
    MOST_MONEY,
    read_flags,
    read_place,
    read_records,
    read_window,
    read_windows,
)
from solver.contract.travel import NO_WAY_MINUTES
from solver.contract.workload import MOST_HISTORY_HOURS

LONGEST_WAY_KM = 20_016


def instance_from_json(document: object) -> Instance:
    """Build an instance from parsed JSON; raises `InvalidInstance` with every fault found."""
    notes = Notes()
    top = Fields(document, "", notes)
    format_ = top.take("format")
    if format_ not in (FORMAT, NEXT_FORMAT):
        top.fault("format", f'give "{FORMAT}" or "{NEXT_FORMAT}", the formats known')
    is_next = format_ == NEXT_FORMAT
    name = top.text("name")
    dates = _dates(top)
    slot_minutes = top.integer("slot_minutes", least=1, most=MOST_MINUTES)
    target = _target(top.inner("target"))
    connectivity = _connectivity(top.inner("connectivity"))
    areas = read_records(top, "areas", _area)
    area_ids = frozenset(area.id for area in areas)
    travel_fields = top.inner("travel")
    travel = _travel(travel_fields)
    ground = travel if travel_fields.sound else None
    travel = replace(travel, overrides=_overrides(travel_fields))
    around = Surroundings(dates=dates, ground=ground, documents=read_documents(top) if is_next else ())
    sites = read_records(top, "sites", partial(_site, around=around, area_ids=area_ids, is_next=is_next))
    teams = read_records(top, "teams", partial(_team, around=around, is_next=is_next))
    costs = _costs(top.inner("costs"))
    weights = _weights(top.inner("weights"), is_next=is_next)
    usual_day = None
    if top.take("usual_day") not in (MISSING, None):
        usual_day = read_window(top.take("usual_day"), "/usual_day", notes)
    pinned = _visits(top, "pinned", sites, teams=teams, dates=dates)
    published = _visits(top, "published", sites, teams=teams, dates=dates)
    instance = Instance(
        name=name,
        dates=dates,
        slot_minutes=slot_minutes,
        target=target,
        connectivity=connectivity,
        travel=travel,
        areas=areas,
        sites=sites,
        teams=teams,
        costs=costs,
        weights=weights,
        usual_day=usual_day,
        pinned=pinned,
        published=published,
        format=NEXT_FORMAT if is_next else FORMAT,
    )
    if is_next:
        instance = with_added_tables(instance, top, around)
    known = {site.id for site in sites} | {team.id for team in teams}
    known |= {lodging.id for lodging in instance.lodgings} | {station.id for station in instance.stations}
    _check_overrides(travel_fields, known=known, is_next=is_next)
    if (pinned or instance.pinned_nights or instance.pinned_rides) and _pins_can_be_judged(instance, notes.faults):
        notes.faults += broken_pins(instance)
    if not notes.faults:
        check_magnitude(instance, notes)
    if notes.faults:
        raise InvalidInstance(tuple(notes.faults))
    return instance


def read_instance(path: Path) -> Instance:
    """Read an instance from a `.json` or `.json.gz` file; raises `OSError` and `InvalidInstance`."""
    content = path.read_bytes()
    try:
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        document = json.loads(content)
    except (ValueError, EOFError, RecursionError, zlib.error, OSError) as exc:
        fault = Fault(path="", value="unreadable", mend=f"write it as JSON in UTF-8 ({exc})")
        raise InvalidInstance((fault,)) from exc
    return instance_from_json(document)


def write_instance(instance: Instance, path: Path) -> None:
    """Write an instance as JSON, compressed if the name ends in `.gz`."""
    content = json.dumps(instance.to_json(), ensure_ascii=False, separators=(",", ":")).encode()
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


def _dates(top: Fields) -> tuple[date, ...]:
    dates: list[date] = []
    for index, value in enumerate(top.entries("dates")):
        day = parse_date(value)
        if day is None:
            top.notes.add(f"/dates/{index}", value, "give the date as YYYY-MM-DD")
        elif dates and day <= dates[-1]:
            top.notes.add(f"/dates/{index}", value, f"sort the dates and list each once: {dates[-1]} comes before it")
        # A stand-in keeps the number of dates, which the bit strings are measured by.
        dates.append(day or (dates[-1] if dates else date.min))
    return tuple(dates)


def _target(fields: Fields) -> Target:
    gap = fields.integer_or_null("gap")
    period_gap = fields.integer_or_null("period_gap", optional=True)
    if period_gap is not None and gap is not None and period_gap > gap:
        fields.fault("period_gap", f"give null or at most the gap, {gap}: it is the part due by the last date")
    elif period_gap is not None and gap is None:
        fields.fault("period_gap", "leave it out: without a gap no part of it is due")
    return Target(
        gap=gap,
        walk_ins_per_day=fields.integer("walk_ins_per_day"),
        walk_ins_on=_walk_ins_on(fields),
        deadline=_deadline(fields),
        period_gap=period_gap,
    )


def _deadline(fields: Fields) -> date | None:
    value = fields.take("deadline")
    if value is MISSING or value is None:
        return None
    day = parse_date(value)
    if day is None:
        fields.fault("deadline", "give null or the date as YYYY-MM-DD")
    return day


def _walk_ins_on(fields: Fields) -> tuple[tuple[date, int], ...]:
    if not fields.has("walk_ins_on"):
        return ()
    by_date = fields.inner("walk_ins_on")
    entries = fields.take("walk_ins_on")
    counts: dict[date, int] = {}
    for key in entries if isinstance(entries, dict) else ():
        day = parse_date(key)
        if day is None:
            fields.notes.add(f"{by_date.path}/{key}", key, "give the date as YYYY-MM-DD")
        else:
            counts[day] = by_date.integer(key)
    return tuple(sorted(counts.items()))


def _connectivity(fields: Fields) -> Connectivity:
    return Connectivity(
        # A good line can be quicker than the usual one; no line makes more than every attempt succeed.
        throughput_percent=_percentages(fields, "throughput_percent", most=1000),
        success_percent=_percentages(fields, "success_percent", most=100),
        satellite_level=fields.integer("satellite_level", most=RATINGS - 1),
    )


def _percentages(fields: Fields, key: str, *, most: int) -> tuple[int, ...]:
    values = fields.take(key)
    if isinstance(values, list) and len(values) == RATINGS and all(type(v) is int and 0 <= v <= most for v in values):
        return tuple(values)
    fields.fault(key, f"give {RATINGS} whole percentages from 0 to {most}, one for each rating from 0 to {RATINGS - 1}")
    return (0,) * RATINGS


def _travel(fields: Fields) -> GreatCircle | Matrix:
    by_table = fields.has("minutes") or fields.has("metres")
    by_globe = fields.has("detour") or fields.has("kmh")
    if by_table and by_globe:
        fields.notes.add("/travel", "both ways", "give detour and kmh, or the matrices minutes and metres, not both")
    if by_table:
        return _matrix(fields)
    detour = fields.number("detour", least=0, most=100)
    kmh = fields.number("kmh", least=0.01, most=100_000)
    if fields.sound and LONGEST_WAY_KM * detour / kmh * 60 > MOST_MINUTES:
        fields.fault("kmh", f"give a speed that crosses the globe within {MOST_MINUTES} minutes")
    return GreatCircle(detour=detour, kmh=kmh)


def _overrides(fields: Fields) -> tuple[Override, ...]:
    entries = fields.entries("overrides") if fields.has("overrides") else []
    return tuple(
        _override(Fields(entry, f"/travel/overrides/{index}", fields.notes)) for index, entry in enumerate(entries)
    )


def _override(fields: Fields) -> Override:
    between = fields.take("between")
    pair = ("", "")
    if isinstance(between, list) and len(between) == 2 and all(isinstance(end, str) for end in between):
        pair = (between[0], between[1])
    else:
        fields.fault("between", "give two ids, each of a site or a team")
    return Override(between=pair, minutes=fields.integer("minutes", most=MOST_MINUTES), metres=fields.integer("metres"))


def _matrix(fields: Fields) -> Matrix:
    size = len(fields.take("minutes")) if isinstance(fields.take("minutes"), list) else None
    _check_no_way(fields)
    return Matrix(
        minutes=_square(fields, "minutes", size=size, most=MOST_MINUTES, no_way=NO_WAY_MINUTES),
        metres=_square(fields, "metres", size=size, most=MOST, no_way=0),
    )


def _check_no_way(fields: Fields) -> None:
    """Where one table says that there is no way, the other says so too."""
    tables = (fields.take("minutes"), fields.take("metres"))
    nowhere = [
        {(i, j) for i, row in enumerate(table) if isinstance(row, list) for j, value in enumerate(row) if value is None}
        for table in tables
        if isinstance(table, list)
    ]
    for i, j in sorted(nowhere[0] ^ nowhere[1]) if len(nowhere) == len(tables) else ():
        key = "metres" if (i, j) in nowhere[0] else "minutes"
        fields.notes.add(f"/travel/{key}/{i}/{j}", "a way", "give null in both matrices where there is no way")


def _square(fields: Fields, key: str, *, size: int | None, most: int, no_way: int) -> tuple[tuple[int, ...], ...]:
    """A square of whole numbers; null, no way from row to column, is read as `no_way`."""
    rows = fields.entries(key)
    if size is None:
        size = len(rows)
    if fields.has(key) and len(rows) != size:
        fields.notes.add(f"/travel/{key}", f"{len(rows)} rows", f"give {size} rows, as many as minutes has")
    square = []
    for i, row in enumerate(rows):
        if not isinstance(row, list):
            fields.notes.add(f"/travel/{key}/{i}", row, f"give a row of {size} numbers: the matrix is square")
            continue
        numbers = [no_way if value is None else value for value in row] if None in row else row
        square.append(tuple(numbers))
        if len(row) != size:
            fields.notes.add(f"/travel/{key}/{i}", row, f"give a row of {size} numbers: the matrix is square")
        elif row and not (set(map(type, numbers)) == {int} and min(numbers) >= 0 and max(numbers) <= most):
            for j, value in enumerate(numbers):
                if type(value) is not int or not 0 <= value <= most:
                    fields.notes.add(f"/travel/{key}/{i}/{j}", value, f"give a whole number from 0 to {most}")
    return tuple(square)


def _check_overrides(fields: Fields, *, known: set[str], is_next: bool) -> None:
    mend = f"name a site{', a lodging, a station' if is_next else ''} or a team of this file"
    overrides = fields.take("overrides")
    for index, entry in enumerate(overrides if isinstance(overrides, list) else []):
        between = entry.get("between") if isinstance(entry, dict) else None
        for end, name in enumerate(between if isinstance(between, list) and len(between) == 2 else []):
            if isinstance(name, str) and name not in known:
                fields.notes.add(f"/travel/overrides/{index}/between/{end}", name, mend)


def _area(fields: Fields) -> Area:
    return Area(id=fields.text("id"), name=fields.text("name"), min_activations=fields.integer("min_activations"))


def _site(fields: Fields, *, around: Surroundings, area_ids: frozenset[str], is_next: bool) -> Site:
    area = fields.text("area")
    if isinstance(fields.take("area"), str) and area not in area_ids:
        fields.fault("area", "name an area of this file")
    site = Site(
        id=fields.text("id"),
        name=fields.text("name"),
        kind=fields.text("kind"),
        area=area,
        place=read_place(fields, around.ground),
        people=fields.integer("people"),
        connectivity=fields.integer("connectivity", most=RATINGS - 1),
        open_dates=read_flags(fields, "dates", around.count),
        windows=read_windows(fields.entries("windows"), f"{fields.path}/windows", fields.notes),
        windows_on=_windows_on(fields),
        setup_minutes=fields.integer("setup_minutes", most=MOST_MINUTES),
        fixed_minutes=fields.integer_or_null("fixed_minutes", most=MOST_MINUTES, optional=True),
        must=fields.flag("must", optional=True),
        max_visit_dates=fields.integer("max_visit_dates"),
        min_gap_days=fields.integer("min_gap_days"),
        max_teams=fields.integer("max_teams"),
    )
    return with_site_additions(site, fields, around) if is_next else site


def _team(fields: Fields, *, around: Surroundings, is_next: bool) -> Team:
    team = Team(
        id=fields.text("id"),
        operators=fields.integer("operators", most=1_000_000),
        minutes_per_activation=fields.integer("minutes_per_activation", least=1, most=MOST_MINUTES),
        place=read_place(fields, around.ground),
        work_dates=read_flags(fields, "dates", around.count),
        shift=read_window(fields.take("shift"), f"{fields.path}/shift", fields.notes),
        satellite=fields.flag("satellite"),
        max_stops=fields.integer("max_stops"),
        history_hours=_history_hours(fields),
    )
    return with_team_additions(team, fields, around) if is_next else team


def _history_hours(fields: Fields) -> int:
    if not fields.has("history_hours"):
        return 0
    hours = fields.take("history_hours")
    if type(hours) is int and abs(hours) <= MOST_HISTORY_HOURS:
        return hours
    fields.fault(
        "history_hours",
        f"give a whole number from -{MOST_HISTORY_HOURS} to {MOST_HISTORY_HOURS}: no more of the past is counted",
    )
    return 0


def _windows_on(fields: Fields) -> tuple[tuple[date, tuple[Window, ...]], ...]:
    if not fields.has("windows_on"):
        return ()
    entries = fields.take("windows_on")
    if not isinstance(entries, dict):
        fields.fault("windows_on", "give an object that maps dates to lists of windows")
        return ()
    exceptions: list[tuple[date, tuple[Window, ...]]] = []
    for key, windows in entries.items():
        path = f"{fields.path}/windows_on/{key.replace('~', '~0').replace('/', '~1')}"
        day = parse_date(key)
        if day is None:
            fields.notes.add(path, key, "give the date as YYYY-MM-DD")
        if not isinstance(windows, list):
            fields.notes.add(path, windows, "give a list of windows, empty if the site is closed")
        elif day is not None:
            exceptions.append((day, read_windows(windows, path, fields.notes)))
    return tuple(exceptions)


def _costs(fields: Fields) -> Costs:
    return Costs(
        per_km=fields.integer("per_km", most=MOST),
        per_team_day=fields.integer("per_team_day", most=MOST_MONEY),
        budget=fields.integer_or_null("budget", most=MOST_MONEY, optional=True),
    )


def _weights(fields: Fields, *, is_next: bool) -> Weights:
    return Weights(
        must=fields.integer("must", most=MOST_MONEY),
        pin=fields.integer("pin", most=MOST_MONEY),
        shortfall=fields.integer("shortfall", most=MOST_MONEY),
        area_shortfall=fields.integer("area_shortfall", most=MOST_MONEY),
        per_million_cost=fields.integer("per_million_cost", most=MOST_MONEY),
        late=fields.integer("late", most=MOST_MONEY),
        moved=fields.integer("moved", most=MOST_MONEY),
        fairness=fields.integer("fairness", most=MOST_MONEY) if fields.has("fairness") else 0,
        spread=fields.integer("spread", most=MOST_MONEY, default=0) if is_next else 0,
    )


def _visits(
    top: Fields, key: str, sites: Iterable[Site], *, teams: Iterable[Team], dates: Iterable[date]
) -> tuple[Visit, ...]:
    """Read visits of sites, teams and dates of this file; what cannot be read is noted and left out."""
    site_ids, team_ids, known_dates = {site.id for site in sites}, {team.id for team in teams}, frozenset(dates)
    visits: list[Visit] = []
    for index, entry in enumerate(top.entries(key)):
        path = f"/{key}/{index}"
        visit = read_visit(entry, path)
        if not isinstance(visit, Visit):
            top.notes.faults += visit
            continue
        before = len(top.notes.faults)
        if visit.team not in team_ids:
            top.notes.add(f"{path}/team", visit.team, "name a team of this file")
        if visit.site not in site_ids:
            top.notes.add(f"{path}/site", visit.site, "name a site of this file")
        if visit.date not in known_dates:
            top.notes.add(f"{path}/date", visit.date.isoformat(), "name a date of this file")
        for name, minutes in (("start", visit.start), ("minutes", visit.minutes)):
            if not 0 <= minutes <= MOST_MINUTES:
                top.notes.add(f"{path}/{name}", minutes, f"give a whole number from 0 to {MOST_MINUTES}")
        if len(top.notes.faults) == before:
            visits.append(visit)
    return tuple(visits)


_NOT_FOR_PINS = frozenset({"area", "name", "kind", "people", "must"})


def _pins_can_be_judged(instance: Instance, faults: Sequence[Fault]) -> bool:
    """Whether the faults found so far leave everything sound that the rules for pinned visits look at."""
    pinned_sites = {visit.site for visit in instance.pinned}
    judged = {f"/sites/{index}" for index, site in enumerate(instance.sites) if site.id in pinned_sites}
    judged |= {"/dates", "/slot_minutes", "/travel", "/teams", "/costs", "/pinned"}
    judged |= {"/lodgings", "/stations", "/connections", "/pinned_nights", "/pinned_rides"}
    for fault in faults:
        parts = fault.path.split("/")
        if "/".join(parts[:2]) in judged or ("/".join(parts[:3]) in judged and parts[-1] not in _NOT_FOR_PINS):
            return False
    return True
