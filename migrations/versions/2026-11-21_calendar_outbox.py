"""What we write into calendars: feeds by area and site, the outbox, invitations; and triggers that count a change of
anything a visit's calendar entry shows as a change of the visit."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "a41f3c9b6e70"
down_revision: str | None = "5c1d0a7e42b9"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Publishing locks the district before its visits; so does this, or the two could wait for each other.
_RETELL_VISITS = """
CREATE FUNCTION retell_visits(changed integer[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(changed) = 0 THEN
        RETURN;
    END IF;
    PERFORM FROM districts WHERE code IN (SELECT district_code FROM visits WHERE id = ANY (changed))
        ORDER BY code FOR NO KEY UPDATE;
    UPDATE visits SET sequence = sequence + 1, changed_at = greatest(changed_at, now()) WHERE id = ANY (changed);
    PERFORM mark_unannounced(ARRAY(SELECT district_code FROM visits WHERE id = ANY (changed)));
END $$
"""
# An update of the row that is there keeps whoever takes the mark away waiting until this transaction can be seen.
_MARK_UNANNOUNCED = """
CREATE FUNCTION mark_unannounced(codes varchar[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO unannounced_districts (district_code) SELECT DISTINCT unnest(codes) ORDER BY 1
        ON CONFLICT (district_code) DO UPDATE SET district_code = excluded.district_code
$$
"""
# By table: how its rows meet visits, and the columns that an entry shows.
_SHOWN = {
    "sites": (
        "visits.site_id = fresh.id",
        "name, kind, area_code, lat, lon, connectivity, contact_name, contact_phone",
    ),
    "teams": ("visits.team_id = fresh.id", "name, code, kits"),
    "areas": ("visits.site_id IN (SELECT id FROM sites WHERE sites.area_code = fresh.code)", "name"),
    "districts": ("visits.district_code = fresh.code", "time_zone"),
}
_KEYS = {"sites": "id", "teams": "id", "areas": "code", "districts": "code"}
_INVITES = """
    PERFORM mark_unannounced(ARRAY(
        SELECT fresh.district_code FROM fresh JOIN stale USING (id)
        WHERE fresh.contact_email IS DISTINCT FROM stale.contact_email));
"""


def _retelling(table: str) -> str:
    meets, columns = _SHOWN[table]
    names = columns.split(", ")
    before, after = (", ".join(f"{side}.{name}" for name in names) for side in ("stale", "fresh"))
    return f"""
CREATE FUNCTION retell_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM retell_visits(ARRAY(
        SELECT visits.id FROM fresh JOIN stale USING ({_KEYS[table]}) JOIN visits ON {meets}
        WHERE ({before}) IS DISTINCT FROM ({after})
          AND (visits.in_force OR visits.withdrawn_at IS NOT NULL)));
    {_INVITES if table == "sites" else ""}
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.add_column("tokens", sa.Column("area_code", sa.String(), nullable=True))
    op.add_column("tokens", sa.Column("site_id", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_tokens_district_code_area_code_areas"),
        "tokens",
        "areas",
        ["district_code", "area_code"],
        ["district_code", "code"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        op.f("fk_tokens_district_code_site_id_sites"),
        "tokens",
        "sites",
        ["district_code", "site_id"],
        ["district_code", "id"],
        ondelete="CASCADE",
    )
    op.create_check_constraint(
        op.f("ck_tokens_place"), "tokens", "num_nonnulls(area_code, site_id) = 0 OR role = 'feed'"
    )
    op.create_check_constraint(op.f("ck_tokens_scope"), "tokens", "num_nonnulls(team_id, area_code, site_id) <= 1")
    op.add_column("sites", sa.Column("contact_email", sa.String(), nullable=True))
    op.create_table(
        "unannounced_districts",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"],
            ["districts.code"],
            name=op.f("fk_unannounced_districts_district_code_districts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("district_code", name=op.f("pk_unannounced_districts")),
    )
    op.create_table(
        "calendar_deliveries",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(), nullable=True),
        sa.Column("trouble_about", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["calendar_sources.id"],
            name=op.f("fk_calendar_deliveries_source_id_calendar_sources"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_calendar_deliveries")),
    )
    op.create_table(
        "outbox_entries",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("wanted_sequence", sa.Integer(), nullable=True),
        sa.Column("sent_sequence", sa.Integer(), nullable=True),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("digests", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("enqueued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(), nullable=True),
        sa.Column("conflict", sa.String(), nullable=True),
        sa.Column("conflict_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("their_etag", sa.String(), nullable=True),
        sa.Column("theirs", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("conflict IN ('edited', 'deleted', 'moved')", name=op.f("ck_outbox_entries_conflict")),
        sa.CheckConstraint(
            "(conflict IS NULL) = (conflict_since IS NULL)", name=op.f("ck_outbox_entries_conflict_since")
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["calendar_sources.id"],
            name=op.f("fk_outbox_entries_source_id_calendar_sources"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("source_id", "uid", name=op.f("pk_outbox_entries")),
    )
    op.create_index("ix_outbox_entries_uid", "outbox_entries", ["uid"], unique=False)
    op.create_index(
        "ix_outbox_entries_pending",
        "outbox_entries",
        ["source_id", "next_try_at"],
        unique=False,
        postgresql_where=sa.text("wanted_sequence IS DISTINCT FROM sent_sequence AND conflict IS NULL"),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("attendee", sa.String(), nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_sequence", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_to", sa.String(), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(), nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answer_stamp", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "answer IN ('needs-action', 'accepted', 'declined', 'tentative')", name=op.f("ck_invitations_answer")
        ),
        sa.ForeignKeyConstraint(
            ["district_code", "site_id"],
            ["sites.district_code", "sites.id"],
            name=op.f("fk_invitations_district_code_site_id_sites"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["district_code"],
            ["districts.code"],
            name=op.f("fk_invitations_district_code_districts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("uid", "attendee", name=op.f("uq_invitations_uid_attendee")),
    )
    op.create_index("ix_invitations_district_code", "invitations", ["district_code"], unique=False)
    op.create_index("ix_invitations_site_id", "invitations", ["site_id"], unique=False)
    op.create_index(
        "ix_invitations_unsent",
        "invitations",
        ["next_try_at"],
        unique=False,
        postgresql_where=sa.text("sequence IS DISTINCT FROM sent_sequence"),
    )
    op.execute(_MARK_UNANNOUNCED)
    op.execute(_RETELL_VISITS)
    for table in _SHOWN:
        op.execute(_retelling(table))
        op.execute(
            f"CREATE TRIGGER retell_{table} AFTER UPDATE ON {table} REFERENCING OLD TABLE AS stale NEW TABLE AS fresh "
            f"FOR EACH STATEMENT EXECUTE FUNCTION retell_{table}()"
        )


def downgrade() -> None:
    for table in _SHOWN:
        op.execute(f"DROP TRIGGER retell_{table} ON {table}")
        op.execute(f"DROP FUNCTION retell_{table}()")
    op.execute("DROP FUNCTION retell_visits(integer[])")
    op.execute("DROP FUNCTION mark_unannounced(varchar[])")
    for name in ("ix_invitations_unsent", "ix_invitations_site_id", "ix_invitations_district_code"):
        op.drop_index(name, table_name="invitations")
    op.drop_table("invitations")
    op.drop_index("ix_outbox_entries_pending", table_name="outbox_entries")
    op.drop_index("ix_outbox_entries_uid", table_name="outbox_entries")
    op.drop_table("outbox_entries")
    op.drop_table("calendar_deliveries")
    op.drop_table("unannounced_districts")
    op.drop_column("sites", "contact_email")
    op.drop_constraint(op.f("ck_tokens_scope"), "tokens", type_="check")
    op.drop_constraint(op.f("ck_tokens_place"), "tokens", type_="check")
    op.drop_constraint(op.f("fk_tokens_district_code_site_id_sites"), "tokens", type_="foreignkey")
    op.drop_constraint(op.f("fk_tokens_district_code_area_code_areas"), "tokens", type_="foreignkey")
    op.drop_column("tokens", "site_id")
    op.drop_column("tokens", "area_code")
