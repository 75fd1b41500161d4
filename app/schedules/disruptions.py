"""A whole day off the plan in one call: a team is ill, a site is closed. The fact is stored, and a run is put in line
that changes the plan in force as little as that asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts import service as districts
from app.districts.models import District
from app.districts.opening_hours import DatedHours
from app.errors import Conflict, invalid
from app.languages import said
from app.schedules import service as schedules
from app.schedules.models import Schedule, Visit
from app.schedules.queries import visits_in_force
from app.schedules.standing_results import is_reported
from app.schedules.wish import Closeness, Wish
from app.sites import service as sites
from app.sites.models import Site
from app.sites.values import fields_of
from app.teams import service as teams
from app.teams.leave import Leave
from app.teams.models import Team, TeamLeave

MOST_DAYS = 92


class NoPlanToChange(Conflict):
    """No published plan has visits on or after the first of the days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What happens: to one team, or to one site, by code; both dates included."""

    team: str | None
    site: str | None
    start: date
    end: date
    reason: str | None
    document: str
    most_moved: int | None
    time_limit_seconds: int | None
    iterations: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disruption:
    """What was stored, whom it meets, and the run that changes the plan."""

    leave: TeamLeave | None
    closed_dates: tuple[date, ...]
    affected: tuple[Visit, ...]
    """Visits in force that cannot be any more."""
    run: Schedule


def disrupt(session: Session, district: District, trouble: Trouble, *, actor: Actor, now: datetime) -> Disruption:
    """Store a leave or a closure and put a re-planning of the plan in force in line, all in this transaction.

    Days on which the team is on leave, or the site closed, already stay as they are. Raises `InvalidRequest`,
    `NoPlanToChange`, `LeaveOverlaps` and what `request_schedule` raises."""
    today = districts.date_of(now, district)
    _check_days(trouble, today=today)
    plan = _plan_to_change(session, district, trouble, today=today)
    leave: TeamLeave | None = None
    closed: tuple[date, ...] = ()
    if trouble.team is not None:
        team = _team(session, district, trouble.team, actor=actor)
        leave, who = _on_leave(session, team, trouble, actor=actor, now=now), Visit.team_id == team.id
    else:
        site = _site(session, district, trouble.site or "", actor=actor)
        closed, who = _closed(session, site, trouble, actor=actor, now=now), Visit.site_id == site.id
    affected = session.scalars(
        visits_in_force(district.code)
        .join(Schedule, Schedule.id == Visit.schedule_id)
        .where(
            who,
            Schedule.document == trouble.document,
            Visit.date.between(max(trouble.start, today), trouble.end),
            Visit.starts_at >= now,
            ~is_reported(),
        )
        .order_by(Visit.starts_at, Visit.id)
    ).all()
    # Today is planned anew only where the trouble has begun.
    first = today if trouble.start <= today else today + timedelta(days=1)
    wish = Wish(
        period_start=plan.period_start,
        period_end=plan.period_end,
        document=trouble.document,
        first_date=max(first, plan.first_date),
        replan=Closeness(most_moved=trouble.most_moved),
        time_limit_seconds=trouble.time_limit_seconds,
        iterations=trouble.iterations,
    )
    run = schedules.request_schedule(session, district, wish, actor=actor, now=now)
    access.record(
        session,
        actor,
        "plan.disrupt",
        f"schedule/{run.id}",
        now=now,
        district_code=district.code,
        details={
            "team": trouble.team,
            "site": trouble.site,
            "days": f"{trouble.start}..{trouble.end}",
            "reason": trouble.reason,
            "affected": len(affected),
        },
    )
    session.flush()
    return Disruption(leave=leave, closed_dates=closed, affected=tuple(affected), run=run)


def _check_days(trouble: Trouble, *, today: date) -> None:
    if trouble.end < trouble.start:
        raise invalid(
            "/until",
            said("{end} comes before {start}.", "{end} sebelum {start}.", end=trouble.end, start=trouble.start),
            value=trouble.end.isoformat(),
            mend=said("Write the first day as 'from'.", "Tulis hari pertama sebagai 'from'."),
        )
    if trouble.end < today:
        raise invalid(
            "/until",
            said(
                "The days are over: it is {today} in the district.",
                "Hari-hari itu sudah lewat: di daerah itu sekarang {today}.",
                today=today,
            ),
            value=trouble.end.isoformat(),
            mend=said("Report the results of its visits instead.", "Laporkan saja hasil kunjungannya."),
        )
    if (trouble.end - trouble.start).days >= MOST_DAYS:
        raise invalid(
            "/until",
            said("These are more than {most} days.", "Ini lebih dari {most} hari.", most=MOST_DAYS),
            value=trouble.end.isoformat(),
            mend=said("Say it in parts.", "Sebutkan sebagian-sebagian."),
        )


def _plan_to_change(session: Session, district: District, trouble: Trouble, *, today: date) -> Schedule:
    """The plan that holds the days, as far as it is in force."""
    plan = session.scalars(
        select(Schedule)
        .join(Visit, Visit.schedule_id == Schedule.id)
        .where(
            Schedule.district_code == district.code,
            Schedule.document == trouble.document,
            Schedule.published_at.is_not(None),
            Schedule.first_date <= trouble.end,
            Schedule.period_end >= max(trouble.start, today),
            Visit.in_force,
            Visit.date >= today,
        )
        .order_by(Schedule.published_at.desc(), Schedule.id.desc())
        .limit(1)
    ).first()
    if plan is None:
        raise NoPlanToChange(
            said(
                "No published plan has visits from {start} to {end}, so none has to change. Store the leave of the "
                "team or the hours of the site instead.",
                "Tidak ada rencana terbit dengan kunjungan dari {start} sampai {end}, jadi tidak ada yang perlu "
                "diubah. Simpan saja cuti tim atau jam buka lokasinya.",
                start=trouble.start,
                end=trouble.end,
            )
        )
    return plan


def _team(session: Session, district: District, code: str, *, actor: Actor) -> Team:
    team_id = session.scalar(select(Team.id).filter_by(district_code=district.code, code=code))
    if team_id is None:
        raise invalid(
            "/team",
            said("The district has no team {team!r}.", "Daerah ini tidak punya tim {team!r}.", team=code),
            value=code,
            mend=said("Give the code of one of its teams.", "Isi kode salah satu timnya."),
        )
    return teams.read_team(session, team_id, actor=actor, write=True)


def _site(session: Session, district: District, code: str, *, actor: Actor) -> Site:
    site = sites.find_site(session, district.code, code)
    if site is None:
        raise invalid(
            "/site",
            said("The district has no site {site!r}.", "Daerah ini tidak punya lokasi {site!r}.", site=code),
            value=code,
            mend=said("Give the code of one of its sites.", "Isi kode salah satu lokasinya."),
        )
    return sites.read_site(session, site.id, actor=actor, write=True)


def _on_leave(session: Session, team: Team, trouble: Trouble, *, actor: Actor, now: datetime) -> TeamLeave | None:
    """The new leave; None where one covers all of these days already."""
    if any(leave.starts_on <= trouble.start and trouble.end <= leave.ends_on for leave in team.leaves):
        return None
    leave = Leave(trouble.start, trouble.end, trouble.reason)
    return teams.add_leave(session, team, leave, actor=actor, now=now)


def _closed(session: Session, site: Site, trouble: Trouble, *, actor: Actor, now: datetime) -> tuple[date, ...]:
    """The days on which the site takes no visit now, whatever its hours were."""
    days = tuple(trouble.start + timedelta(days=number) for number in range((trouble.end - trouble.start).days + 1))
    kept: Sequence[DatedHours] = [entry for entry in fields_of(site).exceptions if entry.date not in days]
    exceptions = (*kept, *(DatedHours(day) for day in days))
    sites.change_site(session, site, {"exceptions": exceptions}, actor=actor, now=now)
    return days
