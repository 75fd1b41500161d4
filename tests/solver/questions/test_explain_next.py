"""Sites of plans with documents, kits, events and breaks are explained: what is forced in keeps every rule."""

from random import Random
from typing import Any

from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from solver.questions.explain import Explainer
from solver.questions.explanation import Explanation, Standing
from solver.solve import solve
from solver.stopping import Limits
from tests.solver.document_instances import best_recounts, documents_document, documents_instance
from tests.solver.paused_instances import paused_document
from tests.solver.test_events import event_document

FEW = 100


def explained(instance: Instance, plan: Plan, *, iterations: int = 0) -> dict[str, Explanation]:
    explainer = Explainer(instance, plan)
    answers = {site.id: explainer.explain(site, iterations=iterations) for site in instance.sites}
    for answer in answers.values():
        assert explainer.describe(answer).id
        assert "{" not in explainer.describe(answer).en
        assert explainer.to_json(answer)["site"] == answer.site.id
    return answers


def value_with(answer: Explanation, before: int) -> int:
    assert answer.forced is not None
    return before - answer.forced.value_lost_milli


def test_forced_plans_with_documents_are_worth_no_more_than_the_best() -> None:
    forced = for_papers = 0
    for seed in range(24):
        instance = documents_instance(Random(seed), sites=3, teams=2, dates=1)
        best = best_recounts(instance, most_plans=20_000)
        if best is None:
            continue
        before = verify(instance, Plan(visits=()))
        for answer in explained(instance, Plan(visits=())).values():
            if answer.forced is None:
                continue
            assert value_with(answer, before.value_milli) <= best[0].value_milli
            teams = {outcome.visit.team for outcome in answer.forced.visits}
            assert len(teams) >= answer.site.min_teams
            assert {outcome.visit.site for outcome in answer.forced.visits} == {answer.site.id}
            forced += 1
            for_papers += any(lost < 0 for _, lost in answer.forced.documents_lost)
    assert forced > 15
    assert for_papers > 8


def test_sites_of_a_plan_with_documents_and_kits_are_scheduled_beaten_or_impossible() -> None:
    standings: set[Standing] = set()
    for seed in range(12):
        instance = instance_from_json(documents_document(Random(seed), sites=5, teams=2, dates=2))
        plan = solve(instance, Limits(iterations=150), seed=seed).plan
        visited = {visit.site for visit in plan.visits}
        for name, answer in explained(instance, plan, iterations=FEW).items():
            assert (answer.standing is Standing.SCHEDULED) == (name in visited)
            standings.add(answer.standing)
            if answer.forced is not None:
                # Whoever is not touched is not told of anything.
                assert all(move.before != move.after for move in answer.forced.changes.retimed)
    assert standings == {Standing.SCHEDULED, Standing.BEATEN, Standing.IMPOSSIBLE}


def test_forced_visits_beside_breaks_leave_every_break_its_place() -> None:
    forced = 0
    for seed in range(24):
        document = paused_document(Random(seed), sites=5, teams=2, dates=2)
        instance = instance_from_json(document)
        plan = solve(instance, Limits(iterations=150), seed=seed).plan
        for answer in explained(instance, plan, iterations=FEW).values():
            forced += answer.forced is not None
    assert forced > 10


def beaten_event() -> tuple[Instance, Plan]:
    """An event for two teams that nobody goes to."""
    document: dict[str, Any] = event_document(teams=3, dates=("11", "11", "11"))
    return instance_from_json(document), Plan(visits=())


def test_event_is_forced_in_with_all_the_teams_that_it_needs_on_one_date() -> None:
    instance, plan = beaten_event()
    answer = explained(instance, plan)["S1"]
    assert answer.standing is Standing.BEATEN
    assert answer.forced is not None
    assert len({outcome.visit.team for outcome in answer.forced.visits}) == 2
    assert len({outcome.visit.date for outcome in answer.forced.visits}) == 1
    assert answer.forced.activations_lost < 0
