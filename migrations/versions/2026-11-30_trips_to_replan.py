"""A run that changes a plan with trips keeps what it begins with: whoever resumes it begins with the same."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "a4c07e5d19b2"
down_revision: str | None = "6d2f90b7c3e8"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("schedules", sa.Column("in_force_json", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("schedules", "in_force_json")
