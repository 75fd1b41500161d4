import typing
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from app.access.models import Role
from app.strict_json import MISTYPED, StrictJson
from tests.app.conftest import AsRole
from tests.factories import make_district


class Everything(StrictJson):
    people: int | None = None
    share: Decimal = Decimal(0)
    metres: float = 0.0
    must: bool = False
    on: date | None = None
    at: datetime | None = None
    counts: list[int] = []  # noqa: RUF012 a field of a model, copied for each
    by_name: dict[str, int] = {}  # noqa: RUF012 the same


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("people", value) for value in ("84.000", "84", 84.0, True, [84])],
        *[("share", value) for value in ("0.5", "12,5", False, {})],
        *[("metres", value) for value in ("1.5", True)],
        *[("must", value) for value in (1, 0, "true", "ya", 1.0)],
        *[("on", value) for value in (1_699_833_600, "19675", 19_000.0, "2023-11-13T00:00:00", "13/11/2023")],
        *[("at", value) for value in (1_699_833_601, "1699833602")],
        ("counts", ["1"]),
        ("by_name", {"a": "1"}),
    ],
)
def test_no_value_changes_its_type(name: str, value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        Everything.model_validate({name: value})
    assert [(problem["type"], problem["loc"][0]) for problem in refused.value.errors()] == [(MISTYPED, name)]


def test_values_of_their_own_type_pass() -> None:
    read = Everything.model_validate(
        {"people": 84, "share": 0.5, "metres": 3, "must": True, "on": "2023-11-13", "at": "2023-11-13T08:00:00+07:00"}
    )
    assert (read.people, read.share, read.metres) == (84, Decimal("0.5"), 3)
    assert (read.must, read.on) == (True, date(2023, 11, 13))
    assert Everything.model_validate({"people": None, "on": None}).people is None


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Every model inside a type, those of its fields included."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from _models(field.annotation)
    for argument in typing.get_args(annotation):
        yield from _models(argument)


def _routes(router: Any) -> Iterator[APIRoute]:
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from _routes(route.original_router)


def test_every_request_body_of_the_api_keeps_the_types_of_its_values(api: FastAPI) -> None:
    models = {
        model
        for route in _routes(api)
        for annotation in typing.get_type_hints(route.endpoint).values()
        for model in _models(annotation)
        if model.__name__.endswith(("In", "Patch"))
    }
    assert len(models) > 15
    assert {model for model in models if not issubclass(model, StrictJson)} == set()


@pytest.mark.parametrize(
    ("language", "detail", "mend"),
    [
        ("en", "This is text, not a number.", "Write 84000 or 84, whichever is meant, without quotation marks."),
        ("id-ID,id;q=0.9", "Ini teks, bukan bilangan.", "Tulis 84000 atau 84, mana yang dimaksud, tanpa tanda kutip."),
    ],
)
def test_a_figure_in_quotation_marks_is_refused_with_pointer_value_and_both_readings(
    client: TestClient, session: Session, bearer: AsRole, language: str, detail: str, mend: str
) -> None:
    make_district(session)
    answer = client.put(
        "/v1/districts/16.73/targets/ikd",
        headers=bearer(Role.PLANNER, "16.73") | {"Accept-Language": language},
        json={
            "target_percent": 25,
            "eligible_people": "84.000",
            "eligible_base": "wajib_ktp",
            "activated": 0,
            "as_of": "2023-11-13",
            "deadline": "2023-12-31",
        },
    )
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"pointer": "/eligible_people", "detail": detail, "value": "84.000", "mend": mend}
    ]
