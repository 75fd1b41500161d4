"""The real PostgreSQL of the tests: one server for the whole run, one migrated database per test process."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.orm import Session

from app.database import make_engine
from app.embedded_postgres import running_postgres
from app.observability import configure_logging
from app.postgres_server import ROLE, SUPERUSER

ROOT = Path(__file__).parents[1]

# The log's default form prints the locals of every frame, which takes seconds for one exception.
configure_logging("INFO", json_lines=True)

# No test is timed; and what decides whether a change lands must decide the same each time.
hypothesis.settings.register_profile("house", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("house")

# What is imported and collected lives as long as the process: looking through it for garbage, again and again, took a
# fifth of the time of both.
gc.disable()


def pytest_collection_finish() -> None:
    """From here on garbage is looked for among what tests make, and nowhere else."""
    gc.collect()
    gc.freeze()
    gc.enable()


def alembic_config(connection: Connection) -> Config:
    config = Config(ROOT / "alembic.ini")
    config.attributes["connection"] = connection
    return config


def superuser_engine(server_url: str) -> Engine:
    """What the service itself may not: databases beside its own, the server's settings."""
    url = server_url.replace(f"//{ROLE}@", f"//{SUPERUSER}@")
    return create_engine(url, isolation_level="AUTOCOMMIT")


def create_database(server_url: str, name: str, *, template: str = "template0") -> str:
    """A fresh database beside the server's own, the service's like that one; returns its address."""
    engine = superuser_engine(server_url)
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER {ROLE}'))
    engine.dispose()
    return server_url.replace("/jemput?", f"/{name}?")


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The embedded server, shared by all test processes of this run."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with running_postgres(shared / "postgres") as url:
        engine = superuser_engine(url)
        with engine.connect() as connection:
            # Nothing here outlives the run, so its disk need not be waited for.
            connection.execute(text("ALTER SYSTEM SET fsync = off"))
            connection.execute(text("SELECT pg_reload_conf()"))
        engine.dispose()
        yield url


@pytest.fixture(scope="session")
def template_database(postgres_url: str) -> str:
    """Name of a migrated database that nobody is connected to."""
    name = f"template_{os.environ.get('PYTEST_XDIST_WORKER', 'only')}"
    engine = make_engine(create_database(postgres_url, name))
    with engine.connect() as connection:
        command.upgrade(alembic_config(connection), "head")
        connection.commit()
    engine.dispose()
    return name


@pytest.fixture(scope="session")
def engine(postgres_url: str, template_database: str) -> Iterator[Engine]:
    """A migrated, empty database of this test process; what tests write there is rolled back."""
    name = template_database.replace("template", "test")
    engine = make_engine(create_database(postgres_url, name, template=template_database))
    yield engine
    engine.dispose()


@pytest.fixture
def own_database(postgres_url: str, template_database: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of a migrated database for one test that commits, or that several connections use."""
    name = f"own_{template_database}_{abs(hash(request.node.nodeid)) % 10**8}"
    url = create_database(postgres_url, name, template=template_database)
    yield url
    server = superuser_engine(postgres_url)
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    server.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()


@pytest.fixture
def session(connection: Connection) -> Iterator[Session]:
    """A session whose transaction is rolled back after the test."""
    with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
        yield session
