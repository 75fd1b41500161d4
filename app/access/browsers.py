"""What a browser sends by itself: the cookie of a session, and whose page made it send a request."""

from fastapi import Request, Response

from app.access.lifetimes import SESSION_ENDS
from app.access.models import Role
from app.errors import Forbidden
from app.languages import said
from app.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""They change nothing, so that it does not matter who had them sent."""
_NAMES = {True: "__Host-jb", False: "jb"}
"""By whether it travels over HTTPS alone; browsers keep the first one only when nobody else can have set it."""

_ATTEMPT_NAMES = {is_https: f"{name}-sso" for is_https, name in _NAMES.items()}
_ATTEMPT_SECONDS = 600


class ForeignOrigin(Forbidden):
    """Another site's page made the browser send this, or nothing says that ours did."""


def own_origin(request: Request) -> str:
    """Scheme and host by which the sender of a request reaches us."""
    settings: Settings = request.app.state.settings
    # Behind a proxy the request itself does not tell how people reach the service.
    return settings.public_url or f"{request.url.scheme}://{request.headers.get('host', '')}"


def _is_https(request: Request) -> bool:
    return own_origin(request).startswith("https://")


def check_own_origin(request: Request) -> None:
    """Raise `ForeignOrigin` for a change that one of our own pages did not ask for.

    `Sec-Fetch-Site` cannot be set by a page; browsers leave it out over plain HTTP, where `Origin` has to do."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("sec-fetch-site")
    is_ours = (
        site in ("same-origin", "none") if site is not None else request.headers.get("origin") == own_origin(request)
    )
    if not is_ours:
        raise ForeignOrigin(
            said(
                "This was not sent from a page of this service. Open {address} and do it there.",
                "Permintaan ini tidak dikirim dari halaman layanan ini. Buka {address} dan ulangi di sana.",
                address=own_origin(request),
            )
        )


def session_secret(request: Request) -> str | None:
    """The secret of the session that the browser holds, not verified yet."""
    return request.cookies.get(_NAMES[_is_https(request)])


def hand_over(response: Response, request: Request, secret: str, *, role: Role) -> None:
    """Let the browser keep a session's secret, where no script can read it and no other site's form sends it."""
    is_https = _is_https(request)
    response.set_cookie(
        _NAMES[is_https],
        secret,
        max_age=round(SESSION_ENDS[role].whole.total_seconds()),
        path="/",
        secure=is_https,
        httponly=True,
        samesite="lax",
    )


def keep_attempt(response: Response, request: Request, attempt: str) -> None:
    """Let the browser keep, for ten minutes, what it needs to come back from an identity provider."""
    is_https = _is_https(request)
    # Lax: the way back is a link on the provider's page.
    response.set_cookie(
        _ATTEMPT_NAMES[is_https],
        attempt,
        max_age=_ATTEMPT_SECONDS,
        path="/",
        secure=is_https,
        httponly=True,
        samesite="lax",
    )


def attempt_of(request: Request) -> str | None:
    return request.cookies.get(_ATTEMPT_NAMES[_is_https(request)])


def forget_attempt(response: Response, request: Request) -> None:
    is_https = _is_https(request)
    response.delete_cookie(_ATTEMPT_NAMES[is_https], path="/", secure=is_https, httponly=True, samesite="lax")


def take_back(response: Response, request: Request) -> None:
    is_https = _is_https(request)
    response.delete_cookie(_NAMES[is_https], path="/", secure=is_https, httponly=True, samesite="lax")


# The special names come first: nearly every browser also calls itself Chrome, and Android also Linux.
_SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "Mac"}
_SYSTEMS |= {"Linux": "Linux"}
_BROWSERS = {"Edg": "Edge", "OPR": "Opera", "SamsungBrowser": "Samsung Internet", "Firefox": "Firefox"}
_BROWSERS |= {"Chrome": "Chrome", "Safari": "Safari"}


def device_name(request: Request) -> str:
    """What people call the device, in words of ours: `Chrome, Android`."""
    agent = request.headers.get("user-agent", "")
    browser = next((name for sign, name in _BROWSERS.items() if sign in agent), "Browser")
    system = next((name for sign, name in _SYSTEMS.items() if sign in agent), "?")
    return f"{browser}, {system}"
