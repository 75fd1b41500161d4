"""Forms as the requests of the API that they stand for: the same fields, the same refusals."""

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from app.errors import FieldProblem, InvalidRequest, PreconditionFailed, problems_of, summary_of
from app.languages import said
from app.tables.bad_text import BadText
from app.tables.figures import plain_figure

Model = TypeVar("Model", bound=BaseModel)

_PLAIN = re.compile(r"-?[0-9]{1,15}(\.[0-9]{0,15})?")


def filled(form: Mapping[str, str]) -> dict[str, str]:
    """The fields that somebody filled in: an empty one was not said."""
    return {name: value.strip() for name, value in form.items() if value.strip()}


def filled_in(values: Mapping[str, object]) -> dict[str, object]:
    """The values of a new record that somebody gave: what was left empty is not said."""
    return {name: value for name, value in values.items() if value is not None}


def figure_of(name: str, written: str) -> Decimal | FieldProblem:
    """A figure as people write it, by the rule of files; what is none, or could be read two ways, is a problem."""
    try:
        plain = plain_figure(written[:100], frozenset())
    except BadText:
        return FieldProblem(
            pointer=f"/{name}",
            detail=said("{written!r} can be read in two ways.", "{written!r} dapat dibaca dua cara.", written=written),
            value=written,
            mend=said("Write a whole number in digits alone: 1500.", "Tulis bilangan bulat dengan angka saja: 1500."),
        )
    return Decimal(plain) if _PLAIN.fullmatch(plain) else _no_number(name, written)


def whole_of(name: str, written: str) -> int | FieldProblem:
    """The same of what is counted."""
    figure = figure_of(name, written)
    if isinstance(figure, FieldProblem):
        return figure
    return int(figure) if figure == figure.to_integral_value() else _no_number(name, written)


def _no_number(name: str, written: str) -> FieldProblem:
    return FieldProblem(
        pointer=f"/{name}",
        detail=said("{written!r} is no such number.", "{written!r} bukan bilangan seperti itu.", written=written[:40]),
        value=written,
        mend=said("Write it in digits: 12500000.", "Tulis dengan angka: 12500000."),
    )


def wholes(form: Mapping[str, str], names: Collection[str]) -> dict[str, int]:
    """Whole numbers by name, of the fields that are filled in; raises `InvalidRequest` with every one that is none."""
    said = filled(form)
    numbers = {name: whole_of(name, said[name]) for name in names if name in said}
    refuse_all([problem for problem in numbers.values() if isinstance(problem, FieldProblem)])
    return {name: number for name, number in numbers.items() if isinstance(number, int)}


def decimals(form: Mapping[str, str], names: Collection[str]) -> dict[str, Decimal]:
    """Figures that may have decimals, likewise."""
    said = filled(form)
    figures = {name: figure_of(name, said[name]) for name in names if name in said}
    refuse_all([problem for problem in figures.values() if isinstance(problem, FieldProblem)])
    return {name: figure for name, figure in figures.items() if isinstance(figure, Decimal)}


def refuse_all(problems: list[FieldProblem]) -> None:
    """Raise `InvalidRequest` with these, if there are any."""
    if problems:
        raise InvalidRequest(summary_of(problems), problems=problems)


def read_as(model: type[Model], values: Mapping[str, object]) -> Model:
    """The request of the API; raises `InvalidRequest` with the API's own words for each field."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        problems = problems_of(error)
        raise InvalidRequest(summary_of(problems), problems=problems) from error


def check_seen(form: Mapping[str, str], version: int) -> None:
    """Raise `PreconditionFailed` for a form that was shown before the record's last change, or does not say when."""
    if form.get("version") != str(version):
        raise PreconditionFailed(
            said(
                "Somebody else changed this meanwhile. Compare, and send yours again if it is right.",
                "Data ini sudah diubah orang lain. Bandingkan, lalu kirim lagi jika isian Anda yang benar.",
            )
        )
