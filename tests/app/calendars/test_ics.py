"""What is written as iCalendar is read back the same, and is what RFC 5545 asks for, octet by octet."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.calendars.ics import (
    Calendar,
    CalendarEntry,
    EntryStatus,
    NotACalendar,
    read_calendar,
    write_calendar,
    write_object,
)

ENTRY = CalendarEntry(
    uid="7b0e8b0a-6d5c-4a63-9d35-4f2d1b1d0c11@jemput-bola",
    sequence=2,
    changed_at=datetime(2023, 11, 13, 1, 30, tzinfo=UTC),
    starts_at=datetime(2023, 11, 14, 1, 0, tzinfo=UTC),
    ends_at=datetime(2023, 11, 14, 3, 30, tzinfo=UTC),
    summary="Dinas Pendidikan",
    description="Perkiraan 42 orang\nSinyal: baik; bawa satelit, bila perlu \\ tidak",
    location="Dinas Pendidikan, Lubuk Linggau Barat I",
    latitude_longitude=(-3.2819, 102.9147),
    categories=("agency", "Tim 1"),
    url="https://ikd.example/v1/assignments?date=2023-11-14&team=TIM-1",
)
CALENDAR = Calendar(name="Tim 1, Kota Lubuk Linggau", time_zone="Asia/Jakarta", entries=(ENTRY,))

texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], include_characters="\t\n"), max_size=200)
words = texts.map(str.strip).filter(bool)
moments = st.integers(0, 35 * 365 * 86_400).map(
    lambda seconds: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
degrees = st.integers(-90_000_000, 90_000_000).map(lambda millionths: millionths / 1e6)


@st.composite
def entries(draw: st.DrawFn) -> CalendarEntry:
    starts_at = draw(moments)
    return CalendarEntry(
        uid=f"{draw(st.uuids())}@jemput-bola",
        sequence=draw(st.integers(0, 2**31 - 1)),
        changed_at=draw(moments),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=draw(st.integers(1, 3000))),
        summary=draw(texts),
        status=draw(st.sampled_from(EntryStatus)),
        description=draw(st.none() | texts),
        location=draw(st.none() | texts),
        latitude_longitude=draw(st.none() | st.tuples(degrees, degrees)),
        categories=tuple(draw(st.lists(words, max_size=3))),
        url=draw(st.none() | st.just("https://ikd.example/v1/assignments?date=2023-11-14&team=T%C3%AEm")),
        alarm_minutes=draw(st.none() | st.integers(0, 10_080)),
    )


calendars = st.builds(
    Calendar,
    name=texts,
    time_zone=st.sampled_from(["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]),
    entries=st.lists(entries(), max_size=3).map(tuple),
    refresh_every=st.integers(1, 10_000).map(lambda minutes: timedelta(minutes=minutes)),
)


@settings(max_examples=60, deadline=None)
@given(calendars)
def test_every_calendar_survives_the_round_trip(calendar: Calendar) -> None:
    assert read_calendar(write_calendar(calendar)) == calendar


@settings(max_examples=60, deadline=None)
@given(calendars)
def test_lines_end_in_crlf_and_hold_75_octets_of_whole_characters(calendar: Calendar) -> None:
    content = write_calendar(calendar)
    assert content.endswith(b"END:VCALENDAR\r\n")
    for line in content.removesuffix(b"\r\n").split(b"\r\n"):
        assert 0 < len(line) <= 75
        assert b"\n" not in line
        assert b"\r" not in line
        line.decode("utf-8")


def test_the_same_entries_give_the_same_bytes() -> None:
    assert write_calendar(CALENDAR) == write_calendar(replace(CALENDAR))


def test_another_reader_sees_the_event_as_it_is() -> None:
    found = icalendar.Calendar.from_ical(write_calendar(CALENDAR))
    [event] = found.walk("VEVENT")
    assert event.decoded("DTSTART") == datetime(2023, 11, 14, 8, 0, tzinfo=ZoneInfo("Asia/Jakarta"))
    assert event["DTSTART"].params["TZID"] == "Asia/Jakarta"
    assert event.decoded("DTSTAMP") == event.decoded("LAST-MODIFIED") == ENTRY.changed_at
    assert str(event["DESCRIPTION"]) == ENTRY.description
    assert [str(category) for category in event["CATEGORIES"].cats] == ["agency", "Tim 1"]
    [zone] = found.walk("VTIMEZONE")
    assert str(zone["TZID"]) == "Asia/Jakarta"
    assert ENTRY.starts_at.astimezone(zone.to_tz()).utcoffset() == timedelta(hours=7)


def test_the_calendar_itself_has_no_uid_and_no_method() -> None:
    head = write_calendar(CALENDAR).partition(b"BEGIN:VEVENT")[0]
    assert b"UID" not in head
    assert b"METHOD" not in head


@pytest.mark.parametrize(
    ("time_zone", "offset", "name"),
    [("Asia/Jakarta", "+0700", "WIB"), ("Asia/Makassar", "+0800", "WITA"), ("Asia/Jayapura", "+0900", "WIT")],
)
def test_every_indonesian_zone_is_described(time_zone: str, offset: str, name: str) -> None:
    lines = write_calendar(replace(CALENDAR, time_zone=time_zone)).decode().split("\r\n")
    zone = lines[lines.index("BEGIN:VTIMEZONE") : lines.index("END:VTIMEZONE")]
    assert {f"TZID:{time_zone}", f"TZNAME:{name}", f"TZOFFSETTO:{offset}"} <= set(zone)


def test_cancelled_event_blocks_nobodys_time() -> None:
    content = write_calendar(replace(CALENDAR, entries=(replace(ENTRY, status=EntryStatus.CANCELLED),)))
    assert b"\r\nSTATUS:CANCELLED\r\nTRANSP:TRANSPARENT\r\n" in content


def test_control_characters_are_left_out() -> None:
    summary = "".join(map(chr, [*range(0x20), 0x7F])) + "end"
    content = write_calendar(replace(CALENDAR, entries=(replace(ENTRY, summary=summary),)))
    assert b"\r\nSUMMARY:\t\\nend\r\n" in content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a calendar",
        b"BEGIN:VEVENT\r\nEND:VEVENT\r\n",
        write_calendar(CALENDAR).replace(b"UID:", b"X-UID:"),
        write_calendar(CALENDAR).replace(b"DTEND;TZID=Asia/Jakarta:20231114T103000", b"DTEND;VALUE=DATE:20231115"),
        write_calendar(CALENDAR).replace(b"STATUS:CONFIRMED", b"STATUS:MAYBE"),
        write_calendar(CALENDAR)[:-400],
    ],
)
def test_what_is_no_calendar_of_entries_is_refused(content: bytes) -> None:
    with pytest.raises(NotACalendar):
        read_calendar(content)


@pytest.mark.parametrize("text", ["a\x85b", "a\u2028b", "a\u2029b", "a\x1cb", "a\x0bb", "a\rb", "a\x9bb", "a\udc80b"])
def test_no_character_begins_a_line_of_its_own(text: str) -> None:
    """Some readers break lines wherever Unicode may."""
    hostile = f"{text}\nATTACH:x"
    entry = replace(ENTRY, summary=hostile, description=hostile, location=hostile, categories=(hostile,))
    plain = replace(ENTRY, summary="a", description="a", location="a", categories=("a",))

    def names(one: CalendarEntry) -> list[str]:
        unfolded = write_object(one, "Asia/Jakarta").decode().replace("\r\n ", "")
        return [line.partition(":")[0] for line in unfolded.splitlines()]

    assert names(entry) == names(plain)
