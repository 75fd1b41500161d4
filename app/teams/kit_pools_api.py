"""Pools of shared kits over HTTP."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field
from sqlalchemy.orm import Session

from app.access.idempotency import once
from app.access.permissions import Planner, Viewer, check_district
from app.database import SessionDep
from app.districts import service as districts
from app.districts.kits import Kit
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
from app.payloads import Day, DistrictCodePath, Id, Incoming, Line, Outgoing
from app.tables.fields import documented_range
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
from app.teams import kit_pool_tables, kit_pools
from app.teams.kit_pool_values import RANGES, VOCABULARY
from app.teams.models import KitPool
from app.teams.values import MAX_CODE

router = APIRouter(prefix="/v1", tags=["teams"])


class KitPoolPatch(Incoming):
    """Only the fields to change; null empties one, or brings back its default."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"count": 2, "ends_on": "2026-03-19"}]})

    code: Annotated[Line, Field(max_length=MAX_CODE)] | None = None
    name: Line | None = None
    kind: Kit | None = None
    count: Annotated[int, documented_range(RANGES["count"])] | None = Field(
        default=None, description="So many are out on one date at the most."
    )
    max_per_team: Annotated[int, documented_range(RANGES["max_per_team"])] | None = Field(
        default=None, description="Null: 1."
    )
    teams: list[Line] | None = Field(default=None, max_length=500, description="Codes; null: every team.")
    cost_per_day: Annotated[int, documented_range(RANGES["cost_per_day"])] | None = Field(
        default=None, description="Rupiah for each that is out on a date; null: 0."
    )
    starts_on: Day | None = None
    ends_on: Day | None = None

    def given(self) -> dict[str, Any]:
        """The fields that the request names, as `KitPoolFields` keeps them."""
        values = {name: getattr(self, name) for name in self.model_fields_set}
        if values.get("kind") is not None:
            values["kind"] = values["kind"].value
        if values.get("teams") is not None:
            values["teams"] = tuple(sorted(set(values["teams"])))
        return values


class KitPoolIn(KitPoolPatch):
    """Kits of one kind that teams share: each day the office hands them out anew."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"code": "SATELIT", "name": "Set satelit kantor", "kind": "satellite", "count": 1}]
        }
    )

    code: Annotated[Line, Field(max_length=MAX_CODE)]
    name: Line
    kind: Kit
    count: Annotated[int, documented_range(RANGES["count"])] = Field(
        description="So many are out on one date at the most."
    )


class KitPoolOut(Outgoing):
    id: int
    district_code: str
    code: str
    name: str
    kind: Kit
    count: int
    max_per_team: int
    teams: list[str] | None = Field(description="Codes; null: every team.")
    cost_per_day: int
    starts_on: date | None
    ends_on: date | None
    version: int


def _out(pool: KitPool, teams: Mapping[str, int]) -> KitPoolOut:
    fields = kit_pools.fields_of([pool], teams)[pool.code]
    return KitPoolOut(
        id=pool.id,
        district_code=pool.district_code,
        code=pool.code,
        name=pool.name,
        kind=Kit(pool.kind),
        count=pool.count,
        max_per_team=pool.max_per_team,
        teams=None if fields.teams is None else list(fields.teams),
        cost_per_day=pool.cost_per_day,
        starts_on=pool.starts_on,
        ends_on=pool.ends_on,
        version=pool.version,
    )


def _answer(session: Session, pool: KitPool, **how: Any) -> Response:
    return json_answer(_out(pool, kit_pools.teams_of(session, pool.district_code)), etag=pool.version, **how)


@router.get("/districts/{code}/kit-pools")
def list_kit_pools(
    code: DistrictCodePath, session: SessionDep, actor: Viewer, limit: LimitParam = 100, cursor: CursorParam = None
) -> Page[KitPoolOut]:
    """The kits that teams share, as they were entered."""
    check_district(actor, code)
    districts.get_district(session, code)
    rows = kit_pools.list_pools(session, code, after_id=decode_cursor(cursor), limit=limit + 1)
    teams = kit_pools.teams_of(session, code)
    return page_of(rows, limit=limit, key=lambda row: row.id, shown=lambda row: _out(row, teams))


@router.post("/districts/{code}/kit-pools", status_code=201, response_model=KitPoolOut)
@once
def create_kit_pool(
    code: DistrictCodePath, body: KitPoolIn, session: SessionDep, actor: Planner, now: NowDep
) -> Response:
    """Share kits among teams; new plans say who carries them on which date."""
    check_district(actor, code, write=True)
    pool = kit_pools.create_pool(session, districts.get_district(session, code), body.given(), actor=actor, now=now)
    return _answer(session, pool, status_code=201, headers={"Location": f"/v1/kit-pools/{pool.id}"})


@router.post("/districts/{code}/kit-pools/import", response_model=ImportAnswer, openapi_extra=IMPORT_OPENAPI)
@once
def import_kit_pools(
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    code: DistrictCodePath,
    upload: UploadDep,
    wish: ImportWishDep,
) -> Response:
    """Import a table of shared kits: all of it, or nothing and a list of every bad row, column and reason.

    Rows are matched by `code`. Columns that the file lacks stay as they are, and pools that it does not name."""
    check_district(actor, code, write=True)
    outcome = kit_pool_tables.import_kit_pools(
        session,
        districts.get_district(session, code),
        upload.table(VOCABULARY, wish, point=None),
        actor=actor,
        now=now,
        create_only=wish.mode is ImportMode.CREATE,
        dry_run=wish.dry_run,
    )
    return json_answer(import_answer(outcome, wish))


@router.get("/districts/{code}/kit-pools/export", responses=EXPORT_RESPONSES, response_class=Response)
def export_kit_pools(
    session: SessionDep,
    actor: Viewer,
    code: DistrictCodePath,
    file_format: FormatParam = Format.CSV,
    figures: WrittenFiguresParam = Manner.ENGLISH,
) -> Response:
    """All pools of shared kits as a file that the import reads without loss."""
    check_district(actor, code)
    districts.get_district(session, code)
    content = kit_pool_tables.export_kit_pools(session, code, file_format, manner=figures)
    return download(content, file_format, name=f"kit-pools-{code}")


@router.get("/kit-pools/{pool_id}", response_model=KitPoolOut)
def read_kit_pool(pool_id: Id, session: SessionDep, actor: Viewer) -> Response:
    return _answer(session, kit_pools.read_pool(session, pool_id, actor=actor))


@router.patch("/kit-pools/{pool_id}", response_model=KitPoolOut)
def change_kit_pool(
    pool_id: Id,
    body: KitPoolPatch,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> Response:
    """Change the fields that the body names; null empties one."""
    pool = kit_pools.read_pool(session, pool_id, actor=actor, write=True)
    check_if_match(if_match, pool.version)
    return _answer(session, kit_pools.change_pool(session, pool, body.given(), actor=actor, now=now))


@router.delete("/kit-pools/{pool_id}", status_code=204)
def delete_kit_pool(
    pool_id: Id, session: SessionDep, actor: Planner, now: NowDep, if_match: IfMatchHeader = None
) -> None:
    """Remove a pool; plans that hold it stay as they are."""
    pool = kit_pools.read_pool(session, pool_id, actor=actor, write=True)
    check_if_match(if_match, pool.version)
    kit_pools.delete_pool(session, pool, actor=actor, now=now)
