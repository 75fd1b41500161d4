"""How kernels are compiled, and where machine code is kept between runs, whole or not at all."""

import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core.caching import IndexDataCacheFile

MANIFEST = "manifest.json"
THIS = __name__.partition(".")[2]
IMPORT = re.compile(r"^\s*from solver\.([\w.]+) import (\([^)]*\)|[^\n]*)", re.MULTILINE)
PACKAGE = Path(__file__).parents[1]

Function = TypeVar("Function", bound=Callable[..., object])


def data_folder() -> Path:
    """Where the solver may leave files: the data folder of the application, or one beside the package."""
    data = os.environ.get("JEMPUT_DATA_DIR")
    return Path(data) if data else PACKAGE.parent / ".data"


def cache_root() -> Path:
    """Where machine code is kept; `NUMBA_CACHE_DIR` overrides."""
    return Path(os.environ.get("NUMBA_CACHE_DIR") or data_folder() / "numba")


def cache_folder(module: str) -> Path:
    """The folder of the compiled functions of a module, `search.route` being one, named after its source and that of
    all it imports from this package.

    Numba notices a changed file, but not a changed callee in another one. A file without kernels counts if it mentions
    `@compiled`: then compiled code reads constants or columns of it.
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
    """The modules of this package that a source imports, `search.route` being one; relative imports are not ours."""
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
    if not (folder / MANIFEST).exists():
        return 0
    recorded = _recorded(folder)
    dropped = 0
    for name, digest in _digests(folder).items():
        if recorded is None or recorded.get(name, digest) != digest:
            (folder / name).unlink(missing_ok=True)
            dropped += 1
    return dropped


def _recorded(folder: Path) -> dict[str, str] | None:
    """The digest of each file when it was recorded; None if nothing was, or the record is damaged."""
    try:
        return dict(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def record_compiled() -> None:
    """Write down what the cache holds now, so that the next process can tell damage.

    Only of folders that got something since: reading all machine code takes longer than many a run.
    """
    for folder in tuple(_unrecorded):
        _unrecorded.discard(folder)
        with suppress(OSError), _alone(folder):  # a cache that cannot be written serves as it is
            draft = folder / f"{MANIFEST}.{os.getpid()}"
            draft.write_text(json.dumps(_digests(folder), indent=0), encoding="utf-8")
            draft.replace(folder / MANIFEST)


def drop_outdated() -> None:
    """Delete the machine code of sources as they no longer are."""
    for path in cache_root().glob("*-" + 16 * "[0-9a-f]"):
        if path not in _folders.values():
            shutil.rmtree(path, ignore_errors=True)


def _in_turn(save: Callable[[Any, object, object], None]) -> Callable[[Any, object, object], None]:
    """Keep machine code while no other process keeps any of the same module.

    Numba names a file by what the index holds at that moment: of two processes at once, one would lose its entry, or
    find the other's code under its own.
    """

    @wraps(save)
    def save_alone(cache: Any, key: object, data: object) -> None:
        with _alone(cache._cache_path):
            save(cache, key, data)
        _unrecorded.update(set(_folders.values()).intersection(Path(cache._cache_path).parents))

    return save_alone


@contextmanager
def _alone(folder: Path | str) -> Iterator[None]:
    """Hold a folder against all other processes."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


IndexDataCacheFile.save = _in_turn(IndexDataCacheFile.save)  # type: ignore[method-assign]


def _names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.nb?"))


def _digests(folder: Path) -> dict[str, str]:
    digests = {}
    for name in _names(folder):
        with suppress(FileNotFoundError):  # another process may have replaced it
            digests[name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    return digests


def _prepare(function: Function) -> None:
    """Point numba to the folder of the function's module, checked when the module is first seen."""
    module = function.__module__.partition(".")[2]
    if module not in _folders:
        folder = _folders[module] = cache_folder(module)
        drop_damaged(folder)
        if set(_names(folder)) - set(_recorded(folder) or ()):
            _unrecorded.add(folder)
    numba.config.CACHE_DIR = str(_folders[module])  # type: ignore[attr-defined]


_folders: dict[str, Path] = {}
_unrecorded: set[Path] = set()

# Nobody takes the address of a kernel to call it from C: without that wrapper compiling takes an eighth less.
OPTIONS: dict[str, Any] = {"nogil": True, "cache": True, "error_model": "numpy", "no_cfunc_wrapper": True}


def compiled(function: Function) -> Function:
    """Compile to machine code that releases the interpreter lock and is kept on disk."""
    _prepare(function)
    return cast(Function, numba.njit(**OPTIONS)(function))


def kernel(function: Function) -> Function:
    """Like `compiled`, for functions that create no array: without reference counts calls are many times cheaper."""
    _prepare(function)
    return cast(Function, numba.njit(**(OPTIONS | {"_nrt": False}))(function))
