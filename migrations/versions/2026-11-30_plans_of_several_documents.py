"""What plans, visits and their results say of further documents."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "e90b47d2a1c6"
down_revision: str | None = "a15c0e7d92f4"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_COLUMNS = (
    ("schedules", "further", "[]"),
    ("visits", "expected_further", "{}"),
    ("visit_results", "served_further", "{}"),
)


def upgrade() -> None:
    for table, name, empty in _COLUMNS:
        op.add_column(table, sa.Column(name, postgresql.JSONB(), server_default=sa.text(f"'{empty}'"), nullable=False))


def downgrade() -> None:
    for table, name, _ in reversed(_COLUMNS):
        op.drop_column(table, name)
