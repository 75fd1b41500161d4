"""A plan says which code made it."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from solver.contract.plan import Plan
from solver.contract.version import RELEASE, solver_version

ROOT = Path(__file__).parents[3]


def version_of(folder: Path) -> str:
    code = "from solver.contract.version import solver_version; print(solver_version())"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_plan_carries_the_release_and_a_digest_of_the_code() -> None:
    version = Plan(visits=()).solver_version
    assert version == solver_version()
    assert re.fullmatch(re.escape(RELEASE) + r"\+[0-9a-f]{12}", str(version))
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == RELEASE


def test_version_changes_with_the_code_and_with_nothing_else(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "solver", tmp_path / "solver", ignore=shutil.ignore_patterns("__pycache__"))
    before = version_of(tmp_path)
    (tmp_path / "solver" / "notes.txt").write_text("a note")
    assert version_of(tmp_path) == before
    with (tmp_path / "solver" / "contract" / "travel.py").open("a") as file:
        file.write("# another word\n")
    assert version_of(tmp_path) != before
