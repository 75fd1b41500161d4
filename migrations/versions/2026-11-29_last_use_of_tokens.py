"""When a token was last used, to the hour. Tokens issued before keep their end, or that they have none."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "a4c19e70b2d8"
down_revision: str | None = "a90e64d3c71b"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("tokens", sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("tokens", "last_used_at")
