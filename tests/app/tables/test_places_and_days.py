from datetime import date

import pytest

from app.tables.bad_text import BadText
from app.tables.places_and_days import calendar_date, latitude, longitude


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("-3,2819", -3.2819),
        ("1e-05", 0.00001),
        ("3°17'S", -3.283333333),
        ("3° 17' 24\" LS", -3.29),
        ("3 17 24 LS", -3.29),
        ("S 3°17'", -3.283333333),
        ("3,28 LS", -3.28),
        ("2°30'U", 2.5),
        ("-3°30'", -3.5),
        ("3°17,5′ S", -3.291666667),
    ],
)
def test_a_latitude_is_read_as_people_write_it(text: str, degrees: float) -> None:
    assert latitude(text) == degrees


def test_a_longitude_is_read_as_people_write_it() -> None:
    assert longitude("102°54'BT") == longitude("102.9") == longitude("102 54 E") == 102.9


@pytest.mark.parametrize("text", ["inf", "3°61'S", "3°17'BT", "-3°17'S", "selatan", "3°17'24\"12", ""])
def test_what_are_no_degrees_is_refused_with_a_mend(text: str) -> None:
    with pytest.raises(BadText) as refused:
        latitude(text)
    assert refused.value.mend


@pytest.mark.parametrize(
    "text",
    ["2023-11-13", "13/11/2023", "13-11-2023", "13.11.2023", "13 November 2023", "13 Nov 2023"],
)
def test_a_date_is_read_as_people_write_it(text: str) -> None:
    assert calendar_date(text) == date(2023, 11, 13)


def test_the_day_comes_first() -> None:
    assert calendar_date("03/04/2023") == date(2023, 4, 3)
    assert calendar_date("17 Agustus 2023") == date(2023, 8, 17)


@pytest.mark.parametrize("text", ["2023-02-30", "20231120", "11/13/2023", "13/11/23", "13 Brumaire 2023", "kemarin"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(BadText):
        calendar_date(text)
