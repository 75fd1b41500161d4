"""A planner asks for a plan and watches the run, with a worker and the planning core itself behind it."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from app.access.models import Role
from app.languages import Language
from app.pages.texts import text
from solver.numeric.compilation import cache_root
from tests.browser.conftest import OpenBrowser
from tests.browser.service import Service
from tests.browser.watching import Watch
from tests.processes import Forked

RUN_MS = 300_000
"""A core that was never compiled on this machine takes minutes until its first plan."""


def said(key: str) -> str:
    return text(key, Language.INDONESIAN)


@pytest.fixture
def worker(own_service: Service, tmp_path: Path) -> Iterator[None]:
    process = Forked(
        "tests.app.schedules.worker_process",
        str(tmp_path),
        environment=os.environ
        | {
            "DATABASE_URL": own_service.engine.url.render_as_string(hide_password=False),
            "FAKE_SOLVER": "real",
            "FAKE_SOLVER_GO": "",
            "JEMPUT_DATA_DIR": str(tmp_path),
            "NUMBA_CACHE_DIR": str(cache_root()),
        },
    )
    try:
        assert process.stdout.readline(), "the worker did not start; its reason stands above"
        yield
    finally:
        process.terminate()
        process.communicate()


def test_a_plan_is_asked_for_watched_and_stopped_with_the_best_kept(
    own_service: Service, worker: None, open_browser: OpenBrowser
) -> None:
    page = open_browser(own_service, Role.PLANNER).new_page()
    watch = Watch(page)
    page.goto("/rencana")
    page.locator("summary", has=page.locator("#buat")).click()
    page.locator("select[name=minutes]").select_option("1")
    # A double click is one run.
    page.get_by_role("button", name=said("plans.submit")).dblclick()
    # Not waited for as a way there: the second click ends the first one's.
    expect(page).to_have_url(re.compile(r"/rencana/\d+$"))
    won = page.locator("[data-won]")
    expect(won).to_have_text(re.compile(r"\d"), timeout=RUN_MS)
    expect(page.locator("[data-most]")).to_have_text(re.compile(r"\d"), timeout=RUN_MS)
    expect(page.locator("[data-elapsed]")).to_have_text(re.compile(r"\d+ .*60"), timeout=RUN_MS)
    # Who comes back sees how far it is.
    page.reload()
    expect(won).to_have_text(re.compile(r"\d"), timeout=RUN_MS)
    page.get_by_role("button", name=said("run.cancel")).click()
    # The page opens what came of it by itself.
    expect(page.locator(".verdict-text")).to_be_visible(timeout=RUN_MS)
    assert page.locator(".board .visit").count() > 0
    here = page.url
    page.goto("/rencana")
    assert page.locator(f'a[href="{here.removeprefix(own_service.address)}"]').count() == 1
    assert page.locator(".badge.running, .badge.queued").count() == 0
    # Leaving a page ends what it listened to, and the second click of two ends the answer to the first.
    assert [one for one in watch.complaints if not one.endswith("net::ERR_ABORTED")] == []
    assert watch.refusals() == []
