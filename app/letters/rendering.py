"""Sets the office's papers as PDF/A with typst: the same content gives the same bytes on every machine."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.errors import AppError
from app.languages import said

if TYPE_CHECKING:
    import typst

TEMPLATES = Path(__file__).parent / "templates"
_LONGEST_WAIT = 30.0
"""Seconds for the papers of others."""
_one_at_a_time = threading.Lock()


class PrinterBusy(AppError):
    """Too many papers are being set."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self) -> None:
        super().__init__(
            said(
                "Too many letters are being set at this moment; try again in a few seconds.",
                "Terlalu banyak surat yang sedang dibuat saat ini; coba lagi beberapa detik lagi.",
            ),
            headers={"Retry-After": "10"},
        )


class UnprintableLogo(Exception):
    """The logo cannot be drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logo:
    content: bytes
    format: str
    """`png` or `svg`."""

    def to_json(self) -> dict[str, Any]:
        return {"content": list(self.content), "format": self.format}


def set_pdf(template: str, content: Mapping[str, Any], *, day: date, logo: Logo | None = None) -> bytes:
    """A template's PDF/A-2b of some content; `day` is its date of creation, since the clock would change its bytes.

    Raises `PrinterBusy`."""
    return _set(template, content, logo=logo, format="pdf", pdf_standards=["a-2b"], timestamp=_midnight(day))


def check_logo(logo: Logo) -> None:
    """Raise `UnprintableLogo` unless typst can draw it."""
    import typst

    try:
        _set("logo.typ", {}, logo=logo, format="pdf", pdf_standards=["a-2b"], timestamp=_midnight(date(2000, 1, 1)))
    except typst.TypstError as error:
        raise UnprintableLogo(error.message) from error


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _set(template: str, content: Mapping[str, Any], *, logo: Logo | None, **form: Any) -> bytes:
    whole = json.dumps({**content, "logo": None if logo is None else logo.to_json()}, ensure_ascii=False)
    # Setting a letter takes milliseconds and all of a core: two at once would win nothing.
    if not _one_at_a_time.acquire(timeout=_LONGEST_WAIT):
        raise PrinterBusy
    try:
        found = _compiler(template).compile(sys_inputs={"content": whole}, **form)
    finally:
        _one_at_a_time.release()
    if not isinstance(found, bytes):
        raise TypeError(f"{template} gave {type(found).__name__}")
    return found


@cache
def _compiler(template: str) -> "typst.Compiler":
    # Loaded when the first paper is asked for: the library is 80 MB that most processes never need.
    import typst

    return typst.Compiler(
        input=TEMPLATES / template,
        root=TEMPLATES,
        # What a machine has installed would change the paper: only the fonts inside the library count.
        font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=True),
        ignore_system_fonts=True,
    )
