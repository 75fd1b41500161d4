"""Who lives where no session can succeed with today's equipment, and what would open it: counted, never averaged."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.districts import service as districts
from app.districts.issuing import IssuingFigures, issuing_figures
from app.districts.models import District, Document, IssuingKit
from app.districts.planning_figures import LEVELS, PlanningFigures, planning_figures
from app.schedules.document_words import BROUGHT
from app.schedules.figures import Figure, Use, uses_of
from app.schedules.runs.basis import people_left
from app.schedules.runs.published_visits import PublishedVisit, visits_until
from app.schedules.signal_met import last_signal
from app.sites import service as sites
from app.sites.models import Site
from app.sites.service import Candidate
from app.teams import service as teams
from app.teams.issuing import has_kit, is_there, may_draw, may_issue
from app.teams.kit_pools import list_pools
from app.teams.models import Kit, KitPool, Team
from app.words import Text, in_both

OLD_AFTER = timedelta(days=365)
"""A rating older than this says little: masts are built, and fall."""


class RatingAge(StrEnum):
    """How far a rating of the signal can be trusted by its day."""

    RECENT = "recent"
    OLD = "old"
    UNDATED = "undated"
    """Nobody has said when it was measured."""


class Remedy(StrEnum):
    """What would let a session succeed."""

    SATELLITE = "satellite"
    """A set that a team which issues the document has with it."""
    SIGNAL = "signal"
    """Signal at the site."""


_WITHOUT: Mapping[Remedy, Text] = {
    Remedy.SATELLITE: {"id": "set satelit", "en": "a satellite set"},
    Remedy.SIGNAL: {"id": "sinyal di lokasi", "en": "signal at the site"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRating:
    """What is known of the signal at a site, as planning uses it."""

    connectivity: int
    """0 none to 4 excellent."""
    on: date | None
    """Of the measurement, or of the visit that met it; null: nobody said."""
    age: RatingAge
    met_by_visit: bool
    """A visit found it; else it is the site's own figure."""
    provenance: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GapSite:
    """A site at which nobody can be won with today's equipment."""

    site_id: int
    code: str
    name: str
    kind: str
    readiness: str
    people: int
    """Still to win there, by the site's own figures, as planning counts them."""
    signal: SignalRating
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
    """How many people one remedy alone would open."""

    remedy: Remedy
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
class SignalGaps:
    """Where the signal keeps people of a district from a document on one day, by the sites that are not done."""

    district_code: str
    document: str
    on: date
    people: int
    """Not reachable with today's equipment: the sum over the areas."""
    sites: int
    people_left: int
    """At all sites, those of the gaps included."""
    needs_signal: bool
    """Whether issuing the document takes any."""
    satellite_on: date | None
    """From when a team that issues the document has a satellite set, or may draw one; null: never."""
    without: tuple[WithoutRemedy, ...]
    areas: tuple[GapArea, ...]
    """Those with a gap, the most people first."""
    doubtful: DoubtfulRatings
    text: Text


class _Equipment(NamedTuple):
    """What the teams that issue a document can do about the signal."""

    works_by_satellite: bool
    satellite_on: date | None


def signal_gaps(session: Session, district: District, document: Document, *, on: date) -> SignalGaps:
    """What a plan that begins after `on` would leave out for want of signal, by the facts stored now.

    Visits up to `on` are counted as planning counts them: as reported, else as expected. Whether a site is ready, open
    or in reach makes no difference: that changes from plan to plan."""
    figures, takes = planning_figures(session, district.code), issuing_figures(session, district.code)
    equipment = _equipment(session, district.code, document, takes.get(document), on=on)
    needs_signal = document not in takes or takes[document].needs_signal
    beside = _visits_by_site(session, district, document, on=on)
    ratings = _Ratings(session, district.code, document, on=on)
    by_area: dict[str, list[GapSite]] = defaultdict(list)
    left = 0
    doubtful: list[tuple[int, SignalRating]] = []
    for candidate in sites.candidates(session, district.code, [on]):
        people = people_left(candidate, document, beside.get(candidate.site.code, ()))
        left += people
        if not people or not needs_signal:
            continue
        rating = ratings.of(candidate.site)
        if _can_succeed(figures, rating.connectivity, by_satellite=equipment.works_by_satellite):
            if rating.age is not RatingAge.RECENT and not _can_succeed(
                figures, 0, by_satellite=equipment.works_by_satellite
            ):
                doubtful.append((people, rating))
            continue
        by_area[candidate.site.area_code].append(_gap_site(candidate, people, rating, figures, equipment))
    areas = [
        GapArea(
            code=area.code,
            name=area.name,
            people=sum(site.people for site in gaps),
            sites=tuple(sorted(gaps, key=lambda site: (-site.people, site.code))),
        )
        for area in districts.list_areas(session, district.code)
        if (gaps := by_area.get(area.code))
    ]
    every = [site for area in areas for site in area.sites]
    without = _without(every)
    people = sum(site.people for site in every)
    return SignalGaps(
        district_code=district.code,
        document=document.value,
        on=on,
        people=people,
        sites=len(every),
        people_left=left,
        needs_signal=needs_signal,
        satellite_on=equipment.satellite_on,
        without=without,
        areas=tuple(sorted(areas, key=lambda area: (-area.people, area.code))),
        doubtful=_doubtful(doubtful),
        text=_sentence(document, people, len(every), left, without, needs_signal=needs_signal),
    )


def _equipment(
    session: Session, district_code: str, document: Document, takes: IssuingFigures | None, *, on: date
) -> _Equipment:
    """Of the teams that may issue the document and have, or may draw, what that takes."""
    pools = list_pools(session, district_code)
    issuing = [
        team
        for team in teams.list_teams(session, district_code)
        if may_issue(team, document) and _has_machine(team, takes, pools, on=on)
    ]
    if any(Kit.SATELLITE in team.kits for team in issuing):
        return _Equipment(works_by_satellite=True, satellite_on=on)
    days = [
        max(on, pool.starts_on or on)
        for pool in pools
        if pool.kind == Kit.SATELLITE and (pool.ends_on is None or pool.ends_on >= on)
        # A pool that starts later is looked at on its first day.
        for team in issuing
        if may_draw(team, [pool], [max(on, pool.starts_on or on)])
    ]
    first = min(days, default=None)
    return _Equipment(works_by_satellite=first == on, satellite_on=first)


def _has_machine(team: Team, takes: IssuingFigures | None, pools: Sequence[KitPool], *, on: date) -> bool:
    if takes is None or takes.kit is IssuingKit.NONE or has_kit(team, takes.kit):
        return True
    return bool(may_draw(team, [pool for pool in pools if is_there(pool, on)], [on]).get(takes.kit.value))


def _visits_by_site(
    session: Session, district: District, document: Document, *, on: date
) -> Mapping[str, Sequence[PublishedVisit]]:
    by_site: dict[str, list[PublishedVisit]] = defaultdict(list)
    for visit in visits_until(
        session,
        district.code,
        document.value,
        until=on,
        now=districts.end_of_day(on, district),
        zone=ZoneInfo(district.time_zone),
    ):
        if not visit.is_lost:
            by_site[visit.site].append(visit)
    return by_site


class _Ratings:
    """The signal at the sites of a district, as planning uses it on a day."""

    def __init__(self, session: Session, district_code: str, document: Document, *, on: date) -> None:
        uses = uses_of(session, district_code, document.value)
        is_learned = document is Document.IKD and uses.of(Figure.SIGNAL) is Use.LEARNED
        self._met = last_signal(session, district_code, document.value, until=on) if is_learned else {}
        self._on = on

    def of(self, site: Site) -> SignalRating:
        met = self._met.get(site.id)
        day = site.connectivity_measured_on if met is None else met.on
        return SignalRating(
            connectivity=site.connectivity if met is None else met.level,
            on=day,
            age=self._age(day),
            met_by_visit=met is not None,
            provenance=site.provenance.get("connectivity") if met is None else None,
        )

    def _age(self, day: date | None) -> RatingAge:
        if day is None:
            return RatingAge.UNDATED
        return RatingAge.OLD if day < self._on - OLD_AFTER else RatingAge.RECENT


def _can_succeed(figures: PlanningFigures, connectivity: int, *, by_satellite: bool) -> bool:
    level = max(connectivity, figures.satellite_level) if by_satellite else connectivity
    return figures.rate(level) > 0


def _gap_site(
    candidate: Candidate, people: int, rating: SignalRating, figures: PlanningFigures, equipment: _Equipment
) -> GapSite:
    site = candidate.site
    remedies = []
    if not equipment.works_by_satellite and _can_succeed(figures, rating.connectivity, by_satellite=True):
        remedies.append(Remedy.SATELLITE)
    if figures.rate(LEVELS - 1) > 0:
        remedies.append(Remedy.SIGNAL)
    return GapSite(
        site_id=site.id,
        code=site.code,
        name=site.name,
        kind=site.kind,
        readiness=site.readiness,
        people=people,
        signal=rating,
        not_reachable_without=tuple(remedies),
    )


def _without(gaps: Sequence[GapSite]) -> tuple[WithoutRemedy, ...]:
    rows = []
    for remedy in Remedy:
        opened = [site for site in gaps if remedy in site.not_reachable_without]
        if opened:
            people = sum(site.people for site in opened)
            rows.append(
                WithoutRemedy(
                    remedy=remedy,
                    people=people,
                    sites=len(opened),
                    text=in_both(
                        "{people} orang di {sites} lokasi terjangkau dengan {remedy}",
                        "{people} people at {sites} sites would be reachable with {remedy}",
                        people=people,
                        sites=len(opened),
                        remedy=_WITHOUT[remedy],
                    ),
                )
            )
    return tuple(rows)


def _doubtful(rows: Sequence[tuple[int, SignalRating]]) -> DoubtfulRatings:
    return DoubtfulRatings(
        sites=len(rows),
        people=sum(people for people, _ in rows),
        undated_sites=sum(rating.on is None for _, rating in rows),
        oldest=min((rating.on for _, rating in rows if rating.on is not None), default=None),
    )


def _sentence(
    document: Document,
    people: int,
    number: int,
    left: int,
    without: Sequence[WithoutRemedy],
    *,
    needs_signal: bool,
) -> Text:
    what = BROUGHT[document]
    if not needs_signal:
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
