"""How many people come to a place on a day on which it is open: by document, each rate until the next begins."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from app.districts.models import Document
from app.errors import FieldProblem
from app.languages import said
from app.tables.bad_text import BadText
from app.tables.fields import Range
from app.tables.places_and_days import calendar_date

MOST_RATES = 100
PER_OPEN_DAY = Range(low=0, high=1_000_000, noun=said("number of people", "jumlah orang"))
_YEARS = range(2000, 2101)
_DOCUMENTS = {
    **{document.value: document for document in Document},
    "ktp-el": Document.KTP_EL,
    "ktp el": Document.KTP_EL,
    "akta": Document.BIRTH_CERTIFICATE,
    "akta kelahiran": Document.BIRTH_CERTIFICATE,
}
_PART = re.compile(
    r"(?P<document>[a-z][a-z _-]*?)?\s*(?P<people>\d{1,7})(?:\s+(?:from|since|sejak|mulai)\s+(?P<day>.+))?",
    re.IGNORECASE,
)
_MEND = said(
    "Write 'ikd 6; ikd 8 from 2024-07-01'; a number alone is IKD, from the first day on.",
    "Tulis 'ikd 6; ikd 8 sejak 2024-07-01'; angka saja berarti IKD sejak hari pertama.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRate:
    """People on a day on which the place is open, from a date on."""

    document: str
    starts_on: date | None = None
    """None: from the first day of the place on."""
    per_open_day: int

    def __str__(self) -> str:
        return f"{self.document} {self.per_open_day}" + ("" if self.starts_on is None else f" from {self.starts_on}")


def canonical_rates(rates: Iterable[PlaceRate]) -> tuple[PlaceRate, ...]:
    """By document, ascending by date; so that equal rates compare equal."""
    return tuple(sorted(rates, key=lambda rate: (rate.document, rate.starts_on or date.min, rate.per_open_day)))


def rates_from_json(rows: Iterable[dict[str, Any]]) -> tuple[PlaceRate, ...]:
    return canonical_rates(
        PlaceRate(
            document=row["document"],
            starts_on=None if row["starts_on"] is None else date.fromisoformat(row["starts_on"]),
            per_open_day=row["per_open_day"],
        )
        for row in rows
    )


def rates_to_json(rates: Iterable[PlaceRate]) -> list[dict[str, Any]]:
    return [
        {
            "document": rate.document,
            "starts_on": None if rate.starts_on is None else rate.starts_on.isoformat(),
            "per_open_day": rate.per_open_day,
        }
        for rate in rates
    ]


def read_rates(text: str) -> tuple[PlaceRate, ...]:
    """Rates of `ikd 6; kia 2; ikd 8 from 2024-07-01`; raises `BadText`."""
    return canonical_rates(_read(part) for part in map(str.strip, re.split(r"[;\n]", text)) if part)


def _read(part: str) -> PlaceRate:
    match = _PART.fullmatch(part)
    word = "" if match is None else " ".join((match["document"] or "ikd").lower().split())
    if match is None or word not in _DOCUMENTS:
        raise BadText(
            said("{part!r} does not say how many come.", "{part!r} tidak menyebut berapa yang datang.", part=part),
            _MEND,
        )
    try:
        starts_on = None if match["day"] is None else calendar_date(match["day"].strip())
    except BadText as error:
        raise BadText(
            said("In {part!r}: {detail}", "Pada {part!r}: {detail}", part=part, detail=error.detail), error.mend
        ) from error
    return PlaceRate(document=_DOCUMENTS[word].value, starts_on=starts_on, per_open_day=int(match["people"]))


def write_rates(rates: Iterable[PlaceRate]) -> str:
    """The text that `read_rates` reads back."""
    return "; ".join(str(rate) for rate in canonical_rates(rates))


def rate_problems(rates: Sequence[PlaceRate]) -> list[FieldProblem]:
    """Rates out of range, and two from the same day on; pointer `rates`."""
    if len(rates) > MOST_RATES:
        detail = said("There are {count} entries.", "Ada {count} isian.", count=len(rates))
        mend = said("Keep at most {most}.", "Simpan paling banyak {most}.", most=MOST_RATES)
        return [FieldProblem(pointer="rates", detail=detail, value=len(rates), mend=mend)]
    problems = [problem for rate in rates if (problem := PER_OPEN_DAY.problem("rates", rate.per_open_day)) is not None]
    problems += [
        FieldProblem(
            pointer="rates",
            detail=said("The year is out of range.", "Tahunnya di luar batas."),
            value=str(rate.starts_on),
            mend=said("Use 2000 to 2100.", "Pakai 2000 sampai 2100."),
        )
        for rate in rates
        if rate.starts_on is not None and rate.starts_on.year not in _YEARS
    ]
    for earlier, later in pairwise(canonical_rates(rates)):
        if (earlier.document, earlier.starts_on) == (later.document, later.starts_on):
            problems.append(
                FieldProblem(
                    pointer="rates",
                    detail=said(
                        "Two rates of {document} begin on the same day.",
                        "Dua laju {document} mulai pada hari yang sama.",
                        document=later.document,
                    ),
                    value=write_rates((earlier, later)),
                    mend=said("Keep one of them.", "Simpan salah satunya."),
                )
            )
    return problems


def rate_on(rates: Sequence[PlaceRate], document: str, day: date) -> PlaceRate | None:
    """The rate of a document that is in force on a day; None before the first."""
    begun = [rate for rate in rates if rate.document == document and (rate.starts_on or date.min) <= day]
    return max(begun, key=lambda rate: rate.starts_on or date.min, default=None)
