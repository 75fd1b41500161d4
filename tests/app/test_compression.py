"""Which answers go as gzip, and what their heads say of it."""

import gzip
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response as Answer
from sqlalchemy.orm import Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Message

from app.access.models import Role
from app.compression import Compressed, takes_gzip
from app.http_conventions import content_etag, is_unchanged
from tests.app.conftest import AsRole
from tests.factories import make_district, make_site

LONG = b'{"sites": [' + b'{"name": "SD NEGERI 1", "people": 120},' * 400 + b"]}"
TAG = content_etag(LONG)
STATIC = Path(__file__).parents[2] / "app" / "static"


def versioned(request: Request) -> Response:
    if is_unchanged(request.headers.get("if-none-match"), TAG):
        return Response(status_code=304, headers={"ETag": TAG, "Vary": "Cookie"})
    if request.headers.get("if-match") not in (None, TAG):
        return Response(status_code=412)
    return Response(LONG, headers={"ETag": TAG, "Vary": "Cookie"}, media_type="application/json")


async def pieces() -> AsyncIterator[bytes]:
    for start in range(0, len(LONG), 1000):
        yield LONG[start : start + 1000]


def small_site() -> Starlette:
    routes = [
        Route("/versioned", versioned, methods=["GET", "HEAD", "PATCH"]),
        Route("/short", lambda _: PlainTextResponse("x" * 999)),
        Route("/picture", lambda _: Response(LONG, media_type="image/png")),
        Route("/events", lambda _: StreamingResponse(pieces(), media_type="text/event-stream")),
        Route("/pieces", lambda _: StreamingResponse(pieces(), media_type="application/json")),
        Route("/packed", lambda _: Response(gzip.compress(LONG * 9), headers={"Content-Encoding": "gzip"})),
        Route("/large", lambda _: Response(LONG * 20, media_type="application/json")),
        Route("/file", lambda _: FileResponse(STATIC / "rapidoc" / "rapidoc-min.js"), methods=["GET", "HEAD"]),
    ]
    return Starlette(routes=routes)


@pytest.fixture
def plain() -> TestClient:
    return TestClient(Compressed(small_site()), headers={"Accept-Encoding": "identity"})


@pytest.fixture
def packed() -> TestClient:
    return TestClient(Compressed(small_site()), headers={"Accept-Encoding": "gzip, deflate, br"})


def vary(answer: Answer) -> set[str]:
    return {name.strip().lower() for name in answer.headers.get("vary", "").split(",") if name.strip()}


@pytest.mark.parametrize("path", ["/versioned", "/pieces", "/large", "/file"])
def test_gzip_is_the_same_answer_and_smaller(plain: TestClient, packed: TestClient, path: str) -> None:
    whole, small = plain.get(path), packed.get(path)
    assert "content-encoding" not in whole.headers
    assert small.headers["content-encoding"] == "gzip"
    assert small.content == whole.content
    assert small.num_bytes_downloaded < len(whole.content) / 2
    assert int(small.headers.get("content-length", small.num_bytes_downloaded)) == small.num_bytes_downloaded
    assert "accept-encoding" in vary(whole) & vary(small)


@pytest.mark.parametrize("path", ["/short", "/picture", "/events"])
def test_what_gains_nothing_goes_as_it_is(packed: TestClient, path: str) -> None:
    answer = packed.get(path)
    assert "content-encoding" not in answer.headers
    assert "accept-encoding" not in vary(answer)


def test_what_is_packed_already_is_not_packed_again(packed: TestClient) -> None:
    assert packed.get("/packed").content == LONG * 9


@pytest.mark.parametrize("code", [200, 404])
def test_an_event_goes_when_it_happens(code: int) -> None:
    seen: list[str] = []

    async def stream(scope: object, receive: object, send: object) -> None:
        headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
        await send({"type": "http.response.start", "status": code, "headers": headers})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})  # type: ignore[operator]
        seen.append("sent")

    async def told(message: Message) -> None:
        seen.append(message["type"])

    scope = {"type": "http", "method": "GET", "headers": [(b"accept-encoding", b"gzip")]}
    anyio.run(Compressed(stream), scope, None, told)  # type: ignore[arg-type]
    assert seen == ["http.response.start", "http.response.body", "sent"]


def test_each_encoding_has_an_etag_of_its_own_and_knows_its_own_again(plain: TestClient, packed: TestClient) -> None:
    ours, theirs = plain.get("/versioned").headers["etag"], packed.get("/versioned").headers["etag"]
    assert (ours, theirs) == (TAG, TAG[:-1] + '-gzip"')
    for client, tag in ((plain, ours), (packed, theirs), (packed, f'"other-gzip", {theirs}'), (packed, f"W/{theirs}")):
        known = client.get("/versioned", headers={"If-None-Match": tag})
        assert (known.status_code, known.content) == (304, b"")
        assert known.headers["etag"] == (ours if client is plain else theirs)
        assert vary(known) == {"cookie", "accept-encoding"}
        assert "content-encoding" not in known.headers
    assert packed.get("/versioned", headers={"If-None-Match": '"other-gzip"'}).status_code == 200


def test_a_change_may_name_the_etag_of_either_encoding(packed: TestClient) -> None:
    for tag in (TAG, TAG[:-1] + '-gzip"'):
        assert packed.patch("/versioned", headers={"If-Match": tag}).status_code == 200
    assert packed.patch("/versioned", headers={"If-Match": '"other-gzip"'}).status_code == 412


def test_a_head_tells_what_the_answer_would(packed: TestClient) -> None:
    head, answer = packed.head("/versioned"), packed.get("/versioned")
    assert head.content == b""
    assert "content-length" not in head.headers
    for name in ("content-encoding", "etag", "vary"):
        assert head.headers[name] == answer.headers[name]


def test_a_part_is_a_part_of_the_file_itself(packed: TestClient) -> None:
    part = packed.get("/file", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.headers.get("content-encoding")) == (206, None)
    assert part.content == (STATIC / "rapidoc" / "rapidoc-min.js").read_bytes()[10:20]
    whole = packed.get("/file")
    assert "accept-ranges" not in whole.headers
    resumed = packed.get("/file", headers={"Range": "bytes=10-19", "If-Range": whole.headers["etag"]})
    assert (resumed.status_code, resumed.content) == (200, whole.content)


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        ("gzip", True),
        ("br, GZip;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("*;q=0", False),
        ("gzip;q=much", False),
        ("identity", False),
        ("", False),
        ("notgzip", False),
    ],
)
def test_gzip_goes_to_those_alone_who_take_it(value: str, taken: bool) -> None:
    assert takes_gzip(value.encode()) is taken


def test_the_service_answers_compressed(api: FastAPI, session: Session, bearer: AsRole) -> None:
    district = make_district(session)
    for _ in range(30):
        make_site(session, district.code)
    session.commit()
    with TestClient(api, headers=bearer(Role.ADMIN)) as client:
        answer = client.get(f"/v1/districts/{district.code}/sites")
        assert answer.headers["content-encoding"] == "gzip"
        assert len(answer.json()["items"]) == 30
        script = client.get("/static/rapidoc/rapidoc-min.js", headers={"Accept-Encoding": "gzip"})
        known = client.get("/static/rapidoc/rapidoc-min.js", headers={"If-None-Match": script.headers["etag"]})
        assert (script.headers["content-encoding"], known.status_code) == ("gzip", 304)


def test_a_broken_answer_is_not_called_whole(api: FastAPI) -> None:
    @api.get("/v1/breaks")
    def breaks() -> StreamingResponse:
        async def half() -> AsyncIterator[bytes]:
            yield LONG
            raise RuntimeError("half way")

        return StreamingResponse(half(), media_type="application/json")

    sent: list[Message] = []

    async def tell(message: Message) -> None:
        sent.append(message)

    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def ask() -> Message:
        for message in asked:
            return message
        await anyio.sleep_forever()
        raise AssertionError

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/v1/breaks",
        "raw_path": b"/v1/breaks",
        "query_string": b"",
        "headers": [(b"accept-encoding", b"gzip")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "scheme": "http",
        "http_version": "1.1",
        "root_path": "",
    }
    with pytest.raises(Exception, match=r"half way|unhandled"):
        anyio.run(api, scope, ask, tell)
    body = b"".join(message.get("body", b"") for message in sent)
    assert not zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(body).endswith(b"]}")
