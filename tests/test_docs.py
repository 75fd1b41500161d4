"""The documents name what is there, and can be read in a diff."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
SOURCES = {
    path.relative_to(ROOT).as_posix()
    for folder in ("app", "solver", "tests", "migrations", "examples")
    for path in (ROOT / folder).rglob("*.py")
}
LONGEST_LINE = 150


def prose(page: Path) -> list[str]:
    """The lines of a page outside of code."""
    return [
        line for line in re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL).splitlines() if line[:4].strip()
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_files_that_a_page_names_are_there(page: Path) -> None:
    named = re.findall(r"`([a-z_/]+\.py)`", "\n".join(prose(page)))
    assert [name for name in named if not any(f"/{source}".endswith(f"/{name}") for source in SOURCES)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_lines_can_be_read_in_a_diff(page: Path) -> None:
    assert [line for line in prose(page) if len(line) > LONGEST_LINE and not line.startswith("|")] == []
