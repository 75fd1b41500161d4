"""Bodies: read whole before anything is held for them, by known senders only, and bounded in time, size and shape."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session
from starlette.types import Message, Receive, Scope, Send

from app.access import service as access
from app.access.models import Role
from app.database import SESSION_CONNECTIONS, make_engine
from app.errors import MOST_PROBLEMS, AppError, InvalidRequest
from app.main import create_app
from app.request_bodies import BodyLimits, WholeBodies, check_shape
from app.settings import Settings
from tests.app.conftest import NOW, AsRole
from tests.app.serving import connect, serving
from tests.factories import make_district

SMALL = BodyLimits(upload_bytes=1_000, json_bytes=100, seconds=600)
POST = b"POST %b HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %b\r\nIdempotency-Key: k-%d\r\n%b\r\n"


def test_unfinished_bodies_hold_nothing_that_others_need(own_database: str) -> None:
    engine = make_engine(own_database)
    with Session(engine) as session, session.begin():
        make_district(session)
        _, secret = access.issue_token(session, Role.PLANNER, now=NOW, district_code="16.73")
    paths = (b"/v1/schedules/1/publish", b"/v1/districts/16.73/sites/import", b"/v1/districts/16.73/closures")
    headers = {"Authorization": f"Bearer {secret}"}
    with serving(create_app(Settings(), engine)) as port, ExitStack() as open_ones:
        for number in range(2 * SESSION_CONNECTIONS):
            connection = open_ones.enter_context(connect(port))
            length = b"Content-Type: text/csv\r\nContent-Length: 1000\r\n"
            connection.sendall(POST % (paths[number % 3], secret.encode(), number, length) + b"code,")
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
            assert client.get("/v1/districts/16.73").status_code == 200
            answer = client.post("/v1/schedules/1/publish", json={}, headers={"Idempotency-Key": "whole"})
            assert answer.status_code == 404
    engine.dispose()


def scope_of(**headers: str) -> Scope:
    lines = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    path = "/v1/districts"
    return {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": lines, "server": ("x", 80)}


class Exchange:
    """One request through the middleware alone: what the application was given, and what was answered."""

    def __init__(self, limits: BodyLimits, *, stranger: bool = False) -> None:
        self.handed_over: list[Message] = []
        self.sent: list[Message] = []
        self.is_stranger = stranger
        self._bodies = WholeBodies(self._take, limits=limits, admit=self._admit)

    async def _admit(self, request: Request) -> None:
        if self.is_stranger:
            raise AppError("Who are you?")

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.handed_over.append(await receive())

    def run(self, scope: Scope, *messages: Message) -> None:
        async def send(message: Message) -> None:
            self.sent.append(message)

        async def come() -> AsyncIterator[Message]:
            for message in messages:
                yield message
            await asyncio.sleep(3_600)

        coming = come()
        asyncio.run(self._bodies(scope, lambda: anext(coming), send))  # type: ignore[arg-type]

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])


def part(body: bytes, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def test_body_is_handed_over_in_one_piece() -> None:
    exchange = Exchange(SMALL)
    exchange.run(scope_of(transfer_encoding="chunked"), part(b"[1,"), part(b"2]", more=False))
    assert exchange.handed_over == [part(b"[1,2]", more=False)]


def test_body_that_does_not_arrive_is_given_up() -> None:
    exchange = Exchange(BodyLimits(upload_bytes=1_000, seconds=0.01))
    exchange.run(scope_of(content_length="9"), part(b"["))
    assert (exchange.status, exchange.handed_over) == (408, [])
    assert (b"connection", b"close") in exchange.sent[0]["headers"]


def test_body_of_a_stranger_is_not_read() -> None:
    exchange = Exchange(SMALL, stranger=True)
    # Nothing comes: whoever waited for it would wait for an hour.
    exchange.run(scope_of(content_length="9"))
    assert (exchange.status, exchange.handed_over) == (400, [])


def test_client_that_leaves_in_mid_body_is_no_error_and_gets_no_answer() -> None:
    exchange = Exchange(SMALL)
    exchange.run(scope_of(content_length="9"), part(b"["), {"type": "http.disconnect"})
    assert (exchange.sent, exchange.handed_over) == ([], [])


@pytest.mark.parametrize("headers", [{"content_length": "101"}, {"transfer_encoding": "chunked"}])
def test_json_ends_at_its_own_limit_announced_or_not(headers: dict[str, str]) -> None:
    exchange = Exchange(SMALL)
    exchange.run(scope_of(**headers), part(b"x" * 60), part(b"x" * 60))
    assert (exchange.status, exchange.handed_over) == (413, [])


def test_file_may_be_as_large_as_an_upload() -> None:
    exchange = Exchange(SMALL)
    exchange.run(
        scope_of(content_length="900") | {"path": "/v1/districts/16.73/sites/import"}, part(b"x" * 900, more=False)
    )
    assert len(exchange.handed_over[0]["body"]) == 900


def test_bodies_together_have_room_for_so_much_and_it_is_given_back() -> None:
    exchange = Exchange(BodyLimits(upload_bytes=1_000, all_bytes=50))
    for _ in range(2):
        exchange.run(scope_of(content_length="60"), part(b"x" * 60, more=False))
        assert exchange.status == 503
        exchange.run(scope_of(content_length="40"), part(b"x" * 40, more=False))
    assert len(exchange.handed_over) == 2


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 33,
        b'{"a":' * 33,
        b"[" + b"1," * 5_000 + b"1]",
        b"{" + b'"k":1,' * 5_000 + b'"k":1}',
        b"[" + (b"[" + b"1," * 4_000 + b"1],") * 20 + b"1]",
        b"[" + b"[]," * 4_000 + b"[" + b"{},[]," * 2_400 + b"1]" + (b",[" + b"1," * 4_900 + b"1]") * 9 + b"]",
    ],
)
def test_json_too_deep_or_too_wide_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest, match="too much for one request"):
        check_shape(body, BodyLimits(upload_bytes=1))


@pytest.mark.parametrize(
    "body", [b"[" * 32 + b"]" * 40, b'"' + b"[" * 99 + b'"', b'"\\"' + b"[" * 99, b"]" * 99, b'"\\', b"\xff,,,"]
)
def test_signs_in_strings_and_broken_json_are_left_to_the_parser(body: bytes) -> None:
    check_shape(body, BodyLimits(upload_bytes=1))


def test_refusal_tells_the_first_problems_and_the_number_of_the_rest(client: TestClient, bearer: AsRole) -> None:
    body = {f"unknown-{number}": {"x": ["y" * 1_000] * 3} for number in range(300)}
    answer = client.post("/v1/districts", json=body, headers=bearer(Role.ADMIN))
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == MOST_PROBLEMS
    assert answer.json()["more_errors"] >= 200
    assert len(answer.content) < 100_000


def test_refusal_of_an_import_is_as_short(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    rows = "".join(f"S-{number},{'x' * 90},nowhere,bad,bad\n" for number in range(5_000))
    answer = client.post(
        "/v1/districts/16.73/sites/import",
        content="code,name,kind,lat,lon\n" + rows,
        headers=bearer(Role.PLANNER, "16.73") | {"Content-Type": "text/csv"},
    )
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, len(problem["errors"])) == (422, MOST_PROBLEMS)
    assert problem["more_errors"] > 10_000
    assert len(answer.content) < 100_000
