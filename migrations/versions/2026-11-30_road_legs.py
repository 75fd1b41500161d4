"""What a road engine said of the ways between places."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "d47b02c6e9f1"
down_revision: str | None = "c91f4e7ab260"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "road_legs",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("legs", postgresql.JSONB(), nullable=False),
        sa.Column("destinations", sa.String(), nullable=False),
        sa.Column("asked_of", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.code"], name=op.f("fk_road_legs_district_code_districts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("district_code", "origin", name=op.f("pk_road_legs")),
    )
    op.add_column("schedules", sa.Column("road_map", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("schedules", "road_map")
    op.drop_table("road_legs")
