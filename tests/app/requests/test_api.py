"""A site phones and gets three dates at their price; one is accepted, published and told, or nothing changes at all."""

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, Role
from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.requests.models import RequestOffer, VisitRequest
from app.schedules import publishing
from app.schedules.models import Schedule, Visit
from app.schedules.queries import visits_in_force
from app.schedules.questions.turns import SolverBusy
from app.schedules.runs.standing_plan import standing_plan
from app.schedules.wish import Closeness
from app.sites.models import Readiness, ReadinessChange, Site, WantedDate
from app.teams.models import Team, TeamLeave
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from tests.app.conftest import NOW, AsRole
from tests.app.requests.fake_resident import FakeResident
from tests.app.schedules.conftest import make_draft
from tests.factories import make_district

PATH = "/v1/districts/16.73/requests"
PHONE = {
    "site_code": "S-NEW",
    "channel": "phone",
    "wished_dates": ["2023-11-15", "2023-11-14"],
    "expected_people": 80,
    "contact": "Bagian Tata Usaha, 0733-000000",
    "note": "Minta pagi.",
}


@pytest.fixture
def planner(bearer: AsRole, district: District) -> dict[str, str]:
    return bearer(Role.PLANNER, "16.73")


def taken_up(client: TestClient, planner: dict[str, str], **body: Any) -> dict[str, Any]:
    answer = client.post(PATH, json=PHONE | body, headers=planner)
    assert answer.status_code == 201, answer.text
    request: dict[str, Any] = answer.json()
    return request


def accept(client: TestClient, planner: dict[str, str], request: dict[str, Any], number: int, **more: str) -> Any:
    return client.post(f"/v1/requests/{request['id']}/accept", json={"offer": number}, headers=planner | more)


def in_force(session: Session) -> set[tuple[str, str, str, datetime, datetime]]:
    rows = session.execute(
        visits_in_force("16.73")
        .join(Team, Team.id == Visit.team_id)
        .join(Site, Site.id == Visit.site_id)
        .with_only_columns(Team.code, Site.code, Visit.uid, Visit.starts_at, Visit.ends_at)
    )
    return {(row[0], row[1], str(row[2]), row[3], row[4]) for row in rows}


def count(session: Session, model: Any) -> int:
    return session.scalars(select(func.count()).select_from(model)).one()


def test_request_by_phone_is_answered_with_offers_on_different_team_days(
    client: TestClient, session: Session, planner: dict[str, str], published: Schedule, resident: FakeResident
) -> None:
    answer = client.post(PATH, json=PHONE, headers=planner)
    assert answer.status_code == 201
    booked = answer.json()
    assert answer.headers["Location"] == f"/v1/requests/{booked['id']}"
    assert (booked["status"], booked["channel"], booked["expected_people"]) == ("open", "phone", 80)
    assert booked["wished_dates"] == ["2023-11-14", "2023-11-15"]
    offers = booked["offers"]
    assert 1 <= len(offers) <= 3
    assert len({(offer["team"], offer["date"]) for offer in offers}) == len(offers)
    assert {offer["date"] for offer in offers} <= set(booked["wished_dates"])
    assert [offer["number"] for offer in offers] == list(range(1, len(offers) + 1))
    assert {datetime.fromisoformat(offer["expires_at"]) for offer in offers} == {NOW + timedelta(minutes=10)}
    assert offers[0]["price"]["text"]["id"].startswith("Rencana bertambah")
    assert client.get(f"/v1/requests/{booked['id']}", headers=planner).json() == booked


def test_price_is_the_difference_of_two_verifications(
    client: TestClient, session: Session, planner: dict[str, str], published: Schedule, resident: FakeResident
) -> None:
    before = in_force(session)
    request = taken_up(client, planner)
    offer = request["offers"][0]
    booked = accept(client, planner, request, offer["number"]).json()["booked"]
    schedule = session.get_one(Schedule, booked["schedule_id"])
    session.refresh(schedule, ["instance_json", "plan_json"])
    assert schedule.instance_json is not None
    assert schedule.plan_json is not None
    instance = instance_from_json(json.loads(gzip.decompress(schedule.instance_json)))
    after = verify(instance, Plan.from_json(json.loads(gzip.decompress(schedule.plan_json))))
    stood = verify(instance, Plan(visits=instance.published))
    assert after.violations == stood.violations == ()
    assert offer["price"]["lost_activations"] == stood.activations - after.activations
    assert offer["price"]["extra_cost"] == after.cost - stood.cost
    assert len(in_force(session)) == len(before) + 1


def test_accepted_offer_is_published_and_told_with_the_visits_it_leaves_alone_as_they_were(
    client: TestClient, session: Session, planner: dict[str, str], published: Schedule, resident: FakeResident
) -> None:
    before = in_force(session)
    request = taken_up(client, planner)
    offer = request["offers"][0]
    answer = accept(client, planner, request, offer["number"])
    assert answer.status_code == 200
    booked = answer.json()
    assert (booked["status"], booked["offers"], booked["is_unmet"]) == ("booked", [], False)
    assert booked["booked"]["offer"] == offer
    session.expire_all()
    new = in_force(session) - before
    assert {(team, site) for team, site, *_ in new} == {(offer["team"], "S-NEW")}
    (starts_at,) = {start for *_, start, _ in new}
    assert starts_at == datetime.fromisoformat(offer["starts_at"])
    assert before <= in_force(session)
    schedule = session.get_one(Schedule, booked["booked"]["schedule_id"])
    assert (schedule.published_at, schedule.copied_from_id) == (NOW, published.id)
    assert session.get_one(Schedule, published.id).superseded_at == NOW
    actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert [action for action in actions if action.startswith("request.")] == ["request.create", "request.accept"]
    assert actions.count("schedule.publish") == 2


def test_booked_site_is_agreed_for_the_date_and_its_history_says_why(
    client: TestClient, session: Session, planner: dict[str, str], published: Schedule, resident: FakeResident
) -> None:
    request = taken_up(client, planner)
    offer = request["offers"][0]
    accept(client, planner, request, offer["number"])
    site = session.scalars(select(Site).filter_by(code="S-NEW").execution_options(populate_existing=True)).one()
    day = date.fromisoformat(offer["date"])
    assert (site.readiness, site.readiness_from, site.readiness_until) == ("agreed", day, day)
    history = client.get(f"/v1/sites/{site.id}/readiness", headers=planner).json()["items"]
    assert [(step["readiness"], step["cause"]) for step in history] == [("agreed", "request")]
    assert history[0]["changed_by"].startswith("jb_planner_")


def test_accepting_twice_books_once(
    client: TestClient, session: Session, planner: dict[str, str], published: Schedule, resident: FakeResident
) -> None:
    request = taken_up(client, planner)
    first = accept(client, planner, request, 1, **{"Idempotency-Key": "k"})
    stood = in_force(session)
    again = accept(client, planner, request, 1, **{"Idempotency-Key": "k"})
    without_key = accept(client, planner, request, 1)
    assert (first.status_code, again.status_code, without_key.status_code) == (200, 200, 200)
    assert first.json() == again.json() == without_key.json()
    assert in_force(session) == stood
    other = accept(client, planner, request, 2)
    assert (other.status_code, other.json()["code"]) == (409, "RequestClosed")


def test_request_sent_twice_with_one_key_is_taken_up_once(
    client: TestClient, session: Session, planner: dict[str, str], published: Schedule, resident: FakeResident
) -> None:
    headers = planner | {"Idempotency-Key": "once"}
    first, again = (client.post(PATH, json=PHONE, headers=headers) for _ in range(2))
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (count(session, VisitRequest), resident.asked) == (1, 1)


def test_expired_offer_is_gone_and_fresh_ones_bear_new_numbers(
    api: FastAPI,
    client: TestClient,
    session: Session,
    planner: dict[str, str],
    published: Schedule,
    resident: FakeResident,
) -> None:
    request = taken_up(client, planner)
    stood = in_force(session)
    api.state.clock = lambda: NOW + timedelta(minutes=10)
    assert client.get(f"/v1/requests/{request['id']}", headers=planner).json()["offers"] == []
    answer = accept(client, planner, request, 1)
    assert answer.status_code == 409
    gone = answer.json()
    assert gone["code"] == "OfferGone"
    assert "expired" in gone["detail"]
    old = {offer["number"] for offer in request["offers"]}
    assert gone["offers"]
    assert not old & {offer["number"] for offer in gone["offers"]}
    assert in_force(session) == stood
    assert accept(client, planner, request, gone["offers"][0]["number"]).status_code == 200


def test_offer_of_a_superseded_plan_is_refused(
    client: TestClient,
    session: Session,
    planner: dict[str, str],
    published: Schedule,
    resident: FakeResident,
    district: District,
) -> None:
    request = taken_up(client, planner)
    newer = make_draft(session, district, replan=Closeness())
    publishing.publish(session, newer, actor=COMMAND_LINE, now=NOW)
    session.commit()
    answer = accept(client, planner, request, 1)
    assert (answer.status_code, answer.json()["code"]) == (409, "OfferGone")
    assert "replaced" in answer.json()["detail"]
    assert len(answer.json()["offers"]) >= 1


def test_two_requests_are_offered_different_team_days_and_both_can_be_booked(
    client: TestClient, session: Session, planner: dict[str, str], published: Schedule, resident: FakeResident
) -> None:
    first = taken_up(client, planner, wished_dates=["2023-11-14"])
    # The first holds both teams of that day; the second gets what is left of two days.
    other = taken_up(
        client,
        planner,
        site_code=None,
        site={"name": "Pabrik Karet", "kind": "agency", "area_code": "16.73.01"},
        wished_dates=["2023-11-14", "2023-11-15"],
    )
    held = {(offer["team"], offer["date"]) for offer in first["offers"]}
    assert held == {("T-1", "2023-11-14"), ("T-2", "2023-11-14")}
    assert {offer["date"] for offer in other["offers"]} == {"2023-11-15"}
    assert accept(client, planner, first, 1).status_code == 200
    assert accept(client, planner, other, 1).status_code == 200
    assert {"S-NEW", f"R-{other['id']}"} <= {site for _, site, *_ in in_force(session)}


def test_team_days_that_are_held_are_said_to_be(
    client: TestClient, planner: dict[str, str], published: Schedule, resident: FakeResident
) -> None:
    taken_up(client, planner, wished_dates=["2023-11-14"])
    second = taken_up(client, planner, wished_dates=["2023-11-14"])
    assert second["offers"] == []
    assert second["no_offer"]["rule"] == "held"
    assert "permintaan lain" in second["no_offer"]["text"]["id"]


def test_declining_frees_what_was_held(
    client: TestClient, planner: dict[str, str], published: Schedule, resident: FakeResident
) -> None:
    first = taken_up(client, planner, wished_dates=["2023-11-14"])
    path = f"/v1/requests/{first['id']}/decline"
    declined = client.post(path, json={"reason": "no_longer_wanted"}, headers=planner).json()
    assert (declined["status"], declined["decline_reason"], declined["is_unmet"]) == (
        "declined",
        "no_longer_wanted",
        False,
    )
    assert taken_up(client, planner, wished_dates=["2023-11-14"])["offers"]
    assert client.post(path, json={"reason": "no_longer_wanted"}, headers=planner).json() == declined
    refused = client.post(path, json={"reason": "duplicate"}, headers=planner)
    assert (refused.status_code, refused.json()["code"]) == (409, "RequestClosed")


def test_new_site_is_stored_with_its_request_and_what_was_assumed_of_it(
    client: TestClient, session: Session, planner: dict[str, str], published: Schedule, resident: FakeResident
) -> None:
    request = taken_up(
        client,
        planner,
        site_code=None,
        site={"name": "Pabrik Karet", "kind": "agency", "area_code": "16.73.01", "provenance": {"name": "given"}},
    )
    site = session.scalars(select(Site).filter_by(code=f"R-{request['id']}")).one()
    assert request["site"] == {"id": site.id, "code": site.code, "name": "Pabrik Karet", "area_code": "16.73.01"}
    assert (site.headcount, site.connectivity, site.lat, site.lon) == (80, 2, -3.28, 102.9)
    assert site.provenance == {
        "headcount": "assumed",
        "turn_out_share": "assumed",
        "connectivity": "assumed",
        "place": "assumed",
        "name": "given",
    }
    assert request["offers"]


def test_new_site_without_any_number_of_people_is_refused_with_its_place(
    client: TestClient, session: Session, planner: dict[str, str], published: Schedule, resident: FakeResident
) -> None:
    body = {"site": {"name": "Pabrik", "kind": "agency", "area_code": "16.73.01"}, "channel": "letter"}
    answer = client.post(PATH, json=body, headers=planner)
    assert answer.status_code == 422
    assert [problem["pointer"] for problem in answer.json()["errors"]] == ["/site/headcount"]
    assert count(session, VisitRequest) == 0


BAD: list[tuple[dict[str, Any], str]] = [
    ({"site_code": "S-NOBODY"}, "/site_code"),
    ({"site_code": "1"}, "/site_code"),
    ({"wished_dates": ["2023-11-14", "2023-11-13"]}, "/wished_dates/0"),
    ({"wished_dates": None, "wished_from": "2023-11-10", "wished_until": "2023-11-20"}, "/wished_from"),
    ({"wished_dates": None, "wished_from": "2023-11-20"}, "/"),
    ({"wished_dates": None, "wished_from": "2023-11-20", "wished_until": "2023-11-19"}, "/"),
    ({"site_code": None}, "/"),
    ({"site": {"name": "A", "kind": "agency", "area_code": "16.73.09"}, "site_code": None}, "/site/area_code"),
    ({"channel": "fax"}, "/channel"),
    ({"expected_people": 0}, "/expected_people"),
]


def test_bad_requests_are_refused_with_their_places(
    client: TestClient, planner: dict[str, str], published: Schedule, resident: FakeResident
) -> None:
    for body, pointer in BAD:
        answer = client.post(PATH, json=PHONE | body, headers=planner)
        assert answer.status_code == 422, body
        assert [problem["pointer"] for problem in answer.json()["errors"]] == [pointer], body
    assert resident.asked == 0


def test_site_that_nobody_reaches_is_told_the_rule_for_each_team(
    client: TestClient, session: Session, planner: dict[str, str], published: Schedule, resident: FakeResident
) -> None:
    far: dict[str, Any] = {"name": "Pulau Jauh", "kind": "village", "area_code": "16.73.01"}
    far["windows"] = [{"weekdays": "mon-sun", "opens": "04:00", "closes": "06:00"}]
    request = taken_up(client, planner, site_code=None, site=far)
    assert request["offers"] == []
    assert {refusal["team"] for refusal in request["no_offer"]["against"]} == {"T-1", "T-2"}
    assert {refusal["rule"] for refusal in request["no_offer"]["against"]} == {"shift_end"}
    assert {tuple(refusal["dates"]) for refusal in request["no_offer"]["against"]} == {("2023-11-14", "2023-11-15")}
    assert request["is_unmet"] is True


def test_dates_without_a_team_are_answered_with_the_nearest_that_would_do(
    client: TestClient, planner: dict[str, str], published: Schedule, resident: FakeResident
) -> None:
    request = taken_up(client, planner, wished_dates=["2023-11-18"])
    assert request["offers"] == []
    assert request["no_offer"]["rule"] == "team_off"
    assert request["no_offer"]["nearest"]["date"] == "2023-11-17"


def test_request_without_a_plan_is_kept_and_needs_no_solver(
    client: TestClient, session: Session, planner: dict[str, str], district: District, resident: FakeResident
) -> None:
    session.commit()
    request = taken_up(client, planner, site_code="S-1")
    assert (request["no_offer"]["rule"], request["offers"], resident.asked) == ("no_plan", [], 0)


def test_finished_site_is_opened_again_first(
    client: TestClient, session: Session, planner: dict[str, str], published: Schedule, resident: FakeResident
) -> None:
    session.scalars(select(Site).filter_by(code="S-NEW")).one().readiness = Readiness.DONE.value
    session.commit()
    request = taken_up(client, planner)
    assert (request["no_offer"]["rule"], resident.asked) == ("site_done", 0)


def test_site_that_was_not_ready_is_offered_the_dates_it_asks_for(
    client: TestClient, session: Session, planner: dict[str, str], published: Schedule, resident: FakeResident
) -> None:
    site = session.scalars(select(Site).filter_by(code="S-NEW")).one()
    site.readiness = Readiness.NOT_READY.value
    session.commit()
    request = taken_up(client, planner)
    assert request["offers"]
    session.refresh(site)
    assert site.readiness == "not_ready"
    assert accept(client, planner, request, 1).status_code == 200


def test_solver_that_gives_no_answer_leaves_nothing_behind(
    client: TestClient, session: Session, planner: dict[str, str], published: Schedule, resident: FakeResident
) -> None:
    def fail() -> None:
        raise SolverBusy("no answer")

    resident.while_asked = fail
    before = count(session, Site)
    site = {"name": "Pabrik", "kind": "agency", "area_code": "16.73.01"}
    answer = client.post(PATH, json=PHONE | {"site_code": None, "site": site}, headers=planner)
    assert answer.status_code == 503
    assert (count(session, VisitRequest), count(session, Site), count(session, WantedDate)) == (0, before, 0)


def test_team_that_fell_ill_since_makes_the_offer_go(
    client: TestClient, session: Session, planner: dict[str, str], published: Schedule, resident: FakeResident
) -> None:
    request = taken_up(client, planner, wished_dates=["2023-11-14"])
    offer = request["offers"][0]
    team = session.scalars(select(Team).filter_by(code=offer["team"])).one()
    day = date.fromisoformat(offer["date"])
    session.add(TeamLeave(team_id=team.id, starts_on=day, ends_on=day, reason="sick"))
    session.commit()
    stood = in_force(session)
    answer = accept(client, planner, request, offer["number"])
    assert (answer.status_code, answer.json()["code"]) == (409, "OfferGone")
    assert {fresh["team"] for fresh in answer.json()["offers"]} == {"T-1", "T-2"} - {offer["team"]}
    assert in_force(session) == stood
    assert accept(client, planner, request, answer.json()["offers"][0]["number"]).status_code == 200
    # The sick team's visit is as it was announced: withdrawing it is nobody's decision here.
    assert stood <= in_force(session)


def test_viewer_reads_without_contact_and_coordinator_reads_nothing(
    client: TestClient,
    session: Session,
    bearer: AsRole,
    planner: dict[str, str],
    published: Schedule,
    resident: FakeResident,
) -> None:
    request = taken_up(client, planner)
    assert (request["contact"], request["note"]) == (PHONE["contact"], PHONE["note"])
    viewer = bearer(Role.VIEWER, "16.73")
    seen = client.get(PATH, headers=viewer).json()["items"]
    assert [(row["id"], row["contact"], row["note"]) for row in seen] == [(request["id"], None, None)]
    team = session.scalars(select(Team.id).filter_by(code="T-1")).one()
    coordinator = bearer(Role.COORDINATOR, "16.73", team)
    for role in (viewer, coordinator):
        assert accept(client, role, request, 1).status_code == 403
        assert client.post(PATH, json=PHONE, headers=role).status_code == 403
    assert client.get(PATH, headers=coordinator).status_code == 403
    make_district(session, "16.01")
    stranger = bearer(Role.PLANNER, "16.01")
    assert client.get(f"/v1/requests/{request['id']}", headers=stranger).status_code == 404
    assert accept(client, stranger, request, 1).status_code == 404


def test_list_is_paged_and_filtered_by_status(
    client: TestClient, planner: dict[str, str], published: Schedule, resident: FakeResident
) -> None:
    ids = [taken_up(client, planner, wished_dates=[f"2023-11-{day}"])["id"] for day in (14, 15, 16)]
    client.post(f"/v1/requests/{ids[1]}/decline", json={"reason": "no_room"}, headers=planner)
    first = client.get(f"{PATH}?limit=2", headers=planner).json()
    rest = client.get(f"{PATH}?limit=2&cursor={first['next_cursor']}", headers=planner).json()
    assert [row["id"] for row in [*first["items"], *rest["items"]]] == ids[::-1]
    declined = client.get(f"{PATH}?status=declined", headers=planner).json()["items"]
    assert [(row["id"], row["is_unmet"]) for row in declined] == [(ids[1], True)]


def test_offer_that_never_was_is_refused_with_its_place(
    client: TestClient, planner: dict[str, str], published: Schedule, resident: FakeResident
) -> None:
    request = taken_up(client, planner)
    answer = accept(client, planner, request, 99)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/offer")


def test_offers_can_be_asked_for_anew(
    client: TestClient, session: Session, planner: dict[str, str], published: Schedule, resident: FakeResident
) -> None:
    request = taken_up(client, planner)
    path = f"/v1/requests/{request['id']}/offers"
    fresh = client.post(path, headers=planner)
    assert fresh.status_code == 201
    numbers = [offer["number"] for offer in request["offers"]]
    assert [offer["number"] for offer in fresh.json()["offers"]] == [number + len(numbers) for number in numbers]
    assert accept(client, planner, request, 1).status_code == 409
    assert session.scalars(select(func.count()).select_from(RequestOffer)).one() >= 2 * len(numbers)


def test_questions_of_requests_see_the_plan_that_is_in_force(
    session: Session, published: Schedule, district: District
) -> None:
    standing = standing_plan(
        session, published, first_date=date(2023, 11, 14), now=datetime(2023, 11, 13, 2, tzinfo=UTC)
    )
    assert len(standing.visits) == len(in_force(session))
    assert standing.closed == frozenset()
    assert session.scalars(select(ReadinessChange)).all() == []


def test_site_that_has_a_visit_can_have_it_moved(
    client: TestClient, session: Session, planner: dict[str, str], published: Schedule, resident: FakeResident
) -> None:
    own = session.scalars(select(Visit).join(Site, Site.id == Visit.site_id).where(Site.code == "S-0")).one()
    session.get_one(Site, own.site_id).max_visit_dates = 1
    session.commit()
    request = taken_up(client, planner, site_code="S-0", wished_dates=["2023-11-22"])
    offer = request["offers"][0]
    assert offer["kind"] == "moved"
    answer = accept(client, planner, request, offer["number"])
    assert answer.status_code == 200, answer.text
    session.expire_all()
    stands = [starts_at for _, site, _, starts_at, _ in in_force(session) if site == "S-0"]
    assert stands == [datetime.fromisoformat(offer["starts_at"])]
    site = session.get_one(Site, own.site_id)
    assert (site.readiness_from, site.readiness_until) == (date(2023, 11, 22), date(2023, 11, 22))


def test_site_with_an_unmet_request_is_offered_the_other_dates_it_asks_for_now(
    client: TestClient, session: Session, planner: dict[str, str], published: Schedule, resident: FakeResident
) -> None:
    first = taken_up(client, planner, wished_dates=["2023-11-20"])
    client.post(f"/v1/requests/{first['id']}/decline", json={"reason": "no_room"}, headers=planner)
    second = taken_up(client, planner, wished_dates=["2023-11-22"])
    assert {offer["date"] for offer in second["offers"]} == {"2023-11-22"}
    assert accept(client, planner, second, 1).status_code == 200
    wanted = session.execute(select(WantedDate.request_id, WantedDate.date).order_by(WantedDate.date)).all()
    # What was booked is wanted, too: a run to come keeps the date.
    assert [tuple(row) for row in wanted] == [(first["id"], date(2023, 11, 20)), (second["id"], date(2023, 11, 22))]
