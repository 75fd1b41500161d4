"""What a demand may hold, and every way in which one is refused."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.contract.demand import FORMAT, MOST_VALUES, Demand, demand_from_json, read_demand, with_people
from solver.contract.faults import InvalidDemand
from solver.contract.instance import Instance
from solver.contract.reading import instance_from_json
from tests.solver.random_demands import random_demand
from tests.solver.random_instances import instances
from tests.solver.week import week


def demand_of(people: Any, **others: Any) -> Demand:
    return demand_from_json({"format": FORMAT, "people": people, **others}, week())


def refused(people: Any) -> dict[str, str]:
    """Return the faults of a demand with these people, as values and mends by path."""
    with pytest.raises(InvalidDemand) as caught:
        demand_of(people)
    return {fault.path: f"{fault.value}: {fault.mend}" for fault in caught.value.faults}


@given(instances(), st.integers(0, 2**32 - 1))
def test_a_demand_survives_a_round_trip(instance: Instance, seed: int) -> None:
    demand = random_demand(Random(seed), instance)
    assert demand_from_json(demand.to_json(), instance) == demand


def test_sites_that_are_not_named_have_the_people_of_the_instance() -> None:
    demand = demand_of({"S1": [3, 4]})
    assumed = with_people(week(), demand.mean_people())
    assert [site.people for site in assumed.sites] == [4, *(site.people for site in week().sites[1:])]


def test_other_people_leave_pins_and_published_visits() -> None:
    assumed = with_people(week(), {"S1": 1})
    assert (assumed.pinned, assumed.published) == (week().pinned, week().published)


def test_the_mean_is_rounded_up() -> None:
    assert demand_of({"S1": [0, 0, 1], "S2": [1, 2, 3]}).mean_people() == {"S1": 1, "S2": 2}


@pytest.mark.parametrize(("percent", "people"), [(1, 10), (20, 10), (21, 11), (65, 13), (80, 13), (81, 14), (100, 14)])
def test_a_quantile_is_the_least_value_not_exceeded_with_its_probability(percent: int, people: int) -> None:
    assert demand_of({"S1": [10, 11, 12, 13, 14]}).quantile_people(percent) == {"S1": people}


def test_a_demand_of_no_site_is_certain() -> None:
    demand = demand_of({})
    assert (demand.count, demand.mean_people(), demand.quantile_people(85)) == (1, {}, {})


@pytest.mark.parametrize(
    ("people", "path", "told"),
    [
        ({"S9": [1]}, "/people/S9", "name a site of the instance"),
        ({"a/b~c": [1]}, "/people/a~1b~0c", "name a site of the instance"),
        ({"S1": [2, 1]}, "/people/S1/1", "1: sort the values: 2 comes before it"),
        ({"S1": [-1, 1]}, "/people/S1/0", "-1: give a whole number from 0"),
        ({"S1": [1.0]}, "/people/S1/0", "1.0: give a whole number"),
        ({"S1": [True]}, "/people/S1/0", "true: give a whole number"),
        ({"S1": [10**10]}, "/people/S1/0", "give a whole number"),
        ({"S1": []}, "/people/S1", '0 values": give a list of 1 to 1000 values'),
        ({"S1": [1] * (MOST_VALUES + 1)}, "/people/S1", '1001 values": give a list of 1 to 1000 values'),
        ({"S1": 5}, "/people/S1", "5: give a list of 1 to 1000 values"),
        ({"S1": [1, 2], "S2": [1]}, "/people/S2", '1 values": give 2 values, as many as S1 has'),
        ([], "/people", "give an object"),
        (None, "/people", "give an object"),
    ],
)
def test_what_breaks_the_format_is_refused_with_its_mend(people: Any, path: str, told: str) -> None:
    faults = refused(people)
    assert list(faults) == [path]
    assert told in faults[path]


def test_every_fault_is_told_at_once() -> None:
    assert list(refused({"S9": [1, 2], "S1": [2, 1], "S2": [0, -1]})) == ["/people/S9", "/people/S1/1", "/people/S2/1"]


@pytest.mark.parametrize(
    "document", [None, 7, [], {}, {"format": "outreach-1", "people": {}}, {"format": FORMAT, "persons": {}}]
)
def test_what_is_no_demand_is_refused(document: Any) -> None:
    with pytest.raises(InvalidDemand):
        demand_from_json(document, week())


def test_people_whose_products_with_the_weights_overflow_are_refused() -> None:
    document = week().to_json()
    document["weights"]["shortfall"] = 10**12
    document["target"]["gap"] = None
    with pytest.raises(InvalidDemand, match=r"/people is .* pass 2\^62"):
        demand_from_json({"format": FORMAT, "people": {"S1": [10**8]}}, instance_from_json(document))


@pytest.mark.parametrize("content", [b"", b"{", b"\xff"])
def test_a_file_that_is_no_json_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "demand.json").write_bytes(content)
    with pytest.raises(InvalidDemand, match="write it as JSON"):
        read_demand(tmp_path / "demand.json", week())
