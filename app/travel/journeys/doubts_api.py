"""Doubts about lodgings, stations and connections over HTTP."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.access.permissions import Viewer, check_district
from app.database import SessionDep
from app.districts import service as districts
from app.payloads import DistrictCodePath, Outgoing
from app.travel.journeys.doubts import doubts_of
from app.words import Text

router = APIRouter(prefix="/v1", tags=["travel"])


class JourneyDoubtOut(Outgoing):
    """Something that can be of no use as it was entered."""

    code: Literal[
        "nights_without_lodging",
        "lodging_without_nights",
        "departure_outside_shifts",
        "never_runs",
        "runs_on_no_working_day",
        "lodging_in_lonely_zone",
        "lodging_unreachable",
        "lodging_without_way_back",
        "zone_unreachable",
        "zone_without_way_back",
    ]
    thing: Literal["team", "lodging", "connection", "zone"]
    of: str = Field(description="The code of the thing; of a zone its name, empty for places without one.")
    message: Text


class JourneyDoubtList(BaseModel):
    items: list[JourneyDoubtOut]


@router.get("/districts/{code}/journey-doubts")
def list_journey_doubts(code: DistrictCodePath, session: SessionDep, actor: Viewer) -> JourneyDoubtList:
    """What of lodgings, connections, zones and nights no plan can use, and what would mend it; nothing is refused."""
    check_district(actor, code)
    doubts = doubts_of(session, districts.get_district(session, code))
    return JourneyDoubtList(items=[JourneyDoubtOut.model_validate(doubt) for doubt in doubts])
