"""An office of one example district that works through HTTP alone, and the ledger that the test keeps beside it."""

import csv
import io
import json
import random
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy.orm import Session

from app.schedules.models import Schedule
from examples.build import DISTRICTS, EXAMPLES, KALTARA_DISTRICTS, TARAKAN
from tests.app.schedules.conftest import plan_now

Json = dict[str, Any]
FOLDERS = [
    f"{district.code}-{district.slug}"
    for district in DISTRICTS
    if district is TARAKAN or district not in KALTARA_DISTRICTS
]
"""One district of a province stands for the others."""
SITES = 60
TEAMS = 3
DAYS = 10
"""Working days of the period."""


class Office:
    """What the office knows by what it did itself: nothing here is read from a figure that is to be checked."""

    def __init__(
        self, folder: str, *, api: FastAPI, client: TestClient, session: Session, admin: Mapping[str, str]
    ) -> None:
        self._api, self._client, self._session = api, client, session
        self.content: Json = json.loads((EXAMPLES / folder / "district.json").read_text(encoding="utf-8"))
        self.code: str = self.content["code"]
        self.zone = ZoneInfo(self.content["time_zone"])
        self.target: Json = next(one for one in self.content["targets"] if one["document"] == "ikd")
        self.figures: list[Json] = [one for one in self.content["reported_figures"] if one["document"] == "ikd"]
        self.rates: list[Json] = [one for one in self.content["walk_ins"] if one["document"] == "ikd"]
        self.chance = random.Random(self.code)
        self.counts: list[tuple[date, int]] = [(date.fromisoformat(self.target["as_of"]), self.target["activated"])]
        self.counted_days: dict[date, int] = {}
        self.plan: dict[str, Json] = {}
        """The visits in force by uid, as they were published."""
        self.withdrawn: dict[str, Json] = {}
        self.results: dict[str, Json] = {}
        """The report that stands, by uid of the visit."""
        self.reported: dict[str, Json] = {}
        """The visits of these reports."""
        self.begun: dict[str, tuple[Any, ...]] = {}
        """What was past or reported at the last look, with its place in the plan."""
        self.schedules: list[int] = []
        self.at(self.counts[0][0], 9)
        self._headers = dict(admin)
        self._found(folder)
        self.days = self._working_days()

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """Set the clock; local time."""
        self.now = datetime.combine(day, time(hour, minute), self.zone)
        self._api.state.clock = lambda: self.now
        return self.now

    @property
    def today(self) -> date:
        return self.now.date()

    def ask(self, method: str, path: str, *, expects: int = 200, headers: Json | None = None, **sent: Any) -> Response:
        sent_headers = self._headers | (headers or {})
        answer = self._client.request(method, f"/v1/{path}", headers=sent_headers, **sent)
        assert answer.status_code == expects, f"{method} {path}: {answer.status_code} {answer.text[:2000]}"
        return answer

    def read(self, path: str, **params: Any) -> Any:
        return self.ask("GET", path, params=params).json()

    def pages(self, path: str, **params: Any) -> list[Json]:
        found: list[Json] = []
        cursor: str | None = None
        while True:
            page = self.read(path, limit=200, **params, **({} if cursor is None else {"cursor": cursor}))
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    def _found(self, folder: str) -> None:
        """The district from its folder, cut down, by the calls that an office uses."""
        plain = ("code", "name", "parent_code", "time_zone", "working_weekdays", "lat", "lon", "population")
        district = {name: self.content[name] for name in (*plain, "travel", "costs", "provenance")}
        self.ask("POST", "districts", expects=201, json=district)
        planner = self.ask(
            "POST", "tokens", expects=201, json={"role": "planner", "district": self.code, "label": "Perencana"}
        ).json()
        self._headers = {"Authorization": f"Bearer {planner['secret']}"}
        here = f"districts/{self.code}"
        sites, teams = _rows(folder, "sites"), _rows(folder, "teams")[:TEAMS]
        sites = sites[:: max(1, len(sites) // SITES)]
        areas = [row for row in _rows(folder, "areas") if row["code"] in {site["area_code"] for site in sites}]
        for name, rows in (("areas", areas), ("sites", sites), ("teams", teams)):
            self.ask(
                "POST",
                f"{here}/{name}/import",
                content=_csv(rows).encode(),
                headers={"Content-Type": "text/csv"},
            )
        for target in self.content["targets"]:
            if target["document"] == "ikd":
                self.ask("PUT", f"{here}/targets/ikd", expects=201, json=_without(target, "document"))
        for figure in self.figures:
            self.ask("POST", f"{here}/reported-figures", expects=201, json=figure)
        for rate in self.rates:
            self.ask(
                "PUT",
                f"{here}/walk-ins/ikd/{rate['starts_on']}",
                expects=201,
                json=_without(rate, "document", "starts_on"),
            )
        self.teams = {row["code"]: row["id"] for row in self.pages(f"{here}/teams")}
        self.coordinators = {code: self._token(role="coordinator", team=code) for code in self.teams}
        self.feeds: dict[tuple[str, str], str] = {("district", self.code): self._token(role="feed")}
        for scope, codes in (
            ("team", list(self.teams)),
            ("area", [row["code"] for row in areas][:1]),
            ("site", [row["code"] for row in sites][:1]),
        ):
            self.feeds |= {(scope, code): self._token(role="feed", **{scope: code}) for code in codes}

    def _token(self, **opens: str) -> str:
        secret: str = self.ask("POST", "tokens", expects=201, json={"district": self.code, **opens}).json()["secret"]
        return secret

    def _working_days(self) -> list[date]:
        around = {"from": self.today - timedelta(days=200), "to": self.today + timedelta(days=60)}
        calendar = self.read(f"districts/{self.code}/calendar", **around)
        self.working = [date.fromisoformat(day) for day in calendar["working_dates"]]
        return [day for day in self.working if day > self.today][:DAYS]

    def make_plan(self, **wish: Any) -> Json:
        """Ask for a plan, and let the worker's double make it."""
        body = {"period": f"{self.days[0]}..{self.days[-1]}", "iterations": 1, **wish}
        asked = self.ask("POST", f"districts/{self.code}/schedules", expects=202, json=body).json()
        schedule = self._session.get_one(Schedule, asked["id"], populate_existing=True)
        plan_now(self._session, schedule, now=self.now)
        self._session.commit()
        made: Json = self.read(f"schedules/{asked['id']}")
        return made

    def publish(self, schedule: Json) -> None:
        self.ask("POST", f"schedules/{schedule['id']}/publish")
        self.enter(schedule)

    def enter(self, schedule: Json) -> None:
        """A plan came into force: the ledger takes its visits over in place of those to come."""
        self.schedules.append(schedule["id"])
        entering = [one for one in self.visits_of(schedule["id"]) if one["published_at"] is not None]
        leaving = {
            uid
            for uid, visit in self.plan.items()
            if visit["date"] >= schedule["first_date"]
            and datetime.fromisoformat(visit["starts_at"]) >= self.now
            and uid not in self.results
        }
        coming = {visit["uid"] for visit in entering}
        self.withdrawn |= {uid: self.plan[uid] for uid in leaving - coming}
        self.plan = {uid: visit for uid, visit in self.plan.items() if uid not in leaving}
        self.plan |= {visit["uid"]: visit for visit in entering}

    def visits_of(self, schedule_id: int) -> list[Json]:
        return self.pages(f"schedules/{schedule_id}/visits")

    def on(self, day: date) -> list[Json]:
        """The visits in force on a day, by start."""
        found = [visit for visit in self.plan.values() if visit["date"] == day.isoformat()]
        return sorted(found, key=lambda visit: (visit["starts_at"], visit["uid"]))

    def report(self, visit: Json, **said: Any) -> Json:
        """What may have happened at a visit: some come, some come in vain."""
        started = datetime.fromisoformat(visit["starts_at"])
        facts = visit["planned_with"]
        most = facts["operators"] * visit["service_minutes"] // facts["minutes_per_activation"]
        came = round(visit["expected_activations"] * self.chance.uniform(0.4, 1.4))
        served = min(came, most)
        elsewhere = served // 20
        body = {
            "report_id": str(uuid.UUID(int=self.chance.getrandbits(128), version=4)),
            "outcome": "held",
            "served": served,
            "activated": served - elsewhere,
            "other_district": elsewhere,
            "phone_not_ready": came // 12,
            "turned_away": came - served,
            "started_at": started.isoformat(),
            "last_served_at": (started + timedelta(minutes=visit["service_minutes"] // 2)).isoformat(),
            "ended_at": visit["ends_at"],
            "signal_met": facts["connectivity"],
            "reported_at": self.now.isoformat(),
        } | said
        return {name: value for name, value in body.items() if value is not None}

    def lost(self, visit: Json, cause: str) -> Json:
        return self.report(
            visit,
            outcome="not_held",
            cause=cause,
            **dict.fromkeys(
                (
                    *("served", "activated", "other_district", "phone_not_ready", "turned_away"),
                    *("started_at", "last_served_at", "ended_at", "signal_met"),
                )
            ),
        )

    def tell(self, visit: Json, body: Json, *, expects: int = 201) -> Json:
        """The team's own coordinator reports one visit."""
        headers = {"Authorization": f"Bearer {self.coordinators[visit['team']['code']]}"}
        answer: Json = self.ask(
            "POST", f"visits/{visit['id']}/result", expects=expects, headers=headers, json=body
        ).json()
        if expects == 201:
            self.keep(visit, body)
        return answer

    def tell_all(
        self, told: Sequence[tuple[Json, Json]], *, partial: bool = False, expects: int = 200, kept: Iterable[int] = ()
    ) -> Json:
        """The planner sends several reports at once; `kept`: the places of those that are to be taken."""
        lines = [{**body, "visit_id": visit["id"]} for visit, body in told]
        answer: Json = self.ask(
            "POST", f"districts/{self.code}/results", expects=expects, json={"results": lines, "partial": partial}
        ).json()
        for place in kept:
            self.keep(*told[place])
        return answer

    def keep(self, visit: Json, body: Json) -> None:
        self.results[visit["uid"]] = body
        self.reported[visit["uid"]] = visit

    def count_counters(self, day: date, activated: int) -> None:
        is_new = day not in self.counted_days
        path = f"districts/{self.code}/walk-ins/ikd/counts/{day}"
        headers = {} if is_new else {"If-Match": self.ask("GET", path).headers["ETag"]}
        self.ask("PUT", path, expects=201 if is_new else 200, headers=headers, json={"activated": activated})
        self.counted_days[day] = activated

    def count_officially(self, day: date, activated: int) -> None:
        """The ministry's data centre tells a count, as it was at the end of that day."""
        path = f"districts/{self.code}/targets/ikd"
        etag = self.ask("GET", path, params={"owner": self.target["owner"]}).headers["ETag"]
        self.target = self.target | {"as_of": day.isoformat(), "activated": activated}
        self.ask("PUT", path, headers={"If-Match": etag}, json=_without(self.target, "document"))
        self.counts.append((day, activated))

    def give_leave(self, team: str, day: date) -> None:
        self.ask(
            "POST",
            f"teams/{self.teams[team]}/leave",
            expects=201,
            json={"starts_on": day.isoformat(), "ends_on": day.isoformat()},
        )


def _rows(folder: str, name: str) -> list[dict[str, str]]:
    with (EXAMPLES / folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _csv(rows: Sequence[Mapping[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _without(content: Mapping[str, Any], *names: str) -> Json:
    return {name: value for name, value in content.items() if name not in names}
