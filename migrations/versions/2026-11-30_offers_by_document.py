"""Offers say whom they serve with further documents, and the shared kits that go along."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "b7d25c19e04f"
down_revision: str | None = "c4e91a6f27d8"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    for name, empty in (("expected_further", "'{}'"), ("day_kits", "'[]'")):
        op.add_column(
            "request_offers", sa.Column(name, postgresql.JSONB(), server_default=sa.text(empty), nullable=False)
        )


def downgrade() -> None:
    op.drop_column("request_offers", "day_kits")
    op.drop_column("request_offers", "expected_further")
