"""Entries of ours as servers give them back."""

from zoneinfo import ZoneInfo

from app.calendars.own_entries import digest_of, glimpse_of
from tests.app.calendars.events import event


def test_glimpse_shows_times_in_a_zone_whose_name_holds_a_colon() -> None:
    content = event("x", end="20231114T240000").replace(b"Asia/Jakarta", b"(UTC+07:00) Bangkok, Hanoi, Jakarta")
    seen = glimpse_of(content, ZoneInfo("Asia/Makassar"))
    assert (seen["starts_at"], seen["ends_at"]) == ("2023-11-14T09:00:00+07:00", "2023-11-15T00:00:00+07:00")


def test_digest_of_what_was_written_before_stays_the_same() -> None:
    assert digest_of(event("x")) == "9947afa7e080effb6e9d65b9c67430fe"
    assert digest_of(event("x", more="X-A_B:1 DTSTAMP:20240101T000000Z")) == digest_of(event("x"))
    assert digest_of(event("x", "20231115T090000")) != digest_of(event("x"))
