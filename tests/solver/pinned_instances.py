"""Tiny instances with nights and boats some of whose visits, nights and rides are pinned."""

from dataclasses import replace
from random import Random
from typing import Any

from solver.contract.faults import InvalidInstance
from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from solver.posed import Posed
from solver.search.construct import construct, read_off, read_trips
from solver.search.empty_plan import blank
from solver.search.posing import pose
from solver.search.search import Search
from tests.solver.night_instances import night_document
from tests.solver.ride_instances import ride_document

KINDS = ("nights", "boats", "boats and breaks")
DEAR = 10_000_000
"""A pin weighs more than anything that a plan could win without it."""


def document_of(kind: str, random: Random, *, sites: int = 4, teams: int = 2, dates: int = 4) -> dict[str, Any]:
    """Return an instance of a kind, without pins."""
    if kind == "nights":
        document = night_document(random, sites=sites, teams=teams, dates=dates, lodgings=2)
    else:
        document = ride_document(random, sites=sites, teams=teams, dates=dates, pauses=kind == "boats and breaks")
    document["weights"] = document["weights"] | {"pin": DEAR}
    return document


def found_plan(instance: Instance, *, seed: int, steps: int = 120) -> Plan:
    """A plan that a short search finds."""
    posed = Posed(instance)
    problem = pose(posed.search)
    state = blank(posed.search, problem, seed=seed)
    construct(posed.search, problem, state)
    search = Search(problem, state)
    search.set_cooling(steps)
    search.run(steps)
    return posed.plan(read_off(posed.search, state), read_trips(posed.search, state))


def pinned_of_a_plan(kind: str, seed: int) -> tuple[Instance, int]:
    """Return an instance some rows of one of whose plans are pinned, and how many."""
    random = Random(seed)
    document = document_of(kind, random)
    plan = found_plan(instance_from_json(document), seed=seed)
    visits = [replace(visit, work=None) for visit in plan.visits]
    document["pinned"] = [visit.to_json() for visit in visits if random.random() < 0.5]
    document["pinned_nights"] = [night.to_json() for night in plan.rows.nights if random.random() < 0.8]
    document["pinned_rides"] = [ride.to_json() for ride in plan.rows.rides if random.random() < 0.6]
    for row in document["pinned_rides"]:
        if random.random() < 0.7:
            del row["start"]
    instance = instance_from_json(document)
    return instance, len(instance.pinned) + len(instance.pinned_nights) + len(instance.pinned_rides)


def pinned_at_random(kind: str, seed: int, *, teams: int = 1, dates: int = 3) -> Instance | None:
    """Return an instance with nights and rides pinned at random; None where reading refuses them."""
    random = Random(seed)
    document = document_of(kind, random, sites=2, teams=teams, dates=dates)
    days, names = document["dates"], [team["id"] for team in document["teams"]]
    nights = [
        {
            "team": random.choice(names),
            "date": random.choice(days),
            "lodging": random.choice(document["lodgings"])["id"],
        }
        for _ in range(random.randint(0, 2))
    ]
    rides = [
        {"team": random.choice(names), "date": random.choice(days), "connection": ride["id"]}
        for ride in document.get("connections", ())
        if random.random() < 0.4
    ]
    if not nights and not rides:
        return None
    try:
        return instance_from_json(document | {"pinned_nights": nights, "pinned_rides": rides})
    except InvalidInstance:
        return None
