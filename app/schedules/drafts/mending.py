"""Which rules an edit broke, and the nearest times that keep them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.schedules.drafts.applying import AnyEdit
from app.schedules.drafts.edits import Edit, EditOp, Settled, edits_between
from app.schedules.drafts.trip_edits import TripEdit
from app.schedules.runs.checking import BrokenRule
from app.schedules.runs.drafting import DraftProblem, Version, key_of, laid_in, usual_minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """Edits that would keep a rule which the hand broke."""

    edits: tuple[Edit, ...]


def compared(
    before: Sequence[BrokenRule], after: Sequence[BrokenRule]
) -> tuple[tuple[BrokenRule, ...], tuple[BrokenRule, ...], tuple[BrokenRule, ...]]:
    """The rules broken newly, still, and no longer."""
    known, left = Counter(map(_place, before)), Counter(map(_place, after))
    new, standing = [], []
    for rule in after:
        if known[_place(rule)] > 0:
            known[_place(rule)] -= 1
            standing.append(rule)
        else:
            new.append(rule)
    mended = []
    for rule in before:
        if left[_place(rule)] > 0:
            left[_place(rule)] -= 1
        else:
            mended.append(rule)
    return tuple(new), tuple(standing), tuple(mended)


def _place(rule: BrokenRule) -> tuple[Any, ...]:
    return rule.rule, rule.team, rule.site, rule.date


def mend_of(
    problem: DraftProblem, before: Version, made: Version, edits: Sequence[AnyEdit], *, settled: Settled
) -> Mend | None:
    """The nearest start, or the longest stay, at which the day of a visit that the hand touched keeps its rules."""
    by_edit, _, _ = compared(before.checked.broken, made.checked.broken)
    days = {(rule.team, rule.date) for rule in by_edit if rule.rule in _RULES_OF_A_DAY}
    draft = made.draft
    by_key = {key_of(visit): visit for visit in draft.visits}
    for step in edits:
        if isinstance(step, TripEdit):
            continue
        visit = by_key.get(step.target if step.op in (EditOp.PLACE, EditOp.ADD) else step.key)
        if visit is None or step.op in (EditOp.PIN, EditOp.UNPIN) or (visit.team, visit.date) not in days:
            continue
        others = replace(draft, visits=tuple(other for other in draft.visits if other is not visit))
        wanted = replace(visit, minutes=usual_minutes(problem, visit))
        earliest = settled.first_minute(visit.date)
        kept = {key_of(other) for other in draft.pinned} | set(settled.reported)
        # First without telling anybody else.
        for fixed in ({key_of(other) for other in others.visits}, kept):
            laid = laid_in(problem, others, wanted, fixed=fixed, near=visit.start, earliest=earliest)
            if laid is not None:
                return Mend(edits=edits_between(draft.visits, laid))
    return None


_RULES_OF_A_DAY = frozenset({"wrong_minutes", "outside_window", "arrives_late", "shift_end", "ride_missed"})
"""What other times of a team's day can mend."""
