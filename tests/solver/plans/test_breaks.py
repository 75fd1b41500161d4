"""Breaks in compressed time: days are timed exactly, the search's clock fits, and the bound's clock forgets no day."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import permutations, product
from random import Random
from typing import Any

import pytest

from solver.bound.bounds import upper_bounds
from solver.contract.instance import Instance, Team, Visit, Window
from solver.contract.journeys import Break, Pause
from solver.contract.plan import Plan, in_format_of
from solver.contract.plan_rows import Rows
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from solver.numeric.arrays import windows_on
from solver.plans.compressed import compress, takes_breaks
from solver.plans.day_clock import Cut, clock_for
from solver.plans.paused_days import PausedDay, PausedDays
from solver.plans.paused_starts import PausedStarts
from solver.plans.series import DayBreaks, break_numbers
from solver.posed import Posed
from solver.questions.possibility import Possibilities
from solver.solve import solve
from solver.stopping import Limits
from tests.solver.contract.agreement import Tally, compare
from tests.solver.contract_files import load_next_referee
from tests.solver.paused_instances import EveryDay, best_value, paused_document
from tests.solver.week import week

LUNCH = Break(minutes=45, window=Window(open=690, close=810), on_dates=(True,))
SHIFT = Window(open=480, close=930)
RULES_OF_A_DAY = {"arrives_late", "shift_end", "outside_window", "break_missed", "break_cut", "wrong_break"}


@pytest.mark.parametrize("more", [0, 1, 2, 3, 5])
def test_day_fits_exactly_when_some_places_of_its_breaks_do(more: int) -> None:
    fits = misfits = 0
    for seed in range(60 if more < 2 else 24 if more < 3 else 9 - more):
        random = Random(seed)
        document = paused_document(random, sites=3, teams=1, dates=1, more=more)
        document["teams"][0]["dates"] = "1"
        instance = instance_from_json(document)
        team, day = instance.teams[0], instance.dates[0]
        numbers, days, every = break_numbers(team, 0), PausedDays(instance), EveryDay(instance)
        for count in (1, 2, 3):
            for sites in permutations(instance.sites, count):
                minutes = [
                    random.choice([60, 120, 180]) if one.fixed_minutes is None else one.fixed_minutes for one in sites
                ]
                expected = every.timed(team, sites, minutes, day)
                visits = every._visits(team, sites, minutes, day, [0] * count)
                found = days.day(visits, numbers)
                assert (found is None) == (expected is None), (seed, sites, minutes)
                fits, misfits = fits + (found is not None), misfits + (found is None)
                if found is not None:
                    recount = verify(instance, Plan(visits=found.visits, rows=Rows(breaks=found.pauses)))
                    assert {violation.rule for violation in recount.violations} & RULES_OF_A_DAY == set()
    assert min(fits, misfits) > (100 if more < 2 else 20 if more < 3 else 5)


@pytest.mark.parametrize("more", [0, 1, 2, 3])
def test_starts_stay_exactly_when_some_places_of_the_breaks_leave_them(more: int) -> None:
    stays = goes = 0
    for seed in range(60 if more < 2 else 16 if more < 3 else 4):
        random = Random(seed)
        document = paused_document(random, sites=3, teams=1, dates=1, more=more)
        document["teams"][0]["dates"] = "1"
        instance = instance_from_json(document)
        team, day = instance.teams[0], instance.dates[0]
        numbers = break_numbers(team, 0)
        if not numbers:
            continue
        days, starts, every = PausedDays(instance), PausedStarts(instance), EveryDay(instance)
        for sites in (some for count in (1, 2, 3) for some in permutations(instance.sites, count)):
            minutes = [random.choice([60, 120]) if one.fixed_minutes is None else one.fixed_minutes for one in sites]
            visits = every._visits(team, sites, minutes, day, [0] * len(sites))
            early = days.day(visits, numbers)
            assert (starts.day(visits, numbers, {}, fixed={}) is None) == (early is None)
            if early is None:
                continue
            wanted = [visit.start + random.choice([0, 5, 30, 60]) for visit in early.visits]
            moved = every._visits(team, sites, minutes, day, wanted)
            kept = starts.day(visits, numbers, {_key(visit): visit.start for visit in moved}, fixed={})
            assert kept is not None
            assert _broken_on_a_day(instance, kept) == set()
            fits = any(
                not _broken_on_a_day(instance, PausedDay(visits=moved, pauses=pauses))
                for pauses in _every_pauses(team, numbers, day, step=5 if more else 1)
            )
            if wanted == sorted(set(wanted)):
                found = starts.pauses(moved, numbers)
                assert (found is not None) == fits
                assert found is None or _broken_on_a_day(instance, PausedDay(visits=moved, pauses=found)) == set()
                assert not fits or kept.visits == moved
                stays, goes = stays + fits, goes + (not fits)
    assert min(stays, goes) > (30 if more < 2 else 4)


def _cut_for(rule: Break, windows: Sequence[Window]) -> Cut:
    """Where a date's only break is cut out."""
    team = replace(week().teams[0], breaks=(rule,), work_dates=(True,))
    [cut] = clock_for(DayBreaks(team, (0,)), SHIFT, windows).cuts
    return cut


def _every_pauses(team: Team, numbers: Sequence[int], day: date, *, step: int) -> Iterator[tuple[Pause, ...]]:
    rules = [team.breaks[number] for number in numbers]
    for begins in product(*(range(rule.window.open, rule.window.close - rule.minutes + 1, step) for rule in rules)):
        yield tuple(
            Pause(team=team.id, date=day, number=number, start=start)
            for number, start in zip(numbers, begins, strict=True)
        )


def _broken_on_a_day(instance: Instance, day: PausedDay) -> set[str]:
    recount = verify(instance, Plan(visits=day.visits, rows=Rows(breaks=day.pauses)))
    return {violation.rule for violation in recount.violations} & RULES_OF_A_DAY


def _key(visit: Visit) -> tuple[str, date, str]:
    return visit.team, visit.date, visit.site


@pytest.mark.parametrize(("window", "inner", "outer"), [
    ((480, 930), (480, 885), (480, 885)),
    ((480, 720), (480, 720), (480, 720)),
    ((780, 930), (735, 885), (735, 885)),
    ((720, 1020), (720, 975), (690, 975)),
    ((480, 780), (480, 735), (480, 765)),
])  # fmt: skip
def test_window_on_both_clocks(window: tuple[int, int], inner: tuple[int, int], outer: tuple[int, int]) -> None:
    # Where most sites close at noon, the break is cut out right then.
    cut = _cut_for(LUNCH, [Window(open=480, close=720), Window(open=765, close=930)])
    assert (cut.start, cut.end, cut.certain) == (720, 765, 45)
    real = Window(open=window[0], close=window[1])
    assert (cut.inner(real).open, cut.inner(real).close) == inner
    assert (cut.outer(real).open, cut.outer(real).close) == outer


@pytest.mark.parametrize(
    ("window", "certain", "lost"),
    [((300, 480), 0, 0), ((900, 1020), 0, 0), ((450, 540), 0, 15), ((480, 525), 45, 45), ((885, 930), 45, 45)],
)
def test_break_beside_the_shift_costs_as_little_as_it_can(window: tuple[int, int], certain: int, lost: int) -> None:
    cut = _cut_for(Break(minutes=45, window=Window(open=window[0], close=window[1]), on_dates=(True,)), [])
    assert (cut.certain, cut.minutes) == (certain, lost)


def test_instance_without_breaks_is_searched_and_bounded_as_it_is() -> None:
    posed = Posed(week())
    assert posed.search is posed.bound
    assert not takes_breaks(week())


def test_date_with_another_break_is_another_teams() -> None:
    document = paused_document(Random(3), sites=2, teams=1, dates=3)
    for site in document["sites"]:
        site |= {"dates": "111", "windows": [[480, 930]], "windows_on": {}}
    document["teams"][0] |= {"dates": "111", "shift": [480, 930]}
    document["teams"][0]["breaks"] = [
        {"minutes": 45, "window": [690, 810], "dates": "101"},
        {"minutes": 90, "window": [690, 800], "dates": "010"},
    ]
    document["travel"]["overrides"] = [{"between": ["T0", "S0"], "minutes": 7, "metres": 9}]
    compressed = compress(instance_from_json(document))
    assert [(team.work_dates, team.shift.close) for team in compressed.search.teams] == [
        ((True, False, True), 885),
        ((False, True, False), 840),
    ]
    assert [team.shift for team in compressed.bound.teams] == [team.shift for team in compressed.search.teams]
    assert compressed.team_of == (0, 0)
    ends = [override.between for override in compressed.search.travel.overrides]
    assert ends == [(team.id, "S0") for team in compressed.search.teams]


def _alone_with_lunch(*, sites: int = 1) -> dict[str, Any]:
    """Two teams at one place with sites that need a whole day of either, one of them with lunch."""
    document = paused_document(Random(2), sites=sites, teams=2, dates=1)
    document["travel"] = {"minutes": [[0] * (sites + 2)] * (sites + 2), "metres": [[0] * (sites + 2)] * (sites + 2)}
    for site in document["sites"]:
        site |= {
            "dates": "1",
            "windows": [[480, 720], [780, 930]],
            "windows_on": {},
            "people": 5_000,
            "connectivity": 4,
        }
        site |= {"setup_minutes": 0, "fixed_minutes": None, "max_teams": 1, "max_visit_dates": 1, "min_teams": 1}
    for team in document["teams"]:
        team |= {"dates": "1", "shift": [480, 930], "operators": 2, "max_stops": 2, "breaks": []}
    document["teams"][0]["breaks"] = [{"minutes": 60, "window": [660, 840]}]
    document["target"] = {"gap": 10_000, "walk_ins_per_day": 0}
    document["weights"] |= {"shortfall": 1000}
    return document


@pytest.mark.parametrize("part", ["search", "bound"])
def test_each_team_has_the_hours_of_sites_by_its_own_clock(part: str) -> None:
    arrays = getattr(Posed(instance_from_json(_alone_with_lunch())), part)
    hours = [windows_on(arrays, 0, hours_from=int(first)) for first in arrays.hours_from[:, 0]]
    assert [(opens[0].tolist(), closes[0].tolist()) for opens, closes in hours] == [
        ([480, 720], [720, 870]),
        ([480, 780], [720, 930]),
    ]
    assert arrays.team_class[0] != arrays.team_class[1]


def test_a_team_without_breaks_works_while_the_other_one_eats() -> None:
    document = _alone_with_lunch(sites=2)
    for site in document["sites"]:
        site["windows"] = [[660, 840]]
    found = solve(instance_from_json(document), Limits(iterations=50))
    assert found.recount.feasible
    assert sorted((visit.team, visit.start, visit.minutes) for visit in found.plan.visits) == [
        ("T0", 720, 120),
        ("T1", 660, 180),
    ]


def _bound(instance: Instance) -> int:
    bound = Posed(instance).bound
    return [bounds.value_milli for bounds in upper_bounds(bound, should_stop=lambda: False)][-1]


@pytest.mark.parametrize("more", [0, 1, 2, 3, 5])
def test_no_plan_with_breaks_is_worth_more_than_the_bound(more: int) -> None:
    close = 0
    for seed in range(24 if more < 3 else 8):
        random = Random(seed)
        teams = random.choice([1, 2])
        instance = instance_from_json(paused_document(random, sites=3, teams=teams, dates=1, more=more))
        best, bound = best_value(instance), _bound(instance)
        assert best <= bound, seed
        close += bound - best <= 0.02 * abs(bound)
    assert close > (4 if more < 3 else 1)


@pytest.mark.parametrize("more", [0, 1, 2, 3, 5])
def test_plans_keep_every_break_and_their_bound(more: int) -> None:
    judge, tally, reached = load_next_referee().judge, Tally(), 0
    for seed in range(16):
        document = paused_document(Random(seed), sites=4, teams=2, dates=3, more=more)
        instance = instance_from_json(document)
        found = solve(instance, Limits(iterations=150), seed=seed)
        assert found.recount.feasible
        assert found.plan.bound_milli is not None
        assert found.recount.value_milli <= found.plan.bound_milli
        plan = in_format_of(instance, found.plan).to_json()
        compare(instance, document, plan=plan, judge=judge, tally=tally, label=str(seed))
        reached += len(found.plan.rows.breaks)
    assert tally.disagreements == []
    assert tally.feasible == 16
    assert reached > 10


def test_fair_work_of_teams_that_take_breaks_is_planned() -> None:
    unfair = {0: 0, 5_000: 0}
    for seed in range(10):
        document = paused_document(Random(seed), sites=5, teams=3, dates=3)
        for weight in unfair:
            document["weights"]["fairness"] = weight
            found = solve(instance_from_json(document), Limits(iterations=300), seed=seed)
            assert found.recount.feasible
            assert found.plan.bound_milli is not None
            assert found.recount.value_milli <= found.plan.bound_milli
            unfair[weight] += found.recount.unfairness
    assert 0 < unfair[5_000] < 0.8 * unfair[0]


@pytest.mark.parametrize(("other", "clock", "certain"), [
    ((840, 900), [(720, 765), (840, 870)], [45, 30]),
    ((690, 840), None, [75]),
    ((300, 480), [(720, 765)], [45]),
])  # fmt: skip
def test_clock_of_two_breaks_loses_both_where_they_are(
    other: tuple[int, int], clock: list[tuple[int, int]] | None, certain: list[int]
) -> None:
    second = Break(minutes=30, window=Window(open=other[0], close=other[1]), on_dates=(True,))
    team = replace(week().teams[0], breaks=(LUNCH, second), work_dates=(True,))
    found = clock_for(DayBreaks(team, (0, 1)), SHIFT, [Window(open=480, close=720), Window(open=765, close=930)])
    assert clock is None or [(cut.start, cut.end) for cut in found.cuts if cut.minutes] == clock
    # In either order both are told by one cut that holds of either.
    assert [cut.certain for cut in found.hulls if cut.certain] == certain


def test_breaks_that_leave_each_other_no_room_keep_their_team_at_home() -> None:
    document = paused_document(Random(1), sites=1, teams=1, dates=1)
    document["sites"][0] |= {"dates": "1", "windows": [[480, 930]], "windows_on": {}, "people": 400, "must": False}
    document["sites"][0] |= {"connectivity": 4, "fixed_minutes": None, "max_teams": 1, "max_visit_dates": 1}
    document["teams"][0] |= {"dates": "1", "shift": [480, 930], "operators": 2, "max_stops": 1}
    document["teams"][0]["breaks"] = [{"minutes": 45, "window": [720, 770]}, {"minutes": 30, "window": [720, 770]}]
    instance = instance_from_json(document)
    found = solve(instance, Limits(iterations=20))
    assert found.plan.visits == ()
    assert Possibilities(instance).judge(instance.sites[0]).rule == "break_missed"


def test_set_up_that_the_break_would_cut_lets_it_go_first_or_wait() -> None:
    document = paused_document(Random(1), sites=1, teams=1, dates=1)
    document |= {"travel": {"minutes": [[0, 0], [0, 0]], "metres": [[0, 0], [0, 0]]}}
    document["sites"][0] |= {"dates": "1", "windows": [[710, 930]], "windows_on": {}, "setup_minutes": 20}
    document["sites"][0] |= {"fixed_minutes": None, "people": 400, "max_teams": 1, "max_visit_dates": 1}
    document["teams"][0] |= {"dates": "1", "shift": [480, 930], "operators": 2, "max_stops": 1}
    document["teams"][0]["breaks"] = [{"minutes": 45, "window": [720, 790]}]
    instance = instance_from_json(document)
    every = EveryDay(instance)
    sites, day = instance.sites, instance.dates[0]
    visits = every._visits(instance.teams[0], sites, [120], day, [0])
    found = PausedDays(instance).day(visits, (0,))
    assert found is not None
    assert (found.visits[0].start, [pause.start for pause in found.pauses]) == (710, [730])
