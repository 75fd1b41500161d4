"""Whoever reads a trip over HTTP – planner, coordinator, spreadsheet – reads what the plan says."""

import csv
import io
from datetime import date, timedelta
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.schedules import publishing
from app.sites.models import Site
from app.teams.models import Team
from tests.app.conftest import NOW, AsRole
from tests.app.schedules.trips.upriver import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    VISITS,
    plan_upriver,
    published_upriver,
)
from tests.factories import make_district, make_result, make_visit

SATURDAY = date(2023, 11, 18)
OF_LAST_WEEK: tuple[tuple[type[Any], str], ...] = ((Team, "T-1"), (Site, "S-4"))


def items(client: TestClient, path: str, headers: dict[str, str]) -> list[dict[str, Any]]:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def test_trips_nights_and_rides_of_a_schedule(
    client: TestClient, session: Session, district: District, bearer: AsRole
) -> None:
    schedule = published_upriver(session, district)
    viewer = bearer(Role.VIEWER, district.code)
    (trip,) = items(client, f"/v1/schedules/{schedule.id}/trips", viewer)
    nights = items(client, f"/v1/schedules/{schedule.id}/nights", viewer)
    rides = items(client, f"/v1/schedules/{schedule.id}/rides", viewer)
    assert (trip["nights"], trip["rides"]) == (nights, rides)
    assert (trip["team"]["code"], trip["starts_on"], trip["ends_on"]) == ("T-1", "2023-11-16", "2023-11-20")
    assert trip["leaves_at"] == "2023-11-16T07:00:00+07:00"
    assert (trip["calendar_nights"], trip["cost"], trip["in_force"]) == (4, 1_400_000, True)
    assert [(row["date"], row["until"], row["nights"], row["lodging"]["name"], row["cost"]) for row in nights] == [
        ("2023-11-16", "2023-11-17", 1, "Balai Desa Hulu", 150_000),
        ("2023-11-17", "2023-11-20", 3, "Balai Desa Hulu", 450_000),
    ]
    assert [(row["connection"], row["origin"]["name"], row["target"]["name"]) for row in rides] == [
        ("NAIK", "Dermaga Hilir", "Dermaga Hulu"),
        ("TURUN", "Dermaga Hulu", "Dermaga Hilir"),
    ]
    assert [row["starts_at"] for row in rides] == ["2023-11-16T09:00:00+07:00", "2023-11-20T10:30:00+07:00"]
    visits = items(client, f"/v1/schedules/{schedule.id}/visits", viewer)
    assert {row["site"]["code"]: row["trip_id"] for row in visits} == {
        "H-0": trip["id"],
        "H-1": trip["id"],
        "S-0": None,
        "S-1": None,
    }
    page = client.get(f"/v1/schedules/{schedule.id}/rides", params={"limit": 1}, headers=viewer).json()
    rest = client.get(
        f"/v1/schedules/{schedule.id}/rides", params={"limit": 1, "cursor": page["next_cursor"]}, headers=viewer
    ).json()
    assert [*page["items"], *rest["items"]] == rides


def test_another_district_sees_no_trip(
    client: TestClient, session: Session, district: District, bearer: AsRole
) -> None:
    schedule = published_upriver(session, district)
    make_district(session, "16.71", name="Kabupaten Lain")
    stranger = bearer(Role.PLANNER, "16.71")
    for name in ("trips", "nights", "rides", "trips.csv"):
        assert client.get(f"/v1/schedules/{schedule.id}/{name}", headers=stranger).status_code == 404
        assert client.get(f"/v1/schedules/{schedule.id}/{name}").status_code == 401


def test_trips_as_a_file(client: TestClient, session: Session, district: District, bearer: AsRole) -> None:
    schedule = plan_upriver(session, district)
    session.commit()
    viewer = bearer(Role.VIEWER, district.code)
    answer = client.get(f"/v1/schedules/{schedule.id}/trips.csv", headers=viewer)
    assert answer.status_code == 200, answer.text
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [(row["date"], row["what"], row["name"], row["starts"], row["cost"]) for row in rows] == [
        ("2023-11-16", "ride", "Dermaga Hilir", "09:00", "400000"),
        ("2023-11-16", "night", "Balai Desa Hulu", rows[1]["starts"], "150000"),
        ("2023-11-17", "night", "Balai Desa Hulu", rows[2]["starts"], "450000"),
        ("2023-11-20", "ride", "Dermaga Hulu", "10:30", "400000"),
    ]
    assert rows[2]["ends_on"] == "2023-11-20"
    assert (rows[0]["target_name"], rows[0]["ends"]) == ("Dermaga Hulu", "11:00")
    features = client.get(f"/v1/schedules/{schedule.id}/trips.geojson", headers=viewer).json()["features"]
    assert [feature["geometry"]["coordinates"] for feature in features][:2] == [[102.88, -3.262], [102.871, -3.051]]
    assert client.get(f"/v1/schedules/{schedule.id}/trips.xlsx", headers=viewer).content[:2] == b"PK"


def test_the_visits_file_says_where_a_team_wakes_up_and_sleeps(
    client: TestClient, session: Session, district: District, bearer: AsRole
) -> None:
    schedule = published_upriver(session, district)
    answer = client.get(f"/v1/schedules/{schedule.id}/visits.csv", headers=bearer(Role.VIEWER, district.code))
    rows = {row["site_code"]: row for row in csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))}
    assert (rows["H-0"]["begins_at"], rows["H-0"]["sleeps_at"]) == ("", "Balai Desa Hulu")
    assert (rows["H-1"]["begins_at"], rows["H-1"]["sleeps_at"]) == ("Balai Desa Hulu", "Balai Desa Hulu")
    assert (rows["S-0"]["begins_at"], rows["S-0"]["sleeps_at"]) == ("", "")


def day_of(client: TestClient, day: date, headers: dict[str, str], **params: Any) -> dict[str, Any]:
    answer = client.get("/v1/assignments", params={"date": day.isoformat(), "team": "T-1"} | params, headers=headers)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def test_the_day_of_a_team_on_a_trip(client: TestClient, session: Session, district: District, bearer: AsRole) -> None:
    published_upriver(session, district)
    planner = bearer(Role.PLANNER, district.code)
    thursday = day_of(client, THURSDAY, planner)
    assert thursday["shift"]["starts_at"] == "2023-11-16T07:00:00+07:00", "away other hours hold"
    assert thursday["begins_at"] is None
    assert thursday["sleeps_at"] == {"code": "BALAI", "name": "Balai Desa Hulu", "lat": -3.051, "lon": 102.871}
    (up,) = thursday["rides"]
    assert (up["origin"]["name"], up["starts_at"], up["ends_at"]) == (
        "Dermaga Hilir",
        "2023-11-16T09:00:00+07:00",
        "2023-11-16T11:00:00+07:00",
    )
    (stop,) = thursday["stops"]
    assert up["ends_at"] < stop["arrives_at"]
    assert stop["ends_at"] < thursday["back_at"] < "2023-11-16T17:00"
    assert thursday["next_date_with_stops"] == "2023-11-17"

    friday = day_of(client, FRIDAY, planner)
    assert friday["begins_at"] == friday["sleeps_at"] == thursday["sleeps_at"]
    assert friday["next_date_with_stops"] == "2023-11-20", "a day with a ride alone is a day"

    saturday = day_of(client, SATURDAY, planner)
    assert (saturday["stops"], saturday["rides"], saturday["back_at"]) == ([], [], None)
    assert saturday["begins_at"] == saturday["sleeps_at"] == thursday["sleeps_at"]

    monday = day_of(client, MONDAY, planner)
    assert (monday["stops"], monday["begins_at"], monday["sleeps_at"]) == ([], thursday["sleeps_at"], None)
    assert [ride["connection"] for ride in monday["rides"]] == ["TURUN"]
    assert monday["back_at"] == monday["trip"]["back_at"] > monday["rides"][0]["ends_at"]

    tuesday = day_of(client, TUESDAY, planner)
    assert (tuesday["trip"], tuesday["rides"], tuesday["begins_at"], tuesday["sleeps_at"]) == (None, [], None, None)
    assert tuesday["shift"]["starts_at"] == "2023-11-21T07:30:00+07:00"
    others = day_of(client, THURSDAY, planner, team="T-2")
    assert (others["trip"], others["rides"]) == (None, [])
    assert len(others["stops"]) == 1


def test_several_days_say_of_each_what_the_day_alone_says(
    client: TestClient, session: Session, district: District, bearer: AsRole
) -> None:
    published_upriver(session, district)
    planner = bearer(Role.PLANNER, district.code)
    span = day_of(client, THURSDAY, planner, days=6)
    for shown in span["days"]:
        alone = day_of(client, date.fromisoformat(shown["date"]), planner)
        assert shown == {name: alone[name] for name in shown}
    assert [bool(day["rides"]) for day in span["days"]] == [True, False, False, False, True, False]


def test_an_unchanged_day_of_a_trip_costs_nothing_and_a_changed_one_is_told(
    client: TestClient, session: Session, district: District, bearer: AsRole
) -> None:
    published_upriver(session, district)
    planner = bearer(Role.PLANNER, district.code)
    params = {"date": MONDAY.isoformat(), "team": "T-1"}
    first = client.get("/v1/assignments", params=params, headers=planner)
    again = client.get("/v1/assignments", params=params, headers=planner | {"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    home = plan_upriver(session, district, visits=[VISITS[3]], nights=[], rides=[])
    publishing.publish(session, home, actor=COMMAND_LINE, now=NOW)
    session.commit()
    changed = client.get("/v1/assignments", params=params, headers=planner | {"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert (changed.json()["trip"], changed.json()["rides"]) == (None, [])


def test_changes_name_trips_that_are_sent_called_home_and_changed(
    client: TestClient, session: Session, district: District, bearer: AsRole
) -> None:
    viewer = bearer(Role.VIEWER, district.code)
    schedule = plan_upriver(session, district)
    session.commit()
    draft = client.get(f"/v1/schedules/{schedule.id}/changes", headers=viewer).json()["trips"]
    assert [(row["team"]["code"], row["starts_on"]) for row in draft["added"]] == [("T-1", "2023-11-16")]
    publishing.publish(session, schedule, actor=COMMAND_LINE, now=NOW)
    home = plan_upriver(session, district, visits=[VISITS[3]], nights=[], rides=[])
    session.commit()
    called = client.get(f"/v1/schedules/{home.id}/changes", headers=viewer).json()["trips"]
    assert [row["uid"] for row in called["withdrawn"]] == [draft["added"][0]["uid"]]
    assert (called["added"], called["changed"], called["unchanged"]) == ([], [], 0)


def test_no_lost_visit_is_made_up_by_a_team_that_is_away(
    client: TestClient, session: Session, district: District, bearer: AsRole
) -> None:
    district.make_up_days = 7
    schedule = published_upriver(session, district)
    team, site = (session.scalars(select(model).where(model.code == code)).one() for model, code in OF_LAST_WEEK)
    lost = make_visit(session, schedule, team, site, starts_at=NOW - timedelta(days=3))
    make_result(session, lost, outcome="not_held", served=0, activated=0, cause="weather")
    session.commit()
    answer = client.get(f"/v1/visits/{lost.id}/make-up", headers=bearer(Role.PLANNER, district.code))
    assert answer.status_code == 200, answer.text
    days = {(slot["team"]["code"], slot["date"]) for slot in answer.json()["slots"]}
    assert days
    assert not days & {("T-1", f"2023-11-{day}") for day in (16, 17, 20)}
