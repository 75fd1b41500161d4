"""Stations over HTTP."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.districts.coded_routes import CodedThings, Descriptions, coded_router
from app.districts.schemas import Provenances
from app.payloads import Incoming, Line, Outgoing
from app.travel.journeys.shared_fields import MAX_CODE, MAX_ZONE, given_by
from app.travel.journeys.stations import STATIONS
from app.travel.journeys.uses import refuse_if_used
from app.travel.models import StationKind
from app.travel.places import PlaceKind

_ZONE = "Between different zones only connections and travel entries lead; null: the rest of the district."


class StationPatch(Incoming):
    """Only the fields to change; null empties one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Pelabuhan Tengkayu II"}]})

    code: Annotated[Line, Field(max_length=MAX_CODE)] | None = None
    name: Line | None = None
    kind: StationKind | None = None
    lat: float | None = None
    lon: float | None = None
    zone: Annotated[Line, Field(max_length=MAX_ZONE)] | None = Field(default=None, description=_ZONE)
    note: Line | None = None
    provenance: Provenances | None = None

    def given(self) -> dict[str, Any]:
        """The fields that the request names, as `StationFields` keeps them."""
        return given_by(self)


class StationIn(StationPatch):
    """A place to pass through: a harbour, a jetty, an airstrip. Connections and travel entries name it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "LBW",
                    "name": "Bandara Yuvai Semaring",
                    "kind": "airstrip",
                    "lat": 3.9028,
                    "lon": 115.6922,
                    "zone": "Krayan",
                    "provenance": {"place": "public"},
                }
            ]
        }
    )

    code: Annotated[Line, Field(max_length=MAX_CODE)]
    name: Line
    kind: StationKind
    lat: float
    lon: float


class StationOut(Outgoing):
    id: int
    district_code: str
    code: str
    name: str
    kind: StationKind
    lat: float
    lon: float
    zone: str | None = Field(description=_ZONE)
    note: str | None
    provenance: dict[str, str]
    version: int


router = coded_router(
    CodedThings(
        kind=STATIONS,
        path="stations",
        new=StationIn,
        patch=StationPatch,
        out=StationOut,
        showing=lambda session, code: StationOut.model_validate,
        says=Descriptions(
            lists="Harbours, jetties, airstrips, as they were entered.",
            creates="Name a place to pass through; connections leave from it.",
            nouns="stations",
            matched="Rows are matched by `code`; "
            "a sheet without codes gets them from its names. Columns that the file lacks stay as they\n"
            "are, and stations that it does not name.",
            changes="Change the fields that the body names; null empties one, or brings back its default.",
            deletes="Remove a station to which nothing leads; plans that hold it stay as they are.",
        ),
        may_delete=lambda session, row: refuse_if_used(session, PlaceKind.STATION, row),
    ),
    tag="travel",
)
