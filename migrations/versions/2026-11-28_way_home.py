"""Every visit tells the way home from it: what the plan drives, not what a great circle would."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "f3b86d21c7a9"
down_revision: str | None = "e1a7c05d92f4"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("visits", sa.Column("home_minutes", sa.Integer(), nullable=True))
    op.add_column("visits", sa.Column("home_metres", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("visits", "home_metres")
    op.drop_column("visits", "home_minutes")
