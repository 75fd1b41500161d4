"""What the published plan in force states of each team and date: its rows, read without a word of any reader."""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts.models import District, Document
from app.schedules.models import Schedule, Visit, VisitResult
from app.schedules.trips.models import Night, Ride, Trip
from app.sites.models import Site
from app.teams.models import Team

_ONE_DAY = timedelta(days=1)


def dates_between(first: date, last: date) -> list[date]:
    return [first + number * _ONE_DAY for number in range((last - first).days + 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedVisit:
    """One visit that was published, with its plan, its site, and what was reported of it."""

    visit: Visit
    schedule: Schedule
    site: Site
    place: Site | None
    """Where its session is held, if elsewhere."""
    team: Team
    result: VisitResult | None
    zone: ZoneInfo

    @property
    def starts_at(self) -> datetime:
        return self.visit.starts_at.astimezone(self.zone)

    @property
    def ends_at(self) -> datetime:
        return self.visit.ends_at.astimezone(self.zone)

    @property
    def expected(self) -> dict[str, int]:
        """People by document, that of the plan first, the others as they are listed everywhere."""
        further = self.visit.expected_further
        listed = {document.value: further[document] for document in Document if document in further}
        return {self.schedule.document: self.visit.expected_activations} | listed

    @property
    def brought(self) -> dict[str, int]:
        """As `expected`, without further documents that nobody is served with, and nobody at a preparation."""
        if self.visit.stage == "preparation":
            return {}
        own = self.schedule.document
        return {document: people for document, people in self.expected.items() if people or document == own}

    @property
    def pauses(self) -> list[Mapping[str, Any]]:
        """The breaks that lie within it."""
        begin, end = (moment.hour * 60 + moment.minute for moment in (self.starts_at, self.ends_at))
        return [pause for pause in self.visit.day_breaks if begin <= pause["starts"] and pause["ends"] <= end]

    @property
    def kits(self) -> set[str]:
        return {*self.team.kits, *(kit["kind"] for kit in self.visit.day_kits)}

    def state_at(self, now: datetime) -> str:
        if self.result is not None:
            return "lost" if self.result.outcome == "not_held" else "done"
        if self.visit.withdrawn_at is not None:
            return "cancelled"
        return "missed" if self.visit.ends_at <= now else "planned"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedTrip:
    """One trip that was published, with its nights and rides in order."""

    trip: Trip
    nights: Sequence[Night]
    rides: Sequence[Ride]

    @property
    def dates(self) -> list[date]:
        return dates_between(self.trip.starts_on, self.trip.ends_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedDay:
    """One team on one date, also without anything to do."""

    team: Team
    date: date
    visits: Sequence[StatedVisit]
    whole: StatedTrip | None
    zone: ZoneInfo

    @property
    def is_empty(self) -> bool:
        return not self.visits and self.whole is None

    @property
    def rides(self) -> list[Ride]:
        return [] if self.whole is None else [ride for ride in self.whole.rides if ride.date == self.date]

    @property
    def begins_at(self) -> Night | None:
        nights = () if self.whole is None else self.whole.nights
        return next((night for night in nights if night.date < self.date <= night.until), None)

    @property
    def sleeps_at(self) -> Night | None:
        nights = () if self.whole is None else self.whole.nights
        return next((night for night in nights if night.date <= self.date < night.until), None)

    @property
    def _newest(self) -> Visit | None:
        """Visits of a day may come from several plans: what the one published last says holds."""
        visits = [stated.visit for stated in self.visits]
        return max(visits, key=lambda visit: (visit.published_at is not None, visit.published_at), default=None)

    @property
    def breaks(self) -> Sequence[Mapping[str, Any]]:
        return [] if self._newest is None else self._newest.day_breaks

    @property
    def carried(self) -> Sequence[Mapping[str, Any]]:
        return [] if self._newest is None else self._newest.day_kits

    @property
    def ends_at(self) -> datetime | None:
        """When the team is where it sleeps; None where nobody moves that day."""
        if self.whole is not None:
            night = self.sleeps_at
            if night is None:
                is_last = self.date == self.whole.trip.ends_on
                return self.whole.trip.back_at.astimezone(self.zone) if is_last else None
            return night.arrives_at.astimezone(self.zone) if night.date == self.date else None
        if not self.visits:
            return None
        last = self.visits[-1]
        leaves = last.ends_at.hour * 60 + last.ends_at.minute
        arrives = leaves + last.visit.home_minutes
        for pause in self.breaks:
            if leaves <= pause["starts"] < arrives:
                arrives += pause["ends"] - pause["starts"]
        return last.ends_at + timedelta(minutes=arrives - leaves)


class Stated:
    """All that is in force of a district, and what was and is no more, at one moment."""

    def __init__(self, session: Session, district: District) -> None:
        session.expire_all()
        self.district, self.zone = district, ZoneInfo(district.time_zone)
        self.teams = session.scalars(select(Team).filter_by(district_code=district.code).order_by(Team.code)).all()
        self.schedules = {
            schedule.id: schedule
            for schedule in session.scalars(
                select(Schedule).where(Schedule.district_code == district.code, Schedule.published_at.is_not(None))
            )
        }
        self._read_visits(session)
        self._read_trips(session)
        self._by_day: dict[tuple[int, date], list[StatedVisit]] = defaultdict(list)
        for stated in self.visits:
            self._by_day[stated.team.id, stated.visit.date].append(stated)

    def _read_visits(self, session: Session) -> None:
        sites = {site.id: site for site in session.scalars(select(Site).filter_by(district_code=self.district.code))}
        by_code = {site.code: site for site in sites.values()}
        teams = {team.id: team for team in self.teams}
        results = {
            result.visit_uid: result
            for result in session.scalars(
                select(VisitResult).where(VisitResult.district_code == self.district.code, VisitResult.stands)
            )
        }
        rows = session.scalars(
            select(Visit)
            .where(Visit.district_code == self.district.code, Visit.published_at.is_not(None))
            .order_by(Visit.starts_at, Visit.id)
        )
        stated = [
            StatedVisit(
                visit=visit,
                schedule=self.schedules[visit.schedule_id],
                site=sites[visit.site_id],
                place=_place_of(sites[visit.site_id], visit.date, by_code),
                team=teams[visit.team_id],
                result=results.get(visit.uid),
                zone=self.zone,
            )
            for visit in rows
        ]
        self.visits = [row for row in stated if row.visit.in_force]
        standing = {row.visit.uid for row in self.visits}
        self.withdrawn = [row for row in stated if row.visit.withdrawn_at is not None and row.visit.uid not in standing]

    def _read_trips(self, session: Session) -> None:
        trips = session.scalars(
            select(Trip)
            .where(Trip.district_code == self.district.code, Trip.published_at.is_not(None))
            .order_by(Trip.leaves_at, Trip.id)
        ).all()
        parts: dict[str, dict[int, list[Any]]] = {"nights": defaultdict(list), "rides": defaultdict(list)}
        for name, query in (("nights", select(Night).order_by(Night.date)), ("rides", select(Ride))):
            for row in session.scalars(query.filter_by(district_code=self.district.code)):
                parts[name][row.trip_id].append(row)
        whole = [
            StatedTrip(
                trip=trip,
                nights=parts["nights"][trip.id],
                rides=sorted(parts["rides"][trip.id], key=lambda ride: ride.starts_at),
            )
            for trip in trips
        ]
        self.trips = [row for row in whole if row.trip.in_force]
        standing = {row.trip.uid for row in self.trips}
        self.trips_withdrawn = [
            row for row in whole if row.trip.withdrawn_at is not None and row.trip.uid not in standing
        ]

    def day(self, team: Team, day: date) -> StatedDay:
        whole = next(
            (
                row
                for row in self.trips
                if row.trip.team_id == team.id and row.trip.starts_on <= day <= row.trip.ends_on
            ),
            None,
        )
        return StatedDay(team=team, date=day, visits=self._by_day[team.id, day], whole=whole, zone=self.zone)

    def days(self, first: date, last: date) -> Iterator[StatedDay]:
        for team in self.teams:
            for day in dates_between(first, last):
                yield self.day(team, day)

    def next_date_of(self, team: Team, day: date) -> date | None:
        """The first date after a day with a visit, a ride, or a way to or from a lodging."""
        dates = {row.visit.date for row in self.visits if row.team.id == team.id}
        for whole in self.trips:
            if whole.trip.team_id == team.id:
                dates |= {ride.date for ride in whole.rides}
                dates |= {at for night in whole.nights for at in (night.date, night.until)}
        return min((other for other in dates if other > day), default=None)

    def fellows_of(self, stated: StatedVisit) -> list[str]:
        """Codes of the other teams that are there that day."""
        return sorted(
            other.team.code
            for other in self.visits
            if (other.site.id, other.visit.date) == (stated.site.id, stated.visit.date)
            and other.team.id != stated.team.id
        )

    def check_rows_are_the_plan(self, session: Session) -> None:
        """Of each plan that nothing took the place of: what is in force is what it says, to the minute."""
        for schedule in self.schedules.values():
            if schedule.superseded_at is None:
                content = session.scalar(select(Schedule.plan_json).where(Schedule.id == schedule.id))
                assert content is not None
                self._check_rows_are(schedule, json.loads(gzip.decompress(content)))

    def _check_rows_are(self, schedule: Schedule, plan: Mapping[str, Any]) -> None:
        own = [row for row in self.visits if row.schedule.id == schedule.id]
        assert _keys(
            (row.team.code, row.visit.date, row.site.code, _minute(row.starts_at), row.visit.service_minutes)
            for row in own
        ) == _keys((row["team"], row["date"], row["site"], row["start"], row["minutes"]) for row in plan["visits"])
        for row in own:
            paused = sum(pause["ends"] - pause["starts"] for pause in row.pauses)
            lasts = row.visit.setup_minutes + row.visit.service_minutes + paused
            assert row.ends_at - row.starts_at == timedelta(minutes=lasts)
        codes = {team.id: team.code for team in self.teams}
        trips = [(codes[whole.trip.team_id], whole) for whole in self.trips if whole.trip.schedule_id == schedule.id]
        assert _keys(
            (team, night.date, f"lodging:{night.lodging_code}") for team, whole in trips for night in whole.nights
        ) == _keys((row["team"], row["date"], row["lodging"]) for row in plan.get("nights", ()))
        assert _keys(
            (team, ride.date, f"connection:{ride.connection_code}", _minute(ride.starts_at.astimezone(self.zone)))
            for team, whole in trips
            for ride in whole.rides
        ) == _keys((row["team"], row["date"], row["connection"], row["start"]) for row in plan.get("rides", ()))
        self._check_days_are([row.visit for row in own], codes, plan)

    def _check_days_are(self, visits: Sequence[Visit], codes: Mapping[int, str], plan: Mapping[str, Any]) -> None:
        """Breaks and kits stand with the visits of a day, the same with each."""
        days = {(codes[visit.team_id], visit.date.isoformat()): visit for visit in visits}
        for visit in visits:
            same = days[codes[visit.team_id], visit.date.isoformat()]
            assert (visit.day_breaks, visit.day_kits) == (same.day_breaks, same.day_kits)
        assert _keys((*key, pause["starts"]) for key, visit in days.items() for pause in visit.day_breaks) == _keys(
            (row["team"], row["date"], row["start"])
            for row in plan.get("breaks", ())
            if (row["team"], row["date"]) in days
        )
        assert _keys(
            (*key, f"kit:{kit['code']}", kit["count"]) for key, visit in days.items() for kit in visit.day_kits
        ) == _keys(
            (row["team"], row["date"], row["kit"], row["count"])
            for row in plan.get("kits", ())
            if (row["team"], row["date"]) in days
        )


def _place_of(site: Site, day: date, by_code: Mapping[str, Site]) -> Site | None:
    if site.session_at is None:
        return None
    begins, ends = site.session_from or date.min, site.session_until or date.max
    return by_code[site.session_at] if begins <= day <= ends else None


def _minute(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


def _keys(rows: Iterable[tuple[Any, ...]]) -> list[tuple[str, ...]]:
    return sorted(tuple(str(part) for part in row) for row in rows)
