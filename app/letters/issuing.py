"""Issues letters: they are kept as they leave the office, and the office's numbers stay its own."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts import service as districts
from app.districts.models import District
from app.districts.row_locks import take_turns
from app.errors import Conflict, FieldProblem
from app.languages import said
from app.letters import office
from app.letters.contents import Issue, digest_of, letter_content, letter_name, paper_content
from app.letters.models import IssuedLetter, Letterhead
from app.letters.rendering import Paper, set_pdfs
from app.letters.service import NothingToPrint, check_size, not_in_force, staff_of, team_of
from app.letters.trips_left_behind import journeys_of
from app.letters.weeks import WEEK, TeamWeek, monday_of, weeks_in_force
from app.schedules.models import Schedule
from app.teams.models import Team


class NobodyToSend(Conflict):
    """No member of staff goes out with the team that week."""


class LetterStands(Conflict):
    """The letter that was issued says the same already."""


class LetterNumberTaken(Conflict):
    """The office gave this number to another letter of the year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedLetter:
    """One letter to issue; `week` is any day of it."""

    team_code: str
    week: date
    number: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """A letter that may be issued, not set yet."""

    about: TeamWeek
    number: str | None
    before: IssuedLetter | None
    content: dict[str, Any]


def issue_letters(
    session: Session,
    schedule: Schedule,
    wanted: Sequence[WantedLetter],
    *,
    day: date,
    with_trips: bool,
    again: bool = False,
    actor: Actor,
    now: datetime,
) -> list[IssuedLetter]:
    """Keep letters as they leave the office, all or none; where one was issued before, the new one changes it.

    `again`: also where it would say the same. Raises `NotInForce`, `NoLetterhead`, `NothingToPrint`, `NobodyToSend`,
    `LetterStands`, `LetterNumberTaken`."""
    district = districts.get_district(session, schedule.district_code)
    # Between reading the plan and keeping the letter nothing is exchanged.
    take_turns(session, district.code)
    session.refresh(schedule)
    if schedule.published_at is None or schedule.superseded_at is not None:
        raise not_in_force(schedule)
    head = office.letterhead(session, district.code)
    ready: list[_Ready] = []
    for index, wish in enumerate(wanted):
        pointer = f"/letters/{index}"
        team = team_of(session, district.code, wish.team_code, pointer=f"{pointer}/team")
        about = _about(session, district, schedule, team, wish.week, pointer=pointer)
        if any((other.about.team.id, other.about.week) == (about.team.id, about.week) for other in ready):
            raise _says_the_same(pointer, team.code)
        _refuse_number(session, district.code, wish.number, year=day.year, pointer=pointer)
        if wish.number is not None and any(other.number == wish.number for other in ready):
            raise _number_taken(wish.number, year=day.year, pointer=pointer)
        letter = _ready(
            session, head, schedule, about, number=wish.number, day=day, with_trips=with_trips, pointer=pointer
        )
        if letter.before is not None and not again and letter.before.digest == digest_of(letter.content):
            raise _says_the_same(pointer, team.code)
        ready.append(letter)
    check_size([letter.content for letter in ready], pointer="/letters")
    papers = [paper_content(head.words, [letter.content], title=letter.content["footer"]) for letter in ready]
    pdfs = set_pdfs("letter.typ", [Paper(content=paper, day=day) for paper in papers], logo=office.logo_of(head))
    return [
        _kept(session, schedule, letter, pdf, day=day, actor=actor, now=now)
        for letter, pdf in zip(ready, pdfs, strict=True)
    ]


def _ready(
    session: Session,
    head: Letterhead,
    schedule: Schedule,
    about: TeamWeek,
    *,
    number: str | None,
    day: date,
    with_trips: bool,
    pointer: str,
) -> _Ready:
    people = staff_of(session, [about])[about.team.id, about.week]
    if not people:
        raise _nobody(about, pointer)
    before = session.scalar(
        select(IssuedLetter).where(
            IssuedLetter.district_code == schedule.district_code,
            IssuedLetter.document == schedule.document,
            IssuedLetter.team_id == about.team.id,
            IssuedLetter.week == about.week,
            IssuedLetter.stands,
        )
    )
    change_of = None if before is None else letter_name(head.words, number=before.number, day=before.issued_on)
    issue = Issue(number=number, day=day, change_of=change_of)
    content = letter_content(head.words, about, people, document=schedule.document, issue=issue, with_trips=with_trips)
    return _Ready(about=about, number=number, before=before, content=content)


def _kept(
    session: Session, schedule: Schedule, ready: _Ready, pdf: bytes, *, day: date, actor: Actor, now: datetime
) -> IssuedLetter:
    about, before = ready.about, ready.before
    letter = IssuedLetter(
        district_code=schedule.district_code,
        schedule_id=schedule.id,
        plan_version=schedule.version,
        document=schedule.document,
        team_id=about.team.id,
        week=about.week,
        first_date=about.first_date,
        last_date=about.last_date,
        number=ready.number,
        year=day.year,
        issued_on=day,
        changes_id=None if before is None else before.id,
        stops=[stop.to_json() for stop in about.stops],
        journeys=journeys_of(about.trips, about.zone),
        digest=digest_of(ready.content),
        pdf=pdf,
        sha256=hashlib.sha256(pdf).hexdigest(),
        issued_at=now,
        issued_by=actor.name,
    )
    if before is not None:
        before.stands = False
        session.flush()
    session.add(letter)
    session.flush()
    access.record(
        session,
        actor,
        "letter.issue" if before is None else "letter.change",
        f"letter/{letter.id}",
        now=now,
        district_code=schedule.district_code,
        details={
            "schedule": schedule.id,
            "team": about.team.code,
            "week": about.week.isoformat(),
            "number": ready.number,
            "changes": letter.changes_id,
            "sha256": letter.sha256,
        },
    )
    session.flush()
    return letter


def _about(
    session: Session, district: District, schedule: Schedule, team: Team, day: date, *, pointer: str
) -> TeamWeek:
    week = monday_of(day)
    weeks = weeks_in_force(session, district, schedule.document, first=week, last=week + WEEK, team_ids=[team.id])
    if not weeks:
        detail = said(
            "The plan in force does not send team {team} out in the week from {week}.",
            "Rencana yang berlaku tidak menugaskan tim {team} pada minggu mulai {week}.",
            team=team.code,
            week=week,
        )
        raise NothingToPrint(
            detail, problems=[FieldProblem(pointer=f"{pointer}/week", detail=detail, value=day.isoformat())]
        )
    return weeks[0]


def _refuse_number(session: Session, district_code: str, number: str | None, *, year: int, pointer: str) -> None:
    if number is None:
        return
    taken = session.scalar(
        select(IssuedLetter.id).where(
            IssuedLetter.district_code == district_code, IssuedLetter.year == year, IssuedLetter.number == number
        )
    )
    if taken is not None:
        raise _number_taken(number, year=year, pointer=pointer)


def _number_taken(number: str, *, year: int, pointer: str) -> LetterNumberTaken:
    detail = said(
        "Another letter of {year} has the number {number!r}.",
        "Surat lain tahun {year} sudah bernomor {number!r}.",
        year=year,
        number=number,
    )
    mend = said("Give the next number of the office.", "Isi nomor berikutnya dari kantor.")
    return LetterNumberTaken(
        detail, problems=[FieldProblem(pointer=f"{pointer}/number", detail=detail, value=number, mend=mend)]
    )


def _nobody(about: TeamWeek, pointer: str) -> NobodyToSend:
    detail = said(
        "Nobody of team {team} is on its staff that week.",
        "Tidak ada pegawai tim {team} pada minggu itu.",
        team=about.team.code,
    )
    mend = said(
        "Name them first: POST /v1/teams/{team_id}/staff.",
        "Isi dahulu: POST /v1/teams/{team_id}/staff.",
        team_id=about.team.id,
    )
    return NobodyToSend(
        detail,
        problems=[FieldProblem(pointer=f"{pointer}/team", detail=detail, value=about.team.code, mend=mend)],
    )


def _says_the_same(pointer: str, team_code: str) -> LetterStands:
    detail = said(
        "A letter to team {team} about that week says the same.",
        "Surat untuk tim {team} tentang minggu itu sudah berisi hal yang sama.",
        team=team_code,
    )
    mend = said(
        "Leave it out, or send 'again' as true, as to correct a number.",
        "Kosongkan, atau kirim 'again' bernilai true, misalnya untuk memperbaiki nomor.",
    )
    return LetterStands(detail, problems=[FieldProblem(pointer=pointer, detail=detail, mend=mend)])
