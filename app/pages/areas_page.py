"""`/kecamatan`: the areas of a district, and where they lie: as maps estimate it, or as the office's own file says."""

from typing import Annotated

from fastapi import Path, Query, Request, Response
from sqlalchemy.orm import Session

from app.access.permissions import check_district
from app.database import SessionDep
from app.districts.areas import list_areas
from app.districts.geography import boundaries
from app.districts.service import get_district
from app.errors import AppError, InvalidRequest, PreconditionFailed
from app.pages.forms import check_seen
from app.pages.frame import Form, go_to, page, pages_router
from app.pages.readers import DistrictReader, PlannerPage
from app.pages.sent_files import FileForm
from app.pages.sent_once import once
from app.payloads import AREA_CODE

router = pages_router()

HERE = "/kecamatan"
_SHOWN_PROBLEMS = 30
AreaCodePath = Annotated[str, Path(pattern=AREA_CODE)]
Count = Annotated[int | None, Query(ge=0)]


@router.get(HERE)
def list_all(
    request: Request,
    session: SessionDep,
    reader: PlannerPage,
    baru: Count = None,
    berubah: Count = None,
    sama: Count = None,
) -> Response:
    done = None if baru is None else (baru, berubah or 0, sama or 0)
    return _list(request, session, reader, done=done)


@router.post(f"{HERE}/impor")
def import_file(request: Request, session: SessionDep, reader: PlannerPage, sent: FileForm) -> Response:
    """Take a file of boundaries over: all of it, or nothing and every trouble. The same file again changes nothing."""
    check_district(reader.actor, reader.district.code, write=True)
    try:
        with session.begin_nested():
            district = get_district(session, reader.district.code, for_update=True)
            done = boundaries.import_boundaries(session, district, sent.content, actor=reader.actor, now=reader.now)
    except InvalidRequest as refused:
        return _list(request, session, reader, refused=refused)
    return go_to(f"{HERE}?baru={done.created}&berubah={done.updated}&sama={done.unchanged}")


@router.post(f"{HERE}/{{area_code}}/hapus")
@once
def remove_boundary(
    request: Request, session: SessionDep, reader: PlannerPage, area_code: AreaCodePath, form: Form
) -> Response:
    """Go back to the estimate."""
    check_district(reader.actor, reader.district.code, write=True)
    boundary = boundaries.get_boundary(session, reader.district.code, area_code, for_update=True)
    try:
        check_seen(form, boundary.version)
    except PreconditionFailed as refused:
        return _list(request, session, reader, refused=refused)
    boundaries.delete_boundary(session, boundary, actor=reader.actor, now=reader.now)
    return go_to(HERE)


def _list(
    request: Request,
    session: Session,
    reader: DistrictReader,
    *,
    done: tuple[int, int, int] | None = None,
    refused: AppError | None = None,
) -> Response:
    own = {row.area_code: row for row in boundaries.boundaries_of(session, reader.district.code)}
    problems = () if refused is None else refused.problems
    return page(
        request,
        "areas/list.html",
        reader,
        status_code=200 if refused is None else refused.status_code,
        areas=[(area, own.get(area.code)) for area in list_areas(session, reader.district.code)],
        done=done,
        refusal=None if refused is None else refused.detail,
        problems=problems[:_SHOWN_PROBLEMS],
        more_problems=max(0, len(problems) - _SHOWN_PROBLEMS),
    )
