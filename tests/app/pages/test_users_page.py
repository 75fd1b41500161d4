"""Users by plain forms: what an administrator sees, changes, and is refused."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

import app.access.users
from app.access import sessions, users
from app.access.models import Role, User
from app.access.service import COMMAND_LINE
from tests.app.conftest import NOW
from tests.app.pages.conftest import OWN, Browser, add_user, log_in
from tests.app.pages.test_frame import TRAIL
from tests.factories import make_district, make_team

HERE = "/admin/pengguna"
BUDI = {"login": "Budi", "name": "Budi", "role": "coordinator", "team": "T-1", "language": "id"}


@pytest.fixture
def admin(browser: Browser, session: Session, password_hash: str) -> TestClient:
    """Rina of Lubuklinggau, logged in."""
    make_district(session)
    make_team(session, code="T-1")
    make_team(session, code="T-2")
    make_district(session, "17.71")
    add_user(session, "rina", Role.ADMIN).password_hash = password_hash
    session.commit()
    reader = browser()
    assert log_in(reader, "rina") == 303
    return reader


def made(admin: TestClient, fields: dict[str, str] = BUDI) -> str:
    """The page of a new user."""
    answer = admin.post(HERE, data=fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


def test_a_user_is_added_invited_by_a_code_and_logs_in_with_a_phone(admin: TestClient, browser: Browser) -> None:
    there = made(admin)
    assert "belum pernah masuk" in admin.get(there).text
    shown = admin.post(f"{there}/undang")
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
    link = re.search(r'value="(http://testserver/undangan/[^"]+)"', shown.text)
    assert link is not None
    picture = re.search(r'<img src="data:image/svg\+xml,([^"]+)" alt="Kode QR tautan masuk"', shown.text)
    assert picture is not None
    assert unquote(picture[1]).startswith("<svg ")
    assert "tim T-1" in shown.text
    # It is shown once: neither the user's page nor the list tells it.
    assert link[1] not in admin.get(there).text + admin.get(HERE).text
    assert "tautan berlaku sampai" in admin.get(HERE).text
    phone = browser()
    assert phone.post(link[1]).status_code == 303
    assert phone.get("/v1/assignments?date=2023-11-14").json()["team"]["code"] == "T-1"


def test_the_list_names_everybody_of_the_own_district_and_their_state(admin: TestClient, session: Session) -> None:
    there = made(admin)
    admin.post(f"{there}/nonaktifkan")
    users.add(
        session,
        login="dewi",
        name="Dewi",
        role=Role.PLANNER,
        district_code="17.71",
        team_code=None,
        actor=COMMAND_LINE,
        now=NOW,
    )
    session.commit()
    shown = admin.get(HERE).text
    assert re.findall(r'<th scope="row"><a href="/admin/pengguna/\d+">(\w+)</a>', shown) == ["Rina", "Budi"]
    assert "dinonaktifkan" in shown
    assert "dewi" not in shown


def test_more_users_than_fit_are_on_further_pages(admin: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.pages.users_page._AT_ONCE", 2)
    for login in ("a1", "b2"):
        made(admin, BUDI | {"login": login, "name": login})
    first = admin.get(HERE).text
    following = re.search(r'href="(/admin/pengguna\?setelah=[^"]+)"', first)
    assert following is not None
    rest = admin.get(following[1]).text
    assert [name in first for name in ("Rina", "a1", "b2")] == [True, True, False]
    assert (">b2</a>" in rest, "setelah=" in rest) == (True, False)


@pytest.mark.parametrize(
    ("change", "name", "said"),
    [
        ({"login": "bu di"}, "login", "tidak dapat menjadi nama masuk"),
        ({"login": "rina"}, None, "sudah ada"),
        ({"name": " "}, "name", "1 sampai 200 karakter"),
        ({"role": "king"}, "role", "Pilih salah satu peran"),
        ({"team": ""}, "team", "Koordinator punya tim"),
        ({"team": "T-9"}, "team", "tidak punya tim"),
        ({"role": "planner"}, "team", "Isi tim hanya untuk koordinator"),
    ],
)
def test_a_refused_form_keeps_what_was_typed_and_says_what_to_mend(
    admin: TestClient, session: Session, change: dict[str, str], name: str | None, said: str
) -> None:
    answer = admin.post(HERE, data=BUDI | change)
    assert answer.status_code == (409 if name is None else 422)
    assert said in answer.text
    assert 'role="alert"' in answer.text
    if name is not None:
        assert re.search(rf'id="{name}" name="{name}"[^>]*aria-invalid="true"', answer.text)
    assert 'value="T-9"' in answer.text or change.get("team") != "T-9"
    assert session.scalars(select(User.login)).all() == ["rina"]


def test_a_change_is_stored_and_ends_sessions_where_devices_bear_the_old_one(
    admin: TestClient, browser: Browser, session: Session
) -> None:
    there = made(admin)
    link = re.search(r'value="http://testserver(/undangan/[^"]+)"', admin.post(f"{there}/undang").text)
    assert link is not None
    phone = browser()
    phone.post(link[1])
    version = field(admin.get(there).text, "version")
    answer = admin.post(there, data=BUDI | {"team": "T-2", "version": version})
    assert (answer.status_code, answer.headers["location"]) == (303, there)
    assert "T-2" in admin.get(there).text
    assert phone.get("/v1/assignments?date=2023-11-14").status_code == 401


def test_who_changes_what_somebody_else_changed_meanwhile_is_shown_it_first(admin: TestClient) -> None:
    there = made(admin)
    version = field(admin.get(there).text, "version")
    admin.post(there, data=BUDI | {"name": "Budi A", "version": version})
    late = admin.post(there, data=BUDI | {"name": "Budi B", "version": version})
    assert (late.status_code, "sudah diubah orang lain" in late.text) == (412, True)
    assert field(late.text, "name") == "Budi B"
    again = admin.post(there, data=BUDI | {"name": "Budi B", "version": field(late.text, "version")})
    assert again.status_code == 303
    assert admin.post(there, data=BUDI).status_code == 412


@pytest.mark.parametrize("change", [{"login": "!"}, {"login": "rina"}, {"team": "T-9"}, {"role": "viewer"}])
def test_a_refused_change_changes_nothing(admin: TestClient, change: dict[str, str]) -> None:
    there = made(admin)
    before = admin.get(there).text
    answer = admin.post(there, data=BUDI | change | {"version": field(before, "version")})
    assert answer.status_code in (409, 422)
    assert field(admin.get(there).text, "version") == field(before, "version")


def test_disabling_and_enabling_are_one_button_each(admin: TestClient, session: Session) -> None:
    there = made(admin)
    assert admin.post(f"{there}/nonaktifkan").status_code == 303
    shown = admin.get(there).text
    assert "dinonaktifkan sejak" in shown
    assert (f"{there}/undang" in shown, f"{there}/aktifkan" in shown) == (False, True)
    refused = admin.post(f"{there}/undang")
    assert (refused.status_code, "aktifkan dahulu akunnya" in refused.text) == (409, True)
    assert admin.post(f"{there}/aktifkan").status_code == 303
    assert f"{there}/undang" in admin.get(there).text


def test_nobody_takes_the_own_account_away(admin: TestClient, session: Session) -> None:
    own = f"{HERE}/{users.find(session, 'rina').id}"
    session.commit()
    shown = admin.get(own).text
    assert f"{own}/nonaktifkan" not in shown
    refused = admin.post(f"{own}/nonaktifkan")
    assert (refused.status_code, "akun Anda sendiri" in refused.text) == (409, True)
    fields = {"login": "rina", "name": "Rina", "role": "viewer", "team": "", "version": field(shown, "version")}
    assert admin.post(own, data=fields).status_code == 409
    assert admin.get(HERE).status_code == 200


def test_a_lost_phone_is_logged_out_alone_or_with_all_others(
    admin: TestClient, browser: Browser, session: Session
) -> None:
    there = made(admin)

    def phone() -> TestClient:
        found = browser()
        opened = sessions.open_session(
            session, users.find(session, "budi"), device="Chrome, Android", earlier_secret=None, now=NOW
        )
        session.commit()
        found.cookies.set("jb", opened.secret)
        return found

    lost, kept = phone(), phone()
    buttons = re.findall(rf'action="({there}/keluarkan/\d+)"', admin.get(there).text)
    assert len(buttons) == 2
    assert admin.post(buttons[1]).status_code == 303
    assert [one.get("/v1/assignments?date=2023-11-14").status_code for one in (lost, kept)] == [401, 200]
    assert admin.post(f"{there}/keluarkan").status_code == 303
    assert kept.get("/v1/assignments?date=2023-11-14").status_code == 401
    assert "Tidak ada perangkat yang sedang masuk" in admin.get(there).text


def test_the_trail_of_a_user_is_told_in_words(admin: TestClient) -> None:
    there = made(admin)
    admin.post(f"{there}/nonaktifkan")
    shown = admin.get(there).text
    assert re.findall(r"· (\w+) · rina<", shown) == ["dinonaktifkan", "ditambahkan"]


def test_the_trail_has_words_for_everything_that_is_recorded_of_users() -> None:
    folder = Path(app.access.users.__file__).parent
    sources = "\n".join(path.read_text() for path in folder.glob("*.py"))
    recorded = set(re.findall(r'"((?:user|invitation|session)\.[a-z_]+)",', sources))
    assert {action.replace(".", "_") for action in recorded} == set(TRAIL)


def test_users_of_other_districts_are_not_there(admin: TestClient, session: Session) -> None:
    stranger = users.add(
        session,
        login="kadis",
        name="Dewi",
        role=Role.ADMIN,
        district_code=None,
        team_code=None,
        actor=COMMAND_LINE,
        now=NOW,
    )
    session.commit()
    there = f"{HERE}/{stranger.id}"
    assert admin.get(there).status_code == 404
    for deed in ("", "/undang", "/nonaktifkan", "/aktifkan", "/keluarkan", "/keluarkan/1"):
        assert admin.post(f"{there}{deed}", data=BUDI | {"version": "1"}).status_code == 404
    # The district of a form is no choice of a district's administrator.
    assert made(admin, BUDI | {"district": "17.71"})
    assert users.find(session, "budi").district_code == "16.73"


def test_a_national_administrator_says_the_district_and_reads_the_trail_outside_of_all(
    browser: Browser, session: Session, password_hash: str
) -> None:
    make_district(session)
    chief = users.add(
        session,
        login="kadis",
        name="Dewi",
        role=Role.ADMIN,
        district_code=None,
        team_code=None,
        actor=COMMAND_LINE,
        now=NOW,
    )
    chief.password_hash = password_hash
    session.commit()
    reader = browser()
    log_in(reader, "kadis")
    siti = {"login": "siti", "name": "Siti", "role": "planner", "district": "16.73"}
    assert reader.post(HERE, data=siti | {"district": ""}).status_code == 422
    assert made(reader, siti)
    assert "semua daerah" in reader.get(HERE).text
    assert "ditambahkan · petugas server" in reader.get(f"{HERE}/{chief.id}").text


@pytest.mark.parametrize("role", [Role.PLANNER, Role.VIEWER, Role.COORDINATOR])
def test_the_pages_are_closed_to_everybody_else(
    browser: Browser, session: Session, password_hash: str, role: Role
) -> None:
    make_district(session)
    make_team(session, code="T-1")
    add_user(session, "siti", role, team_code="T-1" if role is Role.COORDINATOR else None).password_hash = password_hash
    session.commit()
    reader = browser()
    log_in(reader)
    for path in (HERE, "/admin/kalender", "/admin/sistem"):
        assert reader.get(path).status_code == 403
        assert path not in reader.get("/akun").text
    assert reader.post(HERE, data=BUDI).status_code == 403
    stranger = browser()
    answer = stranger.get(HERE)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/masuk?ke={HERE}")


def test_a_form_of_another_site_changes_nothing(admin: TestClient, session: Session) -> None:
    foreign = admin.post(HERE, data=BUDI, headers=OWN | {"Origin": "https://other.example"})
    assert foreign.status_code == 403
    assert session.scalars(select(User.login)).all() == ["rina"]


def test_names_are_text_and_no_html(admin: TestClient) -> None:
    there = made(admin, BUDI | {"name": "<b>Budi</b>"})
    for path in (HERE, there):
        assert "&lt;b&gt;Budi" in admin.get(path).text
        assert "<b>Budi" not in admin.get(path).text


def test_an_administrator_of_all_districts_moves_a_user_to_another(
    browser: Browser, session: Session, admin: TestClient, password_hash: str
) -> None:
    there = made(admin)
    assert 'name="district"' not in admin.get(there).text
    everywhere = users.add(
        session,
        login="dewi",
        name="Dewi",
        role=Role.ADMIN,
        district_code=None,
        team_code=None,
        actor=COMMAND_LINE,
        now=NOW,
    )
    everywhere.password_hash = password_hash
    session.commit()
    dewi = browser()
    log_in(dewi, "dewi")
    shown = dewi.get(there).text
    assert field(shown, "district") == "16.73"
    move = BUDI | {"version": field(shown, "version"), "role": "viewer", "team": "", "district": "17.71"}
    assert dewi.post(there, data=move | {"district": "99.99"}).status_code == 422
    assert dewi.post(there, data=move).status_code == 303
    assert field(dewi.get(there).text, "district") == "17.71"
    assert admin.get(there).status_code == 404
