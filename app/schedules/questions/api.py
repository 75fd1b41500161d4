"""Questions about a run over HTTP: why, what if, what would be enough; the answer waits for its turn."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel

from app.access.permissions import Planner, Viewer
from app.database import SessionDep
from app.http_conventions import LaterAnswer, json_answer
from app.payloads import Id
from app.schedules.questions import explanations, what_if
from app.schedules.questions.explanations import ExplanationOut
from app.schedules.questions.resident import Resident
from app.schedules.questions.trials import tried
from app.schedules.questions.visit_reasons import VisitExplanationOut, visit_answer, visit_question
from app.schedules.questions.what_if import EnoughIn, EnoughOut, WhatIfIn, WhatIfOut
from app.schedules.reasons import service as reasons

router = APIRouter(prefix="/v1", tags=["schedules"])

_TOO_MANY = {"description": "Too many questions of this token or district wait; `Retry-After` says when to ask again."}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    404: {"description": "No such schedule, or not yours to see."},
    409: {"description": "The run has not begun, so there is nothing to change yet."},
    422: {"description": "A change that cannot be made, with its place; or trials that would take too long."},
    429: _TOO_MANY,
    503: {"description": "No turn came in time; `Retry-After` says when to ask again."},
}


@router.get(
    "/schedules/{schedule_id}/sites/{site}/explanation",
    response_model=ExplanationOut,
    responses={
        404: {"description": "No such schedule or site, or not yours to see; or the run did not know the site."},
        409: {"description": "The run has no plan, or none yet."},
        429: _TOO_MANY,
        503: {"description": "No turn came in time; `Retry-After` says when to ask again."},
    },
)
def explain_site(
    request: Request,
    session: SessionDep,
    actor: Viewer,
    schedule_id: Id,
    site: Annotated[str, Path(max_length=200, description="The number of the site, or else its code.")],
) -> Response:
    """Why a site is in the plan of a schedule or not, in a planner's words.

    For a site that was beaten the plan is made again with a visit forced in. Soon after a run the answers for all
    sites are found (`GET …/explanations`); before that one takes a few seconds, once."""
    schedule, about = explanations.asked_about(session, actor, schedule_id=schedule_id, named=site)
    stored = reasons.stored_explanation(session, schedule, about.id)
    if stored is not None:
        return json_answer(stored)
    question = explanations.question(session, actor, schedule=schedule, site=about)
    if question.plain is not None:
        return json_answer(explanations.plain_answer(schedule_id, question.site, reason=question.plain))
    resident = _resident(request)

    async def find() -> ExplanationOut:
        answer = await resident.explain(question.files, asker=question.asker, site=question.site.code)
        return explanations.solved_answer(
            answer, schedule_id=schedule_id, site_id=question.site.id, remark=question.remark
        )

    return LaterAnswer(find)


@router.get(
    "/visits/{visit_id}/explanation",
    response_model=VisitExplanationOut,
    responses={
        404: {"description": "No such visit, or not yours to see."},
        409: {"description": "The plan does not hold the visit any more, or breaks rules."},
        429: _TOO_MANY,
        503: {"description": "No turn came in time; `Retry-After` says when to ask again."},
    },
)
def explain_visit(request: Request, session: SessionDep, actor: Viewer, visit_id: Id) -> Response:
    """Why this team, why this day, and what would be the next best: what the whole plan wins or loses by every other
    team and date."""
    question = visit_question(session, actor, visit_id=visit_id)
    resident = _resident(request)

    async def find() -> VisitExplanationOut:
        board = await resident.cells(
            question.files, asker=question.asker, site=question.site, visit=question.as_planned
        )
        return visit_answer(question, board["cells"], rules=board["rules"])

    return LaterAnswer(find)


@router.post("/schedules/{schedule_id}/what-if", response_model=WhatIfOut, responses=_REFUSALS)
def try_scenarios(request: Request, session: SessionDep, actor: Planner, schedule_id: Id, body: WhatIfIn) -> Response:
    """Plan the run's problem again with other teams, days, kits, yields, people, walk-ins or target, with
    sessions at other sites or people prepared first.

    Nothing is stored, and asking again gives the same answer for as long as the server remembers it. The answer takes
    `seconds` for each scenario, twice for one with preparations, and once more for the problem as it is."""
    question = what_if.scenarios_question(session, actor, schedule_id, body)

    async def find() -> BaseModel:
        return what_if.scenarios_answer(schedule_id, await tried(request.app.state, question))

    return LaterAnswer(find)


@router.post("/schedules/{schedule_id}/enough", response_model=EnoughOut, responses=_REFUSALS)
def what_would_be_enough(
    request: Request, session: SessionDep, actor: Planner, schedule_id: Id, body: EnoughIn
) -> Response:
    """Find the least number of teams, or the least yield, that wins what the run's verdict is about, or the least
    number of days that closes the whole gap.

    What is won after the deadline does not help. A number is enough if there is a plan, and too few if the bound proves
    it; when the time is over, what is known by then is the answer. Nothing is stored."""
    question = what_if.enough_question(session, actor, schedule_id, body)

    async def find() -> BaseModel:
        return what_if.enough_answer(schedule_id, await tried(request.app.state, question), of=body.of)

    return LaterAnswer(find)


def _resident(request: Request) -> Resident:
    resident: Resident = request.app.state.resident
    return resident
