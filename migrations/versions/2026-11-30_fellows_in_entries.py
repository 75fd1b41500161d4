"""A team's new code is told to the entries of other teams that meet it at a site."""

from collections.abc import Sequence

from alembic import op

revision: str = "0b5e8f72c914"
down_revision: str | None = "f1a6c3d85b27"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_IS_CHANGED = "(stale.name, stale.code, stale.kits) IS DISTINCT FROM (fresh.name, fresh.code, fresh.kits)"
_OWN = f"""
        SELECT visits.id FROM fresh JOIN stale USING (id) JOIN visits ON visits.team_id = fresh.id
        WHERE {_IS_CHANGED}
          AND (visits.in_force OR visits.withdrawn_at IS NOT NULL)"""
_OF_FELLOWS = """
        UNION
        SELECT beside.id FROM fresh JOIN stale USING (id) JOIN visits ON visits.team_id = fresh.id
            JOIN visits AS beside ON beside.site_id = visits.site_id AND beside.date = visits.date
        WHERE stale.code IS DISTINCT FROM fresh.code AND visits.in_force AND beside.in_force"""


def _retell_teams(changed: str) -> None:
    op.execute(f"""
CREATE OR REPLACE FUNCTION retell_teams() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM retell_visits(ARRAY({changed}));
    RETURN NULL;
END $$
""")


def upgrade() -> None:
    _retell_teams(_OWN + _OF_FELLOWS)


def downgrade() -> None:
    _retell_teams(_OWN)
