"""How long a slot is and what the signal takes: assumed until a district says so itself, with its source."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, Role
from app.districts.planning_figures import ASSUMED, planning_figures
from tests.app.conftest import AsRole
from tests.factories import make_district, make_planning_figures

URL = "/v1/districts/16.73/planning-figures"


@pytest.fixture
def planner(session: Session, bearer: AsRole) -> dict[str, str]:
    make_district(session)
    return bearer(Role.PLANNER, "16.73")


def test_a_district_that_says_nothing_has_the_assumed_figures(client: TestClient, planner: dict[str, str]) -> None:
    answer = client.get(URL, headers=planner)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"0"')
    figures = answer.json()
    assert figures["slot_minutes"] == {"value": 15, "source": "assumed", "provenance": "assumed"}
    assert figures["throughput_percent"]["value"] == [0, 45, 70, 90, 100]
    assert (figures["satellite_level"]["value"], figures["source"], figures["version"]) == (3, None, 0)


def test_a_district_sets_its_own_by_version_each_with_its_source(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    body = {
        "slot_minutes": 30,
        "throughput_percent": [0, 30, 60, 90, 100],
        "provenance": {"throughput_percent": "measured"},
        "source": "Uji jaringan kecamatan",
    }
    first = client.put(URL, json=body, headers=planner)
    assert (first.status_code, first.headers["etag"]) == (201, '"1"')
    figures = first.json()
    assert figures["slot_minutes"] == {"value": 30, "source": "district", "provenance": "given"}
    assert figures["throughput_percent"] == {
        "value": [0, 30, 60, 90, 100],
        "source": "district",
        "provenance": "measured",
    }
    assert figures["success_percent"]["source"] == "assumed"
    assert figures["source"] == "Uji jaringan kecamatan"
    assert client.put(URL, json=body, headers=planner).status_code == 428
    assert client.put(URL, json=body, headers=planner | {"If-Match": '"7"'}).status_code == 412
    again = client.put(URL, json={"slot_minutes": 20}, headers=planner | {"If-Match": '"1"'})
    assert (again.status_code, again.headers["etag"]) == (200, '"2"')
    assert client.get(URL, headers=planner).json() == again.json()
    assert again.json()["throughput_percent"]["source"] == "assumed"
    trail = session.scalars(select(AuditEntry).where(AuditEntry.subject == "planning_figures/16.73"))
    assert [(entry.action, entry.details["slot_minutes"]) for entry in trail] == [
        ("planning_figures.create", 30),
        ("planning_figures.update", 20),
    ]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"slot_minutes": 4}, "/slot_minutes"),
        ({"slot_minutes": 121}, "/slot_minutes"),
        ({"slot_minutes": 15.5}, "/slot_minutes"),
        ({"slot_minutes": "15"}, "/slot_minutes"),
        ({"satellite_level": 5}, "/satellite_level"),
        ({"throughput_percent": [0, 45, 70, 90]}, "/throughput_percent"),
        ({"throughput_percent": [0, 45, 70, 90, 101]}, "/throughput_percent/4"),
        ({"throughput_percent": [100, 90, 70, 45, 0]}, "/throughput_percent/1"),
        ({"success_percent": [0, 0, 0, 0, 0]}, "/success_percent/4"),
        ({"success_percent": [0, -1, 0, 0, 5]}, "/success_percent/1"),
        ({"slot_minutes": 30, "provenance": {"satellite_level": "given"}}, "/provenance/satellite_level"),
        ({"slot_minutes": 30, "provenance": {"slot_minutes": "guessed"}}, "/provenance/slot_minutes"),
        ({"slot": 30}, "/slot"),
    ],
)
def test_a_figure_that_cannot_be_is_refused_with_its_field(
    client: TestClient, planner: dict[str, str], body: dict[str, Any], pointer: str
) -> None:
    answer = client.put(URL, json=body, headers=planner)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert client.get(URL, headers=planner).json()["version"] == 0


def test_a_refusal_tells_value_and_mend_in_both_languages(client: TestClient, planner: dict[str, str]) -> None:
    body = {"throughput_percent": [0, 70, 45, 90, 100]}
    (english,) = client.put(URL, json=body, headers=planner | {"Accept-Language": "en"}).json()["errors"]
    (indonesian,) = client.put(URL, json=body, headers=planner | {"Accept-Language": "id"}).json()["errors"]
    assert (english["value"], indonesian["value"]) == (45, 45)
    assert english["detail"] == "Signal 2 would be worse than signal 1, which has 70 %."
    assert indonesian["detail"].startswith("Sinyal 2 akan lebih buruk")
    assert english["mend"] != indonesian["mend"]


def test_viewers_read_and_planners_of_the_district_alone_write(
    client: TestClient, session: Session, planner: dict[str, str], bearer: AsRole
) -> None:
    make_district(session, "32.01")
    viewer, stranger = bearer(Role.VIEWER, "16.73"), bearer(Role.PLANNER, "32.01")
    assert client.get(URL, headers=viewer).status_code == 200
    assert client.put(URL, json={"slot_minutes": 30}, headers=viewer).status_code == 403
    assert client.get(URL, headers=stranger).status_code == 404
    assert client.put(URL, json={"slot_minutes": 30}, headers=stranger).status_code == 404
    assert planning_figures(session, "16.73") == ASSUMED


def test_what_a_district_leaves_out_is_assumed(session: Session) -> None:
    make_district(session)
    make_planning_figures(session, success_percent=[10, 20, 30, 40, 50])
    figures = planning_figures(session, "16.73")
    assert figures.success_percent == (10, 20, 30, 40, 50)
    assert (figures.slot_minutes, figures.throughput_percent) == (ASSUMED.slot_minutes, ASSUMED.throughput_percent)
    assert figures.rate(4) == 0.5


@pytest.mark.parametrize(
    "figures",
    [
        {"slot_minutes": 4},
        {"satellite_level": 5},
        {"throughput_percent": [0, 1, 2, 3]},
        {"throughput_percent": [0, 50, 40, 90, 100]},
        {"success_percent": [0, 0, 0, 0, 0]},
        {"success_percent": [0, None, 40, 90, 100]},
        {"success_percent": [0, 10, 40, 90, 101]},
    ],
)
def test_the_database_keeps_no_figure_that_cannot_be(session: Session, figures: dict[str, Any]) -> None:
    make_district(session)
    with pytest.raises(IntegrityError):
        make_planning_figures(session, **figures)
