"""What was odd in a foreign calendar, in Indonesian too."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "e27a40c95d18"
down_revision: str | None = "e5a7c0b93d14"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLES = ("calendar_readings", "calendar_resources")


def upgrade() -> None:
    for table in _TABLES:
        # With a default, so that workers of the version before can go on writing rows.
        op.add_column(table, sa.Column("remarks_indonesian", postgresql.JSONB(), server_default="{}", nullable=False))


def downgrade() -> None:
    for table in _TABLES:
        op.drop_column(table, "remarks_indonesian")
