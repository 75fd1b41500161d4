"""Figures as people write them in files. The one rule: a sheet is written in one manner, Indonesian (`1.234`, `12,5`)
or English (`1,234`, `12.5`), as its unambiguous figures show; where they show none, `1.234` is refused."""

import re
from collections.abc import Iterable
from enum import StrEnum

from app.languages import said
from app.tables.bad_text import BadText


class Manner(StrEnum):
    INDONESIAN = "indonesian"
    ENGLISH = "english"


_SEPARATORS = {Manner.INDONESIAN: (r"\.", ","), Manner.ENGLISH: (",", r"\.")}
"""Of thousands, and before decimals."""
_UNIT = re.compile(r"\s*(jiwa|orang|org|kk|menit|hari|people|minutes|days)\.?$", re.IGNORECASE)
_SEPARATED = re.compile(r"[+-]?\d[\d.,]*|[+-]?[.,]\d+")


def _pattern(manner: Manner) -> re.Pattern[str]:
    thousands, point = _SEPARATORS[manner]
    # No group of thousands begins with a nought: 0.850 is a fraction in every manner.
    grouped = rf"[1-9]\d{{0,2}}(?:{thousands}\d{{3}})+"
    return re.compile(rf"(?P<sign>[+-]?)(?P<whole>{grouped}|\d+|(?={point}\d))(?:{point}(?P<decimals>\d*))?")


_PATTERNS = {manner: _pattern(manner) for manner in Manner}


def _readings(text: str) -> dict[Manner, str]:
    """The figure in digits with a point before decimals, by each manner that allows it."""
    readings = {}
    for manner, pattern in _PATTERNS.items():
        if (match := pattern.fullmatch(text)) is not None:
            decimals = match["decimals"]
            whole = re.sub("[.,]", "", match["whole"]) or "0"
            readings[manner] = match["sign"].replace("+", "") + whole + (f".{decimals}" if decimals else "")
    return readings


def _bare(text: str) -> str:
    """Without a unit, a percent sign or blanks between groups (`1 234`)."""
    bare = _UNIT.sub("", text.strip()).removesuffix("%").strip()
    return re.sub(r"(?<=\d)[ \u00a0\u202f](?=\d{3}\b)", "", bare)


def manner_of(text: str) -> Manner | None:
    """The manner that this figure shows; None where both would read it, or neither."""
    bare = _bare(text)
    if _SEPARATED.fullmatch(bare) is None or not re.search("[.,]", bare):
        return None
    readings = _readings(bare)
    return next(iter(readings)) if len(readings) == 1 else None


def manners_of(texts: Iterable[str]) -> frozenset[Manner]:
    """The manners that these figures show: one in a sheet that agrees with itself."""
    return frozenset(manner for text in texts if (manner := manner_of(text)) is not None)


def plain_figure(text: str, manners: frozenset[Manner]) -> str:
    """The figure in digits with a point before decimals; text that is none stays. Raises `BadText` for two readings."""
    bare = _bare(text)
    if _SEPARATED.fullmatch(bare) is None:
        return text
    readings = _readings(bare)
    percent = "%" if text.rstrip().endswith("%") else ""
    if not readings:
        return text
    if len(set(readings.values())) == 1:
        return next(iter(readings.values())) + percent
    if len(manners) == 1:
        return readings[next(iter(manners))] + percent
    thousands = readings[_thousands_manner(bare)]
    fraction = next(reading for reading in readings.values() if reading != thousands)
    reason = (
        said("the sheet's other figures show no manner", "angka lain di lembar ini tidak menunjukkan caranya")
        if not manners
        else said("the sheet's figures mix both manners", "angka di lembar ini memakai kedua cara")
    )
    raise BadText(
        said(
            "This can be read as {thousands} or as {fraction}, and {reason}.",
            "Ini dapat dibaca {thousands} atau {fraction}, dan {reason}.",
            thousands=thousands,
            fraction=fraction,
            reason=reason,
        ),
        said(
            "Write {thousands} in digits alone, or say how the sheet writes figures: figures=indonesian (1.234 and "
            "12,5) or figures=english (1,234 and 12.5).",
            "Tulis {thousands} dengan angka saja, atau sebutkan cara menulis angka: figures=indonesian (1.234 dan "
            "12,5) atau figures=english (1,234 dan 12.5).",
            thousands=thousands,
        ),
    )


def _thousands_manner(bare: str) -> Manner:
    return Manner.INDONESIAN if "." in bare else Manner.ENGLISH
