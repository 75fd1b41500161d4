"""What names of zones mean, whoever invented them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.calendars.zones import Zones

MAKASSAR = ZoneInfo("Asia/Makassar")


def hours(name: str, *, month: int = 1) -> float | None:
    """Hours ahead of UTC in a month of 2023; None for a name that means nothing."""
    zones = Zones(MAKASSAR, {})
    offset = datetime(2023, month, 1, tzinfo=zones.zone(name)).utcoffset()
    return None if zones.unknown or offset is None else offset / timedelta(hours=1)


@pytest.mark.parametrize(
    ("name", "ahead"),
    [
        *[("(UTC+07:00) Bangkok, Hanoi, Jakarta", 7), ("(UTC+07:00) Bangkok\\, Hanoi\\, Jakarta", 7)],
        *[("(GMT+07.00) Bangkok/Hanoi/Jakarta", 7), ("(UTC+09:00) Osaka, Sapporo, Tokyo", 9)],
        *[("GMT+09:00", 9), ("GMT+9", 9), ("GMT +0900", 9), ("UTC+7", 7), ("UTC+0530", 5.5), ("UTC+545", 5.75)],
        *[("+08:00", 8), ('"+09:00"', 9), ("+0700", 7), ("+7", 7), ("-03:30", -3.5), ("UTC\u221205:00", -5)],
        *[("Etc/GMT-7", 7), ("Etc/GMT+7", -7), ("etc/gmt-09", 9), ("Etc/GMT0", 0), ("GMT", 0), ("(UTC)", 0)],
        *[("tzone://Microsoft/Utc", 0), ("tzone://Microsoft/SE Asia Standard Time", 7)],
        *[("Microsoft/Tokyo Standard Time", 9), ("/x.example/Tokyo Standard Time", 9), ("/x.example/WITA", 8)],
        *[("/mozilla.org/20050126_1/Asia/Jakarta", 7), ("asia/jayapura", 9), ("ASIA/JAKARTA", 7)],
        *[("WIB (UTC+7)", 7), ("Asia/Jakarta (GMT+07:00)", 7), ("(UTC+07:00) SE Asia Standard Time", 7)],
        *[("(UTC) Coordinated Universal Time", 0), ("UTC+00:00", 0), ("right/Asia/Jakarta", 7)],
    ],
)
def test_name_that_holds_an_offset_or_a_known_name_means_it(name: str, ahead: float) -> None:
    assert hours(name) == ahead


@pytest.mark.parametrize(
    ("name", "winter", "summer"),
    [
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", 1, 2),
        ("(GMT) Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London", 0, 1),
        ("(UTC-05:00) Eastern Time (US & Canada)", -5, -4),
        ("GMT+01:00", 1, 1),
    ],
)
def test_clocks_change_where_the_name_shows_cities_in_which_they_do(name: str, winter: float, summer: float) -> None:
    assert (hours(name, month=1), hours(name, month=7)) == (winter, summer)


@pytest.mark.parametrize(
    "name",
    ["Zona Entah", "tzone://Microsoft/Custom", "GMT+25:00", "UTC+7:75", "2023+07", "Lantai -3", "localtime", "", "/"],
)
def test_name_that_means_nothing_is_told(name: str) -> None:
    assert hours(name) is None


def test_unknown_zone_is_the_calendars_own_which_may_be_an_offset_too() -> None:
    zones = Zones(MAKASSAR, {}, calendar_zone="(UTC+09:00) Osaka, Sapporo, Tokyo")
    assert datetime(2023, 1, 1, tzinfo=zones.zone("Zona Entah")).utcoffset() == timedelta(hours=9)


def test_definition_sent_along_is_known_by_its_name_however_that_is_escaped() -> None:
    lines = ["BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0930", "TZOFFSETTO:+0930", "END:STANDARD"]
    zones = Zones(MAKASSAR, {"Kantor\\, pusat": lines})
    assert datetime(2023, 1, 1, tzinfo=zones.zone("Kantor, pusat")).utcoffset() == timedelta(hours=9.5)
    assert not zones.unknown
