"""`/tim`: teams are read, changed beside what others change, and sent on leave."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role, User
from app.teams.models import Team, TeamBreak, TeamLeave
from tests.app.pages.conftest import Browser, add_user, log_in
from tests.app.pages.sent_forms import form_of
from tests.factories import make_team


@pytest.fixture
def team(session: Session, planner: User) -> Team:
    team = make_team(session, code="T-1", name="Tim Satu", kits=["satellite"], provenance={"operators": "given"})
    session.commit()
    return team


@pytest.fixture
def siti(browser: Browser, team: Team) -> TestClient:
    siti = browser()
    assert log_in(siti) == 303
    return siti


def stored(session: Session) -> Any:
    session.expire_all()
    return session.scalars(select(Team).where(Team.code == "T-1")).one()


def test_teams_are_listed_with_their_marks(siti: TestClient) -> None:
    shown = siti.get("/tim").text
    for words in ("Tim Satu", "internet satelit", "seperti kantor", '<span class="mark given">dari kantor</span>'):
        assert words in shown


def test_a_district_without_teams_says_what_to_do(browser: Browser, planner: User) -> None:
    siti = browser()
    log_in(siti)
    shown = siti.get("/tim").text
    assert "Belum ada tim." in shown
    assert 'href="/tim/baru"' in shown


def test_every_kind_of_field_is_changed_in_place(siti: TestClient, session: Session, team: Team) -> None:
    sent = form_of(siti.get("/tim/T-1").text)
    assert siti.post(f"/tim/{team.id}", data=sent).status_code == 303
    assert stored(session).version == int(sent["version"]), "sent as it was shown, it changes nothing"
    sent |= {"operators": "5", "from.operators": "measured", "shift_end": "15.30", "kit.card_printer": "yes"}
    sent |= {f"day.{day}": "yes" for day in ("mon", "tue", "sat")}
    sent.pop("kit.satellite")
    answer = siti.post(f"/tim/{team.id}", data=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/tim/{team.id}?tersimpan=true")
    changed = stored(session)
    assert (changed.operators, changed.shift_end, changed.kits) == (5, 930, ["card_printer"])
    assert (changed.working_weekdays, changed.provenance) == ("1100010", {"operators": "measured"})
    sent = form_of(siti.get(f"/tim/{team.id}").text)
    for day in ("mon", "tue", "sat"):
        sent.pop(f"day.{day}")
    assert siti.post(f"/tim/{team.id}", data=sent).status_code == 303
    assert stored(session).working_weekdays is None


def test_refused_fields_keep_what_was_written_and_say_why(siti: TestClient, session: Session, team: Team) -> None:
    before = form_of(siti.get(f"/tim/{team.id}").text)
    for name, wrong in (("operators", "tiga"), ("shift_start", "pagi"), ("base_lat", "80"), ("code", "")):
        refused = siti.post(f"/tim/{team.id}", data=before | {name: wrong})
        assert refused.status_code == 422, name
        assert f'id="{name}-hint" class="wrong"' in refused.text, name
        assert form_of(refused.text)[name] == wrong
    assert stored(session).version == int(before["version"])


def test_what_somebody_else_changed_is_shown_and_mine_is_kept(siti: TestClient, session: Session, team: Team) -> None:
    first = form_of(siti.get(f"/tim/{team.id}").text)
    assert siti.post(f"/tim/{team.id}", data=first | {"operators": "6"}).status_code == 303
    stale = siti.post(f"/tim/{team.id}", data=first | {"name": "Tim Pertama"})
    assert stale.status_code == 412
    assert "<li>Operator: 6</li>" in stale.text
    assert siti.post(f"/tim/{team.id}", data=form_of(stale.text)).status_code == 303
    assert (stored(session).name, stored(session).operators) == ("Tim Pertama", 6)


def test_breaks_come_and_go(siti: TestClient, session: Session, team: Team) -> None:
    path = f"/tim/{team.id}/jeda"
    line = "60 12:00-13:30 senin-kamis Istirahat siang; 90 11:30-13:00 jumat"
    assert siti.post(path, data={"breaks": line}).status_code == 303
    shown = siti.get(f"/tim/{team.id}").text
    assert "60 12:00-13:30 senin-kamis Istirahat siang" in shown
    assert "90 11:30-13:00 jumat" in shown
    overlap = siti.post(path, data={"breaks": "30 12:00-12:30"})
    assert overlap.status_code == 409
    assert "tidak memuat semuanya" in overlap.text
    assert 'value="30 12:00-12:30"' in overlap.text
    outside = siti.post(path, data={"breaks": "30 05:00-06:00 sabtu"})
    assert outside.status_code == 422
    assert "di luar giliran" in outside.text
    for nothing in ({"breaks": "siang"}, {"breaks": " "}, {}):
        assert siti.post(path, data=nothing).status_code == 422
    first, second = session.scalars(select(TeamBreak.id).order_by(TeamBreak.id)).all()
    for number in (first, second):
        assert siti.post(f"{path}/{number}/hapus").status_code == 303
    assert siti.post(f"{path}/{first}/hapus").status_code == 404
    assert "Tidak ada istirahat yang direncanakan." in siti.get(f"/tim/{team.id}").text


def test_leave_comes_and_goes(siti: TestClient, session: Session, team: Team) -> None:
    path = f"/tim/{team.id}/cuti"
    assert siti.post(path, data={"starts_on": "2023-11-20", "ends_on": "", "reason": "pelatihan"}).status_code == 303
    shown = siti.get(f"/tim/{team.id}").text
    assert "20 November 2023: pelatihan" in shown
    assert "20 November 2023" in siti.get("/tim").text
    overlap = siti.post(path, data={"starts_on": "2023-11-19", "ends_on": "2023-11-21"})
    assert overlap.status_code == 409
    assert "bertumpang tindih" in overlap.text
    assert 'value="2023-11-19"' in overlap.text
    backwards = siti.post(path, data={"starts_on": "2023-12-02", "ends_on": "2023-12-01"})
    assert backwards.status_code == 422
    assert "berakhir sebelum mulai" in backwards.text
    assert siti.post(path, data={}).status_code == 422
    leave = session.scalars(select(TeamLeave.id)).one()
    assert siti.post(f"{path}/{leave}/hapus").status_code == 303
    assert siti.post(f"{path}/{leave}/hapus").status_code == 404
    assert "Tidak ada cuti." in siti.get(f"/tim/{team.id}").text


def test_a_new_team_is_stored_and_can_be_deleted(siti: TestClient) -> None:
    new = form_of(siti.get("/tim/baru").text)
    assert siti.post("/tim/baru", data=new | {"name": "Tim Dua"}).status_code == 422
    whole = new | {
        "name": "Tim Dua",
        "code": "T-2",
        "operators": "2",
        "minutes_per_activation": "8",
        "base_lat": "-3,29",
        "base_lon": "102,86",
        "shift_start": "07.30",
        "shift_end": "16.00",
    }
    assert siti.post("/tim/baru", data=whole | {"code": "T-1"}).status_code == 409
    path = siti.post("/tim/baru", data=whole).headers["location"].partition("?")[0]
    shown = siti.get(path).text
    assert form_of(shown)["max_stops"] == "4"
    away = {"zone": "Hulu", "max_nights": "4", "rest_days": "1", "away_shift_start": "06.00"}
    half = siti.post(path, data=form_of(shown) | away)
    assert half.status_code == 422
    assert "Isi kedua jam" in half.text
    assert siti.post(path, data=form_of(shown) | away | {"away_shift_end": "18.00"}).status_code == 303
    shown = siti.get(path).text
    assert {name: form_of(shown)[name] for name in away} == away | {"away_shift_start": "06:00"}
    assert siti.post(f"{path}/hapus", data={"version": ""}).status_code == 412
    assert siti.post(f"{path}/hapus", data=form_of(shown)).headers["location"] == "/tim"
    assert siti.get(path).status_code == 404


def test_others_may_not(browser: Browser, session: Session, siti: TestClient, password_hash: str, team: Team) -> None:
    user = add_user(session, "wati", Role.VIEWER)
    user.password_hash = password_hash
    session.commit()
    wati = browser()
    log_in(wati, "wati")
    assert wati.get("/tim").status_code == 403
    assert wati.post(f"/tim/{team.id}/cuti", data={"starts_on": "2023-11-20"}).status_code == 403
