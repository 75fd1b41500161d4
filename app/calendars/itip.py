"""Invitations as messages between calendars (iTIP, RFC 5546): written as REQUEST and CANCEL, read as REPLY; pure."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from app.calendars.ics import CalendarEntry, NotACalendar, write_object
from app.calendars.own_entries import event_lines
from app.languages import said
from app.settings import PLAIN_ADDRESS

_MOMENT = re.compile(r"\d{8}T\d{6}Z")
_METHOD = re.compile(rb"^METHOD(?:;[^:\r\n]*)?:[ \t]*([A-Za-z]+)[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)
_PARTSTAT = re.compile(r";PARTSTAT=\"?([A-Za-z-]+)", re.IGNORECASE)
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"]')


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Somebody with a calendar."""

    email: str
    name: str | None = None

    def __post_init__(self) -> None:
        if re.fullmatch(PLAIN_ADDRESS, self.email) is None:
            raise ValueError("This is no plain e-mail address.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One attendee's answer to one version of an invitation."""

    uid: str
    attendee: str
    """E-mail address, lower case."""
    sequence: int
    partstat: str
    """Lower case: accepted, declined, tentative, or something we have no use for."""
    stamp: datetime | None
    """DTSTAMP; of two replies to the same version the later one counts (RFC 5546, 2.1.5)."""


def write_invitation(
    entry: CalendarEntry, time_zone: str, *, organizer: Party, attendee: Party, is_cancelled: bool
) -> bytes:
    """The message that invites (METHOD:REQUEST), or calls off (METHOD:CANCEL)."""
    wishes = "" if is_cancelled else ";PARTSTAT=NEEDS-ACTION;RSVP=TRUE"
    return write_object(
        entry,
        time_zone,
        method="CANCEL" if is_cancelled else "REQUEST",
        parties=(
            f"ORGANIZER{_common_name(organizer)}:mailto:{organizer.email}",
            f"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT{wishes}{_common_name(attendee)}:mailto:{attendee.email}",
        ),
    )


def read_replies(content: bytes) -> tuple[Reply, ...]:
    """The answers in a message; raises `NotACalendar` unless it is a REPLY that names event and attendee."""
    method = _METHOD.search(content)
    if method is None or method[1].upper() != b"REPLY":
        raise NotACalendar(
            said(
                "This is no reply to an invitation: its METHOD is {method}, not REPLY.",
                "Ini bukan jawaban undangan: METHOD-nya {method}, bukan REPLY.",
                method=said("none", "tidak ada") if method is None else method[1].decode().upper(),
            )
        )
    replies = []
    event: dict[str, str] = {}
    attendees: list[tuple[str, str]] = []
    for name, parameters, value in event_lines(content):
        if name == "BEGIN" and value.upper() == "VEVENT":
            event, attendees = {}, []
        elif name == "ATTENDEE":
            match = _PARTSTAT.search(parameters)
            attendees.append((value.strip(), match[1].lower() if match else "needs-action"))
        elif name == "END" and value.upper() == "VEVENT":
            replies += [_reply(event, address, partstat) for address, partstat in attendees]
        else:
            event.setdefault(name, value.strip())
    if not replies:
        raise NotACalendar(
            said("This reply names no event with an attendee.", "Jawaban ini tidak menyebut acara dengan peserta.")
        )
    return tuple(replies)


def _reply(event: dict[str, str], address: str, partstat: str) -> Reply:
    uid, sequence, stamp = event.get("UID", ""), event.get("SEQUENCE", "0"), event.get("DTSTAMP", "")
    if not uid:
        raise NotACalendar(said("This reply has an event without a UID.", "Jawaban ini memuat acara tanpa UID."))
    is_moment = _MOMENT.fullmatch(stamp) is not None
    try:
        moment = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) if is_moment else None
    except ValueError:
        moment = None
    return Reply(
        uid=uid,
        attendee=address.lower().removeprefix("mailto:"),
        sequence=int(sequence) if sequence.isascii() and sequence.isdigit() and len(sequence) < 10 else 0,
        partstat=partstat,
        stamp=moment,
    )


def _common_name(party: Party) -> str:
    # A caret begins an escape in parameters (RFC 6868), and stands for itself when it is doubled.
    name = _UNSAFE.sub("", party.name or "").replace("^", "^^")
    return f';CN="{name}"' if name else ""
