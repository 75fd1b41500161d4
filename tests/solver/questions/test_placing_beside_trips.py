"""Visits are placed into plans with nights and rides: trips stay as they are, and every price is that of `verify`."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from random import Random

from solver.contract.instance import Instance, Visit
from solver.contract.journeys import Night, Ride
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from solver.plans.changes import changes_between
from solver.plans.completed import without_work
from solver.plans.standing_rows import StandingRows, days_away
from solver.plans.trip_days import TripDays
from solver.plans.unplanned import unplanned
from solver.questions.placement import Kind, Option
from solver.questions.placing import Board, Posed
from solver.questions.possibility import Rule
from solver.solve import solve
from solver.stopping import Limits
from solver.terminal.resident import answer_of
from tests.solver.contract.agreement import Tally, compare
from tests.solver.contract_files import load_next_referee
from tests.solver.night_instances import night_instance
from tests.solver.questions.test_possible_trips import boat_document, far_document
from tests.solver.random_journeys import next_instance, next_plan
from tests.solver.ride_instances import ride_instance

Case = tuple[Instance, Plan, Board]


@cache
def cases() -> tuple[Case, ...]:
    """Plans with trips: some that a run made, some with every field of the format, put together at random."""
    return tuple(_cases())


def _cases() -> Iterator[Case]:
    for seed in range(12):
        random = Random(seed)
        if seed % 2:
            instance = ride_instance(random, sites=5, teams=2, dates=3, pauses=seed % 4 == 1)
        else:
            instance = night_instance(random, sites=5, teams=2, dates=4, lodgings=2)
        plan = solve(instance, Limits(iterations=100), seed=seed).plan
        # Room is made for what is asked: some visits are left out.
        kept = tuple(visit for visit in plan.visits if random.random() < 0.6)
        yield case_of(instance, StandingRows(instance).plan(plan, kept))
    for seed in range(60):
        random = Random(seed)
        instance = next_instance(random, sites=5, teams=2, dates=4)
        if (instance.lodgings or instance.connections) and not unplanned(instance):
            plan = Plan.from_json(next_plan(random, instance, tries=30))
            yield case_of(instance, StandingRows(instance).plan(plan, without_work(plan.visits)))


def case_of(instance: Instance, plan: Plan) -> Case:
    return instance, plan, Board(Posed(instance), plan.visits, rows=plan.rows)


def plan_with(plan: Plan, option: Option) -> Plan:
    """The plan with an option taken, by what the option itself says."""
    days = {(day.team, day.date) for day in option.days}
    rows = Rows(
        nights=plan.rows.nights,
        rides=(*(ride for ride in plan.rows.rides if (ride.team, ride.date) not in days), *option.rows.rides),
        breaks=(*(pause for pause in plan.rows.breaks if (pause.team, pause.date) not in days), *option.rows.breaks),
        kits=(*(load for load in plan.rows.kits if (load.team, load.date) not in days), *option.rows.kits),
    )
    return replace(plan, visits=option.plan(without_work(plan.visits)), rows=rows)


def check_option(instance: Instance, plan: Plan, option: Option) -> None:
    """Whoever takes the option by hand has a plan of that price, which keeps every rule and every trip."""
    before = verify(instance, plan)
    whole = StandingRows(instance).plan(plan, option.plan(without_work(plan.visits)))
    after = verify(instance, whole)
    assert set(after.violations) <= set(before.violations)
    for name in option.price.__slots__:
        assert getattr(option.price, name) == getattr(after, name) - getattr(before, name), name
    assert option.changes == changes_between(without_work(plan.visits), without_work(whole.visits))
    assert Counter(plan_with(plan, option).rows.rides) == Counter(whole.rows.rides)
    assert Counter(whole.rows.nights) == Counter(plan.rows.nights)
    boarded = Counter((ride.team, ride.date, ride.connection) for ride in plan.rows.rides)
    assert Counter((ride.team, ride.date, ride.connection) for ride in whole.rows.rides) == boarded


def test_price_of_every_offer_is_the_difference_of_two_verifications_and_trips_stay() -> None:
    kinds: Counter[Kind] = Counter()
    on_trips = 0
    for instance, plan, board in cases():
        away = days_away(instance, plan.rows)
        for site in instance.sites:
            for option in board.offers(site.id, most=20).options:
                check_option(instance, plan, option)
                kinds[option.kind] += 1
                on_trips += (option.visit.team, option.visit.date) in away
    assert set(kinds) >= {Kind.FITS, Kind.MOVED, Kind.PUSHES_OUT, Kind.CHANGES_PLACES}
    assert on_trips > 20


def test_every_way_to_fill_a_cell_holds_and_the_first_is_the_cell() -> None:
    rules: Counter[str | None] = Counter()
    for instance, plan, board in cases():
        for visit in [None, *(without_work(plan.visits))][:2]:
            site = instance.sites[0].id if visit is None else visit.site
            if visit is not None and not board._laid.may_leave(visit):
                continue
            for cell in board.cells(site, visit=visit):
                options, against = board.place(site, (cell.team, cell.date), visit=visit)
                rules[cell.rule] += 1
                if cell.kind is None:
                    assert options == ()
                    assert against is not None
                    assert against.rule == cell.rule
                    continue
                for option in options:
                    check_option(instance, plan, option)
                price = options[0].price
                assert (cell.kind, cell.activations, cell.cost) == (options[0].kind, price.activations, price.cost)
                if not instance.weights.fairness:
                    assert cell.value_milli == price.value_milli
    assert {None, "no_room"} <= rules.keys()


def test_visit_that_fits_on_a_day_of_a_trip_beside_all_others_is_not_missed() -> None:
    fitting = 0
    for instance, plan, board in cases():
        trips = TripDays(instance, plan.rows)
        for team in () if instance.documents else instance.teams:
            for day in sorted(day for name, day in trips.days if name == team.id):
                for site in instance.sites:
                    if any_start_fits(instance, plan, Visit(team=team.id, date=day, site=site.id, start=0, minutes=0)):
                        options, _ = board.place(site.id, (team.id, day))
                        assert any(option.kind is Kind.FITS for option in options), (team.id, day, site.id)
                        fitting += 1
    assert fitting > 10


def any_start_fits(instance: Instance, plan: Plan, visit: Visit) -> bool:
    """Whether some visit that wins somebody can be added while all others, rides and breaks stay when they are."""
    site = next(site for site in instance.sites if site.id == visit.site)
    if any(other.site == site.id and other.date == visit.date for other in plan.visits) and site.min_teams > 1:
        return False
    before = verify(instance, plan)
    for minutes in [site.fixed_minutes] if site.fixed_minutes else (instance.slot_minutes, 4 * instance.slot_minutes):
        for window in site.windows_at(visit.date):
            for start in range(window.open, window.close - minutes + 1, 20):
                trial = replace(visit, start=start, minutes=minutes)
                after = verify(instance, replace(plan, visits=(*plan.visits, trial), value_milli=None))
                if after.feasible and after.activations > before.activations:
                    return True
    return False


def test_referee_agrees_on_plans_into_which_visits_were_placed() -> None:
    judge, tally = load_next_referee().judge, Tally()
    for instance, plan, board in cases():
        for site in instance.sites[:3]:
            for option in board.offers(site.id).options:
                whole = StandingRows(instance).plan(plan, option.plan(without_work(plan.visits)))
                compare(
                    instance, instance.to_json(), plan=whole.to_json(), judge=judge, tally=tally, label=instance.name
                )
    assert tally.disagreements == []
    assert tally.feasible == tally.plans > 50


def test_what_only_a_new_trip_could_reach_is_no_place_and_says_so() -> None:
    instance = instance_from_json(far_document())
    rules = {(cell.kind, cell.rule) for cell in Board(Posed(instance), ()).cells("island")}
    assert rules == {(None, "needs_nights")}
    instance = instance_from_json(boat_document(out=[540, 540], back=[900, 900]))
    board = Board(Posed(instance), ())
    assert {(cell.kind, cell.rule) for cell in board.cells("island")} == {(None, "needs_ride")}
    offers = board.offers("island")
    assert (offers.options, offers.rule, offers.nearest) == ((), "needs_ride", None)
    assert offers.sentence is not None
    assert "berangkatkan tim dalam draf" in offers.sentence.id
    # What no trip would reach either bears the rule of the way.
    nowhere = instance_from_json(boat_document(out=[540, 540], back=[900, 900]) | {"connections": []})
    assert {cell.rule for cell in Board(Posed(nowhere), ()).cells("island")} == {Rule.NO_WAY}


def test_a_new_trip_to_a_site_is_a_plan_that_keeps_every_rule() -> None:
    instance = instance_from_json(far_document())
    board, day = Board(Posed(instance), ()), instance.dates[1]
    trip = board.trip("island", ("T1", day))
    assert trip is not None
    assert trip.rows.nights
    assert [visit.site for visit in trip.visits if visit.date == day] == ["island"]
    assert verify(instance, trip).feasible
    answer = answer_of(board, {"question": "place", "site": "island", "to_team": "T1", "to_date": day.isoformat()})
    assert answer["options"] == []
    assert answer["trip"]["nights"] == [[night.date.isoformat(), night.lodging] for night in trip.rows.nights]
    nowhere = instance_from_json(boat_document(out=[540, 540], back=[900, 900]) | {"connections": []})
    question = {"question": "place", "site": "island", "to_team": "T1", "to_date": nowhere.dates[0].isoformat()}
    assert answer_of(Board(Posed(nowhere), ()), question)["trip"] is None


def test_visit_comes_between_the_boats_of_the_day_and_nobody_comes_who_would_miss_one() -> None:
    instance = instance_from_json(boat_document(out=[540, 600], back=[900, 900]))
    day = instance.dates[0]
    rides = tuple(Ride(team="T1", date=day, connection=name, start=start) for name, start in (("B", 545), ("C", 900)))
    board = Board(Posed(instance), (), rows=Rows(rides=rides))
    (option, *_), _ = board.place("island", ("T1", day))
    assert (option.kind, option.price.team_days) == (Kind.FITS, 0), "the team is out already"
    assert option.rows.rides == rides
    assert 545 < option.visit.start < 900
    # A quick session ashore is possible before the boat, which leaves later then.
    (option, *_), _ = board.place("harbour", ("T1", day), wished_minutes=60)
    check_option(instance, Plan(visits=(), rows=Rows(rides=rides)), option)
    # By road to the harbour the early boat is missed, from the island there is no road, and in the evening it is late.
    early = instance_from_json(boat_document(out=[500, 500], back=[900, 900]))
    rows = Rows(rides=(replace(rides[0], start=500), rides[1]))
    options, against = Board(Posed(early), (), rows=rows).place("harbour", ("T1", day))
    assert options == ()
    assert against is not None
    assert against.rule == Rule.RIDE_MISSED


def test_team_that_rests_after_a_trip_is_not_sent_out() -> None:
    document = far_document(rest_days=1)
    instance = instance_from_json(document)
    first, second, third = instance.dates
    rows = Rows(nights=(Night(team="T1", date=first, lodging="L"),))
    board = Board(Posed(instance), (), rows=rows)
    rules = {cell.date: cell.rule for cell in board.cells("harbour")}
    assert rules[third] == "no_rest"
    assert {cell.date: cell.kind for cell in board.cells("island")}[second] is Kind.FITS


def test_last_visit_that_leaves_a_trip_leaves_its_nights() -> None:
    instance = instance_from_json(far_document())
    day = instance.dates[1]
    rows = Rows(nights=(Night(team="T1", date=instance.dates[0], lodging="L"),))
    visit = Visit(team="T1", date=day, site="island", start=600, minutes=60)
    plan = Plan(visits=(visit,), rows=rows)
    board = Board(Posed(instance), plan.visits, rows=rows)
    (option, *_), _ = board.place("island", ("T1", instance.dates[0]), visit=visit)
    assert option.kind is Kind.MOVED
    check_option(instance, plan, option)


def test_kits_of_a_trip_go_all_the_way_and_none_is_drawn_on_one_of_its_days() -> None:
    seen = 0
    for instance, plan, board in cases():
        asleep = TripDays(instance, plan.rows).asleep
        for site in instance.sites if instance.kits and asleep else ():
            for option in board.offers(site.id, most=9).options:
                whole = StandingRows(instance).plan(plan, option.plan(without_work(plan.visits)))
                for loads in (plan.rows.kits, whole.rows.kits):
                    assert {load for load in loads if (load.team, load.date) in asleep} == {
                        load for load in plan.rows.kits if (load.team, load.date) in asleep
                    }
                seen += 1
    assert seen > 5


def test_answers_do_not_depend_on_what_was_asked_before() -> None:
    for instance, plan, board in cases()[:20]:
        again = Board(Posed(instance), plan.visits, rows=plan.rows)
        for site in instance.sites[:2]:
            assert again.offers(site.id) == board.offers(site.id)
            assert again.cells(site.id) == board.cells(site.id)
