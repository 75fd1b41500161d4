"""All legs at once are those that the contract has one by one, to the minute and the metre."""

from random import Random

from solver.contract.travel import NO_WAY_MINUTES, Travel
from solver.numeric.arrays import build_arrays
from solver.numeric.legs import Roads
from solver.numeric.nights import nights_of
from solver.numeric.rides import with_rides
from tests.solver.random_journeys import next_instance


def test_legs_between_all_places_are_those_of_the_contract() -> None:
    looked_at = apart = 0
    for seed in range(60):
        instance = next_instance(Random(seed), sites=5, teams=3, dates=3)
        places = (*instance.teams, *instance.lodgings, *instance.stations, *instance.sites)
        minutes, metres = Roads(instance.travel).between(places, places)
        leg = Travel(instance.travel).leg
        for row, origin in enumerate(places):
            for column, target in enumerate(places):
                if origin is target:
                    continue
                expected = leg(origin, target)
                looked_at += 1
                assert minutes[row, column] == min(expected[0], 2**30)
                if expected[0] < NO_WAY_MINUTES:
                    assert metres[row, column] == min(expected[1], 2**30)
                else:
                    apart += 1
    assert looked_at > 1000
    assert apart > 100


def test_rides_are_entered_where_they_depart_and_left_where_they_arrive() -> None:
    rides = 0
    for seed in range(80):
        instance = next_instance(Random(seed), sites=4, teams=2, dates=3)
        places = {place.id: place for place in (*instance.sites, *instance.lodgings, *instance.stations)}
        ways, leg = with_rides(instance), Travel(instance.travel).leg
        assert ways.sites[: len(instance.sites)] == instance.sites
        first = len(instance.sites)
        minutes, _ = Roads(instance.travel).between(ways.leaves, ways.enters)
        for c, ride in enumerate(instance.connections):
            rides += 1
            site = ways.sites[first + c]
            assert (site.people, site.fixed_minutes, site.must, site.setup_minutes) == (0, ride.minutes, False, 0)
            assert site.open_dates == ride.run_dates
            assert site.windows[0].close - ride.minutes == ride.departs.close
            for i, other in enumerate(instance.sites):
                if other is not places[ride.origin]:
                    assert minutes[i, first + c] == min(leg(other, places[ride.origin])[0], 2**30)
                if other is not places[ride.target]:
                    assert minutes[first + c, i] == min(leg(places[ride.target], other)[0], 2**30)
    assert rides > 50


def test_nobody_needs_a_way_to_where_he_is() -> None:
    for seed in range(60):
        instance = next_instance(Random(seed), sites=4, teams=2, dates=3)
        ways = with_rides(instance)
        nights = nights_of(instance, Roads(instance.travel), ways.enters, ways.leaves)
        assert nights.lodgings == (len(instance.lodgings) if any(team.max_nights for team in instance.teams) else 0)
        assert (nights.way_minutes.diagonal() == 0).all()
        for h, lodging in enumerate(instance.lodgings[: nights.lodgings]):
            for x, place in enumerate(ways.enters):
                if place is lodging:
                    assert nights.out_minutes[h, x] == nights.out_metres[h, x] == 0
            for x, place in enumerate(ways.leaves):
                if place is lodging:
                    assert nights.home_minutes[h, x] == nights.home_metres[h, x] == 0


def test_arrays_without_lodgings_and_rides_are_laid_out_as_before() -> None:
    for seed in range(10):
        instance = next_instance(Random(seed), sites=4, teams=2, dates=3)
        if instance.lodgings or instance.connections or any(team.breaks for team in instance.teams):
            continue
        arrays = build_arrays(instance)
        assert arrays.nights.lodgings == 0
        assert arrays.sites == len(instance.sites)
        assert not arrays.lost.any()
