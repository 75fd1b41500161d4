"""How the board's forms are answered: with the plan as it is then, or with a sentence and a way on."""

from collections.abc import Callable, Mapping

from fastapi import Request, Response
from sqlalchemy.orm import Session

from app.errors import AppError
from app.pages.board import plan_path
from app.pages.board_page import plan_of
from app.pages.edit_words import said_versions
from app.pages.frame import go_to, page
from app.pages.readers import DistrictReader, Reader
from app.pages.trip_forms import NIGHT
from app.pages.visit_forms import version_in
from app.schedules.drafts import service as drafts
from app.schedules.models import Schedule
from app.words import Text

_MOST_VERSIONS_TOLD = 20
_REPEATED = (
    *("tim", "tanggal", "lokasi", "ke", "lain", "cara", "aksi", "mulai", "menit", "paksa"),
    *("kembali", "penginapan", "pindah_ke", "ruang"),
)
"""Fields that a form sends again, with what its sender has read meanwhile."""


def change_draft(
    request: Request,
    session: Session,
    reader: Reader,
    schedule_id: int,
    form: Mapping[str, str],
    change: Callable[[Schedule, DistrictReader], Response | None],
) -> Response:
    """Do something with a draft at the version that the form names, and show its board, or what `change` answers.

    Somebody else's change, a draft that is none any more and a refusal are pages with a way on."""
    schedule, here = plan_of(session, reader, schedule_id, writes=True, is_locked=True)
    if schedule.draft_version is None or schedule.published_at is not None:
        return not_a_draft(request, here, schedule, form)
    try:
        if version_in(form) != schedule.draft_version:
            return stale_page(request, session, schedule, here, form)
        # What a refused change has begun to store is not kept.
        with session.begin_nested():
            answer = change(schedule, here)
    except AppError as error:
        return refused_page(request, here, schedule_id, error, form)
    return go_to(plan_path(schedule_id)) if answer is None else answer


def not_a_draft(request: Request, here: DistrictReader, schedule: Schedule, form: Mapping[str, str]) -> Response:
    """Of a change to a plan that was published meanwhile, or never was a draft: a copy can be changed."""
    return page(
        request,
        "board/not_a_draft.html",
        here,
        status_code=409,
        schedule_id=schedule.id,
        plan_path=plan_path(schedule.id),
        is_published=schedule.published_at is not None,
        fields=_repeated(form),
    )


def stale_page(
    request: Request, session: Session, schedule: Schedule, here: DistrictReader, form: Mapping[str, str]
) -> Response:
    """Somebody else changed the draft meanwhile: what they did, and the own change to make or leave."""
    newest = schedule.draft_version or 0
    seen = form.get("versi", "")
    since = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else 0
    rows = drafts.versions(session, schedule, before_id=0, limit=_MOST_VERSIONS_TOLD + 1)
    versions = said_versions(session, rows, reader=here, newest=newest)
    return page(
        request,
        "board/stale.html",
        here,
        status_code=412,
        schedule_id=schedule.id,
        plan_path=plan_path(schedule.id),
        path_sent=request.url.path,
        newest=newest,
        meanwhile=[version for version in versions[:_MOST_VERSIONS_TOLD] if version.version.version > since],
        fields=_repeated(form),
    )


def refused_page(
    request: Request,
    here: DistrictReader,
    schedule_id: int,
    error: AppError | None,
    form: Mapping[str, str],
    *,
    why: Text | None = None,
) -> Response:
    """What a change was refused for. Without an error no day would keep all rules: it can be made all the same."""
    answer = page(
        request,
        "board/refused.html",
        here,
        status_code=409 if error is None else error.status_code,
        schedule_id=schedule_id,
        plan_path=plan_path(schedule_id),
        path_sent=request.url.path,
        refused=error,
        why=why,
        version=form.get("versi", ""),
        is_busy=error is not None and "Retry-After" in error.headers,
        retry_seconds=None if error is None else error.headers.get("Retry-After"),
        fields=_repeated(form),
    )
    answer.headers.update({} if error is None else error.headers)
    return answer


def _repeated(form: Mapping[str, str]) -> Mapping[str, str]:
    names = (*_REPEATED, *(name for name in form if name.startswith(NIGHT)))
    return {name: form[name] for name in names if form.get(name)}
