"""The verdict on the target, and the date on which visits and walk-ins have closed the gap."""

from datetime import date

from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from solver.contract.verify import Verdict, verify
from solver.plans.outlook import Reach, crossing_date, outlook, reach_of
from tests.solver.week import week_document, week_visits


def judged(*, gap: int | None, walk_ins: int = 5) -> tuple[Instance, Verdict]:
    document = week_document()
    document["target"] = {"gap": gap, "walk_ins_per_day": walk_ins}
    instance = instance_from_json(document)
    return instance, verify(instance, Plan(visits=tuple(week_visits())))


def test_gap_is_closed_on_the_first_date_that_reaches_it() -> None:
    instance, verdict = judged(gap=10)
    won = sum(found.served for found in verdict.by_visit if found.visit.date == instance.dates[0])
    assert crossing_date(*judged(gap=won + 5)) == date(2023, 11, 13)
    # The day after has walk-ins alone.
    assert crossing_date(*judged(gap=won + 6)) == date(2023, 11, 14)
    assert crossing_date(*judged(gap=won + 11)) == date(2023, 11, 16)


def test_plan_that_falls_short_crosses_never() -> None:
    instance, verdict = judged(gap=100_000)
    assert crossing_date(instance, verdict) is None
    assert reach_of(verdict, None) is Reach.OPEN
    assert reach_of(verdict, verdict.gap) is Reach.OPEN
    assert reach_of(verdict, verdict.gap - 1) is Reach.UNREACHABLE


def test_outlook_says_by_how_much_any_plan_falls_short() -> None:
    instance, verdict = judged(gap=1_015)
    found = outlook(instance, verdict, 120)
    assert (found.reach, found.short_at_least) == (Reach.UNREACHABLE, 880)
    assert found.short_by == 1_000 - verdict.activations
    assert str(found).startswith("unreachable: ")
    assert found.to_json()["verdict"] == "unreachable"


def test_without_a_gap_nothing_is_to_be_crossed() -> None:
    assert crossing_date(*judged(gap=0)) is None
    assert crossing_date(*judged(gap=None)) is None
    assert outlook(*judged(gap=None), 120).reach is None
    assert str(outlook(*judged(gap=0), 120)) == "reachable: there is no gap to close"
