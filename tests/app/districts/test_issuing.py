"""What issuing a document takes: assumed until a district says so itself, with its source."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, Role
from app.districts.issuing import ASSUMED, issuing_figures
from app.districts.kits import Kit
from app.districts.models import FURTHER_DOCUMENTS, Document, IssuingKit
from tests.app.conftest import AsRole
from tests.factories import make_district, make_issuing_figures

URL = "/v1/districts/16.73/documents"


@pytest.fixture
def planner(session: Session, bearer: AsRole) -> dict[str, str]:
    make_district(session)
    return bearer(Role.PLANNER, "16.73")


def test_a_district_that_says_nothing_has_the_assumed_figures(client: TestClient, planner: dict[str, str]) -> None:
    items = client.get(URL, headers=planner).json()["items"]
    assert [item["document"] for item in items] == [document.value for document in FURTHER_DOCUMENTS]
    recording = items[0]
    assert recording["kit"] == {"value": "biometric", "source": "assumed", "provenance": "assumed"}
    assert (recording["needs_signal"]["value"], recording["version"]) == (False, 0)
    answer = client.get(f"{URL}/kia", headers=planner)
    assert (answer.status_code, answer.headers["etag"], answer.json()) == (200, '"0"', items[1])


def test_a_district_sets_its_own_by_version_each_with_its_source(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    body = {"minutes": 12, "kit": "none", "provenance": {"minutes": "measured"}, "source": "Rekap"}
    first = client.put(f"{URL}/kia", json=body, headers=planner)
    assert (first.status_code, first.headers["etag"]) == (201, '"1"')
    assert first.json()["minutes"] == {"value": 12, "source": "district", "provenance": "measured"}
    assert first.json()["kit"] == {"value": "none", "source": "district", "provenance": "given"}
    assert first.json()["needs_signal"] == {"value": True, "source": "assumed", "provenance": "assumed"}
    assert client.put(f"{URL}/kia", json=body, headers=planner).status_code == 428
    again = client.put(f"{URL}/kia", json={"needs_signal": False}, headers=planner | {"If-Match": '"1"'})
    assert (again.status_code, again.json()["minutes"]["source"]) == (200, "assumed")
    assert issuing_figures(session, "16.73")[Document.KIA].needs_signal is False
    gone = client.delete(f"{URL}/kia", headers=planner | {"If-Match": '"2"'})
    assert gone.status_code == 204
    assert issuing_figures(session, "16.73") == ASSUMED
    assert client.delete(f"{URL}/kia", headers=planner | {"If-Match": '"2"'}).status_code == 404
    trail = session.scalars(select(AuditEntry).where(AuditEntry.subject == "issuing_figures/16.73/kia"))
    assert [entry.action.rpartition(".")[2] for entry in trail] == ["create", "update", "delete"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"minutes": 0}, "/minutes"),
        ({"minutes": 241}, "/minutes"),
        ({"minutes": "8"}, "/minutes"),
        ({"kit": "satellite"}, "/kit"),
        ({"needs_signal": 1}, "/needs_signal"),
        ({"minutes": 8, "provenance": {"kit": "given"}}, "/provenance/kit"),
        ({}, "/"),
        ({"pace": 8}, "/pace"),
    ],
)
def test_a_figure_that_cannot_be_is_refused_with_its_field(
    client: TestClient, planner: dict[str, str], body: dict[str, Any], pointer: str
) -> None:
    answer = client.put(f"{URL}/ktp_el", json=body, headers=planner)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_ikd_is_said_of_each_team(client: TestClient, planner: dict[str, str]) -> None:
    for answer in (
        client.get(f"{URL}/ikd", headers=planner),
        client.put(f"{URL}/ikd", json={"minutes": 8}, headers=planner),
    ):
        assert answer.status_code == 404
        assert "minutes_per_activation" in answer.json()["detail"]


def test_viewers_read_and_planners_of_the_district_alone_write(
    client: TestClient, session: Session, planner: dict[str, str], bearer: AsRole
) -> None:
    make_district(session, "32.01")
    viewer, stranger = bearer(Role.VIEWER, "16.73"), bearer(Role.PLANNER, "32.01")
    assert client.get(URL, headers=viewer).status_code == 200
    assert client.put(f"{URL}/kia", json={"minutes": 5}, headers=viewer).status_code == 403
    assert client.put(f"{URL}/kia", json={"minutes": 5}, headers=stranger).status_code == 404


@pytest.mark.parametrize("figures", [{}, {"minutes": 0}, {"kit": "drone"}])
def test_the_database_keeps_no_figure_that_cannot_be(session: Session, figures: dict[str, Any]) -> None:
    make_district(session)
    with pytest.raises(IntegrityError):
        make_issuing_figures(session, "kia", **figures)


def test_what_a_document_takes_is_something_that_teams_carry() -> None:
    assert {kit.value for kit in IssuingKit} - {"none"} <= {kit.value for kit in Kit}
