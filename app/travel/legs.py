"""The legs of a district that no great circle tells, as planning takes them: by the codes of places."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.sites.models import Site
from app.teams.models import Team
from app.travel.models import LegSource, Lodging, RoadLegs, Station, TravelEntry, Way
from app.travel.places import PlaceKind, place_at
from app.travel.roads import Roads, key_of, roads_between

PlaceKey = tuple[str, str]
"""The kind of a place, as `PlaceKind` has it, and its code: `("site", code)`, or `("team", code)` for a team's base."""


@dataclass(frozen=True, slots=True)
class EnteredLeg:
    """One direction of a travel entry."""

    minutes: int
    metres: int
    way: Way


@dataclass(frozen=True, slots=True)
class LegOrigin:
    """What a leg of a plan rests on; `way` is known of entered ones only."""

    source: LegSource
    way: Way | None = None


STRAIGHT = LegOrigin(LegSource.GREAT_CIRCLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Legs:
    """What is known of the ways between the places of a district; all others are great circles."""

    entered: Mapping[tuple[PlaceKey, PlaceKey], EnteredLeg] = field(default_factory=dict)
    roads: Roads = field(default_factory=dict)
    """What a road engine said; an entered leg goes before it."""

    def among(self, places: Iterable[PlaceKey]) -> "Legs":
        """The legs between these places alone."""
        known = set(places)
        entered = {ends: leg for ends, leg in self.entered.items() if known.issuperset(ends)}
        return Legs(entered=entered, roads=self.roads)

    def moved(self, sessions: Mapping[str, str]) -> "Legs":
        """The legs where the session of some sites is held at others: whoever goes to the one goes to the other.

        `sessions`: by code of a site, that of the place. Roads need no change: they are kept by where a place lies."""
        if not sessions or not self.entered:
            return self
        held: dict[PlaceKey, list[PlaceKey]] = defaultdict(list)
        for code, place in sessions.items():
            held["site", place].append(("site", code))

        def all_at(place: PlaceKey) -> list[PlaceKey]:
            """Every site that is visited at a place: not the one whose own session is elsewhere."""
            kind, code = place
            at_home = [] if kind == "site" and code in sessions else [place]
            return at_home + held.get(place, [])

        entered = {
            (start, end): leg
            for (origin, destination), leg in self.entered.items()
            for start in all_at(origin)
            for end in all_at(destination)
        }
        return Legs(entered=entered, roads=self.roads)

    @property
    def is_same_both_ways(self) -> bool:
        """Whether every entered leg takes as long, and is as far, in the other direction."""
        return all(
            (back := self.entered.get((destination, origin))) is not None
            and (back.minutes, back.metres) == (leg.minutes, leg.metres)
            for (origin, destination), leg in self.entered.items()
        )


NO_LEGS = Legs()


class Placed(Protocol):
    """What lies somewhere."""

    @property
    def lat(self) -> float: ...

    @property
    def lon(self) -> float: ...


def spots_of(sites: Iterable[Placed], teams: Iterable[Team]) -> set[str]:
    """Where these sites and bases lie, by the names under which ways are kept."""
    return {key_of(site.lat, site.lon) for site in sites} | {key_of(team.base_lat, team.base_lon) for team in teams}


def legs_of(session: Session, district_code: str, *, spots: Collection[str] | None = None) -> Legs:
    """What people entered, and what a road engine said of the ways that begin at `spots` (None: everywhere).

    An entry of a team's base holds for each team at the same place that has none of its own."""
    entries = session.scalars(
        select(TravelEntry).where(TravelEntry.district_code == district_code).order_by(TravelEntry.id)
    ).all()
    has_roads = session.scalar(select(exists().where(RoadLegs.district_code == district_code)))
    if not entries and not has_roads:
        return NO_LEGS
    places: dict[tuple[PlaceKind, int], PlaceKey] = {}
    known_spots: set[str] = set()
    of_models: Mapping[PlaceKind, type[Site | Lodging | Station]] = {
        PlaceKind.SITE: Site,
        PlaceKind.LODGING: Lodging,
        PlaceKind.STATION: Station,
    }
    for kind, model in of_models.items():
        rows = session.execute(
            select(model.id, model.code, model.lat, model.lon).where(model.district_code == district_code)
        )
        for row in rows:
            places[kind, row.id] = (kind.value, row.code)
            known_spots.add(key_of(row.lat, row.lon))
    teams = session.execute(
        select(Team.id, Team.code, Team.base_lat, Team.base_lon).where(Team.district_code == district_code)
    ).all()
    at_base: dict[tuple[float, float], list[PlaceKey]] = {}
    for team in teams:
        places[PlaceKind.BASE, team.id] = (PlaceKind.BASE.value, team.code)
        at_base.setdefault((team.base_lat, team.base_lon), []).append((PlaceKind.BASE.value, team.code))
    bases = {team.id: at_base[team.base_lat, team.base_lon] for team in teams}

    def holds_at(entry: TravelEntry, end: str) -> tuple[PlaceKey, list[PlaceKey]]:
        """The place that an entry names, and all at which it holds."""
        place = place_at(entry, end, PlaceKind)
        key = places[place.kind, place.id]
        return key, bases[place.id] if place.is_base else [key]

    own: dict[tuple[PlaceKey, PlaceKey], EnteredLeg] = {}
    shared: dict[tuple[PlaceKey, PlaceKey], EnteredLeg] = {}
    for entry in entries:
        leg = EnteredLeg(entry.minutes, entry.metres, Way(entry.way))
        origin, origins = holds_at(entry, "origin")
        destination, destinations = holds_at(entry, "destination")
        for start in origins:
            for end in destinations:
                legs = own if (start, end) == (origin, destination) else shared
                legs.setdefault((start, end), leg)
                if entry.both_directions:
                    legs.setdefault((end, start), leg)
    if spots is None:
        spots = known_spots | {key_of(*base) for base in at_base}
    roads = roads_between(session, district_code, spots) if has_roads else {}
    return Legs(entered={**shared, **own}, roads=roads)
