"""Where the people of a site could be served in its place: the covered sites nearest by way, and their price."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from math import floor
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts import service as districts
from app.districts.kits import Kit
from app.districts.models import District, Document
from app.districts.planning_figures import PlanningFigures, planning_figures
from app.districts.surroundings import distance_km
from app.payloads import PercentNumber
from app.schedules.figures import Figure, Use, uses_of
from app.schedules.runs.plan_sites import people_left
from app.schedules.runs.published_visits import PublishedVisit, visits_until
from app.schedules.signal_met import last_signal
from app.sites import service as sites
from app.sites.models import Readiness, Site
from app.sites.service import Candidate
from app.sites.session_places import is_moved_on, share_who_come
from app.travel.legs import legs_of
from app.travel.models import LegSource, Way
from app.travel.roads import key_of
from app.words import Text, in_both

OLD_AFTER = timedelta(days=365)
"""A rating older than this says little: masts are built, and fall."""
MOST_PLACES = 5
_KM_A_DEGREE = 111
"""Of latitude, rounded down: no place is nearer than that."""


class RatingAge(StrEnum):
    """How far a rating of the signal can be trusted by its day."""

    RECENT = "recent"
    OLD = "old"
    UNDATED = "undated"
    """Nobody has said when it was measured."""


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
class WayToPlace:
    """From a site to another one."""

    minutes: int
    metres: int
    source: LegSource
    """What it rests on: a travel entry, a road engine, a great circle."""
    way: Way | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPlace:
    """A covered site at which the people of another one could be served."""

    code: str
    name: str
    kind: str
    area_code: str
    signal: SignalRating
    way: WayToPlace
    people: int
    """Who would come there and could be won."""
    people_staying_away: int
    """Who would come at home, and not there: the price of moving the session."""
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPlaces:
    """Where the session of a site could be moved to, the nearest by way first."""

    site_id: int
    code: str
    document: str
    on: date
    session_at: str | None
    """Where it is moved to on that day already."""
    people_at_home: int
    """Still to win, if the session were held at home with signal; 0 of a site that is done."""
    share: PercentNumber
    """Of these, those who would come elsewhere."""
    share_provenance: str
    """`assumed`, unless the site gives a share of its own."""
    places: tuple[SessionPlace, ...]
    """None of them needs a satellite set."""


class Ratings:
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


def can_succeed(figures: PlanningFigures, connectivity: int, *, by_satellite: bool) -> bool:
    """Whether anybody can be won at a signal at all."""
    level = max(connectivity, figures.satellite_level) if by_satellite else connectivity
    return figures.rate(level) > 0


def covered_sites(
    session: Session, district_code: str, figures: PlanningFigures, ratings: Ratings, *, known: Sequence[Site] = ()
) -> Sequence[Site]:
    """The sites of a district at which a session succeeds without a satellite set, and which ask for none, those that
    are done among them.

    `known`: all that are not done, where they are loaded already."""
    query = select(Site).where(Site.district_code == district_code)
    every = [*known, *session.scalars(query.where(Site.readiness == Readiness.DONE.value) if known else query)]
    every.sort(key=lambda site: site.code)
    return [
        site
        for site in every
        if Kit.SATELLITE not in site.needs_kits
        and can_succeed(figures, ratings.of(site).connectivity, by_satellite=False)
    ]


class NearestPlaces:
    """The covered site nearest to any other, as the crow flies."""

    def __init__(self, places: Collection[Site]) -> None:
        self._by_lat = sorted(places, key=lambda site: (site.lat, site.code))
        self._lats = [site.lat for site in self._by_lat]

    def nearest(self, site: Site) -> tuple[Site, float] | None:
        """The place and its distance in km; None without any."""
        best: tuple[float, str, Site] | None = None
        middle = bisect_left(self._lats, site.lat)
        for places in (self._by_lat[middle:], reversed(self._by_lat[:middle])):
            for place in places:
                if best is not None and abs(place.lat - site.lat) * _KM_A_DEGREE > best[0]:
                    break
                if place.id != site.id:
                    km = distance_km(site.lat, site.lon, place.lat, place.lon)
                    if best is None or (km, place.code) < best[:2]:
                        best = (km, place.code, place)
        return None if best is None else (best[2], best[0])


def nearest_by_way(
    session: Session, district: District, site: Site, places: Collection[Site]
) -> list[tuple[Site, WayToPlace]]:
    """The places nearest to a site in minutes, with the way there as plans take it."""
    legs = legs_of(session, district.code, spots={key_of(site.lat, site.lon)})
    roads = legs.roads.get(key_of(site.lat, site.lon), {})
    ways = []
    for place in places:
        if place.id == site.id:
            continue
        entered = legs.entered.get((("site", site.code), ("site", place.code)))
        road = roads.get(key_of(place.lat, place.lon))
        if entered is not None:
            way = WayToPlace(minutes=entered.minutes, metres=entered.metres, source=LegSource.ENTERED, way=entered.way)
        elif road is not None and (site.lat, site.lon) != (place.lat, place.lon):
            way = WayToPlace(minutes=road[0], metres=road[1], source=LegSource.ROAD, way=None)
        else:
            km = distance_km(site.lat, site.lon, place.lat, place.lon)
            metres = floor(km * district.detour * 1000 + 0.5)
            minutes = -(-metres * 60 // (district.kmh * 1000))
            way = WayToPlace(minutes=minutes, metres=metres, source=LegSource.GREAT_CIRCLE, way=None)
        ways.append((place, way))
    ways.sort(key=lambda leg: (leg[1].minutes, leg[1].metres, leg[0].code))
    return ways[:MOST_PLACES]


def session_places(session: Session, district: District, site: Site, document: Document, *, on: date) -> SessionPlaces:
    """The covered sites of a district that are nearest to a site, and what moving its session there would win."""
    figures, ratings = planning_figures(session, district.code), Ratings(session, district.code, document, on=on)
    beside = visits_by_site(session, district, document, on=on)
    candidates = sites.candidates(session, district.code, [on], only=[site.id])
    at_home = sum(people_at_home(candidate, document, beside.get(site.code, ())) for candidate in candidates)
    share = share_who_come(site)
    is_own = site.session_turn_out_share is not None
    come = int(at_home * share)
    return SessionPlaces(
        site_id=site.id,
        code=site.code,
        document=document.value,
        on=on,
        session_at=site.session_at if is_moved_on(site, on) else None,
        people_at_home=at_home,
        share=share,
        share_provenance=site.provenance.get("session_turn_out_share", "given") if is_own else "assumed",
        places=tuple(
            SessionPlace(
                code=place.code,
                name=place.name,
                kind=place.kind,
                area_code=place.area_code,
                signal=ratings.of(place),
                way=way,
                people=come,
                people_staying_away=at_home - come,
                text=in_both(
                    "{place}: {minutes} menit dari {site}; {come} orang dilayani, {away} tidak datang ke sana.",
                    "{place}: {minutes} minutes from {site}; {come} people are served, {away} do not come there.",
                    place=place.name,
                    minutes=way.minutes,
                    site=site.name,
                    come=come,
                    away=at_home - come,
                ),
            )
            for place, way in nearest_by_way(
                session, district, site, covered_sites(session, district.code, figures, ratings)
            )
        ),
    )


def people_at_home(candidate: Candidate, document: Document, beside: Sequence[PublishedVisit]) -> int:
    """Who could still be won at a site, if its session were held there with signal."""
    if candidate.place is not None:
        people = candidate.at_home
        candidate = replace(
            candidate,
            people=people[Document.IKD],
            people_by_document={name: count for name, count in people.items() if name is not Document.IKD},
        )
    return people_left(candidate, document, beside)


def visits_by_site(
    session: Session, district: District, document: Document, *, on: date
) -> Mapping[str, Sequence[PublishedVisit]]:
    """The visits up to a day that a plan begun then counts, by code of the site."""
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
