"""`/rencana/{id}/perjalanan`: send a team away, change its trip or call it off; what that does is shown before it is
done."""

from collections.abc import Mapping
from datetime import datetime

from fastapi import Request, Response
from sqlalchemy.orm import Session

from app.database import SessionDep
from app.errors import AppError, Conflict, InvalidRequest
from app.http_conventions import NowDep
from app.pages.board import plan_path
from app.pages.board_answers import change_draft
from app.pages.board_page import plan_of
from app.pages.frame import Form, page, pages_router
from app.pages.readers import DistrictReader, PlannerReader
from app.pages.sent_once import once
from app.pages.trip_forms import NIGHT, problems_of_trip, steps_of, trip_edit_in, trip_of_query
from app.pages.trip_preview import Effect, trip_preview
from app.payloads import Id
from app.schedules.drafts import service as drafts
from app.schedules.drafts.answers import rule_out
from app.schedules.drafts.trip_choices import StandingTrip, standing_trip, trip_choices
from app.schedules.drafts.trip_edits import TripOp
from app.schedules.drafts.trip_words import trip_change_in_words
from app.schedules.models import Schedule
from app.teams import service as teams

router = pages_router()

DONE = "simpan"
"""What `langkah` says once the planner has read what the edit does."""


@router.get("/rencana/{schedule_id}/perjalanan")
def trip_page(request: Request, schedule_id: Id, session: SessionDep, reader: PlannerReader, now: NowDep) -> Response:
    """The trip that a team is on on a date, or the form that sends one away."""
    schedule, here = plan_of(session, reader, schedule_id, writes=True)
    fields = dict(request.query_params)
    if schedule.draft_version is None or schedule.published_at is not None:
        return page(
            request,
            "board/trip_copies_first.html",
            here,
            schedule=schedule,
            fields=fields,
            plan_path=plan_path(schedule.id),
        )
    return _form(request, session, schedule, here, fields, now=now)


@router.post("/rencana/{schedule_id}/perjalanan")
@once
def change_trip(
    request: Request, schedule_id: Id, session: SessionDep, reader: PlannerReader, form: Form, now: NowDep
) -> Response:
    """Say what the edit would do, or do it once that was read."""

    def change(schedule: Schedule, here: DistrictReader) -> Response | None:
        try:
            edit = trip_edit_in(form)
            is_dry = form.get("langkah") != DONE
            edited = drafts.edit(session, schedule, [edit], actor=here.actor, now=now, is_dry=is_dry)
        except (InvalidRequest, Conflict) as error:
            return _form(request, session, schedule, here, form, now=now, refused=error)
        if not is_dry:
            return None
        return trip_preview(
            request,
            session,
            here,
            schedule.id,
            _effect(edited),
            fields=form,
            confirms={"langkah": DONE},
            title="preview",
            button="do_call_off" if edit.op is TripOp.CALL_OFF else "do",
        )

    return change_draft(request, session, reader, schedule_id, form, change)


def _form(
    request: Request,
    session: Session,
    schedule: Schedule,
    here: DistrictReader,
    fields: Mapping[str, str],
    *,
    now: datetime,
    refused: AppError | None = None,
) -> Response:
    head = drafts.head_of(session, schedule, now=now)
    choices = trip_choices(head)
    standing = _standing(head, fields, sends=fields.get("aksi") == TripOp.SEND)
    named = {team.code: team.name for team in teams.list_teams(session, here.district.code)}
    return page(
        request,
        "board/trip.html",
        here,
        status_code=200 if refused is None else refused.status_code,
        schedule_id=schedule.id,
        plan_path=plan_path(schedule.id),
        version=schedule.draft_version,
        choices=choices,
        teams=[(code, f"{code}, {named[code]}" if code in named else code) for code in choices.teams],
        standing=standing,
        dates=[day for day in choices.dates if standing is None or day >= standing.trip.starts_on],
        fields=fields,
        night=NIGHT,
        steps=steps_of,
        refused=refused,
        problems=problems_of_trip(refused),
    )


def _standing(head: drafts.Head, fields: Mapping[str, str], *, sends: bool) -> StandingTrip | None:
    """The trip that the form is about; none of a form that sends a team away."""
    try:
        named = None if sends else trip_of_query(fields)
    except InvalidRequest:
        return None
    return None if named is None else standing_trip(head, *named)


def _effect(edited: drafts.Edited) -> Effect:
    return Effect(
        sentences=[trip_change_in_words(change) for change in edited.trips],
        trips=[change.after for change in edited.trips if change.after is not None],
        changed=edited.changed,
        broken=[rule_out(rule).text for rule in edited.broken_by_edit],
        activations=edited.after.activations - edited.before.activations,
        cost=edited.after.cost - edited.before.cost,
    )
