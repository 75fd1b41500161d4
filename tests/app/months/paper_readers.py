"""Those who are told of weeks and of changes – letters, SPDs, feeds, calendars that we write to – say what the plan
states."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calendars.ics import CalendarEntry, EntryStatus, read_calendar
from app.calendars.models import CalendarSource, OutboxEntry
from app.letters.contents import Issue, letter_content
from app.letters.models import Staff
from app.letters.schemas import LetterheadIn
from app.letters.weeks import TeamWeek, monday_of, weeks_in_force
from app.schedules.announcements.entries import SHOW_CANCELLED
from app.schedules.trips.models import Night, Ride
from app.words import weekday_and_date
from tests.app.letters.conftest import letterhead_words
from tests.app.months.day_readers import BROUGHT, hours, name_of
from tests.app.months.stated import Stated, StatedTrip, StatedVisit, dates_between

KITS = {"satellite": "internet satelit", "biometric": "perekam biometrik", "card_printer": "pencetak kartu"}
WAYS = {"boat": "perahu", "plane": "pesawat", "road": "jalan", "foot": "jalan kaki"}
_WEEK = timedelta(days=6)


def check_letters(session: Session, stated: Stated, first: date, last: date) -> None:
    """Every visit and trip stands in one letter, that of the week in which the team leaves for it, and no other does;
    every person has one SPD for each time that the team leaves its base."""
    first, last = monday_of(first), monday_of(last) + _WEEK
    for document in {row.schedule.document for row in stated.visits}:
        weeks = weeks_in_force(session, stated.district, document, first=first, last=last)
        assert _weeks_of_plan(stated, document, first, last) == {
            (about.team.code, about.week): sorted(_row(row) for row in _content(about, document=document)["stops"])
            for about in weeks
        }
        for about in weeks:
            _check_outings(stated, about, document=document)


def _content(about: TeamWeek, *, document: str) -> dict[str, Any]:
    person = Staff(name="Petugas Contoh", status="non_asn", post="Operator", nip=None, rank=None)
    words = LetterheadIn.model_validate(letterhead_words()).model_dump(mode="json")
    return letter_content(words, about, [person], document=document, issue=Issue(), with_trips=True)


def _row(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(row.get(name) or "" for name in ("day", "hours", "site", "code", "brings", "together"))


def _weeks_of_plan(stated: Stated, document: str, first: date, last: date) -> dict[tuple[str, date], list[Any]]:
    rows: dict[tuple[str, date], list[Any]] = defaultdict(list)
    for row in stated.visits:
        whole = stated.day(row.team, row.visit.date).whole
        leaves = row.visit.date if whole is None else whole.trip.starts_on
        if row.schedule.document == document and first <= leaves <= last:
            rows[row.team.code, monday_of(leaves)].append(_letter_visit(row, stated))
    codes = {team.id: team.code for team in stated.teams}
    for whole in stated.trips:
        trip = whole.trip
        if stated.schedules[trip.schedule_id].document == document and first <= trip.starts_on <= last:
            key = codes[trip.team_id], monday_of(trip.starts_on)
            rows[key] += [_letter_night(night) for night in whole.nights]
            rows[key] += [_letter_ride(ride, stated) for ride in whole.rides]
    return {key: sorted(of_week) for key, of_week in rows.items()}


def _letter_visit(row: StatedVisit, stated: Stated) -> tuple[str, ...]:
    fellows = stated.fellows_of(row)
    documents = {name: people for name, people in row.expected.items() if people}
    is_more = any(name != row.schedule.document for name in documents)
    brings = [", ".join(f"{documents[name]} {BROUGHT[name]}" for name in documents) if is_more else ""]
    brings.append(", ".join(kit["name"] for kit in row.visit.day_kits))
    return (
        weekday_and_date(row.visit.date)["id"],
        hours(row.starts_at, row.ends_at),
        name_of(row),
        row.site.code,
        "; ".join(filter(None, brings)),
        f"bersama {', '.join(fellows)}" if fellows else "",
    )


def _letter_night(night: Night) -> tuple[str, ...]:
    lasts = f"{(night.until - night.date).days} malam"
    return weekday_and_date(night.date)["id"], lasts, f"Menginap di {night.lodging_name}", "", "", ""


def _letter_ride(ride: Ride, stated: Stated) -> tuple[str, ...]:
    span = hours(ride.starts_at.astimezone(stated.zone), ride.ends_at.astimezone(stated.zone))
    return weekday_and_date(ride.date)["id"], span, f"{ride.origin_name} ke {ride.target_name}", "", "", ""


def _check_outings(stated: Stated, about: TeamWeek, *, document: str) -> None:
    """An SPD for each trip, from the day of leaving to that of return, and for each other day with visits."""
    team = next(team for team in stated.teams if team.code == about.team.code)
    wanted = []
    for day in dates_between(about.week, about.week + _WEEK):
        doing = stated.day(team, day)
        if doing.whole is None and any(row.schedule.document == document for row in doing.visits):
            names = [name_of(row) for row in doing.visits if row.schedule.document == document]
            wanted.append((day, day, doing.ends_at, names))
        elif doing.whole is not None and doing.whole.trip.starts_on == day:
            trip = doing.whole.trip
            names = [name_of(row) for on in doing.whole.dates for row in stated.day(team, on).visits]
            wanted.append((day, trip.ends_on, trip.back_at.astimezone(stated.zone), names))
    content = _content(about, document=document)
    spds = [(spd["day"], spd["until"], spd["returns"], spd["lasts"].split()[0]) for spd in content["trips"]]
    assert spds == [
        (_date(first), _date(last), f"{_date(back.date())} pukul {back:%H.%M}", str((last - first).days + 1))
        for first, last, back, _ in wanted
        if back is not None
    ]
    for spd, (_, _, _, names) in zip(content["trips"], wanted, strict=True):
        assert not names or spd["to"] == ", ".join(dict.fromkeys(names))


def _date(day: date) -> str:
    return weekday_and_date(day)["id"].split(", ")[1]


class FeedMemory:
    """What each feed said last: an entry bears a higher SEQUENCE when it says another thing, and never a lower one."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], CalendarEntry] = {}

    def check(self, feed: str, entries: Mapping[str, CalendarEntry]) -> None:
        for uid, entry in entries.items():
            before = self._known.get((feed, uid))
            if before is not None:
                assert entry.sequence >= before.sequence, f"{feed}: {entry.summary}"
                said = [_without_version(row) for row in (before, entry)]
                assert said[0] == said[1] or entry.sequence > before.sequence, f"{feed}: {said}"
            self._known[feed, uid] = entry


def _without_version(entry: CalendarEntry) -> tuple[Any, ...]:
    return entry.starts_at, entry.ends_at, entry.summary, entry.status, entry.description, entry.location


def check_feed(content: bytes, stated: Stated, code: str | None, *, now: datetime) -> dict[str, CalendarEntry]:
    """Of one team, or of the district: every visit and trip in force, and for 90 days those that were called off."""
    entries = {entry.uid: entry for entry in read_calendar(content).entries}
    since = now - SHOW_CANCELLED
    visits = {
        f"{row.visit.uid}@jemput-bola": row
        for row in (*stated.withdrawn, *stated.visits)
        if code in (None, row.team.code) and (row.visit.in_force or _left_after(row.visit.withdrawn_at, since))
    }
    codes = {team.id: team.code for team in stated.teams}
    trips = {
        f"{whole.trip.uid}@jemput-bola": whole
        for whole in (*stated.trips_withdrawn, *stated.trips)
        if code in (None, codes[whole.trip.team_id])
        and (whole.trip.in_force or _left_after(whole.trip.withdrawn_at, since))
    }
    assert entries.keys() == visits.keys() | trips.keys()
    for uid, row in visits.items():
        _check_visit_entry(entries[uid], row, stated, names_team=code is None)
    for uid, whole in trips.items():
        _check_trip_entry(entries[uid], whole, stated)
    return entries


def _left_after(withdrawn_at: datetime | None, since: datetime) -> bool:
    return withdrawn_at is not None and withdrawn_at >= since


def _check_visit_entry(entry: CalendarEntry, row: StatedVisit, stated: Stated, *, names_team: bool) -> None:
    visit = row.visit
    title = f"{row.team.name}: {name_of(row)}" if names_team else name_of(row)
    assert entry.summary == (title if visit.in_force else f"BATAL: {title}")
    assert (entry.status is EntryStatus.CONFIRMED) == visit.in_force
    assert (entry.starts_at, entry.ends_at, entry.sequence) == (visit.starts_at, visit.ends_at, visit.sequence)
    lines = (entry.description or "").split("\n")
    for document, people in row.brought.items():
        assert f"Perkiraan {BROUGHT[document]}: {people} orang" in lines, entry.description
    pauses = [line for line in lines if line.startswith("Istirahat: ")]
    assert len(pauses) == bool(row.pauses)
    carried = [line.removeprefix("Bawa: ") for line in lines if line.startswith("Bawa: ")]
    assert set(carried[0].split(", ") if carried else ()) == {KITS[kit] for kit in row.kits}
    held_at = row.place or row.site
    assert (entry.location or "").startswith(held_at.name)
    fellows = stated.fellows_of(row) if visit.in_force else []
    together = [line for line in lines if line.startswith("Tim: ") and ", bersama " in line]
    assert [line.split(", bersama ")[1] for line in together] == ([", ".join(fellows)] if fellows else [])


def _check_trip_entry(entry: CalendarEntry, whole: StatedTrip, stated: Stated) -> None:
    trip = whole.trip
    assert (entry.status is EntryStatus.CONFIRMED) == trip.in_force
    assert (entry.starts_at, entry.ends_at, entry.sequence) == (trip.leaves_at, trip.back_at, trip.sequence)
    text = (entry.description or "").split("\n\n")[0]
    steps = [(night.arrives_at, f"Menginap di {night.lodging_name}") for night in whole.nights]
    steps += [(ride.starts_at, f"dari {ride.origin_name} ke {ride.target_name}") for ride in whole.rides]
    at = 0
    for _, said in sorted(steps, key=lambda step: step[0]):
        assert said in text[at:], f"{said} comes too late or never: {text}"
        at = text.index(said, at) + len(said)
    for ride in whole.rides:
        assert f"{ride.starts_at.astimezone(stated.zone):%H.%M}" in text
    assert text.count("Menginap di ") == len(whole.nights)


def check_written_calendar(session: Session, stated: Stated, source: CalendarSource, *, now: datetime) -> None:
    """What the outbox wants a calendar of the district to hold: all that is to come, in its latest version."""
    wanted = {
        entry.uid: entry.wanted_sequence
        for entry in session.scalars(select(OutboxEntry).where(OutboxEntry.source_id == source.id))
        if entry.wanted_sequence is not None
    }
    standing = {row.visit.uid: (row.visit.sequence, row.visit.ends_at) for row in stated.visits}
    standing |= {whole.trip.uid: (whole.trip.sequence, whole.trip.back_at) for whole in stated.trips}
    assert wanted.keys() <= standing.keys()
    assert {uid: sequence for uid, (sequence, ends_at) in standing.items() if ends_at > now}.items() <= wanted.items()
