import csv
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.districts.models import District, Target
from app.districts.service import get_target
from app.errors import NotFound
from app.reports.progress import Progress
from app.reports.readings import per_day
from app.reports.service import progress
from app.schedules.standing_results import HELD_SHARE
from tests.factories import (
    load_document,
    make_district,
    make_figure,
    make_local_day,
    make_schedule,
    make_site,
    make_target,
    make_team,
    make_visit,
    make_walk_ins,
)

ON = date(2023, 11, 13)
# Base, percentage, count, day of the count, deadline; then target count, gap, working days, per working day.
DISTRICTS = {
    "16.73": (168_015, "25", 4_015, ON, date(2023, 12, 31), 42_004, 37_989, 32, 1_188),
    "36.04": (1_200_000, "50", 31_000, date(2024, 6, 27), date(2024, 12, 31), 600_000, 569_000, 129, 4_411),
    "65": (520_000, "30", 46_332, date(2024, 6, 9), date(2024, 12, 31), 156_000, 109_668, 141, 778),
    "32.01": (3_889_441, "30", 58_342, date(2024, 2, 29), date(2024, 12, 31), 1_166_833, 1_108_491, 198, 5_599),
    "17.71": (280_158, "30", 64_436, date(2024, 2, 21), date(2024, 12, 31), 84_048, 19_612, 204, 97),
}


def report(session: Session, district: District, *, on: date = ON, **options: Any) -> Progress:
    return progress(session, district, "ikd", on=on, **options)


def codes(reported: Progress) -> set[str]:
    return {warning.code for warning in reported.warnings}


def lubuklinggau(session: Session, **fields: Any) -> tuple[District, Target]:
    return make_district(session), make_target(session, **fields)


@pytest.mark.parametrize("code", DISTRICTS)
def test_figures_of_the_five_districts(session: Session, code: str) -> None:
    people, percent, activated, as_of, deadline, count, gap, days, required = DISTRICTS[code]
    district = make_district(session, code)
    make_target(
        session,
        code,
        target_percent=Decimal(percent),
        eligible_people=people,
        activated=activated,
        as_of=as_of,
        deadline=deadline,
    )
    reported = report(session, district, on=as_of)
    assert (reported.target_count, reported.gap, reported.working_days_left, reported.required_per_working_day) == (
        count,
        gap,
        days,
        required,
    )


def test_walk_ins_shrink_what_outreach_must_win(session: Session) -> None:
    district, _ = lubuklinggau(session)
    make_walk_ins(session, date(2023, 11, 1), 100)
    make_walk_ins(session, date(2023, 12, 1), 200)
    reported = report(session, district)
    days_in_november, days_in_december = 13, 19
    assert reported.walk_ins_expected == 100 * days_in_november + 200 * days_in_december
    assert reported.outreach_gap == 37_989 - reported.walk_ins_expected
    assert reported.outreach_required_per_working_day == -(-reported.outreach_gap // 32)
    assert reported.required_per_working_day == 1_188


def test_walk_ins_above_the_gap_leave_nothing_to_win(session: Session) -> None:
    district, _ = lubuklinggau(session)
    make_walk_ins(session, date(2023, 11, 1), 5_000)
    reported = report(session, district)
    assert (reported.outreach_gap, reported.outreach_required_per_working_day) == (0, 0)
    assert reported.forecasts[0].crosses_on == date(2023, 11, 23)
    assert reported.forecasts[0].short_by == 0


def test_counter_alone_leaves_bengkulu_short_by_some_7400(session: Session) -> None:
    people, percent, activated, as_of, deadline, *_ = DISTRICTS["17.71"]
    district = make_district(session, "17.71")
    make_target(
        session,
        "17.71",
        target_percent=Decimal(percent),
        eligible_people=people,
        activated=activated,
        as_of=as_of,
        deadline=deadline,
    )
    make_walk_ins(session, date(2024, 2, 22), 60, district_code="17.71")
    reported = report(session, district, on=as_of)
    assert reported.outreach_gap == 7_372
    assert round(reported.forecasts[0].activated_by_deadline * 100 / people, 1) == 27.4


def test_days_off_raise_what_each_day_must_bring(session: Session) -> None:
    district, _ = lubuklinggau(session)
    make_local_day(session, date(2023, 11, 15), is_working=False)
    reported = report(session, district)
    assert (reported.working_days_left, reported.required_per_working_day) == (31, 1_226)


def test_a_deadline_gone_by_leaves_no_rate_and_says_so(session: Session) -> None:
    district, _ = lubuklinggau(session)
    reported = report(session, district, on=date(2024, 1, 5))
    assert (reported.working_days_left, reported.required_per_working_day) == (0, None)
    assert (reported.walk_ins_expected, reported.outreach_gap) == (0, 37_989)
    assert "deadline_passed" in codes(reported)
    assert [point.working_days for point in reported.required_line] == [0]


def test_the_last_day_leaves_no_working_day(session: Session) -> None:
    district, _ = lubuklinggau(session)
    reported = report(session, district, on=date(2023, 12, 29))
    assert (reported.working_days_left, reported.required_per_working_day) == (0, None)
    assert "no_working_days_left" in codes(reported)


def test_a_target_reached_needs_nothing_more_even_after_the_deadline(session: Session) -> None:
    district, _ = lubuklinggau(session, activated=42_004)
    for day in (ON, date(2024, 2, 1)):
        reported = report(session, district, on=day)
        assert (reported.gap, reported.required_per_working_day, reported.outreach_required_per_working_day) == (
            0,
            0,
            0,
        )
        assert "target_reached" in codes(reported)
        assert reported.forecasts[0].crosses_on == ON
    assert "deadline_passed" not in codes(reported)


def test_a_count_without_a_base_has_a_gap_and_no_percentage(session: Session) -> None:
    district, _ = lubuklinggau(session, target_percent=None, target_count=42_000, eligible_people=None)
    reported = report(session, district)
    assert (reported.gap, reported.activated_percent, reported.eligible_people) == (37_985, None, None)
    assert "base_missing" in codes(reported)


def test_growth_is_refused_from_two_identical_counts(session: Session) -> None:
    district, _ = lubuklinggau(session)
    make_figure(session, "activated", "4015", reported_on=date(2023, 11, 3))
    reported = report(session, district)
    assert (reported.growth.per_working_day, reported.growth.refused) == (None, "count_unchanged")
    assert "count_unchanged" in codes(reported)
    assert [forecast.basis for forecast in reported.forecasts] == ["walk_ins_and_published_visits"]


def test_growth_between_two_counts_gives_a_second_forecast(session: Session) -> None:
    district, _ = lubuklinggau(session)
    make_figure(session, "activated", "3515", reported_on=date(2023, 11, 6))
    reported = report(session, district)
    assert (reported.growth.per_working_day, reported.growth.first, reported.growth.last) == (
        100.0,
        date(2023, 11, 6),
        ON,
    )
    pace = reported.forecasts[1]
    assert (pace.basis, pace.activated_by_deadline, pace.short_by) == ("recent_pace", 7_215, 34_789)
    assert pace.crosses_on is None


def test_growth_says_why_it_is_refused(session: Session) -> None:
    district, target = lubuklinggau(session)
    assert report(session, district).growth.refused == "one_count"
    make_figure(session, "activated", "5000", reported_on=date(2023, 11, 6))
    assert report(session, district).growth.refused == "count_fell"
    target.as_of = date(2023, 11, 5)
    target.activated = 6_000
    make_figure(session, "activated", "5900", reported_on=date(2023, 11, 4))
    assert report(session, district, on=date(2023, 11, 5)).growth.refused == "no_working_day"


def test_required_line_is_straight_and_ends_at_the_target(session: Session) -> None:
    district, _ = lubuklinggau(session)
    make_walk_ins(session, date(2023, 11, 1), 10)
    line = report(session, district).required_line
    assert [point.date for point in line[:3]] == [ON, date(2023, 11, 17), date(2023, 11, 24)]
    assert line[0].required_activated == line[0].expected_activated == 4_015
    assert line[1].required_activated == 4_015 + -(-37_989 * 4 // 32)
    assert (line[-1].date, line[-1].working_days) == (date(2023, 12, 29), 32)
    assert (line[-1].required_activated, line[-1].expected_activated) == (42_004, 4_335)


def test_required_line_is_the_same_whatever_day_is_asked_about(session: Session) -> None:
    district, _ = lubuklinggau(session)
    early = report(session, district).required_line
    late = report(session, district, on=date(2023, 11, 24)).required_line
    # Nine of the 32 working days have passed since the count.
    assert late[0].required_activated == 4_015 + -(-37_989 * 9 // 32)
    needed = {point.date: point.required_activated for point in early}
    assert all(needed[point.date] == point.required_activated for point in late)
    assert late[-1].required_activated == 42_004


def test_a_long_line_has_a_point_a_month(session: Session) -> None:
    district, _ = lubuklinggau(session, deadline=date(2026, 12, 31))
    assert len(report(session, district).required_line) <= 40


def test_published_visits_count_in_the_forecast_and_drafts_do_not(session: Session) -> None:
    district, _ = lubuklinggau(session)
    schedule, site, team = make_schedule(session), make_site(session), make_team(session)
    for day, in_force in ((14, True), (15, False), (16, True)):
        start = datetime(2023, 11, day, 2, tzinfo=UTC)
        make_visit(
            session,
            schedule,
            team,
            site,
            date=date(2023, 11, day),
            arrives_at=start,
            starts_at=start,
            ends_at=datetime(2023, 11, day, 4, tzinfo=UTC),
            expected_activations=50,
            in_force=in_force,
        )
    assert report(session, district).planned_activations == 100
    assert report(session, district).forecasts[0].activated_by_deadline == 4_115
    later = report(session, district, on=date(2023, 11, 14))
    assert later.planned_activations == 50
    # The visit of that day is over and unreported: it may have been lost.
    assert later.forecasts[0].activated_by_deadline == 4_015 + int(50 * HELD_SHARE + 50)


def test_both_owners_targets_are_reported(session: Session) -> None:
    people, _, activated, as_of, deadline, *_ = DISTRICTS["36.04"]
    district = make_district(session, "36.04")
    for owner, percent in (("district", 50), ("ministry", 30)):
        make_target(
            session,
            "36.04",
            owner=owner,
            target_percent=Decimal(percent),
            eligible_people=people,
            activated=activated,
            as_of=as_of,
            deadline=deadline,
        )
    reported = report(session, district, on=as_of)
    (other,) = reported.other_targets
    assert (reported.owner, reported.gap, other.owner, other.gap, other.required_per_working_day) == (
        "district",
        569_000,
        "ministry",
        329_000,
        2_551,
    )
    assert {"targets_contradict", "local_above_national"} <= codes(reported)
    ministry = report(session, district, on=as_of, owner="ministry")
    assert (ministry.gap, ministry.other_targets[0].gap) == (329_000, 569_000)


def test_each_base_has_its_own_reading(session: Session) -> None:
    people, percent, activated, as_of, deadline, *_ = DISTRICTS["32.01"]
    district = make_district(session, "32.01")
    make_target(
        session,
        "32.01",
        target_percent=Decimal(percent),
        eligible_people=people,
        eligible_base="ktp_holders",
        activated=activated,
        as_of=as_of,
        deadline=deadline,
    )
    make_figure(session, "eligible_people", "3990000", district_code="32.01", eligible_base="wajib_ktp")
    make_figure(session, "eligible_people", "5700000", district_code="32.01", eligible_base="residents")
    reported = report(session, district, on=as_of)
    assert [(r.kind, r.target_count, r.gap, r.required_per_working_day) for r in reported.readings] == [
        ("base", 1_197_000, 1_138_658, 5_751),
        ("base", 1_710_000, 1_651_658, 8_342),
    ]


def test_unknown_base_gives_a_range(session: Session) -> None:
    people, percent, activated, as_of, deadline, *_ = DISTRICTS["65"]
    district = make_district(session, "65")
    make_target(
        session,
        "65",
        target_percent=Decimal(percent),
        eligible_people=people,
        activated=activated,
        as_of=as_of,
        deadline=deadline,
        provenance={"eligible_people": "assumed"},
    )
    make_figure(session, "percent", "8.91", district_code="65", reported_on=as_of)
    make_figure(session, "eligible_people", "487396", district_code="65", eligible_base="wajib_ktp")
    reported = report(session, district, on=as_of)
    (reading,) = reported.readings
    assert (reading.gap, reading.required_per_working_day, reported.required_per_working_day) == (102_792, 730, 778)
    assert {"base_assumed", "bases_differ"} <= codes(reported)


def test_a_target_count_taken_for_a_base_is_read_as_last_years(session: Session) -> None:
    people, percent, activated, as_of, deadline, *_ = DISTRICTS["17.71"]
    district = make_district(session, "17.71")
    make_target(
        session,
        "17.71",
        target_percent=Decimal(percent),
        eligible_people=people,
        activated=activated,
        as_of=as_of,
        deadline=deadline,
    )
    make_figure(session, "eligible_people", "67802", district_code="17.71")
    make_figure(session, "percent", "23", district_code="17.71", reported_on=as_of)
    (reading,) = report(session, district, on=as_of).readings
    assert (reading.eligible_people, reading.gap, reading.required_per_working_day) == (271_208, 18_985, 94)


def test_another_deadline_has_its_own_reading(session: Session) -> None:
    district, _ = lubuklinggau(session)
    make_figure(session, "deadline", "2024-03-31")
    (reading,) = report(session, district).readings
    assert (reading.kind, reading.deadline, reading.gap) == ("deadline", date(2024, 3, 31), 37_989)
    assert reading.required_per_working_day == -(-37_989 // reading.working_days_left)


def test_unknown_and_assumed_walk_ins_are_noted(session: Session) -> None:
    district, _ = lubuklinggau(session)
    assert "walk_ins_unknown" in codes(report(session, district))
    make_walk_ins(session, date(2023, 11, 1), 60)
    assert "walk_ins_assumed" in codes(report(session, district))


def test_calendar_doubts_are_part_of_the_report(session: Session) -> None:
    district, _ = lubuklinggau(session, deadline=date(2028, 12, 31))
    assert {"holidays_estimated", "joint_leave_unknown"} <= codes(report(session, district))


def test_a_document_without_a_target_is_not_found(session: Session) -> None:
    district, _ = lubuklinggau(session)
    with pytest.raises(NotFound, match="Set one with PUT"):
        progress(session, district, "kia", on=ON)


@pytest.mark.parametrize(
    ("people", "days", "each"), [(0, 0, 0), (0, 5, 0), (1, 0, None), (1, 5, 1), (37_989, 32, 1_188), (64, 32, 2)]
)
def test_people_per_day_are_rounded_up_and_never_divided_by_zero(people: int, days: int, each: int | None) -> None:
    assert per_day(people, days) == each


# The contradictions that the newspapers of each district hold, and what each working day must bring.
EXAMPLES = {
    "16.73": ({"count_unchanged", "deadline_restated", "target_rounded"}, 1_188),
    "36.04": ({"percent_mismatch", "count_unchanged", "targets_contradict", "local_above_national"}, 4_411),
    "65": ({"base_assumed", "bases_differ"}, 778),
    "65.03": ({"base_assumed", "bases_differ"}, 230),
    "65.71": ({"base_assumed", "bases_differ"}, 258),
    "32.01": ({"bases_differ"}, 5_599),
    "17.71": ({"target_count_as_base", "dateline_year_doubtful"}, 97),
}


@pytest.mark.parametrize("code", EXAMPLES)
def test_examples_show_the_contradictions_of_their_articles(session: Session, code: str) -> None:
    (folder,) = Path(__file__).parents[3].glob(f"examples/{code}-*")
    areas = folder / "areas.csv"
    # A province that plans nothing itself has none.
    rows = list(csv.DictReader(areas.read_text(encoding="utf-8-sig").splitlines())) if areas.exists() else []
    district = load_document(session, json.loads((folder / "district.json").read_text()), rows)
    traps, required = EXAMPLES[code]
    reported = report(session, district, on=get_target(session, code, "ikd").as_of)
    assert traps <= codes(reported)
    assert reported.required_per_working_day == required
    assert (reported.growth.refused == "count_unchanged") == ("count_unchanged" in traps)
