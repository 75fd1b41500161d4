"""The files of pages: their address bears a version of all of them together, so that browsers may keep them for ever
and a script never meets a neighbour of another version."""

import os
import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parents[1] / "static" / "pages"
PREFIX = "/static/pages"
_KEPT_FOR_EVER = "public, max-age=31536000, immutable"
_AND = "+"
"""Between the names of styles that are fetched as one."""
_BLANKS_BEFORE = re.compile(rb"^ +", re.MULTILINE)
_STYLE_COMMENTS = re.compile(rb"/\*.*?\*/", re.DOTALL)
_BLANKS_AROUND = re.compile(rb"\s*([{};,])\s*")
_COMMENT_LINES = re.compile(rb"^[ ]*(?://.*|/\*\*.*\*/)$|^[ ]*/\*\*\n(?:[ ]*\*.*\n)+?[ ]*\*/$", re.MULTILINE)


@cache
def version() -> str:
    """A digest of all files of the folder, in twelve hexadecimal digits."""
    digest = sha256()
    for file in sorted(path for path in FOLDER.rglob("*") if path.is_file()):
        digest.update(file.relative_to(FOLDER).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def address(*names: str) -> str:
    """Where a browser finds one of our files, or several styles as one; raises `FileNotFoundError` for one that is not
    there. On a slow signal each answer costs as much as some kilobytes of its content."""
    for name in names:
        if not (FOLDER / name).is_file():
            raise FileNotFoundError(name)
    return f"{PREFIX}/{version()}/{_AND.join(names)}"


@cache
def inside(name: str) -> str:
    """A small drawing as an address that holds it, for a page of which every answer counts."""
    return f"data:image/svg+xml,{quote((FOLDER / name).read_bytes())}"


@cache
def script(name: str) -> bytes:
    """A script of ours as it is sent: in the same lines, without comments and the blanks before a line, which together
    are a fifth of its size."""
    source = _COMMENT_LINES.sub(lambda comment: b"\n" * comment[0].count(b"\n"), (FOLDER / name).read_bytes())
    return _BLANKS_BEFORE.sub(b"", source)


@cache
def styles(names: str) -> bytes:
    """Several styles as they are sent, in the order of their names: without comments and the blanks that say nothing,
    which are a tenth of them. Raises `FileNotFoundError` for one that is not there."""
    wanted = names.split(_AND)
    if not {file.name for file in FOLDER.glob("*.css")}.issuperset(wanted):
        raise FileNotFoundError(names)
    source = b"".join((FOLDER / name).read_bytes() for name in wanted)
    return _BLANKS_AROUND.sub(rb"\1", _STYLE_COMMENTS.sub(b"", source)).replace(b": ", b":")


class PageFiles(StaticFiles):
    """Serves `/<version>/<name>`. A page that was read before an update gets today's file, but may not keep it."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    def get_path(self, scope: Scope) -> str:
        of_version, _, name = super().get_path(scope).partition("/")
        scope["is_of_this_version"] = of_version == version()
        return name

    async def get_response(self, path: str, scope: Scope) -> Response:
        if _AND in path and scope["method"] in ("GET", "HEAD"):
            try:
                return self._kept(Response(styles(path), media_type="text/css"), scope)
            except FileNotFoundError:
                # Said as of any other file that is not there.
                return await super().get_response(path, scope)
        return await super().get_response(path, scope)

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        file = Path(full_path)
        if file.parent == FOLDER and file.suffix == ".js":
            return self._kept(Response(script(file.name), media_type="text/javascript"), scope)
        return self._kept(super().file_response(full_path, stat_result, scope, status_code), scope)

    @staticmethod
    def _kept(response: Response, scope: Scope) -> Response:
        if scope["is_of_this_version"]:
            response.headers["Cache-Control"] = _KEPT_FOR_EVER
        return response
