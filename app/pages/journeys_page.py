"""`/sambungan`, `/stasiun`, `/penginapan`: boats and planes with their times, where they leave, where teams sleep."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from sqlalchemy.orm import Session

from app.database import SessionDep
from app.districts import coded_things
from app.districts.models import District
from app.districts.service import get_district
from app.pages.edit_forms import PROVENANCES, Edited
from app.pages.forms import filled_in, read_as
from app.pages.frame import Form, page, pages_router
from app.pages.journeys_form import ROOMS, Room, blank_values, body_in, values_in
from app.pages.readers import DistrictReader, PlannerPage
from app.pages.sent_once import once
from app.pages.texts import options, section, text
from app.pages.thing_pages import ThingPages
from app.pages.ways_page import names_of_places
from app.payloads import Id
from app.tables.fields import WEEKDAYS
from app.travel.journeys.doubts import doubts_of
from app.travel.journeys.uses import PlaceInUse, refuse_if_used
from app.travel.models import Connection, Lodging, StationKind, Way
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
    return _PAGES[room.path].new(request, session, reader)


@router.post("/sambungan/baru")
@router.post("/stasiun/baru")
@router.post("/penginapan/baru")
@once
def create_thing(request: Request, session: SessionDep, reader: PlannerPage, room: RoomDep, form: Form) -> Response:
    return _PAGES[room.path].create(request, session, reader, form)


@router.get("/sambungan/{number}")
@router.get("/stasiun/{number}")
@router.get("/penginapan/{number}")
def one_thing(request: Request, session: SessionDep, reader: PlannerPage, room: RoomDep, number: Id) -> Response:
    pages = _PAGES[room.path]
    return pages.one(request, session, reader, pages.row(session, reader, number))


@router.post("/sambungan/{number}")
@router.post("/stasiun/{number}")
@router.post("/penginapan/{number}")
@once
def change_thing(
    request: Request, session: SessionDep, reader: PlannerPage, room: RoomDep, number: Id, form: Form
) -> Response:
    return _PAGES[room.path].change(request, session, reader, number, form)


@router.post("/sambungan/{number}/hapus")
@router.post("/stasiun/{number}/hapus")
@router.post("/penginapan/{number}/hapus")
@once
def delete_thing(
    request: Request, session: SessionDep, reader: PlannerPage, room: RoomDep, number: Id, form: Form
) -> Response:
    return _PAGES[room.path].delete(request, session, reader, number, form)


def _refuse_if_used(session: Session, row: Any) -> None:
    if isinstance(row, Connection):
        return
    try:
        refuse_if_used(session, PlaceKind.LODGING if isinstance(row, Lodging) else PlaceKind.STATION, row)
    except PlaceInUse as used:
        # Its problems belong to no field of the form; its sentence names them all.
        raise PlaceInUse(used.detail) from used


def _fields(session: Session, room: Room, row: Any) -> Any:
    around = room.kind.around(session, session.get_one(District, row.district_code))
    return room.kind.fields_of(row, around)


def _names(session: Session, reader: DistrictReader) -> dict[str, str]:
    """What people call each place at which a connection may begin or end, by its name in the form."""
    base = written(PREFIXES[PlaceKind.BASE][0], reader.language)
    return {name: called for name, called in names_of_places(session, reader).items() if not name.startswith(base)}


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


def _pages(room: Room) -> ThingPages:
    def changes(session: Session, sent: Edited, row: Any) -> Mapping[str, Any]:
        if row is not None:
            body: Any = read_as(room.patch, body_in(room, sent, _fields(session, room, row).provenance))
        else:
            body = read_as(room.new, filled_in(body_in(room, sent, {})))
        values: Mapping[str, Any] = body.given()
        return values

    def around(session: Session, reader: DistrictReader) -> dict[str, Any]:
        return {
            "room": room,
            "names": _names(session, reader),
            "choices": _choices(reader),
            "weekdays": WEEKDAYS,
            "provenance_options": options("provenance", PROVENANCES, reader.language),
            "hints": _hints(room, reader),
        }

    return ThingPages(
        kind=room.kind,
        template="journeys/one.html",
        named="row",
        back=f"{room.path}?tersimpan=true",
        blank=lambda: blank_values(room),
        values=lambda session, reader, row: values_in(room, _fields(session, room, row), reader.language),
        changes=changes,
        around=around,
        choices=_choices,
        refuse_to_delete=_refuse_if_used,
    )


_PAGES = {path: _pages(room) for path, room in ROOMS.items()}
