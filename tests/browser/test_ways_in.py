"""From the log-in page to the way out: by keyboard, without HTTPS, without scripts, by links, and not from afar."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, Route, expect

from app.access.models import Role
from app.languages import Language
from app.pages.texts import text
from tests.browser import office
from tests.browser.conftest import OpenBrowser
from tests.browser.service import Service

LOGIN = office.PEOPLE[Role.PLANNER][0]
ELSEWHERE = "http://elsewhere.invalid/"


def said(key: str, language: Language = Language.INDONESIAN) -> str:
    return text(key, language)


def log_in(page: Page) -> None:
    page.get_by_label(said("log_in.login")).fill(LOGIN)
    page.get_by_label(said("log_in.password")).fill(office.PASSWORD)
    page.get_by_role("button", name=said("log_in.submit")).click()


def test_planner_logs_in_by_keyboard_in_a_network_without_https(
    own_service: Service, open_browser: OpenBrowser
) -> None:
    address = own_service.address.replace("127.0.0.1", "kantor.test")
    page = open_browser(own_service).new_page()
    page.goto(f"{address}/rencana")
    assert page.evaluate("isSecureContext") is False
    page.keyboard.press("Tab")
    expect(page.get_by_text(said("frame.skip"))).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label(said("log_in.login"))).to_be_focused()
    page.keyboard.type(LOGIN)
    page.keyboard.press("Tab")
    page.keyboard.type("salah")
    page.keyboard.press("Enter")
    # What was typed as the name stays, the password does not.
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label(said("log_in.login"))).to_have_value(LOGIN)
    page.get_by_label(said("log_in.password")).focus()
    page.keyboard.type(office.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/rencana")
    switch_language(page)
    log_out_everywhere(page, own_service, open_browser)


def switch_language(page: Page) -> None:
    """Each page is in the language last chosen, and the choice leads back to where it was made."""
    path = page.url
    page.get_by_role("button", name="EN").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(said("plans.title", Language.ENGLISH))
    assert page.url == path
    page.goto(path.replace("/rencana", "/akun"))
    expect(page.get_by_text(said("account.devices", Language.ENGLISH))).to_be_visible()


def log_out_everywhere(page: Page, service: Service, open_browser: OpenBrowser) -> None:
    """It closes another browser of the same person, and nobody else's."""
    another, viewer = (open_browser(service, role).new_page() for role in (Role.PLANNER, Role.VIEWER))
    page.get_by_role("button", name=said("account.log_out_everywhere", Language.ENGLISH)).click()
    expect(page.get_by_label(said("log_in.password", Language.ENGLISH))).to_be_visible()
    another.goto("/akun")
    expect(another.get_by_label(said("log_in.password"))).to_be_visible()
    viewer.goto("/akun")
    expect(viewer.get_by_text(said("account.devices"))).to_be_visible()


def test_link_opens_once_and_not_for_ever(own_service: Service, open_browser: OpenBrowser) -> None:
    phone, another = (open_browser(own_service, phone=True).new_page() for _ in range(2))
    # Reading it, as previews in messengers do, does not use it up.
    another.goto(own_service.places.phone_link)
    phone.goto(own_service.places.phone_link)
    phone.get_by_role("button", name=said("invitation.enter")).click()
    phone.wait_for_url(f"{own_service.address}/hari-ini")
    another.get_by_role("button", name=said("invitation.enter")).click()
    expect(another.get_by_role("heading", level=1)).to_have_text(said("problem.title"))
    own_service.set_clock(office.NOW + timedelta(days=60))
    answer = another.goto(own_service.places.password_link)
    assert answer is not None
    assert answer.status == 410


def test_everything_is_read_and_reached_without_scripts(service: Service, open_browser: OpenBrowser) -> None:
    page = open_browser(service, scripts=False).new_page()
    page.goto("/rencana")
    log_in(page)
    plan = service.path("/rencana/{schedule}")
    page.locator(f"main a[href='{plan}']").first.click()
    page.goto(service.path("/rencana/{draft}/papan"))
    card = page.locator("main a[href*='/pindah?']")
    expect(card.first).to_be_visible()
    assert card.count() > 20
    page.goto("/permintaan")
    page.locator(f"main a[href='{service.path('/permintaan/{request}')}']").first.click()
    expect(page.get_by_role("button", name=said("one_request.accept")).first).to_be_visible()


@pytest.mark.parametrize("path", ["/keluar", "/v1/districts"])
def test_form_of_another_site_changes_nothing(service: Service, open_browser: OpenBrowser, path: str) -> None:
    page = open_browser(service, Role.VIEWER).new_page()

    def lure(route: Route) -> None:
        form = f'<form method="post" action="{service.address}{path}"><button>Hadiah</button></form>'
        route.fulfill(body=form, content_type="text/html")

    page.route(ELSEWHERE, lure)
    page.goto(ELSEWHERE)
    with page.expect_response(f"{service.address}{path}") as answer:
        page.get_by_role("button").click()
    assert answer.value.status == 403
    page.goto("/akun")
    expect(page.get_by_text(said("account.devices"))).to_be_visible()
