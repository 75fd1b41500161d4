"""What reports of visits and their results look like over HTTP."""

import uuid
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field, SkipValidation
from pydantic import BaseModel as PlainModel

from app.districts.models import Document
from app.fieldwork.visit_report import VisitReport
from app.http_conventions import MAX_ID
from app.payloads import Incoming, Note, Outgoing
from app.schedules.models import LossCause, VisitOutcome, VisitResult
from app.schedules.result_schemas import TextOut
from app.schedules.visit_schemas import DayKitOut, VisitOut, VisitSiteOut, VisitTeamOut
from app.sites.models import MAX_HEADCOUNT
from app.sites.preparations import VisitStage

Heads = Annotated[int, Field(ge=0, le=MAX_HEADCOUNT)]
_MOMENTS = ("started_at", "last_served_at", "ended_at", "reported_at", "received_at")
FurtherDocument = Literal[Document.KTP_EL, Document.KIA, Document.BIRTH_CERTIFICATE]
VisitId = Annotated[int, Field(ge=1, le=MAX_ID)]


class VisitResultIn(Incoming):
    """What happened at a visit. A figure that is left out was not said: that is no zero."""

    report_id: uuid.UUID = Field(description="Made by the sender, once for each report: sent again, it counts once.")
    corrects: VisitId | uuid.UUID | None = Field(
        default=None,
        description="The result (its number, or its report_id) that this report takes the place of.",
    )
    outcome: VisitOutcome
    served: Heads | None = Field(default=None, description="Everybody who was served; needed unless not held.")
    activated: Heads | None = Field(
        default=None, description="Of the served, those of this district whose document was made; they count."
    )
    other_district: Heads | None = Field(
        default=None, description="Of the served, those registered elsewhere: they take time and count nothing."
    )
    phone_not_ready: Heads | None = Field(default=None, description="Came, but with a phone that could not do it.")
    turned_away: Heads | None = Field(default=None, description="Came, and could not be served any more.")
    prepared: Heads | None = Field(
        default=None,
        description="Of a preparation, and needed there: people registered, checked and photographed for a later "
        "visit. They are not among `served`, which then may be left out, and count nothing.",
    )
    ran_out_of_time: bool | None = Field(default=None, description="Whether people were still waiting at the end.")
    served_further: dict[FurtherDocument, Heads] = Field(
        default_factory=dict,
        description="People served besides, by further document; they are not among `served`. One left out was not "
        "said, and counts as expected.",
        examples=[{"kia": 12}],
    )
    invited: Heads | None = Field(default=None, description="Asked to come, where that is not everybody at the site.")
    started_at: AwareDatetime | None = None
    last_served_at: AwareDatetime | None = Field(
        default=None, description="When the last person was served: minutes after it tell nothing about the pace."
    )
    ended_at: AwareDatetime | None = None
    signal_met: Annotated[int, Field(ge=0, le=4)] | None = Field(
        default=None, description="Connectivity as it was: 0 none, 1 poor, 2 fair, 3 good, 4 excellent."
    )
    cause: LossCause | None = Field(default=None, description="What kept the visit from taking place whole.")
    note: Note | None = Field(default=None, description="Counts and circumstances only; no citizen's name or number.")
    reported_at: AwareDatetime = Field(description="By the phone's own clock.")

    def to_report(self, visit_id: int) -> VisitReport:
        fields = {name: getattr(self, name) for name in VisitResultIn.model_fields}
        fields["served_further"] = {document.value: people for document, people in self.served_further.items()}
        return VisitReport(visit_id=visit_id, **fields)


class VisitResultLine(VisitResultIn):
    """One of several reports."""

    visit_id: VisitId


class VisitResultsIn(Incoming):
    """Several reports, taken in this order; a correction may follow what it corrects."""

    # Read one by one, so that one that cannot be read does not stand in the way of the others.
    results: list[SkipValidation[VisitResultLine]] = Field(min_length=1, max_length=1000)
    partial: bool = Field(default=False, description="Take what can be taken; otherwise all or nothing.")


class VisitResultOut(Outgoing):
    """A stored result; null figures were not said."""

    id: int
    visit_id: int = Field(description="The visit as it was reported; a later plan may carry it under another number.")
    visit_uid: uuid.UUID = Field(description="The visit's identity in every plan and calendar.")
    report_id: uuid.UUID
    corrects_id: int | None
    stands: bool = Field(description="Whether no other result corrects it.")
    outcome: VisitOutcome
    served: int
    activated: int
    other_district: int | None
    phone_not_ready: int | None
    turned_away: int | None
    prepared: int | None = Field(description="Of a preparation: people prepared for a later visit; they count nothing.")
    served_further: dict[Document, int]
    ran_out_of_time: bool | None
    invited: int | None
    started_at: datetime | None
    last_served_at: datetime | None
    ended_at: datetime | None
    signal_met: int | None
    cause: LossCause | None
    note: str | None
    reported_at: datetime
    received_at: datetime
    reported_by: str

    @classmethod
    def of(cls, result: VisitResult, *, zone: ZoneInfo) -> Self:
        """Its moments in the district's zone, as everywhere else."""
        shown = cls.model_validate(result)
        moments = {name: getattr(shown, name) for name in _MOMENTS}
        return shown.model_copy(
            update={name: None if at is None else at.astimezone(zone) for name, at in moments.items()}
        )


class VisitHistoryOut(PlainModel):
    """What is known of a visit: its plan and state, and every result in the order of their arrival."""

    visit: VisitOut
    standing: VisitResultOut | None
    results: list[VisitResultOut]


class TakenOut(PlainModel):
    """What became of one of several reports."""

    status: Literal["stored", "known", "refused"] = Field(description="`known`: it came before, and counts once.")
    result: VisitResultOut | None
    code: str | None = Field(description="Of the refusal.")
    detail: str | None
    errors: list[dict[str, Any]] = Field(description="As in a refusal: pointer, detail, value, mend.")


class TakenListOut(PlainModel):
    """In the order of the reports."""

    results: list[TakenOut]
    stored: int
    known: int
    refused: int


class MissingResultOut(PlainModel):
    """A visit that is over and of which nobody has reported."""

    visit_id: int
    uid: uuid.UUID
    team: VisitTeamOut
    site: VisitSiteOut
    date: date
    ended_at: datetime = Field(description="By the plan.")
    days_ago: int
    document: Document = Field(description="Of the plan: what `expected_activations` counts.")
    expected_activations: int
    expected: dict[Document, int] = Field(
        description="People to be served with each document: those of `document` first, then further ones, of which "
        "`served_further` of the report says how many came."
    )
    stage: VisitStage | None = Field(
        description="`preparation`: `prepared` of the report says how many; null: neither."
    )


class MakeUpSlotOut(PlainModel):
    """A place for the visit in the published plan that moves no other one."""

    team: VisitTeamOut
    date: date
    starts_at: datetime
    ends_at: datetime
    service_minutes: int
    expected_activations: int
    carried: list[DayKitOut] = Field(description="What its team draws from shared kits on that date.")


class MakeUpOut(PlainModel):
    """What is offered for a visit that failed."""

    visit_id: int
    people_left: int = Field(description="Still to win at the site, by facts alone.")
    within_days: int | None = Field(description="The district's rule (`make_up_days`); null: it makes none up.")
    slots: list[MakeUpSlotOut] = Field(
        description="The earliest first; on one date the team of the visit before others."
    )
    text: TextOut
