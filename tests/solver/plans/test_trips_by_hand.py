"""A trip by hand: rides that lead to its beds and its visits, and what it has no room for; every plan is judged."""

from datetime import date
from random import Random
from typing import Any

from solver.contract.instance import Instance, Visit
from solver.contract.journeys import Ride
from solver.contract.plan import Plan
from solver.contract.plan_rows import NO_ROWS, Rows
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from solver.plans.ridden_days import RiddenDays
from solver.plans.trips_by_hand import HandTrip, laid_trip, seats_left, trip_span, without_trip
from solver.questions.possibility import Possibilities
from tests.solver.night_instances import night_instance
from tests.solver.questions.test_possible_trips import boat_document, far_document
from tests.solver.ride_instances import ride_instance

OUT_AND_BACK: dict[str, Any] = {"out": [540, 540], "back": [900, 900]}


def island(instance: Instance, day: date, *, start: int = 0, minutes: int = 60) -> Visit:
    return Visit(team="T1", date=day, site="island", start=start, minutes=minutes)


def rules(instance: Instance, visits: tuple[Visit, ...], rows: Rows) -> set[str]:
    return {violation.rule for violation in verify(instance, Plan(visits=visits, rows=rows)).violations}


def placed(instance: Instance, visit: Visit, *, rows: Rows = NO_ROWS, others: tuple[Visit, ...] = ()) -> Any:
    return RiddenDays(instance, rows).day(others, visit, fixed=(), near=None, earliest=0, is_shortened=True)


def test_a_visit_over_the_water_takes_the_boat_there_and_the_boat_back() -> None:
    instance = instance_from_json(boat_document(**OUT_AND_BACK))
    day = placed(instance, island(instance, instance.dates[0]))
    assert [(ride.connection, ride.start) for ride in day.rides] == [("B", 540), ("C", 900)]
    assert rules(instance, day.visits, Rows(rides=day.rides, breaks=day.pauses)) == set()


def test_a_visit_is_shortened_to_the_boat_and_there_is_none_where_the_boat_leaves_too_early() -> None:
    instance = instance_from_json(boat_document(**OUT_AND_BACK))
    day = placed(instance, island(instance, instance.dates[0], minutes=600))
    assert 0 < day.visits[0].minutes < 600
    assert rules(instance, day.visits, Rows(rides=day.rides, breaks=day.pauses)) == set()
    early = instance_from_json(boat_document(out=[485, 485], back=[900, 900]))
    assert placed(early, island(early, early.dates[0])) is None


def test_a_boat_without_a_seat_is_not_taken() -> None:
    instance = instance_from_json(boat_document(max_teams=1, **OUT_AND_BACK))
    full = Rows(rides=(Ride(team="T9", date=instance.dates[0], connection="B", start=540),))
    assert [connection.id for connection in seats_left(instance, full, 0)] == ["C"]
    assert placed(instance, island(instance, instance.dates[0]), rows=full) is None
    assert placed(instance, island(instance, instance.dates[1]), rows=full) is not None


def test_a_boat_that_waits_leaves_as_the_visit_before_it_wants() -> None:
    instance = instance_from_json(boat_document(out=[540, 700], back=[900, 900]))
    town = Visit(team="T1", date=instance.dates[0], site="harbour", start=500, minutes=60)
    day = placed(instance, island(instance, instance.dates[0]), others=(town,))
    assert day is not None
    assert {visit.site for visit in day.visits} == {"harbour", "island"}
    assert rules(instance, day.visits, Rows(rides=day.rides, breaks=day.pauses)) == set()


def test_the_nights_of_the_hand_stay_whatever_rule_they_break() -> None:
    instance = instance_from_json(far_document(max_nights=0))
    first, second, last = instance.dates
    trip = HandTrip(team="T1", first=first, last=last, beds={first: "L", second: "L"})
    visit = island(instance, second, start=600)
    laid = laid_trip(instance, NO_ROWS, trip, visits=(), given=[visit])
    assert (laid.rides, laid.left_out) == ((), ())
    assert rules(instance, (visit,), Rows(nights=trip.nights)) == {"too_many_nights"}


def test_visits_that_a_trip_has_no_room_for_are_named() -> None:
    instance = instance_from_json(far_document())
    first, second, _ = instance.dates
    trip = HandTrip(team="T1", first=first, last=second, beds={first: "L"})
    town = Visit(team="T1", date=second, site="harbour", start=480, minutes=60)
    assert laid_trip(instance, NO_ROWS, trip, visits=[town], given=[island(instance, second, start=600)]).left_out == (
        town,
    )


def test_a_span_is_that_of_the_whole_trip_and_taking_it_out_leaves_the_others() -> None:
    instance = instance_from_json(far_document())
    first, second, last = instance.dates
    trip = HandTrip(team="T1", first=first, last=last, beds={first: "L", second: "L"})
    rows = Rows(nights=trip.nights, rides=(Ride(team="T2", date=first, connection="B", start=540),))
    assert {trip_span(instance, rows, ("T1", day)) for day in instance.dates} == {(first, last)}
    assert trip_span(instance, rows, ("T2", second)) is None
    left = without_trip(rows, "T1", first, last)
    assert (left.nights, left.rides) == ((), rows.rides)


def test_beds_that_a_trip_of_the_explanations_sleeps_in_are_reached_by_hand_too() -> None:
    ways = {"no_way", "ride_missed", "no_departure", "arrives_late", "no_seat"}
    known = 0
    for seed in range(24):
        instance = an_instance(seed)
        for site in instance.sites:
            for plan in Possibilities(instance).trips_to(site):
                trip = trip_like(instance, plan)
                laid = laid_trip(instance, NO_ROWS, trip, visits=(), given=plan.visits)
                rows = Rows(nights=trip.nights, rides=laid.rides, breaks=plan.rows.breaks, kits=plan.rows.kits)
                assert rules(instance, plan.visits, rows).isdisjoint(ways), (seed, site.id)
                known += 1
    assert known > 100


def an_instance(seed: int) -> Instance:
    """One with boats, or with lodgings."""
    random = Random(seed)
    if seed % 2:
        return ride_instance(random, sites=5, teams=2, dates=3, pauses=False)
    return night_instance(random, sites=5, teams=2, dates=4, lodgings=2)


def trip_like(instance: Instance, plan: Plan) -> HandTrip:
    """The dates and beds of a plan that is one trip."""
    dates = instance.dates
    slept = {night.date: night.lodging for night in plan.rows.nights}
    days = [*slept, *(visit.date for visit in plan.visits), *(ride.date for ride in plan.rows.rides)]
    ends = [dates[dates.index(day) + 1] for day in slept]
    return HandTrip(team=plan.visits[0].team, first=min(days), last=max([*days, *ends]), beds=slept)
