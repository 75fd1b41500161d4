"""Everything stored that a run plans with, gathered once: dates, sites, teams, target, and the plan in force.

What makes planning pointless is refused here, in words, before any solver starts."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.calendars.busy import busy_calendar
from app.districts import service as districts
from app.districts.issuing import IssuingFigures, issuing_figures
from app.districts.models import Area, District, Document
from app.districts.planning_figures import PlanningFigures, planning_figures
from app.errors import invalid
from app.languages import said
from app.schedules.loads.past import hours_above_share
from app.schedules.models import Schedule
from app.schedules.runs.further import FurtherDocument, refuse_without_issuers, refuse_without_people
from app.schedules.runs.need import need_of
from app.schedules.runs.plan_sites import PlanSite, plan_sites, without_busy_hours
from app.schedules.runs.plan_teams import PlanTeam, dates_and_teams, who_issue
from app.schedules.runs.published_visits import (
    PublishedVisit,
    preparations_among,
    published_visits,
    slot_for,
    starting_point,
    still_possible,
)
from app.schedules.trips.reading import WholeTrip
from app.schedules.trips.standing import pinned_trips, staying_days
from app.schedules.wish import Wish
from app.sites import service as sites
from app.sites.service import Candidate, sessions_elsewhere
from app.teams.kit_pools import list_pools
from app.teams.models import KitPool, Team
from app.travel.journeys.stored import NO_JOURNEYS, Journeys, journeys_of
from app.travel.legs import NO_LEGS, Legs, legs_of


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
    pinned_trips: tuple[tuple[str, WholeTrip], ...] = ()
    """That the plan has to keep whole, with the codes of their teams."""


def gather(session: Session, schedule: Schedule) -> Basis:
    """The basis of a requested schedule from the rows as they are now.

    Raises `NotFound` without a target, `InvalidRequest` without a working day, `NoTeam`, `NobodyIssues`,
    `NobodyNeeds`."""
    district = districts.get_district(session, schedule.district_code)
    target = districts.get_target(session, district.code, schedule.document)
    zone = ZoneInfo(district.time_zone)
    in_force = published_visits(session, schedule, zone=zone)
    busy = busy_calendar(session, district.code, start=schedule.first_date, end=schedule.period_end, zone=zone)
    away = staying_days(session, schedule)
    dates, free_teams = dates_and_teams(session, district, schedule, in_force, busy=busy, away=away)
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
    candidates = sites.candidates(
        session,
        district.code,
        dates,
        wanted_at=schedule.requested_at,
        preparations=preparations_among(others) if document is Document.IKD else None,
    )
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
    free_teams = who_issue(free_teams, wanted, takes)
    planned_sites = plan_sites(
        [without_busy_hours(candidate, busy) for candidate in candidates] if busy.binds_sites else candidates,
        dates,
        wish=wish,
        documents=wanted,
        others=others,
        in_force=in_force,
        counted_up_to=counted_up_to,
    )
    pins = pinned_trips(session, schedule)
    published = still_possible(
        [
            visit
            for visit in _with_promises(starting_point(session, schedule, in_force), candidates, pins)
            if visit.date >= dates[0] and (visit.team, visit.date) not in away
        ],
        dates=set(dates),
        sites={planned.candidate.site.code for planned in planned_sites},
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
        sites=planned_sites,
        teams=tuple(replace(team, history_hours=history.get(team.team.id, 0)) for team in free_teams),
        published=published,
        weights=wish.weights,
        budget=district.budget if wish.budget is None else wish.budget.rupiah,
        legs=legs_of(session, district.code).moved(sessions_elsewhere(candidates)),
        kit_pools=pools,
        journeys=journeys_of(session, district.code),
        pinned_trips=tuple(pins),
        further=_further(session, schedule, wish, others, takes),
        figures=_in_slots_of(
            [visit for visit in published if visit.is_kept or wish.replan is not None], figures, planned_sites
        ),
    )


def _with_promises(
    visits: Iterable[PublishedVisit], candidates: Sequence[Candidate], pins: Sequence[tuple[str, WholeTrip]]
) -> Iterator[PublishedVisit]:
    """The visits, marked where their site was promised the date, and where they are on a pinned trip of their team."""
    promised = {(candidate.site.code, day) for candidate in candidates for day in candidate.promised_on}
    for visit in visits:
        yield replace(
            visit,
            is_promised=(visit.site, visit.date) in promised,
            is_on_pinned_trip=any(
                team == visit.team and whole.trip.starts_on <= visit.date <= whole.trip.ends_on for team, whole in pins
            ),
        )


def _in_slots_of(
    kept: Sequence[PublishedVisit], figures: PlanningFigures, planned_sites: Sequence[PlanSite]
) -> PlanningFigures:
    """The planning figures, with a slot that visits to keep, or to stay close to, fit into."""
    sites_of_sessions = (planned.candidate.site for planned in planned_sites)
    sessions = {site.code for site in sites_of_sessions if site.fixed_minutes is not None}
    return replace(figures, slot_minutes=slot_for(kept, figures.slot_minutes, sessions=sessions))


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


def at_signal_of(figures: PlanningFigures, document: IssuingFigures) -> PlanningFigures:
    """The planning figures for a plan of one document alone: what needs no signal is as fast everywhere."""
    if document.needs_signal:
        return figures
    undisturbed = (100, 100, 100, 100, 100)
    return replace(figures, throughput_percent=undisturbed, success_percent=undisturbed)
