"""What visits teach of the minutes that each document takes, in small cases whose answer is known, and over months."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.estimates.document_pace import ServedWith, SharedMinutes, fit_paces
from app.estimates.pace import PaceFit, PaceResult, fit_pace
from tests.app.estimates.document_months import FURTHER, STATED, errors_of_month, shared_month

UNKNOWN = {"ikd": fit_pace(())}


def served(document: str, people: int, **changes: Any) -> ServedWith:
    plain = ServedWith(
        document=document, people=people, stated_minutes=STATED[document], kit=None, needs_signal=document != "ktp_el"
    )
    return replace(plain, **changes)


def visit(number: int, *rows: ServedWith, minutes: float = 60.0, **changes: Any) -> SharedMinutes:
    """An hour of two operators of one team, at good signal."""
    plain = SharedMinutes(
        visit=number, team=1, level=3, busy_minutes=minutes, operators=2, with_kit={"card_printer": 1}, served=rows
    )
    return replace(plain, **changes)


def learned(visits: list[SharedMinutes], known: dict[str, PaceFit] | None = None) -> dict[str, float]:
    """The minutes of each document as they are learned."""
    fits = fit_paces(visits, FURTHER, known=UNKNOWN if known is None else known)
    return {name: fit.summary_together(STATED[name]).mean for name, fit in fits.items()}


def test_document_brought_alone_is_learned_as_ikd_is() -> None:
    cases = [(team, level, 10 + 3 * team + level) for team in range(3) for level in (1, 3)] * 2
    of_document = fit_paces(
        [
            visit(number, served("kia", people), team=team, level=level)
            for number, (team, level, people) in enumerate(cases)
        ],
        FURTHER,
        known={},
    )["kia"]
    as_ikd = fit_pace(
        [
            PaceResult(
                team=team,
                given_minutes_per_activation=STATED["kia"],
                operator_minutes=120.0,
                activated=people,
                level=level,
            )
            for team, level, people in cases
        ]
    )
    assert of_document.weights == pytest.approx(as_ikd.weights, abs=1e-6)
    assert of_document.effects == pytest.approx(as_ikd.effects, abs=1e-6)
    for team in (None, 0, 2, 9):
        own, same = of_document.summary(team, 5.0), as_ikd.summary(team, 5.0)
        assert (own.mean, own.low, own.high) == pytest.approx((same.mean, same.low, same.high), rel=1e-6)
        assert (own.visits, own.activated) == (same.visits, same.activated)
    random = np.random.default_rng(1)
    drawn = 1 / of_document.draw(random, 2000).of_team(1, 5.0, random)
    assert drawn.mean() == pytest.approx(as_ikd.summary(1, 5.0).mean, rel=0.02)


def test_document_that_no_visit_brought_is_as_it_was_stated() -> None:
    slow = [visit(number, served("kia", 10)) for number in range(10)]
    fits = fit_paces(slow, FURTHER, known=UNKNOWN)
    before = fit_pace(())
    for name in ("ktp_el", "birth_certificate"):
        assert fits[name].summary_together(8.0) == before.summary(None, 8.0)
    assert fits["kia"].summary(None, 5.0).visits == 10


def test_visits_that_share_their_minutes_in_two_ways_tell_both_documents() -> None:
    # True are ten minutes a card, where five are stated, and the ten of a certificate that are.
    mixed = [visit(number, served("kia", 9), served("birth_certificate", 3)) for number in range(0, 30, 2)]
    mixed += [visit(number, served("kia", 3), served("birth_certificate", 9)) for number in range(1, 30, 2)]
    minutes = learned(mixed)
    assert minutes["kia"] == pytest.approx(10, rel=0.12)
    assert minutes["birth_certificate"] == pytest.approx(10, rel=0.12)


def test_visits_that_share_their_minutes_in_one_way_tell_only_the_sum() -> None:
    # 120 operator-minutes, where 90 are stated: nobody can tell whose the other 30 are.
    alike = [visit(number, served("kia", 8), served("birth_certificate", 5)) for number in range(40)]
    minutes = learned(alike)
    assert 8 * minutes["kia"] + 5 * minutes["birth_certificate"] == pytest.approx(120, rel=0.05)
    assert 5 < minutes["kia"] < 10
    assert 10 < minutes["birth_certificate"] < 16
    fits = fit_paces(alike, FURTHER, known=UNKNOWN)
    alone = fit_paces([visit(number, served("kia", 24)) for number in range(40)], FURTHER, known=UNKNOWN)

    def width(fit: PaceFit) -> float:
        return float(np.log(fit.summary(1, 5.0).high / fit.summary(1, 5.0).low))

    assert width(fits["kia"]) > 1.5 * width(alone["kia"])


def test_part_of_ikd_is_taken_as_ikd_alone_has_it() -> None:
    # Ten activations at twelve minutes are all of it; at the six that are stated they would leave the cards twelve.
    both = [visit(number, served("ikd", 5, stated_minutes=6.0), served("kia", 12)) for number in range(30)]
    slow = fit_pace(
        [
            PaceResult(team=1, given_minutes_per_activation=6.0, operator_minutes=120.0, activated=10, level=3)
            for _ in range(40)
        ]
    )
    assert learned(both, {"ikd": slow})["kia"] == pytest.approx(5, rel=0.1)
    assert learned(both)["kia"] > 1.15 * learned(both, {"ikd": slow})["kia"]


def test_printer_sets_the_length_of_a_visit_whose_other_operators_have_less_to_do() -> None:
    # One printer for an hour: twelve cards of five minutes. The other operator is done with its two certificates early.
    waiting = [
        visit(number, served("kia", 12, kit="card_printer"), served("birth_certificate", 2)) for number in range(20)
    ]
    assert learned(waiting)["kia"] == pytest.approx(5, rel=0.1)
    assert learned(waiting)["birth_certificate"] == pytest.approx(10, rel=0.15)


@pytest.mark.parametrize(
    "silent",
    [
        visit(0, served("kia", 10, kit="card_printer"), with_kit={}),
        visit(0, served("kia", 10), minutes=0.0),
        visit(0),
    ],
)
def test_visit_that_nobody_was_or_could_be_served_at_tells_nothing(silent: SharedMinutes) -> None:
    assert learned([silent]) == learned([])


def test_wild_report_among_many_moves_little() -> None:
    usual = [visit(number, served("kia", 24)) for number in range(12)]
    for wild in (visit(99, served("kia", 1), minutes=600.0), visit(99, served("kia", 100), minutes=50.0)):
        assert learned([*usual, wild])["kia"] == pytest.approx(learned(usual)["kia"], rel=0.2)


def test_order_of_results_changes_no_digit() -> None:
    visits = list(shared_month(1, visits=20, alone=0.4).visits)
    fits, again = (fit_paces(each, FURTHER, known=UNKNOWN) for each in (visits, visits[::-1]))
    for name in FURTHER:
        assert fits[name].effects.tobytes() == again[name].effects.tobytes()
        assert fits[name].weights.tobytes() == again[name].weights.tobytes()


@pytest.mark.parametrize(("alone", "part"), [(1.0, 0.5), (0.3, 0.6), (0.0, 0.8)])
def test_months_bring_what_is_learned_nearer_the_truth_than_what_was_stated(alone: float, part: float) -> None:
    months = [errors_of_month(seed, visits=60, alone=alone) for seed in range(8)]
    off = np.array([month.error for month in months])
    stated = np.array([month.stated_error for month in months])
    assert np.abs(off).mean() < part * np.abs(stated).mean()
    assert np.mean([month.held for month in months]) > 0.8
