"""Offices that nobody drew pages for: names of 200 letters, 1,100 sites, and a district with nothing in it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.access.models import Role, User
from app.districts.models import Area, District
from app.languages import Language
from app.pages.texts import text
from app.sites.models import Site
from app.teams.models import Team
from tests.browser import office
from tests.browser.conftest import DESK, PHONE, OpenBrowser
from tests.browser.pages import DESK_BYTES
from tests.browser.service import Service, running_service
from tests.browser.watching import Watch, barriers, sideways
from tests.conftest import create_database

EMPTY = "16.74"
MANY = 1_100
LONG = "Perkumpulan" + "Petani" * 31 + "Bro"
"""200 letters without a blank."""


@pytest.fixture(scope="module")
def odd(
    browser: Browser, postgres_url: str, office_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    url = create_database(postgres_url, f"{office_database}_odd", template=office_database)
    with running_service(url, tmp_path_factory.mktemp("odd")) as service:
        with Session(service.engine) as session, session.begin():
            fill(session)
        yield service


def fill(session: Session) -> None:
    assert len(LONG) == 200
    district = session.get_one(District, office.DISTRICT)
    session.add(
        District(code=EMPTY, name="Kota Kosong", parent_code="16", time_zone="Asia/Jakarta", lat=-3.4, lon=104.2)
    )
    for table in (Site, Team, Area):
        session.execute(update(table).where(table.district_code == office.DISTRICT).values(name=LONG))
    session.execute(update(User).values(name=LONG))
    district.name = LONG
    model = session.scalars(select(Site).where(Site.district_code == office.DISTRICT).limit(1)).one()
    known = len(session.scalars(select(Site.id)).all())
    same = {column.key: getattr(model, column.key) for column in Site.__table__.columns if column.key not in ("id",)}
    session.execute(
        insert(Site),
        [
            same
            | {"code": f"BARU-{number}", "lat": model.lat + number % 40 / 500, "lon": model.lon + number // 40 / 500}
            for number in range(MANY - known)
        ],
    )


@pytest.mark.parametrize(
    "path",
    ["/lokasi", "/lokasi/{site}", "/tim", "/rencana/{schedule}", "/rencana/{schedule}/terbitkan", "/kemajuan", "/akun"],
)
def test_names_of_200_letters_and_1100_sites_fit_at_both_widths(
    odd: Service, open_browser: OpenBrowser, path: str
) -> None:
    page = open_browser(odd, Role.PLANNER).new_page()
    watch = Watch(page)
    answer = page.goto(odd.path(path), wait_until="networkidle")
    assert answer is not None
    assert answer.status == 200
    assert watch.transferred() <= DESK_BYTES
    if path == "/lokasi":
        expect(page.locator("[data-map].leaflet-container")).to_be_visible()
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        assert sideways(page) == [], size
    assert watch.complaints == []


def test_the_phone_fits_too(odd: Service, open_browser: OpenBrowser) -> None:
    page = open_browser(odd, Role.COORDINATOR, phone=True).new_page()
    page.goto("/hari-ini")
    page.locator(".stop").first.wait_for()
    assert sideways(page) == []


@pytest.mark.parametrize(
    "path",
    [
        *("/rencana", "/kemajuan", "/lokasi", "/tim", "/sasaran", "/hari-kerja", "/penutupan", "/jalur", "/loket"),
        *(
            "/permintaan",
            "/permintaan/baru",
            "/hasil",
            "/langganan",
            "/kecamatan",
            "/kalender",
            "/hari-ini",
            "/admin/kalender",
        ),
    ],
)
def test_a_district_with_nothing_in_it_is_a_page_with_a_way_on(
    odd: Service, open_browser: OpenBrowser, path: str
) -> None:
    page = open_browser(odd, Role.ADMIN).new_page()
    watch = Watch(page)
    answer = page.goto(f"{path}?wilayah={EMPTY}", wait_until="networkidle")
    assert answer is not None
    assert answer.status == 200
    assert barriers(page) == []
    assert watch.complaints == []
    if path == "/lokasi":
        expect(page.get_by_text(text("map.no_sites", Language.INDONESIAN), exact=True)).to_be_visible()
    assert page.locator("main a, main button").count() > 0
