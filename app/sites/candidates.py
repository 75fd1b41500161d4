"""The sites that may be visited on given dates, with their kind's defaults filled in: what a schedule starts from."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts.models import Document
from app.districts.opening_hours import DatedHours, Hours, Window, hours_by_date, weekly_hours
from app.sites.closures import Closures, closures_between
from app.sites.kinds import KindDefaults, kind_defaults
from app.sites.models import PROMISED, Readiness, Site, SiteException, SiteWindow, WantedDate
from app.sites.readiness import ready_dates
from app.sites.values import PEOPLE, expected_people, expected_to_need


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One site as a schedule sees it: every default filled in."""

    site: Site
    people: int
    """Who can still be won there, rounded down."""
    shares: tuple[Decimal, Decimal, Decimal]
    """Turn-out, phone-ready and resident share, as given for the site, else those of its kind."""
    setup_minutes: int
    max_visit_dates: int
    min_gap_days: int
    max_teams: int
    min_teams: int
    """On a date with a visit so many come, or none."""
    windows_by_date: dict[date, Hours]
    """Of every date asked for; empty when closed, or not ready, that day."""
    not_ready_reason: str | None
    """Why readiness closes every date: `not_ready` or `agreed_on_other_dates`; None if some date is left."""
    wanted_on: frozenset[date] = frozenset()
    """Dates on which it asked for a visit that it has not got."""
    promised_on: frozenset[date] = frozenset()
    """Those for which an offer was accepted."""
    people_by_document: Mapping[Document, int] = field(default_factory=dict)
    """Who can still be served there with further documents, where the site says how many need them."""


def candidates(
    session: Session,
    district_code: str,
    dates: Sequence[date],
    *,
    only: Collection[int] | None = None,
    wanted_at: datetime | None = None,
) -> tuple[Candidate, ...]:
    """All sites of a district but those that are `done`, by code; six queries at most, whatever their number.

    `only`: of these ids. `wanted_at`: with what sites ask for by that moment."""
    mine = [Site.district_code == district_code, Site.readiness != Readiness.DONE.value]
    if only is not None:
        mine.append(Site.id.in_(only))
    sites = session.scalars(select(Site).where(*mine).order_by(Site.code)).all()
    windows: dict[int, list[Window]] = defaultdict(list)
    for site_id, weekdays, opens, closes in session.execute(
        select(SiteWindow.site_id, SiteWindow.weekdays, SiteWindow.opens, SiteWindow.closes)
        .join(Site, Site.id == SiteWindow.site_id)
        .where(*mine)
    ):
        windows[site_id].append(Window(opens, closes, weekdays))
    exceptions: dict[int, list[DatedHours]] = defaultdict(list)
    for site_id, day, exception_opens, exception_closes in session.execute(
        select(SiteException.site_id, SiteException.date, SiteException.opens, SiteException.closes)
        .join(Site, Site.id == SiteException.site_id)
        .where(*mine, SiteException.date.in_(dates))
    ):
        exceptions[site_id].append(DatedHours(day, exception_opens, exception_closes))
    wanted: dict[int, set[date]] = defaultdict(set)
    promised: dict[int, set[date]] = defaultdict(set)
    if wanted_at is not None:
        for site_id, day, counts_from in session.execute(
            select(WantedDate.site_id, WantedDate.date, WantedDate.counts_from).where(
                WantedDate.district_code == district_code,
                WantedDate.date.in_(dates),
                WantedDate.counts_from <= wanted_at,
            )
        ):
            wanted[site_id].add(day)
            if counts_from == PROMISED:
                promised[site_id].add(day)
    closures = closures_between(session, district_code, min(dates), max(dates)) if dates else Closures(())
    kinds = {kind.value: defaults for kind, defaults in kind_defaults(session, district_code).items()}
    return tuple(
        _candidate(
            site,
            dates,
            windows=windows[site.id],
            exceptions=exceptions[site.id],
            closures=closures,
            defaults=kinds[site.kind],
            wanted_on=frozenset(wanted.get(site.id, ())),
            promised_on=frozenset(promised.get(site.id, ())),
        )
        for site in sites
    )


def _candidate(
    site: Site,
    dates: Sequence[date],
    *,
    windows: Sequence[Window],
    exceptions: Sequence[DatedHours],
    closures: Closures,
    defaults: KindDefaults,
    wanted_on: frozenset[date],
    promised_on: frozenset[date],
) -> Candidate:
    # Read once: a column of a row costs a call, and a province asks for every site and date.
    kind = site.kind
    weekly = weekly_hours(windows or defaults.windows)
    dated = hours_by_date(exceptions)
    ready = set(ready_dates(site.readiness, site.readiness_from, site.readiness_until, dates=dates))
    reason = None
    if dates and not ready:
        reason = "not_ready" if site.readiness == Readiness.NOT_READY else "agreed_on_other_dates"
    shares = (
        defaults.turn_out_share if site.turn_out_share is None else site.turn_out_share,
        defaults.phone_ready_share if site.phone_ready_share is None else site.phone_ready_share,
        defaults.resident_share if site.resident_share is None else site.resident_share,
    )
    return Candidate(
        site=site,
        people=expected_people(site.headcount, site.already_activated, shares=shares),
        shares=shares,
        setup_minutes=defaults.setup_minutes if site.setup_minutes is None else site.setup_minutes,
        max_visit_dates=defaults.max_visit_dates if site.max_visit_dates is None else site.max_visit_dates,
        min_gap_days=defaults.min_gap_days if site.min_gap_days is None else site.min_gap_days,
        # An event that says how many it needs has room for them, whatever its kind allows.
        max_teams=max(defaults.max_teams, site.min_teams or 1) if site.max_teams is None else site.max_teams,
        min_teams=site.min_teams or 1,
        windows_by_date={
            # Hours given for one date are meant as they are; closures of the kind cut the weekly ones alone.
            day: ()
            if day not in ready
            else dated[day]
            if day in dated
            else closures.hours_left(weekly[day.weekday()], kind, day=day)
            for day in dates
        },
        not_ready_reason=reason,
        people_by_document={
            document: expected_to_need(needing, turn_out=shares[0], resident=shares[2])
            for document, name in PEOPLE.items()
            if (needing := getattr(site, name)) is not None
        },
        wanted_on=wanted_on,
        promised_on=promised_on,
    )
