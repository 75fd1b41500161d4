"""What drafts, edits and their versions look like over HTTP."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.payloads import Day, Incoming
from app.schedules.drafts.edit_schemas import EditIn, EditOut
from app.schedules.drafts.models import VersionOp
from app.schedules.result_schemas import TextOut
from app.schedules.wish import MOST_ITERATIONS, MOST_TIME_LIMIT_SECONDS, REPLAN_SECONDS
from app.tables.fields import MinuteOut

MOST_EDITS = 200


class EditsIn(Incoming):
    """Edits that are made one after the other, all of them or none."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"edits": [{"op": "place", "team": "T-1", "date": "2023-11-20", "site": "S-1", "to_team": "T-2"}]},
                {"edits": [{"op": "drop", "team": "T-1", "date": "2023-11-20", "site": "S-1"}], "dry_run": True},
                {
                    "edits": [
                        {"op": "send", "team": "T-1", "date": "2023-11-16", "until": "2023-11-18", "lodging": "BALAI"},
                        {"op": "add", "team": "T-1", "date": "2023-11-17", "site": "S-7"},
                    ]
                },
            ]
        },
    )

    edits: list[EditIn] = Field(min_length=1, max_length=MOST_EDITS)
    dry_run: bool = Field(default=False, description="Only say what they would do: nothing is stored.")


class ImproveIn(Incoming):
    """How to go on from a draft."""

    time_limit_seconds: int | None = Field(
        default=None, ge=1, le=MOST_TIME_LIMIT_SECONDS, description=f"{REPLAN_SECONDS} if left out."
    )
    iterations: int | None = Field(
        default=None, ge=1, le=MOST_ITERATIONS, description="Search steps instead of a time limit: repeatable."
    )
    seed: int | None = Field(default=None, ge=0, le=2_147_483_647, description="Left out: the draft's.")
    most_moved: int | None = Field(
        default=None, ge=0, le=1_000_000, description="Most visits of the draft to change; left out: as many as pay."
    )


class BrokenRuleOut(BaseModel):
    """A breach of a rule, with the visit that is to blame where there is one."""

    rule: str
    team: str | None
    site: str | None
    date: date | None
    text: TextOut


class DraftFiguresOut(BaseModel):
    """What a version of a draft is worth."""

    activations: int
    cost: int
    value_milli: int


class PlacedVisitOut(BaseModel):
    """A visit by codes."""

    team: str
    date: date
    site: str
    starts_at: MinuteOut
    service_minutes: int


class HandChangeOut(BaseModel):
    """A visit before and after; null: there was none, or is none."""

    before: PlacedVisitOut | None
    after: PlacedVisitOut | None


class MendOut(BaseModel):
    """Edits to add, by which fewer rules are broken."""

    edits: Sequence[EditOut]
    text: TextOut


class OptionOut(BaseModel):
    """One way to have a visit on a team's day; sending its `edits` does it."""

    kind: str = Field(
        description="`fits`: nobody else changes; `retimed`: others come later or earlier; `shortened`: a neighbour "
        "gives up minutes; `changes_places`: one goes elsewhere; `pushes_out`: one leaves the plan; `moved`; where "
        "nothing else would do `other_rides`: on a date of a trip, over other boats, or `sends`: the team goes on a "
        "new trip."
    )
    change: DraftFiguresOut
    lost_activations: int = Field(description="What the other visits lose.")
    disturbed: int = Field(description="Visits that are not as they were: whom somebody has to tell.")
    edits: Sequence[EditOut]
    changed: Sequence[HandChangeOut]
    texts: Sequence[TextOut]


class CellAgainstOut(BaseModel):
    """The first rule against a team's day."""

    rule: str
    text: TextOut | None


class CellOut(BaseModel):
    """The best way to have a visit on one team's day, or the first rule against it."""

    team: str
    date: date
    kind: str | None = Field(description="As in `options` of a single cell; null: impossible.")
    change: DraftFiguresOut | None = Field(
        description="Its value leaves out what the shares of the teams count for, and where demand was learned, people "
        "are the mean of every site; `options` of one cell tell all of it."
    )
    disturbed: int | None
    rule: str | None


class BoardOut(BaseModel):
    """Every team and date of the board for one visit."""

    schedule_id: int
    version: int
    dry_run: bool
    cells: Sequence[CellOut]
    rules: Mapping[str, TextOut] = Field(description="What each `rule` of the cells says, as a part of a sentence.")


class IdleTripOut(BaseModel):
    """A trip whose last visit an edit has taken away."""

    team: str
    starts_on: date
    ends_on: date
    cost: int = Field(description="Rupiah for its nights and rides, which the plan still holds.")
    text: TextOut


class NightLaidOut(BaseModel):
    """A night of a trip, from a date until the next one on which the team works."""

    date: date
    until: Day
    lodging: str
    cost: int = Field(description="Rupiah for all its calendar nights.")


class RideLaidOut(BaseModel):
    """A ride of a trip."""

    date: date
    connection: str
    starts_at: MinuteOut
    fare: int


class TripLaidOut(BaseModel):
    """A trip of a draft."""

    starts_on: date
    ends_on: date
    nights: Sequence[NightLaidOut]
    rides: Sequence[RideLaidOut]
    cost: int = Field(description="Rupiah for nights and fares.")


class TripChangeOut(BaseModel):
    """A trip that an edit has made, changed, moved or dropped."""

    change: Literal["sent", "changed", "moved", "called_off"] = Field(
        description="`moved`: to another first date, as long as before."
    )
    team: str
    before: TripLaidOut | None
    after: TripLaidOut | None
    visits_gone: int = Field(description="Visits of the team on its dates that leave the plan with it.")
    people_gone: int = Field(description="Whom these were to win.")
    text: TextOut


class EditedOut(BaseModel):
    """What edits did to a draft, or would do."""

    schedule_id: int
    version: int = Field(description="The draft's newest version, which is also its ETag.")
    dry_run: bool
    change: DraftFiguresOut = Field(description="After, less before: the difference of two verifications.")
    before: DraftFiguresOut
    after: DraftFiguresOut
    broken_by_edit: Sequence[BrokenRuleOut]
    broken_before: Sequence[BrokenRuleOut] = Field(description="Broken before the edit, and still.")
    mended: Sequence[BrokenRuleOut] = Field(description="Broken before the edit, and no longer.")
    mend: MendOut | None = Field(description="The nearest times that keep what the edit broke; null: none do.")
    changed: Sequence[HandChangeOut]
    trips: Sequence[TripChangeOut] = Field(
        description="Trips that the edit made, changed or dropped, with what leaves the plan by it: read in a dry run "
        "before it is done."
    )
    idle_trips: Sequence[IdleTripOut] = Field(
        description="Trips whose last visit has gone. Nights and rides stay in the draft, for other visits to be put "
        "there; a run that goes on from it (`…/improve`) drops them.",
    )
    options: Sequence[OptionOut] | None = Field(
        default=None,
        description="Of a dry run of one `place` or `add` without `starts_at`: the ways to do it, the best first. What "
        "stands above is the plain way, which moves others no more than it must and breaks rules where nothing fits.",
    )
    against: CellAgainstOut | None = Field(default=None, description="Why there is no option.")


class VersionOut(BaseModel):
    """One version of a draft."""

    version: int
    op: VersionOp
    shows: int = Field(description="The version whose plan this is: another one after an undo or redo.")
    edits: Sequence[EditOut]
    actor: str
    at: datetime
    before: DraftFiguresOut | None = Field(description="Null of the first.")
    after: DraftFiguresOut
    broken_rules: Sequence[BrokenRuleOut]
    is_newest: bool
