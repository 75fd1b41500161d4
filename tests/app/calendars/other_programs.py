"""Calendar programs of other people, in processes of their own: vdirsyncer copies, khal shows."""

import os
import subprocess
import sys
from pathlib import Path

from tests.app.calendars.real_servers import RemoteCalendar

_LOCALE = """
[locale]
local_timezone = Asia/Jakarta
default_timezone = Asia/Jakarta
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
timeformat = %H:%M
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
"""


class OtherPrograms:
    """Both over one folder, with a copy of a feed and one of a written calendar."""

    def __init__(self, folder: Path, *, feed: str, calendar: RemoteCalendar):
        self._folder, server = folder, calendar.server
        account = f'username = "{server.username}"\npassword = "{server.password}"\n' if server.has_accounts else ""
        (folder / "vdirsyncer.conf").write_text(
            f'[general]\nstatus_path = "{folder}/status"\n'
            '[pair feed]\na = "feed_here"\nb = "feed_there"\ncollections = null\n'
            f'[storage feed_here]\ntype = "filesystem"\npath = "{folder}/feed"\nfileext = ".ics"\n'
            f'[storage feed_there]\ntype = "http"\nurl = "{feed}"\n'
            '[pair written]\na = "written_here"\nb = "written_there"\n'
            f'collections = [["agenda", "agenda", "{calendar.address.rstrip("/").rpartition("/")[2]}"]]\n'
            f'[storage written_here]\ntype = "filesystem"\npath = "{folder}/written"\nfileext = ".ics"\n'
            f'[storage written_there]\ntype = "caldav"\nurl = "http://127.0.0.1:{server.port}/"\n{account}'
        )
        (folder / "khal.conf").write_text(
            f"[calendars]\n[[feed]]\npath = {folder}/feed\nreadonly = True\n"
            f"[[written]]\npath = {folder}/written/agenda\nreadonly = True\n"
            f"{_LOCALE}[sqlite]\npath = {folder}/khal.db\n"
        )
        (folder / "feed").mkdir()
        self._run("vdirsyncer", "-c", f"{folder}/vdirsyncer.conf", "discover")

    def copy(self) -> None:
        """Bring both copies up to date."""
        self._run("vdirsyncer", "-c", f"{self._folder}/vdirsyncer.conf", "sync")

    def shown(self, name: str, *, start: str, end: str) -> list[str]:
        """What khal lists of a copy, `feed` or `written`: begin, end and title, in Jakarta time."""
        listed = self._run(
            *("khal", "-c", f"{self._folder}/khal.conf", "list", "-a", name, "--once"),
            *("--format", "{start} {end-time} {title}", "--day-format", "", start, end),
        )
        return sorted(line.strip() for line in listed.splitlines() if line.strip())

    def _run(self, program: str, *arguments: str) -> str:
        home = str(self._folder)
        done = subprocess.run(
            [str(Path(sys.executable).with_name(program)), *arguments],
            env={"PATH": os.environ["PATH"], "HOME": home, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
            input="y\n" * 9,
        )
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"
        return done.stdout
