"""Travel entries over HTTP: boats, planes, mud and whatever else a straight line does not tell."""

from functools import partial

from app.districts.coded_routes import CodedThings, Descriptions, coded_router
from app.travel.entries import TRAVEL_ENTRIES, fields_of
from app.travel.models import TravelEntry
from app.travel.places import Places, places_of
from app.travel.schemas import TravelEntryIn, TravelEntryOut, TravelEntryPatch
from app.travel.values import values_of


def _out(entry: TravelEntry, places: Places) -> TravelEntryOut:
    values = values_of(fields_of(entry, places))
    return TravelEntryOut(id=entry.id, district_code=entry.district_code, version=entry.version, **values)


router = coded_router(
    CodedThings(
        kind=TRAVEL_ENTRIES,
        path="travel-entries",
        new=TravelEntryIn,
        patch=TravelEntryPatch,
        out=TravelEntryOut,
        showing=lambda session, code: partial(_out, places=places_of(session, code)),
        says=Descriptions(
            nouns="travel entries",
            lists="Boats, planes, mud: minutes and metres between two places that no straight line tells, as they were "
            "entered.",
            creates="Say how one gets from a place to another; the next plan goes by it, visits already published do "
            "not move.",
            matched="Rows are matched by `code`; a sheet without codes gets them from its places. Entries that the "
            "file does not name\nstay.",
            changes="Change the fields that the body names.",
            deletes=None,
        ),
    ),
    tag="travel",
)
