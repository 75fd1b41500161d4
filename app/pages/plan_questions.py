"""`/rencana/{id}/lokasi`, `/…/banding`, `/…/andai`: why each site is in a plan or not, two plans side by side, and what
other teams, days or people would bring."""

import re
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Query, Request, Response

from app.database import SessionDep
from app.districts.service import list_areas
from app.errors import InvalidRequest
from app.http_conventions import MAX_ID, decode_cursor, encode_cursor
from app.pages.forms import filled, read_as, wholes
from app.pages.frame import Form, go_to, page, pages_router
from app.pages.later import LaterPage
from app.pages.plan_words import plan_at, standing_of
from app.pages.readers import DistrictReader, PlannerReader, ViewerReader
from app.payloads import Id
from app.schedules import service as schedules
from app.schedules.answers import comparison_out, schedule_out
from app.schedules.questions import explanations, what_if
from app.schedules.questions.explanations import ExplanationOut
from app.schedules.questions.plain_reasons import SiteStanding
from app.schedules.questions.resident import Resident
from app.schedules.questions.trials import tried
from app.schedules.questions.what_if import WhatIfIn, WhatIfOut
from app.schedules.reasons import service as reasons
from app.schedules.reasons.service import ReasonFilter
from app.schedules.schemas import ScheduleOut

router = pages_router()

_ROWS = 100
_MOST_OTHERS = 50
FIGURES = ("expected_activations", "visits", "team_days", "metres", "service_minutes", "cost")
CHANGES = ("teams", "kit", "days", "yield_percent", "people_percent", "walk_ins")
"""Fields of a scenario that the page offers, each by itself; the API also takes several at once."""
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}")

OptionalText = Annotated[str | None, Query(max_length=200)]


@router.get("/rencana/{schedule_id}/lokasi")
def site_reasons(
    request: Request,
    session: SessionDep,
    schedule_id: Id,
    reader: ViewerReader,
    kedudukan: Annotated[str, Query(max_length=40)] = "",
    kecamatan: Annotated[str, Query(max_length=20)] = "",
    kode: OptionalText = None,
    sesudah: OptionalText = None,
) -> Response:
    if kode:
        # Another address, so that it can be shared, too.
        return go_to(f"/rencana/{schedule_id}/lokasi/{quote(kode.strip(), safe='')}")
    about, schedule, shown = plan_at(session, reader, schedule_id)
    wanted = ReasonFilter(
        standing=SiteStanding(kedudukan) if kedudukan in tuple(SiteStanding) else None, area=kecamatan or None
    )
    listed = reasons.reasons(session, schedule, wanted, after_site_id=decode_cursor(sesudah), limit=_ROWS + 1)
    rows, looked = listed.reasons[:_ROWS], listed.looked_at
    return page(
        request,
        "questions/sites.html",
        about,
        plan=shown,
        state=listed.state.value,
        found_at=None if looked is None or looked.found_at is None else looked.found_at.astimezone(about.zone),
        unpriced=0 if looked is None else looked.unpriced,
        by_standing=listed.by_standing,
        rows=[ExplanationOut.model_validate(row.answer) for row in rows],
        following=encode_cursor(rows[-1].site_id) if len(listed.reasons) > _ROWS else None,
        standing=kedudukan,
        area=kecamatan,
        areas=list_areas(session, about.district.code),
    )


@router.get("/rencana/{schedule_id}/banding")
def compare_plans(
    request: Request,
    session: SessionDep,
    schedule_id: Id,
    reader: ViewerReader,
    dengan: Annotated[int | None, Query(ge=1, le=MAX_ID)] = None,
) -> Response:
    about, schedule, shown = plan_at(session, reader, schedule_id)
    rows = schedules.list_schedules(session, about.district.code, before_id=MAX_ID, limit=_MOST_OTHERS)
    others = [
        schedule_out(row)
        for row in rows
        if row.id != schedule.id and row.value_milli is not None and row.document == schedule.document
    ]
    comparison = None
    if dengan is not None:
        other = schedules.visible_schedule(session, dengan, actor=about.actor)
        comparison = comparison_out(session, schedule, other, now=about.now)
    return page(
        request,
        "questions/compare.html",
        about,
        plan=shown,
        others=[(other, standing_of(other)) for other in others],
        against=dengan,
        comparison=comparison,
        figures=FIGURES,
    )


@router.get("/rencana/{schedule_id}/lokasi/{site:path}")
def site_reason(request: Request, session: SessionDep, schedule_id: Id, site: str, reader: ViewerReader) -> Response:
    about, _, shown = plan_at(session, reader, schedule_id)
    schedule, row = explanations.asked_about(session, about.actor, schedule_id=schedule_id, named=site)

    def answered(reason: ExplanationOut) -> Response:
        return page(request, "questions/site.html", about, plan=shown, reason=reason)

    stored = reasons.stored_explanation(session, schedule, row.id)
    if stored is not None:
        return answered(stored)
    question = explanations.question(session, about.actor, schedule=schedule, site=row)
    if question.plain is not None:
        return answered(explanations.plain_answer(schedule_id, question.site, reason=question.plain))
    resident: Resident = request.app.state.resident

    async def find() -> Response:
        answer = await resident.explain(question.files, asker=question.asker, site=question.site.code)
        return answered(
            explanations.solved_answer(
                answer, schedule_id=schedule_id, site_id=question.site.id, remark=question.remark
            )
        )

    return LaterPage(find)


@router.get("/rencana/{schedule_id}/andai")
def what_if_form(
    request: Request, session: SessionDep, schedule_id: Id, reader: PlannerReader, siapkan: OptionalText = None
) -> Response:
    about, _, shown = plan_at(session, reader, schedule_id)
    return _what_if(request, about, shown, {"siapkan": siapkan or ""})


@router.post("/rencana/{schedule_id}/andai")
def try_scenarios(
    request: Request, session: SessionDep, schedule_id: Id, reader: PlannerReader, form: Form
) -> Response:
    about, _, shown = plan_at(session, reader, schedule_id)
    try:
        body = read_as(WhatIfIn, {"scenarios": _scenarios(form), **wholes(form, ("seconds",))})
        question = what_if.scenarios_question(session, about.actor, schedule_id, body)
    except InvalidRequest as refused:
        return _what_if(request, about, shown, form, refused=refused)

    async def find() -> Response:
        answer = what_if.scenarios_answer(schedule_id, await tried(request.app.state, question))
        return _what_if(request, about, shown, form, answer=answer)

    return LaterPage(find)


def _scenarios(form: Mapping[str, str]) -> list[dict[str, Any]]:
    """One for each number of each field: `1, 2` more teams are two scenarios; and one for a site whose people are
    prepared first."""
    prepared = filled({"site": form.get("siapkan", ""), "by": form.get("sampai", ""), "at": form.get("di", "")})
    return [{"preparations": [prepared]}] * bool(prepared) + [
        {name: int(number) if _WHOLE.fullmatch(number) else number}
        for name in CHANGES
        for number in (part.strip().replace("−", "-") for part in form.get(name, "").split(","))
        if number
    ]


def _what_if(
    request: Request,
    reader: DistrictReader,
    plan: ScheduleOut,
    values: Mapping[str, str],
    *,
    answer: WhatIfOut | None = None,
    refused: InvalidRequest | None = None,
) -> Response:
    return page(
        request,
        "questions/what_if.html",
        reader,
        status_code=200 if refused is None else refused.status_code,
        plan=plan,
        changes=CHANGES,
        values=values,
        answer=answer,
        asked=_scenarios(values),
        refusal=None if refused is None else refused.detail,
    )
