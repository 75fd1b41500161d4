"""Forecasts and the drawn line to a target over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.access.permissions import Viewer, check_district
from app.database import SessionDep
from app.districts import service as districts
from app.districts.models import Document, TargetOwner
from app.forecasts.answers import DistrictForecast
from app.forecasts.line_chart import LineChart, line_png, line_svg
from app.http_conventions import NowDep
from app.languages import Language
from app.payloads import READ_REFUSALS, DistrictCodePath, IsoDay, Refusals

router = APIRouter(prefix="/v1", tags=["reports"])

_REFUSALS: Refusals = {
    **READ_REFUSALS,
    422: {"description": "A day before the first count, or after the deadline."},
}
OnParam = Annotated[
    IsoDay | None,
    Query(description="As seen on the evening of this day; absent: today in the district.", examples=["2023-11-13"]),
]
OwnerParam = Annotated[TargetOwner | None, Query(description="Whose target; absent: the district's own, if any.")]
LanguageParam = Annotated[Language, Query(description="Of the words in the drawing.")]


@router.get("/districts/{code}/forecast", responses=_REFUSALS)
def read_forecast(
    code: DistrictCodePath,
    session: SessionDep,
    actor: Viewer,
    now: NowDep,
    on: OnParam = None,
    document: Document = Document.IKD,
    owner: OwnerParam = None,
) -> DistrictForecast:
    """Where the count will stand at the deadline: drawn futures, their percentiles and the share that reach the target.

    Two lines after the last published visit, what makes it unsure, and the seed that draws the same again. Of a
    province without sites of its own: the sum of its districts, with those named whose figures are old or missing. A
    plan's bound is another thing: what cannot be won at best, not how likely it is."""
    # Loaded late: arrays cost every process that only answers other calls.
    from app.forecasts import service as forecasts

    check_district(actor, code)
    district = districts.get_district(session, code)
    day = on if on is not None else districts.date_of(now, district)
    return forecasts.forecast(session, district, document, on=day, owner=owner)


@router.get(
    "/districts/{code}/progress/line.svg",
    response_class=Response,
    responses={**_REFUSALS, 200: {"content": {"image/svg+xml": {}}, "description": "The drawing."}},
)
def draw_line_as_svg(
    code: DistrictCodePath,
    session: SessionDep,
    actor: Viewer,
    now: NowDep,
    on: OnParam = None,
    document: Document = Document.IKD,
    owner: OwnerParam = None,
    language: LanguageParam = Language.INDONESIAN,
) -> Response:
    """The line to keep to, the counts so far and the band of the forecast; readable in black and white."""
    chart = _chart(session, actor, code, now=now, on=on, document=document, owner=owner)
    return Response(line_svg(chart, language), media_type="image/svg+xml")


@router.get(
    "/districts/{code}/progress/line.png",
    response_class=Response,
    responses={**_REFUSALS, 200: {"content": {"image/png": {}}, "description": "The drawing."}},
)
def draw_line_as_png(
    code: DistrictCodePath,
    session: SessionDep,
    actor: Viewer,
    now: NowDep,
    on: OnParam = None,
    document: Document = Document.IKD,
    owner: OwnerParam = None,
    language: LanguageParam = Language.INDONESIAN,
    width: Annotated[int, Query(ge=320, le=3840, description="In pixels.")] = 1920,
) -> Response:
    """The same drawing as a picture, for letters and messengers."""
    chart = _chart(session, actor, code, now=now, on=on, document=document, owner=owner)
    return Response(line_png(chart, language, width=width), media_type="image/png")


def _chart(
    session: SessionDep,
    actor: Viewer,
    code: str,
    *,
    now: NowDep,
    on: IsoDay | None,
    document: Document,
    owner: TargetOwner | None,
) -> LineChart:
    from app.forecasts import service as forecasts

    check_district(actor, code)
    district = districts.get_district(session, code)
    day = on if on is not None else districts.date_of(now, district)
    return forecasts.line_chart(session, district, document, on=day, owner=owner)
