"""What stands in the way of a visit by what is stored today, each with its way out, in a planner's words.

One judge for the plan in force (`conflicts`) and for a draft about to be published (`publishing`)."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from app.calendars.busy import TEAM_TOLERANCE_MINUTES, counts_as_busy
from app.calendars.models import BusyEvent, CalendarSource
from app.districts import working_calendar
from app.districts.issuing import IssuingFigures, issuing_figures
from app.districts.kits import kits_text
from app.districts.models import District, Document
from app.districts.planning_figures import PlanningFigures, planning_figures
from app.schedules import obstacle_words
from app.schedules.fellow_teams import fellows_in_force, fellows_in_plan
from app.schedules.kits_at_hand import kits_at_hand
from app.schedules.models import Schedule, Visit
from app.schedules.obstacle_words import Obstacle
from app.schedules.preparations import preparations_at
from app.schedules.runs.recheck import BrokenRule, StoredVisit, broken_today
from app.schedules.team_days import Kits, kinds_with, spans_of
from app.schedules.trips.reading import WholeTrip, trips_of_visits
from app.sites import service as sites
from app.sites.models import Readiness, Site
from app.sites.preparations import VisitStage
from app.sites.readiness import ready_dates
from app.sites.service import Candidate
from app.sites.session_places import PLACE, is_held_at, is_moved_on
from app.teams import service as teams
from app.teams.models import Team
from app.travel.legs import Legs, legs_of, spots_of
from app.words import Text, clock, clock_span

Events = Sequence[tuple[BusyEvent, CalendarSource]]
_TOLERANCE = timedelta(minutes=TEAM_TOLERANCE_MINUTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedVisit:
    """A visit with its site and team, and all that stands in its way today; nothing if it holds."""

    visit: Visit
    site: Site
    team: Team
    obstacles: tuple[Obstacle, ...]
    events: Events
    """What calendars say is busy at its time."""


def judge_today(session: Session, district: District, visits: Sequence[Visit]) -> tuple[JudgedVisit, ...]:
    """Judge visits of one district by the facts of today, in the order given."""
    judged = {visit.visit.id: visit for part in _parts(session, visits) for visit in _judged(session, district, part)}
    return tuple(judged[visit.id] for visit in visits)


def _parts(session: Session, visits: Sequence[Visit]) -> list[list[Visit]]:
    """The visits, apart where some site has one at home and another where its session is moved to, or one that prepares
    and another: of both it is told on its own how many visits a site takes, and how far apart."""
    ids = {visit.site_id for visit in visits}
    moving = {
        site.id: site for site in session.scalars(select(Site).where(Site.id.in_(ids), Site.session_at.is_not(None)))
    }
    at_home = {v.site_id for v in visits if v.site_id in moving and not is_moved_on(moving[v.site_id], v.date)}
    moved = {v.site_id for v in visits if v.site_id in moving and is_moved_on(moving[v.site_id], v.date)}
    prepares = {v.site_id for v in visits if v.stage == VisitStage.PREPARATION}
    is_later = {v.site_id for v in visits if v.stage != VisitStage.PREPARATION}
    parts: dict[tuple[frozenset[int], frozenset[int]], list[Visit]] = defaultdict(list)
    for visit in visits:
        elsewhere = frozenset(n for n in at_home & moved if is_moved_on(moving[n], visit.date))
        first = (prepares & is_later & {visit.site_id}) if visit.stage == VisitStage.PREPARATION else frozenset()
        parts[elsewhere, frozenset(first)].append(visit)
    return list(parts.values())


def _judged(session: Session, district: District, visits: Sequence[Visit]) -> Iterator[JudgedVisit]:
    facts = _facts(session, district, visits)
    events = _events_against(session, visits)
    broken = facts.broken(session, visits)
    for visit in visits:
        yield JudgedVisit(
            visit=visit,
            site=facts.sites[visit.site_id],
            team=facts.teams[visit.team_id].team,
            obstacles=_obstacles(facts, visit, broken.get(visit.id, ()), events.get(visit.id, ())),
            events=events.get(visit.id, ()),
        )


def meets_visit() -> ColumnElement[bool]:
    """Whether a busy event binds a visit (joined with its site, and with where that is held) and overlaps it."""
    return and_(
        CalendarSource.district_code == Visit.district_code,
        BusyEvent.starts_at < Visit.ends_at,
        BusyEvent.ends_at > Visit.starts_at,
        or_(
            # Shorter ones do not keep a team at home, so a new plan would not mend them.
            and_(CalendarSource.team_id == Visit.team_id, BusyEvent.ends_at - BusyEvent.starts_at > _TOLERANCE),
            CalendarSource.site_id == Visit.site_id,
            CalendarSource.site_id == PLACE.id,
            CalendarSource.area_code.in_((Site.area_code, PLACE.area_code)),
            func.num_nonnulls(CalendarSource.team_id, CalendarSource.site_id, CalendarSource.area_code) == 0,
        ),
    )


def _events_against(session: Session, visits: Collection[Visit]) -> Mapping[int, Events]:
    events: dict[int, list[tuple[BusyEvent, CalendarSource]]] = defaultdict(list)
    rows = session.execute(
        counts_as_busy()
        .join(Visit, Visit.id.in_([visit.id for visit in visits]))
        .join(Site, Site.id == Visit.site_id)
        .outerjoin(PLACE, is_held_at(Visit.date))
        .where(meets_visit())
        .order_by(BusyEvent.starts_at, BusyEvent.id)
        .add_columns(Visit.id)
    )
    for event, source, visit_id in rows:
        events[visit_id].append((event, source))
    return events


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What is stored today about the sites, teams and dates of some visits."""

    district: District
    figures: PlanningFigures
    legs: Legs
    zone: ZoneInfo
    dates: tuple[date, ...]
    days_off: Mapping[date, str]
    sites: Mapping[int, Site]
    candidates: Mapping[int, Candidate]
    """By site id; those that are done are none."""
    teams: Mapping[int, teams.TeamAvailability]
    takes: Mapping[Document, IssuingFigures]
    """What issuing each further document takes."""
    trips: Sequence[WholeTrip]
    """Those of the visits."""
    at_events: Mapping[int, int]
    """By visit at a site that needs several teams at once: how many come there that day."""
    kits: Mapping[int, Kits]
    """By visit that draws shared kits: those that are still to be had."""

    def broken(self, session: Session, visits: Sequence[Visit]) -> dict[int, Sequence[BrokenRule]]:
        """What each visit breaks; plans of different documents do not count each other's visits."""
        rows = session.execute(
            select(Schedule.id, Schedule.document).where(Schedule.id.in_({visit.schedule_id for visit in visits}))
        )
        documents = {row.id: row.document for row in rows}
        by_document: dict[str, list[StoredVisit]] = defaultdict(list)
        for visit in visits:
            by_document[documents[visit.schedule_id]].append(self._stored(visit))
        broken: dict[int, Sequence[BrokenRule]] = {}
        for document, stored in by_document.items():
            broken |= broken_today(
                self.district,
                self.dates,
                stored,
                figures=self.figures,
                legs=self.legs,
                sites=self.candidates.values(),
                teams=self.teams.values(),
                document=Document(document),
                takes=self.takes,
                trips=[
                    (self.teams[whole.trip.team_id].team.code, whole)
                    for whole in self.trips
                    if documents.get(whole.trip.schedule_id) == document
                ],
            )
        return broken

    def _stored(self, visit: Visit) -> StoredVisit:
        return StoredVisit(
            id=visit.id,
            team=self.teams[visit.team_id].team.code,
            site=self.sites[visit.site_id].code,
            date=visit.date,
            start=minute_of(visit.starts_at, self.zone),
            minutes=visit.service_minutes,
            expected=visit.expected_activations,
            further=visit.expected_further,
            breaks=spans_of(visit.day_breaks),
            drawn=frozenset(kit["kind"] for kit in self.kits.get(visit.id, ())),
            travel=(visit.travel_minutes, visit.travel_metres),
        )


def minute_of(moment: datetime, zone: ZoneInfo) -> int:
    """Minutes after local midnight."""
    local = moment.astimezone(zone)
    return local.hour * 60 + local.minute


def _facts(session: Session, district: District, visits: Sequence[Visit]) -> _Facts:
    trips = trips_of_visits(session, visits)
    dates = tuple(sorted({visit.date for visit in visits}.union(*(whole.working_dates for whole in trips))))
    site_ids, team_ids = {visit.site_id for visit in visits}, {visit.team_id for visit in visits}
    days_off = working_calendar.days_off(session, district, dates[0], dates[-1])
    available = teams.availability(session, district, dates, days_off)
    visited = {site.id: site for site in session.scalars(select(Site).where(Site.id.in_(site_ids)))}
    events = {site.id for site in visited.values() if (site.min_teams or 1) > 1}
    going = {team.team.id: team for team in available if team.team.id in team_ids}
    dates_of: dict[int, set[date]] = defaultdict(set)
    for visit in visits:
        dates_of[visit.site_id].add(visit.date)
    is_staged = any(visit.stage is not None for visit in visits)
    candidates = sites.candidates(
        session,
        district.code,
        dates,
        only=site_ids,
        dates_of=dates_of,
        preparations=preparations_at(session, site_ids) if is_staged else None,
    )
    spots = spots_of(candidates, (team.team for team in going.values()))
    return _Facts(
        district=district,
        figures=planning_figures(session, district.code),
        legs=legs_of(session, district.code, spots=spots),
        zone=ZoneInfo(district.time_zone),
        dates=dates,
        days_off=days_off,
        sites=visited,
        candidates={candidate.site.id: candidate for candidate in candidates},
        teams=going,
        takes=issuing_figures(session, district.code),
        trips=trips,
        at_events=_teams_at_events(session, visits, events),
        kits=kits_at_hand(session, district.code, visits),
    )


def _teams_at_events(session: Session, visits: Sequence[Visit], events: Collection[int]) -> Mapping[int, int]:
    """By visit at one of these sites: how many teams come on its date, of the plan in force where it is of that, else
    of its own schedule."""
    ids = [visit.id for visit in visits if visit.site_id in events]
    if not ids:
        return {}
    fellows = case((Visit.in_force, fellows_in_force()), else_=fellows_in_plan())
    rows = session.execute(select(Visit.id, fellows).where(Visit.id.in_(ids)))
    return {visit_id: 1 + len(others or ()) for visit_id, others in rows}


def _obstacles(facts: _Facts, visit: Visit, broken: Sequence[BrokenRule], events: Events) -> tuple[Obstacle, ...]:
    names, rules = _names(facts, visit), {broken_rule.rule: broken_rule for broken_rule in broken}
    obstacles = []
    if facts.sites[visit.site_id].readiness == Readiness.DONE:
        obstacles.append(obstacle_words.site_done(names))
    if "site_closed" in rules:
        # A closed site has no hours that the visit could lie in.
        rules.pop("outside_window", None)
    if facts.sites[visit.site_id].fixed_minutes is None or visit.stage == VisitStage.PREPARATION:
        # Only plans come in slots; a visit may last as long as it likes.
        rules.pop("wrong_minutes", None)
    for rule, broken_rule in rules.items():
        match rule:
            case "team_off":
                obstacles.append(_team_off(facts, visit, names))
            case "site_closed":
                obstacles.append(_site_closed(facts, visit, names))
            case _:
                obstacles.append(obstacle_words.of_rule(rule, names, _values(facts, visit, broken_rule)))
    coming, candidate = facts.at_events.get(visit.id), facts.candidates.get(visit.site_id)
    if coming is not None and candidate is not None and coming < candidate.min_teams:
        teams_there = {"count": coming, "least": candidate.min_teams}
        obstacles.append(obstacle_words.of_rule("too_few_teams", names, teams_there))
    if (broken_stage := _broken_stage(visit, candidate)) is not None:
        obstacles.append(obstacle_words.of_rule(broken_stage, names, {}))
    if events:
        calendars = ", ".join(dict.fromkeys(source.name for _, source in events))
        obstacles.append(obstacle_words.calendar_busy(names, calendars=calendars))
    return tuple(obstacles)


def _broken_stage(visit: Visit, candidate: Candidate | None) -> str | None:
    """What is wrong about people who are prepared first."""
    if candidate is None:
        return None
    if visit.stage == VisitStage.FOLLOW_UP and candidate.prepared is None:
        return "unprepared"
    is_undone = visit.stage == VisitStage.PREPARATION and candidate.stage is not VisitStage.PREPARATION
    return "preparation_undone" if is_undone else None


def _names(facts: _Facts, visit: Visit) -> obstacle_words.Names:
    start = minute_of(visit.starts_at, facts.zone)
    return {
        "team": facts.teams[visit.team_id].team.name,
        "site": facts.sites[visit.site_id].name,
        "day": visit.date,
        "hours": clock_span(start, start + int((visit.ends_at - visit.starts_at) / timedelta(minutes=1))),
    }


def _values(facts: _Facts, visit: Visit, broken: BrokenRule) -> obstacle_words.Names:
    """Whatever the sentence of a rule may tell besides the names."""
    team, candidate = facts.teams[visit.team_id].team, facts.candidates[visit.site_id]
    carried = kinds_with(team.kits, facts.kits.get(visit.id, ()))
    spans = [clock_span(*window) for window in candidate.windows_by_date.get(visit.date, ())]
    hours = Text(id=" dan ".join(span["id"] for span in spans), en=" and ".join(span["en"] for span in spans))
    return {
        "start": clock(minute_of(visit.starts_at, facts.zone)),
        "arrival": clock(broken.arrives_at),
        "back": clock(broken.back_at),
        "shift_end": clock(team.shift_end),
        "open": hours,
        "minutes": visit.service_minutes,
        "session": candidate.site.fixed_minutes or 0,
        "most_stops": team.max_stops,
        "most_dates": candidate.max_visit_dates,
        "spacing": candidate.min_gap_days,
        "most_teams": candidate.max_teams,
        "kits": kits_text(kit for kit in candidate.needs_kits if kit not in carried),
    }


def _team_off(facts: _Facts, visit: Visit, names: obstacle_words.Names) -> Obstacle:
    day = visit.date
    if day in facts.days_off:
        return obstacle_words.day_off(names, holiday=facts.days_off[day])
    leave = next(
        (absence for absence in facts.teams[visit.team_id].team.leaves if absence.starts_on <= day <= absence.ends_on),
        None,
    )
    if leave is None:
        return obstacle_words.team_off(names)
    return obstacle_words.team_on_leave(names, start=leave.starts_on, end=leave.ends_on)


def _site_closed(facts: _Facts, visit: Visit, names: obstacle_words.Names) -> Obstacle:
    site = facts.sites[visit.site_id]
    if ready_dates(site.readiness, site.readiness_from, site.readiness_until, dates=[visit.date]):
        return obstacle_words.site_closed(names)
    if site.readiness == Readiness.NOT_READY:
        return obstacle_words.site_not_ready(names)
    return obstacle_words.agreed_on_other_dates(names)
