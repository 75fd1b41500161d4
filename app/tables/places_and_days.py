"""Degrees and dates as people write them in Indonesia: `3°17'S`, `102,91 BT`, `13/11/2023`, `13 November 2023`."""

import re
from collections.abc import Callable
from datetime import date

from app.languages import said
from app.tables.bad_text import BadText

_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,3})?")
_HEMISPHERES = {
    "latitude": {"n": 1, "lu": 1, "u": 1, "ls": -1, "s": -1},
    "longitude": {"e": 1, "bt": 1, "t": 1, "w": -1, "bb": -1, "b": -1},
}
_HEMISPHERE = re.compile(r"\s*(LU|LS|BT|BB|[NSEWUTB])\.?\s*", re.IGNORECASE)
_SEXAGESIMAL = re.compile(
    r"""(?P<sign>[+-]?)(?P<degrees>\d{1,3})\s*(?:[°º˚:]|\s)\s*(?P<minutes>\d{1,2}(?:[.,]\d+)?)\s*(?:['′’`:]|\s|$)\s*"""
    r"""(?:(?P<seconds>\d{1,2}(?:[.,]\d+)?)\s*(?:"|″|”|''|’’)?)?"""
)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAY_FIRST = re.compile(r"(\d{1,2})\s*[/.\-\s]\s*(\d{1,2}|[a-z]+)\.?\s*[/.\-\s]\s*(\d{4})", re.IGNORECASE)
_MONTHS = (
    "jan januari january",
    "feb februari february",
    "mar maret march",
    "apr april",
    "mei may",
    "jun juni june",
    "jul juli july",
    "agu agt agustus aug august",
    "sep sept september",
    "okt oktober oct october",
    "nov november",
    "des desember dec december",
)
_MONTH_NUMBERS = {word: number for number, words in enumerate(_MONTHS, start=1) for word in words.split()}
_DATE_MEND = said(
    "Write year-month-day, such as 2023-11-20, or day/month/year, such as 20/11/2023.",
    "Tulis tahun-bulan-hari, misalnya 2023-11-20, atau hari/bulan/tahun, misalnya 20/11/2023.",
)


def degrees_of(axis: str) -> Callable[[str], float]:
    """A reader of degrees of `latitude` or `longitude`: decimal, with a sign or a hemisphere, or with minutes."""
    hemispheres = _HEMISPHERES[axis]

    def read(text: str) -> float:
        body, side = text.strip(), 1
        if (hemisphere := _hemisphere(body)) is not None:
            word, body = hemisphere
            if word not in hemispheres or body.startswith("-"):
                raise _no_degrees()
            side = hemispheres[word]
        body = body.strip()
        number = body.removesuffix("°").strip()
        if _NUMBER.fullmatch(number):
            return side * float(number.replace(",", "."))
        match = _SEXAGESIMAL.fullmatch(body)
        if match is None:
            raise _no_degrees()
        minutes, seconds = (float((match[name] or "0").replace(",", ".")) for name in ("minutes", "seconds"))
        if minutes >= 60 or seconds >= 60:
            raise _no_degrees()
        value = int(match["degrees"]) + minutes / 60 + seconds / 3600
        # A billionth of a degree is a tenth of a millimetre: what is beyond it comes from the division alone.
        return round((-1 if match["sign"] == "-" else 1) * side * value, 9)

    return read


def _hemisphere(text: str) -> tuple[str, str] | None:
    """The letters for the side of the globe, before or behind, and the rest."""
    for match in (re.match(_HEMISPHERE, text), re.search(_HEMISPHERE.pattern + "$", text, re.IGNORECASE)):
        if match is not None:
            return match[1].lower(), text[: match.start()] + text[match.end() :]
    return None


def _no_degrees() -> BadText:
    return BadText(
        said("These are no degrees.", "Ini bukan derajat."),
        said(
            "Write degrees as a decimal number, such as -3.2819, or as 3°17'S and 102°55'E.",
            "Tulis derajat sebagai desimal, misalnya -3.2819, atau 3°17' LS dan 102°55' BT.",
        ),
    )


latitude = degrees_of("latitude")
longitude = degrees_of("longitude")


def calendar_date(text: str) -> date:
    """`2023-11-20`; or the day first, as Indonesia writes it: `20/11/2023`, `20 November 2023`."""
    parts: tuple[int, int, int] | None = None
    if _ISO.fullmatch(text):
        year, month, day = (int(part) for part in text.split("-"))
        parts = year, month, day
    elif (match := _DAY_FIRST.fullmatch(text)) is not None:
        named = int(match[2]) if match[2].isdecimal() else _MONTH_NUMBERS.get(match[2].lower())
        parts = None if named is None else (int(match[3]), named, int(match[1]))
    if parts is None:
        raise BadText(said("This is no date.", "Ini bukan tanggal."), _DATE_MEND)
    try:
        return date(*parts)
    except ValueError:
        raise BadText(
            said("There is no such day in the calendar.", "Tidak ada tanggal seperti itu."), _DATE_MEND
        ) from None
