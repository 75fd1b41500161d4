"""Kabupaten Serang at the end of June 2024, forecast with its example folder and held against what came of it.

The counters' rate in the folder was assumed with the counts of 2024 and 2025 in mind, so what follows tests how wide
and how honest the interval is, not where it lies."""

from datetime import date

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.commands.folders import load_example
from app.districts.models import ReportedFigure, TargetOwner
from app.schedules.models import Schedule
from tests.app.months.back_test import (
    AUGUST,
    EVENING,
    FOLDER,
    FRIDAY,
    JULY,
    KNOWN_LATER,
    YEAR_END_BETWEEN_COUNTS,
    band_on,
    publish_plan,
    recounted_in_august,
    said_in_june,
)
from tests.app.schedules.conftest import plan_now


@pytest.fixture
def serang(session: Session, job_tables: None) -> Session:
    load_example(session, FOLDER, now=EVENING)
    return session


def plan_plainly(session: Session, schedule: Schedule) -> Schedule:
    return plan_now(session, schedule, now=EVENING)


@pytest.mark.parametrize(
    ("owner", "target"), [(TargetOwner.DISTRICT, 600_000), (TargetOwner.MINISTRY, 360_000)], ids=["50 %", "30 %"]
)
def test_both_targets_are_said_to_be_less_likely_than_one_in_a_hundred(
    serang: Session, owner: TargetOwner, target: int
) -> None:
    publish_plan(serang, JULY, plan_plainly)
    told = said_in_june(serang, owner=owner)
    assert told.target_count == target
    for line in (told.published, told.as_now):
        assert line is not None
        assert line.probability_of_target.shown["en"] == "< 1%"
        assert line.never == 1


def test_count_of_august_is_more_than_the_counters_alone_were_said_to_bring(serang: Session) -> None:
    assert band_on(said_in_june(serang), AUGUST).p95 < KNOWN_LATER


def test_count_of_august_lies_within_what_four_teams_with_a_visit_a_day_were_said_to_bring(serang: Session) -> None:
    publish_plan(serang, JULY, plan_plainly)
    band = band_on(said_in_june(serang), AUGUST)
    assert band.p05 <= KNOWN_LATER <= band.p95


def test_year_end_between_the_counts_known_later_lies_within_the_interval(serang: Session) -> None:
    at_deadline = said_in_june(serang).published.at_deadline
    assert at_deadline.p05 <= YEAR_END_BETWEEN_COUNTS <= at_deadline.p95


def test_figures_printed_later_change_nothing_that_was_said_in_june(serang: Session) -> None:
    told = said_in_june(serang)
    serang.execute(delete(ReportedFigure).where(ReportedFigure.reported_on > FRIDAY))
    assert said_in_june(serang) == told


def test_count_of_june_is_that_of_january(serang: Session) -> None:
    assert said_in_june(serang).counted_up_to == date(2024, 1, 31)


def test_count_of_august_does_not_teach_the_rate_of_july(serang: Session) -> None:
    """What was printed in January as well leaves five thousand people for half a year, not for five weeks."""
    at_deadline = recounted_in_august(serang).published.at_deadline
    assert at_deadline.p05 <= YEAR_END_BETWEEN_COUNTS <= at_deadline.p95
    assert said_in_june(serang).counted_up_to == date(2024, 1, 31)
