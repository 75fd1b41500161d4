"""Addresses and passwords of foreign calendars at rest: AES-256-GCM under the server's secret, bound to the server
they are for, so that a row copied or changed in the database opens nothing."""

import hashlib
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.calendars.troubles import CalendarTrouble, Trouble
from app.settings import Settings

_FILE = "secret.key"
_NONCE_BYTES = 12
_PURPOSE = b"jemput-bola calendar credentials\0"


def load_key(settings: Settings) -> bytes:
    """The 32 bytes that seal secrets: from `JEMPUT_SECRET_KEY`, or from a file made once in the data folder."""
    configured = settings.secret_key
    secret = configured.get_secret_value().encode() if configured is not None else _kept_secret(settings.data_dir)
    return hashlib.sha256(_PURPOSE + secret).digest()


def _kept_secret(data_dir: Path) -> bytes:
    path = data_dir / _FILE
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        draft = data_dir / f"{_FILE}.{secrets.token_hex(8)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(descriptor)
        try:
            # Of several processes that start at once the first one's key stays, whole from its first moment.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes().strip()


def seal(key: bytes, secret: str, *, origin: str) -> bytes:
    """The secret, encrypted for one origin (`https://host:port`)."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, secret.encode(), origin.encode())


def unseal(key: bytes, sealed: bytes, *, origin: str) -> str:
    """The secret again; raises `CalendarTrouble` under another key or for another origin."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], origin.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise CalendarTrouble(Trouble.CREDENTIALS_UNREADABLE) from error
