"""`/masuk`, `/keluar` and `/bahasa`: the pages that anybody opens."""

from fastapi import Request, Response

from app.access import browsers, log_in, sessions
from app.access.log_in import LogInRefused, TooManyFailedLogIns
from app.access.permissions import SignedIn
from app.access.sessions import NewSession
from app.access.turns import TooManyLogIns
from app.database import SessionDep
from app.errors import AppError
from app.http_conventions import NowDep
from app.languages import Language
from app.pages.frame import Form, go_to, own_path, page, pages_router
from app.pages.language import LANGUAGE_COOKIE, remember_language

router = pages_router()


@router.get("/masuk")
async def log_in_page(request: Request, ke: str | None = None) -> Response:
    return log_in_form(request, goes_to=own_path(ke))


@router.post("/masuk")
async def log_in_with_password(request: Request, form: Form, now: NowDep) -> Response:
    login, goes_to = form.get("login", ""), own_path(form.get("ke"))
    try:
        opened = await log_in.log_in(
            request.app.state.sessions,
            request.app.state.hashing,
            login=login,
            password=form.get("password", ""),
            address=address_of(request),
            device=browsers.device_name(request),
            earlier_secret=browsers.session_secret(request),
            now=now,
        )
    except (LogInRefused, TooManyFailedLogIns, TooManyLogIns) as error:
        return log_in_form(request, goes_to=goes_to, login=login[:200], refused=error)
    return enter(request, opened, goes_to=goes_to)


def log_in_form(request: Request, *, goes_to: str, login: str = "", refused: AppError | None = None) -> Response:
    answer = page(
        request,
        "account/log_in.html",
        status_code=200 if refused is None else refused.status_code,
        goes_to=goes_to,
        login=login,
        has_sso=request.app.state.provider is not None,
        refusal=None if refused is None else refused.detail,
    )
    answer.headers.update({} if refused is None else refused.headers)
    return answer


def address_of(request: Request) -> str | None:
    """Whom failed log-ins are counted of; None behind a proxy, where everybody has the proxy's address."""
    is_alone = request.app.state.settings.connections_per_address > 0
    return request.client.host if is_alone and request.client is not None else None


def enter(request: Request, opened: NewSession, *, goes_to: str) -> Response:
    """Hand the new session to the browser."""
    answer = go_to(goes_to)
    browsers.hand_over(answer, request, opened.secret, role=opened.role)
    # Who chose a language at this browser keeps it.
    if LANGUAGE_COOKIE not in request.cookies:
        remember_language(answer, Language(opened.language))
    return answer


@router.get("/keluar")
async def log_out_page(request: Request) -> Response:
    return page(request, "account/log_out.html")


@router.post("/keluar")
def log_out(request: Request, session: SessionDep, actor: SignedIn, now: NowDep, form: Form) -> Response:
    if actor.token_id is not None:
        sessions.end_session(session, actor.token_id, actor=actor, now=now)
    answer = leave(request)
    # A phone says so when no report waits on it any more, which would be cleared too.
    if form.get("bersihkan") == "ya":
        answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def leave(request: Request) -> Response:
    """Take the cookie of an ended session back."""
    answer = go_to("/masuk")
    browsers.take_back(answer, request)
    return answer


@router.post("/bahasa")
async def choose_language(form: Form) -> Response:
    answer = go_to(own_path(form.get("ke")))
    if form.get("bahasa") in tuple(Language):
        remember_language(answer, Language(form["bahasa"]))
    return answer
