"""The frame of all pages: templates, language, headers, forms, and what a browser is shown in place of a problem."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote

import structlog
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.access.browsers import check_own_origin
from app.errors import FieldProblem, invalid
from app.languages import Language, in_language, language_of, said
from app.pages.texts import text
from app.words import moment

_STATIC = Path(__file__).parents[1] / "static" / "pages"
LANGUAGE_COOKIE = "bahasa"
_YEAR_SECONDS = 365 * 86_400
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    # With none at all, browsers would not say either whose page sends a form.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_MOST_FIELDS = 20
_OWN_PATH = re.compile(r"/(?!/)[A-Za-z0-9._~/-]*")


@cache
def _static_hash(name: str) -> str:
    return sha256((_STATIC / name).read_bytes()).hexdigest()[:12]


def _static(name: str) -> str:
    """The address of one of our files, another one when its content is another."""
    return f"/static/pages/{name}?v={_static_hash(name)}"


_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals["static"] = _static


def language_for(request: Request) -> Language:
    """The language that was chosen, else the one that the browser asks for, else Indonesian."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in tuple(Language):
        return Language(chosen)
    asked = request.headers.get("accept-language")
    return language_of(asked) if asked else Language.INDONESIAN


def page(request: Request, template: str, *, status_code: int = 200, **values: Any) -> Response:
    """A template as a page, in the reader's language, with the headers that every page bears."""
    language = language_for(request)
    content = _environment.get_template(template).render(
        language=language.value,
        path=request.url.path,
        t=lambda key, **fields: text(key, language, **fields),
        say=lambda sentence: in_language(sentence, language),
        moment=lambda local: moment(local)[language.value],
        **values,
    )
    return HTMLResponse(content, status_code, dict(_HEADERS))


def go_to(path: str) -> Response:
    """Read another page, by GET, after what was sent."""
    return RedirectResponse(path, HTTPStatus.SEE_OTHER, dict(_HEADERS))


def own_path(wish: str | None) -> str:
    """The page of ours that was wished for; the home page for anything that could lead elsewhere."""
    return wish if wish is not None and _OWN_PATH.fullmatch(wish) else "/"


def remember_language(response: Response, language: Language) -> None:
    response.set_cookie(LANGUAGE_COOKIE, language.value, max_age=_YEAR_SECONDS, path="/", httponly=True, samesite="lax")


async def _own_page(request: Request) -> None:
    check_own_origin(request)


def pages_router() -> APIRouter:
    """Routes of pages: outside of the described API, and what is sent to them comes from our own pages alone."""
    return APIRouter(include_in_schema=False, dependencies=[Depends(_own_page)], default_response_class=HTMLResponse)


async def _read_form(request: Request) -> Mapping[str, str]:
    try:
        body = (await request.body()).decode()
        return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"))
    except ValueError as error:
        raise invalid("/", said("This is no form of these pages.", "Ini bukan formulir dari halaman ini.")) from error


Form = Annotated[Mapping[str, str], Depends(_read_form)]
"""The fields of a form that was sent; a missing one is an empty text to whoever asks with a default."""


def problem_page(
    request: Request, status: int, detail: str, problems: Sequence[FieldProblem], headers: Mapping[str, str]
) -> Response:
    """What a browser shows in place of problem details: the same words, and a way on."""
    if status == HTTPStatus.UNAUTHORIZED and request.method == "GET" and not request.url.path.startswith("/v1/"):
        return go_to(f"/masuk?ke={quote(own_path(request.url.path))}")
    response = page(
        request,
        "problem.html",
        status_code=status,
        detail=detail,
        problems=problems[:10] if len(problems) > 1 else (),
        request_id=structlog.contextvars.get_contextvars().get("request_id", ""),
        may_log_in=status == HTTPStatus.UNAUTHORIZED,
    )
    response.headers.update({name: value for name, value in headers.items() if name not in _HEADERS})
    return response
