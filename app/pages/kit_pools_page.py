"""`/perlengkapan`: kits that teams share, and that the office hands out in the morning."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from app.access.permissions import check_district
from app.database import SessionDep
from app.districts.coded_things import change_thing, create_thing, delete_thing
from app.districts.kits import Kit
from app.districts.service import get_district
from app.errors import AppError, PreconditionFailed
from app.pages.edit_forms import REFUSALS, Edited, by_others, edited, record_form
from app.pages.forms import check_seen, read_as, wholes
from app.pages.frame import Form, go_to, page, pages_router
from app.pages.own_rows import own_row
from app.pages.readers import DistrictReader, PlannerPage
from app.pages.sent_once import once
from app.pages.texts import options
from app.payloads import Id
from app.teams import kit_pools
from app.teams.kit_pools import KIT_POOLS
from app.teams.kit_pools_api import KitPoolIn, KitPoolPatch
from app.teams.models import KitPool

router = pages_router()

HERE = "/perlengkapan"
_FIGURES = ("count", "max_per_team", "cost_per_day")
_FIELDS = ("code", "name", "kind", *_FIGURES, "teams", "starts_on", "ends_on")


@router.get(HERE)
def list_kits(
    request: Request, session: SessionDep, reader: PlannerPage, tersimpan: Annotated[bool, Query()] = False
) -> Response:
    rows = kit_pools.list_pools(session, reader.district.code)
    teams = kit_pools.teams_of(session, reader.district.code)
    pools = [(row.id, kit_pools.fields_of(row, teams)) for row in rows]
    return page(request, "kits/list.html", reader, pools=pools, is_stored=tersimpan)


@router.get(f"{HERE}/baru")
def new_kits(request: Request, session: SessionDep, reader: PlannerPage) -> Response:
    return _form(request, session, reader, _blank())


@router.post(f"{HERE}/baru")
@once
def create_kits(request: Request, session: SessionDep, reader: PlannerPage, form: Form) -> Response:
    check_district(reader.actor, reader.district.code, write=True)
    sent = edited(form, _blank())
    try:
        given = {name: value for name, value in _body(sent, _FIELDS).items() if value is not None}
        body = read_as(KitPoolIn, given)
        with session.begin_nested():
            district = get_district(session, reader.district.code)
            create_thing(session, KIT_POOLS, district, body.given(), actor=reader.actor, now=reader.now)
    except REFUSALS as refused:
        return _form(request, session, reader, sent.values, refused=refused)
    return go_to(f"{HERE}?tersimpan=true")


@router.get(f"{HERE}/{{pool_id}}")
def one_kit(request: Request, session: SessionDep, reader: PlannerPage, pool_id: Id) -> Response:
    return _one(request, session, reader, _pool(session, reader, pool_id))


@router.post(f"{HERE}/{{pool_id}}")
@once
def change_kits(request: Request, session: SessionDep, reader: PlannerPage, pool_id: Id, form: Form) -> Response:
    pool = _pool(session, reader, pool_id, write=True)
    sent = edited(form, _values(session, pool))
    try:
        check_seen(form, pool.version)
        body = read_as(KitPoolPatch, _body(sent, sent.changed))
        with session.begin_nested():
            change_thing(session, KIT_POOLS, pool, body.given(), actor=reader.actor, now=reader.now)
    except REFUSALS as refused:
        session.refresh(pool)
        return _one(request, session, reader, pool, sent=sent, refused=refused)
    return go_to(f"{HERE}?tersimpan=true")


@router.post(f"{HERE}/{{pool_id}}/hapus")
@once
def delete_kits(request: Request, session: SessionDep, reader: PlannerPage, pool_id: Id, form: Form) -> Response:
    pool = _pool(session, reader, pool_id, write=True)
    try:
        check_seen(form, pool.version)
    except PreconditionFailed as refused:
        return _one(request, session, reader, pool, refused=refused)
    delete_thing(session, KIT_POOLS, pool, actor=reader.actor, now=reader.now)
    return go_to(f"{HERE}?tersimpan=true")


def _pool(session: Session, reader: DistrictReader, pool_id: int, *, write: bool = False) -> KitPool:
    pool: KitPool = own_row(session, reader, KIT_POOLS, pool_id, write=write)
    return pool


def _blank() -> dict[str, str]:
    return dict.fromkeys(_FIELDS, "") | {"kind": Kit.SATELLITE.value, "count": "1"}


def _values(session: Session, pool: KitPool) -> dict[str, str]:
    fields = kit_pools.fields_of(pool, kit_pools.teams_of(session, pool.district_code))
    shown = {name: "" if (value := getattr(fields, name)) is None else str(value) for name in _FIELDS}
    return shown | {"teams": "; ".join(fields.teams or ())}


def _body(sent: Edited, names: Iterable[str]) -> dict[str, Any]:
    """The request of the API that these fields stand for; no team named: every one."""
    wanted = {name: sent.values[name] for name in names if name in _FIELDS}
    body: dict[str, Any] = {name: value or None for name, value in wanted.items()}
    if body.get("teams") is not None:
        body["teams"] = [part.strip() for part in wanted["teams"].split(";") if part.strip()]
    return body | wholes(wanted, _FIGURES)


def _one(
    request: Request,
    session: Session,
    reader: DistrictReader,
    pool: KitPool,
    *,
    sent: Edited | None = None,
    refused: AppError | None = None,
) -> Response:
    stored = _values(session, pool)
    values = stored if sent is None else sent.values
    meanwhile = by_others(stored, sent, refused, choices={"kind": options("kit", Kit, reader.language)})
    return _form(request, session, reader, values, refused=refused, pool=pool, stored=stored, meanwhile=meanwhile)


def _form(
    request: Request,
    session: Session,
    reader: DistrictReader,
    values: Mapping[str, str],
    *,
    refused: AppError | None = None,
    **about_one: Any,
) -> Response:
    stored = about_one.pop("stored", _blank())
    return record_form(
        request,
        "kits/one.html",
        reader,
        values,
        stored=stored,
        refused=refused,
        teams=sorted(kit_pools.teams_of(session, reader.district.code)),
        kind_options=options("kit", Kit, reader.language),
        is_stored=False,
        **({"pool": None, "meanwhile": ()} | about_one),
    )
