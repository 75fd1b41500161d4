"""Every rule of `outreach-2`, kept and broken; the arithmetic of its value; plans of it, written and read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from solver.contract import row_rules, work_rules
from solver.contract.plan import FORMAT, NEXT_FORMAT, Plan, in_format_of, read_plan, write_plan
from solver.contract.reading import instance_from_json
from solver.contract.verify import Recount, verify
from tests.solver.journey import MONDAY, THURSDAY, TUESDAY, journey, journey_document, journey_plan, read
from tests.solver.week import week, week_document, week_visits

Change = Callable[[dict[str, Any]], object]


def rows(table: str, index: int, **changes: Any) -> Change:
    """Return a change of the fields of a row."""
    return lambda document: document[table][index].update(changes)


def added(table: str, **row: Any) -> Change:
    """Return a change that adds a row."""
    return lambda document: document[table].append(row)


def without(table: str, index: int) -> Change:
    return lambda document: document[table].pop(index)


def nothing(document: dict[str, Any]) -> None: ...


def judged(change_plan: Change = nothing, change_instance: Change = nothing) -> Recount:
    document, plan = journey_document(), journey_plan()
    change_plan(plan)
    change_instance(document)
    return verify(instance_from_json(document), read(plan))


def broken(recount: Recount) -> set[str]:
    return {violation.rule for violation in recount.violations}


def unpinned(*changes: Change) -> Change:
    """Return changes of the instance that leave out what is pinned, and the budget."""

    def change(document: dict[str, Any]) -> None:
        document.update(pinned_nights=[], pinned_rides=[])
        document["costs"]["budget"] = None
        for one in changes:
            one(document)

    return change


def site(index: int, **changes: Any) -> Change:
    return lambda document: document["sites"][index].update(changes)


def team(index: int, **changes: Any) -> Change:
    return lambda document: document["teams"][index].update(changes)


SECOND_TEAM_TOO = [
    added("nights", team="T2", date=MONDAY, lodging="L1"),
    added("rides", team="T2", date=MONDAY, connection="C1", start=540),
    added("rides", team="T2", date=TUESDAY, connection="C2", start=840),
]


def all_of(*changes: Change) -> Change:
    def change(document: dict[str, Any]) -> None:
        for one in changes:
            one(document)

    return change


WITH_T2_AWAY = unpinned(team(1, max_nights=1, dates="111", shift=[420, 1020]))
BREACHES: dict[str, tuple[Change, Change]] = {
    "night_outside_work": (nothing, unpinned(team(0, dates="101"))),
    "night_after_the_last_date": (added("nights", team="T1", date=THURSDAY, lodging="L1"), nothing),
    "two_beds": (added("nights", team="T1", date=MONDAY, lodging="L1"), nothing),
    "lodging_closed": (nothing, unpinned(rows("lodgings", 0, dates="011"))),
    "lodging_full": (
        all_of(*SECOND_TEAM_TOO),
        unpinned(WITH_T2_AWAY, rows("connections", 0, max_teams=2)),
    ),
    "no_departure": (rows("rides", 1, start=901), nothing),
    "ride_outside_work": (nothing, unpinned(team(0, dates="101"))),
    "no_seat": (all_of(*SECOND_TEAM_TOO), unpinned(WITH_T2_AWAY, rows("lodgings", 0, max_teams=2))),
    "wrong_break": (rows("breaks", 0, start=751), nothing),
    "break_missed": (without("breaks", 2), nothing),
    "break_cut": (rows("visits", 0, start=695, minutes=60, work={"ikd": 1}), nothing),
    "ride_missed": (nothing, team(0, away_shift=[521, 1020])),
    "no_way": (all_of(without("rides", 1)), nothing),
    "idle_rows": (added("kits", team="T2", date=MONDAY, kit="vsat", count=1), unpinned(rows("kits", 0, count=2))),
    "too_many_nights": (nothing, unpinned(team(0, max_nights=0))),
    "no_rest": (nothing, team(0, rest_days=2)),
    "wrong_load": (nothing, rows("kits", 0, teams=["T2"])),
    "pool_empty": (nothing, rows("kits", 0, dates="011")),
    "load_changes_away": (without("kits", 1), nothing),
    "wrong_work": (rows("visits", 0, work={"passport": 1}), nothing),
    "too_much_work": (rows("visits", 0, work={"ikd": 121, "kia": 120}), nothing),
    "not_issued": (nothing, team(0, documents=["ikd"])),
    "too_few_kits": (nothing, team(0, kits={})),
    "too_few_teams": (without("visits", 2), nothing),
}
# The team is off, so it can neither stay nor ride; a visit there is off, too.
ALSO_BROKEN = {
    "night_outside_work": {"ride_outside_work"},
    "ride_outside_work": {"night_outside_work"},
}


def test_plan_worked_out_by_hand_has_its_value() -> None:
    recount = verify(journey(), read(journey_plan()))
    assert recount.violations == ()
    # By satellite 120 operator-minutes at 63 % are 12 people; at the school 8 by two operators, the other 2 by one.
    assert [outcome.served for outcome in recount.by_visit] == [12, 8, 2]
    assert (recount.gap, recount.shortfall, recount.area_shortfall, recount.lateness) == (85, 63, 5, 20)
    # 55 km, four team-days (one without a visit), a night, a fare, the set on two dates.
    assert (recount.metres, recount.team_days) == (55_000, 4)
    assert recount.cost == 55_000 + 400_000 + 200_000 + 50_000 + 200_000
    assert recount.added is not None
    [kia] = recount.added.documents
    assert (kia.served, kia.gap, kia.shortfall, kia.lateness) == (24, 54, 30, 0)
    assert (recount.added.nights, recount.added.rides, recount.added.kit_days) == (1, 2, 2)
    # 3 points of before, three days and a night that counts twice, over 13 dates; one day over two.
    assert recount.added.spread == 8000 // 13 - 1000 // 2
    assert recount.value_milli == 85_000 - 63_000 - 500 * 5 - 905 - 30 + 400 * 24 - 10 * 115


def test_verdict_as_json_counts_what_is_added() -> None:
    found = verify(journey(), read(journey_plan())).to_json()
    assert found["documents"] == {"kia": {"served": 24, "gap": 54, "shortfall": 30, "lateness": 0}}
    assert (found["nights"], found["rides"], found["kit_days"], found["spread"]) == (1, 2, 2, 115)
    assert "nights" not in verify(week(), Plan(visits=tuple(week_visits()))).to_json()


@pytest.mark.parametrize("rule", BREACHES)
def test_broken_rule_is_found_and_breaks_no_other(rule: str) -> None:
    found = broken(judged(*BREACHES[rule]))
    assert rule in found
    assert found - {rule} == ALSO_BROKEN.get(rule, set())


def test_every_rule_has_a_breach_here_and_a_sentence() -> None:
    named = (*row_rules.BOOK_RULES, *row_rules.DAY_RULES, *work_rules.WORK_RULES, work_rules.too_few_teams)
    assert {rule.__name__ for rule in named} == set(BREACHES)
    assert all(rule.__doc__ for rule in named)


def test_every_rule_is_in_the_documentation() -> None:
    page = (Path(__file__).parents[3] / "docs" / "planning-format.md").read_text()
    assert [rule for rule in BREACHES if f"`{rule}`" not in page] == []


AT_THE_EDGE: dict[str, tuple[Change, Change]] = {
    "at the boat when it leaves": (nothing, team(0, away_shift=[520, 1020])),
    "as many nights as allowed": (nothing, team(0, max_nights=1)),
    "as much rest as there is": (nothing, team(0, rest_days=1)),
    "a break that ends with its window": (rows("breaks", 0, start=750), nothing),
    "a break as set-up ends": (
        all_of(rows("visits", 0, start=690, minutes=60, work={"ikd": 1}), rows("breaks", 0, start=700)),
        nothing,
    ),
    "a break as the visit ends": (rows("breaks", 0, start=730), nothing),
    "a break on board": (rows("breaks", 1, start=690), rows("connections", 1, departs=[690, 900])),
    "breaks one after another": (rows("breaks", 3, start=720), nothing),
    "as many kits of a pool as there are": (nothing, rows("kits", 0, count=1)),
    "all the minutes of the operators": (rows("visits", 0, work={"ikd": 240}), nothing),
    "no work at all": (rows("visits", 0, work={}), nothing),
    "as many teams as an event needs": (nothing, site(2, min_teams=2)),
    "as dear as the budget": (nothing, lambda document: document["costs"].update(budget=905_000)),
}


@pytest.mark.parametrize("case", AT_THE_EDGE)
def test_plan_at_the_edge_of_a_rule_is_feasible(case: str) -> None:
    plan, instance = AT_THE_EDGE[case]
    if case == "a break on board":
        plan = all_of(plan, rows("rides", 1, start=690))
    assert judged(plan, instance).violations == ()


def test_break_in_a_visit_pauses_it_and_its_window_bounds_both() -> None:
    # 600 + 10 + 120 + 30 of the break.
    assert broken(judged(nothing, site(1, windows=[[480, 760]]))) == set()
    assert broken(judged(nothing, site(1, windows=[[480, 759]]))) == {"outside_window"}


def test_break_on_the_way_takes_its_time_and_one_before_leaving_none() -> None:
    day = {"team": "T1", "date": TUESDAY}
    # From the guesthouse five minutes to the boat of 840: with the break at 700 there is time, at its very end too.
    late = rows("breaks", 1, start=750)
    assert judged(late).feasible
    early = team(0, away_shift=[806, 1020], breaks=[{"minutes": 30, "window": [690, 840], "dates": "010"}])
    without_others = all_of(*(without("breaks", index) for index in (3, 2, 0)), lambda plan: plan["visits"].clear())
    one_ride = all_of(without("rides", 0), lambda plan: plan["kits"].clear())
    only_back = all_of(without_others, one_ride)
    # On the boat's date the team leaves at 806 and needs 5 minutes: a break in between leaves no time, one before does.
    assert "ride_missed" in broken(judged(all_of(only_back, rows("breaks", 0, **day, start=808)), early))
    assert "ride_missed" not in broken(judged(all_of(only_back, rows("breaks", 0, **day, start=776)), early))


def test_weekend_between_two_dates_is_as_many_nights_as_it_has() -> None:
    def later(document: dict[str, Any]) -> None:
        document.update(dates=[MONDAY, THURSDAY, "2023-11-20"], pinned_nights=[], pinned_rides=[])
        document["costs"]["budget"] = None

    plan = journey_plan()
    for table in ("visits", "rides", "breaks", "kits"):
        for row in plan[table]:
            row["date"] = {TUESDAY: THURSDAY, THURSDAY: "2023-11-20"}.get(row["date"], row["date"])
    document = journey_document()
    later(document)
    recount = verify(instance_from_json(document), read(plan))
    assert recount.added is not None
    assert (broken(recount), recount.added.nights) == ({"too_many_nights"}, 3)
    assert recount.cost == 905_000 + 2 * 200_000


def test_missed_pins_of_nights_and_rides_cost_what_a_pin_costs() -> None:
    whole = judged()
    recount = judged(lambda plan: plan.update(nights=[], rides=[], kits=[], visits=[], breaks=[]))
    assert (whole.pins_missed, recount.pins_missed, recount.feasible) == (0, 2, True)


def test_kit_of_a_pool_makes_the_signal() -> None:
    recount = judged(lambda plan: plan["kits"].clear())
    assert recount.feasible
    assert recount.by_visit[0].served == 0


def test_unreadable_rows_are_told_by_their_place_and_count_nowhere() -> None:
    def spoil(plan: dict[str, Any]) -> None:
        plan["nights"].append({"team": "T1", "date": "2023-11-31", "lodging": "L1"})
        plan["rides"].append({"team": "T1", "date": TUESDAY, "connection": "C2", "start": "840"})
        plan["breaks"].append(7)
        plan["kits"].append({"team": "T1", "date": MONDAY, "kit": "vsat"})
        plan["visits"][1]["work"] = {"ikd": 1.0}

    recount = judged(spoil)
    assert broken(recount) == {"unreadable"}
    places = {violation.message.split(" is ")[0] for violation in recount.violations}
    assert places == {"/nights/1/date", "/rides/2/start", "/breaks/4", "/kits/2/count", "/visits/1/work"}


def test_table_that_is_no_list_is_unreadable() -> None:
    assert broken(judged(lambda plan: plan.update(nights="none"))) >= {"unreadable"}


def test_unknown_rows_are_refused() -> None:
    recount = judged(added("nights", team="T9", date=MONDAY, lodging="L1"))
    assert broken(recount) == {"unknown_reference"}
    assert broken(judged(added("breaks", team="T1", date=MONDAY, **{"break": 2}, start=700))) == {"unknown_reference"}


def test_new_tables_mean_nothing_for_an_outreach_1_instance() -> None:
    plan = {"visits": [visit.to_json() for visit in week_visits()], "nights": 7, "rides": [{}], "kits": [None]}
    plan["visits"][0]["work"] = "all"
    assert verify(week(), read(plan)).to_json() == verify(week(), Plan(visits=tuple(week_visits()))).to_json()


def test_outreach_1_file_renamed_has_the_same_values() -> None:
    renamed = instance_from_json(week_document() | {"format": "outreach-2"})
    one, other = (verify(instance, Plan(visits=tuple(week_visits()))) for instance in (week(), renamed))
    assert (one.value_milli, one.violations, one.by_visit) == (other.value_milli, other.violations, other.by_visit)


def test_plan_is_written_and_read_back(tmp_path: Path) -> None:
    plan = read(journey_plan())
    assert plan.to_json()["visits"] == journey_plan()["visits"]
    assert {name: plan.to_json()[name] for name in ("nights", "rides", "breaks", "kits")} == {
        name: journey_plan()[name] for name in ("nights", "rides", "breaks", "kits")
    }
    write_plan(plan, tmp_path / "plan.json")
    assert read_plan(tmp_path / "plan.json") == plan


def test_plan_says_the_format_that_answers_its_instance() -> None:
    plan = Plan(visits=())
    assert (in_format_of(week(), plan).format, in_format_of(journey(), plan).format) == (FORMAT, NEXT_FORMAT)
    assert "nights" not in in_format_of(journey(), plan).to_json()
