"""The files of pages: their address bears a version of all of them together, so that browsers may keep them for ever
and a script never meets a neighbour of another version."""

import os
from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parents[1] / "static" / "pages"
PREFIX = "/static/pages"
_KEPT_FOR_EVER = "public, max-age=31536000, immutable"


@cache
def version() -> str:
    """A digest of all files of the folder, in twelve hexadecimal digits."""
    digest = sha256()
    for file in sorted(path for path in FOLDER.rglob("*") if path.is_file()):
        digest.update(file.relative_to(FOLDER).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def address(name: str) -> str:
    """Where a browser finds one of our files; raises `FileNotFoundError` for one that is not there."""
    if not (FOLDER / name).is_file():
        raise FileNotFoundError(name)
    return f"{PREFIX}/{version()}/{name}"


class PageFiles(StaticFiles):
    """Serves `/<version>/<name>`. A page that was read before an update gets today's file, but may not keep it."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    def get_path(self, scope: Scope) -> str:
        asked, _, name = super().get_path(scope).partition("/")
        scope["is_of_this_version"] = asked == version()
        return name

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        if scope["is_of_this_version"]:
            response.headers["Cache-Control"] = _KEPT_FOR_EVER
        return response
