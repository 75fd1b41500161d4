"""The sites that may be visited on given dates, with their kind's defaults filled in: what a schedule starts from."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from app.districts.models import Document
from app.districts.opening_hours import DatedHours, Hours, Window, hours_by_date, weekly_hours
from app.sites.closures import Closures, closures_between
from app.sites.kinds import KindDefaults, kind_defaults
from app.sites.models import PROMISED, Readiness, Site, SiteException, SiteWindow, WantedDate
from app.sites.needing import Needing, needing_at
from app.sites.preparations import (
    ASSUMED,
    Preparation,
    PreparationTerms,
    PreparedPeople,
    VisitStage,
    prepared_before,
    prepares_on,
    terms_of,
)
from app.sites.readiness import ready_dates
from app.sites.session_places import by_code, held_name, is_moved_on, needed_at, share_who_come
from app.sites.values import expected_people, expected_to_need


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
    """Who can still be served there with further documents, where it is known how many need them."""
    assumed_as_of: Mapping[Document, date] = field(default_factory=dict)
    """The end of the day up to which those count that are derived from the district's ages."""
    place: Site | None = None
    """The site at which its session is held on these dates, with that site's signal and hours; None: at home."""
    session_share: Decimal = Decimal(1)
    """Of those who would come at home, those who come there."""
    at_home: Mapping[Document, int] = field(default_factory=dict)
    """Who could be served at home with each document; empty where the session is at home."""
    stage: VisitStage | None = None
    """What a visit on these dates is to people who are prepared first."""
    prepared: PreparedPeople | None = None
    """Who was prepared before these dates: `people` are those of them who come again."""
    terms: PreparationTerms = ASSUMED
    """How its people are prepared and activated; they matter only with a `stage`."""

    @property
    def held_at(self) -> Site:
        """The site whose position, signal and hours count."""
        return self.site if self.place is None else self.place

    @property
    def lat(self) -> float:
        return self.held_at.lat

    @property
    def lon(self) -> float:
        return self.held_at.lon

    @property
    def zone(self) -> str:
        return self.held_at.zone or ""

    @property
    def needs_kits(self) -> tuple[str, ...]:
        """Kinds of kits without which a visit serves nobody; a preparation needs none."""
        if self.stage is VisitStage.PREPARATION:
            return ()
        return needed_at(self.site.needs_kits, self.held_at.needs_kits)

    @property
    def shown_name(self) -> str:
        """The name, with the place to which the session is moved."""
        return held_name(self.site.name, None if self.place is None else self.place.name)["id"]


def candidates(
    session: Session,
    district_code: str,
    dates: Sequence[date],
    *,
    only: Collection[int] | None = None,
    wanted_at: datetime | None = None,
    dates_of: Mapping[int, Collection[date]] | None = None,
    preparations: Mapping[str, Collection[Preparation]] | None = None,
) -> tuple[Candidate, ...]:
    """All sites of a district but those that are `done`, by code; eight queries at most, whatever their number.

    `only`: of these ids. `wanted_at`: with what sites ask for by that moment. `dates_of`: by id, the dates that matter
    of a site (all of `dates`): where its session is moved on one of them, it is open on dates on which it is moved, and
    on no others. `preparations`: by code of a site, the visits at which its people were prepared (None: it does not
    matter); where they are to be, and none lies before the dates that matter, it is open on dates on which they are
    prepared, at home, and on no others."""
    mine = [Site.district_code == district_code, Site.readiness != Readiness.DONE.value]
    if only is not None:
        mine.append(Site.id.in_(only))
    sites = session.scalars(select(Site).where(*mine).order_by(Site.code)).all()
    moved = {
        site.session_at
        for site in sites
        if site.session_at is not None
        and any(is_moved_on(site, day) for day in (dates if dates_of is None else dates_of.get(site.id, ())))
    }
    places = by_code(session, district_code, moved)
    with_hours = [or_(and_(*mine), and_(Site.district_code == district_code, Site.code.in_(moved)))] if moved else mine
    windows, exceptions = _hours(session, with_hours, dates)
    wanted, promised = _asked_for(session, district_code, dates, by=wanted_at)
    closures = closures_between(session, district_code, min(dates), max(dates)) if dates else Closures(())
    kinds = {kind.value: defaults for kind, defaults in kind_defaults(session, district_code).items()}

    def of_site(site: Site) -> Candidate:
        mattering = dates if dates_of is None else dates_of.get(site.id, ())
        prepared = None
        if preparations is not None and site.preparation_until is not None:
            prepared = prepared_before(site, preparations.get(site.code, ()), min(mattering, default=date.min))
            if prepared is None and any(prepares_on(site, day) for day in mattering):
                return staged(site, VisitStage.PREPARATION, place=None)
        is_moved = any(is_moved_on(site, day) for day in mattering)
        place = places[site.session_at] if is_moved and site.session_at is not None else None
        return staged(site, None if prepared is None else VisitStage.FOLLOW_UP, place=place, prepared=prepared)

    def staged(
        site: Site, stage: VisitStage | None, *, place: Site | None, prepared: PreparedPeople | None = None
    ) -> Candidate:
        return _candidate(
            site,
            dates,
            place=place,
            stage=stage,
            prepared=prepared,
            windows=windows.get((place or site).id, ()),
            exceptions=exceptions.get((place or site).id, ()),
            closures=closures,
            kinds=kinds,
            wanted_on=frozenset(wanted.get(site.id, ())),
            promised_on=frozenset(promised.get(site.id, ())),
        )

    return tuple(of_site(site) for site in sites)


def _hours(
    session: Session, sites: Sequence[ColumnElement[bool]], dates: Sequence[date]
) -> tuple[Mapping[int, Sequence[Window]], Mapping[int, Sequence[DatedHours]]]:
    """By site, its weekly windows, and what holds on single ones of these dates."""
    windows: dict[int, list[Window]] = defaultdict(list)
    for site_id, weekdays, opens, closes in session.execute(
        select(SiteWindow.site_id, SiteWindow.weekdays, SiteWindow.opens, SiteWindow.closes)
        .join(Site, Site.id == SiteWindow.site_id)
        .where(*sites)
    ):
        windows[site_id].append(Window(opens, closes, weekdays))
    exceptions: dict[int, list[DatedHours]] = defaultdict(list)
    for site_id, day, exception_opens, exception_closes in session.execute(
        select(SiteException.site_id, SiteException.date, SiteException.opens, SiteException.closes)
        .join(Site, Site.id == SiteException.site_id)
        .where(*sites, SiteException.date.in_(dates))
    ):
        exceptions[site_id].append(DatedHours(day, exception_opens, exception_closes))
    return windows, exceptions


def _asked_for(
    session: Session, district_code: str, dates: Sequence[date], *, by: datetime | None
) -> tuple[Mapping[int, set[date]], Mapping[int, set[date]]]:
    """By site, the dates that it has asked for by a moment (None: none), and those of them that were promised to it."""
    wanted: dict[int, set[date]] = defaultdict(set)
    promised: dict[int, set[date]] = defaultdict(set)
    if by is None:
        return wanted, promised
    for site_id, day, counts_from in session.execute(
        select(WantedDate.site_id, WantedDate.date, WantedDate.counts_from).where(
            WantedDate.district_code == district_code, WantedDate.date.in_(dates), WantedDate.counts_from <= by
        )
    ):
        wanted[site_id].add(day)
        if counts_from == PROMISED:
            promised[site_id].add(day)
    return wanted, promised


def _candidate(
    site: Site,
    dates: Sequence[date],
    *,
    place: Site | None,
    stage: VisitStage | None,
    prepared: PreparedPeople | None,
    windows: Sequence[Window],
    exceptions: Sequence[DatedHours],
    closures: Closures,
    kinds: Mapping[str, KindDefaults],
    wanted_on: frozenset[date],
    promised_on: frozenset[date],
) -> Candidate:
    """`windows`, `exceptions`: of the place where the session is held."""
    # Read once: a column of a row costs a call, and a province asks for every site and date.
    defaults, kind = kinds[site.kind], (place or site).kind
    weekly = weekly_hours(windows or kinds[kind].windows)
    dated = hours_by_date(exceptions)
    ready = set(ready_dates(site.readiness, site.readiness_from, site.readiness_until, dates=dates))
    reason = None
    if dates and not ready:
        reason = "not_ready" if site.readiness == Readiness.NOT_READY else "agreed_on_other_dates"
    if place is not None:
        ready = {day for day in ready if is_moved_on(site, day)}
    if stage is VisitStage.PREPARATION:
        ready = {day for day in ready if prepares_on(site, day)}
    shares = (
        defaults.turn_out_share if site.turn_out_share is None else site.turn_out_share,
        defaults.phone_ready_share if site.phone_ready_share is None else site.phone_ready_share,
        defaults.resident_share if site.resident_share is None else site.resident_share,
    )
    share = Decimal(1) if place is None else share_who_come(site)
    needing, terms = needing_at(site, defaults), ASSUMED if stage is None else terms_of(site, defaults.terms)
    at_home = _people(site, shares, Decimal(1), needing) if prepared is None else _returning(prepared, terms)
    people = _people(site, shares, share, needing) if prepared is None else _returning(prepared, terms, share)
    return Candidate(
        site=site,
        people=people[Document.IKD],
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
        people_by_document={document: count for document, count in people.items() if document is not Document.IKD},
        wanted_on=wanted_on,
        promised_on=promised_on,
        place=place,
        session_share=share,
        at_home={} if place is None else at_home,
        stage=stage,
        prepared=prepared,
        terms=terms,
        assumed_as_of={document: known.as_of for document, known in needing.items() if known.as_of is not None},
    )


def _returning(prepared: PreparedPeople, terms: PreparationTerms, share: Decimal = Decimal(1)) -> dict[Document, int]:
    """Of those prepared, those who come again, to where their session is; nobody for further documents."""
    return {Document.IKD: int(prepared.people * share * terms.returning_percent / 100)}


def sessions_elsewhere(of_sites: Iterable[Candidate]) -> Mapping[str, str]:
    """By code of a site: the code of the one at which its session is held; those at home are left out."""
    return {candidate.site.code: candidate.place.code for candidate in of_sites if candidate.place is not None}


def _people(
    site: Site, shares: tuple[Decimal, Decimal, Decimal], share: Decimal, needing: Mapping[Document, Needing]
) -> dict[Document, int]:
    """Who can still be served with each document; `share`: of those who would come at home."""
    turn_out, phone_ready, resident = shares[0] * share, shares[1], shares[2]
    ikd = expected_people(site.headcount, site.already_activated, shares=(turn_out, phone_ready, resident))
    return {Document.IKD: ikd} | {
        document: expected_to_need(known.people, turn_out=turn_out, resident=resident)
        for document, known in needing.items()
    }
