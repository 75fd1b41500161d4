"""Tiny random instances with several documents, and the best plan of each, found by trying every plan and share."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import product
from random import Random
from typing import Any

from solver.contract.capacity import served_by_work, signal_rate
from solver.contract.documents import IKD, SATELLITE, Carried, Document
from solver.contract.instance import Instance, Team, Visit
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows
from solver.contract.reading import instance_from_json
from solver.contract.verify import Recount, verify_if_feasible
from tests.solver.exhaustive import days_of

Day = tuple[tuple[Visit, ...], tuple[Carried, ...]]
KINDS = ("printer", "recorder")


def documents_document(random: Random, *, sites: int, teams: int, dates: int) -> dict[str, Any]:
    """Return an instance of this size with one to three further documents, and kits of which some are shared."""
    days = [f"2023-11-{13 + d:02}" for d in range(dates)]
    # Where late people cost something, fewer may be better than more, and all shares are tried: of few people.
    has_late = random.random() < 0.4
    further = [_document(random, f"D{n}", has_late=has_late) for n in range(random.choice([1, 1, 2, 3]))]
    names = [document["id"] for document in further]
    rows = [[random.choice([10, 20, 40]) for _ in range(sites + teams)] for _ in range(sites + teams)]
    return {
        "format": "outreach-2",
        "name": "documents",
        "dates": days,
        "slot_minutes": random.choice([45, 60, 60]),
        "target": {"gap": random.choice([None, None, 5, 12]), "walk_ins_per_day": 0},
        "connectivity": {
            "throughput_percent": [0, 45, 70, 90, 100],
            "success_percent": [0, 75, 88, 95, 98],
            "satellite_level": random.choice([2, 4]),
        },
        "travel": {"minutes": rows, "metres": [[500 * minutes for minutes in row] for row in rows]},
        "areas": [{"id": "A", "name": "A", "min_activations": random.choice([0, 0, 6])}],
        "sites": [_site(random, n, names=names, dates=dates, few=has_late) for n in range(sites)],
        "teams": [_team(random, n, names=names, sites=sites, dates=dates) for n in range(teams)],
        "documents": further,
        "kits": [_pool(random, f"K{n}", teams=teams, dates=dates) for n in range(random.choice([0, 1, 1, 2]))],
        "costs": {"per_km": random.choice([0, 4000]), "per_team_day": random.choice([0, 300_000]), "budget": None},
        "weights": {
            "must": 50_000,
            "pin": 0,
            "shortfall": 1000,
            "area_shortfall": random.choice([0, 500]),
            "per_million_cost": random.choice([0, 1000]),
            "late": random.choice([2, 300]) if has_late else 0,
            "moved": 0,
        },
        "pinned": [],
        "published": [],
    }


def documents_instance(random: Random, *, sites: int, teams: int, dates: int) -> Instance:
    return instance_from_json(documents_document(random, sites=sites, teams=teams, dates=dates))


def _document(random: Random, name: str, *, has_late: bool) -> dict[str, Any]:
    return {
        "id": name,
        "gap": random.choice([None, 3, 8]),
        "walk_ins_per_day": random.choice([0, 0, 1]),
        "minutes": random.choice([9, 14, 25]),
        "kit": random.choice([None, *KINDS]),
        "needs_signal": random.random() < 0.6,
        "shortfall": random.choice([400, 900, 2500]),
        "late": random.choice([0, 1, 200]) if has_late else 0,
    }


def _site(random: Random, n: int, *, names: Sequence[str], dates: int, few: bool) -> dict[str, Any]:
    most = random.choice([1, 1, 2])
    people, others = ([0, 2, 3], [0, 1, 2]) if few else ([0, 5, 14], [0, 2, 6])
    return {
        "id": f"S{n}", "name": f"S{n}", "kind": "village", "area": "A", "place": n, "people": random.choice(people),
        "people_by_document": {name: random.choice(others) for name in names},
        "connectivity": random.choice([0, 1, 3]), "dates": "1" * dates, "windows": [[480, random.choice([600, 840])]],
        "windows_on": {}, "setup_minutes": random.choice([0, 20]), "fixed_minutes": None,
        "max_visit_dates": random.choice([1, 2]), "min_gap_days": 1, "max_teams": most,
        "min_teams": random.choice([1, 1, most]), "must": random.random() < 0.1,
    }  # fmt: skip


def _team(random: Random, n: int, *, names: Sequence[str], sites: int, dates: int) -> dict[str, Any]:
    team: dict[str, Any] = {
        "id": f"T{n}", "place": sites + n, "operators": random.choice([1, 2]), "minutes_per_activation": 12,
        "dates": "1" * dates, "shift": [480, random.choice([660, 720])], "satellite": random.random() < 0.2,
        "max_stops": random.choice([1, 2]),
    }  # fmt: skip
    if random.random() < 0.4:
        team["documents"] = [name for name in ("ikd", *names) if random.random() < 0.7]
    if random.random() < 0.5:
        team["kits"] = {random.choice(KINDS): 1}
    return team


def _pool(random: Random, name: str, *, teams: int, dates: int) -> dict[str, Any]:
    pool: dict[str, Any] = {
        "id": name,
        "kind": random.choice([*KINDS, *KINDS, "satellite"]),
        "count": random.choice([1, 1, 2]),
        "max_per_team": random.choice([1, 2]),
        "cost_per_day": random.choice([0, 300_000]),
        "dates": "".join(random.choice("0111") for _ in range(dates)),
    }
    if random.random() < 0.3:
        pool["teams"] = [f"T{n}" for n in range(teams) if random.random() < 0.7]
    return pool


def best_recounts(instance: Instance, *, most_plans: int) -> tuple[Recount, int] | None:
    """Return the recount of a best plan and the most activations of any; None if there are too many to try."""
    recounts = all_recounts(instance, most_plans=most_plans)
    if recounts is None:
        return None
    best = max(recounts, key=lambda recount: recount.value_milli)
    return best, max(recount.activations for recount in recounts)


def most_served(recounts: list[Recount]) -> tuple[int, ...]:
    """Return the most people that any of the recounted plans serves with each further document."""
    counts = [recount.added.documents for recount in recounts if recount.added is not None]
    return tuple(max(plan) for plan in zip(*([count.served for count in plan] for plan in counts), strict=True))


def all_recounts(instance: Instance, *, most_plans: int) -> list[Recount] | None:
    """Return the recounts of all feasible plans; None if there are too many to try."""
    days = [
        list(days_with_documents(instance, team, day))
        for team in instance.teams
        for works, day in zip(team.work_dates, instance.dates, strict=True)
        if works
    ]
    if math.prod(len(options) for options in days) > most_plans:
        return None
    recounts = []
    for chosen in product(*days):
        visits = tuple(visit for day, _ in chosen for visit in day)
        rows = Rows(kits=tuple(load for _, loads in chosen for load in loads))
        recount = verify_if_feasible(instance, Plan(visits=visits, rows=rows))
        if recount is not None:
            recounts.append(recount)
    return recounts


def days_with_documents(instance: Instance, team: Team, day: date) -> Iterator[Day]:
    """Every day of a team, with all kits that it may draw then, and every share that is no part of another."""
    everywhere = replace(instance.connectivity, throughput_percent=(100,) * 5, success_percent=(100,) * 5)
    # With so many people, a signal everywhere and no kit needed no length of a visit is left out.
    crowded = tuple(replace(site, people=10**6, needs_kits=()) for site in instance.sites)
    routes = list(days_of(replace(instance, sites=crowded, connectivity=everywhere), team, on=day))
    for loads in _loads(instance, team, day):
        for visits in routes:
            if not visits:
                if not loads:
                    yield (), ()
                continue
            for works in product(*(_works(instance, team, visit, loads) for visit in visits)):
                yield tuple(replace(visit, work=work) for visit, work in zip(visits, works, strict=True)), loads


def _loads(instance: Instance, team: Team, day: date) -> Iterator[tuple[Carried, ...]]:
    d = instance.dates.index(day)
    counts = []
    for pool in instance.kits:
        allowed = (pool.teams is None or team.id in pool.teams) and pool.on_dates[d]
        counts.append(range(min(pool.count, pool.max_per_team) + 1 if allowed else 1))
    for drawn in product(*counts):
        yield tuple(
            Carried(team=team.id, date=day, pool=pool.id, count=count)
            for pool, count in zip(instance.kits, drawn, strict=True)
            if count
        )


def _works(
    instance: Instance, team: Team, visit: Visit, loads: tuple[Carried, ...]
) -> list[tuple[tuple[str, int], ...]]:
    """The work of a visit for every number of people by document, or those to which nobody can be added.

    Where late people cost nothing, more of them are never worse.
    """
    site = next(site for site in instance.sites if site.id == visit.site)
    kinds = {pool.id: pool.kind for pool in instance.kits}
    kits = {kind: team.own_kits(kind) for kind in (*KINDS, SATELLITE)}
    for load in loads:
        kits[kinds[load.pool]] += load.count
    names: Mapping[str, Document | None] = {IKD: None, **{one.id: one for one in instance.documents}}
    needs = {}
    for name, document in names.items():
        if team.documents is None or name in team.documents:
            rate = signal_rate(instance.connectivity, site, by_satellite=kits[SATELLITE] > 0)
            people = site.people if document is None else site.people_of(name)
            needs[name] = _work_for(document, team, people=people, rate=rate)
    found = []
    for chosen in product(*(range(len(needed)) for needed in needs.values())):
        work = {name: needs[name][count] for name, count in zip(needs, chosen, strict=True)}
        if _fits(names, team, visit, work, kits):
            found.append((chosen, work))
    has_late = instance.weights.late > 0 or any(document.late > 0 for document in instance.documents)
    return [
        tuple((name, minutes) for name, minutes in work.items() if minutes)
        for chosen, work in found
        if has_late
        or not any(
            other != chosen and all(more >= count for more, count in zip(other, chosen, strict=True))
            for other, _ in found
        )
    ]


def _work_for(document: Document | None, team: Team, *, people: int, rate: int) -> list[int]:
    """The least operator-minutes that serve so many people, from none on."""
    found, minutes = [0], 0
    while len(found) <= people and minutes < 2000:
        minutes += 1
        if served_by_work(document, team, operator_minutes=minutes, rate=rate) >= len(found):
            found.append(minutes)
    return found


def _fits(
    names: Mapping[str, Document | None], team: Team, visit: Visit, work: Mapping[str, int], kits: Mapping[str, int]
) -> bool:
    for kind, count in kits.items():
        needed = sum(minutes for name, minutes in work.items() if (one := names[name]) is not None and one.kit == kind)
        if needed > count * visit.minutes:
            return False
    return sum(work.values()) <= team.operators * visit.minutes
