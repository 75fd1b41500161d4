"""Real CalDAV servers in processes of their own, on free ports, that can be killed and started again."""

import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

import httpx
from lxml import etree

_READY_SECONDS = 60
_MAKE_CALENDAR = """<?xml version="1.0" encoding="utf-8"?>
<c:mkcalendar xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:set><d:prop>
<d:displayname>Agenda</d:displayname></d:prop></d:set></c:mkcalendar>"""

_EVERYTHING = """<?xml version="1.0" encoding="utf-8"?>
<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><c:calendar-data/></d:prop>
<c:filter><c:comp-filter name="VCALENDAR"/></c:filter></c:calendar-query>"""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class RealServer:
    """One server process over one folder."""

    username, password = "perencana", "rahasia"

    def __init__(self, name: str, folder: Path):
        self.name, self._folder, self.port = name, folder, free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def has_accounts(self) -> bool:
        return self.name == "radicale"

    @property
    def home(self) -> str:
        return f"http://127.0.0.1:{self.port}/{self.username}/" + ("" if self.has_accounts else "calendars/")

    def start(self) -> None:
        command = self._radicale() if self.has_accounts else self._xandikos()
        environment = {"PATH": os.environ["PATH"], "HOME": str(self._folder), "XDG_DATA_HOME": str(self._folder)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", *command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        deadline = time.monotonic() + _READY_SECONDS
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{self.port}/", timeout=5)
                return
            except httpx.TransportError:
                assert self._process.poll() is None, f"{self.name} ended at its start"
                assert time.monotonic() < deadline, f"{self.name} does not answer"
                time.sleep(0.05)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        self.kill()
        self.start()

    def _radicale(self) -> list[str]:
        accounts, settings = self._folder / "accounts", self._folder / "config"
        accounts.write_text(f"{self.username}:{self.password}\n")
        settings.write_text(
            f"[server]\nhosts = 127.0.0.1:{self.port}\n"
            f"[auth]\ntype = htpasswd\nhtpasswd_filename = {accounts}\nhtpasswd_encryption = plain\ndelay = 0\n"
            f"[storage]\nfilesystem_folder = {self._folder / 'collections'}\n"
            "[logging]\nlevel = critical\n"
        )
        return ["radicale", f"--config={settings}"]

    def _xandikos(self) -> list[str]:
        return [
            "xandikos",
            "serve",
            f"--directory={self._folder / 'collections'}",
            "--defaults",
            f"--current-user-principal=/{self.username}/",
            "--listen-address=127.0.0.1",
            f"--port={self.port}",
        ]

    def new_calendar(self) -> "RemoteCalendar":
        return RemoteCalendar(self, f"{self.home}{uuid.uuid4().hex}/")


class RemoteCalendar:
    """A calendar on a real server, changed by somebody who is not us."""

    def __init__(self, server: RealServer, address: str):
        self.server, self.address = server, address
        # One connection, and no certificates: they would cost more than all requests together.
        auth = (server.username, server.password) if server.has_accounts else None
        self._client = httpx.Client(auth=auth, timeout=60, verify=False, trust_env=False)
        answer = self._send("MKCALENDAR", address, content=_MAKE_CALENDAR)
        assert answer.status_code == 201, answer.text

    def put(self, name: str, content: bytes) -> None:
        answer = self._send(
            "PUT", f"{self.address}{name}.ics", content=content, headers={"Content-Type": "text/calendar"}
        )
        assert answer.status_code in (200, 201, 204), answer.text

    def get(self, name: str) -> bytes:
        answer = self._send("GET", f"{self.address}{name}.ics")
        assert answer.status_code == 200, answer.text
        return answer.content

    def contents(self) -> list[bytes]:
        """Every calendar object that the server holds."""
        answer = self._send(
            "REPORT", self.address, content=_EVERYTHING, headers={"Depth": "1", "Content-Type": "application/xml"}
        )
        assert answer.status_code == 207, answer.text
        found = etree.fromstring(answer.content).iter("{urn:ietf:params:xml:ns:caldav}calendar-data")
        return [(one.text or "").encode() for one in found]

    def delete(self, name: str) -> None:
        answer = self._send("DELETE", f"{self.address}{name}.ics")
        assert answer.status_code in (200, 204), answer.text

    def _send(
        self, method: str, address: str, *, content: str | bytes = b"", headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        return self._client.request(
            method, address, content=content, headers={"Connection": "close", **(headers or {})}
        )
