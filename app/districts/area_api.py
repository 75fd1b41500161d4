"""Tables of areas over HTTP."""

from fastapi import APIRouter, Response

from app.access.idempotency import once
from app.access.permissions import Planner, check_district
from app.database import SessionDep
from app.districts import service as districts
from app.districts.area_tables import VOCABULARY, import_areas
from app.http_conventions import NowDep, json_answer
from app.payloads import DistrictCodePath
from app.tables.transfer import (
    IMPORT_OPENAPI,
    ImportAnswer,
    ImportMode,
    ImportWishDep,
    PreviewAnswer,
    UploadDep,
    import_answer,
    outcome_or_refusal,
    preview_answer,
)

router = APIRouter(prefix="/v1", tags=["districts"])


@router.post("/districts/{code}/areas/import", response_model=ImportAnswer, openapi_extra=IMPORT_OPENAPI)
@once
def import_areas_of_district(
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    code: DistrictCodePath,
    upload: UploadDep,
    wish: ImportWishDep,
) -> Response:
    """Import a table of areas by their region codes: all of it, or nothing and a list of every trouble.

    An office's own sheet is understood; `…/import/preview` shows how. Areas that the file does not name stay."""
    check_district(actor, code, write=True)
    outcome = import_areas(
        session,
        districts.get_district(session, code, for_update=True),
        upload.table(VOCABULARY, wish),
        actor=actor,
        now=now,
        create_only=wish.mode is ImportMode.CREATE,
        dry_run=wish.dry_run,
    )
    return json_answer(import_answer(outcome, wish))


@router.post("/districts/{code}/areas/import/preview", openapi_extra=IMPORT_OPENAPI)
def preview_areas(
    session: SessionDep, actor: Planner, now: NowDep, code: DistrictCodePath, upload: UploadDep, wish: ImportWishDep
) -> PreviewAnswer:
    """How an import would understand a file: its header, which column is which field, its figures, its troubles."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    table = upload.table(VOCABULARY, wish)
    outcome = outcome_or_refusal(lambda: import_areas(session, district, table, actor=actor, now=now, dry_run=True))
    return preview_answer(table, outcome, language=wish.language)
