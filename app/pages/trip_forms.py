"""What a form of a trip says: the edit of the draft that it asks for, and where a refusal belongs on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from datetime import date as Day

from app.errors import AppError, FieldProblem, invalid
from app.languages import said
from app.pages.visit_forms import date_in
from app.schedules.drafts.trip_edits import GivenNight, GivenVisit, TripEdit, TripOp
from app.schedules.runs.trips_model import CheckedNight, CheckedRide, CheckedTrip

NIGHT = "malam."
"""Begins the names of the fields for single nights; the date follows."""
_MOST_TEXT = 64
_FIELDS = {
    "team": "tim",
    "date": "tanggal",
    "until": "kembali",
    "to_date": "pindah_ke",
    "lodging": "penginapan",
    "visits": "lokasi",
}


def trip_edit_in(fields: Mapping[str, str]) -> TripEdit:
    """Of `aksi`, `tim`, `tanggal`, `kembali`, `pindah_ke`, `penginapan`, `malam.…`, `lokasi`, `ruang`; raises
    `InvalidRequest`."""
    op = _op_in(fields)
    team = fields.get("tim", "").strip()[:_MOST_TEXT]
    if not team:
        raise invalid(
            "/tim",
            said("No team was chosen.", "Belum ada tim yang dipilih."),
            mend=said("Choose a team.", "Pilih tim."),
        )
    day = date_in(fields.get("tanggal", ""), "/tanggal")
    if op is TripOp.CALL_OFF:
        return TripEdit(op=op, team=team, day=day)
    makes_room = fields.get("ruang") == "ya"
    if op is TripOp.MOVE_TRIP:
        goal = date_in(fields.get("pindah_ke", ""), "/pindah_ke")
        return TripEdit(op=op, team=team, day=day, to_day=goal, makes_room=makes_room)
    until = fields.get("kembali", "").strip()
    site = fields.get("lokasi", "").strip()[:_MOST_TEXT]
    return TripEdit(
        op=op,
        team=team,
        day=day,
        until=date_in(until, "/kembali") if until else None,
        lodging=fields.get("penginapan", "").strip()[:_MOST_TEXT] or None,
        nights=tuple(_nights_in(fields)),
        visits=(GivenVisit(day=day, site=site),) if site else (),
        makes_room=makes_room,
    )


def trip_of_query(fields: Mapping[str, str]) -> tuple[str, date] | None:
    """The team and the date that an address names; None if it names neither."""
    team = fields.get("tim", "")[:_MOST_TEXT]
    return (team, date_in(fields["tanggal"], "/tanggal")) if team and fields.get("tanggal") else None


def problems_of_trip(refused: AppError | None) -> dict[str, list[FieldProblem]]:
    """What a refusal says of each field of the form, by its name."""
    by_field: dict[str, list[FieldProblem]] = {}
    for problem in () if refused is None else refused.problems:
        parts = problem.pointer.removeprefix("/edits/0").strip("/").split("/")
        by_field.setdefault(_FIELDS.get(parts[0], parts[0]), []).append(problem)
    return by_field


def _op_in(fields: Mapping[str, str]) -> TripOp:
    try:
        return TripOp(fields.get("aksi", ""))
    except ValueError as error:
        raise invalid(
            "/aksi",
            said("The form does not say what to do.", "Formulir ini tidak menyebut apa yang dilakukan."),
            mend=said("Open the page again.", "Buka lagi halamannya."),
        ) from error


def _nights_in(fields: Mapping[str, str]) -> Sequence[GivenNight]:
    return [
        GivenNight(day=date_in(name.removeprefix(NIGHT), f"/{name}"), lodging=code.strip()[:_MOST_TEXT])
        for name, code in fields.items()
        if name.startswith(NIGHT) and code.strip()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A ride or a night of a trip, in the order of its days."""

    date: Day
    ride: CheckedRide | None = None
    night: CheckedNight | None = None


def steps_of(trip: CheckedTrip) -> Sequence[Step]:
    """What a trip does beside its visits, as people read it: day by day, boats before beds."""
    rides = [(ride.date, ride.start, Step(date=ride.date, ride=ride)) for ride in trip.rides]
    nights = [(night.date, _EVENING, Step(date=night.date, night=night)) for night in trip.nights]
    return [step for _, _, step in sorted([*rides, *nights], key=lambda entry: entry[:2])]


_EVENING = 24 * 60
