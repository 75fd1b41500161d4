"""Text of one field to a value and back, and the checks of a value; a wrong one says what would mend it.
Shared by imported files and by JSON, so both refuse the same things in the same words; knows no domain word."""

import math
import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from app.errors import FieldProblem
from app.languages import joined, said
from app.tables.bad_text import BadText as BadText
from app.tables.figures import Manner, plain_figure

MAX_TEXT = 200
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WHOLE = re.compile(r"[+-]?\d{1,18}(\.0)?")
_DECIMAL = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,3})?")
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.]00)?")
_NAME = re.compile(r"[a-z_]{1,40}")
_YES = ("true", "yes", "y", "ya", "iya", "1", "benar", "betul", "ada", "wajib", "v", "✓", "✔")
_NO = ("false", "no", "n", "tidak", "tdk", "t", "0", "bukan", "salah", "tidak ada", "tidak wajib", "x")
_DAY_WORDS = {
    word: index
    for index, words in enumerate(
        (
            "mon monday sen senin",
            "tue tuesday sel selasa",
            "wed wednesday rab rabu",
            "thu thursday kam kamis",
            "fri friday jum jumat jumaat",
            "sat saturday sab sabtu",
            "sun sunday min minggu ahad",
        )
    )
    for word in words.split()
}
_TO = re.compile(r"\s*(?:[-–—]|s/d|s\.d\.?|sd|sampai dengan|sampai|hingga|to)\s*")
_AND = re.compile(r"\s*(?:,|&|/|\bdan\b|\band\b)\s*")
_EVERY_DAY = ("setiap hari", "tiap hari", "every day", "daily")
# Invisible, and so never meant: they make two codes that look alike differ.
_INVISIBLE = re.compile("[\u200b\u2060\ufeff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Smallest and largest value of a number, both allowed."""

    low: int
    high: int
    noun: str = said("number", "bilangan")

    def problem(self, name: str, value: int | float | Decimal) -> FieldProblem | None:
        # Written so that "not a number" fails it too.
        if self.low <= value <= self.high:
            return None
        return FieldProblem(
            pointer=name,
            detail=said(
                "{value} lies outside {low} to {high}.",
                "{value} di luar {low} sampai {high}.",
                value=value,
                low=self.low,
                high=self.high,
            ),
            value=float(value) if isinstance(value, Decimal) else value,
            mend=said(
                "Give a {noun} from {low} to {high}.",
                "Isi {noun} dari {low} sampai {high}.",
                noun=self.noun,
                low=self.low,
                high=self.high,
            ),
        )


def whole_number(text: str) -> int:
    """`1200`, and `1200.0` as some tools write it; `1.200` only after `plain_figure` has read it."""
    if _WHOLE.fullmatch(text) is None:
        raise BadText(
            said("This is no whole number.", "Ini bukan bilangan bulat."),
            said("Write digits only, such as 1200.", "Tulis angka saja, misalnya 1200."),
        )
    return int(text.removesuffix(".0"))


def decimal_number(text: str) -> Decimal:
    """`0.85`, `0,85` or `85%`."""
    number = text.removesuffix("%").rstrip()
    if _DECIMAL.fullmatch(number) is None:
        raise BadText(
            said("This is no number.", "Ini bukan bilangan."), said("Write it like 0.85.", "Tulis seperti 0,85.")
        )
    value = Decimal(number.replace(",", "."))
    return value / 100 if text.endswith("%") else value


FIGURE_READERS: tuple[Callable[[str], Any], ...] = (whole_number, decimal_number)
"""Readers of figures, whose thousands and decimals the sheet's manner decides."""


def true_or_false(text: str) -> bool:
    word = text.lower()
    if word in _YES or word in _NO:
        return word in _YES
    raise BadText(
        said("This is neither true nor false.", "Ini bukan ya dan bukan tidak."),
        said("Write true or false.", "Tulis ya atau tidak."),
    )


def one_of(names: Iterable[str], words: Mapping[str, str] | None = None) -> Callable[[str], str]:
    """A reader of one word among `names`, in any case; `words` are further words for a name, joined by commas."""
    known = tuple(names)
    meaning = {word.strip(): name for name, listed in (words or {}).items() for word in listed.split(",")}

    def read(text: str) -> str:
        word = " ".join(text.lower().replace("_", " ").split())
        name = meaning.get(word, word.replace(" ", "_"))
        if name not in known:
            offered = {name: next((word for word, value in meaning.items() if value == name), name) for name in known}
            raise BadText(
                said("This is not one of the known words.", "Kata ini tidak dikenal."),
                said(
                    "Choose one of: {names}.",
                    "Pilih salah satu: {words}.",
                    names=", ".join(known),
                    words=", ".join(offered.values()),
                ),
            )
        return name

    return read


def named_words(known: Iterable[str], *, most: int = 40) -> Callable[[str], dict[str, str]]:
    """A reader of `headcount=given; place=public`: a name and one of the known words each."""
    words = tuple(known)
    mend = said(
        "Write 'name=word; name=word' with one of the words {words}.",
        "Tulis 'isian=kata; isian=kata' dengan salah satu kata {words}.",
        words=", ".join(words),
    )

    def read(text: str) -> dict[str, str]:
        named: dict[str, str] = {}
        for part in filter(None, map(str.strip, text.split(";"))):
            name, _, word = (piece.strip().lower() for piece in part.partition("="))
            if _NAME.fullmatch(name) is None or word not in words:
                raise BadText(
                    said(
                        "{part!r} does not say where a field comes from.",
                        "{part!r} tidak menyebut asal sebuah isian.",
                        part=part,
                    ),
                    mend,
                )
            if name in named:
                raise BadText(said("{name!r} is named twice.", "{name!r} disebut dua kali.", name=name), mend)
            named[name] = word
        if len(named) > most:
            raise BadText(
                said("It names {count} fields.", "Ini menyebut {count} isian.", count=len(named)),
                said("Name at most {most}.", "Sebutkan paling banyak {most}.", most=most),
            )
        return named

    return read


def named_words_text(named: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={word}" for name, word in sorted(named.items()))


def plain_text(longest: int = MAX_TEXT) -> Callable[[str], str]:
    """A reader of text without control characters, at most `longest` characters."""

    def read(text: str) -> str:
        if len(text) > longest:
            raise BadText(
                said("It has {count} characters.", "Panjangnya {count} karakter.", count=len(text)),
                said("Shorten it to {longest}.", "Singkatkan menjadi {longest}.", longest=longest),
            )
        # Cc: control characters, which no name needs and PostgreSQL or XML cannot hold; Cs: halves of a character.
        if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
            raise BadText(
                said("It holds a control character or a line break.", "Isinya memuat karakter kendali."),
                said("Retype it on one line.", "Ketik ulang dalam satu baris."),
            )
        if _INVISIBLE.search(text):
            raise BadText(
                said("It holds an invisible character.", "Isinya memuat karakter yang tidak terlihat."),
                said("Retype it.", "Ketik ulang."),
            )
        return text

    return read


def minute_of_day(text: str) -> int:
    """Minutes after midnight of `08:30`, `8.30` or `24:00`."""
    match = _TIME.fullmatch(text)
    if match is not None:
        hours, minutes = int(match[1]), int(match[2])
        if minutes < 60 and hours * 60 + minutes <= 1440:
            return hours * 60 + minutes
    raise BadText(
        said("This is no time of day.", "Ini bukan jam."),
        said("Write hours and minutes, such as 08:30.", "Tulis jam dan menit, misalnya 08.30."),
    )


def minute_text(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def weekday_mask(text: str) -> str:
    """Seven characters, Monday first, of `mon-fri`, `mon,wed,fri-sun` or `Senin s.d. Jumat`."""
    marked: set[int] = set()
    plain = text.strip().lower().replace("'", "").replace("’", "")
    for part in _AND.split(_TO.sub("-", plain)) if plain not in _EVERY_DAY else ("mon-sun",):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        if first not in _DAY_WORDS or (dash and last not in _DAY_WORDS):
            raise BadText(
                said("These are no weekdays.", "Ini bukan nama hari."),
                said("Write mon-fri, or mon,wed,fri.", "Tulis senin-jumat, atau senin,rabu,jumat."),
            )
        start, end = _DAY_WORDS[first], _DAY_WORDS[last if dash else first]
        if end < start:
            raise BadText(
                said("The weekdays end before they begin.", "Hari terakhir mendahului hari pertama."),
                said(
                    "Begin with {last}, or list the days one by one.",
                    "Mulai dengan {last}, atau sebutkan satu per satu.",
                    last=last,
                ),
            )
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
    cells: Mapping[str, str],
    readers: Mapping[str, Callable[[str], Any]],
    *,
    manners: frozenset[Manner] = frozenset(),
    exact: Container[str] = (),
) -> tuple[dict[str, Any], list[FieldProblem]]:
    """Every cell that has a reader, as a value; an empty cell is None. Problems point at the bare column.

    `manners` are those that the sheet's figures show; the columns in `exact` held numbers, which mean one thing."""
    values: dict[str, Any] = {}
    problems: list[FieldProblem] = []
    for name, text in cells.items():
        stripped = text.strip()
        if not stripped:
            values[name] = None
            continue
        try:
            if readers[name] in FIGURE_READERS and name not in exact:
                stripped = plain_figure(stripped, manners)
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
        raise ValueError(said("write the time as 'HH:MM'", "tulis jam sebagai 'JJ:MM', misalnya 08:30"))
    try:
        return minute_of_day(value)
    except BadText as error:
        raise ValueError(joined(error.detail, error.mend)) from error


def documented_range(allowed: Range) -> Any:
    """The range as JSON Schema alone: the check itself says what would mend the value."""
    return Field(json_schema_extra={"minimum": allowed.low, "maximum": allowed.high})


_TIME_SCHEMA = WithJsonSchema({"type": "string", "pattern": r"^\d{2}:\d{2}$", "examples": ["08:30"]})
MinuteIn = Annotated[int, BeforeValidator(_minute_in), _TIME_SCHEMA]
"""Written `08:30`, kept as minutes after local midnight; `MinuteOut` writes it again."""
MinuteOut = Annotated[int, PlainSerializer(minute_text, return_type=str), _TIME_SCHEMA]
WeekdaysOut = Annotated[
    str, PlainSerializer(weekday_text, return_type=str), WithJsonSchema({"type": "string", "examples": ["mon-thu"]})
]
"""Seven characters, written `mon-thu`."""
