"""What a run writes into its row: that it began, how far it is, and its one end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, selectinload

from app.access import service as access
from app.access.service import WORKER
from app.committed_log import log_once_committed
from app.districts.service import get_district
from app.languages import Language, Said, in_language, said
from app.schedules.models import RunStatus, Schedule, Visit
from app.schedules.promises import promises_of
from app.schedules.queries import last_publication
from app.schedules.runs.breaks_and_kits import name_of
from app.schedules.runs.checking import CheckedPlan, CheckedVisit, Missed, Spread
from app.schedules.runs.failure_words import NO_REASON, removed_meanwhile
from app.schedules.runs.journey_ids import code_of
from app.schedules.runs.problem import BuiltInstance
from app.schedules.runs.travel_model import LegOrigins
from app.schedules.runs.trip_rows import moment_of, store_trips
from app.schedules.trips.today import connection_ways
from app.sites.models import Site
from app.teams.breaks import BreakRule
from app.teams.kit_pools import list_pools
from app.teams.models import Team
from app.teams.values import breaks_of
from app.travel.journeys.stored import journey_points
from app.travel.legs import PlaceKey
from app.travel.models import Way
from app.travel.places import PlaceKind
from app.words import NOUNS


def begin(session: Session, schedule: Schedule, built: BuiltInstance, *, now: datetime) -> None:
    """A worker has taken the run up, with this instance for good."""
    schedule.run_status = RunStatus.RUNNING
    schedule.knows_publication = _known(session, schedule)
    schedule.started_at = now
    schedule.instance_json = built.content
    schedule.demand_json, schedule.in_force_json = built.demand, built.in_force
    schedule.learned = None if built.learned is None else dict(built.learned)
    keep_need(schedule, built)
    schedule.version += 1
    log_once_committed(
        session,
        "run started",
        schedule_id=schedule.id,
        district=schedule.district_code,
        waited_seconds=_seconds(schedule.requested_at, now),
        instance_bytes=len(built.content),
    )


def _known(session: Session, schedule: Schedule) -> int:
    """The last publication that a run's plan is made with; one that goes on from a draft knows what that knew."""
    base = None if schedule.copied_from_id is None else session.get(Schedule, schedule.copied_from_id)
    return last_publication(session, schedule.district_code) if base is None else base.knows_publication


def keep_need(schedule: Schedule, built: BuiltInstance) -> None:
    """What the target asks of the plan and the legs entered, as they stood when its problem was built."""
    need = built.need
    schedule.gap = need.gap
    schedule.target_count = need.target_count
    schedule.activated = need.activated
    schedule.deadline = need.deadline
    schedule.days_after = need.days_after
    schedule.needed_by_end = need.needed_by_end
    schedule.already_planned = built.already_planned
    schedule.ways, schedule.road_map = built.ways, built.road_map
    schedule.walk_ins = need.walk_ins
    schedule.net_gap = built.net_gap
    schedule.further = [row.to_json() for row in built.further]
    schedule.unvisitable = [site.to_json() for site in built.unvisitable]


def shown_progress(event: Mapping[str, Any]) -> dict[str, Any]:
    """What of a solver's progress people see; unknown figures are null."""
    names = {
        "elapsed_seconds": "elapsed_seconds",
        "iterations": "iterations",
        "expected_activations": "activations",
        "upper_bound_activations": "activations_bound",
        "value_milli": "value_milli",
        "bound_milli": "bound_milli",
    }
    return {shown: event.get(name) for shown, name in names.items()}


def fail(session: Session, schedule: Schedule, *, reason: str, now: datetime) -> None:
    """End a run without a plan, with the reason that people read; a `Said` in both languages."""
    schedule.run_status = RunStatus.FAILED
    reason = reason or NO_REASON
    schedule.failure_reason = str(reason)
    schedule.failure_reason_indonesian = in_language(reason, Language.INDONESIAN)
    schedule.finished_at = now
    schedule.version += 1
    _record_end(session, schedule, now=now)


def end_cancelled(session: Session, schedule: Schedule, *, now: datetime) -> None:
    """End a run that was stopped before it had any plan."""
    schedule.run_status = RunStatus.CANCELLED
    schedule.finished_at = now
    schedule.version += 1
    _record_end(session, schedule, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """Teams and sites of a district by the codes that plans use."""

    team_ids: Mapping[str, int]
    site_ids: Mapping[str, int]
    zone: ZoneInfo
    breaks: Mapping[str, tuple[BreakRule, ...]]
    """Of each team by its code, as they are stored today."""
    pools: Mapping[str, str]
    """What the kits of each pool are called."""
    connection_ways: Mapping[str, Way]
    """Whether a connection is a boat or a plane, by its code."""
    points: Mapping[PlaceKey, tuple[float, float]]
    """Where sites, lodgings and stations lie."""

    def gone(self, checked: CheckedPlan) -> list[str]:
        """What the plan names and the district has no longer, in both languages."""
        return sorted(
            {_named("team", visit.team) for visit in checked.visits if visit.team not in self.team_ids}
            | {_named("site", visit.site) for visit in checked.visits if visit.site not in self.site_ids}
            | {_named("team", trip.team) for trip in checked.trips if trip.team not in self.team_ids}
        )


def _named(noun: str, code: str) -> Said:
    return said("{noun} {code}", "{noun} {code}", noun=NOUNS[noun], code=code)


def codes_of(session: Session, district_code: str) -> Codes:
    teams = session.scalars(
        select(Team).where(Team.district_code == district_code).options(selectinload(Team.breaks))
    ).all()
    sites = session.execute(select(Site.code, Site.id, Site.lat, Site.lon).filter_by(district_code=district_code)).all()
    return Codes(
        team_ids={team.code: team.id for team in teams},
        site_ids={row.code: row.id for row in sites},
        zone=ZoneInfo(get_district(session, district_code).time_zone),
        breaks={team.code: breaks_of(team) for team in teams},
        pools={pool.code: pool.name for pool in list_pools(session, district_code)},
        connection_ways=connection_ways(session, district_code),
        points={(PlaceKind.SITE.value, row.code): (row.lat, row.lon) for row in sites}
        | journey_points(session, district_code),
    )


def store_plan(
    session: Session,
    schedule: Schedule,
    checked: CheckedPlan,
    *,
    now: datetime,
    spread: Spread | None = None,
    levels: Mapping[str, Any] | None = None,
) -> None:
    """Keep a verified plan, its figures and its visits as the draft of a schedule.

    A run that was stopped keeps its best plan and stays `cancelled`; that draft can be published like any other. A team
    or site that was removed while the solver ran fails the run."""
    codes = codes_of(session, schedule.district_code)
    gone = codes.gone(checked)
    if gone:
        fail(session, schedule, reason=removed_meanwhile(gone), now=now)
        return
    is_stopped = checked.stop_reason == "cancelled"
    schedule.run_status = RunStatus.CANCELLED if is_stopped else RunStatus.SUCCEEDED
    schedule.finished_at = now
    schedule.version += 1
    keep_figures(session, schedule, checked, codes)
    schedule.changing_nothing = None if checked.unchanged is None else dict(checked.unchanged)
    schedule.levels = {"figures": dict(checked.reached), "report": None if levels is None else dict(levels)}
    if spread is not None:
        schedule.instance_json = spread.instance
        schedule.learned = (schedule.learned or {}) | {"choice": dict(spread.choice)}
    rows = visit_rows(schedule, checked.visits, codes, now=now)
    if rows:
        session.execute(insert(Visit), rows)
    keep_trips(session, schedule, checked, codes, now=now)
    _record_end(session, schedule, now=now)


def keep_figures(session: Session, schedule: Schedule, checked: CheckedPlan, codes: Codes) -> None:
    """What a checked plan is worth, as people read it."""
    schedule.plan_json = checked.content
    schedule.levels = {"figures": dict(checked.reached), "report": None}
    schedule.value_milli = checked.value_milli
    schedule.bound_milli = checked.bound_milli
    schedule.expected_activations = checked.activations
    schedule.upper_bound_activations = checked.activations_bound
    schedule.net_gap = checked.net_gap
    served = {row.document: {"expected": row.served, "at_most": row.at_most} for row in checked.further}
    nobody = {"expected": None, "at_most": None}
    schedule.further = [row | served.get(row["document"], nobody) for row in schedule.further]
    seen = checked.outlook
    schedule.verdict = seen.verdict
    schedule.due_activations = seen.needed
    schedule.counted_activations = seen.counted
    schedule.remaining_activations = seen.left
    schedule.crosses_on = seen.crosses_on
    schedule.stop_reason = checked.stop_reason
    schedule.iterations = checked.iterations
    schedule.solver_version = checked.solver_version
    schedule.missed = _missed(checked.missed, site_ids=codes.site_ids) | {
        "promises": _broken_promises(session, schedule, checked)
    }


def _missed(missed: Missed, *, site_ids: Mapping[str, int]) -> dict[str, Any]:
    """What the plan owes and does not give; a site that has gone meanwhile has no id."""
    return {
        "floors": [
            {
                "area_code": floor.area.id,
                "area_name": floor.area.name,
                "floor": floor.area.min_activations,
                "won": floor.won,
                "at_most": floor.at_most,
            }
            for floor in missed.floors
        ],
        "must_visits": [
            {"site_id": site_ids.get(site.id), "site_code": site.id, "site_name": site.name, "is_visited": is_visited}
            for is_visited, sites in ((False, missed.must_visits), (True, missed.unserved))
            for site in sites
        ],
        "pins": [{"team_code": pin.team, "site_code": pin.site, "date": pin.date.isoformat()} for pin in missed.pins],
        "trips": [
            *(
                {
                    "team_code": row.team,
                    "date": row.date.isoformat(),
                    "lodging": code_of(row.lodging),
                    "connection": None,
                }
                for row in missed.nights
            ),
            *(
                {
                    "team_code": row.team,
                    "date": row.date.isoformat(),
                    "lodging": None,
                    "connection": code_of(row.connection),
                }
                for row in missed.rides
            ),
        ],
    }


def _broken_promises(session: Session, schedule: Schedule, checked: CheckedPlan) -> list[dict[str, Any]]:
    """What requests were promised and the plan does not give."""
    if schedule.is_back_test:
        return []
    planned = {(visit.site, visit.date) for visit in checked.visits}
    return [
        {
            "request_id": promise.request_id,
            "site_id": site.id,
            "site_code": site.code,
            "site_name": site.name,
            "date": promise.date.isoformat(),
        }
        for site, promise in promises_of(session, schedule)
        if (site.code, promise.date) not in planned
    ]


def visit_rows(
    schedule: Schedule, visits: Iterable[CheckedVisit], codes: Codes, *, now: datetime
) -> list[dict[str, Any]]:
    """The rows of checked visits."""
    legs = LegOrigins(schedule.ways, schedule.road_map)
    return [_visit_row(schedule, visit, codes, legs, now=now) for visit in visits]


def keep_trips(session: Session, schedule: Schedule, checked: CheckedPlan, codes: Codes, *, now: datetime) -> None:
    """The trips of a checked plan, in place of those that the draft had."""
    store_trips(
        session,
        schedule,
        checked.trips,
        team_ids=codes.team_ids,
        ways=codes.connection_ways,
        points=codes.points,
        zone=codes.zone,
        now=now,
    )


def _visit_row(
    schedule: Schedule, visit: CheckedVisit, codes: Codes, legs: LegOrigins, *, now: datetime
) -> dict[str, Any]:
    zone, here = codes.zone, ("site", visit.site)
    travel, home = legs.of(visit.came_from, here), legs.of(here, visit.goes_to)
    return {
        "district_code": schedule.district_code,
        "schedule_id": schedule.id,
        "team_id": codes.team_ids[visit.team],
        "site_id": codes.site_ids[visit.site],
        "changed_at": now,
        "date": visit.date,
        "stop_index": visit.stop_index,
        # A draft that breaks `arrives_late` is kept, and told so; no row says that a team comes after its start.
        "arrives_at": moment_of(visit.date, min(visit.arrives_at, visit.start), zone),
        "starts_at": moment_of(visit.date, visit.start, zone),
        "ends_at": moment_of(visit.date, visit.ends_at, zone),
        "setup_minutes": visit.setup_minutes,
        "service_minutes": visit.service_minutes,
        "travel_minutes": visit.travel_minutes,
        "travel_metres": visit.travel_metres,
        "home_minutes": visit.home_minutes,
        "home_metres": visit.home_metres,
        "travel_source": travel.source,
        "travel_way": travel.way,
        "home_source": home.source,
        "home_way": home.way,
        "expected_activations": visit.served,
        "expected_further": dict(visit.further),
        "stage": visit.stage,
        "prepared": visit.prepared,
        "pinned": visit.pinned,
        "day_breaks": [
            {"starts": pause.start, "ends": pause.ends_at, "name": name_of(pause, visit.date, codes.breaks[visit.team])}
            for pause in visit.day_breaks
        ],
        "day_kits": [
            {"code": kit.code, "name": codes.pools.get(kit.code, kit.code), "kind": kit.kind, "count": kit.count}
            for kit in visit.day_kits
        ],
    }


def _record_end(session: Session, schedule: Schedule, *, now: datetime) -> None:
    access.record(
        session,
        WORKER,
        f"schedule.{schedule.run_status}",
        f"schedule/{schedule.id}",
        now=now,
        district_code=schedule.district_code,
        details={"expected_activations": schedule.expected_activations, "reason": schedule.failure_reason},
    )
    # The reason stays in the row: it may quote what people entered.
    log_once_committed(
        session,
        "run failed" if schedule.run_status == RunStatus.FAILED else "run ended",
        schedule_id=schedule.id,
        district=schedule.district_code,
        run_status=str(schedule.run_status),
        seconds=None if schedule.started_at is None else _seconds(schedule.started_at, now),
        attempts=schedule.attempts,
        value_milli=schedule.value_milli,
        bound_milli=schedule.bound_milli,
        expected_activations=schedule.expected_activations,
        stop_reason=schedule.stop_reason,
    )


def _seconds(since: datetime, now: datetime) -> float:
    return round((now - since).total_seconds(), 1)
