"""Nothing of a foreign calendar vanishes without a word: an event is busy, free or cancelled as its file says, or named
in a remark, and no odd event costs another one."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.languages import Said, shape_of
from tests.app.calendars.events import event
from tests.app.calendars.test_foreign_ics import CORPUS, reading

JAKARTA = "TZID=Asia/Jakarta"


def remarks_of(name: str) -> tuple[Said, ...]:
    return reading((CORPUS / name).read_bytes()).remarks


@pytest.mark.parametrize(
    ("name", "summary", "words"),
    [
        ("odd-moments.ics", "Akhir rusak", "was left out: its end cannot be read"),
        ("odd-moments.ics", "Lama dipakai", "its duration was taken"),
        ("odd-moments.ics", "Hari rusak", "one day was taken"),
        ("odd-moments.ics", "Lama rusak", "was left out: its end cannot be read"),
        ("odd-moments.ics", "Tanpa akhir", "no end take no time"),
        ("odd-moments.ics", "Status entah", "STATUS that is unknown"),
        ("odd-moments.ics", "Status entah", "TRANSP that is unknown"),
        ("odd-moments.ics", "Dua awal", "more than one DTSTART"),
        ("odd-moments.ics", "Asal rusak", "an event of its own"),
        *(
            ("odd-rules.ics", summary, "only its first date counts")
            for summary in ("Kosong", "Tanpa FREQ", "Jarak nol", "Bulan 13", "Nol kali")
        ),
        ("odd-rules.ics", "Terlalu sering", "was left out: it repeats too often"),
        ("odd-rules.ics", "Tanggal rusak", "dates (EXDATE) that cannot be read"),
        ("stray-lines.ics", "Batal", "a line that is no property"),
        ("stray-lines.ics", "Jam di luar", "a line that is no property"),
        ("nextcloud.ics", "Versi lama", "another one of its identity is newer"),
    ],
)
def test_odd_event_is_named_with_how_it_was_taken(name: str, summary: str, words: str) -> None:
    assert any(f"'{summary}'" in remark and words in remark for remark in remarks_of(name)), remarks_of(name)


@pytest.mark.parametrize("name", ["zones-by-offset.ics", "google.ics", "outlook.ics", "zimbra.ics"])
def test_calendar_without_anything_odd_has_no_remark(name: str) -> None:
    assert remarks_of(name) == ()


def test_private_words_of_an_odd_event_are_in_no_remark() -> None:
    for odd in ("RRULE:", "RRULE:FREQ=DAILY;BYDAY=XX", "STATUS:apa", "DTSTART:lagi", "kata", "RRULE:FREQ=SECONDLY"):
        content = event("x", more=f"CLASS:PRIVATE {odd}").replace(b"Rapat x", b"Rahasia")
        read = reading(content)
        assert "Rahasia" not in " ".join(read.remarks)
        assert "'x'" in " ".join(read.remarks)


def test_every_remark_is_said_in_indonesian_too() -> None:
    remarks = [remark for path in sorted(CORPUS.glob("*.ics")) for remark in reading(path.read_bytes()).remarks]
    assert len({shape_of(remark) for remark in remarks}) > 5
    assert [remark for remark in remarks if remark.indonesian == remark] == []


def test_remarks_beyond_the_fiftieth_are_counted() -> None:
    parts = [
        event(f"e{number}", more="RRULE:").split(b"BEGIN:VEVENT")[1].split(b"END:VCALENDAR")[0] for number in range(60)
    ]
    content = b"BEGIN:VCALENDAR\r\n" + b"".join(b"BEGIN:VEVENT" + part for part in parts) + b"END:VCALENDAR\r\n"
    read = reading(content)
    assert len(read.busy) == 60
    assert (len(read.remarks), read.remarks[-1]) == (51, "… and 10 more remarks of this kind.")


def test_lines_behind_and_between_the_events_cost_nothing_but_a_remark() -> None:
    content = event("x").replace(b"END:VCALENDAR", b"kata lepas\r\nEnd: 10.00 WIB\r\nEND:VCALENDAR\r\nDikirim dari HP")
    read = reading(content)
    assert [one.uid for one in read.busy] == ["x"]
    assert read.remarks == ("Lines between the events that are no properties were passed over (3).",)


def test_long_identities_that_begin_alike_are_different_events() -> None:
    first, second = event("a" * 400 + "1", end="20231114T093000"), event("a" * 400 + "2", end="20231114T094500")
    body = second.split(b"\r\n", 3)[3]
    assert len(reading(first.replace(b"END:VCALENDAR\r\n", body)).busy) == 2


EVENTS = [
    [f"DTSTART;{JAKARTA}:20231114T080000", f"DTEND;{JAKARTA}:20231114T100000"],
    ["DTSTART:20231114T010000Z", "DURATION:PT2H", "CLASS:PUBLIC"],
    ["DTSTART;VALUE=DATE:20231114", "DTEND;VALUE=DATE:20231116", "SEQUENCE:2"],
    [f"DTSTART;{JAKARTA}:20231114T080000", f"DTEND;{JAKARTA}:20231114T100000", "RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=4"],
    [
        f"DTSTART;{JAKARTA}:20231114T080000",
        f"DTEND;{JAKARTA}:20231114T100000",
        "RRULE:FREQ=DAILY;UNTIL=20231130T170000Z",
        f"EXDATE;{JAKARTA}:20231115T080000,20231116T080000",
        f"RDATE;{JAKARTA}:20231202T080000",
    ],
    ["DTSTART;TZID=(UTC+07:00) Bangkok, Hanoi, Jakarta:20231114T080000", "DTEND;TZID=+08:00:20231114T110000"],
]
JUNK = st.sampled_from(
    ["x", "_", " ", ";", ":", '"', "=", ",", "/", "\\", "-", "é", "\t", "\u200b", "T", "Z", "\x01", "\ud83d\ude00"]
)
STRAY_LINES = st.sampled_from(
    [
        "X-LAMA_UUID:F0",
        "catatan",
        "CATATAN",
        "End: 10.00 WIB",
        "Begin: 08.00",
        "END:",
        ":",
        ";",
        "=",
        '"',
        "12",
        "X",
        ",",
    ]
)


@st.composite
def mutated(draw: st.DrawFn, lines: list[str]) -> list[str]:
    """The lines of an event with one of them spoiled; no digit becomes another one, so that no time moves."""
    index = draw(st.integers(0, len(lines) - 1))
    line = lines[index]
    at = draw(st.integers(0, len(line)))
    how = draw(st.sampled_from(["insert", "delete", "cut", "drop", "twice", "stray", "empty", "unfold", "keep"]))
    spoiled = {
        "insert": [line[:at] + draw(JUNK) + line[at:]],
        "delete": [line[:at] + line[at + 1 :]],
        "cut": [line[:at]],
        "drop": [],
        "twice": [line, line],
        "stray": [line, draw(STRAY_LINES)],
        "empty": [line.partition(":")[0] + ":"],
        "unfold": [line[:at], line[at:]],
        "keep": [line],
    }[how]
    return [*lines[:index], *spoiled, *lines[index + 1 :]]


@st.composite
def spoiled_files(draw: st.DrawFn) -> bytes:
    parts = []
    for number in range(5):
        lines = [f"UID:uid{number}", f"SUMMARY:Acara {number}", *draw(st.sampled_from(EVENTS)), "STATUS:CONFIRMED"]
        lines = draw(st.permutations(lines)) if draw(st.booleans()) else lines
        parts += ["BEGIN:VEVENT", *draw(mutated(lines)), "END:VEVENT"]
    return "\r\n".join(["BEGIN:VCALENDAR", *parts, "END:VCALENDAR", ""]).encode("utf-8", "surrogatepass")


@settings(max_examples=500, deadline=None)
@given(content=spoiled_files())
def test_every_event_of_a_spoiled_file_is_busy_or_named(content: bytes) -> None:
    read = reading(content)
    assert read.trouble is None
    said = " ".join(read.remarks)
    for number in range(5):
        is_busy = any(f"uid{number}" in one.uid or f"Acara {number}" in str(one.summary) for one in read.busy)
        assert is_busy or f"Acara {number}" in said or f"uid{number}" in said, (number, content, read.remarks)


_CORPUS = st.sampled_from(sorted(CORPUS.glob("*.ics")))


@settings(max_examples=500, deadline=None)
@given(path=_CORPUS, edits=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=3), st.integers(0, 3)), max_size=6))
def test_spoiled_corpus_is_read_or_refused_and_read_again_the_same(
    path: Path, edits: list[tuple[float, bytes, int]]
) -> None:
    content = path.read_bytes()
    for place, added, removed in edits:
        at = int(place * len(content))
        content = content[:at] + added + content[at + removed :]
    read = reading(content)
    if read.trouble is None:
        again = reading(read.kept)
        assert (again.busy, again.kept) == (read.busy, read.kept)
