"""Letters and day sheets of a plan tell its visits, all of them and no other."""

from datetime import timedelta

from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.models import Role
from tests.app.conftest import AsRole
from tests.app.letters.conftest import EIGHT, NIP, Office, make_staff, pages_of, text_of
from tests.factories import make_district, make_schedule, make_site, make_team, make_visit


def test_letters_hold_every_stop_of_the_published_plan_and_none_other(
    client: TestClient, session: Session, bearer: AsRole, office: Office
) -> None:
    other = make_team(session, code="TIM-2", name="Tim Dua")
    make_visit(session, office.schedule, other, make_site(session, name="Kantor Camat"))
    withdrawn = make_site(session, name="Balai Desa Lama")
    make_visit(session, office.schedule, office.team, withdrawn, starts_at=EIGHT + timedelta(days=2), in_force=False)
    make_visit(
        session,
        make_schedule(session, published_at=None),
        office.team,
        make_site(session, name="Rencana Lain"),
        in_force=False,
    )
    earlier = make_schedule(session, superseded_at=EIGHT)
    make_visit(
        session,
        earlier,
        office.team,
        make_site(session, name="Senin Dari Rencana Lama"),
        starts_at=EIGHT - timedelta(days=1),
    )
    headers = bearer(Role.PLANNER, "16.73")
    answer = client.get(f"/v1/schedules/{office.schedule.id}/letters.pdf", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "private, no-store"
    text = text_of(answer.content)
    assert pages_of(answer.content) == 2
    for name in ("Dinas Pendidikan", "SMA Negeri Satu", "Kantor Camat", "Senin Dari Rencana Lama"):
        assert text.count(name) == 1
    for name in ("Balai Desa Lama", "Rencana Lain"):
        assert name not in text
    assert client.get(f"/v1/schedules/{office.schedule.id}/letters.pdf", headers=headers).content == answer.content
    letter = client.get(
        f"/v1/schedules/{office.schedule.id}/letters.pdf?team=TIM-2&from=2023-11-17&to=2023-11-17", headers=headers
    )
    assert "Kantor Camat" in text_of(letter.content)
    assert "Dinas Pendidikan" not in text_of(letter.content)


def test_each_week_has_its_own_letter(client: TestClient, session: Session, bearer: AsRole, office: Office) -> None:
    make_visit(session, office.schedule, office.team, office.sites[0], starts_at=EIGHT + timedelta(days=7))
    url = f"/v1/schedules/{office.schedule.id}/letters.pdf"
    headers = bearer(Role.PLANNER, "16.73")
    assert pages_of(client.get(url, headers=headers).content) == 2
    assert pages_of(client.get(f"{url}?from=2023-11-20", headers=headers).content) == 1
    assert pages_of(client.get(f"{url}?to=2023-11-19&spd=true", headers=headers).content) == 5


def test_letters_of_a_draft_say_so(client: TestClient, session: Session, bearer: AsRole, office: Office) -> None:
    draft = make_schedule(session, published_at=None)
    make_visit(session, draft, office.team, office.sites[1], in_force=False, published_at=None)
    headers = bearer(Role.PLANNER, "16.73")
    text = text_of(client.get(f"/v1/schedules/{draft.id}/letters.pdf", headers=headers).content)
    assert "KONSEP" in text
    assert "SMA Negeri Satu" in text
    assert "Dinas Pendidikan" not in text


def test_staff_stand_in_letters_of_their_own_days_alone(
    client: TestClient, session: Session, bearer: AsRole, office: Office
) -> None:
    day = EIGHT.date()
    make_staff(session, office.team, name="Sudah Pindah", valid_to=day - timedelta(days=1))
    make_staff(session, office.team, name="Belum Datang", valid_from=day + timedelta(days=2))
    make_staff(session, office.team, name="Datang Rabu", valid_from=day + timedelta(days=1))
    headers = bearer(Role.PLANNER, "16.73")
    text = text_of(client.get(f"/v1/schedules/{office.schedule.id}/letters.pdf", headers=headers).content)
    assert "Sudah Pindah" not in text
    assert "Belum Datang" not in text
    assert "Datang Rabu" in text
    assert "mulai 15 November 2023" in text


def test_what_cannot_be_printed_is_refused(client: TestClient, bearer: AsRole, office: Office) -> None:
    headers = bearer(Role.PLANNER, "16.73") | {"Accept-Language": "id"}
    for query, refusal in [
        ("team=TIM-9", (404, "NotFound")),
        ("from=2023-11-20&to=2023-11-13", (422, "InvalidRequest")),
        ("from=2023-12-20&to=2023-12-21", (409, "NothingToPrint")),
        ("from=kemarin", (422, "InvalidRequest")),
    ]:
        answer = client.get(f"/v1/schedules/{office.schedule.id}/letters.pdf?{query}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == refusal


def test_without_a_letterhead_nothing_is_invented(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    schedule = make_schedule(session)
    make_visit(session, schedule, make_team(session), make_site(session))
    answer = client.get(f"/v1/schedules/{schedule.id}/letters.pdf", headers=bearer(Role.PLANNER, "16.73"))
    assert (answer.status_code, answer.json()["code"]) == (409, "NoLetterhead")


def test_letters_are_for_planners_of_the_district_itself(client: TestClient, bearer: AsRole, office: Office) -> None:
    url = f"/v1/schedules/{office.schedule.id}/letters.pdf"
    assert client.get(url, headers=bearer(Role.VIEWER, "16.73")).status_code == 403
    assert client.get(url, headers=bearer(Role.PLANNER, "16")).status_code == 403
    assert client.get(url, headers=bearer(Role.PLANNER, "65")).status_code == 404


def test_a_coordinator_prints_the_own_day_and_no_other(
    client: TestClient, session: Session, bearer: AsRole, office: Office
) -> None:
    make_team(session, code="TIM-2")
    headers = bearer(Role.COORDINATOR, "16.73", office.team.id)
    answer = client.get("/v1/assignments.pdf?date=2023-11-14", headers=headers)
    assert answer.status_code == 200, answer.text
    text = text_of(answer.content)
    assert pages_of(answer.content) == 1
    assert "Lembar tugas harian" in text
    assert "Dinas Pendidikan" in text
    assert "SMA Negeri Satu" not in text
    assert "Petugas Contoh" in text
    assert NIP not in text.replace(" ", "")
    assert client.get("/v1/assignments.pdf?date=2023-11-14&team=TIM-2", headers=headers).status_code == 403
    english = client.get("/v1/assignments.pdf?date=2023-11-18", headers=headers | {"Accept-Language": "en"})
    assert "There is no visit on this day." in text_of(english.content)


def test_a_viewer_from_outside_sees_no_names_on_a_day_sheet(client: TestClient, bearer: AsRole, office: Office) -> None:
    url = "/v1/assignments.pdf?date=2023-11-14&team=TIM-1&district=16.73"
    assert "Petugas Contoh" not in text_of(client.get(url, headers=bearer(Role.VIEWER, "16")).content)
    assert client.get(url.replace("TIM-1", "TIM-9"), headers=bearer(Role.VIEWER, "16.73")).status_code == 404
    assert client.get("/v1/assignments.pdf?date=2023-11-14", headers=bearer(Role.VIEWER, "16.73")).status_code == 422


def test_twenty_stops_are_one_page(client: TestClient, session: Session, bearer: AsRole, office: Office) -> None:
    for number in range(19):
        site = make_site(session, name=f"Tempat dengan nama yang agak panjang, nomor {number:02}")
        start = EIGHT + timedelta(hours=3, minutes=10 * number)
        make_visit(session, office.schedule, office.team, site, starts_at=start, ends_at=start + timedelta(minutes=9))
    url = "/v1/assignments.pdf?date=2023-11-14&team=TIM-1"
    pdf = client.get(url, headers=bearer(Role.PLANNER, "16.73")).content
    assert pages_of(pdf) == 1
    text = text_of(pdf)
    assert [number for number in range(19) if f"nomor {number:02}" not in text] == []
