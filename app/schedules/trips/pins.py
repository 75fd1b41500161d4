"""A trip that a planner pins: every plan to come keeps it whole, until the pin is taken back."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts.row_locks import take_turns
from app.errors import Conflict, NotFound
from app.languages import said
from app.schedules import service as schedules
from app.schedules.trips.models import Trip
from app.schedules.trips.reading import WholeTrip, whole_trips


class TripNotInPlan(Conflict):
    """The trip was part of the published plan and is not any more."""


def visible_trip(session: Session, trip_id: int, *, actor: Actor) -> WholeTrip:
    """A trip that the actor may see; to a stranger it does not exist (`NotFound`)."""
    wholes = whole_trips(session, select(Trip).where(Trip.id == trip_id))
    if not wholes or not actor.may_read(wholes[0].trip.district_code):
        raise NotFound(
            said(
                "There is no trip {trip}, or this token does not open it. An edit of a draft gives its trips new "
                "numbers: GET /v1/schedules/{{id}}/trips.",
                "Tidak ada perjalanan {trip}, atau token ini tidak membukanya. Penyuntingan draf memberi "
                "perjalanannya nomor baru: GET /v1/schedules/{{id}}/trips.",
                trip=trip_id,
            )
        )
    return wholes[0]


def trip_to_pin(session: Session, trip_id: int, *, actor: Actor) -> WholeTrip:
    """The same, locked. Like every edit, a draft's row is locked first.

    What is published meanwhile is waited for: it would take over the pin of before."""
    trip = visible_trip(session, trip_id, actor=actor).trip
    if schedules.get_schedule(session, trip.schedule_id).draft_version is not None:
        schedules.get_schedule(session, trip.schedule_id, for_update=True)
    take_turns(session, trip.district_code)
    session.get(Trip, trip_id, with_for_update=True, populate_existing=True)
    return visible_trip(session, trip_id, actor=actor)


def set_pinned(session: Session, whole: WholeTrip, *, pinned: bool, actor: Actor, now: datetime) -> WholeTrip:
    """Keep a trip as it is in every plan to come, or let it go; raises `TripNotInPlan`."""
    trip = whole.trip
    schedule = schedules.get_schedule(session, trip.schedule_id)
    if schedule.published_at is not None and not trip.in_force:
        raise TripNotInPlan(
            said(
                "Trip {trip} is not in the published plan any more; GET /v1/schedules/{schedule}/changes and the newer "
                "schedule show what took its place.",
                "Perjalanan {trip} tidak ada lagi dalam rencana terbit; GET /v1/schedules/{schedule}/changes dan "
                "jadwal yang lebih baru menunjukkan penggantinya.",
                trip=trip.id,
                schedule=schedule.id,
            )
        )
    if trip.pinned != pinned:
        trip.pinned = pinned
        access.record(
            session,
            actor,
            "trip.pin" if pinned else "trip.unpin",
            f"trip/{trip.id}",
            now=now,
            district_code=trip.district_code,
        )
    session.flush()
    return whole
