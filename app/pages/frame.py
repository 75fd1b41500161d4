"""The frame of all pages: templates, headers, forms, and what a browser is shown in place of a problem."""

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote

import structlog
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.access.browsers import check_own_origin
from app.errors import AppError, FieldProblem, invalid
from app.languages import Language, in_language, said
from app.pages import static_files
from app.pages.figures import figures_in
from app.pages.language import language_for
from app.pages.menu import menu_of
from app.pages.readers import DISTRICT_COOKIE, Reader
from app.pages.texts import acted_by, section, text
from app.settings import Settings

_YEAR_SECONDS = 365 * 86_400
_POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:{tiles}",
    "connect-src 'self'",
    "font-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)
# The library that draws maps writes HTML; every other page lets the browser forbid that.
_NO_HTML_FROM_SCRIPTS = ("require-trusted-types-for 'script'", "trusted-types jemput")
_HEADERS = {
    # With none at all, browsers would not say either whose page sends a form.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_MOST_FIELDS = 200
ONCE = "sekali"
"""The hidden field by which a form that is sent twice is known again, made by `once()` in a template: see
`app.pages.sent_once`."""
_KEY_BYTES = 12
_OWN_PATH = re.compile(r"/(?!/)[A-Za-z0-9._~/-]*")


_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals["static"] = static_files.address
_environment.globals["once"] = lambda: Markup('<input type="hidden" name="{}" value="{}">').format(
    ONCE, secrets.token_urlsafe(_KEY_BYTES)
)
# Inside a script element a browser reads no entities, but an end tag would end it.
_environment.filters["as_json"] = lambda value: Markup(json.dumps(value, ensure_ascii=False).replace("<", "\\u003c"))


def _policy(*, has_map: bool, tiles: str | None) -> str:
    parts = _POLICY if has_map else (*_POLICY, *_NO_HTML_FROM_SCRIPTS)
    return "; ".join(parts).format(tiles=f" {tiles}" if has_map and tiles else "")


def page(
    request: Request,
    template: str,
    reader: Reader | None = None,
    *,
    status_code: int = 200,
    has_map: bool = False,
    language: Language | None = None,
    **values: Any,
) -> Response:
    """A template as a page, in the reader's language unless another is named, with the headers that every page bears.

    Beside `values` a template has `reader` and `menu` (None and empty before somebody has logged in), `t(key, …)` for
    sentences of `texts/`, `say(sentence)` for those of the service, `texts(section)` for scripts, `acted_by(actor)` for
    who did something, and the figures of `app.pages.figures` in the manner of the language."""
    language = language or language_for(request)
    content = _environment.get_template(template).render(
        language=language.value,
        path=request.url.path,
        reader=reader,
        menu=() if reader is None else menu_of(reader),
        t=lambda key, **fields: text(key, language, **fields),
        say=lambda sentence: in_language(sentence, language),
        texts=lambda name: section(name, language),
        acted_by=lambda actor: acted_by(actor, language),
        **figures_in(language),
        **values,
    )
    answer = HTMLResponse(content, status_code, dict(_HEADERS))
    answer.headers["Content-Security-Policy"] = _policy(has_map=has_map, tiles=request.app.state.settings.tile_origin)
    if reader is not None and reader.has_chosen and reader.district is not None:
        answer.set_cookie(
            DISTRICT_COOKIE, reader.district.code, max_age=_YEAR_SECONDS, path="/", httponly=True, samesite="lax"
        )
    return answer


def tiles_of(settings: Settings) -> dict[str, str] | None:
    """Where pictures of the land come from on maps, if from elsewhere."""
    if settings.tile_url is None:
        return None
    return {"url": settings.tile_url, "attribution": settings.tile_attribution or ""}


def go_to(path: str) -> Response:
    """Read another page, by GET, after what was sent."""
    return RedirectResponse(path, HTTPStatus.SEE_OTHER, dict(_HEADERS))


def is_led_on(response: Response) -> bool:
    """Whether what was sent is done, and another page is next."""
    return response.status_code == HTTPStatus.SEE_OTHER


def own_path(wish: str | None) -> str:
    """The page of ours that was wished for; the home page for anything that could lead elsewhere."""
    return wish if wish is not None and _OWN_PATH.fullmatch(wish) else "/"


def problems_by_field(refused: AppError | None) -> dict[str, list[FieldProblem]]:
    """What a refusal says of each field of a form, by the name before the first `/` of its pointer; for the macro
    `field` of `parts/forms.html`."""
    by_field: dict[str, list[FieldProblem]] = {}
    for problem in () if refused is None else refused.problems:
        by_field.setdefault(problem.pointer.removeprefix("/").partition("/")[0], []).append(problem)
    return by_field


async def _own_page(request: Request) -> None:
    check_own_origin(request)


def pages_router() -> APIRouter:
    """Routes of pages: outside of the described API, and what is sent to them comes from our own pages alone."""
    return APIRouter(include_in_schema=False, dependencies=[Depends(_own_page)], default_response_class=HTMLResponse)


async def _read_fields(request: Request) -> Mapping[str, str]:
    try:
        body = (await request.body()).decode()
        return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"))
    except ValueError as error:
        raise invalid("/", said("This is no form of these pages.", "Ini bukan formulir dari halaman ini.")) from error


SentForm = Annotated[Mapping[str, str], Depends(_read_fields)]
"""Every field of a form that was sent, its key included."""


async def _read_form(fields: SentForm) -> Mapping[str, str]:
    return {name: value for name, value in fields.items() if name != ONCE}


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
        may_try_again=status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS,
    )
    response.headers.update({name: value for name, value in headers.items() if name not in _HEADERS})
    return response
