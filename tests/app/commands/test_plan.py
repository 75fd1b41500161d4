"""What `jemput plan` and `jemput demo` ask for."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session, sessionmaker
from typer.testing import CliRunner

from app import cli, worker
from app.commands import plan as planning
from app.commands.plan import DEMO_WISH, read_kind_rule
from app.errors import InvalidRequest
from app.schedules.models import Schedule
from app.schedules.runs.gateway import built_in_policies
from app.schedules.wish import ChosenPolicy, KindRule, Wish
from app.schedules.wish_schemas import ScheduleIn
from app.worker import prepare_database
from tests.app.schedules.conftest import make_draft, make_plannable_district

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


@pytest.fixture
def wished(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Wish]:
    """What `jemput plan` asks for with some words more."""
    wishes: list[Wish] = []
    monkeypatch.setattr(cli, "read_settings", lambda: None)
    monkeypatch.setattr(cli, "open_database", lambda *_: nullcontext(("", create_engine("postgresql+psycopg://"))))
    monkeypatch.setattr(worker, "running_worker", lambda *_: nullcontext())
    monkeypatch.setattr(planning, "plan", lambda _, district, wish, **__: wishes.append(wish))
    monkeypatch.setattr(planning, "print_summary", lambda *_, **__: None)

    def ask(*words: str) -> Wish:
        answer = CliRunner().invoke(cli.app, ["plan", "16.73", "2023-11", *words])
        assert answer.exit_code == 0, answer.output
        return wishes[-1]

    return ask


def test_a_policy_is_named_left_to_the_plan_in_force_or_refused(wished: Callable[..., Wish]) -> None:
    assert wished("--policy", "even-areas").policy == ChosenPolicy(name="even-areas")
    assert wished("--replan").policy is None
    assert wished("--replan", "--policy", "").policy == ChosenPolicy(name=None)


@pytest.fixture
def job_tables(engine: Engine) -> None:
    """The job engine's own tables, in which a run waits for its turn."""
    prepare_database(engine.url.render_as_string(hide_password=False))


def summary_of(session: Session, schedule: Schedule) -> str:
    session.flush()
    written = StringIO()
    sessions = sessionmaker(bind=session.connection(), join_transaction_mode="create_savepoint")
    planning.print_summary(sessions, schedule.id, console=Console(file=written, width=200))
    return written.getvalue()


def test_the_summary_tells_what_each_level_of_a_policy_reached(session: Session, job_tables: None) -> None:
    district = make_plannable_district(session)
    summary = summary_of(session, make_draft(session, district, policy=ChosenPolicy(name="even-areas")))
    assert "even-areas, version 1" in summary
    assert summary.count("level ") == len(built_in_policies()["even-areas"].levels)
    assert "policy" not in summary_of(session, make_draft(session, district))


def test_a_policy_that_the_district_has_not_is_refused_with_those_it_has(session: Session, job_tables: None) -> None:
    district = make_plannable_district(session)
    with pytest.raises(InvalidRequest) as refused:
        make_draft(session, district, policy=ChosenPolicy(name="even-area"))
    assert "even-areas" in str(refused.value.problems[0].mend)
