"""What `district.json` of a folder holds: the shapes of requests, together."""

from app.districts.figure_schemas import PlanningFiguresIn
from app.districts.issuing_schemas import DocumentIssuing
from app.districts.models import Document
from app.districts.schemas import DistrictIn, HolidayIn, ReportedFigureIn, TargetIn, WalkInIn
from app.payloads import Day


class DistrictDocument(DistrictIn):
    """`district.json` of an example folder: a district with everything that is said about its targets."""

    class DocumentTarget(TargetIn):
        document: Document

    class DocumentWalkIn(WalkInIn):
        document: Document
        starts_on: Day

    class DocumentHoliday(HolidayIn):
        date: Day

    targets: tuple[DocumentTarget, ...] = ()
    reported_figures: tuple[ReportedFigureIn, ...] = ()
    walk_ins: tuple[DocumentWalkIn, ...] = ()
    holidays: tuple[DocumentHoliday, ...] = ()
    planning_figures: PlanningFiguresIn | None = None
    documents: tuple[DocumentIssuing, ...] = ()
