"""What `outreach-2` adds to an instance: what it may hold, and every way in which one is refused."""

from random import Random
from typing import Any

import pytest

from solver.contract.documents import NO_HISTORY
from solver.contract.faults import InvalidInstance
from solver.contract.instance import Instance, Window
from solver.contract.reading import instance_from_json, read_instance, write_instance
from tests.solver.contract.test_reading import Change, at, without
from tests.solver.contract_files import load_next_referee, next_contract_instances
from tests.solver.journey import journey, journey_document
from tests.solver.random_journeys import next_document
from tests.solver.week import week_document

NUMBERS: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(
        (
            *("/lodgings/0/cost_per_night", "/connections/0/fare", "/kits/0/count", "/kits/0/max_per_team"),
            *("/kits/0/cost_per_day", "/documents/0/walk_ins_per_day", "/documents/0/shortfall", "/documents/0/late"),
            *("/teams/0/max_nights", "/teams/0/rest_days", "/teams/0/kits/printer", "/teams/0/history/points"),
            *("/teams/0/history/dates", "/sites/0/people_by_document/kia", "/fairness/night_points", "/weights/spread"),
        ),
        (-1, 1.5, 30.0, "1", True, None, [], 10**13),
    ),
    **dict.fromkeys(
        ("/connections/0/minutes", "/documents/0/minutes", "/teams/0/breaks/0/minutes", "/sites/2/min_teams"),
        (0, -1, 1.5, "1", True, None),
    ),
    **dict.fromkeys(("/lodgings/0/max_teams", "/connections/0/max_teams", "/documents/0/gap"), (-1, 1.5, "1", True)),
    "/pinned_rides/0/start": (-1, "540", None),
}
"""Wrong values of whole numbers."""
IDS = (*("/lodgings/0/id", "/stations/0/id", "/connections/0/id", "/documents/0/id", "/kits/0/id", "/kits/0/kind"),)
TEXTS = (
    *IDS,
    *("/lodgings/0/zone", "/stations/1/zone", "/sites/1/zone", "/teams/0/zone", "/lodgings/0/name", "/stations/1/name"),
    *("/connections/0/from", "/connections/0/to", "/pinned_nights/0/lodging", "/pinned_nights/0/team"),
    "/pinned_rides/0/connection",
)
REFERENCES = {
    "/connections/0/from": ("T1", "vsat", "C2", "nowhere"),
    "/connections/0/to": ("T1", "H9"),
    "/kits/0/teams/1": ("T9", "S1", 7, None),
    "/teams/1/documents/0": ("passport", 7, None),
    "/pinned_nights/0/team": ("T9",),
    "/pinned_nights/0/lodging": ("H1",),
    "/pinned_nights/0/date": ("2023-11-15", "2023-11-31", 7, None),
    "/pinned_rides/0/connection": ("L1",),
    "/pinned_rides/0/date": ("2023-12-01",),
    "/travel/overrides/0/between/0": ("C1", "kia"),
}
BIT_STRINGS = ("/lodgings/0/dates", "/connections/0/dates", "/kits/0/dates", "/teams/0/breaks/1/dates")
WINDOWS = ("/connections/0/departs", "/teams/0/away_shift", "/teams/0/breaks/0/window")
TABLES = ("lodgings", "stations", "connections", "documents", "kits", "pinned_nights", "pinned_rides")
WRONG: list[tuple[str, Any]] = [
    *((path, value) for wrong in (NUMBERS, REFERENCES) for path, values in wrong.items() for value in values),
    *((path, value) for path in BIT_STRINGS for value in ("11", "1111", "12x", 111, None, [1, 1, 1], "")),
    *((path, value) for path in WINDOWS for value in ([900, 480], [480], "480", None, [480, 900.0], [-1, 900], {})),
    *((f"/{table}", value) for table in TABLES for value in (None, {}, "x", 7)),
    *((f"/{table}/0", value) for table in TABLES for value in (None, "x", 7, [])),
    *((path, value) for path in TEXTS for value in (7, None, True, ["L1"])),
    *((path, "") for path in IDS),
    *(("/documents/0/kit", value) for value in ("", 7, True, [])),
    *(("/fairness", value) for value in (None, 7, [])),
    *(("/sites/0/people_by_document", value) for value in (None, 7, [], "kia")),
    *(("/teams/0/breaks", value) for value in (None, {}, "noon")),
    *(("/teams/0/breaks/0", value) for value in (None, 30)),
    *(("/teams/1/documents", value) for value in (None, "ikd", {"ikd": 1})),
    *(("/teams/0/kits", value) for value in (None, ["printer"], 1)),
    *(("/teams/0/history", value) for value in (None, 3, [])),
    *(("/kits/0/teams", value) for value in (None, "T1", {})),
    *(("/documents/0/needs_signal", value) for value in (None, 0, "no")),
    *(("/lodgings/0/place", value) for value in (6, -1, "5", None, 1.0)),
    *(("/stations/0/place", value) for value in (6, -1)),
]


def refused(*changes: Change) -> dict[str, str]:
    """Return the faults found after changing the golden instance, as mends by path."""
    document = journey_document()
    for change in changes:
        change(document)
    with pytest.raises(InvalidInstance) as caught:
        instance_from_json(document)
    assert all(fault.value and fault.mend for fault in caught.value.faults)
    return {fault.path: fault.mend for fault in caught.value.faults}


@pytest.mark.parametrize(("path", "value"), WRONG, ids=lambda one: str(one).replace("/", " "))
def test_wrong_value_is_refused_by_its_path(path: str, value: object) -> None:
    assert path in refused(at(path, value))


MISSING = (
    *("/lodgings/0/id", "/lodgings/0/place", "/stations/0/id", "/stations/0/place"),
    *("/connections/0/id", "/connections/0/from", "/connections/0/to", "/connections/0/departs"),
    *("/connections/0/minutes", "/documents/0/id", "/documents/0/gap", "/documents/0/minutes"),
    *("/documents/0/shortfall", "/kits/0/id", "/kits/0/kind", "/kits/0/count", "/teams/0/breaks/0/minutes"),
    *("/teams/0/breaks/0/window", "/teams/0/history/points", "/teams/0/history/dates"),
    *("/pinned_nights/0/team", "/pinned_nights/0/date", "/pinned_nights/0/lodging", "/pinned_rides/0/connection"),
)


@pytest.mark.parametrize("path", MISSING)
def test_missing_field_is_refused_by_its_path(path: str) -> None:
    assert path in refused(without(path))


SENSELESS: dict[str, tuple[Change, str]] = {
    "an id of a site": (at("/lodgings/0/id", "S1"), "/lodgings/0/id"),
    "an id of a team": (at("/stations/0/id", "T1"), "/stations/0/id"),
    "an id of another table": (at("/kits/0/id", "C1"), "/kits/0/id"),
    "the id of the first document": (at("/documents/0/id", "ikd"), "/documents/0/id"),
    "an id twice": (at("/stations/1/id", "H1"), "/stations/1/id"),
    "a connection to where it leaves from": (at("/connections/0/to", "H1"), "/connections/0/to"),
    "a break longer than its window": (at("/teams/0/breaks/0/window", [690, 719]), "/teams/0/breaks/0/window"),
    "more teams than there is room for": (at("/sites/2/min_teams", 3), "/sites/2/min_teams"),
    "people of the first document twice": (
        at("/sites/0/people_by_document/ikd", 5),
        "/sites/0/people_by_document/ikd",
    ),
    "people of an unknown document": (
        at("/sites/0/people_by_document/a~b", 5),
        "/sites/0/people_by_document/a~0b",
    ),
    "a document twice": (at("/teams/1/documents", ["ikd", "ikd"]), "/teams/1/documents/1"),
    "a place beside a globe": (
        lambda document: document.update(travel={"detour": 1, "kmh": 30}),
        "/lodgings/0/lat",
    ),
    "a weight past what can be counted": (at("/documents/0/shortfall", 10**12), "/weights"),
    "a pinned night when the lodging is closed": (at("/lodgings/0/dates", "011"), "/pinned_nights"),
    "a pinned night of a team that is never away": (at("/teams/0/max_nights", 0), "/pinned_nights"),
    "a pinned ride when nothing runs": (at("/connections/0/dates", "011"), "/pinned_rides"),
}


@pytest.mark.parametrize("case", SENSELESS)
def test_senseless_instance_is_refused_with_the_path(case: str) -> None:
    change, path = SENSELESS[case]
    if case == "a weight past what can be counted":
        assert path in refused(change, at("/documents/0/gap", 10**9))
    else:
        assert path in refused(change)


OPTIONAL = (
    *(
        "/lodgings/0/name",
        "/lodgings/0/zone",
        "/lodgings/0/cost_per_night",
        "/lodgings/0/max_teams",
        "/lodgings/0/dates",
    ),
    *(
        "/stations/1/name",
        "/stations/1/zone",
        "/connections/0/fare",
        "/connections/0/max_teams",
        "/connections/0/dates",
    ),
    *("/documents/0/walk_ins_per_day", "/documents/0/kit", "/documents/0/needs_signal", "/documents/0/late"),
    *("/kits/0/max_per_team", "/kits/0/teams", "/kits/0/cost_per_day", "/kits/0/dates", "/weights/spread"),
    *(
        "/sites/1/zone",
        "/sites/1/people_by_document",
        "/sites/2/min_teams",
        "/teams/0/rest_days",
        "/teams/0/away_shift",
    ),
    *("/teams/0/breaks", "/teams/0/breaks/1/dates", "/teams/1/documents", "/teams/0/kits", "/teams/0/history"),
    *("/pinned_nights", "/pinned_rides", "/fairness", "/fairness/night_points"),
)


@pytest.mark.parametrize("path", OPTIONAL)
def test_optional_field_may_be_left_out(path: str) -> None:
    document = journey_document()
    without(path)(document)
    assert isinstance(instance_from_json(document), Instance)


def test_what_is_left_out_has_its_default() -> None:
    document = journey_document()
    for path in sorted(OPTIONAL[:-2], key=len, reverse=True):
        without(path)(document)
    without("/teams/0/max_nights")(document)
    found = instance_from_json(document)
    lodging, connection, kia, pool = found.lodgings[0], found.connections[0], found.documents[0], found.kits[0]
    assert (lodging.name, lodging.zone, lodging.cost_per_night, lodging.max_teams) == ("", "", 0, None)
    assert (connection.fare, connection.max_teams, connection.run_dates) == (0, None, (True,) * 3)
    assert (kia.walk_ins_per_day, kia.kit, kia.needs_signal, kia.late) == (0, None, True, 0)
    assert (pool.max_per_team, pool.teams, pool.cost_per_day, pool.on_dates) == (1, None, 0, (True,) * 3)
    team, site = found.teams[0], found.sites[2]
    assert (team.max_nights, team.rest_days, team.away_shift, team.breaks, team.documents) == (0, 0, None, (), None)
    assert (team.kits, team.history, site.min_teams, site.people_by_document) == ((), NO_HISTORY, 1, ())


def test_every_field_is_read() -> None:
    found = journey()
    assert found.lodgings[0].open_dates == (True, True, False)
    assert (found.connections[0].origin, found.connections[0].departs) == ("H1", Window(open=540, close=540))
    assert found.teams[0].breaks[1].on_dates == (False, False, True)
    assert (found.teams[0].own_kits("printer"), found.teams[0].own_kits("satellite")) == (1, 0)
    assert (found.weights.spread, found.night_points, found.sites[1].people_of("kia")) == (10, 2, 50)


def test_instance_is_written_and_read_back(tmp_path: Any) -> None:
    write_instance(journey(), tmp_path / "journey.json.gz")
    assert read_instance(tmp_path / "journey.json.gz") == journey()
    assert instance_from_json(journey().to_json()) == journey()


def test_random_instances_are_written_and_read_back() -> None:
    for seed in range(40):
        found = instance_from_json(next_document(Random(seed), sites=3, teams=2, dates=3))
        assert instance_from_json(found.to_json()) == found


def test_new_names_mean_nothing_in_an_outreach_1_file() -> None:
    document = week_document() | {"lodgings": 7, "documents": "none", "kits": None, "fairness": [], "pinned_nights": 3}
    document["sites"][0] |= {"zone": 7, "min_teams": 9}
    document["teams"][0] |= {"breaks": "noon", "max_nights": -1}
    document["weights"]["spread"] = "much"
    assert instance_from_json(document) == instance_from_json(week_document())


def test_pin_that_only_a_night_or_a_boat_could_save_is_not_refused() -> None:
    document = journey_document()
    visit = {"team": "T1", "date": "2023-11-13", "site": "S2", "start": 600, "minutes": 120}
    document["pinned"] = [visit]
    assert instance_from_json(document).pinned
    document |= {"lodgings": [], "connections": [], "pinned_nights": [], "pinned_rides": []}
    with pytest.raises(InvalidInstance) as caught:
        instance_from_json(document)
    assert {fault.rule for fault in caught.value.faults} == {"no_way"}


def test_contract_instances_are_read_whole() -> None:
    for path in next_contract_instances():
        found = read_instance(path)
        assert instance_from_json(found.to_json()) == found


def test_whatever_the_referee_refuses_is_refused_here() -> None:
    faults = load_next_referee().faults
    for path, value in WRONG:
        document = journey_document()
        at(path, value)(document)
        try:
            is_refused = bool(faults(document))
        except (TypeError, KeyError, AttributeError, IndexError):
            continue  # Wrong types are for us to find.
        if is_refused:
            with pytest.raises(InvalidInstance):
                instance_from_json(document)
