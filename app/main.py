"""Puts the application together: routers, error handlers, lifespan; no logic."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import Engine

import app.access.api
import app.calendars.api
import app.calendars.outbox_api
import app.districts.api
import app.observability
import app.reports.api
import app.schedules.api
import app.schedules.assignments
import app.schedules.conflicts
import app.schedules.explanations
import app.schedules.feeds
import app.schedules.invitations_api
import app.schedules.solver_questions
import app.schedules.visits_export
import app.schedules.what_if
import app.sites.api
import app.sites.closures_api
import app.teams.api
from app.api_docs import add_docs, operation_id
from app.database import make_sessions
from app.errors import add_error_handlers
from app.http_conventions import LimitBody
from app.settings import Settings


@asynccontextmanager
async def _lifespan(api: FastAPI) -> AsyncIterator[None]:
    yield
    app.schedules.solver_questions.end_questions()


def create_app(settings: Settings, engine: Engine) -> FastAPI:
    """The web application over an open engine; the caller disposes of the engine."""
    api = FastAPI(
        title="Jemput Bola",
        version="1",
        summary="Outreach planning for civil-registry offices",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
        lifespan=_lifespan,
    )
    api.state.settings = settings
    api.state.sessions = make_sessions(engine)
    api.state.questions = app.schedules.solver_questions.Questions()
    add_error_handlers(api)
    add_docs(api)
    api.add_middleware(LimitBody, max_bytes=settings.max_upload_megabytes * 1_000_000)
    api.add_middleware(app.observability.RequestTelemetry)
    # Every request is compared with the routes in this order: what is asked for all day comes first.
    for module in (
        app.observability,
        app.schedules.assignments,
        app.access.api,
        app.calendars.api,
        app.calendars.outbox_api,
        app.districts.api,
        app.reports.api,
        app.schedules.api,
        app.schedules.conflicts,
        app.schedules.explanations,
        app.schedules.feeds,
        app.schedules.invitations_api,
        app.schedules.visits_export,
        app.schedules.what_if,
        app.sites.api,
        app.sites.closures_api,
        app.teams.api,
    ):
        api.include_router(module.router)
    return api
