"""Lodgings over HTTP."""

from datetime import date
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
from app.payloads import Day, DistrictCodePath, Id, Incoming, Line, Outgoing, WeekdayMask
from app.tables.fields import WeekdaysOut, documented_range
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
from app.travel.journeys.lodgings import LODGINGS, RANGES
from app.travel.journeys.shared_fields import MAX_CODE, MAX_ZONE, given_by
from app.travel.journeys.uses import refuse_if_used
from app.travel.models import Lodging
from app.travel.places import PlaceKind

router = APIRouter(prefix="/v1", tags=["travel"])


_ZONE = "Between different zones only connections and travel entries lead; null: the rest of the district."


class LodgingPatch(Incoming):
    """Only the fields to change; null empties one, or brings back its default."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"cost_per_night": 350000, "ends_on": "2026-12-31"}]})

    code: Annotated[Line, Field(max_length=MAX_CODE)] | None = None
    name: Line | None = None
    lat: float | None = None
    lon: float | None = None
    zone: Annotated[Line, Field(max_length=MAX_ZONE)] | None = Field(default=None, description=_ZONE)
    cost_per_night: Annotated[int, documented_range(RANGES["cost_per_night"])] | None = Field(
        default=None, description="Rupiah for a team and calendar night; null: 0."
    )
    max_teams: Annotated[int, documented_range(RANGES["max_teams"])] | None = Field(
        default=None, description="So many teams sleep there in one night at the most; null: any number."
    )
    weekdays: WeekdayMask | None = Field(
        default=None, description="After which days one may sleep there; null: every day.", examples=["mon-fri"]
    )
    starts_on: Day | None = Field(default=None, description="The first date after which one may.")
    ends_on: Day | None = Field(default=None, description="The last one.")
    note: Line | None = None
    provenance: Provenances | None = None

    def given(self) -> dict[str, Any]:
        """The fields that the request names, as `LodgingFields` keeps them."""
        return given_by(self)


class LodgingIn(LodgingPatch):
    """A place where teams may sleep: an inn, a village hall, another office. Teams with `max_nights` use it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "LB-MESS",
                    "name": "Mess Pemda Long Bawan",
                    "lat": 3.9014,
                    "lon": 115.6922,
                    "zone": "Krayan",
                    "cost_per_night": 300000,
                    "max_teams": 2,
                    "provenance": {"place": "public", "cost_per_night": "assumed"},
                }
            ]
        }
    )

    code: Annotated[Line, Field(max_length=MAX_CODE)]
    name: Line
    lat: float
    lon: float


class LodgingOut(Outgoing):
    id: int
    district_code: str
    code: str
    name: str
    lat: float
    lon: float
    zone: str | None = Field(description=_ZONE)
    cost_per_night: int
    max_teams: int | None
    weekdays: WeekdaysOut
    starts_on: date | None
    ends_on: date | None
    note: str | None
    provenance: dict[str, str]
    version: int


def _answer(row: Lodging, **how: Any) -> Response:
    return json_answer(LodgingOut.model_validate(row), etag=row.version, **how)


@router.get("/districts/{code}/lodgings")
def list_lodgings(
    code: DistrictCodePath, session: SessionDep, actor: Viewer, limit: LimitParam = 100, cursor: CursorParam = None
) -> Page[LodgingOut]:
    """Where teams may sleep, as it was entered."""
    check_district(actor, code)
    districts.get_district(session, code)
    rows = coded_things.list_things(session, LODGINGS, code, after_id=decode_cursor(cursor), limit=limit + 1)
    return page_of(rows, limit=limit, key=lambda row: row.id, shown=LodgingOut.model_validate)


@router.post("/districts/{code}/lodgings", status_code=201, response_model=LodgingOut)
@once
def create_lodging(
    code: DistrictCodePath, body: LodgingIn, session: SessionDep, actor: Planner, now: NowDep
) -> Response:
    """Let teams sleep at a place; new plans may use it where a team's `max_nights` allows."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    row = coded_things.create_thing(session, LODGINGS, district, body.given(), actor=actor, now=now)
    return _answer(row, status_code=201, headers={"Location": f"/v1/lodgings/{row.id}"})


@router.post("/districts/{code}/lodgings/import", response_model=ImportAnswer, openapi_extra=IMPORT_OPENAPI)
@once
def import_lodgings(
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    code: DistrictCodePath,
    upload: UploadDep,
    wish: ImportWishDep,
) -> Response:
    """Import a table of lodgings: all of it, or nothing and a list of every bad row, column and reason.

    Rows are matched by `code`; a sheet without codes gets them from its names. Columns that the file lacks stay as they
    are, and lodgings that it does not name."""
    return imported(session, LODGINGS, code, upload, wish, actor=actor, now=now)


@router.post("/districts/{code}/lodgings/import/preview", openapi_extra=IMPORT_OPENAPI)
def preview_lodgings(
    session: SessionDep, actor: Planner, now: NowDep, code: DistrictCodePath, upload: UploadDep, wish: ImportWishDep
) -> PreviewAnswer:
    """How an import would understand a file: its header, which column is which field, its figures, its troubles."""
    return previewed(session, LODGINGS, code, upload, wish, actor=actor, now=now)


@router.get("/districts/{code}/lodgings/export", responses=EXPORT_RESPONSES, response_class=Response)
def export_lodgings(
    session: SessionDep,
    actor: Viewer,
    code: DistrictCodePath,
    file_format: FormatParam = Format.CSV,
    figures: WrittenFiguresParam = Manner.ENGLISH,
) -> Response:
    """All lodgings as a file that the import reads without loss."""
    return exported(session, LODGINGS, code, actor=actor, file_format=file_format, figures=figures, name="lodgings")


@router.get("/lodgings/{lodging_id}", response_model=LodgingOut)
def read_lodging(lodging_id: Id, session: SessionDep, actor: Viewer) -> Response:
    return _answer(coded_things.read_thing(session, LODGINGS, lodging_id, actor=actor))


@router.patch("/lodgings/{lodging_id}", response_model=LodgingOut)
def change_lodging(
    lodging_id: Id,
    body: LodgingPatch,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> Response:
    """Change the fields that the body names; null empties one, or brings back its default."""
    row = coded_things.read_thing(session, LODGINGS, lodging_id, actor=actor, write=True)
    check_if_match(if_match, row.version)
    return _answer(coded_things.change_thing(session, LODGINGS, row, body.given(), actor=actor, now=now))


@router.delete("/lodgings/{lodging_id}", status_code=204)
def delete_lodging(
    lodging_id: Id, session: SessionDep, actor: Planner, now: NowDep, if_match: IfMatchHeader = None
) -> None:
    """Remove a lodging to which nothing leads; plans that hold it stay as they are."""
    row = coded_things.read_thing(session, LODGINGS, lodging_id, actor=actor, write=True)
    check_if_match(if_match, row.version)
    refuse_if_used(session, PlaceKind.LODGING, row)
    coded_things.delete_thing(session, LODGINGS, row, actor=actor, now=now)
