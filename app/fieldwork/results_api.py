"""What happened at visits, over HTTP: report it, correct it, see what is missing."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response
from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.access.idempotency import once
from app.access.permissions import Coordinator, Reporter, check_district, visible_team
from app.database import SessionDep
from app.districts import service as districts
from app.errors import AppError, InvalidRequest, problems_of, summary_of
from app.fieldwork import reporting
from app.fieldwork.make_up import make_up
from app.fieldwork.missing import missing_shown
from app.fieldwork.report_schemas import (
    MakeUpOut,
    MakeUpSlotOut,
    MissingResultOut,
    TakenListOut,
    TakenOut,
    VisitHistoryOut,
    VisitResultIn,
    VisitResultLine,
    VisitResultOut,
    VisitResultsIn,
)
from app.fieldwork.reporting import AnotherResult, Taken
from app.fieldwork.visit_report import VisitReport
from app.http_conventions import CursorParam, LanguageDep, LimitParam, NowDep, Page, decode_cursor, json_answer, page_of
from app.languages import Language, in_language
from app.payloads import READ_REFUSALS, DistrictCodePath, Id, Refusals
from app.schedules import service as schedules
from app.schedules.answers import visits_out, zone_of
from app.schedules.result_schemas import TextOut
from app.schedules.visit_schemas import DayKitOut, VisitTeamOut

router = APIRouter(prefix="/v1", tags=["results"])

_REFUSALS: Refusals = {
    403: {"description": "Another team's visit, or a token that may not report."},
    404: {"description": "No such visit, or not yours to see."},
    409: {
        "description": "The visit has a result already (`standing` holds it): name it in `corrects`. Or the report_id "
        "came before with other figures, or the visit is of a draft."
    },
    422: {"description": "Figures, hours or a day that cannot be; each at its field."},
}
TeamParam = Annotated[int | None, Query(ge=1, description="Number of a team; absent: all that the token sees.")]


@router.post(
    "/visits/{visit_id}/result",
    status_code=201,
    response_model=VisitResultOut,
    responses={**_REFUSALS, 200: {"model": VisitResultOut, "description": "This very report was taken before."}},
)
@once
def report_visit(visit_id: Id, body: VisitResultIn, session: SessionDep, actor: Reporter, now: NowDep) -> Response:
    """Tell what happened at a visit, on the day or however late. The same `report_id` again changes nothing. A second
    report names the result that it corrects; the earlier one is kept."""
    try:
        taken = reporting.report_visit(session, visit_id, body.to_report(visit_id), actor=actor, now=now)
    except AnotherResult as error:
        raise _with_known(session, error) from error
    assert taken.result is not None  # what is refused was raised
    zone = zone_of(session, taken.result.district_code)
    return json_answer(VisitResultOut.of(taken.result, zone=zone), status_code=201 if taken.is_new else 200)


@router.post("/districts/{code}/results", response_model=TakenListOut, responses={**_REFUSALS, 404: READ_REFUSALS[404]})
@once
def report_visits(
    code: DistrictCodePath,
    body: VisitResultsIn,
    session: SessionDep,
    actor: Reporter,
    now: NowDep,
    language: LanguageDep,
) -> Response:
    """Up to 1,000 reports at once, taken in their order: all or none, or each by itself with `partial`."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    taken = reporting.report_visits(
        session, district, [_read(line) for line in body.results], actor=actor, now=now, partial=body.partial
    )
    zone = zone_of(session, code)
    shown = [_taken_out(report, language, zone=zone) for report in taken]
    counts = {status: sum(report.status == status for report in shown) for status in ("stored", "known", "refused")}
    return json_answer(TakenListOut(results=shown, **counts))


@router.get("/districts/{code}/results", responses=READ_REFUSALS)
def list_results(
    code: DistrictCodePath,
    session: SessionDep,
    actor: Coordinator,
    team: TeamParam = None,
    limit: LimitParam = 100,
    cursor: CursorParam = None,
) -> Page[VisitResultOut]:
    """Every result in the order of arrival, corrected ones (`stands` false) included."""
    check_district(actor, code)
    rows = reporting.list_results(
        session, code, team_id=visible_team(actor, team), after_id=decode_cursor(cursor), limit=limit + 1
    )
    zone = zone_of(session, code)
    return page_of(rows, limit=limit, key=lambda row: row.id, shown=lambda row: VisitResultOut.of(row, zone=zone))


@router.get("/districts/{code}/results/missing", responses=READ_REFUSALS)
def list_missing_results(
    code: DistrictCodePath,
    session: SessionDep,
    actor: Coordinator,
    now: NowDep,
    team: TeamParam = None,
    limit: LimitParam = 100,
    cursor: CursorParam = None,
) -> Page[MissingResultOut]:
    """Published visits that are over and of which nobody has reported, the oldest plan first."""
    check_district(actor, code)
    missing = missing_shown(
        session,
        districts.get_district(session, code),
        team_id=visible_team(actor, team),
        after_id=decode_cursor(cursor),
        limit=limit + 1,
        now=now,
    )
    return page_of(missing, limit=limit, key=lambda visit: visit.visit_id, shown=lambda visit: visit)


@router.get("/visits/{visit_id}/result", responses=READ_REFUSALS)
def read_result(visit_id: Id, session: SessionDep, actor: Coordinator, now: NowDep) -> VisitHistoryOut:
    """What is known to have happened at a visit; whatever plan carries it, its results are the same."""
    visit = schedules.visible_visit(session, visit_id, actor=actor)
    visible_team(actor, visit.team_id)
    results = reporting.results_of(session, visit)
    zone = zone_of(session, visit.district_code)
    shown = [VisitResultOut.of(result, zone=zone) for result in results]
    return VisitHistoryOut(
        visit=visits_out(session, visit.district_code, [visit], now=now)[visit.id],
        standing=next((result for result in shown if result.stands), None),
        results=shown,
    )


@router.get(
    "/visits/{visit_id}/make-up",
    responses={**READ_REFUSALS, 409: {"description": "The visit is not reported as lost or cut short."}},
)
def offer_make_up(visit_id: Id, session: SessionDep, actor: Coordinator, now: NowDep) -> MakeUpOut:
    """Days on which a visit that failed still fits between the published ones, by the district's rule."""
    visit = schedules.visible_visit(session, visit_id, actor=actor)
    visible_team(actor, visit.team_id)
    offer = make_up(session, visit, now=now)
    return MakeUpOut(
        visit_id=visit.id,
        people_left=offer.people_left,
        within_days=offer.within_days,
        slots=[
            MakeUpSlotOut(
                team=VisitTeamOut(code=slot.team.code, name=slot.team.name),
                date=slot.date,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                service_minutes=slot.service_minutes,
                expected_activations=slot.expected_activations,
                carried=[DayKitOut(**kit) for kit in slot.carried],
            )
            for slot in offer.slots
        ],
        text=TextOut(**offer.text),
    )


def _read(line: object) -> VisitReport | AppError:
    """A report, or why it cannot be read."""
    try:
        read = VisitResultLine.model_validate(line)
    except ValidationError as error:
        problems = problems_of(error)
        return InvalidRequest(summary_of(problems), problems=problems)
    return read.to_report(read.visit_id)


def _with_known(session: Session, error: AnotherResult) -> AnotherResult:
    known = error.known
    if known is not None:
        error.extension = {"standing": VisitResultOut.of(known, zone=zone_of(session, known.district_code))}
    return error


def _taken_out(taken: Taken, language: Language, *, zone: ZoneInfo) -> TakenOut:
    refusal = taken.refusal
    known = refusal.known if isinstance(refusal, AnotherResult) else taken.result
    result = None if known is None else VisitResultOut.of(known, zone=zone)
    if refusal is None:
        status: Literal["stored", "known"] = "stored" if taken.is_new else "known"
        return TakenOut(status=status, result=result, code=None, detail=None, errors=[])
    return TakenOut(
        status="refused",
        result=result,
        code=type(refusal).__name__,
        detail=in_language(refusal.detail, language),
        errors=[problem.as_json(language) for problem in refusal.problems],
    )
