"""Small random instances that use every feature of the format, plans for them, and every way to break a plan.

All are pure functions of a `random.Random`, so that a seed names a case; `instances()` is the hypothesis strategy.
"""

from copy import deepcopy
from datetime import date, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from solver.contract.book import open_book
from solver.contract.instance import Instance, Visit
from solver.contract.plan import FORMAT, Plan
from solver.contract.reading import instance_from_json
from solver.contract.verify import broken_rules, verify

Document = dict[str, Any]


def instances(*, max_sites: int = 6, max_teams: int = 3, max_dates: int = 5) -> st.SearchStrategy[Instance]:
    """Draw checked instances of up to so many sites, teams and dates."""
    return st.builds(
        lambda seed, sites, teams, dates: random_instance(Random(seed), sites=sites, teams=teams, dates=dates),
        st.integers(0, 2**32 - 1),
        st.integers(1, max_sites),
        st.integers(1, max_teams),
        st.integers(1, max_dates),
    )


def random_instance(random: Random, *, sites: int = 6, teams: int = 3, dates: int = 5) -> Instance:
    """Return a checked instance of exactly this size."""
    return instance_from_json(random_document(random, sites=sites, teams=teams, dates=dates))


def random_document(random: Random, *, sites: int = 6, teams: int = 3, dates: int = 5) -> Document:
    """Return a valid instance of exactly this size as a document, with feasible pins and a budget that they keep."""
    days = _dates(random, dates)
    places = random.randint(1, sites + teams) if random.random() < 0.5 else None
    site_ids, team_ids = [f"S{n}" for n in range(sites)], [f"T{n}" for n in range(teams)]
    area_ids = [f"A{n}" for n in range(random.randint(1, 3))]
    document: Document = {
        "format": "outreach-1",
        "name": "random",
        "dates": [day.isoformat() for day in days],
        "slot_minutes": random.choice([1, 5, 7, 15, 15, 15, 30, 30, 30, 60]),
        "target": _target(random),
        "connectivity": _connectivity(random),
        "travel": _travel(random, places, ids=site_ids + team_ids),
        "areas": [
            {"id": name, "name": f"Area {name}", "min_activations": random.choice([0, random.randint(1, 150)])}
            for name in area_ids
        ],
        "sites": [_site(random, name, area_ids=area_ids, days=days, places=places) for name in site_ids],
        "teams": [_team(random, name, days=days, places=places) for name in team_ids],
        "costs": {
            "per_km": random.choice([0, 4000, 4000, 977]),
            "per_team_day": random.choice([0, 300_000, 300_000, 1]),
            "budget": None,
        },
        "weights": _weights(random),
        "pinned": [],
        "published": [],
    }
    _pin_and_publish(random, document)
    _limit_budget(random, document)
    _leave_out_what_is_optional(random, document)
    return document


def random_plan(random: Random, instance: Instance, *, tries: int = 80) -> Plan:
    """Return a feasible plan, made by dropping in visits at random; the pins come first where they fit."""
    visits: list[Visit] = []
    attempts = list(instance.pinned) + [_random_visit(random, instance) for _ in range(tries)]
    for visit in attempts:
        if visit is None or visit in visits:
            continue
        book = open_book(instance, [*visits, visit])
        if not book.unknown and not any(True for _ in broken_rules(book)):
            visits.append(visit)
    return Plan(visits=tuple(visits))


def plan_document(random: Random, instance: Instance, plan: Plan) -> Document:
    """Return a plan as a document with claims that hold, some of them left out."""
    value_milli = verify(instance, plan).value_milli
    document: Document = {"format": FORMAT, "visits": [visit.to_json() for visit in plan.visits]}
    if random.random() < 0.7:
        document["value_milli"] = value_milli
    if random.random() < 0.5:
        document["bound_milli"] = random.choice([None, value_milli, value_milli + random.randint(0, 10_000)])
    return document


def broken_plan(random: Random, instance: Instance, document: Document) -> Document:
    """Return a copy of a plan with one to three slips of every kind that people and programs make."""
    broken = deepcopy(document)
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        visits = broken["visits"]
        kind = random.choice(_SLIPS_OF_VISITS if visits and random.random() < 0.8 else _SLIPS_OF_PLANS)
        if kind in _SLIPS_OF_PLANS:
            _break_plan(random, instance, broken, kind=kind)
        else:
            _break_visit(random, instance, visits, kind=kind)
    if random.random() < 0.5:
        # Claims that no longer hold would hide whether the visits are judged alike.
        broken.pop("value_milli", None)
        broken.pop("bound_milli", None)
    return broken


_SLIPS_OF_VISITS = (
    "team",
    "site",
    "date",
    "unknown",
    "shift_start",
    "start_type",
    "stretch",
    "odd_minutes",
    "minutes_type",
    "repeat",
    "repeat_later",
    "other_team_too",
    "other_date_too",
    "drop",
    "missing_key",
    "swap",
)
_SLIPS_OF_PLANS = ("add", "flood", "value", "bound", "shuffle")
_WRONG_INTEGERS = (None, True, False, 480.0, 30.0, "480", "30")


def _break_visit(random: Random, instance: Instance, visits: list[Document], *, kind: str) -> None:
    visit = random.choice(visits)
    match kind:
        case "team":
            visit["team"] = random.choice(instance.teams).id
        case "site":
            visit["site"] = random.choice(instance.sites).id
        case "date":
            visit["date"] = random.choice(instance.dates).isoformat()
        case "unknown":
            wrong = random.choice(["nowhere", "2023-13-45", "20231101", "1999-01-01", "", None, 7, True])
            visit[random.choice(["team", "site", "date"])] = wrong
        case "shift_start":
            visit["start"] = _shifted(visit.get("start"), random.choice([-600, -60, -15, -1, 1, 15, 60, 600]))
        case "start_type":
            visit["start"] = random.choice(_WRONG_INTEGERS)
        case "stretch":
            slots = random.choice([-20, -2, -1, 1, 2, 20])
            visit["minutes"] = _shifted(visit.get("minutes"), instance.slot_minutes * slots)
        case "odd_minutes":
            visit["minutes"] = _shifted(visit.get("minutes"), random.choice([-1, 1, 3]))
        case "minutes_type":
            visit["minutes"] = random.choice(_WRONG_INTEGERS)
        case "repeat":
            visits.append(dict(visit))
        case "repeat_later":
            visits.append(visit | {"start": _shifted(visit.get("start"), random.randint(-90, 90))})
        case "other_team_too":
            visits.append(visit | {"team": random.choice(instance.teams).id})
        case "other_date_too":
            visits.append(visit | {"date": random.choice(instance.dates).isoformat()})
        case "drop":
            visits.remove(visit)
        case "missing_key":
            visit.pop(random.choice(sorted(visit)), None)
        case "swap":
            other = random.choice(visits)
            key = random.choice(["team", "site", "date", "start", "minutes"])
            visit[key], other[key] = other.get(key), visit.get(key)


def _break_plan(random: Random, instance: Instance, document: Document, *, kind: str) -> None:
    visits = document["visits"]
    match kind:
        case "add" | "flood":
            for _ in range(1 if kind == "add" else 12):
                visit = _random_visit(random, instance)
                if visit is not None:
                    visits.append(visit.to_json())
        case "value":
            value = verify(instance, Plan.from_json(document)).value_milli
            document["value_milli"] = random.choice([value - 1, value + 1, None, "7", True, float(value), 0.5])
        case "bound":
            value = verify(instance, Plan.from_json(document)).value_milli
            document["bound_milli"] = random.choice([None, value - 1, value, value + 1, 0, value - 0.5, -1e9])
        case "shuffle":
            random.shuffle(visits)


def _shifted(value: object, by: int) -> object:
    """Return a whole number moved by so much, and anything else as it is."""
    return value + by if type(value) is int else value


def _dates(random: Random, count: int) -> list[date]:
    days = [date(2023, 11, 1) + timedelta(days=random.randint(0, 60))]
    while len(days) < count:
        days.append(days[-1] + timedelta(days=random.choice([1, 1, 1, 2, 3, 9])))
    return days


def _target(random: Random) -> Document:
    return {
        "gap": random.choice([None, 0, random.randint(1, 80), random.randint(50, 300), 5_000]),
        "walk_ins_per_day": random.choice([0, 0, 3, 20]),
    }


def _connectivity(random: Random) -> Document:
    return {
        "throughput_percent": random.choice([[0, 45, 70, 90, 100], [100] * 5, [10, 33, 0, 71, 120]]),
        "success_percent": random.choice([[0, 75, 88, 95, 98], [100] * 5, [50, 67, 80, 0, 99]]),
        "satellite_level": random.randint(0, 4),
    }


def _travel(random: Random, places: int | None, *, ids: list[str]) -> Document:
    travel: Document
    if places is None:
        travel = {"detour": random.choice([1, 1.3, 1.4]), "kmh": random.choice([15, 30, 30, 45, 27.5, 33.3])}
    else:
        kind = random.choice(["line", "asymmetric", "wild"])
        at = [random.randint(0, 60) for _ in range(places)]
        minutes = [[abs(a - b) for b in at] for a in at]
        if kind != "line":
            most = 15 if kind == "asymmetric" else 120
            minutes = [[spent + random.randint(0, most) for spent in row] for row in minutes]
        diagonal = random.choice([0, 0, 4])
        for place in range(places):
            minutes[place][place] = diagonal
        metres = [[spent * random.choice([400, 500]) for spent in row] for row in minutes]
        travel = {"minutes": minutes, "metres": metres}
    if random.random() < 0.4:
        travel["overrides"] = [
            {
                "between": [random.choice(ids), random.choice(ids)],
                "minutes": random.choice([0, 5, 40, 200]),
                "metres": random.choice([0, 900, 70_000]),
            }
            for _ in range(random.randint(0, 3))
        ]
    return travel


def _site(random: Random, name: str, *, area_ids: list[str], days: list[date], places: int | None) -> Document:
    site: Document = {
        "id": name,
        "name": f"Site {name}",
        "kind": random.choice(["agency", "school", "village", "home"]),
        "area": random.choice(area_ids),
        "people": random.choice([0, 1, 117, random.randint(1, 60), random.randint(50, 400)]),
        "connectivity": random.choice([0, 1, 2, 3, 4, 4]),
        "dates": _bits(random, len(days), chance=0.8),
        "windows": _windows(random),
        "setup_minutes": random.choice([0, 10, 20]),
        "fixed_minutes": random.choice([None, None, None, 45, 100, 13]),
        "must": random.random() < 0.2,
        "max_visit_dates": _rarely_zero(random, most=4),
        "min_gap_days": random.choice([0, 1, 1, 2, 7]),
        "max_teams": _rarely_zero(random, most=3),
    }
    if random.random() < 0.4:
        changed = random.sample([*days, days[-1] + timedelta(days=1)], random.randint(1, len(days)))
        site["windows_on"] = {day.isoformat(): random.choice([[], _windows(random)]) for day in changed}
    return site | _place(random, places)


def _team(random: Random, name: str, *, days: list[date], places: int | None) -> Document:
    team: Document = {
        "id": name,
        "operators": _rarely_zero(random, most=4),
        "minutes_per_activation": random.choice([3, 6, 6, 7]),
        "dates": _bits(random, len(days), chance=0.9),
        "shift": [random.choice([420, 480, 540]), random.choice([780, 930, 1020])],
        "satellite": random.random() < 0.4,
        "max_stops": _rarely_zero(random, most=5),
    }
    return team | _place(random, places)


def _place(random: Random, places: int | None) -> Document:
    if places is not None:
        return {"place": random.randrange(places)}
    # A district of about 40 by 40 km around Lubuklinggau; one stop in six stands exactly at its centre.
    reach = random.choice([0.0, 0.03, 0.1, 0.1, 0.2, 0.2])
    return {
        "lat": round(-3.295 + random.uniform(-reach, reach), 5),
        "lon": round(102.861 + random.uniform(-reach, reach), 5),
    }


def _windows(random: Random) -> list[list[int]]:
    """Return no, one, two separate or two overlapping windows, in any order."""
    morning, afternoon = random.choice([450, 480, 510]), random.choice([840, 900, 990])
    if random.random() < 0.08:
        return random.choice([[], [[morning, morning]]])
    return random.choice(
        [
            [[morning, afternoon]],
            [[morning, afternoon]],
            [[morning, 690], [780, afternoon]],
            [[780, afternoon], [morning, 690]],
            [[morning, 750], [600, afternoon]],
        ]
    )


def _weights(random: Random) -> Document:
    usual = {
        "must": 1_000_000,
        "pin": 1_000_000,
        "shortfall": 1000,
        "area_shortfall": 500,
        "per_million_cost": 1000,
        "late": 2,
        "moved": 50,
    }
    kind = random.choice(["usual", "usual", "mixed", "none"])
    if kind == "mixed":
        return {name: random.choice([0, 1, 777, weight, 30 * weight]) for name, weight in usual.items()}
    return dict.fromkeys(usual, 0) if kind == "none" else usual


def _rarely_zero(random: Random, *, most: int) -> int:
    return random.randint(1, most) if random.random() < 0.95 else 0


def _bits(random: Random, count: int, *, chance: float) -> str:
    return "".join("1" if random.random() < chance else "0" for _ in range(count))


def _random_visit(random: Random, instance: Instance) -> Visit | None:
    """Return a visit that fits a window and a shift, perhaps on a date when it breaks other rules."""
    if not (instance.sites and instance.teams and instance.dates):
        return None
    site, team, day = random.choice(instance.sites), random.choice(instance.teams), random.choice(instance.dates)
    windows = site.windows_at(day)
    if not windows:
        return None
    window = random.choice(windows)
    earliest = max(window.open, team.shift.open)
    room = min(window.close, team.shift.close) - earliest - site.setup_minutes
    slots = room // instance.slot_minutes
    if site.fixed_minutes is not None:
        minutes = site.fixed_minutes
    elif slots >= 1:
        minutes = instance.slot_minutes * random.randint(1, min(slots, max(1, 150 // instance.slot_minutes)))
    else:
        return None
    slack = max(0, room - minutes)
    start = earliest + random.choice([0, slack, random.randint(0, slack), random.randint(0, slack)])
    return Visit(team=team.id, date=day, site=site.id, start=start, minutes=minutes)


def _pin_and_publish(random: Random, document: Document) -> None:
    """Pin some visits of a feasible plan, and publish some of the same or of another one."""
    instance = instance_from_json(document)
    plan = random_plan(random, instance)
    if plan.visits and random.random() < 0.4:
        pinned = random.sample(plan.visits, random.randint(1, min(3, len(plan.visits))))
        # Without the other stops a trip can take longer where the matrix breaks the triangle inequality.
        if not any(True for _ in broken_rules(open_book(instance, pinned))):
            document["pinned"] = [visit.to_json() for visit in pinned]
    if random.random() < 0.4:
        published = list(random.choice([plan, random_plan(random, instance)]).visits)
        stray = [_random_visit(random, instance) for _ in range(2)]
        document["published"] = [visit.to_json() for visit in [*published, *stray] if visit is not None]


def _limit_budget(random: Random, document: Document) -> None:
    if random.random() < 0.35:
        instance = instance_from_json(document)
        pinned = open_book(instance, instance.pinned).cost
        whole = open_book(instance, random_plan(random, instance).visits).cost
        document["costs"]["budget"] = random.choice([pinned, max(pinned, whole // 2), pinned + 500_000])


def _leave_out_what_is_optional(random: Random, document: Document) -> None:
    if document["costs"]["budget"] is None and random.random() < 0.5:
        del document["costs"]["budget"]
    for site in document["sites"]:
        if site["fixed_minutes"] is None and random.random() < 0.3:
            del site["fixed_minutes"]
        if not site["must"] and random.random() < 0.3:
            del site["must"]
