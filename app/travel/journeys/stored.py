"""The lodgings, stations and connections of a district as planning takes them."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.travel.journeys.connections import CONNECTIONS, KINDS, ConnectionFields
from app.travel.journeys.shared_fields import covers
from app.travel.legs import PlaceKey
from app.travel.models import Connection, Lodging, Station
from app.travel.places import PlaceKind, place_at, places_of


@dataclass(frozen=True, slots=True)
class Crossing:
    """A connection, with its places by kind and code."""

    fields: ConnectionFields
    origin: PlaceKey
    destination: PlaceKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Journeys:
    """What a district has for long ways, in the order in which it was entered."""

    lodgings: tuple[Lodging, ...] = ()
    stations: tuple[Station, ...] = ()
    crossings: tuple[Crossing, ...] = ()

    @property
    def sites(self) -> frozenset[str]:
        """The sites, by code, at which connections begin or end."""
        ends = (end for crossing in self.crossings for end in (crossing.origin, crossing.destination))
        return frozenset(code for kind, code in ends if kind == PlaceKind.SITE)


NO_JOURNEYS = Journeys()


def journeys_of(session: Session, district_code: str) -> Journeys:
    lodgings = session.scalars(select(Lodging).where(Lodging.district_code == district_code).order_by(Lodging.id)).all()
    stations = session.scalars(select(Station).where(Station.district_code == district_code).order_by(Station.id)).all()
    connections = session.scalars(
        select(Connection).where(Connection.district_code == district_code).order_by(Connection.id)
    ).all()
    if not lodgings and not stations and not connections:
        return NO_JOURNEYS
    places = places_of(session, district_code)
    names = places.names()
    codes = {place: name if place.kind is PlaceKind.SITE else name.partition(":")[2] for place, name in names.items()}

    def key(row: Connection, end: str) -> PlaceKey:
        place = place_at(row, end, KINDS)
        return place.kind.value, codes[place]

    return Journeys(
        lodgings=tuple(lodgings),
        stations=tuple(stations),
        crossings=tuple(
            Crossing(CONNECTIONS.fields_of(row, places), key(row, "origin"), key(row, "destination"))
            for row in connections
        ),
    )


def journey_points(session: Session, district_code: str) -> dict[PlaceKey, tuple[float, float]]:
    """Where the lodgings and stations of a district lie: latitude and longitude in degrees."""
    return {
        (kind.value, row.code): (row.lat, row.lon)
        for kind, model in ((PlaceKind.LODGING, Lodging), (PlaceKind.STATION, Station))
        for row in session.execute(select(model.code, model.lat, model.lon).filter_by(district_code=district_code))
    }


def is_open_after(lodging: Lodging, day: date) -> bool:
    """Whether teams may sleep there after a date."""
    return covers(lodging.weekdays, lodging.starts_on, lodging.ends_on, day)
