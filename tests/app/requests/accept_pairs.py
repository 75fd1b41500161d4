"""Two planners accept at the same moment, again and again: of offers that need the same team-day one is booked, the
other gets fresh ones, and nothing is lost, doubled or half done.

`python -m tests.app.requests.accept_pairs --pairs 1000` runs on a database of its own and prints what came of it."""

import argparse
import json
import sys
import tempfile
import threading
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.database import make_engine, migrate
from app.districts.models import District
from app.embedded_postgres import running_postgres
from app.requests import accepting, offering, service
from app.requests.accepting import Stale
from app.requests.models import RequestOffer, RequestStatus, VisitRequest
from app.requests.offering import Found, found_in, question_for
from app.requests.schemas import RequestIn
from app.schedules import publishing
from app.schedules.models import Visit
from app.schedules.queries import visits_in_force
from app.worker import prepare_database
from solver.contract.plan import Plan
from tests.app.conftest import NOW
from tests.app.requests.fake_resident import find_offers
from tests.app.schedules.conftest import make_draft, make_plannable_district
from tests.factories import make_site

PAIRS_OF_A_DISTRICT = 20
NEW_SITES = 4


def prepare_district(session: Session, code: str) -> None:
    """A district with a published plan and some sites that it does not visit."""
    district = make_plannable_district(session, code)
    publishing.publish(session, make_draft(session, district), actor=COMMAND_LINE, now=NOW)
    for number in range(NEW_SITES):
        make_site(
            session,
            code,
            code=f"N-{number}",
            lat=-3.29 - number / 500,
            headcount=60,
            max_visit_dates=60,
            min_gap_days=1,
        )


def offered(session: Session, code: str, site: str, day: date, *, now: datetime) -> VisitRequest:
    """A request with its offers, as if nobody had been offered anything meanwhile: two phones rang at once."""
    body = RequestIn.model_validate_json(
        json.dumps({"site_code": site, "channel": "phone", "wished_dates": [day.isoformat()]})
    )
    district = session.get_one(District, code)
    sought = service.sought_in(session, district, body, now=now)
    question = question_for(session, district, sought, actor=COMMAND_LINE, now=now)
    if question.standing is None:
        offer = Found(question=question, refusal=question.refusal)
    else:
        answer = find_offers(
            question.standing.instance,
            Plan(visits=question.standing.visits).visits,
            site=site,
            team_days=question.team_days,
        )
        offer = found_in(question, answer)
    return service.create_request(session, district, body, offer, actor=COMMAND_LINE, now=now)


def run_pair(engine: Engine, code: str, *, random: Random, now: datetime) -> Counter[str]:
    """One pair of acceptances at the same moment; raises `AssertionError` for anything lost, doubled or half done."""
    day = NOW.date() + timedelta(days=random.choice((1, 2, 3, 4, 7, 8, 9, 10, 11, 14, 15, 16)))
    is_same_request = random.random() < 0.5
    with Session(engine) as session, session.begin():
        sites = random.sample([f"N-{number}" for number in range(NEW_SITES)], 2)
        first = offered(session, code, sites[0], day, now=now)
        second = first if is_same_request else offered(session, code, sites[1], day, now=now)
        if not numbers(session, first) or not numbers(session, second):
            return Counter(["no offer"])
        # Usually what the planning core puts first, so that the two need the same.
        choices = [
            (request.id, random.choice(numbers(session, request)) if random.random() < 0.3 else 1)
            for request in (first, second)
        ]
        before = state_of(session, code)
    together, outcomes = threading.Barrier(2), []

    def accept(request_id: int, number: int) -> None:
        with Session(engine) as session, session.begin():
            together.wait()
            try:
                outcome = accepting.accept(session, request_id, number, actor=COMMAND_LINE, now=now)
            except service.RequestClosed:
                outcomes.append("closed")
            else:
                outcomes.append("stale" if isinstance(outcome, Stale) else "booked")

    threads = [threading.Thread(target=accept, args=choice) for choice in choices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Session(engine) as session:
        check(session, code, before=before, choices=choices, outcomes=outcomes)
    return Counter(["/".join(sorted(outcomes))])


def numbers(session: Session, request: VisitRequest) -> list[int]:
    return list(session.scalars(select(RequestOffer.number).where(RequestOffer.request_id == request.id)))


def state_of(session: Session, code: str) -> int:
    """Booked requests of the district."""
    booked = select(func.count()).select_from(VisitRequest)
    return session.scalars(booked.filter_by(district_code=code, status=RequestStatus.BOOKED.value)).one()


def check(session: Session, code: str, *, before: int, choices: list[tuple[int, int]], outcomes: list[str]) -> None:
    assert len(outcomes) == 2, "an acceptance ended without an outcome"
    is_same = choices[0] == choices[1]
    bookings = 1 if is_same else outcomes.count("booked")
    assert bookings >= 1, "nobody won"
    assert state_of(session, code) == before + bookings, "a booking was lost or doubled"
    booked = session.execute(
        select(VisitRequest, RequestOffer)
        .join(
            RequestOffer,
            (RequestOffer.request_id == VisitRequest.id) & (RequestOffer.number == VisitRequest.accepted_offer),
        )
        .where(VisitRequest.id.in_({request_id for request_id, _ in choices}))
    ).all()
    for request, offer in booked:
        stands = session.scalars(
            visits_in_force(code).where(
                Visit.site_id == request.site_id, Visit.team_id == offer.team_id, Visit.date == offer.date
            )
        ).all()
        assert [visit.starts_at for visit in stands] == [offer.starts_at], "a booked visit is not in the plan"


def run_pairs(engine: Engine, pairs: int, *, seed: int) -> Counter[str]:
    random, total = Random(seed), Counter[str]()
    # Holds would keep such offers apart; here both are made before either is known.
    offering.held_team_days = lambda *_, **__: set()  # type: ignore[attr-defined]
    for index in range(pairs):
        code = f"16.{index // PAIRS_OF_A_DISTRICT + 1:02}"
        if index % PAIRS_OF_A_DISTRICT == 0:
            with Session(engine) as session, session.begin():
                prepare_district(session, code)
        total += run_pair(engine, code, random=random, now=NOW + timedelta(seconds=index))
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_postgres(Path(folder) / "postgres") as url:
        engine = make_engine(url)
        migrate(engine)
        prepare_database(url)
        for outcome, times in run_pairs(engine, given.pairs, seed=given.seed).most_common():
            sys.stdout.write(f"{times:6} {outcome}\n")
        engine.dispose()


if __name__ == "__main__":
    main()
