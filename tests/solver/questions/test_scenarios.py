"""The least number is reached by a plan; what lies below it is excluded by a bound or left open."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from solver.contract.instance import Instance
from solver.contract.reading import instance_from_json
from solver.contract.tiny import tiny_instance_with_documents
from solver.plans.outlook import Due, Verdict
from solver.questions.scenarios import Effort, Trial, least, try_changes
from solver.questions.what_if import Change, apply
from solver.solve import solve
from solver.stopping import Limits
from tests.solver.coast import coast_document

EFFORT = Effort(seconds=None, iterations=600)


def villages(*, gap: int, count: int = 6) -> Instance:
    """Villages of 50 people, half an hour from base; a team wins two of them a day, on one date."""
    document = coast_document()
    document["dates"] = document["dates"][:1]
    size = count + 1
    ways = [[0 if a == b else 30 for a in range(size)] for b in range(size)]
    site: dict[str, Any] = document["sites"][0] | {"dates": "1", "windows": [[480, 1140]]}
    return instance_from_json(
        document
        | {
            "travel": {"minutes": ways, "metres": ways},
            "sites": [site | {"id": f"V{n}", "name": f"Village {n}", "place": n} for n in range(1, size)],
            "teams": [document["teams"][0] | {"dates": "1", "shift": [480, 1170]}],
            "target": {"gap": gap, "walk_ins_per_day": 0},
        }
    )


def test_least_number_of_teams_is_reached_and_proven() -> None:
    found = least(villages(gap=250), "teams", EFFORT)
    assert (found.enough, found.too_few, found.never) == (3, 2, None)
    assert "Paling sedikit 3 tim" in found.describe().id
    assert {trial.teams: trial.verdict for trial in found.trials}[3] is Verdict.REACHABLE


def test_least_number_of_teams_for_a_period_is_that_for_what_is_due_by_its_end() -> None:
    instance = villages(gap=10_000)
    instance = replace(instance, target=replace(instance.target, period_gap=250))
    found = least(instance, "teams", EFFORT)
    assert (found.enough, found.too_few, found.never, found.gap) == (3, 2, None, 250)
    assert {trial.judged_by for trial in found.trials} == {Due.PERIOD}
    assert found.to_json()["judged_by"] == "period"
    assert "At least 3 teams to stay on the line to the target until 13 November 2023: " in found.describe().en
    assert "Paling sedikit 3 tim untuk tetap di jalur target sampai 13 November 2023: " in found.describe().id
    far = least(replace(instance, target=replace(instance.target, period_gap=400)), "teams", EFFORT)
    assert "the 400 activations that are due by 13 November 2023: only 300" in far.describe().en


def test_least_number_of_days_leads_to_the_target_and_not_to_the_end_of_a_period() -> None:
    instance = villages(gap=180)
    found = least(replace(instance, target=replace(instance.target, period_gap=10)), "days", EFFORT)
    assert (found.enough, found.due_on) == (2, None)


def test_days_after_the_deadline_make_no_number_of_teams_enough() -> None:
    instance = apply(villages(gap=250), Change.parse("days=+1"))
    by_first = replace(instance, target=replace(instance.target, deadline=date(2023, 11, 13)))
    assert least(instance, "teams", EFFORT).enough == 2
    assert least(by_first, "teams", EFFORT).enough == 3


def test_trial_counts_nothing_after_the_deadline() -> None:
    instance = apply(villages(gap=200), Change.parse("days=+1"))
    by_first = replace(instance, target=replace(instance.target, deadline=date(2023, 11, 13)))
    assert try_changes(instance, [], EFFORT)[0].verdict is Verdict.REACHABLE
    trial = try_changes(by_first, [], EFFORT)[0]
    assert trial.verdict is not Verdict.REACHABLE
    assert (trial.shortfall, trial.crosses_on) == (100, None)


def test_fewer_teams_than_there_are_may_be_enough() -> None:
    instance = apply(villages(gap=150), Change.parse("teams=+5"))
    assert least(instance, "teams", EFFORT).enough == 2


def test_more_people_than_within_reach_are_never_reached() -> None:
    found = least(villages(gap=400), "teams", EFFORT)
    assert (found.enough, found.never) == (None, 300)
    assert "only 300 people are within reach" in found.describe().en


def test_days_without_end_are_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solver.questions.scenarios.MOST_NEW_DAYS", 3)
    found = least(villages(gap=1_000), "days", EFFORT)
    assert (found.enough, found.too_few) == (None, 4)
    assert "4 days are not enough" in found.describe().en


def test_time_for_all_trials_ends_the_search_with_what_is_known() -> None:
    found = least(villages(gap=250), "teams", Effort(seconds=5, total_seconds=1e-6))
    assert [trial.teams for trial in found.trials] == [1]
    assert (found.enough, found.too_few) in {(None, 0), (None, 1)}
    assert "not enough" in found.describe().en


def test_no_gap_needs_nobody() -> None:
    found = least(villages(gap=0), "teams", EFFORT)
    assert (found.enough, found.too_few) == (0, -1)
    assert "no gap to close" in found.describe().en


def test_least_yield_is_reached_and_proven() -> None:
    # One team wins two villages of 50 a day; a third one fits when people are served in half of the time.
    found = least(villages(gap=150), "yield", EFFORT)
    assert found.enough is not None
    assert found.enough % 5 == 0
    assert 100 <= found.too_few < found.enough
    assert "percent of the present yield" in found.describe().en
    never = least(villages(gap=400), "yield", EFFORT)
    assert (never.enough, never.never, never.trials) == (None, 300, ())
    assert "No yield closes the gap of 400" in never.describe().en


def test_least_number_of_days_is_reached() -> None:
    found = least(villages(gap=180), "days", EFFORT)
    assert found.enough == 2
    assert found.too_few == 1
    # The same weekday, a week later.
    assert "2 days, until 20 November 2023" in found.describe().en


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


def without_signal(*, count: int) -> Instance:
    """Six villages without signal, and a set for the team (or none)."""
    document = villages(gap=300).to_json() | {"format": "outreach-2"}
    for site in document["sites"]:
        site["connectivity"] = 0
    document["connectivity"] |= {"satellite_level": 4}
    document["kits"] = [{"id": "set", "kind": "satellite", "count": count}]
    return instance_from_json(document)


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


def test_people_whom_only_a_set_reaches_are_within_reach() -> None:
    assert least(without_signal(count=1), "teams", EFFORT).never is None
    assert least(without_signal(count=0), "teams", EFFORT).never == 0


@pytest.mark.parametrize("gap", [0, 100, 300])
def test_what_is_proven_too_few_lies_below_what_is_enough(gap: int) -> None:
    found = least(villages(gap=gap), "teams", EFFORT)
    assert found.enough is not None
    assert -1 <= found.too_few < found.enough
