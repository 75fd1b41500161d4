"""The referee's opinion of `outreach-2` plans; `agreement.py` asks it about as many as one likes."""

from random import Random

import pytest

from solver.contract.reading import read_instance
from tests.solver.contract.agreement import Tally, compare, judge_seed
from tests.solver.contract_files import load_document, load_next_referee, next_contract_instances
from tests.solver.journey import journey, journey_document, journey_plan
from tests.solver.random_journeys import broken_next_plan, next_plan


@pytest.mark.parametrize("first_seed", [0, 40])
def test_referee_agrees_on_random_and_broken_plans(first_seed: int) -> None:
    judge, tally = load_next_referee().judge, Tally()
    for seed in range(first_seed, first_seed + 40):
        judge_seed(seed, judge, tally)
    assert tally.disagreements == []
    # What agrees on empty plans alone agrees on nothing.
    assert tally.feasible > 100
    assert min(tally.rows[table] for table in ("visits", "nights", "rides", "breaks", "kits", "visits with work")) > 20
    assert len(tally.rules) > 25


def test_referee_agrees_on_the_golden_plan_and_on_broken_ones() -> None:
    judge, tally, random = load_next_referee().judge, Tally(), Random(1)
    plans = [journey_plan(), *(broken_next_plan(random, journey(), journey_plan()) for _ in range(150))]
    for number, plan in enumerate(plans):
        compare(journey(), journey_document(), plan=plan, judge=judge, tally=tally, label=f"plan {number}")
    assert tally.disagreements == []
    assert tally.feasible < 75


def test_referee_agrees_on_the_contracts_instances() -> None:
    judge, tally = load_next_referee().judge, Tally()
    for number, path in enumerate(next_contract_instances()[:-2]):
        random, document, instance = Random(number), load_document(path), read_instance(path)
        sound = next_plan(random, instance, tries=30)
        for plan in (sound, *(broken_next_plan(random, instance, sound) for _ in range(4))):
            compare(instance, document, plan=plan, judge=judge, tally=tally, label=path.name)
    assert tally.disagreements == []


def test_disagreement_is_told_with_the_figures() -> None:
    def wrong_judge(document: dict[str, object], plan: dict[str, object]) -> dict[str, object]:
        found: dict[str, object] = load_next_referee().judge(document, plan)
        return found | {"value_milli": 27_016}

    tally = Tally()
    compare(journey(), journey_document(), plan=journey_plan(), judge=wrong_judge, tally=tally, label="golden")
    [told] = tally.disagreements
    assert "golden: {'value_milli': (27015, 27016)}" in told
