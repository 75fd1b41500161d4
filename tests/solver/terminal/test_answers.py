"""The questions after the plan, asked on the command line."""

import csv
import json
from pathlib import Path

import pytest

from solver.__main__ import main
from solver.contract.plan import Plan, read_plan, write_plan
from tests.solver.coast import coast_document
from tests.solver.week import make_visit, week_document, week_visits


@pytest.fixture
def week_files(tmp_path: Path) -> tuple[str, str]:
    """Instance and plan of the golden week."""
    instance, plan = tmp_path / "week.json", tmp_path / "plan.json"
    instance.write_text(json.dumps(week_document()))
    write_plan(Plan(visits=tuple(week_visits())), plan)
    return str(instance), str(plan)


def test_explain_prints_a_sentence_for_every_site(
    week_files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "sites.csv"
    assert main(["explain", *week_files, "--csv", str(table)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all("dijadwalkan" in line for line in lines)
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["site"], row["standing"]) for row in rows] == [(f"S{n}", "scheduled") for n in (1, 2, 3)]


def test_explain_one_site_as_json_in_both_languages(
    week_files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", *week_files, "--site", "S2", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["site"], found["standing"], set(found["sentence"])) == ("S2", "scheduled", {"id", "en"})


def test_explain_refuses_unknown_sites_broken_plans_and_missing_files(
    week_files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", *week_files, "--site", "S9"]) == 2
    assert "'S9'" in capsys.readouterr().err
    broken = tmp_path / "broken.json"
    write_plan(Plan(visits=(make_visit("T1", "S3", day=13),)), broken)
    assert main(["explain", week_files[0], str(broken)]) == 1
    assert "closed" in capsys.readouterr().err
    assert main(["explain", week_files[0], str(tmp_path / "nowhere.json")]) == 2


def test_changes_lists_what_a_new_plan_changes(
    week_files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = tmp_path / "new.json"
    write_plan(Plan(visits=tuple(week_visits()[:-1])), new)
    assert main(["changes", week_files[1], str(new), week_files[0], "--language", "en"]) == 0
    assert capsys.readouterr().out == "Withdrawn: school, 16 November 2023, 08:00–08:45, team T1.\n"


def test_replan_writes_a_plan_and_tells_what_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    instance, plan = tmp_path / "week.json", tmp_path / "again.json"
    document = week_document() | {"published": [visit.to_json() for visit in week_visits()]}
    document["teams"][1]["dates"] = "100"
    instance.write_text(json.dumps(document))
    assert main(["replan", str(instance), "-o", str(plan), "--iterations", "240", "--language", "en"]) == 0
    assert "16 November 2023" in capsys.readouterr().out
    assert main(["verify", str(instance), str(plan)]) == 0
    assert not [visit for visit in read_plan(plan).visits if visit.team == "T2" and visit.date.day == 16]


def test_what_if_prints_a_table_and_what_it_assumes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    instance, table = tmp_path / "coast.json", tmp_path / "trials.csv"
    instance.write_text(json.dumps(coast_document() | {"target": {"gap": 40, "walk_ins_per_day": 0}}))
    options = ["--change", "teams=+1", "--least", "teams", "--iterations", "420", "--csv", str(table)]
    assert main(["what-if", str(instance), *options, "--language", "en"]) == 0
    told = capsys.readouterr()
    assert "copy of team T1" in told.out
    assert "1 team: there is a plan" in told.out
    assert "teams=+1: " in told.err
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["scenario"] for row in rows][:2] == ["as it is", "teams=+1"]
    assert rows[0]["verdict"] == "reachable"


def test_what_if_tells_of_a_preparation_and_what_it_assumes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    instance = tmp_path / "coast.json"
    document = coast_document()
    document["sites"][0] |= {"connectivity": 0}
    instance.write_text(json.dumps(document))
    change = "prepare=harbour:2023-11-13;returning=90"
    assert main(["what-if", str(instance), "--change", change, "--iterations", "300", "--language", "en"]) == 0
    told = capsys.readouterr()
    assert f"{change}: " in told.err
    assert "harbour: team T1 prepares 50 people on 13 November 2023 (210 minutes, none counted yet)" in told.out
    assert "Preparation at harbour: preparing a person takes 70 % of the usual minutes" in told.out
    assert "90 % of those prepared come again; all assumed" in told.out


def test_what_if_refuses_what_cannot_be_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    instance = tmp_path / "coast.json"
    instance.write_text(json.dumps(coast_document()))
    assert main(["what-if", str(instance), "--change", "teams=many"]) == 2
    assert "teams=+2" in capsys.readouterr().err
    assert main(["what-if", str(instance), "--least", "teams"]) == 2
    assert "null" in capsys.readouterr().err
