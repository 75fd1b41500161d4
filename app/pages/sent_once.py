"""Forms that are sent twice, by a double click or a page that was slow to answer: the second one changes nothing and
leads where the first one led."""

import hashlib
import inspect
from collections.abc import Callable
from functools import wraps
from inspect import Parameter
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from sqlalchemy.orm import Session

from app.access.idempotency import IdempotencyKey, ShownOnce
from app.access.service import Actor
from app.errors import AppError
from app.http_conventions import LaterWork, NowDep
from app.pages.frame import ONCE, SentForm, is_led_on
from app.pages.readers import Reader

_MOST_SIGNS = 64


async def _form_key(request: Request, form: SentForm, now: NowDep) -> IdempotencyKey:
    sent = form.get(ONCE, "")[:_MOST_SIGNS]
    digest = hashlib.sha256(f"{request.url.path}?{request.url.query}\n".encode() + await request.body())
    # Who goes back, writes something else and sends it again, by the same key, means something else.
    return IdempotencyKey(
        key=f"form:{sent}:{digest.hexdigest()}" if sent else None, request_hash=digest.digest(), now=now
    )


_KEY = Parameter("key", Parameter.KEYWORD_ONLY, annotation=Annotated[IdempotencyKey, Depends(_form_key)])


def once(endpoint: Callable[..., Response]) -> Callable[..., Response]:
    """A page that a form is sent to, with a session and a reader among its parameters: the same form, sent again by
    the same person, is led on as the first one was, or as an answer that is `ShownOnce` says. What shows the form again
    was refused, and can be sent again."""
    signature = inspect.signature(endpoint)

    @wraps(endpoint)
    def answer(*, key: IdempotencyKey, session: Session, reader: Reader, **others: Any) -> Response:
        if (again := key.replay(session, reader.actor)) is not None:
            return again
        response = endpoint(session=session, reader=reader, **others)
        if isinstance(response, LaterWork):
            return _kept_once(response, key, reader.actor)
        if isinstance(response, ShownOnce):
            key.remember(session, reader.actor, response.remembered)
        elif is_led_on(response):
            key.remember(session, reader.actor, response)
        return response

    # The framework reads what an endpoint takes from its signature, the key included.
    answer.__dict__["__signature__"] = signature.replace(parameters=[*signature.parameters.values(), _KEY])
    return answer


def _kept_once(work: LaterWork[Any], key: IdempotencyKey, actor: Actor) -> LaterWork[Any]:
    def keep(session: Session, solved: Any) -> Response | AppError:
        if (again := key.replay(session, actor)) is not None:
            return again
        answer = work.keep(session, solved)
        if isinstance(answer, Response) and is_led_on(answer):
            key.remember(session, actor, answer)
        return answer

    return LaterWork(work.wait, keep)
