"""`/sambungan`, `/stasiun`, `/penginapan`: boats and planes with their times, where they leave, where teams sleep."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from sqlalchemy.orm import Session

from app.access.permissions import check_district
from app.database import SessionDep
from app.districts import coded_things
from app.districts.models import District
from app.districts.service import get_district
from app.errors import AppError, PreconditionFailed
from app.pages.edit_forms import PROVENANCES, REFUSALS, Edited, by_others, edited, record_form
from app.pages.forms import check_seen, read_as
from app.pages.frame import Form, go_to, page, pages_router
from app.pages.journeys_form import ROOMS, Room, blank_values, body_in, values_in
from app.pages.own_rows import own_row
from app.pages.readers import DistrictReader, PlannerPage
from app.pages.sent_once import once
from app.pages.texts import options, section, text
from app.pages.ways_page import names_of_places
from app.payloads import Id
from app.tables.fields import WEEKDAYS
from app.travel.journeys.doubts import doubts_of
from app.travel.journeys.uses import PlaceInUse, refuse_if_used
from app.travel.models import Lodging, StationKind, Way
from app.travel.places import PREFIXES, PlaceKind, written

router = pages_router()


def _room(request: Request) -> Room:
    return ROOMS["/" + request.url.path.split("/")[1]]


RoomDep = Annotated[Room, Depends(_room)]


@router.get("/sambungan")
@router.get("/stasiun")
@router.get("/penginapan")
def list_things(
    request: Request,
    session: SessionDep,
    reader: PlannerPage,
    room: RoomDep,
    tersimpan: Annotated[bool, Query()] = False,
) -> Response:
    district = get_district(session, reader.district.code)
    around = room.kind.around(session, district)
    rows = coded_things.list_things(session, room.kind, district.code)
    return page(
        request,
        "journeys/list.html",
        reader,
        room=room,
        rooms_of=[(path, text(f"{other.section}.title", reader.language)) for path, other in ROOMS.items()],
        days_in=lambda mask: [day for day, goes in zip(WEEKDAYS, mask, strict=True) if goes == "1"],
        place=lambda name: written(name, reader.language),
        things=[(row.id, room.kind.fields_of(row, around)) for row in rows],
        names=_names(session, reader),
        doubts=doubts_of(session, district),
        is_stored=tersimpan,
    )


@router.get("/sambungan/baru")
@router.get("/stasiun/baru")
@router.get("/penginapan/baru")
def new_thing(request: Request, session: SessionDep, reader: PlannerPage, room: RoomDep) -> Response:
    return _form(request, session, reader, room, blank_values(room))


@router.post("/sambungan/baru")
@router.post("/stasiun/baru")
@router.post("/penginapan/baru")
@once
def create_thing(request: Request, session: SessionDep, reader: PlannerPage, room: RoomDep, form: Form) -> Response:
    check_district(reader.actor, reader.district.code, write=True)
    sent = edited(form, blank_values(room))
    try:
        given = {name: value for name, value in body_in(room, sent, {}).items() if value is not None}
        body: Any = read_as(room.new, given)
        with session.begin_nested():
            district = get_district(session, reader.district.code)
            coded_things.create_thing(session, room.kind, district, body.given(), actor=reader.actor, now=reader.now)
    except REFUSALS as refused:
        return _form(request, session, reader, room, sent.values, refused=refused)
    return go_to(f"{room.path}?tersimpan=true")


@router.get("/sambungan/{number}")
@router.get("/stasiun/{number}")
@router.get("/penginapan/{number}")
def one_thing(request: Request, session: SessionDep, reader: PlannerPage, room: RoomDep, number: Id) -> Response:
    return _one(request, session, reader, room, own_row(session, reader, room.kind, number))


@router.post("/sambungan/{number}")
@router.post("/stasiun/{number}")
@router.post("/penginapan/{number}")
@once
def change_thing(
    request: Request, session: SessionDep, reader: PlannerPage, room: RoomDep, number: Id, form: Form
) -> Response:
    row = own_row(session, reader, room.kind, number, write=True)
    stored = _fields(session, room, row)
    sent = edited(form, values_in(room, stored, reader.language))
    try:
        check_seen(form, row.version)
        body: Any = read_as(room.patch, body_in(room, sent, stored.provenance))
        with session.begin_nested():
            coded_things.change_thing(session, room.kind, row, body.given(), actor=reader.actor, now=reader.now)
    except REFUSALS as refused:
        session.refresh(row)
        return _one(request, session, reader, room, row, sent=sent, refused=refused)
    return go_to(f"{room.path}?tersimpan=true")


@router.post("/sambungan/{number}/hapus")
@router.post("/stasiun/{number}/hapus")
@router.post("/penginapan/{number}/hapus")
@once
def delete_thing(
    request: Request, session: SessionDep, reader: PlannerPage, room: RoomDep, number: Id, form: Form
) -> Response:
    row = own_row(session, reader, room.kind, number, write=True)
    try:
        check_seen(form, row.version)
        if room.path != "/sambungan":
            kind = PlaceKind.LODGING if isinstance(row, Lodging) else PlaceKind.STATION
            refuse_if_used(session, kind, row)
    except PlaceInUse as used:
        # Its problems belong to no field of the form; its sentence names them all.
        return _one(request, session, reader, room, row, refused=PlaceInUse(used.detail))
    except PreconditionFailed as refused:
        return _one(request, session, reader, room, row, refused=refused)
    coded_things.delete_thing(session, room.kind, row, actor=reader.actor, now=reader.now)
    return go_to(f"{room.path}?tersimpan=true")


def _fields(session: Session, room: Room, row: Any) -> Any:
    around = room.kind.around(session, session.get_one(District, row.district_code))
    return room.kind.fields_of(row, around)


def _names(session: Session, reader: DistrictReader) -> dict[str, str]:
    """What people call each place at which a connection may begin or end, by its name in the form."""
    base = written(PREFIXES[PlaceKind.BASE][0], reader.language)
    return {name: called for name, called in names_of_places(session, reader).items() if not name.startswith(base)}


def _one(
    request: Request,
    session: Session,
    reader: DistrictReader,
    room: Room,
    row: Any,
    *,
    sent: Edited | None = None,
    refused: AppError | None = None,
) -> Response:
    stored = values_in(room, _fields(session, room, row), reader.language)
    values = stored if sent is None else sent.values
    meanwhile = by_others(stored, sent, refused, choices=_choices(reader))
    return _form(request, session, reader, room, values, refused=refused, row=row, stored=stored, meanwhile=meanwhile)


def _choices(reader: DistrictReader) -> Mapping[str, list[tuple[str, str]]]:
    return {
        "way": options("moving", Way, reader.language),
        "kind": options("station_kind", StationKind, reader.language),
    }


def _hints(room: Room, reader: DistrictReader) -> dict[str, str]:
    """What stands below a field, by its name."""
    own = section(room.section, reader.language)
    hints = {"zone": text("site.zone_hint", reader.language), "lat": text("site.place_hint", reader.language)}
    return hints | {key.removesuffix("_hint"): words for key, words in own.items() if key.endswith("_hint")}


def _form(
    request: Request,
    session: Session,
    reader: DistrictReader,
    room: Room,
    values: Mapping[str, str],
    *,
    refused: AppError | None = None,
    **about_one: Any,
) -> Response:
    stored = about_one.pop("stored", blank_values(room))
    return record_form(
        request,
        "journeys/one.html",
        reader,
        values,
        stored=stored,
        refused=refused,
        room=room,
        names=_names(session, reader),
        choices=_choices(reader),
        weekdays=WEEKDAYS,
        provenance_options=options("provenance", PROVENANCES, reader.language),
        hints=_hints(room, reader),
        is_stored=False,
        **({"row": None, "meanwhile": ()} | about_one),
    )
