"""Numbers, dates and sentences as people write them in Indonesian and in English."""

from datetime import date
from decimal import Decimal

from typing_extensions import TypedDict

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


class Text(TypedDict):
    """One sentence in both languages."""

    id: str
    en: str


def number_en(value: int | Decimal) -> str:
    return f"{value:,}"


def number_id(value: int | Decimal) -> str:
    return f"{value:,}".translate(str.maketrans(",.", ".,"))


def plain(number: Decimal) -> Decimal:
    """Without zeros at the end: 25, not 25.000 or 2.5E+1."""
    return Decimal(format(number.normalize(), "f"))


def date_id(day: date) -> str:
    return f"{day.day} {_MONTHS_ID[day.month - 1]} {day.year}"


def date_en(day: date) -> str:
    return f"{day.day} {_MONTHS_EN[day.month - 1]} {day.year}"


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
        "en": english.format(**{name: shown(value, is_english=True) for name, value in values.items()}),
    }
