"""`/lokasi/…/tempat-sesi`: where the people of a site without signal could be served, each place with its price."""

from typing import Any

from fastapi import Request, Response
from sqlalchemy.orm import Session

from app.database import SessionDep
from app.districts.models import Document
from app.districts.service import get_district
from app.errors import AppError
from app.pages.edit_forms import REFUSALS
from app.pages.frame import Form, go_to, page, pages_router
from app.pages.readers import DistrictReader, PlannerPage
from app.pages.sent_once import once
from app.pages.sites_page import decide, site_of_reader
from app.reports.session_places import session_places
from app.sites.models import Site

router = pages_router()


@router.get("/lokasi/{named}/tempat-sesi")
def list_session_places(request: Request, session: SessionDep, reader: PlannerPage, named: str) -> Response:
    return _page(request, session, reader, site_of_reader(session, reader, named))


@router.post("/lokasi/{named}/tempat-sesi")
@once
def move_session(request: Request, session: SessionDep, reader: PlannerPage, named: str, form: Form) -> Response:
    site = site_of_reader(session, reader, named, write=True)
    wanted: dict[str, Any] = {"session_at": form.get("tempat", "") or None}
    try:
        decide(session, site, form, wanted, reader=reader)
    except REFUSALS as refused:
        return _page(request, session, reader, site_of_reader(session, reader, named), refused=refused)
    return go_to(f"/lokasi/{site.id}?tersimpan=true")


def _page(
    request: Request, session: Session, reader: DistrictReader, site: Site, *, refused: AppError | None = None
) -> Response:
    district = get_district(session, site.district_code)
    return page(
        request,
        "sites/session_places.html",
        reader,
        site=site,
        found=session_places(session, district, site, Document.IKD, on=reader.today),
        refused=None if refused is None else refused.detail,
        status_code=200 if refused is None else refused.status_code,
    )
