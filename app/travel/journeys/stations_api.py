"""Stations over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

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
from app.payloads import DistrictCodePath, Id, Incoming, Line, Outgoing
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
from app.travel.journeys.files import exported, imported, previewed
from app.travel.journeys.shared_fields import MAX_CODE, MAX_ZONE, given_by
from app.travel.journeys.stations import STATIONS
from app.travel.journeys.uses import refuse_if_used
from app.travel.models import Station, StationKind
from app.travel.places import PlaceKind

router = APIRouter(prefix="/v1", tags=["travel"])


_ZONE = "Between different zones only connections and travel entries lead; null: the rest of the district."


class StationPatch(Incoming):
    """Only the fields to change; null empties one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Pelabuhan Tengkayu II"}]})

    code: Annotated[Line, Field(max_length=MAX_CODE)] | None = None
    name: Line | None = None
    kind: StationKind | None = None
    lat: float | None = None
    lon: float | None = None
    zone: Annotated[Line, Field(max_length=MAX_ZONE)] | None = Field(default=None, description=_ZONE)
    note: Line | None = None
    provenance: Provenances | None = None

    def given(self) -> dict[str, Any]:
        """The fields that the request names, as `StationFields` keeps them."""
        return given_by(self)


class StationIn(StationPatch):
    """A place to pass through: a harbour, a jetty, an airstrip. Connections and travel entries name it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "LBW",
                    "name": "Bandara Yuvai Semaring",
                    "kind": "airstrip",
                    "lat": 3.9028,
                    "lon": 115.6922,
                    "zone": "Krayan",
                    "provenance": {"place": "public"},
                }
            ]
        }
    )

    code: Annotated[Line, Field(max_length=MAX_CODE)]
    name: Line
    kind: StationKind
    lat: float
    lon: float


class StationOut(Outgoing):
    id: int
    district_code: str
    code: str
    name: str
    kind: StationKind
    lat: float
    lon: float
    zone: str | None = Field(description=_ZONE)
    note: str | None
    provenance: dict[str, str]
    version: int


def _answer(row: Station, **how: Any) -> Response:
    return json_answer(StationOut.model_validate(row), etag=row.version, **how)


@router.get("/districts/{code}/stations")
def list_stations(
    code: DistrictCodePath, session: SessionDep, actor: Viewer, limit: LimitParam = 100, cursor: CursorParam = None
) -> Page[StationOut]:
    """Harbours, jetties, airstrips, as they were entered."""
    check_district(actor, code)
    districts.get_district(session, code)
    rows = coded_things.list_things(session, STATIONS, code, after_id=decode_cursor(cursor), limit=limit + 1)
    return page_of(rows, limit=limit, key=lambda row: row.id, shown=StationOut.model_validate)


@router.post("/districts/{code}/stations", status_code=201, response_model=StationOut)
@once
def create_station(
    code: DistrictCodePath, body: StationIn, session: SessionDep, actor: Planner, now: NowDep
) -> Response:
    """Name a place to pass through; connections leave from it."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    row = coded_things.create_thing(session, STATIONS, district, body.given(), actor=actor, now=now)
    return _answer(row, status_code=201, headers={"Location": f"/v1/stations/{row.id}"})


@router.post("/districts/{code}/stations/import", response_model=ImportAnswer, openapi_extra=IMPORT_OPENAPI)
@once
def import_stations(
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    code: DistrictCodePath,
    upload: UploadDep,
    wish: ImportWishDep,
) -> Response:
    """Import a table of stations: all of it, or nothing and a list of every bad row, column and reason.

    Rows are matched by `code`; a sheet without codes gets them from its names. Columns that the file lacks stay as they
    are, and stations that it does not name."""
    return imported(session, STATIONS, code, upload, wish, actor=actor, now=now)


@router.post("/districts/{code}/stations/import/preview", openapi_extra=IMPORT_OPENAPI)
def preview_stations(
    session: SessionDep, actor: Planner, now: NowDep, code: DistrictCodePath, upload: UploadDep, wish: ImportWishDep
) -> PreviewAnswer:
    """How an import would understand a file: its header, which column is which field, its figures, its troubles."""
    return previewed(session, STATIONS, code, upload, wish, actor=actor, now=now)


@router.get("/districts/{code}/stations/export", responses=EXPORT_RESPONSES, response_class=Response)
def export_stations(
    session: SessionDep,
    actor: Viewer,
    code: DistrictCodePath,
    file_format: FormatParam = Format.CSV,
    figures: WrittenFiguresParam = Manner.ENGLISH,
) -> Response:
    """All stations as a file that the import reads without loss."""
    return exported(session, STATIONS, code, actor=actor, file_format=file_format, figures=figures, name="stations")


@router.get("/stations/{station_id}", response_model=StationOut)
def read_station(station_id: Id, session: SessionDep, actor: Viewer) -> Response:
    return _answer(coded_things.read_thing(session, STATIONS, station_id, actor=actor))


@router.patch("/stations/{station_id}", response_model=StationOut)
def change_station(
    station_id: Id,
    body: StationPatch,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> Response:
    """Change the fields that the body names; null empties one, or brings back its default."""
    row = coded_things.read_thing(session, STATIONS, station_id, actor=actor, write=True)
    check_if_match(if_match, row.version)
    return _answer(coded_things.change_thing(session, STATIONS, row, body.given(), actor=actor, now=now))


@router.delete("/stations/{station_id}", status_code=204)
def delete_station(
    station_id: Id, session: SessionDep, actor: Planner, now: NowDep, if_match: IfMatchHeader = None
) -> None:
    """Remove a station to which nothing leads; plans that hold it stay as they are."""
    row = coded_things.read_thing(session, STATIONS, station_id, actor=actor, write=True)
    check_if_match(if_match, row.version)
    refuse_if_used(session, PlaceKind.STATION, row)
    coded_things.delete_thing(session, STATIONS, row, actor=actor, now=now)
