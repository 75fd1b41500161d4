"""What the operator sets is checked at the start, and a refusal names the setting, the value and the mend."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.settings import Settings, mistakes_of


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


PROVIDER = {"oidc_issuer": "https://login.example.go.id/realms/dinas", "oidc_client_id": "jemput"}


def test_a_provider_has_one_secret_written_down_or_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("rahasia\n")
    assert Settings().oidc_secret == ""
    assert Settings(**PROVIDER, oidc_client_secret="rahasia").oidc_secret == "rahasia"
    assert Settings(**PROVIDER, oidc_client_secret_file=file).oidc_secret == "rahasia"
    # As an environment writes what is not set.
    unset = Settings(oidc_issuer="", oidc_client_id="", oidc_client_secret="", oidc_client_secret_file="")
    assert (unset.oidc_issuer, unset.oidc_secret) == (None, "")


@pytest.mark.parametrize(
    ("change", "setting"),
    [
        ({"oidc_issuer": "http://login.example.go.id"}, "JEMPUT_OIDC_ISSUER"),
        ({"oidc_issuer": "login.example.go.id"}, "JEMPUT_OIDC_ISSUER"),
        ({"oidc_issuer": "https://"}, "JEMPUT_OIDC_ISSUER"),
        ({"oidc_issuer": "https://x:port"}, "JEMPUT_OIDC_ISSUER"),
        ({"oidc_issuer": "https://a:b@login.example.go.id"}, "JEMPUT_OIDC_ISSUER"),
        ({"oidc_issuer": "https://login.example.go.id?x"}, "JEMPUT_OIDC_ISSUER"),
        ({"oidc_client_id": None}, "JEMPUT_OIDC_CLIENT_ID"),
        ({"oidc_issuer": None}, "JEMPUT_OIDC_CLIENT_ID"),
        ({"oidc_client_secret": None}, "JEMPUT_OIDC_CLIENT_SECRET_FILE"),
        ({"oidc_client_secret_file": Path("/nowhere")}, "JEMPUT_OIDC_CLIENT_SECRET_FILE"),
    ],
)
def test_a_provider_that_is_named_by_half_is_refused_with_the_setting(change: dict[str, Any], setting: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(**(PROVIDER | {"oidc_client_secret": "rahasia"} | change))
    [sentence] = mistakes_of(refused.value)
    assert sentence.startswith(f"setting {setting}")
    assert "rahasia" not in sentence


TILES = "https://tiles.example.go.id/{z}/{x}/{y}.png"
SOURCE = "© OpenStreetMap contributors"


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        (TILES, "https://tiles.example.go.id"),
        ("https://Tiles.example.go.id:8443/peta/{z}/{x}/{y}{r}.png?key=a-b", "https://tiles.example.go.id:8443"),
        ("https://10.1.2.3/{z}/{x}/{y}", "https://10.1.2.3"),
        ("", None),
        (None, None),
    ],
)
def test_the_host_of_the_tiles_is_what_pages_may_fetch_from(given: str | None, origin: str | None) -> None:
    assert Settings(tile_url=given, tile_attribution=SOURCE).tile_origin == origin


@pytest.mark.parametrize(
    "given",
    [
        "http://tiles.example.go.id/{z}/{x}/{y}.png",
        "tiles.example.go.id/{z}/{x}/{y}.png",
        "https:///{z}/{x}/{y}.png",
        "https://*.example.go.id/{z}/{x}/{y}.png",
        "https://{s}.example.go.id/{z}/{x}/{y}.png",
        "https://{z}.example.go.id/{x}/{y}.png",
        "https://a;script-src/{z}/{x}/{y}.png",
        "https://tiles.example.go.id 'unsafe-inline'/{z}/{x}/{y}.png",
        "https://tiles.example.go.id/{z}/{x}/{y}.png; script-src *",
        "https://tiles.example.go.id/{z}/{x}/{y}\r\nX: y",
        "https://petugas:rahasia@tiles.example.go.id/{z}/{x}/{y}.png",
        "https://tiles.example.go.id:0/{z}/{x}/{y}.png",
        "https://tiles.example.go.id:port/{z}/{x}/{y}.png",
        "https://tiles.example.go.id/{z}/{x}.png",
        "https://tiles.example.go.id/{x}/{y}.png",
        "https://tiles.example.go.id/{z}/{x}/{y}/{a}.png",
        "https://tiles.example.go.id/{z}/{x}/{y}.png#atas",
        "https://tiles.example.go.id",
        "javascript:alert(1)//{z}/{x}/{y}",
    ],
)
def test_tiles_that_cannot_be_used_are_refused_with_the_mend_and_without_their_key(given: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(tile_url=given, tile_attribution=SOURCE)
    (sentence,) = mistakes_of(refused.value)
    assert re.match(r"setting JEMPUT_TILE_URL: .*\{z\}/\{x\}/\{y\}\.png, or leave it out", sentence)
    assert "rahasia" not in sentence


@pytest.mark.parametrize("source", [None, "", "  ", "a\nb", "x" * 201])
def test_tiles_are_shown_with_their_source_on_one_line(source: str | None) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(tile_url=TILES, tile_attribution=source)
    (sentence,) = mistakes_of(refused.value)
    assert sentence.startswith("setting JEMPUT_TILE_ATTRIBUTION")
    assert Settings(tile_attribution=None).tile_attribution is None


@pytest.mark.parametrize(
    ("given", "address"),
    [("http://router:5000", "http://router:5000"), (" https://a.example/osrm/ ", "https://a.example/osrm"), ("", None)],
)
def test_a_road_engine_is_named_by_its_address(given: str, address: str | None) -> None:
    assert Settings(road_engine_url=given).road_engine_url == address


@pytest.mark.parametrize(
    "given",
    [
        "router:5000",
        "ftp://router",
        "http://",
        "http://router:port",
        "http://petugas:rahasia@router:5000",
        "http://router:5000?key=rahasia",
        "http://router:5000#x",
    ],
)
def test_a_road_engine_that_cannot_be_is_refused_with_the_mend_and_without_its_key(given: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(road_engine_url=given)
    (sentence,) = mistakes_of(refused.value)
    assert re.match(r"setting JEMPUT_ROAD_ENGINE_URL: .*http://router:5000, or leave it out", sentence)
    assert "rahasia" not in sentence
