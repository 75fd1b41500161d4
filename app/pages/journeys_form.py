"""The forms of lodgings, stations and connections: their fields as text, and what is written in them as the API's
requests."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.districts.coded_things import Kind
from app.languages import Language
from app.pages.edit_forms import (
    PROVENANCE,
    Edited,
    body_of,
    day_values,
    days_of,
    has_days,
    provenance_of,
    provenance_values,
)
from app.payloads import Incoming
from app.tables.fields import minute_text
from app.travel.journeys.connections import CONNECTIONS
from app.travel.journeys.connections_api import ConnectionIn, ConnectionPatch
from app.travel.journeys.lodgings import LODGINGS
from app.travel.journeys.lodgings_api import LodgingIn, LodgingPatch
from app.travel.journeys.shared_fields import EVERY_DAY
from app.travel.journeys.stations import STATIONS
from app.travel.journeys.stations_api import StationIn, StationPatch
from app.travel.places import written

_PLACES = ("origin", "destination")
_TIMES = ("departs_earliest", "departs_latest")
_POINT = ("lat", "lon")
_DAYS = "weekdays"


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The pages of one kind."""

    path: str
    section: str
    """Of the sentences that name its fields."""
    kind: Kind[Any, Any]
    new: type[Incoming]
    patch: type[Incoming]
    fields: tuple[str, ...]
    """In the order of the form."""
    marked: Mapping[str, str]
    """By field, the figure beside which the form asks where it came from."""
    wholes: tuple[str, ...] = ()


ROOMS = {
    room.path: room
    for room in (
        Room(
            path="/sambungan",
            section="connection",
            kind=CONNECTIONS,
            new=ConnectionIn,
            patch=ConnectionPatch,
            fields=(
                *("origin", "destination", "way", "departs_earliest", "departs_latest", "minutes", "fare", "max_teams"),
                *("weekdays", "starts_on", "ends_on", "dates_without", "name", "code", "note"),
            ),
            marked={"departs_latest": "departs", "minutes": "minutes", "fare": "fare"},
            wholes=("minutes", "fare", "max_teams"),
        ),
        Room(
            path="/stasiun",
            section="station",
            kind=STATIONS,
            new=StationIn,
            patch=StationPatch,
            fields=("name", "code", "kind", "lat", "lon", "zone", "note"),
            marked={"lon": "place"},
        ),
        Room(
            path="/penginapan",
            section="lodging",
            kind=LODGINGS,
            new=LodgingIn,
            patch=LodgingPatch,
            fields=(
                *("name", "code", "lat", "lon", "zone", "cost_per_night", "max_teams"),
                *("weekdays", "starts_on", "ends_on", "note"),
            ),
            marked={"lon": "place", "cost_per_night": "cost_per_night"},
            wholes=("cost_per_night", "max_teams"),
        ),
    )
}


def values_in(room: Room, fields: Any, language: Language) -> dict[str, str]:
    """What a fresh form shows of stored fields."""
    values = room.kind.values_of(fields)
    shown = {name: _text(name, values[name], language) for name in room.fields if name != _DAYS}
    return shown | _days(room, values.get(_DAYS)) | provenance_values(values["provenance"], room.marked.values())


def blank_values(room: Room) -> dict[str, str]:
    """What the form of a new one shows."""
    blank = {name: "" for name in room.fields if name != _DAYS}
    return blank | _days(room, None) | provenance_values({}, room.marked.values())


def _text(name: str, value: Any, language: Language) -> str:
    if value is None:
        return ""
    if name in _PLACES:
        return written(value, language)
    if name in _TIMES:
        return minute_text(value)
    if name == "dates_without":
        return "; ".join(day.isoformat() for day in value)
    return str(value)


def _days(room: Room, weekdays: str | None) -> dict[str, str]:
    return day_values(None if weekdays == EVERY_DAY else weekdays) if _DAYS in room.fields else {}


def body_in(room: Room, sent: Edited, provenance: Mapping[str, str]) -> dict[str, Any]:
    """The request of the API that the changed fields stand for; no weekday ticked: every day."""
    own = [name for name in sent.changed if name in room.fields]
    body = body_of(sent.values, own, whole=room.wholes, decimal=_POINT)
    body |= {name: float(body[name]) for name in _POINT if isinstance(body.get(name), Decimal)}
    if body.get("dates_without") is not None:
        body["dates_without"] = [part.strip() for part in body["dates_without"].split(";") if part.strip()]
    if has_days(sent.changed):
        body[_DAYS] = days_of(sent.values)
    if any(name.startswith(PROVENANCE) for name in sent.changed):
        body["provenance"] = provenance_of(sent.values, provenance)
    return body
