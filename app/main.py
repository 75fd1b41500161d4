"""Puts the application together: routers, error handlers, lifespan; no logic."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CapacityLimiter
from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.types import ASGIApp

from app.access.oidc_provider import provider_of
from app.access.passwords import Hashing
from app.access.token_uses import TokenUses, writing_uses
from app.access.turns import Turns
from app.answer_headers import AnswerHeaders
from app.api_docs import add_docs, operation_id
from app.compression import Compressed
from app.database import OpenConnections, make_sessions
from app.database_watch import watching
from app.errors import add_error_handlers
from app.http_conventions import LATER_WORK_AT_ONCE, clock
from app.observability import RequestTelemetry
from app.pages.frame import problem_page
from app.pages.static_files import PREFIX, PageFiles
from app.pages.ways_in import admit
from app.request_bodies import BodyLimits, WholeBodies
from app.routes import ROUTERS
from app.schedules.questions.resident import Resident
from app.schedules.questions.turns import Questions
from app.schedules.runs.process import SolverCommand
from app.settings import Settings


@asynccontextmanager
async def _lifespan(api: FastAPI) -> AsyncIterator[None]:
    api.state.stopping.clear()
    api.state.resident.begin()
    connections: OpenConnections = api.state.connections
    with watching(api.state.database_url, connections), writing_uses(api.state.token_uses):
        yield
        end_what_is_long(api)


def end_what_is_long(api: FastAPI) -> None:
    """End the streams and questions that would keep a server from stopping; asking again, they find the next one."""
    api.state.stopping.set()
    api.state.questions.end()
    api.state.resident.end()


class Api(FastAPI):
    """What every answer bears lies around everything else: the answer to a bug is made outside of `add_middleware`."""

    def build_middleware_stack(self) -> ASGIApp:
        return RequestTelemetry(AnswerHeaders(Compressed(super().build_middleware_stack())))


def keep_state(api: FastAPI, settings: Settings, engine: Engine) -> None:
    """What all requests of the process share."""
    api.state.settings = settings
    api.state.clock = clock
    api.state.stopping = threading.Event()
    api.state.sessions = make_sessions(engine)
    api.state.connections = api.state.sessions.kw["info"]["connections"]
    api.state.database_url = engine.url
    api.state.questions = Questions()
    api.state.later_work = CapacityLimiter(LATER_WORK_AT_ONCE)
    api.state.resident = Resident(SolverCommand(threads=settings.solver_threads, scratch_dir=settings.runs_dir))
    api.state.token_uses = TokenUses(engine)
    api.state.hashing = Hashing()
    api.state.provider = provider_of(settings)
    api.state.provider_turns = Turns(at_once=4)
    api.state.problem_page = problem_page


def create_app(settings: Settings, engine: Engine) -> FastAPI:
    """The web application over an open engine; the caller disposes of the engine."""
    api = Api(
        title="Jemput Bola",
        version="1",
        summary="Outreach planning for civil-registry offices",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
        lifespan=_lifespan,
    )
    keep_state(api, settings, engine)
    add_error_handlers(api)
    api.mount(PREFIX, PageFiles())
    add_docs(api)
    limits = BodyLimits(upload_bytes=settings.max_upload_megabytes * 1_000_000)
    api.add_middleware(WholeBodies, limits=limits, admit=admit)
    for router in ROUTERS:
        api.include_router(router)
    return api
