from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.districts.models import ReportedFigure, Target
from app.districts.targets.data_honesty import warnings_about
from app.districts.targets.data_warning import DataWarning, Severity
from app.districts.targets.facts import facts_about, facts_from
from tests.factories import make_district, make_figure, make_target

ON = date(2023, 11, 13)


def warnings(session: Session, target: Target, *, on: date = ON) -> dict[str, DataWarning]:
    return {warning.code: warning for warning in warnings_about(facts_about(session, target, on=on))}


def lubuklinggau(session: Session, **fields: object) -> Target:
    make_district(session)
    return make_target(session, **fields)


def serang(session: Session, **fields: object) -> Target:
    make_district(session, "36.04")
    defaults: dict[str, object] = {
        "target_percent": Decimal(50),
        "eligible_people": 1_200_000,
        "eligible_base": "ktp_holders",
        "activated": 31_000,
        "as_of": date(2024, 6, 27),
        "deadline": date(2024, 12, 31),
    }
    return make_target(session, "36.04", **(defaults | fields))


figures = st.one_of(
    st.tuples(st.sampled_from(["activated", "eligible_people", "target_count"]), st.integers(0, 300_000_000).map(str)),
    st.tuples(
        st.sampled_from(["percent", "target_percent"]),
        st.decimals(0, 999, places=2).map(lambda value: format(value, "f")),
    ),
    st.tuples(st.just("deadline"), st.dates(date(2000, 1, 1), date(2100, 12, 31)).map(date.isoformat)),
)
days = st.dates(date(2022, 1, 1), date(2025, 12, 31))


@given(
    printed=st.lists(
        st.tuples(figures, st.none() | days, st.sampled_from([None, "wajib_ktp", "residents"])), max_size=8
    ),
    base=st.none() | st.integers(1, 300_000_000),
    activated=st.integers(0, 300_000_000),
    on=days,
)
def test_whatever_was_printed_the_rules_find_words_for_it(
    printed: list[tuple[tuple[str, str], date | None, str | None]], base: int | None, activated: int, on: date
) -> None:
    def target(owner: str, percent: int) -> Target:
        return Target(
            district_code="16.73",
            document="ikd",
            owner=owner,
            target_percent=None if base is None else Decimal(percent),
            target_count=42_000 if base is None else None,
            eligible_people=base,
            eligible_base="wajib_ktp",
            activated=min(activated, base or activated),
            as_of=ON,
            deadline=date(2023, 12, 31),
            source=None,
            provenance={},
        )

    rows = [
        ReportedFigure(
            figure=figure, value=value, reported_on=day, eligible_base=kind, source=None, provenance="public"
        )
        for (figure, value), day, kind in printed
    ]
    own = target("district", 25)
    for warning in warnings_about(facts_from(own, [own, target("ministry", 30)], figures=rows, on=on)):
        assert warning.message["id"].endswith(".")
        assert warning.message["en"].endswith(".")
        assert "{" not in warning.message["id"] + warning.message["en"]
        assert warning.figures


def test_figures_that_agree_raise_no_warning(session: Session) -> None:
    target = lubuklinggau(session)
    make_figure(session, "percent", "2.39", reported_on=ON)
    make_figure(session, "percent", "2", reported_on=ON)
    make_figure(session, "target_percent", "25.0", reported_on=ON)
    make_figure(session, "target_count", "42004", reported_on=ON)
    make_figure(session, "eligible_people", "168015", reported_on=ON)
    make_figure(session, "activated", "4015", reported_on=ON)
    make_figure(session, "deadline", "2023-12-31", reported_on=ON)
    assert warnings(session, target) == {}


def test_percentage_that_does_not_match_its_count_and_base_names_the_base_that_would(session: Session) -> None:
    target = serang(session)
    make_figure(session, "percent", "2.75", district_code="36.04", reported_on=date(2024, 6, 27), source="koran")
    warning = warnings(session, target, on=date(2024, 6, 27))["percent_mismatch"]
    assert warning.severity is Severity.SERIOUS
    assert warning.message["en"] == (
        "It says 2.75 %, but 31,000 of 1,200,000 is 2.58 %; 2.75 % would fit a base of 1,127,272."
    )
    assert "2,75 %" in warning.message["id"]
    assert "1.200.000" in warning.message["id"]
    assert [(figure.name, figure.value) for figure in warning.figures] == [
        ("reported.percent", "2.75"),
        ("district.activated", "31000"),
        ("district.eligible_people", "1200000"),
    ]
    assert warning.figures[0].source == "koran"


def test_percentage_of_another_year_is_not_held_against_this_count(session: Session) -> None:
    target = serang(session)
    make_figure(session, "percent", "0.4", district_code="36.04", reported_on=date(2023, 1, 5))
    assert "percent_mismatch" not in warnings(session, target)


def test_percentage_is_compared_with_the_count_of_its_own_day(session: Session) -> None:
    target = serang(session)
    make_figure(session, "activated", "33000", district_code="36.04", reported_on=date(2024, 7, 20))
    make_figure(session, "percent", "2.75", district_code="36.04", reported_on=date(2024, 7, 20))
    assert "percent_mismatch" not in warnings(session, target)


def test_same_count_ten_days_apart_is_stale(session: Session) -> None:
    target = lubuklinggau(session)
    make_figure(session, "activated", "4015", reported_on=date(2023, 11, 3))
    warning = warnings(session, target)["count_unchanged"]
    assert "10 days" in warning.message["en"]
    assert "4.015" in warning.message["id"]
    assert "3 November 2023" in warning.message["id"]


def test_same_count_printed_the_next_day_is_one_count(session: Session) -> None:
    target = lubuklinggau(session)
    make_figure(session, "activated", "4015", reported_on=date(2023, 11, 14))
    assert "count_unchanged" not in warnings(session, target)


def test_two_counts_for_one_day_and_a_falling_count_are_told(session: Session) -> None:
    target = lubuklinggau(session)
    make_figure(session, "activated", "4200", reported_on=ON)
    make_figure(session, "activated", "5000", reported_on=date(2023, 11, 1))
    assert {"counts_contradict", "count_fell"} <= warnings(session, target).keys()


def test_newer_count_is_told_once_it_is_out(session: Session) -> None:
    target = lubuklinggau(session)
    make_figure(session, "activated", "6000", reported_on=date(2023, 11, 20))
    assert "newer_count" not in warnings(session, target, on=date(2023, 11, 19))
    assert "6,000" in warnings(session, target, on=date(2023, 11, 20))["newer_count"].message["en"]


def test_old_count_and_count_of_a_later_day_are_told(session: Session) -> None:
    target = lubuklinggau(session)
    assert "count_old" not in warnings(session, target, on=date(2023, 11, 27))
    assert "15 days old" in warnings(session, target, on=date(2023, 11, 28))["count_old"].message["en"]
    assert "count_in_future" in warnings(session, target, on=date(2023, 11, 12))


def test_count_without_a_base_says_so(session: Session) -> None:
    target = lubuklinggau(session, target_percent=None, target_count=42_000, eligible_people=None)
    assert warnings(session, target)["base_missing"].severity is Severity.SERIOUS


def test_assumed_base_is_serious_and_other_assumptions_are_named(session: Session) -> None:
    target = lubuklinggau(session, provenance={"eligible_people": "assumed", "activated": "assumed"})
    doubts = warnings(session, target)
    assert doubts["base_assumed"].severity is Severity.SERIOUS
    assert doubts["figures_assumed"].message["id"] == "Belum dari data, masih asumsi: hitungan."


def test_two_targets_on_one_base_are_both_reported(session: Session) -> None:
    target = serang(session)
    make_target(
        session,
        "36.04",
        owner="ministry",
        target_percent=Decimal(30),
        eligible_people=1_200_000,
        activated=31_000,
        as_of=date(2024, 6, 27),
        deadline=date(2024, 12, 31),
    )
    make_figure(session, "target_percent", "30", district_code="36.04")
    doubts = warnings_about(facts_about(session, target, on=date(2024, 6, 27)))
    contradictions = [warning for warning in doubts if warning.code == "targets_contradict"]
    assert len(contradictions) == 1
    assert [figure.value for figure in contradictions[0].figures] == ["50", "30"]


def test_printed_target_percentage_that_nobody_holds_is_told(session: Session) -> None:
    target = lubuklinggau(session)
    make_figure(session, "target_percent", "30")
    assert "30 %" in warnings(session, target)["targets_contradict"].message["en"]


def test_local_target_above_the_national_one_is_noted(session: Session) -> None:
    assert "local_above_national" in warnings(session, serang(session))
    assert "local_above_national" not in warnings(session, lubuklinggau(session))


def test_several_bases_are_never_averaged(session: Session) -> None:
    make_district(session, "32.01")
    target = make_target(
        session,
        "32.01",
        target_percent=Decimal(30),
        eligible_people=3_889_441,
        eligible_base="ktp_holders",
        activated=58_342,
        as_of=date(2024, 2, 29),
        deadline=date(2024, 12, 31),
    )
    make_figure(session, "eligible_people", "5700000", district_code="32.01", eligible_base="residents")
    make_figure(session, "eligible_people", "3990000", district_code="32.01", eligible_base="wajib_ktp")
    facts = facts_about(session, target, on=date(2024, 2, 29))
    assert [(base.people, base.activated) for base in facts.other_bases()] == [(3_990_000, 58_342), (5_700_000, 58_342)]
    message = warnings(session, target)["bases_differ"].message
    assert "3 different bases" in message["en"]
    assert "3.990.000 atau 5.700.000" in message["id"]


def test_count_that_is_a_percentage_of_the_base_moves_with_a_base_of_the_same_kind(session: Session) -> None:
    make_district(session, "65")
    target = make_target(
        session,
        "65",
        target_percent=Decimal(30),
        eligible_people=520_000,
        activated=46_332,
        as_of=date(2024, 6, 9),
        deadline=date(2024, 12, 31),
    )
    make_figure(session, "percent", "8.91", district_code="65", reported_on=date(2024, 6, 9))
    make_figure(session, "eligible_people", "487396", district_code="65", eligible_base="wajib_ktp")
    (base,) = facts_about(session, target, on=date(2024, 6, 9)).other_bases()
    assert (base.people, base.activated) == (487_396, 43_427)
    make_figure(session, "activated", "46332", district_code="65")
    (base,) = facts_about(session, target, on=date(2024, 6, 9)).other_bases()
    assert base.activated == 46_332


def test_target_count_quoted_as_a_base_is_recognised(session: Session) -> None:
    make_district(session, "17.71")
    target = make_target(
        session,
        "17.71",
        owner="ministry",
        target_percent=Decimal(30),
        eligible_people=280_158,
        activated=64_436,
        as_of=date(2024, 2, 21),
        deadline=date(2024, 12, 31),
    )
    make_figure(session, "eligible_people", "67802", district_code="17.71", source="berita")
    doubts = warnings(session, target, on=date(2024, 2, 21))
    assert "67,802 is quoted as a base, but it is 25 % of 271,208" in doubts["target_count_as_base"].message["en"]
    (base,) = facts_about(session, target, on=date(2024, 2, 21)).other_bases()
    assert base.people == 271_208


def test_small_base_that_fits_no_percentage_stays_a_base(session: Session) -> None:
    target = lubuklinggau(session)
    make_figure(session, "eligible_people", "80000")
    doubts = warnings(session, target)
    assert "target_count_as_base" not in doubts
    assert "bases_differ" in doubts


def test_rounded_target_is_a_note_and_another_one_a_warning(session: Session) -> None:
    target = lubuklinggau(session)
    make_figure(session, "target_count", "42000")
    assert (
        warnings(session, target)["target_rounded"].message["id"] == "Target tertulis 42.000 orang; persisnya 42.004."
    )
    make_figure(session, "target_count", "50000")
    assert warnings(session, target)["target_count_differs"].severity is Severity.WARNING


def test_deadline_said_twice_is_told_once_per_other_date(session: Session) -> None:
    target = lubuklinggau(session)
    make_figure(session, "deadline", "2023-12-31")
    make_figure(session, "deadline", "2024-03-31")
    make_figure(session, "deadline", "2024-03-31")
    doubts = [w for w in warnings_about(facts_about(session, target, on=ON)) if w.code == "deadline_restated"]
    assert len(doubts) == 1
    assert "31 Maret 2024" in doubts[0].message["id"]


def test_dateline_of_another_year_is_doubted(session: Session) -> None:
    target = serang(session, as_of=date(2024, 2, 21))
    make_figure(session, "percent", "23", district_code="36.04", reported_on=date(2023, 2, 21))
    doubts = warnings(session, target, on=date(2024, 2, 21))
    assert "differ only in the year" in doubts["dateline_year_doubtful"].message["en"]


def test_swapped_day_and_month_are_doubted(session: Session) -> None:
    target = lubuklinggau(session)
    make_figure(session, "percent", "2", reported_on=date(2023, 11, 6))
    make_figure(session, "percent", "2", reported_on=date(2023, 6, 11))
    assert "urutan hari dan bulan" in warnings(session, target)["date_order_doubtful"].message["id"]


def test_year_ends_are_not_taken_for_slips(session: Session) -> None:
    target = lubuklinggau(session, as_of=date(2023, 12, 31))
    make_figure(session, "activated", "3000", reported_on=date(2022, 12, 31))
    assert "dateline_year_doubtful" not in warnings(session, target, on=date(2023, 12, 31))


def test_count_without_a_source_is_noted(session: Session) -> None:
    assert "source_missing" in warnings(session, lubuklinggau(session, source=None))


def test_serious_warnings_come_first(session: Session) -> None:
    target = lubuklinggau(session, source=None, provenance={"eligible_people": "assumed"})
    make_figure(session, "deadline", "2024-03-31")
    order = [warning.severity for warning in warnings_about(facts_about(session, target, on=ON))]
    assert order == sorted(order, key=["serious", "warning", "note"].index)
