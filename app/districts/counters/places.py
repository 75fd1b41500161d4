"""The places where a district has fixed counters: the office, its sub-offices, a mall."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts.counters.models import CounterPlace
from app.districts.counters.place_rates import rates_from_json, rates_to_json
from app.districts.counters.place_values import (
    DEFAULTS,
    REQUIRED,
    PlaceFields,
    make_fields,
    problems_of,
    values_of,
)
from app.districts.models import District
from app.districts.opening_hours import read_windows, write_windows
from app.districts.surroundings import Surroundings, surroundings_of
from app.errors import Conflict, FieldProblem, InvalidRequest, NotFound
from app.languages import joined, said
from app.tables.fields import placed

MOST_PLACES = 200


class CounterPlaceCodeTaken(Conflict):
    """Another place of the district has this code."""


def lock_places(session: Session, district_code: str) -> None:
    """Let nobody else change the places of the district at the same time."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"counter-places/{district_code}", 0))))


def list_places(
    session: Session, district_code: str, *, after_id: int = 0, limit: int = MOST_PLACES + 1
) -> Sequence[CounterPlace]:
    """The places of a district, in the order in which they were entered."""
    query = select(CounterPlace).where(CounterPlace.district_code == district_code, CounterPlace.id > after_id)
    return session.scalars(query.order_by(CounterPlace.id).limit(limit)).all()


def fields_of(places: Iterable[CounterPlace]) -> dict[str, PlaceFields]:
    """What is stored of places, by their codes."""
    return {place.code: fields_of_one(place) for place in places}


def fields_of_one(place: CounterPlace) -> PlaceFields:
    values = {name: getattr(place, name) for name in PlaceFields.__dataclass_fields__}
    values["windows"] = () if place.windows is None else read_windows(place.windows)
    values["rates"] = rates_from_json(place.rates)
    return PlaceFields(**values)


def columns_of(place: PlaceFields) -> dict[str, Any]:
    """The columns of table `counter_places`."""
    return values_of(place) | {
        "windows": write_windows(place.windows) or None,
        "rates": rates_to_json(place.rates),
    }


def read_place(session: Session, place_id: int, *, actor: Actor, write: bool = False) -> CounterPlace:
    """A place that the actor may see, for `write` locked; raises `NotFound`, `Forbidden`."""
    place = session.get(CounterPlace, place_id, with_for_update=write or None, populate_existing=write)
    if place is None or not actor.may_read(place.district_code):
        raise no_place(place_id)
    if write and not actor.may_write(place.district_code):
        raise access.read_only_district(place.district_code)
    return place


def no_place(place_id: int) -> NotFound:
    return NotFound(
        said(
            "There is no place with counters {place}, or this token does not open its district.",
            "Tidak ada tempat loket {place}, atau token ini tidak membuka daerahnya.",
            place=place_id,
        )
    )


def create_place(
    session: Session, district: District, values: Mapping[str, Any], *, actor: Actor, now: datetime
) -> CounterPlace:
    """A new place of the fields in `values`; raises `InvalidRequest`, `CounterPlaceCodeTaken`, `Conflict`."""
    lock_places(session, district.code)
    if len(list_places(session, district.code)) >= MOST_PLACES:
        raise too_many(district.code)
    blank: dict[str, Any] = dict.fromkeys(PlaceFields.__dataclass_fields__) | DEFAULTS
    fields = _checked(blank | _with_defaults(values), surroundings_of(session, district))
    place = CounterPlace(district_code=district.code, **columns_of(fields))
    _flush_code(session, place)
    _record(session, "counter_place.create", place, actor=actor, now=now)
    return place


def change_place(
    session: Session,
    district: District,
    place: CounterPlace,
    changes: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
) -> CounterPlace:
    """Set the fields in `changes`; None empties one. Raises `InvalidRequest`, `CounterPlaceCodeTaken`."""
    before = fields_of_one(place)
    fields = _checked(values_of(before) | _with_defaults(changes), surroundings_of(session, district))
    if fields != before:
        for name, value in columns_of(fields).items():
            setattr(place, name, value)
        _flush_code(session, place)
        _record(session, "counter_place.update", place, actor=actor, now=now)
    return place


def delete_place(session: Session, place: CounterPlace, *, actor: Actor, now: datetime) -> None:
    """Remove a place with what was counted there; one that has closed is better given a last day."""
    _record(session, "counter_place.delete", place, actor=actor, now=now)
    session.delete(place)
    session.flush()


def too_many(district_code: str) -> Conflict:
    return Conflict(
        said(
            "District {district!r} cannot have more than {most} places with counters; delete old ones first.",
            "Daerah {district!r} paling banyak punya {most} tempat loket; hapus yang lama dahulu.",
            district=district_code,
            most=MOST_PLACES,
        )
    )


def _with_defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: DEFAULTS.get(name) if value is None else value for name, value in values.items()}


def _checked(values: dict[str, Any], surroundings: Surroundings) -> PlaceFields:
    problems = [
        FieldProblem(
            pointer=name, detail=said("It is missing.", "Belum diisi."), mend=said("Give it a value.", "Isi nilainya.")
        )
        for name in REQUIRED
        if values[name] is None
    ]
    problems += problems_of(values, surroundings=surroundings)
    if problems:
        shown = (joined(f"{problem.pointer}:", problem.detail, problem.mend) for problem in problems[:3])
        raise InvalidRequest(joined(*shown, by="; "), problems=placed(problems, "/"))
    return make_fields(values)


def _flush_code(session: Session, place: CounterPlace) -> None:
    try:
        with session.begin_nested():
            session.add(place)
    except IntegrityError as error:
        if "uq_counter_places_district_code_code" not in str(error.orig):
            raise
        detail = said("The code is taken.", "Kode ini sudah dipakai.")
        raise CounterPlaceCodeTaken(
            said(
                "The district has a place with counters of the code {place!r} already; change that one, or choose "
                "another.",
                "Daerah ini sudah punya tempat loket berkode {place!r}; ubah yang itu, atau pilih kode lain.",
                place=place.code,
            ),
            problems=[FieldProblem(pointer="/code", detail=detail, value=place.code)],
        ) from error


def _record(session: Session, action: str, place: CounterPlace, *, actor: Actor, now: datetime) -> None:
    access.record(
        session,
        actor,
        action,
        f"counter_place/{place.id}",
        now=now,
        district_code=place.district_code,
        details={"code": place.code, "rates": place.rates},
    )
    session.flush()
