"""`/hasil`: what nobody has reported yet, reported and corrected by a planner."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import User
from app.schedules.models import Schedule, Visit, VisitResult
from tests.app.conftest import NOW
from tests.app.pages.conftest import Browser, log_in
from tests.factories import make_schedule, make_site, make_team, make_visit


@pytest.fixture
def visit(session: Session, planner: User) -> Visit:
    """Over since three days, and not reported."""
    site, team = make_site(session, name="SMA Negeri 5"), make_team(session, code="T-1")
    visit = make_visit(session, make_schedule(session), team, site, starts_at=NOW - timedelta(days=3))
    session.commit()
    return visit


@pytest.fixture
def siti(browser: Browser, visit: Visit) -> TestClient:
    siti = browser()
    assert log_in(siti) == 303
    return siti


def results(session: Session) -> list[tuple[int, int, bool]]:
    rows = session.scalars(select(VisitResult).order_by(VisitResult.id))
    return [(row.served, row.activated, row.stands) for row in rows]


def field(shown: str, name: str) -> str:
    return shown.partition(f'name="{name}" value="')[2].partition('"')[0]


def test_what_is_missing_is_reported_once_however_often_it_is_sent(
    siti: TestClient, visit: Visit, session: Session
) -> None:
    assert "SMA Negeri 5" in siti.get("/hasil").text
    shown = siti.get(f"/hasil/{visit.id}").text
    sent = {"report_id": field(shown, "report_id"), "outcome": "held", "served": "40", "activated": "36"}
    for _ in range(2):
        assert siti.post(f"/hasil/{visit.id}", data=sent).status_code == 303
    assert results(session) == [(40, 36, True)]
    assert "sudah dilaporkan" in siti.get("/hasil").text


def test_a_report_is_corrected_and_the_earlier_one_kept(siti: TestClient, visit: Visit, session: Session) -> None:
    first = siti.get(f"/hasil/{visit.id}").text
    siti.post(
        f"/hasil/{visit.id}",
        data={"report_id": field(first, "report_id"), "outcome": "held", "served": "40", "activated": "30"},
    )
    again = siti.get(f"/hasil/{visit.id}").text
    assert "menggantikan laporan itu" in again
    assert 'name="served" type="text" value="40"' in again
    correction = {name: field(again, name) for name in ("report_id", "corrects")}
    sent = correction | {"outcome": "cut_short", "served": "20", "activated": "18", "cause": "network_down"}
    assert siti.post(f"/hasil/{visit.id}", data=sent).status_code == 303
    assert results(session)[-1] == (20, 18, True)
    assert len(results(session)) == 2


def test_people_served_with_further_documents_are_reported_and_kept_by_a_correction(
    siti: TestClient, visit: Visit, session: Session
) -> None:
    assert "served_further" not in siti.get(f"/hasil/{visit.id}").text
    visit.expected_further = {"kia": 12}
    session.commit()
    shown = siti.get(f"/hasil/{visit.id}").text
    assert "perkiraan 42 aktivasi, 12 KIA" in shown
    assert "Orang yang dilayani IKD" in shown
    assert "+ 12 KIA" in siti.get("/hasil").text
    sent = {"report_id": field(shown, "report_id"), "outcome": "held", "served": "40", "activated": "36"}
    wrong = siti.post(f"/hasil/{visit.id}", data=sent | {"served_further.kia": "banyak"})
    assert wrong.status_code == 422
    assert siti.post(f"/hasil/{visit.id}", data=sent | {"served_further.kia": "11"}).status_code == 303
    again = siti.get(f"/hasil/{visit.id}").text
    assert 'name="served_further.kia" type="text" value="11"' in again
    assert "36 berhasil, 11 dilayani KIA" in again
    rows = session.scalars(select(VisitResult)).all()
    assert [row.served_further for row in rows] == [{"kia": 11}]


def test_a_visit_of_another_document_is_reported_in_its_own_words(
    siti: TestClient, visit: Visit, session: Session
) -> None:
    session.get_one(Schedule, visit.schedule_id).document = "kia"
    session.commit()
    shown = siti.get(f"/hasil/{visit.id}").text
    assert "perkiraan 42 KIA" in shown
    assert "Orang yang dilayani KIA" in shown
    assert "Berhasil diaktifkan" not in shown


def test_what_somebody_else_reported_meanwhile_is_shown(siti: TestClient, visit: Visit, session: Session) -> None:
    opened = siti.get(f"/hasil/{visit.id}").text
    other = siti.get(f"/hasil/{visit.id}").text
    siti.post(
        f"/hasil/{visit.id}",
        data={"report_id": field(other, "report_id"), "outcome": "held", "served": "40", "activated": "30"},
    )
    late = siti.post(
        f"/hasil/{visit.id}",
        data={"report_id": field(opened, "report_id"), "outcome": "held", "served": "41", "activated": "30"},
    )
    assert late.status_code == 409
    assert "40 dilayani" in late.text
    assert [row[0] for row in results(session)] == [40]


def test_figures_that_cannot_be_are_said_at_their_field_and_what_was_typed_stays(
    siti: TestClient, visit: Visit, session: Session
) -> None:
    shown = siti.get(f"/hasil/{visit.id}").text
    sent = {"report_id": field(shown, "report_id"), "outcome": "held", "served": "4", "activated": "36"}
    answer = siti.post(f"/hasil/{visit.id}", data=sent)
    assert answer.status_code == 422
    assert 'id="activated-hint" class="wrong"' in answer.text
    assert 'value="36"' in answer.text
    assert siti.post(f"/hasil/{visit.id}", data=sent | {"served": "empat puluh"}).status_code == 422
    assert results(session) == []


def test_a_visit_that_is_not_there_is_a_page(siti: TestClient) -> None:
    assert siti.get("/hasil/999999").status_code == 404
