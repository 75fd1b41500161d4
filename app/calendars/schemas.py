"""What requests and answers about calendars look like."""

import unicodedata
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, SecretStr

from app.calendars.models import CalendarKind, Direction, Scope
from app.calendars.troubles import Trouble
from app.languages import said
from app.payloads import Incoming, Line, Outgoing
from app.words import Text

MAX_ADDRESS = 2_000


def _sendable(text: str) -> str:
    """Text that can be stored and sent: no control character, which could add a line to a request, no half one."""
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise ValueError(
            said(
                "control characters and halves of characters are not allowed",
                "karakter kendali dan karakter terpotong tidak diperbolehkan",
            )
        )
    return text


def _sendable_secret(secret: SecretStr) -> SecretStr:
    _sendable(secret.get_secret_value())
    return secret


Address = Annotated[
    str,
    Field(min_length=1, max_length=MAX_ADDRESS, examples=["https://cal.example.id/dukcapil/"]),
    AfterValidator(_sendable),
]
Username = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_sendable)]
Password = Annotated[SecretStr, Field(min_length=1, max_length=500), AfterValidator(_sendable_secret)]
RefreshMinutes = Annotated[int, Field(ge=5, le=1440, description="Minutes between two looks at the calendar.")]


class CalendarIn(Incoming):
    """A calendar to read, to write our visits into, or both. Of its address only the host is shown again; of its
    password nothing."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Kalender Dinas",
                    "kind": "caldav",
                    "address": "https://cal.example.id/dukcapil/agenda/",
                    "username": "perencana",
                    "password": "rahasia-aplikasi",
                    "scope": "district",
                },
                {
                    "name": "Cuti Tim 1",
                    "kind": "ics",
                    "address": "https://calendar.example.id/private-token/basic.ics",
                    "scope": "team",
                    "scope_code": "TIM-1",
                },
            ]
        }
    )

    name: Line
    kind: CalendarKind
    address: Address
    direction: Direction = Field(
        default=Direction.IN, description="in: read what is busy; out: write our visits there (CalDAV only)."
    )
    scope: Scope = Field(default=Scope.DISTRICT, description="Whom the calendar binds.")
    scope_code: Line | None = Field(default=None, description="Code of the area, team or site; none for the district.")
    username: Username | None = None
    password: Password | None = None
    tentative_blocks: bool = Field(default=True, description="Whether tentatively busy counts as busy.")
    holidays: bool = Field(
        default=False, description="A calendar of holidays: whole days block even where they are marked free."
    )
    refresh_minutes: RefreshMinutes = 15


class CalendarPatch(Incoming):
    """Only the fields to change; null for username and password removes both."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"refresh_minutes": 60}]})

    name: Line | None = None
    address: Address | None = None
    username: Username | None = None
    password: Password | None = None
    tentative_blocks: bool | None = None
    holidays: bool | None = None
    refresh_minutes: RefreshMinutes | None = None


class TroubleOut(Outgoing):
    code: Trouble
    message: Text


class ReadingOut(Outgoing):
    """How far the calendar was read; all moments carry an offset."""

    attempted_at: datetime | None
    succeeded_at: datetime | None
    next_try_at: datetime
    failures: int
    """Attempts in vain since the last success; what was read before stays in force."""
    last_error: TroubleOut | None
    events: int
    """Busy times stored."""
    read_from: datetime | None
    read_until: datetime | None
    """Busy times are known between these two."""
    remarks: list[str]
    """What was odd in the calendar, and how it was taken, in English."""
    remark_texts: list[Text]
    """`remarks` in both languages."""


class DeliveryOut(Outgoing):
    """How far our visits are written into the calendar; all moments carry an offset."""

    pending: int
    """Changes not delivered yet; none is lost, and each is tried until it is."""
    oldest_pending_at: datetime | None
    delivered: int
    """Entries of ours that stand there, as of `checked_at`."""
    conflicts: int
    """Entries that somebody there changed, removed or moved: GET …/conflicts; they are not written over."""
    refused: int
    """Entries that were set aside while others were written: GET …/troubles tells why."""
    checked_at: datetime | None
    """When we last looked whether somebody there changed or removed what we wrote."""
    attempted_at: datetime | None
    succeeded_at: datetime | None
    next_try_at: datetime
    failures: int
    """Attempts in vain since the last success."""
    last_error: TroubleOut | None


class CalendarOut(Outgoing):
    id: int
    district_code: str
    name: str
    kind: CalendarKind
    direction: Direction
    scope: Scope
    scope_code: str | None
    origin: str
    """The address's scheme, host and port; the rest of it may be a secret."""
    username: str | None
    """Null also for readers from outside the district."""
    has_password: bool
    tentative_blocks: bool
    holidays: bool
    """Whether whole days block even where they are marked free."""
    refresh_minutes: int
    reading: ReadingOut
    delivery: DeliveryOut | None
    """Null for a calendar that is only read, and until the first look at it."""
    created_at: datetime
    version: int


class BusyOut(Outgoing):
    """A time at which a calendar says busy."""

    id: int
    scope: Scope
    scope_code: str | None
    starts_at: datetime
    ends_at: datetime
    all_day: bool
    tentative: bool
    summary: str | None
    """Null for private events, and for readers from outside the district."""
    calendar_id: int
    calendar_name: str
    since: datetime
    """When it was first seen at these times."""
