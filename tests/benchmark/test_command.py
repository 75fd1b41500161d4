import csv
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from solver.contract.reading import write_instance
from solver.contract.tiny import tiny_instance
from tests.benchmark import command
from tests.benchmark.pictures import draw
from tests.benchmark.report import Row, key_of, markdown, tables
from tests.benchmark.trial import Measurement, Moment, Result, _is_steady, _near_final_seconds, run


@pytest.fixture
def instances(tmp_path: Path) -> Path:
    """A folder with one small instance in it."""
    folder = tmp_path / "instances"
    folder.mkdir()
    write_instance(tiny_instance(), folder / "tiny.json.gz")
    return folder


def result(**fields: Any) -> Row:
    """A row of the results file: ours on 40 sites, 900 of at most 1,000."""
    defaults = Result(
        instance="town",
        method="ours",
        seed=1,
        limit="10",
        value=900.0,
        bound=1000.0,
        gap_percent=10.0,
        activations=950,
        activations_bound=1100,
        seconds=10.1,
        first_plan_seconds=0.1,
        near_final_seconds=2.0,
        peak_megabytes=200,
        iterations=1000,
        stop_reason="time_limit",
        solver_version="0.1.0",
        sites=40,
        threads=2,
        load=0.5,
        steady=True,
        referee="agrees",
        measured_on="2026-11-21",
    )
    written = asdict(replace(defaults, **fields))
    return {name: "" if value is None else str(value) for name, value in written.items()}


def moments(*stand: tuple[int, int | None]) -> tuple[Moment, ...]:
    """One moment a second."""
    return tuple(
        Moment(seconds=float(second), value_milli=value, bound_milli=bound)
        for second, (value, bound) in enumerate(stand)
    )


def cell(rows: list[Row], *, sheet: str, heading: str, best_known: dict[str, tuple[int, str]] | None = None) -> str:
    """The first line's cell under a heading."""
    found = next(table for table in tables(rows, best_known=best_known or {}) if table.title.startswith(sheet))
    return found.lines[0][found.headings.index(heading)]


class TestRun:
    def test_run_tells_what_it_reached_and_took(self, instances: Path) -> None:
        trial = Measurement(path=instances / "tiny.json.gz", method="ours", seed=3, limit=1.0, threads=1)
        reached, curve = run(trial)
        assert (reached.instance, reached.method, reached.seed, reached.limit) == ("tiny", "ours", 3, "1")
        assert reached.value > 0
        assert reached.bound is not None
        assert reached.bound >= reached.value
        assert reached.first_plan_seconds is not None
        assert reached.first_plan_seconds <= reached.seconds
        assert reached.peak_megabytes > 20
        assert reached.steady
        assert curve[-1].value_milli == round(1000 * reached.value)

    @pytest.mark.parametrize(("value", "said"), [("verify", "agrees"), ("-1", "DISAGREES")])
    def test_referee_is_asked_for_the_value(self, instances: Path, tmp_path: Path, value: str, said: str) -> None:
        referee = tmp_path / "referee.py"
        worth = {"verify": "plan['value_milli']"}.get(value, value)
        referee.write_text(f"def judge(document, plan):\n    return {{'feasible': True, 'value_milli': {worth}}}\n")
        path = instances / "tiny.json.gz"
        reached, _ = run(Measurement(path=path, method="ours", seed=1, limit=0.2, threads=1, referee=referee))
        assert reached.referee == said

    def test_spreadsheet_proves_nothing(self, instances: Path) -> None:
        trial = Measurement(path=instances / "tiny.json.gz", method="spreadsheet", seed=0, limit=0.0, threads=1)
        reached, _ = run(trial)
        assert reached.value > 0
        assert reached.bound is None
        assert reached.gap_percent is None


class TestCurve:
    def test_value_that_falls_is_not_steady(self) -> None:
        assert not _is_steady(moments((5, 9), (4, 9)))

    def test_bound_that_rises_is_not_steady(self) -> None:
        assert not _is_steady(moments((5, 9), (5, 10)))

    def test_bound_that_is_forgotten_is_not_steady(self) -> None:
        assert not _is_steady(moments((5, 9), (5, None)))

    def test_closing_in_is_steady(self) -> None:
        assert _is_steady(moments((5, None), (5, 9), (6, 8), (8, 8)))

    def test_one_percent_short_counts_as_near(self) -> None:
        assert _near_final_seconds(moments((0, None), (989, None), (990, None), (1000, None))) == 2.0

    def test_negative_values_have_an_end_too(self) -> None:
        assert _near_final_seconds(moments((-2000, None), (-1010, None), (-1000, None))) == 1.0


class TestCommand:
    def chosen(self, instances: Path, output: Path) -> list[str]:
        return ["--instances", str(instances), "--methods", "spreadsheet", "-o", str(output)]

    def test_finished_run_is_not_made_again(
        self, instances: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        output = tmp_path / "out"
        assert command.main([*self.chosen(instances, output), "--markdown", str(tmp_path / "page.md")]) == 0
        monkeypatch.setattr(command, "_run_apart", lambda trial, place: pytest.fail(f"{trial.key} was made again"))
        assert command.main(self.chosen(instances, output)) == 0
        with (output / "results.csv").open(newline="", encoding="utf-8") as file:
            assert [(row["instance"], row["method"]) for row in csv.DictReader(file)] == [("tiny", "spreadsheet")]
        assert "1 runs, " in (tmp_path / "page.md").read_text(encoding="utf-8")

    def test_run_that_fails_leaves_no_row_and_tells(
        self, instances: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(command, "_run_apart", lambda trial, place: "out of memory")
        assert command.main(self.chosen(instances, tmp_path / "out")) == 1
        assert command.read_results(tmp_path / "out" / "results.csv") == []

    def test_no_run_begins_that_would_end_too_late(
        self,
        instances: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr(command, "_run_apart", lambda trial, place: pytest.fail("there was no time"))
        assert command.main([*self.chosen(instances, tmp_path / "out"), "--minutes", "0"]) == 0
        assert "1 runs are left" in capsys.readouterr().err

    def test_unknown_set_is_refused_by_name(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert command.main(["--instances", "atlantis"]) == 2
        assert "atlantis is neither one of the sets districts" in capsys.readouterr().err

    def test_referee_that_is_not_there_is_refused_by_name(
        self, instances: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert command.main([*self.chosen(instances, tmp_path / "out"), "--referee", str(tmp_path / "judge.py")]) == 2
        assert "there is no referee" in capsys.readouterr().err

    def test_two_instances_of_one_name_are_refused(
        self, instances: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write_instance(tiny_instance(), instances / "tiny.json")
        assert command.main(self.chosen(instances, tmp_path / "out")) == 2
        assert "have the same name" in capsys.readouterr().err

    def test_results_with_other_columns_are_not_continued(
        self, instances: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "results.csv").write_text("instance,value\ntown,3\n", encoding="utf-8")
        assert command.main(self.chosen(instances, tmp_path)) == 2
        assert "other columns" in capsys.readouterr().err

    def test_everything_is_run_once_before_anything_again(self, instances: Path) -> None:
        chosen = command._parser().parse_args(["--seeds", "4,5", "--time-limits", "10,25"])
        made = command._trials([instances / "tiny.json.gz"], chosen)
        assert [(trial.method, trial.limit, trial.seed) for trial in made] == [
            ("spreadsheet", 0.0, 0),
            ("ours", 10.0, 4),
            ("ours", 25.0, 4),
            ("ours", 10.0, 5),
            ("ours", 25.0, 5),
        ]

    def test_child_hears_the_trial_that_was_meant(self) -> None:
        trial = Measurement(path=Path("a b/ü.json"), method="ours", seed=7, limit=2.5, threads=1)
        judged = replace(trial, referee=Path("c d/é.py"))
        assert [command._trial_from(command._spoken(each)) for each in (trial, judged)] == [trial, judged]


class TestTables:
    def test_seeds_are_told_by_their_median(self) -> None:
        rows = [result(seed=seed, value=value) for seed, value in ((1, 800.0), (2, 910.0), (3, 905.0))]
        assert cell(rows, sheet="Planning", heading="value") == "905"
        assert cell(rows, sheet="Planning", heading="seeds") == "3"

    def test_worst_gap_is_not_hidden_by_the_median(self) -> None:
        rows = [result(seed=seed, gap_percent=gap) for seed, gap in ((1, 1.0), (2, 1.5), (3, 7.0))]
        assert cell(rows, sheet="Planning", heading="gap %") == "1.50"
        assert cell(rows, sheet="Planning", heading="worst gap %") == "7.00"

    def test_peer_that_wins_is_shown_ahead(self) -> None:
        rows = [result(value=900.0), result(method="pyvrp", value=1000.0), result(method="vroom", value=950.0)]
        assert cell(rows, sheet="Peers", heading="ahead by %") == "-10.0 (pyvrp)"

    def test_peers_are_compared_at_the_same_limit_only(self) -> None:
        rows = [result(value=990.0, limit="60"), result(value=900.0), result(method="pyvrp", value=900.0)]
        assert cell(rows, sheet="Peers", heading="ours") == "900"

    def test_distance_to_the_best_known_score_is_that_of_the_mean(self) -> None:
        rows = [result(seed=1, value=100.0), result(seed=2, value=98.0)]
        known = {"town": (100, "somebody")}
        assert cell(rows, sheet="Public", heading="mean gap %", best_known=known) == "1.00"
        assert cell(rows, sheet="Public", heading="reached by", best_known=known) == "1 of 2"

    def test_disagreement_with_the_referee_is_told(self) -> None:
        page = markdown([], [result(), result(seed=2, referee="DISAGREES")])
        assert "1 of 2 plans also judged" in page
        assert "except on 1" in page


class TestPage:
    def test_page_keeps_what_stands_around_its_tables(self, tmp_path: Path) -> None:
        page = tmp_path / "page.md"
        page.write_text(f"# Before\n\n{command.BEGIN}\nold\n{command.END}\n\nAfter\n", encoding="utf-8")
        command._write_page(page, "new\n")
        text = page.read_text(encoding="utf-8")
        assert text == f"# Before\n\n{command.BEGIN}\n\nnew\n\n{command.END}\n\nAfter\n"

    def test_page_without_a_place_for_tables_is_not_overwritten(self, tmp_path: Path) -> None:
        page = tmp_path / "page.md"
        page.write_text("mine", encoding="utf-8")
        with pytest.raises(FileExistsError, match="has no place"):
            command._write_page(page, "new")


class TestPictures:
    def test_every_instance_with_a_curve_gets_a_picture(self, tmp_path: Path) -> None:
        short = result(limit="2", seed=0)
        rows = [short, result(), result(method="pyvrp"), result(method="spreadsheet", seed=0, limit="0", bound=None)]
        curve = tmp_path / "curve.json"
        curve.write_text(json.dumps([asdict(moment) for moment in moments((0, None), (900_000, 1_000_000))]))
        written = draw(rows, {key_of(row): curve for row in rows}, tmp_path / "pictures")
        assert [path.name for path in written] == ["town.png"]
        assert written[0].read_bytes().startswith(b"\x89PNG")
