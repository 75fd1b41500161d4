"""A form that is sent twice, as by a double click, does its work once and leads to the same page."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import app.pages.frame
from app.access.models import Role, User
from app.districts.models import District, ReportedFigure
from app.pages.sent_once import _form_key
from app.schedules.models import Schedule
from app.teams.models import Team, TeamLeave
from tests.app.pages.plans.conftest import AsPerson
from tests.app.pages.sent_forms import form_of, key_of
from tests.app.schedules.conftest import make_draft
from tests.factories import make_target
from tests.test_architecture import dependencies, is_page, routes

WISH = {"period": "2023-11", "document": "ikd", "minutes": "2", "policy": "", "way": ""}


def count(session: Session, table: type) -> int:
    session.expire_all()
    return session.scalars(select(func.count()).select_from(table)).one()


def sent_twice(client: TestClient, path: str, fields: dict[str, str]) -> str:
    """Where both lead; fails unless it is the same page."""
    first, second = (client.post(path, data=fields) for _ in range(2))
    assert first.status_code == second.status_code == 303, second.text
    assert first.headers["location"] == second.headers["location"]
    return first.headers["location"]


def test_a_plan_is_asked_for_once(siti: TestClient, session: Session) -> None:
    path = "/rencana?wilayah=16.73"
    wish = WISH | key_of(siti.get("/rencana").text, path)
    assert siti.post(path, data=wish | {"period": "November"}).status_code == 422, "a refusal is not remembered"
    first = sent_twice(siti, path, wish)
    assert count(session, Schedule) == 1
    # Gone back, and something else written in the same form: another wish.
    assert siti.post(path, data=wish | {"minutes": "5"}).headers["location"] != first
    # A fresh form with the same words: asked for again on purpose.
    assert siti.post(path, data=WISH | key_of(siti.get("/rencana").text, path)).headers["location"] != first
    assert count(session, Schedule) == 3


def test_another_person_s_form_is_another_form(person: AsPerson, siti: TestClient, session: Session) -> None:
    wish = WISH | {"sekali": "abc"}
    others = person(Role.ADMIN).post("/rencana?wilayah=16.73", data=wish)
    assert siti.post("/rencana?wilayah=16.73", data=wish).headers["location"] != others.headers["location"]


def test_a_user_is_added_once(person: AsPerson, session: Session) -> None:
    admin = person(Role.ADMIN)
    new = {"login": "tuti", "name": "Tuti", "role": "viewer", "language": "id"}
    new |= key_of(admin.get("/admin/pengguna").text, "/admin/pengguna")
    before = count(session, User)
    sent_twice(admin, "/admin/pengguna", new)
    assert count(session, User) == before + 1


def test_a_plan_is_copied_and_published_once(siti: TestClient, session: Session, district: District) -> None:
    draft = make_draft(session, district)
    session.commit()
    path = f"/rencana/{draft.id}"
    copy = key_of(siti.get(path).text, f"{path}/salin")
    before = count(session, Schedule)
    sent_twice(siti, f"{path}/salin", copy)
    assert count(session, Schedule) == before + 1
    publish = key_of(siti.get(f"{path}/terbitkan").text, f"{path}/terbitkan")
    assert sent_twice(siti, f"{path}/terbitkan", publish) == path


def test_leave_and_printed_figures_are_stored_once(siti: TestClient, session: Session, district: District) -> None:
    team = session.scalars(select(Team).order_by(Team.id)).first()
    assert team is not None
    leave = {"starts_on": "2023-11-20", "ends_on": "", "reason": ""}
    leave |= key_of(siti.get(f"/tim/{team.id}").text, f"/tim/{team.id}/cuti")
    before = count(session, TeamLeave)
    sent_twice(siti, f"/tim/{team.id}/cuti", leave)
    assert count(session, TeamLeave) == before + 1
    figure = {"document": "ikd", "figure": "activated", "value": "4015"}
    sent_twice(siti, "/sasaran/angka", figure | key_of(siti.get("/sasaran").text, "/sasaran/angka"))
    assert count(session, ReportedFigure) == 1


def test_who_stores_by_a_double_click_is_not_told_that_somebody_else_did(siti: TestClient, session: Session) -> None:
    make_target(session, document="kia")
    session.commit()
    path = "/sasaran/kia/district"
    sent = form_of(siti.get(path).text) | {"activated": "5000"}
    assert "sekali" in sent
    sent_twice(siti, path, sent)
    gone = {"version": form_of(siti.get(path).text)["version"]} | key_of(siti.get(path).text, f"{path}/hapus")
    sent_twice(siti, f"{path}/hapus", gone)


NOT_KEPT = {
    ("/masuk", "nothing is stored"),
    ("/keluar", "leaving twice is leaving"),
    ("/bahasa", "the same choice again"),
    ("/undangan/{secret}", "the link itself is used once"),
    ("/perangkat/keluar", "leaving twice is leaving"),
    ("/perangkat/{session_id}/keluar", "leaving twice is leaving"),
    ("/lokasi/impor", "only looked at"),
    ("/tim/impor", "only looked at"),
    ("/penginapan/impor", "only looked at"),
    ("/stasiun/impor", "only looked at"),
    ("/sambungan/impor", "only looked at"),
    ("/rencana/{schedule_id}/andai", "only asked"),
    ("/kecamatan/impor", "the same boundaries again change nothing"),
    ("/admin/pengguna/{user_id}/undang", "its answer is the link, which is shown once; another one ends it"),
}


@pytest.mark.parametrize(
    "route", [route for route in routes() if is_page(route) and "POST" in route.methods], ids=lambda route: route.path
)
def test_every_page_that_stores_something_stores_it_once(route: object) -> None:
    is_kept = _form_key in dependencies(route.dependant)  # type: ignore[attr-defined]
    assert is_kept is (route.path not in {path for path, _ in NOT_KEPT})  # type: ignore[attr-defined]


def test_every_form_that_is_sent_carries_a_key() -> None:
    templates = Path(app.pages.frame.__file__).parent / "templates"
    keyless = re.compile(
        r'action="(/masuk|/keluar|/bahasa|\{\{ path \}\}|/perangkat/keluar|[^"]*/(impor|andai|undang))"'
    )
    bare = {
        f"{file.name}: {line.strip()}"
        for file in templates.rglob("*.html")
        for line in file.read_text().splitlines()
        if 'method="post"' in line and "{{ once() }}" not in line
    }
    assert {line for line in bare if not keyless.search(line)} == set()
    assert len(bare) < 13
