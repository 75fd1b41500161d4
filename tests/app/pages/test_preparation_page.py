"""`/lokasi/…/persiapan`: what preparing first would take and win, decided and undone with a button."""

import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import User
from app.sites.models import OwnKindFigures, Site
from tests.app.pages.conftest import Browser, log_in
from tests.factories import make_kind_figures, make_schedule, make_site, make_team


@pytest.fixture
def siti(browser: Browser, planner: User) -> TestClient:
    siti = browser()
    assert log_in(siti) == 303
    return siti


@pytest.fixture
def village(session: Session, planner: User) -> Site:
    village = make_site(
        session, code="A", name="Long Apung", headcount=100, connectivity=0, phone_ready_share=1, turn_out_share=1,
        resident_share=1,
    )  # fmt: skip
    make_site(session, code="B", name="Long Nawang", connectivity=4, lat=village.lat - 0.1)
    make_team(session, code="T-1", operators=2, minutes_per_activation=6)
    make_team(session, code="T-2", operators=6, minutes_per_activation=6)
    session.commit()
    return village


def hidden_of(page: str) -> list[dict[str, str]]:
    """The fields of each form of the decision."""
    forms = re.findall(r'<form[^>]* action="/lokasi/\d+/persiapan">(.*?)</form>', page, re.DOTALL)
    return [dict(re.findall(r'name="([^"]+)"[^>]* value="([^"]*)"', form)) for form in forms]


def test_the_price_stands_there_before_it_is_decided(siti: TestClient, village: Site) -> None:
    here = f"/lokasi/{village.id}/persiapan"
    assert here in siti.get(f"/lokasi/{village.id}").text
    shown = re.sub(r"<[^>]+>", " ", siti.get(here).text)
    for words in (
        "Persiapan dahulu di Long Apung",
        "memakan 70 %",
        "Ini perkiraan",
        "Aktivasi lanjutan di Long Nawang",
    ):
        assert words in shown, words
    # A hundred people, two operators, 70 % of six minutes each: 210 minutes.
    assert re.search(r"Menit pelayanan: +210\b", shown)
    # 80 come again, half of them to the place: two operators, 40 % of six minutes each at a success of 98 %.
    assert re.search(r"Orang: +40\s", shown)
    assert re.search(r"Menit pelayanan: +49\b", shown)


def test_figures_that_the_district_has_measured_are_no_longer_called_assumed(
    siti: TestClient, session: Session, village: Site
) -> None:
    make_kind_figures(session, village.kind, preparing_percent=35, returning_percent=100)
    session.commit()
    here = f"/lokasi/{village.id}/persiapan"
    shown = re.sub(r"<[^>]+>", " ", siti.get(here).text)
    assert "memakan 35 %" in shown
    assert "100 % dari yang disiapkan datang lagi" in shown
    # How many minutes activating takes then nobody has said.
    assert "Ini perkiraan" in shown
    assert re.search(r"Menit pelayanan: +105\b", shown)
    assert re.search(r"Orang: +50\s", shown)
    form = siti.get(f"/lokasi/{village.id}").text
    assert "Kosong: nilai jenisnya dipakai, 35 %." in form
    figures = session.scalars(select(OwnKindFigures)).one()
    figures.activating_percent, figures.provenance = 40, figures.provenance | {"activating_percent": "measured"}
    session.commit()
    assert "Ini perkiraan" not in siti.get(here).text


def test_the_newest_plan_that_can_be_asked_is_linked(siti: TestClient, session: Session, village: Site) -> None:
    here = f"/lokasi/{village.id}/persiapan"
    assert "/andai?" not in siti.get(here).text
    make_schedule(session, value_milli=1, instance_json=b"older")
    newest = make_schedule(session, value_milli=1, instance_json=b"newer")
    make_schedule(session, value_milli=None, instance_json=b"still running")
    session.commit()
    assert re.findall(r'href="(/rencana/[^"]+/andai[^"]*)"', siti.get(here).text) == [
        f"/rencana/{newest.id}/andai?siapkan=A"
    ]


def test_it_is_decided_and_undone(siti: TestClient, session: Session, village: Site) -> None:
    here = f"/lokasi/{village.id}/persiapan"
    (form,) = hidden_of(siti.get(here).text)
    answer = siti.post(here, data=form | {"sampai": "2023-11-24"})
    assert answer.headers["location"] == f"/lokasi/{village.id}?tersimpan=true"
    session.expire_all()
    assert str(village.preparation_until) == "2023-11-24"
    shown = siti.get(here).text
    assert "Diputuskan: warga disiapkan sampai 24 November 2023." in shown
    _, undo = hidden_of(shown)
    assert siti.post(here, data=undo | {"version": "1"}).status_code == 412
    siti.post(here, data=undo)
    session.expire_all()
    assert village.preparation_until is None


@pytest.mark.parametrize("day", ["kapan-kapan", "1990-01-01", "2023-13-40"])
def test_a_date_that_is_none_is_refused_with_words(siti: TestClient, session: Session, village: Site, day: str) -> None:
    here = f"/lokasi/{village.id}/persiapan"
    (form,) = hidden_of(siti.get(here).text)
    answer = siti.post(here, data=form | {"sampai": day})
    assert answer.status_code == 422
    assert 'class="notice wrong"' in answer.text
    session.expire_all()
    assert village.preparation_until is None
