"""The board of a plan: teams × days with their visits, as `parts/board.html` draws it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from app.districts import working_calendar
from app.pages.edit_words import VersionSaid, said_versions
from app.pages.readers import DistrictReader
from app.requests import service as requests
from app.schedules import service as schedules
from app.schedules.answers import visits_out
from app.schedules.drafts import service as drafts
from app.schedules.drafts.models import DraftVersion
from app.schedules.drafts.options import first_open_date
from app.schedules.exchanging import frozen_until
from app.schedules.models import Schedule, Visit
from app.schedules.result_schemas import TextOut
from app.schedules.standing_results import VisitState
from app.schedules.team_days import back_at
from app.schedules.trips.answers import ShownTrips
from app.schedules.trips.reading import WholeTrip, trip_on, trips_of
from app.schedules.trips.schemas import RideOut
from app.schedules.visit_schemas import VisitOut
from app.teams import service as teams
from app.teams.models import Team
from app.travel.journeys.stored import journeys_of

_MOST_VISITS = 20_000
_TEAM_COLOURS = 6
_MARK_OF_STATE = {VisitState.DONE: "done", VisitState.MISSED: "missed", VisitState.LOST: "lost"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One visit on the board."""

    visit: VisitOut
    marks: tuple[str, ...]
    """`pinned`, `requested` (a date promised to the site), `done`, `missed`, `lost`, `cancelled`."""
    broken: tuple[TextOut, ...]
    """Rules that this visit breaks in the draft."""
    can_move: bool
    """Neither pinned nor over nor reported; of a plan that is no draft, once it was copied."""
    has_begun_day: bool
    """The planning core knows no other place for it, since it knows no hour of today."""

    @property
    def query(self) -> str:
        return visit_query(self.visit.team.code, self.visit.date, self.visit.site.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCell:
    """One team's day."""

    team: str
    date: date
    cards: tuple[Card, ...]
    back_at: datetime | None
    """At the base, or where it sleeps, after the last stop; None of a day without any."""
    rides: tuple[RideOut, ...]
    begins_at: str | None
    """The lodging where the team wakes up; None: the base."""
    sleeps_at: str | None
    off: str | None
    """`leave` or `not_working`."""
    reason: str | None
    """Of the leave."""
    broken: tuple[TextOut, ...]
    """Rules that the day breaks as a whole."""
    begins_trip: bool
    """The first day of a trip that may be changed here."""
    can_be_called_off: bool
    """In force and still to come: the team may turn out to be ill."""

    @property
    def query(self) -> str:
        return urlencode({"tim": self.team, "tanggal": self.date.isoformat()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One date; `off` names the holiday on which the district does not work."""

    date: date
    off: str | None
    is_today: bool
    expected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One team with its days, in the order of the columns."""

    code: str
    name: str
    colour: int
    """1 to 6, the number of a colour in the style sheet."""
    expected: int
    days: tuple[DayCell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What the page shows of a plan, and what its reader may do there."""

    schedule_id: int
    version: int | None
    """Of a draft, the number that a change names; None of a plan that is copied first."""
    is_published: bool
    may_write: bool
    is_over: bool
    """Every date has passed, or another plan took its place: nothing moves any more."""
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    visits: int
    undo: bool
    redo: bool
    last: VersionSaid | None
    """The last change by hand; None where there was none."""
    broken: tuple[TextOut, ...]
    copied_from: int | None
    has_journeys: bool
    """The district has lodgings or boats, so that teams can be sent away."""
    in_force: int | None
    """Of a draft, the plan in force, where a team's trouble is entered."""

    @property
    def is_draft(self) -> bool:
        return self.version is not None

    @property
    def path(self) -> str:
        return plan_path(self.schedule_id)


def plan_path(schedule_id: int) -> str:
    """The page that shows the board."""
    return f"/rencana/{schedule_id}"


def visit_query(team: str, day: date, site: str) -> str:
    """How the address of a page names a visit."""
    return urlencode({"tim": team, "tanggal": day.isoformat(), "lokasi": site})


def board_of(session: Session, schedule: Schedule, reader: DistrictReader) -> Board:
    """The board of a plan; empty of rows and columns before a run has made one."""
    visits = schedules.list_visits(session, schedule, after_id=0, limit=_MOST_VISITS)
    is_draft = schedule.draft_version is not None and schedule.published_at is None
    newest = drafts.versions(session, schedule, before_id=0, limit=2) if is_draft else ()
    trail = drafts.draft_trail(session, schedule) if is_draft else drafts.Trail(undo=(), redo=())
    versions = said_versions(session, newest, reader=reader, newest=schedule.draft_version or 0)
    drawn = _Drawn(session, schedule, visits, reader, newest=newest)
    return Board(
        schedule_id=schedule.id,
        version=schedule.draft_version if is_draft else None,
        is_published=schedule.published_at is not None,
        may_write=reader.may_write,
        is_over=schedule.superseded_at is not None or drawn.is_past,
        columns=drawn.columns(),
        rows=drawn.rows(),
        visits=len(visits),
        undo=bool(trail.undo),
        redo=bool(trail.redo),
        last=versions[0] if versions and versions[0].version.op != "copy" else None,
        broken=drawn.broken,
        copied_from=schedule.copied_from_id,
        has_journeys=is_draft and _has_journeys(session, reader),
        in_force=_in_force(session, reader) if is_draft else None,
    )


def _has_journeys(session: Session, reader: DistrictReader) -> bool:
    known = journeys_of(session, reader.district.code)
    return bool(known.lodgings or known.crossings)


def _in_force(session: Session, reader: DistrictReader) -> int | None:
    plan = schedules.plan_in_force(session, reader.district.code, today=reader.today)
    return None if plan is None else plan.id


class _Drawn:
    """The facts of one plan's board, asked for once."""

    def __init__(
        self,
        session: Session,
        schedule: Schedule,
        visits: Sequence[Visit],
        reader: DistrictReader,
        *,
        newest: Sequence[DraftVersion],
    ) -> None:
        district, self._reader, self._schedule = reader.district, reader, schedule
        self._frozen = frozen_until(schedule, district, now=reader.now)
        self._first_open = first_open_date(self._frozen.astimezone(reader.zone))
        self.is_past = self._frozen.astimezone(reader.zone).date() > schedule.period_end
        shown = visits_out(session, district.code, visits, now=reader.now)
        self._promised = requests.promised(session, district.code, schedule.document)
        self._broken = newest[0].broken_rules if newest else []
        self._by_day: dict[tuple[str, date], list[tuple[Visit, VisitOut]]] = defaultdict(list)
        for visit in visits:
            out = shown[visit.id]
            self._by_day[out.team.code, out.date].append((visit, out))
        self._trips = [whole for whole in trips_of(session, schedule) if whole.trip.withdrawn_at is None]
        self._shown_trips = ShownTrips(session, district.code)
        used = {day for _, day in self._by_day}.union(*(whole.working_dates for whole in self._trips))
        self._first = min([schedule.first_date, *used])
        every = working_calendar.dates_between(self._first, max([schedule.period_end, *used]))
        # Of the holidays among them.
        self._names = working_calendar.days_off(session, district, every[0], every[-1])
        works = teams.availability(session, district, every, self._names.keys())
        going = {team for team, _ in self._by_day}
        away = {whole.trip.team_id for whole in self._trips}
        self._teams = [work for work in works if any(work.works_on) or work.team.code in going or work.team.id in away]
        self._dates = tuple(
            day
            for index, day in enumerate(every)
            if day in used or day in self._names or any(work.works_on[index] for work in works)
        )

    @property
    def broken(self) -> tuple[TextOut, ...]:
        return tuple(TextOut(**rule["text"]) for rule in self._broken)

    def columns(self) -> tuple[Column, ...]:
        expected: dict[date, int] = defaultdict(int)
        for (_, day), visits in self._by_day.items():
            expected[day] += sum(out.expected_activations for _, out in visits if out.state is not VisitState.CANCELLED)
        return tuple(
            Column(date=day, off=self._names.get(day), is_today=day == self._reader.today, expected=expected[day])
            for day in self._dates
        )

    def rows(self) -> tuple[Row, ...]:
        return tuple(self._row(number, work) for number, work in enumerate(self._teams))

    def _row(self, number: int, work: teams.TeamAvailability) -> Row:
        days = tuple(self._day(work.team, day, works=work.works_on[(day - self._first).days]) for day in self._dates)
        counted = [card.visit for day in days for card in day.cards if card.visit.state is not VisitState.CANCELLED]
        return Row(
            code=work.team.code,
            name=work.team.name,
            colour=number % _TEAM_COLOURS + 1,
            expected=sum(visit.expected_activations for visit in counted),
            days=days,
        )

    def _day(self, team: Team, day: date, *, works: bool) -> DayCell:
        visits = sorted(self._by_day.get((team.code, day), ()), key=lambda pair: pair[1].starts_at)
        leave = next((leave for leave in team.leaves if leave.starts_on <= day <= leave.ends_on), None)
        last = next((pair for pair in reversed(visits) if pair[1].state is not VisitState.CANCELLED), None)
        is_in_force = any(visit.in_force and visit.starts_at > self._reader.now for visit, _ in visits)
        whole = trip_on(self._trips, team.id, day)
        before, after = (None, None) if whole is None else (whole.night_before(day), whole.night_after(day))
        return DayCell(
            team=team.code,
            date=day,
            cards=tuple(self._card(visit, out) for visit, out in visits),
            back_at=self._ends_at(day, last, whole),
            rides=() if whole is None else tuple(map(self._shown_trips.ride, whole.rides_on(day))),
            begins_at=None if before is None else before.lodging_name,
            sleeps_at=None if after is None else after.lodging_name,
            off=None if works or day in self._names else "leave" if leave is not None else "not_working",
            reason=None if leave is None else leave.reason,
            broken=self._broken_by(team.code, day, None),
            begins_trip=self._may_change(whole, day),
            can_be_called_off=self._reader.may_write and is_in_force and day >= self._reader.today,
        )

    def _may_change(self, whole: WholeTrip | None, day: date) -> bool:
        """Whether a trip that begins on a date has a form of its own there."""
        is_draft = self._schedule.draft_version is not None and self._schedule.published_at is None
        if whole is None or whole.trip.starts_on != day or not (is_draft and self._reader.may_write):
            return False
        return whole.trip.leaves_at >= self._frozen

    def _ends_at(self, day: date, last: tuple[Visit, VisitOut] | None, whole: WholeTrip | None) -> datetime | None:
        if whole is not None:
            end = whole.reaches_end_at(day)
            return None if end is None else end.astimezone(self._reader.zone)
        return None if last is None else back_at(last[1].ends_at, last[0].home_minutes, last[0].day_breaks)

    def _card(self, visit: Visit, out: VisitOut) -> Card:
        marks = []
        if out.pinned:
            marks.append("pinned")
        if (visit.site_id, visit.date) in self._promised:
            marks.append("requested")
        if out.state in _MARK_OF_STATE:
            marks.append(_MARK_OF_STATE[out.state])
        if out.state is VisitState.CANCELLED:
            marks.append("cancelled")
        return Card(
            visit=out,
            marks=tuple(marks),
            broken=self._broken_by(out.team.code, out.date, out.site.code),
            has_begun_day=out.date < self._first_open,
            can_move=out.state is VisitState.PLANNED and not out.pinned and visit.starts_at >= self._frozen,
        )

    def _broken_by(self, team: str, day: date, site: str | None) -> tuple[TextOut, ...]:
        named = (team, day.isoformat(), site)
        return tuple(
            TextOut(**rule["text"]) for rule in self._broken if (rule["team"], rule["date"], rule["site"]) == named
        )
