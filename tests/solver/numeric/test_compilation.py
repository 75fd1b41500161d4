import hashlib
import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numba
import pytest
from numba.core.caching import IndexDataCacheFile

from solver.contract.tiny import tiny_instance
from solver.numeric import compilation
from solver.numeric.compilation import (
    MANIFEST,
    PACKAGE,
    cache_folder,
    drop_damaged,
    imported_modules,
    record_compiled,
)
from solver.solve import compile_kernels


def test_damaged_machine_code_is_dropped(tmp_path: Path) -> None:
    whole, damaged = tmp_path / "a.1.nbc", tmp_path / "b.1.nbc"
    whole.write_bytes(b"whole")
    damaged.write_bytes(b"damaged")
    recorded = {whole.name: hashlib.sha256(b"whole").hexdigest(), damaged.name: hashlib.sha256(b"intact").hexdigest()}
    (tmp_path / MANIFEST).write_text(json.dumps(recorded))
    assert drop_damaged(tmp_path) == 1
    assert whole.exists()
    assert not damaged.exists()


def test_unreadable_record_drops_everything(tmp_path: Path) -> None:
    (tmp_path / "a.nbi").write_bytes(b"index")
    (tmp_path / MANIFEST).write_text("{")
    assert drop_damaged(tmp_path) == 1


def test_work_of_another_process_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.nbi").write_bytes(b"index")
    assert drop_damaged(tmp_path) == 0


def test_compiled_functions_are_recorded() -> None:
    compile_kernels()
    folder = cache_folder("search.neighbourhood")
    recorded = json.loads((folder / MANIFEST).read_text())
    assert any("anneal" in name for name in recorded)
    assert drop_damaged(folder) == 0


NOTHING_IS_LEFT = """
from numba.core.dispatcher import Dispatcher
from solver.bound.bounds import upper_bounds
from solver.contract.tiny import tiny_instance_with_documents, tiny_instance_with_kits, tiny_instance_with_nights
from solver.numeric.arrays import build_arrays
from solver.solve import compile_kernels
from solver.stopping import never

compile_kernels(away=True)
compile_kernels(several=True)
late, compile_or_load = [], Dispatcher.compile

def told(dispatcher, signature):
    late.append(dispatcher.py_func.__qualname__)
    return compile_or_load(dispatcher, signature)

Dispatcher.compile = told
for tiny in (tiny_instance_with_kits, tiny_instance_with_documents, tiny_instance_with_nights):
    for _ in upper_bounds(build_arrays(tiny()), should_stop=never):
        pass
print(*late)
"""


def test_no_kernel_of_a_bound_is_left_to_be_loaded_while_the_clock_runs() -> None:
    """In a process of its own, since what other tests have called is loaded already."""
    late = subprocess.run([sys.executable, "-c", NOTHING_IS_LEFT], capture_output=True, text=True, check=True)
    assert late.stdout.split() == []


def test_only_folders_that_got_code_since_are_read_to_be_recorded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder, other = tmp_path / "search.route", tmp_path / "search.undo"
    monkeypatch.setattr(compilation, "_folders", {path.name: path for path in (folder, other)})
    monkeypatch.setattr(compilation, "_unrecorded", set())
    cache = IndexDataCacheFile(str(folder / "kept"), "anneal", "stamp")
    for path in (folder / "kept", other):
        path.mkdir(parents=True)
    cache.save(1, "first")
    record_compiled()
    before = set(json.loads((folder / MANIFEST).read_text()))
    assert {Path(name).suffix for name in before} == {".nbi", ".nbc"}
    (folder / MANIFEST).unlink()
    record_compiled()
    assert not (folder / MANIFEST).exists()
    cache.save(2, "second")
    record_compiled()
    assert before < set(json.loads((folder / MANIFEST).read_text()))
    assert drop_damaged(folder) == 0
    assert not (other / MANIFEST).exists()


def test_code_that_another_process_kept_and_did_not_record_is_recorded_with_ours(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "search.route"
    folder.mkdir()
    (folder / "anneal.1.nbc").write_bytes(b"kept by a process that was killed")
    monkeypatch.setattr(compilation, "_folders", {})
    monkeypatch.setattr(compilation, "_unrecorded", set())
    monkeypatch.setattr(compilation, "cache_folder", lambda module: folder)
    monkeypatch.setattr(numba.config, "CACHE_DIR", numba.config.CACHE_DIR)
    compilation.compiled(len_of)
    record_compiled()
    assert set(json.loads((folder / MANIFEST).read_text())) == {"anneal.1.nbc"}


def len_of(values: tuple[int, ...]) -> int:
    return len(values)


def test_code_kept_at_once_is_found_under_its_own_name(tmp_path: Path) -> None:
    caches = [IndexDataCacheFile(str(tmp_path), "anneal", "stamp") for _ in range(4)]

    def keep(number: int) -> None:
        for entry in range(25):
            caches[number].save((number, entry), [number, entry])

    with ThreadPoolExecutor(len(caches)) as threads:
        list(threads.map(keep, range(len(caches))))
    keys = [(number, entry) for number in range(len(caches)) for entry in range(25)]
    assert [caches[0].load(key) for key in keys] == [list(key) for key in keys]


def test_what_a_source_imports_is_found_through_rooms_and_in_functions() -> None:
    source = """
from solver.search import route, tables as t
from solver.bound.day_layout import day_of_block
def late():
    from solver.numeric.kinds import Ints
"""
    assert imported_modules(source) == {"search.route", "search.tables", "bound.day_layout", "numeric.kinds"}


def test_every_module_that_the_search_is_compiled_from_changes_its_folder() -> None:
    reached, waiting = set(), ["search.neighbourhood"]
    while waiting:
        module = waiting.pop()
        reached.add(module)
        text = (PACKAGE / f"{module.replace('.', '/')}.py").read_text()
        waiting.extend(imported_modules(text) - reached)
    assert {"search.route", "search.insertion", "search.tables", "numeric.compilation"} <= reached


def test_changed_column_number_changes_the_folder_of_whatever_reads_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    copy = tmp_path / "solver"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(compilation, "PACKAGE", copy)
    before = cache_folder("search.insertion"), cache_folder("bound.pricing")
    tables = copy / "search" / "tables.py"
    tables.write_text(
        tables.read_text().replace("TEAMS_ON, CAPACITY_ON = range(2)", "CAPACITY_ON, TEAMS_ON = range(2)")
    )
    after = cache_folder("search.insertion"), cache_folder("bound.pricing")
    assert (before[0] != after[0], before[1] != after[1]) == (True, False)


def test_tiny_instance_has_a_must_visit_a_pin_and_a_published_plan() -> None:
    instance = tiny_instance()
    assert any(site.must for site in instance.sites)
    assert instance.pinned
    assert instance.published
