"""What odd files mean: the corpus in the manner of the programs that write such things, and generated calendars."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.calendars.ics import Calendar, CalendarEntry, write_calendar
from app.calendars.reader import ReadCalendar, ReadRequest, read
from app.calendars.recurrence import ReadingLimits, Window
from app.calendars.troubles import CalendarTrouble, Trouble
from tests.app.calendars.events import event

CORPUS = Path(__file__).parents[2] / "corpus" / "ics"
JAKARTA = ZoneInfo("Asia/Jakarta")
WINDOW = Window(starts_at=datetime(2023, 5, 1, tzinfo=UTC), ends_at=datetime(2025, 3, 1, tzinfo=UTC))


def reading(content: bytes, *, zone: str = "Asia/Jakarta", limits: ReadingLimits | None = None) -> ReadCalendar:
    request = ReadRequest(
        contents={"it": content}, time_zone=zone, window=WINDOW, limits=limits or ReadingLimits(events=5_000)
    )
    return read(request)["it"]


def shown(content: bytes) -> list[str]:
    """Busy times in Jakarta, in order: begin, end, what; `*` whole days, `?` tentative."""
    busy = sorted(reading(content).busy, key=lambda one: (one.starts_at, one.uid))
    return [
        f"{one.starts_at.astimezone(JAKARTA):%m-%d %H:%M} {one.ends_at.astimezone(JAKARTA):%m-%d %H:%M} "
        f"{one.summary}{'*' if one.all_day else ''}{'?' if one.tentative else ''}"
        for one in busy
    ]


EXPECTED = {
    "google.ics": [
        "11-06 09:00 11-06 10:30 Rapat mingguan",
        "11-21 13:00 11-21 14:00 Rapat mingguan (dipindah)",
        "11-27 09:00 11-27 10:30 Rapat mingguan",
        "11-28 00:00 11-30 00:00 Serah terima jabatan*",
    ],
    "outlook.ics": [
        "11-13 08:00 11-13 08:30 Piket",
        "11-14 08:00 11-14 08:30 Piket",
        "11-16 08:00 11-16 08:30 Piket",
        "11-16 09:00 11-16 10:30 None?",
        "11-17 08:00 11-17 08:30 Piket",
        "11-20 06:00 11-20 07:00 Nama zona panjang",
    ],
    "apple.ics": ["11-14 07:00 11-14 08:30 Kunjungan", "11-15 09:00 11-15 10:00 Waktu mengambang"],
    "zimbra.ics": ["10-10 09:00 10-10 12:00 Rakor bulanan", "11-14 09:00 11-14 12:00 Rakor bulanan"],
    "nextcloud.ics": [
        "11-14 07:00 11-14 08:00 Versi baru",
        "11-16 09:00 11-16 10:00 Tanggal tambahan?",
        "11-17 09:00 11-17 10:00 Tanggal tambahan?",
        "11-20 13:00 11-20 14:00 Tanggal tambahan?",
        "11-21 09:00 11-21 11:00 Tanggal tambahan?",
    ],
    "this-and-future.ics": [
        "11-06 08:00 11-06 09:00 Apel",
        "11-13 08:00 11-13 09:00 Apel",
        "11-20 10:00 11-20 11:30 Apel siang",
        "11-27 10:00 11-27 11:30 Apel siang",
    ],
    "exdate-types.ics": [
        "11-13 00:00 11-14 00:00 C*",
        "11-13 08:00 11-13 09:00 D",
        "11-13 08:00 11-13 09:00 A",
        "11-13 08:00 11-13 09:00 B",
        "11-15 00:00 11-16 00:00 C*",
        "11-15 08:00 11-15 09:00 D",
        "11-15 08:00 11-15 09:00 A",
        "11-15 08:00 11-15 09:00 B",
    ],
    "all-day.ics": [
        "11-13 00:00 11-14 00:00 Satu hari*",
        "11-14 00:00 11-15 00:00 Akhir sama*",
        "11-15 00:00 11-18 00:00 Tiga hari*",
        "11-20 00:00 11-22 00:00 Dua hari*",
        "11-22 20:00 11-24 06:00 Dinas luar",
    ],
    "duplicates.ics": [
        "11-14 08:00 11-14 09:00 Satu",
        "11-15 08:00 11-15 09:00 Lain",
        "11-16 08:00 11-16 09:00 Tanpa UID",
    ],
    "broken-lines.ics": [
        "11-14 08:00 11-14 09:00 Tetap terbaca",
        "11-15 08:00 11-15 09:00 Aturan aneh",
        "11-16 08:00 11-16 09:00 Tidak pernah",
        "11-17 08:00 11-17 09:00 Zona entah",
    ],
    "bom-bare-lf.ics": ["11-14 08:00 11-14 09:00 Huruf kecil"],
    "folded-utf8.ics": ["11-14 08:00 11-14 09:00 Pelayanan keliling é di balai desa"],
    "windows-1252.ics": ["11-14 08:00 11-14 09:00 Pelayanan keliling é di balai desa"],
    "utf-16.ics": ["11-14 08:00 11-14 09:00 Pelayanan keliling é di balai desa"],
    "odd-zone.ics": [
        "09-25 06:00 09-25 07:00 Rapat daring",
        "10-02 05:00 10-02 06:00 Rapat daring",
        "10-09 05:00 10-09 06:00 Rapat daring",
        "11-14 09:00 11-14 10:00 Perangkap",
        "11-15 08:00 11-15 09:00 Selisih",
    ],
    "free-busy.ics": [
        "11-14 08:00 11-14 09:00 None",
        "11-15 08:00 11-15 08:30 None",
        "11-16 08:00 11-16 09:00 None?",
    ],
    "zones-by-offset.ics": [
        "11-13 08:00 11-13 09:00 Zona 1",
        "11-14 08:00 11-14 09:00 Zona 2",
        "11-15 06:00 11-15 07:00 Zona 3",
        "11-16 07:00 11-16 08:00 Zona 4",
        "11-17 06:00 11-17 07:00 Zona 5",
        "11-18 15:00 11-18 16:00 Zona 6",
        "11-19 08:00 11-19 09:00 Zona 7",
        "11-20 06:00 11-20 07:00 Zona 8",
        "11-21 16:00 11-21 17:00 Zona 9",
        "11-22 08:00 11-22 09:00 Zona 10",
        "11-24 08:00 11-24 09:00 Zona 10",
    ],
    "stray-lines.ics": [
        "11-13 08:00 11-13 10:00 Setelah akhir",
        "11-16 08:00 11-16 10:00 Jam di luar",
        "11-17 08:00 11-17 09:00 Kata yangterpotong",
        "11-20 08:00 11-20 09:00 Apel",
        "11-28 08:00 11-28 09:00 Apel pindah",
    ],
    "odd-moments.ics": [
        "11-13 20:00 11-14 00:00 Sampai tengah malam",
        "11-14 08:00 11-14 09:00 Tanpa detik",
        "11-15 08:00 11-15 09:00 Bergaris",
        "11-17 08:00 11-17 10:00 Lama dipakai",
        "11-18 00:00 11-19 00:00 Hari rusak*",
        "11-21 08:00 11-21 09:00 Status entah",
        "11-22 08:00 11-23 09:00 Dua awal",
        "11-24 08:00 11-24 09:00 Asal rusak",
        "11-25 08:00 11-25 09:00 Induknya",
    ],
    "odd-rules.ics": [
        "08-17 00:00 08-18 00:00 Hari lahir*",
        "11-13 00:00 11-14 00:00 Kosong*",
        "11-14 00:00 11-15 00:00 Tanpa FREQ*",
        "11-15 00:00 11-16 00:00 Jarak nol*",
        "11-16 00:00 11-17 00:00 Bulan 13*",
        "11-17 00:00 11-18 00:00 Nol kali*",
        "11-18 00:00 11-19 00:00 RFC 7529*",
        "11-19 00:00 11-20 00:00 RFC 7529*",
        "11-20 00:00 11-21 00:00 Tanggal rusak*",
        "02-29 00:00 03-01 00:00 Kabisat*",
        "08-17 00:00 08-18 00:00 Hari lahir*",
    ],
    "holidays.ics": [],
    "mixed-exception.ics": [
        "11-13 00:00 11-14 00:00 Bimtek*",
        "11-13 08:00 11-13 09:00 Piket",
        "11-14 13:00 11-14 15:00 Bimtek setengah hari",
        "11-15 00:00 11-16 00:00 Bimtek*",
        "11-15 08:00 11-15 09:00 Piket",
        "11-17 10:00 11-17 11:00 Tanpa induk",
    ],
}


@pytest.mark.parametrize("name", sorted(path.name for path in CORPUS.glob("*.ics")))
def test_corpus_is_understood_as_its_authors_meant_it(name: str) -> None:
    assert shown((CORPUS / name).read_bytes()) == EXPECTED[name]


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_what_is_kept_of_a_calendar_reads_the_same_again(name: str) -> None:
    first = reading((CORPUS / name).read_bytes())
    again = reading(first.kept)
    assert again.busy == first.busy
    assert again.kept == first.kept


def test_attendees_descriptions_and_alarms_are_not_kept() -> None:
    kept = reading((CORPUS / "google.ics").read_bytes()).kept
    assert b"staf@example.id" not in kept
    assert b"Bahan" not in kept
    assert b"VALARM" not in reading((CORPUS / "outlook.ics").read_bytes()).kept


def test_what_is_odd_is_said_and_private_words_are_not() -> None:
    remarks = reading((CORPUS / "broken-lines.ics").read_bytes()).remarks
    assert any("Tanpa awal" in remark and "left out" in remark for remark in remarks)
    assert any("Aturan aneh" in remark for remark in remarks)
    assert any("Zona Entah" in remark for remark in remarks)
    secret = event("x", "20231114T100000", "20231114T090000", more="CLASS:PRIVATE").replace(b"Rapat x", b"Rahasia")
    assert "Rahasia" not in " ".join(reading(secret).remarks)


def test_floating_times_and_whole_days_are_the_districts_own() -> None:
    content = (CORPUS / "apple.ics").read_bytes()
    east = {one.summary: one.starts_at for one in reading(content, zone="Asia/Jayapura").busy}
    assert east["Waktu mengambang"] == datetime(2023, 11, 15, 0, 0, tzinfo=UTC)
    assert east["Kunjungan"] == datetime(2023, 11, 14, 0, 0, tzinfo=UTC)
    days = reading((CORPUS / "all-day.ics").read_bytes(), zone="Asia/Jayapura").busy
    assert days[0].starts_at == datetime(2023, 11, 12, 15, 0, tzinfo=UTC)


def test_one_calendar_cannot_redefine_a_zone_for_the_next() -> None:
    def defined(offset: str) -> bytes:
        zone = (
            "BEGIN:VTIMEZONE\r\nTZID:Kantor\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
            f"TZOFFSETFROM:{offset}\r\nTZOFFSETTO:{offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT"
        )
        return event("x").replace(b"BEGIN:VEVENT", zone.encode()).replace(b"Asia/Jakarta", b"Kantor")

    assert reading(defined("+0900")).busy[0].starts_at.hour == 0
    assert reading(defined("+0100")).busy[0].starts_at.hour == 8
    assert reading(event("x").replace(b"Asia/Jakarta", b"Kantor")).busy[0].starts_at.hour == 2


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        (b"", Trouble.NOT_A_CALENDAR),
        (b"<!DOCTYPE html><title>Masuk</title>", Trouble.NOT_A_CALENDAR),
        (b"\x00\x01\x02\xff", Trouble.NOT_A_CALENDAR),
        (event("x")[:-20], Trouble.INCOMPLETE),
        (event("x").replace(b"END:VEVENT", b"END:VTODO"), Trouble.INCOMPLETE),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\n" * 50, Trouble.NOT_A_CALENDAR),
    ],
)
def test_what_is_no_calendar_or_not_all_of_one_is_refused(content: bytes, trouble: Trouble) -> None:
    assert reading(content).trouble == trouble


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;INTERVAL=2",
        "FREQ=HOURLY;BYMINUTE=0,10,20,30,40,50;BYSECOND=0,30",
        "FREQ=YEARLY;BYMONTH=1,2,3,4,5,6;BYDAY=MO,TU,WE;BYHOUR=0,1,2,3,4,5,6,7,8,9;BYMINUTE=0,5,10,15,20,25,30,35",
        "FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11;BYMINUTE=0,5,10,15,20,25,30,35,40,45,50,55;BYSECOND=0,20,40",
    ],
)
def test_calendar_bomb_is_left_out_by_name_and_the_other_events_stay(rule: str) -> None:
    bomb = event("bomb", "20220103T090000", "20220103T090001", more=f"RRULE:{rule}")
    other = event("other").split(b"\r\n", 3)[3]
    read = reading(bomb.replace(b"END:VCALENDAR\r\n", other), limits=ReadingLimits(steps_per_event=10_000))
    assert [one.uid for one in read.busy] == ["other"]
    assert read.remarks == ("Event 'Rapat bomb' was left out: it repeats too often to be read.",)


@pytest.mark.parametrize(
    ("rule", "dates"),
    [
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", 1),
        ("FREQ=DAILY;BYMONTH=1;BYYEARDAY=366", 1),
        ("FREQ=DAILY;BYMONTH=4,6;BYMONTHDAY=31", 1),
        ("FREQ=DAILY;BYYEARDAY=1;BYMONTHDAY=-1", 1),
        ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=-1", 3),
        ("FREQ=YEARLY;BYYEARDAY=-1;BYMONTH=12", 3),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29", 2),
        ("FREQ=MONTHLY;BYDAY=6MO", 1),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=-6TU", 1),
        ("FREQ=YEARLY;BYDAY=60MO", 1),
        ("FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6", 1),
        ("FREQ=YEARLY;BYDAY=46TU", 2),
    ],
)
def test_rule_without_any_date_leaves_the_first_and_others_are_followed(rule: str, dates: int) -> None:
    assert len(reading(event("x", more=f"RRULE:{rule}")).busy) == dates


def test_many_modest_repetitions_together_end_in_an_error_too() -> None:
    one = event("n", more="RRULE:FREQ=DAILY").split(b"\r\n")
    head, body, tail = one[:3], one[3:-2], one[-2:]
    parts = [line.replace(b"UID:n", f"UID:n{number}".encode()) for number in range(40) for line in body]
    content = b"\r\n".join([*head, *parts, *tail])
    with pytest.raises(CalendarTrouble) as caught:
        reading(content, limits=ReadingLimits(steps=5_000))
    assert caught.value.code == Trouble.REPEATS_TOO_OFTEN
    with pytest.raises(CalendarTrouble) as caught:
        reading(content, limits=ReadingLimits(events=1_000))
    assert caught.value.code == Trouble.TOO_MANY_EVENTS


_moments = st.datetimes(min_value=datetime(2023, 6, 1), max_value=datetime(2024, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 hypothesis adds the zone
_texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=60)


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]),
    events=st.lists(
        st.tuples(_moments, st.integers(min_value=1, max_value=100_000), _texts), max_size=6, unique_by=lambda e: e[0]
    ),
)
def test_what_we_publish_ourselves_reads_back_as_it_was(zone: str, events: list[tuple[datetime, int, str]]) -> None:
    entries = tuple(
        CalendarEntry(
            uid=f"e{number}",
            sequence=number,
            changed_at=datetime(2023, 11, 1, tzinfo=UTC),
            starts_at=starts_at.replace(microsecond=0),
            ends_at=starts_at.replace(microsecond=0) + timedelta(minutes=minutes),
            summary=summary,
        )
        for number, (starts_at, minutes, summary) in enumerate(events)
    )
    found = reading(write_calendar(Calendar(name="x", time_zone=zone, entries=entries)), zone="Asia/Jayapura").busy
    assert [(one.uid, one.starts_at, one.ends_at, one.summary) for one in found] == [
        (one.uid, one.starts_at, one.ends_at, " ".join(one.summary.split())) for one in entries
    ]


@settings(max_examples=60, deadline=None)
@given(
    day=st.integers(min_value=1, max_value=28),
    interval=st.integers(min_value=1, max_value=4),
    count=st.integers(min_value=1, max_value=30),
    dropped=st.sets(st.integers(min_value=0, max_value=29), max_size=4),
    zone=st.sampled_from(["Asia/Jakarta", "SE Asia Standard Time", "WIB", "/x.example/Asia/Jakarta"]),
)
def test_weekly_repetitions_are_counted_by_hand(
    day: int, interval: int, count: int, dropped: set[int], zone: str
) -> None:
    first = datetime(2023, 6, day, 9, tzinfo=JAKARTA)
    slots = [first + timedelta(weeks=interval * number) for number in range(count)]
    exdates = "".join(f" EXDATE;TZID={zone}:{slots[n]:%Y%m%dT%H%M%S}" for n in sorted(dropped) if n < count)
    content = event(
        "weekly",
        f"{first:%Y%m%dT%H%M%S}",
        f"{first + timedelta(hours=1):%Y%m%dT%H%M%S}",
        more=f"RRULE:FREQ=WEEKLY;INTERVAL={interval};COUNT={count}",
    ).replace(b"Asia/Jakarta", zone.encode())
    # The name of the zone holds spaces, so these lines do not go through `more`.
    lines = exdates.replace(" EXDATE", "\r\nEXDATE").encode()
    content = content.replace(b"\r\nEND:VEVENT", lines + b"\r\nEND:VEVENT")
    expected = [slot for n, slot in enumerate(slots) if n not in dropped and slot < WINDOW.ends_at]
    assert sorted(one.starts_at for one in reading(content).busy) == expected
