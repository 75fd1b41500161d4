"""Conflicts, invitations and their answers as the API shows them; moments carry the district's offset, and who is of
another office sees no texts of calendars and no addresses."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from app.calendars.busy import scope_of
from app.calendars.mail import BY_MAIL
from app.calendars.models import OutboxConflict
from app.schedules.announcements.conflicts import Collision
from app.schedules.announcements.invitations import SiteName, is_current
from app.schedules.announcements.replies import FATES, ReplyOutcome
from app.schedules.announcements.schemas import (
    CauseOut,
    ConflictOut,
    EditRef,
    EventRef,
    InvitationOut,
    ReplyOut,
    VisitRef,
)
from app.schedules.models import Invitation, InvitationAnswer
from app.schedules.obstacles import JudgedVisit, minute_of
from app.sites.models import Readiness
from app.words import Text, clock_span, in_both

_GLIMPSE = ("summary", "starts_at", "ends_at")
_EDITED = (
    "Acara {team} di {site} pada {day} pukul {hours} diubah orang di kalender {calendar}.",
    "The entry of {team} at {site} on {day}, {hours}, was changed by somebody in the calendar {calendar}.",
)


def conflict_out(collision: Collision, zone: ZoneInfo, *, is_inside: bool) -> ConflictOut:
    judged, visit = collision.judged, collision.judged.visit
    events, edits = _events(collision, zone, is_inside=is_inside), _edits(collision, zone, is_inside=is_inside)
    return ConflictOut(
        visit=VisitRef(
            id=visit.id,
            schedule_id=visit.schedule_id,
            team=judged.team.code,
            site=judged.site.code,
            site_name=judged.site.name,
            starts_at=visit.starts_at.astimezone(zone),
            ends_at=visit.ends_at.astimezone(zone),
            pinned=visit.pinned,
        ),
        causes=[
            CauseOut(code=obstacle.code, message=obstacle.message, way_out=obstacle.way_out)
            for obstacle in judged.obstacles
        ],
        events=events,
        edits=edits,
        since=min([event.since for event in events] + [edit.since for edit in edits], default=None),
        message=judged.obstacles[0].message if judged.obstacles else _edited(judged, edits, zone),
    )


def _events(collision: Collision, zone: ZoneInfo, *, is_inside: bool) -> list[EventRef]:
    visit = collision.judged.visit
    return [
        EventRef(
            id=event.id,
            calendar_id=source.id,
            calendar_name=source.name,
            scope=scope_of(source),
            starts_at=event.starts_at.astimezone(zone),
            ends_at=event.ends_at.astimezone(zone),
            all_day=event.all_day,
            tentative=event.tentative,
            summary=event.summary if is_inside else None,
            since=max(event.since, visit.published_at or visit.changed_at),
        )
        for event, source in collision.judged.events
    ]


def _edits(collision: Collision, zone: ZoneInfo, *, is_inside: bool) -> list[EditRef]:
    visit = collision.judged.visit
    return [
        EditRef(
            calendar_id=source.id,
            calendar_name=source.name,
            conflict=OutboxConflict(str(entry.conflict)),
            since=(entry.conflict_since or visit.published_at or visit.changed_at).astimezone(zone),
            **{name: (entry.theirs or {}).get(name) if is_inside else None for name in _GLIMPSE},
        )
        for entry, source in collision.edits
    ]


def _edited(judged: JudgedVisit, edits: Sequence[EditRef], zone: ZoneInfo) -> Text:
    visit = judged.visit
    return in_both(
        *_EDITED,
        team=judged.team.name,
        site=judged.site.name,
        day=visit.date,
        hours=clock_span(minute_of(visit.starts_at, zone), minute_of(visit.ends_at, zone)),
        calendar=", ".join(dict.fromkeys(edit.calendar_name for edit in edits)),
    )


def invitation_out(invitation: Invitation, site: SiteName, zone: ZoneInfo, *, is_inside: bool) -> InvitationOut:
    return InvitationOut(
        id=invitation.id,
        uid=invitation.uid,
        site=site.code,
        site_name=site.name,
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
        link=f"/v1/districts/{invitation.district_code}/invitations/{invitation.id}.ics",
    )


def reply_out(outcome: ReplyOutcome) -> ReplyOut:
    return ReplyOut(
        uid=outcome.reply.uid,
        attendee=outcome.reply.attendee,
        sequence=outcome.reply.sequence,
        answer=outcome.reply.partstat,
        fate=outcome.fate,
        message=FATES[outcome.fate],
        site=outcome.site_code,
        readiness=None if outcome.readiness is None else Readiness(outcome.readiness),
    )
