"""Policies over HTTP: in which order plans of a district are to be good, and what another order would cost."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from app.access.permissions import Planner, Viewer, check_district
from app.database import SessionDep
from app.districts import service as districts
from app.http_conventions import (
    CursorParam,
    IfMatchHeader,
    LaterAnswer,
    LimitParam,
    NowDep,
    Page,
    decode_cursor,
    json_answer,
    page_of,
)
from app.payloads import CHANGE_REFUSALS, READ_REFUSALS, DistrictCodePath, Id
from app.schedules.policies import comparison
from app.schedules.policies import service as policies
from app.schedules.policies.models import PolicyVersion
from app.schedules.policies.results import policy_out
from app.schedules.policies.schemas import POLICY_NAME, OtherOrdersOut, PoliciesOut, PolicyIn, PolicyOut
from app.schedules.questions.turns import Questions, ask_policies
from app.schedules.runs.process import SolverCommand
from app.schedules.wish import ChosenPolicy

router = APIRouter(prefix="/v1", tags=["policies"])

PolicyName = Annotated[
    str, Path(pattern=POLICY_NAME, max_length=40, description="Small letters, digits and hyphens.", examples=["adil"])
]
_ORDERS_REFUSALS: dict[int | str, dict[str, Any]] = {
    404: {"description": "No such schedule or policy, or not yours to see."},
    409: {"description": "The run has no plan, or none yet."},
    429: {"description": "Too many questions of this token or district wait; `Retry-After`."},
    503: {"description": "No turn came in time; `Retry-After` says when to ask again."},
}


def _out(policy: PolicyVersion | ChosenPolicy) -> PolicyOut:
    if isinstance(policy, ChosenPolicy):
        return policy_out(policy)
    stored = {"note": policy.note, "changed_at": policy.changed_at, "changed_by": policy.changed_by}
    return policy_out(policies.chosen(policy), stored=stored)


@router.get("/districts/{code}/policies", responses=READ_REFUSALS)
def list_policies(code: DistrictCodePath, session: SessionDep, actor: Viewer) -> PoliciesOut:
    """The policies that a run of the district may name: those every district has, and its own in their latest
    version."""
    check_district(actor, code)
    district = districts.get_district(session, code)
    return PoliciesOut(
        district_code=district.code,
        usual=policies.USUAL,
        items=[_out(policy) for policy in policies.all_of(session, district.code)],
    )


@router.get("/districts/{code}/policies/{name}", response_model=PolicyOut, responses=READ_REFUSALS)
def read_policy(
    code: DistrictCodePath,
    name: PolicyName,
    session: SessionDep,
    actor: Viewer,
    version: Annotated[int | None, Query(ge=1, le=1_000_000, description="The latest if left out.")] = None,
) -> Response:
    """One policy, in its latest version or an earlier one."""
    check_district(actor, code)
    district = districts.get_district(session, code)
    shown = _out(policies.get_policy(session, district.code, name, version=version))
    return json_answer(shown, etag=shown.version)


@router.get("/districts/{code}/policies/{name}/versions", responses=READ_REFUSALS)
def list_policy_versions(
    code: DistrictCodePath,
    name: PolicyName,
    session: SessionDep,
    actor: Viewer,
    limit: LimitParam = 50,
    cursor: CursorParam = None,
) -> Page[PolicyOut]:
    """Every version of a policy of the district, the newest first: who changed it, when and why."""
    check_district(actor, code)
    district = districts.get_district(session, code)
    policies.get_policy(session, district.code, name)
    rows = policies.versions(session, district.code, name, before=decode_cursor(cursor), limit=limit + 1)
    return page_of(rows, limit=limit, key=lambda row: row.version, shown=_out)


@router.put(
    "/districts/{code}/policies/{name}",
    response_model=PolicyOut,
    responses={**CHANGE_REFUSALS, 201: {"model": PolicyOut}},
)
def put_policy(
    code: DistrictCodePath,
    name: PolicyName,
    body: PolicyIn,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> Response:
    """Give a policy of the district its first version, or the next one; runs asked for from now on use it. The first
    time needs no If-Match."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    version = policies.put_policy(
        session,
        district.code,
        name,
        [level.to_level() for level in body.levels],
        note=body.note,
        actor=actor,
        now=now,
        if_match=if_match,
    )
    return json_answer(_out(version), status_code=201 if version.version == 1 else 200, etag=version.version)


@router.get("/schedules/{schedule_id}/policies", response_model=OtherOrdersOut, responses=_ORDERS_REFUSALS)
def compare_policies(
    request: Request,
    schedule_id: Id,
    session: SessionDep,
    actor: Viewer,
    policy: Annotated[
        list[str] | None, Query(max_length=comparison.MOST_POLICIES, description="All of the district if left out.")
    ] = None,
    seconds: Annotated[int, Query(ge=1, le=20, description="For each policy.")] = 3,
) -> Response:
    """What other orders of the levels would cost and win, before one is chosen: each goes on from this plan.

    Nothing is stored, and asking again gives the same answer for as long as the server remembers it."""
    question = comparison.orders_question(session, actor, schedule_id, named=policy or (), seconds=seconds)
    questions: Questions = request.app.state.questions
    settings = request.app.state.settings
    command = SolverCommand(threads=settings.solver_threads, scratch_dir=settings.runs_dir)

    async def find() -> OtherOrdersOut:
        answer = await questions.answer(
            question.about,
            question.key,
            lambda: ask_policies(
                command, question.instance, question.plan, question.documents, seconds=question.seconds
            ),
            turns=questions.what_if,
            asker=question.asker,
        )
        return comparison.orders_answer(schedule_id, question, answer)

    return LaterAnswer(find)
