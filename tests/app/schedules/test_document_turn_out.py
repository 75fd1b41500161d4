"""Who comes for a further document: what its own visits tell of that, and from when on they are enough."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.districts.models import District, Document, FigureUse
from app.estimates.shares import ShareResult
from app.schedules.document_turn_out import ENOUGH_VISITS, WhoComes, turn_out_results, who_comes
from app.schedules.learning import learn_from_results
from app.schedules.models import Schedule, Visit
from app.sites.models import Site
from app.teams.models import Team
from tests.factories import make_district, make_result, make_schedule, make_site, make_team, make_visit

MORNING = datetime(2023, 11, 14, 1, tzinfo=UTC)


@pytest.fixture
def district(session: Session) -> District:
    return make_district(session)


@pytest.fixture
def team(session: Session, district: District) -> Team:
    return make_team(session, kits=["card_printer"])


@pytest.fixture
def schedule(session: Session, district: District) -> Schedule:
    return make_schedule(session)


def reported(
    session: Session,
    schedule: Schedule,
    team: Team,
    *,
    site: Site | None = None,
    visit_fields: dict[str, Any] | None = None,
    **fields: Any,
) -> Visit:
    """A visit for cards where a hundred children lack one; thirty came, and nobody was left waiting."""
    place = site or make_site(session, people_kia=100, people_kia_as_of=date(2023, 10, 31))
    planned = {"expected_activations": 0, "expected_further": {"kia": 24}} | (visit_fields or {})
    visit = make_visit(session, schedule, team, place, **planned)
    said: dict[str, Any] = {"served": 0, "activated": 0, "served_further": {"kia": 30}, "turned_away": 0}
    make_result(session, visit, **(said | fields))
    return visit


def results(session: Session, district: District) -> list[ShareResult]:
    return list(turn_out_results(session, district, Document.KIA))


def test_visit_tells_who_came_of_those_who_needed_a_card_there(
    session: Session, district: District, schedule: Schedule, team: Team
) -> None:
    visit = reported(session, schedule, team)
    # Whatever the site says later, so many needed one then.
    session.get_one(Site, visit.site_id).people_kia = 500
    session.flush()
    (result,) = results(session, district)
    assert (result.people, result.came, result.is_bounded) == (100, 30, False)


def test_whom_earlier_visits_served_is_invited_no_more(
    session: Session, district: District, schedule: Schedule, team: Team
) -> None:
    first = reported(session, schedule, team)
    site = session.get_one(Site, first.site_id)
    reported(session, schedule, team, site=site, visit_fields={"starts_at": MORNING + timedelta(days=1)})
    assert [result.people for result in results(session, district)] == [100, 70]


def test_plan_of_cards_alone_tells_whom_it_turned_away_too(session: Session, district: District, team: Team) -> None:
    of_cards = make_schedule(session, document="kia")
    reported(
        session, of_cards, team, visit_fields={"expected_further": {}},
        served=30, activated=28, turned_away=9, served_further={}, invited=80,
    )  # fmt: skip
    (result,) = results(session, district)
    assert (result.people, result.came, result.is_bounded) == (80, 39, True)


@pytest.mark.parametrize(
    "fields", [{"ran_out_of_time": True}, {"turned_away": 3}, {"turned_away": None}, {"cause": "network_down"}]
)
def test_report_that_leaves_open_who_waited_says_at_least_so_many(
    session: Session, district: District, schedule: Schedule, team: Team, fields: dict[str, Any]
) -> None:
    reported(session, schedule, team, **fields)
    assert [(result.came, result.is_bounded) for result in results(session, district)] == [(30, True)]


@pytest.mark.parametrize(
    ("visit", "result"),
    [
        ({}, {"served_further": {}}),
        ({"expected_further": {}}, {}),
        ({"stage": "follow_up", "prepared": 5}, {}),
        ({}, {"outcome": "cut_short", "cause": "weather"}),
        ({}, {"outcome": "not_held", "served_further": {}, "cause": "weather"}),
    ],
)
def test_visit_that_invited_nobody_or_was_disturbed_tells_nothing(
    session: Session, district: District, schedule: Schedule, team: Team, visit: dict[str, Any], result: dict[str, Any]
) -> None:
    reported(session, schedule, team, visit_fields=visit, **result)
    assert results(session, district) == []


def test_visit_published_before_who_needed_it_was_kept_tells_nothing(
    session: Session, district: District, schedule: Schedule, team: Team
) -> None:
    visit = reported(session, schedule, team)
    visit.planned_with = {name: fact for name, fact in (visit.planned_with or {}).items() if name != "needing"}
    session.flush()
    assert results(session, district) == []


def test_own_visits_are_taken_once_they_are_enough_and_begin_at_what_ikd_teaches(
    session: Session, district: District, schedule: Schedule, team: Team
) -> None:
    def who() -> WhoComes:
        return who_comes(session, district, Document.KIA, learn_from_results(session, district, Document.IKD))

    assert (who().document, who().visits, who().is_learned("agency")) == (Document.IKD, 0, False)
    for number in range(10):
        # A tenth of the agencies' people come for IKD, where half are assumed.
        moment = MORNING + timedelta(days=number)
        site = make_site(session, headcount=100)
        visit = make_visit(session, schedule, team, site, starts_at=moment)
        make_result(session, visit, served=10, activated=10, phone_not_ready=0, turned_away=0)
    for number in range(ENOUGH_VISITS - 1):
        reported(session, schedule, team, visit_fields={"starts_at": MORNING + timedelta(days=number, hours=5)})
    assert (who().document, who().visits, who().is_learned("agency")) == (Document.IKD, 10, True)
    reported(session, schedule, team, visit_fields={"starts_at": MORNING + timedelta(days=20)})
    own = who()
    assert (own.document, own.visits, own.is_learned("agency")) == (Document.KIA, ENOUGH_VISITS, True)
    assert own.fit.summary("agency", "16.73.01").mean == pytest.approx(0.3, abs=0.06)
    assert own.fit.prior_shares["agency"] < 0.2
    session.add(FigureUse(district_code="16.73", document="kia", figure="turn_out", kind="agency", use="given"))
    session.flush()
    assert not who().is_learned("agency")
    assert who().is_learned("school")
