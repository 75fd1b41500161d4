"""The least number is reached by a plan; what lies below it is excluded by a bound or left open."""

from dataclasses import replace
from datetime import date

import pytest

from solver.plans.outlook import Due, Verdict
from solver.questions.least import least
from solver.questions.trials import Effort
from solver.questions.what_if import Change, apply
from tests.solver.questions.villages import villages, without_signal

EFFORT = Effort(seconds=None, iterations=600)


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


def test_fewer_teams_than_there_are_may_be_enough() -> None:
    instance = apply(villages(gap=150), Change.parse("teams=+5"))
    assert least(instance, "teams", EFFORT).enough == 2


def test_more_people_than_within_reach_are_never_reached() -> None:
    found = least(villages(gap=400), "teams", EFFORT)
    assert (found.enough, found.never) == (None, 300)
    assert "only 300 people are within reach" in found.describe().en


def test_days_without_end_are_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solver.questions.least.MOST_NEW_DAYS", 3)
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


def test_people_whom_only_a_set_reaches_are_within_reach() -> None:
    assert least(without_signal(count=1), "teams", EFFORT).never is None
    assert least(without_signal(count=0), "teams", EFFORT).never == 0


@pytest.mark.parametrize("gap", [0, 100, 300])
def test_what_is_proven_too_few_lies_below_what_is_enough(gap: int) -> None:
    found = least(villages(gap=gap), "teams", EFFORT)
    assert found.enough is not None
    assert -1 <= found.too_few < found.enough
