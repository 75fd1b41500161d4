"""Loads a district from a folder of files: district.json, areas.csv, sites.csv, teams.csv."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts import service as districts
from app.errors import AppError, FieldProblem, InvalidRequest, NotFound
from app.sites import service as sites
from app.tables.formats import Format, Table, read_table
from app.teams import service as teams
from app.teams.values import POINT


class FolderRefused(InvalidRequest):
    """A file of the folder cannot be stored; nothing was changed."""


def load_example(session: Session, folder: Path, *, now: datetime) -> str:
    """Create or update the district of a folder with its areas, sites and teams; returns its code.

    Only flushes: the caller's transaction makes it all or nothing. A second time changes nothing. Sites and teams that
    the files do not name stay. Raises `NotFound` for a missing file and `FolderRefused` with file, row and column."""
    document = _read_document(folder)
    areas = _read_table(folder, "areas.csv", point=None)
    site_table = _read_table(folder, "sites.csv")
    team_table = _read_table(folder, "teams.csv", point=POINT)
    _check_areas(folder, areas, district_code=str(document.get("code")))
    try:
        district = districts.import_district(
            session, document, [row.cells for row in areas.rows], actor=COMMAND_LINE, now=now
        )
    except AppError as error:
        # Problems of rows are those of the areas; the others point into the document.
        is_row = any(problem.pointer.startswith("row ") for problem in error.problems)
        raise _in_file(folder / ("areas.csv" if is_row else "district.json"), error) from error
    for name, table, import_rows in (
        ("sites.csv", site_table, sites.import_sites),
        ("teams.csv", team_table, teams.import_teams),
    ):
        try:
            import_rows(session, district.code, table, actor=COMMAND_LINE, now=now)
        except AppError as error:
            raise _in_file(folder / name, error) from error
    return district.code


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotFound(
            f"{path} cannot be read: {error.strerror}. A folder holds district.json, areas.csv, sites.csv and "
            "teams.csv."
        ) from error


def _read_document(folder: Path) -> dict[str, Any]:
    path = folder / "district.json"
    try:
        document = orjson.loads(_read_bytes(path))
    except orjson.JSONDecodeError as error:
        raise _in_file(path, InvalidRequest(f"This is no JSON: {error}.")) from error
    if not isinstance(document, dict):
        raise _in_file(path, InvalidRequest("This is no JSON object; begin with '{\"code\": …'."))
    return document


def _read_table(folder: Path, name: str, *, point: tuple[str, str] | None = ("lat", "lon")) -> Table:
    path = folder / name
    try:
        return read_table(_read_bytes(path), Format.CSV, point=point)
    except InvalidRequest as error:
        raise _in_file(path, error) from error


def _check_areas(folder: Path, areas: Table, *, district_code: str) -> None:
    """Raise for cells that were no text, and for areas of another district."""
    problems = list(areas.problems) + [
        FieldProblem(
            pointer=f"{areas.place(row.number)}code",
            detail=f"This area lies outside district {district_code}.",
            value=row.cells["code"],
            mend=f"Codes here look like '{district_code}.01'.",
        )
        for row in areas.rows
        if "code" in row.cells and not row.cells["code"].startswith(f"{district_code}.")
    ]
    if problems:
        shown = "; ".join(f"{problem.pointer}: {problem.detail}" for problem in problems[:3])
        raise _in_file(folder / "areas.csv", InvalidRequest(shown, problems=problems))


def _in_file(path: Path, error: AppError) -> FolderRefused:
    """The same error with the file's name in front."""
    problems: list[FieldProblem] = [
        replace(problem, pointer=f"{path.name}/{problem.pointer.lstrip('/')}") for problem in error.problems
    ]
    return FolderRefused(f"{path}: {error.detail}", problems=problems)
