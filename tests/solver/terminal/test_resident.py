"""The process that stays: what it is told once it knows, what it does not know it asks for, nothing is mixed up."""

import gzip
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from solver.__main__ import main
from solver.contract.journeys import Pause
from solver.contract.plan import NEXT_FORMAT, Plan
from solver.contract.plan_rows import Rows
from solver.questions.placing import Board, Posed
from solver.terminal import resident
from solver.terminal.resident import Answerer, Latest, answer_of
from tests.solver.coast import coast_document
from tests.solver.week import week, week_document, week_visits

INSTANCE = gzip.compress(json.dumps(week_document()).encode())
PLAN = json.dumps(Plan(visits=tuple(week_visits())).to_json()).encode()
OFFERS: dict[str, Any] = {"question": "offers", "site": "S2"}


def file(folder: Path, content: bytes) -> dict[str, str]:
    """A file as a question names it the first time."""
    digest = hashlib.sha256(content).hexdigest()
    path = folder / digest
    path.write_bytes(content)
    return {"digest": digest, "path": str(path)}


def asked(answerer: Answerer, question: dict[str, Any], instance: dict[str, str], plan: dict[str, str]) -> Any:
    return answerer.answer(json.dumps({"id": 7, **question, "instance": instance, "plan": plan}).encode())


def known(named: dict[str, str]) -> dict[str, str]:
    return {"digest": named["digest"]}


def test_answers_are_those_of_a_plan_laid_out_afresh(tmp_path: Path) -> None:
    answerer = Answerer()
    instance, plan = file(tmp_path, INSTANCE), file(tmp_path, PLAN)
    visit = week_visits()[1].to_json()
    questions: list[dict[str, Any]] = [
        OFFERS,
        {"question": "place", "site": "S2", "visit": visit, "to_team": "T2", "to_date": "2023-11-16"},
        {"question": "cells", "site": "S2", "visit": visit},
        {"question": "offers", "site": "S1", "team_days": [["T2", "2023-11-14"]], "minutes": 30, "most": 1},
    ]
    for question in [*questions, *questions]:
        found = asked(answerer, question, instance, plan)
        fresh = answer_of(Board(Posed(week()), week_visits()), question)
        assert json.dumps(found) == json.dumps({"id": 7, "answer": fresh})
        # From the second question on, the digests are enough.
        instance, plan = known(instance), known(plan)


def test_file_is_asked_for_when_its_digest_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resident, "MOST_INSTANCES", 1)
    answerer = Answerer()
    instance, plan = file(tmp_path, INSTANCE), file(tmp_path, PLAN)
    other, empty = file(tmp_path, json.dumps(coast_document()).encode()), file(tmp_path, b'{"visits": []}')
    assert asked(answerer, OFFERS, known(instance), plan) == {"id": 7, "missing": [instance["digest"]]}
    assert "answer" in asked(answerer, OFFERS, instance, plan)
    assert "answer" in asked(answerer, {"question": "cells", "site": "island"}, other, empty)
    # The first has gone to make room for the second.
    assert asked(answerer, OFFERS, known(instance), known(plan)) == {"id": 7, "missing": [instance["digest"]]}


@pytest.mark.parametrize(("most", "most_weight", "kept"), [(2, 100, "bc"), (9, 5, "bc"), (9, 2, "c"), (0, 0, "c")])
def test_what_was_used_last_is_kept_as_far_as_there_is_room(most: int, most_weight: int, kept: str) -> None:
    latest: Latest[str, int] = Latest(most, most_weight=most_weight, weigh=lambda thing: thing)
    for key, weight in (("a", 3), ("b", 2), ("a", 3), ("b", 2), ("c", 3)):
        latest.get(key, lambda weight=weight: weight)  # type: ignore[misc]
    assert "".join(key for key in "abc" if key in latest) == kept


def test_file_that_is_not_the_named_one_is_refused(tmp_path: Path) -> None:
    answerer = Answerer()
    instance, plan = file(tmp_path, INSTANCE), file(tmp_path, PLAN)
    Path(plan["path"]).write_bytes(b'{"visits": []}')
    found = asked(answerer, OFFERS, instance, plan)
    assert found["refused"]["code"] == "unreadable_question"
    assert "is not the one" in found["refused"]["message"]
    Path(plan["path"]).write_bytes(PLAN)
    assert "answer" in asked(answerer, OFFERS, instance, plan)


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ({"question": "offers", "site": "S9"}, "unknown_place"),
        ({"question": "explain", "site": "S9"}, "unknown_place"),
        ({"question": "offers", "site": "S2", "dates": ["14 November"]}, "unreadable_question"),
        ({"question": "offers", "site": "S2", "fixed": [{"team": 3}]}, "unreadable_question"),
        ({"question": "sing", "site": "S2"}, "unreadable_question"),
        ({"question": "place", "site": "S2"}, "unreadable_question"),
    ],
)
def test_question_that_cannot_be_answered_is_refused(tmp_path: Path, question: dict[str, Any], code: str) -> None:
    found = asked(Answerer(), question, file(tmp_path, INSTANCE), file(tmp_path, PLAN))
    assert (found["id"], found["refused"]["code"]) == (7, code)


def test_what_is_no_question_is_refused() -> None:
    for line in (b"{", b"[]", b"\xff", b"{}"):
        assert Answerer().answer(line)["refused"]["code"] == "unreadable_question"


def test_broken_plan_is_not_explained_and_no_instance_is_unusable(tmp_path: Path) -> None:
    answerer = Answerer()
    shifted = Plan(visits=tuple(week_visits()[1:]) * 2)
    broken = file(tmp_path, json.dumps(shifted.to_json()).encode())
    question = {"question": "explain", "site": "S1"}
    assert asked(answerer, question, file(tmp_path, INSTANCE), broken)["refused"]["code"] == "refused_plan"
    found = asked(answerer, question, file(tmp_path, b'{"format": "outreach-1"}'), broken)
    assert found["refused"]["code"] == "unusable_files"


def test_explanation_is_that_of_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    instance, plan = file(tmp_path, json.dumps(week_document()).encode()), file(tmp_path, PLAN)
    found = asked(Answerer(), {"question": "explain", "site": "S2"}, instance, plan)
    assert main(["explain", instance["path"], plan["path"], "--site", "S2", "--json"]) == 0
    assert [json.loads(json.dumps(found["answer"]))] == json.loads(capsys.readouterr().out)


def test_plan_is_explained_with_its_breaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = week_document() | {"format": "outreach-2"}
    rule = {"minutes": 5, "window": [480, 485], "dates": "1" * len(document["dates"])}
    document["teams"] = [team | {"breaks": [rule]} for team in document["teams"]]
    visits = tuple(week_visits())
    days = sorted({(visit.team, visit.date) for visit in visits})
    rows = Rows(breaks=tuple(Pause(team=team, date=day, number=0, start=480) for team, day in days))
    planned = Plan(visits=visits, rows=rows, format=NEXT_FORMAT)
    instance = file(tmp_path, json.dumps(document).encode())
    plan = file(tmp_path, json.dumps(planned.to_json()).encode())
    assert main(["explain", instance["path"], plan["path"], "--site", "S1", "--json"]) == 0
    answer = asked(Answerer(), {"question": "explain", "site": "S1"}, instance, plan)["answer"]
    assert [json.loads(json.dumps(answer))] == json.loads(capsys.readouterr().out)
    offers = asked(Answerer(), {"question": "offers", "site": "S2"}, instance, plan)["answer"]["offers"]
    assert offers
    for offer in offers:
        breaks = {(row["team"], row["date"], row["start"]) for row in offer["rows"]["breaks"]}
        assert breaks == {(day["team"], day["date"], 480) for day in offer["days"] if day["after"]}


def test_place_in_a_plan_with_nights_is_refused_by_name(tmp_path: Path) -> None:
    document = week_document() | {"format": "outreach-2"}
    document["lodgings"] = [{"id": "L1", "lat": -3.3, "lon": 102.9}]
    document["teams"] = [team | {"max_nights": 2} for team in document["teams"]]
    instance = file(tmp_path, json.dumps(document).encode())
    placed = asked(Answerer(), {"question": "cells", "site": "S1"}, instance, file(tmp_path, PLAN))
    assert (placed["refused"]["code"], "/lodgings" in placed["refused"]["message"]) == ("unusable_files", True)


def test_process_answers_line_by_line_and_ends_when_nothing_more_comes(tmp_path: Path) -> None:
    instance, plan = file(tmp_path, INSTANCE), file(tmp_path, PLAN)
    lines = [
        json.dumps({"id": 1, **OFFERS, "instance": instance, "plan": plan}),
        "",
        json.dumps({"id": 2, **OFFERS, "instance": known(instance), "plan": known(plan)}),
    ]
    command = [sys.executable, "-m", "solver", "answer", "--supervised", "--idle-seconds", "1"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write("\n".join([*lines, ""]).encode())
        child.stdin.flush()
        first, second = (json.loads(line) for line in child.stdout)
        assert child.wait(timeout=300) == 0
    assert (first["id"], second["id"]) == (1, 2)
    assert first["answer"] == second["answer"]
    assert len(first["answer"]["offers"]) > 0
