"""Sites that ask for a satellite set whatever their signal: kept out where no team that could serve them has one."""

import random
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.coded_things import create_thing
from app.districts.models import District, Document
from app.reports.signal_gaps import GapSite, Remedy, SignalGaps, signal_gaps
from app.reports.signal_of_provinces import signal_gaps_of
from app.schedules.models import Schedule
from app.schedules.runs.problem import refuse_unplannable
from app.schedules.wish import Wish
from app.sites.models import Site
from app.teams.kit_pools import KIT_POOLS
from tests.app.conftest import NOW, AsRole
from tests.factories import (
    make_district,
    make_issuing_figures,
    make_planning_figures,
    make_site,
    make_target,
    make_team,
)

TODAY = date(2023, 11, 13)
ALL = {"phone_ready_share": 1, "turn_out_share": 1, "resident_share": 1}


@pytest.fixture
def district(session: Session) -> District:
    return make_district(session)


@pytest.fixture
def harbour(session: Session, district: District) -> Site:
    """With a good signal that it does not trust: it asks for a set."""
    fields = {"headcount": 80, "connectivity": 3, "needs_kits": ["satellite"], "must_visit": True}
    return make_site(session, code="P-1", name="Pelabuhan", **fields, **ALL)


def gaps(session: Session, district: District, document: Document = Document.IKD, on: date = TODAY) -> SignalGaps:
    return signal_gaps(session, district, document, on=on)


def sites_of(answer: SignalGaps) -> dict[str, GapSite]:
    return {site.code: site for area in answer.areas for site in area.sites}


def pool(session: Session, district: District, **fields: object) -> None:
    values = {"code": "SAT", "name": "Set satelit", "kind": "satellite", "count": 1}
    create_thing(session, KIT_POOLS, district, values | fields, actor=COMMAND_LINE, now=NOW)


def left_out_by_planning(session: Session, district: District) -> dict[str, str]:
    """The must-visit sites where a plan of November wins nobody, each with the reason."""
    period = {"period_start": date(2023, 11, 1), "period_end": date(2023, 11, 30)}
    schedule = Schedule(
        district_code=district.code,
        document="ikd",
        first_date=date(2023, 11, 14),
        request=Wish(**period).understood().to_json(),
        time_limit_seconds=10,
        seed=1,
        requested_at=NOW,
        **period,
    )
    return {site.code: site.barrier.value for site in refuse_unplannable(session, schedule).unvisitable}


def test_a_good_signal_does_not_do_where_a_set_is_asked_for(
    session: Session, district: District, harbour: Site
) -> None:
    make_target(session)
    make_team(session)
    make_site(session, code="K-1", headcount=70, connectivity=2, must_visit=True, **ALL)
    answer = gaps(session, district)
    assert (answer.people, answer.sites, answer.people_left) == (80, 1, 150)
    assert left_out_by_planning(session, district) == {"P-1": "too_few_kits"}
    site = sites_of(answer)["P-1"]
    # Better signal there would not do; a session at a site that asks for no set would, for half of them.
    assert (site.not_reachable_without, site.lacks_demanded_set) == ((Remedy.SATELLITE, Remedy.SESSION_PLACE), True)
    assert {row.remedy: row.people for row in answer.without} == {Remedy.SATELLITE: 80, Remedy.SESSION_PLACE: 40}
    assert (answer.demanded_sets.people, answer.demanded_sets.sites) == (80, 1)
    assert answer.text["id"] == (
        "Aktivasi: 80 dari 150 orang, di 1 lokasi, tidak terjangkau tanpa set satelit atau sesi di lokasi bersinyal "
        "terdekat."
    )
    assert answer.demanded_sets.text == {
        "id": "80 orang di antaranya ada di 1 lokasi yang meminta set satelit, bagaimanapun sinyal di sana.",
        "en": "80 people of these are kept out by the call for a satellite set at 1 site, whatever the signal.",
    }


def test_a_set_opens_it_on_the_days_on_which_it_can_be_drawn(
    session: Session, district: District, harbour: Site
) -> None:
    make_target(session)
    team = make_team(session)
    pool(session, district, starts_on=date(2023, 12, 4), ends_on=date(2023, 12, 15))
    assert (gaps(session, district).people, gaps(session, district).satellite_on) == (80, date(2023, 12, 4))
    there = gaps(session, district, on=date(2023, 12, 4))
    assert (there.people, there.demanded_sets.people) == (0, 0)
    # Covered or not, it hangs on the set.
    assert (there.only_by_satellite.people, there.only_by_satellite.sites) == (80, 1)
    assert gaps(session, district, on=date(2023, 12, 16)).people == 80
    team.kits = ["satellite"]
    session.flush()
    assert gaps(session, district).people == 0
    assert left_out_by_planning(session, district) == {}


def test_the_set_has_to_be_with_a_team_that_has_what_else_is_asked_for(
    session: Session, district: District, harbour: Site
) -> None:
    make_target(session)
    harbour.needs_kits = ["satellite", "biometric"]
    far = make_site(session, code="D-1", headcount=50, connectivity=0, needs_kits=["biometric"], must_visit=True, **ALL)
    make_site(session, code="K-1", headcount=70, connectivity=2, **ALL)
    recording = make_team(session, kits=["biometric"])
    make_team(session, kits=["satellite"])
    answer = gaps(session, district)
    assert {code: site.people for code, site in sites_of(answer).items()} == {"P-1": 80, far.code: 50}
    assert left_out_by_planning(session, district) == {"P-1": "too_few_kits", "D-1": "no_signal"}
    assert answer.demanded_sets.people == 80
    recording.kits = ["satellite", "biometric"]
    session.flush()
    assert gaps(session, district).people == 0
    # That nobody has the recorder is no matter of the signal.
    recording.kits = []
    session.flush()
    assert gaps(session, district).people == 0


@pytest.mark.parametrize("seed", range(8))
def test_the_gaps_are_what_planning_leaves_out(session: Session, district: District, seed: int) -> None:
    chance = random.Random(seed)
    make_target(session)
    make_planning_figures(session, satellite_level=chance.choice([0, 2, 3]))
    make_team(session, kits=["biometric", *chance.choice([[], ["satellite"]])])
    for _ in range(2):
        make_team(session, kits=chance.choice([[], ["satellite"], ["biometric"]]))
    if chance.random() < 0.3:
        pool(session, district)
    needs: list[list[str]] = [[], ["satellite"], ["biometric"], ["satellite", "biometric"]]
    for number in range(16):
        fields = {"connectivity": chance.choice([0, 0, 1, 4]), "needs_kits": needs[number % 4], "must_visit": True}
        make_site(session, code=f"L-{number:02}", **fields, **ALL)
    make_site(session, code="K-1", connectivity=3, **ALL)
    assert set(sites_of(gaps(session, district))) == set(left_out_by_planning(session, district))


def test_whoever_comes_to_a_place_without_such_a_demand_is_reached(
    session: Session, district: District, harbour: Site
) -> None:
    place = make_site(session, code="K-1", headcount=70, connectivity=2, **ALL)
    harbour.session_at, harbour.session_turn_out_share = "K-1", Decimal("0.75")
    session.flush()
    answer = gaps(session, district)
    site = sites_of(answer)["P-1"]
    assert (answer.people, site.session_at, site.nearest_place) == (20, "K-1", None)
    # Whoever stays at home waits for the set that is asked for there.
    assert (site.lacks_demanded_set, site.not_reachable_without) == (True, (Remedy.SATELLITE,))
    harbour.needs_kits, place.needs_kits = [], ["satellite"]
    session.flush()
    # At home nothing is asked for, so its signal keeps nobody out once the session is back; it is at the place.
    moved = sites_of(gaps(session, district))
    assert {code: (row.people, row.lacks_demanded_set) for code, row in moved.items()} == {
        "K-1": (70, True),
        "P-1": (80, True),
    }


def test_what_needs_no_signal_is_kept_out_by_the_demand_alone(
    session: Session, district: District, harbour: Site
) -> None:
    make_team(session, kits=["biometric"])
    harbour.people_ktp_el = 25
    make_site(session, code="D-1", connectivity=0, people_ktp_el=30, **ALL)
    recordings = gaps(session, district, Document.KTP_EL)
    assert (recordings.people, recordings.people_left, recordings.needs_signal) == (25, 55, False)
    assert sites_of(recordings)["P-1"].not_reachable_without == (Remedy.SATELLITE,)
    assert recordings.text["id"] == (
        "Perekaman KTP-el: 25 dari 55 orang, di 1 lokasi, tidak terjangkau tanpa set satelit."
    )
    assert recordings.doubtful.sites == 0
    make_issuing_figures(session, "ktp_el", needs_signal=True)
    assert gaps(session, district, Document.KTP_EL).people == 55


def test_a_set_that_brings_no_signal_either_opens_nothing_alone(
    session: Session, district: District, harbour: Site
) -> None:
    make_planning_figures(session, satellite_level=0)
    harbour.connectivity = 0
    make_team(session)
    answer = gaps(session, district)
    assert sites_of(answer)["P-1"].not_reachable_without == ()
    assert answer.without == ()
    assert answer.text["en"] == "Activations: 80 of 80 people, at 1 site, are not reachable."
    make_team(session, kits=["satellite"])
    answer = gaps(session, district)
    assert (sites_of(answer)["P-1"].not_reachable_without, answer.demanded_sets.people) == ((Remedy.SIGNAL,), 0)


def test_no_session_is_moved_to_where_a_set_is_asked_for(
    client: TestClient, session: Session, district: District, harbour: Site, bearer: AsRole
) -> None:
    village = make_site(session, code="D-1", headcount=100, connectivity=0, **ALL)
    make_team(session)
    session.commit()
    assert sites_of(gaps(session, district))["D-1"].nearest_place is None
    places = f"/v1/sites/{village.id}/session-places"
    viewer = bearer(Role.VIEWER, "16.73")
    assert client.get(places, headers=viewer).json()["places"] == []
    harbour.needs_kits = []
    session.commit()
    assert [place["code"] for place in client.get(places, headers=viewer).json()["places"]] == ["P-1"]


def test_whoever_is_prepared_first_does_not_come_again_where_the_set_is_missing(
    session: Session, district: District, harbour: Site
) -> None:
    village = make_site(session, code="D-1", headcount=100, connectivity=0, **ALL)
    village.preparation_until, village.session_from = date(2023, 11, 17), date(2023, 11, 18)
    village.session_at, village.session_turn_out_share, village.returning_percent = "P-1", Decimal(1), 100
    team = make_team(session)
    assert sites_of(gaps(session, district))["D-1"].people == 100
    team.kits = ["satellite"]
    session.flush()
    assert gaps(session, district).people == 0


def test_a_province_adds_them_up(session: Session, district: District, harbour: Site) -> None:
    province = make_district(session, "16", parent_code=None)
    make_district(session, "16.74")
    make_site(session, "16.74", headcount=30, needs_kits=["satellite"], **ALL)
    make_site(session, "16.74", headcount=9, connectivity=0, **ALL)
    summed = signal_gaps_of(session, province, Document.IKD, on=TODAY)
    assert (summed.people, summed.sites) == (119, 3)
    assert (summed.demanded_sets.people, summed.demanded_sets.sites) == (110, 2)


def test_the_answer_over_http_names_the_demand(
    client: TestClient, session: Session, harbour: Site, bearer: AsRole
) -> None:
    session.commit()
    shown: dict[str, Any] = client.get("/v1/districts/16.73/signal-gaps", headers=bearer(Role.VIEWER, "16.73")).json()
    (site,) = shown["areas"][0]["sites"]
    assert (site["lacks_demanded_set"], site["not_reachable_without"]) == (True, ["satellite"])
    assert shown["demanded_sets"]["people"] == 80
