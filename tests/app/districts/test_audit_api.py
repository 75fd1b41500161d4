"""The audit trail: whom it is open to, and what it tells."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.models import Role
from app.access.service import COMMAND_LINE
from tests.app.conftest import NOW, AsRole
from tests.factories import make_district, make_team

PATH = "/v1/districts/16.73/audit"


@pytest.fixture
def trail(session: Session) -> None:
    """Five changes of Lubuklinggau, two of them to one site, and one of its neighbour."""
    make_district(session)
    make_district(session, "17.71")
    for number, subject in enumerate(("site/1", "team/1", "site/1", "site/12", "schedule/1")):
        at = NOW + timedelta(minutes=number)
        access.record(session, COMMAND_LINE, f"change.{number}", subject, now=at, district_code="16.73")
    access.record(session, COMMAND_LINE, "change.other", "site/1", now=NOW, district_code="17.71")
    session.commit()


@pytest.mark.usefixtures("trail")
def test_trail_is_read_newest_first_page_by_page(client: TestClient, bearer: AsRole) -> None:
    headers, seen, cursor = bearer(Role.PLANNER, "16.73"), [], None
    for expected in (2, 2, 1):
        page = client.get(PATH, headers=headers, params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        assert len(page["items"]) == expected
        seen += [item["action"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert cursor is None
    assert seen == ["change.4", "change.3", "change.2", "change.1", "change.0"]


@pytest.mark.usefixtures("trail")
def test_trail_of_one_thing_holds_no_other(client: TestClient, bearer: AsRole) -> None:
    page = client.get(PATH, headers=bearer(Role.ADMIN), params={"subject": "site/1"}).json()
    assert [(item["action"], item["actor"]) for item in page["items"]] == [
        ("change.2", "command line"),
        ("change.0", "command line"),
    ]


@pytest.mark.usefixtures("trail")
def test_subject_without_a_kind_is_refused(client: TestClient, bearer: AsRole) -> None:
    answer = client.get(PATH, headers=bearer(Role.ADMIN), params={"subject": "12"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "query/subject"


def test_what_a_planner_changes_over_http_is_in_the_trail(client: TestClient, bearer: AsRole, session: Session) -> None:
    make_district(session)
    headers = bearer(Role.PLANNER, "16.73")
    token = client.post("/v1/tokens", json={"role": "viewer", "district": "16.73"}, headers=headers).json()
    (entry,) = client.get(PATH, headers=headers).json()["items"]
    assert (entry["action"], entry["subject"]) == ("token.issue", f"token/{token['id']}")
    assert headers["Authorization"].startswith(f"Bearer {entry['actor']}")
    assert token["secret"] not in str(entry)


@pytest.mark.usefixtures("trail")
@pytest.mark.parametrize(
    ("role", "district", "status"),
    [
        (Role.ADMIN, None, 200),
        (Role.ADMIN, "16.73", 200),
        (Role.PLANNER, "16.73", 200),
        (Role.PLANNER, "16", 403),
        (Role.PLANNER, "17.71", 404),
        (Role.VIEWER, "16.73", 403),
    ],
)
def test_trail_is_open_to_planners_of_the_district_and_administrators(
    client: TestClient, bearer: AsRole, session: Session, role: Role, district: str | None, status: int
) -> None:
    if district == "16":
        make_district(session, "16")
    assert client.get(PATH, headers=bearer(role, district)).status_code == status


def test_coordinator_does_not_see_the_trail(client: TestClient, bearer: AsRole, session: Session) -> None:
    make_district(session)
    team = make_team(session)
    assert client.get(PATH, headers=bearer(Role.COORDINATOR, "16.73", team.id)).status_code == 403


def test_unknown_district_has_no_trail(client: TestClient, bearer: AsRole) -> None:
    assert client.get(PATH, headers=bearer(Role.ADMIN)).status_code == 404


@pytest.mark.usefixtures("trail")
@pytest.mark.parametrize("subject", [None, "site/1"])
def test_trail_is_read_from_an_index_without_a_sort_or_a_scan(session: Session, subject: str | None) -> None:
    # Among a handful of rows every way costs the same; among these only the right index is cheap.
    session.execute(
        text(
            "INSERT INTO audit_entries (at, district_code, actor, action, subject, details) "
            "SELECT now(), '16.' || n % 500, 'worker', 'site.update', 'site/' || n % 9, '{}' "
            "FROM generate_series(1, 20000) AS n"
        )
    )
    session.execute(text("ANALYZE audit_entries"))
    for way in ("sort", "bitmapscan"):  # which a few rows may well take
        session.execute(text(f"SET LOCAL enable_{way} = off"))
    query = access.audit_trail("16.7", subject=subject, before_id=1_000_000).limit(100)
    statement = query.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    plan = "\n".join(session.scalars(text(f"EXPLAIN {statement}")))
    name = "ix_audit_entries_district_code_" + ("id" if subject is None else "subject_id")
    assert f"Index Scan Backward using {name}" in plan
    assert "Sort" not in plan
    assert "Filter" not in plan
