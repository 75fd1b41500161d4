"""A TCP proxy that treats connections badly on purpose: drops, delays, truncates and duplicates."""

import contextlib
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to one connection."""

    answer_bytes: int | None = None
    """The connection breaks after so many bytes of answers; 0: before the first."""
    dropped: bool = False
    """Closed as soon as it is open."""
    delay_seconds: float = 0.0
    """Before each piece of an answer."""
    duplicated: bool = False
    """Every request reaches the server a second time, over another connection."""


class FlakyProxy:
    """Listens on a free port; each connection meets the next of the `faults`, then none."""

    def __init__(self, port: int):
        self._target = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.faults: deque[Fault] = deque()
        self.answered_bytes = 0
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()
        for connection in list(self._open):
            connection.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                fault = self.faults.popleft() if self.faults else Fault()
                threading.Thread(target=self._serve, args=(client, fault), daemon=True).start()

    def _serve(self, client: socket.socket, fault: Fault) -> None:
        self._open.add(client)
        with contextlib.suppress(OSError), client:
            if fault.dropped:
                return
            with contextlib.ExitStack() as stack:
                server = stack.enter_context(socket.create_connection(self._target))
                copy = stack.enter_context(socket.create_connection(self._target)) if fault.duplicated else None
                threading.Thread(target=self._forward, args=(client, server, copy), daemon=True).start()
                self._pass_answers(server, client, fault)
                # A close alone would wait for the thread that still reads from it.
                client.shutdown(socket.SHUT_RDWR)
        self._open.discard(client)

    @staticmethod
    def _forward(client: socket.socket, server: socket.socket, copy: socket.socket | None) -> None:
        with contextlib.suppress(OSError):
            while piece := client.recv(65536):
                if copy is not None:
                    copy.sendall(piece)
                server.sendall(piece)
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def _pass_answers(self, server: socket.socket, client: socket.socket, fault: Fault) -> None:
        sent = 0
        pause = threading.Event()
        while piece := server.recv(65536):
            pause.wait(fault.delay_seconds)
            if fault.answer_bytes is not None and sent + len(piece) >= fault.answer_bytes:
                client.sendall(piece[: fault.answer_bytes - sent])
                return
            client.sendall(piece)
            sent += len(piece)
            self.answered_bytes += len(piece)


@contextmanager
def flaky_proxy(port: int) -> Iterator[FlakyProxy]:
    """A proxy before the server on `port`."""
    proxy = FlakyProxy(port)
    try:
        yield proxy
    finally:
        proxy.close()
