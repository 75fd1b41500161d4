"""`/lokasi/…/tempat-sesi`: a session is moved to a covered site with one button, and brought home with another."""

import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.models import User
from app.sites.models import Site
from tests.app.pages.conftest import Browser, log_in
from tests.factories import make_site


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
    make_site(session, code="B", name="Long Nawang", connectivity=3, lat=village.lat - 0.1)
    session.commit()
    return village


def forms_of(page: str) -> list[dict[str, str]]:
    """The hidden fields of each form that moves a session."""
    forms = re.findall(r'<form method="post" action="/lokasi/\d+/tempat-sesi">(.*?)</form>', page, re.DOTALL)
    return [dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form)) for form in forms]


def test_a_session_goes_to_another_place_and_comes_home(siti: TestClient, session: Session, village: Site) -> None:
    here = f"/lokasi/{village.id}/tempat-sesi"
    assert here in siti.get(f"/lokasi/{village.id}").text
    shown = siti.get(here).text
    for words in ("Tempat sesi Long Apung", "Long Nawang", "100 orang di sini masih dapat dilayani; 50 %", "perkiraan"):
        assert words in shown, words
    (form,) = forms_of(shown)
    assert siti.post(here, data=form).headers["location"] == f"/lokasi/{village.id}?tersimpan=true"
    session.expire_all()
    assert village.session_at == "B"
    moved = siti.get(here).text
    assert "Sesi sekarang dipindah ke B." in moved
    (home,) = forms_of(moved)
    assert siti.post(here, data=home | {"version": "1"}).status_code == 412
    session.expire_all()
    assert village.session_at == "B"
    siti.post(here, data=home)
    session.expire_all()
    assert village.session_at is None


def test_a_place_that_is_gone_is_refused_with_words(siti: TestClient, session: Session, village: Site) -> None:
    here = f"/lokasi/{village.id}/tempat-sesi"
    (form,) = forms_of(siti.get(here).text)
    answer = siti.post(here, data=form | {"tempat": "Z"})
    assert answer.status_code == 422
    assert "tidak punya lokasi" in answer.text
    session.expire_all()
    assert village.session_at is None
