"""Doubts about places with counters: more people than their staff can serve, and people who are counted twice."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.districts.counters.days import Counters
from app.districts.models import District
from app.reports import service as reports
from app.reports.counter_doubts import counter_doubts
from tests.factories import (
    make_counter_place,
    make_district,
    make_issuing_figures,
    make_target,
    make_team,
    make_walk_ins,
)

DAY = date(2023, 11, 14)


@pytest.fixture
def district(session: Session) -> District:
    district = make_district(session)
    make_team(session, code="TIM-1", minutes_per_activation=8)
    make_team(session, code="TIM-2", minutes_per_activation=10)
    make_team(session, code="TIM-3", minutes_per_activation=30)
    return district


def doubts(session: Session, district: District, document: str = "ikd") -> dict[str, str]:
    found = counter_doubts(session, district.code, Counters(session, district, document), on=DAY)
    return {warning.code: warning.message["en"] for warning in found}


@pytest.mark.parametrize(
    ("rate", "fields", "is_doubted"),
    [
        # Two operators, six hours, ten minutes each: 72 people.
        (72, {"windows": "mon-fri 09:00-15:00", "staff": 2}, False),
        (73, {"windows": "mon-fri 09:00-15:00", "staff": 2}, True),
        # On average over its open days, 66.
        (72, {"windows": "mon-fri 09:00-15:00; sat 09:00-12:00", "staff": 2}, True),
        (1, {"windows": "mon-fri 09:00-15:00", "staff": 0}, True),
        (900, {"windows": "mon-fri 09:00-15:00"}, False),
        (900, {"staff": 2}, False),
        (900, {"windows": "mon-fri 09:00-15:00", "staff": 2, "ends_on": date(2023, 11, 13)}, False),
    ],
)
def test_a_rate_is_doubted_where_its_staff_cannot_serve_so_many_in_its_hours(
    session: Session, district: District, rate: int, fields: dict[str, Any], is_doubted: bool
) -> None:
    make_counter_place(session, "UPT", rate, **fields)
    assert ("counter_rate_above_staff" in doubts(session, district)) == is_doubted


def test_other_documents_take_as_long_as_the_district_says(session: Session, district: District) -> None:
    make_issuing_figures(session, "kia", minutes=60)
    rates = [{"document": "kia", "starts_on": None, "per_open_day": 13}]
    make_counter_place(session, "UPT", windows="mon-fri 09:00-15:00", staff=2, rates=rates)
    assert "more than the 12 that 2 operators" in doubts(session, district, "kia")["counter_rate_above_staff"]
    assert doubts(session, district) == {}


@pytest.mark.parametrize(("general", "is_doubted"), [(100, True), (85, True), (80, False), (120, False), (0, False)])
def test_a_general_rate_of_about_what_the_places_bring_is_doubted(
    session: Session, district: District, general: int, is_doubted: bool
) -> None:
    make_counter_place(session, "A", 60)
    make_counter_place(session, "B", 40)
    make_walk_ins(session, date(2023, 11, 1), general)
    assert ("counters_counted_twice" in doubts(session, district)) == is_doubted


def test_progress_tells_the_doubts_and_counts_every_part(session: Session, district: District) -> None:
    make_target(session, as_of=date(2023, 11, 13), deadline=date(2023, 11, 25))
    make_counter_place(session, "A", 60, provenance={"rates": "assumed"})
    make_counter_place(session, "MPP", 20, windows="mon-fri 09:00-15:00; sat 09:00-12:00")
    make_walk_ins(session, date(2023, 11, 1), 80, provenance="given")
    told = reports.progress(session, district, "ikd", on=DAY)
    assert {"counters_counted_twice", "place_walk_ins_assumed"} <= {warning.code for warning in told.warnings}
    assert "walk_ins_unknown" not in {warning.code for warning in told.warnings}
    # Eight working days of 160, two Saturdays of 20.
    assert told.walk_ins_expected == 8 * 160 + 2 * 20
    assert told.estimated.walk_ins_expected == 160
