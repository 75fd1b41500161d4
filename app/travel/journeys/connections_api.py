"""Connections over HTTP."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field
from sqlalchemy.orm import Session

from app.access.idempotency import once
from app.access.permissions import Planner, Viewer, check_district
from app.database import SessionDep
from app.districts import coded_things
from app.districts import service as districts
from app.districts.schemas import Provenances
from app.http_conventions import (
    CursorParam,
    IfMatchHeader,
    LimitParam,
    NowDep,
    Page,
    check_if_match,
    decode_cursor,
    json_answer,
    page_of,
)
from app.payloads import Day, DistrictCodePath, Id, Incoming, Line, Outgoing, WeekdayMask
from app.tables.fields import MinuteIn, MinuteOut, WeekdaysOut, documented_range
from app.tables.figures import Manner
from app.tables.formats import Format
from app.tables.transfer import (
    EXPORT_RESPONSES,
    IMPORT_OPENAPI,
    FormatParam,
    ImportAnswer,
    ImportWishDep,
    PreviewAnswer,
    UploadDep,
    WrittenFiguresParam,
)
from app.travel.journeys.connections import CONNECTIONS, MAX_CODE, MOST_DATES_WITHOUT, RANGES
from app.travel.journeys.files import exported, imported, previewed
from app.travel.journeys.shared_fields import given_by
from app.travel.models import Connection, Way
from app.travel.places import Places, places_of

router = APIRouter(prefix="/v1", tags=["travel"])


_PLACE = "The code of a station, lodging or site. Answers write `station:` and `lodging:` before theirs."
_LATEST = "Up to when it waits for a team, as a charter does; null: it leaves at `departs_earliest`, as by a timetable."


class ConnectionPatch(Incoming):
    """Only the fields to change; null empties one, or brings back its default."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"weekdays": "mon,thu", "fare": 1800000}]})

    code: Annotated[Line, Field(max_length=MAX_CODE)] | None = Field(
        default=None,
        description="By which a later file changes it; left out of a new one, it is made of places and departure.",
    )
    name: Line | None = None
    origin: Line | None = Field(default=None, description=_PLACE)
    destination: Line | None = Field(default=None, description=_PLACE)
    way: Way | None = None
    departs_earliest: MinuteIn | None = None
    departs_latest: MinuteIn | None = Field(default=None, description=_LATEST)
    minutes: Annotated[int, documented_range(RANGES["minutes"])] | None = Field(
        default=None, description="From leaving to being there."
    )
    fare: Annotated[int, documented_range(RANGES["fare"])] | None = Field(
        default=None, description="Rupiah for a whole team; null: 0."
    )
    max_teams: Annotated[int, documented_range(RANGES["max_teams"])] | None = Field(
        default=None, description="So many teams a date at the most; null: any number."
    )
    weekdays: WeekdayMask | None = Field(default=None, description="Null: every day.", examples=["mon,thu"])
    starts_on: Day | None = None
    ends_on: Day | None = None
    dates_without: list[Day] | None = Field(
        default=None, max_length=MOST_DATES_WITHOUT, description="Dates on which it stays away all the same."
    )
    note: Line | None = None
    provenance: Provenances | None = None

    def given(self) -> dict[str, Any]:
        """The fields that the request names, as `ConnectionFields` keeps them."""
        values = given_by(self)
        if values.get("dates_without") is not None:
            values["dates_without"] = tuple(values["dates_without"])
        return values


class ConnectionIn(ConnectionPatch):
    """A boat or plane in one direction and at one time; the way back, and a second departure, are rows of their own."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Penerbangan perintis Tarakan – Long Bawan",
                    "origin": "TRK",
                    "destination": "LBW",
                    "way": "plane",
                    "departs_earliest": "08:30",
                    "minutes": 55,
                    "fare": 1800000,
                    "max_teams": 1,
                    "weekdays": "mon,thu",
                    "provenance": {"minutes": "public", "fare": "assumed"},
                }
            ]
        }
    )

    origin: Line = Field(description=_PLACE)
    destination: Line = Field(description=_PLACE)
    way: Way
    departs_earliest: MinuteIn
    minutes: Annotated[int, documented_range(RANGES["minutes"])] = Field(description="From leaving to being there.")


class ConnectionOut(Outgoing):
    id: int
    district_code: str
    code: str
    name: str | None
    origin: str
    destination: str
    way: Way
    departs_earliest: MinuteOut
    departs_latest: MinuteOut | None = Field(description=_LATEST)
    minutes: int
    fare: int
    max_teams: int | None
    weekdays: WeekdaysOut
    starts_on: date | None
    ends_on: date | None
    dates_without: list[date]
    note: str | None
    provenance: dict[str, str]
    version: int


def _out(row: Connection, places: Places) -> ConnectionOut:
    values = CONNECTIONS.values_of(CONNECTIONS.fields_of(row, places))
    return ConnectionOut(id=row.id, district_code=row.district_code, version=row.version, **values)


def _answer(session: Session, row: Connection, **how: Any) -> Response:
    return json_answer(_out(row, places_of(session, row.district_code)), etag=row.version, **how)


@router.get("/districts/{code}/connections")
def list_connections(
    code: DistrictCodePath, session: SessionDep, actor: Viewer, limit: LimitParam = 100, cursor: CursorParam = None
) -> Page[ConnectionOut]:
    """Boats and planes with their times, as they were entered."""
    check_district(actor, code)
    districts.get_district(session, code)
    rows = coded_things.list_things(session, CONNECTIONS, code, after_id=decode_cursor(cursor), limit=limit + 1)
    places = places_of(session, code)
    return page_of(rows, limit=limit, key=lambda row: row.id, shown=lambda row: _out(row, places))


@router.post("/districts/{code}/connections", status_code=201, response_model=ConnectionOut)
@once
def create_connection(
    code: DistrictCodePath, body: ConnectionIn, session: SessionDep, actor: Planner, now: NowDep
) -> Response:
    """Let teams take a boat or plane that leaves at its own time; new plans may use it."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    row = coded_things.create_thing(session, CONNECTIONS, district, body.given(), actor=actor, now=now)
    return _answer(session, row, status_code=201, headers={"Location": f"/v1/connections/{row.id}"})


@router.post("/districts/{code}/connections/import", response_model=ImportAnswer, openapi_extra=IMPORT_OPENAPI)
@once
def import_connections(
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    code: DistrictCodePath,
    upload: UploadDep,
    wish: ImportWishDep,
) -> Response:
    """Import a table of connections: all of it, or nothing and a list of every bad row, column and reason.

    Rows are matched by `code`; a sheet without codes gets them from places and departure. Columns that the file lacks
    stay as they are, and connections that it does not name."""
    return imported(session, CONNECTIONS, code, upload, wish, actor=actor, now=now)


@router.post("/districts/{code}/connections/import/preview", openapi_extra=IMPORT_OPENAPI)
def preview_connections(
    session: SessionDep, actor: Planner, now: NowDep, code: DistrictCodePath, upload: UploadDep, wish: ImportWishDep
) -> PreviewAnswer:
    """How an import would understand a file: its header, which column is which field, its figures, its troubles."""
    return previewed(session, CONNECTIONS, code, upload, wish, actor=actor, now=now)


@router.get("/districts/{code}/connections/export", responses=EXPORT_RESPONSES, response_class=Response)
def export_connections(
    session: SessionDep,
    actor: Viewer,
    code: DistrictCodePath,
    file_format: FormatParam = Format.CSV,
    figures: WrittenFiguresParam = Manner.ENGLISH,
) -> Response:
    """All connections as a file that the import reads without loss."""
    return exported(
        session, CONNECTIONS, code, actor=actor, file_format=file_format, figures=figures, name="connections"
    )


@router.get("/connections/{connection_id}", response_model=ConnectionOut)
def read_connection(connection_id: Id, session: SessionDep, actor: Viewer) -> Response:
    return _answer(session, coded_things.read_thing(session, CONNECTIONS, connection_id, actor=actor))


@router.patch("/connections/{connection_id}", response_model=ConnectionOut)
def change_connection(
    connection_id: Id,
    body: ConnectionPatch,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> Response:
    """Change the fields that the body names; null empties one, or brings back its default."""
    row = coded_things.read_thing(session, CONNECTIONS, connection_id, actor=actor, write=True)
    check_if_match(if_match, row.version)
    return _answer(session, coded_things.change_thing(session, CONNECTIONS, row, body.given(), actor=actor, now=now))


@router.delete("/connections/{connection_id}", status_code=204)
def delete_connection(
    connection_id: Id, session: SessionDep, actor: Planner, now: NowDep, if_match: IfMatchHeader = None
) -> None:
    """Remove a connection; plans that hold it stay as they are."""
    row = coded_things.read_thing(session, CONNECTIONS, connection_id, actor=actor, write=True)
    check_if_match(if_match, row.version)
    coded_things.delete_thing(session, CONNECTIONS, row, actor=actor, now=now)
