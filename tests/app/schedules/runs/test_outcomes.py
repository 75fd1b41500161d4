"""What the job engine keeps of a solve is what the next worker goes on from."""

import json

import pytest

from app.languages import Language, in_language, said
from app.schedules.runs.outcomes import AfterSolving, Failed, Gone, Solved, Stopped, from_record, to_record


@pytest.mark.parametrize("outcome", [Solved(plan=b"\x1f\x8b\x00"), Failed(reason="Too hard."), Stopped(), Gone()])
def test_outcome_of_a_solve_survives_the_job_engine(outcome: AfterSolving) -> None:
    assert from_record(json.loads(json.dumps(to_record(outcome)))) == outcome


def test_reason_of_a_failure_survives_in_both_languages() -> None:
    kept = from_record(json.loads(json.dumps(to_record(Failed(reason=said("Too hard.", "Terlalu sulit."))))))
    assert isinstance(kept, Failed)
    assert in_language(kept.reason, Language.INDONESIAN) == "Terlalu sulit."


def test_reason_that_a_worker_of_an_earlier_version_kept_is_told_in_english() -> None:
    kept = from_record({"failed": "Too hard."})
    assert isinstance(kept, Failed)
    assert in_language(kept.reason, Language.INDONESIAN) == kept.reason == "Too hard."
