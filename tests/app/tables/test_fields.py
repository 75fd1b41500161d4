from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tables.fields import (
    BadText,
    Range,
    decimal_number,
    minute_of_day,
    minute_text,
    named_words,
    named_words_text,
    one_of,
    plain_text,
    true_or_false,
    weekday_mask,
    weekday_text,
    whole_number,
)


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (whole_number, "1200", 1200),
        (whole_number, "120.0", 120),
        (whole_number, "-5", -5),
        (decimal_number, "0.85", Decimal("0.85")),
        (decimal_number, "0,85", Decimal("0.85")),
        (decimal_number, "85%", Decimal("0.85")),
        (true_or_false, "Ya", True),
        (true_or_false, "FALSE", False),
        (minute_of_day, "08:30", 510),
        (minute_of_day, "8.30", 510),
        (minute_of_day, "8:30:00", 510),
        (minute_of_day, "24:00", 1440),
        (weekday_mask, "mon-fri", "1111100"),
        (weekday_mask, "Mon, wed, sat-sun", "1010011"),
        (weekday_mask, "Senin s.d. Kamis, Sabtu", "1111010"),
        (weekday_mask, "Senin s/d Jum'at", "1111100"),
        (weekday_mask, "setiap hari", "1111111"),
        (one_of(("clinic", "area_office"), {"clinic": "puskesmas,klinik"}), "PUSKESMAS", "clinic"),
        (one_of(("clinic", "area_office")), "Area Office", "area_office"),
        (one_of(("school", "clinic")), "School", "school"),
        (named_words(("given", "public")), "a=given; b = Public;", {"a": "given", "b": "public"}),
    ],
)
def test_a_text_is_read_as_its_value(read: Callable[[str], Any], text: str, value: Any) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (whole_number, "1.200"),
        (whole_number, "120.000"),
        (whole_number, "1,200"),
        (whole_number, "ten"),
        (whole_number, "1e3"),
        (whole_number, "9" * 30),
        (decimal_number, "NaN"),
        (decimal_number, "0.8.5"),
        (true_or_false, "maybe"),
        (minute_of_day, "24:01"),
        (minute_of_day, "08:60"),
        (minute_of_day, "8"),
        (weekday_mask, "fri-mon"),
        (weekday_mask, "hari"),
        (weekday_mask, ""),
        (one_of(("school", "clinic")), "skool"),
        (named_words(("given",)), "a=guessed"),
        (named_words(("given",)), "given"),
        (named_words(("given",)), "a=given; a=given"),
        (plain_text(), "two\nlines"),
        (plain_text(), "nul\x00"),
        (plain_text(), "\x85"),
        (plain_text(3), "long"),
    ],
)
def test_another_text_is_refused_with_a_mend(read: Callable[[str], Any], text: str) -> None:
    with pytest.raises(BadText) as refused:
        read(text)
    assert refused.value.detail
    assert refused.value.mend


@pytest.mark.parametrize("value", [-1, 1.01, float("nan"), float("inf"), Decimal("1.0001"), 10**30])
def test_a_value_outside_its_bounds_is_a_problem(value: float) -> None:
    problem = Range(low=0, high=1, noun="share").problem("turn_out_share", value)
    assert problem is not None
    assert problem.mend == "Give a share from 0 to 1."


@given(st.integers(0, 1440))
def test_minutes_survive_their_text(minutes: int) -> None:
    assert minute_of_day(minute_text(minutes)) == minutes


@given(st.integers(1, 127))
def test_weekdays_survive_their_text(days: int) -> None:
    mask = f"{days:07b}"
    assert weekday_mask(weekday_text(mask)) == mask


@given(st.dictionaries(st.text("abc_", min_size=1, max_size=5), st.sampled_from(["given", "public"]), max_size=5))
def test_named_words_survive_their_text(named: dict[str, str]) -> None:
    assert named_words(("given", "public"))(named_words_text(named)) == named
