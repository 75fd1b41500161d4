"""Travel entries: ways between two places that no straight line tells, one row each."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.districts.coded_things import CodeTaken, Kind
from app.districts.models import District
from app.errors import FieldProblem
from app.languages import said
from app.travel.journeys.shared_fields import LOCK
from app.travel.models import TravelEntry
from app.travel.places import PlaceKind, Places, place_at, place_columns, places_of
from app.travel.values import (
    DEFAULTS,
    READERS,
    REQUIRED,
    VOCABULARY,
    EntryFields,
    make_fields,
    problems_of,
    repeated,
    values_of,
)

_ENDS = ("origin", "destination")
_KINDS = tuple(PlaceKind)


class EntryTaken(CodeTaken):
    """Another entry of the district has this code, or says this way already."""


def fields_of(entry: TravelEntry, places: Places) -> EntryFields:
    """What people said of an entry."""
    plain = (name for name in EntryFields.__dataclass_fields__ if name not in _ENDS)
    return EntryFields(
        **{name: getattr(entry, name) for name in plain},
        origin=places.name_of(place_at(entry, "origin", _KINDS)),
        destination=places.name_of(place_at(entry, "destination", _KINDS)),
    )


def _columns_of(fields: EntryFields, places: Places) -> dict[str, Any]:
    columns = values_of(fields)
    for end in _ENDS:
        place = places.place_of(columns.pop(end))
        assert place is not None  # checked fields name places
        columns |= place_columns(end, place, _KINDS)
    return columns


def _places(session: Session, district: District) -> Places:
    return places_of(session, district.code)


def _same_ways(entries: Sequence[EntryFields], among: Collection[str]) -> Mapping[str, FieldProblem]:
    return {code: _same_way(other) for code, other in repeated(entries, among=among).items()}


def _same_way(other: str) -> FieldProblem:
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


TRAVEL_ENTRIES: Kind[EntryFields, Places] = Kind(
    thing="travel_entry",
    row=TravelEntry,
    noun=said("travel entry", "jalur"),
    nouns=said("travel entries", "jalur"),
    most=5_000,
    lock=LOCK,
    vocabulary=VOCABULARY,
    readers=READERS,
    required=REQUIRED,
    defaults=DEFAULTS,
    together=(_ENDS,),
    point=None,
    around=_places,
    values_of=values_of,
    cells_of=values_of,
    make=lambda values, places: make_fields(values, places=places),
    check=lambda values, places: problems_of(values, places=places),
    fields_of=fields_of,
    columns_of=_columns_of,
    code_for=lambda given, _: f"{given['origin']} - {given['destination']}",
    beside=_same_ways,
    code_taken=EntryTaken,
)
