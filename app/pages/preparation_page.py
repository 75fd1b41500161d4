"""`/lokasi/…/persiapan`: what preparing the people of a site first would take and win, and the decision."""

from typing import Any
from urllib.parse import urlencode

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
from app.reports.preparations import preparation_price
from app.schedules import service as schedules
from app.sites.models import Site

router = pages_router()


@router.get("/lokasi/{named}/persiapan")
def show_preparation(request: Request, session: SessionDep, reader: PlannerPage, named: str) -> Response:
    return _page(request, session, reader, site_of_reader(session, reader, named))


@router.post("/lokasi/{named}/persiapan")
@once
def decide_preparation(request: Request, session: SessionDep, reader: PlannerPage, named: str, form: Form) -> Response:
    site = site_of_reader(session, reader, named, write=True)
    wanted: dict[str, Any] = {"preparation_until": form.get("sampai", "").strip() or None}
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
        "sites/preparation.html",
        reader,
        site=site,
        price=preparation_price(session, district, site, on=reader.today),
        asking=_question(session, district.code, site),
        refused=None if refused is None else refused.detail,
        status_code=200 if refused is None else refused.status_code,
    )


def _question(session: Session, district_code: str, site: Site) -> str | None:
    """Where the newest plan is asked what a preparation would do for it; None: there is no plan yet."""
    newest = schedules.newest_with_plan(session, district_code, Document.IKD)
    return None if newest is None else f"/rencana/{newest}/andai?{urlencode({'siapkan': site.code})}"
