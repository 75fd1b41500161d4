"""The policy format: what is read, what is refused, and that it survives a round trip."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.contract.policy import BUILT_IN, InvalidPolicy, Level, LevelName, Policy, policy_from_json, read_policy


def document(*levels: dict[str, Any]) -> dict[str, Any]:
    return {"format": "outreach-policy-1", "name": "ours", "levels": list(levels)}


def faults_of(found: object) -> list[tuple[str, str, str]]:
    with pytest.raises(InvalidPolicy) as refused:
        policy_from_json(found)
    return [(fault.path, fault.value, fault.mend) for fault in refused.value.faults]


levels = st.lists(st.sampled_from(list(LevelName)), min_size=1, unique=True).flatmap(
    lambda names: st.tuples(
        *(
            st.builds(Level, name=st.just(name), tolerance=st.integers(0, 10**12))
            | st.builds(Level, name=st.just(name), tolerance_parts=st.integers(0, 10_000))
            for name in names
        )
    )
)


@given(st.builds(Policy, name=st.sampled_from(["ours", "pemerataan", "é"]), levels=levels))
@settings(max_examples=40)
def test_a_policy_survives_a_round_trip(policy: Policy) -> None:
    assert policy_from_json(json.loads(json.dumps(policy.to_json()))) == policy


def test_an_unknown_level_is_refused_with_those_there_are() -> None:
    [(path, value, mend)] = faults_of(document({"level": "speed"}))
    assert (path, value) == ("/levels/0/level", '"speed"')
    assert "shortfall, floors, cost" in mend


def test_a_level_given_twice_is_refused_with_where_it_stands_first() -> None:
    [(path, value, mend)] = faults_of(document({"level": "cost"}, {"level": "floors"}, {"level": "cost"}))
    assert (path, value) == ("/levels/2/level", '"cost"')
    assert "/levels/0" in mend


@pytest.mark.parametrize(
    ("level", "pointer"),
    [
        ({"level": "cost", "tolerance": -1}, "/levels/0/tolerance"),
        ({"level": "cost", "tolerance": 1.5}, "/levels/0/tolerance"),
        ({"level": "cost", "tolerance_percent": -0.5}, "/levels/0/tolerance_percent"),
        ({"level": "cost", "tolerance_percent": 100.5}, "/levels/0/tolerance_percent"),
        ({"level": "cost", "tolerance_percent": 0.125}, "/levels/0/tolerance_percent"),
        ({"level": "cost", "tolerance_percent": True}, "/levels/0/tolerance_percent"),
        ({"level": "cost", "tolerance": 1, "tolerance_percent": 1}, "/levels/0/tolerance"),
        ({}, "/levels/0/level"),
        ("cost", "/levels/0"),
    ],
)
def test_a_tolerance_that_is_none_is_refused_with_its_place(level: object, pointer: str) -> None:
    found = faults_of({"format": "outreach-policy-1", "name": "ours", "levels": [level]})
    assert [path for path, _, _ in found][:1] == [pointer]
    assert all(mend.startswith("give") for _, _, mend in found)


def test_no_level_at_all_another_format_and_no_object_are_refused() -> None:
    assert faults_of(document())[0][0] == "/levels"
    assert faults_of(document({"level": "cost"}) | {"format": "outreach-1"})[0][0] == "/format"
    assert faults_of([])[0][0] == ""


def test_a_policy_is_read_by_its_name_or_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "ours.json"
    path.write_text(json.dumps(document({"level": "cost", "tolerance": 5})), encoding="utf-8")
    assert read_policy(str(path)) == Policy(name="ours", levels=(Level(name=LevelName.COST, tolerance=5),))
    assert read_policy("even-areas") is BUILT_IN["even-areas"]
    with pytest.raises(InvalidPolicy, match="even-areas"):
        read_policy("no-such-policy")
    path.write_bytes(b"{")
    with pytest.raises(InvalidPolicy, match="JSON"):
        read_policy(str(path))
