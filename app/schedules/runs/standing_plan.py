"""The gate to the planning core for changes of the plan in force: its visits on a problem built of today's rows, and
what the plan is worth with some team-days laid out otherwise."""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.errors import Conflict
from app.languages import joined, said
from app.schedules.models import Schedule, Visit
from app.schedules.queries import visits_in_force
from app.schedules.runs.breaks_and_kits import rows_of_kits, with_standing_breaks
from app.schedules.runs.documents_model import plan_of
from app.schedules.runs.drafted_trips import with_trip_days
from app.schedules.runs.drafting import DraftPlan, DraftProblem, with_rows_of
from app.schedules.runs.problem import BuiltInstance, build_instance
from app.schedules.runs.rows_in_force import rows_in_force
from app.schedules.runs.rule_words import broken_rule
from app.schedules.standing_results import is_reported
from app.schedules.team_days import of_day, spans_of
from app.schedules.trips.standing import staying_days
from app.schedules.wish import Closeness, Wish
from app.sites.models import Site
from app.teams.models import Team
from solver.contract.documents import Carried
from solver.contract.instance import Instance, Window
from solver.contract.instance import Site as ModelSite
from solver.contract.instance import Team as ModelTeam
from solver.contract.instance import Visit as PlannedVisit
from solver.contract.journeys import Night, Ride
from solver.contract.json_fields import read_visit
from solver.contract.plan import Plan
from solver.contract.plan_rows import NO_ROWS, Rows
from solver.contract.reading import instance_from_json
from solver.contract.verify import Violation, verify
from solver.plans.changes import changes_between
from solver.plans.kit_use import trips_of
from solver.plans.standing_rows import StandingRows, days_away
from solver.plans.trip_days import TripDays

TeamDay = tuple[str, date]
"""A team by its code, and a date."""
_Breaks = Mapping[TeamDay, tuple[tuple[int, int], ...]]
_Kits = Mapping[TeamDay, Sequence[Mapping[str, Any]]]
_MENDED = frozenset({"team_off", "site_closed", "outside_window"})
"""Breaches that say when a team or a site may be visited: such a visit may stay where it was announced."""


class PlanNoLongerHolds(Conflict):
    """Visits of the plan in force break rules today that no change of it can be judged beside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingPlan:
    """A plan in force from its first date to come, and the problem that it answers."""

    built: BuiltInstance
    instance: Instance
    visits: tuple[PlannedVisit, ...]
    closed: frozenset[TeamDay]
    """Team-days that hold a visit which today's facts forbid: they stay as they were announced, and take nothing."""
    first_date: date
    rows: Rows = NO_ROWS
    """The breaks that teams take and the kits that they carry; where they sleep and ride."""

    @property
    def plan(self) -> Plan:
        return plan_of(self.instance, self.visits, rows=self.rows)

    @property
    def plan_json(self) -> bytes:
        return json.dumps(self.plan.to_json()).encode()

    def day(self, team: str, day: date) -> tuple[PlannedVisit, ...]:
        return tuple(visit for visit in self.visits if (visit.team, visit.date) == (team, day))

    def shown_days(self, team_days: Iterable[TeamDay]) -> list[dict[str, Any]]:
        """What stands on team-days, pins, breaks, kits, nights and rides included: equal as long as nobody has changed
        anything."""
        pinned, trips = set(self.instance.pinned), TripDays(self.instance, self.rows)
        return [
            {
                "team": team,
                "date": day.isoformat(),
                "visits": [visit.to_json() | {"pinned": visit in pinned} for visit in self.day(team, day)],
            }
            | _shown_rows(self.rows, (team, day))
            | _shown_trip(trips.rows((team, day)))
            for team, day in sorted(team_days)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A changed plan less the plan before, both recounted by `verify`."""

    plan: bytes
    """The changed plan, gzip-compressed JSON."""
    broken: tuple[str, ...]
    """Rules that the changed plan breaks."""
    activations: int
    value_milli: int
    cost: int
    changes: Mapping[str, Any]
    """`solver.plans.changes.Changes` as JSON."""


def standing_plan(session: Session, base: Schedule, *, first_date: date, now: datetime) -> StandingPlan:
    """The visits in force from `first_date` to the end of the period of `base`, a published schedule.

    Raises what `build_instance` raises, and `PlanNoLongerHolds`."""
    wished = _wished_again(base, first_date=first_date, now=now)
    built = build_instance(session, wished)
    instance = instance_from_json(json.loads(gzip.decompress(built.content)))
    visits = tuple(sorted(instance.published, key=lambda visit: (visit.team, visit.date, visit.start, visit.site)))
    # Whoever is on a trip that stays as it is has no part in this.
    staying = staying_days(session, wished)
    announced = {key for key in _announced(session, base, first_date=first_date) if key[:2] not in staying}
    if missing := announced - {_key(visit) for visit in visits}:
        team, day, site = min(missing, key=lambda key: (key[1], key[0], key[2]))
        raise _no_longer(
            len(missing),
            said(
                "team {team} at {site} on {day}: the team or the site is not there that day",
                "tim {team} di {site} pada {day}: tim atau lokasinya tidak ada hari itu",
                team=team,
                site=site,
                day=day,
            ),
        )
    breaks, kits = _told(session, base, first_date=first_date)
    trips = replace(rows_in_force(session, wished, instance), kits=(), breaks=())
    standing = with_standing_breaks(instance, visits, breaks, rows=trips)
    out = {(visit.team, visit.date) for visit in visits} | days_away(instance, trips)
    carried = rows_of_kits(instance, {key: kits[key] for key in out if key in kits})
    rows = replace(trips, breaks=standing.pauses, kits=_all_the_way(instance, trips, carried.kits))
    changed, closed = standing.instance, standing.kept
    broken = verify(changed, plan_of(changed, visits, rows=rows)).violations
    if broken:
        changed, lame = _as_announced(changed, visits, broken)
        closed |= lame
        if left := verify(changed, plan_of(changed, visits, rows=rows)).violations:
            first = left[0]
            words = broken_rule(first.rule, first.message, team=first.team, site=first.site, day=first.date)
            raise _no_longer(len(left), words)
    if changed is not instance:
        content = gzip.compress(json.dumps(changed.to_json(), ensure_ascii=False).encode(), mtime=0)
        built = replace(built, content=content)
    return StandingPlan(built=built, instance=changed, visits=visits, closed=closed, first_date=first_date, rows=rows)


def difference(
    standing: StandingPlan, team_days: Sequence[Mapping[str, Any]], *, trip: Mapping[str, Any] | None = None
) -> Difference:
    """What changes when each of these team-days (`team`, `date`, `visits`) is as given and all others stay; with the
    `nights` and `rides` of a `trip` they are a new trip of their `team`."""
    laid_out = {(entry["team"], date.fromisoformat(entry["date"])) for entry in team_days}
    kept = [visit for visit in standing.visits if (visit.team, visit.date) not in laid_out]
    new = [_read(entry) for day in team_days for entry in day["visits"]]
    visits = tuple(sorted((*kept, *new), key=lambda visit: (visit.team, visit.date, visit.start, visit.site)))
    if trip is None:
        plan = StandingRows(standing.instance).plan(standing.plan, visits)
    else:
        plan = _with_trip(standing, visits, trip, laid_out)
    before, after = verify(standing.instance, standing.plan), verify(standing.instance, plan)
    return Difference(
        plan=gzip.compress(json.dumps(plan.to_json()).encode(), mtime=0),
        broken=tuple(violation.rule for violation in after.violations),
        activations=after.activations - before.activations,
        value_milli=after.value_milli - before.value_milli,
        cost=after.cost - before.cost,
        changes=changes_between(standing.visits, visits).to_json(),
    )


def _with_trip(
    standing: StandingPlan, visits: tuple[PlannedVisit, ...], trip: Mapping[str, Any], days: set[TeamDay]
) -> Plan:
    """The plan with a trip more, and the breaks and kits that go with it."""
    team = trip["team"]
    nights = [Night(team=team, date=date.fromisoformat(day), lodging=bed) for day, bed in trip["nights"]]
    rides = [
        Ride(team=team, date=date.fromisoformat(day), connection=connection, start=start)
        for day, connection, start in trip["rides"]
    ]
    before = DraftPlan(
        visits=standing.visits, rows=standing.rows, pinned=(), by_hand=frozenset(), proven_activations=None
    )
    problem = DraftProblem(instance=standing.instance, demand=None)
    rows = replace(standing.rows, nights=(*standing.rows.nights, *nights), rides=(*standing.rows.rides, *rides))
    after = with_rows_of(problem, before, replace(before, visits=visits, rows=rows))
    after = with_trip_days(problem, after, days)
    return plan_of(standing.instance, after.visits, rows=after.rows)


def _read(entry: Mapping[str, Any]) -> PlannedVisit:
    visit = read_visit({name: entry[name] for name in ("team", "date", "site", "start", "minutes")}, "/visits")
    assert isinstance(visit, PlannedVisit)  # the planning core wrote it
    return visit


def _wished_again(base: Schedule, *, first_date: date, now: datetime) -> Schedule:
    """The request of a plan made again for the dates to come; never stored."""
    wish = replace(Wish.from_json(base.request), first_date=first_date, replan=Closeness())
    return Schedule(
        district_code=base.district_code,
        document=base.document,
        period_start=base.period_start,
        period_end=base.period_end,
        first_date=first_date,
        is_back_test=False,
        request=wish.to_json(),
        time_limit_seconds=base.time_limit_seconds,
        seed=base.seed,
        requested_at=now,
    )


def _announced(session: Session, base: Schedule, *, first_date: date) -> set[tuple[str, date, str]]:
    """What publishing a plan for these dates would replace."""
    rows = session.execute(
        visits_in_force(base.district_code)
        .join(Schedule, Schedule.id == Visit.schedule_id)
        .join(Team, Team.id == Visit.team_id)
        .join(Site, Site.id == Visit.site_id)
        .where(Schedule.document == base.document, Visit.date.between(first_date, base.period_end), ~is_reported())
        .with_only_columns(Team.code, Visit.date, Site.code)
    )
    return {(row[0], row[1], row[2]) for row in rows}


def _told(session: Session, base: Schedule, *, first_date: date) -> tuple[_Breaks, _Kits]:
    """What the published visits tell of their teams' days; of several plans the one published last says it."""
    days: dict[TeamDay, list[tuple[datetime | None, Any, Any]]] = {}
    for team, day, published_at, paused, drawn in session.execute(
        visits_in_force(base.district_code)
        .join(Schedule, Schedule.id == Visit.schedule_id)
        .join(Team, Team.id == Visit.team_id)
        .where(Schedule.document == base.document, Visit.date.between(first_date, base.period_end))
        .with_only_columns(Team.code, Visit.date, Schedule.published_at, Visit.day_breaks, Visit.day_kits)
    ):
        days.setdefault((team, day), []).append((published_at, paused, drawn))
    breaks = {key: spans_of(of_day([(at, paused) for at, paused, _ in rows])) for key, rows in days.items()}
    return breaks, {key: of_day([(at, drawn) for at, _, drawn in rows]) for key, rows in days.items()}


def _shown_rows(rows: Rows, team_day: TeamDay) -> dict[str, Any]:
    """The breaks and kits of a team-day, where it has any."""
    breaks = [pause.start for pause in rows.breaks if (pause.team, pause.date) == team_day]
    kits = [[load.pool, load.count] for load in rows.kits if (load.team, load.date) == team_day]
    return ({"breaks": breaks} if breaks else {}) | ({"kits": kits} if kits else {})


def _shown_trip(rows: Rows) -> dict[str, Any]:
    """The nights before and after a team-day, and its rides, where it has any."""
    nights = [[night.date.isoformat(), night.lodging] for night in rows.nights]
    rides = [[ride.connection, ride.start] for ride in rows.rides]
    return ({"nights": nights} if nights else {}) | ({"rides": rides} if rides else {})


def _all_the_way(instance: Instance, trips: Rows, kits: Sequence[Carried]) -> tuple[Carried, ...]:
    """Kits that a team carries on some date of nights away, on all of them: visits alone tell of kits, and not every
    date has one."""
    dates = {day: index for index, day in enumerate(instance.dates)}
    drawn: dict[TeamDay, list[Carried]] = defaultdict(list)
    for load in kits:
        drawn[load.team, load.date].append(load)
    for trip in trips_of({(night.team, dates[night.date]) for night in trips.nights}):
        days = [(team, instance.dates[index]) for team, index in trip]
        loads = next((drawn[day] for day in days if drawn[day]), [])
        for day in days:
            drawn[day] = drawn[day] or [replace(load, date=day[1]) for load in loads]
    return tuple(sorted((load for of_day in drawn.values() for load in of_day), key=_place_of_load))


def _place_of_load(load: Carried) -> tuple[str, date, str]:
    return load.team, load.date, load.pool


def _key(visit: PlannedVisit) -> tuple[str, date, str]:
    return visit.team, visit.date, visit.site


def _no_longer(count: int, first: str) -> PlanNoLongerHolds:
    return PlanNoLongerHolds(
        joined(
            said(
                "{count} visits of the published plan can no longer be as they were announced ({first}).",
                "{count} kunjungan dalam rencana terbit tidak dapat lagi dilaksanakan seperti diumumkan ({first}).",
                count=count,
                first=first,
            ),
            said("Plan again with 'replan' first.", "Susun ulang dahulu dengan 'replan'."),
        )
    )


def _as_announced(
    instance: Instance, visits: Sequence[PlannedVisit], broken: Sequence[Violation]
) -> tuple[Instance, frozenset[TeamDay]]:
    """The problem in which visits that a leave or a closed door forbids may stay, and the team-days that hold them."""
    lame = {
        visits[violation.visit_index]
        for violation in broken
        if violation.rule in _MENDED and violation.visit_index is not None
    }
    position = {day: index for index, day in enumerate(instance.dates)}
    off: dict[str, set[int]] = {}
    shut: dict[str, list[PlannedVisit]] = {}
    for visit in lame:
        off.setdefault(visit.team, set()).add(position[visit.date])
        shut.setdefault(visit.site, []).append(visit)
    teams = tuple(_at_work(team, off.get(team.id, set())) for team in instance.teams)
    sites = tuple(_open_to(site, shut.get(site.id, ()), position) for site in instance.sites)
    closed = frozenset((visit.team, visit.date) for visit in lame)
    return replace(instance, teams=teams, sites=sites), closed


def _at_work(team: ModelTeam, on: Iterable[int]) -> ModelTeam:
    flags = list(team.work_dates)
    for index in on:
        flags[index] = True
    return replace(team, work_dates=tuple(flags))


def _open_to(site: ModelSite, visits: Sequence[PlannedVisit], position: Mapping[date, int]) -> ModelSite:
    """The site with doors open at the hours of these visits."""
    if not visits:
        return site
    flags, windows_on = list(site.open_dates), dict(site.windows_on)
    for visit in visits:
        hours = Window(open=visit.start, close=visit.start + site.setup_minutes + visit.minutes)
        windows = site.windows_at(visit.date) if flags[position[visit.date]] else ()
        if not any(window.open <= hours.open and hours.close <= window.close for window in windows):
            windows_on[visit.date] = (*windows_on.get(visit.date, windows), hours)
        flags[position[visit.date]] = True
    return replace(site, open_dates=tuple(flags), windows_on=tuple(sorted(windows_on.items())))
