"""Who a user is at the office's identity provider."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "f19b3d70c6a2"
down_revision: str | None = "e5c0a91f7b34"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("users", sa.Column("oidc_issuer", sa.String(), nullable=True))
    op.add_column("users", sa.Column("oidc_subject", sa.String(), nullable=True))
    # Both hold of every row there is, since the columns are new: looking takes a moment of a small table.
    op.create_check_constraint(op.f("ck_users_oidc"), "users", "num_nulls(oidc_issuer, oidc_subject) IN (0, 2)")
    op.create_unique_constraint(op.f("uq_users_oidc_issuer_oidc_subject"), "users", ["oidc_issuer", "oidc_subject"])


def downgrade() -> None:
    op.drop_constraint(op.f("uq_users_oidc_issuer_oidc_subject"), "users", type_="unique")
    op.drop_constraint(op.f("ck_users_oidc"), "users", type_="check")
    op.drop_column("users", "oidc_subject")
    op.drop_column("users", "oidc_issuer")
