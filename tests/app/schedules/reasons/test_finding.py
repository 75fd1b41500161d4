"""After a run a worker finds why every site is in the plan or not, and planners read it as a table."""

import csv
import gzip
import io
import json
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.models import Role
from app.main import create_app
from app.schedules.models import Schedule
from app.schedules.reasons import service as reasons
from app.schedules.reasons.finding import ReasonFinder
from app.schedules.reasons.models import PlanReasons, SiteReason
from app.schedules.reasons.service import ReasonFilter
from app.schedules.runs.process import SolverCommand
from app.settings import Settings
from tests.app.conftest import NOW
from tests.app.schedules.conftest import make_draft, make_plannable_district
from tests.factories import make_site


@pytest.fixture
def draft(own_engine: Engine) -> int:
    """A plan that visits six agencies, not a dark one, one that is not ready, or one that was done."""
    with Session(own_engine) as session, session.begin():
        district = make_plannable_district(session)
        make_site(session, code="S-DARK", connectivity=0, fixed_minutes=60)
        make_site(session, code="S-LATER", readiness="not_ready")
        make_site(session, code="S-DONE", readiness="done")
        return make_draft(session, district).id


def finder(engine: Engine, folder: Path, *, argv: tuple[str, ...] | None = None) -> ReasonFinder:
    command = SolverCommand(scratch_dir=folder)
    return ReasonFinder(engine, command if argv is None else replace(command, argv=argv), random=lambda: 0.5)


def standings(engine: Engine) -> dict[str, int]:
    with Session(engine) as session:
        query = select(SiteReason.standing, func.count()).group_by(SiteReason.standing)
        return dict(session.execute(query).all())


def broken_solver(*lines: str) -> tuple[str, ...]:
    return (sys.executable, "-c", "\n".join(("import sys", *lines)))


def test_every_site_has_its_reason_and_they_are_found_once(own_engine: Engine, draft: int, tmp_path: Path) -> None:
    finder(own_engine, tmp_path).find_due(NOW)
    expected = {"scheduled": 6, "impossible": 1, "not_ready": 1, "done": 1}
    assert standings(own_engine) == expected
    # A solver that cannot answer is not asked again about the same plan.
    finder(own_engine, tmp_path, argv=broken_solver("sys.exit(5)")).find_due(NOW + timedelta(hours=1))
    assert standings(own_engine) == expected
    with Session(own_engine) as session:
        looked_at = session.get_one(PlanReasons, draft)
        assert (looked_at.failures, looked_at.unpriced, looked_at.found_at is None) == (0, 0, False)


def test_planners_read_filter_and_export_the_reasons(own_engine: Engine, draft: int, tmp_path: Path) -> None:
    api = create_app(Settings(), own_engine)
    api.state.clock = lambda: NOW
    with Session(own_engine) as session:
        _, secret = access.issue_token(session, Role.VIEWER, now=NOW, district_code="16.73")
        session.commit()
    base = f"/v1/schedules/{draft}/explanations"
    with TestClient(api, headers={"Authorization": f"Bearer {secret}"}) as client:
        early = client.get(base).json()
        assert (early["state"], early["items"], early["by_standing"]) == ("looking", [], {})
        finder(own_engine, tmp_path).find_due(NOW)

        whole = client.get(base, params={"limit": 5}).json()
        assert (whole["state"], len(whole["items"]), whole["by_standing"]["scheduled"]) == ("ready", 5, 6)
        rest = client.get(base, params={"limit": 5, "cursor": whole["next_cursor"]}).json()
        assert len(rest["items"]) == 4
        assert rest["next_cursor"] is None

        dark = client.get(base, params={"reason": "no_signal"}).json()["items"]
        assert [(reason["site"], reason["standing"]) for reason in dark] == [("S-DARK", "impossible")]
        assert client.get(base, params={"area": "16.73.99"}).json()["items"] == []
        assert client.get(base, params={"standing": "lovely"}).status_code == 422
        # The single question finds the stored answer.
        assert client.get(f"/v1/schedules/{draft}/sites/S-DARK/explanation").json() == dark[0]

        for language, words in (("id", "belum siap"), ("en", "is not ready")):
            table = client.get(f"{base}.csv", params={"standing": "not_ready"}, headers={"Accept-Language": language})
            rows = list(csv.DictReader(io.StringIO(table.content.decode())))
            assert [row["site_code"] for row in rows] == ["S-LATER"]
            assert words in rows[0]["sentence"]
        assert client.get(f"{base}.xlsx").content[:2] == b"PK"


def test_only_another_plan_makes_reasons_outdated(own_engine: Engine, draft: int, tmp_path: Path) -> None:
    finder(own_engine, tmp_path).find_due(NOW)
    with Session(own_engine) as session, session.begin():
        session.get_one(Schedule, draft).version += 1
    state, found_at = reasons_of(own_engine, draft)
    assert state == "ready"
    finder(own_engine, tmp_path).find_due(NOW + timedelta(minutes=2))
    assert reasons_of(own_engine, draft) == ("ready", found_at)

    with Session(own_engine) as session, session.begin():
        schedule = session.get_one(Schedule, draft)
        assert schedule.plan_json is not None
        plan = json.loads(gzip.decompress(schedule.plan_json))
        plan["visits"] = plan["visits"][1:]
        schedule.plan_json = gzip.compress(json.dumps(plan).encode())
        schedule.version += 1
    assert reasons_of(own_engine, draft) == ("outdated", found_at)
    finder(own_engine, tmp_path, argv=broken_solver("print('[]')")).find_due(NOW + timedelta(minutes=4))
    state, later = reasons_of(own_engine, draft)
    assert (state, later == found_at) == ("ready", False)


def reasons_of(engine: Engine, schedule_id: int) -> tuple[str, datetime | None]:
    with Session(engine) as session:
        listing = reasons.reasons(
            session, session.get_one(Schedule, schedule_id), ReasonFilter(), after_site_id=0, limit=1
        )
        return listing.state, None if listing.looked_at is None else listing.looked_at.found_at


def test_a_solver_that_fails_is_asked_again_ever_later(own_engine: Engine, draft: int, tmp_path: Path) -> None:
    broken = finder(own_engine, tmp_path, argv=broken_solver("sys.stderr.write('no memory')", "sys.exit(5)"))
    for minutes, failures in ((0, 1), (0, 1), (2, 2)):
        broken.find_due(NOW + timedelta(minutes=minutes))
        with Session(own_engine) as session:
            looked_at = session.get_one(PlanReasons, draft)
            assert (looked_at.failures, "no memory" in (looked_at.fault or "")) == (failures, True)
    finder(own_engine, tmp_path).find_due(NOW + timedelta(hours=1))
    assert standings(own_engine)["scheduled"] == 6


def test_a_draft_that_breaks_rules_is_looked_at_again_when_it_changes(
    own_engine: Engine, draft: int, tmp_path: Path
) -> None:
    refusing = finder(own_engine, tmp_path, argv=broken_solver("sys.exit(1)"))
    refusing.find_due(NOW)
    assert reasons_of(own_engine, draft) == ("failed", None)
    finder(own_engine, tmp_path).find_due(NOW + timedelta(hours=1))
    assert reasons_of(own_engine, draft) == ("failed", None)
    with Session(own_engine) as session, session.begin():
        session.get_one(Schedule, draft).version += 1
    finder(own_engine, tmp_path).find_due(NOW + timedelta(hours=1))
    assert reasons_of(own_engine, draft)[0] == "ready"


def test_sites_without_a_price_are_counted(own_engine: Engine, draft: int, tmp_path: Path) -> None:
    finder(own_engine, tmp_path, argv=broken_solver("print('[]')")).find_due(NOW)
    with Session(own_engine) as session:
        assert session.get_one(PlanReasons, draft).unpriced == 7
    assert standings(own_engine) == {"not_ready": 1, "done": 1}


def test_a_finder_that_ends_leaves_the_plan_to_the_next(own_engine: Engine, draft: int, tmp_path: Path) -> None:
    ending = finder(own_engine, tmp_path)
    ending.end()
    ending.find_due(NOW)
    with Session(own_engine) as session:
        assert session.get(PlanReasons, draft) is None
