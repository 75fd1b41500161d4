"""Days on which a team does not go out, as text and as rows."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from app.errors import FieldProblem
from app.tables.fields import BadText, iso_date, plain_text

MAX_LEAVES = 200
_MEND = "Write '2023-11-20..2023-11-21 reason', several joined by ';'."
_PERIOD = re.compile(r"(\S+?)\s*\.\.\s*(\S+)(?:\s+(.*))?")
_read_reason = plain_text()


@dataclass(frozen=True, slots=True, order=True)
class Leave:
    """From `starts_on` to `ends_on`, both included."""

    starts_on: date
    ends_on: date
    reason: str | None = None


def read_leave(text: str) -> tuple[Leave, ...]:
    """The leaves of `2023-11-20..2023-11-21 training; 2023-12-26..2023-12-26`; raises `BadText`."""
    found = []
    for part in filter(None, map(str.strip, text.split(";"))):
        period = _PERIOD.fullmatch(part)
        if period is None:
            raise BadText(f"{part!r} is no period of leave.", _MEND)
        try:
            reason = _read_reason(period[3].strip()) if period[3] else None
            found.append(Leave(iso_date(period[1]), iso_date(period[2]), reason))
        except BadText as error:
            raise BadText(f"In {part!r}: {error.detail}", error.mend) from error
    return canonical_leave(found)


def write_leave(leaves: Iterable[Leave]) -> str:
    """The text that `read_leave` reads back."""
    return "; ".join(
        f"{leave.starts_on}..{leave.ends_on}" + (f" {leave.reason}" if leave.reason else "") for leave in leaves
    )


def canonical_leave(leaves: Iterable[Leave]) -> tuple[Leave, ...]:
    return tuple(sorted(leaves, key=lambda leave: (leave.starts_on, leave.ends_on)))


def leave_problems(leaves: Sequence[Leave]) -> list[FieldProblem]:
    """Leaves that end before they begin, overlap, or cannot be written as text; pointer `leave`."""
    if len(leaves) > MAX_LEAVES:
        mend = f"Keep at most {MAX_LEAVES}."
        return [FieldProblem(pointer="leave", detail="Too many periods.", value=len(leaves), mend=mend)]
    for leave in leaves:
        shown = f"{leave.starts_on}..{leave.ends_on}"
        if leave.ends_on < leave.starts_on:
            detail, mend = f"{shown} ends before it begins.", "Write the first day first."
        elif not (leave.starts_on.year >= 2000 and leave.ends_on.year <= 2100):
            detail, mend = f"The year of {shown} is out of range.", "Use a year from 2000 to 2100."
        elif leave.reason is not None and ";" in leave.reason:
            detail, mend = "The reason holds a semicolon, which separates leaves in files.", "Use a comma."
            shown = leave.reason
        elif leave.reason is not None and (said := _reason_problem(leave.reason)) is not None:
            detail, mend = said
        else:
            continue
        return [FieldProblem(pointer="leave", detail=detail, value=shown, mend=mend)]
    ordered = canonical_leave(leaves)
    for leave, following in pairwise(ordered):
        if following.starts_on <= leave.ends_on:
            shown = f"{leave.starts_on}..{leave.ends_on}"
            detail = f"{shown} and {following.starts_on}..{following.ends_on} overlap."
            return [FieldProblem(pointer="leave", detail=detail, value=shown, mend="Join them, or delete one.")]
    return []


def _reason_problem(reason: str) -> tuple[str, str] | None:
    try:
        _read_reason(reason)
    except BadText as error:
        return error.detail, error.mend
    return None
