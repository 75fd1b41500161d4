"""Entries that were taken away are remembered for a while, and those that were never confirmed are taken away too."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "c8d2f17ab3e4"
down_revision: str | None = "a41f3c9b6e70"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_DIFFERS = "wanted_sequence IS DISTINCT FROM sent_sequence"


def upgrade() -> None:
    op.add_column("outbox_entries", sa.Column("absent_since", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_outbox_entries_absent_since"),
        "outbox_entries",
        "absent_since IS NULL OR num_nonnulls(wanted_sequence, sent_sequence) = 0",
    )
    _index_pending(f"({_DIFFERS} OR wanted_sequence IS NULL AND absent_since IS NULL) AND conflict IS NULL")


def downgrade() -> None:
    op.execute("DELETE FROM outbox_entries WHERE absent_since IS NOT NULL")
    _index_pending(f"{_DIFFERS} AND conflict IS NULL")
    op.drop_constraint(op.f("ck_outbox_entries_absent_since"), "outbox_entries")
    op.drop_column("outbox_entries", "absent_since")


def _index_pending(where: str) -> None:
    op.drop_index("ix_outbox_entries_pending", table_name="outbox_entries")
    op.create_index(
        "ix_outbox_entries_pending",
        "outbox_entries",
        ["source_id", "next_try_at"],
        unique=False,
        postgresql_where=sa.text(where),
    )
