"""How kernels are compiled, and where machine code is kept between runs, whole or not at all."""

import hashlib
import json
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

MANIFEST = "manifest.json"

Function = TypeVar("Function", bound=Callable[..., object])


def data_folder() -> Path:
    """Where the solver may leave files: the data folder of the application, or one beside the package."""
    data = os.environ.get("JEMPUT_DATA_DIR")
    return Path(data) if data else Path(__file__).parent.parent / ".data"


def cache_folder() -> Path:
    """The folder of this very source and machine; numba itself does not notice a changed callee."""
    here = Path(__file__).parent
    digest = hashlib.sha256(platform.machine().encode() + platform.python_version().encode())
    for source in sorted(here.glob("*.py")):
        text = source.read_bytes()
        if b"@compiled" in text or b"@kernel" in text or source.name == Path(__file__).name:
            digest.update(text)
    chosen = Path(os.environ.get("NUMBA_CACHE_DIR") or data_folder() / "numba")
    name = digest.hexdigest()[:16]
    # A child process inherits the folder that its parent chose.
    return chosen if chosen.name == name else chosen / name


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.nb?"))
    }


def drop_damaged(folder: Path) -> int:
    """Delete cached machine code that is not what was recorded, and return how many files went.

    Damaged code would crash the process instead of raising; numba compiles anew what is missing.
    """
    try:
        recorded = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        recorded = {}
    dropped = 0
    for name, digest in _digests(folder).items():
        if recorded.get(name) != digest:
            (folder / name).unlink(missing_ok=True)
            dropped += 1
    return dropped


def record_compiled() -> None:
    """Write down what the cache holds now, so that the next process can trust it."""
    digests = json.dumps(_digests(CACHE), indent=0)
    manifest = CACHE / MANIFEST
    if CACHE.is_dir() and (not manifest.exists() or manifest.read_text() != digests):
        draft = CACHE / f"{MANIFEST}.{os.getpid()}"
        draft.write_text(digests)
        draft.replace(manifest)


CACHE = cache_folder()
drop_damaged(CACHE)
os.environ["NUMBA_CACHE_DIR"] = str(CACHE)

import numba  # noqa: E402 - numba reads the folder when it is imported

numba.config.CACHE_DIR = str(CACHE)  # type: ignore[attr-defined]


def compiled(function: Function) -> Function:
    """Compile to machine code that releases the interpreter lock and is kept on disk."""
    return cast(Function, numba.njit(nogil=True, cache=True, error_model="numpy")(function))


def kernel(function: Function) -> Function:
    """Like `compiled`, for functions that create no array: without reference counts calls are many times cheaper."""
    return cast(Function, numba.njit(nogil=True, cache=True, error_model="numpy", _nrt=False)(function))
