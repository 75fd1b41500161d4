"""Every site is explained: scheduled, impossible, beaten with its price, or not ready."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json, read_instance
from solver.contract.verify import verify
from solver.questions.explain import Explainer, RefusedPlan
from solver.questions.explanation import Explanation, Standing
from tests.solver.coast import coast_document
from tests.solver.random_instances import instances, random_plan
from tests.solver.test_crooked import INSTANCES
from tests.solver.week import make_visit, week, week_visits


def explained(instance: Instance, plan: Plan, site_id: str, **named: object) -> Explanation:
    site = next(found for found in instance.sites if found.id == site_id)
    return Explainer(instance, plan, **named).explain(site, iterations=200)  # type: ignore[arg-type]


def crowded() -> tuple[Instance, Plan]:
    """Two villages as far as each other, and one team-day that holds only one of them; the larger is in the plan."""
    document = coast_document()
    document["dates"] = document["dates"][:1]
    ways = [[0, 100, 100], [100, 0, 100], [100, 100, 0]]
    document["travel"] = {"minutes": ways, "metres": ways}
    for record in (*document["sites"], *document["teams"]):
        record["dates"] = "1"
    document["sites"][1]["people"] = 20
    document["teams"][0]["max_stops"] = 1
    instance = instance_from_json(document)
    visit = make_visit("T1", "harbour", day=13, start=580, minutes=300)
    return instance, Plan(visits=(visit,))


def test_site_in_the_plan_is_scheduled_with_what_it_wins() -> None:
    found = explained(week(), Plan(visits=tuple(week_visits())), "S2")
    assert found.standing is Standing.SCHEDULED
    assert [outcome.visit for outcome in found.visits] == [week_visits()[1]]


def test_beaten_site_tells_who_leaves_and_how_many_activations_are_lost() -> None:
    instance, plan = crowded()
    explainer = Explainer(instance, plan)
    found = explainer.explain(instance.sites[1], iterations=200)
    assert (found.standing, found.possibility.rule) == (Standing.BEATEN, None)
    assert found.forced is not None
    # The harbour's 50 people against the island's 20.
    assert found.forced.activations_lost == 30
    assert [visit.site for visit in found.forced.changes.withdrawn] == ["harbour"]
    assert [outcome.visit.site for outcome in found.forced.visits] == ["island"]
    sentence = explainer.describe(found)
    assert "kehilangan 30 aktivasi" in sentence.id
    assert "Keluar: Harbour (tim T1, 13 November 2023)." in sentence.id
    assert "loses 30 activations" in sentence.en


def test_site_that_a_closed_gap_does_not_need_says_so() -> None:
    instance, plan = crowded()
    document = instance.to_json() | {"target": {"gap": 20, "walk_ins_per_day": 0}}
    explainer = Explainer(instance_from_json(document), plan)
    found = explainer.explain(instance.sites[1], iterations=200)
    assert found.forced is not None
    assert found.forced.closes_gap
    assert "tidak diperlukan" in explainer.describe(found).id


def test_pinned_visits_are_never_displaced() -> None:
    instance, plan = crowded()
    document = instance.to_json() | {"pinned": [visit.to_json() for visit in plan.visits]}
    pinned = instance_from_json(document)
    explainer = Explainer(pinned, plan)
    found = explainer.explain(pinned.sites[1])
    assert (found.standing, found.forced) == (Standing.BEATEN, None)
    assert "dipatok" in explainer.describe(found).id


def test_impossible_site_has_its_rule_and_counts_in_words() -> None:
    document = coast_document()
    document["sites"][1]["people"] = 0
    instance = instance_from_json(document)
    explainer = Explainer(instance, Plan(visits=()))
    found = explainer.explain(instance.sites[1])
    assert found.standing is Standing.IMPOSSIBLE
    assert explainer.describe(found).en == (
        "Island cannot be visited: nobody is left to activate there. Of 2 team-days: 2 nobody left."
    )


def test_site_that_never_opens_is_not_ready_if_a_reason_is_given() -> None:
    document = coast_document()
    document["sites"][1]["dates"] = "00"
    instance = instance_from_json(document)
    plan = Plan(visits=())
    assert explained(instance, plan, "island").standing is Standing.IMPOSSIBLE
    found = explained(instance, plan, "island", not_ready={"island": "menunggu surat"})
    assert (found.standing, found.not_ready) == (Standing.NOT_READY, "menunggu surat")


def test_broken_plan_is_refused() -> None:
    with pytest.raises(RefusedPlan, match="closed"):
        Explainer(week(), Plan(visits=(make_visit("T1", "S3", day=13),)))


@given(instances(), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_every_site_has_one_standing_and_forced_plans_hold(instance: Instance, seed: int) -> None:
    plan = random_plan(Random(seed), instance)
    before = verify(instance, plan)
    pins_kept = set(instance.pinned) <= set(plan.visits)
    explainer = Explainer(instance, plan)
    visited = {visit.site for visit in plan.visits}
    for found in explainer.explain_all(instance.sites, time_seconds=0):
        assert (found.site.id in visited) == (found.standing is Standing.SCHEDULED)
        document = explainer.to_json(found)
        assert document["sentence"]["id"]
        assert document["sentence"]["en"]
        if found.standing is not Standing.BEATEN or found.forced is None or not pins_kept:
            continue
        assert found.forced.visits
        assert all(outcome.visit.site == found.site.id for outcome in found.forced.visits)
        assert found.forced.activations_lost <= before.activations


def test_answer_is_the_same_every_time_and_on_any_number_of_threads() -> None:
    instance, plan = crowded()
    alone = Explainer(instance, plan).explain_all(instance.sites)
    together = Explainer(instance, plan).explain_all(instance.sites, threads=2)
    assert alone == together


def test_a_site_behind_others_is_forced_in_over_them() -> None:
    instance = read_instance(INSTANCES / "nobody-on-the-way.json")
    explainer = Explainer(instance, Plan(visits=()))
    found = explainer.explain(instance.sites[2], iterations=200)
    assert found.standing is Standing.BEATEN
    assert found.forced is not None
    assert [outcome.visit.site for outcome in found.forced.visits] == ["S3"]
    assert found.forced.activations_lost < 0


@pytest.mark.parametrize(
    ("has_pins", "has_budget", "blamed"),
    [(False, False, set()), (True, False, {"pin"}), (False, True, {"budget"}), (True, True, {"pin", "budget"})],
)
def test_nothing_is_blamed_that_is_not_there(has_pins: bool, has_budget: bool, blamed: set[str]) -> None:
    instance = read_instance(INSTANCES / "nobody-on-the-way.json")
    explainer = Explainer(instance, Plan(visits=()))
    site = instance.sites[2]
    found = replace(explainer.explain(site, iterations=0), forced=None, has_pins=has_pins, has_budget=has_budget)
    sentence = explainer.describe(found)
    assert {word for word in ("pin", "budget") if word in sentence.en} == blamed
    assert {word for word in ("dipatok", "anggaran") if word in sentence.id} == {
        {"pin": "dipatok", "budget": "anggaran"}[word] for word in blamed
    }


def test_pins_and_a_budget_are_known_to_the_answer() -> None:
    instance, plan = crowded()
    pinned = instance_from_json(instance.to_json() | {"pinned": [visit.to_json() for visit in plan.visits]})
    found = Explainer(pinned, plan).explain(pinned.sites[1])
    assert (found.has_pins, found.has_budget) == (True, pinned.costs.budget is not None)
