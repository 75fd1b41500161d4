"""Asks the planning core what changed problems would win; answers are remembered, and wait for their turn."""

from typing import Any

from starlette.datastructures import State

from app.schedules.questions import what_if
from app.schedules.questions.turns import Questions, ask_what_if
from app.schedules.runs.process import SolverCommand


async def tried(state: State, question: what_if.Question) -> dict[str, Any]:
    """The solver's answer; `state` is the application's. Raises `SolverBusy`, `TooManyQuestions`."""
    questions: Questions = state.questions
    command = SolverCommand(threads=state.settings.solver_threads, scratch_dir=state.settings.runs_dir)
    return await questions.answer(
        question.about,
        question.key,
        lambda: ask_what_if(
            command, question.instance, list(question.words), seconds=question.seconds, plan=question.plan
        ),
        turns=questions.what_if,
        asker=question.asker,
    )
