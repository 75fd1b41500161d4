"""The process that stays is replaced when it dies, hangs or grows, and serves districts in turn."""

import asyncio
import gzip
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.languages import Language, in_language
from app.schedules.questions.resident import RefusedQuestion, Resident, new_plan, touched
from app.schedules.questions.turns import Asker, PlanFiles, SolverBusy
from app.schedules.runs.process import SolverCommand, SolverFailed

# A double that knows files by digest as the solver does, and behaves as the site it is asked about says.
DOUBLE = """
import json, os, sys, time
known, asked = {}, 0
for line in sys.stdin:
    question = json.loads(line)
    asked += 1
    missing = []
    for name in ("instance", "plan"):
        file = question[name]
        if "path" in file:
            known[file["digest"]] = open(file["path"], "rb").read().decode()
        elif file["digest"] not in known:
            missing.append(file["digest"])
    site, told = question["site"], {"id": question["id"]}
    if site == "dies":
        sys.stderr.write("out of luck")
        sys.exit(3)
    if site == "hangs":
        time.sleep(600)
    if site == "sleeps":
        time.sleep(0.05)
    if site == "forgets" and asked % 2 == 0:
        known.clear()
        missing = [question[name]["digest"] for name in ("instance", "plan")]
    if site == "lies":
        told["id"] = 0
    if site == "grows":
        grown = bytearray(os.urandom(1000) * 60_000)
    if site == "refuses":
        told["refused"] = {"code": "unknown_place", "message": "no site", "what": "site", "name": site}
    elif site == "misunderstands":
        told["refused"] = {"code": "unreadable_question", "message": "what?"}
    elif missing:
        told["missing"] = missing
    else:
        content = [known[question[name]["digest"]] for name in ("instance", "plan")]
        told["answer"] = {"pid": os.getpid(), "asked": asked, "files": content, "environ": sorted(os.environ)}
    print(json.dumps(told), flush=True)
"""
FILES = PlanFiles(instance=b"instance", plan=b"plan")


@pytest.fixture
def made() -> Iterator[list[Resident]]:
    """The residents of a test, ended after it."""
    residents: list[Resident] = []
    yield residents
    for resident in residents:
        resident.end()


@pytest.fixture
def make(tmp_path: Path, made: list[Resident]) -> Callable[..., Resident]:
    def make_resident(**named: Any) -> Resident:
        command = SolverCommand(argv=(sys.executable, "-c", DOUBLE), scratch_dir=tmp_path / "scratch")
        made.append(Resident(command, **named))
        return made[-1]

    return make_resident


def ask(resident: Resident, site: str = "S1", *, files: PlanFiles = FILES, district: str = "A") -> dict[str, Any]:
    asker = Asker(district_code=district, token_id=1)
    return asyncio.run(resident.cells(files, asker=asker, site=site))


def test_one_process_answers_all_questions(make: Callable[..., Resident]) -> None:
    resident = make()
    answers = [ask(resident) for _ in range(3)]
    assert len({answer["pid"] for answer in answers}) == 1
    assert [answer["asked"] for answer in answers] == [1, 2, 3]
    assert all(answer["files"] == ["instance", "plan"] for answer in answers)


def test_other_files_are_never_taken_for_these(make: Callable[..., Resident]) -> None:
    resident = make()
    for content in ("one", "two", "one", "three", "two"):
        files = PlanFiles(instance=content.encode(), plan=b"plan of " + content.encode())
        assert ask(resident, files=files)["files"] == [content, f"plan of {content}"]
    assert ask(resident, "forgets", files=FILES)["files"] == ["instance", "plan"]
    assert ask(resident, "forgets", files=FILES)["files"] == ["instance", "plan"]


def test_process_killed_between_two_questions_is_replaced(make: Callable[..., Resident]) -> None:
    resident = make()
    first = ask(resident)
    os.kill(first["pid"], signal.SIGKILL)
    second = ask(resident)
    assert second["pid"] != first["pid"]
    assert second["files"] == first["files"]


def test_process_killed_in_the_middle_of_a_question_is_asked_anew(make: Callable[..., Resident]) -> None:
    resident = make()
    answers: list[Any] = []
    pid = ask(resident)["pid"]
    psutil.Process(pid).suspend()
    asking = threading.Thread(target=lambda: answers.append(ask(resident)))
    asking.start()
    time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)
    asking.join(timeout=60)
    assert answers[0]["pid"] != pid


def test_process_that_always_dies_is_a_failure_with_its_last_words(make: Callable[..., Resident]) -> None:
    resident = make()
    with pytest.raises(SolverFailed, match="out of luck"):
        ask(resident, "dies")
    assert ask(resident)["asked"] == 1


def test_stuck_process_is_ended_and_the_next_question_answered(make: Callable[..., Resident]) -> None:
    resident = make()
    pid = ask(resident)["pid"]
    patience, resident.patience_seconds = resident.patience_seconds, 0.3
    with pytest.raises(SolverBusy, match="did not answer within 0 seconds"):
        ask(resident, "hangs")
    resident.patience_seconds = patience
    assert not psutil.pid_exists(pid)
    assert ask(resident)["pid"] != pid


def test_process_that_has_grown_too_large_is_replaced_after_its_answer(make: Callable[..., Resident]) -> None:
    resident = make(most_bytes=50_000_000)
    small = ask(resident)["pid"]
    assert ask(resident)["pid"] == small
    large = ask(resident, "grows")
    assert large["pid"] == small
    assert ask(resident)["pid"] != small


def test_answer_to_another_question_is_never_passed_on(make: Callable[..., Resident]) -> None:
    resident = make()
    pid = ask(resident)["pid"]
    with pytest.raises(ValueError, match="something else"):
        ask(resident, "lies")
    assert ask(resident)["pid"] != pid


def test_refusal_is_a_conflict_in_both_languages(make: Callable[..., Resident]) -> None:
    resident = make()
    with pytest.raises(RefusedQuestion) as refused:
        ask(resident, "refuses")
    assert in_language(refused.value.detail, Language.ENGLISH) == "The plan has no site 'refuses'."
    assert in_language(refused.value.detail, Language.INDONESIAN) == "Rencana itu tidak memuat lokasi 'refuses'."
    assert (refused.value.status_code, refused.value.code) == (409, "unknown_place")
    with pytest.raises(SolverFailed, match="did not understand: what"):
        ask(resident, "misunderstands")


def test_districts_are_served_in_turn(make: Callable[..., Resident]) -> None:
    resident = make()
    ask(resident)
    served: list[str] = []

    async def one(district: str) -> None:
        await resident.cells(FILES, asker=Asker(district_code=district, token_id=1), site="sleeps")
        served.append(district)

    async def all_at_once() -> None:
        await asyncio.gather(*(one(district) for district in "AAAAB"))

    asyncio.run(all_at_once())
    assert served == ["A", "A", "B", "A", "A"]


def test_no_secret_reaches_the_process(make: Callable[..., Resident], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JEMPUT_SECRET", "not for a solver")
    assert "JEMPUT_SECRET" not in ask(make())["environ"]


def test_process_and_its_files_end_with_the_server(make: Callable[..., Resident], tmp_path: Path) -> None:
    resident = make()
    pid = ask(resident)["pid"]
    resident.end()
    assert not psutil.pid_exists(pid)
    assert list((tmp_path / "scratch").iterdir()) == []
    with pytest.raises(SolverBusy, match="being stopped"):
        ask(resident)
    resident.begin()
    assert ask(resident)["asked"] == 1


def test_question_under_way_is_left_unanswered_by_a_server_that_stops(make: Callable[..., Resident]) -> None:
    resident = make()
    ask(resident)
    refused: list[BaseException] = []

    def hang() -> None:
        try:
            ask(resident, "hangs")
        except SolverBusy as busy:
            refused.append(busy)

    asking = threading.Thread(target=hang)
    asking.start()
    time.sleep(0.2)
    resident.end()
    asking.join(timeout=60)
    assert "being stopped" in str(refused[0])


def test_the_solver_itself_offers_what_becomes_the_new_plan(tmp_path: Path) -> None:
    week = json.loads((Path(__file__).parents[3] / "solver" / "instances" / "week.json").read_bytes())
    visit = {"team": "T1", "date": "2023-11-13", "site": "S1", "start": 500, "minutes": 90}
    plan = {"format": "outreach-plan-1", "visits": [visit], "value_milli": 1, "bound_milli": 2}
    files = PlanFiles(instance=gzip.compress(json.dumps(week).encode()), plan=json.dumps(plan).encode())
    asker = Asker(district_code="A", token_id=1)
    resident = Resident(SolverCommand(scratch_dir=tmp_path))
    try:
        offered = asyncio.run(resident.offers(files, asker=asker, site="S2", dates=[date(2023, 11, 13)]))
        refused = asyncio.run(resident.offers(files, asker=asker, site="S3", dates=[date(2023, 11, 13)]))
    finally:
        resident.end()
    option = offered["offers"][0]
    after = json.loads(new_plan(files.plan, option))
    assert {(each["team"], each["date"], each["site"]) for each in after["visits"]} >= {
        (option["visit"]["team"], option["visit"]["date"], "S2"),
        ("T1", "2023-11-13", "S1"),
    }
    assert (after["format"], after["bound_milli"], "value_milli" in after) == ("outreach-plan-1", None, False)
    assert touched(option) == [(option["visit"]["team"], date(2023, 11, 13))]
    assert refused["offers"] == []
    assert refused["sentence"]["id"]
    assert {against["rule"] for against in refused["against"]} == {"site_closed"} or refused["rule"]
