from dataclasses import replace
from datetime import date

from solver.contract.instance import Instance, Visit
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json, read_instance
from solver.contract.verify import verify
from solver.questions.rerouting import with_team_day
from tests.solver.test_crooked import INSTANCES

DAY = date(2024, 3, 5)


def visit(site: str, start: int, minutes: int = 30, *, team: str = "T") -> Visit:
    return Visit(team=team, date=DAY, site=site, start=start, minutes=minutes)


def two_teams(**changes: object) -> Instance:
    document = read_instance(INSTANCES / "nobody-on-the-way.json").to_json()
    document["teams"].append(document["teams"][0] | {"id": "T2"})
    return instance_from_json(document | changes)


WAY = (visit("S1", 520), visit("S2", 590), visit("S3", 660))


def test_a_team_day_takes_the_place_of_the_old_one_and_of_what_stands_in_its_way() -> None:
    instance = two_teams()
    before = (visit("S1", 520, 60), visit("S1", 520, team="T2"))
    assert not verify(instance, Plan(visits=(*WAY, before[1]))).feasible
    assert with_team_day(instance, before, WAY) == WAY


def test_a_pinned_visit_makes_way_for_nothing() -> None:
    pin = visit("S1", 520, team="T2")
    assert with_team_day(two_teams(pinned=[pin.to_json()]), (pin,), WAY) is None
    own = visit("S1", 700)
    assert with_team_day(two_teams(pinned=[own.to_json()]), (own,), WAY) is None


def test_the_poorest_team_day_pays_where_the_budget_is_spent() -> None:
    instance = two_teams()
    poor = replace(instance, costs=replace(instance.costs, per_team_day=10, budget=10))
    other = visit("S1", 520, team="T2")
    assert with_team_day(poor, (other,), (visit("S2", 590), visit("S3", 660))) is None
    assert with_team_day(poor, (other,), WAY) == WAY
