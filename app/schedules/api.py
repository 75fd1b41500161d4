"""The schedules over HTTP: ask for a plan, follow it, stop it, read it, publish it."""

import asyncio
import gzip
import re
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlalchemy.orm import Session

from app.access.idempotency import once
from app.access.permissions import Planner, Viewer, check_district
from app.access.service import Actor
from app.database import SessionDep
from app.districts import service as districts
from app.http_conventions import (
    MAX_ID,
    CursorParam,
    IfMatchHeader,
    LimitParam,
    NowDep,
    Page,
    check_if_match,
    decode_cursor,
    json_answer,
    page_of,
)
from app.payloads import DistrictCodePath, Id
from app.schedules import events, export, publishing
from app.schedules import service as schedules
from app.schedules.answers import comparison_out, schedule_out, visits_out
from app.schedules.change_schemas import ChangesOut, ComparisonOut, RetimedOut
from app.schedules.drafts import service as drafts
from app.schedules.models import Schedule, Visit
from app.schedules.schemas import PublishIn, ScheduleOut, VisitPatch
from app.schedules.trips.answers import ShownTrips
from app.schedules.visit_schemas import VisitOut
from app.schedules.wish_schemas import ScheduleIn
from app.tables.formats import Format
from app.tables.transfer import EXPORT_RESPONSES, download

router = APIRouter(prefix="/v1", tags=["schedules"])


# "gzip" among the codings, unless its weight is zero (RFC 9110, 12.5.3).
_ACCEPTS_GZIP = re.compile(r"(?:^|,)\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[\d.]+\s*)?(?:,|$)", re.IGNORECASE)
_REFUSALS: dict[int | str, dict[str, Any]] = {
    404: {"description": "No such schedule, or not yours to see."},
    409: {"description": "The state of things forbids it; the detail says why and what would mend it."},
}


def _writable(session: Session, actor: Actor, schedule_id: int) -> Schedule:
    """A schedule that the actor may change, locked until the transaction ends."""
    schedule = schedules.visible_schedule(session, schedule_id, actor=actor, for_update=True)
    check_district(actor, schedule.district_code, write=True)
    return schedule


async def _request_over() -> AsyncIterator[asyncio.Event]:
    """Set once the request's session is closed: what is opened first is closed last."""
    over = asyncio.Event()
    yield over
    over.set()


def _watched(schedule_id: Id, session: SessionDep, actor: Viewer) -> int:
    """The id of a schedule that the actor may follow; its session is over before the stream begins."""
    return schedules.visible_schedule(session, schedule_id, actor=actor).id


def _answer(
    session: Session, schedule: Schedule, *, status_code: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    place = schedules.places_in_line(session, [schedule.id]).get(schedule.id)
    shown = schedule_out(schedule, place=place)
    return json_answer(shown, status_code=status_code, headers=headers, etag=schedule.draft_version)


def _version(visit: Visit) -> int:
    """What an `If-Match` on a visit refers to: its calendar sequence and whether it is pinned."""
    return visit.sequence * 2 + visit.pinned


def _file(schedule: Schedule, name: str, content: bytes, accept_encoding: str) -> Response:
    """A contract file as it is stored, compressed, for whoever takes it so; a run's files never change."""
    headers = {
        "Content-Disposition": f'inline; filename="schedule-{schedule.id}-{name}.json"',
        "Vary": "Accept-Encoding",
    }
    if _ACCEPTS_GZIP.search(accept_encoding):
        headers["Content-Encoding"] = "gzip"
    else:
        content = gzip.decompress(content)
    return Response(content, headers=headers, media_type="application/json")


@router.post(
    "/districts/{code}/schedules",
    status_code=202,
    response_model=ScheduleOut,
    responses={
        **_REFUSALS,
        404: {"description": "No such district, or no target for the document."},
        422: {"description": "A period without a working day, dates in the wrong order, an unknown kind."},
        429: {"description": "Too many runs of this token or district wait; `Retry-After`."},
    },
)
@once
def request_schedule(
    code: DistrictCodePath, body: ScheduleIn, session: SessionDep, actor: Planner, now: NowDep
) -> Response:
    """Make a plan for a period; the answer comes at once, the plan when its run is over (`Location`).

    Runs wait in line (`place_in_line`), where districts take turns."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    schedule = schedules.request_schedule(session, district, body.to_wish(), actor=actor, now=now)
    return _answer(session, schedule, status_code=202, headers={"Location": f"/v1/schedules/{schedule.id}"})


@router.get("/districts/{code}/schedules")
def list_schedules(
    code: DistrictCodePath, session: SessionDep, actor: Viewer, limit: LimitParam = 50, cursor: CursorParam = None
) -> Page[ScheduleOut]:
    """The schedules of a district, newest first."""
    check_district(actor, code)
    districts.get_district(session, code)
    rows = schedules.list_schedules(session, code, before_id=decode_cursor(cursor), limit=limit + 1)
    places = schedules.places_in_line(session, [row.id for row in rows])
    return page_of(
        rows, limit=limit, key=lambda row: row.id, shown=lambda row: schedule_out(row, place=places.get(row.id))
    )


@router.get("/schedules/{schedule_id}", response_model=ScheduleOut, responses={404: _REFUSALS[404]})
def read_schedule(schedule_id: Id, session: SessionDep, actor: Viewer) -> Response:
    """A schedule: how its run stands, and what came of it. Of a draft the ETag is its version."""
    return _answer(session, schedules.visible_schedule(session, schedule_id, actor=actor))


@router.get("/schedules/{schedule_id}/events", response_class=EventSourceResponse, responses={404: _REFUSALS[404]})
async def follow_schedule(
    request: Request,
    request_over: Annotated[asyncio.Event, Depends(_request_over, scope="function")],
    schedule_id: Annotated[int, Depends(_watched, scope="function")],
    actor: Viewer,
    last_event_id: Annotated[
        str | None, Header(description="The id heard last, sent by a reconnecting client.")
    ] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events of a run: `progress` at most twice a second, then `done`, and the stream ends."""
    await request_over.wait()
    state = request.app.state
    async for event in events.follow(state.sessions, schedule_id, last_event_id=last_event_id, stopping=state.stopping):
        yield event


@router.post("/schedules/{schedule_id}/cancel", status_code=202, response_model=ScheduleOut, responses=_REFUSALS)
@once
def cancel_schedule(schedule_id: Id, session: SessionDep, actor: Planner, now: NowDep) -> Response:
    """Stop a run. A queued one is `cancelled` at once; a running one ends within seconds as `cancelled`, with the best
    plan it has as a draft that can be published."""
    schedule = schedules.cancel(session, _writable(session, actor, schedule_id), actor=actor, now=now)
    return _answer(session, schedule, status_code=202)


@router.delete(
    "/schedules/{schedule_id}",
    status_code=204,
    responses={**_REFUSALS, 409: {"description": "It was published once, or its run is not over."}},
)
def delete_schedule(
    schedule_id: Id, session: SessionDep, actor: Planner, now: NowDep, if_match: IfMatchHeader = None
) -> None:
    """Delete a plan that was never published. Of a draft that people edit, If-Match names the version last read."""
    schedule = _writable(session, actor, schedule_id)
    if schedule.draft_version is not None:
        check_if_match(if_match, schedule.draft_version)
    schedules.delete(session, schedule, actor=actor, now=now)


@router.post("/schedules/{schedule_id}/publish", response_model=ScheduleOut, responses=_REFUSALS)
@once
def publish_schedule(
    schedule_id: Id,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    body: PublishIn | None = None,
) -> Response:
    """Put a plan into force in place of what it supersedes. What has begun stays; a visit that keeps team, date and
    site keeps its identity in calendars; others are withdrawn. Publishing twice changes nothing.

    The plan is checked by the facts of today: what changed since it was made and no longer lets a visit be is said in
    a 409, visit by visit, and published only `despite` it."""
    schedule = publishing.publish(
        session,
        _writable(session, actor, schedule_id),
        actor=actor,
        now=now,
        despite=() if body is None else body.despite,
    )
    return _answer(session, schedule)


@router.get("/schedules/{schedule_id}/instance", responses={404: _REFUSALS[404]})
def read_instance(
    schedule_id: Id, session: SessionDep, actor: Viewer, accept_encoding: Annotated[str, Header()] = ""
) -> Response:
    """The problem that the run solved, in the format `outreach-1`."""
    schedule = schedules.visible_schedule(session, schedule_id, actor=actor)
    return _file(schedule, "instance", schedules.contract_file(session, schedule, "instance"), accept_encoding)


@router.get("/schedules/{schedule_id}/plan", responses={404: _REFUSALS[404]})
def read_plan(
    schedule_id: Id, session: SessionDep, actor: Viewer, accept_encoding: Annotated[str, Header()] = ""
) -> Response:
    """The plan that came of it, in the format `outreach-plan-1`."""
    schedule = schedules.visible_schedule(session, schedule_id, actor=actor)
    return _file(schedule, "plan", schedules.contract_file(session, schedule, "plan"), accept_encoding)


@router.get("/schedules/{schedule_id}/visits", responses={404: _REFUSALS[404]})
def list_visits(
    schedule_id: Id,
    session: SessionDep,
    actor: Viewer,
    now: NowDep,
    limit: LimitParam = 100,
    cursor: CursorParam = None,
) -> Page[VisitOut]:
    """The visits of a schedule, draft or published, in the order of teams' days."""
    schedule = schedules.visible_schedule(session, schedule_id, actor=actor)
    visits = schedules.list_visits(session, schedule, after_id=decode_cursor(cursor), limit=limit + 1)
    shown = visits_out(session, schedule.district_code, visits, now=now)
    return page_of(visits, limit=limit, key=lambda visit: visit.id, shown=lambda visit: shown[visit.id])


@router.get(
    "/schedules/{schedule_id}/visits.{file_format}",
    response_class=Response,
    responses={**EXPORT_RESPONSES, 404: {"description": "No such schedule, or not yours to see."}},
)
def export_visits(
    session: SessionDep,
    actor: Viewer,
    schedule_id: Id,
    file_format: Annotated[Format, Path(description="Ending of the file: csv, xlsx or geojson.")],
) -> Response:
    """All visits of a schedule, draft or published, by date, team and stop."""
    schedule = schedules.visible_schedule(session, schedule_id, actor=actor)
    content = export.export_visits(session, schedule, file_format)
    return download(content, file_format, name=f"visits-{schedule.district_code}-{schedule.id}")


@router.get(
    "/schedules/{schedule_id}/changes",
    responses={
        404: _REFUSALS[404],
        409: {"description": "`against`: one of the two has no plan."},
        422: {"description": "`against`: a schedule of another district or document."},
    },
)
def read_changes(
    schedule_id: Id,
    session: SessionDep,
    actor: Viewer,
    now: NowDep,
    against: Annotated[
        int | None, Query(ge=1, le=MAX_ID, description="Another schedule: compare the two, with reasons.")
    ] = None,
) -> ChangesOut | ComparisonOut:
    """Of a draft, what publishing it now would change in the plan in force; of a published one, what it changed.

    With `against`, what this plan does differently from that one, visit by visit with the reason, and the figures of
    both side by side."""
    schedule = schedules.visible_schedule(session, schedule_id, actor=actor)
    if against is not None:
        other = schedules.visible_schedule(session, against, actor=actor)
        return comparison_out(session, schedule, other, now=now)
    changed = publishing.changes(session, schedule, now=now)
    concerned = (*changed.added, *changed.withdrawn, *(visit for pair in changed.retimed for visit in pair))
    shown = visits_out(session, schedule.district_code, concerned, now=now)
    return ChangesOut(
        added=[shown[visit.id] for visit in changed.added],
        withdrawn=[shown[visit.id] for visit in changed.withdrawn],
        retimed=[RetimedOut(before=shown[before.id], after=shown[after.id]) for before, after in changed.retimed],
        unchanged=changed.unchanged,
        trips=ShownTrips(session, schedule.district_code).changes(changed.trips),
    )


@router.get("/visits/{visit_id}", response_model=VisitOut, responses={404: {"description": "No such visit."}})
def read_visit(visit_id: Id, session: SessionDep, actor: Viewer, now: NowDep) -> Response:
    """A visit, draft or published; what happened there: `GET …/result`."""
    visit = schedules.visible_visit(session, visit_id, actor=actor)
    return json_answer(visits_out(session, visit.district_code, [visit], now=now)[visit.id], etag=_version(visit))


@router.patch("/visits/{visit_id}", response_model=VisitOut, responses=_REFUSALS)
def change_visit(
    visit_id: Id,
    body: VisitPatch,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> Response:
    """Pin a visit, so that every plan to come keeps it as it is, or let it go."""
    visit = drafts.visit_to_pin(session, visit_id, actor=actor)
    check_district(actor, visit.district_code, write=True)
    check_if_match(if_match, _version(visit))
    drafts.set_pinned(session, visit, pinned=body.pinned, actor=actor, now=now)
    return json_answer(visits_out(session, visit.district_code, [visit], now=now)[visit.id], etag=_version(visit))
