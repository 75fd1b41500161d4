"""Log lines about what a transaction did, written once it is committed: the log tells nothing that was undone.

No names, contacts or sentences go in, only ids, codes and figures: logs travel further than the data."""

from typing import Any

import structlog
from sqlalchemy import event
from sqlalchemy.orm import Session

_WAITING = "log lines that wait for the commit"


def log_once_committed(session: Session, name: str, **fields: Any) -> None:
    """An event of the log `work`, unless the transaction is rolled back."""
    session.info.setdefault(_WAITING, []).append((name, fields))


@event.listens_for(Session, "after_commit")
def _write(session: Session) -> None:
    # The end of a savepoint is no commit.
    if session.in_nested_transaction():
        return
    log = structlog.get_logger("work")
    for name, fields in session.info.pop(_WAITING, ()):
        log.info(name, **fields)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_WAITING, None)
