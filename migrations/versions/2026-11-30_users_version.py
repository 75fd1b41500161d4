"""Which version of a user a change is based on."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "e5c0a91f7b34"
down_revision: str | None = "d4a7e19c52b8"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # The default stays: a service of the version before adds users without saying it.
    op.add_column("users", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    op.drop_column("users", "version")
