"""The fields of a team as values: read from a table's cells, checked, and written back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from app.districts.kits import canonical_kits, read_kits
from app.districts.models import Document, Provenance, ProvenanceByField
from app.districts.surroundings import Surroundings
from app.errors import FieldProblem
from app.languages import said
from app.tables.fields import (
    FIGURE_READERS,
    BadText,
    Range,
    minute_of_day,
    minute_text,
    named_words,
    named_words_text,
    plain_text,
    text_problems,
    weekday_mask,
    weekday_text,
    whole_number,
)
from app.tables.headers import Vocabulary
from app.tables.places_and_days import latitude, longitude
from app.teams.breaks import BreakRule, break_problems, canonical_breaks, read_breaks, write_breaks
from app.teams.leave import Leave, canonical_leave, leave_problems, read_leave, write_leave
from app.teams.models import Team, TeamBreak, TeamLeave

MAX_CODE, MAX_ZONE = 60, 60
RANGES = {
    "operators": Range(low=1, high=100, noun=said("number of operators", "jumlah operator")),
    "minutes_per_activation": Range(low=1, high=240, noun=said("number of minutes", "jumlah menit")),
    "max_stops": Range(low=1, high=20, noun=said("number of stops", "jumlah lokasi")),
    "max_nights": Range(low=0, high=60, noun=said("number of nights", "jumlah malam")),
    "rest_days": Range(low=0, high=30, noun=said("number of days", "jumlah hari")),
}
POINT = ("base_lat", "base_lon")


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamFields:
    """Everything that people say about a team."""

    code: str
    name: str
    operators: int
    minutes_per_activation: int
    base_lat: float
    base_lon: float
    shift_start: int
    shift_end: int
    kits: tuple[str, ...] = ()
    base_name: str | None = None
    working_weekdays: str | None = None
    """None: the district's."""
    max_stops: int = 4
    leave: tuple[Leave, ...] = ()
    breaks: tuple[BreakRule, ...] = ()
    provenance: ProvenanceByField = field(default_factory=dict)
    documents: tuple[str, ...] | None = None
    """None: every document."""
    zone: str | None = None
    max_nights: int = 0
    rest_days: int = 0
    away_shift_start: int | None = None
    """None, like `away_shift_end`: the shift."""
    away_shift_end: int | None = None


_DOCUMENT_WORDS = {
    **dict.fromkeys(("identitas kependudukan digital",), Document.IKD.value),
    **dict.fromkeys(("ktp", "ktp-el", "ktp el", "perekaman", "perekaman ktp-el"), Document.KTP_EL.value),
    **dict.fromkeys(("kartu identitas anak",), Document.KIA.value),
    **dict.fromkeys(("akta", "akta kelahiran", "akta lahir"), Document.BIRTH_CERTIFICATE.value),
}


def read_documents(text: str) -> tuple[str, ...] | None:
    """The documents of `ikd;ktp_el`; every one that there is means all, None. Raises `BadText`."""
    parts = [part.strip().lower() for part in text.replace(",", ";").split(";") if part.strip()]
    documents = [_DOCUMENT_WORDS.get(part, part.replace(" ", "_")) for part in parts]
    for word in documents:
        if word not in list(Document):
            raise BadText(
                said("{word!r} is no document.", "{word!r} bukan dokumen.", word=word),
                said(
                    "Choose among {documents}, joined by ';'.",
                    "Pilih di antara {documents}, dipisah ';'.",
                    documents=", ".join(Document),
                ),
            )
    return canonical_documents(documents)


def canonical_documents(documents: list[str] | tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Each once, in the order in which they are listed everywhere; all of them, or none said: None."""
    named = tuple(document.value for document in Document if document.value in (documents or ()))
    return named if 0 < len(named) < len(Document) else None


READERS: dict[str, Callable[[str], Any]] = {
    "code": plain_text(MAX_CODE),
    "name": plain_text(),
    "operators": whole_number,
    "minutes_per_activation": whole_number,
    "kits": read_kits,
    "base_name": plain_text(),
    "base_lat": latitude,
    "base_lon": longitude,
    "shift_start": minute_of_day,
    "shift_end": minute_of_day,
    "working_weekdays": weekday_mask,
    "max_stops": whole_number,
    "leave": read_leave,
    "breaks": read_breaks,
    "provenance": named_words(Provenance),
    "documents": read_documents,
    "zone": plain_text(MAX_ZONE),
    "max_nights": whole_number,
    "rest_days": whole_number,
    "away_shift_start": minute_of_day,
    "away_shift_end": minute_of_day,
}
"""By column of a table, in the order of an export."""
_COLUMN_WORDS: dict[str, tuple[str, ...]] = {
    "code": ("kode", "kode tim", "id tim"),
    "name": ("nama", "nama tim", "tim", "regu", "nama regu"),
    "operators": ("operator", "jumlah operator", "petugas", "jumlah petugas", "jml operator"),
    "minutes_per_activation": ("menit per aktivasi", "menit per orang", "menit aktivasi", "lama aktivasi"),
    "kits": ("perlengkapan", "peralatan", "alat", "kit"),
    "base_name": ("pangkalan", "nama pangkalan", "kantor", "titik berangkat", "basis"),
    "base_lat": ("lintang", "latitude", "lintang pangkalan", "lat", "ls"),
    "base_lon": ("bujur", "longitude", "bujur pangkalan", "lon", "long", "bt"),
    "shift_start": ("jam mulai", "mulai", "berangkat", "jam berangkat", "giliran mulai"),
    "shift_end": ("jam selesai", "selesai", "pulang", "jam pulang", "kembali", "giliran selesai"),
    "working_weekdays": ("hari kerja", "hari"),
    "max_stops": ("maksimal lokasi", "maks lokasi", "lokasi per hari", "maksimal kunjungan"),
    "leave": ("cuti", "libur", "tidak bertugas"),
    "breaks": ("jeda", "istirahat", "jam istirahat"),
    "provenance": ("asal data",),
    "documents": ("dokumen", "layanan", "jenis layanan", "dokumen yang dilayani", "dapat menerbitkan"),
    "zone": ("zona", "zona pangkalan", "pulau", "wilayah", "kawasan"),
    "max_nights": ("malam terbanyak", "maksimal malam", "maks malam", "malam menginap", "menginap"),
    "rest_days": ("hari istirahat", "istirahat setelah perjalanan", "istirahat perjalanan"),
    "away_shift_start": ("mulai saat menginap", "jam mulai menginap", "mulai di luar"),
    "away_shift_end": ("selesai saat menginap", "jam selesai menginap", "selesai di luar"),
}
VOCABULARY = Vocabulary(
    words=_COLUMN_WORDS,
    figures=frozenset(name for name, reader in READERS.items() if reader in FIGURE_READERS),
    code_from=("name",),
)
REQUIRED = (
    "code",
    "name",
    "operators",
    "minutes_per_activation",
    "base_lat",
    "base_lon",
    "shift_start",
    "shift_end",
)
TOGETHER = (("shift_start", "shift_end"), ("base_lat", "base_lon"), ("away_shift_start", "away_shift_end"))
"""Fields that make sense only as the same person left them."""
DEFAULTS: dict[str, Any] = {
    "kits": (),
    "max_stops": 4,
    "leave": (),
    "breaks": (),
    "provenance": {},
    "max_nights": 0,
    "rest_days": 0,
}
_APART = ("kits", "leave", "breaks", "documents")
_STORED = tuple(field.name for field in fields(TeamFields) if field.name not in _APART)
_OF_A_BREAK = tuple(field.name for field in fields(BreakRule))


def values_of(team: TeamFields) -> dict[str, Any]:
    return {field.name: getattr(team, field.name) for field in fields(TeamFields)}


def make_fields(values: Mapping[str, Any]) -> TeamFields:
    return TeamFields(**values)


def fields_of(team: Team) -> TeamFields:
    """The fields of a stored team, whose leaves and breaks are loaded."""
    return TeamFields(
        **{name: getattr(team, name) for name in _STORED},
        kits=canonical_kits(team.kits),
        documents=canonical_documents(team.documents),
        leave=canonical_leave(Leave(row.starts_on, row.ends_on, row.reason) for row in team.leaves),
        breaks=breaks_of(team),
    )


def breaks_of(team: Team) -> tuple[BreakRule, ...]:
    """The breaks of a stored team, which are loaded, in the order in which plans number them."""
    return canonical_breaks(rule_of(row) for row in team.breaks)


def rule_of(row: TeamBreak) -> BreakRule:
    return BreakRule(**{name: getattr(row, name) for name in _OF_A_BREAK})


def columns_of(team: TeamFields) -> dict[str, Any]:
    """The columns of table `teams`."""
    return {name: getattr(team, name) for name in _STORED} | {
        "kits": list(team.kits),
        "documents": None if team.documents is None else list(team.documents),
    }


def leave_rows(team: TeamFields) -> list[TeamLeave]:
    return [TeamLeave(starts_on=leave.starts_on, ends_on=leave.ends_on, reason=leave.reason) for leave in team.leave]


def break_rows(team: TeamFields) -> list[TeamBreak]:
    return [break_row(rule) for rule in team.breaks]


def break_row(rule: BreakRule) -> TeamBreak:
    return TeamBreak(**{name: getattr(rule, name) for name in _OF_A_BREAK})


def cells_of(team: TeamFields) -> dict[str, Any]:
    """One row of an export; `READERS` understands its text again."""
    return values_of(team) | {
        "kits": ";".join(team.kits),
        "documents": None if team.documents is None else ";".join(team.documents),
        "shift_start": minute_text(team.shift_start),
        "shift_end": minute_text(team.shift_end),
        "away_shift_start": None if team.away_shift_start is None else minute_text(team.away_shift_start),
        "away_shift_end": None if team.away_shift_end is None else minute_text(team.away_shift_end),
        "working_weekdays": None if team.working_weekdays is None else weekday_text(team.working_weekdays),
        "leave": write_leave(team.leave),
        "breaks": write_breaks(team.breaks),
        "provenance": named_words_text(team.provenance),
    }


def problems_of(values: Mapping[str, Any], *, surroundings: Surroundings) -> list[FieldProblem]:
    """Everything wrong with a team's values, each pointing at its field; None stands for a value not known."""
    problems = text_problems(values, READERS, names=("code", "name", "base_name", "zone"))
    problems += [
        problem
        for name, allowed in RANGES.items()
        if values[name] is not None and (problem := allowed.problem(name, values[name])) is not None
    ]
    lat, lon = values["base_lat"], values["base_lon"]
    if lat is not None and lon is not None:
        problems += surroundings.place_problems(lat, lon, names=POINT)
    problems += _shift_problems(values, "shift") + _away_problems(values)
    start, end = values["shift_start"], values["shift_end"]
    shift = None if start is None or end is None or end <= start else (start, end)
    return problems + leave_problems(values["leave"] or ()) + break_problems(values["breaks"] or (), shift=shift)


def _shift_problems(values: Mapping[str, Any], name: str) -> list[FieldProblem]:
    """One where a shift (`shift`, `away_shift`) would end before it begins."""
    start, end = values[f"{name}_start"], values[f"{name}_end"]
    if start is None or end is None or end > start:
        return []
    return [
        FieldProblem(
            pointer=f"{name}_end",
            detail=said(
                "The shift would end at {end}, not after it begins at {start}.",
                "Giliran berakhir pukul {end}, tidak setelah mulai pukul {start}.",
                end=minute_text(end),
                start=minute_text(start),
            ),
            value=minute_text(end),
            mend=said(
                "A team leaves its base and is back on the same day.",
                "Tim berangkat dan kembali pada hari yang sama.",
            )
            if name == "shift"
            else said("Write the later time there.", "Tulis jam yang lebih akhir."),
        )
    ]


def _away_problems(values: Mapping[str, Any]) -> list[FieldProblem]:
    """What is wrong with the shift of days that begin or end away from base."""
    ends = ("away_shift_start", "away_shift_end")
    missing = [name for name in ends if values[name] is None]
    if len(missing) == 1:
        other = next(name for name in ends if name not in missing)
        return [
            FieldProblem(
                pointer=missing[0],
                detail=said(
                    "Only {other} is given, {time}.",
                    "Hanya {other} yang diisi, {time}.",
                    other=other,
                    time=minute_text(values[other]),
                ),
                mend=said(
                    "Give both times, or neither: then the shift holds.",
                    "Isi kedua jam, atau kosongkan keduanya: maka giliran biasa yang berlaku.",
                ),
            )
        ]
    return _shift_problems(values, "away_shift")
