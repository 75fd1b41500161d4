"""The month ahead of a district as it stood on the evening of a day, read from what is stored."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts import service as districts
from app.districts.kits import Kit
from app.districts.models import District, Document, Target
from app.districts.planning_figures import planning_figures
from app.districts.targets.facts import Facts, facts_about
from app.districts.working_calendar import working_dates
from app.errors import InvalidRequest, invalid
from app.estimates.evidence import SignalEffect, VisitResult
from app.forecasts.month import MonthAhead, SiteAhead, TeamAhead, VisitAhead
from app.forecasts.of_document import UNDISTURBED, Issuing, operators_at_once, people_needing, recent_yields
from app.forecasts.walk_ins import walk_ins_ahead
from app.languages import said
from app.schedules.counters import AtCounters
from app.schedules.figures import Figure, Use, Uses
from app.schedules.learning import signal_effect
from app.schedules.models import Visit
from app.schedules.planned_with import PlannedWith
from app.schedules.signal_met import MetSignal, last_signal
from app.schedules.standing_results import KnownVisit, known_visits
from app.sites.kinds import kind_defaults
from app.sites.models import Readiness, Site, SiteKind
from app.sites.preparations import VisitStage, terms_of
from app.sites.session_places import is_moved_on, places_of, share_who_come
from app.teams.models import Team

_ONE_DAY = timedelta(days=1)
_RECENT = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedUpTo:
    """The official count that a forecast starts from."""

    date: date
    """The end of the day it counts up to: of one that stood still, the first."""
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """The month ahead, and what its beginning is made of."""

    month: MonthAhead
    official: CountedUpTo
    unreported_visits: int
    facts: Facts


def sites_of(session: Session, district_code: str) -> Sequence[Site]:
    """All sites of a district, those that are done as well: a visit may still stand there."""
    return session.scalars(select(Site).where(Site.district_code == district_code).order_by(Site.id)).all()


def month_ahead(
    session: Session,
    district: District,
    target: Target,
    *,
    on: date,
    sites: Sequence[Site],
    results: Sequence[VisitResult],
    uses: Uses,
) -> Ahead:
    """What was known on the evening of `on`; `results`: those of IKD up to then.

    Raises `InvalidRequest` for a day after the deadline, or before the first official count."""
    if on > target.deadline:
        raise _deadline_was(target.deadline, on=on)
    facts = facts_about(session, target, on=on)
    official = official_count(facts)
    issuing = Issuing.of(session, district, target.document)
    ever = known_visits(
        session,
        district.code,
        document=target.document,
        # Who needs a further document is said by sites, on days before the count or after it.
        after=official.date if issuing.figures is None else date.min,
        until=target.deadline,
        now=districts.end_of_day(on, district),
    )
    # On a day that lies back, what was reported of later visits was not known.
    ever_reported = [visit for visit in ever if visit.date <= on and visit.is_reported]
    reported = [visit for visit in ever_reported if visit.date > official.date]
    ahead = [visit for visit in ever if visit.date > official.date and (visit.date > on or not visit.is_reported)]
    at_counters = AtCounters(session, district, target.document, on=on)
    # On a day that lies back, what was counted later was not known.
    at_them = at_counters.days(official.date + _ONE_DAY, target.deadline, counted_until=on)
    # Signal is met by whoever comes, and reported of IKD.
    met = {} if uses.of(Figure.SIGNAL) is Use.GIVEN else last_signal(session, district.code, Document.IKD, until=on)
    signal = signal_effect(planning_figures(session, district.code))
    planned = _planned_with(session, ahead)
    if issuing.figures is None:
        people = _people_left(sites, results) | _coming_again(ahead, planned)
        won = [(result.day, result.team, result.activated) for result in results]
    else:
        people = people_needing(session, district.code, sites, issuing.document, ever_reported)
        won = [(visit.date, visit.team_id, visit.activated or 0) for visit in ever_reported]
    return Ahead(
        month=MonthAhead(
            on=on,
            deadline=target.deadline,
            count=official.count
            + sum(visit.activated or 0 for visit in reported)
            + sum(day.counted for day in at_them),
            target=districts.target_count(target),
            eligible_people=target.eligible_people,
            working_days=working_dates(session, district, on + _ONE_DAY, target.deadline),
            sites=_sites_ahead(session, district.code, sites, ahead, people, met, on=on),
            teams=_teams(session, district.code, signal, issuing),
            visits=_visits_ahead(session, district.code, sites, ahead, planned, signal, issuing),
            walk_ins=walk_ins_ahead(at_counters, at_them),
            rate_of_level=signal.rate if issuing.needs_signal else UNDISTURBED,
            recent=recent_yields(won, since=on - _RECENT),
        ),
        official=official,
        unreported_visits=sum(visit.date <= on for visit in ahead),
        facts=facts,
    )


def _deadline_was(deadline: date, *, on: date) -> InvalidRequest:
    return invalid(
        "query/on",
        said("The deadline was {day}: nothing is left to forecast.",
             "Batas waktunya {day}: tidak ada lagi yang dapat diperkirakan.", day=deadline),
        value=on.isoformat(),
        mend=said("Ask for a day up to the deadline, or move the target's deadline.",
                  "Minta hari sampai batas waktu itu, atau ubah batas waktu target."),
    )  # fmt: skip


def _sites_ahead(
    session: Session,
    district_code: str,
    sites: Sequence[Site],
    ahead: Sequence[KnownVisit],
    people: Mapping[int, int],
    met: Mapping[int, MetSignal],
    *,
    on: date,
) -> tuple[SiteAhead, ...]:
    """The sites that are not done, or are visited all the same; `people`: who is left at each, `met`: signal that was
    found there."""
    visited: dict[int, list[date]] = defaultdict(list)
    for visit in ahead:
        visited[visit.site_id].append(visit.date)
    moved = _places(session, district_code, sites, visited, on=on)
    # Those who were prepared, and come to where the session is.
    again = {visit.site_id for visit in ahead if visit.stage == VisitStage.FOLLOW_UP}
    return tuple(
        SiteAhead(
            site=site.id,
            kind=site.kind,
            area=site.area_code,
            level=met[place.id].level if place.id in met else place.connectivity,
            people=people[site.id]
            if place is site or site.id in again
            else int(people[site.id] * share_who_come(site)),
        )
        for site in sites
        for place in [moved.get(site.id, site)]
        if site.readiness != Readiness.DONE or site.id in visited
    )


def _visits_ahead(
    session: Session,
    district_code: str,
    sites: Sequence[Site],
    ahead: Sequence[KnownVisit],
    planned: Mapping[int, PlannedWith],
    signal: SignalEffect,
    issuing: Issuing,
) -> tuple[VisitAhead, ...]:
    """The visits that can win somebody: at a preparation nobody is won, and without its kit nothing is issued."""
    by_satellite = _by_shared_satellite(session, ahead)
    at_once = operators_at_once(session, ahead, planned, issuing.kit)
    quicker = _percent_of_minutes(session, district_code, sites, ahead)

    def minutes(visit: KnownVisit) -> int:
        if visit.stage is not None:
            return visit.service_minutes * 100 // quicker[visit.site_id]
        # Of operators who work side by side those without a kit do something else.
        part = issuing.minutes_at(visit, planned[visit.id]) * planned[visit.id].operators / at_once[visit.id]
        return min(round(part), visit.service_minutes)

    return tuple(
        VisitAhead(
            visit=visit.id,
            site=visit.site_id,
            team=visit.team_id,
            date=visit.date,
            operators=at_once[visit.id],
            minutes=minutes(visit),
            least_level=signal.satellite_level if visit.id in by_satellite else 0,
        )
        for visit in ahead
        if at_once.get(visit.id) and visit.stage != VisitStage.PREPARATION
    )


def _percent_of_minutes(
    session: Session, district_code: str, sites: Sequence[Site], ahead: Sequence[KnownVisit]
) -> Mapping[int, int]:
    """By site with a follow-up ahead: what activating somebody prepared takes, of the usual minutes."""
    followed = {visit.site_id for visit in ahead if visit.stage == VisitStage.FOLLOW_UP}
    kinds = kind_defaults(session, district_code) if followed else {}
    return {
        site.id: terms_of(site, kinds[SiteKind(site.kind)].terms).activating_percent
        for site in sites
        if site.id in followed
    }


def _coming_again(ahead: Sequence[KnownVisit], planned: Mapping[int, PlannedWith]) -> dict[int, int]:
    """By site with a follow-up ahead: so many people that those who usually come are as many as were prepared and are
    expected again."""
    people = {}
    for visit in ahead:
        if visit.stage == VisitStage.FOLLOW_UP and visit.id in planned and visit.prepared_people:
            facts = planned[visit.id]
            share = facts.turn_out_share * facts.phone_ready_share * facts.resident_share
            people[visit.site_id] = round(visit.prepared_people / share) if share else 0
    return people


def official_count(facts: Facts) -> CountedUpTo:
    """The target's own count as it was on that day; raises `InvalidRequest` where there was none yet."""
    target, on = facts.target, facts.on
    if target.as_of <= on:
        return CountedUpTo(date=facts.counted_up_to(), count=target.activated)
    earlier = [(day, count) for day, count, _ in facts.earlier_counts if day <= on]
    if not earlier:
        first = min([target.as_of, *(day for day, _, _ in facts.earlier_counts)])
        raise invalid(
            "query/on",
            said("Nothing was counted by then: the first count is of {day}.",
                 "Saat itu belum ada hitungan: hitungan pertama bertanggal {day}.", day=first),
            value=on.isoformat(),
            mend=said("Ask for that day or a later one.", "Minta hari itu atau sesudahnya."),
        )  # fmt: skip
    latest = earlier[-1]
    # A count that stood still is of its first day: what came after is in none of the later ones.
    return CountedUpTo(date=facts.first_day_of(*latest), count=latest[1])


def _planned_with(session: Session, visits: Sequence[KnownVisit]) -> dict[int, PlannedWith]:
    ids = [visit.id for visit in visits]
    rows = session.execute(select(Visit.id, Visit.planned_with).where(Visit.id.in_(ids)))
    return {row.id: PlannedWith.from_json(row.planned_with) for row in rows if row.planned_with is not None}


def _by_shared_satellite(session: Session, visits: Sequence[KnownVisit]) -> set[int]:
    """The visits to which a shared satellite set goes along."""
    rows = session.execute(select(Visit.id, Visit.day_kits).where(Visit.id.in_([visit.id for visit in visits])))
    return {row.id for row in rows if any(kit["kind"] == Kit.SATELLITE for kit in row.day_kits)}


def _people_left(sites: Sequence[Site], results: Sequence[VisitResult]) -> dict[int, int]:
    """Who could still come at each site: its own figure, less all who were activated there since that was true."""
    since = {site.id: site.already_activated_as_of or date.min for site in sites}
    left = {site.id: site.headcount - site.already_activated for site in sites}
    for result in results:
        if result.site in left and result.day > since[result.site]:
            left[result.site] -= result.activated + (result.other_district or 0)
    return {site: max(0, people) for site, people in left.items()}


def _places(
    session: Session, district_code: str, sites: Sequence[Site], visited: Mapping[int, Sequence[date]], *, on: date
) -> dict[int, Site]:
    """By id of a site whose session is moved on a date of its visits, without any on the next day: where it is held."""
    places = places_of(session, district_code, sites)
    return {
        site.id: places[site.session_at]
        for site in sites
        if site.session_at is not None and any(is_moved_on(site, day) for day in visited.get(site.id, [on + _ONE_DAY]))
    }


def _teams(session: Session, district_code: str, signal: SignalEffect, issuing: Issuing) -> tuple[TeamAhead, ...]:
    teams = session.scalars(select(Team).where(Team.district_code == district_code).order_by(Team.id))
    return tuple(
        TeamAhead(
            team=team.id,
            minutes_per_activation=float(
                team.minutes_per_activation if issuing.figures is None else issuing.figures.minutes
            ),
            least_level=signal.satellite_level if Kit.SATELLITE in team.kits else 0,
        )
        for team in teams
    )
