"""The golden `outreach-2` instance `instances/journey.json` and a plan for it whose value was worked out by hand."""

import json
from typing import Any

from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from tests.solver.week import INSTANCES

MONDAY, TUESDAY, THURSDAY = "2023-11-13", "2023-11-14", "2023-11-16"
WORK = {"ikd": 120, "kia": 120}


def journey_document() -> dict[str, Any]:
    """Return a fresh copy of the document, to be changed at will."""
    document: dict[str, Any] = json.loads((INSTANCES / "journey.json").read_bytes())
    return document


def journey() -> Instance:
    return instance_from_json(journey_document())


def journey_plan() -> dict[str, Any]:
    """Return the golden plan: a boat out with the satellite set, a night, a boat back, and an event of two teams."""
    first, second = {"team": "T1", "date": MONDAY}, {"team": "T1", "date": TUESDAY}
    event = {"date": THURSDAY, "site": "S3", "start": 540, "minutes": 60}
    return {
        "format": "outreach-plan-2",
        "visits": [
            {**first, "site": "S2", "start": 600, "minutes": 120, "work": dict(WORK)},
            {"team": "T1", **event},
            {"team": "T2", **event},
        ],
        "nights": [{**first, "lodging": "L1"}],
        "rides": [{**first, "connection": "C1", "start": 540}, {**second, "connection": "C2", "start": 840}],
        "breaks": [
            {**first, "break": 0, "start": 700},
            {**second, "break": 0, "start": 700},
            {"team": "T1", "date": THURSDAY, "break": 0, "start": 690},
            {"team": "T1", "date": THURSDAY, "break": 1, "start": 720},
        ],
        "kits": [{**first, "kit": "vsat", "count": 1}, {**second, "kit": "vsat", "count": 1}],
    }


def read(plan: dict[str, Any]) -> Plan:
    return Plan.from_json(plan)
