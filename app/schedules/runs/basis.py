"""Everything stored that a run plans with, gathered once: dates, sites, teams, target, and the plan in force.

What makes planning pointless is refused here, in words, before any solver starts."""

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.calendars.busy import BusyCalendar, busy_calendar
from app.districts import service as districts
from app.districts import working_calendar
from app.districts.models import Area, District
from app.districts.planning_figures import PlanningFigures, planning_figures
from app.errors import Conflict, FieldProblem, invalid
from app.languages import said
from app.schedules.loads.past import hours_above_share
from app.schedules.models import Schedule
from app.schedules.runs.published_visits import (
    PublishedVisit,
    published_visits,
    slot_for,
    starting_point,
    still_possible,
)
from app.schedules.wish import Wish
from app.sites import service as sites
from app.sites.service import Candidate
from app.teams import service as teams
from app.teams.kit_pools import list_pools
from app.teams.models import KitPool, Team
from app.travel.legs import NO_LEGS, Legs, legs_of

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


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSite:
    """A site as the plan may use it: people and visits that published visits before the plan have left."""

    candidate: Candidate
    people: int
    connectivity: int
    max_visit_dates: int
    open_on: tuple[bool, ...]
    """Open, ready, of a kind asked for, and far enough from its last visit; one flag per date of the basis."""
    is_asked_for: bool
    """Of a kind that the request allows on at least one date."""
    is_too_soon: bool
    """Open on some date asked for, but on none that is far enough from its last visit."""
    gone: int = 0
    """People of the site that reported visits served since the site's own figure, whoever counts them."""
    promised: float = 0.0
    """Activations expected since then of visits that nobody has reported."""
    is_wanted: bool = False
    """It asked for a visit on some of these dates and has none: a plan goes there on one of them, if it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """One district's planning problem in the office's own terms."""

    name: str
    district: District
    dates: tuple[date, ...]
    already_planned: int
    areas: tuple[Area, ...]
    sites: tuple[PlanSite, ...]
    teams: tuple[PlanTeam, ...]
    published: tuple[PublishedVisit, ...]
    weights: Mapping[str, int]
    budget: int | None
    figures: PlanningFigures
    """Those of the district; but a slot that the visits to keep fit into."""
    legs: Legs = NO_LEGS
    kit_pools: tuple[KitPool, ...] = ()


def gather(session: Session, schedule: Schedule) -> Basis:
    """The basis of a requested schedule from the rows as they are now.

    Raises `NotFound` without a target, `InvalidRequest` without a working day, `NoTeam`."""
    district = districts.get_district(session, schedule.district_code)
    target = districts.get_target(session, district.code, schedule.document)
    zone = ZoneInfo(district.time_zone)
    in_force = published_visits(session, schedule, zone=zone)
    busy = busy_calendar(
        session,
        district.code,
        start=schedule.first_date,
        end=schedule.period_end,
        zone=zone,
    )
    dates, free_teams = _dates_and_teams(session, district, schedule, in_force, busy=busy)
    history = hours_above_share(session, district, before=schedule.first_date)
    before = [visit for visit in in_force if visit.document == schedule.document and visit.date < schedule.first_date]
    counted_up_to = districts.counted_up_to(session, target)
    wish = Wish.from_json(schedule.request)
    candidates = sites.candidates(session, district.code, dates, wanted_at=schedule.requested_at)
    plan_sites = _plan_sites(
        [without_busy_hours(candidate, busy) for candidate in candidates] if busy.binds_sites else candidates,
        dates,
        wish=wish,
        before=before,
        in_force=in_force,
        counted_up_to=counted_up_to,
    )
    promised = {(candidate.site.code, day) for candidate in candidates for day in candidate.promised_on}
    published = still_possible(
        [
            replace(visit, is_promised=(visit.site, visit.date) in promised)
            for visit in starting_point(session, schedule, in_force)
            if visit.date >= dates[0]
        ],
        dates=set(dates),
        sites={planned.candidate.site.code for planned in plan_sites},
    )
    figures = planning_figures(session, district.code)
    return Basis(
        name=f"{district.name} {schedule.first_date}..{schedule.period_end} {schedule.document}",
        district=district,
        dates=dates,
        already_planned=int(sum(visit.won for visit in before if visit.date > counted_up_to)),
        areas=tuple(districts.list_areas(session, district.code)),
        sites=plan_sites,
        teams=tuple(replace(team, history_hours=history.get(team.team.id, 0)) for team in free_teams),
        published=published,
        weights=wish.weights,
        budget=district.budget if wish.budget is None else wish.budget.rupiah,
        legs=legs_of(session, district.code),
        kit_pools=tuple(list_pools(session, district.code)),
        figures=replace(
            figures,
            slot_minutes=slot_for(
                [visit for visit in published if visit.is_kept or wish.replan is not None],
                figures.slot_minutes,
                sessions={
                    planned.candidate.site.code
                    for planned in plan_sites
                    if planned.candidate.site.fixed_minutes is not None
                },
            ),
        ),
    )


def _dates_and_teams(
    session: Session, district: District, schedule: Schedule, in_force: Sequence[PublishedVisit], *, busy: BusyCalendar
) -> tuple[tuple[date, ...], tuple[PlanTeam, ...]]:
    """The dates on which at least one team works, and who is free on them."""
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
    taken = {(visit.team, visit.date) for visit in in_force if visit.document != schedule.document}
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


def without_busy_hours(candidate: Candidate, busy: BusyCalendar) -> Candidate:
    """The site with the hours that calendars leave it."""
    site_id, area_code = candidate.site.id, candidate.site.area_code
    hours = {
        day: busy.site_hours(site_id, area_code, day=day, windows=windows)
        for day, windows in candidate.windows_by_date.items()
    }
    return replace(candidate, windows_by_date=hours)


def _plan_sites(
    candidates: Sequence[Candidate],
    dates: tuple[date, ...],
    *,
    wish: Wish,
    before: Sequence[PublishedVisit],
    in_force: Sequence[PublishedVisit],
    counted_up_to: date,
) -> tuple[PlanSite, ...]:
    """The candidates as the plan may use them, beside the visits before it and those in force."""
    earlier: dict[str, list[PublishedVisit]] = defaultdict(list)
    for visit in before:
        if not visit.is_lost:
            earlier[visit.site].append(visit)
    standing: dict[str, set[date]] = defaultdict(set)
    for visit in in_force:
        standing[visit.site].add(visit.date)
    allowed = {
        kind: tuple(wish.allows(kind, day) for day in dates)
        for kind in {candidate.site.kind for candidate in candidates}
    }
    return tuple(
        _plan_site(
            candidate,
            dates,
            allowed=allowed[candidate.site.kind],
            earlier=earlier[candidate.site.code],
            counted_up_to=counted_up_to,
            standing=standing[candidate.site.code],
        )
        for candidate in candidates
    )


def _plan_site(
    candidate: Candidate,
    dates: Sequence[date],
    *,
    allowed: Sequence[bool],
    earlier: Sequence[PublishedVisit],
    counted_up_to: date,
    standing: Container[date],
) -> PlanSite:
    """`earlier`: visits to the site before the first date to plan, lost ones left out; `standing`: all dates on which
    visits to it are in force."""
    last = max((visit.date for visit in earlier), default=None)
    with_hours = [may and bool(candidate.windows_by_date.get(day)) for day, may in zip(dates, allowed, strict=True)]
    open_on = tuple(
        opens and (last is None or _spaced(last, day, candidate)) for day, opens in zip(dates, with_hours, strict=True)
    )
    is_wanted = any(opens and day in candidate.wanted_on for day, opens in zip(dates, open_on, strict=True))
    if is_wanted:
        # What was asked for, and what is promised already; on other dates nobody waits for a team.
        open_on = tuple(
            opens and (day in candidate.wanted_on or day in standing) for day, opens in zip(dates, open_on, strict=True)
        )
    # The site's own figure has a day of its own: a new count of the district takes nobody back at the site.
    own_day = candidate.site.already_activated_as_of or date.min
    since = [visit for visit in earlier if visit.date > own_day]
    reported = [visit for visit in since if visit.is_reported]
    return PlanSite(
        candidate=candidate,
        people=max(0, int(candidate.people - sum(visit.won for visit in since))),
        connectivity=candidate.site.connectivity,
        max_visit_dates=max(
            0, candidate.max_visit_dates - len({visit.date for visit in earlier if visit.date > counted_up_to})
        ),
        open_on=open_on,
        is_asked_for=any(allowed),
        is_too_soon=any(with_hours) and not any(open_on),
        gone=int(sum(visit.won + visit.other_district for visit in reported)),
        promised=sum(visit.won for visit in since if not visit.is_reported),
        is_wanted=is_wanted,
    )


def _spaced(last: date, day: date, candidate: Candidate) -> bool:
    return (day - last).days >= candidate.min_gap_days
