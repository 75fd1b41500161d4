"""Why a run failed, in Indonesian too."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "5b91d6e0a34f"
down_revision: str | None = "c4e8a1f07b52"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # Empty for runs that failed before; they are told in English.
    op.add_column("schedules", sa.Column("failure_reason_indonesian", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("schedules", "failure_reason_indonesian")
