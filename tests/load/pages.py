"""Measures how long pages take in a real browser: a coordinator's slow phone with poor signal, a planner's desk."""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from rich.console import Console
from rich.table import Table

from app.access.models import Role
from app.database import make_engine, migrate
from app.embedded_postgres import running_postgres
from tests.browser import office
from tests.browser.conftest import DESK, PHONE, chromium_path
from tests.browser.service import Service, running_service

# The phone and the signal of the design: six times slower than this machine, 400 ms there and back, 40 kB a second.
SLOWER, LATENCY_MS, BYTES_A_SECOND = 6, 400, 40_000
STOPS = ".stop"
PATIENCE_MS = 60_000
DESK_PAGES = (
    ("/rencana", "main h1"),
    ("/rencana/{schedule}", "main h1"),
    ("/rencana/{schedule}/papan", "td"),
    ("/kemajuan", "main h1"),
    ("/lokasi", "main h1"),
)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=9, metavar="N", help="visits of each page")
    times = parser.parse_args(arguments).times
    table = Table("who", "page", "until", "median ms", "worst ms", "kB, median")
    with tempfile.TemporaryDirectory() as folder, running_postgres(Path(folder) / "postgres") as url:
        engine = make_engine(url)
        migrate(engine)
        office.fill(engine)
        engine.dispose()
        with running_service(url, Path(folder)) as service, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium_path(), args=["--no-sandbox", "--disable-gpu"]
            )
            for label, until, visits in _phone(browser, service, times):
                table.add_row("coordinator, slow phone", label, until, *_figures(visits))
            for path, seen in DESK_PAGES:
                visits = [_visit(_desk(browser, service), service.path(path), seen) for _ in range(times)]
                table.add_row("planner, desk", path, seen, *_figures(visits))
            browser.close()
    Console().print(table)


Visit = tuple[float, int]
"""Milliseconds until what is looked for is on the screen, and bytes that came over the network."""


def _phone(browser: Browser, service: Service, times: int) -> list[tuple[str, str, list[Visit]]]:
    first, again, alone = [], [], []
    for _ in range(times):
        page = _opened(browser, service, Role.COORDINATOR, phone=True)
        first.append(_visit(page, "/hari-ini", STOPS))
        page.evaluate("navigator.serviceWorker ? navigator.serviceWorker.ready.then(() => true) : false")
        again.append(_visit(page, "/hari-ini", STOPS))
        page.context.set_offline(True)
        alone.append(_visit(page, "/hari-ini", STOPS))
        page.context.close()
    return [
        ("/hari-ini, first visit", "the first stop", first),
        ("/hari-ini, later visits", "the first stop", again),
        ("/hari-ini, without signal", "the first stop", alone),
    ]


def _desk(browser: Browser, service: Service) -> Page:
    return _opened(browser, service, Role.PLANNER, phone=False)


def _opened(browser: Browser, service: Service, role: Role, *, phone: bool) -> Page:
    """A browser of one person who has kept nothing, as slow as a cheap phone is."""
    context: BrowserContext = browser.new_context(
        base_url=service.address, locale="id-ID", viewport=PHONE if phone else DESK, is_mobile=phone, has_touch=phone
    )
    context.set_default_timeout(PATIENCE_MS)
    context.clock.set_fixed_time(office.NOW)
    context.add_cookies([{"name": "jb", "value": service.secrets[role], "url": service.address}])
    page = context.new_page()
    if phone:
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        session.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": LATENCY_MS,
                "downloadThroughput": BYTES_A_SECOND,
                "uploadThroughput": BYTES_A_SECOND,
            },
        )
    return page


def _visit(page: Page, path: str, seen: str) -> Visit:
    received = _counter(page)
    began = time.perf_counter()
    page.goto(path, wait_until="commit")
    page.wait_for_selector(seen, state="visible")
    took = 1000 * (time.perf_counter() - began)
    page.wait_for_load_state("load")
    return took, received()


def _counter(page: Page) -> Callable[[], int]:
    """Counts the bytes of answers, heads included, from now on."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[int] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))

    def total() -> int:
        session.detach()
        return sum(sizes)

    return total


def _figures(visits: list[Visit]) -> tuple[str, str, str]:
    taken = [milliseconds for milliseconds, _ in visits]
    size = statistics.median(size for _, size in visits) / 1000
    return f"{statistics.median(taken):,.0f}", f"{max(taken):,.0f}", f"{size:.1f}"


if __name__ == "__main__":
    main()
