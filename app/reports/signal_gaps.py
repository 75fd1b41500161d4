"""Who lives where no session can succeed with today's equipment, and what would open it: counted, never averaged."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import partial

from sqlalchemy.orm import Session

from app.districts import service as districts
from app.districts.issuing import issuing_figures
from app.districts.kits import Kit
from app.districts.models import District, Document
from app.districts.planning_figures import LEVELS, PlanningFigures, planning_figures
from app.payloads import PercentNumber
from app.reports.equipment import Equipment, equipment_of
from app.reports.preparations import reached_by_preparing
from app.reports.session_places import (
    NearestPlaces,
    RatingAge,
    Ratings,
    SignalRating,
    can_succeed,
    covered_sites,
    people_at_home,
    visits_by_site,
)
from app.schedules.document_words import brought_first
from app.schedules.runs.plan_sites import people_left
from app.sites import service as sites
from app.sites.models import Site
from app.sites.service import Candidate
from app.sites.session_places import share_who_come
from app.words import Text, in_both


class Remedy(StrEnum):
    """What would let a session succeed."""

    SATELLITE = "satellite"
    """A set with a team that issues the document, and has what else the site needs."""
    SIGNAL = "signal"
    """Signal at the site."""
    SESSION_PLACE = "session_place"
    """Its session at the nearest covered site, for those who come there."""


_WITHOUT: Mapping[Remedy, Text] = {
    Remedy.SATELLITE: {"id": "set satelit", "en": "a satellite set"},
    Remedy.SIGNAL: {"id": "sinyal di lokasi", "en": "signal at the site"},
    Remedy.SESSION_PLACE: {"id": "sesi di lokasi bersinyal terdekat", "en": "a session at the nearest covered site"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestPlace:
    """A covered site, and how far it is."""

    code: str
    name: str
    km: PercentNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class GapSite:
    """A site at which nobody can be won with today's equipment."""

    site_id: int
    code: str
    name: str
    kind: str
    readiness: str
    people: int
    """Still to win there and not reachable, by the site's own figures, as planning counts them."""
    signal: SignalRating
    preparation_until: date | None
    """Until when its people are prepared first: those who then come to where its session will be are not among
    `people`."""
    session_at: str | None
    """Code of the site to which its session is moved; `people` are those who do not come there, or all of them if
    that place has no signal either."""
    session_at_name: str | None
    nearest_place: NearestPlace | None
    """The covered site nearest as the crow flies; null: there is none, or its session is at a covered one already."""
    lacks_demanded_set: bool
    """Whether a satellite set is asked for there (`needs_kits`), whatever the signal, and no team has it."""
    not_reachable_without: tuple[Remedy, ...]
    """Each would do alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GapArea:
    """The sites of one area, the most people first."""

    code: str
    name: str
    people: int
    sites: tuple[GapSite, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WithoutRemedy:
    """How many people one remedy alone would open; a session elsewhere those who come there, as given or assumed."""

    remedy: Remedy
    people: int
    sites: int
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyBySatellite:
    """Who is reachable today, but only as far as a satellite set gets there."""

    people: int
    sites: int
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandedSets:
    """Who is kept out where a satellite set is asked for, whatever the signal, and no team has it."""

    people: int
    sites: int
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtfulRatings:
    """Sites that count as covered on the word of a rating that is old or bears no day."""

    sites: int
    people: int
    undated_sites: int
    oldest: date | None
    """The day of the oldest rating among them that bears one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GapDistrict:
    """One district of a province."""

    code: str
    name: str
    people: int
    sites: int
    people_left: int
    satellite_on: date | None
    """As of a district alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalGaps:
    """Where the signal keeps people of a district from a document on one day, by the sites that are not done.

    Of a province that plans nothing itself: the sum of its districts."""

    district_code: str
    document: str
    on: date
    people: int
    """Not reachable with today's equipment: the sum over the areas."""
    sites: int
    people_left: int
    """At all sites, those of the gaps included."""
    needs_signal: bool
    """Whether issuing the document takes any; if not, sites that ask for a satellite set can be gaps all the same."""
    satellite_on: date | None
    """From when a team that issues the document has a satellite set, or may draw one; null: never, and of a province:
    each of its `districts` says it."""
    only_by_satellite: OnlyBySatellite
    """Not among `people`: no set, no session."""
    demanded_sets: DemandedSets
    """Among `people`."""
    without: tuple[WithoutRemedy, ...]
    areas: tuple[GapArea, ...]
    """Those with a gap, the most people first."""
    doubtful: DoubtfulRatings
    districts: tuple[GapDistrict, ...] = ()
    """Of a province, by code."""
    text: Text


@dataclass(slots=True)
class _Counted:
    """What is counted site by site."""

    left: int = 0
    """People with and without signal."""
    by_area: dict[str, list[GapSite]] = field(default_factory=lambda: defaultdict(list))
    hanging: list[int] = field(default_factory=list)
    """People at each site that only a satellite set reaches."""
    doubtful: list[tuple[int, SignalRating]] = field(default_factory=list)
    """People at each site that an old rating, or one without a date, calls covered."""
    opened: dict[Remedy, list[int]] = field(default_factory=lambda: defaultdict(list))
    """People at each site whom a remedy would reach."""

    def add(
        self, candidate: Candidate, people: int, come: Callable[[], int], *, prepared: int, facts: "_Facts"
    ) -> None:
        """Count a site with so many people, of whom some `come` to where its session is, or are `prepared` first and
        come there later."""
        site, rating, there = candidate.site, facts.ratings.of(candidate.site), facts.ratings.of(candidate.held_at)
        missing, needed = people, candidate.needs_kits
        if facts.can_serve(needed, there):
            reached = come()
            missing = 0 if facts.can_serve(site.needs_kits, rating) else people - reached
            if reached and not facts.can_serve_without_set(needed, there):
                self.hanging.append(reached)
            if there.age is not RatingAge.RECENT and facts.needs_some_signal(needed):
                self.doubtful.append((reached, there))
        missing = min(missing, people - prepared)
        if missing:
            place = None if candidate.place is not None and missing < people else facts.nearest.nearest(site)
            # Those who stay away from where the session is are at home.
            if missing < people:
                needed = tuple(site.needs_kits)
            gap = _gap_site(candidate, missing, rating, needed, place, facts=facts)
            self.by_area[site.area_code].append(gap)
            for remedy in gap.not_reachable_without:
                helped = int(missing * share_who_come(site)) if remedy is Remedy.SESSION_PLACE else missing
                self.opened[remedy].append(helped)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """By what it is judged whether anybody can be served with a document."""

    figures: PlanningFigures
    equipment: Equipment
    ratings: Ratings
    nearest: NearestPlaces
    needs_signal: bool

    def succeeds(self, level: int, *, by_satellite: bool) -> bool:
        return not self.needs_signal or can_succeed(self.figures, level, by_satellite=by_satellite)

    def can_serve(self, needed: Collection[str], rating: SignalRating) -> bool:
        """At a site that needs these kits, with what the teams have."""
        by_satellite = self.equipment.has_set_for(needed)
        return self.succeeds(rating.connectivity, by_satellite=by_satellite) and not self.equipment.lacks_set_for(
            needed
        )

    def can_serve_without_set(self, needed: Collection[str], rating: SignalRating) -> bool:
        return Kit.SATELLITE not in needed and self.succeeds(rating.connectivity, by_satellite=False)

    def needs_some_signal(self, needed: Collection[str]) -> bool:
        """Whether nobody could be served at a site that needs these kits if it had no signal at all."""
        return not self.succeeds(0, by_satellite=self.equipment.has_set_for(needed))


def signal_gaps(session: Session, district: District, document: Document, *, on: date) -> SignalGaps:
    """What a plan that begins after `on` would leave out for want of signal, by the facts stored now.

    Visits up to `on` are counted as planning counts them: as reported, else as expected. Whether a site is ready, open
    or in reach makes no difference: that changes from plan to plan."""
    figures, takes = planning_figures(session, district.code), issuing_figures(session, district.code)
    ratings = Ratings(session, district.code, document, on=on)
    candidates = sites.candidates(session, district.code, [on])
    known = [candidate.site for candidate in candidates]
    facts = _Facts(
        figures=figures,
        equipment=equipment_of(session, district.code, document, takes.get(document), on=on),
        ratings=ratings,
        nearest=NearestPlaces(covered_sites(session, district.code, figures, ratings, known=known)),
        needs_signal=document not in takes or takes[document].needs_signal,
    )
    beside = visits_by_site(session, district, document, on=on)
    counted = _Counted()
    reached_first: Mapping[str, Decimal] = {}
    if document is Document.IKD:
        reached_first = reached_by_preparing(session, known, figures, ratings, equipment=facts.equipment, on=on)
    for candidate in candidates:
        visits = beside.get(candidate.site.code, ())
        people = people_at_home(candidate, document, visits)
        counted.left += people
        if people:
            come = partial(people_left, candidate, document, visits)
            prepared = int(people * reached_first.get(candidate.site.code, Decimal(0)))
            counted.add(candidate, people, come, prepared=prepared, facts=facts)
    areas = [
        GapArea(
            code=area.code,
            name=area.name,
            people=sum(site.people for site in gaps),
            sites=tuple(sorted(gaps, key=lambda site: (-site.people, site.code))),
        )
        for area in districts.list_areas(session, district.code)
        if (gaps := counted.by_area.get(area.code))
    ]
    every = [site for area in areas for site in area.sites]
    demanding = [site for site in every if site.lacks_demanded_set]
    without = _without(counted.opened)
    people = sum(site.people for site in every)
    return SignalGaps(
        district_code=district.code,
        document=document.value,
        on=on,
        people=people,
        sites=len(every),
        people_left=counted.left,
        needs_signal=facts.needs_signal,
        satellite_on=facts.equipment.satellite_on,
        only_by_satellite=by_satellite_alone(sum(counted.hanging), len(counted.hanging)),
        demanded_sets=demanded_sets(sum(site.people for site in demanding), len(demanding)),
        without=without,
        areas=tuple(sorted(areas, key=lambda area: (-area.people, area.code))),
        doubtful=_doubtful(counted.doubtful),
        text=sentence(document, people, len(every), counted.left, without, needs_signal=facts.needs_signal),
    )


def _gap_site(
    candidate: Candidate,
    people: int,
    rating: SignalRating,
    needed: Collection[str],
    place: tuple[Site, float] | None,
    *,
    facts: _Facts,
) -> GapSite:
    """`needed`: the kits that a visit to these people takes; `place`: the covered site to which its session may be
    moved, and how many km away."""
    site = candidate.site
    has_set, lacks_set = facts.equipment.has_set_for(needed), facts.equipment.lacks_set_for(needed)
    remedies = []
    if not has_set and facts.succeeds(rating.connectivity, by_satellite=True):
        remedies.append(Remedy.SATELLITE)
    if not lacks_set and facts.figures.rate(LEVELS - 1) > 0:
        remedies.append(Remedy.SIGNAL)
    if place is not None:
        remedies.append(Remedy.SESSION_PLACE)
    return GapSite(
        site_id=site.id,
        code=site.code,
        name=site.name,
        kind=site.kind,
        readiness=site.readiness,
        people=people,
        signal=rating,
        preparation_until=site.preparation_until,
        session_at=None if candidate.place is None else candidate.place.code,
        session_at_name=None if candidate.place is None else candidate.place.name,
        nearest_place=None
        if place is None
        else NearestPlace(code=place[0].code, name=place[0].name, km=round(Decimal(place[1]), 1)),
        lacks_demanded_set=lacks_set,
        not_reachable_without=tuple(remedies),
    )


def _without(opened: Mapping[Remedy, Sequence[int]]) -> tuple[WithoutRemedy, ...]:
    return tuple(opened_by(remedy, sum(opened[remedy]), len(opened[remedy])) for remedy in Remedy if opened.get(remedy))


def opened_by(remedy: Remedy, people: int, number: int) -> WithoutRemedy:
    """How many people at so many sites one remedy would reach."""
    text = in_both(
        "{people} orang di {sites} lokasi terjangkau dengan {remedy}",
        "{people} people at {sites} sites would be reachable with {remedy}",
        people=people,
        sites=number,
        remedy=_WITHOUT[remedy],
    )
    return WithoutRemedy(remedy=remedy, people=people, sites=number, text=text)


def by_satellite_alone(people: int, number: int) -> OnlyBySatellite:
    """How many people at so many sites hang on a satellite set."""
    text = in_both(
        "{people} orang di {sites} lokasi hanya terjangkau dengan set satelit.",
        "{people} people at {sites} sites are reachable with a satellite set alone.",
        people=people,
        sites=number,
    )
    return OnlyBySatellite(people=people, sites=number, text=text)


def demanded_sets(people: int, number: int) -> DemandedSets:
    """How many people at so many sites are kept out for want of a set that is asked for there."""
    text = in_both(
        "{people} orang di antaranya ada di {sites} lokasi yang meminta set satelit, bagaimanapun sinyal di sana.",
        "{people} people of these are kept out by the call for a satellite set at {sites} sites, whatever the signal.",
        people=people,
        sites=number,
    )
    return DemandedSets(people=people, sites=number, text=text)


def _doubtful(rows: Sequence[tuple[int, SignalRating]]) -> DoubtfulRatings:
    return DoubtfulRatings(
        sites=len(rows),
        people=sum(people for people, _ in rows),
        undated_sites=sum(rating.on is None for _, rating in rows),
        oldest=min((rating.on for _, rating in rows if rating.on is not None), default=None),
    )


def sentence(
    document: Document,
    people: int,
    number: int,
    left: int,
    without: Sequence[WithoutRemedy],
    *,
    needs_signal: bool,
) -> Text:
    """How many of those `left` the signal keeps out, at how many sites, and without what."""
    what = brought_first(document)
    if not needs_signal and not number:
        return in_both(
            "{what} tidak memerlukan sinyal: sinyal tidak menghalangi siapa pun dari {left} orang.",
            "{what} need no signal: it keeps none of {left} people out.",
            what=what,
            left=left,
        )
    if not number:
        return in_both(
            "{what}: tidak ada lokasi yang tertutup karena sinyal; {left} orang masih dapat dilayani.",
            "{what}: no site is out of reach for want of signal; {left} people can still be won.",
            what=what,
            left=left,
        )
    if not without:
        return in_both(
            "{what}: {people} dari {left} orang, di {number} lokasi, tidak terjangkau.",
            "{what}: {people} of {left} people, at {number} sites, are not reachable.",
            what=what,
            people=people,
            left=left,
            number=number,
        )
    indonesian = " atau ".join(_WITHOUT[row.remedy]["id"] for row in without)
    english = " or ".join(_WITHOUT[row.remedy]["en"] for row in without)
    return in_both(
        "{what}: {people} dari {left} orang, di {number} lokasi, tidak terjangkau tanpa {remedies}.",
        "{what}: {people} of {left} people, at {number} sites, are not reachable without {remedies}.",
        what=what,
        people=people,
        left=left,
        number=number,
        remedies={"id": indonesian, "en": english},
    )
