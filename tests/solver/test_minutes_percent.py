"""Sites at which a person takes other minutes than usual: no plan is above its bound, and most plans are the best."""

from dataclasses import replace
from random import Random

from solver.bound.bounds import upper_bounds
from solver.contract.reading import instance_from_json
from solver.numeric.arrays import build_arrays
from solver.plans.restriction import allows_more
from solver.questions.possibility import Possibilities
from solver.solve import solve
from solver.stopping import Limits
from tests.solver.document_instances import all_recounts, documents_document
from tests.solver.questions.test_possibility_next import plans_with_documents, served_somewhere
from tests.solver.week import week


def quick_and_slow(random: Random, *, sites: int, teams: int, dates: int) -> dict[str, object]:
    document = documents_document(random, sites=sites, teams=teams, dates=dates)
    for site in document["sites"]:
        site |= {"minutes_percent": random.choice([1, 33, 40, 100, 250]), "must": False}
    return document


def test_no_plan_is_above_its_bound_and_most_plans_are_best() -> None:
    cases = best = bounded = 0
    for seed in range(50):
        random = Random(seed)
        size = {"sites": random.randint(1, 2), "teams": random.randint(1, 2), "dates": random.randint(1, 2)}
        instance = instance_from_json(quick_and_slow(random, **size))
        recounts = all_recounts(instance, most_plans=1500)
        if recounts is None:
            continue
        value_milli = max(recount.value_milli for recount in recounts)
        for bounds in upper_bounds(build_arrays(instance), should_stop=lambda: False):
            assert bounds.value_milli >= value_milli, seed
            bounded += 1
        found = solve(instance, Limits(iterations=400), seed=seed)
        assert found.recount.feasible
        assert found.recount.value_milli <= value_milli
        best += found.recount.value_milli == value_milli
        cases += 1
    assert bounded >= cases >= 20
    assert best >= 0.85 * cases


def test_sites_called_impossible_serve_nobody_in_any_plan() -> None:
    impossible = possible = 0
    for seed in range(50):
        random = Random(seed)
        instance = instance_from_json(quick_and_slow(random, sites=2, teams=random.choice([1, 2]), dates=1))
        plans = plans_with_documents(instance)
        if plans is None:
            continue
        served, possibilities = served_somewhere(instance, iter(plans)), Possibilities(instance)
        for site in instance.sites:
            judged = possibilities.judge(site)
            assert (judged.rule is None) == (site.id in served), (seed, site.id, judged)
            impossible += judged.rule is not None
            possible += judged.rule is None
    assert min(impossible, possible) > 5


def test_fewer_minutes_for_a_person_allow_more() -> None:
    usual = week()
    first, *others = usual.sites
    quick = replace(usual, sites=(replace(first, minutes_percent=40), *others))
    assert allows_more(usual, quick) is None
    assert "pace" in (allows_more(quick, usual) or "")
