"""People counted at the fixed counters on single days: where a day was counted, no rate is asked."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts.models import Document, WalkInCount
from app.districts.row_locks import locked, put_row
from app.errors import Conflict, NotFound, invalid
from app.languages import said


class WalkInCountSetMeanwhile(Conflict):
    """Two requests set the count of the same day at the same moment."""


def counts_by_day(
    session: Session, district_code: str, document: Document | str, *, first: date, last: date
) -> dict[date, int]:
    """What was counted at the counters, on each counted day from `first` to `last`."""
    rows = session.execute(
        select(WalkInCount.day, WalkInCount.activated).where(
            WalkInCount.district_code == district_code,
            WalkInCount.document == document,
            WalkInCount.day.between(first, last),
        )
    )
    return {row.day: row.activated for row in rows}


def list_counts(
    session: Session, district_code: str, document: Document, *, after: date | None, limit: int
) -> Sequence[WalkInCount]:
    """Counted days, the earliest first."""
    query = select(WalkInCount).where(WalkInCount.district_code == district_code, WalkInCount.document == document)
    if after is not None:
        query = query.where(WalkInCount.day > after)
    return session.scalars(query.order_by(WalkInCount.day).limit(limit)).all()


def get_count(
    session: Session, district_code: str, document: Document, day: date, *, for_update: bool = False
) -> WalkInCount:
    count = _find(session, district_code, document, day, for_update=for_update)
    if count is None:
        raise NotFound(
            said(
                "Nobody has told what the counters of {district} won for {document} on {day}.",
                "Belum ada angka loket {district} untuk {document} pada {day}.",
                district=district_code,
                document=document.value,
                day=day,
            )
        )
    return count


def _find(
    session: Session, district_code: str, document: Document, day: date, *, for_update: bool
) -> WalkInCount | None:
    query = select(WalkInCount).filter_by(district_code=district_code, document=document.value, day=day)
    return session.scalar(locked(query) if for_update else query)


def check_day_is_over(day: date, *, today: date) -> None:
    """Raises `InvalidRequest` for a day to come."""
    if day > today:
        raise invalid(
            "path/day",
            said("The day is still to come; it is {today} there.", "Hari itu belum tiba; di sana masih {today}.",
                 today=today),
            value=day.isoformat(),
            mend=said("Tell what was counted, not what is hoped for: that is a rate.",
                      "Isi yang sudah dihitung; harapan dicatat sebagai laju."),
        )  # fmt: skip


def put_count(
    session: Session,
    district_code: str,
    document: Document,
    day: date,
    *,
    activated: int,
    note: str | None,
    today: date,
    actor: Actor,
    now: datetime,
    if_match: str | None,
) -> tuple[WalkInCount, bool]:
    """Set what the counters won on a day; the second value tells whether it is new. Raises `InvalidRequest` for a day
    to come."""
    check_day_is_over(day, today=today)
    count, is_new = put_row(
        session,
        _find(session, district_code, document, day, for_update=True),
        WalkInCount(district_code=district_code, document=document.value, day=day),
        {"activated": activated, "note": note},
        if_match=if_match,
        taken=WalkInCountSetMeanwhile(
            said(
                "Another request has just set the count of {day}; read it again first.",
                "Permintaan lain baru saja mengisi angka {day}; baca ulang dahulu.",
                day=day,
            )
        ),
    )
    _record(session, "walk_in_count.create" if is_new else "walk_in_count.update", count, actor=actor, now=now)
    return count, is_new


def delete_count(session: Session, count: WalkInCount, *, actor: Actor, now: datetime) -> None:
    session.delete(count)
    _record(session, "walk_in_count.delete", count, actor=actor, now=now)


def _record(session: Session, action: str, count: WalkInCount, *, actor: Actor, now: datetime) -> None:
    access.record(
        session,
        actor,
        action,
        f"walk_in_count/{count.district_code}/{count.document}/{count.day}",
        now=now,
        district_code=count.district_code,
        details={"activated": count.activated},
    )
    session.flush()
