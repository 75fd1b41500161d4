"""Whom the signal keeps out, and that planning leaves out the very same."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.commands.folders import load_example
from app.districts.coded_things import create_thing
from app.districts.models import District, Document
from app.districts.service import get_district
from app.districts.surroundings import distance_km
from app.reports.session_places import NearestPlaces, RatingAge
from app.reports.signal_gaps import Remedy, SignalGaps, signal_gaps
from app.reports.signal_of_provinces import signal_gaps_of
from app.schedules.learning import held_share
from app.schedules.models import Schedule
from app.schedules.runs.problem import refuse_unplannable
from app.schedules.runs.servable import NoServableSite
from app.schedules.wish import Wish
from app.sites.models import Site
from app.teams.kit_pools import KIT_POOLS
from tests.app.conftest import NOW, AsRole
from tests.factories import (
    make_area,
    make_district,
    make_issuing_figures,
    make_kind_figures,
    make_planning_figures,
    make_result,
    make_schedule,
    make_site,
    make_target,
    make_team,
    make_visit,
)

TODAY = date(2023, 11, 13)
ALL = {"phone_ready_share": 1, "turn_out_share": 1, "resident_share": 1}


@pytest.fixture
def district(session: Session) -> District:
    return make_district(session)


@pytest.fixture
def village(session: Session, district: District) -> Site:
    """Without signal; all of its 100 people come."""
    return make_site(
        session, code="D-1", name="Long Apung", kind="village", headcount=100, connectivity=0, must_visit=True, **ALL
    )


def gaps(session: Session, district: District, document: Document = Document.IKD, on: date = TODAY) -> SignalGaps:
    return signal_gaps(session, district, document, on=on)


def left_out_by_planning(session: Session, district: District) -> dict[str, str]:
    """The must-visit sites where a plan of November wins nobody, each with the reason."""
    wish = Wish(period_start=date(2023, 11, 1), period_end=date(2023, 11, 30)).understood()
    schedule = Schedule(
        district_code=district.code,
        document="ikd",
        period_start=date(2023, 11, 1),
        period_end=date(2023, 11, 30),
        first_date=date(2023, 11, 14),
        request=wish.to_json(),
        time_limit_seconds=10,
        seed=1,
        requested_at=NOW,
    )
    return {site.code: site.barrier.value for site in refuse_unplannable(session, schedule).unvisitable}


def pool(session: Session, district: District, **fields: object) -> None:
    values = {"code": "SAT", "name": "Set satelit", "kind": "satellite", "count": 1}
    create_thing(session, KIT_POOLS, district, values | fields, actor=COMMAND_LINE, now=NOW)


def test_the_gap_is_what_planning_leaves_out_for_want_of_signal(
    session: Session, district: District, village: Site
) -> None:
    make_target(session)
    make_team(session)
    make_area(session, "16.73.02", name="Hulu")
    poor = make_site(session, code="D-2", headcount=50, connectivity=0, area_code="16.73.02", must_visit=True, **ALL)
    near = make_site(session, code="K-1", headcount=70, connectivity=2, must_visit=True, **ALL)
    make_site(session, code="K-2", headcount=30, connectivity=0, readiness="done", **ALL)
    answer = gaps(session, district)
    assert (answer.people, answer.sites, answer.people_left) == (150, 2, 220)
    assert [(area.code, area.people) for area in answer.areas] == [("16.73.01", 100), ("16.73.02", 50)]
    assert {site.code for area in answer.areas for site in area.sites} == {village.code, poor.code}
    assert left_out_by_planning(session, district) == {village.code: "no_signal", poor.code: "no_signal"}
    assert near.code not in left_out_by_planning(session, district)
    assert answer.text["id"] == (
        "Aktivasi: 150 dari 220 orang, di 2 lokasi, tidak terjangkau tanpa set satelit atau sinyal di lokasi atau "
        "sesi di lokasi bersinyal terdekat."
    )
    opened = {row.remedy: (row.people, row.sites) for row in answer.without}
    assert opened == {Remedy.SATELLITE: (150, 2), Remedy.SIGNAL: (150, 2), Remedy.SESSION_PLACE: (75, 2)}


def test_people_already_won_are_not_missing(session: Session, district: District, village: Site) -> None:
    team, schedule = make_team(session), make_schedule(session)
    visit = make_visit(session, schedule, team, village, starts_at=datetime(2023, 11, 10, 1, tzinfo=UTC))
    make_visit(session, schedule, team, village, starts_at=datetime(2023, 11, 9, 1, tzinfo=UTC))
    make_result(session, visit, served=40, activated=36)
    expected_of_the_other = 42 * held_share(session, district.code, "ikd")
    assert gaps(session, district).people == int(100 - 36 - expected_of_the_other)
    # What happens after the day of the report is no part of it.
    assert gaps(session, district, on=date(2023, 11, 8)).people == 100


@pytest.mark.parametrize("is_poor_lost", [False, True])
def test_a_signal_at_which_nothing_succeeds_is_none(
    session: Session, district: District, village: Site, is_poor_lost: bool
) -> None:
    village.connectivity = 1
    figures = [0, 0 if is_poor_lost else 40, 80, 90, 95]
    make_planning_figures(session, success_percent=figures)
    assert gaps(session, district).people == (100 if is_poor_lost else 0)


def test_a_team_with_a_satellite_set_opens_every_site(session: Session, district: District, village: Site) -> None:
    make_site(session, code="K-1", headcount=70, connectivity=2, **ALL)
    team = make_team(session, kits=["satellite"])
    answer = gaps(session, district)
    assert answer.people == 0
    # But they hang on it, and that is said.
    assert (answer.only_by_satellite.people, answer.only_by_satellite.sites) == (100, 1)
    assert answer.only_by_satellite.text["id"] == "100 orang di 1 lokasi hanya terjangkau dengan set satelit."
    # One that may not issue the document helps nobody.
    team.documents = ["kia"]
    session.flush()
    assert gaps(session, district).people == 100
    assert gaps(session, district).only_by_satellite.people == 0
    assert gaps(session, district).satellite_on is None


def test_a_shared_set_opens_sites_from_its_first_day_on(session: Session, district: District, village: Site) -> None:
    make_team(session)
    pool(session, district, starts_on=date(2023, 12, 4), ends_on=date(2023, 12, 15))
    before = gaps(session, district)
    assert (before.people, before.satellite_on) == (100, date(2023, 12, 4))
    assert before.areas[0].sites[0].not_reachable_without == (Remedy.SATELLITE, Remedy.SIGNAL)
    assert before.areas[0].sites[0].nearest_place is None
    assert gaps(session, district, on=date(2023, 12, 5)).people == 0
    after = gaps(session, district, on=date(2023, 12, 16))
    assert (after.people, after.satellite_on) == (100, None)


def test_a_set_that_works_like_no_signal_is_no_remedy(session: Session, district: District, village: Site) -> None:
    make_planning_figures(session, satellite_level=0)
    make_team(session, kits=["satellite"])
    answer = gaps(session, district)
    assert answer.people == 100
    assert answer.areas[0].sites[0].not_reachable_without == (Remedy.SIGNAL,)
    assert [(row.remedy, row.people) for row in answer.without] == [(Remedy.SIGNAL, 100)]


def test_other_documents_have_gaps_of_their_own(session: Session, district: District, village: Site) -> None:
    village.people_kia, village.people_ktp_el = 40, 25
    session.flush()
    assert gaps(session, district, Document.KIA).people == 40
    recordings = gaps(session, district, Document.KTP_EL)
    assert (recordings.people, recordings.people_left, recordings.needs_signal) == (0, 25, False)
    make_issuing_figures(session, "ktp_el", needs_signal=True)
    assert gaps(session, district, Document.KTP_EL).people == 25
    # Who carries the satellite set has no printer for the cards.
    make_team(session, kits=["satellite"])
    assert gaps(session, district).people == 0
    assert gaps(session, district, Document.KIA).people == 40


def test_what_a_visit_met_goes_before_the_rating_as_it_does_in_plans(
    session: Session, district: District, village: Site
) -> None:
    schedule, team = make_schedule(session), make_team(session)
    visit = make_visit(session, schedule, team, village, date=date(2023, 11, 10))
    result = make_result(session, visit, served=0, activated=0, signal_met=3)
    assert gaps(session, district).people == 0
    result.signal_met, village.connectivity = 0, 3
    session.flush()
    (area,) = gaps(session, district).areas
    signal = area.sites[0].signal
    assert (signal.connectivity, signal.on, signal.met_by_visit) == (0, date(2023, 11, 10), True)


def test_ratings_that_are_old_or_undated_are_named(session: Session, district: District, village: Site) -> None:
    village.connectivity_measured_on = TODAY - timedelta(days=366)
    make_site(session, code="K-1", headcount=70, connectivity=2, **ALL)
    make_site(
        session, code="K-2", headcount=30, connectivity=2, connectivity_measured_on=TODAY - timedelta(days=500), **ALL
    )
    make_site(session, code="K-3", headcount=9, connectivity=2, connectivity_measured_on=TODAY, **ALL)
    answer = gaps(session, district)
    assert answer.areas[0].sites[0].signal.age is RatingAge.OLD
    doubtful = answer.doubtful
    assert (doubtful.sites, doubtful.people, doubtful.undated_sites) == (2, 100, 1)
    assert doubtful.oldest == TODAY - timedelta(days=500)


def test_the_answer_over_http(client: TestClient, session: Session, village: Site, bearer: AsRole) -> None:
    viewer = bearer(Role.VIEWER, "16.73")
    url = "/v1/districts/16.73/signal-gaps"
    answer = client.get(url, headers=viewer)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["on"], shown["people"], shown["document"]) == ("2023-11-13", 100, "ikd")
    (site,) = shown["areas"][0]["sites"]
    assert site["not_reachable_without"] == ["satellite", "signal"]
    assert site["signal"] == {
        "connectivity": 0,
        "on": None,
        "age": "undated",
        "met_by_visit": False,
        "provenance": None,
    }
    assert client.get(url, headers=viewer, params={"document": "kia"}).json()["people"] == 0
    make_district(session, "16.71")
    assert client.get(url, headers=bearer(Role.VIEWER, "16.71")).status_code == 404
    assert client.get(url, headers=bearer(Role.COORDINATOR, "16.73", team_id=make_team(session).id)).status_code == 403


def test_nobody_can_be_planned_for_where_all_are_gaps(session: Session, district: District, village: Site) -> None:
    make_target(session)
    make_team(session)
    with pytest.raises(NoServableSite, match="without signal"):
        left_out_by_planning(session, district)
    assert gaps(session, district).people == gaps(session, district).people_left


def test_who_does_not_come_to_the_place_of_a_moved_session_is_still_missing(
    session: Session, district: District, village: Site
) -> None:
    place = make_site(session, code="K-1", headcount=70, connectivity=2, **ALL)
    village.session_at, village.session_turn_out_share = "K-1", Decimal("0.7")
    session.flush()
    answer = gaps(session, district)
    assert (answer.people, answer.people_left) == (30, 170)
    (gap,) = answer.areas[0].sites
    assert (gap.session_at, gap.session_at_name, gap.nearest_place) == ("K-1", place.name, None)
    assert gap.not_reachable_without == (Remedy.SATELLITE, Remedy.SIGNAL)
    # On a day before the move, and where the place has no signal either, all of them are.
    village.session_from = date(2023, 11, 20)
    session.flush()
    assert gaps(session, district).people == 100
    assert gaps(session, district, on=date(2023, 11, 20)).people == 30
    place.connectivity = 0
    session.flush()
    assert gaps(session, district, on=date(2023, 11, 20)).people == 170
    # Where there is signal at home, it keeps nobody out.
    place.connectivity, village.connectivity = 3, 3
    session.flush()
    assert gaps(session, district, on=date(2023, 11, 20)).people == 0


def test_who_is_prepared_and_comes_to_a_covered_place_later_is_reachable(
    session: Session, district: District, village: Site
) -> None:
    place = make_site(session, code="K-1", headcount=70, connectivity=2, **ALL)
    village.preparation_until = date(2023, 11, 17)
    session.flush()
    # Nowhere to come again to.
    assert gaps(session, district).people == 100
    village.session_at, village.session_from = "K-1", date(2023, 11, 18)
    session.flush()
    answer = gaps(session, district)
    # 80 % come again, half of them there.
    assert answer.people == 60
    (gap,) = answer.areas[0].sites
    assert gap.preparation_until == date(2023, 11, 17)
    make_kind_figures(session, "village", returning_percent=50)
    assert gaps(session, district).people == 75
    village.returning_percent, village.session_turn_out_share = 100, Decimal(1)
    session.flush()
    assert gaps(session, district).people == 0
    assert gaps(session, district, Document.KIA).people == 0
    place.connectivity = 0
    session.flush()
    assert gaps(session, district).people == 170
    # Once the date is over and nobody was prepared, they are missing again.
    place.connectivity, village.session_from = 2, date(2023, 11, 25)
    session.flush()
    assert gaps(session, district, on=date(2023, 11, 17)).people == 0
    assert gaps(session, district, on=date(2023, 11, 18)).people == 100


def test_the_nearest_covered_site_is_named_with_how_far_it_is(
    session: Session, district: District, village: Site
) -> None:
    make_site(session, code="K-1", lat=-3.60, connectivity=3)
    make_site(session, code="K-2", lat=-3.2919, lon=102.9147, connectivity=3, readiness="done")
    make_site(session, code="K-3", connectivity=0)
    place = next(site for site in gaps(session, district).areas[0].sites if site.code == "D-1").nearest_place
    assert place is not None
    assert (place.code, place.km) == ("K-2", Decimal("1.1"))


@pytest.mark.parametrize("seed", range(20))
def test_the_search_by_latitude_finds_what_looking_at_all_finds(seed: int) -> None:
    chance = random.Random(seed)
    found = [
        Site(id=n, code=f"{n:03}", lat=chance.uniform(-4, -2), lon=chance.uniform(100, 104), name="")
        for n in range(chance.randint(1, 60))
    ]
    places = NearestPlaces(found[::2])
    for site in found:
        others = [other for other in found[::2] if other.id != site.id]
        best = min(others, key=lambda one: (distance_km(site.lat, site.lon, one.lat, one.lon), one.code), default=None)
        nearest = places.nearest(site)
        assert (None if nearest is None else nearest[0]) is best


def test_a_province_that_plans_nothing_itself_is_the_sum_of_its_districts(session: Session, village: Site) -> None:
    province = make_district(session, "16", parent_code=None)
    other = make_district(session, "16.74")
    make_site(session, "16.74", code="D-2", headcount=60, connectivity=0, **ALL)
    make_site(session, "16.74", code="D-3", headcount=70, connectivity=4, **ALL)
    make_team(session, "16.74", kits=("satellite",))
    summed = signal_gaps_of(session, province, Document.IKD, on=TODAY)
    parts = [signal_gaps(session, each, Document.IKD, on=TODAY) for each in (get_district(session, "16.73"), other)]
    assert (summed.people, summed.sites, summed.people_left) == (100, 1, sum(part.people_left for part in parts))
    assert summed.people_left > 200
    assert (summed.only_by_satellite.people, summed.satellite_on) == (60, None)
    assert [(row.remedy, row.people, row.sites) for row in summed.without] == [
        (row.remedy, row.people, row.sites) for row in parts[0].without
    ]
    assert [(row.code, row.people, row.satellite_on) for row in summed.districts] == [
        ("16.73", 100, None),
        ("16.74", 0, TODAY),
    ]
    assert summed.areas == parts[0].areas
    assert summed.doubtful.sites == sum(part.doubtful.sites for part in parts)
    assert "100" in summed.text["id"]


def test_a_province_with_sites_of_its_own_and_a_district_are_counted_alone(session: Session, village: Site) -> None:
    province = make_district(session, "16", parent_code=None)
    district = get_district(session, "16.73")
    assert signal_gaps_of(session, district, Document.IKD, on=TODAY) == gaps(session, district)
    make_site(session, "16", code="P-1", headcount=5, connectivity=0, **ALL)
    assert signal_gaps_of(session, province, Document.IKD, on=TODAY).people == 5


def test_a_province_without_districts_keeps_nobody_out(session: Session) -> None:
    alone = signal_gaps_of(session, make_district(session, "34", parent_code=None), Document.IKD, on=TODAY)
    assert (alone.people, alone.sites, alone.districts) == (0, 0, ())


def test_the_unreachable_people_of_kalimantan_utara_are_counted(session: Session) -> None:
    examples = Path(__file__).parents[3] / "examples"
    for folder in sorted(examples.glob("65*")):
        load_example(session, folder, now=NOW)
    counted = signal_gaps_of(session, get_district(session, "65"), Document.IKD, on=date(2024, 6, 9))
    # Those of Krayan who do not come to the session that is moved; the one set of the province opens the rest.
    assert (counted.people, counted.sites) == (42, 11)
    assert [row.code for row in counted.districts if row.people] == ["65.03"]
    assert {row.remedy for row in counted.without} == {Remedy.SATELLITE, Remedy.SIGNAL}
    assert (counted.only_by_satellite.people, counted.only_by_satellite.sites) == (879, 31)
    assert counted.people_left == 47_142


def test_a_provinces_answer_names_its_districts(
    client: TestClient, session: Session, village: Site, bearer: AsRole
) -> None:
    make_district(session, "16", parent_code=None)
    headers = bearer(Role.VIEWER, "16")
    answer = client.get("/v1/districts/16/signal-gaps", headers=headers).json()
    assert [(row["code"], row["people"]) for row in answer["districts"]] == [("16.73", 100)]
