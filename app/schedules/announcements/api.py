"""Invitations over HTTP: what was told to whom, the messages themselves, and the answers; and what of all announcing
was set aside."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Request, Response
from sqlalchemy import select

from app.access.idempotency import IdempotencyDep
from app.access.permissions import Admin, Planner, Viewer, check_district
from app.calendars.mail import BY_MAIL, organizer_of
from app.database import SessionDep
from app.districts import service as districts
from app.errors import NotFound
from app.http_conventions import CursorParam, LimitParam, NowDep, Page, decode_cursor, encode_cursor, json_answer
from app.payloads import READ_REFUSALS, DistrictCodePath, Outgoing
from app.schedules.announcements.invitations import is_current, message_of
from app.schedules.announcements.replies import FATES, ReplyFate, take_replies
from app.schedules.announcements.troubles import Unit, failing_rounds, set_aside
from app.schedules.models import Invitation, InvitationAnswer
from app.sites.models import Readiness, Site
from app.tables.transfer import UploadDep
from app.words import Text

router = APIRouter(prefix="/v1", tags=["invitations"])

InvitationId = Annotated[int, Path(ge=1, le=2**31 - 1)]


class InvitationOut(Outgoing):
    """A site's contact invited to a visit; moments carry the district's offset."""

    id: int
    uid: UUID
    """Of the visit, and of its entry in calendars."""
    site: str
    site_name: str
    attendee: str | None
    """Null for readers from outside the district."""
    is_cancelled: bool
    starts_at: datetime
    ends_at: datetime
    sequence: int
    is_sent: bool
    """Whether the mail server took the latest version for the contact."""
    is_to_be_sent_by_hand: bool
    """Whether, without a mail server, the latest version lies as a file in the outbox folder for somebody to send."""
    sent_at: datetime | None
    """When the mail server took the last message, or when it was written as a file."""
    sent_to: str | None
    """`mail`, or the file in the outbox folder."""
    failures: int
    last_error: str | None
    """`refused` or `unreachable`: by the mail server; `broken`: an error of our own. It is tried again."""
    answer: InvitationAnswer
    answered_at: datetime | None
    link: str
    """The message as a file, to be sent by hand."""


class ReplyOut(Outgoing):
    uid: str
    attendee: str
    sequence: int
    answer: str
    fate: ReplyFate
    message: Text
    site: str | None
    readiness: Readiness | None


class RepliesOut(Outgoing):
    items: list[ReplyOut]


class SetAsideOut(Outgoing):
    """Something that failed and waits for its next try while the rest goes on."""

    unit: Unit
    calendar_id: int | None
    uid: UUID | None
    """Of the visit."""
    invitation_id: int | None
    code: str
    message: Text
    failures: int
    next_try_at: datetime | None
    """Null: within seconds."""


class FailingRoundOut(Outgoing):
    """Something that a worker does again and again and that failed at its last turn."""

    executor_id: str
    """The worker: host, process, chance."""
    name: str
    fault: str
    """The exception and its place; the worker's log has the rest."""
    failures: int
    since: datetime
    last_at: datetime


@router.get("/districts/{code}/troubles", responses=READ_REFUSALS)
def list_troubles(
    code: DistrictCodePath, session: SessionDep, actor: Viewer, limit: LimitParam = 100
) -> Page[SetAsideOut]:
    """What could not be read, written or sent and was set aside while the rest goes on: whole calendars first, then
    single entries and invitations. Each is tried again; when some are over, the next ones show."""
    check_district(actor, code)
    districts.get_district(session, code)
    return Page(items=[SetAsideOut.model_validate(item) for item in set_aside(session, code, limit=limit)])


@router.get("/worker-troubles")
def list_worker_troubles(session: SessionDep, actor: Admin) -> Page[FailingRoundOut]:
    """What the workers do by themselves and failed at last, the longest first; gone when it succeeds."""
    return Page(items=[FailingRoundOut.model_validate(row) for row in failing_rounds(session)])


@router.get("/districts/{code}/invitations", responses=READ_REFUSALS)
def list_invitations(
    code: DistrictCodePath, session: SessionDep, actor: Viewer, limit: LimitParam = 100, cursor: CursorParam = None
) -> Page[InvitationOut]:
    """Who was invited to which visit, whether the message went out, and the answer. A site's `contact_email` makes
    its visits invite."""
    check_district(actor, code)
    zone = ZoneInfo(districts.get_district(session, code).time_zone)
    rows = session.execute(
        select(Invitation, Site.code, Site.name)
        .join(Site, Site.id == Invitation.site_id)
        .where(Invitation.district_code == code, Invitation.id > decode_cursor(cursor))
        .order_by(Invitation.id)
        .limit(limit + 1)
    ).all()
    is_inside = actor.may_write(code)
    return Page(
        items=[
            InvitationOut(
                id=invitation.id,
                uid=invitation.uid,
                site=site_code,
                site_name=site_name,
                attendee=invitation.attendee if is_inside else None,
                is_cancelled=invitation.is_cancelled,
                starts_at=invitation.starts_at.astimezone(zone),
                ends_at=invitation.ends_at.astimezone(zone),
                sequence=invitation.sequence,
                is_sent=is_current(invitation) and invitation.sent_to == BY_MAIL,
                is_to_be_sent_by_hand=is_current(invitation) and invitation.sent_to != BY_MAIL,
                sent_at=invitation.sent_at,
                sent_to=invitation.sent_to,
                failures=invitation.failures,
                last_error=invitation.trouble,
                answer=InvitationAnswer(invitation.answer),
                answered_at=invitation.answered_at,
                link=f"/v1/districts/{code}/invitations/{invitation.id}.ics",
            )
            for invitation, site_code, site_name in rows[:limit]
        ],
        next_cursor=encode_cursor(rows[limit - 1][0].id) if len(rows) > limit else None,
    )


@router.get(
    "/districts/{code}/invitations/{invitation_id}.ics",
    response_class=Response,
    responses={
        200: {
            "content": {"text/calendar": {"schema": {"type": "string"}}},
            "description": "The message (RFC 5546): METHOD:REQUEST, or METHOD:CANCEL for what was called off.",
        },
        404: READ_REFUSALS[404],
    },
)
def read_invitation(
    request: Request, code: DistrictCodePath, invitation_id: InvitationId, session: SessionDep, actor: Planner
) -> Response:
    """The message as a file, to be sent by hand."""
    check_district(actor, code, write=True)
    message = message_of(_invitation(session, code, invitation_id), organizer_of(request.app.state.settings))
    return Response(
        message.calendar,
        media_type=f"text/calendar; charset=utf-8; method={message.method}",
        headers={"Content-Disposition": f'attachment; filename="{message.name}.ics"', "Cache-Control": "no-store"},
    )


_REPLY_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The .ics file of the answer, METHOD:REPLY, as it came by mail.",
        "content": {"text/calendar": {"schema": {"type": "string"}}},
    }
}


@router.post(
    "/districts/{code}/invitations/replies",
    response_model=RepliesOut,
    openapi_extra=_REPLY_BODY,
    responses=READ_REFUSALS | {422: {"description": "The body is no reply to an invitation."}},
)
def take_reply(
    code: DistrictCodePath,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    key: IdempotencyDep,
    upload: UploadDep,
) -> Response:
    """Take a contact's answer into the site's readiness: accepted makes it agreed for the days of its visits, declined
    not ready until that day, tentative asked. An answer to an older version is told and changes nothing."""
    check_district(actor, code, write=True)
    if (again := key.replay(session, actor)) is not None:
        return again
    district = districts.get_district(session, code)
    outcomes = take_replies(session, district, upload.content, actor=actor, now=now)
    answer = RepliesOut(
        items=[
            ReplyOut(
                uid=outcome.reply.uid,
                attendee=outcome.reply.attendee,
                sequence=outcome.reply.sequence,
                answer=outcome.reply.partstat,
                fate=outcome.fate,
                message=FATES[outcome.fate],
                site=outcome.site_code,
                readiness=None if outcome.readiness is None else Readiness(outcome.readiness),
            )
            for outcome in outcomes
        ]
    )
    return key.remember(session, actor, json_answer(answer))


def _invitation(session: SessionDep, code: str, invitation_id: int) -> Invitation:
    found = session.get(Invitation, invitation_id)
    if found is None or found.district_code != code:
        raise NotFound(f"District {code!r} has no invitation {invitation_id}; GET …/invitations lists them.")
    return found
