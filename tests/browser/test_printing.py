"""What people print: a sheet is a sheet."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from app.access.models import Role
from tests.browser.conftest import OpenBrowser
from tests.browser.service import Service


@pytest.mark.parametrize(
    ("path", "role", "words"),
    [
        ("/kemajuan", Role.VIEWER, "Kemajuan IKD Kota Lubuklinggau"),
        ("/wilayah", Role.ADMIN, "Kota Lubuklinggau"),
        ("/cetak/{team_code}/{day}", Role.COORDINATOR, "Tim Jemput Bola 1"),
        ("/cetak/{team_code}/{day}", Role.VIEWER, "Tim Jemput Bola 1"),
    ],
)
def test_it_prints_on_one_sheet(service: Service, open_browser: OpenBrowser, path: str, role: Role, words: str) -> None:
    page = open_browser(service, role).new_page()
    page.goto(service.path(path), wait_until="networkidle")
    sheets = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True, print_background=True))).pages
    assert len(sheets) == 1
    printed = sheets[0].extract_text()
    assert words in printed
    # The menu leads nowhere on paper.
    assert "Permintaan" not in printed
