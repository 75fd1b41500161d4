"""Offers days for a visit that failed: what still fits between the published visits, by the rule of the district."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calendars.busy import BusyCalendar, busy_calendar
from app.districts import service as districts
from app.districts import working_calendar
from app.districts.issuing import issuing_figures
from app.districts.models import District, Document
from app.districts.planning_figures import planning_figures
from app.errors import Conflict, FieldProblem
from app.languages import said
from app.schedules.models import Schedule, Visit, VisitOutcome
from app.schedules.obstacles import minute_of
from app.schedules.queries import visits_in_force
from app.schedules.runs.free_slots import FreeSlot, SharedKits, Wanted, free_slots
from app.schedules.runs.further import figure_day, people_with
from app.schedules.runs.plan_sites import without_busy_hours
from app.schedules.runs.recheck import StoredVisit
from app.schedules.standing_results import known_visits, standing_results
from app.schedules.team_days import of_day, spans_of
from app.schedules.trips.models import Trip
from app.schedules.trips.reading import trips_in_force
from app.sites import service as sites
from app.sites.models import Site
from app.sites.service import Candidate
from app.teams import service as teams
from app.teams.issuing import has_kit, may_issue
from app.teams.kit_pools import list_pools
from app.teams.models import Team
from app.travel.legs import legs_of, spots_of
from app.words import Text, in_both

MOST_SLOTS = 5


class NothingToMakeUp(Conflict):
    """The visit did not fail, as far as anybody has told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place for the visit in the published plan, which moves nobody."""

    team: Team
    date: date
    starts_at: datetime
    ends_at: datetime
    service_minutes: int
    expected_activations: int
    carried: Sequence[Mapping[str, Any]]
    """What the team has to draw from shared kits that day: `code`, `name`, `kind` and `count`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeUp:
    """What is offered for a visit that failed."""

    visit: Visit
    people_left: int
    """Still to win at the site, by facts alone."""
    within_days: int | None
    """By the district's rule; None: it makes none up."""
    slots: tuple[Slot, ...]
    """The earliest first; on one date the team that was planned before the others."""
    text: Text


def make_up(session: Session, visit: Visit, *, now: datetime) -> MakeUp:
    """Days for a visit that was reported as lost or cut short; raises `NothingToMakeUp` for any other."""
    district = districts.get_district(session, visit.district_code)
    _refuse_unless_it_failed(session, visit)
    if district.make_up_days is None:
        return _offer(
            visit,
            people=0,
            within=None,
            text=in_both(
                "Menurut aturan daerah ini kunjungan yang gagal tidak diganti.",
                "By the rule of this district a visit that failed is not made up.",
            ),
        )
    coming = _coming_days(session, district, district.make_up_days, now=now)
    candidates = _candidates(session, district, coming, beside=visit)
    candidate = candidates.get(visit.site_id)
    people = 0 if candidate is None else _people_left(session, candidate, visit, now=now)
    if candidate is None or people == 0:
        return _offer(
            visit,
            people=people,
            within=district.make_up_days,
            text=in_both(
                "Menurut data tidak ada lagi yang dapat diaktivasi di lokasi ini.",
                "By its figures nobody is left to activate at this site.",
            ),
        )
    slots = _slots(session, district, visit, coming, candidates, people=people)
    return _offer(
        visit,
        people=people,
        within=district.make_up_days,
        slots=slots,
        text=_slots_words(len(slots), days=district.make_up_days, people=people),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _ComingDays:
    """The dates within the rule of the district, and what is on them: what is published, and what calendars take."""

    dates: tuple[date, ...]
    off: Mapping[date, str]
    in_force: Sequence[Visit]
    busy: BusyCalendar
    away: Sequence[Trip]


def _coming_days(session: Session, district: District, days: int, *, now: datetime) -> _ComingDays:
    today = districts.date_of(now, district)
    first, last = today + timedelta(days=1), today + timedelta(days=days)
    return _ComingDays(
        dates=tuple(working_calendar.dates_between(first, last)),
        off=working_calendar.days_off(session, district, first, last),
        in_force=session.scalars(visits_in_force(district.code).where(Visit.date.between(first, last))).all(),
        busy=busy_calendar(session, district.code, start=first, end=last, zone=ZoneInfo(district.time_zone)),
        away=session.scalars(trips_in_force(district.code, first=first, last=last)).all(),
    )


def _candidates(session: Session, district: District, coming: _ComingDays, *, beside: Visit) -> dict[int, Candidate]:
    """By id, the sites of the coming visits and that of the one that failed, without their busy hours."""
    site_ids = {beside.site_id, *(planned.site_id for planned in coming.in_force)}
    return {
        candidate.site.id: without_busy_hours(candidate, coming.busy)
        for candidate in sites.candidates(session, district.code, coming.dates, only=site_ids)
    }


def _slots(
    session: Session,
    district: District,
    visit: Visit,
    coming: _ComingDays,
    candidates: Mapping[int, Candidate],
    *,
    people: int,
) -> tuple[Slot, ...]:
    """The first places between the coming visits in which the people left can be served."""
    document = _document_of(session, visit)
    takes = issuing_figures(session, district.code).get(document)
    available = teams.availability(session, district, coming.dates, coming.off)
    by_code = {team.team.code: team.team for team in available}
    slots = free_slots(
        district,
        coming.dates,
        _stored(session, coming.in_force, district),
        Wanted(
            site=candidates[visit.site_id].site.code,
            minutes=visit.service_minutes,
            people=people,
            team=session.get_one(Team, visit.team_id).code,
        ),
        figures=planning_figures(session, district.code),
        legs=legs_of(session, district.code, spots=spots_of(candidates.values(), by_code.values())),
        sites=candidates.values(),
        teams=[
            _without_busy_dates(team, coming)
            for team in available
            if may_issue(team.team, document) and (takes is None or has_kit(team.team, takes.kit))
        ],
        most=MOST_SLOTS,
        alone=None if takes is None else (document, takes),
        kits=_shared_kits(session, coming.in_force, district),
    )
    return tuple(_slot(slot, by_code, district) for slot in slots)


def _refuse_unless_it_failed(session: Session, visit: Visit) -> None:
    """Raise `NothingToMakeUp` for a visit that is not reported, or was held."""
    result = standing_results(session, visit.district_code, {visit.uid}).get(visit.uid)
    if result is not None and result.outcome != VisitOutcome.HELD:
        return
    detail = said(
        "Visit {visit} is not reported as lost or cut short.",
        "Kunjungan {visit} tidak dilaporkan gagal atau terpotong.",
        visit=visit.id,
    )
    mend = said(
        "Report what happened first: POST /v1/visits/{visit}/result.",
        "Laporkan dulu yang terjadi: POST /v1/visits/{visit}/result.",
        visit=visit.id,
    )
    problem = FieldProblem(pointer="path/visit_id", detail=detail, value=visit.id, mend=mend)
    raise NothingToMakeUp(detail, problems=[problem])


def _slots_words(count: int, *, days: int, people: int) -> Text:
    if count:
        return in_both(
            "Dalam {days} hari ke depan ada {count} waktu luang yang tidak menggeser kunjungan lain.",
            "Within {days} days there are {count} places that move no other visit.",
            days=days,
            count=count,
        )
    return in_both(
        "Dalam {days} hari ke depan tidak ada waktu luang tanpa menggeser kunjungan lain; susun ulang rencana, "
        "{people} orang yang tersisa ikut diperhitungkan.",
        "Within {days} days no place is free without moving another visit; plan again, which takes the {people} people "
        "left into account.",
        days=days,
        people=people,
    )


def _offer(visit: Visit, *, people: int, within: int | None, text: Text, slots: tuple[Slot, ...] = ()) -> MakeUp:
    return MakeUp(visit=visit, people_left=people, within_days=within, slots=slots, text=text)


def _without_busy_dates(availability: teams.TeamAvailability, coming: _ComingDays) -> teams.TeamAvailability:
    """The team without the dates that its calendar takes or on which it is on a trip."""
    on_trip = [(trip.starts_on, trip.ends_on) for trip in coming.away if trip.team_id == availability.team.id]
    shift = (availability.team.shift_start, availability.team.shift_end)
    return replace(
        availability,
        works_on=tuple(
            works
            and coming.busy.team_is_free(availability.team.id, shift, day=day)
            and not any(first <= day <= last for first, last in on_trip)
            for day, works in zip(coming.dates, availability.works_on, strict=True)
        ),
    )


def _people_left(session: Session, candidate: Candidate, visit: Visit, *, now: datetime) -> int:
    """Whom the site has left when all that is published or reported there has won its share."""
    document = _document_of(session, visit)
    since = figure_day(candidate, document)
    won = sum(
        known.won
        for known in known_visits(session, visit.district_code, document=document.value, until=date.max, now=now)
        if known.site_id == visit.site_id and known.date > since
    )
    return max(0, int(people_with(candidate, document) - won))


def _document_of(session: Session, visit: Visit) -> Document:
    return Document(session.get_one(Schedule, visit.schedule_id).document)


def _stored(session: Session, in_force: Sequence[Visit], district: District) -> list[StoredVisit]:
    zone = ZoneInfo(district.time_zone)
    site_codes = {
        row.id: row.code for row in session.execute(select(Site.id, Site.code).filter_by(district_code=district.code))
    }
    team_codes = {
        row.id: row.code for row in session.execute(select(Team.id, Team.code).filter_by(district_code=district.code))
    }
    return [
        StoredVisit(
            id=visit.id,
            team=team_codes[visit.team_id],
            site=site_codes[visit.site_id],
            date=visit.date,
            start=minute_of(visit.starts_at, zone),
            minutes=visit.service_minutes,
            expected=visit.expected_activations,
            breaks=spans_of(visit.day_breaks),
        )
        for visit in in_force
    ]


def _shared_kits(session: Session, in_force: Sequence[Visit], district: District) -> SharedKits:
    codes = {
        row.id: row.code for row in session.execute(select(Team.id, Team.code).filter_by(district_code=district.code))
    }
    days: dict[tuple[str, date], list[Visit]] = defaultdict(list)
    for visit in in_force:
        days[codes[visit.team_id], visit.date].append(visit)
    drawn = {day: of_day([(visit.published_at, visit.day_kits) for visit in visits]) for day, visits in days.items()}
    return SharedKits(pools=list_pools(session, district.code), drawn=drawn)


def _slot(slot: FreeSlot, by_code: Mapping[str, Team], district: District) -> Slot:
    midnight = datetime.combine(slot.date, time(), ZoneInfo(district.time_zone))
    starts_at = midnight + timedelta(minutes=slot.start)
    return Slot(
        team=by_code[slot.team],
        date=slot.date,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=slot.setup_minutes + slot.minutes + slot.break_minutes),
        service_minutes=slot.minutes,
        expected_activations=slot.expected,
        carried=slot.carried,
    )
