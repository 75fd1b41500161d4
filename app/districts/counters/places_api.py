"""Places with fixed counters over HTTP, and what was counted at each of them."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Response

from app.access.idempotency import once
from app.access.permissions import Planner, Viewer, check_district
from app.database import SessionDep
from app.districts import service as districts
from app.districts.counters import place_counts, place_tables, places
from app.districts.counters.models import CounterPlace, CounterPlaceCount
from app.districts.counters.place_schemas import (
    CounterPlaceIn,
    CounterPlaceOut,
    CounterPlacePatch,
    PlaceCountOut,
    place_out,
)
from app.districts.counters.place_values import VOCABULARY
from app.districts.models import Document
from app.districts.schemas import WalkInCountIn
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
from app.payloads import CHANGE_REFUSALS, READ_REFUSALS, DistrictCodePath, Id, IsoDay
from app.tables.figures import Manner
from app.tables.formats import Format
from app.tables.transfer import (
    EXPORT_RESPONSES,
    IMPORT_OPENAPI,
    FormatParam,
    ImportAnswer,
    ImportMode,
    ImportWishDep,
    UploadDep,
    WrittenFiguresParam,
    download,
    import_answer,
)

router = APIRouter(prefix="/v1", tags=["districts"])

_COUNT = "/counter-places/{place_id}/counts/{document}/{day}"


def _answer(place: CounterPlace, **how: Any) -> Response:
    return json_answer(place_out(place), etag=place.version, **how)


@router.get("/districts/{code}/counter-places")
def list_counter_places(
    code: DistrictCodePath, session: SessionDep, actor: Viewer, limit: LimitParam = 100, cursor: CursorParam = None
) -> Page[CounterPlaceOut]:
    """The places where the district has fixed counters, as they were entered."""
    check_district(actor, code)
    districts.get_district(session, code)
    rows = places.list_places(session, code, after_id=decode_cursor(cursor), limit=limit + 1)
    return page_of(rows, limit=limit, key=lambda row: row.id, shown=place_out)


@router.post("/districts/{code}/counter-places", status_code=201, response_model=CounterPlaceOut)
@once
def create_counter_place(
    code: DistrictCodePath, body: CounterPlaceIn, session: SessionDep, actor: Planner, now: NowDep
) -> Response:
    """Add a place with fixed counters; its rates come on top of the general one (`walk-ins`)."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    place = places.create_place(session, district, body.given(), actor=actor, now=now)
    return _answer(place, status_code=201, headers={"Location": f"/v1/counter-places/{place.id}"})


@router.post("/districts/{code}/counter-places/import", response_model=ImportAnswer, openapi_extra=IMPORT_OPENAPI)
@once
def import_counter_places(
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    code: DistrictCodePath,
    upload: UploadDep,
    wish: ImportWishDep,
) -> Response:
    """Import a table of places with counters: all of it, or nothing and a list of every bad row, column and reason.

    Rows are matched by `code`. Columns that the file lacks stay as they are, and places that it does not name."""
    check_district(actor, code, write=True)
    outcome = place_tables.import_places(
        session,
        districts.get_district(session, code),
        upload.table(VOCABULARY, wish),
        actor=actor,
        now=now,
        create_only=wish.mode is ImportMode.CREATE,
        dry_run=wish.dry_run,
    )
    return json_answer(import_answer(outcome, wish))


@router.get("/districts/{code}/counter-places/export", responses=EXPORT_RESPONSES, response_class=Response)
def export_counter_places(
    session: SessionDep,
    actor: Viewer,
    code: DistrictCodePath,
    file_format: FormatParam = Format.CSV,
    figures: WrittenFiguresParam = Manner.ENGLISH,
) -> Response:
    """All places with counters as a file that the import reads without loss."""
    check_district(actor, code)
    districts.get_district(session, code)
    content = place_tables.export_places(session, code, file_format, manner=figures)
    return download(content, file_format, name=f"counter-places-{code}")


@router.get("/counter-places/{place_id}", response_model=CounterPlaceOut)
def read_counter_place(place_id: Id, session: SessionDep, actor: Viewer) -> Response:
    return _answer(places.read_place(session, place_id, actor=actor))


@router.patch("/counter-places/{place_id}", response_model=CounterPlaceOut)
def change_counter_place(
    place_id: Id,
    body: CounterPlacePatch,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> Response:
    """Change the fields that the body names; null empties one. `rates` are given whole."""
    place = places.read_place(session, place_id, actor=actor, write=True)
    check_if_match(if_match, place.version)
    district = districts.get_district(session, place.district_code)
    return _answer(places.change_place(session, district, place, body.given(), actor=actor, now=now))


@router.delete("/counter-places/{place_id}", status_code=204)
def delete_counter_place(
    place_id: Id, session: SessionDep, actor: Planner, now: NowDep, if_match: IfMatchHeader = None
) -> None:
    """Remove a place with what was counted there. One that has closed is better given its last day, `ends_on`."""
    place = places.read_place(session, place_id, actor=actor, write=True)
    check_if_match(if_match, place.version)
    places.delete_place(session, place, actor=actor, now=now)


@router.get("/counter-places/{place_id}/counts/{document}", responses=READ_REFUSALS)
def list_counter_place_counts(
    place_id: Id,
    document: Document,
    session: SessionDep,
    actor: Viewer,
    limit: LimitParam = 100,
    cursor: CursorParam = None,
) -> Page[PlaceCountOut]:
    """What was counted at a place, day by day."""
    place = places.read_place(session, place_id, actor=actor)
    after = decode_cursor(cursor)
    rows = place_counts.list_place_counts(
        session, place, document, after=date.fromordinal(after) if after else None, limit=limit + 1
    )
    return page_of(rows, limit=limit, key=lambda row: row.day.toordinal(), shown=PlaceCountOut.model_validate)


@router.get(_COUNT, response_model=PlaceCountOut, responses=READ_REFUSALS)
def read_counter_place_count(
    place_id: Id, document: Document, day: IsoDay, session: SessionDep, actor: Viewer
) -> Response:
    place = places.read_place(session, place_id, actor=actor)
    return _count_answer(place_counts.get_place_count(session, place, document, day))


@router.put(_COUNT, response_model=PlaceCountOut, responses={**CHANGE_REFUSALS, 201: {"model": PlaceCountOut}})
def put_counter_place_count(
    place_id: Id,
    document: Document,
    day: IsoDay,
    body: WalkInCountIn,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> Response:
    """Tell what one place won on a day, in place of its rate; a count of the whole district goes before it."""
    place = places.read_place(session, place_id, actor=actor, write=True)
    district = districts.get_district(session, place.district_code)
    count, is_new = place_counts.put_place_count(
        session,
        place,
        document,
        day,
        activated=body.activated,
        note=body.note,
        today=districts.date_of(now, district),
        actor=actor,
        now=now,
        if_match=if_match,
    )
    return _count_answer(count, status_code=201 if is_new else 200)


@router.delete(_COUNT, status_code=204, responses=CHANGE_REFUSALS)
def delete_counter_place_count(
    place_id: Id,
    document: Document,
    day: IsoDay,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> None:
    """Forget what was counted at a place on a day: its rate speaks for it again."""
    place = places.read_place(session, place_id, actor=actor, write=True)
    count = place_counts.get_place_count(session, place, document, day, for_update=True)
    check_if_match(if_match, count.version)
    place_counts.delete_place_count(session, place, count, actor=actor, now=now)


def _count_answer(count: CounterPlaceCount, *, status_code: int = 200) -> Response:
    return json_answer(PlaceCountOut.model_validate(count), status_code=status_code, etag=count.version)
