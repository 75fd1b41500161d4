"""Travel entries as they are stored: read, locked, changed. Everything that writes them comes through here."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts.models import District
from app.errors import Conflict, FieldProblem, InvalidRequest, NotFound
from app.languages import joined, said
from app.tables.fields import placed
from app.travel.models import TravelEntry
from app.travel.places import PlaceKind, Places, place_at, place_columns, places_of
from app.travel.values import (
    DEFAULTS,
    REQUIRED,
    EntryFields,
    make_fields,
    problems_of,
    repeated,
    values_of,
)

MOST_ENTRIES = 5_000
_PLACES = ("origin", "destination")
_KINDS = tuple(PlaceKind)


class EntryTaken(Conflict):
    """Another entry of the district has this code, or says this way already."""


def lock_entries(session: Session, district_code: str) -> None:
    """Let nobody else write entries of the district until the transaction ends: each is judged beside the others."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"travel/{district_code}", 0))))


def list_entries(
    session: Session, district_code: str, *, after_id: int = 0, limit: int = MOST_ENTRIES
) -> Sequence[TravelEntry]:
    """In the order in which they were entered."""
    query = select(TravelEntry).where(TravelEntry.district_code == district_code, TravelEntry.id > after_id)
    return session.scalars(query.order_by(TravelEntry.id).limit(limit)).all()


def read_entry(session: Session, entry_id: int, *, actor: Actor, write: bool = False) -> TravelEntry:
    """An entry that the actor may see, for `write` locked with all others; raises `NotFound`, `Forbidden`."""
    entry = session.get(TravelEntry, entry_id)
    if entry is None or not actor.may_read(entry.district_code):
        raise no_entry(entry_id)
    if not write:
        return entry
    if not actor.may_write(entry.district_code):
        raise access.read_only_district(entry.district_code)
    lock_entries(session, entry.district_code)
    session.refresh(entry, with_for_update=True)
    return entry


def no_entry(entry_id: int) -> NotFound:
    return NotFound(
        said(
            "There is no travel entry {entry}, or this token does not open its district.",
            "Tidak ada jalur {entry}, atau token ini tidak membuka daerahnya.",
            entry=entry_id,
        )
    )


def fields_of(entries: Iterable[TravelEntry], places: Places) -> dict[str, EntryFields]:
    """What people said of each entry, by its code."""
    names = places.names()
    return {
        entry.code: EntryFields(
            code=entry.code,
            origin=names[place_at(entry, "origin", _KINDS)],
            destination=names[place_at(entry, "destination", _KINDS)],
            minutes=entry.minutes,
            metres=entry.metres,
            way=entry.way,
            both_directions=entry.both_directions,
            note=entry.note,
            provenance=entry.provenance,
        )
        for entry in entries
    }


def columns_of(fields: EntryFields, places: Places) -> dict[str, Any]:
    columns = values_of(fields)
    for end in _PLACES:
        place = places.place_of(columns.pop(end))
        assert place is not None  # checked fields name places
        columns |= place_columns(end, place, _KINDS)
    return columns


def create_entry(
    session: Session, district: District, given: Mapping[str, Any], *, actor: Actor, now: datetime
) -> TravelEntry:
    """A new entry of the fields in `given`; without a code it gets one. Raises `InvalidRequest`, `EntryTaken`."""
    lock_entries(session, district.code)
    places, entries = places_of(session, district.code), list_entries(session, district.code)
    if len(entries) >= MOST_ENTRIES:
        raise too_many(district.code)
    blank: dict[str, Any] = dict.fromkeys(EntryFields.__dataclass_fields__) | DEFAULTS
    values = blank | {name: value for name, value in given.items() if value is not None}
    if values["code"] is None:
        values["code"] = _code_for(values, taken={entry.code for entry in entries})
    fields = _checked(values, places)
    _refuse_repeated(fields, fields_of(entries, places), before=None)
    entry = TravelEntry(district_code=district.code, **columns_of(fields, places))
    session.add(entry)
    session.flush()
    _record(session, "travel_entry.create", entry, actor=actor, now=now, details={"code": entry.code})
    return entry


def change_entry(
    session: Session, entry: TravelEntry, changes: Mapping[str, Any], *, actor: Actor, now: datetime
) -> TravelEntry:
    """Set the fields in `changes` of an entry read for writing; None empties one, or brings back its default.

    Raises `InvalidRequest`, `EntryTaken`."""
    places = places_of(session, entry.district_code)
    stored = fields_of(list_entries(session, entry.district_code), places)
    before = stored[entry.code]
    changes = {name: DEFAULTS.get(name) if value is None else value for name, value in changes.items()}
    fields = _checked(values_of(before) | changes, places)
    if fields == before:
        return entry
    _refuse_repeated(fields, stored, before=before)
    for name, value in columns_of(fields, places).items():
        setattr(entry, name, value)
    session.flush()
    changed = sorted(name for name, value in values_of(fields).items() if value != getattr(before, name))
    _record(session, "travel_entry.update", entry, actor=actor, now=now, details={"fields": changed})
    return entry


def delete_entry(session: Session, entry: TravelEntry, *, actor: Actor, now: datetime) -> None:
    _record(session, "travel_entry.delete", entry, actor=actor, now=now, details={"code": entry.code})
    session.delete(entry)
    session.flush()


def too_many(district_code: str) -> Conflict:
    return Conflict(
        said(
            "District {district!r} has {most} travel entries already; delete those that no longer hold.",
            "Daerah {district!r} sudah punya {most} jalur; hapus yang tidak berlaku lagi.",
            district=district_code,
            most=MOST_ENTRIES,
        )
    )


def same_way(other: str) -> FieldProblem:
    """An entry says what the one with the code `other` says already."""
    return FieldProblem(
        pointer="destination",
        detail=said(
            "The entry {other!r} says this way already.", "Jalur {other!r} sudah menyebut arah ini.", other=other
        ),
        mend=said(
            "Change that one, or take its 'both_directions' back.",
            "Ubah jalur itu, atau batalkan 'both_directions'-nya.",
        ),
    )


def _code_for(values: Mapping[str, Any], *, taken: set[str]) -> str:
    """Of both places; the second way between them gets -2."""
    code = f"{values['origin']} - {values['destination']}"
    return next(name for number in count(1) if (name := code if number == 1 else f"{code}-{number}") not in taken)


def _checked(values: Mapping[str, Any], places: Places) -> EntryFields:
    problems = [
        FieldProblem(
            pointer=name, detail=said("It is missing.", "Belum diisi."), mend=said("Give it a value.", "Isi nilainya.")
        )
        for name in REQUIRED
        if values[name] is None
    ]
    problems += problems_of(values, places=places)
    if problems:
        shown = joined(
            *(joined(f"{problem.pointer}:", problem.detail, problem.mend) for problem in problems[:3]), by="; "
        )
        raise InvalidRequest(shown, problems=placed(problems, "/"))
    return make_fields(values, places=places)


def _refuse_repeated(fields: EntryFields, stored: Mapping[str, EntryFields], *, before: EntryFields | None) -> None:
    """Raise `EntryTaken` where another entry has the code or says the way."""
    others = {code: entry for code, entry in stored.items() if before is None or code != before.code}
    if fields.code in others:
        raise EntryTaken(
            said(
                "The district has a travel entry with the code {code!r} already; change that one, or choose another.",
                "Daerah ini sudah punya jalur berkode {code!r}; ubah yang itu, atau pilih kode lain.",
                code=fields.code,
            ),
            problems=[
                FieldProblem(
                    pointer="/code", detail=said("The code is taken.", "Kode ini sudah dipakai."), value=fields.code
                )
            ],
        )
    other = repeated([*others.values(), fields], among=[fields.code]).get(fields.code)
    if other is not None:
        problem = same_way(other)
        raise EntryTaken(joined(problem.detail, problem.mend), problems=placed([problem], "/"))


def _record(
    session: Session, action: str, entry: TravelEntry, *, actor: Actor, now: datetime, details: dict[str, Any]
) -> None:
    access.record(
        session,
        actor,
        action,
        f"travel_entry/{entry.id}",
        now=now,
        district_code=entry.district_code,
        details=details,
    )
    session.flush()
