"""What can be done with letters: print those of a plan, find those that were issued (`issuing` issues them)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from app.access.service import Actor
from app.districts import service as districts
from app.districts.models import District
from app.errors import Conflict, FieldProblem, NotFound, invalid
from app.languages import Said, said
from app.letters import office
from app.letters.contents import Issue, letter_content, paper_content
from app.letters.models import IssuedLetter, Staff
from app.letters.rendering import set_pdf
from app.letters.weeks import WEEK, TeamWeek, monday_of, weeks_in_force, weeks_of_draft
from app.schedules.models import Schedule
from app.teams.models import Team
from app.words import days_between_id

MOST_LETTERS = 120
"""In one PDF: a month of 24 teams. An SPD has two pages and takes as much as three letters."""
MOST_TRIPS = 60


class NothingToPrint(Conflict):
    """No visit and no trip of the plan lies in the weeks asked for."""


class NotInForce(Conflict):
    """The schedule is not published, or was superseded: nobody is sent out by it."""


def printed_letters(
    session: Session,
    schedule: Schedule,
    *,
    team_code: str | None,
    first: date | None,
    last: date | None,
    with_trips: bool,
) -> Callable[[], bytes]:
    """What sets the letters of a schedule's weeks between two dates, without number and date, needing no session.

    A published schedule's letters tell the plan in force of its document, whichever schedule carries a visit; those of
    a draft bear *KONSEP*. Raises `NotInForce` for a superseded one, `NoLetterhead`, `NothingToPrint`."""
    district = districts.get_district(session, schedule.district_code)
    head = office.letterhead(session, district.code)
    if schedule.superseded_at is not None:
        raise not_in_force(schedule)
    first, last = first or schedule.period_start, last or schedule.period_end
    if last < first:
        raise invalid(
            "query/to",
            said("It lies before 'from'.", "Tanggal ini sebelum 'from'."),
            value=last.isoformat(),
            mend=said("Give the earlier date as 'from'.", "Isi tanggal yang lebih awal sebagai 'from'."),
        )
    weeks = {"first": monday_of(first), "last": monday_of(last) + WEEK}
    team_ids = None if team_code is None else [team_of(session, district.code, team_code, pointer="query/team").id]
    is_draft = schedule.published_at is None
    if is_draft:
        letter_weeks = weeks_of_draft(session, district, schedule, **weeks, team_ids=team_ids)
    else:
        letter_weeks = weeks_in_force(session, district, schedule.document, **weeks, team_ids=team_ids)
    if not letter_weeks:
        raise NothingToPrint(
            said(
                "Schedule {schedule} sends nobody out between {first} and {last}.",
                "Jadwal {schedule} tidak menugaskan siapa pun antara {first} dan {last}.",
                schedule=schedule.id,
                **weeks,
            )
        )
    staff = staff_of(session, letter_weeks)
    letters = [
        letter_content(
            head.words,
            about,
            staff[about.team.id, about.week],
            document=schedule.document,
            issue=Issue(is_draft=is_draft),
            with_trips=with_trips,
        )
        for about in letter_weeks
    ]
    check_size(letters, pointer="query/from")
    if len(letter_weeks) == 1:
        first, last = letter_weeks[0].first_date, letter_weeks[0].last_date
    span = days_between_id(first, last)
    content = paper_content(head.words, letters, title=f"Surat tugas jemput bola {span}")
    logo, day = office.logo_of(head), min(about.first_date for about in letter_weeks)
    return lambda: set_pdf("letter.typ", content, day=day, logo=logo)


def get_letter(session: Session, letter_id: int, *, actor: Actor, with_pdf: bool = False) -> IssuedLetter:
    """An issued letter; raises `NotFound`, also where the actor may not look."""
    query = select(IssuedLetter).where(IssuedLetter.id == letter_id)
    letter = session.scalar(query.options(undefer(IssuedLetter.pdf)) if with_pdf else query)
    if letter is None or not actor.may_read(letter.district_code):
        raise NotFound(
            said(
                "There is no letter {letter}, or this token does not open its district.",
                "Tidak ada surat {letter}, atau token ini tidak membuka daerahnya.",
                letter=letter_id,
            )
        )
    return letter


def list_letters(
    session: Session, district_code: str, *, before_id: int, limit: int, standing_only: bool = False
) -> Sequence[IssuedLetter]:
    """Letters of a district, newest first; `before_id` 0: from the newest."""
    query = select(IssuedLetter).where(IssuedLetter.district_code == district_code).order_by(IssuedLetter.id.desc())
    if before_id:
        query = query.where(IssuedLetter.id < before_id)
    if standing_only:
        query = query.where(IssuedLetter.stands)
    return session.scalars(query.limit(limit)).all()


def team_of(session: Session, district_code: str, code: str, *, pointer: str) -> Team:
    # PostgreSQL's text holds no NUL, so a code with one is nobody's.
    team = (
        None
        if "\0" in code
        else session.scalar(select(Team).where(Team.district_code == district_code, Team.code == code))
    )
    if team is None:
        detail = said(
            "District {district} has no team {team!r}; GET /v1/districts/{district}/teams.",
            "Daerah {district} tidak punya tim {team!r}; GET /v1/districts/{district}/teams.",
            district=district_code,
            team=code,
        )
        raise NotFound(detail, problems=[FieldProblem(pointer=pointer, detail=detail, value=code)])
    return team


def staff_of(session: Session, weeks: Sequence[TeamWeek]) -> dict[tuple[int, date], list[Staff]]:
    """Who goes out with each team on some day between the first and the last stop of each week."""
    everybody = office.staff_between(
        session,
        sorted({about.team.id for about in weeks}),
        min(about.first_date for about in weeks),
        max(about.last_date for about in weeks),
    )
    return {
        (about.team.id, about.week): [
            person
            for person in everybody
            if person.team_id == about.team.id
            and (person.valid_from is None or person.valid_from <= about.last_date)
            and (person.valid_to is None or person.valid_to >= about.first_date)
        ]
        for about in weeks
    }


def check_size(letters: Sequence[Mapping[str, Any]], *, pointer: str) -> None:
    trips = sum(len(letter["trips"]) for letter in letters)
    if len(letters) > MOST_LETTERS or trips > MOST_TRIPS:
        raise invalid(
            pointer,
            said(
                "That is {letters} letters and {trips} SPDs; at most {most_letters} and {most_trips} are set at once.",
                "Ini {letters} surat dan {trips} SPD; paling banyak {most_letters} dan {most_trips} sekali jalan.",
                letters=len(letters),
                trips=trips,
                most_letters=MOST_LETTERS,
                most_trips=MOST_TRIPS,
            ),
            mend=said("Ask for one team, or for fewer weeks.", "Minta satu tim, atau lebih sedikit minggu."),
        )


def not_in_force(schedule: Schedule) -> NotInForce:
    why: Said = (
        said("is a draft: publish it first", "masih konsep: terbitkan dahulu")
        if schedule.published_at is None
        else said("was superseded: ask of the plan that took its place", "sudah digantikan: pakai rencana penggantinya")
    )
    return NotInForce(said("Schedule {schedule} {why}.", "Jadwal {schedule} {why}.", schedule=schedule.id, why=why))


def letters_by_id(session: Session, ids: Collection[int]) -> dict[int, IssuedLetter]:
    letters = session.scalars(select(IssuedLetter).where(IssuedLetter.id.in_(ids))) if ids else ()
    return {letter.id: letter for letter in letters}


def team_codes(session: Session, ids: Collection[int]) -> dict[int, str]:
    rows = session.execute(select(Team.id, Team.code).where(Team.id.in_(ids)))
    return {row.id: row.code for row in rows}


def weeks_now(session: Session, district: District, letters: Sequence[IssuedLetter]) -> dict[int, TeamWeek | None]:
    """By letter, what the plan in force of its document has its team do in its week; None: nothing any more."""
    weeks_of: dict[int, TeamWeek | None] = {}
    for document in {letter.document for letter in letters}:
        own = [letter for letter in letters if letter.document == document]
        weeks = weeks_in_force(
            session,
            district,
            document,
            first=min(letter.week for letter in own),
            last=max(letter.week for letter in own) + WEEK,
            team_ids=sorted({letter.team_id for letter in own}),
        )
        by_week = {(about.team.id, about.week): about for about in weeks}
        weeks_of |= {letter.id: by_week.get((letter.team_id, letter.week)) for letter in own}
    return weeks_of
