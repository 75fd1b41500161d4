"""PDFs over HTTP: set once the endpoint is over, so that neither its session nor a thread of others waits."""

from collections.abc import Callable

import anyio
from fastapi import Response
from fastapi.responses import Response as PlainResponse
from starlette.types import Receive, Scope, Send

from app.letters.rendering import PrinterBusy

PDF = "application/pdf"
PDF_RESPONSES: dict[int | str, dict[str, object]] = {
    200: {"description": "A PDF/A-2b.", "content": {PDF: {"schema": {"type": "string", "format": "binary"}}}}
}
_setting = anyio.CapacityLimiter(1)
"""Whoever waits for the papers of others waits in the event loop."""
_MOST_WAITING = 20


def pdf_answer(content: bytes, *, name: str) -> Response:
    return PlainResponse(content, headers=_headers(name), media_type=PDF)


class LaterPdf(Response):
    """A PDF that `make` sets when the answer is sent; the same request always gives the same bytes."""

    def __init__(self, make: Callable[[], bytes], *, name: str):
        super().__init__()
        self._make, self._name = make, name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _setting.statistics().tasks_waiting >= _MOST_WAITING:
            raise PrinterBusy
        content = await anyio.to_thread.run_sync(self._make, limiter=_setting)
        await pdf_answer(content, name=self._name)(scope, receive, send)


def _headers(name: str) -> dict[str, str]:
    # Names and numbers of persons may stand in it.
    return {"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "private, no-store"}
