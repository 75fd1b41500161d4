"""Every page as every reader sees it, in both languages, at a desk's width and a phone's."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.access.models import Role, User
from app.districts.models import District
from app.languages import Language
from app.pages.texts import text
from tests.browser.conftest import DESK, PHONE, OpenBrowser
from tests.browser.english import english_words, words_in
from tests.browser.pages import PAGES, PageRow
from tests.browser.service import Service
from tests.browser.watching import Watch, barriers, read_words, sideways

CASES = [
    pytest.param(row, role, language, id=f"{row.path} {role or 'nobody'} {language}")
    for row in PAGES
    for number, role in enumerate(row.roles)
    for language in (Language if number == 0 else (Language.INDONESIAN,))
]


@pytest.mark.parametrize(("row", "role", "language"), CASES)
def test_page(service: Service, open_browser: OpenBrowser, row: PageRow, role: Role | None, language: Language) -> None:
    page = open_browser(service, role, language).new_page()
    watch = Watch(page)
    path = service.path(row.path)
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == row.status
    assert page.url == service.address + service.path(row.lands_on or row.path)
    assert_seen(page, row, language, service)
    assert_fits(page, language)
    # The browser itself notes in the console that the page it was sent to is a refusal.
    assert [one for one in watch.complaints if not (row.status >= 400 and f"status of {row.status}" in one)] == []
    assert watch.refusals() == []
    assert watch.hosts() == {urlsplit(service.address).netloc}
    assert watch.transferred() <= row.most_bytes
    assert len(watch.requests) <= row.most_requests


def assert_seen(page: Page, row: PageRow, language: Language, service: Service) -> None:
    expect(page).to_have_title(
        re.compile(f"^{any_values(text(row.title, language))} – {text('frame.service', language)}$")
    )
    for selector in row.sees:
        expect(page.locator(service.path(selector)).first).to_be_visible()
    for key in row.says:
        expect(page.get_by_text(text(key, language)).first).to_be_visible()
    assert page.locator("html").get_attribute("lang") == language.value
    words = read_words(page, quotes=row.quotes)
    assert "{{" not in words
    assert "undefined" not in words
    if language is Language.INDONESIAN:
        assert words_in(words) & english_words() == set()


def any_values(sentence: str) -> str:
    """A pattern of the sentence with anything in its places."""
    return re.sub(r"\\\{[^}]*\}", ".+", re.escape(sentence))


def assert_fits(page: Page, language: Language) -> None:
    """At both widths nothing sticks out, and axe finds nothing that shuts people out; at twice the size nothing sticks
    out either."""
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        assert sideways(page) == [], size
        if size is DESK:
            assert lines_of_head(page) <= 1
            page.set_viewport_size({name: pixels // 2 for name, pixels in DESK.items()})
            assert sideways(page) == [], "at 200 %"
            page.set_viewport_size(DESK)
        assert barriers(page) == [], size


def lines_of_head(page: Page) -> int:
    """In how many lines the links in the head of the page stand; 0 for a page without one."""
    lines: int = page.evaluate(
        """new Set([...document.querySelectorAll("header.head a, header.head button")]
          .map((element) => Math.round(element.getBoundingClientRect().top))).size"""
    )
    return lines


def test_names_of_any_length_leave_the_head_of_an_administrator_in_one_line(
    own_service: Service, open_browser: OpenBrowser
) -> None:
    with Session(own_service.engine) as session, session.begin():
        session.execute(update(District).values(name="Kabupaten Kepulauan Tanimbar dan Maluku Barat Daya"))
        session.execute(update(User).values(name="Raden Ajeng Siti Nurhaliza Kusumaningrum binti Tarudin"))
    for language in Language:
        page = open_browser(own_service, Role.ADMIN, language).new_page()
        page.goto("/rencana?wilayah=16.73")
        assert sideways(page) == []
        assert lines_of_head(page) == 1
        # Cut off, and told whole to who points at it.
        assert page.locator(".where").get_attribute("title") == page.locator(".where").inner_text()
