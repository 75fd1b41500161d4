"""Calendars are read anew: of those whose files did not change, events stayed lost that can be read now."""

from collections.abc import Sequence

from alembic import op

revision: str = "e3a65f0d7c12"
down_revision: str | None = "7be0d94c51a8"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _read_anew()


def downgrade() -> None:
    # What a newer version read is not what the older one would have.
    _read_anew()


def _read_anew() -> None:
    op.execute("UPDATE calendar_resources SET etag = ''")
    op.execute(
        "UPDATE calendar_readings SET sync_token = NULL, collection_tag = NULL, etag = NULL, last_modified = NULL, "
        "generation = generation + 1, next_try_at = now()"
    )
