"""A month of an example district as its office lives it: planned by the planning core, asked for and changed over HTTP,
and after every step read by everybody (`tests.app.months.agreement`)."""

import gzip
import io
import json
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from fastapi.testclient import TestClient
from pypdf import PdfReader
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.models import Role
from app.commands.folders import load_example
from app.districts.service import get_district
from app.schedules.models import Schedule
from app.schedules.runs import record
from app.schedules.runs.checking import Spread
from app.schedules.runs.earlier_proof import check_run
from app.schedules.runs.outcomes import Solved
from app.schedules.runs.problem import BuiltInstance, build_instance
from examples.build import EXAMPLES
from solver.contract.demand import demand_from_json
from solver.contract.in_force import read_in_force
from solver.contract.instance import Instance
from solver.contract.plan import Plan, in_format_of
from solver.contract.plan_rows import NO_ROWS, Rows
from solver.contract.reading import instance_from_json
from solver.prover import Prover
from solver.replan import replan
from solver.solve import solve
from solver.spread import replan_with_spread, solve_with_spread
from solver.stopping import Limits
from tests.app.months.agreement import Agreement
from tests.app.months.stated import Stated, StatedVisit
from tests.app.schedules.trips.board_resident import BoardResident

Json = dict[str, Any]
_OF_TARGETS = ("owner", "target_percent", "eligible_people", "eligible_base", "activated", "as_of")
STEPS = 150
"""Of search: plans that are good enough to be read, in a second."""


class LivedMonth:
    """One district, its clock, and its office's token."""

    def __init__(self, folder: str, *, api: FastAPI, client: TestClient, session: Session, begins: datetime) -> None:
        """`begins`: in what zone soever; the district is loaded from its example folder then."""
        self._api, self._client, self._session = api, client, session
        self._api.state.clock = lambda: begins
        api.state.resident = BoardResident()
        self.code = load_example(session, EXAMPLES / folder, now=begins)
        self.district = get_district(session, self.code)
        self.zone = ZoneInfo(self.district.time_zone)
        _, secret = access.issue_token(session, Role.PLANNER, now=begins, district_code=self.code)
        session.commit()
        self._headers = {"Authorization": f"Bearer {secret}"}
        self._agreement: Agreement | None = None
        self.schedule = 0
        """The plan in force."""

    @property
    def now(self) -> datetime:
        moment: datetime = self._api.state.clock()
        return moment

    def at(self, day: date, hour: int, minute: int = 0) -> None:
        """Set the clock; local time."""
        moment = datetime.combine(day, time(hour, minute), self.zone)
        self._api.state.clock = lambda: moment

    def ask(
        self, method: str, path: str, *, expects: int = 200, headers: Mapping[str, str] | None = None, **sent: Any
    ) -> Any:
        answer = self._client.request(method, f"/v1/{path}", headers=self._headers | dict(headers or {}), **sent)
        assert answer.status_code == expects, f"{method} {path}: {answer.status_code} {answer.text[:2000]}"
        return answer

    def read(self, path: str, **params: Any) -> Any:
        return self.ask("GET", path, params=params).json()

    def here(self, path: str) -> str:
        return f"districts/{self.code}/{path}"

    def change(self, kind: str, code: str, **fields: Any) -> Json:
        """Change a thing of the district, such as a site or a connection, that has this code."""
        rows = self.read(self.here(kind), limit=500)["items"]
        return self.change_by_id(kind, next(row["id"] for row in rows if row["code"] == code), **fields)

    def change_by_id(self, kind: str, number: int, **fields: Any) -> Json:
        answer = self.ask("GET", f"{kind}/{number}")
        headers = {"If-Match": answer.headers["ETag"]}
        changed: Json = self.ask("PATCH", f"{kind}/{number}", json=fields, headers=headers).json()
        return changed

    def looked_at(self, first: date, last: date) -> None:
        """The days that everybody reads from now on."""
        self._agreement = Agreement(self._api, self._client, self._session, self.district, first=first, last=last)

    def agree(self) -> Stated:
        """Everybody reads every day; what the plan in force states."""
        assert self._agreement is not None
        return self._agreement.check()

    def make_plan(self, *, built: BuiltInstance | None = None, **wish: Any) -> Json:
        """Ask for a plan, and make it by so many steps of the planning core."""
        body = {"iterations": STEPS, "seed": 1, **wish}
        number = self.ask("POST", self.here("schedules"), expects=202, json=body).json()["id"]
        return self.work(number, built=built)

    def work(self, number: int, *, built: BuiltInstance | None = None) -> Json:
        """What a worker does with a run, in this process; the run's outcome."""
        schedule = self._session.get_one(Schedule, number, populate_existing=True)
        built = built or build_instance(self._session, schedule)
        record.begin(self._session, schedule, built, now=self.now)
        solved = _solved(built, schedule)
        checked = check_run(self._session, schedule, solved)
        assert checked.violations == ()
        record.store_plan(self._session, schedule, checked, spread=solved.spread, now=self.now)
        self._session.commit()
        outcome: Json = self.read(f"schedules/{number}")
        return outcome

    def publish(self, number: int, **despite: Any) -> None:
        self.ask("POST", f"schedules/{number}/publish", **despite)
        self.schedule = number

    def disrupt(self, **trouble: Any) -> Json:
        """A team is ill, or a site is closed: the plan is changed and published; what was answered."""
        answer: Json = self.ask(
            "POST", self.here("disruptions"), expects=202, json={"iterations": STEPS, **trouble}
        ).json()
        self.work(answer["schedule"]["id"])
        self.publish(answer["schedule"]["id"])
        return answer

    def report(self, stated: StatedVisit, **said: Any) -> Json:
        """What happened at a visit, as its team reports it: half of whom were expected came."""
        came = stated.visit.expected_activations // 2
        body = {
            "report_id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{stated.visit.uid} {said.get('corrects')}")),
            "outcome": "held",
            "served": came,
            "activated": came,
            "reported_at": self.now.isoformat(),
        }
        answer: Json = self.ask("POST", f"visits/{stated.visit.id}/result", expects=201, json=body | said).json()
        return answer

    def lose(self, stated: StatedVisit, cause: str) -> Json:
        """A visit did not take place."""
        return self.report(stated, outcome="not_held", cause=cause, served=0, activated=0)

    def set_target(self, **fields: Any) -> None:
        """Go on to another target of IKD than the example's."""
        answer = self.ask("GET", self.here("targets/ikd"))
        kept = {name: value for name, value in answer.json().items() if name in _OF_TARGETS}
        headers = {"If-Match": answer.headers["ETag"]}
        self.ask("PUT", self.here("targets/ikd"), json=kept | fields, headers=headers)

    def put_letterhead(self) -> None:
        """What letters need: the office's words, and somebody in each team."""
        head = {
            "government": [self.district.name],
            "office": "Dinas Kependudukan dan Pencatatan Sipil",
            "place": self.district.name,
            "signer": {"office": "Kepala Dinas"},
        }
        self.ask("PUT", self.here("letterhead"), expects=201, json=head)
        for team in self.read(self.here("teams"))["items"]:
            person = {"name": "Petugas Contoh", "status": "non_asn", "post": "Operator"}
            self.ask("POST", f"teams/{team['id']}/staff", expects=201, json=person)

    def issue_letter(self, team: str, *, week: date, number: str) -> tuple[Json, str]:
        """A letter of a team and a week, and what its PDF says, without spaces: names may break anywhere."""
        body = {
            "date": self.now.astimezone(self.zone).date().isoformat(),
            "letters": [{"team": team, "week": week.isoformat(), "number": number}],
        }
        issued: Json = self.ask("POST", f"schedules/{self.schedule}/letters", expects=201, json=body).json()["items"][0]
        pdf = self.ask("GET", issued["pdf"].removeprefix("/v1/")).content
        return issued, "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())

    def edited(self, *edits: Json) -> Json:
        """Copy the plan in force and change it by hand; the last answer, with `id` of the draft."""
        answer = self.ask("POST", f"schedules/{self.schedule}/copy", expects=201)
        number = answer.json()["id"]
        headers = {"If-Match": answer.headers["ETag"]}
        changed: Json = self.ask(
            "POST", f"schedules/{number}/edits", json={"edits": list(edits)}, headers=headers
        ).json()
        return changed | {"id": number}

    def book(self, site: str, days: Sequence[date]) -> Json:
        """A site phones and takes the first of its offers; the offer."""
        body = {"site_code": site, "channel": "phone", "wished_dates": [day.isoformat() for day in days]}
        wish = self.ask("POST", self.here("requests"), expects=201, json=body).json()
        assert wish["offers"], wish["no_offer"]
        offer: Json = wish["offers"][0]
        booking = self.ask("POST", f"requests/{wish['id']}/accept", json={"offer": offer["number"]}).json()
        self.schedule = booking["booked"]["schedule_id"]
        return offer


def _solved(built: BuiltInstance, schedule: Schedule) -> Solved:
    instance = instance_from_json(json.loads(gzip.decompress(built.content)))
    limits, seed = Limits(iterations=schedule.request["iterations"]), schedule.seed
    closeness, standing = schedule.request["replan"], _standing(built, instance)
    most_moved = None if closeness is None else closeness["most_moved"]
    if built.demand is None:
        plan = (
            _searched(instance, limits, seed=seed)
            if closeness is None
            else replan(instance, limits, most_moved=most_moved, seed=seed, in_force=standing).plan
        )
        return Solved(plan=_packed(instance, plan), spread=None)
    demand = demand_from_json(json.loads(gzip.decompress(built.demand)), instance)
    chosen = (
        solve_with_spread(instance, demand, limits, seed=seed)
        if closeness is None
        else replan_with_spread(instance, demand, limits, most_moved=most_moved, seed=seed, in_force=standing)
    )
    spread = Spread(instance=gzip.compress(json.dumps(chosen.instance.to_json()).encode()), choice=chosen.to_json())
    return Solved(plan=_packed(chosen.instance, chosen.plan), spread=spread)


def _searched(instance: Instance, limits: Limits, *, seed: int) -> Plan:
    """A plan after so many steps, with what was proven meanwhile: nothing here looks at its bound."""
    finish = Prover.finish
    with patch.object(Prover, "finish", lambda prover, *, complete: finish(prover, complete=False)):
        return solve(instance, limits, seed=seed).plan


def _standing(built: BuiltInstance, instance: Instance) -> Rows:
    """The nights, rides and kits that a re-planning begins with."""
    if built.in_force is None:
        return NO_ROWS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "in-force.json"
        path.write_bytes(gzip.decompress(built.in_force))
        return read_in_force(path, instance)


def _packed(instance: Instance, plan: Plan) -> bytes:
    return gzip.compress(json.dumps(in_format_of(instance, plan).to_json()).encode(), mtime=0)
