"""Villages of 50 people around a base, with or without signal."""

from typing import Any

from solver.contract.instance import Instance
from solver.contract.reading import instance_from_json
from tests.solver.coast import coast_document


def villages(*, gap: int, count: int = 6) -> Instance:
    """Villages of 50 people, half an hour from base; a team wins two of them a day, on one date."""
    document = coast_document()
    document["dates"] = document["dates"][:1]
    size = count + 1
    ways = [[0 if a == b else 30 for a in range(size)] for b in range(size)]
    site: dict[str, Any] = document["sites"][0] | {"dates": "1", "windows": [[480, 1140]]}
    return instance_from_json(
        document
        | {
            "travel": {"minutes": ways, "metres": ways},
            "sites": [site | {"id": f"V{n}", "name": f"Village {n}", "place": n} for n in range(1, size)],
            "teams": [document["teams"][0] | {"dates": "1", "shift": [480, 1170]}],
            "target": {"gap": gap, "walk_ins_per_day": 0},
        }
    )


def without_signal(*, count: int) -> Instance:
    """Six villages without signal, and a set for the team (or none)."""
    document = villages(gap=300).to_json() | {"format": "outreach-2"}
    for site in document["sites"]:
        site["connectivity"] = 0
    document["connectivity"] |= {"satellite_level": 4}
    document["kits"] = [{"id": "set", "kind": "satellite", "count": count}]
    return instance_from_json(document)
