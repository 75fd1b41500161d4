"""Two planners of one district who publish, edit, accept and re-plan at the same moment, again and again: nothing is
lost, doubled or half done.

`python -m tests.app.schedules.rivals --rounds 200` runs on a database of its own and prints what came of it."""

import argparse
import gzip
import json
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.models import AuditEntry, Role
from app.database import make_engine, migrate
from app.embedded_postgres import running_postgres
from app.main import create_app
from app.requests.models import RequestOffer, RequestStatus, VisitRequest
from app.schedules.models import Schedule, Visit
from app.schedules.queries import visits_in_force
from app.settings import Settings
from app.sites.models import Site
from app.teams.models import Team
from app.worker import prepare_database
from tests.app.conftest import NOW
from tests.app.requests.accept_pairs import NEW_SITES, prepare_district
from tests.app.requests.fake_resident import FakeResident
from tests.app.schedules.conftest import plan_now

ROUNDS_OF_A_DISTRICT = 10
REFUSED = {404, 409, 412}
"""What the slower of two may be told; anything else but success is a fault."""


class Rivals:
    """One district and its two planners, each with a token and a connection of their own."""

    def __init__(self, engine: Engine, code: str, *, seed: int) -> None:
        self.engine, self.code, self.random = engine, code, Random(seed)
        self.api = create_app(Settings(), engine)
        self.api.state.resident = FakeResident()
        began = time.monotonic()
        self.api.state.clock = lambda: NOW + timedelta(seconds=time.monotonic() - began)
        with Session(engine) as session, session.begin():
            prepare_district(session, code)
            secrets = [access.issue_token(session, Role.PLANNER, now=NOW, district_code=code)[1] for _ in range(2)]
        self.clients = [TestClient(self.api, headers={"Authorization": f"Bearer {secret}"}) for secret in secrets]
        self.succeeded: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def now(self) -> datetime:
        moment: datetime = self.api.state.clock()
        return moment

    def round(self) -> Counter[str]:
        """Both act at once; raises `AssertionError` for what must not be."""
        acts = [self.random.choice((self.edit_and_publish, self.replan, self.book, self.edit_one_draft)) for _ in "ab"]
        seeds, draft = [self.random.random() for _ in "ab"], self.common_draft()
        together, outcomes = threading.Barrier(2), Counter[str]()

        def act(number: int) -> None:
            together.wait()
            outcome = acts[number](self.clients[number], Random(seeds[number]), draft)
            with self._lock:
                outcomes[f"{acts[number].__name__}: {outcome}"] += 1

        threads = [threading.Thread(target=act, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outcomes.total() == 2, "somebody got no answer"
        self.check()
        return outcomes

    def common_draft(self) -> tuple[int, str]:
        """A copy of the plan in force that both may lay hands on."""
        answer = self._sent("copy", self.clients[0].post, f"/v1/schedules/{self.in_force()}/copy")
        assert answer.status_code == 201, answer.text
        return answer.json()["id"], answer.headers["ETag"]

    def in_force(self) -> int:
        with Session(self.engine) as session:
            query = select(Schedule.id).where(
                Schedule.district_code == self.code,
                Schedule.published_at.is_not(None),
                Schedule.superseded_at.is_(None),
            )
            return session.scalars(query).one()

    def edit_and_publish(self, client: TestClient, random: Random, draft: tuple[int, str]) -> str:
        copied = self._sent("copy", client.post, f"/v1/schedules/{self.in_force()}/copy")
        if copied.status_code != 201:
            return str(copied.status_code)
        number = copied.json()["id"]
        edited = self._drop_one(client, random, number, copied.headers["ETag"])
        if edited.status_code != 200:
            return f"edit {edited.status_code}"
        return str(self._sent("publish", client.post, f"/v1/schedules/{number}/publish").status_code)

    def edit_one_draft(self, client: TestClient, random: Random, draft: tuple[int, str]) -> str:
        edited = self._drop_one(client, random, *draft)
        if edited.status_code == 200 and random.random() < 0.5:
            etag = {"If-Match": edited.headers["ETag"]}
            self._sent("undo", client.post, f"/v1/schedules/{draft[0]}/undo", headers=etag)
        return str(edited.status_code)

    def replan(self, client: TestClient, random: Random, draft: tuple[int, str]) -> str:
        body = {"period": "2023-11", "replan": {}, "iterations": 1}
        answer = self._sent("request", client.post, f"/v1/districts/{self.code}/schedules", json=body)
        if answer.status_code != 202:
            return f"ask {answer.status_code}"
        with Session(self.engine) as session, session.begin():
            schedule = session.get_one(Schedule, answer.json()["id"], with_for_update=True)
            plan_now(session, schedule, now=self.now)
            if schedule.missed is not None and schedule.missed["must_visits"]:
                # The double sends a team to one site a day; nobody publishes a plan that says it breaks a promise.
                return "breaks a promise"
        return str(self._sent("publish", client.post, f"/v1/schedules/{answer.json()['id']}/publish").status_code)

    def book(self, client: TestClient, random: Random, draft: tuple[int, str]) -> str:
        day = NOW.date() + timedelta(days=random.choice((1, 2, 3, 4, 7, 8, 9, 10)))
        site = f"N-{random.randrange(NEW_SITES)}"
        body = {"site_code": site, "channel": "phone", "wished_dates": [day.isoformat()]}
        answer = self._sent("ask", client.post, f"/v1/districts/{self.code}/requests", json=body)
        assert answer.status_code == 201, answer.text
        offers = answer.json()["offers"]
        if not offers:
            return "no offer"
        path = f"/v1/requests/{answer.json()['id']}/accept"
        return str(self._sent("accept", client.post, path, json={"offer": offers[0]["number"]}).status_code)

    def _drop_one(self, client: TestClient, random: Random, number: int, etag: str) -> Response:
        """Drop a visit that nobody was promised."""
        visits = client.get(f"/v1/schedules/{number}/visits", params={"limit": 200}).json()["items"]
        free = [visit for visit in visits if not visit["site"]["code"].startswith("N-")]
        if not free:
            free = visits
        visit = random.choice(free)
        edit = {"op": "drop", "team": visit["team"]["code"], "date": visit["date"], "site": visit["site"]["code"]}
        path = f"/v1/schedules/{number}/edits"
        return self._sent("edit", client.post, path, json={"edits": [edit]}, headers={"If-Match": etag})

    def _sent(self, what: str, send: Callable[..., Response], path: str, **more: Any) -> Response:
        answer = send(path, **more)
        assert answer.status_code < 300 or answer.status_code in REFUSED, f"{what}: {answer.status_code} {answer.text}"
        if answer.status_code < 300:
            with self._lock:
                self.succeeded[what] += 1
        return answer

    def check(self) -> None:
        with Session(self.engine) as session:
            current = session.get_one(Schedule, self.in_force())
            self._check_rows_are_the_plan(session, current)
            self._check_promises(session)
            self._check_drafts(session)
            self._check_audit(session)

    def _check_rows_are_the_plan(self, session: Session, current: Schedule) -> None:
        """What is in force from tomorrow is what the plan published last says, whole."""
        tomorrow = (NOW + timedelta(days=1)).date()
        rows = self._rows(session, visits_in_force(self.code).where(Visit.date >= tomorrow))
        planned = {key for key in planned_in(session, current) if key[1] >= tomorrow.isoformat()}
        assert rows == planned, f"in force but not planned {rows - planned}, planned but not in force {planned - rows}"

    def _check_promises(self, session: Session) -> None:
        booked = session.execute(
            select(RequestOffer.date, VisitRequest.site_id)
            .join(VisitRequest, VisitRequest.id == RequestOffer.request_id)
            .where(
                VisitRequest.district_code == self.code,
                VisitRequest.status == RequestStatus.BOOKED,
                VisitRequest.accepted_offer == RequestOffer.number,
            )
        )
        for day, site_id in booked:
            visits = visits_in_force(self.code).where(Visit.site_id == site_id)
            # On another date where a run kept the other visit that the site had: it is owed one.
            assert session.scalars(visits).first() is not None, f"nobody comes to a site that was promised {day}"

    def _check_drafts(self, session: Session) -> None:
        drafts = select(Schedule).where(
            Schedule.district_code == self.code, Schedule.draft_version.is_not(None), Schedule.published_at.is_(None)
        )
        for draft in session.scalars(drafts):
            rows = self._rows(session, select(Visit).where(Visit.schedule_id == draft.id))
            assert rows == planned_in(session, draft), f"the visits of draft {draft.id} are not its newest version"

    def _check_audit(self, session: Session) -> None:
        """Every answer that said yes is in the trail, once, and no other."""
        counted: Counter[str] = Counter(
            session.scalars(select(AuditEntry.action).where(AuditEntry.district_code == self.code))
        )
        assert counted["schedule.edit"] == self.succeeded["edit"]
        assert counted["schedule.undo"] == self.succeeded["undo"]
        assert counted["request.accept"] == self.succeeded["accept"]
        assert counted["schedule.copy"] == self.succeeded["copy"] + self.succeeded["accept"]
        # The first plan was published before they began.
        assert counted["schedule.publish"] == 1 + self.succeeded["publish"] + self.succeeded["accept"]

    def _rows(self, session: Session, visits: Any) -> set[tuple[str, str, str]]:
        query = visits.join(Team, Team.id == Visit.team_id).join(Site, Site.id == Visit.site_id)
        rows = session.execute(query.with_only_columns(Team.code, Visit.date, Site.code)).all()
        keys = {(team, day.isoformat(), site) for team, day, site in rows}
        assert len(keys) == len(rows), "a visit is there twice"
        return keys


def planned_in(session: Session, schedule: Schedule) -> set[tuple[str, str, str]]:
    content = session.scalar(select(Schedule.plan_json).where(Schedule.id == schedule.id))
    assert content is not None
    visits = json.loads(gzip.decompress(content))["visits"]
    return {(visit["team"], visit["date"], visit["site"]) for visit in visits}


def run_rounds(engine: Engine, rounds: int, *, seed: int) -> Counter[str]:
    total: Counter[str] = Counter()
    rivals: Rivals | None = None
    for number in range(rounds):
        if number % ROUNDS_OF_A_DISTRICT == 0:
            rivals = Rivals(engine, f"16.{number // ROUNDS_OF_A_DISTRICT + 1:02}", seed=seed + number)
        assert rivals is not None
        total += rivals.round()
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_postgres(Path(folder) / "postgres") as url:
        engine = make_engine(url)
        migrate(engine)
        prepare_database(url)
        for outcome, times in sorted(run_rounds(engine, given.rounds, seed=given.seed).items()):
            sys.stdout.write(f"{times:6} {outcome}\n")
        engine.dispose()


if __name__ == "__main__":
    main()
