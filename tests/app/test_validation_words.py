from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from app.languages import Language, in_language, said, shape_of
from app.validation_words import words_of


class Kind(StrEnum):
    AGENCY = "agency"
    SCHOOL = "school"


def _odd(value: int) -> int:
    if value % 2 == 0:
        raise ValueError(said("It is {value}, not odd.", "Ini {value}, bukan ganjil.", value=value))
    return value


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid")

    count: int = Field(default=1, ge=1, le=9)
    share: float = Field(default=0.5, gt=0, lt=1)
    percent: Decimal = Field(default=Decimal(1), max_digits=6, decimal_places=3)
    name: str = Field(default="SDN", min_length=2, max_length=5)
    code: str = Field(default="16.73", pattern=r"^[0-9.]+$")
    kind: Kind = Kind.AGENCY
    mode: Literal["merge", "replace"] = "merge"
    flag: bool = True
    day: date = date(2023, 11, 14)
    moment: AwareDatetime = datetime.fromisoformat("2023-11-14T08:00:00+07:00")
    key: UUID = UUID(int=0)
    several: list[int] = Field(default=[1], min_length=1, max_length=2)
    odd: Annotated[int, AfterValidator(_odd)] = 1
    inner: "Inner | None" = None


class Inner(BaseModel):
    must: int


def told(**given: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        Request.model_validate(given)
    (found,) = refused.value.errors()
    return words_of(found)


@pytest.mark.parametrize(
    ("given", "indonesian"),
    [
        ({"inner": {}}, "Belum diisi."),
        ({"wish": 1}, "Isian ini tidak dikenal."),
        ({"count": "x"}, "Ini bukan bilangan bulat."),
        ({"count": 0}, "Tidak boleh kurang dari 1."),
        ({"count": 10}, "Tidak boleh lebih dari 9."),
        ({"share": 0}, "Harus lebih dari 0.0."),
        ({"share": 1}, "Harus kurang dari 1.0."),
        ({"share": "x"}, "Ini bukan bilangan."),
        ({"percent": "1.2345"}, "Paling banyak 3 angka di belakang koma."),
        ({"name": "S"}, "Terlalu pendek: sedikitnya 2 karakter."),
        ({"name": "SDN 10"}, "Terlalu panjang: paling banyak 5 karakter."),
        ({"name": 1}, "Ini bukan teks."),
        ({"code": "x"}, "Tidak sesuai dengan pola '^[0-9.]+$'."),
        ({"kind": "x"}, "Harus salah satu dari 'agency' atau 'school'."),
        ({"mode": "x"}, "Harus salah satu dari 'merge' atau 'replace'."),
        ({"flag": "x"}, "Harus true atau false."),
        ({"day": "x"}, "Ini bukan tanggal."),
        ({"moment": "x"}, "Ini bukan tanggal dan jam."),
        ({"moment": "2023-11-14T08:00:00"}, "Selisih waktunya belum ditulis, misalnya +07:00."),
        ({"key": "x"}, "Ini bukan UUID."),
        ({"several": 1}, "Ini bukan daftar."),
        ({"several": []}, "Sedikitnya 1 isian, sekarang 0."),
        ({"several": [1, 2, 3]}, "Paling banyak 2 isian, sekarang 3."),
        ({"inner": 1}, "Ini bukan objek."),
        ({"odd": 2}, "Ini 2, bukan ganjil."),
    ],
)
def test_what_the_framework_finds_is_said_in_indonesian(given: dict[str, Any], indonesian: str) -> None:
    assert in_language(told(**given), Language.INDONESIAN) == indonesian


def test_the_english_is_the_frameworks() -> None:
    assert told(count=0) == "Input should be greater than or equal to 1"
    assert told(odd=2) == "It is 2, not odd."


def test_findings_of_different_kinds_have_different_shapes() -> None:
    assert shape_of(told(count=0)) != shape_of(told(name="S"))


def test_a_finding_without_indonesian_keeps_its_english() -> None:
    assert words_of({"type": "frozen_field", "msg": "Field is frozen"}) == "Field is frozen"
