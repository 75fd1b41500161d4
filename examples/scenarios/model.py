"""What a scenario says about its district beside the raw slices: figures with their provenance, teams, notes."""

from dataclasses import dataclass, field
from typing import Literal

Provenance = Literal["given", "public", "measured", "assumed"]
Status = Literal["unknown", "asked", "agreed", "not_ready", "done"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One percentage of one base for one document by a deadline; dates are ISO."""

    document: str
    owner: str
    target_percent: float
    eligible_people: int
    eligible_base: str
    activated: int
    as_of: str
    deadline: str
    source: str
    provenance: dict[str, Provenance]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedFigure:
    """A figure as printed somewhere, kept beside the chosen one even where it contradicts it.

    `eligible_base` says what a reported base counts; `reported_on` is None where the day is unknown.
    """

    document: str
    figure: str
    value: str
    reported_on: str | None
    source: str
    provenance: Provenance
    eligible_base: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkIns:
    """Activations at the fixed counters per working day from a date on."""

    document: str
    starts_on: str
    per_working_day: int
    note: str
    provenance: Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterPlace:
    """A place with fixed counters, at the centre of a village, or else of its kecamatan."""

    code: str
    name: str
    kind: Literal["office", "sub_office", "mall", "other"]
    area_code: str
    village: str | None = None
    windows: str
    per_open_day: int
    starts_on: str
    """From when the rate holds."""
    note: str
    provenance: dict[str, Provenance]


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """An outreach team; its base is the centre of a village."""

    code: str
    name: str
    base_village: str
    base_name: str
    operators: int
    minutes_per_activation: int = 8
    kits: tuple[str, ...] = ()
    shift_start: str = "07:30"
    shift_end: str = "16:00"
    max_stops: int = 3
    max_nights: int = 0
    """In a row away from the base."""
    rest_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """What is known or assumed of one site already served: replaces the rule for its kind."""

    code: str
    readiness: Status | None = None
    activated_share: float | None = None
    readiness_from: str | None = None
    readiness_until: str | None = None
    must_visit: bool = False
    windows: str | None = None
    provenance: Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A company or organisation worth a visit, placed at the centre of a village."""

    code: str
    name: str
    village: str
    headcount: int
    contact_name: str = "Pimpinan"
    min_teams: int | None = None
    """An event, once, that so many teams hold together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyGroup:
    """Agencies of one government, spread over the village centres of its seat."""

    prefix: str
    label: str
    villages: tuple[str, ...]
    staff: int
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SleepingPlace:
    """A lodging at the centre of a village; its cost in rupiah for a team and night."""

    code: str
    name: str
    village: str
    zone: str = ""
    cost_per_night: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StopOver:
    """A harbour or airstrip at the centre of a village, unless a source says where it is."""

    code: str
    name: str
    kind: Literal["jetty", "airstrip"]
    village: str = ""
    point: tuple[float, float] | None = None
    zone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A boat or plane in one direction; it leaves at `departs`, `HH:MM`, or waits for the team until `departs_latest`.

    What `public` does not name is assumed; the fare is that of a team, in rupiah."""

    code: str
    origin: str
    destination: str
    way: Literal["boat", "plane"]
    departs: str
    departs_latest: str = ""
    minutes: int
    fare: int
    weekdays: str = ""
    public: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way by boat up a river and down, assumed; its length is that of other ways, the straight line with detours."""

    code: str
    origin: str
    destination: str
    village: str
    """At whose centre the destination is."""
    minutes_there: int
    minutes_back: int
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Journeys:
    """Where no road leads, and how a team gets there, sleeps and comes back."""

    zones: dict[str, tuple[str, ...]]
    """The kecamatan of each zone."""
    moved_sessions_in: tuple[str, ...] = ()
    """Zones whose villages without signal hold their sessions at the nearest one with some."""
    session_turn_out_share: float = 0.5
    """Of those who would come at home, who come to a session that is moved."""
    lodgings: tuple[SleepingPlace, ...]
    stations: tuple[StopOver, ...] = ()
    crossings: tuple[Crossing, ...] = ()
    ways: tuple[Way, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentAges:
    """Of whom a document is for, how many have it; a row of `documents` in district.json."""

    document: str
    people_of_age: int
    people_holding: int
    eligible_people: int
    ages_as_of: str
    source: str
    provenance: dict[str, Provenance]


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """Everything of one example that does not come from the raw slices."""

    code: str
    slug: str
    name: str
    parent_code: str
    time_zone: str
    regions_file: str
    kab_codes: tuple[str, ...]
    seats: dict[str, str]
    detour: float
    kmh: int
    per_km: int
    per_team_day: int
    targets: tuple[Target, ...]
    reported_figures: tuple[ReportedFigure, ...]
    walk_ins: tuple[WalkIns, ...] = ()
    counters: tuple[CounterPlace, ...] = ()
    documents: tuple[DocumentAges, ...] = ()
    """Where visits are to bring more than IKD: who needs it, by age. Schools then say their pupils of these ages."""
    teams: tuple[Team, ...] = ()
    agencies: tuple[AgencyGroup, ...] = ()
    agency_activated_share: float = 0
    agency_readiness: tuple[tuple[int, Status, str | None], ...] = ()
    organisations: tuple[Organisation, ...] = ()
    area_office_callers: int = 0
    clinic_people: int = 0
    activated_shares: dict[str, float] = field(default_factory=dict)
    areas_without_floor: frozenset[str] | None = None
    village_office_staff: int = 0
    school_readiness: tuple[Status, str | None, Provenance] | None = None
    school_closed: tuple[str, ...] = ()
    home_people: int = 0
    """People who are served at home; where visits bring documents, all of them are to be recorded."""
    remote_rating_km: tuple[tuple[float, int], ...] = ()
    villages_without_signal: int = 0
    drop_unplaced_clinics: bool = True
    visited: tuple[Visited, ...] = ()
    journeys: Journeys | None = None
    part_of: "District | None" = None
    """The province whose people are shared among its districts."""
    notes: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]
