"""A published visit that a calendar speaks against is a conflict until one of them goes away."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.models import Role
from app.calendars.models import OutboxEntry
from app.districts.models import District
from app.schedules.models import Visit
from tests.app.calendars.events import at, connect
from tests.app.calendars.test_busy import store
from tests.app.conftest import NOW, AsRole
from tests.factories import make_area, make_district, make_schedule, make_site, make_team, make_visit

CONFLICTS = "/v1/districts/16.73/conflicts"


@pytest.fixture
def district(session: Session) -> District:
    return make_district(session)


@pytest.fixture
def visit(session: Session, district: District) -> Visit:
    team, site = make_team(session, code="TIM-1", name="Tim 1"), make_site(session, code="S-1", name="Dinas")
    return make_visit(session, make_schedule(session), team, site)


def test_new_event_against_a_published_visit_is_a_conflict_until_it_goes(
    client: TestClient, session: Session, bearer: AsRole, district: District, visit: Visit
) -> None:
    planner = bearer(Role.PLANNER, "16.73")
    assert client.get(CONFLICTS, headers=planner).json()["items"] == []
    source = connect(session, district, "https://a.example/", name="Agenda")
    event = store(session, source, at(14, 2), at(14, 4), since=NOW)
    session.commit()

    (conflict,) = client.get(CONFLICTS, headers=planner).json()["items"]

    assert (conflict["visit"]["id"], conflict["visit"]["team"], conflict["visit"]["site"]) == (visit.id, "TIM-1", "S-1")
    assert [(row["id"], row["calendar_name"], row["summary"]) for row in conflict["events"]] == [
        (event.id, "Agenda", "Rapat")
    ]
    assert conflict["since"] == "2023-11-13T02:00:00Z"
    assert conflict["message"]["id"] == (
        "Tim 1 di Dinas pada 14 November 2023 pukul 08.00–10.30 bertabrakan dengan kalender Agenda."
    )
    session.delete(event)
    session.commit()
    assert client.get(CONFLICTS, headers=planner).json()["items"] == []


def test_conflict_ends_when_the_visit_leaves_the_plan(
    client: TestClient, session: Session, bearer: AsRole, district: District, visit: Visit
) -> None:
    store(session, connect(session, district, "https://a.example/"), at(14, 2), at(14, 4))
    visit.in_force, visit.withdrawn_at = False, NOW
    session.commit()
    assert client.get(CONFLICTS, headers=bearer(Role.PLANNER, "16.73")).json()["items"] == []


def test_since_is_the_later_of_event_and_publishing(
    client: TestClient, session: Session, bearer: AsRole, district: District, visit: Visit
) -> None:
    store(session, connect(session, district, "https://a.example/"), at(14, 2), at(14, 4), since=at(1, 0))
    session.commit()
    (conflict,) = client.get(CONFLICTS, headers=bearer(Role.PLANNER, "16.73")).json()["items"]
    assert conflict["since"] == "2023-11-13T01:30:00Z"


def test_only_what_binds_the_visit_and_overlaps_it_collides(
    client: TestClient, session: Session, bearer: AsRole, district: District, visit: Visit
) -> None:
    make_area(session, "16.73.02")
    make_team(session, code="TIM-2")
    make_site(session, code="S-2")
    begins, ends = visit.starts_at, visit.ends_at
    collide = {
        "district": None,
        "area": "16.73.01",
        "team": "TIM-1",
        "site": "S-1",
    }
    for scope, code in collide.items():
        source = connect(session, district, "https://a.example/", name=f"mine {scope}", scope=scope, scope_code=code)
        store(session, source, begins - timedelta(hours=1), begins + timedelta(minutes=1))
        store(session, source, begins - timedelta(hours=1), begins)
        store(session, source, ends, ends + timedelta(hours=1))
    for scope, code in {"area": "16.73.02", "team": "TIM-2", "site": "S-2"}.items():
        source = connect(session, district, "https://a.example/", name="other", scope=scope, scope_code=code)
        store(session, source, begins, ends)
    doubtful = connect(session, district, "https://a.example/", name="doubtful", tentative_blocks=False)
    store(session, doubtful, begins, ends, tentative=True)
    short = connect(session, district, "https://a.example/", name="short", scope="team", scope_code="TIM-1")
    store(session, short, begins, begins + timedelta(minutes=30))
    session.commit()

    (conflict,) = client.get(CONFLICTS, headers=bearer(Role.PLANNER, "16.73")).json()["items"]

    assert sorted(event["calendar_name"] for event in conflict["events"]) == [
        f"mine {scope}" for scope in sorted(collide)
    ]


def test_visits_that_are_over_are_no_conflicts_and_the_rest_come_page_by_page(
    client: TestClient, session: Session, bearer: AsRole, district: District
) -> None:
    schedule, team, site = make_schedule(session), make_team(session), make_site(session)
    for day in (6, 14, 15, 16):
        make_visit(session, schedule, team, site, starts_at=at(day, 1))
    store(session, connect(session, district, "https://a.example/"), at(1, 0), at(28, 0), all_day=True)
    session.commit()
    planner = bearer(Role.PLANNER, "16.73")

    first = client.get(f"{CONFLICTS}?limit=2", headers=planner).json()
    second = client.get(f"{CONFLICTS}?limit=2&cursor={first['next_cursor']}", headers=planner).json()

    days = [conflict["visit"]["starts_at"][8:10] for conflict in first["items"] + second["items"]]
    assert (days, second["next_cursor"]) == (["14", "15", "16"], None)


def test_conflicts_are_the_districts_own_and_private_to_it(
    client: TestClient, session: Session, bearer: AsRole, district: District, visit: Visit
) -> None:
    store(session, connect(session, district, "https://a.example/"), visit.starts_at, visit.ends_at)
    make_district(session, "16.74")
    make_district(session, "16", parent_code=None)
    session.commit()
    assert client.get(CONFLICTS, headers=bearer(Role.PLANNER, "16.74")).status_code == 404
    (conflict,) = client.get(CONFLICTS, headers=bearer(Role.VIEWER, "16")).json()["items"]
    assert conflict["events"][0]["summary"] is None


def test_somebodys_change_of_our_entry_is_a_conflict_until_it_is_decided(
    client: TestClient, session: Session, bearer: AsRole, district: District, visit: Visit
) -> None:
    source = connect(session, district, "https://a.example/", name="Agenda", direction="out")
    entry = OutboxEntry(
        source_id=source.id,
        uid=visit.uid,
        wanted_sequence=0,
        sent_sequence=0,
        digests=["x"],
        failures=0,
        enqueued_at=NOW,
        next_try_at=NOW,
        conflict="edited",
        conflict_since=NOW,
        their_etag='"2"',
        theirs={"summary": "Rapat", "starts_at": "2023-11-14T09:00:00+07:00", "ends_at": None, "digest": "y"},
    )
    session.add(entry)
    session.commit()
    planner = bearer(Role.PLANNER, "16.73")

    (conflict,) = client.get(CONFLICTS, headers=planner).json()["items"]

    assert (conflict["visit"]["id"], conflict["events"]) == (visit.id, [])
    assert conflict["edits"] == [
        {
            "calendar_id": source.id,
            "calendar_name": "Agenda",
            "conflict": "edited",
            "since": "2023-11-13T09:00:00+07:00",
            "summary": "Rapat",
            "starts_at": "2023-11-14T09:00:00+07:00",
            "ends_at": None,
        }
    ]
    assert conflict["message"]["id"] == (
        "Acara Tim 1 di Dinas pada 14 November 2023 pukul 08.00–10.30 diubah orang di kalender Agenda."
    )
    make_district(session, "16", lat=-3.3, lon=104.9)
    (outside,) = client.get(CONFLICTS, headers=bearer(Role.VIEWER, "16")).json()["items"]
    assert outside["edits"][0]["summary"] is None
    resolution = f"/v1/districts/16.73/calendars/{source.id}/conflicts/{visit.uid}"
    assert client.post(resolution, json={"keep": "theirs"}, headers=planner).status_code == 204
    assert client.get(CONFLICTS, headers=planner).json()["items"] == []
