"""Copies of plans that people edit, with every version of them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "b91d4e7c20a6"
down_revision: str | None = "e27a40c95d18"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("schedules", sa.Column("copied_from_id", sa.Integer(), nullable=True))
    op.add_column("schedules", sa.Column("copied_version", sa.Integer(), nullable=True))
    op.add_column("schedules", sa.Column("draft_version", sa.Integer(), nullable=True))
    op.add_column("schedules", sa.Column("changing_nothing", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.create_foreign_key(
        op.f("fk_schedules_copied_from_id_schedules"),
        "schedules",
        "schedules",
        ["copied_from_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_index(op.f("ix_schedules_copied_from_id"), "schedules", ["copied_from_id"], unique=False)
    op.create_table(
        "draft_versions",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("shows", sa.Integer(), nullable=False),
        sa.Column("op", sa.String(), nullable=False),
        sa.Column("edits", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("plan_json", sa.LargeBinary(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expected_activations", sa.Integer(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("value_milli", sa.BigInteger(), nullable=False),
        sa.Column("broken_rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("op IN ('copy', 'edit', 'undo', 'redo')", name=op.f("ck_draft_versions_op")),
        sa.CheckConstraint("(plan_json IS NOT NULL) = (shows = number)", name=op.f("ck_draft_versions_content")),
        sa.CheckConstraint("shows BETWEEN 1 AND number", name=op.f("ck_draft_versions_shows")),
        sa.ForeignKeyConstraint(
            ["schedule_id"],
            ["schedules.id"],
            name=op.f("fk_draft_versions_schedule_id_schedules"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_versions")),
        sa.UniqueConstraint("schedule_id", "number", name=op.f("uq_draft_versions_schedule_id_number")),
    )


def downgrade() -> None:
    op.drop_table("draft_versions")
    op.drop_index(op.f("ix_schedules_copied_from_id"), table_name="schedules")
    op.drop_constraint(op.f("fk_schedules_copied_from_id_schedules"), "schedules", type_="foreignkey")
    for column in ("changing_nothing", "draft_version", "copied_version", "copied_from_id"):
        op.drop_column("schedules", column)
