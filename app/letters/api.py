"""Letters and day sheets over HTTP."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from sqlalchemy.orm import Session

from app.access.idempotency import once
from app.access.permissions import Coordinator, Planner, Viewer, check_district
from app.database import SessionDep
from app.districts import service as districts
from app.http_conventions import CursorParam, LimitParam, NowDep, Page, decode_cursor, json_answer, page_of
from app.languages import Language, language_of
from app.letters import office
from app.letters import service as letters
from app.letters.day_sheet import day_sheet
from app.letters.issuing import WantedLetter, issue_letters
from app.letters.left_behind import Difference, Hours, differences
from app.letters.models import IssuedLetter
from app.letters.pdf_answers import PDF_RESPONSES, LaterPdf, pdf_answer
from app.letters.schemas import (
    HoursOut,
    IssuedOut,
    IssueIn,
    LetterChangeOut,
    LetterOut,
    LetterRefOut,
    LetterTripChangeOut,
)
from app.letters.trips_left_behind import journeys_of, trip_differences
from app.payloads import CREATE_REFUSALS, READ_REFUSALS, DistrictCodePath, Id, IsoDay
from app.schedules import service as schedules
from app.words import clock

router = APIRouter(prefix="/v1", tags=["letters"])

_LOOKED_AT = 500
"""Letters at a time, when those left behind are looked for."""
_TeamParam = Annotated[str | None, Query(description="Code of the team; absent: every team.")]


@router.get(
    "/schedules/{schedule_id}/letters.pdf", response_class=Response, responses={**PDF_RESPONSES, **CREATE_REFUSALS}
)
def print_letters(
    schedule_id: Id,
    session: SessionDep,
    actor: Planner,
    team: _TeamParam = None,
    first: Annotated[
        IsoDay | None, Query(alias="from", description="A day of the first week; absent: of the period's.")
    ] = None,
    last: Annotated[
        IsoDay | None, Query(alias="to", description="A day of the last week; absent: of the period's.")
    ] = None,
    spd: Annotated[bool, Query(description="With an SPD for each person and day.")] = False,
) -> Response:
    """The surat tugas of a plan, one for each team and week, number and date left to be filled in by hand.

    Of a published schedule they tell the plan in force; of a draft they bear *KONSEP*. Nothing is kept, which
    `POST …/letters` does."""
    schedule = schedules.visible_schedule(session, schedule_id, actor=actor)
    office.check_inside(actor, schedule.district_code)
    make = letters.printed_letters(session, schedule, team_code=team, first=first, last=last, with_trips=spd)
    return LaterPdf(make, name=f"surat-tugas-{schedule.district_code}-{schedule.id}")


@router.post("/schedules/{schedule_id}/letters", status_code=201, response_model=IssuedOut, responses=CREATE_REFUSALS)
@once
def send_letters(schedule_id: Id, body: IssueIn, session: SessionDep, actor: Planner, now: NowDep) -> Response:
    """Issue letters of the plan in force, with the office's numbers: all of them, or none. They are kept as they are.

    Where a letter to the same team about the same week was issued before, the new one is its *perubahan* and names
    it; one that would say the same is refused."""
    schedule = schedules.visible_schedule(session, schedule_id, actor=actor, for_update=True)
    office.check_inside(actor, schedule.district_code)
    wanted = [WantedLetter(team_code=letter.team, week=letter.week, number=letter.number) for letter in body.letters]
    issued = issue_letters(
        session,
        schedule,
        wanted,
        day=body.date,
        with_trips=body.spd,
        again=body.again,
        actor=actor,
        now=now,
    )
    shown = _shown(session, schedule.district_code, issued)
    return json_answer(
        IssuedOut(items=shown),
        status_code=201,
        headers={"Location": f"/v1/districts/{schedule.district_code}/letters"},
    )


@router.get("/districts/{code}/letters", responses=READ_REFUSALS)
def list_letters(
    code: DistrictCodePath,
    session: SessionDep,
    actor: Viewer,
    outdated: Annotated[
        bool, Query(description="Only letters that stand and that the plan in force left behind.")
    ] = False,
    limit: LimitParam = 100,
    cursor: CursorParam = None,
) -> Page[LetterOut]:
    """The letters that a district issued, newest first, and what the plan in force says otherwise."""
    check_district(actor, code)
    districts.get_district(session, code)
    before = decode_cursor(cursor)
    if not outdated:
        rows = letters.list_letters(session, code, before_id=before, limit=limit + 1)
        return page_of(
            _shown(session, code, rows), limit=limit, key=lambda letter: letter.id, shown=lambda letter: letter
        )
    left_behind: list[LetterOut] = []
    while len(left_behind) <= limit and (
        rows := letters.list_letters(session, code, before_id=before, limit=_LOOKED_AT, standing_only=True)
    ):
        left_behind += [letter for letter in _shown(session, code, rows) if letter.outdated]
        before = rows[-1].id
    return page_of(left_behind, limit=limit, key=lambda letter: letter.id, shown=lambda letter: letter)


@router.get("/letters/{letter_id}.pdf", response_class=Response, responses={**PDF_RESPONSES, **READ_REFUSALS})
def read_letter_pdf(letter_id: Id, session: SessionDep, actor: Planner) -> Response:
    """An issued letter, byte for byte as it left the office."""
    letter = letters.get_letter(session, letter_id, actor=actor, with_pdf=True)
    office.check_inside(actor, letter.district_code)
    return pdf_answer(letter.pdf, name=f"surat-tugas-{letter.district_code}-{letter.id}")


@router.get("/letters/{letter_id}", response_model=LetterOut, responses=READ_REFUSALS)
def read_letter(letter_id: Id, session: SessionDep, actor: Viewer) -> Response:
    """An issued letter, and what the plan in force says otherwise."""
    letter = letters.get_letter(session, letter_id, actor=actor)
    return json_answer(_shown(session, letter.district_code, [letter])[0])


@router.get("/assignments.pdf", response_class=Response, responses={**PDF_RESPONSES, **READ_REFUSALS})
def print_day(
    session: SessionDep,
    actor: Coordinator,
    day: Annotated[IsoDay, Query(alias="date", description="The day, as the district's clock has it.")],
    team: Annotated[str | None, Query(description="Code of the team; absent: the token's own.")] = None,
    district: Annotated[str | None, Query(description="Region code; absent: the token's own.")] = None,
    accept_language: Annotated[str | None, Header(description="`id` or `en`.")] = None,
) -> Response:
    """A team's day on one page, from the plan in force; in Indonesian unless English is asked for."""
    # A sheet is for people: who asks for no language is not a program that reads English.
    language = language_of(accept_language) if accept_language else Language.INDONESIAN
    make = day_sheet(session, day, actor=actor, team_code=team, district_code=district, language=language)
    return LaterPdf(make, name=f"tugas-{day}")


def _shown(session: Session, district_code: str, rows: Sequence[IssuedLetter]) -> list[LetterOut]:
    """Letters of one district, with what they change and what the plan says otherwise."""
    district = districts.get_district(session, district_code)
    standing = [letter for letter in rows if letter.stands]
    now = letters.weeks_now(session, district, standing)
    named = letters.letters_by_id(session, {letter.changes_id for letter in rows if letter.changes_id is not None})
    codes = letters.team_codes(session, {letter.team_id for letter in rows})
    shown = []
    for letter in rows:
        about = now.get(letter.id)
        differing = differences(letter.stops, () if about is None else about.stops) if letter.stands else ()
        journeys = [] if about is None else journeys_of(about.trips, about.zone)
        of_trips = trip_differences(letter.journeys, journeys) if letter.stands else ()
        before = None if letter.changes_id is None else named[letter.changes_id]
        shown.append(
            LetterOut(
                id=letter.id,
                district_code=letter.district_code,
                team=codes[letter.team_id],
                week=letter.week,
                first_date=letter.first_date,
                last_date=letter.last_date,
                number=letter.number,
                issued_on=letter.issued_on,
                schedule_id=letter.schedule_id,
                plan_version=letter.plan_version,
                changes=None
                if before is None
                else LetterRefOut(id=before.id, number=before.number, issued_on=before.issued_on),
                stands=letter.stands,
                outdated=bool(differing or of_trips),
                differences=[_difference_out(difference) for difference in differing],
                trip_differences=[LetterTripChangeOut.model_validate(difference) for difference in of_trips],
                sha256=letter.sha256,
                issued_at=letter.issued_at,
                issued_by=letter.issued_by,
                pdf=f"/v1/letters/{letter.id}.pdf",
            )
        )
    return shown


def _difference_out(difference: Difference) -> LetterChangeOut:
    return LetterChangeOut(
        change=difference.change,
        date=difference.date,
        site_code=difference.site_code,
        site_name=difference.site_name,
        letter=_hours_out(difference.letter),
        plan=_hours_out(difference.plan),
        text=difference.text,
    )


def _hours_out(hours: Hours | None) -> HoursOut | None:
    return None if hours is None else HoursOut(starts=clock(hours[0])["en"], ends=clock(hours[1])["en"])
