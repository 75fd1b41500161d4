"""Connections: boats and planes that leave at their own times, one row for each direction and departure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.districts.coded_things import Kind
from app.districts.models import District, ProvenanceByField
from app.errors import FieldProblem
from app.languages import said
from app.tables.bad_text import BadText
from app.tables.fields import (
    FIGURE_READERS,
    Range,
    minute_of_day,
    minute_text,
    named_words_text,
    plain_text,
    whole_number,
)
from app.tables.headers import Vocabulary
from app.tables.places_and_days import calendar_date
from app.travel.journeys.shared_fields import (
    COST,
    DAY_READERS,
    EVERY_DAY,
    LOCK,
    NOTE_WORDS,
    PROVENANCE_WORDS,
    TEAMS,
    covers,
    day_cells,
    day_words,
    plain_problems,
    read_provenance,
    span_problems,
)
from app.travel.models import Connection
from app.travel.places import PlaceKind, Places, place_at, place_columns, places_of
from app.travel.values import read_way

MAX_CODE = 130
MOST_DATES_WITHOUT = 366
KINDS = (PlaceKind.SITE, PlaceKind.LODGING, PlaceKind.STATION)
"""What a connection leaves from and goes to."""
RANGES = {
    "minutes": Range(low=1, high=1440, noun=said("number of minutes", "jumlah menit")),
    "fare": COST,
    "max_teams": TEAMS,
}
_ENDS = ("origin", "destination")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFields:
    """Everything that people say about a connection; `origin` and `destination` are what `Places` call them."""

    code: str
    origin: str
    destination: str
    way: str
    departs_earliest: int
    minutes: int
    name: str | None = None
    departs_latest: int | None = None
    fare: int = 0
    max_teams: int | None = None
    weekdays: str = EVERY_DAY
    starts_on: date | None = None
    ends_on: date | None = None
    dates_without: tuple[date, ...] = ()
    note: str | None = None
    provenance: ProvenanceByField = field(default_factory=dict)

    @property
    def departs(self) -> tuple[int, int]:
        """Earliest and latest departure, in minutes after local midnight."""
        latest = self.departs_earliest if self.departs_latest is None else self.departs_latest
        return self.departs_earliest, latest

    def runs_on(self, day: date) -> bool:
        return covers(self.weekdays, self.starts_on, self.ends_on, day) and day not in self.dates_without


def read_dates(text: str) -> tuple[date, ...]:
    """The dates of `2026-03-19; 20 Maret 2026`, each once; raises `BadText`."""
    dates = sorted({calendar_date(part.strip()) for part in text.split(";") if part.strip()})
    if len(dates) > MOST_DATES_WITHOUT:
        raise BadText(
            said("It names {count} dates.", "Ini menyebut {count} tanggal.", count=len(dates)),
            said("Name at most {most}.", "Sebutkan paling banyak {most}.", most=MOST_DATES_WITHOUT),
        )
    return tuple(dates)


READERS: dict[str, Callable[[str], Any]] = {
    "code": plain_text(MAX_CODE),
    "name": plain_text(),
    "origin": plain_text(),
    "destination": plain_text(),
    "way": read_way,
    "departs_earliest": minute_of_day,
    "departs_latest": minute_of_day,
    "minutes": whole_number,
    "fare": whole_number,
    "max_teams": whole_number,
    **DAY_READERS,
    "dates_without": read_dates,
    "note": plain_text(),
    "provenance": read_provenance,
}
VOCABULARY = Vocabulary(
    words={
        "code": ("kode", "kode trayek", "kode rute", "nomor penerbangan"),
        "name": ("nama", "nama trayek", "trayek", "rute", "nama kapal", "kapal", "maskapai", "operator"),
        "origin": ("dari", "asal", "berangkat dari", "from"),
        "destination": ("ke", "tujuan", "to"),
        "way": ("cara", "moda", "lewat", "jenis", "jenis angkutan"),
        "departs_earliest": (
            *("berangkat", "jam berangkat", "berangkat pukul", "paling awal", "berangkat paling awal", "jam"),
            *("pukul", "keberangkatan", "jadwal"),
        ),
        "departs_latest": ("paling lambat", "berangkat paling lambat", "paling akhir", "menunggu sampai"),
        "minutes": ("menit", "lama menit", "waktu tempuh", "lama perjalanan", "durasi"),
        "fare": ("tarif", "ongkos", "biaya", "harga", "tarif per tim", "sewa"),
        "max_teams": ("kapasitas", "kapasitas tim", "maksimal tim", "tim maksimal", "jumlah tim"),
        **day_words(),
        "dates_without": ("tidak beroperasi", "tidak berangkat", "tanggal libur", "kecuali", "kecuali tanggal"),
        "note": NOTE_WORDS,
        "provenance": PROVENANCE_WORDS,
    },
    figures=frozenset(name for name, reader in READERS.items() if reader in FIGURE_READERS),
    code_from=("origin", "destination", "departs_earliest"),
)
_WHICH_PLACE = said("Write the code of a station, lodging or site.", "Tulis kode stasiun, penginapan atau lokasi.")


def _values_of(connection: ConnectionFields) -> dict[str, Any]:
    return {part.name: getattr(connection, part.name) for part in fields(ConnectionFields)}


def _cells_of(connection: ConnectionFields) -> dict[str, Any]:
    values = _values_of(connection)
    latest = connection.departs_latest
    return (
        values
        | day_cells(values)
        | {
            "departs_earliest": minute_text(connection.departs_earliest),
            "departs_latest": None if latest is None else minute_text(latest),
            "dates_without": ";".join(day.isoformat() for day in connection.dates_without),
            "provenance": named_words_text(connection.provenance),
        }
    )


def _problems(values: Mapping[str, Any], places: Places) -> list[FieldProblem]:
    problems = plain_problems(values, READERS, texts=("code", "name", "note"), ranges=RANGES)
    named = {end: values[end] for end in _ENDS if values[end] is not None}
    ends_at = {end: places.place_of(name) for end, name in named.items()}
    for end, place in ends_at.items():
        if place is None:
            problems.append(places.problem(end, named[end], mend=_WHICH_PLACE))
        elif place.is_base:
            problems.append(_at_a_base(end, named[end]))
    if ends_at.get("origin") is not None and ends_at.get("origin") == ends_at.get("destination"):
        problems.append(_to_itself(named["destination"]))
    earliest, latest = values["departs_earliest"], values["departs_latest"]
    if earliest is not None and latest is not None and latest < earliest:
        problems.append(_latest_first(earliest, latest))
    if len(values["dates_without"] or ()) > MOST_DATES_WITHOUT:
        problems.append(_too_many_dates(len(values["dates_without"])))
    return problems + span_problems(values)


def _at_a_base(end: str, name: str) -> FieldProblem:
    return FieldProblem(
        pointer=end,
        detail=said(
            "{name} is the base of a team, where nothing lands or leaves.",
            "{name} adalah pangkalan tim, bukan tempat kapal atau pesawat.",
            name=name,
        ),
        value=name,
        mend=said(
            "Enter a station near it, and write the station's code.",
            "Isi stasiun di dekatnya, lalu tulis kode stasiun itu.",
        ),
    )


def _to_itself(name: str) -> FieldProblem:
    return FieldProblem(
        pointer="destination",
        detail=said(
            "It goes back to {name}, from where it leaves.", "Tujuannya {name}, sama dengan asalnya.", name=name
        ),
        value=name,
        mend=said("Name another place.", "Sebutkan tempat lain."),
    )


def _latest_first(earliest: int, latest: int) -> FieldProblem:
    return FieldProblem(
        pointer="departs_latest",
        detail=said(
            "It would leave by {latest}, before {earliest}.",
            "Paling lambat {latest}, padahal paling awal {earliest}.",
            latest=minute_text(latest),
            earliest=minute_text(earliest),
        ),
        value=minute_text(latest),
        mend=said(
            "Write the later time there, or leave it out where it leaves at one time.",
            "Tulis jam yang lebih akhir, atau kosongkan bila berangkat pada satu jam saja.",
        ),
    )


def _too_many_dates(count: int) -> FieldProblem:
    return FieldProblem(
        pointer="dates_without",
        detail=said("It names {count} dates.", "Ini menyebut {count} tanggal.", count=count),
        value=count,
        mend=said("Name at most {most}.", "Sebutkan paling banyak {most}.", most=MOST_DATES_WITHOUT),
    )


def _make(values: Mapping[str, Any], places: Places) -> ConnectionFields:
    named = {end: places.canonical(values[end]) for end in _ENDS}
    return ConnectionFields(**{**values, **named, "dates_without": tuple(sorted(set(values["dates_without"])))})


def _fields_of(row: Connection, places: Places) -> ConnectionFields:
    plain = (part.name for part in fields(ConnectionFields) if part.name not in (*_ENDS, "dates_without"))
    return ConnectionFields(
        **{name: getattr(row, name) for name in plain},
        origin=places.name_of(place_at(row, "origin", KINDS)),
        destination=places.name_of(place_at(row, "destination", KINDS)),
        dates_without=tuple(sorted(row.dates_without)),
    )


def _columns_of(connection: ConnectionFields, places: Places) -> dict[str, Any]:
    columns = _values_of(connection) | {"dates_without": list(connection.dates_without)}
    for end in _ENDS:
        place = places.place_of(columns.pop(end))
        assert place is not None  # checked fields name places
        columns |= place_columns(end, place, KINDS)
    return columns


def _places(session: Session, district: District) -> Places:
    return places_of(session, district.code)


CONNECTIONS: Kind[ConnectionFields, Places] = Kind(
    thing="connection",
    row=Connection,
    noun=said("connection", "sambungan"),
    nouns=said("connections", "sambungan"),
    most=2_000,
    lock=LOCK,
    vocabulary=VOCABULARY,
    readers=READERS,
    required=("code", "origin", "destination", "way", "departs_earliest", "minutes"),
    defaults={"fare": 0, "weekdays": EVERY_DAY, "dates_without": (), "provenance": {}},
    together=(("origin", "destination"), ("departs_earliest", "departs_latest"), ("starts_on", "ends_on")),
    point=None,
    around=_places,
    values_of=_values_of,
    cells_of=_cells_of,
    make=_make,
    check=_problems,
    fields_of=_fields_of,
    columns_of=_columns_of,
    code_for=lambda _, fields: f"{fields.origin} - {fields.destination} {minute_text(fields.departs_earliest)}",
)
