"""The golden instance `instances/week.json` and a plan for it whose value was worked out by hand."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from solver.contract.instance import Instance, Visit
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json

INSTANCES = Path(__file__).parent / "instances"


def week_document() -> dict[str, Any]:
    """Return a fresh copy of the document, to be changed at will."""
    document: dict[str, Any] = json.loads((INSTANCES / "week.json").read_bytes())
    return document


def week() -> Instance:
    return instance_from_json(week_document())


def make_visit(
    team: str = "T1", site: str = "S1", *, day: int = 13, start: int = 500, minutes: int = 90, month: int = 11
) -> Visit:
    return Visit(team=team, date=date(2023, month, day), site=site, start=start, minutes=minutes)


def week_visits() -> list[Visit]:
    """Return the golden plan: the pinned visit, a village reached by satellite, a second team and a session."""
    return [
        make_visit("T1", "S1", day=13, start=500, minutes=90),
        make_visit("T1", "S2", day=13, start=640, minutes=120),
        make_visit("T2", "S1", day=16, start=500, minutes=120),
        make_visit("T1", "S3", day=16, start=480, minutes=45),
    ]


def week_with_children(*, gap: int | None = None) -> tuple[Instance, Plan, int]:
    """Return the week with cards for the 20 children at its first site, a plan, and whom that serves with them."""
    kia = {"id": "kia", "gap": gap, "minutes": 5, "needs_signal": False, "shortfall": 400}
    document = week_document() | {"format": "outreach-2", "documents": [kia]}
    document["sites"][0]["people_by_document"] = {"kia": 20}
    first, *others = week_visits()
    visits = (replace(first, work=(("kia", 100),)), *others)
    return instance_from_json(document), Plan(visits=visits, format="outreach-plan-2"), 20
