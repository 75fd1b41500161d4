"""What cannot be delivered is set aside with its trouble, and what is written first is known: whether an entry's visit
takes place, and when."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "e7b5c06d2f19"
down_revision: str | None = "e3a65f0d7c12"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_FILL_ENTRIES = """
UPDATE outbox_entries SET starts_at = visit.starts_at, in_force = visit.in_force
FROM (SELECT DISTINCT ON (uid) uid, starts_at, in_force FROM visits
      WHERE in_force OR withdrawn_at IS NOT NULL ORDER BY uid, in_force DESC, id DESC) AS visit
WHERE visit.uid = outbox_entries.uid
"""


def upgrade() -> None:
    op.add_column("outbox_entries", sa.Column("in_force", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("outbox_entries", sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(_FILL_ENTRIES)
    op.add_column("outbox_entries", sa.Column("trouble_about", sa.String(), nullable=True))
    op.add_column("invitations", sa.Column("trouble_about", sa.String(), nullable=True))
    op.add_column("unannounced_districts", sa.Column("failures", sa.Integer(), server_default="0", nullable=False))
    op.add_column("unannounced_districts", sa.Column("trouble_about", sa.String(), nullable=True))
    op.add_column("unannounced_districts", sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "round_troubles",
        sa.Column("executor_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("fault", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("executor_id", "name", name=op.f("pk_round_troubles")),
    )


def downgrade() -> None:
    op.drop_table("round_troubles")
    for name in ("next_try_at", "trouble_about", "failures"):
        op.drop_column("unannounced_districts", name)
    op.drop_column("invitations", "trouble_about")
    for name in ("trouble_about", "starts_at", "in_force"):
        op.drop_column("outbox_entries", name)
