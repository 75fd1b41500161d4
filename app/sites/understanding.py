"""What an office's sheet of sites leaves to be understood: areas by name, places not known, sites entered twice."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.districts.models import Provenance
from app.districts.surroundings import Surroundings, distance_km
from app.languages import said
from app.sites.place_missing import PlaceMissing
from app.sites.values import SiteFields
from app.tables.headers import plain_words
from app.tables.records import Record
from app.tables.table import Remark, Row, Table

_SAME_PLACE_KM = 0.25


def understood(
    table: Table, existing: Mapping[str, SiteFields], *, surroundings: Surroundings, place_missing: PlaceMissing
) -> tuple[Table, list[Remark]]:
    """The table with codes for names of areas and, if asked for, places for sites that have none."""
    rows: list[Row] = []
    assumed: list[int] = []
    for row in table.rows:
        cells = dict(row.cells)
        area = cells.get("area_code", "").strip()
        if area and (code := surroundings.area_named(area)) is not None:
            cells["area_code"] = code
        exact = row.exact
        if place_missing is PlaceMissing.AREA and not _has_place(cells):
            exact = exact | {"lat", "lon"}
            if _place(cells, existing, surroundings=surroundings):
                assumed.append(row.number)
        rows.append(replace(row, cells=cells, exact=exact))
    message = said(
        "No coordinates: placed at the centre of its area, marked as assumed.",
        "Tanpa koordinat: ditempatkan di pusat kecamatannya, ditandai sebagai perkiraan.",
    )
    remarks = [Remark(code="place_assumed", message=message, rows=tuple(assumed))] if assumed else []
    return replace(table, rows=tuple(rows)), remarks


def _has_place(cells: Mapping[str, str]) -> bool:
    # One coordinate alone is a slip of the hand, which is shown and not covered.
    return any(re.search(r"\d", cells.get(name, "")) for name in ("lat", "lon"))


def _place(cells: dict[str, str], existing: Mapping[str, SiteFields], *, surroundings: Surroundings) -> bool:
    """Fill in a place: the stored one, which somebody may have looked up, or that of the area. Tells if the latter."""
    stored = existing.get(cells.get("code", "").strip())
    if stored is not None:
        cells |= {"lat": repr(stored.lat), "lon": repr(stored.lon)}
        return False
    area = surroundings.areas.get(cells.get("area_code", "").strip())
    if area is None:
        return False
    parts = (part.strip() for part in cells.get("provenance", "").split(";"))
    others = [part for part in parts if part and not part.startswith("place")]
    cells |= {"lat": repr(area.lat), "lon": repr(area.lon)}
    cells["provenance"] = "; ".join([*others, f"place={Provenance.ASSUMED.value}"])
    return True


def twins(records: Sequence[Record[SiteFields]], existing: Mapping[str, SiteFields]) -> list[Remark]:
    """Sites of the same name and place under different codes, in the table or beside what is stored."""
    named: dict[str, list[tuple[int, SiteFields]]] = defaultdict(list)
    codes = {record.code for record in records}
    for code, site in existing.items():
        if code not in codes:
            named[plain_words(site.name)].append((0, site))
    for record in records:
        named[plain_words(record.fields.name)].append((record.row, record.fields))
    remarks = []
    for entries in named.values():
        for at, (row, site) in enumerate(entries):
            same = [(other_row, other) for other_row, other in entries[:at] if _is_same_place(site, other)]
            if row and same:
                remarks.append(_twin(site, row, same))
    return remarks


def _is_same_place(site: SiteFields, other: SiteFields) -> bool:
    return site.area_code == other.area_code and distance_km(site.lat, site.lon, other.lat, other.lon) <= _SAME_PLACE_KM


def _twin(site: SiteFields, row: int, same: Sequence[tuple[int, SiteFields]]) -> Remark:
    rows = tuple(other_row for other_row, _ in same if other_row)
    message = said(
        "{name!r} ({code}) has the name and the place of {others}: if it is one site, keep one of them, or its people "
        "count twice.",
        "{name!r} ({code}) sama nama dan tempatnya dengan {others}: kalau itu satu lokasi, simpan satu saja, agar "
        "orangnya tidak dihitung dua kali.",
        name=site.name,
        code=site.code,
        others=", ".join(other.code for _, other in same),
    )
    return Remark(code="twin", message=message, rows=(*rows, row))
