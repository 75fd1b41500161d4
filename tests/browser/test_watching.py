"""What is asserted of every page is found on a page that is wrong in every way."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route

from tests.browser.conftest import PHONE, OpenBrowser
from tests.browser.english import english_words, words_in
from tests.browser.service import Service
from tests.browser.watching import Watch, barriers, read_words, sideways

WRONG = """<!doctype html><html lang="id"><head><title>Salah</title></head><body><main><h1>Rencana</h1>
<input><p style="width: 900px" lang="en">It stands apart.</p><pre>{wide}</pre>
<button aria-label="Log out">Keluar</button><img src="https://elsewhere.invalid/a.png" alt="">
<script src="/static/pages/nothing.js"></script></main></body></html>"""


def answer_wrongly(route: Route) -> None:
    route.fulfill(
        body=WRONG.format(wide="lebar" * 100),
        content_type="text/html",
        headers={"Content-Security-Policy": "default-src 'none'; script-src 'self'; img-src *"},
    )


@pytest.fixture
def watch(service: Service, open_browser: OpenBrowser) -> Watch:
    page: Page = open_browser(service).new_page()
    page.set_viewport_size(PHONE)
    page.route("**/salah", answer_wrongly)
    page.route("https://elsewhere.invalid/**", lambda route: route.abort())
    watch = Watch(page)
    page.goto("/salah")
    return watch


def test_everything_wrong_is_found(watch: Watch, service: Service) -> None:
    complaints = "\n".join(watch.complaints)
    assert "status of 404" in complaints
    assert "elsewhere.invalid" in complaints
    assert any(refusal.startswith("style-src") for refusal in watch.refusals())
    assert watch.hosts() == {urlsplit(service.address).netloc, "elsewhere.invalid"}
    assert any("label" in barrier for barrier in barriers(watch.page))
    assert any("lebar" in element for element in sideways(watch.page))
    assert {"log", "out"} & words_in(read_words(watch.page)) & english_words()
    assert "stands" not in words_in(read_words(watch.page))


def test_english_words_are_those_of_no_indonesian_sentence() -> None:
    assert {"password", "choose", "the"} <= english_words()
    assert not {"data", "kata", "rencana", "tim"} & english_words()
