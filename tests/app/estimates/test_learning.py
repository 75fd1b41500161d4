"""All that is learned at once: which orders and withdrawals leave no trace, which reports move it where."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.estimates.evidence import Outcome, VisitResult
from app.estimates.learning import Given, Learned, LearnedDraws, learn
from app.estimates.shares import ShareResult
from tests.app.estimates.months import AREAS, GIVEN_MINUTES, KINDS, SIGNAL, World, month
from tests.app.estimates.reports import at, make_result

MONTH = month(7)
PRIORS = MONTH.priors(World())
EARLIER = MONTH.results[:30]


def digits(learned: Learned) -> list[Any]:
    """Everything learned, to the last digit."""
    shares = [learned.turn_out, learned.phone_ready, learned.resident]
    cells = [(kind, area) for kind in KINDS for area in AREAS[:3]]
    return [
        *(getattr(share, name).tolist() for share in shares for name in ("weights", "effects", "roots")),
        *(share.summary(*cell) for share in shares for cell in cells),
        *(learned.pace.summary(team, GIVEN_MINUTES) for team in range(6)),
        learned.pace.weights.tolist(),
        learned.signal.weights.tolist(),
        learned.losses,
        drawn(learned.draw(np.random.default_rng(1), 20)),
    ]


def drawn(draws: LearnedDraws) -> list[Any]:
    random = np.random.default_rng(2)
    return [
        draws.turn_out.of_site(5, kind="school", area=AREAS[1], level=2, generator=random).tolist(),
        draws.pace.of_team(1, GIVEN_MINUTES, random).tolist(),
        draws.signal.met(2, random).tolist(),
        draws.losses.day.tolist(),
    ]


@pytest.fixture(scope="module")
def earlier() -> Learned:
    return learn(EARLIER, PRIORS)


@given(order=st.permutations(range(30)))
@settings(max_examples=8)
def test_order_of_results_does_not_matter_to_the_last_digit(order: list[int]) -> None:
    assert digits(learn([EARLIER[index] for index in order], PRIORS)) == digits(learn(EARLIER, PRIORS))


def test_a_result_that_was_withdrawn_leaves_no_trace(earlier: Learned) -> None:
    entered = learn([*EARLIER, MONTH.results[40]], PRIORS)
    assert digits(entered) != digits(earlier)
    assert digits(learn([result for result in (*EARLIER, MONTH.results[40]) if result.visit != 40], PRIORS)) == digits(
        earlier
    )


def test_a_late_result_teaches_what_it_would_have_taught_in_time(earlier: Learned) -> None:
    late = [result for result in EARLIER if result.visit != 3]
    assert digits(learn([*late, EARLIER[3]], PRIORS)) == digits(earlier)


SITES = [
    *(
        {"site": site, "kind": of.kind, "area": of.area, "level": of.level}
        for site in (2, 11)
        for of in [EARLIER[site]]
    ),
    *({"site": 900, "kind": kind, "area": AREAS[level], "level": level} for level, kind in enumerate(KINDS[:5])),
]


def make_visit(site: dict[str, Any], **reported: Any) -> VisitResult:
    return make_result(900, **site, **reported)


visits = st.builds(
    make_visit,
    site=st.sampled_from(SITES),
    signal_met=st.none() | st.integers(0, 4),
    invited=st.integers(1, 400),
    served=st.integers(0, 200),
    activated=st.just(0),
    other_district=st.just(0),
    phone_not_ready=st.integers(0, 50),
)


@given(visit=visits, turned_away=st.none() | st.integers(0, 40))
@settings(max_examples=20)
def test_one_more_visit_that_ran_out_of_time_never_lowers_the_demand(
    visit: VisitResult, turned_away: int | None
) -> None:
    before, after = (
        learn(results, PRIORS).turn_out.summary(visit.kind, visit.area, visit.level).mean
        for results in (EARLIER, (*EARLIER, replace(visit, ran_out_of_time=True, turned_away=turned_away)))
    )
    # One in a million is what weighing the spreads of sites anew may move.
    assert after >= before - 1e-6


@given(visit=visits)
@settings(max_examples=20)
def test_a_visit_that_ran_out_of_time_says_no_less_than_one_that_did_not(visit: VisitResult) -> None:
    ended, ran_out = (
        learn((*EARLIER, replace(visit, ran_out_of_time=is_out_of_time)), PRIORS)
        .turn_out.summary(visit.kind, visit.area, visit.level)
        .mean
        for is_out_of_time in (False, True)
    )
    # Where nearly all came, the exact one also says more of how kinds differ, and so draws its cell a little further.
    assert ran_out >= ended - 0.005


@given(minutes=st.integers(0, 400))
@settings(max_examples=8)
def test_idle_minutes_never_slow_the_pace(minutes: int) -> None:
    idle = make_result(900, last_served_at=at(10), ended_at=at(10) + timedelta(minutes=minutes), ran_out_of_time=False)
    short = replace(idle, ended_at=at(10), service_minutes=120)
    assert digits(learn((*EARLIER, idle), PRIORS)) == digits(learn((*EARLIER, short), PRIORS))


def test_an_idle_visit_without_times_teaches_no_pace(earlier: Learned) -> None:
    idle = make_result(900, served=2, activated=2, other_district=0, ran_out_of_time=False, last_served_at=None)
    assert learn((*EARLIER, idle), PRIORS).pace.results == earlier.pace.results


@given(
    team=st.integers(0, 6),
    busy_minutes=st.integers(1, 240),
    quicker=st.floats(1.2, 3.0),
    level=st.integers(1, 4),
)
@settings(max_examples=20)
def test_an_idle_visit_that_was_quick_while_busy_never_slows_its_team(
    team: int, busy_minutes: int, quicker: float, level: int
) -> None:
    before = learn(EARLIER, PRIORS).pace.factor(team, level=level)
    usual = 2 * busy_minutes * before * SIGNAL.rate[level] / GIVEN_MINUTES
    served = int(np.ceil(quicker * usual))
    idle = make_result(
        900,
        team=team,
        level=level,
        signal_met=level,
        invited=5000,
        served=served,
        activated=served,
        other_district=0,
        last_served_at=at(8) + timedelta(minutes=busy_minutes),
        ended_at=at(16),
        ran_out_of_time=False,
    )
    assert learn((*EARLIER, idle), PRIORS).pace.factor(team, level=level) >= before


def test_a_lost_visit_moves_nothing_but_the_losses(earlier: Learned) -> None:
    none = {"served": 0, "activated": 0, "other_district": 0, "phone_not_ready": 0, "signal_met": None}
    after = learn((*EARLIER, make_result(900, outcome=Outcome.NOT_HELD, cause="weather", **none)), PRIORS)
    assert digits(after)[:-2] == digits(earlier)[:-2]
    assert after.losses.visit[0] == earlier.losses.visit[0] + 1


def test_one_part_draws_nothing_from_the_stream_of_another() -> None:
    fewer, more = (learn(results, PRIORS).draw(np.random.default_rng(3), 50) for results in (EARLIER, EARLIER[:-1]))
    silent = replace(EARLIER[-1], signal_met=None)
    same = learn((*EARLIER[:-1], silent), PRIORS).draw(np.random.default_rng(3), 50)
    assert (fewer.signal.cumulative != more.signal.cumulative).any()
    assert (same.signal.cumulative == more.signal.cumulative).all()


def test_nothing_reported_yet_leaves_all_as_it_was_assumed() -> None:
    learned = learn((), PRIORS)
    draws = learned.draw(np.random.default_rng(1), 4000)
    share = draws.turn_out.of_site(1, kind="school", area=AREAS[0], level=3, generator=np.random.default_rng(1))
    assert np.median(share) == pytest.approx(0.6, abs=0.03)
    assert learned.pace.factor(1) == pytest.approx(1.0)


def test_what_nobody_says_of_phones_leaves_the_number_of_those_served_as_it_is() -> None:
    silent = [replace(result, phone_not_ready=None) for result in MONTH.results]

    def served(results: Sequence[VisitResult]) -> float:
        learned = learn(results, PRIORS)
        cells = [(kind, area) for kind in KINDS for area in AREAS]
        return sum(
            learned.turn_out.summary(*cell).mean * learned.phone_ready.summary(*cell).mean for cell in cells
        ) / len(cells)

    assert served(silent) == pytest.approx(served(MONTH.results), rel=0.05)


def test_somebodys_word_moves_its_site_before_any_visit() -> None:
    word = ShareResult(site=5, kind="school", area=AREAS[0], level=3, people=10, came=2, is_given=True)
    draws = learn((), PRIORS, given=Given(turn_out=(word,))).draw(np.random.default_rng(1), 2000)

    def share(site: int) -> float:
        random = np.random.default_rng(site)
        return float(draws.turn_out.of_site(site, kind="school", area=AREAS[0], level=3, generator=random).mean())

    assert share(5) < share(6) - 0.05


def test_old_visits_are_discounted_where_it_is_asked_for() -> None:
    plain, discounted = learn(MONTH.results, PRIORS), learn(MONTH.results, PRIORS, half_life_days=5)
    cells = [(kind, AREAS[0]) for kind in KINDS]
    widths = [
        sum(learned.turn_out.summary(*cell).high - learned.turn_out.summary(*cell).low for cell in cells)
        for learned in (plain, discounted)
    ]
    assert widths[1] > widths[0]
