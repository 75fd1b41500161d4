"""Two planners book new trips at the same moment that need the same team, the same beds or the same seats: one is
booked, the other is told so with fresh offers, and nothing is half done."""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.models import AuditEntry, Role
from app.districts.models import District
from app.main import create_app
from app.requests import offering
from app.requests.models import RequestOffer, VisitRequest
from app.schedules.models import Schedule
from app.schedules.trips.models import Trip
from app.settings import Settings
from app.sites.models import Site
from app.travel.models import Connection, Lodging
from solver.contract.verify import verify
from tests.app.conftest import NOW
from tests.app.months.stated import Stated
from tests.app.requests.test_breaks_and_kits import asked, files_of
from tests.app.schedules.conftest import own_engine as own_engine
from tests.app.schedules.trips.board_resident import BoardResident
from tests.app.schedules.trips.upriver import make_district_upriver, make_village, published_upriver

WEDNESDAY = date(2023, 11, 22)
SITES = ("H-2", "H-3")


def one_team(session: Session) -> None:
    """Both are offered trips of whichever team loses least."""


def enough_for_two(session: Session) -> None:
    """Beds and seats for both teams."""
    for model in (Lodging, Connection):
        session.execute(update(model).values(max_teams=2))


def one_bed(session: Session) -> None:
    session.execute(update(Lodging).values(max_teams=1))


def one_seat(session: Session) -> None:
    session.execute(update(Connection).values(max_teams=1))


class Planners:
    """Two planners of a district with a village up the river, each with a client of his own."""

    def __init__(self, engine: Engine, scarce: Callable[[Session], None]) -> None:
        self.engine = engine
        with Session(engine) as session, session.begin():
            district = make_district_upriver(session)
            for number in (2, 3):
                make_village(session, number)
            scarce(session)
            published_upriver(session, district)
        with Session(engine) as session, session.begin():
            secrets = [access.issue_token(session, Role.PLANNER, now=NOW, district_code="16.73")[1] for _ in range(2)]
        api = create_app(Settings(), engine)
        api.state.clock, api.state.resident = lambda: NOW, BoardResident()
        self.clients = [TestClient(api, headers={"Authorization": f"Bearer {secret}"}) for secret in secrets]

    def ask(self, number: int) -> Any:
        return asked(self.clients[number], {}, SITES[number], WEDNESDAY)

    def accept_at_once(self, choices: list[tuple[int, int]]) -> list[Response]:
        """Each accepts an offer (request and number) when the other does."""
        together, answers = threading.Barrier(2), dict[int, Response]()

        def accept(number: int) -> None:
            request, offer = choices[number]
            together.wait()
            answers[number] = self.clients[number].post(f"/v1/requests/{request}/accept", json={"offer": offer})

        threads = [threading.Thread(target=accept, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [answers[number] for number in range(2)]


@pytest.mark.parametrize("scarce", [one_team, one_bed, one_seat])
def test_of_two_trips_that_need_the_same_one_is_booked_and_the_other_told_so(
    own_engine: Engine, monkeypatch: pytest.MonkeyPatch, scarce: Callable[[Session], None]
) -> None:
    # Holds keep offers of one team apart; here two phones rang before either was known.
    monkeypatch.setattr(offering, "held_team_days", lambda *_, **__: set())
    planners = Planners(own_engine, scarce)
    wishes = [planners.ask(number) for number in range(2)]
    offers = [chosen(wish, scarce, number) for number, wish in enumerate(wishes)]
    same_team = offers[0]["team"] == offers[1]["team"]
    assert same_team == (scarce is one_team)
    answers = planners.accept_at_once(
        [(wish["id"], offer["number"]) for wish, offer in zip(wishes, offers, strict=True)]
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409], [answer.text for answer in answers]
    won = next(number for number, answer in enumerate(answers) if answer.status_code == 200)
    refusal = answers[1 - won].json()
    assert refusal["code"] == "OfferGone"
    assert refusal["detail"]
    with Session(own_engine) as session:
        check_one_is_booked(session, wishes, won=won, offer=offers[won])
    # What the slower is offered now is there, or why nothing is.
    again = planners.clients[1 - won].get(f"/v1/requests/{wishes[1 - won]['id']}").json()
    assert again["status"] == "open"
    assert bool(again["offers"]) != bool(again["no_offer"])
    for offer in again["offers"]:
        assert offer["number"] not in {old["number"] for old in wishes[1 - won]["offers"]}


def test_of_two_trips_that_need_nothing_of_each_other_both_are_booked(
    own_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    planners = Planners(own_engine, enough_for_two)
    monkeypatch.setattr(offering, "held_team_days", lambda *_, **__: set())
    wishes = [planners.ask(number) for number in range(2)]
    offers = [chosen(wish, enough_for_two, number) for number, wish in enumerate(wishes)]
    choices = [(wish["id"], offer["number"]) for wish, offer in zip(wishes, offers, strict=True)]
    answers = planners.accept_at_once(choices)
    assert [answer.status_code for answer in answers] == [200, 200], [answer.text for answer in answers]
    with Session(own_engine) as session:
        Stated(session, session.get_one(District, "16.73")).check_rows_are_the_plan(session)
        assert len(session.scalars(select(Trip).where(Trip.in_force)).all()) == 3


def chosen(wish: Any, scarce: Callable[[Session], None], number: int) -> Any:
    """Of one team the first offer; else one for each of the two teams."""
    sends = [offer for offer in wish["offers"] if offer["kind"] == "sends"]
    if scarce is one_team:
        return sends[0]
    return next(offer for offer in sends if offer["team"] == f"T-{number + 1}")


def check_one_is_booked(session: Session, wishes: list[Any], *, won: int, offer: Any) -> None:
    district = session.get_one(District, "16.73")
    stated = Stated(session, district)
    stated.check_rows_are_the_plan(session)
    trips = session.scalars(select(Trip).where(Trip.in_force).order_by(Trip.starts_on)).all()
    assert len(trips) == 2, "the announced one, and the one that was booked"
    sites = {row.site.code: row.visit.date for row in stated.visits}
    assert sites[SITES[won]].isoformat() == offer["date"]
    assert SITES[1 - won] not in sites
    current = session.scalars(
        select(Schedule).where(Schedule.published_at.is_not(None), Schedule.superseded_at.is_(None))
    ).one()
    assert verify(*files_of(session, current.id)).violations == ()
    drafts = session.scalars(select(Schedule).where(Schedule.published_at.is_(None))).all()
    assert drafts == [], "nothing of the other is left behind"
    requests = {row.id: row for row in session.scalars(select(VisitRequest))}
    assert [requests[wish["id"]].status for wish in wishes].count("booked") == 1
    assert requests[wishes[won]["id"]].accepted_offer == offer["number"]
    actions = list(session.scalars(select(AuditEntry.action)))
    assert actions.count("request.accept") == 1
    promised = session.scalar(select(Site.readiness).where(Site.code == SITES[1 - won]))
    assert promised != "agreed"
    held = session.scalars(select(RequestOffer.expires_at).where(RequestOffer.request_id == wishes[1 - won]["id"]))
    assert all(expires_at <= NOW + timedelta(minutes=10) for expires_at in held)
