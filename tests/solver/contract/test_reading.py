"""What an instance may hold, and every way in which one is refused."""

import gzip
import json
from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings

from solver.contract.faults import InvalidInstance
from solver.contract.instance import GreatCircle, Instance, Matrix, Point, Target, Window
from solver.contract.reading import NO_WAY_MINUTES, instance_from_json, read_instance, write_instance
from tests.solver.contract_files import contract_instances, load_document
from tests.solver.random_instances import instances, random_document
from tests.solver.week import INSTANCES, make_visit, week, week_document

Change = Callable[[dict[str, Any]], object]


def at(pointer: str, value: object) -> Change:
    """Return a change that puts a value where a JSON pointer points."""

    def change(document: dict[str, Any]) -> None:
        *way, last = pointer.strip("/").split("/")
        here: Any = document
        for step in way:
            here = here[int(step)] if isinstance(here, list) else here[step]
        if isinstance(here, list):
            here[int(last)] = value
        else:
            here[last] = value

    return change


def without(pointer: str) -> Change:
    """Return a change that removes what a JSON pointer points at."""

    def change(document: dict[str, Any]) -> None:
        *way, last = pointer.strip("/").split("/")
        here: Any = document
        for step in way:
            here = here[int(step)] if isinstance(here, list) else here[step]
        del here[int(last) if isinstance(here, list) else last]

    return change


def refused(*changes: Change) -> dict[str, str]:
    """Return the faults found after changing the golden instance, as mends by path."""
    document = week_document()
    for change in changes:
        change(document)
    with pytest.raises(InvalidInstance) as caught:
        instance_from_json(document)
    return {fault.path: fault.mend for fault in caught.value.faults}


def on_the_globe(document: dict[str, Any]) -> None:
    """Place everything by latitude and longitude, close enough for the pinned visit."""
    document["travel"] = {"detour": 1.3, "kmh": 30}
    for stop in document["sites"] + document["teams"]:
        del stop["place"]
        stop |= {"lat": -3.295, "lon": 102.861}


REFUSED: dict[str, tuple[Change, str]] = {
    "another format": (at("/format", "outreach-3"), "/format"),
    "no format": (without("/format"), "/format"),
    "a name that is no text": (at("/name", 7), "/name"),
    "dates that are no list": (at("/dates", "2023-11-13"), "/dates"),
    "unsorted dates": (at("/dates", ["2023-11-13", "2023-11-16", "2023-11-14"]), "/dates/2"),
    "a date twice": (at("/dates/1", "2023-11-13"), "/dates/1"),
    "a day that does not exist": (at("/dates/2", "2023-11-31"), "/dates/2"),
    "a date in another form": (at("/dates/0", "20231113"), "/dates/0"),
    "a date that is a number": (at("/dates/0", 20231113), "/dates/0"),
    "slots of no minutes": (at("/slot_minutes", 0), "/slot_minutes"),
    "slots of half minutes": (at("/slot_minutes", 7.5), "/slot_minutes"),
    "slots that are true": (at("/slot_minutes", True), "/slot_minutes"),
    "slots as text": (at("/slot_minutes", "30"), "/slot_minutes"),
    "no target": (without("/target"), "/target"),
    "a target that is a number": (at("/target", 100), "/target"),
    "no gap": (without("/target/gap"), "/target/gap"),
    "a negative gap": (at("/target/gap", -1), "/target/gap"),
    "negative walk-ins": (at("/target/walk_ins_per_day", -5), "/target/walk_ins_per_day"),
    "walk-ins of null": (at("/target/walk_ins_per_day", None), "/target/walk_ins_per_day"),
    "four ratings": (at("/connectivity/throughput_percent", [0, 1, 2, 3]), "/connectivity/throughput_percent"),
    "a negative percentage": (at("/connectivity/success_percent/1", -1), "/connectivity/success_percent"),
    "a percentage with a fraction": (at("/connectivity/success_percent/1", 0.5), "/connectivity/success_percent"),
    "more success than attempts": (at("/connectivity/success_percent/4", 101), "/connectivity/success_percent"),
    "a satellite level of 5": (at("/connectivity/satellite_level", 5), "/connectivity/satellite_level"),
    "no travel": (without("/travel"), "/travel"),
    "travel by nothing": (at("/travel", {}), "/travel/detour"),
    "both ways to travel": (at("/travel/kmh", 30), "/travel"),
    "no metres": (without("/travel/metres"), "/travel/metres"),
    "a matrix with a short row": (at("/travel/minutes/1", [12, 0]), "/travel/minutes/1"),
    "a matrix with a row too few": (without("/travel/metres/2"), "/travel/metres"),
    "a matrix with a row too many": (at("/travel/minutes", [[0, 1, 2]] * 4), "/travel/minutes/0"),
    "a matrix of texts": (at("/travel/metres/0/1", "5000"), "/travel/metres/0/1"),
    "negative minutes of travel": (at("/travel/minutes/2/1", -1), "/travel/minutes/2/1"),
    "minutes of travel with a fraction": (at("/travel/minutes/2/1", 1.5), "/travel/minutes/2/1"),
    "a row that is null": (at("/travel/minutes/2", None), "/travel/minutes/2"),
    "overrides of null": (at("/travel/overrides", None), "/travel/overrides"),
    "an override of an unknown id": (at("/travel/overrides/0/between/1", "S9"), "/travel/overrides/0/between/1"),
    "an override of three": (at("/travel/overrides/0/between", ["T1", "S1", "S2"]), "/travel/overrides/0/between"),
    "an override without metres": (without("/travel/overrides/0/metres"), "/travel/overrides/0/metres"),
    "a negative override": (at("/travel/overrides/0/minutes", -1), "/travel/overrides/0/minutes"),
    "no areas": (without("/areas"), "/areas"),
    "an area twice": (at("/areas/1/id", "K1"), "/areas/1/id"),
    "a negative floor": (at("/areas/0/min_activations", -1), "/areas/0/min_activations"),
    "a site that is a text": (at("/sites/2", "S3"), "/sites/2"),
    "a site twice": (at("/sites/2/id", "S2"), "/sites/2/id"),
    "a site without a name for itself": (at("/sites/2/id", ""), "/sites/2/id"),
    "an id that is a number": (at("/sites/2/id", 3), "/sites/2/id"),
    "an unknown area": (at("/sites/0/area", "K9"), "/sites/0/area"),
    "an area of null": (at("/sites/0/area", None), "/sites/0/area"),
    "a kind that is a number": (at("/sites/0/kind", 1), "/sites/0/kind"),
    "negative people": (at("/sites/0/people", -5), "/sites/0/people"),
    "people past counting": (at("/sites/0/people", 10**12), "/sites/0/people"),
    "no people": (without("/sites/0/people"), "/sites/0/people"),
    "a rating of 5": (at("/sites/0/connectivity", 5), "/sites/0/connectivity"),
    "a negative rating": (at("/sites/0/connectivity", -1), "/sites/0/connectivity"),
    "too few bits": (at("/sites/1/dates", "11"), "/sites/1/dates"),
    "too many bits": (at("/sites/1/dates", "1111"), "/sites/1/dates"),
    "a bit that is a 2": (at("/sites/1/dates", "120"), "/sites/1/dates"),
    "bits that are a list": (at("/sites/1/dates", [1, 1, 0]), "/sites/1/dates"),
    "a place outside the matrix": (at("/sites/1/place", 3), "/sites/1/place"),
    "a negative place": (at("/sites/1/place", -1), "/sites/1/place"),
    "no place": (without("/sites/1/place"), "/sites/1/place"),
    "windows of null": (at("/sites/0/windows", None), "/sites/0/windows"),
    "a window that ends first": (at("/sites/0/windows/1", [900, 780]), "/sites/0/windows/1"),
    "a window of one number": (at("/sites/0/windows/1", [900]), "/sites/0/windows/1"),
    "a window before midnight": (at("/sites/0/windows/1", [-1, 780]), "/sites/0/windows/1"),
    "a window by the clock": (at("/sites/0/windows/1", ["08:00", "12:00"]), "/sites/0/windows/1"),
    "dated windows as a list": (at("/sites/1/windows_on", []), "/sites/1/windows_on"),
    "dated windows of null": (at("/sites/1/windows_on", None), "/sites/1/windows_on"),
    "windows on no date": (at("/sites/1/windows_on", {"14/11": []}), "/sites/1/windows_on/14~111"),
    "windows of null on a date": (at("/sites/1/windows_on/2023-11-14", None), "/sites/1/windows_on/2023-11-14"),
    "a bad window on a date": (
        at("/sites/1/windows_on/2023-11-14", [[2, 1]]),
        "/sites/1/windows_on/2023-11-14/0",
    ),
    "negative set-up": (at("/sites/1/setup_minutes", -10), "/sites/1/setup_minutes"),
    "negative session": (at("/sites/2/fixed_minutes", -45), "/sites/2/fixed_minutes"),
    "a must that is a number": (at("/sites/1/must", 1), "/sites/1/must"),
    "a must of null": (at("/sites/1/must", None), "/sites/1/must"),
    "negative visit dates": (at("/sites/1/max_visit_dates", -1), "/sites/1/max_visit_dates"),
    "negative spacing": (at("/sites/1/min_gap_days", -1), "/sites/1/min_gap_days"),
    "negative room for teams": (at("/sites/1/max_teams", -1), "/sites/1/max_teams"),
    "a team twice": (at("/teams/1/id", "T1"), "/teams/1/id"),
    "negative operators": (at("/teams/1/operators", -1), "/teams/1/operators"),
    "activations in no time": (at("/teams/1/minutes_per_activation", 0), "/teams/1/minutes_per_activation"),
    "a shift that ends first": (at("/teams/1/shift", [900, 480]), "/teams/1/shift"),
    "no shift": (without("/teams/1/shift"), "/teams/1/shift"),
    "no satellite": (without("/teams/1/satellite"), "/teams/1/satellite"),
    "a satellite that is a text": (at("/teams/1/satellite", "no"), "/teams/1/satellite"),
    "team bits of the wrong length": (at("/teams/1/dates", "1"), "/teams/1/dates"),
    "negative stops": (at("/teams/1/max_stops", -1), "/teams/1/max_stops"),
    "a base outside the matrix": (at("/teams/1/place", 3), "/teams/1/place"),
    "no costs": (without("/costs"), "/costs"),
    "a negative price": (at("/costs/per_km", -1), "/costs/per_km"),
    "a price with a fraction": (at("/costs/per_team_day", 0.5), "/costs/per_team_day"),
    "a negative budget": (at("/costs/budget", -1), "/costs/budget"),
    "a negative weight": (at("/weights/late", -1), "/weights/late"),
    "no weight": (without("/weights/moved"), "/weights/moved"),
    "weights past 64 bits": (
        lambda document: document["weights"].update(late=10**12) or document["sites"][0].update(people=10**9),
        "/weights",
    ),
    "crews past 64 bits": (
        lambda document: (
            document["teams"][1].update(operators=10**6, shift=[0, 10**8])
            or document["connectivity"].update(throughput_percent=[1000] * 5)
        ),
        "/teams",
    ),
    "prices past 64 bits": (
        lambda document: (
            document["costs"].update(per_km=10**9, budget=None) or document["travel"]["metres"][0].__setitem__(2, 10**9)
        ),
        "/weights",
    ),
    "no pins": (without("/pinned"), "/pinned"),
    "a pin of an unknown site": (at("/pinned/0/site", "S9"), "/pinned/0/site"),
    "a pin of an unknown team": (at("/pinned/0/team", "T9"), "/pinned/0/team"),
    "a pin on an unknown date": (at("/pinned/0/date", "2023-11-15"), "/pinned/0/date"),
    "a pin on no date": (at("/pinned/0/date", "Monday"), "/pinned/0/date"),
    "a pin that starts at no time": (at("/pinned/0/start", None), "/pinned/0/start"),
    "a pin without minutes": (without("/pinned/0/minutes"), "/pinned/0/minutes"),
    "a pin that is a text": (at("/pinned/0", "T1"), "/pinned/0"),
    "no published visits": (without("/published"), "/published"),
    "a published visit of an unknown site": (at("/published/1/site", "S9"), "/published/1/site"),
    "a published visit with a negative start": (at("/published/1/start", -1), "/published/1/start"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_broken_instance_is_refused_with_the_path(case: str) -> None:
    change, path = REFUSED[case]
    assert path in refused(change)


ON_THE_GLOBE: dict[str, tuple[Change, str]] = {
    "no latitude": (without("/sites/0/lat"), "/sites/0/lat"),
    "a latitude of 91": (at("/sites/0/lat", 91), "/sites/0/lat"),
    "a longitude of -181": (at("/teams/0/lon", -181), "/teams/0/lon"),
    "a latitude as text": (at("/sites/0/lat", "-3.2"), "/sites/0/lat"),
    "a latitude that is no number": (at("/sites/0/lat", float("nan")), "/sites/0/lat"),
    "a place without a matrix": (lambda document: document["sites"][0].pop("lat"), "/sites/0/lat"),
    "a negative detour": (at("/travel/detour", -1), "/travel/detour"),
    "a detour without end": (at("/travel/detour", float("inf")), "/travel/detour"),
    "no speed": (at("/travel/kmh", 0), "/travel/kmh"),
    "a speed of null": (at("/travel/kmh", None), "/travel/kmh"),
    "half a matrix too": (at("/travel/minutes", [[0]]), "/travel"),
}


@pytest.mark.parametrize("case", ON_THE_GLOBE)
def test_broken_place_on_the_globe_is_refused_with_the_path(case: str) -> None:
    change, path = ON_THE_GLOBE[case]
    assert path in refused(on_the_globe, change)


def test_fault_says_path_value_and_mend() -> None:
    document = week_document()
    document["sites"][0]["people"] = -5
    with pytest.raises(InvalidInstance, match="/sites/0/people is -5: give a whole number from 0") as caught:
        instance_from_json(document)
    [fault] = caught.value.faults
    assert (fault.path, fault.value) == ("/sites/0/people", "-5")


def test_missing_field_is_called_missing() -> None:
    document = week_document()
    del document["teams"][1]["shift"]
    with pytest.raises(InvalidInstance) as caught:
        instance_from_json(document)
    assert [(p.path, p.value) for p in caught.value.faults] == [("/teams/1/shift", "missing")]


def test_every_fault_is_named_at_once() -> None:
    faults = refused(
        at("/dates/2", "tomorrow"),
        at("/sites/0/people", -5),
        at("/sites/0/area", "K9"),
        at("/sites/2/dates", "1"),
        at("/teams/1/shift", [900, 480]),
        at("/weights/late", None),
        at("/published/1/team", "T9"),
        without("/costs"),
    )
    assert set(faults) == {
        "/dates/2",
        "/sites/0/people",
        "/sites/0/area",
        "/sites/2/dates",
        "/teams/1/shift",
        "/weights/late",
        "/published/1/team",
        # The published visits of the date that could not be read have lost it.
        "/published/1/date",
        "/costs",
    }


def test_broken_travel_is_not_blamed_on_the_places() -> None:
    assert set(refused(without("/travel"))) == {"/travel"}
    assert set(refused(without("/travel/minutes"))) == {"/travel/minutes"}
    assert set(refused(on_the_globe, at("/travel/kmh", 0))) == {"/travel/kmh"}


@pytest.mark.parametrize("document", [None, [], "outreach-1", 7, True])
def test_what_is_no_object_is_refused(document: object) -> None:
    with pytest.raises(InvalidInstance) as caught:
        instance_from_json(document)
    assert [fault.path for fault in caught.value.faults] == [""]


def test_empty_object_lists_every_field() -> None:
    with pytest.raises(InvalidInstance) as caught:
        instance_from_json({})
    assert {fault.path for fault in caught.value.faults} == {f"/{name}" for name in week_document()}


ALLOWED: dict[str, Change] = {
    "no gap to close": at("/target/gap", None),
    "a line quicker than usual": at("/connectivity/throughput_percent/4", 120),
    "a gap that walk-ins close": at("/target/gap", 3),
    "no budget field": without("/costs/budget"),
    "a budget of null": at("/costs/budget", None),
    "no overrides": without("/travel/overrides"),
    "an override given twice": lambda document: document["travel"]["overrides"].append(
        {"between": ["S2", "T1"], "minutes": 1, "metres": 1}
    ),
    "a way from a site to itself": at("/travel/minutes/1/1", 5),
    "no session field": without("/sites/0/fixed_minutes"),
    "no must field": without("/sites/0/must"),
    "no dated windows": without("/sites/1/windows_on"),
    "a dated window outside the dates": at("/sites/1/windows_on/2024-01-01", [[480, 600]]),
    "no windows": at("/sites/1/windows", []),
    "windows out of order": at("/sites/0/windows", [[780, 900], [480, 720]]),
    "overlapping windows": at("/sites/0/windows", [[480, 720], [500, 900]]),
    "a window of one minute": at("/sites/1/windows", [[480, 480]]),
    "windows past midnight": at("/sites/1/windows", [[480, 100_000]]),
    "a session that is no multiple of the slot": at("/sites/2/fixed_minutes", 47),
    "a session of no minutes": at("/sites/2/fixed_minutes", 0),
    "nobody to win": at("/sites/1/people", 0),
    "a site never open": at("/sites/1/dates", "000"),
    "no visits at all": at("/sites/1/max_visit_dates", 0),
    "no spacing": at("/sites/1/min_gap_days", 0),
    "a team without operators": at("/teams/1/operators", 0),
    "a team without stops": at("/teams/1/max_stops", 0),
    "no sites": lambda document: (
        document.update(sites=[], pinned=[], published=[], travel={"detour": 1, "kmh": 30})
        or [team.update(lat=0, lon=0) for team in document["teams"]]
    ),
    "no teams": lambda document: (
        document["travel"].pop("overrides"),
        document.update(teams=[], pinned=[], published=[]),
    ),
    "a speed with a fraction": lambda document: (on_the_globe(document), document["travel"].update(kmh=27.5)),
    "coordinates beside a matrix": at("/sites/0/lat", -3.2),
    "a note that the format does not know": at("/sites/0/note", "by boat in the rains"),
    "a published visit that is no longer possible": at("/published/1/minutes", 31),
    "the same visit published twice": lambda document: document["published"].append(document["published"][0]),
    "a team and a site with one id": lambda document: (
        document["teams"][1].update(id="S1"),
        document["published"].pop(1),
    ),
}


@pytest.mark.parametrize("case", ALLOWED)
def test_what_the_contract_allows_is_accepted_and_survives_a_round_trip(case: str) -> None:
    document = week_document()
    ALLOWED[case](document)
    instance = instance_from_json(document)
    assert instance_from_json(json.loads(json.dumps(instance.to_json()))) == instance


def test_instance_without_dates_has_nothing_to_plan() -> None:
    document = week_document() | {"dates": [], "pinned": [], "published": []}
    for stop in document["sites"] + document["teams"]:
        stop["dates"] = ""
    assert instance_from_json(document).dates == ()


def test_golden_document_is_read_field_by_field() -> None:
    instance = week()
    assert instance.dates == (date(2023, 11, 13), date(2023, 11, 14), date(2023, 11, 16))
    assert instance.sites[1].open_dates == (True, True, False)
    assert instance.sites[1].windows_at(date(2023, 11, 14)) == ()
    assert instance.sites[1].windows_at(date(2023, 11, 13)) == (Window(open=480, close=900),)
    assert instance.sites[2].fixed_minutes == 45
    assert (instance.sites[0].must, instance.sites[1].must) == (False, True)
    assert instance.teams[0].shift == Window(open=450, close=930)
    assert isinstance(instance.travel, Matrix)
    assert instance.travel.overrides[0].between == ("T1", "S2")
    assert instance.pinned == (make_visit("T1", "S1", day=13, start=500, minutes=90),)


def test_golden_document_survives_a_round_trip_word_for_word() -> None:
    assert week().to_json() == week_document()


def test_contracts_instances_survive_a_round_trip_word_for_word() -> None:
    for path in contract_instances():
        document = load_document(path)
        assert instance_from_json(document).to_json() == document


@settings(max_examples=40, deadline=None)
@given(instances())
def test_any_instance_survives_a_round_trip(instance: Instance) -> None:
    assert instance_from_json(json.loads(json.dumps(instance.to_json()))) == instance


@pytest.mark.parametrize("seed", range(20))
def test_generated_document_loses_nothing_but_empty_fields(seed: int) -> None:
    document = random_document(Random(seed))
    written = instance_from_json(document).to_json()
    for site, read in zip(document["sites"], written["sites"], strict=True):
        assert {"fixed_minutes": None, "must": False} | site == read
    for name in ("dates", "areas", "teams", "target", "weights", "pinned", "published", "connectivity"):
        assert written[name] == document[name]


def test_changed_instance_is_judged_at_the_same_door_as_a_file() -> None:
    with pytest.raises(InvalidInstance, match="/slot_minutes"):
        instance_from_json(replace(week(), slot_minutes=0).to_json())
    assert instance_from_json(replace(week(), slot_minutes=15).to_json()).slot_minutes == 15


def test_instance_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        week().slot_minutes = 15  # type: ignore[misc]


@pytest.mark.parametrize(("gap", "net"), [(100, 85), (15, 0), (3, 0), (None, 120)])
def test_net_gap_leaves_out_walk_ins_and_never_falls_below_zero(gap: int | None, net: int) -> None:
    assert replace(week(), target=Target(gap=gap, walk_ins_per_day=5)).net_gap == net


def test_walk_ins_by_date_replace_the_daily_ones_and_may_name_other_dates() -> None:
    target = Target(gap=100, walk_ins_per_day=5, walk_ins_on=((date(2023, 11, 14), 1), (date(2023, 11, 15), 4)))
    found = replace(week(), target=target)
    assert found.walk_ins_by_date() == {
        date(2023, 11, day): count for day, count in ((13, 5), (14, 1), (15, 4), (16, 5))
    }
    assert found.net_gap == 85
    assert instance_from_json(found.to_json()) == found


def test_target_without_dates_is_written_as_before() -> None:
    assert week().to_json()["target"] == {"gap": 100, "walk_ins_per_day": 5}


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"walk_ins_on": [5]}, "/target/walk_ins_on"),
        ({"walk_ins_on": {"tomorrow": 5}}, "/target/walk_ins_on/tomorrow"),
        ({"walk_ins_on": {"2023-11-14": -5}}, "/target/walk_ins_on/2023-11-14"),
        ({"deadline": "soon"}, "/target/deadline"),
        ({"deadline": 20231231}, "/target/deadline"),
        ({"period_gap": -1}, "/target/period_gap"),
        ({"period_gap": 101}, "/target/period_gap"),
        ({"gap": None, "period_gap": 5}, "/target/period_gap"),
    ],
)
def test_target_with_a_wrong_date_or_count_is_refused_with_its_place(fields: dict[str, Any], path: str) -> None:
    document = week_document()
    document["target"] |= fields
    with pytest.raises(InvalidInstance) as refused:
        instance_from_json(document)
    assert [fault.path for fault in refused.value.faults] == [path]


@pytest.mark.parametrize("name", ["week.json", "week.json.gz"])
def test_instance_is_written_and_read_again(tmp_path: Path, name: str) -> None:
    write_instance(week(), tmp_path / name)
    assert read_instance(tmp_path / name) == week()


def test_compressed_instance_is_the_same_file_every_time(tmp_path: Path) -> None:
    write_instance(week(), tmp_path / "one.json.gz")
    write_instance(week(), tmp_path / "two.json.gz")
    assert (tmp_path / "one.json.gz").read_bytes() == (tmp_path / "two.json.gz").read_bytes()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("broken.json", b'{"format": '),
        ("empty.json", b""),
        ("latin.json", b'{"name": "\xe9"}'),
        ("deep.json", b"[" * 100_000),
        ("plain.json.gz", b"{}"),
        ("cut.json.gz", gzip.compress((INSTANCES / "week.json").read_bytes())[:-20]),
    ],
)
def test_file_that_is_no_json_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInstance, match="unreadable"):
        read_instance(tmp_path / name)


def test_missing_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_instance(tmp_path / "absent.json")


def test_places_on_the_globe_are_points() -> None:
    document = week_document()
    on_the_globe(document)
    instance = instance_from_json(document | {"travel": {"detour": 1.3, "kmh": 30}})
    assert instance.travel == GreatCircle(detour=1.3, kmh=30)
    assert instance.sites[0].place == Point(lat=-3.295, lon=102.861)


def test_null_in_both_matrices_is_no_way() -> None:
    document = week_document()
    size = len(document["travel"]["minutes"])
    for key in ("minutes", "metres"):
        document["travel"][key][0][size - 1] = None
    travel = instance_from_json(document).travel
    assert isinstance(travel, Matrix)
    assert (travel.minutes[0][size - 1], travel.metres[0][size - 1]) == (NO_WAY_MINUTES, 0)
    assert travel.minutes[size - 1][0] < NO_WAY_MINUTES


@pytest.mark.parametrize(("key", "other"), [("minutes", "metres"), ("metres", "minutes")])
def test_a_way_without_minutes_or_without_metres_is_refused(key: str, other: str) -> None:
    assert f"/travel/{other}/0/1" in refused(at(f"/travel/{key}/0/1", None))
