"""An offer may send a team on a new trip: its nights and rides are kept with it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "7d31c9a4e6f0"
down_revision: str | None = "0b5e8f72c914"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("request_offers", sa.Column("trip", postgresql.JSONB(), nullable=True))
    op.create_check_constraint(
        op.f("ck_request_offers_trip"), "request_offers", "(trip IS NOT NULL) = (kind = 'sends')"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_request_offers_trip"), "request_offers")
    op.drop_column("request_offers", "trip")
