"""Which documents a plan serves, who needs them and who can issue them; what makes that impossible is refused here."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.districts.issuing import IssuingFigures
from app.districts.models import Document
from app.errors import Conflict, FieldProblem
from app.languages import Said, said
from app.schedules.runs.need import Need
from app.sites.document_fields import AS_OF, OF_AGE, PEOPLE
from app.sites.service import Candidate
from app.teams.issuing import has_kit, may_draw, may_issue
from app.teams.models import KitPool, Team


class NobodyIssues(Conflict):
    """No team of the district can issue a document that a plan was asked for."""


class NobodyNeeds(Conflict):
    """No site says that anybody there needs a document that a plan was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherDocument:
    """A document that a plan serves besides its own, as it stood when the run began."""

    document: Document
    worth: int
    """Milli-activations of one person."""
    need: Need
    already_planned: int
    figures: IssuingFigures

    @property
    def net_gap(self) -> int:
        """People whom visits have to serve: the gap less what is published and what the counters bring."""
        return max(0, self.need.gap_left(self.already_planned) - self.need.walk_ins)

    def to_json(self) -> dict[str, Any]:
        """As the row of the run keeps it, before there is a plan."""
        return {
            "document": self.document.value,
            "worth": self.worth,
            "target_count": self.need.target_count,
            "activated": self.need.activated,
            "deadline": self.need.deadline.isoformat(),
            "gap": self.need.gap,
            "already_planned": self.already_planned,
            "walk_ins": self.need.walk_ins,
            "net_gap": self.net_gap,
            "expected": None,
        }


def people_with(candidate: Candidate, document: Document) -> int:
    """Who can still be served at a site with a document, before any visit."""
    return candidate.people if document is Document.IKD else candidate.people_by_document.get(document, 0)


def figure_day(candidate: Candidate, document: Document) -> date:
    """The end of the day up to which the figure of a document at a site counts; `date.min` where nobody says a day."""
    if candidate.prepared is not None and document is Document.IKD:
        return candidate.prepared.last
    if document in candidate.assumed_as_of:
        return candidate.assumed_as_of[document]
    name = "already_activated" if document is Document.IKD else PEOPLE[document]
    day: date | None = getattr(candidate.site, AS_OF[name])
    return day or date.min


def refuse_without_people(
    candidates: Iterable[Candidate], document: Document, *, district_code: str, pointer: str
) -> None:
    """Raise `NobodyNeeds` unless some site says that people there need a further document."""
    if document is Document.IKD or any(candidate.people_by_document.get(document) for candidate in candidates):
        return
    raise NobodyNeeds(
        said(
            "No site of district {district} has anybody to serve with {document}: without people there is nothing to "
            "plan for.",
            "Tidak ada lokasi di {district} yang punya orang untuk dilayani dengan {document}: tanpa orang tidak ada "
            "yang dapat direncanakan.",
            district=district_code,
            document=document.value,
        ),
        problems=[
            FieldProblem(
                pointer=pointer,
                detail=said("Nobody is known to need it.", "Belum diketahui siapa yang memerlukannya."),
                value=document.value,
                mend=said(
                    "Say at the sites how many people need it ({field}); or of the district how many are of the age, "
                    "PUT …/documents/{document}, and at sites other than villages how many of them are "
                    "there ({of_age}).",
                    "Isi pada lokasi berapa orang yang memerlukannya ({field}); atau untuk daerah berapa orang pada "
                    "umur itu, PUT …/documents/{document}, dan pada lokasi selain desa berapa dari mereka yang ada di "
                    "sana ({of_age}).",
                    document=document.value,
                    field=PEOPLE[document],
                    of_age=OF_AGE[document],
                ),
            )
        ],
    )


def refuse_without_issuers(
    teams: Sequence[Team],
    document: Document,
    figures: IssuingFigures | None,
    *,
    pools: Sequence[KitPool],
    dates: Collection[date],
    pointer: str,
) -> None:
    """Raise `NobodyIssues` unless some team may issue a document and has, or may draw from `pools` on some of `dates`,
    what that takes; `figures` None: IKD."""
    allowed = [team for team in teams if may_issue(team, document)]
    if any(
        figures is None or has_kit(team, figures.kit) or may_draw(team, pools, dates).get(figures.kit.value)
        for team in allowed
    ):
        return
    kit = None if figures is None else figures.kit.value
    raise NobodyIssues(
        _nobody(len(teams), len(allowed), document, kit),
        problems=[
            FieldProblem(
                pointer=pointer,
                detail=said("No team can issue it.", "Tidak ada tim yang dapat melayaninya."),
                value=document.value,
                mend=said("Let a team issue it: documents of the team.", "Tambahkan pada documents sebuah tim.")
                if not allowed
                else said(
                    "Give one of these teams the kit {kit}: kits of the team.",
                    "Tambahkan perlengkapan {kit} pada kits salah satu tim itu.",
                    kit=str(kit),
                ),
            )
        ],
    )


def _nobody(count: int, allowed: int, document: Document, kit: str | None) -> Said:
    if not allowed:
        return said(
            "None of the {count} teams may issue {document}.",
            "Tidak satu pun dari {count} tim boleh melayani {document}.",
            count=count,
            document=document.value,
        )
    return said(
        "{document} takes the kit {kit}, and none of the {allowed} teams that may issue it carries one.",
        "{document} memerlukan perlengkapan {kit}, dan tidak satu pun dari {allowed} tim yang boleh melayaninya "
        "membawanya.",
        document=document.value,
        kit=str(kit),
        allowed=allowed,
    )
