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
def test_reasons_and_policies_of_plans_with_nights_or_boats_are_not_refused(document: dict[str, Any]) -> None:
    refuse_question(packed(document), by_search=True)
    with pytest.raises(NotPlannedYet) as refused:
        # Of plans for a spread of demand.
        refuse_question(packed(document))
    assert all(problem.pointer and problem.detail and problem.mend for problem in refused.value.problems)


def test_plans_with_nights_are_refused_where_people_are_unsure_alone() -> None:
    instance = instance_from_json(far_document())
    refuse_run(instance)
    with pytest.raises(NotPlannedYet):
        refuse_run(instance, has_demand=True)


def test_places_for_single_visits_are_looked_for_beside_pinned_nights_too() -> None:
    pinned = [{"team": "T1", "date": "2023-11-13", "lodging": "L"}]
    document = packed(far_document() | {"pinned_nights": pinned})
    refuse_question(document, by_solve=True)
    with pytest.raises(NotPlannedYet) as refused:
        # Reasons of sites know no such pins.
        refuse_question(document, by_search=True)
    assert [problem.pointer for problem in refused.value.problems] == ["/pinned_nights"]


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
