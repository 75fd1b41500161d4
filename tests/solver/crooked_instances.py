"""Tiny instances whose travel breaks the triangle inequality: a way over others may be the quicker, or the only one.

Pure functions of a `random.Random`: tables that differ by direction, one-way rings, boats and planes as overrides on
great circles, stops where nobody is left to win, pins behind them.
"""

from random import Random
from typing import Any

from solver.contract.instance import Instance
from solver.contract.reading import instance_from_json
from tests.solver.exhaustive import days_of

Document = dict[str, Any]
KINDS = ("asymmetric", "ring", "overrides", "chain")


def crooked_instance(seed: int) -> Instance:
    """Return the checked instance of a seed."""
    random = Random(seed)
    document = crooked_document(random, kind=KINDS[seed % len(KINDS)])
    return _with_pin(random, document) if random.random() < 0.35 else instance_from_json(document)


def crooked_document(random: Random, *, kind: str) -> Document:
    """Return a valid instance as a document: one or two team-days, two to four sites."""
    sites = random.randint(2, 4)
    days = ["2023-11-14", "2023-11-15"][: random.choice([1, 1, 2])]
    teams = 1 if len(days) > 1 else random.choice([1, 1, 2])
    shift = [480, 480 + random.choice([150, 200, 320, 480])]
    costly = random.random() < 0.4
    return {
        "format": "outreach-1",
        "name": f"crooked {kind}",
        "dates": days,
        "slot_minutes": random.choice([30, 30, 60]),
        "target": {"gap": random.choice([None, None, 15]), "walk_ins_per_day": 0},
        "connectivity": {
            "throughput_percent": [0, 50, 70, 90, 100],
            "success_percent": [0, 75, 88, 95, 100],
            "satellite_level": 3,
        },
        "travel": _travel(random, kind, sites=sites, teams=teams),
        "areas": [{"id": "A", "name": "A", "min_activations": random.choice([0, 0, 12])}],
        "sites": [_site(random, n, kind=kind, days=len(days)) for n in range(1, sites + 1)],
        "teams": [_team(random, n, kind=kind, shift=shift, days=len(days)) for n in range(1, teams + 1)],
        "costs": {
            "per_km": random.choice([4000, 20_000]) if costly else 0,
            "per_team_day": random.choice([0, 100_000]) if costly else 0,
            "budget": random.choice([None, 300_000, 600_000]) if costly else None,
        },
        "weights": {
            "must": 1_000_000,
            "pin": 1_000_000,
            "shortfall": 1000,
            "area_shortfall": random.choice([0, 500]),
            "per_million_cost": random.choice([0, 1000, 50_000]),
            "late": random.choice([0, 200]),
            "moved": 0,
        },
        "pinned": [],
        "published": [],
    }


def _travel(random: Random, kind: str, *, sites: int, teams: int) -> Document:
    places = sites + 1
    if kind == "overrides":
        ids = [f"S{n}" for n in range(1, sites + 1)] + [f"T{n}" for n in range(1, teams + 1)]
        overrides = []
        for _ in range(random.randint(1, 4)):
            minutes = random.choice([5, 10, 15, 15, 90, 300])
            overrides.append(
                {"between": random.sample(ids, 2), "minutes": minutes, "metres": random.choice([1000, 500 * minutes])}
            )
        return {"detour": 1.4, "kmh": 30, "overrides": overrides}
    far = random.choice([90, 150, 460])
    minutes = [[0 if one == other else far for other in range(places)] for one in range(places)]
    if kind == "asymmetric":
        minutes = [
            [0 if one == other else random.choice([10, 20, 60, 90, 150]) for other in range(places)]
            for one in range(places)
        ]
    else:
        for one in range(places if kind == "ring" else places - 1):
            minutes[one][(one + 1) % places] = random.choice([10, 30])
        if kind == "chain":
            for one in range(places):
                minutes[one][0] = random.choice([10, 30])
    metres = [[random.choice([500, 500, 500, 100]) * leg for leg in row] for row in minutes]
    return {"minutes": minutes, "metres": metres}


def _site(random: Random, n: int, *, kind: str, days: int) -> Document:
    site: Document = {
        "id": f"S{n}",
        "name": f"S{n}",
        "kind": "village",
        "area": "A",
        "people": random.choice([0, 0, 5, 5, 10, 20]),
        "connectivity": random.choice([4, 4, 4, 0]),
        "dates": "1" * days,
        "windows": random.choice([[[480, 960]], [[480, 960]], [[480, 600], [660, 960]]]),
        "setup_minutes": random.choice([0, 0, 10]),
        "fixed_minutes": random.choice([None, None, 30]),
        "must": random.random() < 0.1,
        "max_visit_dates": random.choice([1, 2]),
        "min_gap_days": 1,
        "max_teams": random.choice([1, 2]),
    }
    if kind == "overrides":
        return site | {"lat": -3.0 + random.uniform(-0.5, 0.5), "lon": 103.0 + random.uniform(-0.5, 0.5)}
    return site | {"place": n}


def _team(random: Random, n: int, *, kind: str, shift: list[int], days: int) -> Document:
    team: Document = {
        "id": f"T{n}",
        "operators": 1,
        "minutes_per_activation": 6,
        "dates": "1" * days,
        "shift": shift,
        "satellite": random.random() < 0.3,
        "max_stops": random.choice([9, 9, 3, 2]),
    }
    if kind == "overrides":
        return team | {"lat": -3.0 + random.uniform(-0.5, 0.5), "lon": 103.0 + random.uniform(-0.5, 0.5)}
    return team | {"place": 0}


def _with_pin(random: Random, document: Document) -> Instance:
    """Pin one visit of a day that is feasible as a whole, without the others on its way."""
    instance = instance_from_json(document)
    days = [day for day in days_of(instance, instance.teams[0], on=instance.dates[0]) if day]
    if days and instance.costs.budget is None:
        document["pinned"] = [random.choice(random.choice(days)).to_json()]
    return instance_from_json(document)
