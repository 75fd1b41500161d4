"""Schedules and visits as the API shows them."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts.models import Document
from app.districts.service import get_district
from app.schedules.change_schemas import ComparedFiguresOut, ComparisonOut, DifferenceOut
from app.schedules.comparing import Difference, compare
from app.schedules.document_schemas import expected_of
from app.schedules.models import RunStatus, Schedule, Visit
from app.schedules.policies.results import policy_result_out
from app.schedules.result_schemas import TextOut
from app.schedules.results import learned_out, result_out, unvisitable_out
from app.schedules.run_words import failure_of
from app.schedules.schemas import DraftOut, LinksOut, PeriodOut, ProgressOut, RequestOut, ScheduleOut, Stage
from app.schedules.standing_results import VisitState, standing_results, state_of
from app.schedules.team_days import shown_breaks
from app.schedules.trips.reading import trip_ids
from app.schedules.visit_schemas import (
    DayBreakOut,
    DayKitOut,
    PlannedWithOut,
    SessionPlaceOut,
    VisitOut,
    VisitSiteOut,
    VisitTeamOut,
)
from app.schedules.wish import Wish
from app.sites.models import Site, SiteKind
from app.sites.preparations import VisitStage
from app.sites.session_places import place_on, places_of
from app.teams.models import Team
from app.travel.models import LegSource, Way
from app.words import text_of


def schedule_out(schedule: Schedule, *, place: int | None = None) -> ScheduleOut:
    """`place`: in line, of a run that waits."""
    self_link = f"/v1/schedules/{schedule.id}"
    failure = failure_of(schedule)
    return ScheduleOut(
        id=schedule.id,
        district_code=schedule.district_code,
        document=Document(schedule.document),
        period=PeriodOut(start=schedule.period_start, end=schedule.period_end),
        first_date=schedule.first_date,
        is_back_test=schedule.is_back_test,
        stage=_stage(schedule),
        run_status=RunStatus(schedule.run_status),
        place_in_line=place,
        cancel_requested=schedule.cancel_requested_at is not None,
        failure_reason=schedule.failure_reason,
        failure_text=None if failure is None else TextOut(**text_of(failure)),
        progress=None if schedule.progress is None else ProgressOut(**schedule.progress),
        unvisitable=unvisitable_out(schedule),
        draft=None
        if schedule.draft_version is None
        else DraftOut(
            version=schedule.draft_version,
            copied_from=schedule.copied_from_id,
            copied_version=schedule.copied_version,
        ),
        result=result_out(schedule),
        learned=learned_out(schedule),
        policy=policy_result_out(schedule),
        request=RequestOut.of(Wish.from_json(schedule.request)),
        requested_at=schedule.requested_at,
        requested_by=schedule.requested_by,
        started_at=schedule.started_at,
        finished_at=schedule.finished_at,
        published_at=schedule.published_at,
        superseded_at=schedule.superseded_at,
        links=LinksOut(
            self=self_link,
            what_if=f"{self_link}/what-if",
            team_loads=f"{self_link}/team-loads",
            copy_to_edit=f"{self_link}/copy",
            **{
                name: f"{self_link}/{name}"
                for name in (
                    *("events", "cancel", "publish", "visits", "changes", "enough", "policies", "instance", "plan"),
                    *("edits", "versions"),
                )
            },
        ),
    )


def _stage(schedule: Schedule) -> Stage:
    if schedule.superseded_at is not None:
        return "superseded"
    if schedule.published_at is not None:
        return "published"
    # Every verified plan has a verdict; whether there is one is told without loading it.
    return "run" if schedule.verdict is None else "draft"


def zone_of(session: Session, district_code: str) -> ZoneInfo:
    return ZoneInfo(get_district(session, district_code).time_zone)


def _visit_out(
    visit: Visit,
    site: Site,
    team: Team,
    *,
    place: Site | None,
    trip_id: int | None,
    document: str,
    zone: ZoneInfo,
    state: VisitState,
) -> VisitOut:
    """`place`: where the session of the site is held, if it is moved."""
    held_at = place or site
    return VisitOut(
        id=visit.id,
        uid=str(visit.uid),
        trip_id=trip_id,
        team=VisitTeamOut(code=team.code, name=team.name),
        site=VisitSiteOut(
            code=site.code,
            name=site.name,
            kind=SiteKind(site.kind),
            area_code=site.area_code,
            lat=held_at.lat,
            lon=held_at.lon,
            session_at=None if place is None else SessionPlaceOut(code=place.code, name=place.name),
        ),
        date=visit.date,
        stop_index=visit.stop_index,
        arrives_at=visit.arrives_at.astimezone(zone),
        starts_at=visit.starts_at.astimezone(zone),
        ends_at=visit.ends_at.astimezone(zone),
        setup_minutes=visit.setup_minutes,
        service_minutes=visit.service_minutes,
        travel_minutes=visit.travel_minutes,
        travel_metres=visit.travel_metres,
        travel_source=LegSource(visit.travel_source),
        travel_way=None if visit.travel_way is None else Way(visit.travel_way),
        breaks=[DayBreakOut(**pause) for pause in shown_breaks(visit.day_breaks, visit.date, zone)],
        carried=[DayKitOut(**kit) for kit in visit.day_kits],
        document=Document(document),
        expected_activations=visit.expected_activations,
        expected=expected_of(document, visit.expected_activations, visit.expected_further),
        stage=None if visit.stage is None else VisitStage(visit.stage),
        prepared=visit.prepared,
        planned_with=None if visit.planned_with is None else PlannedWithOut(**visit.planned_with),
        state=state,
        pinned=visit.pinned,
        in_force=visit.in_force,
        published_at=visit.published_at,
        withdrawn_at=visit.withdrawn_at,
        sequence=visit.sequence,
    )


def visits_out(session: Session, district_code: str, visits: Iterable[Visit], *, now: datetime) -> dict[int, VisitOut]:
    """Visits of one district by their id, with sites, teams and results looked up together."""
    listed = list(visits)
    sites = {
        site.id: site for site in session.scalars(select(Site).where(Site.id.in_({visit.site_id for visit in listed})))
    }
    teams = {
        team.id: team for team in session.scalars(select(Team).where(Team.id.in_({visit.team_id for visit in listed})))
    }
    places = places_of(session, district_code, sites.values())
    plans = {visit.schedule_id for visit in listed}
    rows = session.execute(select(Schedule.id, Schedule.document).where(Schedule.id.in_(plans)))
    documents = {row.id: row.document for row in rows}
    standing = standing_results(session, district_code, {visit.uid for visit in listed})
    zone = zone_of(session, district_code)
    trips = trip_ids(session, listed)
    return {
        visit.id: _visit_out(
            visit,
            sites[visit.site_id],
            teams[visit.team_id],
            trip_id=trips.get(visit.id),
            place=place_on(sites[visit.site_id], visit.date, places),
            document=documents[visit.schedule_id],
            zone=zone,
            state=state_of(visit, standing.get(visit.uid), now=now),
        )
        for visit in listed
    }


def comparison_out(session: Session, schedule: Schedule, other: Schedule, *, now: datetime) -> ComparisonOut:
    """Two plans side by side; raises what `compare` raises."""
    comparison = compare(session, schedule, other, now=now)
    every = (comparison.kept, comparison.retimed, comparison.moved, comparison.added, comparison.dropped)
    visits = [
        visit
        for part in every
        for difference in part
        for visit in (difference.before, difference.after)
        if visit is not None
    ]
    shown = visits_out(session, schedule.district_code, visits, now=now)

    def part_out(part: Iterable[Difference]) -> list[DifferenceOut]:
        return [
            DifferenceOut(
                before=None if difference.before is None else shown[difference.before.id],
                after=None if difference.after is None else shown[difference.after.id],
                reason=difference.why,
                text=TextOut(**difference.text),
            )
            for difference in part
        ]

    return ComparisonOut(
        against=other.id,
        since=comparison.since,
        before=ComparedFiguresOut.model_validate(comparison.before),
        after=ComparedFiguresOut.model_validate(comparison.after),
        kept=part_out(comparison.kept),
        retimed=part_out(comparison.retimed),
        moved=part_out(comparison.moved),
        added=part_out(comparison.added),
        dropped=part_out(comparison.dropped),
    )
