"""How the files of pages are sent: kept for ever under their version, scripts without their comments, styles as one."""

import gzip
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.pages import static_files
from app.pages.static_files import FOLDER, PREFIX, address, script

OWN_SCRIPTS = sorted(FOLDER.glob("*.js"))


@pytest.mark.parametrize("file", OWN_SCRIPTS, ids=lambda file: file.name)
def test_a_script_is_sent_in_its_lines_without_comments_and_blanks_before_them(file: Path) -> None:
    written, sent = file.read_text().splitlines(), script(file.name).decode().splitlines()
    assert len(sent) == len(written)
    left_out = [line.strip() for line, kept in zip(written, sent, strict=True) if line.lstrip(" ") != kept]
    assert left_out
    assert [line for line in left_out if not line.startswith(("//", "/**", "*"))] == []
    assert [line for line in sent if line.startswith((" ", "//"))] == []


@pytest.mark.parametrize("file", OWN_SCRIPTS, ids=lambda file: file.name)
def test_no_text_of_a_script_goes_over_several_lines_where_one_could_look_like_a_comment(
    file: Path,
) -> None:
    assert [line for line in script(file.name).decode().splitlines() if line.count("`") % 2] == []


def test_styles_are_fetched_as_one_in_their_order(client: TestClient) -> None:
    answer = client.get(address("frame.css", "phone.css"))
    written = (FOLDER / "frame.css").read_text() + (FOLDER / "phone.css").read_text()
    rules = re.sub(r"/\*.*?\*/", "", written, flags=re.DOTALL)
    assert "".join(answer.text.split()) == "".join(rules.split())
    assert len(answer.text) < len(written) * 0.9
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("names", ["frame.css+nothing.css", "frame.css+today.js", "frame.css+../../main.py", "+"])
def test_only_styles_that_are_there_are_put_together(client: TestClient, names: str) -> None:
    assert client.get(f"{PREFIX}/{static_files.version()}/{names}").status_code == 404


@pytest.mark.parametrize("name", ["today.js", "frame.css", "frame.css+phone.css"])
def test_a_page_from_before_an_update_gets_todays_file_and_may_not_keep_it(client: TestClient, name: str) -> None:
    answer = client.get(f"{PREFIX}/000000000000/{name}")
    assert answer.status_code == 200
    assert "cache-control" not in answer.headers


def test_an_address_is_made_of_files_that_are_there_alone() -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing\.css"):
        address("frame.css", "nothing.css")


def test_a_drawing_inside_a_page_is_the_file(client: TestClient) -> None:
    assert re.fullmatch(r"data:image/svg\+xml,%3Csvg[A-Za-z0-9%./_-]+", static_files.inside("icon.svg"))


@pytest.mark.parametrize("file", OWN_SCRIPTS, ids=lambda file: file.name)
def test_no_script_of_ours_writes_html_from_text_or_runs_text(file: Path) -> None:
    ways = r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|new Function|setHTMLUnsafe)\b"
    assert re.findall(ways, file.read_text()) == []


def test_all_scripts_of_ours_together_are_small() -> None:
    assert sum(len(gzip.compress(script(file.name), 6)) for file in OWN_SCRIPTS) < 40_000
