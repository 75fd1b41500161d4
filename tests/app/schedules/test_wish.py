"""A wish is the same after any way through a row, and what it leaves unsaid is kept or has its default, never lost."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.schedules.wish import (
    DEFAULT_WEIGHTS,
    AskedDocument,
    AskedDocuments,
    Budget,
    Closeness,
    Kept,
    KindRule,
    Wish,
)

NOVEMBER: dict[str, Any] = {"period_start": date(2023, 11, 1), "period_end": date(2023, 11, 30)}
AGENCIES = (KindRule(kinds=("agency",), end=date(2023, 11, 28)),)

days = st.dates(date(2000, 1, 1), date(2099, 12, 31))
counts = st.integers(0, 10**12)
kind_rules = st.builds(
    KindRule,
    kinds=st.none() | st.lists(st.sampled_from(["agency", "school", "clinic"]), min_size=1).map(tuple),
    start=st.none() | days,
    end=st.none() | days,
)
wishes = st.builds(
    Wish,
    period_start=days,
    period_end=days,
    document=st.sampled_from(["ikd", "kia"]),
    first_date=st.none() | days,
    seed=counts,
    time_limit_seconds=st.none() | st.integers(1, 3600),
    iterations=st.none() | st.integers(1, 10**8),
    replan=st.none() | st.builds(Closeness, most_moved=st.none() | counts),
    kinds=st.none() | st.lists(kind_rules, max_size=3).map(tuple),
    weights=st.dictionaries(st.sampled_from(sorted(DEFAULT_WEIGHTS)), counts),
    budget=st.none() | st.builds(Budget, rupiah=st.none() | counts),
    documents=st.none()
    | st.builds(
        AskedDocuments,
        further=st.lists(
            st.builds(AskedDocument, document=st.sampled_from(["kia", "ktp_el"]), worth=st.none() | counts),
            max_size=2,
            unique_by=lambda row: row.document,
        ).map(tuple),
        order=st.lists(st.sampled_from(["ikd", "kia"]), unique=True).map(tuple),
    ),
    kept=st.none() | st.builds(Kept, schedule_id=counts, fields=st.lists(st.text()).map(tuple)),
)


@given(wishes)
def test_wish_comes_back_from_its_row_as_it_went_in(wish: Wish) -> None:
    assert Wish.from_json(json.loads(json.dumps(wish.to_json()))) == wish


@given(wishes)
def test_understanding_a_wish_twice_is_understanding_it_once(wish: Wish) -> None:
    assert wish.understood().understood() == wish.understood()


@given(wishes, wishes)
def test_what_a_replanning_says_stands_and_the_rest_is_as_it_was(wish: Wish, earlier: Wish) -> None:
    earlier = earlier.understood()
    grown = wish.grown_from(earlier, schedule_id=7).understood()
    assert grown.kinds == (earlier.kinds if wish.kinds is None else wish.kinds)
    # A worth that is not said is that of IKD, as the grown wish has it.
    own = replace(wish, weights=grown.weights).understood()
    assert grown.documents == (earlier.documents if wish.documents is None else own.documents)
    assert grown.budget == (earlier.budget if wish.budget is None else wish.budget)
    assert grown.weights == {**earlier.weights, **wish.weights}
    assert (grown.period_start, grown.replan, grown.seed) == (wish.period_start, wish.replan, wish.seed)
    assert grown.kept is not None
    assert grown.kept.schedule_id == 7


def test_kept_fields_are_those_that_were_not_said_and_differ_from_the_default() -> None:
    earlier = Wish(**NOVEMBER, kinds=AGENCIES, weights={"late": 9, "must": 3}, budget=Budget(rupiah=5)).understood()
    grown = Wish(**NOVEMBER, replan=Closeness(), weights={"must": 4}).grown_from(earlier, schedule_id=7)
    assert grown.kept == Kept(schedule_id=7, fields=("budget", "kinds", "weights/late"))
    every_kind = Wish(**NOVEMBER, replan=Closeness(), kinds=()).grown_from(earlier, schedule_id=7)
    assert every_kind.kinds == ()
    assert every_kind.kept == Kept(schedule_id=7, fields=("budget", "weights/late", "weights/must"))


@pytest.mark.parametrize(
    ("kind", "day", "is_allowed"),
    [("agency", 28, True), ("school", 28, False), ("school", 29, True)],
)
def test_day_without_a_rule_takes_every_kind(kind: str, day: int, is_allowed: bool) -> None:
    assert Wish(**NOVEMBER, kinds=AGENCIES).allows(kind, date(2023, 11, day)) is is_allowed


def test_half_a_wish_is_not_read() -> None:
    with pytest.raises(KeyError):
        Wish.from_json({"kinds": [], "weights": {}})
