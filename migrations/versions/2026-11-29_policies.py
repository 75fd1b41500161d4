"""In which order plans are to be good: a district's own policies, and what each level of a plan reached."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "5d0e3b9a71c4"
down_revision: str | None = "7c41d9e8a0b3"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "policy_versions",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("levels", postgresql.JSONB(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_policy_versions_version")),
        sa.ForeignKeyConstraint(
            ["district_code"],
            ["districts.code"],
            name=op.f("fk_policy_versions_district_code_districts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("district_code", "name", "version", name=op.f("pk_policy_versions")),
    )
    op.add_column("schedules", sa.Column("levels", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("schedules", "levels")
    op.drop_table("policy_versions")
