"""Everything stored that a run plans with, gathered once: dates, sites, teams, target, and the plan in force.

What makes planning pointless is refused here, in words, before any solver starts."""

from collections import defaultdict
from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.calendars.busy import BusyCalendar, busy_calendar
from app.districts import service as districts
from app.districts import working_calendar
from app.districts.issuing import IssuingFigures, issuing_figures
from app.districts.models import Area, District, Document
from app.districts.planning_figures import PlanningFigures, planning_figures
from app.errors import Conflict, FieldProblem, invalid
from app.languages import said
from app.schedules.loads.past import hours_above_share
from app.schedules.models import Schedule
from app.schedules.runs.further import (
    FurtherDocument,
    figure_day,
    people_with,
    refuse_without_issuers,
    refuse_without_people,
)
from app.schedules.runs.need import need_of
from app.schedules.runs.published_visits import (
    PublishedVisit,
    published_visits,
    slot_for,
    starting_point,
    still_possible,
)
from app.schedules.trips.standing import staying_days
from app.schedules.wish import Wish
from app.sites import service as sites
from app.sites.service import Candidate, sessions_elsewhere
from app.teams import service as teams
from app.teams.issuing import at_once, may_issue
from app.teams.kit_pools import list_pools
from app.teams.models import KitPool, Team
from app.travel.journeys.stored import NO_JOURNEYS, Journeys, journeys_of
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
    operators: int | None = None
    """Who can be at work at once, where the kits of the plan's document allow fewer than there are."""


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
    further: Mapping[Document, int] = field(default_factory=dict)
    """People left who need further documents that were asked for."""

    @property
    def has_people(self) -> bool:
        """Whether anybody is left to be served with any document of the plan."""
        return self.people > 0 or any(self.further.values())


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
    journeys: Journeys = NO_JOURNEYS
    further: tuple[FurtherDocument, ...] = ()
    """What else the visits are to serve."""


def gather(session: Session, schedule: Schedule) -> Basis:
    """The basis of a requested schedule from the rows as they are now.

    Raises `NotFound` without a target, `InvalidRequest` without a working day, `NoTeam`, `NobodyIssues`,
    `NobodyNeeds`."""
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
    away = staying_days(session, schedule)
    dates, free_teams = _dates_and_teams(session, district, schedule, in_force, busy=busy, away=away)
    history = hours_above_share(session, district, before=schedule.first_date)
    # Visits of a trip that stays are no more to be planned than those of the past.
    others = [
        visit
        for visit in in_force
        if visit.document != schedule.document or visit.date < schedule.first_date or (visit.team, visit.date) in away
    ]
    counted_up_to = districts.counted_up_to(session, target)
    wish = Wish.from_json(schedule.request)
    document = Document(schedule.document)
    takes = issuing_figures(session, district.code)
    candidates = sites.candidates(session, district.code, dates, wanted_at=schedule.requested_at)
    wanted = (document, *(Document(row.document) for row in wish.further))
    pools = tuple(list_pools(session, district.code))
    _refuse_vain(
        candidates,
        [team.team for team in free_teams],
        wanted,
        takes,
        pools=pools,
        dates=dates,
        district_code=district.code,
    )
    free_teams = _who_issue(free_teams, wanted, takes)
    plan_sites = _plan_sites(
        [without_busy_hours(candidate, busy) for candidate in candidates] if busy.binds_sites else candidates,
        dates,
        wish=wish,
        documents=wanted,
        others=others,
        in_force=in_force,
        counted_up_to=counted_up_to,
    )
    promised = {(candidate.site.code, day) for candidate in candidates for day in candidate.promised_on}
    published = still_possible(
        [
            replace(visit, is_promised=(visit.site, visit.date) in promised)
            for visit in starting_point(session, schedule, in_force)
            if visit.date >= dates[0] and (visit.team, visit.date) not in away
        ],
        dates=set(dates),
        sites={planned.candidate.site.code for planned in plan_sites},
    )
    figures = planning_figures(session, district.code)
    if document is not Document.IKD:
        figures = at_signal_of(figures, takes[document])
    return Basis(
        name=f"{district.name} {schedule.first_date}..{schedule.period_end} {schedule.document}",
        district=district,
        dates=dates,
        already_planned=_planned_since(others, document, counted_up_to),
        areas=tuple(districts.list_areas(session, district.code)),
        sites=plan_sites,
        teams=tuple(replace(team, history_hours=history.get(team.team.id, 0)) for team in free_teams),
        published=published,
        weights=wish.weights,
        budget=district.budget if wish.budget is None else wish.budget.rupiah,
        legs=legs_of(session, district.code).moved(sessions_elsewhere(candidates)),
        kit_pools=pools,
        journeys=journeys_of(session, district.code),
        further=_further(session, schedule, wish, others, takes),
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


def _planned_since(others: Sequence[PublishedVisit], document: Document, counted_up_to: date) -> int:
    """People whom visits of other plans, or before this one, serve with a document and whom no count knows yet."""
    return int(sum(visit.won_of(document.value) for visit in others if visit.date > counted_up_to))


def _further(
    session: Session,
    schedule: Schedule,
    wish: Wish,
    others: Sequence[PublishedVisit],
    takes: Mapping[Document, IssuingFigures],
) -> tuple[FurtherDocument, ...]:
    """Raises `NotFound` where a document has no target, `InvalidRequest` where its deadline ends inside the dates."""
    further = []
    for wanted in wish.further:
        document, worths = Document(wanted.document), wish.worths()
        need = need_of(session, schedule, document=document.value)
        if need.deadline < schedule.period_end:
            raise invalid(
                "/documents",
                said(
                    "The target of {document} ends on {deadline}, before the period does: what visits serve after it "
                    "would count towards nothing.",
                    "Target {document} berakhir {deadline}, sebelum periode ini selesai: hasil kunjungan sesudahnya "
                    "tidak dihitung.",
                    document=document.value,
                    deadline=need.deadline,
                ),
                value=document.value,
                mend=said(
                    "Plan a period up to {deadline}, leave the document out, or set a later deadline: PUT "
                    "/v1/districts/{district}/targets/{document}.",
                    "Pilih periode sampai {deadline}, kosongkan dokumennya, atau perpanjang tenggatnya: PUT "
                    "/v1/districts/{district}/targets/{document}.",
                    deadline=need.deadline,
                    district=schedule.district_code,
                    document=document.value,
                ),
            )
        target = districts.get_target(session, schedule.district_code, document.value)
        further.append(
            FurtherDocument(
                document=document,
                worth=worths[document.value],
                need=need,
                already_planned=_planned_since(others, document, districts.counted_up_to(session, target)),
                figures=takes[document],
            )
        )
    return tuple(further)


def _refuse_vain(
    candidates: Sequence[Candidate],
    of_teams: Sequence[Team],
    wanted: Sequence[Document],
    takes: Mapping[Document, IssuingFigures],
    *,
    pools: Sequence[KitPool],
    dates: Collection[date],
    district_code: str,
) -> None:
    """Raise `NobodyNeeds` or `NobodyIssues` for the first document that no plan can serve anybody with."""
    for number, document in enumerate(wanted):
        pointer = "/documents" if number else "/document"
        refuse_without_people(candidates, document, district_code=district_code, pointer=pointer)
        # How many issue the document of a plan that has no other is the same on all dates: pools take no part in it.
        shared = pools if number else ()
        refuse_without_issuers(of_teams, document, takes.get(document), pools=shared, dates=dates, pointer=pointer)


def _who_issue(
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


def at_signal_of(figures: PlanningFigures, document: IssuingFigures) -> PlanningFigures:
    """The planning figures for a plan of one document alone: what needs no signal is as fast everywhere."""
    if document.needs_signal:
        return figures
    undisturbed = (100, 100, 100, 100, 100)
    return replace(figures, throughput_percent=undisturbed, success_percent=undisturbed)


def _dates_and_teams(
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


def without_busy_hours(candidate: Candidate, busy: BusyCalendar) -> Candidate:
    """The site with the hours that calendars leave it, and the place where its session is held."""
    hours = candidate.windows_by_date
    for site in [candidate.site] if candidate.place is None else [candidate.site, candidate.place]:
        hours = {
            day: busy.site_hours(site.id, site.area_code, day=day, windows=windows) for day, windows in hours.items()
        }
    return replace(candidate, windows_by_date=hours)


def _plan_sites(
    candidates: Sequence[Candidate],
    dates: tuple[date, ...],
    *,
    wish: Wish,
    documents: Sequence[Document],
    others: Sequence[PublishedVisit],
    in_force: Sequence[PublishedVisit],
    counted_up_to: date,
) -> tuple[PlanSite, ...]:
    """The candidates as the plan may use them, beside the visits that it does not replace and those in force."""
    beside: dict[str, list[PublishedVisit]] = defaultdict(list)
    for visit in others:
        if not visit.is_lost:
            beside[visit.site].append(visit)
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
            documents=documents,
            beside=beside[candidate.site.code],
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
    documents: Sequence[Document],
    beside: Sequence[PublishedVisit],
    counted_up_to: date,
    standing: Container[date],
) -> PlanSite:
    """`documents`: the plan's own first; `beside`: visits to the site that the plan does not replace, lost ones left
    out; `standing`: all dates on which visits to it are in force."""
    own, *further = documents
    earlier = [visit for visit in beside if visit.document == own.value]
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
    since = [visit for visit in earlier if visit.date > figure_day(candidate, own)]
    reported = [visit for visit in since if visit.is_reported]
    return PlanSite(
        candidate=candidate,
        people=people_left(candidate, own, beside),
        connectivity=candidate.held_at.connectivity,
        max_visit_dates=max(
            0, candidate.max_visit_dates - len({visit.date for visit in earlier if visit.date > counted_up_to})
        ),
        open_on=open_on,
        is_asked_for=any(allowed),
        is_too_soon=any(with_hours) and not any(open_on),
        gone=int(sum(visit.won + visit.other_district for visit in reported)),
        promised=sum(visit.won for visit in since if not visit.is_reported),
        is_wanted=is_wanted,
        further={document: people_left(candidate, document, beside) for document in further},
    )


def people_left(candidate: Candidate, document: Document, beside: Sequence[PublishedVisit]) -> int:
    """Who is left of those whom the site's figure of a document counts, after the visits since its day.

    `beside`: visits to the site that no plan replaces, lost ones left out."""
    own_day = figure_day(candidate, document)
    gone = sum(visit.won_of(document.value) for visit in beside if visit.date > own_day)
    return max(0, int(people_with(candidate, document) - gone))


def _spaced(last: date, day: date, candidate: Candidate) -> bool:
    return (day - last).days >= candidate.min_gap_days
