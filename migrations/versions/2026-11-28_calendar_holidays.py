"""A calendar can be one of holidays, whose whole days block even where they are marked free."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "7be0d94c51a8"
down_revision: str | None = "c8d2f17ab3e4"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("calendar_sources", sa.Column("holidays", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("calendar_sources", "holidays", server_default=None)


def downgrade() -> None:
    op.drop_column("calendar_sources", "holidays")
