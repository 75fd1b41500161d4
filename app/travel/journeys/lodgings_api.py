"""Lodgings over HTTP."""

from datetime import date
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.districts.coded_routes import CodedThings, Descriptions, coded_router
from app.districts.schemas import Provenances
from app.payloads import Day, Incoming, Line, Outgoing, WeekdayMask
from app.tables.fields import WeekdaysOut, documented_range
from app.travel.journeys.lodgings import LODGINGS, RANGES
from app.travel.journeys.shared_fields import MAX_CODE, MAX_ZONE, given_by
from app.travel.journeys.uses import refuse_if_used
from app.travel.places import PlaceKind

_ZONE = "Between different zones only connections and travel entries lead; null: the rest of the district."


class LodgingPatch(Incoming):
    """Only the fields to change; null empties one, or brings back its default."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"cost_per_night": 350000, "ends_on": "2026-12-31"}]})

    code: Annotated[Line, Field(max_length=MAX_CODE)] | None = None
    name: Line | None = None
    lat: float | None = None
    lon: float | None = None
    zone: Annotated[Line, Field(max_length=MAX_ZONE)] | None = Field(default=None, description=_ZONE)
    cost_per_night: Annotated[int, documented_range(RANGES["cost_per_night"])] | None = Field(
        default=None, description="Rupiah for a team and calendar night; null: 0."
    )
    max_teams: Annotated[int, documented_range(RANGES["max_teams"])] | None = Field(
        default=None, description="So many teams sleep there in one night at the most; null: any number."
    )
    weekdays: WeekdayMask | None = Field(
        default=None, description="After which days one may sleep there; null: every day.", examples=["mon-fri"]
    )
    starts_on: Day | None = Field(default=None, description="The first date after which one may.")
    ends_on: Day | None = Field(default=None, description="The last one.")
    note: Line | None = None
    provenance: Provenances | None = None

    def given(self) -> dict[str, Any]:
        """The fields that the request names, as `LodgingFields` keeps them."""
        return given_by(self)


class LodgingIn(LodgingPatch):
    """A place where teams may sleep: an inn, a village hall, another office. Teams with `max_nights` use it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "LB-MESS",
                    "name": "Mess Pemda Long Bawan",
                    "lat": 3.9014,
                    "lon": 115.6922,
                    "zone": "Krayan",
                    "cost_per_night": 300000,
                    "max_teams": 2,
                    "provenance": {"place": "public", "cost_per_night": "assumed"},
                }
            ]
        }
    )

    code: Annotated[Line, Field(max_length=MAX_CODE)]
    name: Line
    lat: float
    lon: float


class LodgingOut(Outgoing):
    id: int
    district_code: str
    code: str
    name: str
    lat: float
    lon: float
    zone: str | None = Field(description=_ZONE)
    cost_per_night: int
    max_teams: int | None
    weekdays: WeekdaysOut
    starts_on: date | None
    ends_on: date | None
    note: str | None
    provenance: dict[str, str]
    version: int


router = coded_router(
    CodedThings(
        kind=LODGINGS,
        path="lodgings",
        new=LodgingIn,
        patch=LodgingPatch,
        out=LodgingOut,
        showing=lambda session, code: LodgingOut.model_validate,
        says=Descriptions(
            lists="Where teams may sleep, as it was entered.",
            creates="Let teams sleep at a place; new plans may use it where a team's `max_nights` allows.",
            nouns="lodgings",
            matched="Rows are matched by `code`; "
            "a sheet without codes gets them from its names. Columns that the file lacks stay as they\n"
            "are, and lodgings that it does not name.",
            changes="Change the fields that the body names; null empties one, or brings back its default.",
            deletes="Remove a lodging to which nothing leads; plans that hold it stay as they are.",
        ),
        may_delete=lambda session, row: refuse_if_used(session, PlaceKind.LODGING, row),
    ),
    tag="travel",
)
