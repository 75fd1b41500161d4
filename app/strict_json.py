"""What JSON requests are made of: in them a number is a number, a flag is a flag, a date is text.
The framework would turn `"84.000"` into 84, `1` into true and `1700000000` into a date, all without a word."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from app.languages import Said, said

MISTYPED = "mistyped"
"""The type of the refusals made here; their context holds `detail` and `mend`."""
_FIGURE = re.compile(r"[+-]?\d{1,3}(?:[.,]\d{3})+|[+-]?\d+(?:[.,]\d+)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*")


class StrictJson(BaseModel):
    """A model none of whose values changes its type on the way in."""

    @field_validator("*", mode="before")
    @classmethod
    def _keeps_its_type(cls, value: Any, info: ValidationInfo) -> Any:
        field = cls.model_fields[info.field_name or ""]
        _check(value, field.annotation, field.metadata)
        return value


def _check(value: Any, annotation: Any, metadata: Any = ()) -> None:
    """Raise for a value that the framework would convert; fields with a reader of their own say what they take."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if any(isinstance(mark, BeforeValidator) for mark in metadata):
        return
    if origin is Annotated:
        _check(value, arguments[0], arguments[1:])
    elif origin in (Union, UnionType):
        kinds = [argument for argument in arguments if argument is not type(None)]
        if value is not None and len(kinds) == 1:
            _check(value, kinds[0])
    elif origin in (list, tuple) and isinstance(value, list):
        for item in value:
            _check(item, arguments[0])
    elif origin in (dict, Mapping) and isinstance(value, dict):
        for item in value.values():
            _check(item, arguments[1])
    elif annotation in _CHECKS:
        _CHECKS[annotation](value)


def _mistyped(detail: Said, mend: Said) -> PydanticCustomError:
    return PydanticCustomError(MISTYPED, "{detail} {mend}", {"detail": detail, "mend": mend})


def _kind(value: object) -> Said:
    match value:
        case str():
            return said("text", "teks")
        case bool():
            return said("true or false", "true atau false")
        case int() | float() | Decimal():
            return said("a number", "bilangan")
        case _:
            return said("a list or an object", "daftar atau objek")


def _digits(value: object, *, example: str) -> Said:
    """How to write the number that a text may mean, both readings of `84.000` named."""
    if isinstance(value, str) and _FIGURE.fullmatch(value):
        text = value.strip()
        thousands, fraction = re.sub("[.,]", "", text), text.replace(",", ".")
        if fraction.count(".") == 1 and re.search(r"\.\d{3}$", fraction):
            return said(
                "Write {thousands} or {plain}, whichever is meant, without quotation marks.",
                "Tulis {thousands} atau {plain}, mana yang dimaksud, tanpa tanda kutip.",
                thousands=thousands,
                plain=fraction.removesuffix(".000"),
            )
        shown = thousands if fraction.count(".") > 1 else fraction
        return said(
            "Write {shown} without quotation marks.", "Tulis {shown} tanpa tanda kutip.", shown=shown.lstrip("+")
        )
    return said(
        "Write a JSON number without quotation marks, such as {example}.",
        "Tulis bilangan JSON tanpa tanda kutip, misalnya {example}.",
        example=example,
    )


def _whole(value: object) -> None:
    if isinstance(value, float):
        raise _mistyped(
            said("This number has a decimal point.", "Bilangan ini memakai titik desimal."),
            said(
                "Write a whole number in digits alone: a thousand is 1000.",
                "Tulis bilangan bulat dengan angka saja: seribu adalah 1000.",
            ),
        )
    if isinstance(value, bool) or not isinstance(value, int):
        raise _mistyped(
            said("This is {kind}, not a number.", "Ini {kind}, bukan bilangan.", kind=_kind(value)),
            _digits(value, example="1200"),
        )


def _number(value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise _mistyped(
            said("This is {kind}, not a number.", "Ini {kind}, bukan bilangan.", kind=_kind(value)),
            _digits(value, example="0.85"),
        )


def _flag(value: object) -> None:
    if not isinstance(value, bool):
        raise _mistyped(
            said("This is {kind}, not true or false.", "Ini {kind}, bukan true atau false.", kind=_kind(value)),
            said("Write true or false without quotation marks.", "Tulis true atau false tanpa tanda kutip."),
        )


def _written_date(value: object) -> None:
    # Bare numbers, in quotation marks or not, would be taken for seconds since 1970.
    if not isinstance(value, date) and not (isinstance(value, str) and _DATE.fullmatch(value)):
        raise _mistyped(
            said("This is no date.", "Ini bukan tanggal."),
            said("Write the date as YYYY-MM-DD.", "Tulis tanggal sebagai TTTT-BB-HH, misalnya 2023-11-20."),
        )


def _written_moment(value: object) -> None:
    if not isinstance(value, datetime) and not (isinstance(value, str) and _MOMENT.fullmatch(value)):
        raise _mistyped(
            said("This is no moment.", "Ini bukan tanggal dan jam."),
            said(
                "Write it with its offset, as in 2023-11-14T08:00:00+07:00.",
                "Tulis lengkap dengan selisih waktunya, misalnya 2023-11-14T08:00:00+07:00.",
            ),
        )


_CHECKS = {
    int: _whole,
    float: _number,
    Decimal: _number,
    bool: _flag,
    date: _written_date,
    datetime: _written_moment,
}
