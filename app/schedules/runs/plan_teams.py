"""The dates of a plan, and the teams that are free on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from app.calendars.busy import BusyCalendar
from app.districts import working_calendar
from app.districts.issuing import IssuingFigures
from app.districts.models import District, Document
from app.errors import Conflict, FieldProblem, invalid
from app.languages import said
from app.schedules.models import Schedule
from app.schedules.runs.published_visits import PublishedVisit
from app.teams import service as teams
from app.teams.issuing import at_once, may_issue
from app.teams.models import Team

MOST_DATES = 366


class NoTeam(Conflict):
    """The district has no team that works in the period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTeam:
    """A team and the dates (one flag per date of the basis) on which it is free to go out."""

    team: Team
    works_on: tuple[bool, ...]
    minutes_per_activation: int
    history_hours: int = 0
    """Worked above its share in the months before the first date."""
    operators: int | None = None
    """Who can be at work at once, where the kits of the plan's document allow fewer than there are."""


def who_issue(
    free_teams: Sequence[PlanTeam], wanted: Sequence[Document], takes: Mapping[Document, IssuingFigures]
) -> tuple[PlanTeam, ...]:
    """The teams of a plan; those that can issue nothing of it stay at home."""
    alone = wanted[0] if len(wanted) == 1 else None
    if alone is not None and alone is not Document.IKD:
        return tuple(issuing(planned, alone, takes[alone]) for planned in free_teams)
    return tuple(
        planned
        if any(may_issue(planned.team, document) for document in wanted)
        else replace(planned, works_on=(False,) * len(planned.works_on))
        for planned in free_teams
    )


def issuing(planned: PlanTeam, document: Document, figures: IssuingFigures) -> PlanTeam:
    """A team in a plan of another document than IKD alone: as fast as that is issued, by as many as have a kit."""
    operators = at_once(planned.team, figures) if may_issue(planned.team, document) else 0
    return replace(
        planned,
        operators=max(1, operators),
        minutes_per_activation=figures.minutes,
        works_on=planned.works_on if operators else (False,) * len(planned.works_on),
    )


def dates_and_teams(
    session: Session,
    district: District,
    schedule: Schedule,
    in_force: Sequence[PublishedVisit],
    *,
    busy: BusyCalendar,
    away: frozenset[tuple[str, date]],
) -> tuple[tuple[date, ...], tuple[PlanTeam, ...]]:
    """The dates on which at least one team works, and who is free on them; `away`: team-days of trips that stay."""
    start, end = schedule.first_date, schedule.period_end
    days = working_calendar.dates_between(start, end)
    if len(days) > MOST_DATES:
        raise invalid(
            "/period",
            said(
                "The period has {count} dates to plan, from {start} to {end}.",
                "Ada {count} hari yang direncanakan, dari {start} sampai {end}.",
                count=len(days),
                start=start,
                end=end,
            ),
            value=f"{start}..{end}",
            mend=said(
                "Plan at most {most} dates at a time.",
                "Susun paling banyak {most} hari sekaligus.",
                most=MOST_DATES,
            ),
        )
    off = working_calendar.days_off(session, district, start, end)
    available = teams.availability(session, district, days, off)
    if not available:
        raise NoTeam(
            said(
                "District {district!r} has no team. Add one with POST /v1/districts/{district}/teams.",
                "Daerah {district!r} belum punya tim. Tambahkan dengan POST /v1/districts/{district}/teams.",
                district=district.code,
            ),
            problems=[
                FieldProblem(
                    pointer="/teams",
                    detail=said("No team is stored.", "Belum ada tim."),
                    value=0,
                    mend=said("Add a team.", "Tambahkan tim."),
                )
            ],
        )
    chosen = [index for index in range(len(days)) if any(team.works_on[index] for team in available)]
    if not chosen:
        _refuse_days(session, district, days, off=off, count=len(available))
    # Another document's plan has its own visits: on such a date the team is not free for this one.
    taken = away | {(visit.team, visit.date) for visit in in_force if visit.document != schedule.document}
    dates = tuple(days[index] for index in chosen)
    return dates, tuple(
        PlanTeam(
            team=team.team,
            works_on=tuple(
                team.works_on[index]
                and (team.team.code, days[index]) not in taken
                and busy.team_is_free(team.team.id, (team.team.shift_start, team.team.shift_end), day=days[index])
                for index in chosen
            ),
            minutes_per_activation=team.team.minutes_per_activation,
        )
        for team in available
    )


def _refuse_days(
    session: Session, district: District, days: Sequence[date], *, off: Mapping[date, str], count: int
) -> None:
    start, end = days[0], days[-1]
    working = working_calendar.working_dates(session, district, start, end)
    if not working:
        names = "; ".join(f"{day}: {name}" for day, name in sorted(off.items())) or said(
            "weekends only", "hanya akhir pekan"
        )
        raise invalid(
            "/period",
            said(
                "Between {start} and {end} there is no working day ({names}).",
                "Antara {start} dan {end} tidak ada hari kerja ({names}).",
                start=start,
                end=end,
                names=names,
            ),
            value=f"{start}..{end}",
            mend=said(
                "Choose a period that holds a working day of the district.",
                "Pilih periode yang memuat hari kerja daerah ini.",
            ),
        )
    raise NoTeam(
        said(
            "None of the {count} teams works between {start} and {end}, which has {working} working "
            "days: look at their weekdays and leave.",
            "Tidak satu pun dari {count} tim bekerja antara {start} dan {end}, padahal ada {working} "
            "hari kerja: periksa hari kerja dan cuti tim.",
            count=count,
            start=start,
            end=end,
            working=len(working),
        ),
        problems=[
            FieldProblem(
                pointer="/teams",
                detail=said("Every team is off on every date.", "Semua tim libur pada semua tanggal."),
                value=f"{start}..{end}",
                mend=said(
                    "Change the leave or the weekdays of a team, or plan another period.",
                    "Ubah cuti atau hari kerja suatu tim, atau pilih periode lain.",
                ),
            )
        ],
    )
