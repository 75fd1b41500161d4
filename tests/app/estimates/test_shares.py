"""What is learned of a share, in small cases whose answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from app.estimates.shares import ShareFit, ShareResult, fit_shares

PRIOR = {"school": 0.8, "village": 0.12}
DRAWS = 4000


def make_share(site: int = 1, **changes: object) -> ShareResult:
    plain = ShareResult(site=site, kind="school", area="east", level=3, people=100, came=40)
    return replace(plain, **changes)  # type: ignore[arg-type]


def shares_of(
    fit: ShareFit, site: int, *, kind: str = "school", area: str = "east", level: int = 3, seed: int = 1
) -> np.ndarray:
    random = np.random.default_rng(seed)
    return fit.draw(random, DRAWS).of_site(site, kind=kind, area=area, level=level, generator=random)


def test_a_kind_without_visits_starts_at_its_assumed_share() -> None:
    fit = fit_shares([], PRIOR)
    for kind, share in PRIOR.items():
        said = fit.summary(kind, "east")
        assert said.prior == share
        assert said.low < share < said.high
        assert not said.is_measured
    assert np.median(shares_of(fit, 1, kind="village")) == pytest.approx(0.12, abs=0.02)


def test_many_sites_of_a_kind_move_it_to_what_they_said() -> None:
    fit = fit_shares([make_share(site, came=30 + site % 10) for site in range(60)], PRIOR)
    said = fit.summary("school", "east", 3)
    assert said.mean == pytest.approx(0.345, abs=0.02)
    assert (said.visits, said.people, said.bounded, said.is_measured) == (60, 6000, 0, True)


def test_what_is_said_of_a_new_site_is_what_is_drawn_for_it() -> None:
    fit = fit_shares([make_share(site, came=20 + 5 * (site % 8)) for site in range(20)], PRIOR)
    said, drawn = fit.summary("school", "east", 3), shares_of(fit, 999)
    assert drawn.mean() == pytest.approx(said.mean, abs=0.01)
    assert np.quantile(drawn, (0.05, 0.95)) == pytest.approx((said.low, said.high), abs=0.015)


def test_kinds_with_many_visits_teach_those_without() -> None:
    fit = fit_shares([make_share(site, came=30) for site in range(60)], PRIOR)
    assert fit.summary("village", "east").mean < fit_shares([], PRIOR).summary("village", "east").mean


def test_an_area_without_visits_has_the_pooled_interval() -> None:
    fit = fit_shares([make_share(site, came=30) for site in range(60)], PRIOR)
    known, unknown = fit.summary("school", "east", 3), fit.summary("school", "west", 3)
    assert not unknown.is_measured
    assert unknown.high - unknown.low > known.high - known.low
    assert fit_shares(fit.results, PRIOR, areas=["west"]).summary("school", "west", 3).mean == pytest.approx(
        unknown.mean, abs=0.01
    )


def test_sites_of_an_area_without_visits_share_its_effect() -> None:
    fit = fit_shares([make_share(site, came=30 + 5 * (site % 3)) for site in range(60)], PRIOR)
    draws = fit.draw(np.random.default_rng(1), DRAWS)
    west, west_again, north = (draws.of_cell(kind="school", area=area, level=3) for area in ("west", "west", "north"))
    assert (west == west_again).all()
    assert np.corrcoef(west, north)[0, 1] < 0.95


def test_a_visited_site_keeps_what_was_seen_there() -> None:
    results = [make_share(site, came=30) for site in range(30)] + [make_share(99, people=400, came=320)]
    own = shares_of(fit_shares(results, PRIOR), 99)
    assert own.mean() == pytest.approx(0.79, abs=0.02)
    assert own.std() == pytest.approx((0.8 * 0.2 / 400) ** 0.5, abs=0.005)


def test_all_visits_of_a_site_are_of_one_site() -> None:
    others = [make_share(site, came=30) for site in range(30)]
    once = fit_shares([*others, make_share(99, people=300, came=180)], PRIOR)
    thrice = fit_shares([*others, *[make_share(99, people=100, came=60)] * 3], PRIOR)
    assert shares_of(thrice, 99) == pytest.approx(shares_of(once, 99), abs=1e-9)


def test_a_full_visit_leaves_its_site_open_upwards() -> None:
    others = [make_share(site, came=30 + 4 * (site % 10)) for site in range(30)]
    exact = shares_of(fit_shares([*others, make_share(99, came=45)], PRIOR), 99)
    bounded = shares_of(fit_shares([*others, make_share(99, came=45, is_bounded=True)], PRIOR), 99)
    assert np.quantile(bounded, 0.05) >= np.quantile(exact, 0.05) - 0.01
    assert np.quantile(bounded, 0.95) > np.quantile(exact, 0.95) + 0.05


def test_another_visited_site_draws_nothing_from_anybody_elses_stream() -> None:
    fit = fit_shares([make_share(site, came=30) for site in range(5)], PRIOR)
    draws = fit.draw(np.random.default_rng(1), 50)

    def of(site: int) -> np.ndarray:
        return draws.of_site(site, kind="school", area="east", level=3, generator=np.random.default_rng(site))

    alone = of(3)
    of(2), of(77)
    assert (of(3) == alone).all()


def test_somebodys_word_counts_like_ten_people_and_is_no_visit() -> None:
    word = make_share(7, people=10, came=3.5, is_given=True)
    fit = fit_shares([word], PRIOR)
    assert shares_of(fit, 7).mean() < shares_of(fit, 8).mean() < 0.8
    assert fit.summary("school", "east").visits == 0
    assert not fit.summary("school", "east").is_measured


def test_visits_without_anybody_invited_are_left_out() -> None:
    assert fit_shares([make_share(people=0, came=0)], PRIOR).results == ()


def test_more_who_came_than_were_invited_do_no_harm() -> None:
    assert fit_shares([make_share(people=10, came=25)], PRIOR).summary("school", "east").mean > 0.8


def test_a_kind_without_an_assumed_share_is_refused() -> None:
    with pytest.raises(KeyError):
        fit_shares([make_share(kind="mosque")], PRIOR)


@pytest.mark.parametrize("prior", [0.0, 1.0])
def test_an_assumption_of_none_or_all_can_be_unlearned(prior: float) -> None:
    fit = fit_shares([make_share(site, came=50) for site in range(40)], {"school": prior})
    assert fit.summary("school", "east", 3).mean == pytest.approx(0.5, abs=0.03)


def test_figures_stay_finite_where_visits_contradict_each_other() -> None:
    results = [make_share(site, people=2000, came=2000 * (site % 2)) for site in range(12)]
    said = fit_shares(results, PRIOR).summary("school", "east", 3)
    assert 0 < said.low < said.mean < said.high < 1
    assert said.high - said.low > 0.7
