"""The figures of each kind of site in a district over HTTP: what is assumed, and what the district says itself."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response

from app.access.permissions import Planner, Viewer, check_district
from app.database import SessionDep
from app.districts import own_figures
from app.districts import service as districts
from app.http_conventions import IfMatchHeader, NowDep, json_answer
from app.payloads import CHANGE_REFUSALS, READ_REFUSALS, DistrictCodePath
from app.sites.effective import windows_out
from app.sites.kind_figures import OWN
from app.sites.kind_schemas import DistrictKindList, KindFiguresIn, KindFiguresOut
from app.sites.kinds import KIND_DEFAULTS, KIND_FIGURES, KindDefaults, in_force
from app.sites.models import OwnKindFigures, SiteKind

router = APIRouter(prefix="/v1", tags=["sites"])


def _out(district_code: str, kind: SiteKind, own: OwnKindFigures | None) -> KindFiguresOut:
    figures = KIND_DEFAULTS[kind] if own is None else in_force(own)
    return KindFiguresOut.model_validate(
        {
            "district_code": district_code,
            "kind": kind,
            **{name: _in_force(figures, name) for name in KIND_FIGURES},
            "source": None if own is None else own.source,
            "version": 0 if own is None else own.version,
        }
    )


def _in_force(figures: KindDefaults, name: str) -> Mapping[str, Any]:
    value = getattr(figures, name)
    return {
        "value": windows_out(value) if name == "windows" else value,
        "source": "district" if name in figures.provenance else "kind_default",
        "provenance": figures.provenance.get(name, "assumed"),
    }


@router.get("/districts/{code}/site-kinds", responses=READ_REFUSALS)
def list_district_kinds(code: DistrictCodePath, session: SessionDep, actor: Viewer) -> DistrictKindList:
    """What planning takes of sites of each kind: the district's own figures, else what is assumed everywhere."""
    check_district(actor, code)
    district = districts.get_district(session, code)
    own = own_figures.list_own(session, OWN, district.code)
    return DistrictKindList(items=[_out(district.code, kind, own.get(kind)) for kind in SiteKind])


@router.get("/districts/{code}/site-kinds/{kind}", response_model=KindFiguresOut, responses=READ_REFUSALS)
def read_district_kind(code: DistrictCodePath, kind: SiteKind, session: SessionDep, actor: Viewer) -> Response:
    check_district(actor, code)
    district = districts.get_district(session, code)
    return _answer(_out(district.code, kind, own_figures.find_own(session, OWN, district.code, kind)))


@router.put(
    "/districts/{code}/site-kinds/{kind}",
    response_model=KindFiguresOut,
    responses={**CHANGE_REFUSALS, 201: {"model": KindFiguresOut}},
)
def put_district_kind(
    code: DistrictCodePath,
    kind: SiteKind,
    body: KindFiguresIn,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> Response:
    """Say what sites of a kind are like in this district, from the next run on; visits published before keep what they
    were planned with. The first time needs no If-Match."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    own, is_new = own_figures.put_own(
        session, OWN, district.code, kind, body.values(), actor=actor, now=now, if_match=if_match
    )
    return _answer(_out(district.code, kind, own), status_code=201 if is_new else 200)


@router.delete("/districts/{code}/site-kinds/{kind}", status_code=204, responses=CHANGE_REFUSALS)
def delete_district_kind(
    code: DistrictCodePath,
    kind: SiteKind,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> None:
    """Leave a kind to what is assumed of it again."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    own_figures.delete_own(session, OWN, district.code, kind, actor=actor, now=now, if_match=if_match)


def _answer(out: KindFiguresOut, *, status_code: int = 200) -> Response:
    return json_answer(out, status_code=status_code, etag=out.version)
