"""Where a site stands: which step may follow which, and which dates a state leaves open."""

from collections.abc import Iterable
from datetime import date

from app.errors import Conflict, FieldProblem
from app.languages import said
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
        detail=said(
            "A site that is {before!r} cannot become {after!r}.",
            "Lokasi berstatus {before!r} tidak dapat menjadi {after!r}.",
            before=before,
            after=after,
        ),
        value=after,
        mend=said(
            "Open it again first: set readiness to 'unknown' or 'asked'.",
            "Buka lagi dahulu: isi kesiapan dengan 'unknown' atau 'asked'.",
        ),
    )


def date_problems(state: str, starts_on: date | None, ends_on: date | None) -> list[FieldProblem]:
    """Dates that the state has no use for, or that end before they begin."""
    problems = []
    if starts_on is not None and state != Readiness.AGREED:
        problems.append(
            FieldProblem(
                pointer="readiness_from",
                detail=said(
                    "A site that is {state!r} has no first date.",
                    "Lokasi berstatus {state!r} tidak punya tanggal pertama.",
                    state=state,
                ),
                value=str(starts_on),
                mend=said("Leave it empty; only 'agreed' has one.", "Kosongkan; hanya 'agreed' yang punya."),
            )
        )
    if ends_on is not None and state not in (Readiness.AGREED, Readiness.NOT_READY):
        problems.append(
            FieldProblem(
                pointer="readiness_until",
                detail=said(
                    "A site that is {state!r} has no last date.",
                    "Lokasi berstatus {state!r} tidak punya tanggal terakhir.",
                    state=state,
                ),
                value=str(ends_on),
                mend=said(
                    "Leave it empty; only 'agreed' and 'not_ready' have one.",
                    "Kosongkan; hanya 'agreed' dan 'not_ready' yang punya.",
                ),
            )
        )
    if starts_on is not None and ends_on is not None and ends_on < starts_on:
        problems.append(
            FieldProblem(
                pointer="readiness_until",
                detail=said(
                    "It comes before readiness_from, {starts_on}.",
                    "Mendahului readiness_from, {starts_on}.",
                    starts_on=starts_on,
                ),
                value=str(ends_on),
                mend=said(
                    "Give the last agreed date, not before the first.",
                    "Isi tanggal terakhir yang disepakati, tidak sebelum yang pertama.",
                ),
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
