"""What everything that is done again and again has in common: whose turn it is, one worker at a time, a few units at
once, ever later after failures. The one place where an unforeseen exception is caught: what raised it is set aside
with its trouble, and the others go on."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePath
from queue import Empty, SimpleQueue
from traceback import extract_tb, format_tb
from typing import Any, TypeVar

import structlog
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

log = structlog.get_logger(__name__)

T = TypeVar("T")
K = TypeVar("K")

REST_AFTER_DEATH = timedelta(seconds=10)
"""Until a unit is tried again whose worker died over it; while a worker lives, its lock keeps the others away."""
_LAST_RETRY = timedelta(hours=6)
_LONGEST_RETRY_AFTER = timedelta(days=1)
_LONGEST_TURN_MS = 30 * 60 * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An exception that nobody foresaw. Its text is left out on purpose: it may quote a password or a person."""

    name: str
    """Of the exception's class."""
    place: str
    stack: str

    def __str__(self) -> str:
        return f"{self.name}, {self.place}"


class Incomplete(Exception):
    """Some units of a round were set aside; its text is ours, and may be shown."""


@dataclass(frozen=True, slots=True)
class Round:
    """Something that a worker does again and again."""

    name: str
    every: float
    """Seconds from one end to the next beginning."""
    do: Callable[[], object]
    line: str
    """Rounds of one line take turns on one thread; lines do not wait for each other."""


def attempt(do: Callable[[], T], *, passing: tuple[type[Exception], ...] = ()) -> T | Fault:
    """What `do` returns, or what went wrong; exceptions in `passing` are the caller's own business."""
    try:
        return do()
    except passing:
        raise
    except Exception as error:
        frames = extract_tb(error.__traceback__)
        place = f"{PurePath(frames[-1].filename).name}:{frames[-1].lineno}"
        name = str(error) if isinstance(error, Incomplete) else type(error).__name__
        return Fault(name=name, place=place, stack="".join(format_tb(error.__traceback__)))


def apart(session: Session, do: Callable[[], T], *, passing: tuple[type[Exception], ...] = ()) -> T | Fault:
    """Like `attempt`, in a savepoint: a statement that fails leaves the transaction as it was before."""

    def nested() -> T:
        with session.begin_nested():
            return do()

    return attempt(nested, passing=passing)


def in_turns(
    units: Sequence[K], do: Callable[[K], object], *, set_aside: Callable[[K, Fault], object], at_once: int = 1
) -> None:
    """Do it for every unit; one that fails is handed to `set_aside`, which stores its trouble, and the others go on."""
    waiting = SimpleQueue[K]()
    for unit in units:
        waiting.put(unit)

    def work() -> None:
        with suppress(Empty):
            while True:
                _one(waiting.get_nowait(), do, set_aside=set_aside)

    if at_once == 1:
        work()
        return
    # Daemons, unlike those of a pool: a slow server must not keep a stopping worker.
    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(at_once, len(units)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _one(unit: Any, do: Callable[[Any], object], *, set_aside: Callable[[Any, Fault], object]) -> None:
    fault = attempt(lambda: do(unit))
    if not isinstance(fault, Fault):
        return
    log.error("set aside", unit=str(unit), fault=str(fault), stack=fault.stack)
    unstored = attempt(lambda: set_aside(unit, fault))
    if isinstance(unstored, Fault):
        # The database is away: nothing is lost, since what was due still is.
        log.error("trouble not stored", unit=str(unit), fault=str(unstored))


@contextmanager
def alone(engine: Engine, lock: str, *keys: int) -> Iterator[bool]:
    """Whether this worker alone has the turn, for as long as the block lasts.

    The lock lives on a connection of its own, outside any transaction: it ends with this process, however that ends;
    a worker that froze keeps the others out for half an hour."""
    named = (func.hashtext(lock), *keys)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(select(func.pg_try_advisory_lock(*named))):
            yield False
            return
        try:
            connection.execute(text(f"SET idle_session_timeout = {_LONGEST_TURN_MS}"))
            yield True
        finally:
            connection.execute(text("RESET idle_session_timeout"))
            connection.scalar(select(func.pg_advisory_unlock(*named)))


def wait_after(
    failures: int, *, first: timedelta, random: Callable[[], float], retry_after_seconds: int | None = None
) -> timedelta:
    """Twice as long after every failure, between three quarters and five quarters of that by chance, so that not all
    come back at once; no sooner than the server asked for."""
    wait: timedelta = min(_LAST_RETRY, first * 2 ** min(failures - 1, 16)) * (0.75 + random() / 2)
    if retry_after_seconds is None:
        return wait
    retry_after = min(retry_after_seconds, int(_LONGEST_RETRY_AFTER.total_seconds()))
    return max(wait, timedelta(seconds=retry_after))


def run_rounds(
    rounds: Sequence[Round], stopped: threading.Event, *, note: Callable[[Round, Fault | None], object]
) -> None:
    """Take turns at the rounds of one line until `stopped`; after every turn `note` hears how it went, and one that
    fails keeps no other from its turn."""
    next_at = dict.fromkeys((round_.name for round_ in rounds), time.monotonic())
    while not stopped.is_set():
        for round_ in rounds:
            if stopped.is_set() or time.monotonic() < next_at[round_.name]:
                continue
            fault = attempt(round_.do)
            failed = fault if isinstance(fault, Fault) else None
            if failed is not None:
                log.error("round failed", round=round_.name, fault=str(failed), stack=failed.stack)
            unstored = attempt(lambda round_=round_, failed=failed: note(round_, failed))  # type: ignore[misc]
            if isinstance(unstored, Fault):
                log.error("trouble not stored", round=round_.name, fault=str(unstored))
            next_at[round_.name] = time.monotonic() + round_.every
        stopped.wait(max(0.0, min(next_at.values()) - time.monotonic()))
