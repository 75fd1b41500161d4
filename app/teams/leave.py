"""Days on which a team does not go out, as text and as rows."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from app.errors import FieldProblem
from app.languages import said
from app.tables.fields import BadText, plain_text
from app.tables.places_and_days import calendar_date

MAX_LEAVES = 200
_MEND = said(
    "Write '2023-11-20..2023-11-21 reason', several joined by ';'.",
    "Tulis '2023-11-20..2023-11-21 alasan', beberapa dipisah ';'.",
)
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
    leaves = []
    for part in filter(None, map(str.strip, text.split(";"))):
        period = _PERIOD.fullmatch(part)
        if period is None:
            raise BadText(said("{part!r} is no period of leave.", "{part!r} bukan masa cuti.", part=part), _MEND)
        try:
            reason = _read_reason(period[3].strip()) if period[3] else None
            leaves.append(Leave(calendar_date(period[1]), calendar_date(period[2]), reason))
        except BadText as error:
            raise BadText(
                said("In {part!r}: {detail}", "Pada {part!r}: {detail}", part=part, detail=error.detail), error.mend
            ) from error
    return canonical_leave(leaves)


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
        detail = said("Too many periods.", "Terlalu banyak masa cuti.")
        mend = said("Keep at most {most}.", "Simpan paling banyak {most}.", most=MAX_LEAVES)
        return [FieldProblem(pointer="leave", detail=detail, value=len(leaves), mend=mend)]
    for leave in leaves:
        shown = f"{leave.starts_on}..{leave.ends_on}"
        if (refused := _reason_problem(leave.reason)) is not None:
            return [refused]
        if leave.ends_on < leave.starts_on:
            detail = said("{shown} ends before it begins.", "{shown} berakhir sebelum mulai.", shown=shown)
            mend = said("Write the first day first.", "Tulis hari pertama dahulu.")
        elif not (leave.starts_on.year >= 2000 and leave.ends_on.year <= 2100):
            detail = said("The year of {shown} is out of range.", "Tahun pada {shown} di luar batas.", shown=shown)
            mend = said("Use a year from 2000 to 2100.", "Pakai tahun 2000 sampai 2100.")
        elif leave.reason is not None and ";" in leave.reason:
            detail = said(
                "The reason holds a semicolon, which separates leaves in files.",
                "Alasannya memuat titik koma, yang memisahkan cuti di berkas.",
            )
            mend = said("Use a comma.", "Pakai koma.")
            shown = leave.reason
        else:
            continue
        return [FieldProblem(pointer="leave", detail=detail, value=shown, mend=mend)]
    ordered = canonical_leave(leaves)
    for leave, following in pairwise(ordered):
        if following.starts_on <= leave.ends_on:
            shown = f"{leave.starts_on}..{leave.ends_on}"
            detail = said(
                "{shown} and {other} overlap.",
                "{shown} dan {other} bertumpang tindih.",
                shown=shown,
                other=f"{following.starts_on}..{following.ends_on}",
            )
            mend = said("Join them, or delete one.", "Gabungkan, atau hapus salah satu.")
            return [FieldProblem(pointer="leave", detail=detail, value=shown, mend=mend)]
    return []


def _reason_problem(reason: str | None) -> FieldProblem | None:
    try:
        _read_reason(reason or "")
    except BadText as error:
        return FieldProblem(pointer="leave", detail=error.detail, value=reason, mend=error.mend)
    return None
