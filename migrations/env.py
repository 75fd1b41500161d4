"""Alembic's entry: runs migrations on the connection handed over, or on the settings' own database."""

from alembic import context
from sqlalchemy import Connection

import app.access.models
import app.calendars.models
import app.districts.counters.models
import app.districts.geography.models
import app.districts.models
import app.letters.models
import app.requests.models
import app.schedules.drafts.models
import app.schedules.models
import app.schedules.policies.models
import app.schedules.reasons.models
import app.schedules.trips.models
import app.sites.models
import app.teams.models
import app.travel.models  # noqa: F401 every table must be known to compare
from app.database import Base, make_engine
from app.embedded_postgres import postgres_address
from app.settings import Settings


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        compare_server_default=False,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    run(handed_over)
else:
    settings = Settings()
    with postgres_address(settings.database_url, settings.postgres_dir) as address:
        engine = make_engine(address)
        with engine.connect() as connection:
            run(connection)
        engine.dispose()
