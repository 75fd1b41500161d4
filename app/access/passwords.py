"""Passwords: what they may be, their hashes, and the few threads in which those are worked out."""

import unicodedata

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.access.turns import Turns
from app.errors import invalid
from app.languages import said

LEAST_CHARACTERS = 12
MOST_CHARACTERS = 200
# 19 MiB, two passes: the least that OWASP's password storage page asks for, 42 ms here; the library's own choice takes
# ten times as long, which an office's small machine does not have for everybody at eight in the morning.
_ARGON2 = PasswordHash((Argon2Hasher(memory_cost=19_456, time_cost=2, parallelism=1),))
NOBODYS_HASH = "$argon2id$v=19$m=19456,t=2,p=1$H9c8cYMsGJvhkR31F6Pzgg$SHAV63sMVHunP+xyOQX6VYSYW5FdC2HXwHJ2/k7Q/C0"
"""Of a random password that was thrown away: what is checked for an account that is not there takes as long."""
_AT_ONCE = 2


class Hashing(Turns):
    """Works out hashes, few at once: each takes 19 MiB and a core."""

    def __init__(self) -> None:
        super().__init__(at_once=_AT_ONCE)


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
