"""What requests and answers about districts look like; the import of example folders reads the same shapes."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)

from app.districts.models import Document, EligibleBase, Provenance, TargetOwner
from app.districts.working_calendar import DayOffKind
from app.payloads import (
    MAX_PEOPLE,
    Day,
    DistrictCode,
    Incoming,
    Latitude,
    Line,
    Longitude,
    Note,
    Outgoing,
    People,
    Percent,
    PercentNumber,
    WeekdayMask,
)
from app.tables.fields import weekday_text
from app.words import Text

MAX_RUPIAH = 10**15


Provenances = Annotated[
    dict[Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")], Provenance],
    Field(max_length=40, description="Where each field came from.", examples=[{"eligible_people": "given"}]),
]
TimeZone = Literal["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]


class Travel(Incoming):
    """Road metres per great-circle metre, and speed."""

    detour: Annotated[float, Field(ge=1, le=5)] = 1.3
    kmh: Annotated[int, Field(ge=1, le=200)] = 30


class Costs(Incoming):
    """Rupiah; no budget means no limit."""

    per_km: Annotated[int, Field(ge=0, le=100_000_000)] = 0
    per_team_day: Annotated[int, Field(ge=0, le=1_000_000_000)] = 0
    budget: Annotated[int, Field(ge=0, le=MAX_RUPIAH)] | None = None


MakeUpDays = Annotated[
    int | None,
    Field(ge=1, le=90, description="A visit that failed is offered again within so many days; null: not at all."),
]


class DistrictFields(Incoming):
    name: Line = Field(examples=["Kota Lubuk Linggau"])
    time_zone: TimeZone
    working_weekdays: WeekdayMask = Field(default="1111100", examples=["mon-fri"])
    lat: Latitude
    lon: Longitude
    population: People | None = None
    travel: Travel = Travel()
    costs: Costs = Costs()
    make_up_days: MakeUpDays = 10
    provenance: Provenances = Field(default_factory=dict)


class DistrictIn(DistrictFields):
    """A new district; the province is the prefix of its code."""

    code: DistrictCode
    parent_code: Annotated[str, Field(pattern=r"^[0-9]{2}$", examples=["16"])] | None = None


def _without_defaults(schema: dict[str, Any]) -> None:
    # A field left out keeps its stored value; the defaults below only make it optional.
    for field in schema["properties"].values():
        field.pop("default", None)
    schema["examples"] = [{"working_weekdays": "mon-sat"}]


class DistrictPatch(Incoming):
    """Only the fields to change; `null` empties population, budget and make_up_days."""

    name: Line = ""
    time_zone: TimeZone = "Asia/Jakarta"
    working_weekdays: WeekdayMask = "1111100"
    lat: Latitude = 0.0
    lon: Longitude = 0.0
    population: People | None = None
    travel: Travel = Travel()
    costs: Costs = Costs()
    make_up_days: MakeUpDays = 10
    provenance: Provenances = Field(default_factory=dict)

    model_config = ConfigDict(json_schema_extra=_without_defaults)


class DistrictOut(Outgoing):
    code: str
    name: str
    parent_code: str | None
    time_zone: str
    working_weekdays: Annotated[str, PlainSerializer(weekday_text)]
    lat: float
    lon: float
    population: int | None
    travel: Travel
    costs: Costs
    make_up_days: int | None
    provenance: Mapping[str, str]
    version: int


class AreaIn(Incoming):
    """An area whole: what is left out is empty afterwards."""

    name: Line = Field(examples=["Lubuk Linggau Barat I"])
    lat: Latitude
    lon: Longitude
    population: People | None = None
    min_activations: People = Field(default=0, description="The floor: activations a schedule owes this area.")
    provenance: Provenances = Field(default_factory=dict)


class AreaOut(Outgoing):
    code: str
    district_code: str
    name: str
    lat: float
    lon: float
    population: int | None
    min_activations: int
    provenance: Mapping[str, str]
    version: int


class TargetIn(Incoming):
    """A target whole: a percentage of a base, or a count; both only where they agree."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "target_percent": 25,
                    "eligible_people": 168015,
                    "eligible_base": "wajib_ktp",
                    "activated": 4015,
                    "as_of": "2023-11-13",
                    "deadline": "2023-12-31",
                    "source": "Linggau Pos, 14 November 2023",
                    "provenance": {"eligible_people": "given", "activated": "given"},
                }
            ]
        }
    )
    owner: TargetOwner = TargetOwner.DISTRICT
    target_percent: Percent | None = None
    target_count: Annotated[int, Field(gt=0, le=MAX_PEOPLE)] | None = None
    eligible_people: Annotated[int, Field(gt=0, le=MAX_PEOPLE)] | None = None
    eligible_base: EligibleBase | None = None
    activated: People
    as_of: Day
    deadline: Day
    source: Note | None = None
    provenance: Provenances = Field(default_factory=dict)


class QuotedOut(Outgoing):
    """A figure and where it comes from."""

    name: str
    value: str
    reported_on: date | None
    source: str | None
    provenance: str | None


class WarningOut(Outgoing):
    """Something about the figures that a planner should know before trusting them."""

    code: str = Field(examples=["count_unchanged"])
    severity: Literal["serious", "warning", "note"]
    message: Text
    figures: Sequence[QuotedOut]


class TargetOut(Outgoing):
    """A target with what follows from it."""

    district_code: str
    document: Document
    owner: TargetOwner
    target_percent: PercentNumber | None
    target_count: int
    eligible_people: int | None
    eligible_base: EligibleBase | None
    activated: int
    gap: int
    as_of: date
    deadline: date
    source: str | None
    provenance: Mapping[str, str]
    version: int
    warnings: Sequence[WarningOut] = Field(description="Contradictions among the figures, the serious ones first.")


class WalkInIn(Incoming):
    per_working_day: Annotated[int, Field(ge=0, le=1_000_000, examples=[60])]
    note: Note | None = None
    provenance: Provenance = Provenance.ASSUMED


class WalkInOut(Outgoing):
    document: Document
    starts_on: date
    per_working_day: int
    note: str | None
    provenance: str
    version: int


class WalkInCountIn(Incoming):
    activated: Annotated[int, Field(ge=0, le=1_000_000, examples=[57])]
    note: Note | None = None


class WalkInCountOut(Outgoing):
    """What the counters won on one day."""

    document: Document
    day: date
    activated: int
    note: str | None
    version: int


class OfficialCountOut(Outgoing):
    """A target's count at the end of a day."""

    as_of: date
    activated: int
    source: str | None


class HolidayIn(Incoming):
    """An exception of this district to the national calendar, either way."""

    is_working: bool = Field(description="True: the district works that day, whatever the calendar says.")
    name: Line = Field(examples=["Hari Jadi Kota"])
    provenance: Provenance = Provenance.GIVEN


class DayOffOut(Outgoing):
    date: date
    name: str
    kind: DayOffKind
    is_estimated: bool = Field(description="Computed; not announced by the government yet.")


class WorkingCalendarOut(Outgoing):
    """Which dates of a period the district works, and why not on the others."""

    district_code: str
    time_zone: str
    working_weekdays: str
    start: date = Field(serialization_alias="from")
    end: date = Field(serialization_alias="to")
    working_days: int
    working_dates: Sequence[date]
    days_off: Sequence[DayOffOut]
    warnings: Sequence[WarningOut]


class HolidayOut(Outgoing):
    date: date
    is_working: bool
    name: str
    provenance: str
    version: int


Figure = Literal["activated", "percent", "eligible_people", "target_percent", "target_count", "deadline"]


def _as_printed(value: Any) -> Any:
    return str(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else value


class ReportedFigureIn(Incoming):
    """A figure somebody published; contradictions among them become warnings."""

    document: Document = Document.IKD
    figure: Figure
    value: Annotated[
        str,
        BeforeValidator(_as_printed),
        StringConstraints(strip_whitespace=True, min_length=1, max_length=20),
        Field(description="A number with a point before decimals, or an ISO date for a deadline.", examples=["2.75"]),
    ]
    eligible_base: EligibleBase | None = Field(default=None, description="What a reported base counts, if said.")
    reported_on: Day | None = None
    source: Note | None = None
    provenance: Provenance = Provenance.PUBLIC


class ReportedFigureOut(Outgoing):
    id: int
    document: Document
    figure: Figure
    value: str
    eligible_base: EligibleBase | None
    reported_on: date | None
    source: str | None
    provenance: str
