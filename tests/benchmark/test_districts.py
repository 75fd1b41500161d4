import pytest

from solver.numeric.arrays import build_arrays
from tests.benchmark.districts import SIZES, Spread, core, district, orienteering
from tests.benchmark.suite import CORES, DISTRICTS, ROUNDS, is_comparable


@pytest.mark.parametrize("spread", ["city", "countryside", "archipelago"])
def test_same_seed_makes_the_same_district(spread: Spread) -> None:
    made = [district(spread, SIZES["s"], seed=seed, closable=False, name="x") for seed in (1, 1, 2)]
    assert made[0] == made[1]
    assert made[0] != made[2]


@pytest.mark.parametrize(("spread", "size", "seed", "closable"), [entry for entry in DISTRICTS if entry[1] != "l"])
def test_gap_is_within_the_people_only_where_it_can_be_closed(
    spread: Spread, size: str, seed: int, closable: bool
) -> None:
    made = district(spread, SIZES[size], seed=seed, closable=closable, name="x")
    everyone = sum(site.people for site in made.sites)
    assert (made.net_gap < everyone) == closable


def test_islands_are_further_one_way_than_back() -> None:
    arrays = build_arrays(district("archipelago", SIZES["s"], seed=1, closable=False, name="x"))
    assert (arrays.minutes != arrays.minutes.T).any()


@pytest.mark.parametrize("size", ["s", "m"])
def test_capacity_of_a_core_binds(size: str) -> None:
    sites, teams, share = CORES[size]
    made = core(sites=sites, teams=teams, capacity_share=share, seed=1, name="x")
    work = sum(site.setup_minutes + (site.fixed_minutes or 0) for site in made.sites)
    at_hand = sum((team.shift.close - team.shift.open) * sum(team.work_dates) for team in made.teams)
    assert at_hand < work


def test_every_site_of_a_core_can_be_served_in_its_window() -> None:
    made = core(sites=200, teams=3, capacity_share=0.75, seed=2, name="x")
    for site in made.sites:
        assert site.fixed_minutes is not None
        assert site.windows[0].open + site.setup_minutes + site.fixed_minutes <= site.windows[0].close


@pytest.mark.parametrize(("sites", "teams", "window_minutes", "clustered"), ROUNDS)
def test_rounds_of_one_date_can_be_planned_by_routers(
    sites: int, teams: int, window_minutes: int, clustered: bool
) -> None:
    made = orienteering(sites=sites, teams=teams, window_minutes=window_minutes, clustered=clustered, seed=1, name="x")
    assert is_comparable(made)
    assert len(made.dates) == 1
