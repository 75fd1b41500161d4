"""A draft is published by mouse, by keyboard alone and without scripts, once it was shown what changes for whom."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.languages import Language
from app.pages.texts import text
from app.schedules.models import Schedule
from tests.browser.conftest import PATIENCE_MS, OpenBrowser
from tests.browser.service import Service
from tests.browser.test_board import drop_one
from tests.browser.watching import Watch

MOST_TABS = 150


def said(key: str) -> str:
    return text(key, Language.INDONESIAN)


def click(page: Page, there: Locator) -> None:
    there.click()


def tab_to(page: Page, there: Locator) -> None:
    """As far as it takes, and Enter."""
    expect(there).to_be_visible()
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if there.evaluate("element => element === document.activeElement"):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"{MOST_TABS} tabs do not reach {there}")


@pytest.mark.parametrize(
    ("press", "scripts"), [(click, True), (tab_to, True), (click, False)], ids=["mouse", "keyboard", "no scripts"]
)
def test_a_draft_is_published_once_it_was_shown_what_changes(
    own_service: Service, open_browser: OpenBrowser, press: Callable[[Page, Locator], None], scripts: bool
) -> None:
    drop_one(own_service)
    page = open_browser(own_service, Role.PLANNER, scripts=scripts).new_page()
    watch = Watch(page)
    page.goto("/rencana")
    draft = own_service.path("/rencana/{draft}")
    press(page, page.locator(f"main a[href='{draft}']").first)
    page.wait_for_url(f"**{draft}")
    press(page, page.get_by_role("link", name=said("plan.publish")))
    expect(page.get_by_role("heading", level=1)).to_have_text(said("publish.title"))
    expect(page.locator(".changes li")).to_have_count(1)
    expect(page.locator(".changes li")).to_contain_text(said("publish.is_withdrawn"))
    expect(page.get_by_text(text("publish.offices", Language.INDONESIAN, count="1"))).to_be_visible()
    press(page, page.get_by_role("button", name=said("publish.submit")))
    expect(page.locator("main .badge.published").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("link", name=said("plan.what_changed"))).to_be_visible()
    with Session(own_service.engine) as session:
        published = session.scalars(select(Schedule.id).where(Schedule.published_at.is_not(None))).all()
        assert own_service.places.draft in published
    assert watch.complaints == []
    if scripts:
        assert watch.refusals() == []
