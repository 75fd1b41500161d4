"""A district's planning figures over HTTP; part of the districts' router."""

from collections.abc import Mapping

from fastapi import APIRouter, Response

from app.access.permissions import Planner, Viewer, check_district
from app.database import SessionDep
from app.districts import planning_figures
from app.districts import service as districts
from app.districts.figure_schemas import PlanningFiguresIn, PlanningFiguresOut
from app.districts.models import OwnPlanningFigures
from app.districts.planning_figures import FIGURES
from app.http_conventions import IfMatchHeader, NowDep, json_answer
from app.payloads import CHANGE_REFUSALS, READ_REFUSALS, DistrictCodePath

router = APIRouter(prefix="/v1", tags=["districts"])


def _out(district_code: str, own: OwnPlanningFigures | None) -> PlanningFiguresOut:
    figures = planning_figures.in_force(own)
    provenance: Mapping[str, str] = {} if own is None else own.provenance
    return PlanningFiguresOut.model_validate(
        {
            "district_code": district_code,
            **{
                name: {
                    "value": getattr(figures, name),
                    "source": "district" if name in provenance else "assumed",
                    "provenance": provenance.get(name, "assumed"),
                }
                for name in FIGURES
            },
            "source": None if own is None else own.source,
            "version": 0 if own is None else own.version,
        }
    )


@router.get("/districts/{code}/planning-figures", response_model=PlanningFiguresOut, responses=READ_REFUSALS)
def read_planning_figures(code: DistrictCodePath, session: SessionDep, actor: Viewer) -> Response:
    """How long a slot is and what the signal takes, as the district says or, where it does not, as is assumed."""
    check_district(actor, code)
    district = districts.get_district(session, code)
    return _answer(_out(district.code, planning_figures.own_figures(session, district.code)))


@router.put(
    "/districts/{code}/planning-figures",
    response_model=PlanningFiguresOut,
    responses={**CHANGE_REFUSALS, 201: {"model": PlanningFiguresOut}},
)
def put_planning_figures(
    code: DistrictCodePath,
    body: PlanningFiguresIn,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> Response:
    """Set the district's own figures whole, for runs from now on; the first time needs no If-Match."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    own, is_new = planning_figures.put_figures(
        session, district.code, body.values(), actor=actor, now=now, if_match=if_match
    )
    return _answer(_out(district.code, own), status_code=201 if is_new else 200)


def _answer(out: PlanningFiguresOut, *, status_code: int = 200) -> Response:
    return json_answer(out, status_code=status_code, etag=out.version)
