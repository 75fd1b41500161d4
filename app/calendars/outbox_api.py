"""What others changed of our entries in their calendars, over HTTP, and the planner's word on it."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Response

from app.access.idempotency import once
from app.access.permissions import Planner, Viewer, check_district
from app.calendars import service as calendars
from app.calendars.deliveries import Keep, list_conflicts, resolve
from app.calendars.models import OutboxConflict, OutboxEntry
from app.database import SessionDep
from app.districts import service as districts
from app.http_conventions import LimitParam, NowDep, Page
from app.payloads import READ_REFUSALS, DistrictCodePath, Id, Incoming, Outgoing
from app.words import Text

router = APIRouter(prefix="/v1", tags=["calendars"])


CONFLICT_TEXTS: dict[OutboxConflict, Text] = {
    OutboxConflict.EDITED: {
        "id": "Seseorang mengubah acara kita di kalender itu. Pilih: tulis acara kita lagi (ours), "
        "atau biarkan perubahannya sampai kunjungan kita berubah (theirs).",
        "en": "Somebody changed our entry in that calendar. Choose: write ours again (ours), "
        "or leave theirs until our visit changes (theirs).",
    },
    OutboxConflict.DELETED: {
        "id": "Seseorang menghapus acara kita dari kalender itu. Pilih: tulis acara kita lagi (ours), "
        "atau biarkan terhapus sampai kunjungan kita berubah (theirs).",
        "en": "Somebody removed our entry from that calendar. Choose: write it again (ours), "
        "or leave it out until our visit changes (theirs).",
    },
    OutboxConflict.MOVED: {
        "id": "Acara ini ada di kalender itu dengan nama lain. Biarkan di sana (theirs), "
        "atau hapus dahulu di sana lalu tulis acara kita lagi (ours).",
        "en": "The entry is in that calendar under another name. Leave it there (theirs), "
        "or remove it there first and write ours again (ours).",
    },
}


class TheirsOut(Outgoing):
    """What stands there now, as far as it could be read."""

    summary: str | None
    starts_at: str | None
    ends_at: str | None


class OutboxConflictOut(Outgoing):
    uid: UUID
    """Of the visit."""
    conflict: OutboxConflict
    message: Text
    since: datetime
    theirs: TheirsOut | None


class Resolution(Incoming):
    """`ours`: write our entry over theirs at the next delivery; `theirs`: leave it until our visit changes again."""

    keep: Keep


def conflict_out(entry: OutboxEntry, zone: ZoneInfo, *, is_inside: bool) -> OutboxConflictOut:
    """One conflict; what people wrote there is for those inside the district."""
    assert entry.conflict is not None
    assert entry.conflict_since is not None
    kind = OutboxConflict(entry.conflict)
    theirs = entry.theirs
    return OutboxConflictOut(
        uid=entry.uid,
        conflict=kind,
        message=CONFLICT_TEXTS[kind],
        since=entry.conflict_since.astimezone(zone),
        theirs=TheirsOut(summary=theirs["summary"], starts_at=theirs["starts_at"], ends_at=theirs["ends_at"])
        if theirs is not None and is_inside
        else None,
    )


@router.get("/districts/{code}/calendars/{calendar_id}/conflicts", responses=READ_REFUSALS)
def list_calendar_conflicts(
    code: DistrictCodePath, calendar_id: Id, session: SessionDep, actor: Viewer, limit: LimitParam = 100
) -> Page[OutboxConflictOut]:
    """Entries of ours that somebody changed in the calendar; nothing is written over them. The oldest first; when some
    are resolved, the next ones show."""
    check_district(actor, code)
    calendars.get_connected(session, code, calendar_id, actor=actor)
    zone = ZoneInfo(districts.get_district(session, code).time_zone)
    conflicts = list_conflicts(session, calendar_id, limit=limit)
    return Page(items=[conflict_out(entry, zone, is_inside=actor.may_write(code)) for entry in conflicts])


@router.post(
    "/districts/{code}/calendars/{calendar_id}/conflicts/{uid}",
    status_code=204,
    response_class=Response,
    responses=READ_REFUSALS,
)
@once
def resolve_calendar_conflict(
    code: DistrictCodePath,
    calendar_id: Id,
    uid: UUID,
    body: Resolution,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
) -> Response:
    """Say whose version of an entry stays; once said, saying it again is 404."""
    check_district(actor, code)
    connected = calendars.get_connected(session, code, calendar_id, actor=actor, write=True)
    resolve(session, connected.source, uid, keep=body.keep, actor=actor, now=now)
    return Response(status_code=204)
