"""`/rencana/{id}`, its calendar, and publishing it."""

import gzip
import json
import re
from datetime import date, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.models import District, Target
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.drafts import copies
from app.schedules.models import Schedule, Visit
from app.sites.models import Site
from app.teams.models import Team, TeamLeave
from tests.app.conftest import NOW
from tests.app.pages.plans.conftest import AsPerson
from tests.app.schedules.conftest import make_draft
from tests.factories import make_figure


@pytest.fixture
def draft(session: Session, district: District) -> Schedule:
    """One with visits of both teams."""
    schedule = make_draft(session, district)
    last = session.scalars(select(Visit).order_by(Visit.id.desc())).first()
    assert last is not None
    last.team_id = session.scalars(select(Team.id).where(Team.code == "T-2")).one()
    session.commit()
    return schedule


def put_into_force(session: Session, schedule: Schedule) -> Schedule:
    publishing.publish(session, schedule, actor=COMMAND_LINE, now=NOW)
    session.commit()
    return schedule


def embedded(shown: str, name: str) -> object:
    return json.loads(
        re.findall(rf'<script type="application/json" id="{name}"[^>]*>(.*?)</script>', shown, re.DOTALL)[0]
    )


def test_a_plan_says_its_verdict_its_figures_and_what_to_do_next(siti: TestClient, draft: Schedule) -> None:
    shown = siti.get(f"/rencana/{draft.id}").text
    assert "Rencana November 2023" in shown
    assert "Tertinggal dari jalur" in shown or "Belum pasti: " in shown
    for figure in ("Kekurangan", "Rencana ini", "Paling banyak (terbukti)", "Masih bisa bertambah"):
        assert figure in shown
    assert f"/rencana/{draft.id}/terbitkan" in shown
    assert f"/v1/schedules/{draft.id}/visits.xlsx" in shown
    assert '<polyline class="line required"' in shown
    assert '<polyline class="line expected"' in shown


def test_the_line_of_a_draft_counts_what_publishing_it_would_win(
    siti: TestClient, session: Session, draft: Schedule
) -> None:
    def last_expected() -> int:
        shown = siti.get(f"/rencana/{draft.id}").text
        table = shown.partition("<caption>dengan rencana ini</caption>")[2].partition("</table>")[0]
        return int(re.findall(r'<td class="number">([\d.]+)</td>', table)[-1].replace(".", ""))

    as_draft = last_expected()
    put_into_force(session, draft)
    assert abs(last_expected() - as_draft) <= 1
    won = draft.expected_activations or 0
    assert won > 100
    for visit in session.scalars(select(Visit)):
        visit.in_force = False
    session.commit()
    assert abs(as_draft - last_expected() - won) <= 1


def test_doubts_about_the_data_are_said(siti: TestClient, session: Session, draft: Schedule) -> None:
    make_figure(session, "deadline", "2024-03-31", reported_on=date(2023, 11, 13))
    session.commit()
    assert "Data diragukan." in siti.get(f"/rencana/{draft.id}").text


def test_a_plan_whose_target_is_gone_keeps_its_figures(siti: TestClient, session: Session, draft: Schedule) -> None:
    session.delete(session.scalars(select(Target)).one())
    session.commit()
    shown = siti.get(f"/rencana/{draft.id}")
    assert shown.status_code == 200
    assert "<polyline" not in shown.text


def test_the_map_is_given_what_is_visited_and_may_write_its_own_elements(siti: TestClient, draft: Schedule) -> None:
    answer = siti.get(f"/rencana/{draft.id}")
    rows = embedded(answer.text, "visits")
    assert isinstance(rows, list)
    assert rows
    assert {len(row) for row in rows} == {4}
    assert {row[1] for row in rows} <= {"T-1", "T-2"}
    assert "require-trusted-types-for" not in answer.headers["content-security-policy"]
    assert "require-trusted-types-for" in siti.get("/rencana").headers["content-security-policy"]


def test_a_viewer_reads_a_plan_and_is_offered_no_change(person: AsPerson, draft: Schedule) -> None:
    shown = person(Role.VIEWER).get(f"/rencana/{draft.id}").text
    assert "Tertinggal dari jalur" in shown or "Belum pasti: " in shown
    assert "/terbitkan" not in shown
    assert "/hapus" not in shown


def test_both_languages_are_whole(siti: TestClient, draft: Schedule) -> None:
    english = {"Accept-Language": "en"}
    siti.cookies.delete("bahasa")
    for path, words in (
        ("", "At most (proven)"),
        ("/terbitkan", "What publishing now would change"),
        ("/kalender", "14"),
    ):
        shown = siti.get(f"/rencana/{draft.id}{path}", headers=english).text
        assert words in shown
        assert "Kunjungan" not in shown.replace("Jemput Bola", "")


# Publishing


def test_publishing_shows_what_changes_for_each_team_and_office_first(
    siti: TestClient, session: Session, district: District, draft: Schedule
) -> None:
    site = session.scalars(select(Site).order_by(Site.code)).first()
    assert site is not None
    site.contact_email, site.contact_phone, site.contact_name = "tu@dinas.example", "0733-000", "Bagian umum"
    session.commit()
    shown = siti.get(f"/rencana/{draft.id}/terbitkan").text
    count = len(session.scalars(select(Visit)).all())
    assert shown.count("baru:") == count
    assert "tu@dinas.example" in shown
    assert 'href="tel:0733-000"' in shown
    answer = siti.post(f"/rencana/{draft.id}/terbitkan")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/rencana/{draft.id}")
    session.expire_all()
    assert draft.published_at == NOW
    assert "Yang berubah" in siti.get(f"/rencana/{draft.id}/terbitkan").text


def test_visits_that_move_or_leave_are_told_apart(siti: TestClient, session: Session, district: District) -> None:
    put_into_force(session, make_draft(session, district))
    other = make_draft(session, district)
    visits = session.scalars(select(Visit).where(Visit.schedule_id == other.id).order_by(Visit.id)).all()
    moved, gone, later = visits[0], visits[1], visits[2]
    moved.date += timedelta(days=1)
    for name in ("arrives_at", "starts_at", "ends_at"):
        setattr(moved, name, getattr(moved, name) + timedelta(days=1))
    later.ends_at += timedelta(minutes=10)
    session.delete(gone)
    session.commit()
    shown = siti.get(f"/rencana/{other.id}/terbitkan").text
    found = [shown.count(f"<strong>{word}</strong>") for word in ("pindah:", "ditarik:", "jam berubah:", "baru:")]
    assert found == [1, 1, 1, 0]


def test_what_no_longer_holds_is_published_only_when_ticked(
    siti: TestClient, session: Session, draft: Schedule
) -> None:
    visit = session.scalars(select(Visit).order_by(Visit.id)).first()
    assert visit is not None
    session.add(TeamLeave(team_id=visit.team_id, starts_on=visit.date, ends_on=visit.date))
    session.commit()
    path = f"/rencana/{draft.id}/terbitkan"
    shown = siti.get(path).text
    assert "Tim cuti" in shown
    assert f'name="despite.{visit.id}"' in shown
    refused = siti.post(path)
    assert refused.status_code == 409
    assert 'role="alert"' in refused.text
    session.expire_all()
    assert draft.published_at is None
    same_day = session.scalars(select(Visit.id).where(Visit.team_id == visit.team_id, Visit.date == visit.date)).all()
    assert siti.post(path, data={f"despite.{number}": "1" for number in same_day}).status_code == 303
    session.expire_all()
    assert draft.published_at == NOW


def test_a_plan_in_force_that_was_changed_by_hand_is_not_undone_unseen(
    siti: TestClient, session: Session, district: District
) -> None:
    first = put_into_force(session, make_draft(session, district))
    unaware = make_draft(session, district)
    by_hand = copies.copy(session, first, actor=COMMAND_LINE, now=NOW)
    put_into_force(session, by_hand)
    path = f"/rencana/{unaware.id}/terbitkan"
    shown = siti.get(path).text
    assert "diubah dengan tangan" in shown
    assert f"/rencana/{by_hand.id}/terbitkan" in shown
    assert siti.post(path).status_code == 409
    assert siti.post(path, data={"despite.plan_changed": "1"}).status_code == 303


def test_a_plan_with_broken_rules_has_no_button(siti: TestClient, session: Session, draft: Schedule) -> None:
    plan = json.loads(gzip.decompress(schedules.contract_file(session, draft, "plan")))
    plan["visits"][0]["start"] = 0
    draft.plan_json = gzip.compress(json.dumps(plan).encode())
    session.commit()
    shown = siti.get(f"/rencana/{draft.id}/terbitkan").text
    assert "aturan dilanggar" in shown
    assert '<button class="first">' not in shown
    assert siti.post(f"/rencana/{draft.id}/terbitkan").status_code == 409


def test_a_draft_edited_meanwhile_is_shown_again_before_it_is_published(
    siti: TestClient, session: Session, draft: Schedule
) -> None:
    edited = copies.copy(session, draft, actor=COMMAND_LINE, now=NOW)
    session.commit()
    path = f"/rencana/{edited.id}/terbitkan"
    assert 'name="version" value="1"' in siti.get(path).text
    stale = siti.post(path, data={"version": "0"})
    assert stale.status_code == 412
    assert 'name="version" value="1"' in stale.text
    assert siti.post(path, data={"version": "1"}).status_code == 303


def test_a_run_has_nothing_to_publish_yet(siti: TestClient) -> None:
    path = siti.post("/rencana", data={"period": "2023-11", "document": "ikd"}).headers["location"]
    assert siti.get(f"{path}/terbitkan").headers["location"] == path
    assert siti.post(f"{path}/terbitkan").headers["location"] == path


# The calendar


def test_the_calendar_lists_days_and_draws_months_of_teams(siti: TestClient, draft: Schedule) -> None:
    shown = siti.get(f"/rencana/{draft.id}/kalender").text
    assert "Selasa, 14 November 2023" in shown
    assert shown.count('<table class="month">') == 2
    assert "Ini bukan rencana yang berlaku." in shown
    of_one = siti.get(f"/rencana/{draft.id}/kalender?tim=T-2").text
    assert of_one.count('<table class="month">') == 1
    assert siti.get(f"/rencana/{draft.id}/kalender?tim=nobody").status_code == 200


def test_a_printed_month_says_what_a_visit_is_and_the_board_what_is_known_of_the_way(
    siti: TestClient, session: Session, draft: Schedule
) -> None:
    visit = session.scalars(select(Visit).order_by(Visit.id)).first()
    assert visit is not None
    visit.stage, visit.prepared, visit.expected_activations = "preparation", 1_040, 0
    visit.travel_minutes, visit.travel_metres, visit.travel_way = 95, 0, "boat"
    session.commit()
    shown = siti.get(f"/rencana/{draft.id}/kalender").text
    assert "(persiapan, 1.040)" in shown[shown.index('<div class="by-month">') :]
    board = siti.get(f"/rencana/{draft.id}/papan").text
    assert "95 menit ke sini, perahu" in board
    visit.travel_metres, visit.travel_way = 640, None
    session.commit()
    assert "95 menit, 0,6 km ke sini" in siti.get(f"/rencana/{draft.id}/papan").text


def test_a_coordinator_sees_the_own_team_in_the_plan_in_force_alone(
    person: AsPerson, session: Session, draft: Schedule
) -> None:
    budi = person(Role.COORDINATOR, team_code="T-1")
    assert budi.get(f"/rencana/{draft.id}/kalender").status_code == 404
    put_into_force(session, draft)
    shown = budi.get(f"/rencana/{draft.id}/kalender").text
    other = session.scalars(select(Team).where(Team.code == "T-2")).one()
    assert shown.count('<table class="month">') == 1
    assert other.name not in shown
    assert budi.get(f"/rencana/{draft.id}").status_code == 403


def test_a_plan_without_visits_is_a_page_too(siti: TestClient, session: Session, draft: Schedule) -> None:
    for visit in session.scalars(select(Visit)):
        session.delete(visit)
    session.commit()
    assert "Tidak ada kunjungan" in siti.get(f"/rencana/{draft.id}/kalender").text
    assert siti.get(f"/rencana/{draft.id}").status_code == 200
