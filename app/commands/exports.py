"""What `jemput export` writes: each table of a district under the name by which a folder of `jemput import` has it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from app.districts.coded_things import Kind, export_things
from app.districts.counters.places import COUNTER_PLACES
from app.districts.models import District
from app.sites.service import export_sites
from app.tables.formats import Format
from app.teams.kit_pools import KIT_POOLS
from app.teams.team_tables import export_teams
from app.travel.entries import TRAVEL_ENTRIES
from app.travel.journeys.connections import CONNECTIONS
from app.travel.journeys.lodgings import LODGINGS
from app.travel.journeys.stations import STATIONS

Write = Callable[[Session, District, Format], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Export:
    """How a table is written; one whose rows lie nowhere is no GeoJSON."""

    write: Write
    has_places: bool = False


def _by_code(write: Callable[[Session, str, Format], bytes]) -> Write:
    return lambda session, district, file_format: write(session, district.code, file_format)


def _of_kind(kind: Kind[Any, Any]) -> Write:
    return lambda session, district, file_format: export_things(session, kind, district, file_format)


_EXPORTS: Mapping[str, _Export] = {
    "sites": _Export(write=_by_code(partial(export_sites, with_contacts=True)), has_places=True),
    "teams": _Export(write=_by_code(export_teams), has_places=True),
    **{
        name: _Export(write=_of_kind(kind), has_places=kind.point is not None)
        for name, kind in (
            ("lodgings", LODGINGS),
            ("stations", STATIONS),
            ("connections", CONNECTIONS),
            ("travel", TRAVEL_ENTRIES),
            ("kits", KIT_POOLS),
            ("counters", COUNTER_PLACES),
        )
    },
}
EXPORTED = tuple(_EXPORTS)


def formats_of(table: str) -> tuple[Format, ...]:
    """In which formats a table can be written."""
    return tuple(known for known in Format if known is not Format.GEOJSON or _EXPORTS[table].has_places)


def export_table(session: Session, district: District, table: str, file_format: Format) -> bytes:
    """A table of a district as an import reads it back unchanged, contacts of its staff included."""
    return _EXPORTS[table].write(session, district, file_format)
