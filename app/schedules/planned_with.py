"""What was known of a site and a team when a visit was published: results are judged by it, and learnt from."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from app.districts.kits import Kit
from app.sites.document_fields import AS_OF, PEOPLE
from app.sites.kinds import KindDefaults
from app.sites.models import Site, SiteKind
from app.sites.needing import needing_at
from app.teams.models import Team

SHARES = ("phone_ready_share", "turn_out_share", "resident_share")


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedingThen:
    """Who at a site needed a document, as far as was known."""

    people: int
    as_of: date | None
    """The end of the day up to which that was so; None: nobody said."""

    def to_json(self) -> dict[str, Any]:
        return {"people": self.people, "as_of": None if self.as_of is None else self.as_of.isoformat()}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "NeedingThen":
        as_of = kept["as_of"]
        return cls(people=kept["people"], as_of=None if as_of is None else date.fromisoformat(as_of))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedWith:
    """Kept with a published visit, so that a later change of the site does not rewrite the past."""

    kind: str
    area_code: str
    headcount: int
    already_activated: int
    already_activated_as_of: date | None
    phone_ready_share: float
    turn_out_share: float
    resident_share: float
    given_shares: tuple[str, ...]
    """Which of the shares somebody gave for this very site; the others are those of its kind."""
    connectivity: int
    operators: int
    minutes_per_activation: int
    has_satellite: bool
    needing: Mapping[str, "NeedingThen"] = field(default_factory=dict)
    """People who needed further documents; of visits published before that was kept nobody knows."""
    session_at: str | None = None
    """Code of the site at which the session was to be held, whose `connectivity` it is; None: at the site itself."""

    def to_json(self) -> dict[str, Any]:
        as_of = self.already_activated_as_of
        return asdict(self) | {
            "given_shares": list(self.given_shares),
            "already_activated_as_of": None if as_of is None else as_of.isoformat(),
            "needing": {name: needing.to_json() for name, needing in self.needing.items()},
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "PlannedWith":
        as_of = kept["already_activated_as_of"]
        return cls(
            **kept
            | {
                "given_shares": tuple(kept["given_shares"]),
                "already_activated_as_of": None if as_of is None else date.fromisoformat(as_of),
                "needing": {name: NeedingThen.from_json(row) for name, row in kept.get("needing", {}).items()},
            }
        )


def planned_with(
    site: Site,
    team: Team,
    *,
    kinds: Mapping[SiteKind, KindDefaults],
    kits: Collection[str] | None = None,
    place: Site | None = None,
) -> PlannedWith:
    """The facts of a site and a team as they are stored now; `kinds`: the figures in force in the district.

    `kits`: the kinds that are with the team at the visit; None: its own. `place`: where the session is moved to."""
    defaults = kinds[SiteKind(site.kind)]
    named = tuple(name for name in SHARES if getattr(site, name) is not None)
    shares = {name: float(getattr(site if name in named else defaults, name)) for name in SHARES}
    return PlannedWith(
        kind=site.kind,
        area_code=site.area_code,
        headcount=site.headcount,
        already_activated=site.already_activated,
        already_activated_as_of=site.already_activated_as_of,
        given_shares=named,
        connectivity=(place or site).connectivity,
        operators=team.operators,
        minutes_per_activation=team.minutes_per_activation,
        has_satellite=Kit.SATELLITE in (team.kits if kits is None else kits),
        needing={
            document.value: NeedingThen(
                people=known.people, as_of=known.as_of or getattr(site, AS_OF[PEOPLE[document]])
            )
            for document, known in needing_at(site, defaults).items()
        },
        session_at=None if place is None else place.code,
        **shares,
    )
