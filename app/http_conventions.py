"""How every endpoint pages, versions and answers: cursors, ETag and If-Match, JSON bytes, the clock, the language."""

import base64
import binascii
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from anyio import to_thread
from fastapi import Depends, Header, Query, Request, Response
from pydantic import BaseModel, TypeAdapter
from sqlalchemy.orm import Session
from starlette.types import Receive, Scope, Send

from app.database import one_transaction
from app.errors import AppError, PreconditionFailed, PreconditionRequired, invalid
from app.languages import Language, language_of, said

Item = TypeVar("Item", bound=BaseModel)
Row = TypeVar("Row")
Found = TypeVar("Found")
LATER_WORK_AT_ONCE = 4
"""Connections that `LaterWork` may hold beside those of endpoints."""


def clock() -> datetime:
    return datetime.now(UTC)


async def current_time(request: Request) -> datetime:
    # Asynchronous, so that reading a clock costs no trip to the thread pool.
    now: datetime = request.app.state.clock()
    return now


NowDep = Annotated[datetime, Depends(current_time)]
"""The only clock of the API; aware, UTC. Tests replace `app.state.clock`."""


def asked_language(accept_language: Annotated[str | None, Header(description="`id` or `en`.")] = None) -> Language:
    return language_of(accept_language)


LanguageDep = Annotated[Language, Depends(asked_language)]
"""The language that the caller asked for."""

LimitParam = Annotated[int, Query(ge=1, le=500, description="Most items of one page.")]
CursorParam = Annotated[str | None, Query(description="`next_cursor` of the page before; absent: the first page.")]


class Page(BaseModel, Generic[Item]):
    """One page of a list; `next_cursor` is null on the last."""

    items: Sequence[Item]
    next_cursor: str | None = None

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """`SitePage` for a page of `SiteOut`: the name that generated clients see."""
        return "".join(param.__name__.removesuffix("Out") for param in params) + cls.__name__


MAX_ID = 2**31 - 1
"""The largest number the database keeps for an id."""


def encode_cursor(last_id: int) -> str:
    return base64.urlsafe_b64encode(f"after:{last_id}".encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> int:
    """The id after which the page begins; 0 without a cursor. Raises `InvalidRequest` for a made-up one."""
    if cursor is None:
        return 0
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        word, _, number = text.partition(":")
        if word != "after" or not number.isdecimal() or len(number) > 10 or int(number) > MAX_ID:
            raise ValueError(text)
    except (binascii.Error, ValueError) as error:
        raise invalid(
            "query/cursor",
            said("This is no cursor of ours.", "Ini bukan kursor dari kami."),
            value=cursor,
            mend=said("Use 'next_cursor' of the page before.", "Pakai 'next_cursor' dari halaman sebelumnya."),
        ) from error
    return int(number)


def page_of(rows: Sequence[Row], *, limit: int, key: Callable[[Row], int], shown: Callable[[Row], Item]) -> Page[Item]:
    """A page of rows that were asked for one more than `limit`, so that it is known whether another page follows.

    `key`: the number after which the next page begins."""
    return Page(
        items=[shown(row) for row in rows[:limit]],
        next_cursor=encode_cursor(key(rows[limit - 1])) if len(rows) > limit else None,
    )


def etag_of(version: int) -> str:
    return f'"{version}"'


def check_if_match(if_match: str | None, version: int) -> None:
    """Raise unless the caller saw the current version (RFC 9110, 13.1.1); a change must say which it saw."""
    if if_match is None:
        raise PreconditionRequired(
            said(
                "A change needs the header If-Match with the ETag last read; it is {etag} now.",
                "Perubahan memerlukan header If-Match berisi ETag yang terakhir dibaca; sekarang {etag}.",
                etag=etag_of(version),
            )
        )
    seen = {part.strip() for part in if_match.split(",")}
    if "*" not in seen and etag_of(version) not in seen:
        raise PreconditionFailed(
            said(
                "This was changed meanwhile: If-Match says {if_match}, it is {etag} now. Read it again first.",
                "Data ini sudah diubah sementara itu: If-Match berisi {if_match}, sekarang {etag}. Baca ulang dahulu.",
                if_match=if_match,
                etag=etag_of(version),
            )
        )


def content_etag(content: bytes) -> str:
    """Strong ETag of an answer that has no version of its own."""
    return f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'


def is_unchanged(if_none_match: str | None, etag: str) -> bool:
    """Whether the caller has this very answer already (RFC 9110, 13.1.2: a weak comparison)."""
    if if_none_match is None:
        return False
    seen = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    return etag in seen or "*" in seen


IfNoneMatchHeader = Annotated[str | None, Header(description="ETag of the answer you have; the same one gives 304.")]
IfMatchHeader = Annotated[str | None, Header(description="ETag of the version the change is based on.")]


def json_answer(
    content: BaseModel, *, status_code: int = 200, headers: Mapping[str, str] | None = None, etag: int | None = None
) -> Response:
    """A model as finished bytes, with its version as ETag if it has one."""
    all_headers = dict(headers or {})
    if etag is not None:
        all_headers["ETag"] = etag_of(etag)
    return Response(content.model_dump_json(), status_code, all_headers, media_type="application/json")


class LaterAnswer(Response):
    """An answer that is looked for once the endpoint is over: neither its session nor its thread waits that long."""

    def __init__(self, find: Callable[[], Awaitable[BaseModel]]):
        super().__init__()
        self._find = find

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await json_answer(await self._find())(scope, receive, send)


class LaterWork(Response, Generic[Found]):
    """Work in two steps once the endpoint is over: `wait` for what takes long, with nothing held, then `keep` it in a
    transaction of its own and answer. A refusal that `keep` returns is answered after the commit; one that it raises,
    instead of it."""

    def __init__(
        self, wait: Callable[[], Awaitable[Found]], keep: Callable[[Session, Found], Response | AppError]
    ) -> None:
        super().__init__()
        self.wait, self.keep = wait, keep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        result = await self.wait()
        state = scope["app"].state

        def stored() -> Response | AppError:
            with one_transaction(state.sessions) as session:
                return self.keep(session, result)

        # Threads of its own: those of endpoints may all be waiting for the connections that endpoints hold.
        answer = await to_thread.run_sync(stored, limiter=state.later_work)
        if isinstance(answer, AppError):
            raise answer
        await answer(scope, receive, send)


def json_bytes(content: object) -> bytes:
    """Anything pydantic knows, as JSON."""
    return TypeAdapter(type(content)).dump_json(content)
