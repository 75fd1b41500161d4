"""Travel entries over HTTP: boats, planes, mud and whatever else a straight line does not tell."""

from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from app.access.idempotency import once
from app.access.permissions import Planner, Viewer, check_district
from app.database import SessionDep
from app.districts import service as districts
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
from app.payloads import DistrictCodePath, Id
from app.tables.figures import Manner
from app.tables.formats import Format
from app.tables.transfer import (
    EXPORT_RESPONSES,
    IMPORT_OPENAPI,
    FormatParam,
    ImportAnswer,
    ImportMode,
    ImportWishDep,
    PreviewAnswer,
    UploadDep,
    WrittenFiguresParam,
    download,
    import_answer,
    outcome_or_refusal,
    preview_answer,
)
from app.travel import entries, travel_tables
from app.travel.models import TravelEntry
from app.travel.places import Places, places_of
from app.travel.schemas import TravelEntryIn, TravelEntryOut, TravelEntryPatch
from app.travel.values import VOCABULARY

router = APIRouter(prefix="/v1", tags=["travel"])


def _out(entry: TravelEntry, places: Places) -> TravelEntryOut:
    fields = entries.fields_of([entry], places)[entry.code]
    return TravelEntryOut(
        id=entry.id,
        district_code=entry.district_code,
        code=entry.code,
        origin=fields.origin,
        destination=fields.destination,
        minutes=entry.minutes,
        metres=entry.metres,
        way=fields.way,
        both_directions=entry.both_directions,
        note=entry.note,
        provenance=fields.provenance,
        version=entry.version,
    )


def _answer(session: Session, entry: TravelEntry, **how: Any) -> Response:
    out = _out(entry, places_of(session, entry.district_code))
    return json_answer(out, etag=entry.version, **how)


@router.get("/districts/{code}/travel-entries")
def list_travel_entries(
    code: DistrictCodePath, session: SessionDep, actor: Viewer, limit: LimitParam = 100, cursor: CursorParam = None
) -> Page[TravelEntryOut]:
    """Boats, planes, mud: minutes and metres between two places that no straight line tells, as they were entered."""
    check_district(actor, code)
    districts.get_district(session, code)
    rows = entries.list_entries(session, code, after_id=decode_cursor(cursor), limit=limit + 1)
    places = places_of(session, code)
    return page_of(rows, limit=limit, key=lambda row: row.id, shown=lambda row: _out(row, places))


@router.post("/districts/{code}/travel-entries", status_code=201, response_model=TravelEntryOut)
@once
def create_travel_entry(
    code: DistrictCodePath, body: TravelEntryIn, session: SessionDep, actor: Planner, now: NowDep
) -> Response:
    """Say how one gets from a place to another; the next plan goes by it, visits already published do not move."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    entry = entries.create_entry(session, district, body.model_dump(mode="json"), actor=actor, now=now)
    return _answer(session, entry, status_code=201, headers={"Location": f"/v1/travel-entries/{entry.id}"})


@router.post("/districts/{code}/travel-entries/import", response_model=ImportAnswer, openapi_extra=IMPORT_OPENAPI)
@once
def import_travel_entries(
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    code: DistrictCodePath,
    upload: UploadDep,
    wish: ImportWishDep,
) -> Response:
    """Import a table of travel entries: all of it, or nothing and a list of every bad row, column and reason.

    Rows are matched by `code`; a sheet without codes gets them from its places. Entries that the file does not name
    stay."""
    check_district(actor, code, write=True)
    outcome = travel_tables.import_travel_entries(
        session,
        districts.get_district(session, code),
        upload.table(VOCABULARY, wish, point=None),
        actor=actor,
        now=now,
        create_only=wish.mode is ImportMode.CREATE,
        dry_run=wish.dry_run,
    )
    return json_answer(import_answer(outcome, wish))


@router.post("/districts/{code}/travel-entries/import/preview", openapi_extra=IMPORT_OPENAPI)
def preview_travel_entries(
    session: SessionDep, actor: Planner, now: NowDep, code: DistrictCodePath, upload: UploadDep, wish: ImportWishDep
) -> PreviewAnswer:
    """How an import would understand a file: its header, which column is which field, its figures, its troubles."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    table = upload.table(VOCABULARY, wish, point=None)
    outcome = outcome_or_refusal(
        lambda: travel_tables.import_travel_entries(session, district, table, actor=actor, now=now, dry_run=True)
    )
    return preview_answer(table, outcome, language=wish.language)


@router.get("/districts/{code}/travel-entries/export", responses=EXPORT_RESPONSES, response_class=Response)
def export_travel_entries(
    session: SessionDep,
    actor: Viewer,
    code: DistrictCodePath,
    file_format: FormatParam = Format.CSV,
    figures: WrittenFiguresParam = Manner.ENGLISH,
) -> Response:
    """All travel entries as a file that the import reads without loss."""
    check_district(actor, code)
    districts.get_district(session, code)
    content = travel_tables.export_travel_entries(session, code, file_format, manner=figures)
    return download(content, file_format, name=f"travel-entries-{code}")


@router.get("/travel-entries/{entry_id}", response_model=TravelEntryOut)
def read_travel_entry(entry_id: Id, session: SessionDep, actor: Viewer) -> Response:
    return _answer(session, entries.read_entry(session, entry_id, actor=actor))


@router.patch("/travel-entries/{entry_id}", response_model=TravelEntryOut)
def change_travel_entry(
    entry_id: Id,
    body: TravelEntryPatch,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> Response:
    """Change the fields that the body names."""
    entry = entries.read_entry(session, entry_id, actor=actor, write=True)
    check_if_match(if_match, entry.version)
    changes = body.model_dump(mode="json", exclude_unset=True)
    return _answer(session, entries.change_entry(session, entry, changes, actor=actor, now=now))


@router.delete("/travel-entries/{entry_id}", status_code=204)
def delete_travel_entry(
    entry_id: Id, session: SessionDep, actor: Planner, now: NowDep, if_match: IfMatchHeader = None
) -> None:
    entry = entries.read_entry(session, entry_id, actor=actor, write=True)
    check_if_match(if_match, entry.version)
    entries.delete_entry(session, entry, actor=actor, now=now)
