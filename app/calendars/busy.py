"""Who is busy when, for whoever plans: the stored busy times of a district, and the pure functions that take them
out of opening hours and team-days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from app.calendars.models import BusyEvent, CalendarSource, Direction, Scope
from app.districts.opening_hours import Hours, cut_hours, join_hours
from app.sites.models import Site
from app.teams.models import Team

TEAM_TOLERANCE_MINUTES = 30
"""A team has one shift on every date and a plan cannot work around a meeting in it, so a date on which its calendar
takes more than this of the shift is not planned at all; a morning roll call does not cost the day."""
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class BusySpan:
    """A time at which a calendar says busy, and whom that binds."""

    event_id: int
    scope: Scope
    area_code: str | None
    team_id: int | None
    site_id: int | None
    starts_at: datetime
    ends_at: datetime
    summary: str | None
    """None: private."""
    source_id: int
    source_name: str
    all_day: bool
    tentative: bool
    since: datetime
    """When it was first seen at these times."""


def scope_of(source: CalendarSource) -> Scope:
    if source.team_id is not None:
        return Scope.TEAM
    if source.site_id is not None:
        return Scope.SITE
    return Scope.DISTRICT if source.area_code is None else Scope.AREA


def counts_as_busy() -> Select[BusyEvent, CalendarSource]:
    """Busy events with their sources, as far as they bind: incoming calendars, tentative ones where these count."""
    return (
        select(BusyEvent, CalendarSource)
        .join(CalendarSource, CalendarSource.id == BusyEvent.source_id)
        .where(
            CalendarSource.direction != Direction.OUT.value,
            or_(BusyEvent.tentative.is_(False), CalendarSource.tentative_blocks),
        )
    )


def span_of(event: BusyEvent, source: CalendarSource) -> BusySpan:
    return BusySpan(
        event_id=event.id,
        scope=scope_of(source),
        area_code=source.area_code,
        team_id=source.team_id,
        site_id=source.site_id,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        summary=event.summary,
        source_id=source.id,
        source_name=source.name,
        all_day=event.all_day,
        tentative=event.tentative,
        since=event.since,
    )


def busy_between(
    session: Session,
    district_code: str,
    start: datetime,
    end: datetime,
    *,
    after_id: int = 0,
    limit: int | None = None,
) -> tuple[BusySpan, ...]:
    """What is busy in a district between two aware moments, by id of the event; `end` is not in it."""
    rows = session.execute(
        counts_as_busy()
        .where(
            and_(CalendarSource.district_code == district_code, BusyEvent.id > after_id),
            and_(BusyEvent.starts_at < end, BusyEvent.ends_at > start),
        )
        .order_by(BusyEvent.id)
        .limit(limit)
    )
    return tuple(span_of(event, source) for event, source in rows)


def scope_code_of(session: Session, span: BusySpan) -> str | None:
    """The code of the team, site or area that a span binds; None: the whole district, or one that has gone."""
    # Of the session's own memory after the first: a page names few teams and sites.
    if span.scope is Scope.TEAM:
        team = session.get(Team, span.team_id)
        return None if team is None else team.code
    if span.scope is Scope.SITE:
        site = session.get(Site, span.site_id)
        return None if site is None else site.code
    return span.area_code


def minutes_on(day: date, spans: Iterable[BusySpan], zone: tzinfo) -> Hours:
    """The busy minutes of a local date, overlapping spans joined; part of a minute counts whole."""
    midnight = datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
    spells = []
    for span in spans:
        begins = int((span.starts_at - midnight) // timedelta(minutes=1))
        ends = -int(-(span.ends_at - midnight) // timedelta(minutes=1))
        if begins < _DAY_MINUTES and ends > 0:
            spells.append((max(0, begins), min(_DAY_MINUTES, ends)))
    return join_hours(spells)


def blocks_team_day(shift: tuple[int, int], busy: Hours) -> bool:
    """Whether a team whose calendar is busy in these minutes stays home that date (`TEAM_TOLERANCE_MINUTES`)."""
    taken = sum(max(0, min(ends, shift[1]) - max(begins, shift[0])) for begins, ends in busy)
    return taken > min(TEAM_TOLERANCE_MINUTES, shift[1] - shift[0] - 1)


class BusyCalendar:
    """The busy times of a district as a planner's questions: this site's hours, this team's date."""

    def __init__(self, spans: Sequence[BusySpan], zone: tzinfo):
        self._zone = zone
        self._by_owner: dict[tuple[Scope, str | int | None], list[BusySpan]] = {}
        for span in spans:
            owner: str | int | None = span.area_code or span.team_id or span.site_id
            self._by_owner.setdefault((span.scope, owner), []).append(span)

    @property
    def binds_sites(self) -> bool:
        """Whether anything here could close a site."""
        return any(scope is not Scope.TEAM for scope, _ in self._by_owner)

    def site_hours(self, site_id: int, area_code: str, *, day: date, windows: Hours) -> Hours:
        """A site's opening hours on a date without what is busy there, in its area, or in the whole district."""
        spans = self._of((Scope.SITE, site_id), (Scope.AREA, area_code), (Scope.DISTRICT, None))
        return cut_hours(windows, minutes_on(day, spans, self._zone)) if spans else windows

    def team_is_free(self, team_id: int, shift: tuple[int, int], *, day: date) -> bool:
        """Whether a team can be planned on a date: its own calendar leaves it the shift, and the district's some of it.

        `shift`: when it leaves its base and is back, in minutes after local midnight."""
        own = minutes_on(day, self._of((Scope.TEAM, team_id)), self._zone)
        everybody = minutes_on(day, self._of((Scope.DISTRICT, None)), self._zone)
        return not blocks_team_day(shift, own) and bool(cut_hours((shift,), everybody))

    def _of(self, *owners: tuple[Scope, str | int | None]) -> list[BusySpan]:
        return [span for owner in owners for span in self._by_owner.get(owner, ())]


def busy_calendar(session: Session, district_code: str, *, start: date, end: date, zone: tzinfo) -> BusyCalendar:
    """The busy times of the local dates `start` to `end`, both included."""
    first = datetime.combine(start, time(), tzinfo=zone)
    last = datetime.combine(end + timedelta(days=1), time(), tzinfo=zone)
    return BusyCalendar(busy_between(session, district_code, first, last), zone)
