"""Every step of a site's readiness is kept: who made it, when and why."""

from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.sites import service as sites
from app.sites.models import ReadinessChange, Site
from app.sites.values import VOCABULARY
from app.tables.formats import Format, read_table
from tests.app.conftest import NOW, AsRole
from tests.app.sites.test_api import BODY, SITES
from tests.factories import make_district, make_site


def history(client: TestClient, headers: dict[str, str], site_id: int, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(f"/v1/sites/{site_id}/readiness", params=query, headers=headers)
    assert answer.status_code == 200
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_steps_are_listed_the_newest_first_with_who_when_and_why(
    client: TestClient, session: Session, bearer: AsRole
) -> None:
    make_district(session)
    planner = bearer(Role.PLANNER, "16.73")
    site = client.post(SITES, json=BODY, headers=planner).json()
    path = f"/v1/sites/{site['id']}"
    agreed = {"readiness": "agreed", "readiness_from": "2023-11-20", "readiness_until": "2023-11-21"}
    for etag, body in enumerate(
        ({"readiness": "asked"}, agreed, {"headcount": 421}, {"readiness_until": "2023-11-24"}), start=1
    ):
        assert client.patch(path, json=body, headers=planner | {"If-Match": f'"{etag}"'}).status_code == 200
    steps = history(client, bearer(Role.VIEWER, "16.73"), site["id"])
    assert [(step["readiness"], step["readiness_until"], step["cause"]) for step in steps] == [
        ("agreed", "2023-11-24", "entered"),
        ("agreed", "2023-11-21", "entered"),
        ("asked", None, "entered"),
    ]
    assert {step["changed_by"][:11] for step in steps} == {"jb_planner_"}
    assert {step["changed_at"] for step in steps} == {"2023-11-13T02:00:00Z"}
    stranger = bearer(Role.PLANNER, make_district(session, "16.01").code)
    assert client.get(f"{path}/readiness", headers=stranger).status_code == 404


def test_file_that_changes_readiness_is_noted_only_where_it_does(session: Session) -> None:
    make_district(session)
    changed, same = make_site(session, code="A"), make_site(session, code="B", readiness="asked")
    content = b"code,readiness\nA,agreed\nB,asked\n"
    table = read_table(content, Format.CSV, VOCABULARY)
    sites.import_sites(session, "16.73", table, actor=COMMAND_LINE, now=NOW)
    steps = session.execute(
        select(Site.code, ReadinessChange.readiness, ReadinessChange.cause, ReadinessChange.changed_by).join(
            ReadinessChange, ReadinessChange.site_id == Site.id
        )
    ).all()
    assert [tuple(step) for step in steps] == [("A", "agreed", "imported", "command line")]
    assert changed.id != same.id
