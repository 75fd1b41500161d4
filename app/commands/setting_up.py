"""What every command needs: settings, a database that is up to date, errors in words."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import typer
from pydantic import ValidationError
from rich.console import Console
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.database import MIGRATION_LIMITS, WORK_LIMITS, SessionLimits, make_engine, make_sessions, migrate
from app.embedded_postgres import postgres_address
from app.errors import MOST_PROBLEMS, MOST_ROWS, AppError
from app.languages import in_language, joined, language_of_environment
from app.observability import configure_logging
from app.postgres_server import PostgresFailed
from app.settings import Settings, mistakes_of, unknown_settings

talk = Console(stderr=True, highlight=False)


@contextmanager
def explained() -> Iterator[None]:
    """An error that the caller can mend ends in words and exit status 1, not in a stack trace."""
    try:
        yield
    except AppError as error:
        language = language_of_environment(os.environ)
        tell(in_language(error.detail, language))
        # A single problem is the sentence itself.
        for problem in error.problems[:MOST_PROBLEMS] if len(error.problems) > 1 else ():
            text = in_language(joined(problem.detail, problem.mend), language)
            rows = f" [{', '.join(map(str, problem.rows[:MOST_ROWS]))}]" if problem.rows else ""
            talk.print(f"  {problem.pointer}: {text}{rows}", soft_wrap=True, markup=False)
        more = error.more_problems + max(0, len(error.problems) - MOST_PROBLEMS)
        if more:
            talk.print(f"  + {more}")
        raise typer.Exit(1) from error
    except PostgresFailed as error:
        tell(str(error))
        raise typer.Exit(1) from error
    except (OperationalError, psycopg.OperationalError) as error:
        said = str(error.orig if isinstance(error, OperationalError) else error).strip().splitlines()
        tell(
            f"the database cannot be used: {said[0] if said else 'it does not answer'}. "
            "Check DATABASE_URL and whether PostgreSQL runs there, or unset it for the embedded one."
        )
        raise typer.Exit(1) from error
    except OSError as error:
        if error.filename is None:
            # Not about a file, so not the caller's to mend.
            raise
        tell(f"{error.filename}: {error.strerror}. Give this user the right to it, or set JEMPUT_DATA_DIR elsewhere.")
        raise typer.Exit(1) from error


def tell(sentence: str) -> None:
    """Say what went wrong."""
    talk.print("[bold red]error:[/] ", end="")
    talk.print(sentence, soft_wrap=True, markup=False)


def read_settings() -> Settings:
    """The settings of the environment; mistakes among them end the command, in words."""
    for name, meant in unknown_settings(os.environ):
        hint = f"did you mean {meant}?" if meant else "the README lists them."
        talk.print(f"warning: {name} is no setting and has no effect; {hint}", soft_wrap=True, markup=False)
    try:
        return Settings()
    except ValidationError as error:
        for sentence in mistakes_of(error):
            tell(sentence)
        raise typer.Exit(2) from error


@contextmanager
def open_database(settings: Settings, *, limits: SessionLimits = WORK_LIMITS) -> Iterator[tuple[str, Engine]]:
    """The address and an engine on a database whose schema is up to date."""
    configure_logging(settings.log_level, json_lines=not sys.stderr.isatty())
    with explained(), postgres_address(settings.database_url, settings.postgres_dir) as address:
        migrating = make_engine(address, pool_size=1, limits=MIGRATION_LIMITS)
        try:
            migrate(migrating)
        finally:
            migrating.dispose()
        engine = make_engine(address, limits=limits)
        try:
            yield address, engine
        finally:
            engine.dispose()


@contextmanager
def transaction(settings: Settings | None = None) -> Iterator[Session]:
    with (
        open_database(settings or read_settings()) as (_, engine),
        make_sessions(engine).begin() as session,
        explained(),
    ):
        yield session
