"""Connections over HTTP."""

from datetime import date
from functools import partial
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.districts.coded_routes import CodedThings, Descriptions, coded_router
from app.districts.schemas import Provenances
from app.payloads import Day, Incoming, Line, Outgoing, WeekdayMask
from app.tables.fields import MinuteIn, MinuteOut, WeekdaysOut, documented_range
from app.travel.journeys.connections import CONNECTIONS, MAX_CODE, MOST_DATES_WITHOUT, RANGES
from app.travel.journeys.shared_fields import given_by
from app.travel.models import Connection, Way
from app.travel.places import Places, places_of

_PLACE = "The code of a station, lodging or site. Answers write `station:` and `lodging:` before theirs."
_LATEST = "Up to when it waits for a team, as a charter does; null: it leaves at `departs_earliest`, as by a timetable."


class ConnectionPatch(Incoming):
    """Only the fields to change; null empties one, or brings back its default."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"weekdays": "mon,thu", "fare": 1800000}]})

    code: Annotated[Line, Field(max_length=MAX_CODE)] | None = Field(
        default=None,
        description="By which a later file changes it; left out of a new one, it is made of places and departure.",
    )
    name: Line | None = None
    origin: Line | None = Field(default=None, description=_PLACE)
    destination: Line | None = Field(default=None, description=_PLACE)
    way: Way | None = None
    departs_earliest: MinuteIn | None = None
    departs_latest: MinuteIn | None = Field(default=None, description=_LATEST)
    minutes: Annotated[int, documented_range(RANGES["minutes"])] | None = Field(
        default=None, description="From leaving to being there."
    )
    fare: Annotated[int, documented_range(RANGES["fare"])] | None = Field(
        default=None, description="Rupiah for a whole team; null: 0."
    )
    max_teams: Annotated[int, documented_range(RANGES["max_teams"])] | None = Field(
        default=None, description="So many teams a date at the most; null: any number."
    )
    weekdays: WeekdayMask | None = Field(default=None, description="Null: every day.", examples=["mon,thu"])
    starts_on: Day | None = None
    ends_on: Day | None = None
    dates_without: list[Day] | None = Field(
        default=None, max_length=MOST_DATES_WITHOUT, description="Dates on which it stays away all the same."
    )
    note: Line | None = None
    provenance: Provenances | None = None

    def given(self) -> dict[str, Any]:
        """The fields that the request names, as `ConnectionFields` keeps them."""
        values = given_by(self)
        if values.get("dates_without") is not None:
            values["dates_without"] = tuple(values["dates_without"])
        return values


class ConnectionIn(ConnectionPatch):
    """A boat or plane in one direction and at one time; the way back, and a second departure, are rows of their own."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Penerbangan perintis Tarakan – Long Bawan",
                    "origin": "TRK",
                    "destination": "LBW",
                    "way": "plane",
                    "departs_earliest": "08:30",
                    "minutes": 55,
                    "fare": 1800000,
                    "max_teams": 1,
                    "weekdays": "mon,thu",
                    "provenance": {"minutes": "public", "fare": "assumed"},
                }
            ]
        }
    )

    origin: Line = Field(description=_PLACE)
    destination: Line = Field(description=_PLACE)
    way: Way
    departs_earliest: MinuteIn
    minutes: Annotated[int, documented_range(RANGES["minutes"])] = Field(description="From leaving to being there.")


class ConnectionOut(Outgoing):
    id: int
    district_code: str
    code: str
    name: str | None
    origin: str
    destination: str
    way: Way
    departs_earliest: MinuteOut
    departs_latest: MinuteOut | None = Field(description=_LATEST)
    minutes: int
    fare: int
    max_teams: int | None
    weekdays: WeekdaysOut
    starts_on: date | None
    ends_on: date | None
    dates_without: list[date]
    note: str | None
    provenance: dict[str, str]
    version: int


def _out(row: Connection, places: Places) -> ConnectionOut:
    values = CONNECTIONS.values_of(CONNECTIONS.fields_of(row, places))
    return ConnectionOut(id=row.id, district_code=row.district_code, version=row.version, **values)


router = coded_router(
    CodedThings(
        kind=CONNECTIONS,
        path="connections",
        new=ConnectionIn,
        patch=ConnectionPatch,
        out=ConnectionOut,
        showing=lambda session, code: partial(_out, places=places_of(session, code)),
        says=Descriptions(
            lists="Boats and planes with their times, as they were entered.",
            creates="Let teams take a boat or plane that leaves at its own time; new plans may use it.",
            nouns="connections",
            matched="Rows are matched by `code`; "
            "a sheet without codes gets them from places and departure. Columns that the file lacks\n"
            "stay as they are, and connections that it does not name.",
            changes="Change the fields that the body names; null empties one, or brings back its default.",
            deletes="Remove a connection; plans that hold it stay as they are.",
        ),
    ),
    tag="travel",
)
