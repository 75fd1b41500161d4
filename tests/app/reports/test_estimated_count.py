"""The count as it must be by now: the official one, results and walk-ins since; nothing counted twice or lost."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.districts.models import District, OfficialCount, WalkInCount
from app.districts.targets.official_counts import keep_count
from app.districts.targets.service import get_target
from app.estimates.walk_ins import WalkInStretch, fit_walk_ins
from app.reports.estimated_count import EstimatedCount, whole_by_date
from app.reports.progress import Progress
from app.reports.service import progress
from app.schedules.models import Visit
from app.schedules.standing_results import HELD_SHARE, KnownVisit
from tests.factories import (
    make_district,
    make_figure,
    make_result,
    make_schedule,
    make_site,
    make_target,
    make_team,
    make_visit,
    make_walk_ins,
)

FRIDAY = date(2023, 11, 17)


@pytest.fixture
def district(session: Session) -> District:
    """Lubuklinggau, counted on Monday, 13 November: 4,015 people."""
    district = make_district(session)
    keep_count(session, make_target(session))
    return district


@pytest.fixture
def visits(session: Session, district: District) -> list[Visit]:
    """One visit on each day from Tuesday to Thursday, of which 50 people each are expected."""
    schedule, team = make_schedule(session), make_team(session)
    return [
        make_visit(
            session, schedule, team, make_site(session),
            starts_at=datetime(2023, 11, day, 2, tzinfo=UTC), expected_activations=50,
        )
        for day in (14, 15, 16)
    ]  # fmt: skip


def on(session: Session, district: District, day: date = FRIDAY) -> Progress:
    return progress(session, district, "ikd", on=day)


def recount(session: Session, activated: int, as_of: date) -> None:
    target = get_target(session, "16.73", "ikd")
    target.activated, target.as_of = activated, as_of
    keep_count(session, target)
    session.flush()


def parts(estimated: EstimatedCount) -> tuple[int, int, int, int]:
    return (
        estimated.results,
        estimated.unreported_expected,
        estimated.walk_ins_counted,
        estimated.walk_ins_expected,
    )


def test_count_is_the_official_one_and_every_part_that_came_since(
    session: Session, district: District, visits: list[Visit]
) -> None:
    make_walk_ins(session, date(2023, 11, 1), 60)
    session.add(WalkInCount(district_code="16.73", document="ikd", day=date(2023, 11, 15), activated=25))
    make_result(session, visits[0], activated=36)
    make_result(session, visits[1], outcome="not_held", served=0, activated=0)
    estimated = on(session, district).estimated
    # The rate that plans and forecasts take: one counted day has brought it down from the 60 given.
    rate = fit_walk_ins([WalkInStretch(working_days=1, activated=25)], given=60).mean
    assert 25 < rate < 60
    assert parts(estimated) == (36, int(50 * HELD_SHARE), 25, int(3 * rate))
    assert (estimated.counted, estimated.counted_up_to, estimated.reported_visits, estimated.unreported_visits) == (
        4_015,
        date(2023, 11, 13),
        2,
        1,
    )
    assert estimated.activated == 4_015 + sum(parts(estimated))
    assert estimated.gap == 42_004 - estimated.activated


def test_recount_takes_over_what_lies_before_it(session: Session, district: District, visits: list[Visit]) -> None:
    for visit in visits:
        make_result(session, visit, activated=36)
    before = on(session, district).estimated.activated
    recount(session, 4_015 + 2 * 36, date(2023, 11, 15))
    after = on(session, district)
    assert after.estimated.activated == before
    assert after.estimated.results == 36
    assert [(stretch.first.day, stretch.last.day, stretch.implied) for stretch in after.implied_walk_ins] == [
        (13, 15, 0)
    ]


def test_late_result_before_a_recount_adds_nothing_and_lowers_the_walk_ins(
    session: Session, district: District, visits: list[Visit]
) -> None:
    for visit in visits[1:]:
        make_result(session, visit, activated=36)
    recount(session, 4_200, date(2023, 11, 16))
    before = on(session, district, date(2023, 11, 16))
    make_result(session, visits[0], activated=40)
    after = on(session, district, date(2023, 11, 16))
    assert after.estimated.activated == before.estimated.activated == 4_200
    fell = before.implied_walk_ins[0].implied - after.implied_walk_ins[0].implied
    assert fell == 40 - int(50 * HELD_SHARE)


def test_rate_that_nobody_gave_is_taken_from_the_counts_and_said_to_be(
    session: Session, district: District, visits: list[Visit]
) -> None:
    assert "walk_ins_unknown" in {warning.code for warning in on(session, district).warnings}
    recount(session, 4_315, date(2023, 11, 16))
    progress = on(session, district)
    left = progress.implied_walk_ins[0].implied
    assert progress.estimated.walk_ins_expected == left // 3
    [note] = [warning for warning in progress.warnings if warning.code.startswith("walk_ins_")]
    assert note.code == "walk_ins_not_given"
    assert f"{round(left / 3)} per working day" in note.message["en"]


def test_same_number_on_a_later_day_is_of_the_first_day(
    session: Session, district: District, visits: list[Visit]
) -> None:
    make_result(session, visits[0], activated=36)
    recount(session, 4_015, FRIDAY)
    progress = on(session, district)
    assert progress.estimated.counted_up_to == date(2023, 11, 13)
    assert progress.estimated.results == 36
    assert progress.implied_walk_ins == ()


def test_count_that_was_printed_earlier_leaves_the_counters_all_the_days_since(
    session: Session, district: District, visits: list[Visit]
) -> None:
    make_figure(session, "activated", "4015", reported_on=date(2023, 11, 3))
    # A number of a day or two before is the same count, told a little earlier.
    make_figure(session, "activated", "4115", reported_on=date(2023, 11, 15))
    early = make_visit(
        session, make_schedule(session), make_team(session), make_site(session),
        starts_at=datetime(2023, 11, 7, 2, tzinfo=UTC),
    )  # fmt: skip
    make_result(session, early, activated=30)
    assert on(session, district, date(2023, 11, 13)).estimated.results == 30
    recount(session, 4_115, FRIDAY)
    [stretch] = on(session, district).implied_walk_ins
    assert (stretch.first, stretch.last) == (date(2023, 11, 3), FRIDAY)
    # One visit held of one: 15 in 16 visits, and 20 in 21 days, are thought to be.
    expected = int(30 + 150 * 15 / 16 * 20 / 21)
    assert (stretch.counted, stretch.results, stretch.implied) == (100, expected, 100 - expected)


def test_count_that_grew_by_less_than_the_visits_won_is_doubted_and_not_averaged(
    session: Session, district: District, visits: list[Visit]
) -> None:
    for visit in visits:
        make_result(session, visit, activated=36)
    recount(session, 4_100, date(2023, 11, 16))
    progress = on(session, district)
    assert progress.implied_walk_ins[0].implied == 4_100 - 4_015 - 3 * 36
    doubt = next(warning for warning in progress.warnings if warning.code == "count_below_results")
    assert "rose by 85, but visits report 108" in doubt.message["en"]
    assert progress.estimated.activated == 4_100


def test_correction_changes_every_figure_as_if_it_had_come_first(
    session: Session, district: District, visits: list[Visit]
) -> None:
    slip = make_result(session, visits[0], served=400, activated=360)
    slip.stands = False
    session.flush()
    make_result(session, visits[0], corrects_id=slip.id, activated=36)
    assert on(session, district).estimated.results == 36


def test_visits_unreported_for_three_days_are_named(session: Session, district: District, visits: list[Visit]) -> None:
    assert "results_missing" not in {warning.code for warning in on(session, district, date(2023, 11, 16)).warnings}
    warning = next(doubt for doubt in on(session, district).warnings if doubt.code == "results_missing")
    assert warning.message["en"].startswith("1 visit without a report, over for 3 days or more")
    for visit in visits:
        make_result(session, visit)
    assert "results_missing" not in {warning.code for warning in on(session, district).warnings}


def test_target_set_with_the_count_of_an_earlier_day_takes_the_later_one_back(
    session: Session, district: District
) -> None:
    recount(session, 5_000, date(2023, 12, 1))
    recount(session, 4_050, date(2023, 11, 20))
    days = session.query(OfficialCount.as_of).order_by(OfficialCount.as_of).all()
    assert [day for (day,) in days] == [date(2023, 11, 13), date(2023, 11, 20)]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 90), st.booleans()), max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_part_of_a_person_is_lost_by_date(days: list[tuple[int, int, bool]]) -> None:
    visits = [known(day, expected, is_over=is_over) for day, expected, is_over in days]
    whole = whole_by_date(visits)
    assert sum(whole.values()) == int(sum(visit.won for visit in sorted(visits, key=lambda visit: visit.date)) + 1e-9)
    assert min(whole.values(), default=0) >= 0


def known(day: int, expected: int, *, is_over: bool) -> KnownVisit:
    at = datetime(2023, 11, 1, 2, tzinfo=UTC) + timedelta(days=day)
    return KnownVisit(
        id=1, uid=uuid.UUID(int=1), document="ikd", team_id=1, site_id=1, date=at.date(), starts_at=at,
        service_minutes=60, expected_activations=expected, pinned=False, is_over=is_over, outcome=None, activated=None,
    )  # fmt: skip


def test_result_of_the_day_of_the_count_is_in_the_count(session: Session, district: District) -> None:
    visit = make_visit(
        session, make_schedule(session), make_team(session), make_site(session),
        starts_at=datetime(2023, 11, 13, 2, tzinfo=UTC),
    )  # fmt: skip
    make_result(session, visit)
    assert on(session, district).estimated.activated == 4_015
