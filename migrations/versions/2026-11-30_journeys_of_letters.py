"""Issued letters keep what they say of nights and rides."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "f1a6c3d85b27"
down_revision: str | None = "e7d2b94f0a63"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("issued_letters", sa.Column("journeys", JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("issued_letters", "journeys")
