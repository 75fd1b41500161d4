"""Small random `outreach-2` instances that use every field of the format, and plans for them, sound and broken.

All are pure functions of a `random.Random`, so that a seed names a case. Plans grow by rows that the verifier accepts;
whether it is right in that is for the contract's referee to say.
"""

from copy import deepcopy
from datetime import date
from random import Random
from typing import Any

from solver.contract.instance import Instance, Team, Visit
from solver.contract.journeys import Break
from solver.contract.plan import NEXT_FORMAT, Plan
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from tests.solver.random_instances import random_document

Document = dict[str, Any]
TABLES = ("nights", "rides", "breaks", "kits")
ZONES = ("", "island", "valley")
KINDS = ("satellite", "printer", "biometric")


def next_instance(random: Random, *, sites: int = 5, teams: int = 3, dates: int = 5) -> Instance:
    """Return a checked instance of exactly this size."""
    return instance_from_json(next_document(random, sites=sites, teams=teams, dates=dates))


def next_document(random: Random, *, sites: int = 5, teams: int = 3, dates: int = 5) -> Document:
    """Return a valid `outreach-2` document; each group of new fields is in about half of them."""
    document = random_document(random, sites=sites, teams=teams, dates=dates)
    document["format"] = "outreach-2"
    document["pinned"] = []
    document["costs"]["budget"] = random.choice([None, None, None, 1_500_000])
    zones = ZONES[: random.choice([1, 1, 2, 3])]
    for place in (*document["sites"], *document["teams"]):
        if random.random() < 0.3:
            place["zone"] = random.choice(zones)
    if random.random() < 0.6:
        _add_lodgings(random, document, zones)
    if random.random() < 0.5:
        _add_connections(random, document, zones)
    _add_overrides(random, document)
    if random.random() < 0.6:
        _add_documents(random, document)
    if random.random() < 0.5:
        _add_kits(random, document)
    if random.random() < 0.5:
        _add_breaks(random, document)
    _add_history(random, document)
    for site in document["sites"]:
        # The referee does not know of sites that no team may visit.
        site["max_teams"] = max(1, site["max_teams"])
        if random.random() < 0.2:
            site["min_teams"] = random.randint(1, site["max_teams"])
    if random.random() < 0.4:
        _pin_rows(random, document)
    return document


def next_plan(random: Random, instance: Instance, *, tries: int = 40) -> Document:
    """Return a feasible plan as a document: rows of every table, dropped in at random and kept where they fit."""
    plan: Document = {"format": NEXT_FORMAT, "visits": [], **{table: [] for table in TABLES}}
    proposals = [_visit, _visit, _visit, _visit, _trip, _trip, _outing, _ride, _load, _work, _event]
    for _ in range(tries):
        trial = deepcopy(plan)
        if random.choice(proposals)(random, instance, trial) and _is_sound(instance, trial):
            plan = trial
    for table in TABLES:
        if not plan[table] and random.random() < 0.5:
            del plan[table]
    if random.random() < 0.5:
        plan["value_milli"] = verify(instance, Plan.from_json(plan)).value_milli
    return plan


def _is_sound(instance: Instance, plan: Document) -> bool:
    return verify(instance, Plan.from_json(plan)).feasible


def broken_next_plan(random: Random, instance: Instance, document: Document) -> Document:
    """Return a copy of a plan with one to three slips in its rows; some leave it feasible."""
    broken = deepcopy(document)
    broken.pop("value_milli", None)
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        tables = [table for table in ("visits", *TABLES) if broken.get(table)]
        if not tables or random.random() < 0.1:
            _invent(random, instance, broken)
            continue
        rows = broken[random.choice(tables)]
        if rows is broken["visits"] and random.random() < 0.4:
            _spoil_work(random, instance, random.choice(rows))
        else:
            _spoil(random, instance, rows)
    if random.random() < 0.1:
        broken["value_milli"] = verify(instance, Plan.from_json(broken)).value_milli + random.choice([-1, 0, 1])
    return broken


def _spoil(random: Random, instance: Instance, rows: list[Document]) -> None:
    row = random.choice(rows)
    names = {"lodging": instance.lodgings, "connection": instance.connections, "kit": instance.kits}
    names |= {"site": instance.sites, "team": instance.teams}
    ids = [key for key in names if key in row]
    match random.choice(["drop", "repeat", "id", "unknown", "date", "number", "number", "type", "missing", "copy"]):
        case "drop":
            rows.remove(row)
        case "repeat":
            rows.append(dict(row))
        case "id":
            key = random.choice(ids)
            row[key] = random.choice([one.id for one in names[key]] or ["nothing"])
        case "unknown":
            row[random.choice([*ids, "date"])] = random.choice(["nowhere", "", None, 7, True, "2023-13-45"])
        case "date":
            row["date"] = random.choice(instance.dates).isoformat()
        case "number":
            key = random.choice([name for name in ("start", "minutes", "break", "count") if name in row] or ["start"])
            steps = [-1, 1, 2] if key in ("break", "count") else [-600, -60, -15, -1, 1, 15, 60, 600]
            row[key] = _moved(row.get(key), random.choice(steps))
        case "type":
            key = random.choice([name for name in ("start", "minutes", "break", "count") if name in row] or ["start"])
            row[key] = random.choice([None, True, 480.0, "480", 1.5])
        case "missing":
            row.pop(random.choice(sorted(row)), None)
        case "copy":
            key = random.choice([*ids, "date"])
            known = [one.id for one in names[key]] if key in names else [day.isoformat() for day in instance.dates]
            rows.append(row | {key: random.choice(known or ["nothing"])})


def _spoil_work(random: Random, instance: Instance, visit: Document) -> None:
    names = ["ikd", *(document.id for document in instance.documents)]
    minutes = visit.get("minutes") if type(visit.get("minutes")) is int else 60
    visit["work"] = random.choice(
        [
            {},
            None,
            [],
            {random.choice(names): random.randint(0, 6 * minutes) if minutes > 0 else 5},
            {name: random.randint(0, 60) for name in names},
            {random.choice(names): -1},
            {random.choice(names): 1.0},
            {random.choice(names): True},
            {"passport": 10},
            {"passport": 0},
            {"ikd": 0},
        ]
    )


def _invent(random: Random, instance: Instance, document: Document) -> None:
    """Add a row at random to a table, whatever becomes of it."""
    team, day = random.choice(instance.teams), random.choice(instance.dates).isoformat()
    row: Document = {"team": team.id, "date": day}
    match random.choice(["visits", *TABLES]):
        case "visits":
            site = random.choice(instance.sites).id
            visit = row | {"site": site, "start": random.randint(400, 1000), "minutes": 15 * random.randint(0, 12)}
            document["visits"].append(visit)
        case "nights" if instance.lodgings:
            document.setdefault("nights", []).append(row | {"lodging": random.choice(instance.lodgings).id})
        case "rides" if instance.connections:
            connection = random.choice(instance.connections)
            start = random.randint(connection.departs.open - 1, connection.departs.close + 1)
            document.setdefault("rides", []).append(row | {"connection": connection.id, "start": start})
        case "breaks":
            pause = row | {"break": random.randint(-1, len(team.breaks)), "start": random.randint(600, 800)}
            document.setdefault("breaks", []).append(pause)
        case "kits" if instance.kits:
            load = row | {"kit": random.choice(instance.kits).id, "count": random.randint(0, 2)}
            document.setdefault("kits", []).append(load)


def _moved(value: object, by: int) -> object:
    return value + by if type(value) is int else value


def _visit(random: Random, instance: Instance, plan: Document, *, team: Team | None = None, day: Any = None) -> bool:
    """Add a visit, with the breaks of its day and sometimes with work for several documents."""
    team, site = team or random.choice(instance.teams), random.choice(instance.sites)
    return _visit_of(random, instance, plan, team=team, site_index=instance.sites.index(site), day=day)


def _visit_of(
    random: Random, instance: Instance, plan: Document, *, team: Team, site_index: int, day: date | None
) -> bool:
    site, day = instance.sites[site_index], day or random.choice(instance.dates)
    windows = site.windows_at(day)
    if not windows:
        return False
    window = random.choice(windows)
    slot = instance.slot_minutes
    minutes = site.fixed_minutes if site.fixed_minutes is not None else slot * random.randint(1, max(1, 120 // slot))
    latest = window.close - site.setup_minutes - minutes
    start = random.choice(
        [window.open, max(window.open, latest), random.randint(window.open, max(window.open, latest))]
    )
    visit = Visit(team=team.id, date=day, site=site.id, start=start, minutes=minutes).to_json()
    if instance.documents and random.random() < 0.7:
        visit["work"] = _split(random, instance, team.operators * minutes)
    plan["visits"].append(visit)
    _take_breaks(random, instance, plan, team, day)
    return True


def _split(random: Random, instance: Instance, minutes: int) -> Document:
    names = ["ikd", *(document.id for document in instance.documents)]
    chosen = random.sample(names, random.randint(1, len(names)))
    return {name: random.randint(0, minutes // len(chosen)) for name in chosen}


def _take_breaks(random: Random, instance: Instance, plan: Document, team: Team, day: date) -> None:
    d = instance.dates.index(day)
    taken = {row["break"] for row in plan["breaks"] if (row["team"], row["date"]) == (team.id, day.isoformat())}
    for number, rule in enumerate(team.breaks):
        if rule.on_dates[d] and number not in taken:
            start = _break_start(random, rule)
            plan["breaks"].append({"team": team.id, "date": day.isoformat(), "break": number, "start": start})


def _break_start(random: Random, rule: Break) -> int:
    latest = rule.window.close - rule.minutes
    return random.choice([rule.window.open, latest, random.randint(rule.window.open, latest)])


def _trip(random: Random, instance: Instance, plan: Document) -> bool:
    """Send a team away for some nights, with what it carries."""
    teams = [team for team in instance.teams if team.max_nights]
    if not (teams and instance.lodgings and len(instance.dates) > 1):
        return False
    team, lodging = random.choice(teams), random.choice(instance.lodgings)
    first = random.randrange(len(instance.dates) - 1)
    last = min(len(instance.dates) - 2, first + random.randint(0, 2))
    pool = random.choice(instance.kits) if instance.kits and random.random() < 0.3 else None
    for d in range(first, last + 2):
        day = instance.dates[d]
        if d <= last:
            bed = random.choice(instance.lodgings) if random.random() < 0.2 else lodging
            plan["nights"].append({"team": team.id, "date": day.isoformat(), "lodging": bed.id})
        if pool is not None:
            plan["kits"].append({"team": team.id, "date": day.isoformat(), "kit": pool.id, "count": 1})
        _take_breaks(random, instance, plan, team, day)
    return True


def _ride(random: Random, instance: Instance, plan: Document) -> bool:
    if not instance.connections:
        return False
    team, connection = random.choice(instance.teams), random.choice(instance.connections)
    day = random.choice(instance.dates)
    return _ride_of(random, instance, plan, team=team, name=connection.id, day=day)


def _ride_of(random: Random, instance: Instance, plan: Document, *, team: Team, name: str, day: date) -> bool:
    connection = next(one for one in instance.connections if one.id == name)
    start = random.randint(connection.departs.open, connection.departs.close)
    plan["rides"].append({"team": team.id, "date": day.isoformat(), "connection": name, "start": start})
    _take_breaks(random, instance, plan, team, day)
    return True


def _outing(random: Random, instance: Instance, plan: Document) -> bool:
    """Ride out and back on one date, with a visit between."""
    pairs = [
        (out, back)
        for out in instance.connections
        for back in instance.connections
        if (out.origin, out.target) == (back.target, back.origin)
    ]
    if not pairs:
        return False
    (out, back), team, day = random.choice(pairs), random.choice(instance.teams), random.choice(instance.dates)
    _ride_of(random, instance, plan, team=team, name=out.id, day=day)
    _ride_of(random, instance, plan, team=team, name=back.id, day=day)
    return _visit(random, instance, plan, team=team, day=day) if random.random() < 0.7 else True


def _load(random: Random, instance: Instance, plan: Document) -> bool:
    rows = [*plan["visits"], *plan["nights"], *plan["rides"]]
    if not (instance.kits and rows):
        return False
    row, pool = random.choice(rows), random.choice(instance.kits)
    count = random.randint(1, max(1, pool.max_per_team))
    plan["kits"].append({"team": row["team"], "date": row["date"], "kit": pool.id, "count": count})
    return True


def _work(random: Random, instance: Instance, plan: Document) -> bool:
    """Split the minutes of a visit anew."""
    if not plan["visits"]:
        return False
    visit = random.choice(plan["visits"])
    team = next(team for team in instance.teams if team.id == visit["team"])
    visit["work"] = _split(random, instance, team.operators * visit["minutes"])
    return True


def _event(random: Random, instance: Instance, plan: Document) -> bool:
    """Send as many teams to a site on one date as it needs."""
    site_index, day = random.randrange(len(instance.sites)), random.choice(instance.dates)
    count = min(len(instance.teams), max(2, instance.sites[site_index].min_teams))
    return all(
        _visit_of(random, instance, plan, team=team, site_index=site_index, day=day)
        for team in random.sample(instance.teams, count)
    )


def _bits(random: Random, count: int, *, chance: float = 0.85) -> str:
    return "".join("1" if random.random() < chance else "0" for _ in range(count))


def _sometimes(random: Random, **fields: Any) -> Document:
    """Leave out each field now and then."""
    return {name: value for name, value in fields.items() if random.random() < 0.6}


def _place(random: Random, document: Document) -> Document:
    if "minutes" in document["travel"]:
        return {"place": random.randrange(len(document["travel"]["minutes"]))}
    like = random.choice([*document["sites"], *document["teams"]])
    return {"lat": like["lat"] + random.choice([0, 0.02, -0.05]), "lon": like["lon"] + random.choice([0, 0.03, -0.04])}


def _add_lodgings(random: Random, document: Document, zones: tuple[str, ...]) -> None:
    count = len(document["dates"])
    document["lodgings"] = [
        {"id": f"L{n}", "name": f"Lodging {n}", **_place(random, document)}
        | _sometimes(
            random,
            zone=random.choice(zones),
            cost_per_night=random.choice([0, 150_000, 99_999]),
            max_teams=random.choice([None, 0, 1, 2]),
            dates=_bits(random, count),
        )
        for n in range(random.randint(1, 3))
    ]
    for team in document["teams"]:
        team |= _sometimes(
            random,
            max_nights=random.choice([1, 2, 4, 9]),
            rest_days=random.choice([0, 0, 1, 2]),
            away_shift=[random.choice([300, 420]), random.choice([1000, 1200])],
        )


def _add_connections(random: Random, document: Document, zones: tuple[str, ...]) -> None:
    count = len(document["dates"])
    document["stations"] = [
        {"id": f"H{n}", **_place(random, document)} | _sometimes(random, zone=random.choice(zones), name=f"Harbour {n}")
        for n in range(random.randint(1, 3))
    ]
    ends = [row["id"] for table in ("stations", "lodgings", "sites") for row in document.get(table, [])]
    document["connections"] = []
    for n in range(random.randint(1, 3)):
        origin, target = random.sample(ends, 2)
        for back in range(2):
            departs = random.choice([480, 540, 600, 720, 840])
            document["connections"].append(
                {
                    "id": f"C{n}{back}",
                    "from": target if back else origin,
                    "to": origin if back else target,
                    "departs": [departs, departs + random.choice([0, 0, 60, 200])],
                    "minutes": random.choice([10, 30, 75]),
                }
                | _sometimes(
                    random,
                    fare=random.choice([0, 250_000]),
                    max_teams=random.choice([None, 1, 2]),
                    dates=_bits(random, count),
                )
            )


def _add_overrides(random: Random, document: Document) -> None:
    names = [row["id"] for table in ("lodgings", "stations", "sites", "teams") for row in document.get(table, [])]
    if random.random() < 0.4:
        document["travel"].setdefault("overrides", []).append(
            {
                "between": random.sample(names, 2),
                "minutes": random.choice([0, 10, 45]),
                "metres": random.choice([0, 800]),
            }
        )


def _add_documents(random: Random, document: Document) -> None:
    names = ["kia", "ktp-el", "akta"][: random.randint(1, 3)]
    document["documents"] = [
        {
            "id": name,
            "gap": random.choice([None, 0, 30, 500]),
            "minutes": random.choice([4, 5, 10]),
            "shortfall": random.choice([0, 400, 7_001]),
        }
        | _sometimes(
            random,
            walk_ins_per_day=random.choice([0, 3]),
            kit=random.choice([None, *KINDS]),
            needs_signal=random.random() < 0.5,
            late=random.choice([0, 1, 3]),
        )
        for name in names
    ]
    for site in document["sites"]:
        if random.random() < 0.7:
            site["people_by_document"] = {name: random.choice([0, 5, 40]) for name in names if random.random() < 0.8}
    for team in document["teams"]:
        team |= _sometimes(random, documents=random.sample(["ikd", *names], random.randint(1, len(names) + 1)))


def _add_kits(random: Random, document: Document) -> None:
    team_ids = [team["id"] for team in document["teams"]]
    document["kits"] = [
        {"id": f"K{n}", "kind": random.choice(KINDS), "count": random.choice([0, 1, 1, 2])}
        | _sometimes(
            random,
            max_per_team=random.choice([1, 2]),
            teams=random.sample(team_ids, random.randint(0, len(team_ids))),
            cost_per_day=random.choice([0, 50_000]),
            dates=_bits(random, len(document["dates"])),
        )
        for n in range(random.randint(1, 2))
    ]
    for team in document["teams"]:
        if random.random() < 0.3:
            team["kits"] = {random.choice(KINDS): random.randint(0, 2)}


def _add_breaks(random: Random, document: Document) -> None:
    usual = [(690, 45), (720, 30), (600, 15), (400, 20), (930, 10)]
    for team in document["teams"]:
        team["breaks"] = [
            {"minutes": minutes, "window": [opens, opens + minutes + random.choice([0, 15, 75])]}
            | _sometimes(random, dates=_bits(random, len(document["dates"])))
            for opens, minutes in random.sample(usual, random.randint(0, 2))
        ]


def _add_history(random: Random, document: Document) -> None:
    if random.random() < 0.4:
        document["weights"]["spread"] = random.choice([0, 1, 60])
        document["fairness"] = _sometimes(random, night_points=random.choice([0, 1, 2]))
        for team in document["teams"]:
            team |= _sometimes(random, history={"points": random.randint(0, 9), "dates": random.choice([0, 10])})


def _pin_rows(random: Random, document: Document) -> None:
    """Pin some rows of a feasible plan."""
    instance = instance_from_json(document)
    plan = next_plan(random, instance, tries=12)
    for table, rows in (("pinned", "visits"), ("pinned_nights", "nights"), ("pinned_rides", "rides")):
        known = plan.get(rows, [])
        if known and random.random() < 0.7:
            document[table] = deepcopy(random.sample(known, random.randint(1, min(2, len(known)))))
