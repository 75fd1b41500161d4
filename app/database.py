"""The one way to PostgreSQL: constraint names, the engine, migrations, and one transaction per request."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from alembic import command
from alembic.config import Config
from fastapi import Depends, Request
from sqlalchemy import Engine, MetaData, create_engine, text
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

APPLICATION_NAME = "jemput-bola"


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def make_engine(database_url: str, *, pool_size: int = 10) -> Engine:
    """Engine with UTC sessions; `pool_size` connections and as many again under load."""
    return create_engine(
        database_url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        connect_args={"application_name": APPLICATION_NAME, "options": "-c timezone=UTC"},
    )


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    return sessionmaker(engine, expire_on_commit=False, autoflush=True)


def migrations_dir() -> Path:
    return Path(__file__).parents[1] / "migrations"


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest revision; of several processes at once one does it and the others wait."""
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(hashtext('jemput migrations'))"))
        connection.commit()
        config = Config()
        config.set_main_option("script_location", str(migrations_dir()))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
        connection.execute(text("SELECT pg_advisory_unlock(hashtext('jemput migrations'))"))
        connection.commit()


def get_session(request: Request) -> Iterator[Session]:
    """One transaction per request: commits when the endpoint returned, rolls back when it raised."""
    sessions: sessionmaker[Session] = request.app.state.sessions
    with sessions.begin() as session:
        yield session


# "function" scope: the commit happens before the reply is sent, so a commit that fails is never a 200.
SessionDep = Annotated[Session, Depends(get_session, scope="function")]
