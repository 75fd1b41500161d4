"""Forms as the requests of the API that they stand for: the same fields, the same refusals."""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from app.errors import InvalidRequest, summary_of, validation_problem

Model = TypeVar("Model", bound=BaseModel)


def filled(form: Mapping[str, str]) -> dict[str, str]:
    """The fields that somebody filled in: an empty one was not said."""
    return {name: value.strip() for name, value in form.items() if value.strip()}


def wholes(form: Mapping[str, str], names: Collection[str]) -> dict[str, Any]:
    """Whole numbers by name, of the fields that are filled in; what is none stays text, for the API to refuse."""
    said = filled(form)
    return {
        name: int(said[name]) if said[name].isascii() and said[name].isdigit() and len(said[name]) < 12 else said[name]
        for name in names
        if name in said
    }


def read_as(model: type[Model], values: Mapping[str, Any]) -> Model:
    """The request of the API; raises `InvalidRequest` with the API's own words for each field."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        problems = [
            validation_problem(found, pointer="/" + "/".join(str(part) for part in found["loc"]))
            for found in error.errors()
        ]
        raise InvalidRequest(summary_of(problems), problems=problems) from error
