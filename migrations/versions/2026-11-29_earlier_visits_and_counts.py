"""Visits published before kept nothing of what they were planned with: today's facts stand in for it. The count of
each target is its first official one."""

from collections.abc import Sequence

from alembic import op

revision: str = "a90e64d3c71b"
down_revision: str | None = "7c1f5a9be204"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Shares assumed of each kind when this was written: phone-ready, turn-out, resident.
_SHARES = (
    "('agency', 0.90, 0.75, 0.85), ('school', 0.80, 0.80, 0.90), ('clinic', 0.75, 0.50, 0.85), "
    "('village', 0.60, 0.12, 0.95), ('area_office', 0.70, 0.40, 0.95), ('organisation', 0.80, 0.50, 0.80), "
    "('mall', 0.90, 0.05, 0.60), ('home', 0.50, 0.95, 1.00)"
)


def upgrade() -> None:
    op.execute(
        "UPDATE visits SET planned_with = jsonb_build_object("
        "'kind', sites.kind, 'area_code', sites.area_code, 'headcount', sites.headcount, "
        "'already_activated', sites.already_activated, 'already_activated_as_of', NULL, "
        "'phone_ready_share', coalesce(sites.phone_ready_share, assumed.phone)::float, "
        "'turn_out_share', coalesce(sites.turn_out_share, assumed.turn_out)::float, "
        "'resident_share', coalesce(sites.resident_share, assumed.resident)::float, "
        "'given_shares', to_jsonb(array_remove(ARRAY["
        "CASE WHEN sites.phone_ready_share IS NOT NULL THEN 'phone_ready_share' END, "
        "CASE WHEN sites.turn_out_share IS NOT NULL THEN 'turn_out_share' END, "
        "CASE WHEN sites.resident_share IS NOT NULL THEN 'resident_share' END], NULL)), "
        "'connectivity', sites.connectivity, 'operators', teams.operators, "
        "'minutes_per_activation', teams.minutes_per_activation, 'has_satellite', 'satellite' = ANY(teams.kits)) "
        f"FROM sites, teams, (VALUES {_SHARES}) AS assumed (kind, phone, turn_out, resident) "
        "WHERE visits.published_at IS NOT NULL AND sites.id = visits.site_id AND teams.id = visits.team_id "
        "AND assumed.kind = sites.kind"
    )
    op.create_check_constraint(
        op.f("ck_visits_published_has_planned_with"), "visits", "published_at IS NULL OR planned_with IS NOT NULL"
    )
    op.execute(
        "INSERT INTO official_counts (district_code, document, owner, as_of, activated, source) "
        "SELECT district_code, document, owner, as_of, activated, source FROM targets"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_visits_published_has_planned_with"), "visits")
    op.execute("DELETE FROM official_counts")
    op.execute("UPDATE visits SET planned_with = NULL")
