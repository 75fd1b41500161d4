"""What others do with our entries in their calendars is seen, told, and not written over."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.calendars import checking, deliveries
from app.calendars.caldav import CaldavClient, Resource
from app.calendars.deliveries import Keep
from app.calendars.ics import EntryStatus, write_object
from app.calendars.models import OutboxConflict, OutboxEntry
from app.calendars.outbox import deliver_due
from app.calendars.troubles import Trouble
from tests.app.calendars.office import (
    LATER,
    Killed,
    Office,
    by_uid,
    die_at,
    edit,
    entry,
    standing,
)
from tests.app.calendars.office import office as office
from tests.app.calendars.real_servers import RealServer
from tests.app.conftest import NOW


def test_request_that_comes_after_the_visit_was_taken_away_brings_nothing_back(
    office: Office, server: RealServer
) -> None:
    remote = server.new_calendar()
    office.connect(remote)
    late, copied, again = uuid4(), uuid4(), uuid4()
    for uid in (late, copied, again):
        office.want(uid, entry(uid))
    office.deliver()
    was_there = {uid: remote.get(str(uid)) for uid in (late, copied, again)}
    for uid in (late, copied, again):
        office.want(uid, None)
    office.deliver(NOW + timedelta(minutes=1))
    assert (office.pending(), standing(remote)) == (0, [])

    for uid, content in was_there.items():
        remote.put(str(uid), content.replace(b"Dinas 0", b"Rapat kami") if uid == copied else content)
    office.want(again, entry(again, sequence=1))
    office.deliver(LATER)
    assert [one.summary for one in standing(remote) if one.uid != office.wanted[again].uid] == [
        "Tim 1: Rapat kami; bagian umum"
    ]
    assert (office.conflicts(), office.pending(), len(standing(remote))) == ([], 0, 2)

    office.deliver(NOW + timedelta(days=2))
    with office.sessions() as session:
        assert session.scalars(select(OutboxEntry.uid)).all() == [again]


def test_somebodys_edit_is_reported_and_not_written_over(office: Office, server: RealServer) -> None:
    remote = server.new_calendar()
    office.connect(remote)
    uid = uuid4()
    office.want(uid, entry(uid))
    office.deliver()
    edit(remote, uid, "T080000", "T093000")
    edited = standing(remote)

    office.change(uid, summary="Tim 1: Dinas Lain")
    office.deliver(LATER)

    found = office.entry(uid)
    assert (found.conflict, found.conflict_since) == (OutboxConflict.EDITED, LATER)
    assert found.theirs is not None
    assert found.theirs["starts_at"] == "2023-11-14T09:30:00+07:00"
    assert found.theirs["summary"] == "Tim 1: Dinas 0; bagian umum"
    assert standing(remote) == edited
    office.deliver(LATER + timedelta(hours=1))
    assert standing(remote) == edited

    office.resolve(uid, Keep.OURS)
    office.deliver(LATER + timedelta(hours=2))
    assert standing(remote) == [office.wanted[uid]]
    assert (office.entry(uid).conflict, office.pending()) == (None, 0)


def test_edit_is_noticed_without_a_change_of_ours_and_forgotten_when_it_is_undone(
    office: Office, server: RealServer
) -> None:
    remote = server.new_calendar()
    office.connect(remote)
    uids = [uuid4() for _ in range(3)]
    for number, uid in enumerate(uids):
        office.want(uid, entry(uid, number))
    office.deliver()
    edit(remote, uids[0], "bagian umum", "aula")
    remote.delete(str(uids[1]))

    office.deliver(NOW + timedelta(minutes=5))
    assert [office.entry(uid).conflict for uid in uids] == [None, None, None]
    office.deliver(LATER)
    assert [office.entry(uid).conflict for uid in uids] == [OutboxConflict.EDITED, OutboxConflict.DELETED, None]

    edit(remote, uids[0], "aula", "bagian umum")
    office.deliver(LATER + timedelta(hours=1))
    assert [office.entry(uid).conflict for uid in uids] == [None, OutboxConflict.DELETED, None]
    office.resolve(uids[1], Keep.OURS)
    office.deliver(LATER + timedelta(hours=2))
    assert standing(remote) == by_uid(office.wanted.values())


def test_their_version_stays_once_the_planner_accepts_it_until_ours_changes(office: Office, server: RealServer) -> None:
    remote = server.new_calendar()
    office.connect(remote)
    edited, deleted = uuid4(), uuid4()
    for number, uid in enumerate((edited, deleted)):
        office.want(uid, entry(uid, number))
    office.deliver()
    edit(remote, edited, "bagian umum", "aula")
    remote.delete(str(deleted))
    office.deliver(LATER)
    for uid in (edited, deleted):
        office.resolve(uid, Keep.THEIRS)

    office.deliver(LATER + timedelta(hours=1))
    assert [office.entry(uid).conflict for uid in (edited, deleted)] == [None, None]
    [left] = standing(remote)
    assert left.summary == "Tim 1: Dinas 0; aula"

    for uid in (edited, deleted):
        office.change(uid, location="Tempat lain")
    office.deliver(LATER + timedelta(hours=2))
    assert [office.entry(uid).conflict for uid in (edited, deleted)] == [OutboxConflict.EDITED, OutboxConflict.DELETED]
    assert standing(remote) == [left]


def test_request_that_comes_after_its_visit_was_called_off_is_taken_away_again(
    office: Office, radicale: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = radicale.new_calendar()
    office.connect(remote)
    uid = uuid4()
    office.want(uid, entry(uid))
    with monkeypatch.context() as patched:
        die_at(patched, request=1, is_carried_out=False)
        with pytest.raises(Killed):
            office.deliver()
    sent = write_object(office.wanted[uid], "Asia/Jakarta")
    office.change(uid, status=EntryStatus.CANCELLED)
    office.deliver(NOW + timedelta(minutes=1))
    remote.put(str(uid), sent)
    office.check_again()
    office.deliver(LATER)
    assert (standing(remote), office.conflicts()) == ([], [])


def delivered(office: Office) -> int:
    with office.sessions() as session:
        return deliveries.states_of(session, [office.source_id])[office.source_id].delivered


def test_what_somebody_removes_or_renames_is_seen_by_the_workers_own_round(office: Office, server: RealServer) -> None:
    remote = server.new_calendar()
    office.connect(remote)
    uids = [uuid4() for _ in range(4)]
    for number, uid in enumerate(uids):
        office.want(uid, entry(uid, number))
    deliver_due(office.engine, NOW, context=office.context())
    edit(remote, uids[0], "bagian umum", "aula")
    remote.delete(str(uids[1]))
    moved = remote.get(str(uids[2]))
    remote.delete(str(uids[2]))
    remote.put("nama-lain", moved)

    assert deliver_due(office.engine, LATER, context=office.context()) == 1

    assert [office.entry(uid).conflict for uid in uids] == ["edited", "deleted", "moved", None]
    assert delivered(office) == 3
    theirs = office.entry(uids[2]).theirs
    assert theirs is not None
    assert theirs["summary"] == "Tim 1: Dinas 2; bagian umum"
    office.deliver(LATER + timedelta(hours=1))
    assert [office.entry(uid).conflict for uid in uids] == ["edited", "deleted", "moved", None]


def test_entry_under_another_name_stays_once_the_planner_accepts_it_or_is_replaced(
    office: Office, server: RealServer
) -> None:
    remote = server.new_calendar()
    office.connect(remote)
    kept, replaced = uuid4(), uuid4()
    for number, uid in enumerate((kept, replaced)):
        office.want(uid, entry(uid, number))
    office.deliver()
    for uid in (kept, replaced):
        content = remote.get(str(uid))
        remote.delete(str(uid))
        remote.put(f"lain-{uid}", content)
    office.deliver(LATER)
    office.resolve(kept, Keep.THEIRS)
    office.resolve(replaced, Keep.OURS)
    remote.delete(f"lain-{replaced}")
    for hours in (1, 2):
        office.deliver(LATER + timedelta(hours=hours))
        assert (office.conflicts(), office.pending(), len(standing(remote))) == ([], 0, 2)
    assert remote.get(str(replaced))


def test_called_off_entry_that_somebody_tidied_away_is_no_conflict_and_counts_no_more(
    office: Office, radicale: RealServer
) -> None:
    remote = radicale.new_calendar()
    office.connect(remote)
    uids = [uuid4() for _ in range(2)]
    for number, uid in enumerate(uids):
        office.want(uid, entry(uid, number))
    office.deliver()
    office.change(uids[0], status=EntryStatus.CANCELLED)
    office.deliver(NOW + timedelta(minutes=1))
    assert delivered(office) == 2
    remote.delete(str(uids[0]))
    office.deliver(LATER)
    assert (delivered(office), office.conflicts(), office.pending()) == (1, [], 0)


def test_theirs_with_a_nul_in_it_is_reported_all_the_same(
    office: Office, radicale: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database holds no NUL; another program's entry may."""
    remote = radicale.new_calendar()
    office.connect(remote)
    uid = uuid4()
    office.want(uid, entry(uid))
    office.deliver()
    content = remote.get(str(uid)).replace(b"bagian umum", b"bagian\0 umum")
    edit(remote, uid, "bagian umum", "aula")

    def with_nul(self: CaldavClient, paths: list[str]) -> Any:
        return {path: Resource(path=path, etag='"9"', content=content) for path in paths}, frozenset()

    monkeypatch.setattr(CaldavClient, "fetch", with_nul)
    office.deliver(LATER)
    theirs = office.entry(uid).theirs
    assert theirs is not None
    assert theirs["summary"] == "Tim 1: Dinas 0; bagian umum"
    assert office.conflicts() == [(uid, OutboxConflict.EDITED)]


def test_look_that_cannot_be_noted_for_one_entry_is_noted_for_the_others(
    office: Office, radicale: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = radicale.new_calendar()
    office.connect(remote)
    uids = [uuid4() for _ in range(3)]
    for number, uid in enumerate(uids):
        office.want(uid, entry(uid, number))
    office.deliver()
    for uid in uids:
        edit(remote, uid, "bagian umum", "aula")
    original = checking.note_conflict

    def notes(stored: OutboxEntry, *arguments: Any, **named: Any) -> None:
        if stored.uid == uids[1]:
            raise ValueError
        original(stored, *arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(checking, "note_conflict", notes)
        assert office.deliver(LATER).trouble is None
    assert {uid for uid, _ in office.conflicts()} == {uids[0], uids[2]}
    assert office.entry(uids[1]).trouble == Trouble.BROKEN
    office.deliver(LATER + timedelta(hours=1))
    assert (len(office.conflicts()), office.entry(uids[1]).trouble) == (3, None)
