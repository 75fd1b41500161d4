"""The board by mouse and by keyboard alone, with the planning core itself behind it: a draft of the office's plan."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.languages import Language
from app.pages.texts import text
from app.schedules.drafts import service as drafts
from app.schedules.drafts.edits import Edit, EditOp
from app.schedules.models import Schedule, Visit
from app.sites.models import Site
from app.teams.models import Team
from solver.numeric.compilation import cache_root
from tests.browser import office
from tests.browser.conftest import OpenBrowser
from tests.browser.service import Service, running_service
from tests.browser.watching import Watch, barriers
from tests.conftest import create_database

CORE_MS = 120_000
"""For the first answer of a planning core that begins on a busy machine."""


@pytest.fixture(scope="module")
def board_service(
    browser: Browser, postgres_url: str, office_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """One service for all tests of the board, so that one planning core begins; each leaves a draft that the next can
    use."""
    url = create_database(postgres_url, f"{office_database}_board", template=office_database)
    data = tmp_path_factory.mktemp("board")
    # Machine code is compiled once for all, not for each data folder.
    with running_service(url, data, NUMBA_CACHE_DIR=str(cache_root())) as service:
        yield service


@pytest.fixture
def desk(board_service: Service, open_browser: OpenBrowser) -> Page:
    """A planner at the desk."""
    return open_browser(board_service, Role.PLANNER).new_page()


def said(key: str) -> str:
    return text(key, Language.INDONESIAN)


def card_to_move(page: Page) -> Locator:
    return page.locator(".scroll .visit[draggable=true]").first


def visit_at(page: Page, *, team: str, day: str, site: str | None) -> Locator:
    return page.locator(f'.scroll .visit[data-team="{team}"][data-date="{day}"][data-site="{site}"]')


def lift(page: Page, card: Locator) -> None:
    """Take a card up with the mouse, and wait for what the cells say."""
    card.scroll_into_view_if_needed()
    box = card.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 40, box["y"] + 40, steps=4)
    page.locator("td .hint").first.wait_for(timeout=CORE_MS)


def put(page: Page, cell: Locator) -> None:
    cell.scroll_into_view_if_needed()
    box = cell.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 12, steps=5)
    page.mouse.move(box["x"] + box["width"] / 2 + 3, box["y"] + 14, steps=2)
    page.mouse.up()


def pin_all_but(service: Service, site: str | None) -> None:
    """Somebody keeps every other visit to come where it is: full days stay full."""
    with Session(service.engine) as session, session.begin():
        draft = session.get_one(Schedule, service.places.draft, with_for_update=True)
        rows = session.execute(
            select(Team.code, Visit.date, Site.code)
            .join(Team, Team.id == Visit.team_id)
            .join(Site, Site.id == Visit.site_id)
            .where(Visit.schedule_id == draft.id, Visit.starts_at > office.NOW, Site.code != site)
        )
        pins = [Edit(op=EditOp.PIN, team=row[0], day=row[1], site=row[2]) for row in rows]
        drafts.edit(session, draft, pins, actor=COMMAND_LINE, now=office.NOW, is_dry=False)


def drop_one(service: Service) -> None:
    """Take the first visit to come out of the draft."""
    with Session(service.engine) as session, session.begin():
        draft = session.get_one(Schedule, service.places.draft, with_for_update=True)
        team, day, site = session.execute(
            select(Team.code, Visit.date, Site.code)
            .join(Team, Team.id == Visit.team_id)
            .join(Site, Site.id == Visit.site_id)
            .where(Visit.schedule_id == draft.id, Visit.starts_at > office.NOW)
            .order_by(Visit.starts_at)
        ).first()
        edit = Edit(op=EditOp.DROP, team=team, day=day, site=site)
        drafts.edit(session, draft, [edit], actor=COMMAND_LINE, now=office.NOW, is_dry=False)


def test_the_map_follows_the_board_where_it_is(board_service: Service, desk: Page) -> None:
    drop_one(board_service)
    page, watch = desk, Watch(desk)
    page.goto(board_service.path("/rencana/{draft}"))
    page.locator("[data-map].leaflet-container").wait_for()
    marks = page.locator("[data-map] .leaflet-marker-icon.site")
    before = marks.count()
    page.locator("[data-map] .leaflet-control-zoom-in").click()
    place = page.locator("[data-map] .leaflet-map-pane").get_attribute("style")
    page.locator("#papan").get_by_role("button", name=said("board.undo")).click()
    expect(marks).to_have_count(before + 1)
    assert page.locator("[data-map] .leaflet-map-pane").get_attribute("style") == place
    assert watch.complaints == []
    assert watch.refusals() == []


def test_lifted_from_a_plan_in_force_it_goes_on_in_a_draft(board_service: Service, desk: Page) -> None:
    page, path = desk, board_service.path("/rencana/{schedule}/papan")
    page.goto(path)
    card_to_move(page).locator("a").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(said("visit.published"), timeout=CORE_MS)
    dialog.get_by_role("button", name=said("visit.copy")).click()
    dialog.get_by_role("button", name=said("visit.move"), exact=True).wait_for(timeout=CORE_MS)
    assert page.url not in (board_service.address + path, board_service.address + path.removesuffix("/papan"))


def test_moved_by_keyboard_alone_while_somebody_else_edits(
    board_service: Service, desk: Page, open_browser: OpenBrowser
) -> None:
    page, path = desk, board_service.path("/rencana/{draft}/papan")
    page.goto(path)
    card = card_to_move(page)
    site = card.get_attribute("data-site")
    card.locator("a").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    move = dialog.get_by_role("button", name=said("visit.move"), exact=True)
    move.wait_for(timeout=CORE_MS)
    assert barriers(page) == []

    other = open_browser(board_service, Role.PLANNER, scripts=False).new_page()
    other.goto(path)
    other.locator(".scroll .visit[data-movable] a").last.click()
    other.get_by_role("button", name=said("visit.pin"), exact=True).click(timeout=CORE_MS)

    # The best way, which is chosen already.
    goal = dialog.locator("[name=ke]:checked").input_value()
    expect(dialog.locator("[name=ke]:checked")).to_be_focused(timeout=CORE_MS)
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("heading", level=1)).to_have_text(said("stale.title"), timeout=CORE_MS)
    expect(dialog).to_contain_text("menyematkan", timeout=CORE_MS)
    dialog.get_by_role("button", name=said("stale.keep_mine")).focus()
    page.keyboard.press("Enter")
    day, team = goal.split("/")
    moved = visit_at(page, team=team, day=day, site=site)
    expect(moved).to_be_visible(timeout=CORE_MS)
    expect(moved.locator("a")).to_be_focused(timeout=CORE_MS)
    page.keyboard.press("Enter")
    dialog.locator("h1").wait_for()
    page.keyboard.press("Escape")
    expect(moved.locator("a")).to_be_focused(timeout=CORE_MS)


def test_dragged_by_mouse_undone_and_told_why_not(board_service: Service, desk: Page) -> None:
    page, watch = desk, Watch(desk)
    page.goto(board_service.path("/rencana/{draft}/papan"))
    site = card_to_move(page).get_attribute("data-site")
    lift(page, card_to_move(page))
    goal = page.locator(".scroll td.may").last
    team, day = goal.get_attribute("data-team") or "", goal.get_attribute("data-date") or ""
    assert any(sign in goal.locator(".hint").inner_text() for sign in "✔⇄")
    put(page, goal)
    news, moved = page.locator("#papan-kabar"), visit_at(page, team=team, day=day, site=site)
    expect(moved).to_be_visible(timeout=CORE_MS)
    expect(moved.locator("a")).to_be_focused(timeout=CORE_MS)
    news.get_by_role("button", name=said("board.undo")).click()
    expect(moved).to_have_count(0, timeout=CORE_MS)
    pin_all_but(board_service, site)
    page.reload()
    lift(page, page.locator(f'.scroll .visit[draggable=true][data-site="{site}"]').first)
    closed = page.locator(".scroll td.mustnot").first
    expect(closed.locator(".hint")).to_contain_text("✘", timeout=CORE_MS)
    why = closed.locator(".hint").inner_text().removeprefix("✘ ")
    put(page, closed)
    expect(news).to_contain_text(why, timeout=CORE_MS)
    expect(page.locator(".hint")).to_have_count(0, timeout=CORE_MS)
    assert watch.complaints == []
    assert watch.refusals() == []
