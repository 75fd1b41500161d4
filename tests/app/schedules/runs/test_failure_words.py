"""Why a run failed is said in both languages, with a way on, whatever it failed of."""

import pytest

from app.errors import Conflict, FieldProblem
from app.languages import Language, in_language, said
from app.schedules.runs import failure_words
from app.schedules.runs.rule_words import broken_rule

BROKEN = broken_rule("team_off", "team T-1 does not work on 2023-11-14")
REFUSED = Conflict(
    said("No team works.", "Tidak ada tim yang bekerja."),
    problems=[
        FieldProblem(pointer="/teams", detail=said("None.", "Kosong."), mend=said("Add a team.", "Tambahkan tim."))
    ],
)
REASONS = [
    failure_words.LOST,
    failure_words.STOPPED,
    failure_words.NO_REASON,
    failure_words.given_up(5, failure_words.WORKER_STOPPED),
    failure_words.given_up(5, failure_words.solver_died(-9, "")),
    failure_words.broke(KeyError("secret")),
    failure_words.impossible(REFUSED),
    failure_words.plan_refused([BROKEN, BROKEN]),
    failure_words.removed_meanwhile([said("team T-1", "tim T-1")]),
    failure_words.solver_refused({"reason": "invalid_instance", "message": "no such date."}),
    failure_words.solver_refused({}),
    failure_words.solver_stuck(300.4),
    failure_words.solver_died(9, "first\nout of ideas."),
    failure_words.solver_died(0, ""),
    failure_words.solver_died(-11, ""),
]
WAYS_ON = {"en": ("ask for", "Ask for", "Add a team"), "id": ("mintalah", "Mintalah", "Tambahkan tim")}


@pytest.mark.parametrize("reason", REASONS)
def test_every_failure_tells_the_way_on_in_both_languages(reason: str) -> None:
    indonesian = in_language(reason, Language.INDONESIAN)
    assert any(words in str(reason) for words in WAYS_ON["en"])
    assert any(words in indonesian for words in WAYS_ON["id"])
    assert "Ask for" not in indonesian
    for sentence in (str(reason), indonesian):
        assert sentence.endswith(".")
        assert ".." not in sentence


def test_a_failure_quotes_what_was_wrong_and_no_secret() -> None:
    assert "2 rules" in failure_words.plan_refused([BROKEN, BROKEN])
    assert "timnya tidak bekerja" in in_language(failure_words.plan_refused([BROKEN]), Language.INDONESIAN)
    assert "tim T-1" in in_language(failure_words.removed_meanwhile([said("team T-1", "tim T-1")]), Language.INDONESIAN)
    assert "KeyError" in failure_words.broke(KeyError("secret"))
    assert "secret" not in failure_words.broke(KeyError("secret"))


def test_a_mend_that_the_refusal_names_already_is_not_said_twice() -> None:
    twice = Conflict("Add a team.", problems=[*REFUSED.problems, *REFUSED.problems])
    assert failure_words.impossible(twice).count("Add a team.") == 1
