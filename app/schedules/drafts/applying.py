"""Makes a list of edits one after the other, all of them or none; what goes with visits and trips follows last."""

from collections.abc import Iterator, Sequence
from datetime import date

from app.errors import FieldProblem, InvalidRequest, summary_of
from app.schedules.drafts.edit_references import unknown_in_edit
from app.schedules.drafts.edits import Edit, Settled, VisitHand
from app.schedules.drafts.trip_edits import TripEdit
from app.schedules.drafts.trip_hand import TripHand
from app.schedules.drafts.trip_references import unknown_in_trip
from app.schedules.runs.drafted_trips import with_trip_days
from app.schedules.runs.drafting import DraftPlan, DraftProblem, with_rows_of

AnyEdit = Edit | TripEdit


def apply_edits(problem: DraftProblem, draft: DraftPlan, edits: Sequence[AnyEdit], *, settled: Settled) -> DraftPlan:
    """The draft after all of them, one after the other, or none.

    Raises `InvalidRequest` and `EditRefused`."""
    problems = [mistake for index, edit in enumerate(edits) for mistake in _unknown(problem, edit, f"/edits/{index}")]
    if problems:
        raise InvalidRequest(summary_of(problems), problems=problems)
    before = draft
    touched: set[tuple[str, date]] = set()
    for index, edit in enumerate(edits):
        if isinstance(edit, TripEdit):
            hand = TripHand(problem, draft, edit, index=index, settled=settled)
            draft = hand.done()
            touched |= hand.touched
        else:
            draft = VisitHand(problem, draft, edit, index=index, settled=settled).done()
    draft = with_rows_of(problem, before, draft)
    return with_trip_days(problem, draft, touched) if touched else draft


def _unknown(problem: DraftProblem, edit: AnyEdit, pointer: str) -> Iterator[FieldProblem]:
    """Every code and date of an edit that the draft's problem does not know."""
    if isinstance(edit, TripEdit):
        return unknown_in_trip(problem, edit, pointer)
    return unknown_in_edit(problem, edit, pointer)
