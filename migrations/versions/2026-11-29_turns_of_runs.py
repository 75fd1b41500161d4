"""Each run has its turn in line, so that districts take turns; what waits from before goes first."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "d27f4b8a61c3"
down_revision: str | None = "d2f7b1806ace"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("schedules", sa.Column("turn", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_schedules_turn"), "schedules", ["turn"], unique=False)
    op.create_index(
        "ix_schedules_waiting",
        "schedules",
        ["district_code", "turn"],
        unique=False,
        postgresql_where=sa.text("run_status = 'queued'"),
    )


def downgrade() -> None:
    op.drop_index("ix_schedules_waiting", table_name="schedules")
    op.drop_index(op.f("ix_schedules_turn"), table_name="schedules")
    op.drop_column("schedules", "turn")
