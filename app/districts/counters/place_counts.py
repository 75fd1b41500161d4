"""People counted at one place on single days: they replace the rate of that place, and of no other."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts.counters.counts import check_day_is_over
from app.districts.counters.models import CounterPlace, CounterPlaceCount
from app.districts.models import Document
from app.districts.row_locks import locked, put_row
from app.errors import Conflict, NotFound
from app.languages import said


class PlaceCountSetMeanwhile(Conflict):
    """Two requests set the count of the same place and day at the same moment."""


def list_place_counts(
    session: Session, place: CounterPlace, document: Document, *, after: date | None, limit: int
) -> Sequence[CounterPlaceCount]:
    """Counted days of a place, the earliest first."""
    query = select(CounterPlaceCount).filter_by(place_id=place.id, document=document.value)
    if after is not None:
        query = query.where(CounterPlaceCount.day > after)
    return session.scalars(query.order_by(CounterPlaceCount.day).limit(limit)).all()


def get_place_count(
    session: Session, place: CounterPlace, document: Document, day: date, *, for_update: bool = False
) -> CounterPlaceCount:
    count = _find(session, place, document, day, for_update=for_update)
    if count is None:
        raise NotFound(
            said(
                "Nobody has told what {place} won for {document} on {day}.",
                "Belum ada angka {place} untuk {document} pada {day}.",
                place=place.code,
                document=document.value,
                day=day,
            )
        )
    return count


def _find(
    session: Session, place: CounterPlace, document: Document, day: date, *, for_update: bool
) -> CounterPlaceCount | None:
    query = select(CounterPlaceCount).filter_by(place_id=place.id, document=document.value, day=day)
    return session.scalar(locked(query) if for_update else query)


def put_place_count(
    session: Session,
    place: CounterPlace,
    document: Document,
    day: date,
    *,
    activated: int,
    note: str | None,
    today: date,
    actor: Actor,
    now: datetime,
    if_match: str | None,
) -> tuple[CounterPlaceCount, bool]:
    """Set what a place won on a day; the second value tells whether it is new. Raises `InvalidRequest` for a day to
    come."""
    check_day_is_over(day, today=today)
    count, is_new = put_row(
        session,
        _find(session, place, document, day, for_update=True),
        CounterPlaceCount(place_id=place.id, document=document.value, day=day),
        {"activated": activated, "note": note},
        if_match=if_match,
        taken=PlaceCountSetMeanwhile(
            said(
                "Another request has just set the count of {place} on {day}; read it again first.",
                "Permintaan lain baru saja mengisi angka {place} pada {day}; baca ulang dahulu.",
                place=place.code,
                day=day,
            )
        ),
    )
    _record(session, "create" if is_new else "update", place, count, actor=actor, now=now)
    return count, is_new


def delete_place_count(
    session: Session, place: CounterPlace, count: CounterPlaceCount, *, actor: Actor, now: datetime
) -> None:
    session.delete(count)
    _record(session, "delete", place, count, actor=actor, now=now)


def _record(
    session: Session, what: str, place: CounterPlace, count: CounterPlaceCount, *, actor: Actor, now: datetime
) -> None:
    access.record(
        session,
        actor,
        f"counter_place_count.{what}",
        f"counter_place_count/{place.id}/{count.document}/{count.day}",
        now=now,
        district_code=place.district_code,
        details={"code": place.code, "activated": count.activated},
    )
    session.flush()
