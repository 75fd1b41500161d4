"""Each criterion ends when its sentence says so, several end by the first, and no record of limits loses one."""

from itertools import count, pairwise

import pytest

from solver import stopping
from solver.contract.plan import StopReason
from solver.stopping import First, Limits, NoProgress, Proven, Seconds, Share, Steps, Stopping, Told, never
from solver.turn import Turn


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that shows what the test says."""
    now = [100.0]
    monkeypatch.setattr(stopping.time, "perf_counter", lambda: now[0])
    return now


def test_told_ends_as_soon_as_somebody_says_so() -> None:
    asked: list[bool] = []
    told = Told(lambda: bool(asked))
    assert (told(), told.progress) == (False, 0.0)
    asked.append(True)
    assert (told(), told.progress, told.reason) == (True, 1.0, StopReason.CANCELLED)


def test_seconds_end_when_they_have_passed(clock: list[float]) -> None:
    seconds = Seconds(10.0)
    clock[0] += 4.0
    assert (seconds(), seconds.elapsed, seconds.left, seconds.progress) == (False, 4.0, 6.0, 0.4)
    clock[0] += 6.0
    assert (seconds(), seconds.left, seconds.progress, seconds.reason) == (True, 0.0, 1.0, StopReason.TIME_LIMIT)


def test_seconds_leave_out_what_is_exempt_and_what_is_reserved(clock: list[float]) -> None:
    seconds = Seconds(10.0)
    clock[0] += 5.0
    seconds.exempt(3.0)
    seconds.reserve(2.0)
    assert (seconds.elapsed, seconds.left, seconds.progress) == (2.0, 6.0, 0.25)
    seconds.begin()
    assert seconds.elapsed == 0.0


def test_seconds_without_a_limit_never_end(clock: list[float]) -> None:
    seconds = Seconds(None)
    clock[0] += 1e9
    assert not seconds()
    assert seconds.progress == 0.0


def test_no_second_is_over_at_once(clock: list[float]) -> None:
    assert Seconds(0.0)()


def test_steps_end_when_they_are_counted() -> None:
    steps = Steps(500)
    assert (steps(), steps.up_to(1.0)) == (False, stopping.SLICE)
    steps.count(450)
    assert (steps(), steps.progress, steps.up_to(1.0)) == (False, 0.9, 50)
    steps.count(50)
    assert (steps(), steps.progress, steps.reason) == (True, 1.0, StopReason.ITERATION_LIMIT)


def test_steps_of_a_share_are_at_least_one() -> None:
    steps = Steps(10)
    assert [steps.up_to(share) for share in (0.0, 0.26, 1.0)] == [1, 3, 10]


def test_no_step_is_over_at_once_and_without_a_limit_none_is_the_last() -> None:
    assert Steps(0)()
    assert Steps(0).progress == 1.0
    endless = Steps(None)
    endless.count(10**9)
    assert (endless(), endless.progress, endless.up_to(0.5)) == (False, 0.0, stopping.SLICE)


def test_proven_ends_when_the_value_has_come_up_to_its_bound() -> None:
    values, bounds = iter([3, 4, 4]), iter([5, 5, 4])
    proven = Proven(lambda: next(values), lambda: next(bounds))
    assert [proven() for _ in range(3)] == [False, False, True]
    assert proven.reason is StopReason.OPTIMAL


@pytest.mark.parametrize(("last", "ends"), [(899.0, False), (900.0, True), (1000.0, True)])
def test_no_progress_ends_when_rounds_together_have_won_too_little(last: float, ends: bool) -> None:
    # 1,000 before, a ninth of 900 is 100: three rounds that win no more than that are the last.
    settled = NoProgress(3, 1 / 9)
    for value in (1000.0, 999.0, 950.0):
        settled.note(value)
        assert not settled()
    settled.note(last)
    assert settled() is ends


def test_no_progress_looks_only_once_in_so_many_rounds() -> None:
    settled = NoProgress(2, 0.0)
    ended = []
    for value in (5.0, 5.0, 4.0, 4.0, 4.0):
        settled.note(value)
        ended.append(settled())
    assert ended == [False, False, False, False, True]


def test_a_share_ends_before_the_whole(clock: list[float]) -> None:
    whole = Seconds(10.0)
    half = Share(whole, 0.5)
    clock[0] += 5.0
    assert (half(), whole()) == (True, False)
    assert (half.progress, half.reason) == (1.0, StopReason.TIME_LIMIT)


def test_of_several_the_first_ends_the_work_and_gives_the_reason(clock: list[float]) -> None:
    seconds, steps, asked = Seconds(10.0), Steps(100), list[bool]()
    first = First(Told(lambda: bool(asked)), seconds, steps)
    steps.count(20)
    clock[0] += 5.0
    assert (first(), first.progress) == (False, 0.5)
    assert first.reason is StopReason.ITERATION_LIMIT
    clock[0] += 5.0
    assert (first(), first.reason) == (True, StopReason.TIME_LIMIT)
    asked.append(True)
    assert first.reason is StopReason.CANCELLED


def test_the_first_of_several_can_be_one_of_several_again() -> None:
    inner = First(Steps(1), Steps(None))
    assert not First(inner, Told(never))()
    assert First(First(Steps(0)), Told(never))()


def test_every_criterion_keeps_the_protocol() -> None:
    steps = Steps(3)
    criteria: list[Stopping] = [Told(never), Seconds(1.0), steps, NoProgress(1, 0.0), Share(steps, 0.5), First(steps)]
    for criterion in criteria:
        assert criterion() is False
        assert criterion.progress < 1.0
        assert isinstance(criterion.reason, StopReason)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.37, 0.6, 1.0])
@pytest.mark.parametrize("iterations", [1, 2, 7, 1000])
def test_the_parts_of_limits_make_up_the_whole(share: float, iterations: int) -> None:
    limits = Limits(time_seconds=20.0, iterations=iterations, threads=3, should_stop=lambda: True)
    part, rest = limits.part(share), limits.without(share)
    assert part.time_seconds is not None
    assert rest.time_seconds is not None
    assert part.iterations is not None
    assert rest.iterations is not None
    assert part.time_seconds + rest.time_seconds == pytest.approx(20.0)
    assert iterations <= part.iterations + rest.iterations <= iterations + 1
    assert (part.threads, part.should_stop) == (rest.threads, rest.should_stop) == (3, limits.should_stop)


def test_limits_that_are_not_set_have_no_parts() -> None:
    assert Limits().part(0.3) == Limits().without(0.3) == Limits()


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(time_seconds=1.0), StopReason.TIME_LIMIT),
        (Limits(iterations=5), StopReason.ITERATION_LIMIT),
        (Limits(time_seconds=1.0, iterations=5), StopReason.ITERATION_LIMIT),
        (Limits(iterations=5, should_stop=lambda: True), StopReason.CANCELLED),
    ],
)
def test_a_plan_says_by_which_limit_its_search_ended(limits: Limits, reason: StopReason) -> None:
    assert limits.reason is reason


@pytest.mark.parametrize(
    ("limits", "most", "seconds"),
    [
        (Limits(time_seconds=8.0), 4.0, 4.0),
        (Limits(time_seconds=8.0, iterations=9), 4.0, 3.0),
        (Limits(iterations=9), None, 3.0),
        (Limits(time_seconds=2.0, iterations=9), 1.0, 1.0),
    ],
)
def test_a_proof_has_its_own_seconds_or_as_long_as_steps_took(
    limits: Limits, most: float | None, seconds: float
) -> None:
    proof = limits.for_proof(most, 3.0)
    assert (proof.time_seconds, proof.iterations) == (seconds, None)


def test_a_proof_after_steps_that_took_no_time_has_a_moment() -> None:
    assert Limits(iterations=1).for_proof(None, 0.0).time_seconds == stopping.LEAST_PROVING_SECONDS


def test_a_turn_by_steps_ends_its_search_after_all_of_them_and_nothing_else(clock: list[float]) -> None:
    turn = Turn(Limits(time_seconds=1.0, iterations=300))
    clock[0] += 1e6
    sizes = []
    while not turn.is_searched():
        sizes.append(turn.next_slice())
        turn.count(sizes[-1])
    assert sizes == [200, 100]
    assert not turn.is_over()
    assert turn.stop_reason is StopReason.ITERATION_LIMIT


def test_a_turn_by_time_sets_a_share_apart_for_the_search(clock: list[float]) -> None:
    turn = Turn(Limits(time_seconds=10.0), search_share=0.9)
    clock[0] += 100.0
    turn.begin()
    clock[0] += 4.5
    assert (turn.progress, turn.until(0.5)(), turn.until(0.6)()) == (0.5, True, False)
    clock[0] += 4.5
    assert (turn.is_searched(), turn.is_over()) == (True, False)
    clock[0] += 1.0
    assert turn.is_over()


def test_a_turn_without_any_limit_has_nothing_to_do() -> None:
    turn = Turn(Limits())
    assert turn.is_searched()
    assert turn.is_over()
    assert turn.until(0.1)()


def test_a_turn_that_is_called_off_is_over() -> None:
    asked = count()
    turn = Turn(Limits(iterations=10**6, should_stop=lambda: next(asked) >= 2))
    assert [turn.is_over() for _ in range(3)] == [False, False, True]
    assert turn.is_searched()
    assert turn.stop_reason is StopReason.CANCELLED


def test_stages_of_a_turn_end_one_after_the_other() -> None:
    turn, ends = Turn(Limits(iterations=600)), []
    for stage in range(1, 7):
        is_over = turn.until(stage / 6)
        while not is_over():
            turn.count(turn.next_slice(stage / 6))
        ends.append(turn.steps.done)
    assert ends == [100, 200, 300, 400, 500, 600]
    assert all(later > before for before, later in pairwise(ends))
