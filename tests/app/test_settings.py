"""What the operator sets is checked at the start, and a refusal names the setting, the value and the mend."""

import pytest
from pydantic import ValidationError

from app.settings import Settings


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://jemput.example.go.id", "https://jemput.example.go.id"),
        ("http://jemput.example.go.id:8080/", "http://jemput.example.go.id:8080"),
        ("  https://Jemput.example.go.id  ", "https://jemput.example.go.id"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("", None),
        ("   ", None),
    ],
)
def test_public_address_is_scheme_and_host(given: str, kept: str | None) -> None:
    assert Settings(public_url=given).public_url == kept


@pytest.mark.parametrize(
    "given",
    [
        "jemput.example.go.id",
        "ftp://jemput.example.go.id",
        "javascript:alert(1)",
        "https://",
        "https:///v1",
        "http://0.0.0.0:8000",
        "http://[::]:8000",
        "http://*:8000",
        "https://petugas:rahasia@jemput.example.go.id",
        "https://jemput.example.go.id/jemput",
        "https://jemput.example.go.id/?a=1",
        "https://jemput.example.go.id?",
        "https://jemput.example.go.id#atas",
        "https://jemput.example.go.id:99999999",
        "https://jemput.example.go.id:port",
        "https://[2001:db8::1",
        "https://jemput example.go.id",
        "https://jemput.example.go.id\r\nX: y",
        "https://jemput.example.go.id;x",
    ],
)
def test_public_address_that_leads_nowhere_is_refused_with_the_mend(given: str) -> None:
    with pytest.raises(ValidationError, match=r"JEMPUT_PUBLIC_URL is .*https://jemput.example.go.id, or leave it out"):
        Settings(public_url=given)


@pytest.mark.parametrize(
    ("host", "shown"), [("0.0.0.0", "127.0.0.1"), ("::", "127.0.0.1"), ("10.1.2.3", "10.1.2.3"), ("::1", "[::1]")]
)
def test_without_a_public_address_the_service_is_known_where_it_listens(host: str, shown: str) -> None:
    assert Settings(host=host, port=8000).base_url == f"http://{shown}:8000"
    assert Settings(host=host, public_url="https://jemput.example.go.id/").base_url == "https://jemput.example.go.id"


@pytest.mark.parametrize("email", ["a@b.id, c@d.id", "a@b.id\r\nBcc: x@y.id", "a:b@c.id", "a@b.id;x", "ä@b.id"])
def test_organizer_is_one_plain_address(email: str) -> None:
    with pytest.raises(ValidationError, match="organizer_email"):
        Settings(organizer_email=email)


def test_organizers_name_is_one_line() -> None:
    with pytest.raises(ValidationError, match=r"JEMPUT_ORGANIZER_NAME is .* Give one line"):
        Settings(organizer_name="Disdukcapil\nBcc: x@y.id")
