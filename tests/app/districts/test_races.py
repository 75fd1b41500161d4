"""Two requests at the same moment: one wins, the other is told, and neither is a 500."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.models import Role
from app.database import make_engine
from app.http_conventions import current_time
from app.main import create_app
from app.settings import Settings
from tests.app.conftest import NOW
from tests.app.districts.targets.test_api import TARGET, URL
from tests.app.districts.test_api import AREA, BODY
from tests.factories import (
    make_district,
    make_issuing_figures,
    make_kind_figures,
    make_local_day,
    make_target,
    make_walk_ins,
)

ROUNDS = 6


@pytest.fixture
def racing_client(own_database: str) -> Iterator[tuple[TestClient, Session, dict[str, str]]]:
    """An application on a database of its own, whose requests run on connections of their own."""
    engine = make_engine(own_database)
    api = create_app(Settings(), engine)
    api.dependency_overrides[current_time] = lambda: NOW
    with TestClient(api, raise_server_exceptions=False) as client, Session(engine) as session:
        _, secret = access.issue_token(session, Role.ADMIN, now=NOW)
        session.commit()
        yield client, session, {"Authorization": f"Bearer {secret}"}
    engine.dispose()


def at_once(*requests: Callable[[], Any]) -> list[int]:
    """Statuses of requests sent at the same moment, ascending."""
    start = Barrier(len(requests))

    def run(request: Callable[[], Any]) -> int:
        start.wait()
        return int(request().status_code)

    with ThreadPoolExecutor(len(requests)) as pool:
        return sorted(pool.map(run, requests))


def test_two_changes_of_one_version_leave_one_winner(
    racing_client: tuple[TestClient, Session, dict[str, str]],
) -> None:
    client, session, headers = racing_client
    make_district(session)
    make_target(session)
    session.commit()
    for version in range(1, ROUNDS + 1):
        seen = headers | {"If-Match": f'"{version}"'}
        first, second = (TARGET | {"activated": 2 * version + number} for number in (0, 1))
        statuses = at_once(
            partial(client.put, f"{URL}/targets/ikd", json=first, headers=seen),
            partial(client.put, f"{URL}/targets/ikd", json=second, headers=seen),
        )
        assert statuses == [200, 412]


def test_two_first_settings_leave_one_winner(racing_client: tuple[TestClient, Session, dict[str, str]]) -> None:
    client, session, headers = racing_client
    make_district(session)
    session.commit()
    paths = {
        "targets/kia": TARGET,
        "areas/16.73.07": AREA,
        "walk-ins/ikd/2023-11-20": {"per_working_day": 5},
        "holidays/2023-11-20": {"is_working": False, "name": "Libur"},
        "planning-figures": {"slot_minutes": 30},
        "site-kinds/mall": {"max_teams": 3},
    }
    for path, body in paths.items():
        send = partial(client.put, f"{URL}/{path}", json=body, headers=headers)
        statuses = at_once(send, send)
        assert statuses[0] == 201, path
        assert statuses[1] in (409, 428), path


def test_a_code_given_twice_at_once_is_taken_once(
    racing_client: tuple[TestClient, Session, dict[str, str]],
) -> None:
    client, _, headers = racing_client
    for number in range(ROUNDS):
        body = BODY | {"code": f"16.{number:02}"}
        send = partial(client.post, "/v1/districts", json=body, headers=headers)
        assert at_once(send, send) == [201, 409]


def test_two_deletions_delete_once(racing_client: tuple[TestClient, Session, dict[str, str]]) -> None:
    client, session, headers = racing_client
    district = make_district(session)
    make_target(session)
    make_walk_ins(session, date(2023, 11, 20), 5)
    make_local_day(session, date(2023, 11, 20), is_working=False, district_code=district.code)
    make_kind_figures(session, "mall", max_teams=3)
    make_issuing_figures(session, "kia", minutes=6)
    session.commit()
    paths = ("targets/ikd", "walk-ins/ikd/2023-11-20", "holidays/2023-11-20", "site-kinds/mall", "documents/kia")
    for path in paths:
        send = partial(client.delete, f"{URL}/{path}", headers=headers | {"If-Match": '"1"'})
        assert at_once(send, send) == [204, 404]


def test_two_changes_of_a_district_leave_one_winner(
    racing_client: tuple[TestClient, Session, dict[str, str]],
) -> None:
    client, session, headers = racing_client
    make_district(session)
    session.commit()
    for version in range(1, ROUNDS + 1):
        seen = headers | {"If-Match": f'"{version}"'}
        statuses = at_once(
            partial(client.patch, URL, json={"population": version * 2}, headers=seen),
            partial(client.patch, URL, json={"population": version * 2 + 1}, headers=seen),
        )
        assert statuses == [200, 412]
