"""Letters that were issued are kept as they are; what the plan leaves behind is listed."""

import hashlib
from datetime import timedelta
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, Role
from tests.app.conftest import AsRole
from tests.app.letters.conftest import EIGHT, NIP, Office, make_staff, text_of
from tests.factories import make_schedule, make_site, make_visit


def one_letter(number: str | None = "12/2023", **fields: Any) -> dict[str, Any]:
    letter = {"team": "TIM-1", "week": "2023-11-15"} | ({} if number is None else {"number": number})
    return {"date": "2023-11-13", "letters": [letter]} | fields


def test_an_issued_letter_is_kept_byte_for_byte(
    client: TestClient, session: Session, bearer: AsRole, office: Office
) -> None:
    headers = bearer(Role.PLANNER, "16.73")
    answer = client.post(f"/v1/schedules/{office.schedule.id}/letters", json=one_letter(), headers=headers)
    assert answer.status_code == 201, answer.text
    letter = answer.json()["items"][0]
    assert (letter["number"], letter["week"], letter["last_date"]) == ("12/2023", "2023-11-13", "2023-11-15")
    assert (letter["stands"], letter["outdated"], letter["plan_version"]) == (True, False, office.schedule.version)
    pdf = client.get(letter["pdf"], headers=headers).content
    assert hashlib.sha256(pdf).hexdigest() == letter["sha256"]
    text = text_of(pdf)
    assert "Nomor: 12/2023" in text
    assert "Lubuk Linggau, 13 November 2023" in text
    make_staff(session, office.team, name="Orang Baru")
    assert client.get(letter["pdf"], headers=headers).content == pdf
    assert client.get(f"/v1/letters/{letter['id']}", headers=bearer(Role.VIEWER, "16")).json() == letter
    assert client.get(letter["pdf"], headers=bearer(Role.PLANNER, "16")).status_code == 403
    assert client.get(letter["pdf"], headers=bearer(Role.PLANNER, "65")).status_code == 404


def test_a_letter_that_the_plan_left_behind_is_listed_and_changed_by_a_new_one(
    client: TestClient, session: Session, bearer: AsRole, office: Office
) -> None:
    headers = bearer(Role.PLANNER, "16.73")
    first = client.post(f"/v1/schedules/{office.schedule.id}/letters", json=one_letter(), headers=headers).json()
    listed = "/v1/districts/16.73/letters?outdated=true"
    assert client.get(listed, headers=headers).json()["items"] == []

    replanned = make_schedule(session)
    for visit in office.visits:
        visit.in_force = False
    session.flush()
    make_visit(
        session, replanned, office.team, office.sites[0], starts_at=EIGHT + timedelta(hours=1), uid=office.visits[0].uid
    )
    make_visit(
        session,
        replanned,
        office.team,
        make_site(session, code="KEC-1", name="Kantor Camat"),
        starts_at=EIGHT + timedelta(days=2),
    )
    office.schedule.superseded_at = EIGHT
    session.commit()

    (left,) = client.get(listed, headers=headers).json()["items"]
    assert left["id"] == first["items"][0]["id"]
    assert left["outdated"]
    assert [(row["change"], row["site_code"]) for row in left["differences"]] == [
        ("retimed", "OPD-1"),
        ("dropped", "SMA-1"),
        ("added", "KEC-1"),
    ]
    assert left["differences"][0]["letter"] == {"starts": "08:00", "ends": "10:30"}
    assert left["differences"][0]["plan"] == {"starts": "09:00", "ends": "11:30"}
    assert "sekarang pukul 09.00–11.30" in left["differences"][0]["text"]["id"]

    old = client.post(f"/v1/schedules/{office.schedule.id}/letters", json=one_letter("13/2023"), headers=headers)
    assert (old.status_code, old.json()["code"]) == (409, "NotInForce")
    answer = client.post(f"/v1/schedules/{replanned.id}/letters", json=one_letter("13/2023"), headers=headers)
    assert answer.status_code == 201, answer.text
    changed = answer.json()["items"][0]
    assert changed["changes"] == {"id": left["id"], "number": "12/2023", "issued_on": "2023-11-13"}
    text = text_of(client.get(changed["pdf"], headers=headers).content)
    assert "Perubahan atas Surat Tugas Nomor 12/2023 tanggal 13 November 2023" in text
    assert "dinyatakan tidak berlaku lagi" in text
    assert "Kantor Camat" in text
    assert "SMA Negeri Satu" not in text
    assert client.get(listed, headers=headers).json()["items"] == []
    everything = client.get("/v1/districts/16.73/letters", headers=headers).json()["items"]
    assert [(row["number"], row["stands"]) for row in everything] == [("13/2023", True), ("12/2023", False)]


def test_pages_of_letters_follow_one_another(
    client: TestClient, session: Session, bearer: AsRole, office: Office
) -> None:
    headers = bearer(Role.PLANNER, "16.73")
    make_visit(session, office.schedule, office.team, office.sites[0], starts_at=EIGHT + timedelta(days=7))
    letters = [{"team": "TIM-1", "week": week, "number": week} for week in ("2023-11-13", "2023-11-20")]
    body = {"date": "2023-11-13", "letters": letters}
    assert client.post(f"/v1/schedules/{office.schedule.id}/letters", json=body, headers=headers).status_code == 201
    for visit in office.visits:
        visit.in_force = False
    session.flush()
    page = client.get("/v1/districts/16.73/letters?limit=1", headers=headers).json()
    rest = client.get(f"/v1/districts/16.73/letters?limit=1&cursor={page['next_cursor']}", headers=headers).json()
    assert [row["number"] for row in page["items"] + rest["items"]] == ["2023-11-20", "2023-11-13"]
    assert rest["next_cursor"] is None
    left = client.get("/v1/districts/16.73/letters?outdated=true&limit=1", headers=headers).json()
    assert [row["number"] for row in left["items"]] == ["2023-11-13"]
    assert left["next_cursor"] is None


def test_the_same_letter_is_not_issued_twice(client: TestClient, bearer: AsRole, office: Office) -> None:
    headers, url = bearer(Role.PLANNER, "16.73"), f"/v1/schedules/{office.schedule.id}/letters"
    key = headers | {"Idempotency-Key": "sekali"}
    first = client.post(url, json=one_letter(), headers=key)
    again = client.post(url, json=one_letter(), headers=key)
    assert again.json() == first.json()
    refused = client.post(url, json=one_letter("13/2023"), headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "LetterStands")
    twice = {"date": "2023-11-13", "again": True, "letters": [{"team": "TIM-1", "week": "2023-11-13"}] * 2}
    assert client.post(url, json=twice, headers=headers).json()["errors"][0]["pointer"] == "/letters/1"
    corrected = client.post(url, json=one_letter("13/2023", again=True), headers=headers)
    assert corrected.json()["items"][0]["changes"]["number"] == "12/2023"


def test_letters_are_issued_all_or_none(client: TestClient, bearer: AsRole, session: Session, office: Office) -> None:
    headers = bearer(Role.PLANNER, "16.73")
    make_visit(session, office.schedule, office.team, office.sites[0], starts_at=EIGHT + timedelta(days=7))
    letters = [{"team": "TIM-1", "week": week, "number": "12/2023"} for week in ("2023-11-13", "2023-11-20")]
    body = {"date": "2023-11-13", "letters": letters}
    refused = client.post(f"/v1/schedules/{office.schedule.id}/letters", json=body, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "LetterNumberTaken")
    assert refused.json()["errors"][0]["pointer"] == "/letters/1/number"
    assert client.get("/v1/districts/16.73/letters", headers=headers).json()["items"] == []


def test_nobody_is_sent_by_a_draft_or_without_names(
    client: TestClient, session: Session, bearer: AsRole, office: Office
) -> None:
    headers = bearer(Role.PLANNER, "16.73")
    draft = make_schedule(session, published_at=None)
    refused = client.post(f"/v1/schedules/{draft.id}/letters", json=one_letter(), headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "NotInForce")
    url = f"/v1/schedules/{office.schedule.id}/letters"
    later = {"date": "2023-11-13", "letters": [{"team": "TIM-1", "week": "2024-01-01"}]}
    refused = client.post(url, json=later, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "NothingToPrint")
    (person,) = client.get(f"/v1/teams/{office.team.id}/staff", headers=headers).json()["items"]
    client.delete(f"/v1/staff/{person['id']}", headers=headers | {"If-Match": '"1"'})
    refused = client.post(url, json=one_letter(), headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "NobodyToSend")


def test_the_audit_trail_tells_of_letters_without_numbers_of_persons(
    client: TestClient, session: Session, bearer: AsRole, office: Office
) -> None:
    headers = bearer(Role.PLANNER, "16.73")
    client.post(f"/v1/schedules/{office.schedule.id}/letters", json=one_letter(), headers=headers)
    person = {"name": "Orang Baru", "status": "pns", "nip": "19900202 201501 2 002", "post": "Operator"}
    added = client.post(f"/v1/teams/{office.team.id}/staff", json=person, headers=headers)
    assert added.status_code == 201, added.text
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries][-2:] == ["letter.issue", "staff.create"]
    trail = str([(entry.subject, entry.details) for entry in entries])
    assert NIP not in trail
    assert "199002022015012002" not in trail
