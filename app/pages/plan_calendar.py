"""`/rencana/{id}/kalender`: a plan day by day for a phone, and month by month for a desk and for paper."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from fastapi import Request, Response

from app.access.models import Role
from app.access.token_rules import team_code_of
from app.database import SessionDep
from app.errors import NotFound
from app.languages import said
from app.pages.frame import page, pages_router
from app.pages.plan_page import visits_of
from app.pages.plan_words import plan_at, standing_of
from app.pages.readers import AnyReader
from app.payloads import Id
from app.schedules.visit_schemas import VisitOut, VisitTeamOut

router = pages_router()
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One box of a month; `is_outside` of the weeks' ends that belong to other months or lie outside the plan."""

    date: date
    is_outside: bool
    visits: Sequence[VisitOut]


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month of one team: weeks from Monday to Sunday."""

    first: date
    weeks: Sequence[Sequence[Day]]


@router.get("/rencana/{schedule_id}/kalender")
def show_calendar(
    request: Request, session: SessionDep, schedule_id: Id, reader: AnyReader, tim: str | None = None
) -> Response:
    about, schedule, shown = plan_at(session, reader, schedule_id)
    own = None
    if about.actor.role is Role.COORDINATOR:
        if shown.stage != "published":
            raise NotFound(
                said("This plan is not published.", "Rencana ini belum atau tidak lagi terbit."),
            )
        own = team_code_of(session, about.actor.team_id)
    every = visits_of(session, schedule, about)
    teams = {visit.team.code: visit.team for visit in every if own in (None, visit.team.code)}
    chosen = tim if tim in teams else None
    visits = [visit for visit in every if visit.team.code in teams and chosen in (None, visit.team.code)]
    return page(
        request,
        "plans/calendar.html",
        about,
        plan=shown,
        standing=standing_of(shown),
        teams=[teams[code] for code in sorted(teams)],
        chosen=chosen,
        days=[(day, list(visits_then)) for day, visits_then in groupby(visits, key=lambda visit: visit.date)],
        months=list(_months_by_team(visits, first=shown.first_date, last=shown.period.end)),
        week=[date(2024, 1, 1) + timedelta(days=number) for number in range(7)],
        is_own=own is not None,
    )


def _months_by_team(
    visits: Sequence[VisitOut], *, first: date, last: date
) -> Iterator[tuple[VisitTeamOut, Sequence[Month]]]:
    by_team: dict[str, list[VisitOut]] = {}
    for visit in visits:
        by_team.setdefault(visit.team.code, []).append(visit)
    for code in sorted(by_team):
        by_day = {day: list(visits) for day, visits in groupby(by_team[code], key=lambda visit: visit.date)}
        yield by_team[code][0].team, list(_months(by_day, first=first, last=last))


def _months(by_day: Mapping[date, Sequence[VisitOut]], *, first: date, last: date) -> Iterator[Month]:
    month = first.replace(day=1)
    while month <= last:
        following = (month + timedelta(days=31)).replace(day=1)
        begins, ends = max(month, first), min(following - timedelta(days=1), last)
        monday = begins - timedelta(days=begins.weekday())
        weeks = []
        while monday <= ends:
            days = [monday + timedelta(days=number) for number in range(7)]
            weeks.append(
                [Day(date=day, is_outside=not begins <= day <= ends, visits=by_day.get(day, ())) for day in days]
            )
            monday += _WEEK
        yield Month(first=month, weeks=weeks)
        month = following
