"""What the fields of lodgings, stations and connections share: texts, ranges, days, and where a figure comes from."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from app.districts.models import Provenance
from app.errors import FieldProblem
from app.languages import said
from app.payloads import Incoming
from app.tables.fields import (
    Range,
    named_words,
    plain_text,
    text_problems,
    weekday_mask,
    weekday_text,
)
from app.tables.places_and_days import calendar_date
from app.travel.places import PREFIXES

MAX_CODE = 60
MAX_ZONE = 60
EVERY_DAY = "1111111"
LOCK = "travel"
"""Ways name places, so whatever of both is written waits for the other."""
COST = Range(low=0, high=1_000_000_000, noun=said("cost in rupiah", "biaya dalam rupiah"))
TEAMS = Range(low=1, high=100, noun=said("number of teams", "jumlah tim"))
ZONE_WORDS = ("zona", "pulau", "wilayah", "kawasan")
LAT_WORDS = ("lintang", "latitude", "garis lintang", "koordinat y", "y", "ls")
LON_WORDS = ("bujur", "longitude", "long", "lng", "garis bujur", "koordinat x", "x", "bt")
NOTE_WORDS = ("catatan", "keterangan")
PROVENANCE_WORDS = ("asal data",)

read_zone = plain_text(MAX_ZONE)
read_provenance = named_words(Provenance)

Readers = Mapping[str, Callable[[str], Any]]


def day_words(*, begins: tuple[str, ...] = (), ends: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    """The words of sheets for weekdays and a span of dates, after those of the thing itself."""
    return {
        "weekdays": ("hari", "hari operasi", "hari berlayar", "hari terbang", "hari buka"),
        "starts_on": (*begins, "mulai", "sejak", "berlaku mulai", "hari pertama"),
        "ends_on": (*ends, "sampai", "hingga", "berlaku sampai", "hari terakhir"),
    }


DAY_READERS: Readers = {"weekdays": weekday_mask, "starts_on": calendar_date, "ends_on": calendar_date}


def day_cells(values: Mapping[str, Any]) -> dict[str, Any]:
    """Weekdays as an export writes them."""
    return {"weekdays": None if values["weekdays"] == EVERY_DAY else weekday_text(values["weekdays"])}


def plain_problems(
    values: Mapping[str, Any], readers: Readers, *, texts: Iterable[str], ranges: Mapping[str, Range]
) -> list[FieldProblem]:
    """What is wrong with texts and figures, each by itself."""
    problems = text_problems(values, readers, names=texts)
    return problems + [
        problem
        for name, allowed in ranges.items()
        if values[name] is not None and (problem := allowed.problem(name, values[name])) is not None
    ]


def code_problems(code: str | None) -> list[FieldProblem]:
    """One for a code that begins as the names of places do: `station:NNK` would name two things."""
    word = next((word for words in PREFIXES.values() for word in words if (code or "").lower().startswith(word)), None)
    if code is None or word is None:
        return []
    return [
        FieldProblem(
            pointer="code",
            detail=said(
                "A code cannot begin with {word!r}: ways write that before it.",
                "Kode tidak boleh diawali {word!r}: kata itu ditulis di depannya pada jalur dan sambungan.",
                word=word,
            ),
            value=code,
            mend=said("Write {rest!r}.", "Tulis {rest!r}.", rest=code[len(word) :].strip() or "…"),
        )
    ]


def span_problems(values: Mapping[str, Any]) -> list[FieldProblem]:
    """One where `ends_on` comes before `starts_on`."""
    starts, ends = values["starts_on"], values["ends_on"]
    if starts is None or ends is None or starts <= ends:
        return []
    return [
        FieldProblem(
            pointer="ends_on",
            detail=said("{ends} comes before {starts}.", "{ends} sebelum {starts}.", ends=ends, starts=starts),
            value=str(ends),
            mend=said("Write the first day first.", "Tulis hari pertama dahulu."),
        )
    ]


def covers(weekdays: str, starts_on: date | None, ends_on: date | None, day: date) -> bool:
    """Whether a date is one of these weekdays, and in this span."""
    is_in_span = (starts_on is None or starts_on <= day) and (ends_on is None or day <= ends_on)
    return is_in_span and weekdays[day.weekday()] == "1"


def given_by(body: Incoming) -> dict[str, Any]:
    """The fields that a request names, its words as plain text."""
    values = {name: getattr(body, name) for name in body.model_fields_set}
    if values.get("provenance") is not None:
        values["provenance"] = {name: word.value for name, word in values["provenance"].items()}
    return {name: value.value if isinstance(value, StrEnum) else value for name, value in values.items()}
