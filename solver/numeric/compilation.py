"""How kernels are compiled, and where machine code is kept between runs, whole or not at all."""

import hashlib
import json
import os
import platform
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba

if TYPE_CHECKING:
    from solver.contract.instance import Instance

MANIFEST = "manifest.json"
THIS = __name__.partition(".")[2]
IMPORT = re.compile(r"^\s*from solver\.([\w.]+) import (\([^)]*\)|[^\n]*)", re.MULTILINE)
PACKAGE = Path(__file__).parents[1]
REPRESENTATIVE_STEPS = 600

Function = TypeVar("Function", bound=Callable[..., object])


def data_folder() -> Path:
    """Where the solver may leave files: the data folder of the application, or one beside the package."""
    data = os.environ.get("JEMPUT_DATA_DIR")
    return Path(data) if data else PACKAGE.parent / ".data"


def cache_root() -> Path:
    """Where machine code is kept; `NUMBA_CACHE_DIR` overrides."""
    return Path(os.environ.get("NUMBA_CACHE_DIR") or data_folder() / "numba")


def cache_folder(module: str) -> Path:
    """The folder of the compiled functions of a module, `search.kernels` being one, named after its source and that of
    all it imports from this package.

    Numba notices a changed file, but not a changed callee in another one.
    """
    digest = hashlib.sha256(platform.machine().encode() + platform.python_version().encode())
    waiting, seen = [module], {module}
    while waiting:
        name = waiting.pop()
        text = _source(name).read_text(encoding="utf-8")
        if "@compiled" in text or "@kernel" in text or name in (module, THIS):
            digest.update(text.encode())
        imported = sorted(imported_modules(text) - seen)
        seen.update(imported)
        waiting.extend(imported)
    return cache_root() / f"{module}-{digest.hexdigest()[:16]}"


def imported_modules(text: str) -> set[str]:
    """The modules of this package that a source imports, `search.kernels` being one; relative imports are not ours."""
    modules = set()
    for name, members in IMPORT.findall(text):
        if _source(name).is_file():
            modules.add(name)
        else:  # a room: what is imported from it are modules
            names = [member.split()[0] for member in members.strip("()\n ").split(",") if member.strip()]
            modules.update(f"{name}.{member}" for member in names)
    return modules


def _source(module: str) -> Path:
    return PACKAGE.joinpath(*module.split(".")).with_suffix(".py")


def drop_damaged(folder: Path) -> int:
    """Delete cached machine code that is not what was recorded, and return how many files went.

    Damaged code would crash the process instead of raising; numba compiles anew what is missing. What was never
    recorded is another process's work of the moment, and whole, since numba renames finished files into place.
    """
    manifest = folder / MANIFEST
    if not manifest.exists():
        return 0
    try:
        recorded = dict(json.loads(manifest.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        recorded = None
    dropped = 0
    for name, digest in _digests(folder).items():
        if recorded is None or recorded.get(name, digest) != digest:
            (folder / name).unlink(missing_ok=True)
            dropped += 1
    return dropped


def record_compiled() -> None:
    """Write down what the cache holds now, so that the next process can tell damage."""
    for folder in _folders.values():
        if not folder.is_dir():
            continue
        digests = json.dumps(_digests(folder), indent=0)
        manifest = folder / MANIFEST
        try:
            if not manifest.exists() or manifest.read_text(encoding="utf-8") != digests:
                draft = folder / f"{MANIFEST}.{os.getpid()}"
                draft.write_text(digests, encoding="utf-8")
                draft.replace(manifest)
        except OSError:
            continue  # a cache that cannot be written serves as it is


def _digests(folder: Path) -> dict[str, str]:
    found = {}
    for path in sorted(folder.rglob("*.nb?")):
        with suppress(FileNotFoundError):  # another process may have replaced it
            found[str(path.relative_to(folder))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def _prepare(function: Function) -> None:
    """Point numba to the folder of the function's module, checked when the module is first seen."""
    module = function.__module__.partition(".")[2]
    if module not in _folders:
        _folders[module] = cache_folder(module)
        drop_damaged(_folders[module])
    numba.config.CACHE_DIR = str(_folders[module])  # type: ignore[attr-defined]


_folders: dict[str, Path] = {}

OPTIONS: dict[str, Any] = {"nogil": True, "cache": True, "error_model": "numpy"}


def compiled(function: Function) -> Function:
    """Compile to machine code that releases the interpreter lock and is kept on disk."""
    _prepare(function)
    return cast(Function, numba.njit(**OPTIONS)(function))


def kernel(function: Function) -> Function:
    """Like `compiled`, for functions that create no array: without reference counts calls are many times cheaper."""
    _prepare(function)
    return cast(Function, numba.njit(**(OPTIONS | {"_nrt": False}))(function))


def warm() -> None:
    """Compile whatever a run calls, by solving a tiny instance, and drop what older sources left behind."""
    from solver.questions.forcing import Forcing
    from solver.replan import replan
    from solver.solve import Limits, solve

    tiny = tiny_instance()
    solved = solve(tiny, Limits(iterations=REPRESENTATIVE_STEPS))
    replan(tiny, iterations=REPRESENTATIVE_STEPS)
    Forcing(tiny, solved.plan.visits).force(tiny.sites[0].id, iterations=REPRESENTATIVE_STEPS)
    for path in cache_root().glob("*-" + 16 * "[0-9a-f]"):
        if path not in _folders.values():
            shutil.rmtree(path, ignore_errors=True)


def tiny_instance() -> "Instance":
    """An instance that leads through every kernel; types alone decide what is compiled, sizes do not."""
    from solver.contract.instance import Instance

    open_all_day, dates = "11", ["2023-11-13", "2023-11-14"]
    site = {
        "kind": "agency", "area": "A", "lat": -3.3, "lon": 102.9, "people": 400, "connectivity": 3,
        "dates": open_all_day, "windows": [[480, 720], [780, 960]], "windows_on": {}, "setup_minutes": 20,
        "fixed_minutes": None, "max_visit_dates": 2, "min_gap_days": 1, "max_teams": 2,
    }  # fmt: skip
    team = {
        "operators": 2, "minutes_per_activation": 6, "lat": -3.29, "lon": 102.86, "dates": open_all_day,
        "shift": [450, 990], "satellite": False, "max_stops": 3,
    }  # fmt: skip
    visit = {"team": "T1", "date": dates[0], "site": "S1", "start": 500, "minutes": 60}
    return Instance.from_json(
        {
            "format": "outreach-1",
            "name": "tiny",
            "dates": dates,
            "slot_minutes": 15,
            "target": {"gap": None, "walk_ins_per_day": 0},
            "connectivity": {
                "throughput_percent": [0, 45, 70, 90, 100],
                "success_percent": [0, 75, 88, 95, 98],
                "satellite_level": 3,
            },
            "travel": {"detour": 1.3, "kmh": 30, "overrides": []},
            "areas": [{"id": "A", "name": "A", "min_activations": 50}],
            "sites": [
                {**site, "id": f"S{x}", "name": f"S{x}", "must": x == 4, "lat": -3.3 - 0.02 * x} for x in range(1, 6)
            ],
            "teams": [{**team, "id": "T1"}, {**team, "id": "T2", "satellite": True}],
            "costs": {"per_km": 4000, "per_team_day": 300_000, "budget": None},
            "weights": {
                "must": 1_000_000,
                "pin": 1_000_000,
                "shortfall": 1000,
                "area_shortfall": 500,
                "per_million_cost": 1000,
                "late": 2,
                "moved": 50,
            },
            "pinned": [visit],
            "published": [visit, {**visit, "team": "T2", "site": "S2"}],
        }
    )
