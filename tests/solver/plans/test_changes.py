"""A change list names every visit that somebody has to be told of, and nothing else."""

from datetime import date
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from solver.contract.instance import Instance, Visit
from solver.plans.changes import changes_between, describe_changes
from tests.solver.random_instances import instances, random_plan
from tests.solver.week import make_visit, week


def test_equal_plans_have_no_changes() -> None:
    visits = [make_visit(day=13), make_visit(site="S2", day=13, start=640)]
    found = changes_between(visits, visits[::-1])
    assert (found.count, found.kept) == (0, 2)


def test_visit_at_another_time_is_retimed() -> None:
    found = changes_between([make_visit(start=500)], [make_visit(start=530)])
    assert [(move.before.start, move.after.start) for move in found.retimed] == [(500, 530)]
    assert found.count == 1


def test_visit_by_another_team_or_date_is_moved_to_the_likest() -> None:
    old = [make_visit("T1", day=13), make_visit("T1", day=16)]
    new = [make_visit("T2", day=16), make_visit("T1", day=14), make_visit("T2", day=17)]
    found = changes_between(old, new)
    assert [(m.before.date.day, m.after.team, m.after.date.day) for m in found.moved] == [
        (13, "T1", 14),
        (16, "T2", 16),
    ]
    assert [visit.date.day for visit in found.added] == [17]
    assert not found.withdrawn


def test_sentences_name_site_date_and_hours_in_both_languages() -> None:
    old = [make_visit("T1", "S1", day=13, start=500, minutes=90)]
    new = [make_visit("T2", "S2", day=14, start=480, minutes=30)]
    texts = list(describe_changes(week(), changes_between(old, new)))
    assert [text.id for text in texts] == [
        "Batal: office, 13 November 2023 pukul 08.20–10.10, tim T1.",
        "Baru: village, 14 November 2023 pukul 08.00–08.40, tim T2.",
    ]
    assert texts[0].en == "Withdrawn: office, 13 November 2023, 08:20–10:10, team T1."


@given(instances(), st.integers(0, 2**32 - 1))
def test_changes_lead_from_the_old_plan_to_the_new(instance: Instance, seed: int) -> None:
    random = Random(seed)
    old, new = random_plan(random, instance).visits, random_plan(random, instance).visits
    found = changes_between(old, new)
    left = {key(visit): visit for visit in old}
    for gone in (*found.withdrawn, *(move.before for move in (*found.moved, *found.retimed))):
        del left[key(gone)]
    assert len(left) == found.kept
    for come in (*found.added, *(move.after for move in (*found.moved, *found.retimed))):
        left[key(come)] = come
    assert set(left.values()) == set(new)
    assert len(list(describe_changes(instance, found))) == found.count


def key(visit: Visit) -> tuple[str, date, str]:
    return visit.team, visit.date, visit.site
