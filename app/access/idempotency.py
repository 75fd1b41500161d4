"""Idempotency-Key: the same request twice does its work once and gives the first answer again."""

import hashlib
import inspect
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from inspect import Parameter
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.access.models import IdempotencyRecord
from app.access.service import Actor
from app.errors import AppError, Conflict, invalid
from app.http_conventions import LaterAnswer, LaterWork, NowDep
from app.languages import said

KEEP = timedelta(days=7)
_KEPT_HEADERS = ("Location", "ETag", "Content-Type")


class KeyReused(Conflict):
    """The key came before with another request."""


class ShownOnce(Response):
    """An answer that holds a secret; another one, without it, is remembered and given again."""

    def __init__(self, answer: Response, *, remembered: Response):
        super().__init__(answer.body, answer.status_code, dict(answer.headers))
        self.remembered = remembered


class IdempotencyKey:
    """One request's key, if it brought any."""

    def __init__(self, *, key: str | None, request_hash: bytes, now: datetime):
        self._key, self._request_hash, self._now = key, request_hash, now

    def replay(self, session: Session, actor: Actor) -> Response | None:
        """The first answer to this key, or None if the work is still to be done.

        Holds a lock until the transaction ends, so of two at once the second waits and gets the first's answer."""
        if self._key is None or actor.token_id is None:
            return None
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(self._key, actor.token_id))))
        record = session.get(IdempotencyRecord, (actor.token_id, self._key))
        if record is None:
            return None
        if record.request_hash != self._request_hash:
            raise KeyReused(
                said(
                    "The Idempotency-Key {key!r} was used with another request before; take a new key for a new one.",
                    "Idempotency-Key {key!r} sudah dipakai untuk permintaan lain; pakai kunci baru "
                    "untuk permintaan baru.",
                    key=self._key,
                )
            )
        return Response(record.body, record.status_code, {**record.headers, "Idempotent-Replayed": "true"})

    def remember(self, session: Session, actor: Actor, response: Response) -> None:
        """Store the answer in the transaction of the work."""
        if self._key is not None and actor.token_id is not None:
            session.add(
                IdempotencyRecord(
                    token_id=actor.token_id,
                    key=self._key,
                    request_hash=self._request_hash,
                    status_code=response.status_code,
                    headers={name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers},
                    body=bytes(response.body),
                    created_at=self._now,
                )
            )


async def _read_key(
    request: Request,
    now: NowDep,
    idempotency_key: Annotated[
        str | None, Header(description="Any text of your own, new for each new request; kept for a week.")
    ] = None,
) -> IdempotencyKey:
    if idempotency_key is not None and not 1 <= len(idempotency_key) <= 255:
        raise invalid(
            "header/Idempotency-Key",
            said("It has 1 to 255 characters.", "Panjangnya 1 sampai 255 karakter."),
            value=idempotency_key,
        )
    digest = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    digest.update(await request.body())
    return IdempotencyKey(key=idempotency_key, request_hash=digest.digest(), now=now)


_KEY = Parameter("key", Parameter.KEYWORD_ONLY, annotation=Annotated[IdempotencyKey, Depends(_read_key)])


def once(endpoint: Callable[..., Response]) -> Callable[..., Response]:
    """An endpoint that takes an `Idempotency-Key`: it works once and gives the same token the first answer again.

    It has a session and an actor among its parameters, whose role is checked before anything is replayed; that the
    token opens the district was checked for the first answer, by the same path and body. What is only asked
    (`LaterAnswer`) is answered anew each time."""
    signature = inspect.signature(endpoint)

    @wraps(endpoint)
    def answer(*, key: IdempotencyKey, session: Session, actor: Actor, **others: Any) -> Response:
        if (again := key.replay(session, actor)) is not None:
            return again
        response = endpoint(session=session, actor=actor, **others)
        if isinstance(response, LaterAnswer):
            return response
        if isinstance(response, LaterWork):
            return _once_kept(response, key, actor)
        key.remember(session, actor, response.remembered if isinstance(response, ShownOnce) else response)
        return response

    # The framework reads what an endpoint takes from its signature, the key included.
    answer.__dict__["__signature__"] = signature.replace(parameters=[*signature.parameters.values(), _KEY])
    return answer


def _once_kept(work: LaterWork[Any], key: IdempotencyKey, actor: Actor) -> LaterWork[Any]:
    """The same work, remembered in the transaction that keeps it; of two at once the second gets the first's answer."""

    def keep(session: Session, result: Any) -> Response | AppError:
        if (again := key.replay(session, actor)) is not None:
            return again
        answer = work.keep(session, result)
        if isinstance(answer, Response):
            key.remember(session, actor, answer)
        return answer

    return LaterWork(work.wait, keep)


def forget_old_keys(session: Session, *, now: datetime) -> None:
    session.execute(delete(IdempotencyRecord).where(IdempotencyRecord.created_at < now - KEEP))
