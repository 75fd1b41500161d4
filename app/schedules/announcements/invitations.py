"""Invites a site's contact to its visits: notes what is to be told, and sends it. The contact hears of a visit once,
and again only when what was told changes, or when it is called off."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session, sessionmaker

from app.calendars.ics import CalendarEntry, EntryStatus
from app.calendars.itip import Party, write_invitation
from app.calendars.mail import Mail, MailRefused, MailUnreachable, Send
from app.districts.models import Area, District
from app.schedules.models import Invitation, InvitationAnswer, Visit
from app.sites.models import Readiness, Site
from app.teams.models import Team
from app.words import date_en, date_id

log = structlog.get_logger(__name__)

_PER_ROUND = 200
_FIRST_RETRY, _LAST_RETRY = timedelta(minutes=1), timedelta(hours=6)
_LEASE = timedelta(minutes=5)
_LOCK = "jemput invitations"
REFUSED, UNREACHABLE = "refused", "unreachable"
PERHAPS_SENT = -1
"""As `sent_sequence`: a first message has been on its way, so what changes from now on is another version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Messenger:
    """What sending needs: the way, the name it is sent in, and chance."""

    send: Send
    organizer: Party
    random: Callable[[], float]
    """From 0 to 1; spreads retries."""


def invite(session: Session, district_code: str, *, now: datetime) -> None:
    """Make the stored invitations say what is published, in the caller's transaction; visits that are over stay."""
    rows = session.execute(
        select(Visit, Site, Team.name, Area.name, District.name, District.time_zone)
        .join(Site, Site.id == Visit.site_id)
        .join(Area, Area.code == Site.area_code)
        .join(Team, Team.id == Visit.team_id)
        .join(District, District.code == Visit.district_code)
        .where(
            Visit.district_code == district_code,
            Visit.in_force,
            Visit.ends_at > now,
            Site.contact_email.is_not(None),
        )
        .order_by(Visit.starts_at, Visit.id)
    ).all()
    known = {
        (invitation.uid, invitation.attendee): invitation
        for invitation in session.scalars(
            select(Invitation).where(Invitation.district_code == district_code, Invitation.ends_at > now)
        )
    }
    for visit, site, team_name, area_name, district_name, time_zone in rows:
        facts = {
            "site": site.name,
            "area": area_name,
            "team": team_name,
            "district": district_name,
            "contact": site.contact_name,
            "time_zone": time_zone,
            "place": [site.lat, site.lon],
        }
        attendee = str(site.contact_email)
        earlier = known.pop((visit.uid, attendee), None)
        if earlier is None:
            session.add(_new(visit, attendee, facts, now=now))
        elif _told(earlier) != (False, visit.starts_at, visit.ends_at, facts):
            if earlier.is_cancelled or (earlier.starts_at, earlier.ends_at) != (visit.starts_at, visit.ends_at):
                # Another time is another question.
                earlier.answer, earlier.answered_at, earlier.answer_stamp = InvitationAnswer.NEEDS_ACTION, None, None
            earlier.is_cancelled, earlier.facts = False, facts
            earlier.starts_at, earlier.ends_at = visit.starts_at, visit.ends_at
            _renew(earlier, now)
    for invitation in known.values():
        if invitation.sent_sequence is None:
            session.delete(invitation)
        elif not invitation.is_cancelled:
            invitation.is_cancelled = True
            _renew(invitation, now)
    session.flush()


def _told(invitation: Invitation) -> tuple[bool, datetime, datetime, dict[str, Any]]:
    return invitation.is_cancelled, invitation.starts_at, invitation.ends_at, invitation.facts


def _new(visit: Visit, attendee: str, facts: dict[str, Any], *, now: datetime) -> Invitation:
    return Invitation(
        district_code=visit.district_code,
        uid=visit.uid,
        site_id=visit.site_id,
        attendee=attendee,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        facts=facts,
        changed_at=now,
        next_try_at=now,
    )


def _renew(invitation: Invitation, now: datetime) -> None:
    # What was never sent is still the first version.
    invitation.sequence += invitation.sent_sequence is not None
    invitation.changed_at = invitation.next_try_at = now
    invitation.failures, invitation.trouble = 0, None


def message_of(invitation: Invitation, organizer: Party) -> Mail:
    """The message that says what the invitation does now."""
    facts, is_cancelled = invitation.facts, invitation.is_cancelled
    zone = ZoneInfo(facts["time_zone"])
    starts_at, ends_at = invitation.starts_at.astimezone(zone), invitation.ends_at.astimezone(zone)
    hours = f"{starts_at:%H:%M}-{ends_at:%H:%M} {starts_at:%Z}"
    place = f"{facts['site']}, {facts['area']}"
    on = f"{date_id(starts_at.date())}, {hours}"
    title = f"Jemput Bola di {facts['site']}"
    text = "\n".join(
        (
            f"Kunjungan {facts['team']} dibatalkan." if is_cancelled else f"{facts['team']} akan berkunjung.",
            f"Waktu: {on}",
            f"Tempat: {place}",
            "" if is_cancelled else "Mohon jawab undangan ini: terima, tolak, atau belum pasti.\n",
            f"The visit of {facts['team']} is called off." if is_cancelled else f"{facts['team']} will visit you.",
            f"When: {date_en(starts_at.date())}, {hours}",
            f"Where: {place}",
            "" if is_cancelled else "Please answer this invitation: accept, decline, or tentative.",
        )
    ).strip()
    entry = CalendarEntry(
        uid=f"{invitation.uid}@jemput-bola",
        sequence=invitation.sequence,
        changed_at=invitation.changed_at,
        starts_at=invitation.starts_at,
        ends_at=invitation.ends_at,
        summary=f"BATAL: {title}" if is_cancelled else title,
        status=EntryStatus.CANCELLED if is_cancelled else EntryStatus.CONFIRMED,
        description=text,
        location=place,
        latitude_longitude=(facts["place"][0], facts["place"][1]),
    )
    attendee = Party(email=invitation.attendee, name=facts["contact"])
    return Mail(
        name=f"{starts_at:%Y%m%d}-{invitation.uid}-{invitation.id}-{invitation.sequence}",
        recipient=attendee,
        subject=f"{'Batal' if is_cancelled else 'Undangan'}: {title}, {on}",
        text=text,
        calendar=write_invitation(
            entry, facts["time_zone"], organizer=organizer, attendee=attendee, is_cancelled=is_cancelled
        ),
        method="CANCEL" if is_cancelled else "REQUEST",
    )


def send_due(engine: Engine, now: datetime, *, messenger: Messenger) -> int:
    """Send the invitations whose time has come; how many were sent.

    One worker at a time. After a crash in the middle of one that one may go out twice, as the very same message."""
    sessions = sessionmaker(engine, expire_on_commit=False)
    sent = 0
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(select(func.pg_try_advisory_lock(func.hashtext(_LOCK)))):
            return 0
        try:
            for _ in range(_PER_ROUND):
                with sessions.begin() as session:
                    invitation = session.scalar(_unsent(now).with_for_update())
                    if invitation is None:
                        break
                    invitation.next_try_at = now + _LEASE
                    if invitation.sent_sequence is None:
                        invitation.sent_sequence = PERHAPS_SENT
                trouble, sent_to = None, None
                try:
                    sent_to = messenger.send(message_of(invitation, messenger.organizer))
                except MailRefused:
                    trouble = REFUSED
                except MailUnreachable:
                    trouble = UNREACHABLE
                with sessions.begin() as session:
                    _note_sent(session, invitation, sent_to, trouble=trouble, now=now, messenger=messenger)
                if trouble == UNREACHABLE:
                    log.warning("mail server not reached", invitation_id=invitation.id)
                    break
                sent += trouble is None
        finally:
            connection.scalar(select(func.pg_advisory_unlock(func.hashtext(_LOCK))))
    return sent


def _unsent(now: datetime) -> Any:
    return (
        select(Invitation)
        .where(Invitation.sequence.is_distinct_from(Invitation.sent_sequence), Invitation.next_try_at <= now)
        .order_by(Invitation.next_try_at, Invitation.id)
        .limit(1)
    )


def _note_sent(
    session: Session,
    sent: Invitation,
    sent_to: str | None,
    *,
    trouble: str | None,
    now: datetime,
    messenger: Messenger,
) -> None:
    invitation = session.get(Invitation, sent.id, with_for_update=True)
    if invitation is None:
        return
    if trouble is not None:
        invitation.failures += 1
        invitation.trouble = trouble
        wait: timedelta = min(_LAST_RETRY, _FIRST_RETRY * 2 ** min(invitation.failures - 1, 16))
        invitation.next_try_at = now + wait * (0.75 + messenger.random() / 2)
        return
    invitation.sent_sequence, invitation.sent_to, invitation.sent_at = sent.sequence, sent_to, now
    invitation.failures, invitation.trouble = 0, None
    if not sent.is_cancelled:
        session.execute(
            update(Site)
            .where(Site.id == sent.site_id, Site.readiness == Readiness.UNKNOWN.value)
            .values(readiness=Readiness.ASKED.value, version=Site.version + 1)
        )
