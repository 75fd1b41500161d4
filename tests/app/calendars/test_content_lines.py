"""Lines as exporters write them, and what is made of them."""

import pytest

from app.calendars.content_lines import ContentLine, for_library, plain_moment, taken_apart, unfolded


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("20231114T240000", "20231115T000000"),
        ("20231231T2400", "20240101T000000"),
        ("20231114T0800", "20231114T080000"),
        ("20231114t080000z", "20231114T080000Z"),
        ("20231231T235960Z", "20231231T235959Z"),
        ("2023-11-14", "20231114"),
        ("2023-11-14T08:00:00", "20231114T080000"),
        ("2023-11-14 08:00", "20231114T080000"),
        ("2023-11-14T08:00:00.123+07:00", "20231114T010000Z"),
        ("20231114T080000-0330", "20231114T113000Z"),
        (" 20231114 ", "20231114"),
    ],
)
def test_moment_in_another_spelling_is_read(written: str, plain: str) -> None:
    assert plain_moment(written) == plain


@pytest.mark.parametrize(
    "written", ["", "besok", "20231399", "20231114T250000", "20231114T240100", "20231114T080061", "2023-1114", "PT1H"]
)
def test_what_is_no_moment_stays_as_it_is(written: str) -> None:
    assert plain_moment(written) == written


@pytest.mark.parametrize(
    ("line", "tail"),
    [
        ("X-LAMA_UUID:F0", ["X-LAMA_UUID:F0"]),
        ("catatan", ["X-JEMPUT-STRAY-LINE:1"]),
        ("CATATAN", ["X-JEMPUT-STRAY-LINE:1"]),
    ],
)
@pytest.mark.parametrize(
    "before",
    ["STATUS:CANCELLED", "TRANSP:TRANSPARENT", "UID:a", "DTEND:20231114T080000Z", "END:VEVENT", "CLASS:PUBLIC"],
)
def test_line_that_is_not_indented_never_spoils_a_word_or_a_time(before: str, line: str, tail: list[str]) -> None:
    assert list(unfolded(f"{before}\n{line}\n".encode())) == [before, *tail]


@pytest.mark.parametrize(
    ("before", "line"),
    [("SUMMARY:Rapat", " besar".strip()), ("EXDATE:20231114,", "20231115"), ("RRULE:FREQ=DAILY;", "COUNT=3")],
)
def test_line_that_somebody_forgot_to_indent_goes_on_with_words_and_lists(before: str, line: str) -> None:
    assert list(unfolded(f"{before}\n{line}\n".encode())) == [before + line]


def test_words_of_a_stray_line_are_not_kept() -> None:
    assert b"rahasia" not in "\n".join(unfolded(b"STATUS:CONFIRMED\nkata rahasia\nlagi rahasia\nUID:a")).encode()


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        (
            "DTSTART;TZID=(UTC+07:00) Jakarta:20231114T080000",
            ContentLine("DTSTART", ";TZID=(UTC+07:00) Jakarta", "20231114T080000"),
        ),
        ('DTEND;TZID="a:b;c":2023-11-14T08:00', ContentLine("DTEND", ';TZID="a:b;c"', "2023-11-14T08:00")),
        ("dtstart:besok: pagi", ContentLine("DTSTART", "", "besok: pagi")),
        ('SUMMARY;ALTREP="http://x":Rapat: besar', ContentLine("SUMMARY", ';ALTREP="http://x"', "Rapat: besar")),
        ('SUMMARY;ALTREP="x:Rapat', ContentLine("SUMMARY", ';ALTREP="x', "Rapat")),
        ("SUMMARY", ContentLine("SUMMARY", "", "")),
    ],
)
def test_line_is_taken_apart_as_it_was_meant(line: str, parts: ContentLine) -> None:
    assert taken_apart(line) == parts


def test_zone_with_any_signs_reaches_the_library_as_plain_letters() -> None:
    (line,) = for_library('DTSTART;TZID="a;b:c,d";VALUE=DATE-TIME:20231114T080000')
    assert line == f"DTSTART;X-ZONE={b'a;b:c,d'.hex()}:20231114T080000"


def test_dates_of_a_list_come_one_by_one_and_a_whole_day_without_its_midnight() -> None:
    assert for_library("EXDATE;VALUE=DATE:20231114T000000Z,entah") == ["EXDATE:20231114", "EXDATE:entah"]
