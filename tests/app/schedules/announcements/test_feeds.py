"""A feed shows the published visits of one team or district, tells of cancellations, and opens nothing else."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import icalendar
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.models import Role, Token
from app.calendars.ics import CalendarEntry, EntryStatus, read_calendar
from app.http_conventions import current_time
from app.schedules.announcements import feeds
from app.schedules.announcements.entries import ShownVisit, visit_entry
from app.schedules.announcements.feeds import SHOW_CANCELLED, SHOW_PAST
from tests.app.conftest import NOW, AsRole
from tests.factories import make_area, make_district, make_schedule, make_site, make_team, make_visit

EIGHT = datetime(2023, 11, 14, 1, tzinfo=UTC)
"""08:00 in Jakarta on 14 November 2023."""


def issue_feed(session: Session, district_code: str = "16.73", **fields: Any) -> tuple[Token, str]:
    """The token and the address of its feed."""
    token, secret = access.issue_token(session, Role.FEED, now=NOW, district_code=district_code, **fields)
    session.commit()
    return token, f"/v1/feeds/{secret}.ics"


def summaries(content: bytes) -> list[str]:
    return [entry.summary for entry in read_calendar(content).entries]


def test_team_feed_tells_a_visit_as_the_plan_has_it(client: TestClient, session: Session) -> None:
    make_district(session)
    team = make_team(session, code="TIM-1", name="Tim Satu", kits=["satellite"])
    site = make_site(session, name="Dinas Pendidikan; Kota", contact_name="Bagian Umum", contact_phone="0733-1")
    changed_at = datetime(2023, 11, 13, 1, 30, tzinfo=UTC)
    visit = make_visit(session, make_schedule(session), team, site, sequence=3, changed_at=changed_at)
    _, address = issue_feed(session, team_id=team.id)

    answer = client.get(address)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    calendar = read_calendar(answer.content)
    assert (calendar.name, calendar.time_zone) == ("Jemput Bola: Tim Satu, Kota Lubuk Linggau", "Asia/Jakarta")
    [entry] = calendar.entries
    assert (entry.uid, entry.sequence, entry.changed_at) == (f"{visit.uid}@jemput-bola", 3, changed_at)
    assert (entry.starts_at, entry.ends_at) == (EIGHT, EIGHT + timedelta(minutes=150))
    assert entry.status is EntryStatus.CONFIRMED
    assert entry.summary == "Dinas Pendidikan; Kota"
    assert entry.location == "Dinas Pendidikan; Kota, 16.73.01"
    assert entry.latitude_longitude == (site.lat, site.lon)
    assert entry.categories == ("Jemput Bola", "Instansi")
    assert entry.url is None
    indonesian, _, english = (entry.description or "").partition("\n\n")
    assert indonesian.split("\n") == [
        "Perkiraan aktivasi: 42 orang",
        "Tiba 07.50, persiapan 30 menit, pelayanan 08.30–10.30",
        "Perjalanan: 14 menit, 6,4 km",
        "Sinyal: baik",
        "Bawa: internet satelit",
        "Kontak: Bagian Umum, 0733-1",
        "Tim: Tim Satu",
    ]
    assert english.startswith("Expected activations: 42 people\nArrive 07:50")


def test_an_entry_tells_whom_each_document_serves_and_no_kilometres_of_a_boat(
    client: TestClient, session: Session
) -> None:
    make_district(session)
    team, site = make_team(session), make_site(session)
    visit = make_visit(session, make_schedule(session), team, site)
    visit.expected_activations, visit.expected_further = 1_200, {"kia": 1, "ktp_el": 0}
    visit.travel_minutes, visit.travel_metres, visit.travel_way = 95, 0, "boat"
    _, address = issue_feed(session, team_id=team.id)
    (entry,) = read_calendar(client.get(address).content).entries
    indonesian, english = ((entry.description or "").split("\n\n")[part].split("\n") for part in (0, 1))
    assert [line for line in indonesian if line.startswith(("Perkiraan", "Perjalanan"))] == [
        "Perkiraan aktivasi: 1.200 orang",
        "Perkiraan KIA: 1 orang",
        "Perjalanan: 95 menit naik perahu",
    ]
    assert [line for line in english if line.startswith(("Expected", "Travel"))] == [
        "Expected activations: 1,200 people",
        "Expected KIA: 1 person",
        "Travel: 95 minutes by boat",
    ]


def test_team_feed_holds_the_own_team_and_the_district_feed_every_team(client: TestClient, session: Session) -> None:
    make_district(session)
    make_district(session, "65.01", lat=3.0, lon=117.0)
    first, second = make_team(session, name="Tim 1"), make_team(session, name="Tim 2")
    site = make_site(session, name="Dinas", contact_name="Bagian Umum")
    schedule = make_schedule(session)
    make_visit(session, schedule, second, site)
    make_visit(session, schedule, first, site, starts_at=EIGHT + timedelta(hours=3))
    make_visit(session, make_schedule(session, "65.01"), make_team(session, "65.01"), make_site(session, "65.01"))

    team_feed = client.get(issue_feed(session, team_id=first.id)[1]).content
    district_feed = client.get(issue_feed(session)[1]).content

    assert summaries(team_feed) == ["Dinas"]
    assert summaries(district_feed) == ["Tim 2: Dinas", "Tim 1: Dinas"]
    assert b"Bagian Umum" not in district_feed


def test_area_and_site_feeds_hold_what_happens_there(client: TestClient, session: Session) -> None:
    make_district(session)
    make_area(session, "16.73.02", name="Lubuk Linggau Barat II")
    team, schedule = make_team(session, name="Tim 1"), make_schedule(session)
    here = make_site(session, name="Dinas", contact_name="Bagian Umum")
    there = make_site(session, name="Sekolah", area_code="16.73.02", contact_name="Tata Usaha")
    make_visit(session, schedule, team, here)
    make_visit(session, schedule, team, there, starts_at=EIGHT + timedelta(hours=3))

    of_area = client.get(issue_feed(session, area_code="16.73.02")[1]).content
    of_site = client.get(issue_feed(session, site_id=here.id)[1]).content

    assert summaries(of_area) == ["Tim 1: Sekolah"]
    assert summaries(of_site) == ["Tim 1: Dinas"]
    assert read_calendar(of_area).name == "Jemput Bola: Lubuk Linggau Barat II, Kota Lubuk Linggau"
    assert read_calendar(of_site).name == "Jemput Bola: Dinas, Kota Lubuk Linggau"
    assert b"Tata Usaha" not in of_area
    assert b"Bagian Umum" not in of_site


def test_alarm_rings_where_it_is_asked_for_and_not_for_what_was_called_off(
    client: TestClient, session: Session
) -> None:
    make_district(session)
    team, site, schedule = make_team(session), make_site(session), make_schedule(session)
    make_visit(session, schedule, team, site)
    make_visit(session, schedule, team, site, starts_at=EIGHT + timedelta(days=1), in_force=False, withdrawn_at=NOW)
    _, address = issue_feed(session)

    silent, ringing = client.get(address), client.get(address, params={"alarm": 45})

    assert [entry.alarm_minutes for entry in read_calendar(silent.content).entries] == [None, None]
    assert [entry.alarm_minutes for entry in read_calendar(ringing.content).entries] == [45, None]
    assert b"TRIGGER:-PT45M" in ringing.content
    assert silent.headers["etag"] != ringing.headers["etag"]
    for wrong in ("-1", "10081", "x"):
        assert client.get(address, params={"alarm": wrong}).status_code == 422


def test_every_visible_change_comes_with_a_higher_sequence_and_a_later_date(
    client: TestClient, session: Session
) -> None:
    make_district(session)
    team, site = make_team(session), make_site(session)
    make_visit(session, make_schedule(session), team, site, sequence=2)
    _, address = issue_feed(session, team_id=team.id)
    [before] = read_calendar(client.get(address).content).entries
    site.name = "Dinas Lain"
    session.commit()
    answer = client.get(address)
    [after] = read_calendar(answer.content).entries
    assert (after.summary, after.sequence) == ("Dinas Lain", 3)
    assert after.changed_at > before.changed_at
    assert client.get(address).content == answer.content


def test_times_are_those_of_the_districts_own_zone(client: TestClient, session: Session) -> None:
    make_district(session, "94.71", time_zone="Asia/Jayapura", lat=-2.5, lon=140.7)
    team, site = make_team(session, "94.71"), make_site(session, "94.71", lat=-2.5, lon=140.7)
    make_visit(session, make_schedule(session, "94.71"), team, site)

    content = client.get(issue_feed(session, "94.71")[1]).content

    assert b"\r\nDTSTART;TZID=Asia/Jayapura:20231114T100000\r\n" in content
    assert b"\r\nTZNAME:WIT\r\n" in content


def test_withdrawn_visit_is_shown_as_cancelled_for_a_while(client: TestClient, session: Session) -> None:
    make_district(session)
    team, site = make_team(session), make_site(session, name="Dinas")
    schedule = make_schedule(session)
    withdrawn_at = NOW - SHOW_CANCELLED
    gone = make_visit(
        session, schedule, team, site, in_force=False, withdrawn_at=withdrawn_at, changed_at=withdrawn_at, sequence=1
    )
    _, address = issue_feed(session, team_id=team.id)

    [entry] = read_calendar(client.get(address).content).entries
    assert (entry.uid, entry.sequence, entry.status) == (f"{gone.uid}@jemput-bola", 1, EntryStatus.CANCELLED)
    assert entry.summary == "BATAL: Dinas"
    assert (entry.description or "").startswith("DIBATALKAN\n")
    gone.withdrawn_at = withdrawn_at - timedelta(seconds=1)
    session.commit()
    assert read_calendar(client.get(address).content).entries == ()


def test_drafts_carried_over_and_long_past_visits_are_not_shown(client: TestClient, session: Session) -> None:
    make_district(session)
    team, site = make_team(session), make_site(session)
    make_visit(session, make_schedule(session, published_at=None), team, site, in_force=False, published_at=None)
    make_visit(session, make_schedule(session), team, site, in_force=False)
    long_ago = NOW - SHOW_PAST - timedelta(days=1)
    make_visit(session, make_schedule(session), team, site, starts_at=long_ago, published_at=long_ago)

    assert read_calendar(client.get(issue_feed(session)[1]).content).entries == ()


def test_a_back_test_published_today_is_shown_however_long_past(client: TestClient, session: Session) -> None:
    make_district(session)
    long_ago = NOW - 3 * SHOW_PAST
    make_visit(
        session, make_schedule(session), make_team(session), make_site(session), starts_at=long_ago, published_at=NOW
    )

    (shown,) = read_calendar(client.get(issue_feed(session)[1]).content).entries
    assert shown.starts_at == long_ago


def test_one_identity_is_one_event_the_one_in_force(client: TestClient, session: Session) -> None:
    make_district(session)
    team, site = make_team(session), make_site(session, name="Dinas")
    uid = uuid4()
    make_visit(session, make_schedule(session), team, site, uid=uid, in_force=False, withdrawn_at=NOW)
    make_visit(session, make_schedule(session), team, site, uid=uid, starts_at=EIGHT - timedelta(hours=1), sequence=2)

    [entry] = read_calendar(client.get(issue_feed(session)[1]).content).entries

    assert (entry.summary, entry.sequence) == (f"{team.name}: Dinas", 2)


def test_asking_again_gives_the_same_bytes_whatever_the_clock(
    api: FastAPI, client: TestClient, session: Session
) -> None:
    make_district(session)
    make_visit(session, make_schedule(session), make_team(session), make_site(session))
    _, address = issue_feed(session)

    before = client.get(address)
    api.dependency_overrides[current_time] = lambda: NOW + timedelta(days=3)
    after = client.get(address)

    assert before.content == after.content
    assert before.headers["etag"] == after.headers["etag"]


def test_unchanged_feed_costs_304_until_anything_in_it_changes(client: TestClient, session: Session) -> None:
    make_district(session)
    team, site = make_team(session), make_site(session)
    schedule = make_schedule(session)
    visit = make_visit(session, schedule, team, site)
    _, address = issue_feed(session, team_id=team.id)

    def rename_team() -> None:
        team.name = "Tim Lain"

    def rename_site() -> None:
        site.name = "Dinas Lain"

    def move_visit() -> None:
        visit.sequence, visit.changed_at = 1, NOW

    def withdraw() -> None:
        visit.in_force, visit.withdrawn_at = False, NOW

    def carry_over() -> None:
        make_visit(session, make_schedule(session), team, site)

    etags = []
    for change in (rename_team, rename_site, move_visit, withdraw, carry_over):
        etag = client.get(address).headers["etag"]
        known = client.get(address, headers={"If-None-Match": etag})
        assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", etag)
        change()
        session.commit()
        assert client.get(address, headers={"If-None-Match": etag}).status_code == 200
        etags.append(etag)
    assert len(set(etags)) == len(etags)


def test_modification_date_counts_where_no_etag_is_sent(client: TestClient, session: Session) -> None:
    make_district(session)
    changed_at = datetime(2023, 11, 13, 1, 30, 0, 500_000, tzinfo=UTC)
    make_visit(session, make_schedule(session), make_team(session), make_site(session), changed_at=changed_at)
    _, address = issue_feed(session)

    assert client.get(address).headers["last-modified"] == "Mon, 13 Nov 2023 01:30:00 GMT"

    def status(**headers: str) -> int:
        return client.get(
            address, headers={name.replace("_", "-"): value for name, value in headers.items()}
        ).status_code

    assert status(if_modified_since="Mon, 13 Nov 2023 01:30:00 GMT") == 304
    assert status(if_modified_since="Mon, 13 Nov 2023 01:29:59 GMT") == 200
    assert status(if_modified_since="Mon, 13 Nov 2023 01:30:00 GMT", if_none_match='"other"') == 200
    for broken in ("yesterday", "", "Mon, 99 Nov 2023 01:30:00 GMT", "Mon, 13 Nov 2023 01:30:00 -0000"):
        assert status(if_modified_since=broken) == 200


def test_empty_feed_is_a_calendar_without_events(client: TestClient, session: Session) -> None:
    make_district(session)
    answer = client.get(issue_feed(session)[1])
    assert answer.status_code == 200
    assert "last-modified" not in answer.headers
    assert [part.name for part in icalendar.Calendar.from_ical(answer.content).subcomponents] == ["VTIMEZONE"]


def test_head_tells_what_get_would(client: TestClient, session: Session) -> None:
    make_district(session)
    make_visit(session, make_schedule(session), make_team(session), make_site(session))
    _, address = issue_feed(session)

    head, full = client.head(address), client.get(address)

    assert (head.status_code, head.content) == (200, b"")
    for name in ("etag", "last-modified", "content-type", "content-length", "cache-control"):
        assert head.headers[name] == full.headers[name]


def test_a_visit_that_cannot_be_written_is_left_out_with_a_remark(
    client: TestClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_district(session)
    team, good, bad = make_team(session), make_site(session, code="S-1"), make_site(session, code="S-2", name="Rusak")
    schedule = make_schedule(session)
    shown = make_visit(session, schedule, team, good)
    make_visit(session, schedule, team, bad, starts_at=EIGHT + timedelta(days=1))
    _, address = issue_feed(session)

    def entry(row: ShownVisit, **options: Any) -> CalendarEntry:
        if row.site_name == "Rusak":
            raise KeyError("what nobody foresaw")
        return visit_entry(row, **options)

    whole = client.get(address).text
    monkeypatch.setattr(feeds, "visit_entry", entry)
    answer = client.get(address)
    assert answer.status_code == 200
    assert re.findall(r"UID:(.*)@", answer.text) == [str(shown.uid)]
    assert "1 kunjungan tidak dapat ditampilkan" in answer.text
    assert "etag" not in answer.headers
    assert whole.count("BEGIN:VEVENT") == 2
    assert "DESCRIPTION:1" not in whole


def test_other_addresses_are_no_feed(client: TestClient, session: Session) -> None:
    make_district(session)
    team = make_team(session)
    now_and_then = ({"revoked_at": NOW}, {"expires_at": NOW})
    addresses = ["/v1/feeds/jb_feed_wrong.ics", "/v1/feeds/%00.ics", "/v1/feeds/%F0%9F%8F%A0.ics"]
    for fields in now_and_then:
        token, address = issue_feed(session)
        assert client.get(address).status_code == 200
        for name, value in fields.items():
            setattr(token, name, value)
        session.commit()
        addresses.append(address)
    for role in (Role.ADMIN, Role.PLANNER, Role.VIEWER, Role.COORDINATOR):
        _, secret = access.issue_token(
            session, role, now=NOW, district_code="16.73", team_id=team.id if role is Role.COORDINATOR else None
        )
        session.commit()
        addresses.append(f"/v1/feeds/{secret}.ics")
    for address in addresses:
        answer = client.get(address)
        assert (answer.status_code, answer.json()["code"]) == (404, "NotFound")
        assert answer.headers["content-type"] == "application/problem+json"


def test_feed_token_opens_nothing_else(api: FastAPI, client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    headers = bearer(Role.FEED, "16.73", make_team(session).id)
    calls = [
        (method.upper(), re.sub(r"\{[^}]+\}", "1", path))
        for path, methods in api.openapi()["paths"].items()
        if path.startswith("/v1/") and not path.startswith("/v1/feeds/")
        for method in methods
    ]
    assert ("GET", "/v1/assignments") in calls
    for method, path in calls:
        answer = client.request(method, path, headers=headers, params={"date": "2023-11-14", "on": "2023-11-14"})
        assert answer.status_code in (401, 403), (method, path, answer.text)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_feeds_are_only_read(client: TestClient, session: Session, method: str) -> None:
    make_district(session)
    answer = client.request(method, issue_feed(session)[1])
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


def test_ids_and_changes_of_a_large_plan_all_arrive(client: TestClient, session: Session) -> None:
    make_district(session)
    schedule, teams, site = make_schedule(session), [make_team(session) for _ in range(20)], make_site(session)
    visits = [
        make_visit(session, schedule, team, site, starts_at=EIGHT + timedelta(days=day))
        for team in teams
        for day in range(20)
    ]
    answer = client.get(issue_feed(session)[1])
    uids = {entry.uid for entry in read_calendar(answer.content).entries}
    assert uids == {f"{visit.uid}@jemput-bola" for visit in visits}
