"""Has the office's papers set as PDF/A: the same content gives the same bytes on every machine."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from pathlib import Path
from typing import Any

from app.errors import AppError
from app.languages import said

_TYPESETTER = Path(__file__).parent / "typesetter.py"
_REFUSED = 2
_LONGEST_WAIT = 30.0
"""Seconds for the papers of others."""
_PATIENCE = 120.0
"""Seconds for one's own."""
# Setting a letter takes milliseconds and all of a core: two at once would win nothing.
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


class Unprintable(Exception):
    """The typesetter could make no paper of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logo:
    content: bytes
    format: str
    """`png` or `svg`."""

    def to_json(self) -> dict[str, Any]:
        return {"content": list(self.content), "format": self.format}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What one PDF says, and its date of creation."""

    content: Mapping[str, Any]
    day: date


def set_pdf(template: str, content: Mapping[str, Any], *, day: date, logo: Logo | None = None) -> bytes:
    """A template's PDF/A-2b of some content; `day` is its date of creation.

    Raises `PrinterBusy`, `Unprintable`."""
    return set_pdfs(template, [Paper(content=content, day=day)], logo=logo)[0]


def set_pdfs(template: str, papers: Sequence[Paper], *, logo: Logo | None = None) -> list[bytes]:
    """The same of several papers, each a PDF of its own."""
    shown = None if logo is None else logo.to_json()
    request = {
        "template": template,
        "papers": [{"content": {**paper.content, "logo": shown}, "day": paper.day.isoformat()} for paper in papers],
    }
    if not _one_at_a_time.acquire(timeout=_LONGEST_WAIT):
        raise PrinterBusy
    try:
        done = _set(json.dumps(request).encode())
    finally:
        _one_at_a_time.release()
    heading, _, content = done.partition(b"\n")
    pdfs, start = [], 0
    for length in json.loads(heading):
        pdfs.append(content[start : start + length])
        start += length
    return pdfs


def check_logo(logo: Logo) -> None:
    """Raise `Unprintable` unless it can be drawn."""
    set_pdf("logo.typ", {}, day=date(2000, 1, 1), logo=logo)


def _set(request: bytes) -> bytes:
    """What the program `typesetter` makes of a request; it inherits no secret, and cannot outlive its limits."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_TYPESETTER)],
            input=request,
            capture_output=True,
            # A heap for every core of a large machine would use up the limit of memory.
            env={"PATH": os.environ.get("PATH", ""), "MALLOC_ARENA_MAX": "2", "RAYON_NUM_THREADS": "2"},
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PrinterBusy from error
    if done.returncode != 0:
        # The text of a fault may quote the paper, which names persons.
        why = done.stderr.decode(errors="replace")[:500] if done.returncode == _REFUSED else ""
        raise Unprintable(f"status {done.returncode} {why}".strip())
    return done.stdout
