from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.languages import Language, in_language
from app.tables.bad_text import BadText
from app.tables.figures import Manner, manner_of, manners_of, plain_figure

ID, EN = Manner.INDONESIAN, Manner.ENGLISH


@pytest.mark.parametrize(
    ("text", "manner"),
    [
        ("12,5", ID),
        ("12.5", EN),
        ("1.234.567", ID),
        ("1,234,567", EN),
        ("1.234,5", ID),
        ("1,234.5", EN),
        ("0.850", EN),
        ("0,850", ID),
        ("1234.567", EN),
        ("85,5%", ID),
        ("1.234", None),
        ("1,234", None),
        ("84.000", None),
        ("1234", None),
        ("16.73.01", None),
        ("13.11.2023", None),
        ("Desa 1.5", None),
        ("", None),
    ],
)
def test_a_figure_shows_its_manner_or_none(text: str, manner: Manner | None) -> None:
    assert manner_of(text) is manner


@pytest.mark.parametrize(
    ("text", "manner", "plain"),
    [
        ("1.234", ID, "1234"),
        ("1.234", EN, "1.234"),
        ("1,234", EN, "1234"),
        ("1,234", ID, "1.234"),
        ("12,5 %", ID, "12.5%"),
        ("1.234 jiwa", ID, "1234"),
        ("1 234", EN, "1234"),
        ("-1.234,5", ID, "-1234.5"),
        (",5", ID, "0.5"),
        ("17", ID, "17"),
        ("lima", ID, "lima"),
    ],
)
def test_a_figure_is_read_in_the_manner_of_its_sheet(text: str, manner: Manner, plain: str) -> None:
    assert plain_figure(text, frozenset({manner})) == plain


@pytest.mark.parametrize("manners", [frozenset(), frozenset(Manner)])
def test_a_figure_of_two_readings_is_refused_and_both_are_named(manners: frozenset[Manner]) -> None:
    with pytest.raises(BadText) as refused:
        plain_figure("84.000", manners)
    assert "84000 or as 84.000" in refused.value.detail
    assert "84000 atau 84.000" in in_language(refused.value.detail, Language.INDONESIAN)


def test_a_sheet_that_writes_both_manners_shows_both() -> None:
    assert manners_of(["12,5", "1.234", "3.5"]) == frozenset(Manner)


@given(st.decimals(0, 10**9, places=2), st.sampled_from(Manner))
def test_any_figure_written_in_a_known_manner_comes_back(value: Decimal, manner: Manner) -> None:
    written = f"{value:,}"
    if manner is ID:
        written = written.translate(str.maketrans(",.", ".,"))
    assert Decimal(plain_figure(written, frozenset({manner}))) == value
