"""The verdict on what is due, and the date on which visits and walk-ins have closed the gap."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from solver.contract.verify import Recount, verify
from solver.plans.outlook import Due, Outlook, Verdict, outlook
from tests.solver.week import week_document, week_visits, week_with_children

MONDAY, THURSDAY = date(2023, 11, 13), date(2023, 11, 16)


def judged(*, gap: int | None, walk_ins: int = 5, **target: Any) -> tuple[Instance, Recount]:
    """The golden plan, 55 people on Monday and 33 on Thursday, against another target."""
    document = week_document()
    document["target"] = {"gap": gap, "walk_ins_per_day": walk_ins, **target}
    instance = instance_from_json(document)
    return instance, verify(instance, Plan(visits=tuple(week_visits())))


def seen(bound: int | None = 120, **target: Any) -> Outlook:
    return outlook(*judged(**target), bound)


def won_on(day: date) -> int:
    return sum(outcome.served for outcome in judged(gap=10)[1].by_visit if outcome.visit.date == day)


def test_gap_is_closed_on_the_first_date_that_reaches_it() -> None:
    won = won_on(MONDAY)
    assert seen(gap=won + 5).crosses_on == MONDAY
    # The day after has walk-ins alone.
    assert seen(gap=won + 6).crosses_on == date(2023, 11, 14)
    assert seen(gap=won + 11).crosses_on == THURSDAY


def test_walk_ins_of_a_date_without_a_team_close_the_gap_on_that_date() -> None:
    won = won_on(MONDAY)
    found = seen(gap=won + 8, walk_ins=0, walk_ins_on={"2023-11-15": 8})
    assert found.crosses_on == date(2023, 11, 15)


@pytest.mark.parametrize(
    ("bound", "verdict"), [(None, Verdict.OPEN), (99_985, Verdict.OPEN), (99_984, Verdict.UNREACHABLE)]
)
def test_plan_that_falls_short_is_unreachable_only_by_proof(bound: int | None, verdict: Verdict) -> None:
    found = seen(bound, gap=100_000)
    assert (found.verdict, found.crosses_on) == (verdict, None)


@pytest.mark.parametrize(
    ("gap", "bound", "verdict", "proven"),
    [
        (None, 20, None, 0),
        (20, 20, Verdict.REACHABLE, 0),
        (50, 50, Verdict.OPEN, 0),
        (50, 49, Verdict.UNREACHABLE, 1),
        (50, None, Verdict.OPEN, 0),
    ],
)
def test_further_document_is_judged_by_its_own_gap_and_bound(
    gap: int | None, bound: int | None, verdict: Verdict | None, proven: int
) -> None:
    instance, plan, served = week_with_children(gap=gap)
    assert served == 20
    proofs = () if bound is None else (("kia", bound),)
    whole = outlook(instance, verify(instance, plan), 10**6, proofs)
    (found,) = whole.further
    assert (found.document, found.verdict, found.served, found.short_at_least) == ("kia", verdict, 20, proven)
    assert found.short_by == (30 if gap == 50 else 0)
    assert whole.to_json()["further"] == [found.to_json()]
    assert f"kia: {verdict or 'no target'}" in str(whole)


def test_outlook_of_one_document_says_nothing_of_others() -> None:
    assert "further" not in seen(gap=100).to_json()


def test_outlook_says_by_how_much_any_plan_falls_short() -> None:
    found = seen(gap=1_015)
    assert (found.verdict, found.short_at_least) == (Verdict.UNREACHABLE, 880)
    assert found.short_by == found.left == 1_000 - 88
    assert str(found).startswith("unreachable: ")
    assert found.to_json()["verdict"] == "unreachable"


def test_without_a_gap_nothing_is_to_be_crossed() -> None:
    assert seen(gap=0).crosses_on is None
    assert seen(gap=None).crosses_on is None
    assert seen(gap=None).verdict is None
    assert str(seen(gap=0)) == "reachable: there is no gap to close"


def test_what_is_won_after_the_deadline_does_not_count() -> None:
    late = won_on(THURSDAY)
    by_monday = {"walk_ins": 0, "deadline": "2023-11-15"}
    assert seen(gap=88, walk_ins=0).crosses_on == THURSDAY
    found = seen(gap=88, **by_monday)
    assert (found.verdict, found.crosses_on) == (Verdict.OPEN, None)
    assert (found.counted, found.uncounted, found.short_by, found.left) == (88 - late, late, late, late)
    assert "33 won after the deadline do not count" in str(found)
    assert seen(87, gap=88, **by_monday).verdict is Verdict.UNREACHABLE
    assert seen(gap=88 - late, **by_monday).crosses_on == MONDAY


def test_walk_ins_after_the_deadline_do_not_lower_what_visits_have_to_win() -> None:
    assert judged(gap=100, deadline="2023-11-14")[0].net_gap == 90
    assert judged(gap=100, walk_ins=0, walk_ins_on={"2023-11-20": 30}, deadline="2023-11-17")[0].net_gap == 100


def test_period_is_judged_by_what_is_due_at_its_end_and_not_by_the_whole_gap() -> None:
    whole = seen(gap=10_000)
    assert (whole.verdict, whole.judged_by) == (Verdict.UNREACHABLE, Due.TARGET)
    found = seen(gap=10_000, period_gap=103)
    assert (found.verdict, found.judged_by, found.needed) == (Verdict.REACHABLE, Due.PERIOD, 88)
    assert (found.short_by, found.left, found.crosses_on) == (0, 10_000 - 15 - 88, None)
    assert "due by the last date is won, 9,897 are left" in str(found)
    assert seen(gap=10_000, period_gap=104).verdict is Verdict.OPEN
    behind = seen(gap=10_000, period_gap=140)
    assert (behind.verdict, behind.short_at_least) == (Verdict.UNREACHABLE, 140 - 15 - 120)


def test_what_is_due_changes_no_value() -> None:
    instance, recount = judged(gap=1_000)
    due = replace(instance, target=replace(instance.target, period_gap=10))
    assert verify(due, Plan(visits=tuple(week_visits()))).value_milli == recount.value_milli
