"""The forecast of a stored district over HTTP, and its drawing."""

import struct
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.models import Role
from app.districts.models import WalkInCount
from app.districts.targets.official_counts import keep_count
from app.districts.targets.service import get_target
from app.schedules.models import Visit
from tests.app.conftest import AsRole
from tests.factories import (
    make_district,
    make_planning_figures,
    make_result,
    make_schedule,
    make_site,
    make_target,
    make_team,
    make_visit,
    make_walk_ins,
)

URL = "/v1/districts/16.73/forecast"
CAUSES = {"turn_out", "pace", "signal", "losses", "walk_ins", "rest"}


@pytest.fixture
def visits(session: Session) -> list[Visit]:
    """Lubuklinggau, counted on Monday, 13 November, with a visit at a site of its own on each day until Friday."""
    make_district(session)
    keep_count(session, make_target(session, target_percent=None, target_count=4_600))
    make_walk_ins(session, date(2023, 11, 1), 12)
    schedule, team = make_schedule(session), make_team(session)
    return [
        make_visit(
            session, schedule, team, make_site(session, headcount=400),
            starts_at=datetime(2023, 11, day, 2, tzinfo=UTC), expected_activations=42,
        )
        for day in (14, 15, 16, 17)
    ]  # fmt: skip


@pytest.fixture
def viewer(bearer: AsRole, visits: list[Visit]) -> dict[str, str]:
    return bearer(Role.VIEWER, "16.73")


def ask(client: TestClient, viewer: dict[str, str], on: str = "2023-11-13", **more: Any) -> dict[str, Any]:
    answer = client.get(URL, params={"on": on, **more}, headers=viewer)
    assert answer.status_code == 200, answer.text
    forecast: dict[str, Any] = answer.json()
    return forecast


def test_forecast_says_percentiles_probability_days_causes_and_seed(client: TestClient, viewer: dict[str, str]) -> None:
    forecast = ask(client, viewer)
    end = forecast["published"]["at_deadline"]
    assert (forecast["counted"], forecast["counted_up_to"], forecast["target_count"]) == (4_015, "2023-11-13", 4_600)
    assert 4_015 < end["p05"] <= end["p25"] <= end["p50"] <= end["p75"] <= end["p95"]
    assert end["date"] == "2023-12-31"
    chance = forecast["published"]["probability_of_target"]
    assert 0 <= chance["probability"] <= 1
    assert chance["error"] > 0
    assert set(chance["shown"]) == {"id", "en"}
    assert len(forecast["published"]["bands"]) == (date(2023, 12, 31) - date(2023, 11, 13)).days + 1
    assert forecast["last_published"] == "2023-11-17"
    assert forecast["as_now"]["at_deadline"]["mean"] > end["mean"]
    assert {part["cause"] for part in forecast["uncertainty"]} == CAUSES
    assert forecast["draws"] == 1_000
    assert forecast["seed"] != forecast["national_seed"]


def test_the_same_question_gives_the_same_bytes(client: TestClient, viewer: dict[str, str]) -> None:
    answers = [client.get(URL, params={"on": "2023-11-13"}, headers=viewer).content for _ in range(2)]
    assert answers[0] == answers[1]


def test_without_a_day_it_is_seen_from_today(client: TestClient, viewer: dict[str, str]) -> None:
    assert client.get(URL, headers=viewer).json()["on"] == "2023-11-13"


def test_a_result_takes_the_place_of_what_was_expected_and_teaches(
    client: TestClient, viewer: dict[str, str], visits: list[Visit], session: Session
) -> None:
    before = ask(client, viewer, "2023-11-14")
    assert (before["results"], before["unreported_visits"]) == (0, 1)
    make_result(session, visits[0], served=5, activated=4, other_district=1, ran_out_of_time=False, turned_away=0)
    after = ask(client, viewer, "2023-11-14")
    assert (after["results"], after["unreported_visits"]) == (1, 0)
    first = after["published"]["bands"][0]
    # What came to the counters on that day is not counted and stays a guess; the visit is a fact.
    assert 4_019 <= first["p05"] <= first["p95"] < before["published"]["bands"][0]["p95"]
    assert after["published"]["at_deadline"]["p50"] < before["published"]["at_deadline"]["p50"]


def test_a_counted_day_at_the_counters_is_no_longer_a_guess(
    client: TestClient, viewer: dict[str, str], visits: list[Visit], session: Session
) -> None:
    make_result(session, visits[0], activated=36)
    session.add(WalkInCount(district_code="16.73", document="ikd", day=date(2023, 11, 14), activated=9))
    session.flush()
    first = ask(client, viewer, "2023-11-14")["published"]["bands"][0]
    assert (first["p05"], first["p95"]) == (4_015 + 36 + 9, 4_015 + 36 + 9)


def test_a_recount_takes_over_what_lies_before_it(
    client: TestClient, viewer: dict[str, str], visits: list[Visit], session: Session
) -> None:
    make_result(session, visits[0], activated=36)
    target = get_target(session, "16.73", "ikd")
    target.activated, target.as_of = 4_100, date(2023, 11, 15)
    keep_count(session, target)
    session.flush()
    forecast = ask(client, viewer, "2023-11-15")
    first = forecast["published"]["bands"][0]
    assert (first["p05"], first["p95"], forecast["unreported_visits"]) == (4_100, 4_100, 0)


def test_a_day_that_lies_back_is_seen_with_what_was_known_then(
    client: TestClient, viewer: dict[str, str], visits: list[Visit], session: Session
) -> None:
    before = ask(client, viewer, "2023-11-13")
    for visit in visits:
        make_result(session, visit, served=3, activated=3, ran_out_of_time=False)
    target = get_target(session, "16.73", "ikd")
    target.activated, target.as_of = 4_100, date(2023, 11, 18)
    keep_count(session, target)
    session.flush()
    assert ask(client, viewer, "2023-11-13") == before


@pytest.mark.parametrize(("on", "word"), [("2023-11-12", "2023-11-13"), ("2024-01-01", "2023-12-31")])
def test_a_day_before_the_first_count_or_after_the_deadline_is_refused(
    client: TestClient, viewer: dict[str, str], on: str, word: str
) -> None:
    answer = client.get(URL, params={"on": on}, headers=viewer)
    assert answer.status_code == 422
    (problem,) = answer.json()["errors"]
    assert problem["pointer"] == "query/on"
    assert problem["value"] == on
    assert word in problem["detail"]
    assert problem["mend"]


def test_a_district_without_a_target_has_no_forecast(client: TestClient, bearer: AsRole, session: Session) -> None:
    make_district(session)
    assert client.get(URL, headers=bearer(Role.VIEWER, "16.73")).status_code == 404


def test_a_stranger_sees_no_forecast(
    client: TestClient, viewer: dict[str, str], bearer: AsRole, session: Session
) -> None:
    make_district(session, "16.74")
    assert client.get(URL, headers=bearer(Role.VIEWER, "16.74")).status_code == 404
    assert client.get(URL).status_code == 401


@pytest.mark.parametrize(
    ("language", "words"), [(None, "garis yang harus dikejar"), ("en", "line to keep to")], ids=["default", "english"]
)
def test_the_line_is_drawn_as_svg(client: TestClient, viewer: dict[str, str], language: str | None, words: str) -> None:
    more = {} if language is None else {"language": language}
    answer = client.get("/v1/districts/16.73/progress/line.svg", params={"on": "2023-11-13", **more}, headers=viewer)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert words in answer.text


def test_the_line_is_drawn_as_png_of_the_width_asked_for(client: TestClient, viewer: dict[str, str]) -> None:
    answer = client.get(
        "/v1/districts/16.73/progress/line.png", params={"on": "2023-11-13", "width": 480}, headers=viewer
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/png"
    assert struct.unpack(">I", answer.content[16:20]) == (480,)


def test_after_the_deadline_the_line_is_drawn_without_a_forecast(client: TestClient, viewer: dict[str, str]) -> None:
    answer = client.get("/v1/districts/16.73/progress/line.svg", params={"on": "2024-01-09"}, headers=viewer)
    assert answer.status_code == 200, answer.text
    assert "Belum ada prakiraan." in answer.text


class TestProvince:
    URL = "/v1/districts/16/forecast"

    @pytest.fixture
    def province(self, session: Session, bearer: AsRole, visits: list[Visit]) -> dict[str, str]:
        """Sumatera Selatan: Lubuklinggau counted, one neighbour counted long ago, one without a target."""
        make_district(session, "16", parent_code=None, name="Provinsi Sumatera Selatan")
        make_district(session, "16.71", name="Kota Palembang")
        make_target(session, "16.71", as_of=date(2023, 10, 2), target_percent=None, target_count=5_000)
        make_walk_ins(session, date(2023, 10, 1), 20, district_code="16.71")
        make_district(session, "16.72", name="Kota Pagar Alam")
        make_district(session, "16.74", name="Kota Prabumulih")
        make_target(session, "16.74", as_of=date(2023, 11, 20), target_percent=None, target_count=700)
        return bearer(Role.VIEWER, "16")

    def ask(self, client: TestClient, province: dict[str, str]) -> dict[str, Any]:
        answer = client.get(self.URL, params={"on": "2023-11-13"}, headers=province)
        assert answer.status_code == 200, answer.text
        forecast: dict[str, Any] = answer.json()
        return forecast

    def test_it_names_which_districts_are_stale_or_missing(self, client: TestClient, province: dict[str, str]) -> None:
        forecast = self.ask(client, province)
        parts = {part["code"]: (part["status"], part["reason"], part["days_old"]) for part in forecast["districts"]}
        assert parts == {
            "16.71": ("stale", None, 42),
            "16.72": ("missing", "no_target", None),
            "16.73": ("counted", None, 0),
            "16.74": ("missing", "no_count", None),
        }
        assert forecast["missing_up_to"] == 700

    def test_it_adds_up_what_its_districts_say(self, client: TestClient, province: dict[str, str]) -> None:
        forecast = self.ask(client, province)
        means = [part["at_deadline"]["mean"] for part in forecast["districts"] if part["at_deadline"]]
        assert forecast["target_count"] == 4_600 + 5_000
        assert forecast["published"]["at_deadline"]["mean"] == pytest.approx(sum(means), abs=0.2)
        assert forecast["counted"] is None

    def test_its_own_target_is_what_is_asked_for(
        self, client: TestClient, province: dict[str, str], session: Session
    ) -> None:
        make_target(session, "16", owner="province", target_percent=None, target_count=9_000)
        forecast = self.ask(client, province)
        assert (forecast["target_count"], forecast["owner"]) == (9_000, "province")

    def test_its_line_is_drawn(self, client: TestClient, province: dict[str, str]) -> None:
        answer = client.get("/v1/districts/16/progress/line.svg", params={"on": "2023-11-13"}, headers=province)
        assert answer.status_code == 200, answer.text
        assert "Provinsi Sumatera Selatan" in answer.text

    def test_without_a_district_that_can_be_forecast_there_is_none(
        self, client: TestClient, session: Session, bearer: AsRole
    ) -> None:
        make_district(session, "17", parent_code=None)
        assert client.get("/v1/districts/17/forecast", headers=bearer(Role.VIEWER, "17")).status_code == 404


def test_reported_team_days_carry_on_where_nothing_more_is_published(
    client: TestClient, viewer: dict[str, str], visits: list[Visit], session: Session
) -> None:
    for visit in visits:
        make_result(session, visit, ran_out_of_time=False)
        make_site(session, headcount=900)
    forecast = ask(client, viewer, "2023-11-18")
    gained = forecast["as_now"]["at_deadline"]["mean"] - forecast["published"]["at_deadline"]["mean"]
    assert gained > 100
    assert forecast["last_published"] is None


def test_walk_ins_counted_above_the_rate_raise_the_forecast(
    client: TestClient, viewer: dict[str, str], visits: list[Visit], session: Session
) -> None:
    on = "2023-11-24"
    before = ask(client, viewer, on)["published"]
    for day in range(10):
        counted_on = date(2023, 11, 14) + timedelta(days=day)
        session.add(WalkInCount(district_code="16.73", document="ikd", day=counted_on, activated=36))
    session.flush()
    after = ask(client, viewer, on)["published"]
    still_to_come = [line["at_deadline"]["mean"] - line["bands"][0]["mean"] for line in (before, after)]
    assert still_to_come[1] > 1.5 * still_to_come[0]


def test_signal_as_the_district_knows_it_is_what_the_forecast_counts_with(
    client: TestClient, session: Session, viewer: dict[str, str]
) -> None:
    assumed = ask(client, viewer)
    make_planning_figures(session, throughput_percent=[0, 1, 1, 1, 1])
    session.commit()
    slow = ask(client, viewer)
    assert slow["published"]["at_deadline"]["p50"] < assumed["published"]["at_deadline"]["p50"]
    assert slow["seed"] == assumed["seed"]


def test_a_figure_used_as_given_is_forecast_as_given(
    client: TestClient, viewer: dict[str, str], visits: list[Visit], session: Session, bearer: AsRole
) -> None:
    for visit in visits[:3]:
        make_result(session, visit, served=2, activated=2, signal_met=1)
    session.commit()

    def to_come() -> float:
        published = ask(client, viewer, "2023-11-16")["published"]
        return float(published["at_deadline"]["mean"] - published["bands"][0]["mean"])

    learned = to_come()
    path, planner = "/v1/districts/16.73/estimates/turn_out/use", bearer(Role.PLANNER, "16.73")
    assert client.put(path, json={"use": "given"}, headers=planner).status_code == 200
    # The visit of Friday is told of as if nobody had come to the three before.
    assert to_come() > learned + 10
