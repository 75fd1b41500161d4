"""Takes the pictures of `docs/pictures`: `make pictures`. The office, its day and its plan are always the same ones."""

from pathlib import Path

import pytest

from app.access.models import Role
from tests.browser.conftest import OpenBrowser
from tests.browser.service import Service

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
TAKEN = (
    ("masuk", "/masuk", None, True),
    ("akun", "/akun", Role.PLANNER, False),
)
"""Name of the file, path of the page, who looks at it, whether on a phone."""


@pytest.mark.parametrize(("name", "path", "role", "phone"), TAKEN, ids=[row[0] for row in TAKEN])
def test_take(
    service: Service, open_browser: OpenBrowser, name: str, path: str, role: Role | None, phone: bool
) -> None:
    page = open_browser(service, role, phone=phone).new_page()
    page.goto(service.path(path), wait_until="networkidle")
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", animations="disabled", caret="hide")
