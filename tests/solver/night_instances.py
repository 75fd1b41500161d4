"""Tiny random instances whose teams may sleep away, and the best plan of each, found by trying every plan."""

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, product
from random import Random
from typing import Any

from solver.contract.instance import Instance, Team, Visit
from solver.contract.journeys import Lodging, Night
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows
from solver.contract.reading import instance_from_json
from solver.contract.verify import Recount, verify_if_feasible
from tests.solver.exhaustive import days_of
from tests.solver.random_instances import random_document

Calendar = tuple[tuple[Visit, ...], tuple[Night, ...]]


def night_document(random: Random, *, sites: int, teams: int, dates: int, lodgings: int) -> dict[str, Any]:
    """Return an instance of this size whose sites often lie beyond the reach of a day."""
    document = random_document(random, sites=sites, teams=teams, dates=dates) | {"format": "outreach-2"}
    document["pinned"], document["published"] = [], []
    document["slot_minutes"] = random.choice([60, 90, 120])
    if document["costs"].get("budget") is not None:
        document["costs"]["budget"] += random.choice([0, 600_000, 5_000_000])
    places = len(document["travel"].get("minutes", ()))
    if places:
        factor = random.choice([1, 3, 6])
        for table in ("minutes", "metres"):
            document["travel"][table] = [[factor * leg for leg in row] for row in document["travel"][table]]
    else:
        document["travel"]["kmh"] = 8
    for site in document["sites"]:
        site["fixed_minutes"] = random.choice([None, 60, 100, 200])
        site["windows"] = random.choice([site["windows"], [[300, 1200]], [[420, 1100]]])
        if random.random() < 0.8:
            site["connectivity"], site["people"], site["dates"] = 4, random.choice([20, 60, 117]), dates * "1"
        if not places:
            # At 8 km an hour from two to six hours away.
            site["lat"] = round(-3.295 + random.choice([-1, 1]) * random.uniform(0.12, 0.36), 5)
    if random.random() < 0.8:
        document["weights"] |= {"shortfall": 1000, "per_million_cost": random.choice([0, 10, 1000])}
        document["target"]["gap"] = None
    document["lodgings"] = [
        {
            "id": f"L{n}",
            "name": f"Lodging {n}",
            "cost_per_night": random.choice([0, 0, 150_000, 99_999]),
            "max_teams": random.choice([None, None, 1, 1, 2, 0]),
            "dates": "".join(random.choice("01111") for _ in range(dates)),
            **_place(random, document, places),
        }
        for n in range(lodgings)
    ]
    for team in document["teams"]:
        team["max_stops"] = random.choice([1, 2, 3])
        team["max_nights"] = random.choice([0, 1, 1, 2, 3, 4, 9])
        team["rest_days"] = random.choice([0, 0, 1, 2, 4])
        team["operators"] = max(1, team["operators"])
        if random.random() < 0.7:
            team["away_shift"] = [random.choice([300, 420]), random.choice([900, 1000, 1200])]
        if team is not document["teams"][0] and random.random() < 0.5:
            team |= {name: value for name, value in document["teams"][0].items() if name not in ("id", "dates")}
    return document


def _place(random: Random, document: dict[str, Any], places: int) -> dict[str, Any]:
    """Return a place near a site, or anywhere in a table."""
    if places:
        return {"place": random.randrange(places)}
    site = random.choice(document["sites"])
    return {axis: round(site[axis] + random.choice([0, 0.01, -0.03]), 5) for axis in ("lat", "lon")}


def night_instance(random: Random, *, sites: int, teams: int, dates: int, lodgings: int) -> Instance:
    """Return a checked instance of exactly this size."""
    document = night_document(random, sites=sites, teams=teams, dates=dates, lodgings=lodgings)
    return instance_from_json(document)


def best_recounts(instance: Instance, *, most_plans: int) -> tuple[Recount, int, int] | None:
    """Return the recount of a best plan, its nights and the most activations of any plan; None if there are too many.

    What a team alone may not do is left out at once.
    """
    calendars = [list(islice(_calendars(instance, team), most_plans + 1)) for team in instance.teams]
    if any(len(mine) > most_plans for mine in calendars):
        return None
    if len(calendars) > 1:
        # Of one team alone every plan is verified anyway.
        calendars = [
            [calendar for calendar in mine if not calendar[1] or verify_if_feasible(instance, _plan((calendar,)))]
            for mine in calendars
        ]
    if math.prod(len(mine) for mine in calendars) > most_plans:
        return None
    best: tuple[int, Recount, int] | None = None
    most = 0
    for chosen in product(*calendars):
        plan = _plan(chosen)
        recount = verify_if_feasible(instance, plan)
        if recount is not None:
            most = max(most, recount.activations)
            if best is None or recount.value_milli > best[0]:
                best = recount.value_milli, recount, len(plan.rows.nights)
    return None if best is None else (best[1], best[2], most)


def _plan(calendars: tuple[Calendar, ...]) -> Plan:
    visits = tuple(visit for mine, _ in calendars for visit in mine)
    return Plan(visits=visits, rows=Rows(nights=tuple(night for _, nights in calendars for night in nights)))


def _calendars(instance: Instance, team: Team) -> Iterator[Calendar]:
    """Every choice of a lodging, or the base, after each date but the last, and every day between them."""
    beds: tuple[Lodging | None, ...] = (None, *(instance.lodgings if team.max_nights else ()))
    away = replace(team, shift=team.away_shift or team.shift)
    for slept in product(beds, repeat=len(instance.dates) - 1):
        if any(
            bed is not None and not (bed.open_dates[d] and team.work_dates[d] and team.work_dates[d + 1])
            for d, bed in enumerate(slept)
        ):
            continue
        nights = tuple(
            Night(team=team.id, date=instance.dates[d], lodging=bed.id) for d, bed in enumerate(slept) if bed
        )
        days = []
        for d, day in enumerate(instance.dates):
            begin, end = (slept[d - 1] if d else None), (slept[d] if d < len(slept) else None)
            if not team.work_dates[d]:
                continue
            at_base = begin is None and end is None
            days.append(list(days_of(instance, team if at_base else away, on=day, ends=(begin or team, end or team))))
        for visits in product(*days):
            yield tuple(visit for day in visits for visit in day), nights
