"""The board of teams and days: what it shows of a plan, and its forms, as a browser without scripts meets them."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.access import sessions, users
from app.access.models import Role, Token
from app.access.service import COMMAND_LINE
from app.districts.models import District, HolidayOverride
from app.pages.board import plan_path
from app.schedules import publishing
from app.schedules.drafts import copies
from app.schedules.drafts import service as drafts
from app.schedules.drafts.edits import Edit, EditOp
from app.schedules.models import Schedule, Visit
from app.schedules.questions.resident import RefusedQuestion
from app.schedules.questions.turns import SolverBusy
from app.sites.models import Site
from app.teams.models import Team, TeamLeave
from tests.app.conftest import NOW
from tests.app.pages.conftest import Browser, add_user
from tests.app.schedules.conftest import job_tables as job_tables
from tests.app.schedules.conftest import make_draft, make_plannable_district, plan_now
from tests.factories import make_district, make_result


class Core:
    """In place of the planning core: every day would do, or none, or it is busy."""

    def __init__(self) -> None:
        self.trouble: Exception | None = None
        self.rule: str | None = None
        self.asked: list[str] = []

    async def cells(self, *_: Any, visit: Mapping[str, Any] | None, **__: Any) -> dict[str, Any]:
        self.asked.append("cells")
        if self.trouble is not None:
            raise self.trouble
        found = [self._cell(team, date(2023, 11, day), visit) for team in ("T-1", "T-2") for day in (14, 15, 16, 17)]
        words = {"id": "lokasinya tutup hari itu", "en": "the site is closed that day"}
        return {"cells": found, "rules": {"site_closed": words}}

    def _cell(self, team: str, day: date, visit: Mapping[str, Any] | None) -> dict[str, Any]:
        is_own = visit is not None and (visit["team"], visit["date"]) == (team, day.isoformat())
        rule = "same_place" if is_own else self.rule
        figures = {"activations": -day.day, "cost": 0, "value_milli": -1000 * day.day, "disturbed": 1}
        return {"team": team, "date": day.isoformat(), "kind": None if rule else "retimed", "rule": rule} | figures

    async def place(self, *_: Any, **__: Any) -> dict[str, Any]:
        self.asked.append("place")
        if self.trouble is not None:
            raise self.trouble
        sentence = {"id": "Tim T-2: lokasinya tutup.", "en": "Team T-2: the site is closed."}
        against = {"team": "T-2", "date": "2023-11-29", "rule": "site_closed", "sentence": sentence}
        return {"options": [], "against": against}


@pytest.fixture
def core(api: FastAPI) -> Iterator[Core]:
    real, api.state.resident = api.state.resident, Core()
    yield api.state.resident
    api.state.resident = real


@pytest.fixture
def plan(session: Session, job_tables: None) -> Schedule:
    """In force from 14 November on; Siti plans, Vina reads."""
    district = make_plannable_district(session)
    add_user(session, "siti", Role.PLANNER)
    add_user(session, "vina", Role.VIEWER)
    made = publishing.publish(session, make_draft(session, district), actor=COMMAND_LINE, now=NOW)
    session.commit()
    return made


@pytest.fixture
def siti(session: Session, plan: Schedule, browser: Browser, core: Core) -> TestClient:
    return entered(session, browser, "siti")


def entered(session: Session, browser: Browser, login: str) -> TestClient:
    """A browser in which somebody has logged in: working out a password is for other tests."""
    client = browser()
    user = users.find(session, login)
    opened = sessions.open_session(session, user, device="Browser", earlier_secret=None, now=NOW)
    session.commit()
    client.cookies.set("jb", opened.secret)
    return client


@pytest.fixture
def draft(session: Session, plan: Schedule) -> Schedule:
    made = copies.copy(session, plan, actor=COMMAND_LINE, now=NOW)
    session.commit()
    return made


def visits_of(session: Session, schedule: Schedule) -> list[dict[str, str]]:
    """As forms name them, by date and hour."""
    rows = session.execute(
        select(Team.code, Visit.date, Site.code)
        .join(Team, Team.id == Visit.team_id)
        .join(Site, Site.id == Visit.site_id)
        .where(Visit.schedule_id == schedule.id)
        .order_by(Visit.date, Visit.starts_at, Visit.id)
    )
    return [{"tim": team, "tanggal": day.isoformat(), "lokasi": site} for team, day, site in rows]


def words_of(html: str) -> str:
    """What a person reads on a page."""
    return " ".join(unescape(re.sub(r"<script.*?</script>|<[^>]+>", " ", html, flags=re.DOTALL)).split())


def board(client: TestClient, schedule: Schedule) -> str:
    answer = client.get(f"/rencana/{schedule.id}/papan")
    assert answer.status_code == 200, answer.text
    return answer.text


def send(client: TestClient, schedule: Schedule, form: str = "pindah", **fields: Any) -> Any:
    return client.post(f"/rencana/{schedule.id}/{form}", data=fields)


def test_every_visit_stands_in_the_day_of_its_team_with_hours_people_and_the_way_back(
    session: Session, plan: Schedule, siti: TestClient
) -> None:
    html = board(siti, plan)
    table = html.partition("<table>")[2].partition("</table>")[0]
    rows = session.scalars(select(Visit).where(Visit.schedule_id == plan.id)).all()
    assert table.count('class="visit ') == len(rows) > 0
    first = min(rows, key=lambda row: row.starts_at)
    named = visits_of(session, plan)[0]
    cell = re.search(
        rf'<td data-team="{named["tim"]}" data-date="{named["tanggal"]}">(.*?)</td>', table, flags=re.DOTALL
    )
    assert cell is not None
    local = first.starts_at + timedelta(hours=7)
    assert f"{local:%H.%M}–" in words_of(cell[1])
    assert f"Perkiraan aktivasi {first.expected_activations} " in words_of(cell[1])
    assert re.search(r"kembali \d\d\.\d\d", words_of(cell[1]))


def test_english_readers_get_english(plan: Schedule, siti: TestClient) -> None:
    siti.cookies.set("bahasa", "en")
    html = board(siti, plan)
    assert "Board of teams and days" in html
    assert "Papan tim" not in html


def test_leave_and_holidays_stand_in_their_days(session: Session, plan: Schedule, siti: TestClient) -> None:
    team = session.scalars(select(Team).where(Team.code == "T-2")).one()
    day = date(2023, 11, 23)
    session.add(TeamLeave(team_id=team.id, starts_on=day, ends_on=day, reason="pelatihan"))
    session.add(
        HolidayOverride(district_code="16.73", date=date(2023, 11, 24), name="Hari jadi kota", is_working=False)
    )
    session.commit()
    table = board(siti, plan).partition("<table>")[2].partition("</table>")[0]
    assert "Cuti: pelatihan" in words_of(table)
    assert "Jum 24 Hari jadi kota" in words_of(table)
    # Nobody works on weekends: they are no columns.
    assert "Sab 18" not in words_of(table)


def test_what_happened_and_what_was_promised_is_marked_in_words(
    session: Session, plan: Schedule, siti: TestClient, api: FastAPI
) -> None:
    rows = session.scalars(select(Visit).where(Visit.schedule_id == plan.id).order_by(Visit.starts_at)).all()
    make_result(session, rows[0])
    make_result(session, rows[1], outcome="not_held", served=0, activated=0, cause="weather")
    rows[-1].pinned = True
    session.commit()
    moment = rows[2].ends_at + timedelta(minutes=1)
    session.execute(update(Token).values(expires_at=moment + timedelta(hours=1), last_used_at=moment))
    session.commit()
    api.state.clock = lambda: moment
    words = words_of(board(siti, plan))
    for mark in ("✔ selesai", "✘ tidak terlaksana", "? belum dilaporkan", "disematkan"):
        assert mark in words, mark


def test_who_only_reads_sees_the_board_and_no_way_to_change_it(
    session: Session, plan: Schedule, draft: Schedule, siti: TestClient, browser: Browser
) -> None:
    vina = entered(session, browser, "vina")
    html = board(vina, draft)
    assert 'class="visit ' in html
    assert re.findall(r"<button(?![^>]*(?:bahasa))|<dialog|data-movable", html) == []
    named = visits_of(session, draft)[0]
    assert "tidak mengubahnya" in vina.get(f"/rencana/{draft.id}/pindah", params=named).text
    for form in ("pindah", "urungkan", "ulangi", "perbaiki", "salin", "riwayat/1", "halangan", "pilihan"):
        assert send(vina, draft, form, versi=1, aksi="pin", **named).status_code == 403, form
    assert draft.draft_version == 1


def test_a_stranger_is_told_that_there_is_no_such_plan(
    session: Session, plan: Schedule, browser: Browser, core: Core
) -> None:
    make_district(session, "17.71")
    add_user(session, "rina", Role.PLANNER).district_code = "17.71"
    rina = entered(session, browser, "rina")
    for path in ("papan", "riwayat", "tambah", "pilihan", "pindah?lokasi=S-1"):
        assert rina.get(f"/rencana/{plan.id}/{path}").status_code == 404, path


def test_a_plan_in_force_stays_and_its_draft_is_changed(session: Session, plan: Schedule, siti: TestClient) -> None:
    named = visits_of(session, plan)[0]
    page = siti.get(f"/rencana/{plan.id}/pindah", params=named)
    assert "sudah terbit dan tetap berlaku" in page.text
    assert send(siti, plan, aksi="pin", versi=1, **named).status_code == 409
    answer = send(siti, plan, "salin", **named)
    assert answer.status_code == 303
    made = session.scalars(select(Schedule).where(Schedule.copied_from_id == plan.id)).one()
    assert answer.headers["location"].startswith(f"/rencana/{made.id}/pindah?tim=")
    assert siti.get(answer.headers["location"]).status_code == 200


def test_pin_undo_redo_and_the_history_that_leads_back(session: Session, draft: Schedule, siti: TestClient) -> None:
    named = visits_of(session, draft)[0]
    assert send(siti, draft, aksi="pin", versi=1, **named).headers["location"] == plan_path(draft.id)
    assert "menyematkan Dinas Contoh pada" in words_of(board(siti, draft))
    # What is pinned moves only once it is unpinned.
    assert "Lepaskan sematannya" in siti.get(f"/rencana/{draft.id}/pindah", params=named).text
    assert send(siti, draft, aksi="unpin", versi=2, **named).status_code == 303
    assert send(siti, draft, aksi="drop", versi=3, **named).status_code == 303
    assert named not in visits_of(session, draft)
    history = siti.get(f"/rencana/{draft.id}/riwayat").text
    assert "mengeluarkan Dinas Contoh dari" in history
    assert len(re.findall(rf'action="/rencana/{draft.id}/riwayat/\d"', history)) == 3
    assert send(siti, draft, "riwayat/2", versi=4).status_code == 303
    session.refresh(draft)
    assert draft.draft_version == 6
    assert "mengurungkan satu perubahan" in words_of(board(siti, draft))
    assert named in visits_of(session, draft)
    assert send(siti, draft, "ulangi", versi=6).status_code == 303
    assert send(siti, draft, "riwayat/4", versi=7).status_code == 303
    assert named not in visits_of(session, draft)
    assert send(siti, draft, "urungkan", versi=8).status_code == 303
    assert send(siti, draft, "riwayat/99", versi=9).status_code == 409


def test_a_draft_says_where_a_team_s_trouble_is_entered(plan: Schedule, draft: Schedule, siti: TestClient) -> None:
    shown = siti.get(f"/rencana/{draft.id}").text
    assert "Tim berhalangan? Catat di rencana yang berlaku" in shown
    assert f'<a href="/rencana/{plan.id}">Ke rencana yang berlaku</a>' in shown
    assert "Tim berhalangan?" not in siti.get(f"/rencana/{plan.id}").text


def test_a_visit_gets_other_times(session: Session, draft: Schedule, siti: TestClient) -> None:
    named = visits_of(session, draft)[0]
    assert send(siti, draft, aksi="retime", versi=1, mulai="09.00", menit="60", **named).status_code == 303
    visit = session.scalars(
        select(Visit).where(Visit.schedule_id == draft.id).order_by(Visit.date, Visit.starts_at)
    ).first()
    assert visit is not None
    assert (visit.starts_at + timedelta(hours=7)).hour == 9
    assert "mulai 09.00, 60 menit" in words_of(board(siti, draft))
    for wrong in ({"mulai": "25:00"}, {"menit": "-1"}, {"menit": "9999999999999"}):
        assert send(siti, draft, aksi="retime", versi=2, **named, **wrong).status_code == 422, wrong


def test_the_page_of_a_visit_lists_every_day_with_its_price_and_the_best_first(
    session: Session, draft: Schedule, siti: TestClient, core: Core
) -> None:
    named = visits_of(session, draft)[0]
    html = siti.get(f"/rencana/{draft.id}/pindah", params=named).text
    days = re.findall(r'name="ke" value="(\d{4}-\d\d-\d\d)/', html)
    assert days == sorted(days)
    assert "jam lain bergeser, −15 aktivasi" in words_of(html)
    core.rule = "site_closed"
    html = siti.get(f"/rencana/{draft.id}/pindah", params=named).text
    assert "Tidak ada hari yang memenuhi semua aturan" in html
    assert "✘ lokasinya tutup hari itu" in words_of(html)


def test_what_is_still_to_come_today_changes_its_times_alone(
    session: Session, draft: Schedule, siti: TestClient, core: Core, api: FastAPI
) -> None:
    named = visits_of(session, draft)[0]
    visit = session.scalars(select(Visit).where(Visit.schedule_id == draft.id).order_by(Visit.starts_at)).first()
    assert visit is not None
    moment = visit.starts_at - timedelta(minutes=5)
    session.execute(update(Token).values(expires_at=moment + timedelta(hours=1), last_used_at=moment))
    session.commit()
    api.state.clock = lambda: moment
    page = siti.get(f"/rencana/{draft.id}/pindah", params=named).text
    assert "Hari ini sudah berjalan" in page
    assert "Simpan waktu" in page
    assert core.asked == []
    card = re.search(rf'<div class="visit [^>]*data-date="{named["tanggal"]}"[^>]*>', board(siti, draft))
    assert card is not None
    assert "data-movable" not in card[0]


def test_where_every_way_breaks_a_rule_the_hand_still_may(
    session: Session, draft: Schedule, siti: TestClient, core: Core
) -> None:
    named = visits_of(session, draft)[0]
    goal = {"ke": "lain", "lain": "2023-11-29/T-2"}
    answer = send(siti, draft, aksi="place", versi=1, **goal, **named)
    assert (answer.status_code, "lokasinya tutup" in answer.text, "Letakkan di sana" in answer.text) == (
        409,
        True,
        True,
    )
    again = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
    assert again["paksa"] == "ya"
    assert siti.post(f"/rencana/{draft.id}/pindah", data=again).status_code == 303
    assert named | {"tim": "T-2", "tanggal": "2023-11-29"} in visits_of(session, draft)


def test_a_site_without_a_visit_is_found_and_added(session: Session, draft: Schedule, siti: TestClient) -> None:
    named = visits_of(session, draft)[0]
    assert send(siti, draft, aksi="drop", versi=1, **named).status_code == 303
    page = siti.get(f"/rencana/{draft.id}/tambah", params={"cari": named["lokasi"]})
    assert f"pindah?lokasi={named['lokasi']}" in page.text
    assert "Tidak ada lokasi yang namanya" in siti.get(f"/rencana/{draft.id}/tambah", params={"cari": "%"}).text
    page = siti.get(f"/rencana/{draft.id}/pindah", params={"lokasi": named["lokasi"]})
    assert "Tambahkan" in page.text
    goal = {"aksi": "place", "paksa": "ya", "ke": f"{named['tanggal']}/{named['tim']}", "lokasi": named["lokasi"]}
    assert send(siti, draft, versi=2, **goal).status_code == 303
    assert named in visits_of(session, draft)


def test_of_two_planners_the_second_reads_what_the_first_did_and_chooses(
    session: Session, draft: Schedule, siti: TestClient
) -> None:
    first, second = visits_of(session, draft)[:2]
    pin = Edit(op=EditOp.PIN, team=first["tim"], day=date.fromisoformat(first["tanggal"]), site=first["lokasi"])
    drafts.edit(session, draft, [pin], actor=COMMAND_LINE, now=NOW, is_dry=False)
    session.commit()
    late = send(siti, draft, aksi="drop", versi=1, **second)
    assert late.status_code == 412
    assert "petugas server" in late.text
    assert "menyematkan" in words_of(late.text)
    assert second in visits_of(session, draft)
    again = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', late.text))
    assert again["versi"] == "2"
    assert siti.post(f"/rencana/{draft.id}/pindah", data=again).status_code == 303
    assert second not in visits_of(session, draft)
    # What somebody else did is not undone unseen.
    undo = send(siti, draft, "urungkan", versi=1)
    assert (undo.status_code, "Tetap lakukan" in undo.text) == (412, False)


def test_a_draft_that_was_published_meanwhile_offers_another(
    session: Session, draft: Schedule, siti: TestClient
) -> None:
    named = visits_of(session, draft)[0]
    publishing.publish(session, draft, actor=COMMAND_LINE, now=NOW)
    session.commit()
    answer = send(siti, draft, aksi="drop", versi=1, **named)
    assert (answer.status_code, "sudah diterbitkan" in answer.text) == (409, True)
    assert f'action="/rencana/{draft.id}/salin"' in answer.text


def test_a_busy_planning_core_is_a_sentence_with_its_seconds_and_the_rest_goes_on(
    session: Session, draft: Schedule, siti: TestClient, core: Core
) -> None:
    named = visits_of(session, draft)[0]
    core.trouble = SolverBusy("busy")
    page = siti.get(f"/rencana/{draft.id}/pindah", params=named)
    assert (page.status_code, "dalam 10 detik" in page.text, "Keluarkan dari rencana" in page.text) == (200, True, True)
    answer = send(siti, draft, aksi="place", versi=1, ke="2023-11-29/T-2", **named)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert "sedang sibuk" in answer.text
    core.trouble = RefusedQuestion("unusable_files", "x")
    assert send(siti, draft, aksi="place", versi=1, ke="2023-11-29/T-2", **named).status_code == 409


def test_a_form_that_names_nothing_is_refused_in_words_and_nothing_changes(
    session: Session, draft: Schedule, siti: TestClient
) -> None:
    fields: dict[str, Any] = {"aksi": "place", "versi": 1, "ke": "2023-11-29/T-2"} | visits_of(session, draft)[0]
    for change in (
        {"tim": "T-9"},
        {"tanggal": "soon"},
        {"lokasi": ""},
        {"versi": "x"},
        {"ke": ""},
        {"ke": "2023-11-29/T-9", "paksa": "ya"},
        {"aksi": "explode", "ke": "tomorrow/T-1"},
    ):
        answer = send(siti, draft, **(fields | change))
        assert (answer.status_code, "Kembali ke papan" in answer.text) == (422, True), change
    assert draft.draft_version == 1


def test_a_visit_that_is_gone_says_so(session: Session, draft: Schedule, siti: TestClient) -> None:
    named = visits_of(session, draft)[0] | {"tanggal": "2023-11-30"}
    answer = siti.get(f"/rencana/{draft.id}/pindah", params=named)
    assert (answer.status_code, "tidak ada lagi" in answer.text) == (404, True)


def test_broken_rules_stand_on_their_cards_and_above_the_board(
    session: Session, draft: Schedule, siti: TestClient
) -> None:
    named = visits_of(session, draft)[0]
    assert send(siti, draft, aksi="retime", versi=1, mulai="20:00", menit="60", **named).status_code == 303
    html = board(siti, draft)
    assert "belum dapat diterbitkan" in html
    assert '<p class="broken">' in html


def test_a_draft_goes_on_to_a_run(session: Session, draft: Schedule, siti: TestClient) -> None:
    answer = send(siti, draft, "perbaiki", versi=1)
    run = session.scalars(select(Schedule).order_by(Schedule.id.desc())).first()
    assert run is not None
    assert (answer.status_code, answer.headers["location"]) == (303, f"/rencana/{run.id}")
    assert (run.run_status, run.copied_from_id) == ("queued", draft.id)


def test_a_team_that_cannot_go_has_the_plan_changed_and_the_planner_chooses(
    session: Session, plan: Schedule, siti: TestClient
) -> None:
    named = visits_of(session, plan)[0]
    day = {"tim": named["tim"], "tanggal": named["tanggal"]}
    page = siti.get(f"/rencana/{plan.id}/halangan", params=day)
    assert "Kunjungan ini gugur" in page.text
    refused = send(siti, plan, "halangan", **day, sampai="2023-11-01")
    assert (refused.status_code, "sebelum" in refused.text) == (422, True)
    assert session.scalars(select(TeamLeave)).all() == []
    answer = send(siti, plan, "halangan", **day, alasan="sakit")
    run = session.scalars(select(Schedule).order_by(Schedule.id.desc())).first()
    assert run is not None
    assert answer.headers["location"] == f"/rencana/{run.id}/pilihan"
    waiting = siti.get(answer.headers["location"])
    assert (waiting.headers["refresh"], "sedang dicari" in waiting.text) == ("3", True)
    plan_now(session, run)
    session.commit()
    choice = siti.get(f"/rencana/{run.id}/pilihan").text
    assert "Tanpa perubahan" in choice
    assert "Kunjungan gugur 1" in words_of(choice)
    assert f'href="{plan_path(plan.id)}"' in choice
    assert send(siti, run, "pilihan").headers["location"] == plan_path(run.id)
    session.refresh(run)
    assert run.published_at is not None
    assert "sudah terbit" in siti.get(f"/rencana/{run.id}/pilihan").text


def test_a_plan_without_visits_says_so(session: Session, plan: Schedule, siti: TestClient) -> None:
    run = make_draft(session, session.get_one(District, "16.73"))
    for visit in session.scalars(select(Visit).where(Visit.schedule_id == run.id)):
        session.delete(visit)
    session.commit()
    assert "Belum ada kunjungan" in board(siti, run)
