"""Invitations over HTTP: what was told to whom, the messages themselves, and the answers; and what of all announcing
was set aside."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Request, Response

from app.access.idempotency import once
from app.access.permissions import Admin, Planner, Viewer, check_district
from app.calendars.mail import organizer_of
from app.database import SessionDep
from app.districts import service as districts
from app.http_conventions import CursorParam, LimitParam, NowDep, Page, decode_cursor, json_answer, page_of
from app.payloads import READ_REFUSALS, DistrictCodePath
from app.schedules.announcements import invitations
from app.schedules.announcements.answers import invitation_out, reply_out
from app.schedules.announcements.replies import take_replies
from app.schedules.announcements.schemas import FailingRoundOut, InvitationOut, RepliesOut, SetAsideOut
from app.schedules.announcements.troubles import failing_rounds, set_aside
from app.tables.transfer import UploadDep

router = APIRouter(prefix="/v1", tags=["invitations"])

InvitationId = Annotated[int, Path(ge=1, le=2**31 - 1)]


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
    is_inside = actor.may_write(code)
    rows = invitations.list_invitations(session, code, after_id=decode_cursor(cursor), limit=limit + 1)
    return page_of(
        rows,
        limit=limit,
        key=lambda row: row[0].id,
        shown=lambda row: invitation_out(*row, zone=zone, is_inside=is_inside),
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
    message = invitations.message_of(
        invitations.get_invitation(session, code, invitation_id), organizer_of(request.app.state.settings)
    )
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
@once
def take_reply(
    code: DistrictCodePath,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    upload: UploadDep,
) -> Response:
    """Take a contact's answer into the site's readiness: accepted makes it agreed for the days of its visits, declined
    not ready until that day, tentative asked. An answer to an older version is told and changes nothing."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    outcomes = take_replies(session, district, upload.content, actor=actor, now=now)
    answer = RepliesOut(items=[reply_out(outcome) for outcome in outcomes])
    return json_answer(answer)
