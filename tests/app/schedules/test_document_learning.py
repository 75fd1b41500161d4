"""What reports teach of the minutes of further documents, and which of them say nothing."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.districts.models import District
from app.estimates.document_pace import SharedMinutes
from app.schedules.document_learning import document_paces, planned_minutes, shared_minutes
from app.schedules.models import Schedule, Visit
from app.teams.models import Team
from tests.factories import (
    make_district,
    make_issuing_figures,
    make_result,
    make_schedule,
    make_site,
    make_team,
    make_visit,
)

PRINTER = {"code": "PRINTER", "name": "Pencetak", "kind": "card_printer", "count": 1}


@pytest.fixture
def district(session: Session) -> District:
    return make_district(session)


@pytest.fixture
def team(session: Session, district: District) -> Team:
    """Three operators at eight minutes an activation, with one printer."""
    return make_team(session, kits=["card_printer"])


@pytest.fixture
def schedule(session: Session, district: District) -> Schedule:
    return make_schedule(session)


def reported(
    session: Session, schedule: Schedule, team: Team, *, visit_fields: dict[str, Any] | None = None, **fields: Any
) -> Visit:
    """A visit for 24 cards and no activation, an hour busy: twelve cards came of it."""
    fields_of_visit = {"expected_activations": 0, "expected_further": {"kia": 24}} | (visit_fields or {})
    visit = make_visit(session, schedule, team, make_site(session, connectivity=4), **fields_of_visit)
    said: dict[str, Any] = {
        "served": 0,
        "activated": 0,
        "served_further": {"kia": 12},
        "turned_away": 0,
        "ran_out_of_time": False,
        "started_at": visit.starts_at,
        "last_served_at": visit.starts_at + timedelta(hours=1),
        "ended_at": visit.ends_at,
        "signal_met": 4,
    }
    make_result(session, visit, **(said | fields))
    return visit


def only(session: Session, district: District) -> SharedMinutes:
    (minutes,) = shared_minutes(session, district)
    return minutes


def test_visit_that_brought_cards_alone_tells_their_minutes(
    session: Session, district: District, schedule: Schedule, team: Team
) -> None:
    reported(session, schedule, team)
    minutes = only(session, district)
    assert (minutes.busy_minutes, minutes.operators, dict(minutes.with_kit)) == (60, 3, {"card_printer": 1})
    (cards,) = minutes.served
    assert (cards.document, cards.people, cards.kit, cards.needs_signal) == ("kia", 12, "card_printer", True)
    # Excellent signal leaves nearly all of the pace.
    assert cards.stated_minutes == pytest.approx(5 / 0.98)


def test_shared_minutes_are_told_of_all_documents_that_were_served(
    session: Session, district: District, schedule: Schedule, team: Team
) -> None:
    fields = {"expected_activations": 15, "day_kits": [PRINTER]}
    reported(session, schedule, team, visit_fields=fields, served=10, activated=8, other_district=1)
    minutes = only(session, district)
    assert [(row.document, row.people) for row in minutes.served] == [("ikd", 9), ("kia", 12)]
    assert minutes.with_kit["card_printer"] == 2


def test_plan_of_cards_alone_tells_them_by_whom_it_served(session: Session, district: District, team: Team) -> None:
    of_cards = make_schedule(session, document="kia")
    visit = {"expected_activations": 12, "expected_further": {}}
    reported(session, of_cards, team, visit_fields=visit, served=12, activated=11, other_district=1, served_further={})
    assert [(row.document, row.people) for row in only(session, district).served] == [("kia", 12)]


@pytest.mark.parametrize(
    ("visit", "result"),
    [
        ({"expected_further": {"kia": 24, "ktp_el": 3}}, {}),
        ({"stage": "preparation", "prepared": 5}, {}),
        ({}, {"served_further": {"kia": 0}}),
        ({}, {"outcome": "not_held", "served_further": {}}),
        ({}, {"outcome": "cut_short", "cause": "weather"}),
        # People came one by one, and nobody says until when any was waiting.
        ({}, {"last_served_at": None}),
        ({}, {"signal_met": 0}),
        # No team can print without a printer.
        ({"expected_further": {"ktp_el": 3}}, {"served_further": {"ktp_el": 3}}),
    ],
)
def test_report_that_leaves_the_minutes_open_tells_nothing(
    session: Session,
    district: District,
    schedule: Schedule,
    team: Team,
    visit: dict[str, Any],
    result: dict[str, Any],
) -> None:
    reported(session, schedule, team, visit_fields=visit, **result)
    assert shared_minutes(session, district) == ()


def test_district_is_learned_from_as_it_stood_on_a_day(
    session: Session, district: District, schedule: Schedule, team: Team
) -> None:
    reported(session, schedule, team)
    assert shared_minutes(session, district, until=date(2023, 11, 13)) == ()
    assert len(shared_minutes(session, district, until=date(2023, 11, 14))) == 1


def test_results_teach_minutes_beside_whatever_is_stated_by_now(
    session: Session, district: District, schedule: Schedule, team: Team
) -> None:
    for day in range(12):
        # Six cards an hour: ten minutes each.
        moment = datetime.fromisoformat("2023-11-14T01:00:00+00:00") + timedelta(days=day)
        reported(session, schedule, team, visit_fields={"starts_at": moment}, served_further={"kia": 6})
    assert planned_minutes(document_paces(session, district).fits["kia"], 5) == pytest.approx(10, abs=1)
    make_issuing_figures(session, "kia", minutes=12)
    assert planned_minutes(document_paces(session, district).fits["kia"], 12) == pytest.approx(10, abs=1)
    paces = document_paces(session, district)
    assert len(paces.that_brought("kia")) == 12
    assert paces.that_brought("ktp_el") == []
