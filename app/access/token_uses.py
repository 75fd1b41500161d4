"""When each token was last used, to the hour. Requests only note it in memory; a thread writes it, so that no request
waits for it and no token's row is locked while one works."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import psycopg
import structlog
from sqlalchemy import Engine, or_, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.access.models import Token
from app.process_parts import release, start_needed

log = structlog.get_logger(__name__)

NOTED_EVERY = timedelta(hours=1)
_WRITE_SECONDS = 5.0


class TokenUses:
    """The uses that one process saw."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._noted: dict[int, datetime] = {}
        self._unwritten: dict[int, datetime] = {}
        self._lock = threading.Lock()

    def note(self, token_id: int | None, now: datetime) -> None:
        """A valid token was shown; costs a look into memory, but once an hour."""
        if token_id is None:
            return
        before = self._noted.get(token_id)
        if before is not None and now - before < NOTED_EVERY:
            return
        with self._lock:
            self._noted[token_id] = self._unwritten[token_id] = now

    def write(self) -> None:
        """Store what was noted, each row for itself; what the database does not take now is kept for the next time."""
        with self._lock:
            taken, self._unwritten = self._unwritten, {}
        try:
            while taken:
                token_id, used_at = next(iter(taken.items()))
                with Session(self._engine) as session, session.begin():
                    session.execute(
                        update(Token)
                        .where(
                            Token.id == token_id,
                            # Another process may have seen it too.
                            or_(Token.last_used_at.is_(None), Token.last_used_at <= used_at - NOTED_EVERY),
                        )
                        .values(last_used_at=used_at)
                    )
                del taken[token_id]
        except (SQLAlchemyError, psycopg.Error) as error:
            log.warning("last use of tokens not stored", tokens=len(taken), error=type(error).__name__)
            with self._lock:
                self._unwritten = taken | self._unwritten


@contextmanager
def writing_uses(uses: TokenUses) -> Iterator[None]:
    """Write what is noted every few seconds, and once more at the end."""
    stopped = threading.Event()

    def write() -> None:
        while not stopped.wait(_WRITE_SECONDS):
            uses.write()
        uses.write()

    thread = threading.Thread(target=write, name="token uses", daemon=True)
    start_needed(thread)
    try:
        yield
    finally:
        release(thread)
        stopped.set()
        thread.join()
