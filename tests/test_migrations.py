"""The migrations go up and down, and say the same as the models."""

from datetime import date

from alembic import command
from sqlalchemy import create_engine, inspect, text

from app.schedules.wish import Budget, Closeness, KindRule, Wish
from solver.contract.instance import Point
from solver.contract.travel import driving_minutes, great_circle_metres
from tests.conftest import alembic_config, create_database


def test_migrations_go_down_to_nothing_and_up_again_with_the_models_in_step(postgres_url: str) -> None:
    engine = create_engine(create_database(postgres_url, "migrations"))
    with engine.connect() as connection:
        config = alembic_config(connection)
        command.upgrade(config, "head")
        command.check(config)
        command.downgrade(config, "base")
        left = set(inspect(connection).get_table_names()) - {"alembic_version"}
        types = connection.scalars(text("SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace"))
        assert left == set()
        assert {name for name in types if not name.startswith(("alembic", "_alembic"))} == set()
        command.upgrade(config, "head")
        command.check(config)
    engine.dispose()


def test_earlier_schedules_get_their_whole_wish_and_their_way_home_and_give_them_back(postgres_url: str) -> None:
    engine = create_engine(create_database(postgres_url, "earlier"))
    with engine.connect() as connection:
        config = alembic_config(connection)
        command.upgrade(config, "c8d2f17ab3e4")
        connection.exec_driver_sql(EARLIER)
        command.upgrade(config, "head")
        wish = Wish.from_json(connection.scalars(text("SELECT request FROM schedules")).one())
        way = connection.execute(text("SELECT home_minutes, home_metres FROM visits")).one()
        command.downgrade(config, "c8d2f17ab3e4")
        before = connection.scalars(text("SELECT request FROM schedules")).one()
    engine.dispose()
    assert wish == Wish(
        period_start=date(2023, 11, 1),
        period_end=date(2023, 11, 30),
        seed=7,
        time_limit_seconds=10,
        replan=Closeness(most_moved=5),
        kinds=(KindRule(kinds=("agency",), end=date(2023, 11, 28)),),
        weights={"late": 2},
        budget=Budget(rupiah=None),
    )
    metres = great_circle_metres(Point(lat=-3.2819, lon=102.9147), Point(lat=-3.263, lon=102.8751), detour=1.4)
    assert tuple(way) == (driving_minutes(metres, kmh=25), metres)
    assert before == {
        "kinds": [{"kinds": ["agency"], "from": None, "until": "2023-11-28"}],
        "weights": {"late": 2},
        "replan": {"most_moved": 5},
        "budget": None,
    }


EARLIER = """
    INSERT INTO districts (code, name, time_zone, lat, lon, working_weekdays, detour, kmh, cost_per_km,
        cost_per_team_day, provenance, version)
        VALUES ('16.73', 'Kota', 'Asia/Jakarta', -3.26, 102.87, '1111100', 1.4, 25, 0, 0, '{}', 1);
    INSERT INTO areas (code, district_code, name, lat, lon, min_activations, provenance, version)
        VALUES ('16.73.01', '16.73', 'A', -3.3, 102.9, 0, '{}', 1);
    INSERT INTO sites (district_code, area_code, code, name, kind, lat, lon, headcount, already_activated, connectivity,
        readiness, must_visit, provenance, version)
        VALUES ('16.73', '16.73.01', 'S', 'Dinas', 'agency', -3.2819, 102.9147, 120, 0, 3, 'unknown', false, '{}', 1);
    INSERT INTO teams (district_code, code, name, operators, minutes_per_activation, kits, base_lat, base_lon,
        shift_start, shift_end, max_stops, provenance, version)
        VALUES ('16.73', 'T', 'Tim', 3, 8, '{}', -3.263, 102.8751, 450, 960, 4, '{}', 1);
    INSERT INTO schedules (district_code, document, period_start, period_end, first_date, is_back_test, request,
        time_limit_seconds, seed, requested_at, requested_by, run_status, attempts, version)
        VALUES ('16.73', 'ikd', '2023-11-01', '2023-11-30', '2023-11-14', false,
        '{"kinds": [{"kinds": ["agency"], "from": null, "until": "2023-11-28"}], "weights": {"late": 2},
          "replan": {"most_moved": 5}, "budget": null}', 10, 7, now(), 'test', 'queued', 0, 1);
    INSERT INTO visits (uid, district_code, schedule_id, team_id, site_id, date, stop_index, arrives_at, starts_at,
        ends_at, setup_minutes, service_minutes, travel_minutes, travel_metres, expected_activations, pinned, in_force,
        sequence, changed_at)
        SELECT gen_random_uuid(), '16.73', schedules.id, teams.id, sites.id, '2023-11-14', 0, now(), now(),
        now() + interval '1 hour', 30, 30, 14, 6389, 42, false, false, 0, now() FROM schedules, teams, sites;
"""
