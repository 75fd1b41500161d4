"""A plan whose teams take breaks, made again: what stands keeps its hours, pins too, and every break is taken."""

from dataclasses import replace
from random import Random

from solver.contract.instance import Instance
from solver.contract.plan import Plan, in_format_of
from solver.contract.plan_rows import Rows
from solver.contract.reading import instance_from_json
from solver.contract.verify import Recount, verify
from solver.plans.timing import pauses_of
from solver.replan import Replan, replan, replan_and_prove, staying
from solver.solve import solve
from solver.stopping import Limits
from tests.solver.contract.agreement import Tally, compare
from tests.solver.contract_files import load_next_referee
from tests.solver.paused_instances import paused_document
from tests.solver.test_replan import off

FEW = 240
SEEDS = range(24)


def planned(seed: int) -> tuple[Instance, Recount]:
    """A random instance with its plan in force, and what that is worth."""
    instance = instance_from_json(paused_document(Random(seed), sites=5, teams=2, dates=3, more=seed % 3))
    plan = solve(instance, Limits(iterations=150), seed=seed).plan
    instance = replace(instance, published=plan.visits)
    return instance, verify(instance, Plan(visits=plan.visits, rows=plan.rows))


def with_pins(instance: Instance, random: Random) -> Instance:
    return replace(instance, pinned=tuple(visit for visit in instance.published if random.random() < 0.6))


def agrees(instance: Instance, found: Replan, tally: Tally) -> bool:
    """Whether `verify` accepts the plan; the referee's verdict is put beside it."""
    plan = in_format_of(instance, found.plan).to_json()
    judge = load_next_referee().judge
    compare(instance, instance.to_json(), plan=plan, judge=judge, tally=tally, label=str(tally.plans))
    return found.recount.feasible and found.recount == verify(instance, found.plan)


def test_plan_with_breaks_can_stay_whole_and_becomes_no_worse() -> None:
    stayed = 0
    for seed in SEEDS:
        instance, before = planned(seed)
        assert set(staying(instance)) == set(instance.published)
        found = replan(instance, Limits(iterations=FEW))
        assert found.recount.feasible
        assert found.recount.value_milli >= before.value_milli
        assert replan(instance, Limits(iterations=FEW), most_moved=0).changes.disturbed == 0
        stayed += found.changes.kept
    assert stayed > 30


def test_referee_accepts_what_is_made_of_a_plan_with_breaks() -> None:
    tally, pauses = Tally(), 0
    for seed in SEEDS:
        random = Random(seed)
        instance, _ = planned(seed)
        if instance.published:
            instance = off(instance, random.choice(instance.published))
        found = replan(instance, Limits(iterations=FEW), seed=seed)
        assert agrees(instance, found, tally)
        pauses += len(found.plan.rows.breaks)
    assert tally.disagreements == []
    assert pauses > 10


def test_pinned_visits_of_teams_with_breaks_keep_their_hours() -> None:
    tally, pins = Tally(), 0
    for seed in SEEDS:
        instance, _ = planned(seed)
        pinned = with_pins(instance, Random(seed))
        found = replan(pinned, Limits(iterations=FEW))
        assert agrees(pinned, found, tally)
        assert found.recount.pins_missed == 0
        assert set(pinned.pinned) <= set(found.plan.visits)
        anew = replace(pinned, published=())
        assert solve(anew, Limits(iterations=150), seed=seed).recount.pins_missed == 0
        pins += len(pinned.pinned)
    assert tally.disagreements == []
    assert pins > 20


def test_visits_in_the_way_of_a_new_break_make_way_and_no_others() -> None:
    gone = kept = 0
    for seed in SEEDS:
        instance = instance_from_json(paused_document(Random(seed), sites=5, teams=2, dates=3, more=seed % 3))
        without = replace(instance, teams=tuple(replace(team, breaks=()) for team in instance.teams))
        visits = solve(without, Limits(iterations=150), seed=seed).plan.visits
        again = replace(instance, published=visits)
        stays = staying(again)
        days = {(visit.team, visit.date) for visit in set(visits) - set(stays)}
        for key in days:
            whole = tuple(visit for visit in visits if (visit.team, visit.date) == key)
            assert not verify(again, Plan(visits=whole, rows=Rows(breaks=pauses_of(again, whole)))).feasible
        found = replan(again, Limits(iterations=FEW))
        assert found.recount.feasible
        gone, kept = gone + len(visits) - len(stays), kept + len(stays)
    assert gone > 3
    assert kept > 10


def test_plan_made_again_is_bounded_and_repeats() -> None:
    looked_at = 0
    for seed in (7, 11, 22, 31):
        instance, _ = planned(seed)
        one, other = (replan_and_prove(instance, Limits(time_seconds=30, iterations=FEW)) for _ in range(2))
        assert one.visits == other.visits
        assert one.rows == other.rows
        assert one.bound_milli is not None
        assert one.value_milli is not None
        assert one.value_milli <= one.bound_milli
        looked_at += len(one.rows.breaks)
    assert looked_at > 5
