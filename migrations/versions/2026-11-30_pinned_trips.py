"""Trips can be pinned, so that every plan to come keeps them whole."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "e7d2b94f0a63"
down_revision: str | None = "f3a96e18d27b"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("trips", sa.Column("pinned", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("trips", "pinned")
