"""Drafts over HTTP: copy a plan, edit it by hand, take edits back, see its versions."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from app.access.idempotency import once
from app.access.permissions import Planner, Viewer, check_district
from app.access.service import Actor
from app.database import SessionDep
from app.errors import invalid
from app.http_conventions import (
    CursorParam,
    IfMatchHeader,
    LaterAnswer,
    LimitParam,
    NowDep,
    Page,
    check_if_match,
    decode_cursor,
    json_answer,
    page_of,
)
from app.languages import said
from app.payloads import CHANGE_REFUSALS, READ_REFUSALS, Id
from app.schedules import service as schedules
from app.schedules.answers import schedule_out, zone_of
from app.schedules.drafts import copies, options
from app.schedules.drafts import service as drafts
from app.schedules.drafts.answers import against_out, board_out, edited_out, option_out, versions_out
from app.schedules.drafts.edit_references import refuse_unknown_visit
from app.schedules.drafts.edit_schemas import EditIn
from app.schedules.drafts.edits import Edit, EditOp
from app.schedules.drafts.improving import Effort, improve
from app.schedules.drafts.schemas import BoardOut, EditedOut, EditsIn, ImproveIn, VersionOut
from app.schedules.drafts.service import Head
from app.schedules.models import Schedule
from app.schedules.questions.resident import Resident
from app.schedules.schemas import ScheduleOut

router = APIRouter(prefix="/v1", tags=["schedules"])

_REFUSALS: dict[int | str, dict[str, Any]] = CHANGE_REFUSALS | {
    409: {
        "description": "No draft to edit; or a visit that is over, reported, pinned, missing, or there already: the "
        "pointer names the edit. Nothing was changed."
    },
    422: {"description": "A team, site or date that the plan does not know, or an edit that says too little."},
}


def _draft(session: Session, actor: Actor, schedule_id: int, *, is_locked: bool) -> Schedule:
    """A schedule that the actor may edit."""
    schedule = schedules.visible_schedule(session, schedule_id, actor=actor, for_update=is_locked)
    check_district(actor, schedule.district_code, write=True)
    return schedule


@router.post(
    "/schedules/{schedule_id}/copy",
    status_code=201,
    response_model=ScheduleOut,
    responses={**READ_REFUSALS, 409: {"description": "No plan to copy, or one whose team or site was removed."}},
)
@once
def copy_schedule(schedule_id: Id, session: SessionDep, actor: Planner, now: NowDep) -> Response:
    """Make a draft of any plan, to edit by hand and publish; the plan itself stays as it is.

    Its pins are those that the visits have now. The ETag is the draft's version: the next change sends it back as
    If-Match."""
    base = _draft(session, actor, schedule_id, is_locked=False)
    draft = copies.copy(session, base, actor=actor, now=now)
    location = {"Location": f"/v1/schedules/{draft.id}"}
    return json_answer(schedule_out(draft), status_code=201, headers=location, etag=draft.draft_version)


@router.post(
    "/schedules/{schedule_id}/edits",
    response_model=EditedOut | BoardOut,
    responses={
        **_REFUSALS,
        429: {"description": "Of a dry run: too many questions of this token or district wait; `Retry-After`."},
        503: {"description": "Of a dry run: no turn came in time; `Retry-After` says when to ask again."},
    },
)
@once
def edit_draft(
    request: Request,
    schedule_id: Id,
    body: EditsIn,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> Response:
    """Edit a draft by hand, all edits or none: one version more.

    A draft that breaks rules is kept, but not published: the answer says what this edit broke, what was broken before,
    and the mend where there is one. With `dry_run` nothing is stored and If-Match may be left out; a single `place`
    or `add` is then answered with the ways to do it (`options`), or, where it names no goal, with every cell of the
    board (`cells`)."""
    schedule = _draft(session, actor, schedule_id, is_locked=not body.dry_run)
    version = drafts.refuse_unless_draft(schedule)
    if if_match is not None or not body.dry_run:
        check_if_match(if_match, version)
    first, resident = body.edits[0], request.app.state.resident
    if body.dry_run and len(body.edits) == 1 and first.is_open:
        return _board(session, resident, schedule, first, actor=actor, now=now)
    for index, edit in enumerate(body.edits):
        if edit.is_open:
            raise invalid(
                f"/edits/{index}/to_date",
                said("The edit does not say where the visit goes.", "Belum disebut ke mana kunjungan ini pindah."),
                mend=said("Give a team and a date.", "Isi tim dan tanggalnya."),
            )
    edits = [edit.to_edit() for edit in body.edits]
    edited = drafts.edit(session, schedule, edits, actor=actor, now=now, is_dry=body.dry_run)
    shown = edited_out(edited, is_dry=body.dry_run)
    only = edits[0]
    if body.dry_run and len(edits) == 1 and first.leaves_the_time_open and isinstance(only, Edit):
        head = drafts.head_of(session, schedule, now=now)
        return _with_options(session, resident, head, only, shown, actor=actor)
    return json_answer(shown, etag=schedule.draft_version)


def _board(
    session: Session, resident: Resident, schedule: Schedule, edit: EditIn, *, actor: Actor, now: datetime
) -> Response:
    """Every cell for one visit, once the solver has its turn."""
    head, version = drafts.head_of(session, schedule, now=now), schedule.draft_version or 0
    assert isinstance(edit.op, EditOp)  # an open edit is of a visit
    assert edit.site is not None
    named = None if edit.team is None or edit.on is None else (edit.team, edit.on)
    refuse_unknown_visit(head.problem, head.version.draft, site=edit.site, named=named)
    question = options.question(
        session, head, op=edit.op, site=edit.site, named=named, to=None, minutes=edit.service_minutes, actor=actor
    )

    async def find() -> BoardOut:
        return board_out(schedule_id, version, await options.ask_board(resident, question))

    schedule_id = schedule.id
    return LaterAnswer(find)


def _with_options(
    session: Session, resident: Resident, head: Head, edit: Edit, shown: EditedOut, *, actor: Actor
) -> Response:
    """A dry run with the ways to do it, once the solver has its turn."""
    team, day, site = edit.target
    if (team, day) == (edit.team, edit.day) and edit.op is EditOp.PLACE:
        return json_answer(shown, etag=shown.version)
    question = options.question(
        session,
        head,
        op=edit.op,
        site=site,
        named=(edit.team, edit.day),
        to=(team, day),
        minutes=edit.minutes,
        actor=actor,
    )

    async def find() -> EditedOut:
        answer = await options.ask_cell(resident, question)
        ways = await run_in_threadpool(options.options_of, question, answer)
        against = None if ways else against_out(options.against_of(answer))
        return shown.model_copy(update={"options": [option_out(way) for way in ways], "against": against})

    return LaterAnswer(find)


@router.post("/schedules/{schedule_id}/undo", response_model=EditedOut, responses=_REFUSALS)
@once
def undo_edit(
    schedule_id: Id, session: SessionDep, actor: Planner, now: NowDep, if_match: IfMatchHeader = None
) -> Response:
    """Go back to the plan before the last edit: a new version that shows the old plan, byte for byte."""
    schedule = _draft(session, actor, schedule_id, is_locked=True)
    check_if_match(if_match, drafts.refuse_unless_draft(schedule))
    edited = drafts.undo(session, schedule, actor=actor, now=now)
    return json_answer(edited_out(edited, is_dry=False), etag=schedule.draft_version)


@router.post("/schedules/{schedule_id}/redo", response_model=EditedOut, responses=_REFUSALS)
@once
def redo_edit(
    schedule_id: Id, session: SessionDep, actor: Planner, now: NowDep, if_match: IfMatchHeader = None
) -> Response:
    """Take the last undo back, as long as nothing was edited since."""
    schedule = _draft(session, actor, schedule_id, is_locked=True)
    check_if_match(if_match, drafts.refuse_unless_draft(schedule))
    edited = drafts.redo(session, schedule, actor=actor, now=now)
    return json_answer(edited_out(edited, is_dry=False), etag=schedule.draft_version)


@router.post(
    "/schedules/{schedule_id}/improve",
    status_code=202,
    response_model=ScheduleOut,
    responses={
        **_REFUSALS,
        409: {"description": "No draft; or a visit pinned or made by hand that cannot be by what is stored today."},
        429: {"description": "Too many runs of this token or district wait; `Retry-After`."},
    },
)
@once
def improve_draft(
    schedule_id: Id,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    body: ImproveIn | None = None,
    if_match: IfMatchHeader = None,
) -> Response:
    """Let a run go on from the newest version of a draft: what is pinned or was made by hand stays, the rest may
    change where that pays. The result is a schedule of its own (`Location`), and the draft stays as it is."""
    schedule = _draft(session, actor, schedule_id, is_locked=True)
    check_if_match(if_match, drafts.refuse_unless_draft(schedule))
    effort = Effort() if body is None else Effort(**body.model_dump())
    run = improve(session, schedule, effort, actor=actor, now=now)
    place = schedules.places_in_line(session, [run.id]).get(run.id)
    return json_answer(schedule_out(run, place=place), status_code=202, headers={"Location": f"/v1/schedules/{run.id}"})


@router.get("/schedules/{schedule_id}/versions", responses=READ_REFUSALS)
def list_versions(
    schedule_id: Id, session: SessionDep, actor: Viewer, limit: LimitParam = 50, cursor: CursorParam = None
) -> Page[VersionOut]:
    """Who edited a draft, when and how, newest first; of a plan that nobody edits, nothing."""
    schedule = schedules.visible_schedule(session, schedule_id, actor=actor)
    rows = drafts.versions(session, schedule, before_id=decode_cursor(cursor), limit=limit + 1)
    zone = zone_of(session, schedule.district_code)
    shown = versions_out(rows, zone=zone, newest=schedule.draft_version or 0)
    return page_of(rows, limit=limit, key=lambda row: row.number, shown=lambda row: shown[row.number])
