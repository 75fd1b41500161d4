"""The phone's page and its worker: one version of all of it, and nobody's data in what is kept."""

import gzip
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.access.models import Token, User
from app.pages import static_files
from app.pages.texts import sentences
from app.pages.today import FILES, FOR_PLANNERS
from app.settings import Settings
from app.teams.models import Team
from tests.app.conftest import NOW
from tests.app.pages.conftest import Browser, invite, log_in
from tests.factories import make_district, make_schedule, make_site, make_team, make_visit

DAY = "/v1/assignments?date=2023-11-14"


def enter(phone: TestClient, session: Session, user: User) -> TestClient:
    phone.post(invite(session, user, sets_password=False))
    return phone


def test_a_stranger_and_a_planner_get_the_same_page_without_data(browser: Browser, planner: User) -> None:
    stranger = browser().get("/hari-ini")
    assert stranger.status_code == 200
    assert 'id="given"' not in stranger.text
    siti = browser()
    log_in(siti)
    assert siti.get("/hari-ini").content == stranger.content
    assert "require-trusted-types-for" in stranger.headers["content-security-policy"]


def given_in(page: str) -> dict[str, Any]:
    element = re.search(r'<script type="application/json" id="given">(.*?)</script>', page, re.DOTALL)
    assert element is not None
    given: dict[str, Any] = json.loads(element[1])
    return given


def test_a_coordinators_page_holds_what_the_script_would_ask_first(
    browser: Browser, session: Session, coordinator: User
) -> None:
    team = session.get_one(Team, coordinator.team_id)
    plan = make_schedule(session)
    later_today = NOW + timedelta(hours=2)
    for site, starts_at in (("A-1", NOW - timedelta(days=3)), ("A-2", later_today), ("A-3", NOW + timedelta(days=2))):
        place = make_site(session, code=site, name="</script><b>", contact_name="Umum")
        make_visit(session, plan, team, place, starts_at=starts_at)
    make_visit(session, plan, make_team(session, code="T-2"), make_site(session, code="B-1"), starts_at=later_today)
    session.commit()
    phone = enter(browser(), session, coordinator)
    answer = phone.get("/hari-ini")
    assert answer.headers["cache-control"] == "no-store"
    assert "<b>" not in answer.text
    given = given_in(answer.text)
    days = phone.get("/v1/assignments", params={"date": given["first"], "days": 8})
    assert (given["first"], given["days"]) == ("2023-11-13", days.json())
    assert given["etag"] == days.headers["etag"].replace("-gzip", "")
    assert given["days"]["days"][0]["stops"][0]["site"]["contact"]["name"] == "Umum"
    assert given["me"] == phone.get("/v1/me").json()
    missing = phone.get("/v1/districts/16.73/results/missing").json()["items"]
    assert given["missing"] == missing
    assert [visit["site"]["code"] for visit in missing] == ["A-1"]


def test_another_week_and_a_session_that_is_over_find_no_day_in_the_page(
    browser: Browser, session: Session, coordinator: User
) -> None:
    phone = enter(browser(), session, coordinator)
    assert 'id="given"' not in phone.get("/hari-ini?tanggal=2023-11-20").text
    session.execute(update(Token).values(revoked_at=NOW))
    session.commit()
    assert 'id="given"' not in phone.get("/hari-ini").text


def test_without_scripts_the_page_leads_to_the_day_sheet(browser: Browser) -> None:
    page = browser().get("/hari-ini", headers={"Accept-Language": "id"}).text
    assert re.search(r"<noscript>.*href=\"/cetak\".*</noscript>", page, re.DOTALL)


def test_all_that_the_phone_fetches_is_small(browser: Browser) -> None:
    reader = browser()
    page = reader.get("/hari-ini").content
    files = [reader.get(static_files.address(*names)).content for names in FILES]
    assert sum(len(gzip.compress(part, 6)) for part in [page, reader.get("/sw.js").content, *files]) < 30_000


def test_every_module_that_the_page_imports_is_kept_by_the_worker() -> None:
    imported = set()
    scripts = {name for names in FILES for name in names if name.endswith(".js")}
    for name in scripts:
        source = (static_files.FOLDER / name).read_text()
        imported |= set(re.findall(r"""(?:from|import\()\s*["']\./([a-z_]+\.js)["']""", source))
    assert imported == scripts - {"today.js"} | {FOR_PLANNERS}


def worker_of(reader: TestClient) -> str:
    answer = reader.get("/sw.js")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    assert "connect-src 'self'" in answer.headers["content-security-policy"]
    return answer.text


def test_the_worker_names_one_version_and_files_that_are_there(browser: Browser) -> None:
    reader = browser()
    worker = worker_of(reader)
    assert "{{" not in worker
    assert re.search(r'const CACHE = "jemput-[0-9a-f]{12}";', worker)
    found = set(re.findall(r'"(/static/pages/[^"]+)"', worker))
    assert {static_files.address(*names) for names in FILES} == found
    assert {reader.get(address).status_code for address in found} == {200}


def test_the_worker_is_the_same_for_everybody(browser: Browser, session: Session, coordinator: User) -> None:
    english = browser()
    english.headers["Accept-Language"] = "en"
    assert worker_of(english) == worker_of(enter(browser(), session, coordinator))


def test_another_word_on_the_page_makes_another_worker(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    before = worker_of(browser())
    said = {**sentences(), "today.refresh": {"id": "Muat ulang", "en": "Reload"}}
    monkeypatch.setattr("app.pages.texts.sentences", lambda: said)
    assert worker_of(browser()) != before


def test_the_manifest_names_icons_that_are_there(browser: Browser) -> None:
    reader = browser()
    answer = reader.get(static_files.address("phone.webmanifest"))
    assert answer.headers["content-type"] == "application/manifest+json"
    manifest = answer.json()
    assert manifest["start_url"] == "/hari-ini"
    for icon in manifest["icons"]:
        assert reader.get(static_files.address(icon["src"])).headers["content-type"] == icon["type"]


def test_a_phone_that_leaves_clears_what_it_holds_only_when_it_says_that_nothing_waits(
    browser: Browser, session: Session, coordinator: User
) -> None:
    for said, cleared in (({"bersihkan": "ya"}, '"cache", "storage"'), ({"bersihkan": ""}, None), ({}, None)):
        phone = enter(browser(), session, coordinator)
        answer = phone.post("/keluar", data=said)
        assert answer.status_code == 303
        assert answer.headers.get("clear-site-data") == cleared
        assert phone.get(DAY).status_code == 401


def test_the_page_that_asks_whether_to_leave_sees_to_the_phone(browser: Browser) -> None:
    assert "log_out.js" in browser().get("/keluar").text


# The day sheet


def test_the_day_sheet_tells_the_stops_of_the_team(browser: Browser, session: Session, planner: User) -> None:
    team = make_team(session, code="TIM/1", name="Tim Satu")
    make_visit(
        session, make_schedule(session), team, make_site(session, name="<Dinas> Pendidikan", contact_name="Umum")
    )
    session.commit()
    siti = browser()
    log_in(siti)
    sheet = siti.get("/cetak/TIM%2F1/2023-11-14", headers={"Accept-Language": "id"})
    assert sheet.status_code == 200
    for words in (
        "Tim Satu",
        "Selasa, 14 November 2023",
        "08.00–10.30",
        "&lt;Dinas&gt; Pendidikan",
        "Umum",
        "42 orang",
    ):
        assert words in sheet.text
    assert "/v1/assignments.pdf?date=2023-11-14&amp;team=TIM%2F1&amp;district=16.73" in sheet.text
    assert 'href="/cetak/TIM%2F1/2023-11-13"' in sheet.text
    empty = siti.get("/cetak/TIM%2F1/2023-11-15", headers={"Accept-Language": "id"})
    assert "Tidak ada kunjungan pada hari ini." in empty.text
    assert siti.get("/cetak/TIM-2/2023-11-14").status_code == 404
    assert siti.get("/cetak/TIM%2F1/2023-13-14").status_code == 422


def test_a_coordinator_sees_the_sheet_of_the_own_team_alone(
    browser: Browser, session: Session, coordinator: User
) -> None:
    make_team(session, code="T-2")
    session.commit()
    phone = enter(browser(), session, coordinator)
    answer = phone.get("/cetak")
    assert (answer.status_code, answer.headers["location"]) == (303, "/cetak/T-1/2023-11-13")
    assert phone.get("/cetak/T-1/2023-11-13").status_code == 200
    assert phone.get("/cetak/T-2/2023-11-13").status_code == 403


def test_whoever_sees_every_team_chooses_one(browser: Browser, planner: User) -> None:
    siti = browser()
    log_in(siti)
    assert siti.get("/cetak").headers["location"] == "/hari-ini"


def test_over_https_the_worker_is_the_same(api: FastAPI, browser: Browser) -> None:
    plain = worker_of(browser())
    api.state.settings = Settings(public_url="https://jemput.example.go.id")
    assert worker_of(browser()) == plain


def test_contacts_of_a_sheet_stay_inside_the_district(browser: Browser, session: Session, planner: User) -> None:
    make_district(session, "16.71", name="Kota Palembang")
    make_team(session, "16.71", code="P-1")
    session.commit()
    siti = browser()
    log_in(siti)
    assert siti.get("/cetak/P-1/2023-11-14?wilayah=16.71").status_code == 404
