"""What is done again and again goes on whatever one unit does."""

import threading
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, text

from app.calendars.rounds import Fault, Incomplete, Round, alone, attempt, in_turns, run_rounds, wait_after

EXCEPTIONS = st.sampled_from(
    [
        *(ValueError("x"), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"), RecursionError(), MemoryError()),
        *(KeyError("k"), OSError(), AssertionError(), StopIteration(), TypeError(), Incomplete("x")),
    ]
)


@given(st.lists(st.none() | EXCEPTIONS, max_size=12), st.sampled_from([1, 4]))
def test_any_failing_units_leave_all_others_done_and_their_troubles_stored(
    failures: list[Exception | None], at_once: int
) -> None:
    done: list[int] = []
    troubles: dict[int, str] = {}

    def do(unit: int) -> None:
        error = failures[unit]
        if error is not None:
            raise error
        done.append(unit)

    in_turns(
        range(len(failures)),
        do,
        set_aside=lambda unit, fault: troubles.__setitem__(unit, fault.name),
        at_once=at_once,
    )
    assert sorted(done) == [unit for unit, error in enumerate(failures) if error is None]
    assert troubles.keys() == {unit for unit, error in enumerate(failures) if error is not None}


def test_unit_whose_trouble_cannot_be_stored_keeps_no_other() -> None:
    done = []

    def do(unit: int) -> None:
        if unit == 1:
            raise ValueError
        done.append(unit)

    def unwilling(unit: int, fault: Fault) -> None:
        raise OSError

    in_turns([0, 1, 2], do, set_aside=unwilling)
    assert done == [0, 2]


def test_fault_names_class_and_place_and_quotes_nobody() -> None:
    def fails() -> None:
        raise ValueError("password of Bu Ani")

    fault = attempt(fails)
    assert isinstance(fault, Fault)
    assert str(fault).startswith("ValueError, test_rounds.py:")
    assert "Ani" not in str(fault) + fault.stack.replace('raise ValueError("password of Bu Ani")', "")


def test_death_of_the_process_is_no_fault() -> None:
    def dies() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attempt(dies)


def test_round_that_fails_keeps_no_other_round_and_its_trouble_is_noted_until_it_succeeds() -> None:
    stopped = threading.Event()
    noted: list[tuple[str, str | None]] = []
    turns = {"bad": 0, "good": 0}

    def bad() -> None:
        turns["bad"] += 1
        if turns["bad"] < 3:
            raise RuntimeError

    def good() -> None:
        turns["good"] += 1
        if turns["good"] == 4:
            stopped.set()

    rounds = [Round("bad", 0.0, bad, "line"), Round("good", 0.0, good, "line")]
    run_rounds(
        rounds,
        stopped,
        note=lambda round_, fault: noted.append((round_.name, None if fault is None else fault.name)),
    )
    assert [name for name in noted if name[0] == "bad"][:3] == [
        ("bad", "RuntimeError"),
        ("bad", "RuntimeError"),
        ("bad", None),
    ]
    assert turns["good"] == 4


def test_note_that_cannot_be_stored_stops_no_round() -> None:
    stopped = threading.Event()
    turns = 0

    def count() -> None:
        nonlocal turns
        turns += 1
        if turns == 3:
            stopped.set()

    def unwilling(round_: Round, fault: Fault | None) -> None:
        raise OSError

    run_rounds([Round("count", 0.0, count, "line")], stopped, note=unwilling)
    assert turns == 3


def test_one_worker_at_a_time_has_the_turn_and_a_dead_one_frees_it(engine: Engine) -> None:
    with (
        alone(engine, "jemput test", 7) as mine,
        alone(engine, "jemput test", 7) as theirs,
        alone(engine, "jemput test", 8) as another,
    ):
        assert (mine, theirs, another) == (True, False, True)
    with engine.connect() as dead:
        assert dead.scalar(select(func.pg_try_advisory_lock(func.hashtext("jemput test"), 7)))
        with alone(engine, "jemput test", 7) as mine:
            assert not mine
        dead.execute(text("ROLLBACK"))
        dead.invalidate()
    for _ in range(100):
        with alone(engine, "jemput test", 7) as mine:
            if mine:
                break
    assert mine


@given(st.integers(1, 10**6), st.floats(0, 1), st.none() | st.integers(0, 10**9))
def test_wait_doubles_within_its_chance_and_is_never_endless(
    failures: int, chance: float, retry_after: int | None
) -> None:
    first = timedelta(seconds=30)
    wait = wait_after(failures, first=first, random=lambda: chance, retry_after_seconds=retry_after)
    plain = min(timedelta(hours=6), first * 2 ** min(failures - 1, 16))
    asked = timedelta(seconds=min(retry_after or 0, 86_400))
    assert max(plain * 0.75, asked) <= wait <= max(plain * 1.25, asked)
