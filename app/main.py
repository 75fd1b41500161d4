"""Puts the application together: routers, error handlers, lifespan; no logic."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CapacityLimiter
from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.types import ASGIApp

import app.access.api
import app.access.me_api
import app.access.users_api
import app.calendars.api
import app.calendars.outbox_api
import app.districts.api
import app.districts.audit_api
import app.districts.counters.places_api
import app.fieldwork.api
import app.fieldwork.results_api
import app.forecasts.api
import app.letters.api
import app.letters.office_api
import app.maps.api
import app.metrics.api
import app.observability
import app.pages.account
import app.pages.areas_page
import app.pages.board_page
import app.pages.calendars_page
import app.pages.closures_page
import app.pages.counter_days_page
import app.pages.counter_places_page
import app.pages.counters_page
import app.pages.day_sheet
import app.pages.disruption_page
import app.pages.districts_page
import app.pages.draft_page
import app.pages.feeds_page
import app.pages.import_page
import app.pages.invitation
import app.pages.journeys_page
import app.pages.kit_pools_page
import app.pages.log_in
import app.pages.office_calendars_page
import app.pages.plan_calendar
import app.pages.plan_page
import app.pages.plan_questions
import app.pages.plans
import app.pages.progress_page
import app.pages.publish_page
import app.pages.requests_page
import app.pages.results_page
import app.pages.session_places_page
import app.pages.sites_page
import app.pages.sso
import app.pages.system_page
import app.pages.targets_page
import app.pages.teams_page
import app.pages.today
import app.pages.users_page
import app.pages.visit_page
import app.pages.ways_page
import app.pages.working_days_page
import app.reports.api
import app.reports.estimates_api
import app.requests.api
import app.schedules.announcements.api
import app.schedules.announcements.conflicts_api
import app.schedules.announcements.feeds_api
import app.schedules.api
import app.schedules.disruptions_api
import app.schedules.drafts.api
import app.schedules.loads.api
import app.schedules.policies.api
import app.schedules.questions.api
import app.schedules.questions.turns
import app.schedules.reasons.api
import app.schedules.trips.api
import app.sites.api
import app.sites.closures_api
import app.sites.kind_figures_api
import app.teams.api
import app.teams.kit_pools_api
import app.travel.api
import app.travel.journeys.connections_api
import app.travel.journeys.doubts_api
import app.travel.journeys.lodgings_api
import app.travel.journeys.stations_api
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
from app.schedules.questions.resident import Resident
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
    api.state.questions = app.schedules.questions.turns.Questions()
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
    # Every request is compared with the routes in this order: what is asked for all day comes first.
    for module in (
        app.observability,
        app.fieldwork.api,
        app.fieldwork.results_api,
        app.forecasts.api,
        app.metrics.api,
        app.access.api,
        app.access.users_api,
        app.access.me_api,
        app.calendars.api,
        app.calendars.outbox_api,
        app.districts.api,
        app.districts.counters.places_api,
        app.districts.audit_api,
        app.reports.api,
        app.reports.estimates_api,
        app.requests.api,
        app.schedules.api,
        app.schedules.drafts.api,
        app.schedules.disruptions_api,
        app.schedules.loads.api,
        app.schedules.announcements.conflicts_api,
        app.schedules.policies.api,
        app.schedules.questions.api,
        app.schedules.reasons.api,
        app.schedules.trips.api,
        app.schedules.announcements.feeds_api,
        app.schedules.announcements.api,
        app.sites.api,
        app.sites.closures_api,
        app.sites.kind_figures_api,
        app.teams.api,
        app.teams.kit_pools_api,
        app.travel.api,
        app.travel.journeys.lodgings_api,
        app.travel.journeys.stations_api,
        app.travel.journeys.connections_api,
        app.travel.journeys.doubts_api,
        app.letters.api,
        app.letters.office_api,
        app.maps.api,
        app.pages.account,
        app.pages.board_page,
        app.pages.visit_page,
        app.pages.draft_page,
        app.pages.disruption_page,
        app.pages.districts_page,
        app.pages.progress_page,
        app.pages.requests_page,
        app.pages.results_page,
        # Before the page of one site, which may be called anything.
        app.pages.import_page,
        app.pages.sites_page,
        app.pages.session_places_page,
        app.pages.teams_page,
        app.pages.targets_page,
        app.pages.ways_page,
        app.pages.kit_pools_page,
        app.pages.journeys_page,
        app.pages.working_days_page,
        app.pages.closures_page,
        app.pages.areas_page,
        app.pages.office_calendars_page,
        app.pages.counters_page,
        app.pages.counter_places_page,
        app.pages.counter_days_page,
        app.pages.feeds_page,
        app.pages.log_in,
        app.pages.sso,
        app.pages.invitation,
        app.pages.plans,
        app.pages.plan_page,
        app.pages.plan_questions,
        app.pages.plan_calendar,
        app.pages.publish_page,
        app.pages.users_page,
        app.pages.calendars_page,
        app.pages.system_page,
        app.pages.today,
        app.pages.day_sheet,
    ):
        api.include_router(module.router)
    return api
