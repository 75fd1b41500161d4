"""What results teach, over HTTP, and the switch back to what was given."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.access.permissions import Planner, Viewer, check_district
from app.database import SessionDep
from app.districts import service as districts
from app.districts.models import Document
from app.http_conventions import NowDep
from app.payloads import CHANGE_REFUSALS, READ_REFUSALS, DistrictCodePath, Incoming, IsoDay
from app.reports.estimate_answers import Estimates
from app.schedules.figures import Figure, Use
from app.sites.models import SiteKind

router = APIRouter(prefix="/v1", tags=["results"])

DocumentParam = Annotated[Document, Query(description="Of which document.")]


class FigureUseIn(Incoming):
    """What planning is to use of a figure."""

    use: Use
    kind: SiteKind | None = None
    """Of one kind of site only; absent: of every kind that has no word of its own."""


@router.get("/districts/{code}/estimates", responses=READ_REFUSALS)
def read_estimates(
    code: DistrictCodePath,
    session: SessionDep,
    actor: Viewer,
    now: NowDep,
    on: Annotated[IsoDay | None, Query(description="As seen on the evening of this day; absent: today.")] = None,
    document: DocumentParam = Document.IKD,
) -> Estimates:
    """What was given or assumed, what results say of it with its 90 % interval, and what the next run will use."""
    # Loaded late: arrays cost every process that only answers other calls.
    from app.reports import estimates

    check_district(actor, code)
    district = districts.get_district(session, code)
    day = on if on is not None else districts.date_of(now, district)
    return estimates.estimates(session, district, document.value, on=day)


@router.put("/districts/{code}/estimates/{figure}/use", responses=CHANGE_REFUSALS)
def use_figure(
    code: DistrictCodePath,
    figure: Figure,
    body: FigureUseIn,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    document: DocumentParam = Document.IKD,
) -> Estimates:
    """Have planning use a figure as `given`, or as `learned` again, from the next run on; the trail tells who did."""
    from app.reports import estimates

    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    estimates.use_figure(
        session,
        district,
        document.value,
        figure,
        kind=None if body.kind is None else body.kind.value,
        use=body.use,
        actor=actor,
        now=now,
    )
    return estimates.estimates(session, district, document.value, on=districts.date_of(now, district))
