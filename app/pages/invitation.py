"""`/undangan/{secret}`: a one-time link. Reading the page uses nothing up, its button does."""

from dataclasses import dataclass

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from app.access import browsers, invitations
from app.access.passwords import LEAST_CHARACTERS, Hashing, check_acceptable, hash_password
from app.access.sessions import NewSession
from app.errors import InvalidRequest, invalid
from app.http_conventions import NowDep
from app.languages import said
from app.pages.frame import Form, page, pages_router
from app.pages.log_in import enter

router = pages_router()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Invited:
    """What the page shows of an invitation that opens."""

    login: str
    name: str
    sets_password: bool


@router.get("/undangan/{secret}")
async def invitation_page(request: Request, secret: str, now: NowDep) -> Response:
    return _invitation_form(request, await _look_at(request, secret, now))


@router.post("/undangan/{secret}")
async def accept_invitation(request: Request, secret: str, form: Form, now: NowDep) -> Response:
    invited = await _look_at(request, secret, now)
    hashing: Hashing = request.app.state.hashing
    password_hash = None
    if invited.sets_password:
        password = form.get("password", "")
        try:
            check_acceptable(password, login=invited.login)
            if form.get("again", "") != password:
                raise invalid("/again", said("The two passwords differ.", "Kedua kata sandi tidak sama."))
        except InvalidRequest as error:
            return _invitation_form(request, invited, refused=error)
        password_hash = await hashing.run(lambda: hash_password(password))

    def accept() -> NewSession:
        with request.app.state.sessions.begin() as session:
            return invitations.accept(
                session,
                secret,
                password_hash=password_hash,
                device=browsers.device_name(request),
                earlier_secret=browsers.session_secret(request),
                now=now,
            )

    return enter(request, await run_in_threadpool(accept), goes_to="/")


async def _look_at(request: Request, secret: str, now: NowDep) -> _Invited:
    def look() -> _Invited:
        with request.app.state.sessions() as session:
            invitation, user = invitations.look_at(session, secret, now=now)
            return _Invited(login=user.login, name=user.name, sets_password=invitation.sets_password)

    return await run_in_threadpool(look)


def _invitation_form(request: Request, invited: _Invited, *, refused: InvalidRequest | None = None) -> Response:
    return page(
        request,
        "account/invitation.html",
        status_code=200 if refused is None else refused.status_code,
        login=invited.login,
        name=invited.name,
        sets_password=invited.sets_password,
        least=LEAST_CHARACTERS,
        refusal=None if refused is None else refused.detail,
    )
