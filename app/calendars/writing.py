"""Brings one entry of ours up to date on one server. Every writing has a condition, so a crash or a duplicated request
does no harm and nobody's change is written over; knows requests, not the outbox."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.calendars.caldav import CaldavClient, ChangedElsewhere, Resource
from app.calendars.models import CalendarSource, OutboxConflict
from app.calendars.own_entries import digest_of
from app.calendars.rounds import Fault, apart, attempt
from app.calendars.servers import Desk
from app.calendars.troubles import CalendarTrouble, Trouble

TAKEN_AWAY = "taken away"
"""Among digests: we may have deleted the entry ourselves."""
_SURE_AFTER = 2
"""Failures of one entry after which its UID is believed to live under another name."""
_ONE_ENTRYS_FAULT = frozenset({Trouble.NOT_A_CALENDAR, Trouble.TOO_LARGE})
"""What a server says of an entry it does not want, while it may want others."""
_SURE_OF_THE_SERVER = 3
"""Entries in a row that a server failed on after which it is the server that fails, though it still says its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """An entry as it should stand in a calendar."""

    sequence: int
    content: bytes
    is_cancelled: bool
    ends_at: datetime


Render = Callable[[Session, CalendarSource, Collection[UUID]], Mapping[UUID, Rendered]]
"""The entries of these UIDs as a calendar should show them; one that is missing should not be there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingContext:
    """What delivering needs: the way to the servers, and the words."""

    desk: Desk
    render: Render


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One entry to bring up to date."""

    uid: UUID
    rendered: Rendered | None
    """None: to be taken away."""
    digest: str | None
    etag: str | None
    digests: frozenset[str]
    """Of what we may have written before."""
    is_confirmed: bool
    """Whether the server ever said that it has the entry."""
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a job."""

    uid: UUID
    sequence: int | None = None
    etag: str | None = None
    digests: tuple[str, ...] = ()
    was_never_seen: bool = False
    """A visit was called off before the calendar saw it, so nothing stands there and nothing is written."""
    conflict: OutboxConflict | None = None
    their: Resource | None = None
    trouble: Trouble | None = None
    about: str | None = None


def rendered_apart(
    session: Session, source: CalendarSource, uids: Sequence[UUID], *, render: Render
) -> dict[UUID, Rendered | Fault]:
    """The entries of these UIDs; in place of one that cannot be rendered, what went wrong with it."""
    if not uids:
        return {}
    rendered = apart(session, lambda: render(session, source, uids))
    if not isinstance(rendered, Fault):
        return dict(rendered)
    if len(uids) == 1:
        return {uids[0]: rendered}
    middle = len(uids) // 2
    parts = [rendered_apart(session, source, part, render=render) for part in (uids[:middle], uids[middle:])]
    return parts[0] | parts[1]


def carry_out(client: CaldavClient, jobs: Sequence[Job], outcomes: list[Outcome]) -> None:
    """Do the jobs, adding to `outcomes` as they are done. A job that fails leaves the others their turn; raises
    `CalendarTrouble` when it is the server that fails."""
    in_a_row = 0
    for job in jobs:
        try:
            outcomes.append(_tried(client, job))
        except CalendarTrouble as trouble:
            in_a_row += 1
            if in_a_row == _SURE_OF_THE_SERVER or trouble.retry_after_seconds is not None:
                raise
            # A server that still says its name may have stumbled over this one entry: the next one tells.
            client.collection()
            outcomes.append(Outcome(uid=job.uid, trouble=trouble.code, about=trouble.about))
        else:
            in_a_row = 0


def _tried(client: CaldavClient, job: Job) -> Outcome:
    """What came of one job; raises `CalendarTrouble` when it may be the server's fault."""

    def act() -> Outcome:
        return _taken_away(client, job) if job.rendered is None else _written(client, job, job.rendered)

    try:
        outcome = attempt(act, passing=(ChangedElsewhere, CalendarTrouble))
    except ChangedElsewhere:
        # Between our look and our writing somebody wrote; the next look tells what.
        return Outcome(uid=job.uid, trouble=Trouble.SERVER_FAILED)
    except CalendarTrouble as trouble:
        if trouble.code not in _ONE_ENTRYS_FAULT:
            raise
        return Outcome(uid=job.uid, trouble=trouble.code)
    if isinstance(outcome, Fault):
        return Outcome(uid=job.uid, trouble=Trouble.BROKEN, about=str(outcome))
    return outcome


def _written(client: CaldavClient, job: Job, rendered: Rendered) -> Outcome:
    """Write an entry as new, or over what we wrote; raises `ChangedElsewhere` when two tries met a third party."""
    path = client.path_of(f"{job.uid}.ics")
    assert job.digest is not None
    is_news = not (rendered.is_cancelled and not job.is_confirmed)
    never_seen = Outcome(
        uid=job.uid, sequence=rendered.sequence, digests=tuple(job.digests), was_never_seen=not is_news
    )
    if not job.digests and not is_news:
        return never_seen
    if job.is_confirmed and job.etag is not None and job.digests == {job.digest}:
        # What changed is not shown in this calendar: nobody there need hear of it.
        return Outcome(uid=job.uid, sequence=rendered.sequence, etag=job.etag, digests=(job.digest,))
    if not job.digests or (job.is_confirmed and job.etag is not None):
        with suppress(ChangedElsewhere):
            return _put(client, job, rendered, over=job.etag)
    their = client.get(path)
    if their is None:
        if not is_news:
            return never_seen
        if job.is_confirmed and TAKEN_AWAY not in job.digests:
            # Who took away what is now called off is only tidier than we are.
            conflict = None if rendered.is_cancelled else OutboxConflict.DELETED
            return Outcome(uid=job.uid, sequence=rendered.sequence, conflict=conflict)
        return _put_anew(client, job, rendered)
    standing = digest_of(their.content)
    if standing == job.digest:
        return Outcome(uid=job.uid, sequence=rendered.sequence, etag=their.etag, digests=(standing,))
    if standing in job.digests:
        return _put(client, job, rendered, over=their.etag)
    return Outcome(uid=job.uid, sequence=rendered.sequence, conflict=OutboxConflict.EDITED, their=their)


def _put_anew(client: CaldavClient, job: Job, rendered: Rendered) -> Outcome:
    try:
        return _put(client, job, rendered, over=None)
    except ChangedElsewhere:
        if job.failures < _SURE_AFTER:
            # Not there, yet not to be written: that may also be our own request, still on its way.
            raise
        return Outcome(uid=job.uid, sequence=rendered.sequence, conflict=OutboxConflict.MOVED)


def _put(client: CaldavClient, job: Job, rendered: Rendered, *, over: str | None) -> Outcome:
    path = client.path_of(f"{job.uid}.ics")
    etag = client.put(path, rendered.content, etag=over)
    assert job.digest is not None
    digests = [job.digest]
    if etag is None:
        # A server that says none has stored something else than it was given (RFC 4791, 5.3.4); that is ours too.
        stored = client.get(path)
        if stored is not None:
            etag = stored.etag or None
            digests.append(digest_of(stored.content))
    return Outcome(uid=job.uid, sequence=rendered.sequence, etag=etag, digests=tuple(dict.fromkeys(digests)))


def _taken_away(client: CaldavClient, job: Job) -> Outcome:
    """Delete an entry that should not stand there any more, unless somebody made it theirs.

    What we may have written is remembered, as it may come late."""
    absent = Outcome(uid=job.uid, digests=tuple(job.digests))
    if not job.digests:
        return absent
    path = client.path_of(f"{job.uid}.ics")
    if job.is_confirmed and job.etag is not None:
        with suppress(ChangedElsewhere):
            client.delete(path, etag=job.etag)
            return absent
    their = client.get(path)
    if their is not None and digest_of(their.content) not in job.digests:
        return Outcome(uid=job.uid, conflict=OutboxConflict.EDITED, their=their)
    if their is not None:
        client.delete(path, etag=their.etag)
    return absent
