from importlib.metadata import PackageNotFoundError

import pytest

from solver.contract.verify import verify
from tests.benchmark.districts import core
from tests.benchmark.peers import PACKAGES, peer_plan, peer_version
from tests.benchmark.suite import is_comparable


@pytest.mark.parametrize("method", PACKAGES)
def test_plan_of_a_peer_passes_the_same_judge(method: str) -> None:
    try:
        assert peer_version(method).startswith(method)
    except PackageNotFoundError:
        pytest.skip(f"{PACKAGES[method]} is installed for the benchmark only: make bench")
    instance = core(sites=12, teams=2, capacity_share=0.75, seed=1, name="small")
    assert is_comparable(instance)
    recount = verify(instance, peer_plan(method, instance, seconds=0.5, seed=1, threads=1))
    assert recount.feasible
    # Three sites in ten at least: a peer that was told a wrong problem finds next to nothing.
    assert recount.activations >= 0.3 * sum(site.people for site in instance.sites)
