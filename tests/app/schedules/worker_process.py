"""A worker as a process of its own, with the solver's double and short patience; killed by the tests.

Reads DATABASE_URL; prints its executor id when it is up. With `--serve` it also answers the API, on a free port
which it prints as well; with `--tidy` it forgets what is over at once."""

import os
import signal
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from app.database import make_engine
from app.main import create_app
from app.observability import configure_logging
from app.schedules.runs.process import SolverCommand
from app.settings import Settings
from app.worker import Timing, running_worker

DOUBLE = Path(__file__).with_name("fake_solver.py")
TIMING = Timing(beat=0.2, lost_after=1.5, queue_poll=0.05)


def main() -> None:
    configure_logging("WARNING", json_lines=True)
    scratch = Path(sys.argv[1])
    url = os.environ["DATABASE_URL"]
    # A solver inherits little, so its double is told by its command line how to behave.
    behaviour = [f"{name}={os.environ[name]}" for name in ("FAKE_SOLVER", "FAKE_SOLVER_GO")]
    argv = ("/usr/bin/env", *behaviour, sys.executable, str(DOUBLE))
    # Only one that never hears is waited for in vain; the others may be slow to answer on a busy machine.
    grace = 1 if os.environ["FAKE_SOLVER"] == "deaf" else 30
    solver = SolverCommand(argv=argv, scratch_dir=scratch, stop_grace_seconds=grace)
    if os.environ["FAKE_SOLVER"] == "real":
        solver = SolverCommand(scratch_dir=scratch, overrun_seconds=400)
    stopped = threading.Event()
    timing = replace(TIMING, tidy=0.2, keep_jobs=timedelta()) if "--tidy" in sys.argv else TIMING
    with running_worker(Settings(), url, timing=timing, solver=solver) as worker:
        if "--serve" in sys.argv:
            serve(url, worker.executor_id)
            return
        signal.signal(signal.SIGTERM, lambda *_: stopped.set())
        print(worker.executor_id, flush=True)  # noqa: T201 how the test learns
        stopped.wait()


def serve(url: str, executor_id: str) -> None:
    import socket

    import uvicorn

    listener = socket.create_server(("127.0.0.1", 0))
    engine = make_engine(url)
    print(executor_id, listener.getsockname()[1], flush=True)  # noqa: T201 how the test learns
    uvicorn.Server(uvicorn.Config(create_app(Settings(), engine), log_level="warning")).run(sockets=[listener])


if __name__ == "__main__":
    main()
