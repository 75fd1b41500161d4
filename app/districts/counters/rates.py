"""People who come to the fixed counters by themselves: a rate per working day from a date until the next, of all
counters that are no place of their own."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts.models import Document, WalkInRate
from app.districts.row_locks import locked, put_row
from app.errors import Conflict, NotFound
from app.languages import said


class WalkInsSetMeanwhile(Conflict):
    """Two requests set the rate from the same date at the same moment."""


def walk_in_rates(session: Session, district_code: str, document: Document | str) -> Sequence[WalkInRate]:
    """The dated rates of one document, ascending."""
    return session.scalars(
        select(WalkInRate)
        .where(WalkInRate.district_code == district_code, WalkInRate.document == document)
        .order_by(WalkInRate.starts_on)
    ).all()


def list_walk_ins(
    session: Session, district_code: str, document: Document | None = None, *, after_id: int = 0, limit: int = 500
) -> Sequence[WalkInRate]:
    """The rates of a district in the order they were noted."""
    query = select(WalkInRate).where(WalkInRate.district_code == district_code, WalkInRate.id > after_id)
    if document is not None:
        query = query.where(WalkInRate.document == document)
    return session.scalars(query.order_by(WalkInRate.id).limit(limit)).all()


def get_walk_ins(
    session: Session, district_code: str, document: Document, *, starts_on: date, for_update: bool = False
) -> WalkInRate:
    """The rate that begins on that date."""
    rate = _find(session, district_code, document, starts_on=starts_on, for_update=for_update)
    if rate is None:
        raise NotFound(
            said(
                "District {district!r} has no walk-in rate for {document!r} that begins on "
                "{starts_on}; GET /v1/districts/{district}/walk-ins lists them.",
                "Daerah {district!r} tidak punya laju loket untuk {document!r} yang mulai "
                "{starts_on}; GET /v1/districts/{district}/walk-ins menampilkan daftarnya.",
                district=district_code,
                document=document.value,
                starts_on=starts_on,
            )
        )
    return rate


def _find(
    session: Session, district_code: str, document: Document, *, starts_on: date, for_update: bool
) -> WalkInRate | None:
    query = select(WalkInRate).where(
        WalkInRate.district_code == district_code,
        WalkInRate.document == document,
        WalkInRate.starts_on == starts_on,
    )
    return session.scalar(locked(query) if for_update else query)


def put_walk_ins(
    session: Session,
    district_code: str,
    document: Document,
    starts_on: date,
    *,
    fields: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    if_match: str | None,
) -> tuple[WalkInRate, bool]:
    """Set the rate from a date on; the second value tells whether it is new."""
    rate, is_new = put_row(
        session,
        _find(session, district_code, document, starts_on=starts_on, for_update=True),
        WalkInRate(district_code=district_code, document=document.value, starts_on=starts_on),
        fields,
        if_match=if_match,
        taken=WalkInsSetMeanwhile(
            said(
                "Another request has just set the walk-ins from {starts_on} on; read them again first.",
                "Permintaan lain baru saja mengisi laju loket mulai {starts_on}; baca ulang dahulu.",
                starts_on=starts_on,
            )
        ),
    )
    _record(session, "walk_ins.create" if is_new else "walk_ins.update", rate, actor=actor, now=now)
    return rate, is_new


def delete_walk_ins(session: Session, rate: WalkInRate, *, actor: Actor, now: datetime) -> None:
    session.delete(rate)
    _record(session, "walk_ins.delete", rate, actor=actor, now=now)


def _record(session: Session, action: str, rate: WalkInRate, *, actor: Actor, now: datetime) -> None:
    access.record(
        session,
        actor,
        action,
        f"walk_ins/{rate.district_code}/{rate.document}/{rate.starts_on}",
        now=now,
        district_code=rate.district_code,
        details={"per_working_day": rate.per_working_day},
    )
    session.flush()
