"""A base, a harbour 20 minutes off and an island reached in time only over the harbour: two dates, one team."""

from typing import Any


def coast_document() -> dict[str, Any]:
    """Return a fresh document, to be changed at will."""
    site = {
        "kind": "village",
        "area": "A",
        "people": 50,
        "connectivity": 4,
        "dates": "11",
        "windows": [[480, 960]],
        "setup_minutes": 0,
        "fixed_minutes": None,
        "must": False,
        "max_visit_dates": 1,
        "min_gap_days": 0,
        "max_teams": 1,
    }
    ways = [[0, 20, 400], [20, 0, 20], [400, 20, 0]]
    team = {
        "id": "T1",
        "operators": 1,
        "minutes_per_activation": 6,
        "place": 0,
        "dates": "11",
        "shift": [480, 1000],
        "satellite": False,
        "max_stops": 3,
    }
    return {
        "format": "outreach-1",
        "name": "coast",
        "dates": ["2023-11-13", "2023-11-14"],
        "slot_minutes": 30,
        "target": {"gap": None, "walk_ins_per_day": 0},
        "connectivity": {"throughput_percent": [0] + [100] * 4, "success_percent": [100] * 5, "satellite_level": 4},
        "travel": {"minutes": ways, "metres": ways},
        "areas": [{"id": "A", "name": "A", "min_activations": 0}],
        "sites": [
            site | {"id": "harbour", "name": "Harbour", "place": 1},
            site | {"id": "island", "name": "Island", "place": 2},
        ],
        "teams": [team],
        "costs": {"per_km": 0, "per_team_day": 0, "budget": None},
        "weights": {
            "must": 1_000_000,
            "pin": 1_000_000,
            "shortfall": 1000,
            "area_shortfall": 500,
            "per_million_cost": 1000,
            "late": 2,
            "moved": 50,
        },
        "pinned": [],
        "published": [],
    }
