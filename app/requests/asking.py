"""Asks the resident planning core what a request could be offered, when nothing is held any more."""

from collections.abc import Awaitable, Callable

from fastapi.concurrency import run_in_threadpool

from app.access.service import Actor
from app.requests import offering
from app.requests.offering import Found, Question
from app.schedules.questions.resident import Resident
from app.schedules.questions.turns import Asker


def asking(resident: Resident, actor: Actor, question: Question) -> Callable[[], Awaitable[Found]]:
    """The question as work that waits for its turn; raises `SolverBusy`, `TooManyQuestions` when it is done."""
    asker = Asker(district_code=question.sought.district_code, token_id=actor.token_id)

    async def ask() -> Found:
        if question.standing is None:
            return Found(question=question, refusal=question.refusal)
        answer = await resident.offers(
            question.files,
            asker=asker,
            site=question.sought.site_code,
            team_days=question.team_days,
            fixed=[dict(visit) for visit in question.fixed],
            first_date=question.standing.first_date,
            most=question.most,
        )
        return await run_in_threadpool(offering.found_in, question, answer)

    return ask
