"""What rides allow by date and hour: when a day is where, on which dates teams come and go, and how many."""

from random import Random
from typing import Any

import numpy as np

from solver.bound.modes import BASE, Modes, with_modes
from solver.bound.night_rows import _longest_stay
from solver.bound.passages import timetable_of
from solver.bound.reach import reach_of
from solver.bound.shores import shores_of
from solver.contract.instance import Instance
from solver.contract.reading import instance_from_json
from solver.numeric.arrays import Arrays, build_arrays
from tests.solver.ride_instances import ride_document

MONDAY_AND_THURSDAY = "10010"
WEEK = [f"2023-11-{day}" for day in (13, 14, 15, 16, 17)]


def island(**team: Any) -> Instance:
    """A site and a lodging on an island, to which a plane flies at eight on Monday and Thursday, and back at eleven."""
    document = ride_document(Random(1), sites=2, teams=1, dates=5, pauses=False)
    document["dates"], document["pinned"] = WEEK, []
    land, isle = document["sites"]
    land |= {"zone": "", "lat": -3.3, "lon": 102.3}
    isle |= {"zone": "island", "lat": -3.31, "lon": 102.32}
    for site in document["sites"]:
        site |= {"dates": "11111", "fixed_minutes": None, "windows": [[300, 1200]], "setup_minutes": 0}
        site |= {"people": 900, "connectivity": 4, "max_visit_dates": 5, "min_gap_days": 1, "must": False}
        site.pop("windows_on", None)
    document["slot_minutes"] = 30
    document["lodgings"][0] |= {"zone": "island", "lat": -3.31, "lon": 102.32, "max_teams": None, "dates": "11111"}
    for ride, start in zip(document["connections"][:2], (480, 660), strict=True):
        ride |= {"departs": [start, start], "minutes": 60, "fare": 70_000, "max_teams": 1, "dates": MONDAY_AND_THURSDAY}
    del document["connections"][2]
    document["teams"][0] |= {
        "dates": "11111", "shift": [420, 1020], "away_shift": [420, 1020], "max_nights": 9, "rest_days": 0,
        "max_stops": 3, **team,
    }  # fmt: skip
    return instance_from_json(document)


def expanded(instance: Instance) -> tuple[Arrays, Modes]:
    return with_modes(build_arrays(instance))


def dates_of(arrays: Arrays, modes: Modes, *, begin: int, end: int) -> str:
    """The dates on which a day can lead from one place to another."""
    classes = np.flatnonzero((modes.begin == begin) & (modes.end == end))
    works = arrays.team_works[np.isin(arrays.team_class, classes)].any(axis=0)
    return "".join("01"[int(can)] for can in works)


def test_a_team_comes_and_goes_on_the_dates_when_planes_fly() -> None:
    arrays, modes = expanded(island())
    assert dates_of(arrays, modes, begin=BASE, end=0) == MONDAY_AND_THURSDAY
    assert dates_of(arrays, modes, begin=0, end=BASE) == "00010"
    assert dates_of(arrays, modes, begin=0, end=0) == "01110"


def test_a_plane_that_lands_after_the_shift_brings_nobody() -> None:
    arrays, modes = expanded(island(away_shift=[420, 535]))
    assert dates_of(arrays, modes, begin=BASE, end=0) == "00000"


def test_visits_on_the_island_begin_when_the_plane_has_landed_and_end_before_it_leaves() -> None:
    arrays, modes = expanded(island())
    reach = reach_of(arrays, modes)
    assert reach is not None
    at_base = reach.longest[0, 1]
    # From nine, at the airfield itself, until eleven, on two dates.
    assert at_base.tolist() == [120, 0, 0, 120, 0]
    coming = int(np.flatnonzero((modes.begin == BASE) & (modes.end == 0))[0])
    # From nine until the shift ends at five.
    assert reach.longest[coming, 1].tolist() == [480, 0, 0, 480, 0]
    going = int(np.flatnonzero((modes.begin == 0) & (modes.end == BASE))[0])
    # From seven until eleven; after that, and a few minutes from the airfield, from noon until five.
    assert reach.longest[going, 1].tolist() == [240, 0, 0, 240, 0]
    assert reach.longest[going, 0].tolist() == [270, 0, 0, 270, 0]


def test_dates_of_one_pattern_are_those_with_the_same_rides() -> None:
    times = timetable_of(build_arrays(island()))
    assert times.patterns == 2
    first, *others = times.pattern.tolist()
    assert others == [1 - first, 1 - first, first, 1 - first]


def test_shores_are_what_roads_connect_and_tell_seats_and_fares() -> None:
    arrays = build_arrays(island())
    shores = shores_of(arrays, arrays.nights)
    assert shores.size == 2
    home, isle = int(shores.base[0]), int(shores.lodging[0])
    assert home != isle
    assert shores.seats[isle].tolist() == [1, 0, 0, 1, 0]
    assert shores.fare.tolist() == [70_000, 70_000]


def test_the_longest_stay_is_between_two_flights_and_within_the_nights_of_a_team() -> None:
    arrays = build_arrays(island())
    flights = np.array([True, False, False, True, False])
    assert _longest_stay(arrays, 9, flights, flights) == 3
    assert _longest_stay(arrays, 2, flights, flights) == 0
    assert _longest_stay(arrays, 9, flights, np.zeros(5, dtype=np.bool_)) == 0
