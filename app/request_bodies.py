"""Every request body is read whole before the application begins: whoever sends slowly holds memory, but no session,
no transaction, no lock and no thread. Size, time and shape are bounded here, once for every endpoint."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import DATABASE_AWAY, AppError, InvalidRequest, PayloadTooLarge, database_away, error_response
from app.languages import Said, said

log = structlog.get_logger(__name__)

_OPEN_UPLOADS = frozenset({"import", "impor"})
"""The segments of paths of the API and of pages whose body is a file and may be as large as an upload."""
_SCANNED_IN_LOOP_BYTES = 50_000
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{},]', re.DOTALL)
"""A string as a whole (also one that never ends, so that the scan stays linear), or a sign of structure."""


class BodyTooSlow(AppError):
    """The body did not arrive in time."""

    status_code = HTTPStatus.REQUEST_TIMEOUT


class TooManyBodies(AppError):
    """The bodies on their way fill the room there is for them."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self) -> None:
        super().__init__(
            said(
                "Too many uploads are on their way at this moment; send it again in a few seconds.",
                "Terlalu banyak kiriman berkas saat ini; kirim lagi beberapa detik lagi.",
            ),
            headers={"Retry-After": "10"},
        )


class ClientLeft(Exception):
    """The client closed the connection before its body was complete: nothing to answer, and no error of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyLimits:
    """What a body may be, and how long it may take to arrive."""

    upload_bytes: int
    """Of a file that is imported."""
    json_bytes: int = 2_000_000
    """Of everything else below `/v1`."""
    form_bytes: int = 20_000
    """Of what pages send, before anybody is known to be behind it."""
    all_bytes: int = 256_000_000
    """Of all bodies together that are on their way or being worked on."""
    seconds: float = 30.0
    """Until the first byte, or without a byte."""
    bytes_per_second: float = 20_000.0
    """Slowest pace that is waited for beyond `seconds`."""
    depth: int = 32
    """Lists and objects within one another."""
    values: int = 50_000
    """Members of all lists and objects together."""
    members: int = 5_000
    """Of one list or object."""


class WholeBodies:
    """Reads a request's body for the application, after `admit` has let its sender in."""

    def __init__(self, app: ASGIApp, *, limits: BodyLimits, admit: Callable[[Request], Awaitable[None]]):
        self._app, self._limits, self._admit = app, limits, admit
        self._held_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(scope):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        body = bytearray()
        try:
            await self._admit(request)
            await self._fill(body, scope, receive)
            await self._check_shape(scope, body)
            await self._app(scope, _replayed(bytes(body), receive), send)
        except ClientLeft:
            log.info("client left before its body was complete", received=len(body))
        except AppError as error:
            # What is still on its way is not read, so the connection cannot go on.
            await error_response(request, error, headers={"Connection": "close"})(scope, receive, send)
        except DATABASE_AWAY as error:
            await database_away(request, error)(scope, receive, send)
        finally:
            self._held_bytes -= len(body)

    async def _fill(self, body: bytearray, scope: Scope, receive: Receive) -> None:
        most = self._most_bytes(scope)
        announced = _header(scope, b"content-length") or b"0"
        if announced.isdigit() and (len(announced) > 12 or int(announced) > most):
            raise _too_large(most)
        until = time.monotonic() + self._limits.seconds
        more = True
        while more:
            try:
                async with asyncio.timeout(until - time.monotonic()):
                    message = await receive()
            except TimeoutError as error:
                raise BodyTooSlow(
                    said(
                        "The body did not arrive in time: {count} bytes came. Send it again over a better line.",
                        "Kiriman tidak tiba pada waktunya: {count} byte diterima. Kirim lagi lewat "
                        "jaringan yang lebih baik.",
                        count=len(body),
                    )
                ) from error
            if message["type"] == "http.disconnect":
                raise ClientLeft
            part = message.get("body", b"")
            more = message.get("more_body", False)
            body += part
            self._held_bytes += len(part)
            until += len(part) / self._limits.bytes_per_second
            if len(body) > most:
                raise _too_large(most)
            if self._held_bytes > self._limits.all_bytes:
                raise TooManyBodies

    def _most_bytes(self, scope: Scope) -> int:
        if not scope["path"].startswith("/v1/"):
            return self._limits.form_bytes
        return self._limits.upload_bytes if _is_upload(scope) else self._limits.json_bytes

    async def _check_shape(self, scope: Scope, body: bytearray) -> None:
        if _is_upload(scope):
            return
        if len(body) <= _SCANNED_IN_LOOP_BYTES:
            check_shape(body, self._limits)
        else:
            await run_in_threadpool(check_shape, body, self._limits)


def check_shape(body: bytes | bytearray, limits: BodyLimits) -> None:
    """Raise `InvalidRequest` for JSON too deep or too wide to be worked on; it need not be valid JSON.

    What it takes is bounded by the limits, not by the body: it ends at the first one that is passed."""
    total = 0
    members: list[int] = []
    for match in _TOKEN.finditer(body):
        sign = match[0]
        if sign in (b"[", b"{"):
            members.append(1)
            total += 1
            if len(members) > limits.depth:
                raise _too_much(
                    said(
                        "lists and objects lie more than {depth} deep",
                        "daftar dan objek bersarang lebih dari {depth} tingkat",
                        depth=limits.depth,
                    )
                )
        elif sign in (b"]", b"}"):
            if members:
                members.pop()
        elif sign == b"," and members:
            members[-1] += 1
            total += 1
            if members[-1] > limits.members:
                raise _too_much(
                    said(
                        "a list or object has more than {members} members",
                        "satu daftar atau objek berisi lebih dari {members} isian",
                        members=limits.members,
                    )
                )
        if total > limits.values:
            raise _too_much(
                said("it has more than {values} values", "berisi lebih dari {values} nilai", values=limits.values)
            )


def _too_much(what: Said) -> InvalidRequest:
    return InvalidRequest(
        said(
            "The body is too much for one request: {what}. Send it in parts.",
            "Kiriman ini terlalu besar untuk satu permintaan: {what}. Kirim bertahap.",
            what=what,
        )
    )


def _too_large(most: int) -> PayloadTooLarge:
    return PayloadTooLarge(
        said(
            "The body is over the limit of {megabytes} MB; send it in parts.",
            "Kiriman melebihi batas {megabytes} MB; kirim bertahap.",
            megabytes=most // 1_000_000,
        )
    )


def _header(scope: Scope, wanted: bytes) -> bytes | None:
    return next((value for name, value in scope["headers"] if name == wanted), None)


def _has_body(scope: Scope) -> bool:
    # No endpoint reads the body of a GET, so nobody waits for one.
    if scope["method"] in ("GET", "HEAD"):
        return False
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )


def _is_upload(scope: Scope) -> bool:
    return not _OPEN_UPLOADS.isdisjoint(scope["path"].split("/"))


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that hands the body over at once; afterwards it tells of the end of the connection."""
    is_told = False

    async def replay() -> Message:
        nonlocal is_told
        if is_told:
            return await receive()
        is_told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
