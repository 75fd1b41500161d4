"""The threads without which this process does only half its work, so that readiness and metrics can name a dead one."""

import threading
from collections.abc import Mapping

_needed: set[threading.Thread] = set()


def start_needed(thread: threading.Thread) -> None:
    """Start a thread that must live until `release`; its name is what operators read."""
    thread.start()
    _needed.add(thread)


def release(thread: threading.Thread) -> None:
    """From now on the thread may end."""
    _needed.discard(thread)


def parts() -> Mapping[str, bool]:
    """The parts of this process by name, and whether each lives."""
    return {thread.name: thread.is_alive() for thread in sorted(_needed.copy(), key=lambda thread: thread.name)}
