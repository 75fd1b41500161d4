"""Instances in which fairness has a price: random ones, and two equal teams who share near and far villages."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import strategies as st

from solver.contract.instance import Instance, Window
from solver.contract.reading import instance_from_json
from solver.contract.workload import MOST_HISTORY_HOURS
from tests.solver.random_instances import instances


def with_fairness(random: Random, instance: Instance) -> Instance:
    """Return the instance with a weight of fairness, histories and perhaps a usual day."""
    teams = [
        replace(team, history_hours=random.choice([0, 7, random.randint(-MOST_HISTORY_HOURS, MOST_HISTORY_HOURS)]))
        for team in instance.teams
    ]
    return replace(
        instance,
        teams=tuple(teams),
        weights=replace(instance.weights, fairness=random.choice([1, 50, 50, 977, 20_000])),
        usual_day=random.choice([None, Window(open=450, close=900), Window(open=480, close=840)]),
    )


def fair_instances(*, max_sites: int = 6, max_teams: int = 3, max_dates: int = 5) -> st.SearchStrategy[Instance]:
    """Draw checked instances in which fairness has a price."""
    drawn = instances(max_sites=max_sites, max_teams=max_teams, max_dates=max_dates)
    return st.builds(lambda instance, seed: with_fairness(Random(seed), instance), drawn, st.integers(0, 2**32 - 1))


def equal_teams(history_hours: Sequence[int], *, fairness: int = 50, on_leave: Sequence[str] = ()) -> Instance:
    """Return an instance of teams T1, T2, … alike but for their history; those on leave have no working date.

    On four dates, eight villages of 40 people lie one behind the other, a team visits one a day and serves everybody
    within two hours: who goes where is all that is left to choose.
    """
    dates = ["2023-11-13", "2023-11-14", "2023-11-15", "2023-11-16"]
    team: dict[str, Any] = {
        "operators": 2, "minutes_per_activation": 6, "lat": -3.29, "lon": 102.86, "shift": [450, 990],
        "satellite": False, "max_stops": 1,
    }  # fmt: skip
    site = {
        "kind": "village", "area": "A", "people": 40, "connectivity": 4, "dates": "1111",
        "windows": [[450, 990]], "setup_minutes": 0, "max_visit_dates": 1, "min_gap_days": 1, "max_teams": 1,
    }  # fmt: skip
    return instance_from_json(
        {
            "format": "outreach-1",
            "name": "equal teams",
            "dates": dates,
            "slot_minutes": 30,
            "target": {"gap": None, "walk_ins_per_day": 0},
            "connectivity": {
                "throughput_percent": [0, 50, 70, 90, 100],
                "success_percent": [0, 80, 90, 95, 100],
                "satellite_level": 2,
            },
            "travel": {"detour": 1.3, "kmh": 30},
            "areas": [{"id": "A", "name": "A", "min_activations": 0}],
            "sites": [
                {**site, "id": f"S{x}", "name": f"S{x}", "lat": -3.29 - 0.05 * x, "lon": 102.86} for x in range(8)
            ],
            "teams": [
                {
                    **team,
                    "id": f"T{number}",
                    "history_hours": hours,
                    "dates": "0000" if f"T{number}" in on_leave else "1111",
                }
                for number, hours in enumerate(history_hours, start=1)
            ],
            "costs": {"per_km": 4000, "per_team_day": 300_000},
            "weights": {
                "must": 1_000_000, "pin": 1_000_000, "shortfall": 1000, "area_shortfall": 0,
                "per_million_cost": 1, "late": 0, "moved": 50, "fairness": fairness,
            },
            "usual_day": [420, 1020],
            "pinned": [],
            "published": [],
        }
    )  # fmt: skip
