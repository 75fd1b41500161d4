"""A process that accepts an offer and is killed at a named step, again and again: database address, request, offer.

Reads the name of a step per line and answers with the signal that ended the attempt, or 0."""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.database import make_engine
from app.requests import accepting
from app.schedules import publishing
from tests.app.conftest import NOW

STEPS = {
    "agreed": (accepting, "_agree"),
    "drafted": (accepting, "new_draft"),
    "exchanged": (publishing, "exchange"),
    "announced": (publishing, "announce"),
    "published": (publishing, "publish"),
    "closed": (accepting, "_close"),
}
"""After which function the process dies; `committed`: after the transaction."""


def attempt(step: str, address: str, request_id: int, number: int) -> None:
    if step in STEPS:
        module, name = STEPS[step]
        setattr(module, name, _deadly(getattr(module, name)))
    engine = make_engine(address)
    with Session(engine) as session, session.begin():
        accepting.accept(session, request_id, number, actor=COMMAND_LINE, now=NOW)
    if step == "committed":
        os.kill(os.getpid(), signal.SIGKILL)


def _deadly(call: Callable[..., Any]) -> Callable[..., None]:
    def called(*given: Any, **named: Any) -> None:
        call(*given, **named)
        session: Session = given[0]
        session.flush()
        os.kill(os.getpid(), signal.SIGKILL)

    return called


def main() -> None:
    address, request_id, number = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    for line in sys.stdin:
        # What was imported is imported once; a child that dies takes its connection with it.
        child = os.fork()
        if child == 0:
            # What it logs is no answer.
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
            attempt(line.strip(), address, request_id, number)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)}\n")
        sys.stdout.flush()
