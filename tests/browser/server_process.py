"""The service as a process of its own, with a clock that the tests set.

Reads DATABASE_URL; prints its port when it listens. Each line on its standard input is a moment at which its clock
then stands still, and is answered with `set`; it ends when its standard input closes. Its arguments are the moment at
first and, where it takes the place of another one, that one's port and a version of the pages' files."""

import os
import socket
import sys
import threading
from collections.abc import Callable
from datetime import datetime

from app.database import make_engine
from app.main import create_app, end_what_is_long
from app.observability import configure_logging
from app.pages import static_files
from app.serving import ConnectionLimits, make_server
from app.settings import Settings


class _StandingClock:
    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 the protocol is standard output


def _obey(clock: _StandingClock, stop: Callable[[], None]) -> None:
    for line in sys.stdin:
        clock.moment = datetime.fromisoformat(line.strip())
        _say("set")
    stop()


def main() -> None:
    configure_logging("WARNING", json_lines=True)
    engine = make_engine(os.environ["DATABASE_URL"])
    api = create_app(Settings(), engine)
    clock = _StandingClock(datetime.fromisoformat(sys.argv[1]))
    api.state.clock = clock
    port, version = sys.argv[2:] or ("0", "")
    if version:
        static_files.version = lambda: version
    listener = socket.create_server(("127.0.0.1", int(port)))
    limits = ConnectionLimits(per_address=0, head_seconds=600, idle_seconds=600)
    server = make_server(api, limits=limits, on_stop=lambda: end_what_is_long(api))

    def stop() -> None:
        server.should_exit = True

    threading.Thread(target=_obey, args=(clock, stop), daemon=True).start()
    _say(str(listener.getsockname()[1]))
    server.run(sockets=[listener])
    engine.dispose()


if __name__ == "__main__":
    main()
