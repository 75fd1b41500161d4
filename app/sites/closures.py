"""Times at which sites of a kind take no visit: market days, school exams, Friday prayer; weekly, dated, or both."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts.models import District
from app.districts.opening_hours import Hours, cut_hours, join_hours
from app.errors import Conflict, NotFound, invalid
from app.languages import said
from app.sites.models import KindClosure

MAX_CLOSURES = 500
_WHOLE_DAY = (0, 1440)


class Closures:
    """The closures of a district, as the question when a kind is closed on a date."""

    def __init__(self, rows: Sequence[KindClosure]):
        self._rows = tuple(rows)
        self._closed: dict[tuple[str, date], Hours] = {}

    def hours_left(self, hours: Hours, kind: str, *, day: date) -> Hours:
        """A site's opening hours on a date without what is closed to its kind."""
        if not self._rows:
            return hours
        closed = self._closed.get((kind, day))
        if closed is None:
            rows = (row for row in self._rows if row.kind in (None, kind) and _applies(row, day))
            closed = self._closed[kind, day] = join_hours([_hours(row) for row in rows])
        return cut_hours(hours, closed) if closed else hours


def _hours(row: KindClosure) -> tuple[int, int]:
    return _WHOLE_DAY if row.closed_from is None or row.closed_until is None else (row.closed_from, row.closed_until)


def _applies(row: KindClosure, day: date) -> bool:
    if row.starts_on is not None and row.ends_on is not None and not row.starts_on <= day <= row.ends_on:
        return False
    return row.weekdays is None or row.weekdays[day.weekday()] == "1"


def closures_between(session: Session, district_code: str, start: date, end: date) -> Closures:
    """The closures of a district that can apply between two dates, both included."""
    return Closures(
        session.scalars(
            select(KindClosure).where(
                KindClosure.district_code == district_code,
                or_(KindClosure.starts_on.is_(None), KindClosure.starts_on <= end),
                or_(KindClosure.ends_on.is_(None), KindClosure.ends_on >= start),
            )
        ).all()
    )


def list_closures(session: Session, district_code: str, *, after_id: int, limit: int) -> Sequence[KindClosure]:
    """The closures of a district, in the order in which they were entered."""
    query = select(KindClosure).where(KindClosure.district_code == district_code, KindClosure.id > after_id)
    return session.scalars(query.order_by(KindClosure.id).limit(limit)).all()


def get_closure(session: Session, closure_id: int, *, actor: Actor, write: bool = False) -> KindClosure:
    """A closure that the actor may see, for `write` locked; raises `NotFound`, `Forbidden`."""
    closure = session.get(KindClosure, closure_id, with_for_update=write or None, populate_existing=write)
    if closure is None or not actor.may_read(closure.district_code):
        raise no_closure(closure_id)
    if write and not actor.may_write(closure.district_code):
        raise access.read_only_district(closure.district_code)
    return closure


def no_closure(closure_id: int) -> NotFound:
    return NotFound(
        said(
            "There is no closure {closure}, or this token does not open its district.",
            "Tidak ada penutupan {closure}, atau token ini tidak membuka daerahnya.",
            closure=closure_id,
        )
    )


def create_closure(
    session: Session, district: District, fields: Mapping[str, Any], *, actor: Actor, now: datetime
) -> KindClosure:
    """A new closure of `KindClosure`'s own fields; raises `InvalidRequest`, `Conflict`."""
    if len(list_closures(session, district.code, after_id=0, limit=MAX_CLOSURES)) == MAX_CLOSURES:
        raise Conflict(
            said(
                "District {district!r} has {most} closures already; delete old ones first.",
                "Daerah {district!r} sudah punya {most} penutupan; hapus yang lama dahulu.",
                district=district.code,
                most=MAX_CLOSURES,
            )
        )
    closure = KindClosure(district_code=district.code, **fields)
    _check(closure)
    session.add(closure)
    session.flush()
    _record(session, "closure.create", closure, actor=actor, now=now)
    return closure


def change_closure(
    session: Session, closure: KindClosure, changes: Mapping[str, Any], *, actor: Actor, now: datetime
) -> None:
    """Set the fields in `changes`; raises `InvalidRequest`."""
    for name, value in changes.items():
        setattr(closure, name, value)
    _check(closure)
    session.flush()
    _record(session, "closure.change", closure, actor=actor, now=now)


def delete_closure(session: Session, closure: KindClosure, *, actor: Actor, now: datetime) -> None:
    _record(session, "closure.delete", closure, actor=actor, now=now)
    session.delete(closure)
    session.flush()


def _check(closure: KindClosure) -> None:
    starts, ends = closure.starts_on, closure.ends_on
    if not closure.name:
        raise invalid(
            "/name",
            said("It needs a name.", "Harus ada namanya."),
            mend=said("Say what it is: Pasar, Ujian, Salat Jumat.", "Sebutkan: Pasar, Ujian, Salat Jumat."),
        )
    if closure.weekdays is None and starts is None:
        mend = said(
            "Give 'weekdays' for a weekly closure, 'starts_on' and 'ends_on' for a dated one, or both.",
            "Isi 'weekdays' untuk penutupan mingguan, 'starts_on' dan 'ends_on' untuk yang bertanggal, atau keduanya.",
        )
        raise invalid(
            "/weekdays",
            said(
                "It says on which days neither by weekday nor by date.",
                "Belum menyebut harinya, baik hari dalam minggu maupun tanggal.",
            ),
            mend=mend,
        )
    if (starts is None) != (ends is None):
        missing = "ends_on" if ends is None else "starts_on"
        raise invalid(
            f"/{missing}",
            said("First and last date come together.", "Tanggal pertama dan terakhir diisi bersama."),
            mend=said("For a single date give it twice.", "Untuk satu tanggal, isi dua kali."),
        )
    if starts is not None and ends is not None and ends < starts:
        raise invalid(
            "/ends_on",
            said("{ends} comes before {starts}.", "{ends} sebelum {starts}.", ends=ends, starts=starts),
            value=str(ends),
            mend=said("Write the first date first.", "Tulis tanggal pertama dahulu."),
        )
    begins, stops = closure.closed_from, closure.closed_until
    if (begins is None) != (stops is None):
        missing = "closed_until" if stops is None else "closed_from"
        raise invalid(
            f"/{missing}",
            said("From and until come together.", "Jam mulai dan selesai diisi bersama."),
            mend=said("Leave both out to close the whole day.", "Kosongkan keduanya untuk menutup sehari penuh."),
        )
    if begins is not None and stops is not None and stops <= begins:
        raise invalid(
            "/closed_until",
            said("It ends before it begins.", "Berakhir sebelum mulai."),
            mend=said("Write the earlier time as 'closed_from'.", "Tulis jam yang lebih awal sebagai 'closed_from'."),
        )


def _record(session: Session, action: str, closure: KindClosure, *, actor: Actor, now: datetime) -> None:
    access.record(
        session,
        actor,
        action,
        f"closure/{closure.id}",
        now=now,
        district_code=closure.district_code,
        details={"name": closure.name, "kind": closure.kind},
    )
    session.flush()
