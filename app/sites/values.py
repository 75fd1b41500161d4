"""The fields of a site as values: read from a table's cells, checked, written back, and completed by its kind's."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from app.districts.kits import canonical_kits, read_kits
from app.districts.models import Provenance, ProvenanceByField
from app.districts.opening_hours import (
    DatedHours,
    Window,
    canonical_exceptions,
    canonical_windows,
    hours_problems,
    read_exceptions,
    read_windows,
    write_exceptions,
    write_windows,
)
from app.districts.surroundings import Surroundings
from app.errors import FieldProblem
from app.languages import said
from app.sites.document_fields import AS_OF, OF_AGE, PEOPLE, document_problems
from app.sites.models import MAX_HEADCOUNT, Readiness, Site, SiteException, SiteKind, SiteWindow
from app.sites.preparations import MOST_PREPARING_MINUTES, OF_A_PREPARATION
from app.sites.readiness import date_problems, step_problem
from app.sites.session_problems import OF_A_MOVE, move_problems, preparation_problems
from app.sites.site_words import COLUMN_WORDS, KIND_WORDS, READINESS_WORDS, rating
from app.tables.fields import (
    FIGURE_READERS,
    BadText,
    Range,
    decimal_number,
    named_words,
    named_words_text,
    one_of,
    plain_text,
    text_problems,
    true_or_false,
    whole_number,
)
from app.tables.headers import Vocabulary
from app.tables.places_and_days import calendar_date, latitude, longitude

MAX_CODE, MAX_PHONE, MAX_EMAIL, MAX_ZONE = 60, 40, 254, 60
SHARES = ("phone_ready_share", "turn_out_share", "resident_share")
LIMITS = ("setup_minutes", "max_visit_dates", "min_gap_days", "max_teams")
RANGES = {
    "headcount": Range(low=0, high=MAX_HEADCOUNT, noun=said("number of people", "jumlah orang")),
    "already_activated": Range(low=0, high=MAX_HEADCOUNT, noun=said("number of people", "jumlah orang")),
    "phone_ready_share": Range(low=0, high=1, noun=said("share", "bagian")),
    "turn_out_share": Range(low=0, high=1, noun=said("share", "bagian")),
    "resident_share": Range(low=0, high=1, noun=said("share", "bagian")),
    "connectivity": Range(low=0, high=4, noun=said("rating", "nilai")),
    "max_visit_dates": Range(low=1, high=366, noun=said("number of dates", "jumlah tanggal")),
    "min_gap_days": Range(low=1, high=366, noun=said("number of days", "jumlah hari")),
    "max_teams": Range(low=1, high=100, noun=said("number of teams", "jumlah tim")),
    "min_teams": Range(low=1, high=100, noun=said("number of teams", "jumlah tim")),
    "setup_minutes": Range(low=0, high=600, noun=said("number of minutes", "jumlah menit")),
    "fixed_minutes": Range(low=1, high=1440, noun=said("number of minutes", "jumlah menit")),
    **{
        name: Range(low=0, high=MAX_HEADCOUNT, noun=said("number of people", "jumlah orang"))
        for name in (*PEOPLE.values(), *OF_AGE.values())
    },
    "session_turn_out_share": Range(low=0, high=1, noun=said("share", "bagian")),
    "preparation_minutes": Range(low=1, high=MOST_PREPARING_MINUTES, noun=said("number of minutes", "jumlah menit")),
    "preparing_percent": Range(low=1, high=300, noun=said("whole percentage", "persentase bulat")),
    "activating_percent": Range(low=1, high=300, noun=said("whole percentage", "persentase bulat")),
    "returning_percent": Range(low=0, high=100, noun=said("whole percentage", "persentase bulat")),
}
_DATES = (
    *(*AS_OF.values(), "connectivity_measured_on", "readiness_from", "readiness_until"),
    *("session_from", "session_until", "preparation_from", "preparation_until"),
)
_TEXTS = ("session_at", "code", "name", "contact_name", "contact_phone", "contact_email", "zone")
_YEARS = range(2000, 2101)
CONTACT_COLUMNS = ("contact_name", "contact_phone", "contact_email")
# What every mail server takes; nothing that could end a header or name a second receiver.
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFields:
    """Everything that people say about a site; None: the kind's default, or unknown."""

    code: str
    name: str
    kind: str
    area_code: str
    lat: float
    lon: float
    headcount: int
    connectivity: int
    already_activated: int = 0
    already_activated_as_of: date | None = None
    phone_ready_share: Decimal | None = None
    turn_out_share: Decimal | None = None
    resident_share: Decimal | None = None
    connectivity_measured_on: date | None = None
    readiness: str = Readiness.UNKNOWN.value
    readiness_from: date | None = None
    readiness_until: date | None = None
    must_visit: bool = False
    max_visit_dates: int | None = None
    min_gap_days: int | None = None
    max_teams: int | None = None
    min_teams: int | None = None
    """None: 1."""
    setup_minutes: int | None = None
    fixed_minutes: int | None = None
    windows: tuple[Window, ...] = ()
    """Empty: the kind's."""
    exceptions: tuple[DatedHours, ...] = ()
    contact_name: str | None = None
    contact_phone: str | None = None
    contact_email: str | None = None
    provenance: ProvenanceByField = field(default_factory=dict)
    people_ktp_el: int | None = None
    people_ktp_el_as_of: date | None = None
    people_kia: int | None = None
    people_kia_as_of: date | None = None
    people_birth_certificate: int | None = None
    people_birth_certificate_as_of: date | None = None
    of_age_ktp_el: int | None = None
    of_age_kia: int | None = None
    of_age_birth_certificate: int | None = None
    zone: str | None = None
    session_at: str | None = None
    session_turn_out_share: Decimal | None = None
    session_from: date | None = None
    session_until: date | None = None
    preparation_from: date | None = None
    preparation_until: date | None = None
    """None: nobody is prepared, and nothing else of a preparation is said."""
    preparation_minutes: int | None = None
    preparing_percent: int | None = None
    activating_percent: int | None = None
    returning_percent: int | None = None
    needs_kits: tuple[str, ...] = ()
    """Kinds of kits without which a visit serves nobody."""


def email_address(text: str) -> str:
    """One plain e-mail address; raises `BadText`."""
    if len(text) > MAX_EMAIL or _EMAIL.fullmatch(text) is None:
        raise BadText(
            said("This is no e-mail address.", "Ini bukan alamat surel."),
            said(
                "Write one address, such as tu@sekolah.example.id.",
                "Tulis satu alamat, misalnya tu@sekolah.example.id.",
            ),
        )
    return text


READERS: dict[str, Callable[[str], Any]] = {
    "code": plain_text(MAX_CODE),
    "name": plain_text(),
    "kind": one_of(SiteKind, KIND_WORDS),
    "area_code": plain_text(),
    "lat": latitude,
    "lon": longitude,
    "headcount": whole_number,
    "already_activated": whole_number,
    "already_activated_as_of": calendar_date,
    "phone_ready_share": decimal_number,
    "turn_out_share": decimal_number,
    "resident_share": decimal_number,
    "connectivity": rating,
    "connectivity_measured_on": calendar_date,
    "readiness": one_of(Readiness, READINESS_WORDS),
    "readiness_from": calendar_date,
    "readiness_until": calendar_date,
    "must_visit": true_or_false,
    "max_visit_dates": whole_number,
    "min_gap_days": whole_number,
    "max_teams": whole_number,
    "setup_minutes": whole_number,
    "fixed_minutes": whole_number,
    "windows": read_windows,
    "exceptions": read_exceptions,
    "contact_name": plain_text(),
    "contact_phone": plain_text(MAX_PHONE),
    "provenance": named_words(Provenance),
    "contact_email": email_address,
    **dict.fromkeys(PEOPLE.values(), whole_number),
    **{AS_OF[name]: calendar_date for name in PEOPLE.values()},
    **dict.fromkeys(OF_AGE.values(), whole_number),
    "zone": plain_text(MAX_ZONE),
    "min_teams": whole_number,
    "session_at": plain_text(MAX_CODE),
    "session_turn_out_share": decimal_number,
    "session_from": calendar_date,
    "session_until": calendar_date,
    "preparation_from": calendar_date,
    "preparation_until": calendar_date,
    "preparation_minutes": whole_number,
    "preparing_percent": whole_number,
    "activating_percent": whole_number,
    "returning_percent": whole_number,
    "needs_kits": read_kits,
}
"""By column of a table, in the order of an export."""
REQUIRED = ("code", "name", "kind", "area_code", "lat", "lon", "headcount", "connectivity")
TOGETHER = (
    *(("readiness", "readiness_from", "readiness_until"), ("lat", "lon"), ("headcount", "already_activated")),
    ("min_teams", "max_teams"),
    *((name, AS_OF[name], OF_AGE[document]) for document, name in PEOPLE.items()),
    ("session_at", *OF_A_MOVE),
    ("preparation_until", *OF_A_PREPARATION),
)
"""Fields that make sense only as the same person left them."""
DEFAULTS: dict[str, Any] = {
    "already_activated": 0,
    "readiness": Readiness.UNKNOWN.value,
    "must_visit": False,
    "windows": (),
    "exceptions": (),
    "provenance": {},
    "needs_kits": (),
}
VOCABULARY = Vocabulary(
    words={name: COLUMN_WORDS[name] for name in READERS},
    figures=frozenset(name for name, reader in READERS.items() if reader in FIGURE_READERS),
    shares=frozenset({*SHARES, "session_turn_out_share"}),
    whole=frozenset(OF_AGE.values()),
    code_from=("name", "area_code"),
)
_APART = ("windows", "exceptions")
STORED = tuple(field.name for field in fields(SiteFields) if field.name not in _APART)
"""The fields that are columns of table `sites`."""


def values_of(site: SiteFields) -> dict[str, Any]:
    return {field.name: getattr(site, field.name) for field in fields(SiteFields)}


def merged_values(stored: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The stored values with the changes; a new state of readiness forgets the dates of the one before, a session
    that is moved no more, or elsewhere, what was said of the move, and whoever prepares nobody any more what was said
    of that."""
    merged = dict(stored)
    if stored["preparation_until"] is not None and changes.get("preparation_until", "") is None:
        merged |= dict.fromkeys(OF_A_PREPARATION)
        if "provenance" not in changes:
            known = merged["provenance"] or {}
            merged["provenance"] = {name: word for name, word in known.items() if name not in OF_A_PREPARATION}
    if changes.get("session_at", stored["session_at"]) != stored["session_at"]:
        provenance = changes.get("provenance") or merged["provenance"] or {}
        merged |= dict.fromkeys(OF_A_MOVE)
        if "session_turn_out_share" not in changes and "provenance" not in changes:
            merged["provenance"] = {name: word for name, word in provenance.items() if name not in OF_A_MOVE}
    if changes.get("readiness", stored["readiness"]) != stored["readiness"]:
        merged |= {"readiness_from": None, "readiness_until": None}
    return merged | dict(changes)


def dated(site: SiteFields, before: SiteFields | None, *, today: date) -> SiteFields:
    """A new figure that results go on from, and that says no day, counts up to the end of yesterday: a list that is
    handed in today was drawn up before today's visits."""
    if before is None:
        return site
    undated: dict[str, Any] = {
        as_of: today - timedelta(days=1)
        for name, as_of in AS_OF.items()
        if getattr(site, name) != getattr(before, name) and getattr(site, as_of) == getattr(before, as_of)
    }
    return replace(site, **undated)


def make_fields(values: Mapping[str, Any]) -> SiteFields:
    return SiteFields(**values)


def fields_of(site: Site) -> SiteFields:
    """The fields of a stored site, whose windows and exceptions are loaded."""
    return SiteFields(
        **stored_values({name: getattr(site, name) for name in STORED}),
        windows=canonical_windows(Window(row.opens, row.closes, row.weekdays) for row in site.windows),
        exceptions=canonical_exceptions(DatedHours(row.date, row.opens, row.closes) for row in site.exceptions),
    )


def stored_values(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of table `sites` as `SiteFields` keeps them."""
    return {**columns, "needs_kits": canonical_kits(columns["needs_kits"])}


def columns_of(site: SiteFields) -> dict[str, Any]:
    """The columns of table `sites`."""
    return {name: getattr(site, name) for name in STORED} | {"needs_kits": list(site.needs_kits)}


def window_rows(site: SiteFields) -> list[SiteWindow]:
    return [SiteWindow(weekdays=w.weekdays, opens=w.opens, closes=w.closes) for w in site.windows]


def exception_rows(site: SiteFields) -> list[SiteException]:
    return [SiteException(date=e.date, opens=e.opens, closes=e.closes) for e in site.exceptions]


def cells_of(site: SiteFields, *, with_contacts: bool) -> dict[str, Any]:
    """One row of an export; `READERS` understands its text again."""
    cells = values_of(site) | {
        "windows": write_windows(site.windows),
        "exceptions": write_exceptions(site.exceptions),
        "provenance": named_words_text(site.provenance),
        "needs_kits": ";".join(site.needs_kits),
    }
    return cells if with_contacts else {name: cell for name, cell in cells.items() if name not in CONTACT_COLUMNS}


def problems_of(
    values: Mapping[str, Any], before: SiteFields | None, *, surroundings: Surroundings
) -> list[FieldProblem]:
    """Everything wrong with a site's values, each pointing at its field; None stands for a value not known."""
    problems = text_problems(values, READERS, names=_TEXTS)
    problems += figure_problems({name: values[name] for name in RANGES})
    headcount, activated = values["headcount"], values["already_activated"]
    if headcount is not None and activated is not None and 0 <= headcount < activated:
        detail = said(
            "It is more than the headcount of {headcount}.",
            "Lebih banyak daripada {headcount} orang.",
            headcount=headcount,
        )
        mend = said(
            "Correct either figure: nobody is activated twice.",
            "Perbaiki salah satu angka: tidak ada yang diaktifkan dua kali.",
        )
        problems.append(FieldProblem(pointer="already_activated", detail=detail, value=activated, mend=mend))
    problems += _team_problems(values["min_teams"], values["max_teams"])
    problems += [
        FieldProblem(
            pointer=name,
            detail=said("The year is out of range.", "Tahunnya di luar batas."),
            value=str(values[name]),
            mend=said("Use 2000 to 2100.", "Pakai 2000 sampai 2100."),
        )
        for name in _DATES
        if values[name] is not None and values[name].year not in _YEARS
    ]
    problems += document_problems(values)
    problems += move_problems(values)
    problems += preparation_problems(values)
    lat, lon, area_code = values["lat"], values["lon"], values["area_code"]
    if area_code is not None:
        problems += surroundings.area_problems(area_code, lat=lat, lon=lon)
    if lat is not None and lon is not None:
        problems += surroundings.place_problems(lat, lon, area_code=area_code)
    state = values["readiness"]
    if state is not None:
        problems += date_problems(state, values["readiness_from"], values["readiness_until"])
        if before is not None and (problem := step_problem(before.readiness, state)) is not None:
            problems.append(problem)
    return problems + hours_problems(values["windows"] or (), values["exceptions"] or ())


def _team_problems(least: int | None, most: int | None) -> list[FieldProblem]:
    if least is None or most is None or least <= most:
        return []
    return [
        FieldProblem(
            pointer="min_teams",
            detail=said(
                "It is more than the {most} teams that may come on one date (max_teams).",
                "Lebih banyak daripada {most} tim yang boleh datang sehari (max_teams).",
                most=most,
            ),
            value=least,
            mend=said(
                "Give fewer, or raise max_teams; left out, that is as many as the event needs.",
                "Kurangi, atau naikkan max_teams; bila dikosongkan, sebanyak yang diperlukan kegiatan itu.",
            ),
        )
    ]


def figure_problems(values: Mapping[str, Any]) -> list[FieldProblem]:
    """Numbers of `RANGES` that lie outside them, and shares of too many decimals; None stands for one not known."""
    problems = []
    for name, value in values.items():
        if value is None:
            continue
        if (problem := RANGES[name].problem(name, value)) is not None:
            problems.append(problem)
        elif name.endswith("_share") and value != round(value, 4):
            detail = said("A share has at most four decimals.", "Bagian ditulis dengan paling banyak empat desimal.")
            mend = said("Write {value}.", "Tulis {value}.", value=round(value, 4))
            problems.append(FieldProblem(pointer=name, detail=detail, value=float(value), mend=mend))
    return problems


def no_such_place(code: str) -> FieldProblem:
    """What to say of a place for sessions that the district does not have."""
    return FieldProblem(
        pointer="session_at",
        detail=said("The district has no site {code!r}.", "Daerah ini tidak punya lokasi {code!r}.", code=code),
        value=code,
        mend=said(
            "Give the code of one of its sites: GET …/sites lists them.",
            "Isi kode salah satu lokasinya: GET …/sites menampilkannya.",
        ),
    )


def expected_people(headcount: int, already_activated: int, *, shares: tuple[Decimal, Decimal, Decimal]) -> int:
    """(headcount − already activated) × phone-ready × turn-out × resident share, rounded down."""
    phone_ready, turn_out, resident = shares
    return int((headcount - already_activated) * phone_ready * turn_out * resident)


def expected_to_need(people: int | None, *, turn_out: Decimal, resident: Decimal) -> int:
    """Of the people who still need a further document, those who come and are registered here, rounded down; it takes
    no phone. Nobody has said: none."""
    return int((people or 0) * turn_out * resident)
