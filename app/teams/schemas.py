"""What requests and answers about teams look like."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.districts.kits import Kit, canonical_kits
from app.districts.models import Document
from app.districts.schemas import Provenances
from app.payloads import Day, Incoming, Line, Outgoing, WeekdayMask
from app.tables.fields import MinuteIn, MinuteOut, WeekdaysOut, documented_range
from app.teams.breaks import EVERY_DAY, MINUTES, BreakRule
from app.teams.leave import Leave
from app.teams.models import Team, TeamBreak, TeamLeave
from app.teams.values import MAX_CODE, MAX_ZONE, RANGES, canonical_documents

_ZONE = "Of its base: between different zones only connections and travel entries lead; null: the rest of the district."
_AWAY = "On dates that begin or end away from base; null, both of them: the shift."


class TeamPatch(Incoming):
    """Only the fields to change; null empties one, or brings back its default."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kits": ["satellite"], "max_stops": 3}]})

    code: Annotated[Line, Field(max_length=MAX_CODE)] | None = None
    name: Line | None = None
    operators: Annotated[int, documented_range(RANGES["operators"])] | None = None
    minutes_per_activation: Annotated[int, documented_range(RANGES["minutes_per_activation"])] | None = None
    kits: list[Kit] | None = Field(default=None, max_length=len(Kit), description="What the team carries.")
    documents: list[Document] | None = Field(
        default=None,
        min_length=1,
        max_length=len(Document),
        description="What it can issue, given the kits that each document takes; null: every document.",
    )
    base_name: Line | None = None
    base_lat: float | None = None
    base_lon: float | None = None
    shift_start: MinuteIn | None = Field(default=None, description="Leaves its base.")
    shift_end: MinuteIn | None = Field(default=None, description="Is back at its base.")
    working_weekdays: WeekdayMask | None = Field(
        default=None, description="Null: the district's.", examples=["mon-sat"]
    )
    max_stops: Annotated[int, documented_range(RANGES["max_stops"])] | None = None
    zone: Annotated[Line, Field(max_length=MAX_ZONE)] | None = Field(default=None, description=_ZONE)
    max_nights: Annotated[int, documented_range(RANGES["max_nights"])] | None = Field(
        default=None, description="Most calendar nights in a row away from its base; null: 0, it is home every day."
    )
    rest_days: Annotated[int, documented_range(RANGES["rest_days"])] | None = Field(
        default=None, description="Calendar days without work after a trip with nights; null: 0."
    )
    away_shift_start: MinuteIn | None = Field(default=None, description=_AWAY)
    away_shift_end: MinuteIn | None = Field(default=None, description=_AWAY)
    provenance: Provenances | None = None

    def given(self) -> dict[str, Any]:
        """The fields that the request names, as `TeamFields` keeps them."""
        values = {name: getattr(self, name) for name in self.model_fields_set}
        if values.get("kits") is not None:
            values["kits"] = canonical_kits([kit.value for kit in values["kits"]])
        if values.get("documents") is not None:
            values["documents"] = canonical_documents([document.value for document in values["documents"]])
        if values.get("provenance") is not None:
            values["provenance"] = {name: word.value for name, word in values["provenance"].items()}
        return values


class TeamIn(TeamPatch):
    """A new team; it leaves its base when the shift starts and is back when it ends."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "TIM-1",
                    "name": "Tim Jemput Bola 1",
                    "operators": 3,
                    "minutes_per_activation": 8,
                    "kits": ["satellite"],
                    "documents": ["ikd", "kia"],
                    "base_name": "Kantor Disdukcapil",
                    "base_lat": -3.290887,
                    "base_lon": 102.860025,
                    "shift_start": "07:30",
                    "shift_end": "16:00",
                    "max_stops": 2,
                    "provenance": {"operators": "given"},
                }
            ]
        }
    )

    code: Annotated[Line, Field(max_length=MAX_CODE)]
    name: Line
    operators: Annotated[int, documented_range(RANGES["operators"])]
    minutes_per_activation: Annotated[int, documented_range(RANGES["minutes_per_activation"])]
    base_lat: float
    base_lon: float
    shift_start: MinuteIn
    shift_end: MinuteIn


class LeaveIn(Incoming):
    """Days on which the team does not go out, both ends included."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"starts_on": "2023-11-20", "ends_on": "2023-11-21", "reason": "pelatihan"}]}
    )

    starts_on: Day
    ends_on: Day
    reason: Line | None = None

    def as_leave(self) -> Leave:
        return Leave(self.starts_on, self.ends_on, self.reason)


class LeaveOut(Outgoing):
    id: int
    starts_on: date
    ends_on: date
    reason: str | None


class BreakIn(Incoming):
    """A pause that the team takes on each of these days on which it goes out; two breaks a date at the most."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "minutes": 60,
                    "earliest_start": "12:00",
                    "latest_end": "13:30",
                    "weekdays": "mon-thu",
                    "name": "Istirahat siang",
                },
                {
                    "minutes": 90,
                    "earliest_start": "11:30",
                    "latest_end": "13:00",
                    "weekdays": "fri",
                    "name": "Salat Jumat",
                },
            ]
        }
    )

    minutes: Annotated[int, documented_range(MINUTES)]
    earliest_start: MinuteIn
    latest_end: MinuteIn = Field(description="By then it is over.")
    weekdays: WeekdayMask | None = Field(default=None, description="Null: every day.", examples=["mon-thu"])
    starts_on: Day | None = Field(default=None, description="Null: since ever.")
    ends_on: Day | None = Field(default=None, description="Null: until it is deleted.")
    name: Line | None = None

    def as_rule(self) -> BreakRule:
        return BreakRule(
            minutes=self.minutes,
            earliest_start=self.earliest_start,
            latest_end=self.latest_end,
            weekdays=EVERY_DAY if self.weekdays is None else self.weekdays,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            name=self.name,
        )


class BreakOut(Outgoing):
    id: int
    minutes: int
    earliest_start: MinuteOut
    latest_end: MinuteOut
    weekdays: WeekdaysOut
    starts_on: date | None
    ends_on: date | None
    name: str | None


class TeamOut(Outgoing):
    id: int
    district_code: str
    code: str
    name: str
    operators: int
    minutes_per_activation: int
    kits: list[Kit]
    documents: list[Document] | None = Field(description="What it can issue; null: every document.")
    base_name: str | None
    base_lat: float
    base_lon: float
    shift_start: MinuteOut
    shift_end: MinuteOut
    working_weekdays: WeekdaysOut | None = Field(description="Null: the district's.")
    max_stops: int
    zone: str | None = Field(description=_ZONE)
    max_nights: int
    rest_days: int
    away_shift_start: MinuteOut | None = Field(description=_AWAY)
    away_shift_end: MinuteOut | None = Field(description=_AWAY)
    leaves: list[LeaveOut]
    breaks: list[BreakOut]
    provenance: Mapping[str, str]
    version: int


def leave_out(row: TeamLeave) -> LeaveOut:
    return LeaveOut(id=row.id, starts_on=row.starts_on, ends_on=row.ends_on, reason=row.reason)


def break_out(row: TeamBreak) -> BreakOut:
    return BreakOut.model_validate(row)


def team_out(team: Team) -> TeamOut:
    """The answer about one team whose leaves and breaks are loaded."""
    return TeamOut(
        id=team.id,
        district_code=team.district_code,
        code=team.code,
        name=team.name,
        operators=team.operators,
        minutes_per_activation=team.minutes_per_activation,
        kits=[Kit(kit) for kit in canonical_kits(team.kits)],
        documents=None if team.documents is None else [Document(word) for word in team.documents],
        base_name=team.base_name,
        base_lat=team.base_lat,
        base_lon=team.base_lon,
        shift_start=team.shift_start,
        shift_end=team.shift_end,
        working_weekdays=team.working_weekdays,
        max_stops=team.max_stops,
        zone=team.zone,
        max_nights=team.max_nights,
        rest_days=team.rest_days,
        away_shift_start=team.away_shift_start,
        away_shift_end=team.away_shift_end,
        leaves=[leave_out(row) for row in sorted(team.leaves, key=lambda row: (row.starts_on, row.id))],
        breaks=[break_out(row) for row in sorted(team.breaks, key=lambda row: row.id)],
        provenance=team.provenance,
        version=team.version,
    )
