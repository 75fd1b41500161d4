"""What a coordinator's day is asked with and looks like, for the API's description; the day itself is read and written
without models."""

from datetime import date as Day
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from app.districts.models import Document
from app.schedules.models import VisitOutcome
from app.sites.preparations import VisitStage
from app.travel.models import LegSource, Way
from app.words import Text

PARAMETERS: list[dict[str, Any]] = [
    {
        "name": "date",
        "in": "query",
        "required": True,
        "description": "The day, as the district's clock has it.",
        "schema": {"type": "string", "format": "date", "examples": ["2023-11-14"]},
    },
    {
        "name": "team",
        "in": "query",
        "required": False,
        "description": "Code of the team; absent: the token's own.",
        "schema": {"type": "string"},
    },
    {
        "name": "district",
        "in": "query",
        "required": False,
        "description": "Region code; absent: the token's own.",
        "schema": {"type": "string"},
    },
    {
        "name": "days",
        "in": "query",
        "required": False,
        "description": "So many dates from `date` on, 1 to 14: one answer for all, in the shape of `AssignedDays`.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 14},
    },
    {
        "name": "if-none-match",
        "in": "header",
        "required": False,
        "description": "ETag of the answer you have; the same one gives 304.",
        "schema": {"type": "string"},
    },
]
EXAMPLE: dict[str, Any] = {
    "date": "2023-11-14",
    "district": {"code": "16.73", "name": "Kota Lubuk Linggau"},
    "time_zone": "Asia/Jakarta",
    "team": {
        "code": "TIM-1",
        "name": "Tim 1",
        "operators": 3,
        "kits": ["satellite"],
        "base": {"name": "Disdukcapil", "lat": -3.263, "lon": 102.8751},
    },
    "shift": {"starts_at": "2023-11-14T07:30:00+07:00", "ends_at": "2023-11-14T16:00:00+07:00"},
    "trip": None,
    "begins_at": None,
    "rides": [],
    "sleeps_at": None,
    "stops": [
        {
            "visit_id": 4711,
            "uid": "0c8f6d1e-5f0a-4d5e-9b0c-3a8f1f2f7a11",
            "sequence": 0,
            "changed_at": "2023-11-10T09:12:00+07:00",
            "site": {
                "code": "OPD-01",
                "name": "Dinas Pendidikan",
                "kind": "agency",
                "area": {"code": "16.73.01", "name": "Lubuk Linggau Barat I"},
                "lat": -3.2819,
                "lon": 102.9147,
                "connectivity": 3,
                "connectivity_measured_on": "2023-10-02",
                "headcount": 120,
                "needs_kits": ["satellite"],
                "contact": {"name": "Bagian Umum", "phone": "0733-000000"},
                "session_at": None,
            },
            "arrives_at": "2023-11-14T07:44:00+07:00",
            "starts_at": "2023-11-14T08:00:00+07:00",
            "ends_at": "2023-11-14T11:30:00+07:00",
            "setup_minutes": 30,
            "service_minutes": 180,
            "travel_minutes": 14,
            "travel_metres": 6389,
            "travel_source": "great_circle",
            "travel_way": None,
            "document": "ikd",
            "expected_activations": 61,
            "expected": {"ikd": 61, "kia": 14},
            "stage": None,
            "prepared": None,
            "kits": ["satellite"],
            "with_teams": ["TIM-2"],
            "pinned": False,
            "result": None,
        }
    ],
    "breaks": [
        {"starts_at": "2023-11-14T12:00:00+07:00", "ends_at": "2023-11-14T13:00:00+07:00", "name": "Istirahat siang"}
    ],
    "carried": [{"code": "SATELIT", "name": "Set satelit kantor", "kind": "satellite", "count": 1}],
    "back_at": "2023-11-14T11:43:00+07:00",
    "back_travel_minutes": 13,
    "back_travel_metres": 6345,
    "back_travel_source": "great_circle",
    "back_travel_way": None,
    "next_date_with_stops": "2023-11-15",
}


class PlaceOut(BaseModel):
    name: str | None
    lat: float
    lon: float


class DayDistrict(BaseModel):
    code: str
    name: str


class DayTeam(BaseModel):
    code: str
    name: str
    operators: int
    kits: list[str]
    base: PlaceOut


class ShiftOut(BaseModel):
    starts_at: datetime
    ends_at: datetime


class ContactOut(BaseModel):
    name: str | None
    phone: str | None


class DayArea(BaseModel):
    code: str
    name: str


class DayPlace(BaseModel):
    """The site at which the people of another one are served."""

    code: str
    name: str
    contact: ContactOut | None


class DaySite(BaseModel):
    code: str
    name: str
    kind: str
    area: DayArea
    lat: float
    lon: float
    connectivity: int
    connectivity_measured_on: Day | None
    headcount: int
    needs_kits: list[str]
    """Kinds of kits without which nobody can be served there."""
    contact: ContactOut | None
    """Null for readers from outside the district: staff contact details stay inside."""
    session_at: DayPlace | None
    """Where the session is held, if elsewhere: `lat`, `lon` and the signal are those of that site."""


class StopResult(BaseModel):
    """What was reported of a stop and stands."""

    id: int
    outcome: VisitOutcome
    served: int
    activated: int
    served_further: dict[Document, int]
    """People served besides, by further document, those that were said."""
    prepared: int | None
    """People prepared for a later visit; they are not among the served."""


class StopOut(BaseModel):
    visit_id: int
    uid: UUID
    """The visit, whichever plan carries it: its `visit_id` is another one in the next."""
    sequence: int
    """Grows with every change of what the plan says of the visit."""
    changed_at: datetime
    """When it last did."""
    site: DaySite
    arrives_at: datetime
    starts_at: datetime
    ends_at: datetime
    setup_minutes: int
    service_minutes: int
    travel_minutes: int
    travel_metres: int
    travel_source: LegSource
    travel_way: Way | None
    """Null: not known, as of every great circle."""
    document: Document
    """Of the plan: what `expected_activations` counts."""
    expected_activations: int
    expected: dict[Document, int]
    """People to be served with each document: those of `document` first, then further ones."""
    stage: VisitStage | None
    """`preparation`: people are prepared for a later visit, and nobody counts; `follow_up`: that later visit."""
    prepared: int | None
    """Of a preparation those to prepare, of a follow-up those who were and are expected again."""
    kits: list[str]
    with_teams: list[str]
    """Codes of the other teams that are at the site that day."""
    pinned: bool
    result: StopResult | None
    """Null: nobody has reported yet."""


class TakenBreak(BaseModel):
    """A pause of the team, as the plan has it."""

    starts_at: datetime
    ends_at: datetime
    name: str | None


class CarriedKit(BaseModel):
    """Kits of a pool that the office hands out to the team for the day, by the pool's code and name."""

    code: str
    name: str
    kind: str
    count: int


class TripPlace(BaseModel):
    """A place as the plan was made; without coordinates where that told none."""

    name: str
    lat: float | None
    lon: float | None


class LodgingPlace(TripPlace):
    """Where the team sleeps."""

    code: str


class DayRide(BaseModel):
    """A boat or plane between two stops, in order of `starts_at` with them."""

    connection: str
    way: Way | None
    origin: TripPlace
    target: TripPlace
    arrives_at: datetime
    """When the team is where it leaves from."""
    starts_at: datetime
    ends_at: datetime
    travel_minutes: int
    travel_metres: int
    travel_source: LegSource
    travel_way: Way | None


class DayTrip(BaseModel):
    """The trip that the date is part of: from the base and back, with nights away, boats or planes."""

    uid: UUID
    sequence: int
    """Grows with every change of what the plan says of it."""
    starts_on: Day
    ends_on: Day
    leaves_at: datetime
    back_at: datetime


class AssignmentsOut(BaseModel):
    """One team's day; times carry the district's UTC offset."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    date: Day
    district: DayDistrict
    time_zone: str
    team: DayTeam
    shift: ShiftOut
    trip: DayTrip | None
    """Null: a day from the base and back."""
    begins_at: LodgingPlace | None
    """Null: at the base."""
    rides: list[DayRide]
    sleeps_at: LodgingPlace | None
    """Where the day ends, and `back_at` is when; null: at the base."""
    stops: list[StopOut]
    breaks: list[TakenBreak]
    """In a visit, which then ends so much later, on the way, or while waiting."""
    carried: list[CarriedKit]
    """Beside its own kits; `kits` of a stop are the kinds of both."""
    back_at: datetime | None
    """At the base again; null on a day without stops."""
    back_travel_minutes: int | None
    back_travel_metres: int | None
    back_travel_source: LegSource | None
    back_travel_way: Way | None
    next_date_with_stops: Day | None


class AssignedDay(BaseModel):
    """One date of a team, without stops too."""

    date: Day
    shift: ShiftOut
    trip: DayTrip | None
    """Null: a day from the base and back."""
    begins_at: LodgingPlace | None
    """Null: at the base."""
    rides: list[DayRide]
    sleeps_at: LodgingPlace | None
    """Where the day ends, and `back_at` is when; null: at the base."""
    stops: list[StopOut]
    breaks: list[TakenBreak]
    """In a visit, which then ends so much later, on the way, or while waiting."""
    carried: list[CarriedKit]
    """Beside its own kits; `kits` of a stop are the kinds of both."""
    back_at: datetime | None
    back_travel_minutes: int | None
    back_travel_metres: int | None
    back_travel_source: LegSource | None
    back_travel_way: Way | None


class InsteadOut(BaseModel):
    """The visit of a site that came into the plan when another of it went, or since."""

    visit_id: int
    uid: UUID
    date: Day
    starts_at: datetime
    team_code: str
    team_name: str


class WithdrawnOut(BaseModel):
    """A visit of the team that was in the plan of these dates and is no more."""

    visit_id: int
    uid: UUID
    date: Day
    starts_at: datetime
    sequence: int
    withdrawn_at: datetime
    site_code: str
    site_name: str
    reason: Literal["other_time", "other_team", "left_out"]
    message: Text
    instead: InsteadOut | None


class AssignedDays(BaseModel):
    """Several dates of one team in one answer; what changed since the last one is seen by `uid` and `sequence`."""

    district: DayDistrict
    time_zone: str
    team: DayTeam
    days: list[AssignedDay]
    withdrawn: list[WithdrawnOut]
    next_date_with_stops: Day | None
    """After the last of these dates."""
