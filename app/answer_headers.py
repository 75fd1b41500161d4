"""The headers that every answer bears, refusals and the answer to a bug included: what a browser may make of it, and
that no cache on the way keeps what tells of people."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_EVERYWHERE = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
_NOTHING = b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# The page's own script writes its styles into the page, and shows pictures that it has fetched itself.
_DOCS = _NOTHING + b"; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; img-src 'self' data: blob:"
_BY_PATH = {
    path: (*_EVERYWHERE, (b"content-security-policy", policy))
    for path, policy in (("/docs", _DOCS), ("/docs/", _DOCS), ("", _NOTHING))
}
# The rest is about documents, and a phone on poor signal reads seven of these files before it shows anything.
_OF_PARTS = (_EVERYWHERE[0], (b"content-security-policy", b"default-src 'none'"))
_NO_STORE = (b"cache-control", b"no-store")
_ASK_AGAIN = (b"cache-control", b"private, no-cache")
_PARTS_IN, _PARTS = "/static/pages/", (".js", ".css")
_TELLS_OF_NOBODY = ("/static/", "/docs", "/openapi.json")


class AnswerHeaders:
    """Adds them; where an endpoint has set one itself, its word stands."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        is_part = path.startswith(_PARTS_IN) and path.endswith(_PARTS)
        safe = _OF_PARTS if is_part else _BY_PATH.get(path, _BY_PATH[""])

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message["headers"])
                names = {name for name, _ in headers}
                if b"cache-control" not in names and not path.startswith(_TELLS_OF_NOBODY):
                    # What has a version may be kept by its reader, who asks whether it is still the same.
                    headers.append(_ASK_AGAIN if b"etag" in names else _NO_STORE)
                message["headers"] = headers + [header for header in safe if header[0] not in names]
            await send(message)

        await self._app(scope, receive, send_with_headers)
