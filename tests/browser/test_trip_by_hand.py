"""A planner sends a team up the river on the board, and calls it off again: each is told before it is done."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.coded_things import create_thing
from app.districts.service import get_district
from app.languages import Language
from app.pages.texts import text
from app.schedules.drafts import copies
from app.schedules.models import Schedule
from app.teams.models import Team
from app.travel.journeys.connections import CONNECTIONS as CONNECTIONS_OF_DISTRICT
from app.travel.journeys.lodgings import LODGINGS
from app.travel.journeys.stations import STATIONS as STATIONS_OF_DISTRICT
from solver.numeric.compilation import cache_root
from tests.app.schedules.trips.upriver import CONNECTIONS, LODGING, NOVEMBER, STATIONS, make_village, plan_upriver
from tests.browser import office
from tests.browser.conftest import OpenBrowser
from tests.browser.service import Service, running_service
from tests.browser.watching import barriers, sideways
from tests.conftest import create_database

TEAM, LEAVES, BACK = office.TEAM, "2023-11-23", "2023-11-27"
"""From Thursday to Monday."""
LATER = "2023-11-24"
OTHER_TEAM = "TIM-2"
CORE_MS = 120_000
"""For the first answer of a planning core that begins on a busy machine."""


@pytest.fixture(scope="module")
def river_service(
    browser: Browser, postgres_url: str, office_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """The office, with a village up the river and a draft that knows of it."""
    url = create_database(postgres_url, f"{office_database}_river", template=office_database)
    with running_service(url, tmp_path_factory.mktemp("river"), NUMBA_CACHE_DIR=str(cache_root())) as service:
        with Session(service.engine) as session, session.begin():
            _fill(session)
        yield service


def _fill(session: Session) -> None:
    district = get_district(session, office.DISTRICT)
    make_village(session, 0)
    session.execute(update(Team).values(max_nights=5, away_shift_start=420, away_shift_end=1020))
    for kind, things in (
        (STATIONS_OF_DISTRICT, STATIONS),
        (LODGINGS, (LODGING,)),
        (CONNECTIONS_OF_DISTRICT, CONNECTIONS),
    ):
        for thing in things:
            create_thing(session, kind, district, thing, actor=COMMAND_LINE, now=office.NOW)
    base = plan_upriver(session, district, wish=NOVEMBER, visits=[], nights=[], rides=[], now=office.NOW)
    copies.copy(session, base, actor=COMMAND_LINE, now=office.NOW)


def draft_of(service: Service) -> int:
    with Session(service.engine) as session:
        return session.scalars(select(Schedule.id).order_by(Schedule.id.desc())).first() or 0


def said(key: str, **fields: object) -> str:
    return text(key, Language.INDONESIAN, **fields)


def test_a_team_is_sent_away_and_called_off_in_the_dialog(river_service: Service, open_browser: OpenBrowser) -> None:
    page = open_browser(river_service, Role.PLANNER).new_page()
    page.goto(f"/rencana/{draft_of(river_service)}/papan")
    page.get_by_role("link", name=said("trip_hand.send")).click()
    sheet = page.locator("#papan-dialog")
    sheet.get_by_label(said("board.team"), exact=True).select_option(TEAM)
    sheet.get_by_label(said("trip_hand.from"), exact=True).select_option(LEAVES)
    sheet.get_by_label(said("trip_hand.until"), exact=True).select_option(BACK)
    sheet.get_by_label(said("trip_hand.lodging"), exact=True).select_option("BALAI")
    sheet.get_by_label(said("trip_hand.site"), exact=True).fill("H-0")
    assert barriers(page) == []
    sheet.get_by_role("button", name=said("trip_hand.look")).click()
    expect(sheet.get_by_role("heading", level=1)).to_have_text(said("trip_hand.preview"))
    expect(sheet).to_contain_text(f"Tim {TEAM} berangkat 23 November 2023 dan kembali 27 November 2023")
    expect(sheet).to_contain_text("Desa Hulu 1")
    assert barriers(page) == []
    sheet.get_by_role("button", name=said("trip_hand.do"), exact=True).click()
    day = page.locator(f'.scroll td[data-team="{TEAM}"][data-date="{LEAVES}"]')
    expect(day).to_contain_text("Dermaga Hilir → Dermaga Hulu")
    expect(day).to_contain_text("Menginap di Balai Desa Hulu")
    expect(day.locator(".visit")).to_contain_text("Desa Hulu 1")
    expect(page.locator("#papan-kabar")).to_contain_text(f"Memberangkatkan {TEAM}")
    later = moved_by_keyboard(page)
    expect(later).to_contain_text("Menginap di Balai Desa Hulu")
    expect(later.locator(".visit")).to_contain_text("Desa Hulu 1")
    expect(day.locator(".visit")).to_have_count(0)
    page.locator("#papan-kabar").get_by_role("button", name=said("board_script.undo")).click()
    expect(day.locator(".visit")).to_contain_text("Desa Hulu 1")
    day.get_by_role("link", name=said("trip_hand.change")).click()
    expect(sheet).to_contain_text("1 kunjungan")
    sheet.get_by_role("button", name=said("trip_hand.call_off")).click()
    expect(sheet).to_contain_text("keluar dari rencana")
    sheet.get_by_role("button", name=said("trip_hand.do_call_off"), exact=True).click()
    expect(page.locator(".scroll td .visit")).to_have_count(0)
    page.locator("#papan-kabar").get_by_role("button", name=said("board_script.undo")).click()
    expect(day).to_contain_text("Menginap di Balai Desa Hulu")


def moved_by_keyboard(page: Page) -> Locator:
    """Move the trip by a day without a mouse; the first day where it is then."""
    sheet = page.locator("#papan-dialog")
    day = page.locator(f'.scroll td[data-team="{TEAM}"][data-date="{LEAVES}"]')
    day.get_by_role("link", name=said("trip_hand.change")).press("Enter")
    goal = sheet.get_by_label(said("trip_hand.from"), exact=True)
    goal.focus()
    # The dates to which it can move stand in order, behind that on which it leaves now.
    while goal.input_value() != LATER:
        page.keyboard.press("ArrowDown")
    assert barriers(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(sheet.get_by_role("button", name=said("trip_hand.look_move"))).to_be_focused()
    page.keyboard.press("Enter")
    expect(sheet.get_by_role("heading", level=1)).to_have_text(said("trip_hand.preview"))
    expect(sheet).to_contain_text(f"Perjalanan tim {TEAM} pindah: kini 24 November 2023")
    sheet.get_by_role("button", name=said("trip_hand.do"), exact=True).press("Enter")
    return page.locator(f'.scroll td[data-team="{TEAM}"][data-date="{LATER}"]')


@pytest.mark.parametrize("is_phone", [False, True])
def test_the_page_alone_fits_and_has_no_barrier(
    river_service: Service, open_browser: OpenBrowser, is_phone: bool
) -> None:
    page = open_browser(river_service, Role.PLANNER, Language.ENGLISH, phone=is_phone).new_page()
    page.goto(f"/rencana/{draft_of(river_service)}/perjalanan")
    expect(page.get_by_role("heading", level=1)).to_have_text("Send a team away")
    page.get_by_label("Back on").select_option(LEAVES)
    page.get_by_role("button", name="See what it does").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert barriers(page) == []
    assert sideways(page) == []


def test_a_site_that_only_a_trip_reaches_shows_that_trip_before_the_team_is_sent(
    river_service: Service, open_browser: OpenBrowser
) -> None:
    page = open_browser(river_service, Role.PLANNER).new_page()
    page.goto(f"/rencana/{draft_of(river_service)}/papan")
    day = page.locator(f'.scroll td[data-team="{OTHER_TEAM}"][data-date="{LEAVES}"]')
    page.get_by_role("link", name=said("board.add")).click()
    sheet = page.locator("#papan-dialog")
    sheet.get_by_label(said("add.search")).fill("Desa Hulu")
    sheet.get_by_role("button", name=said("add.find")).click()
    sheet.get_by_role("link", name="Desa Hulu 1").click()
    every = sheet.get_by_label(said("visit.every"))
    every.wait_for(timeout=CORE_MS)
    expect(every.locator(f'option[value="{LEAVES}/{OTHER_TEAM}"]')).to_contain_text("berangkatkan tim dalam draf")
    every.select_option(f"{LEAVES}/{OTHER_TEAM}")
    sheet.get_by_role("button", name=said("visit.add")).click()
    expect(sheet.get_by_role("heading", level=1)).to_have_text(said("trip_hand.only_trip"), timeout=CORE_MS)
    expect(sheet).to_contain_text(f"Tim {OTHER_TEAM} berangkat")
    assert barriers(page) == []
    sheet.get_by_role("button", name=said("trip_hand.send"), exact=True).click()
    expect(day).to_contain_text("Dermaga Hilir → Dermaga Hulu", timeout=CORE_MS)
