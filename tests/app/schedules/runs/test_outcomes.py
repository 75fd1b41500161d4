"""What the job engine keeps of a solve is what the next worker goes on from."""

import json

import pytest

from app.schedules.runs.outcomes import AfterSolving, Failed, Gone, Solved, Stopped, from_record, to_record


@pytest.mark.parametrize("outcome", [Solved(plan=b"\x1f\x8b\x00"), Failed(reason="Too hard."), Stopped(), Gone()])
def test_outcome_of_a_solve_survives_the_job_engine(outcome: AfterSolving) -> None:
    assert from_record(json.loads(json.dumps(to_record(outcome)))) == outcome
