"""Services and workers of tests as processes of their own, without importing the application for each.

That takes seconds of computing, and dozens of tests start one that they then kill or freeze. So each is forked from a
process that has imported it and has done nothing else: no thread, no connection, no settings."""

import importlib
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from multiprocessing.connection import Connection

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["tests.app.schedules.worker_process", "tests.browser.server_process"])


class Forked:
    """A process in which `main` of a module runs, with what tests use of a `subprocess.Popen`."""

    def __init__(self, module: str, *arguments: str, environment: Mapping[str, str]):
        """`environment`: all of it; standard input and output are pipes of text."""
        theirs_in, ours_in = _FORKING.Pipe(duplex=False)
        ours_out, theirs_out = _FORKING.Pipe(duplex=False)
        self._process = _FORKING.Process(
            target=_become, args=(module, arguments, dict(environment), theirs_in, theirs_out), daemon=True
        )
        self._process.start()
        self.pid: int = self._process.pid
        # As files of their own, since a connection speaks in messages.
        self.stdin = os.fdopen(os.dup(ours_in.fileno()), "w")
        self.stdout = os.fdopen(os.dup(ours_out.fileno()), "r")
        for end in (theirs_in, ours_in, ours_out, theirs_out):
            end.close()

    def poll(self) -> int | None:
        """How it ended, as `subprocess` says it; None while it has not."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """How it ended.

        Raises: subprocess.TimeoutExpired: it has not within so many seconds."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout)
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def communicate(self) -> None:
        """Say that nothing more comes, and wait until it has ended and said all."""
        self.stdin.close()
        if not self.stdout.closed:
            self.stdout.read()
            self.stdout.close()
        self.wait()


def _become(
    module: str,
    arguments: tuple[str, ...],
    environment: dict[str, str],
    standard_in: Connection,
    standard_out: Connection,
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(standard_in.fileno(), 0)
    os.dup2(standard_out.fileno(), 1)
    standard_in.close()
    standard_out.close()
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
    sys.argv = [module, *arguments]
    importlib.import_module(module).main()
