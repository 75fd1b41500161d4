"""Plans with nights and boats are made, explained and ordered; what else is asked of them is refused by name."""

import gzip
import json
from typing import Any

import pytest

from app.schedules.questions.explanations import solved_answer
from app.schedules.runs.not_yet import NotPlannedYet, refuse_question, refuse_run
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from solver.questions.explain import Explainer
from solver.questions.possibility import Possibilities
from tests.solver.questions.test_possible_trips import boat_document, far_document


def packed(document: dict[str, Any]) -> bytes:
    return gzip.compress(json.dumps(document).encode())


@pytest.mark.parametrize("document", [far_document(), boat_document(out=[540, 540], back=[900, 900])])
def test_plans_with_nights_or_boats_are_no_reason_to_refuse(document: dict[str, Any]) -> None:
    refuse_question(packed(document))


def test_pinned_nights_and_rides_are_no_reason_to_refuse() -> None:
    night = {"team": "T1", "date": "2023-11-13", "lodging": "guest-house"}
    pinned = far_document()
    pinned["pinned_nights"] = [night | {"lodging": pinned["lodgings"][0]["id"]}]
    refuse_run(instance_from_json(pinned))
    refuse_question(packed(pinned))


def test_a_fourth_break_on_a_date_is_refused_by_name() -> None:
    document = far_document()
    document["teams"][0]["breaks"] = [{"minutes": 30, "window": [start, start + 60]} for start in (600, 680, 760, 840)]
    with pytest.raises(NotPlannedYet) as refused:
        refuse_question(packed(document))
    assert [problem.pointer for problem in refused.value.problems] == ["/teams/0/breaks/3"]
    assert all(problem.detail and problem.mend for problem in refused.value.problems)


def test_answer_with_trips_is_shown_with_them() -> None:
    instance = instance_from_json(far_document())
    plan = Possibilities(instance).trip_to(instance.sites[1], instance.teams[0], day=instance.dates[1])
    assert plan is not None
    explainer = Explainer(instance, plan)
    shown = solved_answer(explainer.to_json(explainer.explain(instance.sites[1])), schedule_id=1, site_id=2)
    assert [(trip.team, trip.lodgings) for trip in shown.trips] == [("T1", ["Wisma Muara"])]
    without = Explainer(instance, Plan(visits=()))
    harbour = without.to_json(without.explain(instance.sites[0], iterations=0))
    assert solved_answer(harbour, schedule_id=1, site_id=1).trips == []
