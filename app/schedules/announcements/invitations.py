"""Invites a site's contact to its visits: notes what is to be told, and sends it. The contact hears of a visit once,
and again only when what was told changes, or when it is called off."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session, sessionmaker

from app.access.service import WORKER
from app.calendars.ics import CalendarEntry, EntryStatus
from app.calendars.itip import Party, write_invitation
from app.calendars.mail import BY_MAIL, Mail, MailRefused, MailUnreachable, Send
from app.calendars.rounds import REST_AFTER_DEATH, Fault, alone, attempt, wait_after
from app.districts.models import Area, District
from app.errors import NotFound
from app.languages import said
from app.schedules.models import Invitation, InvitationAnswer, Visit
from app.sites.models import Readiness, ReadinessCause, Site
from app.sites.preparations import VisitStage, staged_name
from app.sites.readiness_history import note_steps
from app.sites.session_places import PLACE, held, is_held_at
from app.teams.models import Team
from app.words import date_en, date_id, hours_between, in_both

log = structlog.get_logger(__name__)

_PER_ROUND = 200
_SURE_OF_THE_SERVER = 2
"""Messages in a row that find no server after which it is the server, not the message."""
_FIRST_RETRY = timedelta(minutes=1)
_LOCK = "jemput invitations"
REFUSED, UNREACHABLE, BROKEN = "refused", "unreachable", "broken"
PERHAPS_SENT = -1
"""As `sent_sequence`: a first message has been on its way, so what changes from now on is another version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingContext:
    """What sending needs: the way, the name it is sent in, and chance."""

    send: Send
    organizer: Party
    random: Callable[[], float]
    """From 0 to 1; spreads retries."""


class SiteName(NamedTuple):
    code: str
    name: str


def list_invitations(
    session: Session, district_code: str, *, after_id: int, limit: int
) -> Sequence[tuple[Invitation, SiteName]]:
    """The invitations of a district by id, each with its site."""
    rows = session.execute(
        select(Invitation, Site.code, Site.name)
        .join(Site, Site.id == Invitation.site_id)
        .where(Invitation.district_code == district_code, Invitation.id > after_id)
        .order_by(Invitation.id)
        .limit(limit)
    )
    return [(invitation, SiteName(code, name)) for invitation, code, name in rows]


def get_invitation(session: Session, district_code: str, invitation_id: int) -> Invitation:
    """The invitation of an id, of this district; raises `NotFound`."""
    invitation = session.get(Invitation, invitation_id)
    if invitation is None or invitation.district_code != district_code:
        raise NotFound(
            said(
                "District {district!r} has no invitation {invitation}; GET …/invitations lists them.",
                "Daerah {district!r} tidak punya undangan {invitation}; GET …/invitations menampilkan daftarnya.",
                district=district_code,
                invitation=invitation_id,
            )
        )
    return invitation


def invite(session: Session, district_code: str, *, now: datetime) -> None:
    """Make the stored invitations say what is published, in the caller's transaction; visits that are over stay."""
    rows = session.execute(
        select(Visit, Site, Team.name, Area.name, District.name, District.time_zone, PLACE)
        .join(Site, Site.id == Visit.site_id)
        .outerjoin(PLACE, is_held_at(Visit.date))
        .join(Area, Area.code == held("area_code"))
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
    for visit, site, team_name, area_name, district_name, time_zone, place in rows:
        held_at = site if place is None else place
        facts = {
            "site": site.name,
            "area": area_name,
            "team": team_name,
            "district": district_name,
            "contact": site.contact_name,
            "time_zone": time_zone,
            "place": [held_at.lat, held_at.lon],
        }
        if place is not None:
            facts["session_at"] = place.name
        if visit.stage is not None:
            facts["stage"] = visit.stage
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
    invitation.failures, invitation.trouble, invitation.trouble_about = 0, None, None


def is_current(invitation: Invitation) -> bool:
    """Whether the latest version went out: by mail, or as a file."""
    return invitation.sent_sequence == invitation.sequence


_ABOUT_STAGE = {
    VisitStage.PREPARATION: in_both(
        "Kunjungan ini persiapan: daftar, cek data, pasang aplikasi, foto. Aktivasi pada kunjungan berikutnya.",
        "This visit prepares: register, check data, install the app, photograph. People are activated at a later one.",
    ),
    VisitStage.FOLLOW_UP: in_both(
        "Kunjungan ini mengaktivasi warga yang sudah disiapkan.",
        "This visit activates those who are prepared.",
    ),
}


def message_of(invitation: Invitation, organizer: Party) -> Mail:
    """The message that says what the invitation does now."""
    facts, is_cancelled = invitation.facts, invitation.is_cancelled
    zone = ZoneInfo(facts["time_zone"])
    starts_at, ends_at = invitation.starts_at.astimezone(zone), invitation.ends_at.astimezone(zone)
    hours = in_both("{hours} {zone}", "{hours} {zone}", hours=hours_between(starts_at, ends_at), zone=f"{starts_at:%Z}")
    place = f"{facts.get('session_at') or facts['site']}, {facts['area']}"
    on = f"{date_id(starts_at.date())}, {hours['id']}"
    title = (
        f"Jemput Bola untuk {facts['site']}, di {facts['session_at']}"
        if "session_at" in facts
        else f"Jemput Bola di {facts['site']}"
    )
    stage = facts.get("stage")
    title = staged_name({"id": title, "en": title}, stage)["id"]
    about = None if stage is None or is_cancelled else _ABOUT_STAGE[VisitStage(stage)]
    text = "\n".join(
        (
            f"Kunjungan {facts['team']} dibatalkan." if is_cancelled else f"{facts['team']} akan berkunjung.",
            f"Waktu: {on}",
            f"Tempat: {place}",
            *([] if about is None else [about["id"]]),
            "" if is_cancelled else "Mohon jawab undangan ini: terima, tolak, atau belum pasti.\n",
            f"The visit of {facts['team']} is called off." if is_cancelled else f"{facts['team']} will visit you.",
            f"When: {date_en(starts_at.date())}, {hours['en']}",
            f"Where: {place}",
            *([] if about is None else [about["en"]]),
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


def send_due(engine: Engine, now: datetime, *, context: SendingContext) -> int:
    """Send the invitations whose time has come; how many were sent.

    One worker at a time. After a crash in the middle of one that one may go out twice, as the very same message. One
    that fails is set aside with its trouble; two in a row that find no server end the round."""
    sessions = sessionmaker(engine, expire_on_commit=False)
    sent = unreachable = 0
    with alone(engine, _LOCK) as is_alone:
        while is_alone and sent < _PER_ROUND and unreachable < _SURE_OF_THE_SERVER:
            with sessions.begin() as session:
                invitation = _begin(session, now)
            if invitation is None:
                break
            attempted = _attempted(invitation, context)
            note = partial(_note, sessions, invitation, now=now, context=context)
            noted = attempt(partial(note, attempted))
            if isinstance(noted, Fault):
                note(_set_aside(invitation, noted))
            sent += attempted.trouble is None
            unreachable = unreachable + 1 if attempted.trouble == UNREACHABLE else 0
    if unreachable:
        log.warning("mail server not reached")
    return sent


def _begin(session: Session, now: datetime) -> Invitation | None:
    """The next invitation, noted as on its way."""
    invitation = session.scalar(
        select(Invitation)
        .where(Invitation.sequence.is_distinct_from(Invitation.sent_sequence), Invitation.next_try_at <= now)
        .order_by(Invitation.next_try_at, Invitation.id)
        .limit(1)
        .with_for_update()
    )
    if invitation is not None:
        invitation.next_try_at = now + REST_AFTER_DEATH
        if invitation.sent_sequence is None:
            invitation.sent_sequence = PERHAPS_SENT
    return invitation


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """What came of sending one message."""

    sent_to: str | None = None
    trouble: str | None = None
    about: str | None = None


def _attempted(invitation: Invitation, context: SendingContext) -> _Attempt:
    def send() -> str:
        return context.send(message_of(invitation, context.organizer))

    try:
        sent_to = attempt(send, passing=(MailRefused, MailUnreachable))
    except MailRefused:
        return _Attempt(trouble=REFUSED)
    except MailUnreachable:
        return _Attempt(trouble=UNREACHABLE)
    return _set_aside(invitation, sent_to) if isinstance(sent_to, Fault) else _Attempt(sent_to=sent_to)


def _set_aside(invitation: Invitation, fault: Fault) -> _Attempt:
    log.error("invitation set aside", invitation_id=invitation.id, fault=str(fault), stack=fault.stack)
    return _Attempt(trouble=BROKEN, about=str(fault))


def _note(
    sessions: sessionmaker[Session], sent: Invitation, attempted: _Attempt, *, now: datetime, context: SendingContext
) -> None:
    with sessions.begin() as session:
        _note_sent(session, sent, attempted, now=now, context=context)


def _note_sent(
    session: Session, sent: Invitation, attempted: _Attempt, *, now: datetime, context: SendingContext
) -> None:
    invitation = session.get(Invitation, sent.id, with_for_update=True)
    if invitation is None:
        return
    if attempted.trouble is not None:
        invitation.failures += 1
        invitation.trouble, invitation.trouble_about = attempted.trouble, attempted.about
        invitation.next_try_at = now + wait_after(invitation.failures, first=_FIRST_RETRY, random=context.random)
        return
    invitation.sent_sequence, invitation.sent_to, invitation.sent_at = sent.sequence, attempted.sent_to, now
    invitation.failures, invitation.trouble, invitation.trouble_about = 0, None, None
    # A file that nobody has sent yet asks nobody.
    if not sent.is_cancelled and attempted.sent_to == BY_MAIL:
        site_ids = session.scalars(
            update(Site)
            .where(Site.id == sent.site_id, Site.readiness == Readiness.UNKNOWN.value)
            .values(readiness=Readiness.ASKED.value, version=Site.version + 1)
            .returning(Site.id)
        )
        steps = [(site_id, (Readiness.ASKED.value, None, None)) for site_id in site_ids]
        note_steps(session, sent.district_code, steps, cause=ReadinessCause.INVITED, actor=WORKER, now=now)
