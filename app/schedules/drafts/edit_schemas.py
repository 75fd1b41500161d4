"""What edits of drafts look like over HTTP: acts on one visit, and on a whole trip."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints, model_validator

from app.languages import said
from app.payloads import Day, Incoming
from app.schedules.drafts.applying import AnyEdit
from app.schedules.drafts.edits import Edit, EditOp
from app.schedules.drafts.trip_edits import GivenNight, GivenRide, GivenVisit, TripEdit, TripOp
from app.tables.fields import MinuteIn, MinuteOut

MOST_OF_A_TRIP = 100
"""Nights, rides or visits of one edit."""
Code = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class NightIn(Incoming):
    """Where the team sleeps after one date of a trip."""

    on: Day = Field(alias="date")
    lodging: Code = Field(description="Its code.")


class TripVisitIn(Incoming):
    """A visit to make on a trip; where no way but a boat or plane leads to it, one is taken."""

    on: Day = Field(alias="date")
    site: Code = Field(description="Its code.")
    starts_at: MinuteIn | None = Field(default=None, description="Left out: where it fits the rest of the day best.")
    service_minutes: int | None = Field(default=None, ge=1, le=1440, description="Left out: as of `add`.")


class TripRideIn(Incoming):
    """A boat or plane that a trip takes."""

    on: Day = Field(alias="date")
    connection: Code = Field(description="Its code.")
    starts_at: MinuteIn | None = Field(
        default=None, description="Left out: as early as the day allows; another hour is found where this one is none."
    )


class EditIn(Incoming):
    """One act of the hand: on a visit, named by its team, date and site, or on a trip, named by its team and date."""

    op: EditOp | TripOp = Field(
        description="`place` puts a visit on another team's day (`to_team`, `to_date`) or at another time; `add` puts "
        "a site on the day of `team` and `date`; `retime` gives other times; a pinned visit moves only once unpinned. "
        "`send` sends a team away from `date` until `until`, `change_trip` gives the trip of `team` on `date` another "
        "end, other lodgings, rides or more visits, `move_trip` lets it begin on `to_date`, with its visits so many "
        "days earlier or later, `call_off` drops it with its visits."
    )
    site: Code | None = Field(default=None, description="Code of the site; of a trip left out.")
    team: Code | None = Field(default=None, description="Code of the team. `add` with `dry_run` may leave it out.")
    on: Day | None = Field(default=None, alias="date", description="`add` with `dry_run` may leave it out.")
    to_team: Code | None = Field(default=None, description="`place`: left out, the same team.")
    to_date: Day | None = Field(
        default=None, description="`place`: left out, the same date. `move_trip`: the new first date of the trip."
    )
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
    until: Day | None = Field(
        default=None,
        description="`send`: the date on which the team is back (left out: the same day, over boats); `change_trip`: "
        "another one.",
    )
    lodging: Code | None = Field(
        default=None, description="Code of the lodging of all nights that `nights` leaves out."
    )
    nights: list[NightIn] | None = Field(
        default=None,
        max_length=MOST_OF_A_TRIP,
        description="The lodging of single nights. `change_trip`: nights that neither names stay, and those added are "
        "at the lodging of the night before.",
    )
    visits: list[TripVisitIn] | None = Field(default=None, max_length=MOST_OF_A_TRIP)
    rides: list[TripRideIn] | None = Field(
        default=None, max_length=MOST_OF_A_TRIP, description="Left out: those that lead to beds and visits, and home."
    )
    makes_room: bool | None = Field(
        default=None,
        description="True: visits of the team on these dates for which the trip has no room leave the plan. Otherwise "
        "they stay, and the answer names the rules that they break.",
    )

    @model_validator(mode="after")
    def _fits_the_op(self) -> "EditIn":
        if isinstance(self.op, TripOp):
            self._fits_a_trip()
        else:
            self._fits_a_visit()
        return self

    def _fits_a_trip(self) -> None:
        of_visits = (self.site, self.to_team, self.starts_at, self.service_minutes)
        if any(value is not None for value in of_visits):
            raise ValueError(
                said(
                    "an edit of a trip names no site and no hour: put visits into 'visits'",
                    "suntingan perjalanan tidak menyebut lokasi dan jam: isi kunjungan dalam 'visits'",
                )
            )
        if (self.op is TripOp.MOVE_TRIP) != (self.to_date is not None):
            raise ValueError(
                said(
                    "'move_trip' gives 'to_date', the new first date; no other edit of a trip does",
                    "'move_trip' mengisi 'to_date', tanggal berangkat yang baru; suntingan perjalanan lain tidak",
                )
            )
        if self.op is TripOp.MOVE_TRIP and any(value is not None for value in self._of_trips[:-1]):
            raise ValueError(
                said(
                    "'move_trip' takes 'team', 'date', 'to_date' and 'makes_room' alone: change the trip in an edit of "
                    "its own",
                    "'move_trip' hanya memakai 'team', 'date', 'to_date', dan 'makes_room': ubah perjalanannya dalam "
                    "suntingan tersendiri",
                )
            )
        if self.op is TripOp.CALL_OFF and any(value is not None for value in self._of_trips):
            raise ValueError(
                said("'call_off' takes 'team' and 'date' alone", "'call_off' hanya memakai 'team' dan 'date'")
            )
        if self.team is None or self.on is None:
            raise ValueError(said("give 'team' and 'date'", "isi 'team' dan 'date'"))

    @property
    def _of_trips(self) -> tuple[object, ...]:
        return self.until, self.lodging, self.nights, self.visits, self.rides, self.makes_room

    def _fits_a_visit(self) -> None:
        if any(value is not None for value in self._of_trips):
            raise ValueError(
                said(
                    "only edits of trips give nights, rides and visits of a trip",
                    "hanya suntingan perjalanan yang mengisi malam, tumpangan, dan kunjungan perjalanan",
                )
            )
        if self.site is None:
            raise ValueError(said("give 'site'", "isi 'site'"))
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

    def to_edit(self) -> AnyEdit:
        assert self.team is not None  # the endpoint refuses an open edit
        assert self.on is not None
        if isinstance(self.op, TripOp):
            return self._trip_edit(self.op, self.team, self.on)
        assert self.site is not None  # a visit has one
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

    def _trip_edit(self, op: TripOp, team: str, day: date) -> TripEdit:
        rides = self.rides
        return TripEdit(
            op=op,
            team=team,
            day=day,
            until=self.until,
            to_day=self.to_date,
            lodging=self.lodging,
            nights=tuple(GivenNight(day=night.on, lodging=night.lodging) for night in self.nights or ()),
            visits=tuple(
                GivenVisit(day=visit.on, site=visit.site, start=visit.starts_at, minutes=visit.service_minutes)
                for visit in self.visits or ()
            ),
            rides=None
            if rides is None
            else tuple(GivenRide(day=ride.on, connection=ride.connection, start=ride.starts_at) for ride in rides),
            makes_room=bool(self.makes_room),
        )


class NightOfTripOut(BaseModel):
    """Where the team sleeps after one date of a trip."""

    date: date
    lodging: str


class VisitOfTripOut(BaseModel):
    """A visit that an edit of a trip makes."""

    date: date
    site: str
    starts_at: MinuteOut | None = None
    service_minutes: int | None = None


class RideOfTripOut(BaseModel):
    """A boat or plane that an edit of a trip takes."""

    date: date
    connection: str
    starts_at: MinuteOut | None = None


class EditOut(BaseModel):
    """An edit as it can be sent."""

    op: EditOp | TripOp
    team: str
    date: date
    site: str | None = Field(default=None, description="Null of an edit of a trip.")
    to_team: str | None = None
    to_date: Day | None = None
    starts_at: MinuteOut | None = None
    service_minutes: int | None = None
    until: Day | None = None
    lodging: str | None = None
    nights: Sequence[NightOfTripOut] | None = None
    visits: Sequence[VisitOfTripOut] | None = None
    rides: Sequence[RideOfTripOut] | None = None
    makes_room: bool | None = None
