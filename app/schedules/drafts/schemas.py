"""What drafts, edits and their versions look like over HTTP."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.languages import said
from app.payloads import Day, Incoming
from app.schedules.drafts.edits import Edit, EditOp
from app.schedules.drafts.models import VersionOp
from app.schedules.result_schemas import TextOut
from app.schedules.wish import MOST_ITERATIONS, MOST_TIME_LIMIT_SECONDS, REPLAN_SECONDS
from app.tables.fields import MinuteIn, MinuteOut

MOST_EDITS = 200
Code = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class EditIn(Incoming):
    """One act of the hand on a visit, which is named by its team, date and site."""

    op: EditOp = Field(
        description="`place` puts a visit on another team's day (`to_team`, `to_date`) or at another time; `add` puts "
        "a site on the day of `team` and `date`; `retime` gives other times; a pinned visit moves only once unpinned."
    )
    site: Code = Field(description="Code of the site.")
    team: Code | None = Field(default=None, description="Code of the team. `add` with `dry_run` may leave it out.")
    on: Day | None = Field(default=None, alias="date", description="`add` with `dry_run` may leave it out.")
    to_team: Code | None = Field(default=None, description="`place`: left out, the same team.")
    to_date: Day | None = Field(default=None, description="`place`: left out, the same date.")
    starts_at: MinuteIn | None = Field(
        default=None,
        description="Set-up begins, by the district's clock. Left out of `place` and `add`: where it leaves the other "
        "stops of the day as they are, or else moves them least.",
    )
    service_minutes: int | None = Field(
        default=None,
        ge=1,
        le=1440,
        description="Left out: as it is, or shorter where the day has less room; of `add`: what the people there need.",
    )

    @model_validator(mode="after")
    def _fits_the_op(self) -> "EditIn":
        if self.op is not EditOp.PLACE and (self.to_team is not None or self.to_date is not None):
            raise ValueError(said("only 'place' goes elsewhere", "hanya 'place' yang memindahkan"))
        timed = self.op in (EditOp.PLACE, EditOp.ADD, EditOp.RETIME)
        if not timed and (self.starts_at is not None or self.service_minutes is not None):
            raise ValueError(
                said("only 'place', 'add' and 'retime' give times", "hanya 'place', 'add', dan 'retime' memberi waktu")
            )
        is_anywhere = self.op is EditOp.ADD and self.team is None and self.on is None
        if not is_anywhere and (self.team is None or self.on is None):
            raise ValueError(said("give 'team' and 'date'", "isi 'team' dan 'date'"))
        return self

    @property
    def is_open(self) -> bool:
        """Whether it says what goes, but not where."""
        if self.op is EditOp.ADD:
            return self.team is None
        nowhere = self.to_team is None and self.to_date is None
        return self.op is EditOp.PLACE and nowhere and self.starts_at is None and self.service_minutes is None

    @property
    def leaves_the_time_open(self) -> bool:
        """Whether the day of a visit is laid out anew for it."""
        return self.op in (EditOp.PLACE, EditOp.ADD) and self.starts_at is None

    def to_edit(self) -> Edit:
        assert self.team is not None  # the endpoint refuses an open edit
        assert self.on is not None
        return Edit(
            op=self.op,
            team=self.team,
            day=self.on,
            site=self.site,
            to_team=self.to_team,
            to_day=self.to_date,
            start=self.starts_at,
            minutes=self.service_minutes,
        )


class EditsIn(Incoming):
    """Edits that are made one after the other, all of them or none."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"edits": [{"op": "place", "team": "T-1", "date": "2023-11-20", "site": "S-1", "to_team": "T-2"}]},
                {"edits": [{"op": "drop", "team": "T-1", "date": "2023-11-20", "site": "S-1"}], "dry_run": True},
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


class EditOut(BaseModel):
    """An edit as it can be sent."""

    op: EditOp
    team: str
    date: date
    site: str
    to_team: str | None = None
    to_date: Day | None = None
    starts_at: MinuteOut | None = None
    service_minutes: int | None = None


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
        "gives up minutes; `changes_places`: one goes elsewhere; `pushes_out`: one leaves the plan; `moved`."
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
