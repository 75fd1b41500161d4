"""A district keeps its own policies, in versions; a run names one; what another order would cost is asked."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, Role
from app.districts.models import District
from app.schedules.models import Schedule
from app.schedules.policies import api as policies_api
from app.schedules.runs.process import SolverCommand
from app.schedules.wish import ChosenPolicy, Closeness, Wish
from tests.app.conftest import AsRole
from tests.app.schedules.conftest import make_draft, make_plannable_district, plan_now

URL = "/v1/districts/16.73/policies"
FLOORS_FIRST = {"levels": [{"level": "floors"}, {"level": "shortfall", "tolerance_percent": 0.5}], "note": "Rapat."}
BUILT_IN = ["close-the-gap", "even-areas", "lowest-cost", "keep-the-plan", "fair-teams"]


@pytest.fixture
def planner(bearer: AsRole, district: District) -> dict[str, str]:
    return bearer(Role.PLANNER, "16.73")


def test_every_district_has_the_built_in_policies_and_they_stay_as_they_are(
    client: TestClient, planner: dict[str, str]
) -> None:
    listed = client.get(URL, headers=planner).json()
    assert [policy["name"] for policy in listed["items"]] == BUILT_IN
    assert listed["usual"] == "close-the-gap"
    even = client.get(f"{URL}/even-areas", headers=planner).json()
    assert [(level["level"], level["tolerance_percent"]) for level in even["levels"]] == [
        ("floors", None),
        ("shortfall", 0.5),
    ]
    assert even["text"]["id"].startswith("Target kecamatan")
    refused = client.put(f"{URL}/even-areas", json=FLOORS_FIRST, headers=planner)
    assert (refused.status_code, refused.json()["code"]) == (409, "PolicyBuiltIn")


def test_a_policy_is_changed_in_versions_that_all_stay_and_are_audited(
    client: TestClient, planner: dict[str, str], session: Session
) -> None:
    created = client.put(f"{URL}/merata", json=FLOORS_FIRST, headers=planner)
    assert (created.status_code, created.json()["version"], created.headers["ETag"]) == (201, 1, '"1"')
    assert client.put(f"{URL}/merata", json=FLOORS_FIRST, headers=planner).status_code == 428
    cheap = {"levels": [{"level": "cost"}]}
    stale = client.put(f"{URL}/merata", json=cheap, headers=planner | {"If-Match": '"7"'})
    assert stale.status_code == 412
    changed = client.put(f"{URL}/merata", json=cheap, headers=planner | {"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    history = client.get(f"{URL}/merata/versions", headers=planner).json()["items"]
    assert [(row["version"], row["levels"][0]["level"], row["note"]) for row in history] == [
        (2, "cost", None),
        (1, "floors", "Rapat."),
    ]
    assert client.get(f"{URL}/merata?version=1", headers=planner).json()["levels"][0]["level"] == "floors"
    assert client.get(f"{URL}/merata?version=3", headers=planner).status_code == 404
    assert client.get(URL, headers=planner).json()["items"][-1]["version"] == 2
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.subject == "policy/16.73/merata").order_by(AuditEntry.id)
    ).all()
    assert [(entry.action, entry.details["version"]) for entry in entries] == [
        ("policy.create", 1),
        ("policy.update", 2),
    ]
    assert entries[1].details["before"][0]["level"] == "floors"


@pytest.mark.parametrize(
    ("levels", "pointer", "value"),
    [
        ([{"level": "speed"}], "/levels/0/level", "speed"),
        ([{"level": "cost"}, {"level": "cost"}], "/levels", None),
        ([{"level": "cost", "tolerance": -1}], "/levels/0/tolerance", -1),
        ([{"level": "cost", "tolerance_percent": -0.5}], "/levels/0/tolerance_percent", -0.5),
        ([{"level": "cost", "tolerance_percent": 0.125}], "/levels/0/tolerance_percent", 0.125),
        ([{"level": "cost", "tolerance": 1, "tolerance_percent": 1}], "/levels/0", None),
        ([], "/levels", None),
    ],
)
def test_a_policy_that_cannot_be_is_refused_with_place_value_and_mend(
    client: TestClient, planner: dict[str, str], levels: list[dict[str, Any]], pointer: str, value: object
) -> None:
    refused = client.put(f"{URL}/merata", json={"levels": levels}, headers=planner)
    assert refused.status_code == 422
    [problem] = refused.json()["errors"]
    assert problem["pointer"] == pointer
    if value is not None:
        assert problem["value"] == value
    assert problem["detail"]


def test_names_of_policies_are_plain_and_strangers_see_nothing(
    client: TestClient, planner: dict[str, str], bearer: AsRole, session: Session
) -> None:
    assert client.put(f"{URL}/Merata Semua", json=FLOORS_FIRST, headers=planner).status_code == 422
    assert client.get(f"{URL}/nowhere", headers=planner).status_code == 404
    make_plannable_district(session, "17.71")
    stranger = bearer(Role.PLANNER, "17.71")
    assert client.get(URL, headers=stranger).status_code in (403, 404)
    assert client.put(f"{URL}/merata", json=FLOORS_FIRST, headers=stranger).status_code in (403, 404)


def requested(client: TestClient, headers: Mapping[str, str], **body: Any) -> Any:
    answer = client.post("/v1/districts/16.73/schedules", json={"period": "2023-11", **body}, headers=headers)
    assert answer.status_code == 202, answer.text
    return answer.json()


def test_a_run_keeps_the_levels_of_the_version_it_named(
    client: TestClient, planner: dict[str, str], session: Session
) -> None:
    client.put(f"{URL}/merata", json=FLOORS_FIRST, headers=planner)
    run = requested(client, planner, policy="merata")
    assert (run["policy"]["name"], run["policy"]["version"], run["policy"]["solved"]) == ("merata", 1, "levels")
    assert (run["request"]["policy"], run["request"]["policy_version"]) == ("merata", 1)
    client.put(f"{URL}/merata", json={"levels": [{"level": "cost"}]}, headers=planner | {"If-Match": '"1"'})
    stored = session.get(Schedule, run["id"])
    assert stored is not None
    chosen = Wish.from_json(stored.request).in_levels
    assert chosen is not None
    assert [level.level for level in chosen.levels] == ["floors", "shortfall"]


def test_an_unknown_policy_is_refused_with_those_there_are(client: TestClient, planner: dict[str, str]) -> None:
    client.put(f"{URL}/merata", json=FLOORS_FIRST, headers=planner)
    body = {"period": "2023-11", "policy": "even-area"}
    refused = client.post("/v1/districts/16.73/schedules", json=body, headers=planner | {"Accept-Language": "en"})
    assert refused.status_code == 422
    [problem] = refused.json()["errors"]
    assert (problem["pointer"], problem["value"]) == ("/policy", "even-area")
    for name in [*BUILT_IN, "merata"]:
        assert name in problem["mend"]


def test_a_plan_shows_its_levels_also_where_everything_was_weighed_at_once(
    client: TestClient, planner: dict[str, str], session: Session, district: District
) -> None:
    plain = client.get(f"/v1/schedules/{make_draft(session, district).id}", headers=planner).json()["policy"]
    assert (plain["name"], plain["solved"]) == ("close-the-gap", "prices")
    assert [level["level"] for level in plain["levels"]] == ["shortfall", "floors"]
    assert {level["level"] for level in plain["others"]} == {"cost", "lateness", "changes", "fairness"}
    assert all(level["best"] is None for level in plain["levels"])
    prices = {price["level"]: (price["equals"], price["text"]["id"]) for price in plain["prices"]}
    assert prices["cost"] == ("2000000", "Satu aktivasi = Rp 2.000.000.")
    assert prices["floors"] == ("5", "Satu aktivasi = 5 orang di bawah target kecamatan.")


def test_weights_given_by_hand_are_shown_as_the_prices_they_are(client: TestClient, planner: dict[str, str]) -> None:
    run = requested(client, planner, policy="even-areas", weights={"per_million_cost": 0, "area_shortfall": 3000})
    prices = {price["level"]: price for price in run["policy"]["prices"]}
    assert prices["cost"]["equals"] is None
    assert prices["cost"]["text"] == {"id": "biaya tidak diberi harga.", "en": "There is no price on cost."}
    assert prices["floors"]["text"]["id"] == "Satu aktivasi = 0,3 orang di bawah target kecamatan."
    assert run["request"]["weights"]["area_shortfall"] == 3000


def test_a_replanning_takes_over_the_policy_of_the_plan_in_force_unless_it_says_otherwise() -> None:
    policy = ChosenPolicy(name="even-areas")
    november = {"period_start": date(2023, 11, 1), "period_end": date(2023, 11, 30)}
    filled = ChosenPolicy(name="even-areas", version=1, levels=Wish.from_json(STORED).in_levels.levels)  # type: ignore[union-attr]
    earlier = Wish(**november, policy=filled).understood()
    grown = Wish(**november, replan=Closeness()).grown_from(earlier, schedule_id=7)
    assert grown.policy == filled
    assert grown.kept is not None
    assert grown.kept.fields == ("policy",)
    assert grown.understood().time_limit_seconds == 6
    by_prices = Wish(**november, replan=Closeness(), policy=ChosenPolicy(name=None)).grown_from(earlier, schedule_id=7)
    assert by_prices.in_levels is None
    assert by_prices.understood().time_limit_seconds == 1
    other = Wish(**november, replan=Closeness(), policy=policy).grown_from(earlier, schedule_id=7)
    assert other.policy == policy


STORED = Wish(period_start=date(2023, 11, 1), period_end=date(2023, 11, 30)).understood().to_json() | {
    "policy": {"name": "even-areas", "version": 1, "levels": [{"level": "floors"}]}
}


def test_a_wish_with_a_policy_survives_a_round_trip() -> None:
    assert Wish.from_json(STORED).to_json() == STORED


class Double:
    """Answers in the solver's place: every order loses eight people and keeps the floors."""

    def __init__(self) -> None:
        self.asked: list[Sequence[Mapping[str, Any]]] = []

    def __call__(
        self,
        command: SolverCommand,
        instance: bytes,
        plan: bytes,
        policies: Sequence[Mapping[str, Any]],
        *,
        seconds: float,
    ) -> dict[str, Any]:
        self.asked.append(policies)
        figures = {"activations": 1000, "shortfall": 50, "floors": 20, "cost": 9000, "lateness": 7}
        figures |= {"changes": 0, "fairness": 600}
        return {
            "plan": figures,
            "orders": [
                {
                    "policy": policy["name"],
                    "levels": [],
                    "missed": 0,
                    "changes": 3,
                    "figures": figures | {"activations": 992, "shortfall": 58, "floors": 0, "cost": 8000},
                }
                for policy in policies
            ],
        }


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> Double:
    double = Double()
    monkeypatch.setattr(policies_api, "ask_policies", double)
    return double


def test_what_another_order_costs_is_told_in_words_before_it_is_chosen(
    client: TestClient, planner: dict[str, str], session: Session, district: District, double: Double
) -> None:
    schedule = make_draft(session, district)
    client.put(f"{URL}/merata", json=FLOORS_FIRST, headers=planner)
    answer = client.get(f"/v1/schedules/{schedule.id}/policies", headers=planner)
    assert answer.status_code == 200
    assert [order["policy"] for order in answer.json()["orders"]] == [*BUILT_IN, "merata"]
    order = answer.json()["orders"][1]
    assert (order["difference"]["activations"], order["activations_percent"]) == (-8, -0.8)
    assert order["text"]["id"] == (
        "8 aktivasi lebih sedikit (−0,80 %), 20 orang lebih sedikit dalam hal orang di bawah target kecamatan, "
        "Rp 1.000 lebih murah; 3 kunjungan berbeda dari rencana ini."
    )
    client.get(f"/v1/schedules/{schedule.id}/policies", headers=planner)
    assert len(double.asked) == 1
    compared = client.get(f"/v1/schedules/{schedule.id}/policies?policy=merata&seconds=1", headers=planner).json()
    assert [order["policy"] for order in compared["orders"]] == ["merata"]
    assert double.asked[-1][0] == {"format": "outreach-policy-1", "name": "merata", "levels": FLOORS_FIRST["levels"]}
    assert client.get(f"/v1/schedules/{schedule.id}/policies?policy=nix", headers=planner).status_code == 404


def test_a_run_without_a_plan_has_nothing_to_compare(client: TestClient, planner: dict[str, str]) -> None:
    run = requested(client, planner)
    assert client.get(run["links"]["policies"], headers=planner).status_code == 409


def test_what_a_level_gave_up_is_told_for_whom(client: TestClient, planner: dict[str, str], session: Session) -> None:
    run = requested(client, planner, policy="close-the-gap")
    schedule = session.get(Schedule, run["id"])
    assert schedule is not None
    plan_now(session, schedule)
    assert schedule.levels is not None
    reached = schedule.levels["figures"]["shortfall"]
    level = {"best": reached - 9, "tolerance": 12, "given_up": 9, "given_up_for": "floors", "at_least": 5}
    schedule.levels = schedule.levels | {
        "report": {"policy": "close-the-gap", "levels": [{"level": "shortfall", "unit": "people", **level}]}
    }
    session.flush()
    shown = client.get(f"/v1/schedules/{schedule.id}", headers=planner).json()["policy"]
    [shortfall, floors] = shown["levels"]
    assert {name: shortfall[name] for name in level} == level
    assert shortfall["text"]["id"].endswith("9 orang dilepas demi orang di bawah target kecamatan.")
    assert floors["best"] is None
