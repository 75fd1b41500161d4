"""`/hari-ini`, the coordinator's phone: a page that is kept by `/sw.js`, the worker that opens it without signal. It is
the same for everybody, except that a coordinator's first visit finds the day in it; later ones ask for it by `/v1`."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from fastapi import Request, Response

from app.languages import Language
from app.pages import static_files
from app.pages.day_given import DayGiven
from app.pages.frame import page, pages_router

router = pages_router()

_MODULES = ("today_queue.js", "today_tasks.js", "today_view.js", "parts.js")
_FETCHED_LATER = ("today_report.js", "today_leaving.js")
FOR_PLANNERS = "today_team.js"
"""Not kept: only a coordinator's phone is registered."""
STYLES = ("frame.css", "phone.css")
# The first one bears the version by which the worker knows the page that belongs to it.
FILES = (
    ("today.js",),
    *((name,) for name in (*_MODULES, *_FETCHED_LATER)),
    STYLES,
    ("icon.svg",),
    ("phone.webmanifest",),
)
"""What the worker keeps beside the page: each by the names that its address is made of."""
_ASK_AGAIN = "no-cache"


@router.get("/hari-ini")
async def today_page(request: Request, given: DayGiven) -> Response:
    return _shell(request, given=given)


def _shell(request: Request, language: Language | None = None, *, given: Mapping[str, Any] | None = None) -> Response:
    return page(
        request,
        "today/today.html",
        language=language,
        modules=_MODULES,
        styles=STYLES,
        icon=static_files.inside("icon.svg"),
        given=given,
    )


@router.get("/sw.js")
async def worker(request: Request) -> Response:
    source = page(
        request,
        "today/sw.js",
        version=_version(request),
        files=[static_files.address(*names) for names in FILES],
        queue=static_files.address("today_queue.js"),
    )
    return Response(
        source.body,
        media_type="text/javascript",
        headers={
            "Cache-Control": _ASK_AGAIN,
            # A worker has a policy of its own, by which it reads its parts and asks the service.
            "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'",
        },
    )


def _version(request: Request) -> str:
    """A digest of all that the worker keeps, in twelve hexadecimal digits: files, page and what the page may do."""
    digest = sha256(static_files.version().encode())
    for language in Language:
        shell = _shell(request, language)
        digest.update(shell.headers["Content-Security-Policy"].encode() + bytes(shell.body))
    return digest.hexdigest()[:12]
