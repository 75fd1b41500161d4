"""The sites over HTTP."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.access.idempotency import once
from app.access.permissions import Coordinator, Planner, Viewer, check_district
from app.access.service import Actor
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
from app.payloads import AREA_CODE, DistrictCodePath, Id, Line
from app.sites import service as sites
from app.sites.kinds import KindDefaults, kind_defaults
from app.sites.models import Readiness, Site, SiteKind
from app.sites.place_missing import PlaceMissing
from app.sites.schemas import KindList, ReadinessChangeOut, SiteIn, SiteOut, SitePatch, kinds_out, site_out
from app.sites.values import VOCABULARY
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

router = APIRouter(prefix="/v1", tags=["sites"])


PlaceMissingParam = Annotated[
    PlaceMissing,
    Query(
        description="`area` places sites without coordinates at the centre of their area, marked as assumed; `refuse` "
        "names them."
    ),
]


def _out(site: Site, actor: Actor, kinds: Mapping[SiteKind, KindDefaults]) -> SiteOut:
    # Whoever may write here is inside the district; a province's token only reads it.
    return site_out(site, kinds=kinds, with_contacts=actor.may_write(site.district_code))


@router.get("/site-kinds")
def list_site_kinds(actor: Coordinator) -> KindList:
    """What is assumed of a site of each kind where its own figures are empty."""
    return kinds_out()


@router.get("/districts/{code}/sites", response_model=Page[SiteOut])
def list_sites(
    session: SessionDep,
    actor: Viewer,
    code: DistrictCodePath,
    kind: Annotated[list[SiteKind] | None, Query(description="One or several kinds.")] = None,
    area: Annotated[str | None, Query(pattern=AREA_CODE, description="Region code of an area.")] = None,
    readiness: Readiness | None = None,
    text: Annotated[Line | None, Query(description="Part of the code or the name.")] = None,
    limit: LimitParam = 100,
    cursor: CursorParam = None,
) -> Response:
    """The sites of a district, in the order in which they were entered."""
    check_district(actor, code)
    districts.get_district(session, code)
    rows = sites.list_sites(
        session,
        code,
        kinds=[word.value for word in kind or ()],
        area_code=area,
        readiness=readiness,
        text=text,
        after_id=decode_cursor(cursor),
        limit=limit + 1,
    )
    kinds = kind_defaults(session, code)
    page = page_of(rows, limit=limit, key=lambda row: row.id, shown=lambda site: _out(site, actor, kinds))
    return json_answer(page)


@router.post("/districts/{code}/sites", response_model=SiteOut, status_code=201)
@once
def create_site(
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    code: DistrictCodePath,
    body: SiteIn,
) -> Response:
    """Add a site; empty shares, limits and hours are its kind's."""
    check_district(actor, code, write=True)
    site = sites.create_site(session, districts.get_district(session, code), body.given(), actor=actor, now=now)
    return json_answer(
        _out(site, actor, kind_defaults(session, site.district_code)),
        status_code=201,
        headers={"Location": f"/v1/sites/{site.id}"},
        etag=site.version,
    )


@router.post("/districts/{code}/sites/import", response_model=ImportAnswer, openapi_extra=IMPORT_OPENAPI)
@once
def import_sites(
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    code: DistrictCodePath,
    upload: UploadDep,
    wish: ImportWishDep,
    place_missing: PlaceMissingParam = PlaceMissing.REFUSE,
) -> Response:
    """Import a table of sites: all of it, or nothing and a list of every bad row, column and reason.

    An office's own sheet is understood: titles above the header, Indonesian names and words, figures in the sheet's own
    manner, totals below; `…/import/preview` shows how. Rows are matched by `code`. Columns that the file lacks stay as
    they are; an empty cell empties the field. Sites that the file does not name stay. The export shows every column."""
    check_district(actor, code, write=True)
    outcome = sites.import_sites(
        session,
        code,
        upload.table(VOCABULARY, wish),
        actor=actor,
        now=now,
        create_only=wish.mode is ImportMode.CREATE,
        dry_run=wish.dry_run,
        place_missing=place_missing,
    )
    return json_answer(import_answer(outcome, wish))


@router.post("/districts/{code}/sites/import/preview", openapi_extra=IMPORT_OPENAPI)
def preview_sites(
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    code: DistrictCodePath,
    upload: UploadDep,
    wish: ImportWishDep,
    place_missing: PlaceMissingParam = PlaceMissing.REFUSE,
) -> PreviewAnswer:
    """How an import would understand a file: its header, which column is which field, its figures, its troubles."""
    check_district(actor, code, write=True)
    table = upload.table(VOCABULARY, wish)
    outcome = outcome_or_refusal(
        lambda: sites.import_sites(
            session, code, table, actor=actor, now=now, dry_run=True, place_missing=place_missing
        )
    )
    return preview_answer(table, outcome, language=wish.language)


@router.get("/districts/{code}/sites/export", responses=EXPORT_RESPONSES, response_class=Response)
def export_sites(
    session: SessionDep,
    actor: Viewer,
    code: DistrictCodePath,
    file_format: FormatParam = Format.CSV,
    figures: WrittenFiguresParam = Manner.ENGLISH,
) -> Response:
    """All sites as a file that the import reads without loss; in CSV, text that looks like a formula begins with '."""
    check_district(actor, code)
    districts.get_district(session, code)
    content = sites.export_sites(session, code, file_format, with_contacts=actor.may_write(code), manner=figures)
    return download(content, file_format, name=f"sites-{code}")


@router.get("/sites/{site_id}", response_model=SiteOut)
def read_site(session: SessionDep, actor: Viewer, site_id: Id) -> Response:
    """One site, with the values that planning uses and where they come from."""
    site = sites.read_site(session, site_id, actor=actor)
    return json_answer(_out(site, actor, kind_defaults(session, site.district_code)), etag=site.version)


@router.get("/sites/{site_id}/readiness")
def list_readiness_changes(
    session: SessionDep, actor: Viewer, site_id: Id, limit: LimitParam = 100, cursor: CursorParam = None
) -> Page[ReadinessChangeOut]:
    """How ready the site was, step by step, the newest first: who said so, when and why."""
    site = sites.read_site(session, site_id, actor=actor)
    steps = sites.readiness_steps(session, site, before_id=decode_cursor(cursor), limit=limit + 1)
    return page_of(steps, limit=limit, key=lambda step: step.id, shown=ReadinessChangeOut.model_validate)


@router.patch("/sites/{site_id}", response_model=SiteOut)
def change_site(
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    site_id: Id,
    body: SitePatch,
    if_match: IfMatchHeader = None,
) -> Response:
    """Change the fields that the body names; null empties one."""
    site = sites.read_site(session, site_id, actor=actor, write=True)
    check_if_match(if_match, site.version)
    site = sites.change_site(session, site, body.given(), actor=actor, now=now)
    return json_answer(_out(site, actor, kind_defaults(session, site.district_code)), etag=site.version)


@router.delete("/sites/{site_id}", status_code=204)
def delete_site(session: SessionDep, actor: Planner, now: NowDep, site_id: Id, if_match: IfMatchHeader = None) -> None:
    """Remove a site that no visit refers to."""
    site = sites.read_site(session, site_id, actor=actor, write=True)
    check_if_match(if_match, site.version)
    sites.delete_site(session, site, actor=actor, now=now)
