"""Sites called impossible serve nobody in any plan with nights and boats, and each other site somebody in one."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from random import Random
from typing import Any

import pytest

from solver.contract.added_counts import wins_by_document
from solver.contract.book import open_book
from solver.contract.documents import Carried
from solver.contract.instance import Instance, Team
from solver.contract.journal import open_journal
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from solver.plans.paused_days import PausedDays
from solver.plans.series import DayBreaks
from solver.questions import day_tables, journeys, trip_nights
from solver.questions.journeys import Journeys
from solver.questions.possibility import Possibilities, Possibility, Rule
from solver.questions.rule_words import long_rule, short_rule
from solver.questions.trip_merging import outings_of
from tests.solver import night_instances, ride_instances
from tests.solver.coast import coast_document

MOST_PLANS = 5_000
Served = set[tuple[str, str, str]]
"""Team, site and date of a visit that serves somebody."""


def night_case(seed: int) -> Instance:
    random = Random(seed)
    document = night_instances.night_document(
        random, sites=random.choice([1, 2]), teams=random.choice([1, 2]), dates=random.choice([1, 2, 3]), lodgings=1
    )
    return won_alone(document)


def ride_case(seed: int) -> Instance:
    random = Random(seed)
    dates = random.choice([1, 2, 2, 3])
    document = ride_instances.ride_document(
        random, sites=2, teams=1, dates=dates, pauses=seed % 2 == 1, more=(0, 0, 0, 1, 0, 0, 0, 2)[seed % 8]
    )
    if random.random() < 0.4:
        document["connections"][0]["dates"] = "".join(random.choice("01") for _ in range(dates))
    return won_alone(document)


def kit_case(seed: int) -> Instance:
    """Without a satellite set nobody is served, and sets are not there on all dates; no other site shortens a way."""
    random = Random(seed)
    dates = random.choice([1, 2, 3])
    document = night_instances.night_document(random, sites=2, teams=1, dates=dates, lodgings=1)
    level = random.choice([1, 4])
    document["connectivity"] = {
        "throughput_percent": [0, 50, 70, 90, 100],
        "success_percent": [0, 80, 90, 95, 100],
        "satellite_level": level,
    }
    for site in document["sites"]:
        site["connectivity"] = random.choice([0, 0, 1])
    document["teams"][0]["satellite"] = False
    document["kits"] = [
        {"id": f"K{n}", "kind": "satellite", "count": 1, "dates": "".join(random.choice("0111") for _ in range(dates))}
        for n in range(random.choice([1, 2]))
    ]
    document["travel"].pop("overrides", None)
    return won_alone(document)


def won_alone(document: dict[str, Any]) -> Instance:
    """The instance without sites that a plan visits for another reason than the people there."""
    for site in document["sites"]:
        site["must"] = False
    return instance_from_json(document)


def plans_of_teams(instance: Instance) -> Iterator[tuple[Team, Plan]]:
    """Every plan of each team alone."""
    days = PausedDays(instance)
    for team in instance.teams:
        if instance.connections:
            for timed in ride_instances._calendars(instance, team, days):
                yield team, ride_instances._plan((timed,))
        elif instance.kits:
            yield from plans_with_kits(instance, team)
        else:
            for calendar in night_instances._calendars(instance, team):
                yield team, night_instances._plan((calendar,))


def plans_with_kits(instance: Instance, team: Team) -> Iterator[tuple[Team, Plan]]:
    """Every plan of a team with no pool or one on each outing, from its first date to its last."""
    everywhere = replace(instance.connectivity, throughput_percent=(100,) * 5, success_percent=(100,) * 5)
    # With so many people and a signal everywhere no length of a visit is left out.
    crowded = tuple(replace(site, people=10**6) for site in instance.sites)
    for calendar in night_instances._calendars(replace(instance, sites=crowded, connectivity=everywhere), team):
        plan = night_instances._plan((calendar,))
        loads = []
        for outing in outings_of(instance, plan):
            days = [day for day in instance.dates if outing.first <= day <= outing.last]
            some = [
                tuple(Carried(team=team.id, date=day, pool=pool.id, count=1) for day in days) for pool in instance.kits
            ]
            loads.append([(), *some])
        for drawn in product(*loads):
            yield team, replace(plan, rows=replace(plan.rows, kits=tuple(load for some in drawn for load in some)))


def served_by(instance: Instance) -> Served | None:
    """Whom some feasible plan serves; None if there are too many plans to try."""
    served: Served = set()
    for number, (team, plan) in enumerate(plans_of_teams(instance)):
        if number == MOST_PLANS:
            return None
        visits = {(team.id, visit.site, visit.date.isoformat()) for visit in plan.visits}
        if visits <= served or not verify(instance, plan).feasible:
            continue
        book = open_book(instance, plan.visits, journal=open_journal(instance, plan.rows))
        for record in book.records:
            for stop, _, won in wins_by_document(book, record):
                if won:
                    served.add((team.id, record.site.id, stop.visit.date.isoformat()))
    return served


def faults(cases: Iterator[Instance], named: set[Rule] | None = None) -> Iterator[str]:
    """What is said of sites and is not so; last comes how many sites were looked at."""
    for number, instance in enumerate(cases):
        served, possibilities = served_by(instance), Possibilities(instance)
        if served is None:
            continue
        for site in instance.sites:
            judged = possibilities.judge(site)
            (set() if named is None else named).update(rule for rule, _ in judged.by_rule)
            there = {visit for visit in served if visit[1] == site.id}
            if judged.possible + sum(count for _, count in judged.by_rule) != judged.team_days:
                yield f"{number}: the counts of {site.id} are not those of all team-days"
            if judged.rule is not None and there:
                yield f"{number}: {site.id} is called impossible ({judged.rule}), and {there} serve somebody"
            if judged.rule is None and not there:
                yield f"{number}: {site.id} is called possible, and nobody can be served"
            if not judged.witness and judged.possible > len(there):
                yield f"{number}: {judged.possible} team-days are said to reach {site.id}, {len(there)} do"
            for team in instance.teams:
                for day in instance.dates:
                    trip = possibilities.trip_to(site, team, day=day)
                    if trip is None:
                        continue
                    if not verify(instance, trip).feasible:
                        yield f"{number}: the trip to {site.id} breaks a rule"
                    if (team.id, site.id, day.isoformat()) not in there:
                        yield f"{number}: a trip to {site.id} serves somebody whom no plan serves"


NIGHTS, RIDES = range(150), range(110)


def test_what_is_said_of_sites_with_nights_is_what_trying_every_plan_finds() -> None:
    named: set[Rule] = set()
    assert list(faults(map(night_case, NIGHTS), named)) == []
    assert {
        Rule.TOO_MANY_NIGHTS,
        Rule.NO_LODGING,
        Rule.LODGING_CLOSED,
        Rule.NIGHT_OUTSIDE_WORK,
        Rule.OVER_BUDGET,
    } <= named


def test_what_is_said_of_sites_with_boats_and_breaks_is_what_trying_every_plan_finds() -> None:
    named: set[Rule] = set()
    assert list(faults(map(ride_case, RIDES), named)) == []
    assert {Rule.RIDE_MISSED, Rule.NO_DEPARTURE, Rule.TOO_MANY_NIGHTS} <= named


def test_what_is_said_of_sites_that_need_a_shared_set_is_what_trying_every_plan_finds() -> None:
    named: set[Rule] = set()
    assert list(faults(map(kit_case, range(60)), named)) == []
    assert Rule.TOO_FEW_KITS in named


def one_night_more(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = journeys.Journeys._most_nights
    monkeypatch.setattr(Journeys, "_most_nights", lambda self, team, terms: honest(self, team, terms) + 1)


def no_bed_is_ever_free(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = trip_nights.FewestNights._slept
    monkeypatch.setattr(trip_nights.FewestNights, "_slept", lambda self, nights, d: 0 * honest(self, nights, d) + 2**50)


def away_as_at_base(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = day_tables.DayTables.ways
    monkeypatch.setattr(
        day_tables.DayTables, "ways", lambda self, team, d, terms, *, away: honest(self, team, d, terms, away=False)
    )


@pytest.mark.parametrize("plant", [one_night_more, no_bed_is_ever_free, away_as_at_base])
def test_a_planted_fault_in_nights_is_caught(plant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    assert next(faults(map(night_case, NIGHTS)), None) is not None


def kits_change_hands_on_trips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Journeys, "_works", lambda self, team, need, terms: team.work_dates)


def test_a_planted_fault_in_the_kits_of_trips_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    kits_change_hands_on_trips(monkeypatch)
    assert next(faults(map(kit_case, range(60))), None) is not None


def boats_run_every_day(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = day_tables.DayTables._moves
    monkeypatch.setattr(
        day_tables.DayTables, "_moves", lambda self, d, terms: honest(self, d, terms._replace(dates=True))
    )


def breaks_take_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(day_tables.DayTables, "breaks", lambda self, team, d, terms: DayBreaks(team, ()))


@pytest.mark.parametrize("plant", [boats_run_every_day, breaks_take_no_time])
def test_a_planted_fault_in_boats_is_caught(plant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    assert next(faults(map(ride_case, RIDES)), None) is not None


FAR_WAYS = [[0, 20, 300, 280], [20, 0, 300, 280], [300, 300, 0, 30], [280, 280, 30, 0]]


def far_document(**team: Any) -> dict[str, Any]:
    """The coast with its island five hours off by road, and a guest house half an hour from it: three dates."""
    document = coast_document() | {"format": "outreach-2", "dates": ["2023-11-13", "2023-11-14", "2023-11-15"]}
    document["travel"] = {"minutes": FAR_WAYS, "metres": FAR_WAYS}
    document["sites"] = [site | {"dates": "111"} for site in document["sites"]]
    document["sites"][0]["place"], document["sites"][1]["place"] = 1, 2
    document["lodgings"] = [{"id": "L", "name": "Wisma Muara", "place": 3, "dates": "111"}]
    document["teams"] = [document["teams"][0] | {"dates": "111", "max_nights": 1} | team]
    return document


def of_island(document: dict[str, Any]) -> Possibility:
    instance = instance_from_json(document)
    return Possibilities(instance).judge(next(site for site in instance.sites if site.id == "island"))


def test_site_beyond_a_day_is_reached_with_a_night_near_it() -> None:
    # On the first date the team comes from base and sleeps there; on the last it has slept there.
    found = of_island(far_document())
    assert (found.rule, found.possible) == (None, 3)
    instance = instance_from_json(far_document())
    trip = Possibilities(instance).trip_to(instance.sites[1], instance.teams[0], day=instance.dates[1])
    assert trip is not None
    assert [night.lodging for night in trip.rows.nights] == ["L"]
    # There from 13.00 and back at the lodging, or from it by 8.30 and home by 16.40: three hours of service.
    assert verify(instance, trip).activations == 30


def test_nights_that_a_team_may_not_have_are_counted_and_their_lodging_is_named() -> None:
    found = of_island(far_document(max_nights=0))
    assert (found.rule, dict(found.by_rule)) == (Rule.TOO_MANY_NIGHTS, {Rule.TOO_MANY_NIGHTS: 3})
    assert long_rule(found).en == (
        "it is a journey of 2 days with 1 night away, sleeping at Wisma Muara, and team T1 may not sleep away"
    )
    assert long_rule(found).id == (
        "perjalanannya 2 hari dengan 1 malam menginap di Wisma Muara, sedangkan tim T1 tidak boleh bermalam"
    )


def test_trip_of_more_nights_than_a_team_may_have_says_how_many() -> None:
    # From Friday to Monday it is three nights.
    document = far_document(max_nights=2)
    document["dates"] = ["2023-11-10", "2023-11-13", "2023-11-20"]
    found = of_island(document)
    assert found.rule is Rule.TOO_MANY_NIGHTS
    assert found.longer_trip is not None
    assert (found.longer_trip.nights, found.longer_trip.most_nights) == (3, 2)
    assert "3 nights away, sleeping at Wisma Muara, and team T1 may be away for 2 nights at most" in long_rule(found).en


def test_lodging_that_is_too_far_from_a_site_is_none() -> None:
    document = far_document()
    far = [[0, 20, 300, 20], [20, 0, 300, 20], [300, 300, 0, 300], [20, 20, 300, 0]]
    document["travel"] = {"minutes": far, "metres": far}
    found = of_island(document)
    assert found.rule is Rule.NO_LODGING
    assert "600 minutes there and back" in long_rule(found).en


@pytest.mark.parametrize("change", [{"dates": "000"}, {"max_teams": 0}])
def test_lodging_without_a_bed_is_named_as_closed(change: dict[str, Any]) -> None:
    document = far_document()
    document["lodgings"][0] |= change
    found = of_island(document)
    assert (found.rule, found.possible) == (Rule.LODGING_CLOSED, 0)


def test_trip_into_days_off_is_named() -> None:
    found = of_island(far_document(dates="101"))
    assert found.rule is Rule.NIGHT_OUTSIDE_WORK
    assert dict(found.by_rule) == {Rule.TEAM_OFF: 1, Rule.NIGHT_OUTSIDE_WORK: 2}


def test_longer_shift_away_makes_a_site_possible() -> None:
    document = far_document(max_nights=2)
    document["travel"]["minutes"] = [[0, 20, 500, 480], [20, 0, 500, 480], [500, 500, 0, 30], [480, 480, 30, 0]]
    assert of_island(document).rule is None
    document["teams"][0]["shift"] = [480, 900]
    assert of_island(document).rule is Rule.NO_LODGING
    document["teams"][0]["away_shift"] = [480, 1000]
    assert of_island(document).rule is None


BOAT = {"id": "B", "from": "here", "to": "there", "minutes": 60}


def boat_document(*, out: list[int], back: list[int], **boat: Any) -> dict[str, Any]:
    """The coast with its island in another zone, and one boat there and one back."""
    document = coast_document() | {"format": "outreach-2"}
    ways = [[0, 20, 400, 10, 410], [20, 0, 400, 10, 410], [400, 400, 0, 400, 10], [10, 10, 400, 0, 400]]
    ways.append([410, 410, 10, 400, 0])
    document["travel"] = {"minutes": ways, "metres": ways}
    document["sites"][1]["zone"] = "island"
    document["stations"] = [{"id": "here", "place": 3}, {"id": "there", "place": 4, "zone": "island"}]
    document["connections"] = [
        BOAT | {"departs": out} | boat,
        BOAT | {"id": "C", "from": "there", "to": "here", "departs": back},
    ]
    return document


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        (boat_document(out=[540, 540], back=[900, 900]), None),
        (boat_document(out=[485, 485], back=[900, 900]), Rule.RIDE_MISSED),
        (boat_document(out=[540, 540], back=[620, 620]), Rule.RIDE_MISSED),
        (boat_document(out=[540, 540], back=[900, 900], dates="00"), Rule.NO_DEPARTURE),
        (boat_document(out=[540, 540], back=[900, 900], max_teams=0), Rule.NO_DEPARTURE),
        (boat_document(out=[540, 540], back=[900, 900], minutes=400), Rule.SHIFT_END),
        (boat_document(out=[540, 540], back=[900, 900], minutes=500), Rule.ARRIVES_LATE),
        (boat_document(out=[540, 540], back=[900, 900]) | {"connections": []}, Rule.NO_WAY),
    ],
)
def test_boats_are_named_by_what_is_wrong_with_them(document: dict[str, Any], rule: Rule | None) -> None:
    found = of_island(document)
    assert found.rule == rule
    if rule is not None:
        assert long_rule(found).id
        assert "{" not in long_rule(found).en
        assert short_rule(rule).id != short_rule(rule).en


def test_boat_on_some_dates_leaves_those() -> None:
    found = of_island(boat_document(out=[540, 540], back=[900, 900], dates="01"))
    assert (found.possible, dict(found.by_rule)) == (1, {Rule.NO_DEPARTURE: 1})


def test_fewest_nights_to_a_site_are_known_where_a_trip_leads_there_and_only_there() -> None:
    counts: Counter[int | None] = Counter()
    for seed in range(12):
        random = Random(seed)
        if seed % 2:
            instance = ride_instances.ride_instance(random, sites=4, teams=2, dates=3, pauses=seed % 4 == 1)
        else:
            instance = night_instances.night_instance(random, sites=4, teams=2, dates=4, lodgings=2)
        possibilities = Possibilities(instance)
        for site in instance.sites:
            nights = possibilities.nights_to(site)
            for team in instance.teams:
                for day in instance.dates:
                    trip = possibilities.trip_to(site, team, day=day)
                    assert (trip is not None) == ((team.id, day) in nights)
                    if trip is not None:
                        slept = verify(instance, trip).added
                        assert slept is not None
                        # That one serves most people, perhaps after more nights than are needed.
                        assert slept.nights >= nights[team.id, day]
                    counts[nights.get((team.id, day))] += 1
    assert min(counts[None], counts[0], counts[1]) > 10
