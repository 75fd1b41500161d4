"""Finds the planning contract beside the repository, for the tests that compare with it; they skip without it."""

import gzip
import importlib.util
import json
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

_BESIDE_THE_REPOSITORY = Path(__file__).parents[3] / "shared" / "contract"


def contract_folder() -> Path:
    """Return the contract's folder; `JEMPUT_CONTRACT_DIR` overrides where it is looked for."""
    folder = Path(os.environ.get("JEMPUT_CONTRACT_DIR", _BESIDE_THE_REPOSITORY))
    if not (folder / "referee.py").is_file():
        pytest.skip(f"no planning contract in {folder}: set JEMPUT_CONTRACT_DIR to compare with it")
    return folder


def load_referee() -> ModuleType:
    """Import the contract's referee from its file."""
    return _imported(contract_folder() / "referee.py", "contract_referee")


def load_next_referee() -> ModuleType:
    """Import the referee of `outreach-2`, which judges both formats."""
    path = contract_folder() / "next" / "referee.py"
    if not path.is_file():
        pytest.skip(f"no contract of outreach-2 in {path.parent}: set JEMPUT_CONTRACT_DIR to compare with it")
    return _imported(path, "next_contract_referee")


def _imported(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def contract_instances() -> list[Path]:
    """Return the contract's instance files, smallest first."""
    folder = contract_folder() / "instances"
    return sorted((path for path in folder.iterdir() if ".json" in path.name), key=lambda path: path.stat().st_size)


def next_contract_instances() -> list[Path]:
    """Return the instance files of `outreach-2`, smallest first; none where that contract is not there."""
    folder = contract_folder() / "next" / "instances"
    return sorted(folder.glob("*.json"), key=lambda path: path.stat().st_size)


def load_document(path: Path) -> Any:
    """Parse a JSON file, compressed or not."""
    content = path.read_bytes()
    return json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)
