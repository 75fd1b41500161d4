"""A real browser at a real service: Debian's Chromium, a process of uvicorn, a database of its own for each worker."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from app.access.models import Role
from app.database import make_engine
from app.languages import Language
from tests.browser import office
from tests.browser.service import Service, running_service
from tests.conftest import create_database

DESK = {"width": 1366, "height": 768}
PHONE = {"width": 360, "height": 740}
PATIENCE_MS = 30_000
"""How long something is waited for that must come: machines that test are busy."""
expect.set_options(timeout=PATIENCE_MS)
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    # Maps are to be drawn on machines that draw nothing in three dimensions.
    "--disable-3d-apis",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--font-render-hinting=none",
)
"""A browser that asks nobody but us for anything, and draws the same each time."""


def chromium_path() -> str:
    """Where the system's Chromium lies; without one the test is skipped, and fails where it decides what lands."""
    # The first is the same without windows, and takes half the processor time.
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        missing = "No Chromium here: 'apt-get install chromium-headless-shell' lets the tests of pages run."
        if "CI" in os.environ:
            pytest.fail(missing)
        pytest.skip(missing)
    return found


def launched(*arguments: str) -> Iterator[Browser]:
    """A browser with arguments beside the usual ones."""
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*_QUIET, *arguments])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # By its name in an office's network we are no safe place, unlike by a loopback address.
    yield from launched("--host-resolver-rules=MAP kantor.test 127.0.0.1")


@pytest.fixture(scope="session")
def office_database(postgres_url: str, template_database: str) -> str:
    """Name of a database with the office, which nobody is connected to."""
    name = template_database.replace("template", "office")
    engine = make_engine(create_database(postgres_url, name, template=template_database))
    office.fill(engine)
    engine.dispose()
    return name


def copied(postgres_url: str, name: str, template: str, data_dir: pytest.TempPathFactory) -> Iterator[Service]:
    """A service on a database of its own."""
    url = create_database(postgres_url, name, template=template)
    with running_service(url, data_dir.mktemp("data")) as service:
        yield service


@pytest.fixture(scope="session")
def service(
    browser: Browser, postgres_url: str, office_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """The service that pages are read from; a test that changes something takes `own_service`."""
    yield from copied(postgres_url, f"{office_database}_read", office_database, tmp_path_factory)


@pytest.fixture
def own_service(
    browser: Browser, postgres_url: str, office_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service for one test, with an office that it may change."""
    yield from copied(postgres_url, f"{office_database}_own", office_database, tmp_path_factory)


OpenBrowser = Callable[..., BrowserContext]


@pytest.fixture
def open_browser(browser: Browser) -> Iterator[OpenBrowser]:
    """`open_browser(service, Role.PLANNER, Language.ENGLISH)`: a browser of one person, without anything kept before;
    `phone`: a telephone's, `scripts`: whether it runs any."""
    opened: list[BrowserContext] = []

    def open_one(
        service: Service,
        role: Role | None = None,
        language: Language = Language.INDONESIAN,
        *,
        phone: bool = False,
        scripts: bool = True,
        **options: object,
    ) -> BrowserContext:
        context = browser.new_context(
            base_url=service.address,
            locale="id-ID" if language is Language.INDONESIAN else "en-GB",
            timezone_id="Asia/Jakarta",
            viewport=PHONE if phone else DESK,
            has_touch=phone,
            is_mobile=phone,
            java_script_enabled=scripts,
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(PATIENCE_MS)
        if scripts:
            # Pages that tell a time by the browser's clock are to tell the service's.
            context.clock.set_fixed_time(office.NOW)
        if role is not None:
            context.add_cookies([{"name": "jb", "value": service.secrets[role], "url": service.address}])
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture
def planner_page(own_service: Service, open_browser: OpenBrowser) -> Page:
    """A planner at the desk of an office that may be changed."""
    return open_browser(own_service, Role.PLANNER).new_page()
