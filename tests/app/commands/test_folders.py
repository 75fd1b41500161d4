import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.commands.folders import FolderRefused, load_example
from app.districts.models import Area, District, Target
from app.errors import NotFound
from app.sites.models import Site, SiteException
from app.teams.models import Team, TeamLeave
from tests.app.conftest import NOW

ROOT = Path(__file__).parents[3]
SMALL = ROOT / "tests" / "corpus" / "small-district"
EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/district.json"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the small district, to be changed."""
    return Path(shutil.copytree(SMALL, tmp_path / "small"))


def counts(session: Session) -> dict[str, int]:
    models = (District, Area, Target, Site, SiteException, Team, TeamLeave)
    return {model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0 for model in models}


def test_a_folder_becomes_a_district(session: Session) -> None:
    assert load_example(session, SMALL, now=NOW) == "16.73"
    assert counts(session) == {
        **{"districts": 1, "areas": 2, "targets": 1},
        **{"sites": 2, "site_exceptions": 2, "teams": 2, "team_leaves": 1},
    }


def test_a_second_time_changes_nothing(session: Session) -> None:
    load_example(session, SMALL, now=NOW)
    before = counts(session), session.scalars(select(Site.version)).all(), session.scalars(select(Team.version)).all()
    load_example(session, SMALL, now=NOW)
    session.expire_all()
    after = counts(session), session.scalars(select(Site.version)).all(), session.scalars(select(Team.version)).all()
    assert after == before


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_every_example_loads(session: Session, example: Path) -> None:
    code = load_example(session, example, now=NOW)
    assert example.name.startswith(f"{code}-")
    found = counts(session)
    assert found["sites"] > 100
    assert found["teams"] >= 2


@pytest.mark.parametrize("name", ["district.json", "areas.csv", "sites.csv", "teams.csv"])
def test_a_missing_file_is_named(session: Session, folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(NotFound, match=name):
        load_example(session, folder, now=NOW)


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return change


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (edit("district.json", '"Asia/Jakarta"', '"Asia/Bogor"'), "district.json/time_zone"),
        (edit("district.json", '"2023-12-31"', '"2023-02-30"'), "district.json/targets/0/deadline"),
        (edit("areas.csv", "16.73.02", "17.71.02"), "areas.csv/row 3/code"),
        (edit("areas.csv", "min_activations=assumed", "population=public,too,many"), "areas.csv/row 3"),
        (edit("areas.csv", "-3.303", "51.5"), "areas.csv/row 3/lat"),
        (edit("areas.csv", "30649", "many"), "areas.csv/row 2/population"),
        (edit("sites.csv", "420", "-5"), "sites.csv/row 3/headcount"),
        (edit("sites.csv", "16.73.02", "16.73.77"), "sites.csv/row 2/area_code"),
        (edit("teams.csv", "07:30", "7 o'clock"), "teams.csv/row 2/shift_start"),
        (edit("teams.csv", "kits", "kit"), "teams.csv/header/kit"),
    ],
)
def test_an_error_names_the_file_the_row_and_the_column(
    session: Session, folder: Path, change: Callable[[Path], None], pointer: str
) -> None:
    change(folder)
    with pytest.raises(FolderRefused) as refused:
        load_example(session, folder, now=NOW)
    assert any(problem.pointer.startswith(pointer) for problem in refused.value.problems), refused.value.problems
    assert str(folder / pointer.partition("/")[0]) in refused.value.detail


@pytest.mark.parametrize("text", ["{", "[]", ""])
def test_a_document_that_is_no_object_is_refused(session: Session, folder: Path, text: str) -> None:
    (folder / "district.json").write_text(text)
    with pytest.raises(FolderRefused, match=r"district\.json"):
        load_example(session, folder, now=NOW)
