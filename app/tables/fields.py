"""Text of one field to a value and back, and the checks of a value; a wrong one says what would mend it.
Shared by imported files and by JSON, so both refuse the same things in the same words; knows no domain word."""

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from app.errors import FieldProblem

MAX_TEXT = 200
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WHOLE = re.compile(r"[+-]?\d{1,18}(\.0)?")
_DECIMAL = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,3})?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.]00)?")
_NAME = re.compile(r"[a-z_]{1,40}")
_YES, _NO = ("true", "yes", "ya", "1"), ("false", "no", "tidak", "0")


class BadText(ValueError):
    """A text that is no value of its field: what is wrong, and what would mend it."""

    def __init__(self, detail: str, mend: str):
        super().__init__(detail)
        self.detail, self.mend = detail, mend


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Smallest and largest value of a number, both allowed."""

    low: int
    high: int
    noun: str = "number"

    def problem(self, name: str, value: int | float | Decimal) -> FieldProblem | None:
        # Written so that "not a number" fails it too.
        if self.low <= value <= self.high:
            return None
        return FieldProblem(
            pointer=name,
            detail=f"{value} lies outside {self.low} to {self.high}.",
            value=float(value) if isinstance(value, Decimal) else value,
            mend=f"Give a {self.noun} from {self.low} to {self.high}.",
        )


def whole_number(text: str) -> int:
    """`1200`, and `1200.0` as some tools write it; never `1.200`, which means two things."""
    if _WHOLE.fullmatch(text) is None:
        raise BadText("This is no whole number.", "Write digits only, such as 1200, without thousands separators.")
    return int(text.removesuffix(".0"))


def decimal_number(text: str) -> Decimal:
    """`0.85`, `0,85` or `85%`."""
    number = text.removesuffix("%").rstrip()
    if _DECIMAL.fullmatch(number) is None:
        raise BadText("This is no number.", "Write it like 0.85.")
    value = Decimal(number.replace(",", "."))
    return value / 100 if text.endswith("%") else value


def float_number(text: str) -> float:
    if _DECIMAL.fullmatch(text) is None:
        raise BadText("This is no number.", "Write degrees as a decimal number, such as -3.2819.")
    return float(text.replace(",", "."))


def iso_date(text: str) -> date:
    mend = "Write year-month-day, such as 2023-11-20."
    if _DATE.fullmatch(text) is None:
        raise BadText("This is no date.", mend)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadText("There is no such day in the calendar.", mend) from None


def true_or_false(text: str) -> bool:
    word = text.lower()
    if word in _YES or word in _NO:
        return word in _YES
    raise BadText("This is neither true nor false.", "Write true or false.")


def one_of(names: Iterable[str]) -> Callable[[str], str]:
    """A reader of one word among `names`, in any case."""
    known = tuple(names)

    def read(text: str) -> str:
        word = text.lower()
        if word not in known:
            raise BadText("This is not one of the known words.", f"Choose one of: {', '.join(known)}.")
        return word

    return read


def named_words(known: Iterable[str], *, most: int = 40) -> Callable[[str], dict[str, str]]:
    """A reader of `headcount=given; place=public`: a name and one of the known words each."""
    words = tuple(known)
    mend = f"Write 'name=word; name=word' with one of the words {', '.join(words)}."

    def read(text: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for part in filter(None, map(str.strip, text.split(";"))):
            name, _, word = (piece.strip().lower() for piece in part.partition("="))
            if _NAME.fullmatch(name) is None or word not in words:
                raise BadText(f"{part!r} does not say where a field comes from.", mend)
            if name in found:
                raise BadText(f"{name!r} is named twice.", mend)
            found[name] = word
        if len(found) > most:
            raise BadText(f"It names {len(found)} fields.", f"Name at most {most}.")
        return found

    return read


def named_words_text(named: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={word}" for name, word in sorted(named.items()))


def plain_text(longest: int = MAX_TEXT) -> Callable[[str], str]:
    """A reader of text without control characters, at most `longest` characters."""

    def read(text: str) -> str:
        if len(text) > longest:
            raise BadText(f"It has {len(text)} characters.", f"Shorten it to {longest}.")
        # Cc: control characters, which no name needs and PostgreSQL or XML cannot hold; Cs: halves of a character.
        if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
            raise BadText("It holds a control character or a line break.", "Retype it on one line.")
        return text

    return read


def minute_of_day(text: str) -> int:
    """Minutes after midnight of `08:30`, `8.30` or `24:00`."""
    found = _TIME.fullmatch(text)
    if found is not None:
        hours, minutes = int(found[1]), int(found[2])
        if minutes < 60 and hours * 60 + minutes <= 1440:
            return hours * 60 + minutes
    raise BadText("This is no time of day.", "Write hours and minutes, such as 08:30.")


def minute_text(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def weekday_mask(text: str) -> str:
    """Seven characters, Monday first, of `mon-fri` or `mon,wed,fri-sun`."""
    marked: set[int] = set()
    for part in text.lower().replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        if first not in WEEKDAYS or (dash and last not in WEEKDAYS):
            raise BadText("These are no weekdays.", "Write mon-fri, or mon,wed,fri.")
        start, end = WEEKDAYS.index(first), WEEKDAYS.index(last if dash else first)
        if end < start:
            raise BadText("The weekdays end before they begin.", f"Begin with {last}, or list the days one by one.")
        marked |= set(range(start, end + 1))
    return "".join("1" if day in marked else "0" for day in range(7))


def weekday_text(mask: str) -> str:
    """`mon-thu,sat` of `1111010`."""
    parts = []
    for run in re.finditer("1+", mask):
        first, last = WEEKDAYS[run.start()], WEEKDAYS[run.end() - 1]
        parts.append(first if first == last else f"{first}-{last}")
    return ",".join(parts)


def text_of(value: Any) -> str:
    """The text by which every format writes a value: the one `read_fields` understands again."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float() if math.isfinite(value) and value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case float():
            return repr(value)
        case Decimal():
            return format(value.normalize(), "f")
        case datetime():
            whole = value.time() == time()
            return value.date().isoformat() if whole else value.isoformat(sep=" ", timespec="minutes")
        case date():
            return value.isoformat()
        case time():
            return value.isoformat(timespec="seconds" if value.second else "minutes")
        case _:
            return str(value)


def read_fields(
    cells: Mapping[str, str], readers: Mapping[str, Callable[[str], Any]]
) -> tuple[dict[str, Any], list[FieldProblem]]:
    """Every cell that has a reader, as a value; an empty cell is None. Problems point at the bare column."""
    values: dict[str, Any] = {}
    problems: list[FieldProblem] = []
    for name, text in cells.items():
        stripped = text.strip()
        if not stripped:
            values[name] = None
            continue
        try:
            values[name] = readers[name](stripped)
        except BadText as error:
            problems.append(FieldProblem(pointer=name, detail=error.detail, value=text, mend=error.mend))
    return values, problems


def text_problems(
    values: Mapping[str, Any], readers: Mapping[str, Callable[[str], Any]], *, names: Iterable[str]
) -> list[FieldProblem]:
    """What a file's reader would say of these texts, however they came in: so every export can be read again."""
    problems: list[FieldProblem] = []
    for name in names:
        try:
            if values[name] is not None:
                readers[name](values[name])
        except BadText as error:
            problems.append(FieldProblem(pointer=name, detail=error.detail, value=values[name], mend=error.mend))
    return problems


def placed(problems: Iterable[FieldProblem], before: str) -> list[FieldProblem]:
    """The same problems with `before` put in front of each pointer: `row 12/` or `/`."""
    return [replace(problem, pointer=before + problem.pointer) for problem in problems]


def _minute_in(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("write the time as 'HH:MM'")
    try:
        return minute_of_day(value)
    except BadText as error:
        raise ValueError(f"{error.detail} {error.mend}") from error


def documented_bounds(bounds: Range) -> Any:
    """The bounds as JSON Schema alone: the check itself says what would mend the value."""
    return Field(json_schema_extra={"minimum": bounds.low, "maximum": bounds.high})


_TIME_SCHEMA = WithJsonSchema({"type": "string", "pattern": r"^\d{2}:\d{2}$", "examples": ["08:30"]})
MinuteIn = Annotated[int, BeforeValidator(_minute_in), _TIME_SCHEMA]
"""Written `08:30`, kept as minutes after local midnight; `MinuteOut` writes it again."""
MinuteOut = Annotated[int, PlainSerializer(minute_text, return_type=str), _TIME_SCHEMA]
WeekdaysOut = Annotated[
    str, PlainSerializer(weekday_text, return_type=str), WithJsonSchema({"type": "string", "examples": ["mon-thu"]})
]
"""Seven characters, written `mon-thu`."""
