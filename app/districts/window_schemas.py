"""Weekly opening hours in requests and answers."""

from pydantic import BaseModel, Field

from app.payloads import Incoming, WeekdayMask
from app.tables.fields import MinuteIn, MinuteOut, WeekdaysOut


class WindowIn(Incoming):
    weekdays: WeekdayMask = Field(examples=["mon-thu"])
    opens: MinuteIn
    closes: MinuteIn


class WindowOut(BaseModel):
    weekdays: WeekdaysOut
    opens: MinuteOut
    closes: MinuteOut
