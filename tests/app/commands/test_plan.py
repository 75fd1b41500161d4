"""What `jemput plan` and `jemput demo` ask for."""

from datetime import date
from pathlib import Path

import pytest

from app.commands.plan import DEMO_WISH, read_kind_rule
from app.schedules.schemas import ScheduleIn
from app.schedules.wish import KindRule

README = Path(__file__).parents[3] / "README.md"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("agency", KindRule(kinds=("agency",))),
        ("school,agency until 2023-11-28", KindRule(kinds=("agency", "school"), end=date(2023, 11, 28))),
        ("village from 2023-11-29", KindRule(kinds=("village",), start=date(2023, 11, 29))),
        (
            "mall from 2023-11-01 until 2023-11-02",
            KindRule(kinds=("mall",), start=date(2023, 11, 1), end=date(2023, 11, 2)),
        ),
    ],
)
def test_kinds_are_said_on_the_command_line(text: str, rule: KindRule) -> None:
    assert read_kind_rule(text) == rule


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("agency;clinic", "write one like"),
        ("office", "'office' is no kind of site; the kinds are agency"),
        ("agency until 2023-11-31", "is no date"),
        ("agency from 2023-11-28 until 2023-11-01", "before it begins"),
    ],
)
def test_kinds_that_cannot_be_read_are_refused_with_the_mend(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_kind_rule(text)


def test_demo_plans_with_the_wish_of_the_readme() -> None:
    _, _, rest = README.read_text().partition('ask \'{\n      "period"')
    body = '{"period"' + rest.partition("}'")[0] + "}"
    assert ScheduleIn.model_validate_json(body).to_wish() == DEMO_WISH
