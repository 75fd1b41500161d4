"""Where teams sleep, change and board on long ways, and what sites and teams say of it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "7d20f3b9c81e"
down_revision: str | None = "41f7c6ab9e05"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_THINGS = (
    "'district', 'area', 'target', 'reported_figure', 'walk_in', 'holiday', 'planning_figures', 'kind_figures',"
    " 'site', 'team', 'travel_entry', 'issuing_figures', 'kit_pool'"
)
_ENDS = ("origin", "destination")
_EARLIER, _LATER = ("site", "team"), ("lodging", "station")
_OF_CONNECTIONS = ("site", "lodging", "station")
_WEEKDAYS = r"weekdays ~ '^[01]{7}$' AND weekdays <> '0000000'"
_IN_INDONESIA = "lat BETWEEN -11.5 AND 6.5 AND lon BETWEEN 94.5 AND 141.5"
_OF_TEAMS = {
    "max_nights": "max_nights BETWEEN 0 AND 60",
    "rest_days": "rest_days BETWEEN 0 AND 30",
    "away_shift": "num_nulls(away_shift_start, away_shift_end) <> 1 AND away_shift_start >= 0"
    " AND away_shift_start < away_shift_end AND away_shift_end <= 1440",
}


def _restrict(table: str, name: str, condition: str) -> None:
    # The rows are read without the lock of a changed table.
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition}) NOT VALID")
    op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")


def _restrict_things(things: str) -> None:
    op.drop_constraint(op.f("ck_imported_records_thing"), "imported_records")
    _restrict("imported_records", "thing", f"thing IN ({things})")


def _begin(name: str) -> list[sa.Column[object] | sa.Constraint]:
    """What every one of the new tables begins with, and is kept by."""
    return [
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("provenance", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.code"], name=op.f(f"fk_{name}_district_code_districts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("district_code", "code", name=op.f(f"uq_{name}_district_code_code")),
    ]


def _where(name: str) -> list[sa.Column[object] | sa.Constraint]:
    return [
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("zone", sa.String(), nullable=True),
        sa.CheckConstraint(_IN_INDONESIA, name=op.f(f"ck_{name}_in_indonesia")),
        sa.UniqueConstraint("district_code", "id", name=op.f(f"uq_{name}_district_code_id")),
    ]


def _when(name: str) -> list[sa.Column[object] | sa.Constraint]:
    return [
        sa.Column("weekdays", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint(_WEEKDAYS, name=op.f(f"ck_{name}_weekdays")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f(f"ck_{name}_order")),
    ]


def _place(table: str, end: str, thing: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["district_code", f"{end}_{thing}_id"],
        [f"{thing}s.district_code", f"{thing}s.id"],
        name=op.f(f"fk_{table}_district_code_{thing}s_{end}"),
        ondelete="CASCADE",
    )


def _one_of(end: str, things: Sequence[str]) -> str:
    return f"num_nonnulls({', '.join(f'{end}_{thing}_id' for thing in things)}) = 1"


def _no_way_twice(things: Sequence[str]) -> None:
    op.create_unique_constraint(
        op.f("uq_travel_entries_places"),
        "travel_entries",
        ["district_code", *(f"{end}_{thing}_id" for end in _ENDS for thing in things)],
        postgresql_nulls_not_distinct=True,
    )


def _create_connections() -> None:
    op.create_table(
        "connections",
        *_begin("connections"),
        sa.Column("name", sa.String(), nullable=True),
        *(sa.Column(f"{end}_{thing}_id", sa.Integer(), nullable=True) for end in _ENDS for thing in _OF_CONNECTIONS),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("departs_earliest", sa.SmallInteger(), nullable=False),
        sa.Column("departs_latest", sa.SmallInteger(), nullable=True),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
        sa.Column("fare", sa.Integer(), nullable=False),
        sa.Column("max_teams", sa.SmallInteger(), nullable=True),
        *_when("connections"),
        sa.Column("dates_without", postgresql.ARRAY(sa.Date()), nullable=False),
        *(sa.CheckConstraint(_one_of(end, _OF_CONNECTIONS), name=op.f(f"ck_connections_{end}_place")) for end in _ENDS),
        sa.CheckConstraint("way IN ('road', 'boat', 'plane', 'foot')", name=op.f("ck_connections_way")),
        sa.CheckConstraint("departs_earliest BETWEEN 0 AND 1440", name=op.f("ck_connections_departs_earliest")),
        sa.CheckConstraint(
            "departs_latest BETWEEN departs_earliest AND 1440", name=op.f("ck_connections_departs_latest")
        ),
        sa.CheckConstraint("minutes BETWEEN 1 AND 1440", name=op.f("ck_connections_minutes")),
        sa.CheckConstraint("fare BETWEEN 0 AND 1000000000", name=op.f("ck_connections_fare")),
        sa.CheckConstraint("max_teams BETWEEN 1 AND 100", name=op.f("ck_connections_max_teams")),
        *(_place("connections", end, thing) for end in _ENDS for thing in _OF_CONNECTIONS),
    )
    for end in _ENDS:
        for thing in _OF_CONNECTIONS:
            op.create_index(f"ix_connections_{end}_{thing}_id", "connections", [f"{end}_{thing}_id"])


def upgrade() -> None:
    op.create_table(
        "lodgings",
        *_begin("lodgings"),
        *_where("lodgings"),
        sa.Column("cost_per_night", sa.Integer(), nullable=False),
        sa.Column("max_teams", sa.SmallInteger(), nullable=True),
        *_when("lodgings"),
        sa.CheckConstraint("cost_per_night BETWEEN 0 AND 1000000000", name=op.f("ck_lodgings_cost_per_night")),
        sa.CheckConstraint("max_teams BETWEEN 1 AND 100", name=op.f("ck_lodgings_max_teams")),
    )
    op.create_table(
        "stations",
        *_begin("stations"),
        *_where("stations"),
        sa.Column("kind", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('harbour', 'jetty', 'airport', 'airstrip', 'terminal')", name=op.f("ck_stations_kind")
        ),
    )
    _create_connections()
    for end in _ENDS:
        for thing in _LATER:
            op.add_column("travel_entries", sa.Column(f"{end}_{thing}_id", sa.Integer(), nullable=True))
            op.create_foreign_key(
                op.f(f"fk_travel_entries_district_code_{thing}s_{end}"),
                "travel_entries",
                f"{thing}s",
                ["district_code", f"{end}_{thing}_id"],
                ["district_code", "id"],
                ondelete="CASCADE",
            )
            op.create_index(f"ix_travel_entries_{end}_{thing}_id", "travel_entries", [f"{end}_{thing}_id"])
        op.drop_constraint(op.f(f"ck_travel_entries_{end}_place"), "travel_entries")
        _restrict("travel_entries", f"{end}_place", _one_of(end, (*_EARLIER, *_LATER)))
    op.drop_constraint(op.f("uq_travel_entries_places"), "travel_entries")
    _no_way_twice((*_EARLIER, *_LATER))
    op.add_column("sites", sa.Column("zone", sa.String(), nullable=True))
    op.add_column("teams", sa.Column("zone", sa.String(), nullable=True))
    for name in ("max_nights", "rest_days"):
        # A constant default rewrites no row, and older programs leave the column out.
        op.add_column("teams", sa.Column(name, sa.SmallInteger(), server_default=sa.text("0"), nullable=False))
    for name in ("away_shift_start", "away_shift_end"):
        op.add_column("teams", sa.Column(name, sa.SmallInteger(), nullable=True))
    for name, condition in _OF_TEAMS.items():
        _restrict("teams", name, condition)
    _restrict_things(f"{_THINGS}, 'lodging', 'station', 'connection'")


def downgrade() -> None:
    op.execute("DELETE FROM imported_records WHERE thing IN ('lodging', 'station', 'connection')")
    _restrict_things(_THINGS)
    for name in ("away_shift_end", "away_shift_start", "rest_days", "max_nights", "zone"):
        op.drop_column("teams", name)
    op.drop_column("sites", "zone")
    # Ways to places that are no more go with them.
    op.execute(
        "DELETE FROM travel_entries WHERE num_nonnulls(origin_lodging_id, origin_station_id,"
        " destination_lodging_id, destination_station_id) > 0"
    )
    op.drop_constraint(op.f("uq_travel_entries_places"), "travel_entries")
    for end in _ENDS:
        op.drop_constraint(op.f(f"ck_travel_entries_{end}_place"), "travel_entries")
        for thing in _LATER:
            op.drop_column("travel_entries", f"{end}_{thing}_id")
        _restrict("travel_entries", f"{end}_place", _one_of(end, _EARLIER))
    _no_way_twice(_EARLIER)
    op.drop_table("connections")
    op.drop_table("stations")
    op.drop_table("lodgings")
