"""Figures that somebody published about a target, kept as printed so that contradictions can be shown."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts.models import Document, ReportedFigure
from app.errors import NotFound, invalid
from app.languages import said

COUNTS = ("activated", "eligible_people", "target_count")
_COUNT = re.compile(r"[0-9]{1,12}")
_PERCENT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,6})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MAX_PEOPLE = 300_000_000


def check_figure(figure: str, value: str, *, pointer: str = "/value") -> int | Decimal | date:
    """The printed value as what it means; raises `InvalidRequest` naming how to write it."""
    if figure == "deadline":
        try:
            return date.fromisoformat(value if _DATE.fullmatch(value) else "")
        except ValueError as error:
            raise invalid(
                pointer,
                said("It is no date.", "Ini bukan tanggal."),
                value=value,
                mend=said("Write it as 2023-12-31.", "Tulis sebagai 2023-12-31."),
            ) from error
    if figure in COUNTS:
        if not _COUNT.fullmatch(value) or int(value) > _MAX_PEOPLE:
            raise invalid(
                pointer,
                said("It is no count of people.", "Ini bukan jumlah orang."),
                value=value,
                mend=said(
                    "Write digits only, at most {most}: 4015.",
                    "Tulis angka saja, paling banyak {most}: 4015.",
                    most=_MAX_PEOPLE,
                ),
            )
        return int(value)
    if not _PERCENT.fullmatch(value):
        raise invalid(
            pointer,
            said("It is no percentage.", "Ini bukan persentase."),
            value=value,
            mend=said("Write it with a point before decimals: 2.75.", "Tulis desimalnya dengan titik: 2.75."),
        )
    return Decimal(value)


def list_figures(
    session: Session,
    district_code: str,
    document: Document | str | None = None,
    *,
    after_id: int = 0,
    limit: int | None = None,
) -> Sequence[ReportedFigure]:
    """The reported figures of a district, in the order they were noted."""
    query = select(ReportedFigure).where(ReportedFigure.district_code == district_code, ReportedFigure.id > after_id)
    if document is not None:
        query = query.where(ReportedFigure.document == document)
    return session.scalars(query.order_by(ReportedFigure.id).limit(limit)).all()


def add_figure(
    session: Session, district_code: str, fields: dict[str, Any], *, actor: Actor, now: datetime
) -> ReportedFigure:
    """Note a figure as printed; raises `InvalidRequest` for a value that is none."""
    check_figure(fields["figure"], fields["value"])
    figure = ReportedFigure(district_code=district_code, **fields)
    session.add(figure)
    session.flush()
    access.record(
        session,
        actor,
        "reported_figure.create",
        f"reported_figure/{figure.id}",
        now=now,
        district_code=district_code,
        details={"figure": figure.figure, "value": figure.value},
    )
    session.flush()
    return figure


def delete_figure(session: Session, district_code: str, figure_id: int, *, actor: Actor, now: datetime) -> None:
    figure = session.get(ReportedFigure, figure_id, with_for_update=True)
    if figure is None or figure.district_code != district_code:
        raise NotFound(
            said(
                "District {district!r} has no reported figure {figure}.",
                "Daerah {district!r} tidak punya angka terbitan {figure}.",
                district=district_code,
                figure=figure_id,
            )
        )
    session.delete(figure)
    access.record(
        session,
        actor,
        "reported_figure.delete",
        f"reported_figure/{figure_id}",
        now=now,
        district_code=district_code,
        details={"figure": figure.figure, "value": figure.value},
    )
    session.flush()
