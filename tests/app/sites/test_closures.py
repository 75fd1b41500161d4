"""Market days, exams and Friday prayer close the sites of a kind, weekly or between dates."""

from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.models import Role
from app.sites.models import KindClosure, SiteException
from app.sites.service import candidates
from tests.app.conftest import AsRole
from tests.factories import make_district, make_site

CLOSURES = "/v1/districts/16.73/closures"
WEEK = [date(2023, 11, day) for day in range(13, 18)]
OPEN = ((480, 900),)


def hours(session: Session, code: str) -> list[tuple[tuple[int, int], ...]]:
    (candidate,) = [known for known in candidates(session, "16.73", WEEK) if known.site.code == code]
    return [candidate.windows_by_date[day] for day in WEEK]


def close(session: Session, **fields: Any) -> KindClosure:
    closure = KindClosure(district_code="16.73", name="Tutup", **fields)
    session.add(closure)
    session.flush()
    return closure


def test_friday_prayer_cuts_every_friday_of_every_kind(session: Session) -> None:
    make_district(session)
    make_site(session, code="A")
    close(session, weekdays="0000100", closed_from=690, closed_until=780)
    assert hours(session, "A") == [OPEN, OPEN, OPEN, OPEN, ((480, 690), (780, 900))]


def test_exams_close_schools_between_their_dates_and_nobody_else(session: Session) -> None:
    make_district(session)
    make_site(session, code="SMA", kind="school")
    make_site(session, code="OPD")
    close(session, kind="school", starts_on=date(2023, 11, 14), ends_on=date(2023, 11, 15))
    assert hours(session, "SMA") == [OPEN, (), (), OPEN, OPEN]
    assert hours(session, "OPD") == [OPEN] * 5


def test_weekdays_between_dates_need_both(session: Session) -> None:
    make_district(session)
    make_site(session, code="A")
    close(session, weekdays="1010000", starts_on=date(2023, 11, 14), ends_on=date(2023, 11, 30))
    assert hours(session, "A") == [OPEN, OPEN, (), OPEN, OPEN]


def test_hours_given_for_one_date_stand_against_closures(session: Session) -> None:
    make_district(session)
    make_site(session, code="A", exceptions=[SiteException(date=WEEK[4], opens=660, closes=800)])
    close(session, weekdays="0000100", closed_from=690, closed_until=780)
    assert hours(session, "A")[4] == ((660, 800),)


def test_closures_of_other_districts_do_not_count(session: Session) -> None:
    make_district(session)
    make_district(session, "16.74")
    make_site(session, code="A")
    session.add(KindClosure(district_code="16.74", name="Lain", weekdays="1111111"))
    session.flush()
    assert hours(session, "A") == [OPEN] * 5


def test_closure_is_kept_changed_and_deleted(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    planner = bearer(Role.PLANNER, "16.73")
    body = {"name": "Pasar", "kind": "village", "weekdays": "tue,fri", "closed_from": "06:00", "closed_until": "10:00"}

    made = client.post(CLOSURES, json=body, headers=planner)

    assert made.status_code == 201
    path = made.headers["Location"]
    assert client.get(path, headers=planner).json() == made.json()
    assert {name: made.json()[name] for name in body} == body
    assert client.patch(path, json={"closed_until": "11:00"}, headers=planner).status_code == 428
    changed = client.patch(path, json={"closed_until": "11:00"}, headers=planner | {"If-Match": '"1"'})
    assert (changed.json()["closed_until"], changed.headers["ETag"]) == ("11:00", '"2"')
    assert len(client.get(CLOSURES, headers=planner).json()["items"]) == 1
    assert client.delete(path, headers=planner | {"If-Match": '"2"'}).status_code == 204
    assert client.get(path, headers=planner).status_code == 404


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"weekdays": None}, "/weekdays"),
        ({"weekdays": "funday"}, "/weekdays"),
        ({"starts_on": "2023-11-14"}, "/ends_on"),
        ({"starts_on": "2023-11-14", "ends_on": "2023-11-13"}, "/ends_on"),
        ({"closed_from": "11:00"}, "/closed_until"),
        ({"closed_from": "11:00", "closed_until": "11:00"}, "/closed_until"),
        ({"closed_from": "25:00", "closed_until": "26:00"}, "/closed_from"),
        ({"kind": "castle"}, "/kind"),
        ({"name": None}, "/name"),
        ({"since": "2023"}, "/since"),
    ],
)
def test_wrong_closure_is_refused_by_field(
    client: TestClient, session: Session, bearer: AsRole, fields: dict[str, Any], pointer: str
) -> None:
    make_district(session)
    body = {"name": "Pasar", "weekdays": "fri"} | fields
    answer = client.post(CLOSURES, json=body, headers=bearer(Role.PLANNER, "16.73"))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_closures_are_their_districts_own(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    make_district(session, "16.74")
    closure = close(session, weekdays="0000100")
    session.commit()
    path = f"/v1/closures/{closure.id}"
    stranger, viewer = bearer(Role.PLANNER, "16.74"), bearer(Role.VIEWER, "16.73")
    assert client.get(CLOSURES, headers=stranger).status_code == 404
    assert client.get(path, headers=stranger).status_code == 404
    assert client.delete(path, headers=stranger | {"If-Match": "*"}).status_code == 404
    assert client.get(path, headers=viewer).status_code == 200
    assert client.delete(path, headers=viewer | {"If-Match": "*"}).status_code == 403
