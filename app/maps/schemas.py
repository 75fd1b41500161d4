"""What a district's map looks like: columns in place of rows and steps in place of degrees, for telephones."""

import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.travel.models import StationKind, Way
from app.words import Text

RING = (
    "Whole numbers `[lon, lat, …]` in 1/10,000 degree: the first point, then each as the difference to the one before; "
    "a ring is closed by its first point."
)
SHAPE = f"Polygons, each its outer ring and its holes. {RING}"
EXAMPLE: dict[str, Any] = {
    "district": {"code": "16.73", "name": "Kota Lubuk Linggau", "lat": -3.2945, "lon": 102.8614},
    "frame": {"south": -3.38, "west": 102.75, "north": -3.16, "east": 103.0},
    "sites": {
        "id": [1, 2],
        "code": ["OPD-01", "16.73.01.1001"],
        "name": ["Dinas Pendidikan", "Lubuk Tanjung"],
        "kind": ["agency", "village"],
        "area": [0, 0],
        "people": [120, 860],
        "activated": [4, 0],
        "signal": [3, 2],
        "readiness": ["agreed", "unknown"],
        "lat": [-3.2819, -3.2901],
        "lon": [102.9147, 102.8512],
    },
    "teams": [{"code": "TIM-1", "name": "Tim 1", "base_name": "Disdukcapil", "lat": -3.263, "lon": 102.8751}],
    "lodgings": [{"code": "BALAI", "name": "Balai Desa Hulu", "lat": -3.051, "lon": 102.871}],
    "stations": [{"code": "HILIR", "name": "Dermaga Hilir", "kind": "jetty", "lat": -3.262, "lon": 102.88}],
    "areas": [
        {
            "code": "16.73.01",
            "name": "Lubuk Linggau Barat I",
            "lat": -3.28,
            "lon": 102.85,
            "is_approximate": True,
            "shape": [[[1028300, -33000, 400, 0, 0, 400, -400, 0]]],
        }
    ],
    "note": {
        "id": "Batas kecamatan adalah perkiraan dari letak desa, bukan batas resmi.",
        "en": "The boundaries of areas are estimated from where villages lie; they are not official.",
    },
    "land": [[[1026500, -34800, 4500, 0, 0, 4200, -4500, 0]]],
    "coast": [],
    "land_source": "Natural Earth 1:10m",
}


class MapDistrict(BaseModel):
    code: str
    name: str
    lat: float
    lon: float


class MapFrame(BaseModel):
    """What holds all sites, bases, lodgings and stations, in degrees."""

    south: float
    west: float
    north: float
    east: float


class MapSites(BaseModel):
    """All sites by id, as columns of one length."""

    id: list[int]
    code: list[str]
    name: list[str]
    kind: list[str]
    area: list[int] = Field(description="Place of the site's area in `areas`, from 0.")
    people: list[int] = Field(description="Headcount.")
    activated: list[int] = Field(description="Of them, known to be activated already.")
    signal: list[int] = Field(description="Connectivity, from 0 (none) to 4.")
    readiness: list[str]
    lat: list[float]
    lon: list[float]


class MapTeam(BaseModel):
    """A team and its base."""

    code: str
    name: str
    base_name: str | None
    lat: float
    lon: float


class MapLodging(BaseModel):
    """Where teams may sleep."""

    code: str
    name: str
    lat: float
    lon: float


class MapStation(BaseModel):
    """A harbour, a jetty, an airstrip: where boats and planes leave."""

    code: str
    name: str
    kind: StationKind
    lat: float
    lon: float


class MapArea(BaseModel):
    code: str
    name: str
    lat: float
    lon: float
    is_approximate: bool = Field(description="Estimated from where sites lie; false: as the office gave it.")
    shape: list[list[list[int]]] = Field(description=SHAPE)


class MapOut(BaseModel):
    """All that a district's map is drawn from; visits come from a schedule, by `site` and `team` code."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    district: MapDistrict
    frame: MapFrame
    sites: MapSites
    teams: list[MapTeam]
    lodgings: list[MapLodging]
    stations: list[MapStation]
    areas: list[MapArea]
    note: Text | None = Field(description="To be shown beside approximate areas; null where none is.")
    land: list[list[list[int]]] = Field(description=f"To fill, around the frame too. {SHAPE}")
    coast: list[list[int]] = Field(description="To stroke: lines, not closed, coded like rings.")
    land_source: str


class MapPoint(BaseModel):
    lat: float
    lon: float


class MapLeg(BaseModel):
    """From one stop of a trip to the next."""

    date: datetime.date
    way: Way | None = Field(description="Null: not said.")
    is_ride: bool = Field(description="A boat or plane with a timetable: a connection.")
    origin: MapPoint
    target: MapPoint


class MapNight(BaseModel):
    """A lodging at which a team sleeps, from the evening of `first` to the morning of `until`."""

    code: str
    name: str
    place: MapPoint | None = Field(description="Null: not known any more.")
    first: datetime.date
    until: datetime.date


class MapTrip(BaseModel):
    """The way of a team with nights away, boats or planes, from its base and back."""

    team: str
    starts_on: datetime.date
    ends_on: datetime.date
    legs: list[MapLeg]
    nights: list[MapNight]


class PlanMapOut(BaseModel):
    """What a plan adds to the map of its district; its visits are `GET …/visits`."""

    trips: list[MapTrip]
