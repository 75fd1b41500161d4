"""What requests and answers about closures look like."""

from pydantic import ConfigDict, Field

from app.payloads import Day, Incoming, Line, Outgoing, WeekdayMask
from app.sites.models import SiteKind
from app.tables.fields import MinuteIn, MinuteOut, WeekdaysOut


class ClosurePatch(Incoming):
    """Only the fields to change; null empties one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"closed_until": "13:30"}]})

    name: Line | None = None
    kind: SiteKind | None = Field(default=None, description="Null: sites of every kind.")
    weekdays: WeekdayMask | None = Field(default=None, examples=["fri"], description="Null: every day of the dates.")
    starts_on: Day | None = None
    ends_on: Day | None = Field(default=None, description="Last date, included; both null: every week without end.")
    closed_from: MinuteIn | None = None
    closed_until: MinuteIn | None = Field(default=None, description="Both null: the whole day.")


class ClosureIn(ClosurePatch):
    """A time at which sites of a kind take no visit: weekly, between two dates, or weekly between two dates."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "Salat Jumat", "weekdays": "fri", "closed_from": "11:30", "closed_until": "13:00"},
                {
                    "name": "Pasar",
                    "kind": "village",
                    "weekdays": "tue",
                    "closed_until": "10:00",
                    "closed_from": "06:00",
                },
                {"name": "Ujian", "kind": "school", "starts_on": "2023-11-27", "ends_on": "2023-12-02"},
            ]
        }
    )

    name: Line


class ClosureOut(Outgoing):
    id: int
    district_code: str
    name: str
    kind: SiteKind | None
    weekdays: WeekdaysOut | None
    starts_on: Day | None
    ends_on: Day | None
    closed_from: MinuteOut | None
    closed_until: MinuteOut | None
    version: int
