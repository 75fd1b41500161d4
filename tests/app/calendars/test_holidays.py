"""Calendars of holidays mark their days free, and the days block all the same where the planner says so."""

from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.calendars import service as calendars
from app.calendars.inbox import refresh
from app.calendars.models import BusyEvent, CalendarReading
from app.calendars.reader import ReadCalendar, ReadRequest, read, read_in_child
from app.calendars.recurrence import ReadingLimits
from tests.app.calendars.events import VAULT, connect_scripted, desk, event
from tests.app.calendars.scripted_server import ScriptedServer, answer
from tests.app.calendars.test_foreign_ics import CORPUS, WINDOW
from tests.app.conftest import NOW, AsRole
from tests.factories import make_district

HOLIDAYS = (CORPUS / "holidays.ics").read_bytes()


def request(content: bytes, *, holidays: bool) -> ReadRequest:
    return ReadRequest(
        contents={"it": content}, time_zone="Asia/Jakarta", window=WINDOW, limits=ReadingLimits(), holidays=holidays
    )


def reading(content: bytes, *, holidays: bool) -> ReadCalendar:
    return read(request(content, holidays=holidays))["it"]


def test_whole_days_of_a_calendar_of_holidays_block_though_marked_free() -> None:
    asked = request(HOLIDAYS, holidays=True)
    assert read_in_child(asked) == read(asked)
    calendar = read(asked)["it"]
    assert [one.summary for one in calendar.busy] == ["Hari Raya Natal", "Cuti bersama"]
    assert all(one.all_day for one in calendar.busy)
    assert calendar.remarks == ()


def test_calendar_whose_whole_days_are_all_free_is_remarked_upon() -> None:
    calendar = reading(HOLIDAYS, holidays=False)
    assert calendar.busy == ()
    (remark,) = calendar.remarks
    assert "All whole days here are marked free" in remark
    assert "(2)" in remark
    busy_day = event("x").replace(b"DTSTART;TZID=Asia/Jakarta:20231114T090000", b"DTSTART;VALUE=DATE:20231114")
    both = HOLIDAYS.replace(b"END:VCALENDAR\r\n", busy_day.replace(b"T100000", b"").split(b"\r\n", 3)[3])
    assert not any("marked free" in remark for remark in reading(both, holidays=False).remarks)


def test_setting_that_changes_is_in_force_after_the_next_reading_of_an_unchanged_file(
    sessions: sessionmaker[Session], scripted: ScriptedServer
) -> None:
    scripted.scripts["/libur.ics"] = answer(HOLIDAYS, ETag='"1"')
    source_id = connect_scripted(sessions, scripted, "/libur.ics", kind="ics")

    def refreshed() -> tuple[list[str | None], list[str]]:
        refresh(sessions, source_id, now=NOW, desk=desk())
        with sessions() as session:
            reading = session.get_one(CalendarReading, source_id)
            assert reading.trouble is None
            return list(session.scalars(select(BusyEvent.summary).order_by(BusyEvent.starts_at))), reading.remarks

    def set_holidays(value: bool) -> None:
        with sessions.begin() as session:
            found = calendars.get_connected(session, "16.73", source_id, actor=COMMAND_LINE, write=True)
            calendars.change(session, found, {"holidays": value}, sealing=VAULT, actor=COMMAND_LINE, now=NOW)

    assert refreshed()[0] == []
    set_holidays(True)
    assert refreshed() == (["Hari Raya Natal", "Cuti bersama"], [])
    set_holidays(False)
    summaries, remarks = refreshed()
    assert summaries == []
    assert any("marked free" in remark for remark in remarks)


def test_calendar_is_connected_as_one_of_holidays_over_http(
    client: TestClient, session: Session, bearer: AsRole
) -> None:
    make_district(session)
    planner = bearer(Role.PLANNER, "16.73")
    body = {"name": "Libur", "kind": "ics", "address": "https://cal.example.id/libur.ics"}
    plain = client.post("/v1/districts/16.73/calendars", json=body, headers=planner)
    made = client.post("/v1/districts/16.73/calendars", json=body | {"holidays": True}, headers=planner)
    assert (plain.json()["holidays"], made.json()["holidays"]) == (False, True)
    path = f"/v1/districts/16.73/calendars/{made.json()['id']}"
    changed = client.patch(path, json={"holidays": False}, headers=planner | {"If-Match": made.headers["ETag"]})
    assert (changed.status_code, changed.json()["holidays"]) == (200, False)
    empty = client.patch(path, json={"holidays": None}, headers=planner | {"If-Match": changed.headers["ETag"]})
    assert (empty.status_code, empty.json()["errors"][0]["pointer"]) == (422, "/holidays")
