"""What requests and answers about districts look like; the import of example folders reads the same shapes."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le
from fastapi import Path
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)

from app.districts.models import Document, EligibleBase, Provenance, TargetOwner
from app.districts.words import Text
from app.districts.working_calendar import DayOffKind
from app.tables.fields import BadText, weekday_mask, weekday_text

MAX_PEOPLE = 300_000_000
"""More than the people of Indonesia: beyond it stands a typing error."""
MAX_RUPIAH = 10**15


def _iso_day(value: object) -> object:
    # Otherwise pydantic takes bare numbers for seconds since 1970.
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or len(value) != 10 or value[4] != "-":
        raise ValueError("write the date as YYYY-MM-DD")
    return value


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _weekdays(text: str) -> str:
    try:
        return weekday_mask(text)
    except BadText as error:
        raise ValueError(f"{error.detail} {error.mend}") from error


def _without_control_characters(text: str) -> str:
    if any(character < " " or character == "\x7f" for character in text):
        raise ValueError("control characters are not allowed")
    return text


Refusals = dict[int | str, dict[str, Any]]
READ_REFUSALS: Refusals = {404: {"description": "Not there, or not yours to see."}}
CREATE_REFUSALS: Refusals = READ_REFUSALS | {
    403: {"description": "This token may not."},
    409: {"description": "It is there already, or the Idempotency-Key was used for something else."},
}
CHANGE_REFUSALS: Refusals = READ_REFUSALS | {
    403: {"description": "This token may not."},
    409: {"description": "Another request created it at the same moment."},
    412: {"description": "If-Match names an older version: read it again first."},
    428: {"description": "A change needs If-Match."},
}

DISTRICT_CODE = r"^[0-9]{2}(\.[0-9]{2})?$"
AREA_CODE = r"^[0-9]{2}(\.[0-9]{2}){1,2}$"

DistrictCode = Annotated[str, Field(pattern=DISTRICT_CODE, examples=["16.73"])]
AreaCode = Annotated[str, Field(pattern=AREA_CODE, examples=["16.73.01"])]
DistrictCodePath = Annotated[str, Path(pattern=DISTRICT_CODE, examples=["16.73"])]
IsoDay = Annotated[date, BeforeValidator(_iso_day), Ge(date(2000, 1, 1)), Le(date(2100, 12, 31))]
Day = Annotated[IsoDay, Field(examples=["2023-11-13"])]
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_without_control_characters),
]
Note = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=1000),
    AfterValidator(_without_control_characters),
]
Percent = Annotated[Decimal, Field(gt=0, le=100, max_digits=6, decimal_places=3, examples=[25])]
PercentNumber = Annotated[Decimal, PlainSerializer(_number, return_type=int | float)]
"""A percentage in answers: a JSON number, whole where it is whole."""
People = Annotated[int, Field(ge=0, le=MAX_PEOPLE)]
Provenances = Annotated[
    dict[Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")], Provenance],
    Field(max_length=40, description="Where each field came from.", examples=[{"eligible_people": "given"}]),
]
WeekdayMask = Annotated[
    str,
    Field(max_length=40),
    AfterValidator(_weekdays),
]
"""Written `mon-fri`, stored as seven characters."""
Latitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, examples=[-3.263])]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, examples=[102.8751])]
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


class DistrictFields(Incoming):
    name: Line = Field(examples=["Kota Lubuk Linggau"])
    time_zone: TimeZone
    working_weekdays: WeekdayMask = Field(default="1111100", examples=["mon-fri"])
    lat: Latitude
    lon: Longitude
    population: People | None = None
    travel: Travel = Travel()
    costs: Costs = Costs()
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
    """Only the fields to change; `null` empties population and budget."""

    name: Line = ""
    time_zone: TimeZone = "Asia/Jakarta"
    working_weekdays: WeekdayMask = "1111100"
    lat: Latitude = 0.0
    lon: Longitude = 0.0
    population: People | None = None
    travel: Travel = Travel()
    costs: Costs = Costs()
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


class DistrictDocument(DistrictIn):
    """`district.json` of an example folder: a district with everything that is said about its targets."""

    class DocumentTarget(TargetIn):
        document: Document

    class DocumentWalkIn(WalkInIn):
        document: Document
        starts_on: Day

    class DocumentHoliday(HolidayIn):
        date: Day

    targets: tuple[DocumentTarget, ...] = ()
    reported_figures: tuple[ReportedFigureIn, ...] = ()
    walk_ins: tuple[DocumentWalkIn, ...] = ()
    holidays: tuple[DocumentHoliday, ...] = ()
