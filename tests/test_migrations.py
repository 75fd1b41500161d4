"""The migrations go up and down, and say the same as the models."""

from alembic import command
from sqlalchemy import create_engine, inspect, text

from tests.conftest import alembic_config, create_database


def test_migrations_go_down_to_nothing_and_up_again_with_the_models_in_step(postgres_url: str) -> None:
    engine = create_engine(create_database(postgres_url, "migrations"))
    with engine.connect() as connection:
        config = alembic_config(connection)
        command.upgrade(config, "head")
        command.check(config)
        command.downgrade(config, "base")
        left = set(inspect(connection).get_table_names()) - {"alembic_version"}
        types = connection.scalars(text("SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace"))
        assert left == set()
        assert {name for name in types if not name.startswith(("alembic", "_alembic"))} == set()
        command.upgrade(config, "head")
        command.check(config)
    engine.dispose()
