"""`/masuk/sso`: to the office's identity provider and back."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated

from fastapi import Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from app.access import browsers, sso
from app.access.oidc import CANCELLED, STALE, Attempt, SsoRefused, SsoUnavailable
from app.access.oidc_provider import Provider
from app.access.sessions import NewSession
from app.access.turns import TooManyLogIns, Turns
from app.errors import NotFound
from app.http_conventions import NowDep
from app.languages import said
from app.pages.frame import go_to, own_path, pages_router
from app.pages.log_in import enter, log_in_form

router = pages_router()

_COMES_BACK_TO = "/masuk/sso/kembali"
ProviderText = Annotated[str | None, Query(max_length=4_000)]


@router.get("/masuk/sso")
async def log_in_elsewhere(request: Request, now: NowDep, ke: str | None = None) -> Response:
    attempt, goes_to = Attempt.new(), own_path(ke)
    provider, turns = _provider_of(request)
    try:
        address = await turns.run(lambda: provider.authorization_address(attempt, back_to=_back_to(request), now=now))
    except (SsoUnavailable, TooManyLogIns) as error:
        return log_in_form(request, goes_to=goes_to, refused=error)
    answer = go_to(address)
    browsers.keep_attempt(answer, request, f"{attempt.secret}.{urlsafe_b64encode(goes_to.encode()).decode()}")
    return answer


@router.get(_COMES_BACK_TO)
async def come_back(
    request: Request,
    now: NowDep,
    code: ProviderText = None,
    state: ProviderText = None,
    iss: ProviderText = None,
    error: ProviderText = None,
) -> Response:
    provider, turns = _provider_of(request)
    attempt, goes_to = _attempt_of(request)
    try:
        if attempt is None or state is None or not attempt.is_of_state(state):
            raise SsoRefused(STALE)
        if error is not None or code is None:
            raise SsoRefused(CANCELLED)
        identity = await turns.run(
            lambda: provider.identity(code, attempt, issuer=iss, back_to=_back_to(request), now=now)
        )

        def open_one() -> NewSession:
            with request.app.state.sessions.begin() as session:
                return sso.log_in(
                    session,
                    identity,
                    device=browsers.device_name(request),
                    earlier_secret=browsers.session_secret(request),
                    now=now,
                )

        answer = enter(request, await run_in_threadpool(open_one), goes_to=goes_to)
    except (SsoRefused, SsoUnavailable, TooManyLogIns) as refused:
        answer = log_in_form(request, goes_to=goes_to, refused=refused)
    # Whatever came of it, the attempt is over: a code is taken once.
    browsers.forget_attempt(answer, request)
    return answer


def _provider_of(request: Request) -> tuple[Provider, Turns]:
    provider: Provider | None = request.app.state.provider
    if provider is None:
        raise NotFound(
            said(
                "People log in here with a password, or by a link from their office's administrator.",
                "Di sini orang masuk dengan kata sandi, atau lewat tautan dari administrator kantornya.",
            )
        )
    return provider, request.app.state.provider_turns


def _back_to(request: Request) -> str:
    return f"{browsers.own_origin(request)}{_COMES_BACK_TO}"


def _attempt_of(request: Request) -> tuple[Attempt | None, str]:
    """The attempt that this browser began, and where it wanted to go."""
    secret, _, path = (browsers.attempt_of(request) or "").partition(".")
    try:
        goes_to = urlsafe_b64decode(path.encode()).decode()
    except ValueError:
        goes_to = "/"
    return Attempt.held(secret), own_path(goes_to)
