"""Residual-capacity rows hold for whatever visits of a site, and are found where fractions of visits break them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.bound.blocks import build_blocks, group_dates, list_every_slot
from solver.bound.multipliers import no_multipliers, value_worth
from solver.bound.reach import reach_of
from solver.bound.relaxation import day_prices, price_entries
from solver.bound.residual import broken_rows, credit, credits_of, most_credit, remainder_of, room_of, rounds_of
from solver.contract.reading import instance_from_json
from solver.contract.tiny import tiny_instance
from solver.numeric.arrays import build_arrays


def row(people: int, divisor: int) -> tuple[int, int]:
    """Return remainder and room of one row."""
    one, by = np.array([people]), np.array([[divisor]])
    return int(remainder_of(one, by)[0, 0]), int(room_of(one, by)[0, 0])


@given(
    people=st.integers(1, 60),
    divisor=st.integers(1, 70),
    gains=st.lists(st.integers(0, 60), max_size=7),
)
def test_visits_never_win_more_together_than_a_row_allows(people: int, divisor: int, gains: list[int]) -> None:
    remainder, room = row(people, divisor)
    won = min(people, sum(gains))
    assert won <= room + sum(credit(gain, divisor, remainder) for gain in gains)


@given(people=st.integers(1, 60), divisor=st.integers(1, 70))
def test_everybody_at_once_uses_the_whole_row(people: int, divisor: int) -> None:
    remainder, room = row(people, divisor)
    assert room + credit(people, divisor, remainder) == people


def test_no_row_has_no_rounds_and_no_room() -> None:
    people, none = np.array([7]), np.array([[0]])
    assert rounds_of(people, none) == remainder_of(people, none) == room_of(people, none) == 0


def test_credits_stand_beside_the_row_of_the_visits_site() -> None:
    people, divisor = np.array([10, 9]), np.array([[4, 0], [3, 5]])
    remainder = remainder_of(people, divisor)
    credits = credits_of(np.array([0, 1, 1]), np.array([6, 6, 4]), divisor, remainder)
    # 10 people by 4: three rounds, 2 left for the last. 9 by 3: 3, by 5: 4.
    assert credits.tolist() == [[4.0, 0.0], [6.0, 5.0], [4.0, 4.0]]


@given(gain=st.integers(0, 40), divisor=st.integers(1, 50), most=st.integers(1, 40))
def test_a_credit_for_pricing_is_never_too_low(gain: int, divisor: int, most: int) -> None:
    gain = min(gain, most)
    remainder, _ = row(40, divisor)
    paid = most_credit(gain, np.array([2.0]), np.array([divisor]), np.array([remainder]), most)
    assert paid >= 2.0 * credit(gain, divisor, remainder)


def test_the_row_that_a_part_of_a_visit_breaks_most_is_found() -> None:
    # 97 people, visits that win 85 each: 1.14 of them seem to win everybody, but the second visit finds only 12.
    people, ptr = np.array([97]), np.array([0, 1])
    worst, excess = broken_rows(people, np.array([97.0]), ptr, np.array([85]), np.array([97 / 85]))
    assert worst[0] == 85
    assert excess[0] == pytest.approx(12 * (2 - 97 / 85))


@given(amounts=st.lists(st.integers(0, 3), min_size=3, max_size=3), people=st.integers(1, 80))
def test_whole_visits_break_no_row(amounts: list[int], people: int) -> None:
    gains = np.minimum(np.array([11, 23, 40]), people)
    won = float(min(people, int(gains @ np.array(amounts))))
    _, excess = broken_rows(
        np.array([people]), np.array([won]), np.array([0, 3]), gains, np.array(amounts, dtype=np.float64)
    )
    assert excess[0] == pytest.approx(0.0, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(price=st.floats(0.0, 2000.0), minute=st.floats(0.0, 4000.0), row=st.floats(0.0, 2000.0))
def test_no_length_of_a_visit_is_worth_more_than_its_entry(price: float, minute: float, row: float) -> None:
    # Slots of a minute, six minutes for a person: the first slots win nobody, and with them no credit.
    document = tiny_instance().to_json()
    document |= {"slot_minutes": 1, "pinned": [], "published": []}
    document["teams"] = [{**team, "operators": 1} for team in document["teams"]]
    arrays = build_arrays(instance_from_json(document))
    reach = reach_of(arrays)
    assert reach is not None
    blocks = build_blocks(arrays, reach, group_dates(arrays, 1))
    worth = value_worth(arrays)
    multipliers = no_multipliers(arrays, blocks)
    multipliers.win[:], multipliers.mir[:] = price, row
    none = np.zeros(blocks.count)
    prices = replace(day_prices(blocks, arrays, worth), minute=none + minute, radius=np.zeros((1, blocks.count)))
    entry = price_entries(blocks, arrays, worth, multipliers, prices).entry
    remainder = remainder_of(arrays.people, multipliers.divisor)
    for b in range(blocks.count):
        k = blocks.member[blocks.block_class[b]]
        for e in range(blocks.ptr[b], blocks.ptr[b + 1]):
            i = blocks.site[e]
            for minutes in range(1, int(blocks.longest[e]) + 1):
                gain = min(arrays.people[i], arrays.rate_numerator[k, i] * minutes // arrays.rate_denominator[k])
                divisor = multipliers.divisor[i, 0]
                won = price * gain + (row * credit(gain, divisor, remainder[i, 0]) if divisor > 0 else 0.0)
                assert entry[e] >= won - minute * (arrays.setup[i] + minutes + blocks.in_minutes[e]) - 1e-6


def test_a_row_that_needs_every_slot_of_a_site_is_refused_without() -> None:
    arrays = build_arrays(tiny_instance())
    reach = reach_of(arrays)
    assert reach is not None
    blocks = build_blocks(arrays, reach, group_dates(arrays, 1))
    worth = value_worth(arrays)
    multipliers = no_multipliers(arrays, blocks)
    multipliers.divisor[:, 0] = 1
    prices = day_prices(blocks, arrays, worth)
    with pytest.raises(ValueError, match="every slot of the sites"):
        price_entries(blocks, arrays, worth, multipliers, prices)
    listed = list_every_slot(blocks, arrays, np.ones(arrays.sites, dtype=np.bool_))
    assert len(listed.hull_gain) >= len(blocks.hull_gain)
    assert price_entries(listed, arrays, worth, multipliers, prices).block.shape == (blocks.count,)
