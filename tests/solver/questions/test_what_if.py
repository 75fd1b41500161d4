"""A wish changes what it names, exactly, and nothing else."""

from dataclasses import replace
from datetime import date
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from solver.contract.capacity import capacity
from solver.contract.instance import Instance, Override, Target, Window
from solver.contract.reading import instance_from_json
from solver.contract.tiny import tiny_instance
from solver.contract.travel import Travel
from solver.questions.changed_teams import model_team
from solver.questions.moved_session import with_session_moved
from solver.questions.what_if import Change, ImpossibleChange, apply
from tests.solver.coast import coast_document
from tests.solver.random_instances import instances
from tests.solver.week import week, week_document


def changed(instance: Instance, text: str, *, team: str = "average") -> Instance:
    return apply(instance, Change.parse(text, team=team))


def test_added_teams_are_copies_with_names_and_overrides_of_their_own() -> None:
    found = changed(week(), "teams=+2", team="T1")
    assert [team.id for team in found.teams] == ["T1", "T2", "T1+1", "T1+2"]
    assert replace(found.teams[2], id="T1") == found.teams[0]
    assert ("T1+2", "S2") in [override.between for override in found.travel.overrides]


def test_model_team_is_the_best_the_average_or_the_named_one() -> None:
    instance = week()
    assert model_team(instance, "best").id == "T1"
    assert model_team(instance, "T2").id == "T2"
    with pytest.raises(ImpossibleChange, match="T9"):
        model_team(instance, "T9")


def test_weakest_team_leaves_first_but_no_pinned_one() -> None:
    assert [team.id for team in changed(week(), "teams=-1").teams] == ["T1"]
    nobody = changed(week(), "teams=-2")
    assert (nobody.teams, nobody.pinned, nobody.published) == ((), (), ())
    with pytest.raises(ImpossibleChange, match="there are 2"):
        changed(week(), "teams=-3")


def test_added_days_follow_on_the_weekdays_there_are() -> None:
    found = changed(week(), "days=+4")
    # Monday, Tuesday and Thursday of the week after, and the Monday behind them.
    assert found.dates[3:] == (date(2023, 11, 20), date(2023, 11, 21), date(2023, 11, 23), date(2023, 11, 27))
    assert found.sites[1].open_dates == (True, True, False, True, True, False, True)
    assert found.teams[1].work_dates == (True, False, True, True, False, True, True)


def test_added_day_has_the_hours_of_its_weekday() -> None:
    document = week_document()
    document["sites"][0]["windows_on"] = {"2023-11-14": [[480, 600]]}
    found = changed(instance_from_json(document), "days=+3").sites[0]
    assert found.windows_at(date(2023, 11, 21)) == (Window(open=480, close=600),)
    assert found.windows_at(date(2023, 11, 20)) == found.windows


def test_earlier_deadline_drops_dates_and_what_was_planned_on_them() -> None:
    for text in ("days=-1", "until=2023-11-15"):
        found = changed(week(), text)
        assert len(found.dates) == 2
        assert {visit.date for visit in (*found.pinned, *found.published)} == {date(2023, 11, 13)}


def test_later_deadline_adds_the_dates_up_to_it() -> None:
    assert changed(week(), "until=2023-11-21").dates[3:] == (date(2023, 11, 20), date(2023, 11, 21))


def test_kit_goes_to_the_strongest_team_without_one() -> None:
    found = changed(week(), "kit=+1")
    assert [team.satellite for team in found.teams] == [True, True]
    with pytest.raises(ImpossibleChange, match="only 1 team"):
        changed(week(), "kit=+2")
    assert [team.satellite for team in changed(week(), "kit=-1").teams] == [False, False]


def shared(**pool: object) -> Instance:
    """The golden week with a set for both teams, or those named, and lunch for the first."""
    document = week_document() | {"format": "outreach-2"}
    document["kits"] = [
        {"id": "spare", "kind": "satellite", "count": 1, "teams": ["T1"]},
        {"id": "set", "kind": "satellite", "count": 1, "dates": "110"} | pool,
        {"id": "press", "kind": "printer", "count": 5},
    ]
    document["teams"][0]["breaks"] = [{"minutes": 30, "window": [690, 780], "dates": "011"}]
    return instance_from_json(document)


def test_printer_goes_to_its_pool_or_to_the_strongest_team_without_one() -> None:
    assert [pool.count for pool in changed(shared(), "kit:printer=+1").kits] == [1, 1, 6]
    card = {"id": "card", "gap": None, "minutes": 5, "kit": "printer", "shortfall": 400}
    document = week_document() | {"format": "outreach-2", "documents": [card]}
    found = changed(instance_from_json(document), "kit:printer=+1")
    assert sorted(team.own_kits("printer") for team in found.teams) == [0, 1]
    assert [team.own_kits("printer") for team in changed(found, "kit:printer=-1").teams] == [0, 0]
    with pytest.raises(ImpossibleChange, match="no document or site needs a kit of the kind 'recorder'"):
        changed(found, "kit:recorder=+1")
    with pytest.raises(ImpossibleChange, match="several documents"):
        changed(found, "yield=+10%")


def test_kit_goes_to_the_pool_that_most_teams_share() -> None:
    assert [pool.count for pool in changed(shared(), "kit=+2").kits] == [1, 3, 5]
    assert [pool.count for pool in changed(shared(), "kit=-1").kits] == [1, 0, 5]
    assert changed(shared(), "kit=+1").teams == shared().teams
    with pytest.raises(ImpossibleChange, match="'set' has only 1 kits, not 2"):
        changed(shared(), "kit=-2")


def test_added_team_shares_what_its_model_shares_and_a_lost_one_does_not() -> None:
    more, fewer = changed(shared(), "teams=+1", team="T1"), changed(shared(), "teams=-2")
    assert [pool.teams for pool in more.kits] == [("T1", "T1+1"), None, None]
    assert [pool.teams for pool in fewer.kits] == [(), None, None]


def test_kits_and_breaks_go_on_as_on_most_dates_of_the_weekday_and_end_with_the_dates() -> None:
    longer = changed(shared(), "days=+4")
    assert longer.kits[1].on_dates == (True, True, False, True, True, False, True)
    assert longer.teams[0].breaks[0].on_dates == (False, True, True, False, True, True, False)
    shorter = changed(shared(), "days=-1")
    assert shorter.kits[1].on_dates == (True, True)
    assert shorter.teams[0].breaks[0].on_dates == (False, True)


def boats() -> Instance:
    document = week_document() | {"format": "outreach-2"}
    document["lodgings"] = [{"id": "inn", "place": 1, "max_teams": 1, "dates": "110"}]
    document["stations"] = [{"id": "pier", "place": 0}, {"id": "quay", "place": 2}]
    boat = {"id": "boat", "from": "pier", "to": "quay", "departs": [480, 480], "minutes": 30, "dates": "101"}
    document["connections"] = [boat]
    document["teams"][0]["max_nights"] = 1
    return instance_from_json(document)


def test_every_team_may_be_away_for_more_nights_or_for_fewer() -> None:
    nights = {team.id: team.max_nights for team in boats().teams}
    assert {team.id: team.max_nights for team in changed(boats(), "nights=+2").teams} == {
        name: count + 2 for name, count in nights.items()
    }
    assert {team.max_nights for team in changed(boats(), "nights=-3").teams} == {0}
    with pytest.raises(ImpossibleChange, match="there is no lodging"):
        changed(week(), "nights=+1")


def test_lodgings_and_boats_go_on_as_on_most_dates_of_the_weekday_and_end_with_the_dates() -> None:
    longer = changed(boats(), "days=+4")
    assert longer.lodgings[0].open_dates == (True, True, False, True, True, False, True)
    assert longer.connections[0].run_dates == (True, False, True, True, False, True, True)
    shorter = changed(boats(), "days=-1")
    assert shorter.lodgings[0].open_dates == (True, True)
    assert shorter.connections[0].run_dates == (True, False)


@given(instances(), st.integers(-99, 300), st.integers(0, 600))
def test_yield_changes_capacity_by_exactly_so_many_percent(instance: Instance, percent: int, minutes: int) -> None:
    found = changed(instance, f"yield={percent:+}%")
    for before, after in zip(instance.teams, found.teams, strict=True):
        for site in instance.sites:
            crowd = replace(before, operators=before.operators * 10_000)
            whole = capacity(instance.connectivity, crowd, site=site, minutes=minutes)
            least, most = whole * (100 + percent) // 1_000_000, (whole + 1) * (100 + percent) // 1_000_000
            assert least <= capacity(found.connectivity, after, site=site, minutes=minutes) <= most


def test_people_walk_ins_and_gap_change_by_so_much() -> None:
    instance = instance_from_json(coast_document() | {"target": {"gap": 500, "walk_ins_per_day": 10}})
    assert [site.people for site in changed(instance, "people=-25%").sites] == [38, 38]
    assert changed(instance, "walk_ins=+5").net_gap == 500 - 2 * 15
    assert changed(instance, "gap=-600").net_gap == 0


def dated() -> Instance:
    """The week with a rate that falls on Thursday, a deadline, and a part of the gap that is due."""
    target = {
        "gap": 100,
        "walk_ins_per_day": 0,
        "walk_ins_on": {"2023-11-10": 9, "2023-11-13": 9, "2023-11-14": 9, "2023-11-16": 2},
        "deadline": "2023-11-30",
        "period_gap": 40,
    }
    return instance_from_json(week_document() | {"target": target})


def test_counters_go_on_as_they_ended_when_days_are_added() -> None:
    found = changed(dated(), "days=+2")
    assert found.net_gap == 100 - (9 + 9 + 9 + 2) - 2 - 2


def test_counters_close_with_the_days_that_are_dropped() -> None:
    assert changed(dated(), "days=-1").net_gap == 100 - 27
    assert changed(dated(), "days=-3").net_gap == 100 - 9


def test_walk_ins_change_on_every_date_from_the_first_and_stop_at_none() -> None:
    assert changed(dated(), "walk_ins=+5").net_gap == 100 - (9 + 14 + 14 + 7)
    assert changed(dated(), "walk_ins=-4").net_gap == 100 - (9 + 5 + 5 + 0)
    with pytest.raises(ImpossibleChange, match="at most 9 a day"):
        changed(dated(), "walk_ins=-10")


@pytest.mark.parametrize("text", ["days=+1", "days=-1", "until=2023-12-04", "until=2023-11-14"])
def test_other_days_ask_about_another_deadline_and_so_about_the_whole_gap(text: str) -> None:
    found = changed(dated(), text).target
    assert (found.deadline, found.period_gap) == (None, None)


@pytest.mark.parametrize(("amount", "due"), [("-50", 20), ("+100", 80), ("-99", 1), ("-200", 0)])
def test_what_is_due_changes_in_step_with_the_gap(amount: str, due: int) -> None:
    assert changed(dated(), f"gap={amount}").target.period_gap == due


@pytest.mark.parametrize(
    "text",
    [
        *("teams", "teams=two", "kits=1", "until=tomorrow", "yield=10", "gap=", "yield=-100%", "walk_ins=-9"),
        *("session=S1", "session=S1>S2", "session=S1>S2:many", "session=S1>S9:50", "session=S9>S1:50"),
        *("session=S1>S1:50", "session=S1>S2:101", "session=S1>S2:-1"),
    ],
)
def test_impossible_wishes_are_refused_with_what_would_do(text: str) -> None:
    with pytest.raises(ImpossibleChange):
        changed(week(), text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("people=+2000000000%", "/sites/0/people"),
        ("yield=+100000000%", "/teams/0/operators"),
        ("walk_ins=+2000000000", "/target/walk_ins_per_day"),
        ("gap=+2000000000", "/target/gap"),
    ],
)
def test_wish_past_what_the_contract_allows_is_refused_with_the_field(text: str, fault: str) -> None:
    targeted = replace(week(), target=Target(gap=100, walk_ins_per_day=0))
    with pytest.raises(ImpossibleChange, match=fault):
        changed(targeted, text)


@given(instances(), st.sampled_from(["teams=+1", "days=+2", "until=2024-03-01", "yield=+10%", "people=-20%"]))
def test_changed_instances_are_valid(instance: Instance, text: str) -> None:
    found = changed(instance, text)
    assert instance_from_json(found.to_json()) == found


def test_an_added_team_has_no_past() -> None:
    instance = week()
    tired = replace(instance, teams=(replace(instance.teams[0], history_hours=30), *instance.teams[1:]))
    assert [team.history_hours for team in changed(tired, "teams=+1", team="T1").teams] == [30, 0, 0]


def test_a_moved_session_has_the_place_signal_and_hours_of_the_other_site() -> None:
    instance = tiny_instance()
    host = replace(
        instance.sites[1],
        connectivity=4,
        open_dates=(False, True),
        windows=(Window(open=500, close=700),),
    )
    guest = replace(instance.sites[2], connectivity=0, people=101, people_by_document=(("kia", 9),), max_visit_dates=1)
    instance = replace(instance, sites=(instance.sites[0], host, guest, *instance.sites[3:]))
    moved = with_session_moved(instance, guest, host, percent=50)
    site = moved.sites[2]
    assert (site.id, site.place, site.connectivity, site.windows) == ("S3", host.place, 4, host.windows)
    assert (site.open_dates, site.people, site.people_by_document) == ((False, True), 50, (("kia", 4),))
    assert (site.max_visit_dates, site.area, site.must) == (1, guest.area, guest.must)
    assert replace(moved, sites=instance.sites) == instance


def test_ways_to_a_moved_session_are_those_to_its_place() -> None:
    instance = tiny_instance()
    overrides = (
        Override(between=("T1", "S2"), minutes=7, metres=700),
        Override(between=("S3", "T1"), minutes=99, metres=9_900),
        Override(between=("S2", "S3"), minutes=50, metres=5_000),
        Override(between=("S1", "T2"), minutes=3, metres=300),
    )
    instance = replace(instance, travel=replace(instance.travel, overrides=overrides))
    moved = changed(instance, "session=S3>S2:50")
    assert moved.travel.overrides == (
        overrides[0],
        overrides[3],
        Override(between=("S3", "T1"), minutes=7, metres=700),
    )
    travel, sites = Travel(moved.travel), {site.id: site for site in moved.sites}
    assert travel.leg(sites["S3"], sites["S2"]) == (0, 0)


def test_codes_with_signs_of_their_own_are_written_percent_encoded() -> None:
    instance = tiny_instance()
    odd = replace(instance.sites[2], id="A>1,=:%")
    instance = replace(instance, sites=(*instance.sites[:2], odd, *instance.sites[3:]))
    moved = changed(instance, f"session={quote(odd.id, safe='')}>S2:100")
    assert moved.sites[2].place == instance.sites[1].place


@given(instances(), st.sampled_from([0, 35, 100]))
def test_instances_with_a_moved_session_are_valid(instance: Instance, percent: int) -> None:
    assume(len(instance.sites) > 1)
    first, second = instance.sites[0].id, instance.sites[1].id
    assume(first not in {visit.site for visit in instance.pinned})
    moved = changed(instance, f"session={quote(first, safe='')}>{quote(second, safe='')}:{percent}")
    assert instance_from_json(moved.to_json()) == moved
    site = next(known for known in moved.sites if known.id == first)
    assert site.people <= instance.sites[0].people
