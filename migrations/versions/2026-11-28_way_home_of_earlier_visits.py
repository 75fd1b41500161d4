"""The way home of earlier visits, by the great-circle rule that every plan followed so far; then none is without."""

from collections.abc import Sequence

from alembic import op

revision: str = "07d4e9a1b53c"
down_revision: str | None = "f3b86d21c7a9"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("""
        UPDATE visits SET
            home_metres = way.metres,
            home_minutes = CEIL(way.metres * 60.0 / (way.kmh * 1000))
        FROM (
            SELECT visit.id, district.kmh, FLOOR(2 * 6371.0088 * ASIN(LEAST(1, SQRT(
                SIN(RADIANS(team.base_lat - site.lat) / 2) ^ 2
                + COS(RADIANS(site.lat)) * COS(RADIANS(team.base_lat))
                * SIN(RADIANS(team.base_lon - site.lon) / 2) ^ 2
            ))) * district.detour * 1000 + 0.5) AS metres
            FROM visits visit
            JOIN sites site ON site.id = visit.site_id
            JOIN teams team ON team.id = visit.team_id
            JOIN districts district ON district.code = visit.district_code
        ) AS way
        WHERE way.id = visits.id
    """)
    op.alter_column("visits", "home_minutes", nullable=False)
    op.alter_column("visits", "home_metres", nullable=False)


def downgrade() -> None:
    op.alter_column("visits", "home_minutes", nullable=True)
    op.alter_column("visits", "home_metres", nullable=True)
