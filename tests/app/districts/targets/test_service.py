from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry
from app.access.service import COMMAND_LINE
from app.districts import service as districts
from app.districts.counters.days import Counters
from app.districts.models import Document, Target, TargetOwner
from app.districts.targets.service import TargetValues, check_target, put_target, share_of
from app.errors import InvalidRequest, NotFound, PreconditionFailed, PreconditionRequired
from tests.factories import make_district, make_target, make_walk_ins

NOW = datetime(2023, 11, 13, 2, 0, tzinfo=UTC)


def values(**changes: object) -> TargetValues:
    fields: dict[str, object] = {
        "target_percent": Decimal(25),
        "eligible_people": 168_015,
        "activated": 4_015,
        "as_of": date(2023, 11, 13),
        "deadline": date(2023, 12, 31),
    }
    return TargetValues(**(fields | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("percent", "people", "count"),
    [
        ("25", 168_015, 42_004),
        ("50", 1_200_000, 600_000),
        ("30", 520_000, 156_000),
        ("30", 3_889_441, 1_166_833),
        ("30", 280_158, 84_048),
        ("99.4", 280_158, 278_478),
        ("100", 7, 7),
        ("0.001", 100_000, 1),
        ("0.001", 1, 1),
    ],
)
def test_target_count_is_the_percentage_of_the_base_rounded_up(percent: str, people: int, count: int) -> None:
    assert share_of(Decimal(percent), people) == count


@given(st.integers(1, 100_000), st.integers(1, 300_000_000))
def test_rounding_up_is_exact_for_every_percentage_and_base(thousandths: int, people: int) -> None:
    count = share_of(Decimal(thousandths) / 1000, people)
    assert (count - 1) * 100_000 < thousandths * people <= count * 100_000


def test_gap_of_lubuklinggau_is_37989(session: Session) -> None:
    make_district(session)
    assert districts.gap(make_target(session)) == 37_989


def test_gap_is_never_below_zero(session: Session) -> None:
    make_district(session)
    assert districts.gap(make_target(session, activated=50_000)) == 0


def test_a_count_without_a_base_is_a_target(session: Session) -> None:
    make_district(session)
    target = make_target(session, target_percent=None, target_count=42_000, eligible_people=None)
    assert districts.target_count(target) == 42_000


def test_last_people_of_the_id_card_target_are_117_of_the_count(session: Session) -> None:
    make_district(session, "17.71")
    target = make_target(
        session,
        "17.71",
        document="ktp_el",
        target_percent=Decimal("99.4"),
        eligible_people=280_158,
        activated=278_361,
        as_of=date(2024, 8, 25),
        deadline=date(2024, 12, 31),
    )
    assert districts.gap(target) == 117


@pytest.mark.parametrize(
    ("changes", "pointer", "said"),
    [
        ({"target_percent": None}, "/target_percent", "neither a percentage nor a count"),
        ({"eligible_people": None}, "/eligible_people", "has no base"),
        ({"target_count": 42_000}, "/target_count", "contradict"),
        ({"activated": 168_016}, "/activated", "more than the 168015 eligible"),
        ({"deadline": date(2023, 11, 12)}, "/deadline", "before the day of the count"),
        ({"target_percent": None, "target_count": 168_016}, "/target_count", "more than the 168015 eligible"),
    ],
)
def test_an_impossible_target_is_refused_with_field_value_and_mend(
    changes: dict[str, object], pointer: str, said: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        check_target(values(**changes))
    (problem,) = refused.value.problems
    assert problem.pointer == pointer
    assert said in problem.detail
    assert problem.mend
    if problem.pointer.removeprefix("/") in changes and problem.pointer not in ("/target_percent", "/eligible_people"):
        assert str(problem.value) == str(changes[problem.pointer.removeprefix("/")])


def test_every_wrong_figure_is_named_at_once() -> None:
    with pytest.raises(InvalidRequest) as refused:
        check_target(values(activated=200_000, deadline=date(2023, 1, 1)))
    assert [problem.pointer for problem in refused.value.problems] == ["/activated", "/deadline"]


def test_percent_and_count_that_agree_are_accepted() -> None:
    check_target(values(target_count=42_004))


def test_setting_a_target_again_takes_the_version_that_was_read(session: Session) -> None:
    make_district(session)
    put = {"actor": COMMAND_LINE, "now": NOW}
    target, is_new = put_target(session, "16.73", Document.IKD, values(), **put)
    assert (is_new, target.version) == (True, 1)
    with pytest.raises(PreconditionRequired):
        put_target(session, "16.73", Document.IKD, values(activated=4_100), **put)
    with pytest.raises(PreconditionFailed):
        put_target(session, "16.73", Document.IKD, values(activated=4_100), if_match='"7"', **put)
    target, is_new = put_target(session, "16.73", Document.IKD, values(activated=4_100), if_match='"1"', **put)
    assert (is_new, target.version, target.activated) == (False, 2, 4_100)


def test_two_owners_have_targets_of_their_own(session: Session) -> None:
    make_district(session)
    for owner, percent in ((TargetOwner.MINISTRY, 20), (TargetOwner.DISTRICT, 25)):
        put_target(
            session,
            "16.73",
            Document.IKD,
            values(owner=owner, target_percent=Decimal(percent)),
            actor=COMMAND_LINE,
            now=NOW,
        )
    assert districts.get_target(session, "16.73", "ikd").owner == "district"
    assert districts.get_target(session, "16.73", "ikd", owner="ministry").target_percent == 20


def test_without_a_target_of_its_own_the_ministrys_counts(session: Session) -> None:
    make_district(session)
    make_target(session, owner="ministry")
    assert districts.get_target(session, "16.73", "ikd").owner == "ministry"


def test_a_missing_target_says_how_to_set_one(session: Session) -> None:
    make_district(session)
    with pytest.raises(NotFound, match=r"PUT /v1/districts/16\.73/targets/kia"):
        districts.get_target(session, "16.73", Document.KIA)


def test_setting_a_target_leaves_a_trace(session: Session) -> None:
    make_district(session)
    put_target(session, "16.73", Document.IKD, values(), actor=COMMAND_LINE, now=NOW)
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.subject, entry.actor) == (
        "target.create",
        "target/16.73/ikd/district",
        "command line",
    )


def test_walk_ins_follow_the_rate_in_force_on_each_date(session: Session) -> None:
    district = make_district(session)
    make_walk_ins(session, date(2023, 11, 15), 40)
    make_walk_ins(session, date(2023, 11, 17), 5)
    first, last = date(2023, 11, 12), date(2023, 11, 18)
    days = Counters(session, district, "ikd").days(first, last)
    assert [(day.day.day, day.given) for day in days] == [(13, 0), (14, 0), (15, 40), (16, 40), (17, 5)]
    assert {day.given for day in Counters(session, district, "kia").days(first, last)} == {0}
    assert Counters(session, district, "ikd").days(last, first) == ()


def test_the_database_itself_refuses_a_percentage_without_a_base(session: Session) -> None:
    make_district(session)
    with pytest.raises(Exception, match="percent_has_base"):
        make_target(session, eligible_people=None)
    session.rollback()
    assert session.scalars(select(Target)).all() == []
