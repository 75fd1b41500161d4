"""`jemput user`, and the links that `jemput demo` prints."""

from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from typer.testing import CliRunner, Result

from app.access.invitations import look_at
from app.access.models import User
from app.cli import app
from app.commands.ways_in import demo_links
from app.settings import Settings
from tests.factories import make_district, make_team

NOW = datetime(2023, 11, 13, 2, 0, tzinfo=UTC)


def test_the_operator_adds_lists_invites_disables_and_enables(
    own_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", own_database)
    monkeypatch.setenv("JEMPUT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("JEMPUT_PUBLIC_URL", "https://jemput.example.go.id")

    def jemput(*words: str) -> Result:
        return CliRunner().invoke(app, ["user", *words])

    added = jemput("add", "Kadis@example.go.id", "--name", "Bu Rina", "--role", "admin")
    assert added.exit_code == 0, added.output
    assert added.stdout.startswith("https://jemput.example.go.id/undangan/")
    assert added.stdout.count("\n") == 1
    invited = jemput("invite", "kadis@example.go.id")
    assert invited.stdout.startswith("https://jemput.example.go.id/undangan/")
    assert jemput("disable", "kadis@example.go.id").exit_code == 0
    assert jemput("list").stdout == "kadis@example.go.id\tadmin\t-\tdisabled\tBu Rina\n"
    refused = jemput("invite", "kadis@example.go.id")
    assert (refused.exit_code, "is disabled" in refused.stderr) == (1, True)
    assert jemput("enable", "kadis@example.go.id").exit_code == 0
    with psycopg.connect(own_database) as connection:
        assert connection.execute("SELECT count(*) FROM user_invitations WHERE ended_at IS NULL").fetchone() == (0,)
        actors = connection.execute("SELECT DISTINCT actor FROM audit_entries").fetchall()
    assert actors == [("command line",)]
    for words, sentence in (
        (("add", "kadis@example.go.id", "--name", "X", "--role", "admin"), "already"),
        (("add", "x y", "--name", "X", "--role", "admin"), "/login"),
        (("add", "budi", "--name", "X", "--role", "coordinator"), "/team"),
        (("add", "budi", "--name", "X", "--role", "feed", "--district", "16.73"), "/role"),
        (("add", "budi", "--name", "X", "--role", "planner", "--district", "99.99"), "no district"),
        (("invite", "nobody"), "jemput user list"),
    ):
        answer = jemput(*words)
        assert (answer.exit_code, sentence in answer.stderr.replace("\n", "")) == (1, True), answer.stderr


def test_the_demo_has_a_planner_and_a_coordinator_with_new_links_each_time(session: Session) -> None:
    make_district(session)
    make_team(session, code="TIM-1")
    settings = Settings()
    first, second = (demo_links(session, settings, now=NOW) for _ in range(2))
    assert [role for role, _ in second] == ["planner", "coordinator"]
    assert not {link for _, link in first} & {link for _, link in second}
    for _, link in second:
        invitation, _ = look_at(session, link.rpartition("/")[2], now=NOW)
        assert not invitation.sets_password
    for user in session.scalars(select(User)):
        user.disabled_at = NOW
    assert demo_links(session, settings, now=NOW) == []
