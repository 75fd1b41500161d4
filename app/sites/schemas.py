"""What requests and answers about sites look like."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.districts.kits import Kit, canonical_kits
from app.districts.opening_hours import (
    DatedHours,
    Window,
    canonical_exceptions,
    canonical_windows,
    dated_over_midnight,
    over_midnight,
)
from app.districts.schemas import Provenances
from app.districts.window_schemas import WindowIn, WindowOut
from app.languages import said
from app.payloads import Day, Incoming, Line, Outgoing
from app.sites.effective import Effective, Share, effective_of, windows_out
from app.sites.kinds import KIND_DEFAULTS, KindDefaults
from app.sites.models import Readiness, ReadinessCause, Site, SiteKind
from app.sites.preparations import TERMS
from app.sites.values import (
    CONTACT_COLUMNS,
    LIMITS,
    MAX_CODE,
    MAX_EMAIL,
    MAX_PHONE,
    MAX_ZONE,
    RANGES,
    SHARES,
    SiteFields,
    fields_of,
)
from app.tables.fields import MinuteIn, MinuteOut, documented_range


def _needing(what: str) -> str:
    return (
        f"People there who still need {what}; null: nobody has said, and they are derived from ages where that can be "
        "done (`effective.needing`)."
    )


def _of_age(who: str, document: str) -> str:
    return (
        f"{who} there, with and without the document; null: nobody has counted them. Where nobody says "
        f"`people_{document}`, the share of the district without it (PUT …/documents) is taken of them."
    )


_COUNTED = {
    "ktp_el": _of_age("People of 16 and 17", "ktp_el"),
    "kia": _of_age("People under 17", "kia"),
    "birth_certificate": _of_age(
        "Children (of one year of birth or of all, as the district counts them)", "birth_certificate"
    ),
}


_AS_OF = (
    "The end of the day up to which that is so; results after it come on top. Left out with a new figure: yesterday."
)
_OF_USUAL = "the minutes, in percent of the usual ones to activate somebody,"
_ZONE = "Between different zones only connections and travel entries lead; null: the rest of the district."


def _kind_or_default(name: str) -> str:
    return f"Null: the kind's figure (GET …/districts/{{code}}/site-kinds) applies to {name}."


class ExceptionIn(Incoming):
    """Hours on one date, replacing the weekly ones; no hours: closed that day."""

    date: Day
    opens: MinuteIn | None = None
    closes: MinuteIn | None = None

    def as_hours(self) -> DatedHours:
        return DatedHours(self.date, self.opens, self.closes)


def _whole_hours(entries: list[ExceptionIn]) -> list[ExceptionIn]:
    for entry in entries:
        if (entry.opens is None) != (entry.closes is None):
            raise ValueError(
                said(
                    "{date} has one time only; give both 'opens' and 'closes', or neither to close it",
                    "{date} hanya punya satu jam; isi 'opens' dan 'closes' keduanya, "
                    "atau kosongkan keduanya bila tutup",
                    date=entry.date,
                )
            )
    return entries


class SitePatch(Incoming):
    """Only the fields to change; null empties one, or brings back the kind's default."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"readiness": "agreed", "readiness_from": "2023-11-20"}]})

    code: Annotated[Line, Field(max_length=MAX_CODE)] | None = Field(
        default=None, description="Stable key of the office's own lists, such as a school's NPSN."
    )
    name: Line | None = None
    kind: SiteKind | None = None
    area_code: Line | None = Field(default=None, description="The kecamatan's region code.", examples=["16.73.01"])
    lat: float | None = None
    lon: float | None = None
    headcount: Annotated[int, documented_range(RANGES["headcount"])] | None = None
    already_activated: Annotated[int, documented_range(RANGES["already_activated"])] | None = None
    already_activated_as_of: Day | None = Field(
        default=None,
        description="The end of the day up to which `already_activated` counts; results after it come on top. Left out "
        "with a new figure: yesterday.",
    )
    phone_ready_share: Annotated[Decimal, documented_range(RANGES["phone_ready_share"])] | None = Field(
        default=None, description=_kind_or_default("the share of people whose phone runs the application")
    )
    turn_out_share: Annotated[Decimal, documented_range(RANGES["turn_out_share"])] | None = Field(
        default=None, description=_kind_or_default("the share of those who come")
    )
    resident_share: Annotated[Decimal, documented_range(RANGES["resident_share"])] | None = Field(
        default=None, description=_kind_or_default("the share of those registered in the district")
    )
    connectivity: Annotated[int, documented_range(RANGES["connectivity"])] | None = Field(
        default=None, description="0 none, 1 poor, 2 fair, 3 good, 4 excellent."
    )
    connectivity_measured_on: Day | None = None
    readiness: Readiness | None = None
    readiness_from: Day | None = Field(default=None, description="First date of 'agreed'.")
    readiness_until: Day | None = Field(default=None, description="Last date of 'agreed', or of 'not_ready'.")
    must_visit: bool | None = None
    max_visit_dates: Annotated[int, documented_range(RANGES["max_visit_dates"])] | None = None
    min_gap_days: Annotated[int, documented_range(RANGES["min_gap_days"])] | None = None
    max_teams: Annotated[int, documented_range(RANGES["max_teams"])] | None = None
    min_teams: Annotated[int, documented_range(RANGES["min_teams"])] | None = Field(
        default=None,
        description="An event: on a date with a visit so many teams come, or none. Null: 1. Where `max_teams` is null "
        "and its kind's is less, that many may come.",
    )
    setup_minutes: Annotated[int, documented_range(RANGES["setup_minutes"])] | None = None
    fixed_minutes: Annotated[int, documented_range(RANGES["fixed_minutes"])] | None = Field(
        default=None, description="The exact service time of every visit here; null: as long as is worth it."
    )
    windows: list[WindowIn] | None = Field(default=None, description=_kind_or_default("opening hours"))
    exceptions: Annotated[list[ExceptionIn], AfterValidator(_whole_hours)] | None = None
    contact_name: Line | None = None
    contact_phone: Annotated[Line, Field(max_length=MAX_PHONE)] | None = None
    contact_email: Annotated[Line, Field(max_length=MAX_EMAIL)] | None = Field(
        default=None, description="Who is invited to the site's visits.", examples=["tu@sekolah.example.id"]
    )
    people_ktp_el: Annotated[int, documented_range(RANGES["people_ktp_el"])] | None = Field(
        default=None, description=_needing("a recording for the KTP-el")
    )
    people_ktp_el_as_of: Day | None = Field(default=None, description=_AS_OF)
    people_kia: Annotated[int, documented_range(RANGES["people_kia"])] | None = Field(
        default=None, description=_needing("a KIA, the identity card of a child")
    )
    people_kia_as_of: Day | None = Field(default=None, description=_AS_OF)
    people_birth_certificate: Annotated[int, documented_range(RANGES["people_birth_certificate"])] | None = Field(
        default=None, description=_needing("a birth certificate")
    )
    people_birth_certificate_as_of: Day | None = Field(default=None, description=_AS_OF)
    of_age_ktp_el: Annotated[int, documented_range(RANGES["of_age_ktp_el"])] | None = Field(
        default=None, description=_COUNTED["ktp_el"]
    )
    of_age_kia: Annotated[int, documented_range(RANGES["of_age_kia"])] | None = Field(
        default=None, description=_COUNTED["kia"]
    )
    of_age_birth_certificate: Annotated[int, documented_range(RANGES["of_age_birth_certificate"])] | None = Field(
        default=None, description=_COUNTED["birth_certificate"]
    )
    zone: Annotated[Line, Field(max_length=MAX_ZONE)] | None = Field(default=None, description=_ZONE)
    session_at: Annotated[Line, Field(max_length=MAX_CODE)] | None = Field(
        default=None,
        description="Code of the site of the district at which the people of this one are served in its place; null: "
        "here. Setting it anew forgets the three fields below.",
    )
    session_turn_out_share: Annotated[Decimal, documented_range(RANGES["session_turn_out_share"])] | None = Field(
        default=None, description="Of those who would come here, those who come there; null: assumed."
    )
    session_from: Day | None = Field(default=None, description="First date on which that is so; null: all before.")
    session_until: Day | None = Field(default=None, description="Last date on which that is so; null: without end.")
    preparation_from: Day | None = Field(default=None, description="First date of it; null: all before.")
    preparation_until: Day | None = Field(
        default=None,
        description="Until this date people are prepared at a visit without signal, which counts nobody; whoever was "
        "is activated at later visits, in fewer minutes. Null: nobody is prepared, and the five other fields are "
        "forgotten.",
    )
    preparation_minutes: Annotated[int, documented_range(RANGES["preparation_minutes"])] | None = Field(
        default=None, description="Length of the preparation; null: for all people, or as long as a team can stay."
    )
    preparing_percent: Annotated[int, documented_range(RANGES["preparing_percent"])] | None = Field(
        default=None, description=_kind_or_default(f"{_OF_USUAL} to prepare a person")
    )
    activating_percent: Annotated[int, documented_range(RANGES["activating_percent"])] | None = Field(
        default=None, description=_kind_or_default(f"{_OF_USUAL} to activate somebody prepared")
    )
    returning_percent: Annotated[int, documented_range(RANGES["returning_percent"])] | None = Field(
        default=None, description=_kind_or_default("those of the prepared, in percent, who come again")
    )
    needs_kits: list[Kit] | None = Field(
        default=None,
        description="Kinds of kits without which a visit here serves nobody: a team of its own, or one that draws it.",
    )
    provenance: Provenances | None = None

    def given(self) -> dict[str, Any]:
        """The fields that the request names, as `SiteFields` keeps them."""
        values = {name: getattr(self, name) for name in self.model_fields_set}
        for name in ("kind", "readiness"):
            if values.get(name) is not None:
                values[name] = values[name].value
        if values.get("windows") is not None:
            values["windows"] = canonical_windows(
                part for w in values["windows"] for part in over_midnight(Window(w.opens, w.closes, w.weekdays))
            )
        if values.get("exceptions") is not None:
            values["exceptions"] = canonical_exceptions(
                dated_over_midnight([entry.as_hours() for entry in values["exceptions"]])
            )
        if values.get("needs_kits") is not None:
            values["needs_kits"] = canonical_kits([kit.value for kit in values["needs_kits"]])
        if values.get("provenance") is not None:
            values["provenance"] = {name: word.value for name, word in values["provenance"].items()}
        return values


class SiteIn(SitePatch):
    """A new site."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "10604402",
                    "name": "SMA Negeri 2 Lubuklinggau",
                    "kind": "school",
                    "area_code": "16.73.01",
                    "lat": -3.2759,
                    "lon": 102.9119,
                    "headcount": 420,
                    "connectivity": 3,
                    "connectivity_measured_on": "2023-11-06",
                    "windows": [{"weekdays": "mon-thu", "opens": "07:30", "closes": "14:00"}],
                    "exceptions": [{"date": "2023-12-18"}],
                    "people_ktp_el": 35,
                    "people_ktp_el_as_of": "2023-10-31",
                    "provenance": {"headcount": "assumed", "place": "public", "people_ktp_el": "given"},
                }
            ]
        }
    )

    code: Annotated[Line, Field(max_length=MAX_CODE)]
    name: Line
    kind: SiteKind
    area_code: Line = Field(description="The kecamatan's region code.", examples=["16.73.01"])
    lat: float
    lon: float
    headcount: Annotated[int, documented_range(RANGES["headcount"])]
    connectivity: Annotated[int, documented_range(RANGES["connectivity"])] = Field(
        description="0 none, 1 poor, 2 fair, 3 good, 4 excellent."
    )


class ExceptionOut(BaseModel):
    date: date
    opens: MinuteOut | None
    closes: MinuteOut | None


class SiteOut(Outgoing):
    id: int
    district_code: str
    code: str
    name: str
    kind: SiteKind
    area_code: str
    lat: float
    lon: float
    headcount: int
    already_activated: int
    already_activated_as_of: date | None
    phone_ready_share: Share | None
    turn_out_share: Share | None
    resident_share: Share | None
    connectivity: int
    connectivity_measured_on: date | None
    readiness: Readiness
    readiness_from: date | None
    readiness_until: date | None
    must_visit: bool
    max_visit_dates: int | None
    min_gap_days: int | None
    max_teams: int | None
    min_teams: int | None
    setup_minutes: int | None
    fixed_minutes: int | None
    windows: list[WindowOut]
    exceptions: list[ExceptionOut]
    contact_name: str | None = Field(description="Shown inside the district only.")
    contact_phone: str | None = Field(description="Shown inside the district only.")
    contact_email: str | None = Field(description="Shown inside the district only.")
    people_ktp_el: int | None = Field(description=_needing("a recording for the KTP-el"))
    people_ktp_el_as_of: date | None
    people_kia: int | None = Field(description=_needing("a KIA, the identity card of a child"))
    people_kia_as_of: date | None
    people_birth_certificate: int | None = Field(description=_needing("a birth certificate"))
    people_birth_certificate_as_of: date | None
    of_age_ktp_el: int | None = Field(description=_COUNTED["ktp_el"])
    of_age_kia: int | None = Field(description=_COUNTED["kia"])
    of_age_birth_certificate: int | None = Field(description=_COUNTED["birth_certificate"])
    zone: str | None = Field(description=_ZONE)
    session_at: str | None = Field(description="Code of the site at which its people are served in its place.")
    session_turn_out_share: Share | None
    session_from: date | None
    session_until: date | None
    preparation_from: date | None
    preparation_until: date | None = Field(description="Until then people are prepared; null: nobody is.")
    preparation_minutes: int | None
    preparing_percent: int | None
    activating_percent: int | None
    returning_percent: int | None
    needs_kits: list[Kit] = Field(description="Kinds of kits without which a visit here serves nobody.")
    provenance: Mapping[str, str]
    effective: Effective
    version: int


class KindOut(BaseModel):
    """What is assumed of a site of this kind; a site's own figures go before."""

    kind: SiteKind
    phone_ready_share: Share
    turn_out_share: Share
    resident_share: Share
    setup_minutes: int
    max_visit_dates: int
    min_gap_days: int
    max_teams: int
    preparing_percent: int
    activating_percent: int
    returning_percent: int
    windows: list[WindowOut]
    provenance: Literal["assumed"] = "assumed"


class KindList(BaseModel):
    items: list[KindOut]


def site_out(site: Site, *, kinds: Mapping[SiteKind, KindDefaults], with_contacts: bool) -> SiteOut:
    """The answer about one site whose windows and exceptions are loaded; `kinds`: those of its district."""
    fields = fields_of(site)
    plain = {
        name: getattr(fields, name)
        for name in SiteFields.__dataclass_fields__
        if name not in ("windows", "exceptions", *CONTACT_COLUMNS)
    }
    return SiteOut(
        **plain,
        id=site.id,
        district_code=site.district_code,
        windows=windows_out(fields.windows),
        exceptions=[ExceptionOut(date=e.date, opens=e.opens, closes=e.closes) for e in fields.exceptions],
        **{name: getattr(fields, name) if with_contacts else None for name in CONTACT_COLUMNS},
        effective=effective_of(fields, kinds[SiteKind(fields.kind)]),
        version=site.version,
    )


def kinds_out() -> KindList:
    return KindList(
        items=[
            KindOut(
                kind=kind,
                **{name: getattr(defaults, name) for name in (*SHARES, *LIMITS, *TERMS)},
                windows=windows_out(defaults.windows),
            )
            for kind, defaults in KIND_DEFAULTS.items()
        ]
    )


class ReadinessChangeOut(Outgoing):
    """One step: how the site stood from then on, who said so and why."""

    readiness: Readiness
    readiness_from: date | None
    readiness_until: date | None
    cause: ReadinessCause = Field(
        description="`entered` by a planner, `imported` from a file, `invited`: its contact was asked by mail, "
        "`reply` to an invitation, `request`: a visit it asked for was booked, `visited`: its agreed dates are over "
        "and a visit was held, `lapsed`: they are over without one."
    )
    changed_at: datetime
    changed_by: str
