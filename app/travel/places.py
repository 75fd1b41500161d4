"""The places of a district by the names that ways give them: sites, teams' bases, lodgings and stations."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import FieldProblem
from app.languages import Language, Said, said
from app.sites.models import Site
from app.teams.models import Team
from app.travel.models import Lodging, Station


class PlaceKind(StrEnum):
    """What a place is; its value is how columns of the database call it."""

    SITE = "site"
    BASE = "team"
    LODGING = "lodging"
    STATION = "station"


PREFIXES: Mapping[PlaceKind, tuple[str, ...]] = {
    PlaceKind.BASE: ("base:", "pangkalan:"),
    PlaceKind.LODGING: ("lodging:", "penginapan:"),
    PlaceKind.STATION: ("station:", "stasiun:", "pelabuhan:", "dermaga:", "bandara:"),
}
"""What stands before a code of the kind; the first is how every answer and export writes it, the second how pages in
Indonesian do. A site needs none."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place by its number."""

    kind: PlaceKind
    id: int

    @property
    def is_base(self) -> bool:
        return self.kind is PlaceKind.BASE


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The places of a district: numbers by code."""

    sites: Mapping[str, int]
    teams: Mapping[str, int]
    lodgings: Mapping[str, int] = field(default_factory=dict)
    stations: Mapping[str, int] = field(default_factory=dict)
    _names: Mapping[Place, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = {
            Place(kind, number): code if kind is PlaceKind.SITE else PREFIXES[kind][0] + code
            for kind in PlaceKind
            for code, number in self._of(kind).items()
        }
        object.__setattr__(self, "_names", names)

    def _of(self, kind: PlaceKind) -> Mapping[str, int]:
        return {
            PlaceKind.SITE: self.sites,
            PlaceKind.BASE: self.teams,
            PlaceKind.LODGING: self.lodgings,
            PlaceKind.STATION: self.stations,
        }[kind]

    def place_of(self, name: str) -> Place | None:
        """The place that a text names: a site by its code, another by its kind and code (`station:NNK`).

        A lodging or a station needs no kind where no other place has its code."""
        name = name.strip()
        if name in self.sites:
            return Place(PlaceKind.SITE, self.sites[name])
        for kind, words in PREFIXES.items():
            for word in words:
                code = name[len(word) :].strip()
                if name.lower().startswith(word) and code in self._of(kind):
                    return Place(kind, self._of(kind)[code])
        named = [Place(kind, self._of(kind)[name]) for kind in self._kinds_of(name)]
        return named[0] if len(named) == 1 else None

    def _kinds_of(self, name: str) -> list[PlaceKind]:
        return [kind for kind in (PlaceKind.LODGING, PlaceKind.STATION) if name in self._of(kind)]

    def name_of(self, place: Place) -> str:
        """As every answer and export writes it."""
        return self._names[place]

    def names(self) -> Mapping[Place, str]:
        """The name of every place."""
        return self._names

    def canonical(self, name: str) -> str:
        """The name as every answer and export writes it; one that names no place stays as it is."""
        place = self.place_of(name)
        return name.strip() if place is None or place.kind is PlaceKind.SITE else self.name_of(place)

    def problem(self, pointer: str, name: str, *, mend: Said) -> FieldProblem:
        """What is wrong with a text that names no place; `mend` says which may be named here."""
        kinds = self._kinds_of(name.strip())
        if kinds:
            return FieldProblem(
                pointer=pointer,
                detail=said(
                    "A lodging and a station have the code {text!r}.",
                    "Kode {text!r} dipakai penginapan dan juga stasiun.",
                    text=name,
                ),
                value=name,
                mend=said(
                    "Write lodging:{text} or station:{text}.",
                    "Tulis penginapan:{text} atau stasiun:{text}.",
                    text=name.strip(),
                ),
            )
        return FieldProblem(
            pointer=pointer,
            detail=said("The district has no place {text!r}.", "Tidak ada tempat {text!r} di daerah ini.", text=name),
            value=name,
            mend=mend,
        )


def places_of(session: Session, district_code: str) -> Places:
    def numbers(of: type[Site | Team | Lodging | Station]) -> Mapping[str, int]:
        rows = session.execute(select(of.code, of.id).where(of.district_code == district_code).order_by(of.id))
        return {row.code: row.id for row in rows}

    return Places(sites=numbers(Site), teams=numbers(Team), lodgings=numbers(Lodging), stations=numbers(Station))


def written(name: str, language: Language) -> str:
    """A name as `Places.names` has it in the language of a page; `Places.place_of` reads it too."""
    if language is not Language.INDONESIAN:
        return name
    for english, indonesian, *_ in PREFIXES.values():
        if name.startswith(english):
            return indonesian + name.removeprefix(english)
    return name


def place_at(row: Any, end: str, kinds: Iterable[PlaceKind]) -> Place:
    """The place at one end (`origin`, `destination`) of a stored way, which has a column for each of these kinds."""
    return next(Place(kind, number) for kind in kinds if (number := getattr(row, f"{end}_{kind.value}_id")) is not None)


def place_columns(end: str, place: Place, kinds: Iterable[PlaceKind]) -> dict[str, int | None]:
    """Those columns."""
    return {f"{end}_{kind.value}_id": place.id if kind is place.kind else None for kind in kinds}
