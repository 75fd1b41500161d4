"""Figures in forms: read by the rule of files, and never one for another."""

from decimal import Decimal

import pytest

from app.errors import InvalidRequest, PreconditionFailed
from app.pages.forms import check_seen, decimals, wholes


def test_figures_are_read_as_people_write_them_in_either_language() -> None:
    form = {"a": "12.500.000", "b": "12,500,000", "c": " 80 ", "d": "", "e": "1 500"}
    assert wholes(form, tuple(form)) == {"a": 12_500_000, "b": 12_500_000, "c": 80, "e": 1_500}
    assert decimals({"a": "0,85", "b": "0.850"}, ("a", "b")) == {"a": Decimal("0.85"), "b": Decimal("0.850")}


@pytest.mark.parametrize("written", ["1.5", "1,5", "delapan", "1.500", "1,500", "1e3", "²", "9" * 20, "NaN"])
def test_what_is_no_whole_number_or_could_be_two_is_refused_at_its_field(written: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        wholes({"budget": written, "seed": "7"}, ("budget", "seed"))
    assert [problem.pointer for problem in refused.value.problems] == ["/budget"]


@pytest.mark.parametrize("shown", ["", "2", "03", "٣", "9" * 5_000])
def test_a_form_of_another_version_or_of_none_is_not_taken(shown: str) -> None:
    check_seen({"version": "3"}, 3)
    with pytest.raises(PreconditionFailed):
        check_seen({"version": shown}, 3)
