"""The fields of a travel entry as values: read from a table's cells, checked, and written back."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from app.districts.models import Provenance
from app.errors import FieldProblem
from app.languages import said
from app.tables.fields import FIGURE_READERS, Range, one_of, plain_text, text_problems, true_or_false, whole_number
from app.tables.headers import Vocabulary
from app.travel.models import Way
from app.travel.places import Places

MAX_CODE = 130
RANGES = {
    "minutes": Range(low=1, high=1440, noun=said("number of minutes", "jumlah menit")),
    "metres": Range(low=0, high=5_000_000, noun=said("number of metres", "jumlah meter")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFields:
    """Everything that people say about a way; `origin` and `destination` are what `Places` call them."""

    code: str
    origin: str
    destination: str
    minutes: int
    metres: int
    way: str
    both_directions: bool = True
    note: str | None = None
    provenance: str = Provenance.GIVEN.value


read_way = one_of(
    Way,
    {
        Way.ROAD: "jalan, darat, jalan darat, mobil, motor",
        Way.BOAT: "perahu, kapal, speedboat, sungai, laut, longboat, ketinting",
        Way.PLANE: "pesawat, udara",
        Way.FOOT: "jalan kaki, kaki",
    },
)

READERS: dict[str, Callable[[str], Any]] = {
    "code": plain_text(MAX_CODE),
    "origin": plain_text(),
    "destination": plain_text(),
    "minutes": whole_number,
    "metres": whole_number,
    "way": read_way,
    "both_directions": true_or_false,
    "note": plain_text(),
    "provenance": one_of(Provenance, {Provenance.GIVEN: "diberikan", Provenance.PUBLIC: "publik, terbuka"}),
}
"""By column of a table, in the order of an export."""
REQUIRED = ("code", "origin", "destination", "minutes", "metres", "way")
DEFAULTS: dict[str, Any] = {"both_directions": True, "provenance": Provenance.GIVEN.value}
VOCABULARY = Vocabulary(
    words={
        "code": ("kode",),
        "origin": ("dari", "asal", "berangkat dari", "from"),
        "destination": ("ke", "tujuan", "sampai di", "to"),
        "minutes": ("menit", "lama menit", "waktu tempuh", "lama perjalanan"),
        "metres": ("meter", "jarak meter", "jarak m"),
        "way": ("cara", "moda", "lewat", "jalur"),
        "both_directions": ("dua arah", "pulang pergi", "bolak balik", "pp"),
        "note": ("catatan", "keterangan"),
        "provenance": ("asal data",),
    },
    figures=frozenset(name for name, reader in READERS.items() if reader in FIGURE_READERS),
    code_from=("origin", "destination"),
)


_WHICH_PLACE = said(
    "Write the code of a site, lodging or station, or base: and the code of a team, such as base:TIM-1.",
    "Tulis kode lokasi, penginapan atau stasiun, atau pangkalan: dan kode tim, misalnya pangkalan:TIM-1.",
)


def values_of(entry: EntryFields) -> dict[str, Any]:
    return {field.name: getattr(entry, field.name) for field in fields(EntryFields)}


def make_fields(values: Mapping[str, Any], *, places: Places) -> EntryFields:
    """The fields of checked values."""
    named = {name: places.canonical(values[name]) for name in ("origin", "destination")}
    return EntryFields(**{**values, **named})


def problems_of(values: Mapping[str, Any], *, places: Places) -> list[FieldProblem]:
    """Everything wrong with an entry's values, each pointing at its field; None stands for a value not known."""
    problems = text_problems(values, READERS, names=("code", "note"))
    problems += [
        problem
        for name, allowed in RANGES.items()
        if values[name] is not None and (problem := allowed.problem(name, values[name])) is not None
    ]
    ends = {name: values[name] for name in ("origin", "destination") if values[name] is not None}
    ends_at = {name: places.place_of(text) for name, text in ends.items()}
    problems += [
        places.problem(name, ends[name], mend=_WHICH_PLACE) for name, place in ends_at.items() if place is None
    ]
    origin, destination = ends_at.get("origin"), ends_at.get("destination")
    if (
        origin is not None
        and destination is not None
        and (origin == destination or (origin.is_base and destination.is_base))
    ):
        problems.append(
            FieldProblem(
                pointer="destination",
                detail=said(
                    "No team goes from {origin} to {destination}.",
                    "Tidak ada tim yang berjalan dari {origin} ke {destination}.",
                    origin=ends["origin"],
                    destination=ends["destination"],
                ),
                value=ends["destination"],
                mend=said(
                    "Name two places, at most one of them the base of a team.",
                    "Sebutkan dua tempat, paling banyak satu di antaranya pangkalan tim.",
                ),
            )
        )
    return problems


def repeated(entries: Iterable[EntryFields], *, among: Iterable[str]) -> dict[str, str]:
    """By the code of an entry of `among`, that of another one that says the same way in the same direction."""
    named: dict[tuple[str, str], str] = {}
    again: dict[str, str] = {}
    concerned = set(among)
    for entry in sorted(entries, key=lambda entry: entry.code in concerned):
        ways = [(entry.origin, entry.destination)]
        if entry.both_directions:
            ways.append((entry.destination, entry.origin))
        for way in ways:
            other = named.setdefault(way, entry.code)
            if other != entry.code:
                again[entry.code] = other
    return again
