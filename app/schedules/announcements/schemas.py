"""What the API shows of announcing: conflicts, invitations and their answers, and what was set aside."""

from datetime import datetime
from uuid import UUID

from app.calendars.models import OutboxConflict, Scope
from app.payloads import Outgoing
from app.schedules.announcements.replies import ReplyFate
from app.schedules.announcements.troubles import Unit
from app.schedules.models import InvitationAnswer
from app.sites.models import Readiness
from app.words import Text


class VisitRef(Outgoing):
    id: int
    schedule_id: int
    team: str
    site: str
    site_name: str
    starts_at: datetime
    ends_at: datetime
    pinned: bool


class EventRef(Outgoing):
    id: int
    calendar_id: int
    calendar_name: str
    scope: Scope
    starts_at: datetime
    ends_at: datetime
    all_day: bool
    tentative: bool
    summary: str | None
    """Null for private events, and for readers from outside the district."""
    since: datetime
    """Since when both, the published visit and this event, stand against each other."""


class EditRef(Outgoing):
    """What somebody did with our entry in a calendar that we write to."""

    calendar_id: int
    calendar_name: str
    conflict: OutboxConflict
    since: datetime
    summary: str | None
    """As it stands there now, like the times; null where it was removed, and for readers from outside the district."""
    starts_at: str | None
    ends_at: str | None


class CauseOut(Outgoing):
    """One reason why a visit cannot be as it is, and the way out."""

    code: str
    message: Text
    way_out: Text


class ConflictOut(Outgoing):
    """A published visit that something speaks against; over when either goes away."""

    visit: VisitRef
    causes: list[CauseOut]
    """Leave, readiness, closures, hours, ways, signal, calendars; empty if only our entry was changed."""
    events: list[EventRef]
    edits: list[EditRef]
    """Decided with POST …/calendars/{id}/conflicts/{uid}."""
    since: datetime | None
    """Of the events and edits; null for changes of sites, teams and the district."""
    message: Text


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
