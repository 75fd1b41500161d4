"""Offices give the boundaries of their areas."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "c4e8a1f07b52"
down_revision: str | None = "f19b3d70c6a2"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "area_boundaries",
        sa.Column("area_code", sa.String(), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("polygons", postgresql.JSONB(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code", "area_code"],
            ["areas.district_code", "areas.code"],
            name="fk_area_boundaries_district_code_areas",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("area_code", name="pk_area_boundaries"),
    )
    op.create_index("ix_area_boundaries_district_code", "area_boundaries", ["district_code"])


def downgrade() -> None:
    op.drop_table("area_boundaries")
