"""In which order plans were published, and which of them a plan was made with."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "d4a7e19c52b8"
down_revision: str | None = "6b0f92d4e8a7"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("schedules", sa.Column("publication", sa.Integer(), nullable=True))
    # With a default, so that workers of the version before can go on writing rows.
    op.add_column("schedules", sa.Column("knows_publication", sa.Integer(), server_default="0", nullable=False))
    op.execute(
        "UPDATE schedules SET publication = numbered.number FROM (SELECT id, row_number() OVER (PARTITION BY "
        "district_code ORDER BY published_at, id) AS number FROM schedules WHERE published_at IS NOT NULL) AS numbered "
        "WHERE numbered.id = schedules.id"
    )
    op.execute(
        "UPDATE schedules AS made SET knows_publication = coalesce((SELECT max(known.publication) FROM schedules AS "
        "known WHERE known.district_code = made.district_code AND known.published_at <= made.started_at), 0)"
    )


def downgrade() -> None:
    op.drop_column("schedules", "knows_publication")
    op.drop_column("schedules", "publication")
