"""Passwords: what they may be, their hashes, and the few threads in which those are worked out."""

import unicodedata
from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.errors import AppError, invalid
from app.languages import said

Found = TypeVar("Found")

LEAST_CHARACTERS = 12
MOST_CHARACTERS = 200
# 19 MiB, two passes: the least that OWASP's password storage page asks for, 42 ms here; the library's own choice takes
# ten times as long, which an office's small machine does not have for everybody at eight in the morning.
_ARGON2 = PasswordHash((Argon2Hasher(memory_cost=19_456, time_cost=2, parallelism=1),))
NOBODYS_HASH = "$argon2id$v=19$m=19456,t=2,p=1$H9c8cYMsGJvhkR31F6Pzgg$SHAV63sMVHunP+xyOQX6VYSYW5FdC2HXwHJ2/k7Q/C0"
"""Of a random password that was thrown away: what is checked for an account that is not there takes as long."""
_AT_ONCE = 2
_MOST_WAITING = 40


class TooManyLogIns(AppError):
    """More people want to log in at this moment than passwords can be checked."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self) -> None:
        super().__init__(
            said(
                "Very many people are logging in at this moment; try again in a few seconds.",
                "Sangat banyak yang sedang masuk saat ini; coba lagi beberapa detik lagi.",
            ),
            headers={"Retry-After": "5"},
        )


class Hashing:
    """Works out hashes off the event loop, few at once: each takes 19 MiB and a core."""

    def __init__(self) -> None:
        self._limiter = CapacityLimiter(_AT_ONCE)
        self._held = 0

    async def run(self, work: Callable[[], Found]) -> Found:
        """What `work` gives, in its turn; raises `TooManyLogIns` where the line is long."""
        if self._held >= _MOST_WAITING:
            raise TooManyLogIns
        self._held += 1
        try:
            return await to_thread.run_sync(work, limiter=self._limiter)
        finally:
            self._held -= 1


def check_acceptable(password: str, *, login: str) -> None:
    """Raise `InvalidRequest` for one that is easy to guess; length counts, a mixture of signs does not."""
    if not LEAST_CHARACTERS <= len(password) <= MOST_CHARACTERS:
        raise invalid(
            "/password",
            said(
                "A password has {least} to {most} characters; this one has {count}.",
                "Kata sandi terdiri dari {least} sampai {most} karakter; yang ini {count}.",
                least=LEAST_CHARACTERS,
                most=MOST_CHARACTERS,
                count=len(password),
            ),
            mend=said(
                "Take four words that do not belong together.", "Pakai empat kata yang tidak saling berhubungan."
            ),
        )
    if password.lower() == login or len(set(password)) < 5:
        raise invalid(
            "/password",
            said(
                "This password is easy to guess: it is your login, or made of few different characters.",
                "Kata sandi ini mudah ditebak: sama dengan nama masuk Anda, atau hanya beberapa karakter berbeda.",
            ),
            mend=said("Take another one.", "Pakai yang lain."),
        )


def _typed(password: str) -> str:
    # The same password typed on another keyboard may come in another form of the same letters.
    return unicodedata.normalize("NFKC", password)


def hash_password(password: str) -> str:
    return _ARGON2.hash(_typed(password))


def verify_password(password: str, stored_hash: str) -> tuple[bool, str | None]:
    """Whether it is the one, and a new hash to store where the old one was made with other parameters."""
    return _ARGON2.verify_and_update(_typed(password), stored_hash)
