"""Changes are solved beside the instance as it is, and say what they are worth."""

from dataclasses import replace
from datetime import date

from solver.contract.tiny import tiny_instance_with_documents
from solver.plans.outlook import Verdict
from solver.questions.trials import Effort, Trial, try_changes
from solver.questions.what_if import Change, apply
from solver.solve import solve
from solver.stopping import Limits
from tests.solver.questions.villages import villages, without_signal

EFFORT = Effort(seconds=None, iterations=600)


def test_trial_counts_nothing_after_the_deadline() -> None:
    instance = apply(villages(gap=200), Change.parse("days=+1"))
    by_first = replace(instance, target=replace(instance.target, deadline=date(2023, 11, 13)))
    assert try_changes(instance, [], EFFORT)[0].verdict is Verdict.REACHABLE
    trial = try_changes(by_first, [], EFFORT)[0]
    assert trial.verdict is not Verdict.REACHABLE
    assert (trial.shortfall, trial.crosses_on) == (100, None)


def test_each_wish_is_solved_beside_the_instance_as_it_is() -> None:
    told: list[Trial] = []
    effort = Effort(seconds=None, iterations=600, on_trial=told.append)
    wishes = [[Change.parse("teams=+1")], [Change.parse("teams=+1"), Change.parse("yield=+100%")]]
    before, more, faster = try_changes(villages(gap=250), wishes, effort)
    assert [trial.label for trial in told] == ["as it is", "teams=+1", "teams=+1, yield=+100%"]
    assert before.activations <= more.activations <= faster.activations
    assert more.activations <= more.bound
    assert (before.teams, more.teams) == (1, 2)
    assert more.price_of_one_more == 0


def test_one_more_set_is_worth_what_it_lets_a_team_win() -> None:
    wishes = [[Change.parse("kit=+1")], [Change.parse("kit=+1"), Change.parse("teams=+1")]]
    none, one, shared = try_changes(without_signal(count=0), wishes, EFFORT)
    assert (none.activations, none.bound) == (0, 0)
    assert one.activations == one.bound > 0
    # The second team cannot have the set on the same date.
    assert shared.activations == shared.bound == one.activations


def test_known_plan_with_kits_is_shared_with_a_scenario_that_allows_more() -> None:
    instance = without_signal(count=1)
    known = solve(instance, Limits(iterations=300)).plan
    assert known.rows.kits
    as_it_is, more = try_changes(instance, [[Change.parse("kit=+1")]], Effort(seconds=None, iterations=1), known=known)
    assert known.value_milli == as_it_is.value_milli
    assert more.value_milli >= as_it_is.value_milli


def test_trial_tells_what_a_printer_does_for_its_document() -> None:
    tiny = tiny_instance_with_documents()
    kits = tuple(replace(pool, count=0) if pool.kind == "printer" else pool for pool in tiny.kits)
    wish = [Change.parse("kit:printer=+1")]
    dear = replace(tiny.documents[0], shortfall=4000)
    asked = replace(tiny, kits=kits, documents=(dear,))
    none, one = try_changes(asked, [wish], Effort(seconds=None, iterations=100))
    assert none.to_json()["documents"]["card"]["served"] == 0
    assert one.to_json()["documents"]["card"]["served"] > 0
    assert "documents" not in try_changes(without_signal(count=0), [], EFFORT)[0].to_json()
