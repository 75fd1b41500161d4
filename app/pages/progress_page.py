"""`/kemajuan`: the line to a target with its band, the verdict in one sentence, the doubts and the areas left out; and
where the signal keeps people out."""

from datetime import date
from typing import Annotated, Any

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from app.database import SessionDep
from app.districts.models import Document, TargetOwner
from app.errors import InvalidRequest, NotFound
from app.forecasts.answers import DistrictForecast
from app.pages.frame import page, pages_router
from app.pages.readers import DistrictReader, ViewerPage
from app.payloads import IsoDay
from app.reports import service as reports
from app.reports.coverage import coverage_until_deadline
from app.reports.progress import Progress
from app.reports.signal_of_provinces import signal_gaps_of

router = pages_router()

OnDay = Annotated[IsoDay | None, Query(alias="pada")]
AskedDocument = Annotated[Document, Query(alias="dokumen")]
AskedOwner = Annotated[TargetOwner | None, Query(alias="milik")]


@router.get("/kemajuan")
def progress(
    request: Request,
    session: SessionDep,
    reader: ViewerPage,
    pada: OnDay = None,
    dokumen: AskedDocument = Document.IKD,
    milik: AskedOwner = None,
) -> Response:
    on = pada if pada is not None else reader.today
    shown: dict[str, Any] = {"on": on, "document": dokumen.value, "owner": milik, "documents": list(Document)}
    try:
        progress = reports.progress(session, reader.district, dokumen, on=on, owner=milik)
    except NotFound as missing:
        return page(request, "progress/without_target.html", reader, detail=missing.detail, **shown)
    forecast, unforeseen = _forecast(session, reader, dokumen, on=on, owner=milik)
    return page(
        request,
        "progress/progress.html",
        reader,
        progress=progress,
        forecast=forecast,
        unforeseen=unforeseen,
        rows=_rows(progress, forecast),
        coverage=coverage_until_deadline(session, reader.district, dokumen, on=on, owner=milik),
        signal=signal_gaps_of(session, reader.district, dokumen, on=on),
        **shown,
    )


@router.get("/kemajuan/sinyal")
def where_signal_keeps_out(
    request: Request,
    session: SessionDep,
    reader: ViewerPage,
    pada: OnDay = None,
    dokumen: AskedDocument = Document.IKD,
) -> Response:
    on = pada if pada is not None else reader.today
    return page(
        request,
        "progress/signal.html",
        reader,
        signal=signal_gaps_of(session, reader.district, dokumen, on=on),
        on=on,
        document=dokumen.value,
        documents=list(Document),
    )


def _forecast(
    session: Session, reader: DistrictReader, document: Document, *, on: date, owner: TargetOwner | None
) -> tuple[DistrictForecast | None, str | None]:
    """The forecast, or the sentence that says why there is none for this day."""
    # Loaded late: arrays cost every process that only answers other calls.
    from app.forecasts import service as forecasts

    try:
        return forecasts.forecast(session, reader.district, document, on=on, owner=owner), None
    except (InvalidRequest, NotFound) as refused:
        return None, refused.detail


def _rows(progress: Progress, forecast: DistrictForecast | None) -> list[tuple[date, int, int, tuple[int, int] | None]]:
    """What is drawn, as a table has it: a day, the line to keep to, what is expected, and the band."""
    bands = {} if forecast is None else {band.date: (band.p05, band.p95) for band in forecast.published.bands}
    return [
        (point.date, point.required_activated, point.expected_activated, bands.get(point.date))
        for point in progress.required_line
    ]
