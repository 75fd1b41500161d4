"""What is done with a draft as a whole: copy a plan into one, take changes back, see its history, add a site, go on."""

from urllib.parse import urlencode

from fastapi import Request, Response

from app.database import SessionDep
from app.errors import AppError
from app.http_conventions import NowDep
from app.pages.board import board_of, plan_path
from app.pages.board_answers import change_draft, refused_page
from app.pages.board_page import plan_of
from app.pages.edit_words import said_versions
from app.pages.frame import Form, go_to, page, pages_router
from app.pages.readers import DistrictReader, PlannerReader, ViewerReader
from app.pages.sent_once import once
from app.payloads import Id
from app.schedules.drafts import copies
from app.schedules.drafts import service as drafts
from app.schedules.drafts.improving import Effort, improve
from app.schedules.models import Schedule
from app.sites import service as sites

router = pages_router()

_MOST_VERSIONS = 100
_MOST_FOUND = 30
_CARRIED = ("tim", "tanggal", "lokasi")


@router.post("/rencana/{schedule_id}/salin")
@once
def copy_plan(
    request: Request, schedule_id: Id, session: SessionDep, reader: PlannerReader, form: Form, now: NowDep
) -> Response:
    """A draft of the plan; with a visit or a trip named, its page is next, or where a script opens it, the board."""
    base, here = plan_of(session, reader, schedule_id, writes=True)
    try:
        draft = copies.copy(session, base, actor=here.actor, now=now)
    except AppError as error:
        return refused_page(request, here, schedule_id, error, form)
    named = {name: form[name] for name in _CARRIED if form.get(name)}
    if "lokasi" not in named and ("tim" in named or form.get("perjalanan")):
        return go_to(f"/rencana/{draft.id}/perjalanan?{urlencode(named)}")
    if not named:
        return go_to(plan_path(draft.id))
    page_next = plan_path(draft.id) if form.get("papan") else f"/rencana/{draft.id}/pindah"
    return go_to(f"{page_next}?{urlencode(named)}")


@router.post("/rencana/{schedule_id}/urungkan")
@once
def undo(
    request: Request, schedule_id: Id, session: SessionDep, reader: PlannerReader, form: Form, now: NowDep
) -> Response:
    def change(schedule: Schedule, here: DistrictReader) -> None:
        drafts.undo(session, schedule, actor=here.actor, now=now)

    return change_draft(request, session, reader, schedule_id, form, change)


@router.post("/rencana/{schedule_id}/ulangi")
@once
def redo(
    request: Request, schedule_id: Id, session: SessionDep, reader: PlannerReader, form: Form, now: NowDep
) -> Response:
    def change(schedule: Schedule, here: DistrictReader) -> None:
        drafts.redo(session, schedule, actor=here.actor, now=now)

    return change_draft(request, session, reader, schedule_id, form, change)


@router.post("/rencana/{schedule_id}/perbaiki")
@once
def improve_draft(
    request: Request, schedule_id: Id, session: SessionDep, reader: PlannerReader, form: Form, now: NowDep
) -> Response:
    """A run that goes on from the draft; its page shows how it stands."""

    def change(schedule: Schedule, here: DistrictReader) -> Response:
        return go_to(f"/rencana/{improve(session, schedule, Effort(), actor=here.actor, now=now).id}")

    return change_draft(request, session, reader, schedule_id, form, change)


@router.get("/rencana/{schedule_id}/riwayat")
def history(request: Request, schedule_id: Id, session: SessionDep, reader: ViewerReader) -> Response:
    schedule, here = plan_of(session, reader, schedule_id)
    rows = drafts.versions(session, schedule, before_id=0, limit=_MOST_VERSIONS + 1)
    versions = said_versions(session, rows, reader=here, newest=schedule.draft_version or 0)
    is_draft = schedule.draft_version is not None and schedule.published_at is None
    trail = drafts.draft_trail(session, schedule) if is_draft else drafts.Trail(undo=(), redo=())
    return page(
        request,
        "board/history.html",
        here,
        schedule_id=schedule_id,
        plan_path=plan_path(schedule_id),
        versions=versions[:_MOST_VERSIONS],
        is_cut=len(versions) > _MOST_VERSIONS,
        reachable={*trail.undo, *trail.redo} if here.may_write else set(),
        newest=schedule.draft_version,
    )


@router.post("/rencana/{schedule_id}/riwayat/{number}")
@once
def go_back(
    request: Request, schedule_id: Id, number: Id, session: SessionDep, reader: PlannerReader, form: Form, now: NowDep
) -> Response:
    """To the plan of an earlier version, edit by edit, all in one transaction; or forth again."""

    def change(schedule: Schedule, here: DistrictReader) -> None:
        drafts.go_to_version(session, schedule, number, actor=here.actor, now=now)

    return change_draft(request, session, reader, schedule_id, form, change)


@router.get("/rencana/{schedule_id}/tambah")
def choose_site(
    request: Request, schedule_id: Id, session: SessionDep, reader: PlannerReader, cari: str = ""
) -> Response:
    """Sites of the district by a part of their name or code; those that the plan visits already say so."""
    schedule, here = plan_of(session, reader, schedule_id, writes=True)
    text = cari.strip()[:100]
    matching = sites.list_sites(session, here.district.code, text=text or None, limit=1_000_000)
    board = board_of(session, schedule, here)
    visited = {card.visit.site.code for row in board.rows for day in row.days for card in day.cards}
    ordered = sorted(matching, key=lambda site: (site.code in visited, site.name.casefold()))
    return page(
        request,
        "board/add.html",
        here,
        schedule_id=schedule_id,
        plan_path=plan_path(schedule_id),
        text=text,
        sites=ordered[:_MOST_FOUND],
        found=len(matching),
        visited=visited,
    )
