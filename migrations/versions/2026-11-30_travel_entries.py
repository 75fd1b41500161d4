"""Ways that no great circle tells, and what the legs of visits rest on."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "c91f4e7ab260"
down_revision: str | None = "a7d0c35e91b8"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_THINGS = (
    "'district', 'area', 'target', 'reported_figure', 'walk_in', 'holiday', 'planning_figures', 'kind_figures',"
    " 'site', 'team'"
)
_OF_VISITS = {
    "travel_source": "'road', 'entered', 'great_circle'",
    "travel_way": "'road', 'boat', 'plane', 'foot'",
    "home_source": "'road', 'entered', 'great_circle'",
    "home_way": "'road', 'boat', 'plane', 'foot'",
}


def _place(end: str, thing: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["district_code", f"{end}_{thing}_id"],
        [f"{thing}s.district_code", f"{thing}s.id"],
        name=op.f(f"fk_travel_entries_district_code_{thing}s_{end}"),
        ondelete="CASCADE",
    )


def _restrict(table: str, name: str, condition: str) -> None:
    # The rows are read without the lock of a changed table.
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition}) NOT VALID")
    op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")


def _restrict_things(things: str) -> None:
    op.drop_constraint(op.f("ck_imported_records_thing"), "imported_records")
    _restrict("imported_records", "thing", f"thing IN ({things})")


def upgrade() -> None:
    op.create_table(
        "travel_entries",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("origin_site_id", sa.Integer(), nullable=True),
        sa.Column("origin_team_id", sa.Integer(), nullable=True),
        sa.Column("destination_site_id", sa.Integer(), nullable=True),
        sa.Column("destination_team_id", sa.Integer(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("metres", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("both_directions", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("provenance", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(origin_site_id, origin_team_id) = 1", name=op.f("ck_travel_entries_origin_place")
        ),
        sa.CheckConstraint(
            "num_nonnulls(destination_site_id, destination_team_id) = 1",
            name=op.f("ck_travel_entries_destination_place"),
        ),
        sa.CheckConstraint("minutes BETWEEN 1 AND 1440", name=op.f("ck_travel_entries_minutes")),
        sa.CheckConstraint("metres BETWEEN 0 AND 5000000", name=op.f("ck_travel_entries_metres")),
        sa.CheckConstraint("way IN ('road', 'boat', 'plane', 'foot')", name=op.f("ck_travel_entries_way")),
        sa.CheckConstraint(
            "provenance IN ('given', 'public', 'measured', 'assumed')", name=op.f("ck_travel_entries_provenance")
        ),
        sa.ForeignKeyConstraint(
            ["district_code"],
            ["districts.code"],
            name=op.f("fk_travel_entries_district_code_districts"),
            ondelete="CASCADE",
        ),
        *(_place(end, thing) for end in ("origin", "destination") for thing in ("site", "team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_travel_entries")),
        sa.UniqueConstraint("district_code", "code", name=op.f("uq_travel_entries_district_code_code")),
        sa.UniqueConstraint(
            *("district_code", "origin_site_id", "origin_team_id", "destination_site_id", "destination_team_id"),
            name="uq_travel_entries_places",
            postgresql_nulls_not_distinct=True,
        ),
    )
    for end in ("origin", "destination"):
        for thing in ("site", "team"):
            op.create_index(f"ix_travel_entries_{end}_{thing}_id", "travel_entries", [f"{end}_{thing}_id"])
    _restrict_things(f"{_THINGS}, 'travel_entry'")
    op.add_column("schedules", sa.Column("ways", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False))
    for name, words in _OF_VISITS.items():
        default = "great_circle" if name.endswith("_source") else None
        op.add_column("visits", sa.Column(name, sa.String(), server_default=default, nullable=default is None))
        _restrict("visits", name, f"{name} IN ({words})")


def downgrade() -> None:
    for name in reversed(_OF_VISITS):
        op.drop_column("visits", name)
    op.drop_column("schedules", "ways")
    op.execute("DELETE FROM imported_records WHERE thing = 'travel_entry'")
    _restrict_things(_THINGS)
    op.drop_table("travel_entries")
