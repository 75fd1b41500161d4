"""Several dates of a coordinator in one answer, and what was taken out of the plan meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.models import Role
from app.fieldwork.day_schemas import AssignedDays
from tests.app.conftest import NOW, AsRole
from tests.factories import make_district, make_schedule, make_site, make_team, make_visit

EIGHT_DAYS = "/v1/assignments?date=2023-11-14&days=8"
EIGHT = datetime(2023, 11, 14, 1, tzinfo=UTC)
"""08:00 in Jakarta on 14 November 2023."""
BEFORE = NOW - timedelta(days=3)


def test_each_date_is_what_it_is_alone(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    team, site, second = make_team(session, kits=["satellite"]), make_site(session), make_site(session)
    schedule = make_schedule(session)
    make_visit(session, schedule, team, site)
    make_visit(session, schedule, team, second, starts_at=EIGHT + timedelta(hours=4), stop_index=1)
    make_visit(session, schedule, team, second, starts_at=EIGHT + timedelta(days=7))
    make_visit(session, schedule, team, site, starts_at=EIGHT + timedelta(days=8))
    make_visit(session, schedule, team, site, starts_at=EIGHT - timedelta(days=1))
    headers = bearer(Role.COORDINATOR, "16.73", team.id)

    answer = client.get(EIGHT_DAYS, headers=headers)

    assert answer.status_code == 200
    span = answer.json()
    AssignedDays.model_validate(span)
    assert [day["date"] for day in span["days"]] == [f"2023-11-{number}" for number in range(14, 22)]
    assert [len(day["stops"]) for day in span["days"]] == [2, 0, 0, 0, 0, 0, 0, 1]
    assert (span["withdrawn"], span["next_date_with_stops"]) == ([], "2023-11-22")
    for day in span["days"]:
        alone = client.get(f"/v1/assignments?date={day['date']}", headers=headers).json()
        assert day == {name: alone[name] for name in day}
        assert {name: span[name] for name in ("district", "team", "time_zone")} == {
            name: alone[name] for name in ("district", "team", "time_zone")
        }


def test_a_team_without_visits_has_days_without_stops(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    span = client.get(EIGHT_DAYS, headers=bearer(Role.COORDINATOR, "16.73", make_team(session).id)).json()
    AssignedDays.model_validate(span)
    assert [day["stops"] for day in span["days"]] == [[]] * 8
    assert (span["withdrawn"], span["next_date_with_stops"]) == ([], None)


def test_what_was_withdrawn_is_told_with_its_reason(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    team, other = make_team(session, code="TIM-1"), make_team(session, code="TIM-2", name="Tim Dua")
    moved, given, left, again = (make_site(session, name=name) for name in ("Pindah", "Beralih", "Batal", "Kembali"))
    old, new = make_schedule(session), make_schedule(session)
    gone = {"in_force": False, "withdrawn_at": NOW, "published_at": BEFORE, "sequence": 1}
    for number, site in enumerate((moved, given, left, again)):
        make_visit(session, old, team, site, starts_at=EIGHT + timedelta(hours=3 * number), **gone)
    make_visit(session, old, team, left, starts_at=EIGHT + timedelta(days=8), **gone)
    make_visit(session, old, other, left, **gone)
    there = make_visit(session, new, team, moved, starts_at=EIGHT + timedelta(days=2), published_at=NOW)
    by_other = make_visit(session, new, other, given, starts_at=EIGHT + timedelta(days=1), published_at=NOW)
    make_visit(session, new, team, again, starts_at=EIGHT + timedelta(hours=9), published_at=NOW)
    # It stood before, and is no replacement: the site was to be visited twice.
    make_visit(session, new, other, left, starts_at=EIGHT + timedelta(days=5), published_at=BEFORE)

    answer = client.get(EIGHT_DAYS, headers=bearer(Role.COORDINATOR, "16.73", team.id)).json()

    AssignedDays.model_validate(answer)
    assert [stop["site"]["name"] for day in answer["days"] for stop in day["stops"]] == ["Kembali", "Pindah"]
    withdrawn = {row["site_name"]: row for row in answer["withdrawn"]}
    assert {name: row["reason"] for name, row in withdrawn.items()} == {
        "Pindah": "other_time",
        "Beralih": "other_team",
        "Batal": "left_out",
    }
    assert withdrawn["Pindah"]["instead"]["uid"] == str(there.uid)
    assert withdrawn["Beralih"]["instead"]["visit_id"] == by_other.id
    assert withdrawn["Beralih"]["message"] == {
        "id": "Beralih dikunjungi Tim Dua pada 15 November 2023.",
        "en": "Beralih is visited by Tim Dua on 15 November 2023.",
    }
    assert withdrawn["Batal"]["instead"] is None
    assert withdrawn["Batal"]["withdrawn_at"] == "2023-11-13T09:00:00+07:00"
    assert (withdrawn["Batal"]["date"], withdrawn["Batal"]["sequence"]) == ("2023-11-14", 1)


def test_a_visit_that_a_later_plan_carries_still_stands_in_place_of_the_withdrawn_one(
    client: TestClient, session: Session, bearer: AsRole
) -> None:
    make_district(session)
    team, site = make_team(session), make_site(session)
    make_visit(
        session, make_schedule(session), team, site, in_force=False, withdrawn_at=NOW - timedelta(days=1),
        published_at=BEFORE,
    )  # fmt: skip
    later = EIGHT + timedelta(days=3)
    first = make_visit(
        session, make_schedule(session), team, site, starts_at=later, in_force=False,
        published_at=NOW - timedelta(days=1),
    )  # fmt: skip
    other = make_site(session)
    make_visit(session, make_schedule(session), make_team(session), other, in_force=False, withdrawn_at=NOW)
    carried = make_visit(session, make_schedule(session), team, site, starts_at=later, published_at=NOW, uid=first.uid)

    (stop,) = client.get(EIGHT_DAYS, headers=bearer(Role.COORDINATOR, "16.73", team.id)).json()["withdrawn"]

    assert (stop["reason"], stop["instead"]["visit_id"]) == ("other_time", carried.id)


def test_one_etag_covers_all_dates(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    team, site = make_team(session), make_site(session)
    visit = make_visit(session, make_schedule(session), team, site, starts_at=EIGHT + timedelta(days=7))
    headers = bearer(Role.COORDINATOR, "16.73", team.id)
    etag = client.get(EIGHT_DAYS, headers=headers).headers["etag"]
    assert client.get(EIGHT_DAYS, headers=headers | {"If-None-Match": etag}).status_code == 304
    visit.in_force, visit.withdrawn_at = False, NOW
    session.commit()
    assert client.get(EIGHT_DAYS, headers=headers | {"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("days", ["0", "15", "-1", "x", "", "1.5", "٣", "9999999999"])
def test_a_wrong_number_of_days_is_refused(client: TestClient, session: Session, bearer: AsRole, days: str) -> None:
    make_district(session)
    headers = bearer(Role.COORDINATOR, "16.73", make_team(session).id)
    answer = client.get(f"/v1/assignments?date=2023-11-14&days={days}", headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "query/days")


def test_the_last_day_of_the_calendar_is_no_trouble(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    headers = bearer(Role.COORDINATOR, "16.73", make_team(session).id)
    assert client.get("/v1/assignments?date=2099-12-31&days=14", headers=headers).status_code == 200


@pytest.mark.parametrize(("role", "status"), [(Role.FEED, 403), (None, 401)])
def test_nobody_else_reads_them(
    client: TestClient, session: Session, bearer: AsRole, role: Role | None, status: int
) -> None:
    make_district(session)
    team = make_team(session)
    session.commit()
    headers = bearer(role, "16.73", team.id) if role else {}
    assert client.get(EIGHT_DAYS, headers=headers).status_code == status


def test_a_province_sees_no_contacts(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session, "16")
    make_district(session)
    team, site = make_team(session, code="TIM-1"), make_site(session, contact_name="Bagian Umum")
    make_visit(session, make_schedule(session), team, site)
    own = client.get(EIGHT_DAYS, headers=bearer(Role.COORDINATOR, "16.73", team.id)).json()
    above = client.get(f"{EIGHT_DAYS}&district=16.73&team=TIM-1", headers=bearer(Role.VIEWER, "16")).json()
    assert own["days"][0]["stops"][0]["site"]["contact"] == {"name": "Bagian Umum", "phone": None}
    assert above["days"][0]["stops"][0]["site"]["contact"] is None
