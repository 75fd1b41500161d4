"""`/wilayah`: all districts that somebody sees, as a map and a table, the oldest figures marked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request, Response
from sqlalchemy.orm import Session

from app.database import SessionDep
from app.districts.geography.land import SOURCE as LAND_SOURCE
from app.districts.models import Document
from app.districts.service import date_of, get_district
from app.maps.sheets import Sheet, land_path, sheet_around
from app.pages.frame import page, pages_router
from app.pages.progress_page import AskedDocument
from app.pages.readers import ViewerReader
from app.reports.overview import DistrictOverview, counted_once, overview
from app.reports.signal_gaps import SignalGaps
from app.reports.signal_of_provinces import signal_gaps_of

router = pages_router()

_WIDE, _HIGH = 960, 420
_EDGE = 60
_MOST_SIGNALS = 60
"""Districts for which the signal is counted on one page: a tenth of a second each, a province at the most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A district on the map; `size` grows with its gap."""

    code: str
    name: str
    status: str
    x: float
    y: float
    size: float


@router.get("/wilayah")
def districts(
    request: Request,
    session: SessionDep,
    reader: ViewerReader,
    dokumen: AskedDocument = Document.IKD,
    sinyal: bool = False,
) -> Response:
    """`sinyal`: with whom the signal keeps out of each district, which is counted site by site."""
    rows = overview(session, reader.actor, dokumen, now=reader.now)
    summed = counted_once(rows)
    aged = [row for row in rows if row.days_old]
    places = [(row.lat, row.lon) for row in rows]
    sheet = sheet_around(places, width=_WIDE, height=_HIGH, edge=_EDGE) if places else None
    return page(
        request,
        "districts/districts.html",
        reader,
        rows=rows,
        summed=len(summed),
        gap=sum(row.gap or 0 for row in summed),
        target=sum(row.target_count or 0 for row in summed),
        oldest=max(aged, key=lambda row: row.days_old or 0, default=None),
        dots=[] if sheet is None else _dots(rows, sheet),
        land="" if sheet is None else land_path(sheet),
        land_source=LAND_SOURCE,
        width=_WIDE,
        height=_HIGH,
        signal=_signal(session, rows, dokumen, now=reader.now) if sinyal and len(rows) <= _MOST_SIGNALS else {},
        may_ask_signal=0 < len(rows) <= _MOST_SIGNALS,
        with_signal=sinyal,
        document=dokumen.value,
        documents=list(Document),
    )


def _signal(
    session: Session, rows: Sequence[DistrictOverview], document: Document, *, now: datetime
) -> Mapping[str, SignalGaps]:
    """By district, as `/kemajuan` shows it."""
    shown = [get_district(session, row.code) for row in rows]
    return {district.code: signal_gaps_of(session, district, document, on=date_of(now, district)) for district in shown}


def _dots(rows: Sequence[DistrictOverview], sheet: Sheet) -> list[Dot]:
    """Where the districts lie, in the drawing's units, the larger ones first so that small ones lie above them."""
    most = max(row.gap or 0 for row in rows) or 1
    dots = [
        Dot(
            code=row.code,
            name=row.name,
            status=row.status.value,
            x=sheet.x(row.lon),
            y=sheet.y(row.lat),
            size=round(6 + 14 * ((row.gap or 0) / most) ** 0.5, 1),
        )
        for row in rows
    ]
    return sorted(dots, key=lambda dot: -dot.size)
