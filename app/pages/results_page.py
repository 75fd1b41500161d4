"""`/hasil`: visits that are over and that nobody has reported, and a planner's report or correction of one."""

import uuid
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from app.access.permissions import visible_team
from app.database import SessionDep
from app.districts.models import FURTHER_DOCUMENTS
from app.districts.service import get_district
from app.errors import Conflict, InvalidRequest
from app.fieldwork import reporting
from app.fieldwork.report_schemas import VisitResultIn, VisitResultOut
from app.http_conventions import decode_cursor, encode_cursor
from app.pages.forms import filled, read_as, wholes
from app.pages.frame import Form, go_to, page, pages_router, problems_by_field
from app.pages.readers import DistrictReader, PlannerPage, about
from app.pages.sent_once import once
from app.payloads import Id
from app.schedules import service as schedules
from app.schedules.answers import visits_out
from app.schedules.document_words import all_brought
from app.schedules.models import LossCause, VisitOutcome
from app.schedules.visit_schemas import VisitOut

router = pages_router()

_ROWS = 100
_COUNTS = ("served", "activated", "prepared", "other_district", "phone_not_ready", "turned_away", "signal_met")
_WORDS = ("outcome", "cause", "note")
_FURTHER = {f"served_further.{document.value}": document.value for document in FURTHER_DOCUMENTS}


@router.get("/hasil")
def missing_results(
    request: Request,
    session: SessionDep,
    reader: PlannerPage,
    sesudah: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    code = reader.district.code
    rows = reporting.missing_results(
        session, code, now=reader.now, team_id=None, after_id=decode_cursor(sesudah), limit=_ROWS + 1
    )
    shown = visits_out(session, code, rows[:_ROWS], now=reader.now)
    return page(
        request,
        "results/missing.html",
        reader,
        visits=[shown[row.id] for row in rows[:_ROWS]],
        following=encode_cursor(rows[_ROWS - 1].id) if len(rows) > _ROWS else None,
    )


@router.get("/hasil/{visit_id}")
def report_form(request: Request, session: SessionDep, reader: PlannerPage, visit_id: Id) -> Response:
    return _form(request, session, reader, visit_id)


@router.post("/hasil/{visit_id}")
@once
def report(request: Request, session: SessionDep, reader: PlannerPage, visit_id: Id, form: Form) -> Response:
    try:
        body = read_as(VisitResultIn, _report_of(form, reader))
        reporting.report_visit(session, visit_id, body.to_report(visit_id), actor=reader.actor, now=reader.now)
    except (InvalidRequest, Conflict) as refused:
        return _form(request, session, reader, visit_id, sent=form, refused=refused)
    return go_to("/hasil")


def _report_of(form: Mapping[str, str], reader: DistrictReader) -> dict[str, Any]:
    """The API's report; the page made its number, so that a form that is sent twice counts once."""
    body: dict[str, Any] = filled({name: form.get(name, "") for name in ("report_id", "corrects", *_WORDS)})
    further = wholes(form, list(_FURTHER))
    body["served_further"] = {_FURTHER[name]: people for name, people in further.items()}
    return body | wholes(form, _COUNTS) | {"reported_at": reader.now.isoformat()}


def _form(
    request: Request,
    session: Session,
    reader: DistrictReader,
    visit_id: int,
    *,
    sent: Mapping[str, str] | None = None,
    refused: InvalidRequest | Conflict | None = None,
) -> Response:
    visit = schedules.visible_visit(session, visit_id, actor=reader.actor)
    visible_team(reader.actor, visit.team_id)
    reader = about(reader, get_district(session, visit.district_code))
    results = [VisitResultOut.of(result, zone=reader.zone) for result in reporting.results_of(session, visit)]
    shown = visits_out(session, visit.district_code, [visit], now=reader.now)[visit.id]
    standing = next((result for result in results if result.stands), None)
    return page(
        request,
        "results/report.html",
        reader,
        status_code=200 if refused is None else refused.status_code,
        visit=shown,
        brings=all_brought(shown.expected),
        further=_further_of(shown, standing),
        results=results,
        standing=standing,
        report_id=(sent or {}).get("report_id") or str(uuid.uuid4()),
        values=_values(sent, standing),
        problems=problems_by_field(refused) if isinstance(refused, InvalidRequest) else {},
        refusal=None if refused is None else refused.detail,
        outcomes=list(VisitOutcome),
        causes=list(LossCause),
    )


def _values(sent: Mapping[str, str] | None, standing: VisitResultOut | None) -> Mapping[str, Any]:
    """What stands in the fields: what was typed, or what is known already."""
    if sent is not None or standing is None:
        return sent or {}
    known = standing.model_dump(mode="json")
    further = {name: known["served_further"].get(document) for name, document in _FURTHER.items()}
    known |= further
    return {name: known[name] for name in (*_COUNTS, *_WORDS, *further) if known[name] is not None}


def _further_of(visit: VisitOut, standing: VisitResultOut | None) -> dict[str, str]:
    """The fields of further documents that the visit brings, or whose people were reported already."""
    brought = set(visit.expected) | set(standing.served_further if standing is not None else ())
    return {name: document for name, document in _FURTHER.items() if document in brought and document != visit.document}
