"""What requests and answers of every room are made of: bases, ids, days, texts, figures, described refusals."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from annotated_types import Ge, Le
from fastapi import Path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)

from app.http_conventions import MAX_ID
from app.languages import joined, said
from app.strict_json import StrictJson
from app.tables.fields import BadText, weekday_mask

MAX_PEOPLE = 300_000_000
"""More than the people of Indonesia: beyond it stands a typing error."""


def _iso_day(value: object) -> object:
    # Otherwise pydantic takes bare numbers for seconds since 1970.
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or len(value) != 10 or value[4] != "-":
        raise ValueError(said("write the date as YYYY-MM-DD", "tulis tanggal sebagai TTTT-BB-HH, misalnya 2023-11-20"))
    return value


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _weekdays(text: str) -> str:
    try:
        return weekday_mask(text)
    except BadText as error:
        raise ValueError(joined(error.detail, error.mend)) from error


def _without_control_characters(text: str) -> str:
    if any(character < " " or character == "\x7f" for character in text):
        raise ValueError(said("control characters are not allowed", "karakter kendali tidak diperbolehkan"))
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
WeekdayMask = Annotated[
    str,
    Field(max_length=40),
    AfterValidator(_weekdays),
]
"""Written `mon-fri`, stored as seven characters."""
Latitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, examples=[-3.263])]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, examples=[102.8751])]


class Incoming(StrictJson):
    """A request body: an unknown field is a typing error, not a wish to ignore; no value changes its type."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Outgoing(BaseModel):
    model_config = ConfigDict(from_attributes=True)


Id = Annotated[int, Path(ge=1, le=MAX_ID)]
"""The number of a row, in a path."""
