"""Where a site stands: which step may follow which, and which dates a state leaves open."""

from collections.abc import Iterable
from datetime import date

from app.errors import Conflict, FieldProblem
from app.sites.models import Readiness

STEPS: dict[Readiness, frozenset[Readiness]] = {
    Readiness.UNKNOWN: frozenset(Readiness),
    Readiness.ASKED: frozenset(Readiness),
    Readiness.AGREED: frozenset(Readiness),
    Readiness.NOT_READY: frozenset(Readiness),
    # A finished site is opened again first, so that no file or slip of the hand sends a team there once more.
    Readiness.DONE: frozenset({Readiness.DONE, Readiness.UNKNOWN, Readiness.ASKED}),
}
"""By state: the states that may follow."""


class ReadinessStep(Conflict):
    """This state may not follow the one before."""


def step_problem(before: str, after: str) -> FieldProblem | None:
    if Readiness(after) in STEPS[Readiness(before)]:
        return None
    return FieldProblem(
        pointer="readiness",
        detail=f"A site that is {before!r} cannot become {after!r}.",
        value=after,
        mend="Open it again first: set readiness to 'unknown' or 'asked'.",
    )


def date_problems(state: str, starts_on: date | None, ends_on: date | None) -> list[FieldProblem]:
    """Dates that the state has no use for, or that end before they begin."""
    problems = []
    if starts_on is not None and state != Readiness.AGREED:
        problems.append(
            FieldProblem(
                pointer="readiness_from",
                detail=f"A site that is {state!r} has no first date.",
                value=str(starts_on),
                mend="Leave it empty; only 'agreed' has one.",
            )
        )
    if ends_on is not None and state not in (Readiness.AGREED, Readiness.NOT_READY):
        problems.append(
            FieldProblem(
                pointer="readiness_until",
                detail=f"A site that is {state!r} has no last date.",
                value=str(ends_on),
                mend="Leave it empty; only 'agreed' and 'not_ready' have one.",
            )
        )
    if starts_on is not None and ends_on is not None and ends_on < starts_on:
        problems.append(
            FieldProblem(
                pointer="readiness_until",
                detail=f"It comes before readiness_from, {starts_on}.",
                value=str(ends_on),
                mend="Give the last agreed date, not before the first.",
            )
        )
    return problems


def ready_dates(state: str, starts_on: date | None, ends_on: date | None, *, dates: Iterable[date]) -> list[date]:
    """Those of `dates` on which the site may be visited: `agreed` only inside its dates, `not_ready` only after its
    last one (never, without one), `done` never."""
    match state:
        case Readiness.DONE:
            return []
        case Readiness.NOT_READY:
            return [day for day in dates if ends_on is not None and day > ends_on]
        case Readiness.AGREED:
            return [
                day for day in dates if (starts_on is None or starts_on <= day) and (ends_on is None or day <= ends_on)
            ]
        case _:
            return list(dates)
