"""Loads a district from a folder of files: district.json and the tables areas, sites, teams and, where there are any,
lodgings, stations, connections, travel (ways that no straight line tells), kits and counters (CSV, XLSX, GeoJSON)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts.area_tables import VOCABULARY as AREA_VOCABULARY
from app.districts.coded_things import Kind, load_things
from app.districts.counters.places import COUNTER_PLACES
from app.districts.documents import load_district
from app.districts.imported import Load
from app.districts.models import District
from app.errors import AppError, InvalidRequest, NotFound, PayloadTooLarge, invalid
from app.languages import joined, said
from app.sites import service as sites
from app.sites.kind_documents import load_kinds
from app.sites.place_missing import PlaceMissing
from app.sites.values import VOCABULARY as SITE_VOCABULARY
from app.tables.figures import Manner
from app.tables.formats import Format, read_table
from app.tables.headers import Vocabulary, read_mapping
from app.tables.reconcile import Difference, Fate
from app.tables.records import ImportOutcome
from app.tables.table import Remark, Table
from app.teams import service as teams
from app.teams.kit_pools import KIT_POOLS
from app.teams.values import POINT
from app.teams.values import VOCABULARY as TEAM_VOCABULARY
from app.travel.entries import TRAVEL_ENTRIES
from app.travel.journeys.connections import CONNECTIONS
from app.travel.journeys.lodgings import LODGINGS
from app.travel.journeys.stations import STATIONS

LoadRows = Callable[[Load, District, Table], tuple[ImportOutcome, tuple[Difference, ...]]]


class FolderRefused(InvalidRequest):
    """A file of the folder cannot be stored; nothing was changed."""


_FURTHER: Mapping[str, Kind[Any, Any]] = {
    "lodgings": LODGINGS,
    "stations": STATIONS,
    "connections": CONNECTIONS,
    "travel": TRAVEL_ENTRIES,
    "kits": KIT_POOLS,
    "counters": COUNTER_PLACES,
}
"""What a folder may have beside areas, sites and teams, in the order in which it is loaded: ways name the places before
them."""
TABLES = ("areas", "sites", "teams", *_FURTHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderReading:
    """How the tables of a folder are to be read where their files do not say it themselves."""

    mappings: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    """By table, the column that holds a field; None: no column does."""
    manner: Manner | None = None
    """How figures are written; None: as they show."""
    place_missing: PlaceMissing = PlaceMissing.REFUSE


_AS_THEY_ARE = FolderReading()


def read_mappings(words: Sequence[str]) -> dict[str, dict[str, str | None]]:
    """The mappings by table of words such as `sites={"headcount": "Sasaran"}`; raises `InvalidRequest`."""
    mappings = {}
    for word in words:
        table, _, text = word.partition("=")
        if table.strip() not in TABLES:
            raise invalid(
                "--mapping",
                said(
                    "{word!r} does not begin with a table of the folder.",
                    "{word!r} tidak diawali nama tabel di folder itu.",
                    word=word,
                ),
                value=word,
                mend=said(
                    'Write it as sites={{"headcount": "Jumlah Wajib KTP"}}; the tables are {tables}.',
                    'Tulis sebagai sites={{"headcount": "Jumlah Wajib KTP"}}; tabelnya: {tables}.',
                    tables=", ".join(TABLES),
                ),
            )
        mappings[table.strip()] = read_mapping(text, pointer="--mapping")
    return mappings


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What loading a folder came to."""

    code: str
    differences: tuple[Difference, ...]
    remarks: tuple[Remark, ...]


def load_folder(
    session: Session,
    folder: Path,
    *,
    now: datetime,
    overwrite: bool = False,
    reading: FolderReading = _AS_THEY_ARE,
) -> Loaded:
    """Create or change the district of a folder with its areas, sites, teams, and what else it has tables of.

    Only flushes: the caller's transaction makes it all or nothing. What people changed since the last time stays,
    unless `overwrite`. Whatever the files do not name stays. A province may have `district.json` alone: it then
    plans nothing itself. Raises `NotFound` for a missing file and `FolderRefused` with file, row and column."""
    document = _read_document(folder)
    kinds = document.pop("site_kinds", [])
    if _is_province_alone(folder, document):
        return _load_province(session, folder, document, kinds, now=now, overwrite=overwrite)
    areas_path, areas = _read_table(folder, "areas", AREA_VOCABULARY, reading, point=None)
    site_table = _read_table(folder, "sites", SITE_VOCABULARY, reading)
    team_table = _read_table(folder, "teams", TEAM_VOCABULARY, reading, point=POINT)
    further = {
        name: _read_table(folder, name, kind.vocabulary, reading, point=kind.point)
        for name, kind in _FURTHER.items()
        if any((folder / f"{name}.{known.value}").is_file() for known in Format)
    }
    load = Load(session=session, actor=COMMAND_LINE, now=now, overwrite=overwrite)
    try:
        district, differences = load_district(load, document, areas)
        differences += load_kinds(load, district, kinds)
    except AppError as error:
        # Problems of rows and headers are those of the areas; the others point into the document.
        is_table = any(not problem.pointer.startswith("/") for problem in error.problems)
        raise _in_file(areas_path if is_table else folder / "district.json", error) from error
    remarks = list(areas.remarks)
    load_sites = partial(sites.load_sites, place_missing=reading.place_missing)
    loads: list[tuple[tuple[Path, Table], LoadRows]] = [(site_table, load_sites), (team_table, teams.load_teams)]
    loads += [(read, partial(load_things, kind=_FURTHER[name])) for name, read in further.items()]
    for (path, table), load_rows in loads:
        try:
            outcome, differing = load_rows(load, district, table)
        except AppError as error:
            raise _in_file(path, error) from error
        differences += differing
        remarks += outcome.remarks
    return Loaded(code=district.code, differences=tuple(differences), remarks=tuple(remarks))


def _is_province_alone(folder: Path, document: Mapping[str, Any]) -> bool:
    code = document.get("code")
    is_province = isinstance(code, str) and "." not in code
    return is_province and not any((folder / f"{name}.{known.value}").is_file() for name in TABLES for known in Format)


def _load_province(
    session: Session,
    folder: Path,
    document: Mapping[str, Any],
    kinds: list[Any],
    *,
    now: datetime,
    overwrite: bool,
) -> Loaded:
    load = Load(session=session, actor=COMMAND_LINE, now=now, overwrite=overwrite)
    try:
        district, differences = load_district(load, document, None)
        differences += load_kinds(load, district, kinds)
    except AppError as error:
        raise _in_file(folder / "district.json", error) from error
    return Loaded(code=district.code, differences=tuple(differences), remarks=())


def load_example(session: Session, folder: Path, *, now: datetime) -> str:
    """Load a folder and return its district's code."""
    return load_folder(session, folder, now=now).code


def difference_lines(loaded: Loaded, *, most: int) -> list[str]:
    """What the files and the store said differently, a line for each record or field, the remarks about the files
    before them, and the number of the rest."""
    lines: list[str] = [
        joined(remark.message, f"({', '.join(map(str, remark.rows))})" if remark.rows else None)
        for remark in loaded.remarks
    ]
    for difference in loaded.differences:
        place = joined(_THINGS[difference.thing], difference.code)
        if not difference.changes:
            lines.append(joined(_FATES[difference.fate], place))
        lines += [
            said(
                "{fate} {place} {field}: {stored} -> {given}",
                "{fate} {place} {field}: {stored} -> {given}",
                fate=_FATES[change.fate],
                place=place,
                field=change.field,
                stored=change.stored or _EMPTY,
                given=change.given or _EMPTY,
            )
            for change in difference.changes
        ]
    if len(lines) > most:
        lines[most:] = [said("… and {count} more", "… dan {count} lagi", count=len(lines) - most)]
    return lines


def outcome_line(loaded: Loaded, *, dry_run: bool) -> str:
    """What was loaded, or would be, in one sentence."""
    fates = [change.fate for difference in loaded.differences for change in difference.changes]
    fates += [difference.fate for difference in loaded.differences if not difference.changes]
    kept = fates.count(Fate.KEPT)
    sentence = said(
        "{verb} district {code}: {changed} differences {taken}, {kept} edits of people kept",
        "{verb} kabupaten/kota {code}: {changed} perbedaan {taken}, {kept} suntingan orang dipertahankan",
        verb=said("would load", "akan memuat") if dry_run else said("loaded", "memuat"),
        taken=said("to take", "akan diambil") if dry_run else said("taken", "diambil"),
        code=loaded.code,
        changed=len(fates) - kept,
        kept=kept,
    )
    hint = said("(--overwrite takes the files' values instead)", "(--overwrite mengambil nilai dari berkas)")
    return joined(sentence, hint if kept else None)


_EMPTY = said("(empty)", "(kosong)")
_FATES = {
    Fate.ADDED: said("added", "ditambah"),
    Fate.CHANGED: said("changed", "diubah"),
    Fate.REMOVED: said("removed", "dihapus"),
    Fate.KEPT: said("kept", "dipertahankan"),
}
_THINGS = {
    "district": said("district", "kabupaten/kota"),
    "area": said("area", "kecamatan"),
    "target": said("target", "target"),
    "reported_figure": said("reported figure", "angka terbitan"),
    "walk_in": said("walk-ins", "layanan loket"),
    "holiday": said("local day", "hari lokal"),
    "planning_figures": said("planning figures", "angka perencanaan"),
    "kind_figures": said("kind of site", "jenis lokasi"),
    "issuing_figures": said("document", "dokumen"),
    "site": said("site", "lokasi"),
    "team": said("team", "tim"),
    "lodging": LODGINGS.noun,
    "station": STATIONS.noun,
    "connection": CONNECTIONS.noun,
    "travel_entry": TRAVEL_ENTRIES.noun,
    "kit_pool": said("shared kits", "perlengkapan bersama"),
    "counter_place": said("counters", "tempat loket"),
}


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotFound(
            said(
                "{path} cannot be read: {reason}. A folder holds district.json, areas.csv, sites.csv and teams.csv.",
                "{path} tidak dapat dibaca: {reason}. Sebuah folder berisi district.json, areas.csv, "
                "sites.csv, dan teams.csv.",
                path=path,
                reason=error.strerror,
            )
        ) from error


def _read_document(folder: Path) -> dict[str, Any]:
    path = folder / "district.json"
    try:
        document = orjson.loads(_read_bytes(path))
    except orjson.JSONDecodeError as error:
        raise _in_file(
            path,
            InvalidRequest(
                said(
                    "This is no JSON: {error}.",
                    "Ini bukan JSON yang benar, di sekitar karakter {at}.",
                    error=error,
                    at=error.pos,
                )
            ),
        ) from error
    if not isinstance(document, dict):
        raise _in_file(
            path,
            InvalidRequest(
                said(
                    "This is no JSON object; begin with '{\"code\": …'.",
                    "Ini bukan objek JSON; awali dengan '{\"code\": …'.",
                )
            ),
        )
    return document


def _read_table(
    folder: Path,
    name: str,
    vocabulary: Vocabulary,
    reading: FolderReading,
    *,
    point: tuple[str, str] | None = ("lat", "lon"),
) -> tuple[Path, Table]:
    """The table of a name in the folder, in the format in which it lies there; raises `FolderRefused`, `NotFound`."""
    there = [path for known in Format if (path := folder / f"{name}.{known.value}").is_file()]
    path = there[0] if there else folder / f"{name}.csv"
    if len(there) > 1:
        detail = said(
            "There are {names}: which of them holds?",
            "Ada {names}: yang mana yang berlaku?",
            names=", ".join(file.name for file in there),
        )
        mend = said("Keep one of them in the folder.", "Simpan satu saja di folder itu.")
        raise _in_file(path, InvalidRequest(joined(detail, mend)))
    try:
        content = _read_bytes(path)
        table = read_table(
            content,
            Format(path.suffix.removeprefix(".")),
            vocabulary,
            point=point,
            mapping=reading.mappings.get(name),
            manner=reading.manner,
        )
        return path, table
    except (InvalidRequest, PayloadTooLarge) as error:
        raise _in_file(path, error) from error


def _in_file(path: Path, error: AppError) -> FolderRefused:
    """The same error with the file's name in front."""
    problems = [replace(problem, pointer=f"{path.name}/{problem.pointer.lstrip('/')}") for problem in error.problems]
    refusal = FolderRefused(joined(str(path), error.detail, by=": "), problems=problems)
    refusal.more_problems = error.more_problems
    return refusal
