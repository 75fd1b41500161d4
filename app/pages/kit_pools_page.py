"""`/perlengkapan`: kits that teams share, and that the office hands out in the morning."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from app.database import SessionDep
from app.districts.kits import Kit
from app.pages.edit_forms import Edited
from app.pages.forms import filled_in, read_as, wholes
from app.pages.frame import Form, page, pages_router
from app.pages.readers import DistrictReader, PlannerPage
from app.pages.sent_once import once
from app.pages.texts import options
from app.pages.thing_pages import ThingPages
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
    return _PAGES.new(request, session, reader)


@router.post(f"{HERE}/baru")
@once
def create_kits(request: Request, session: SessionDep, reader: PlannerPage, form: Form) -> Response:
    return _PAGES.create(request, session, reader, form)


@router.get(f"{HERE}/{{pool_id}}")
def one_kit(request: Request, session: SessionDep, reader: PlannerPage, pool_id: Id) -> Response:
    return _PAGES.one(request, session, reader, _PAGES.row(session, reader, pool_id))


@router.post(f"{HERE}/{{pool_id}}")
@once
def change_kits(request: Request, session: SessionDep, reader: PlannerPage, pool_id: Id, form: Form) -> Response:
    return _PAGES.change(request, session, reader, pool_id, form)


@router.post(f"{HERE}/{{pool_id}}/hapus")
@once
def delete_kits(request: Request, session: SessionDep, reader: PlannerPage, pool_id: Id, form: Form) -> Response:
    return _PAGES.delete(request, session, reader, pool_id, form)


def _blank() -> dict[str, str]:
    return dict.fromkeys(_FIELDS, "") | {"kind": Kit.SATELLITE.value, "count": "1"}


def _values(session: Session, reader: DistrictReader, pool: KitPool) -> dict[str, str]:
    fields = kit_pools.fields_of(pool, kit_pools.teams_of(session, pool.district_code))
    shown = {name: "" if (value := getattr(fields, name)) is None else str(value) for name in _FIELDS}
    return shown | {"teams": "; ".join(fields.teams or ())}


def _changes(session: Session, sent: Edited, pool: KitPool | None) -> dict[str, Any]:
    if pool is not None:
        return read_as(KitPoolPatch, _body(sent, sent.changed)).given()
    return read_as(KitPoolIn, filled_in(_body(sent, _FIELDS))).given()


def _body(sent: Edited, names: Iterable[str]) -> dict[str, Any]:
    """The request of the API that these fields stand for; no team named: every one."""
    wanted = {name: sent.values[name] for name in names if name in _FIELDS}
    body: dict[str, Any] = {name: value or None for name, value in wanted.items()}
    if body.get("teams") is not None:
        body["teams"] = [part.strip() for part in wanted["teams"].split(";") if part.strip()]
    return body | wholes(wanted, _FIGURES)


_PAGES = ThingPages(
    kind=KIT_POOLS,
    template="kits/one.html",
    named="pool",
    back=f"{HERE}?tersimpan=true",
    blank=_blank,
    values=_values,
    changes=_changes,
    around=lambda session, reader: {"teams": sorted(kit_pools.teams_of(session, reader.district.code))},
    choices=lambda reader: {"kind": options("kit", Kit, reader.language)},
)
