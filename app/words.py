"""Numbers, dates and sentences as people write them in Indonesian and in English."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from typing_extensions import TypedDict

from app.languages import Language, Said, in_language, said, singular_of_one

_MONTHS_ID = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)
_MONTHS_EN = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

_WEEKDAYS_ID = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Text(TypedDict):
    """One sentence in both languages."""

    id: str
    en: str


NOUNS: Mapping[str, Said] = {
    "district": said("district", "daerah"),
    "area": said("area", "kecamatan"),
    "site": said("site", "lokasi"),
    "team": said("team", "tim"),
}
"""What codes name, inside a sentence."""


def number_en(value: int | Decimal) -> str:
    return f"{value:,}"


def number_id(value: int | Decimal) -> str:
    return f"{value:,}".translate(str.maketrans(",.", ".,"))


def said_number(value: int | Decimal) -> Said:
    """The number inside a sentence that is said in both languages."""
    return said(number_en(value), number_id(value))


def plain(number: Decimal) -> Decimal:
    """Without zeros at the end: 25, not 25.000 or 2.5E+1."""
    return Decimal(format(number.normalize(), "f"))


def date_id(day: date) -> str:
    return f"{day.day} {_MONTHS_ID[day.month - 1]} {day.year}"


def date_en(day: date) -> str:
    return f"{day.day} {_MONTHS_EN[day.month - 1]} {day.year}"


def weekday_and_date(day: date) -> Text:
    """Selasa, 14 November 2023; Tuesday, 14 November 2023."""
    return {
        "id": f"{_WEEKDAYS_ID[day.weekday()]}, {date_id(day)}",
        "en": f"{_WEEKDAYS_EN[day.weekday()]}, {date_en(day)}",
    }


def days_between_id(first: date, last: date) -> str:
    """A span of days as a letter writes it: 13 sampai dengan 17 November 2023."""
    if first == last:
        return date_id(first)
    shared = 2 if (first.year, first.month) == (last.year, last.month) else 1 if first.year == last.year else 0
    begins = date_id(first).split()
    return f"{' '.join(begins[: 3 - shared])} sampai dengan {date_id(last)}"


def joined_id(parts: Sequence[str]) -> str:
    """`a`, `a dan b`, `a, b, dan c`."""
    if len(parts) < 3:
        return " dan ".join(parts)
    return f"{', '.join(parts[:-1])}, dan {parts[-1]}"


_DIGITS = ("", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas")


def days_long_id(days: int) -> str:
    """How long a trip takes, as forms want it: 5 (lima) hari."""
    if days < 12:
        words = _DIGITS[days]
    elif days < 20:
        words = f"{_DIGITS[days - 10]} belas"
    else:
        words = " ".join(filter(None, (f"{_DIGITS[days // 10]} puluh", _DIGITS[days % 10])))
    return f"{days} ({words}) hari"


def in_both(indonesian: str, english: str, **values: int | Decimal | date | str | Text) -> Text:
    """Both sentences with their `{placeholders}` written the way each language writes numbers and dates."""

    def shown(value: int | Decimal | date | str | Text, *, is_english: bool) -> str:
        if isinstance(value, date):
            return date_en(value) if is_english else date_id(value)
        if isinstance(value, int | Decimal):
            return number_en(value) if is_english else number_id(value)
        if isinstance(value, str):
            return value
        return value["en"] if is_english else value["id"]

    return {
        "id": indonesian.format(**{name: shown(value, is_english=False) for name, value in values.items()}),
        "en": singular_of_one(
            english.format(**{name: shown(value, is_english=True) for name, value in values.items()})
        ),
    }


def spoken(text: Text) -> Said:
    """The sentence for a refusal, which shows one of its languages alone."""
    return said(text["en"], text["id"])


def text_of(sentence: str) -> Text:
    """A sentence for a refusal as both its languages."""
    return {"id": in_language(sentence, Language.INDONESIAN), "en": str(sentence)}


def clock(minute: int) -> Text:
    """A moment, in minutes after midnight, as the hour of the day: 08.00 in Indonesian, 08:00 in English."""
    return {"id": f"{minute // 60:02}.{minute % 60:02}", "en": f"{minute // 60:02}:{minute % 60:02}"}


def hour_of(local: datetime) -> Text:
    """The hour of the day of a local moment."""
    return clock(local.hour * 60 + local.minute)


def hours_between(start: datetime, end: datetime) -> Text:
    """From one local moment to another of the same day."""
    return clock_span(start.hour * 60 + start.minute, end.hour * 60 + end.minute)


def moment(local: datetime) -> Text:
    """A local date and time: 14 November 2023 pukul 08.00, 14 November 2023 at 08:00."""
    return in_both("{day} pukul {hour}", "{day} at {hour}", day=local.date(), hour=hour_of(local))


def said_moment(at: datetime, zone: ZoneInfo) -> Said:
    """`moment` of an instant on the clocks of a zone, inside a sentence."""
    return spoken(moment(at.astimezone(zone)))


def clock_span(start: int, end: int) -> Text:
    """From one moment to another, in minutes after midnight."""
    begins, ends = clock(start), clock(end)
    return {"id": f"{begins['id']}–{ends['id']}", "en": f"{begins['en']}–{ends['en']}"}


def percent(share: float) -> Text:
    """A share, 0 to 1, in whole percent; with one decimal where it is small: 34 %, 0,5 %."""
    written = f"{100 * share:.0f}" if share >= 0.1 else f"{100 * share:.1f}"
    return {"id": f"{written.replace('.', ',')} %", "en": f"{written} %"}
