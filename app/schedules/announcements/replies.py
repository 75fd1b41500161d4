"""Takes the answers to invitations into the readiness of sites; an answer to an older version, or older than the one
we have, changes nothing and is told so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.calendars.ics import NotACalendar
from app.calendars.itip import Reply, read_replies
from app.calendars.rounds import Fault, apart
from app.districts.models import District
from app.errors import AppError, invalid
from app.languages import said
from app.schedules.models import Invitation, InvitationAnswer
from app.sites import service as sites
from app.sites.models import Readiness, ReadinessCause, Site
from app.sites.readiness import step_problem
from app.words import Text

log = structlog.get_logger(__name__)

_OWN = "@jemput-bola"
_ANSWERS = (InvitationAnswer.ACCEPTED, InvitationAnswer.DECLINED, InvitationAnswer.TENTATIVE)


class ReplyFate(StrEnum):
    """What became of one answer."""

    TAKEN = "taken"
    UNKNOWN = "unknown"
    STALE = "stale"
    CALLED_OFF = "called_off"
    NO_ANSWER = "no_answer"
    SITE_DONE = "site_done"
    BROKEN = "broken"


FATES: Mapping[ReplyFate, Text] = {
    ReplyFate.TAKEN: {"id": "Jawaban dicatat.", "en": "The answer was taken."},
    ReplyFate.UNKNOWN: {
        "id": "Tidak ada undangan dengan UID dan alamat surel ini di kabupaten/kota ini.",
        "en": "This district has no invitation with this UID and e-mail address.",
    },
    ReplyFate.STALE: {
        "id": "Jawaban ini untuk undangan yang sudah diperbarui, atau lebih lama daripada jawaban yang tercatat.",
        "en": "This answers an invitation that has been renewed since, or is older than the answer we have.",
    },
    ReplyFate.CALLED_OFF: {
        "id": "Kunjungan ini sudah dibatalkan.",
        "en": "This visit has been called off.",
    },
    ReplyFate.NO_ANSWER: {
        "id": "Balasan ini bukan terima, tolak, atau belum pasti.",
        "en": "This reply is none of accepted, declined, tentative.",
    },
    ReplyFate.SITE_DONE: {
        "id": "Jawaban dicatat; lokasi sudah selesai, sehingga kesiapannya tidak berubah.",
        "en": "The answer was taken; the site is done, so its readiness stays as it is.",
    },
    ReplyFate.BROKEN: {
        "id": "Jawaban ini tidak dapat dicatat karena kesalahan program; yang lain dicatat. Catat kesiapannya sendiri "
        "dan sampaikan kepada administrator: rinciannya ada di log.",
        "en": "This answer could not be taken, by an error of the program; the others were. Enter the readiness "
        "yourself and tell the administrator: the log has the details.",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyOutcome:
    """One answer, what became of it, and how its site stands now."""

    reply: Reply
    fate: ReplyFate
    site_code: str | None = None
    readiness: str | None = None


def take_replies(
    session: Session, district: District, content: bytes, *, actor: Actor, now: datetime
) -> tuple[ReplyOutcome, ...]:
    """Take every answer in a reply; one that fails keeps no other. Raises `InvalidRequest` for a body that is none."""
    try:
        replies = read_replies(content)
    except NotACalendar as error:
        raise invalid(
            "",
            error.args[0],
            mend=said(
                "Send the .ics attachment of the contact's answer, as it came by mail.",
                "Kirim lampiran .ics dari jawaban kontak, seperti yang diterima lewat surel.",
            ),
        ) from error
    outcomes = []
    for reply in replies:
        take = partial(_take, session, district, reply, actor=actor, now=now)
        outcome = apart(session, take, passing=(AppError,))
        if isinstance(outcome, Fault):
            log.error("reply set aside", district_code=district.code, fault=str(outcome), stack=outcome.stack)
            outcome = ReplyOutcome(reply=reply, fate=ReplyFate.BROKEN)
        outcomes.append(outcome)
    return tuple(outcomes)


def _take(session: Session, district: District, reply: Reply, *, actor: Actor, now: datetime) -> ReplyOutcome:
    invitation = _invitation(session, district.code, reply)
    if invitation is None:
        return ReplyOutcome(reply=reply, fate=ReplyFate.UNKNOWN)
    site = sites.read_site(session, invitation.site_id, actor=actor, write=True)
    fate = _fate(invitation, reply)
    if fate is ReplyFate.TAKEN:
        invitation.answer, invitation.answered_at, invitation.answer_stamp = reply.partstat, now, reply.stamp
        session.flush()
        if not _set_readiness(session, site, invitation, ZoneInfo(district.time_zone), actor=actor, now=now):
            fate = ReplyFate.SITE_DONE
        access.record(
            session,
            actor,
            "invitation.reply",
            f"invitation/{invitation.id}",
            now=now,
            district_code=district.code,
            details={"answer": reply.partstat, "site": site.code},
        )
        session.flush()
    return ReplyOutcome(reply=reply, fate=fate, site_code=site.code, readiness=site.readiness)


def _invitation(session: Session, district_code: str, reply: Reply) -> Invitation | None:
    """The invitation that a reply answers, locked; matched by UID and attendee."""
    if not reply.uid.endswith(_OWN):
        return None
    try:
        uid = UUID(reply.uid.removesuffix(_OWN))
    except ValueError:
        return None
    return session.scalar(
        select(Invitation)
        .where(
            Invitation.district_code == district_code,
            Invitation.uid == uid,
            func.lower(Invitation.attendee) == reply.attendee.replace("\0", ""),
        )
        .with_for_update()
    )


def _fate(invitation: Invitation, reply: Reply) -> ReplyFate:
    if invitation.is_cancelled:
        return ReplyFate.CALLED_OFF
    if reply.partstat not in _ANSWERS:
        return ReplyFate.NO_ANSWER
    # One of a version that we have not made is no answer to us either.
    if reply.sequence != invitation.sequence:
        return ReplyFate.STALE
    known = invitation.answer_stamp
    if known is not None and (reply.stamp is None or reply.stamp < known):
        return ReplyFate.STALE
    return ReplyFate.TAKEN


def _set_readiness(
    session: Session, site: Site, invitation: Invitation, zone: ZoneInfo, *, actor: Actor, now: datetime
) -> bool:
    """Make the site's readiness say what its contact answered to all visits to come; False for a site that is done.

    Accepted: `agreed`, from the first to the last visit that was not declined. Nothing accepted and this one declined:
    `not_ready` until that day. Tentative: `asked`."""
    standing = session.scalars(
        select(Invitation).where(
            Invitation.site_id == site.id, Invitation.is_cancelled.is_(False), Invitation.ends_at > now
        )
    ).all()
    open_days = [_day(other, zone) for other in standing if other.answer != InvitationAnswer.DECLINED]
    changes: dict[str, Any]
    if any(other.answer == InvitationAnswer.ACCEPTED for other in standing):
        changes = {
            "readiness": Readiness.AGREED.value,
            "readiness_from": min(open_days),
            "readiness_until": max(open_days),
        }
    elif invitation.answer == InvitationAnswer.DECLINED:
        changes = {"readiness": Readiness.NOT_READY.value, "readiness_until": _day(invitation, zone)}
    else:
        changes = {"readiness": Readiness.ASKED.value}
    if step_problem(site.readiness, changes["readiness"]) is not None or site.readiness == Readiness.DONE:
        return False
    if site.readiness == changes["readiness"]:
        changes = {"readiness_from": None, "readiness_until": None} | changes
    sites.change_site(session, site, changes, actor=actor, now=now, cause=ReadinessCause.REPLY)
    return True


def _day(invitation: Invitation, zone: ZoneInfo) -> date:
    return invitation.starts_at.astimezone(zone).date()
