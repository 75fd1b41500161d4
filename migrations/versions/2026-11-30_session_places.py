"""Where the people of a site are served when its session is moved; calendars hear of a move as of any other change."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "6d2f90b7c3e8"
down_revision: str | None = "b7d25c19e04f"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_SHOWN = "name, kind, area_code, lat, lon, connectivity, contact_name, contact_phone"
_SHOWN_OF_PLACE = "name, lat, lon, connectivity, contact_name, contact_phone"
_INVITES = """
    PERFORM mark_unannounced(ARRAY(
        SELECT fresh.district_code FROM fresh JOIN stale USING (id)
        WHERE fresh.contact_email IS DISTINCT FROM stale.contact_email));
"""


def _differ(columns: str) -> str:
    before, after = (", ".join(f"{side}.{name}" for name in columns.split(", ")) for side in ("stale", "fresh"))
    return f"({before}) IS DISTINCT FROM ({after})"


def _place_on_the_day(side: str) -> str:
    return (
        f"CASE WHEN coalesce({side}.session_from <= visits.date, true) "
        f"AND coalesce({side}.session_until >= visits.date, true) THEN {side}.session_at END"
    )


_IS_TOLD = "(visits.in_force OR visits.withdrawn_at IS NOT NULL)"
_BEFORE = f"""
CREATE OR REPLACE FUNCTION retell_sites() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM retell_visits(ARRAY(
        SELECT visits.id FROM fresh JOIN stale USING (id) JOIN visits ON visits.site_id = fresh.id
        WHERE {_differ(_SHOWN)}
          AND {_IS_TOLD}));
    {_INVITES}
    RETURN NULL;
END $$
"""
_AFTER = f"""
CREATE OR REPLACE FUNCTION retell_sites() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM retell_visits(ARRAY(
        SELECT visits.id FROM fresh JOIN stale USING (id) JOIN visits ON visits.site_id = fresh.id
        WHERE ({_differ(_SHOWN)} OR {_place_on_the_day("stale")} IS DISTINCT FROM {_place_on_the_day("fresh")})
          AND {_IS_TOLD}
        UNION
        SELECT visits.id FROM fresh JOIN stale USING (id)
            JOIN sites AS moved ON moved.district_code = fresh.district_code AND moved.session_at = fresh.code
            JOIN visits ON visits.site_id = moved.id
        WHERE {_differ(_SHOWN_OF_PLACE)} AND {_place_on_the_day("moved")} IS NOT NULL
          AND {_IS_TOLD}));
    {_INVITES}
    RETURN NULL;
END $$
"""
_CHECKS = {
    "session_elsewhere": "session_at <> code",
    "session_turn_out_share": "session_turn_out_share BETWEEN 0 AND 1",
    "session_dates": "session_from <= session_until",
    "session_moved": (
        "session_at IS NOT NULL OR num_nonnulls(session_turn_out_share, session_from, session_until) = 0"
    ),
}


def upgrade() -> None:
    op.add_column("sites", sa.Column("session_at", sa.String(), nullable=True))
    op.add_column("sites", sa.Column("session_turn_out_share", sa.Numeric(5, 4), nullable=True))
    op.add_column("sites", sa.Column("session_from", sa.Date(), nullable=True))
    op.add_column("sites", sa.Column("session_until", sa.Date(), nullable=True))
    # The rows are read without the lock of a changed table.
    for name, condition in _CHECKS.items():
        op.execute(f"ALTER TABLE sites ADD CONSTRAINT ck_sites_{name} CHECK ({condition}) NOT VALID")
        op.execute(f"ALTER TABLE sites VALIDATE CONSTRAINT ck_sites_{name}")
    op.execute(
        "ALTER TABLE sites ADD CONSTRAINT fk_sites_district_code_session_at_sites"
        " FOREIGN KEY (district_code, session_at) REFERENCES sites (district_code, code) ON UPDATE CASCADE NOT VALID"
    )
    op.execute("ALTER TABLE sites VALIDATE CONSTRAINT fk_sites_district_code_session_at_sites")
    op.create_index(
        "ix_sites_session_at",
        "sites",
        ["district_code", "session_at"],
        unique=False,
        postgresql_where=sa.text("session_at IS NOT NULL"),
    )
    op.execute(_AFTER)


def downgrade() -> None:
    op.execute(_BEFORE)
    op.drop_index("ix_sites_session_at", table_name="sites")
    for name in ("session_until", "session_from", "session_turn_out_share", "session_at"):
        op.drop_column("sites", name)
