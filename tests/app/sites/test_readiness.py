from datetime import date

import pytest

from app.sites.models import Readiness
from app.sites.readiness import STEPS, date_problems, ready_dates, step_problem

DATES = tuple(date(2023, 11, day) for day in (13, 14, 15, 16))
A, B, C, D = DATES


@pytest.mark.parametrize(
    ("state", "starts_on", "ends_on", "open_dates"),
    [
        ("unknown", None, None, DATES),
        ("asked", None, None, DATES),
        ("agreed", None, None, DATES),
        ("agreed", B, C, (B, C)),
        ("agreed", B, None, (B, C, D)),
        ("agreed", None, B, (A, B)),
        ("not_ready", None, None, ()),
        ("not_ready", None, B, (C, D)),
        ("done", None, None, ()),
    ],
)
def test_readiness_leaves_these_dates(
    state: str, starts_on: date | None, ends_on: date | None, open_dates: tuple[date, ...]
) -> None:
    assert tuple(ready_dates(state, starts_on, ends_on, dates=DATES)) == open_dates


def test_every_state_has_its_steps() -> None:
    assert set(STEPS) == set(Readiness)
    assert all(state in following for state, following in STEPS.items())


@pytest.mark.parametrize("after", ["agreed", "not_ready"])
def test_a_finished_site_is_opened_again_before_anything_else(after: str) -> None:
    problem = step_problem("done", after)
    assert problem is not None
    assert "asked" in (problem.mend or "")
    assert step_problem("done", "asked") is None


@pytest.mark.parametrize(
    ("state", "starts_on", "ends_on", "pointers"),
    [
        ("agreed", A, B, []),
        ("not_ready", None, B, []),
        ("unknown", None, None, []),
        ("agreed", B, A, ["readiness_until"]),
        ("not_ready", A, B, ["readiness_from"]),
        ("asked", A, B, ["readiness_from", "readiness_until"]),
        ("done", None, B, ["readiness_until"]),
    ],
)
def test_dates_belong_to_states(state: str, starts_on: date | None, ends_on: date | None, pointers: list[str]) -> None:
    assert [problem.pointer for problem in date_problems(state, starts_on, ends_on)] == pointers
