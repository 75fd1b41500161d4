"""`/lokasi`: the sites of a district, each with where its figures came from; one site, to read and to change."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from app.access.permissions import check_district
from app.database import SessionDep
from app.districts.kits import Kit
from app.districts.service import get_district, list_areas
from app.errors import AppError, NotFound
from app.http_conventions import decode_cursor, encode_cursor
from app.languages import said
from app.pages.edit_forms import PROVENANCES, REFUSALS, Edited, by_others, edited, record_form
from app.pages.forms import check_seen, filled, read_as
from app.pages.frame import Form, go_to, page, pages_router, tiles_of
from app.pages.hour_fields import hour_fields
from app.pages.readers import DistrictReader, PlannerPage
from app.pages.sent_once import once
from app.pages.site_form import blank_site_values, site_body, site_values
from app.pages.texts import options, text
from app.sites import closures
from app.sites import service as sites
from app.sites.kinds import kind_defaults
from app.sites.models import Readiness, Site, SiteKind
from app.sites.schemas import SiteIn, SiteOut, SitePatch, site_out
from app.tables.fields import WEEKDAYS

router = pages_router()

_ROWS = 100
_STEPS = 20
_CONNECTIVITY = range(5)
Word = TypeVar("Word", bound=StrEnum)
Written = Annotated[str, Query(max_length=200)]
Cursor = Annotated[str | None, Query(alias="sesudah", max_length=200)]


@router.get("/lokasi")
def list_sites(
    request: Request,
    session: SessionDep,
    reader: PlannerPage,
    cari: Written = "",
    jenis: Written = "",
    kecamatan: Written = "",
    kesiapan: Written = "",
    sesudah: Cursor = None,
) -> Response:
    code = reader.district.code
    kind, readiness = _one_of(SiteKind, jenis), _one_of(Readiness, kesiapan)
    sought: dict[str, Any] = {
        "kinds": [] if kind is None else [kind],
        "area_code": kecamatan or None,
        "readiness": readiness,
        "text": cari.replace("\0", "").strip() or None,
    }
    rows = sites.list_sites(session, code, **sought, after_id=decode_cursor(sesudah), limit=_ROWS + 1)
    kinds = kind_defaults(session, code)
    areas = list_areas(session, code)
    wanted = {"cari": cari, "jenis": kind or "", "kecamatan": kecamatan, "kesiapan": readiness or ""}
    return page(
        request,
        "sites/list.html",
        reader,
        has_map=True,
        tiles=tiles_of(request.app.state.settings),
        found=sites.found_codes(session, code, **sought) if any(wanted.values()) else None,
        sites=[site_out(row, kinds=kinds, with_contacts=False) for row in rows[:_ROWS]],
        wanted=wanted,
        is_filtered=any(wanted.values()),
        kind_options=options("kind", SiteKind, reader.language),
        readiness_options=options("readiness", Readiness, reader.language),
        area_options=[(area.code, area.name) for area in areas],
        area_names={area.code: area.name for area in areas},
        following=_address(wanted | {"sesudah": encode_cursor(rows[_ROWS - 1].id)}) if len(rows) > _ROWS else None,
        is_first=sesudah is None,
    )


@router.get("/lokasi/baru")
def new_site(request: Request, session: SessionDep, reader: PlannerPage) -> Response:
    return _form(request, session, reader, blank_site_values())


@router.post("/lokasi/baru")
@once
def create_site(request: Request, session: SessionDep, reader: PlannerPage, form: Form) -> Response:
    check_district(reader.actor, reader.district.code, write=True)
    sent = edited(form, blank_site_values())
    try:
        body = read_as(SiteIn, {name: value for name, value in site_body(sent, {}).items() if value is not None})
        with session.begin_nested():
            district = get_district(session, reader.district.code)
            site = sites.create_site(session, district, body.given(), actor=reader.actor, now=reader.now)
    except REFUSALS as refused:
        return _form(request, session, reader, sent.values, refused=refused)
    return go_to(f"/lokasi/{site.id}?tersimpan=true")


@router.get("/lokasi/{named}")
def one_site(
    request: Request,
    session: SessionDep,
    reader: PlannerPage,
    named: str,
    tersimpan: Annotated[bool, Query()] = False,
) -> Response:
    return _one(request, session, reader, site_of_reader(session, reader, named), is_stored=tersimpan)


@router.post("/lokasi/{named}")
@once
def change_site(request: Request, session: SessionDep, reader: PlannerPage, named: str, form: Form) -> Response:
    site = site_of_reader(session, reader, named, write=True)
    shown = _shown(session, reader, site)
    sent = edited(form, site_values(shown, reader.language))
    try:
        check_seen(form, site.version)
        body = read_as(SitePatch, site_body(sent, shown.provenance))
        with session.begin_nested():
            sites.change_site(session, site, body.given(), actor=reader.actor, now=reader.now)
    except REFUSALS as refused:
        return _one(request, session, reader, site_of_reader(session, reader, named), sent=sent, refused=refused)
    return go_to(f"/lokasi/{site.id}?tersimpan=true")


@router.post("/lokasi/{named}/hari-khusus")
@once
def add_dated_hours(request: Request, session: SessionDep, reader: PlannerPage, named: str, form: Form) -> Response:
    added = filled({name: form.get(name, "") for name in ("date", "opens", "closes")})
    return _change_exceptions(request, session, reader, named, form=form, added=added)


@router.post("/lokasi/{named}/hari-khusus/hapus")
@once
def remove_dated_hours(request: Request, session: SessionDep, reader: PlannerPage, named: str, form: Form) -> Response:
    return _change_exceptions(request, session, reader, named, form=form, removed=form.get("date", ""))


@router.post("/lokasi/{named}/hapus")
@once
def delete_site(request: Request, session: SessionDep, reader: PlannerPage, named: str, form: Form) -> Response:
    site = site_of_reader(session, reader, named, write=True)
    try:
        check_seen(form, site.version)
        sites.delete_site(session, site, actor=reader.actor, now=reader.now)
    except REFUSALS as refused:
        return _one(request, session, reader, site_of_reader(session, reader, named), refused=refused)
    return go_to("/lokasi")


def _change_exceptions(
    request: Request,
    session: Session,
    reader: DistrictReader,
    named: str,
    *,
    form: Mapping[str, str],
    added: Mapping[str, str] | None = None,
    removed: str | None = None,
) -> Response:
    site = site_of_reader(session, reader, named, write=True)
    stored = _shown(session, reader, site).model_dump(mode="json")["exceptions"]
    wanted: list[Any] = [each for each in stored if each["date"] != removed] + ([] if added is None else [added])
    try:
        check_seen(form, site.version)
        body = read_as(SitePatch, {"exceptions": wanted})
        with session.begin_nested():
            sites.change_site(session, site, body.given(), actor=reader.actor, now=reader.now)
    except REFUSALS as refused:
        return _one(request, session, reader, site_of_reader(session, reader, named), added=form, refused=refused)
    return go_to(f"/lokasi/{site.id}?tersimpan=true#hari-khusus")


def site_of_reader(session: Session, reader: DistrictReader, named: str, *, write: bool = False) -> Site:
    """The site of the reader's district by its number, or else by its code; raises `NotFound`."""
    site = sites.find_site(session, reader.district.code, named)
    if site is None:
        raise NotFound(
            said("There is no site {site} in this district.", "Tidak ada lokasi {site} di daerah ini.", site=named)
        )
    return sites.read_site(session, site.id, actor=reader.actor, write=write)


def decide(
    session: Session, site: Site, form: Mapping[str, str], wanted: Mapping[str, Any], *, reader: DistrictReader
) -> None:
    """Store what a form of few fields decides for a site; raises `REFUSALS`."""
    check_seen(form, site.version)
    body = read_as(SitePatch, wanted)
    with session.begin_nested():
        sites.change_site(session, site, body.given(), actor=reader.actor, now=reader.now)


def _shown(session: Session, reader: DistrictReader, site: Site) -> SiteOut:
    kinds = kind_defaults(session, site.district_code)
    return site_out(site, kinds=kinds, with_contacts=reader.actor.may_write(site.district_code))


def _one(
    request: Request,
    session: Session,
    reader: DistrictReader,
    site: Site,
    *,
    sent: Edited | None = None,
    added: Mapping[str, str] | None = None,
    refused: AppError | None = None,
    is_stored: bool = False,
) -> Response:
    shown = _shown(session, reader, site)
    stored = site_values(shown, reader.language)
    steps = sites.readiness_steps(session, site, before_id=0, limit=_STEPS)
    return _form(
        request,
        session,
        reader,
        stored if sent is None else sent.values,
        refused=refused,
        site=shown,
        stored=stored,
        meanwhile=by_others(stored, sent, refused, choices=_choices(session, reader)),
        steps=steps,
        added=added or {},
        closed=[
            row
            for row in closures.list_closures(session, site.district_code, after_id=0, limit=closures.MAX_CLOSURES)
            if row.kind in (None, site.kind) and not _is_over(row.ends_on, reader.today)
        ],
        is_stored=is_stored,
    )


def _is_over(ends_on: date | None, today: date) -> bool:
    return ends_on is not None and ends_on < today


def _form(
    request: Request,
    session: Session,
    reader: DistrictReader,
    values: Mapping[str, str],
    *,
    refused: AppError | None = None,
    **about_one: Any,
) -> Response:
    stored = about_one.pop("stored", blank_site_values())
    return record_form(
        request,
        "sites/one.html",
        reader,
        values,
        stored=stored,
        refused=refused,
        hours_of=hour_fields(values),
        weekdays=WEEKDAYS,
        kits=list(Kit),
        choices=_choices(session, reader),
        provenance_options=options("provenance", PROVENANCES, reader.language),
        **({"site": None, "meanwhile": (), "steps": (), "added": {}, "closed": (), "is_stored": False} | about_one),
    )


def _choices(session: Session, reader: DistrictReader) -> dict[str, list[tuple[str, str]]]:
    """By field, what can be chosen there."""
    return {
        "kind": options("kind", SiteKind, reader.language),
        "readiness": options("readiness", Readiness, reader.language),
        "area_code": [(area.code, area.name) for area in list_areas(session, reader.district.code)],
        "connectivity": [(str(level), text(f"signal.{level}", reader.language)) for level in _CONNECTIVITY],
    }


def _one_of(words: type[Word], written: str) -> Word | None:
    """The word of an address; what is none filters nothing."""
    return next((word for word in words if word == written), None)


def _address(wanted: Mapping[str, str]) -> str:
    return "/lokasi?" + urlencode({name: value for name, value in wanted.items() if value})
