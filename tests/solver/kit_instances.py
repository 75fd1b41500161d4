"""Tiny random instances whose teams share satellite sets, and the best plan of each, found by trying every plan."""

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product
from random import Random
from typing import Any

from solver.contract.documents import Carried
from solver.contract.instance import Instance, Team, Visit
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows
from solver.contract.reading import instance_from_json
from solver.contract.verify import Recount, verify_if_feasible
from tests.solver.exhaustive import days_of
from tests.solver.random_instances import random_document

Day = tuple[tuple[Visit, ...], Carried | None]


def kit_document(random: Random, *, sites: int, teams: int, dates: int) -> dict[str, Any]:
    """Return an instance of this size with one to three pools, some of no use, and signals that often need a set."""
    document = random_document(random, sites=sites, teams=teams, dates=dates) | {"format": "outreach-2"}
    document["connectivity"] = {
        "throughput_percent": [0, 45, 70, 90, 100],
        "success_percent": [0, 75, 88, 95, 98],
        "satellite_level": random.choice([2, 3, 4]),
    }
    for site in document["sites"]:
        site["connectivity"] = random.choice([0, 0, 1, 1, 2, 4])
    for team in document["teams"]:
        team["satellite"] = random.random() < 0.15
    document["kits"] = [_pool(random, f"K{n}", teams=teams, dates=dates) for n in range(random.choice([1, 1, 2, 3]))]
    return document


def kit_instance(random: Random, *, sites: int, teams: int, dates: int) -> Instance:
    return instance_from_json(kit_document(random, sites=sites, teams=teams, dates=dates))


def _pool(random: Random, name: str, *, teams: int, dates: int) -> dict[str, Any]:
    pool: dict[str, Any] = {
        "id": name,
        "kind": random.choice(["satellite"] * 5 + ["printer"]),
        "count": random.choice([0, 1, 1, 1, 2]),
        "max_per_team": random.choice([1, 1, 2]),
        "cost_per_day": random.choice([0, 0, 200_000, 5_000_000]),
        "dates": "".join(random.choice("0111") for _ in range(dates)),
    }
    if random.random() < 0.4:
        pool["teams"] = [f"T{n}" for n in range(teams) if random.random() < 0.6]
    return pool


def best_recounts(instance: Instance, *, most_plans: int) -> tuple[Recount, int] | None:
    """Return the recount of a best plan and the most activations of any plan; None if there are too many to try."""
    days = [
        list(_days(instance, team, day))
        for team in instance.teams
        for works, day in zip(team.work_dates, instance.dates, strict=True)
        if works
    ]
    if math.prod(len(options) for options in days) > most_plans:
        return None
    recounts = []
    for chosen in product(*days):
        visits = tuple(visit for day, _ in chosen for visit in day)
        kits = tuple(load for _, load in chosen if load is not None)
        recount = verify_if_feasible(instance, Plan(visits=visits, rows=Rows(kits=kits)))
        if recount is not None:
            recounts.append(recount)
    best = max(recounts, key=lambda recount: recount.value_milli)
    return best, max(recount.activations for recount in recounts)


def _days(instance: Instance, team: Team, day: date) -> Iterator[Day]:
    """Every day of a team without a kit, and every one with a set that it may draw then."""
    for visits in days_of(instance, team, on=day):
        yield visits, None
    with_set = list(days_of(instance, replace(team, satellite=True), on=day))
    for pool in instance.kits:
        allowed = pool.teams is None or team.id in pool.teams
        if pool.kind == "satellite" and allowed and pool.on_dates[instance.dates.index(day)]:
            load = Carried(team=team.id, date=day, pool=pool.id, count=1)
            for visits in with_set:
                if visits:
                    yield visits, load
