"""What the reported visits of a district teach of each further document: how many minutes one person takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts.issuing import IssuingFigures, issuing_figures
from app.districts.models import FURTHER_DOCUMENTS, District, Document, IssuingKit
from app.districts.planning_figures import planning_figures
from app.estimates.document_pace import ServedWith, SharedMinutes, fit_paces
from app.estimates.evidence import SignalEffect, activated_anywhere, worked_at
from app.estimates.pace import PaceFit
from app.schedules.learning import as_reported, learn_from_results, signal_effect, standing_reports
from app.schedules.models import Visit, VisitResult
from app.schedules.planned_with import PlannedWith
from app.teams.issuing import kits_along
from app.teams.models import Team

NAMES = tuple(document.value for document in FURTHER_DOCUMENTS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DocumentPaces:
    """The pace of every further document, and the visits that teach it."""

    minutes: tuple[SharedMinutes, ...]
    fits: Mapping[str, PaceFit]

    @classmethod
    def of(cls, minutes: tuple[SharedMinutes, ...], of_ikd: PaceFit) -> "DocumentPaces":
        """`of_ikd`: what visits that brought IKD alone teach of it."""
        return cls(minutes=minutes, fits=fit_paces(minutes, NAMES, known={Document.IKD.value: of_ikd}))

    def that_brought(self, document: str) -> list[SharedMinutes]:
        """The visits that teach the pace of a document."""
        return [visit for visit in self.minutes if any(served.document == document for served in visit.served)]


def document_paces(session: Session, district: District, *, until: date | None = None) -> DocumentPaces:
    """What the standing results teach of further documents; `until`: those of visits up to that day only."""
    of_ikd = learn_from_results(session, district, Document.IKD, until=until).pace
    return DocumentPaces.of(shared_minutes(session, district, until=until), of_ikd)


def planned_minutes(pace: PaceFit, stated: int) -> int:
    """Whole minutes of one operator for one person, as plans have them."""
    return max(1, round(pace.summary_together(float(stated)).mean))


def shared_minutes(session: Session, district: District, *, until: date | None = None) -> tuple[SharedMinutes, ...]:
    """What each visit tells of the minutes that its documents take, `until`: of visits up to that day only.

    A visit tells nothing where its report leaves out a document that it was to bring, since nobody knows what of its
    minutes that took; nor do preparations and what follows on them, whose people take less."""
    rules = _Rules(
        takes=issuing_figures(session, district.code),
        signal=signal_effect(planning_figures(session, district.code)),
        team_kits=dict(session.execute(select(Team.id, Team.kits).where(Team.district_code == district.code)).all()),
    )
    rows = session.execute(standing_reports(district.code, until=until))
    visits = (rules.minutes_of(result, visit, document) for result, visit, document in rows)
    return tuple(minutes for minutes in visits if minutes is not None and minutes.tells)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    """What is stated now: results are read anew with it."""

    takes: Mapping[Document, IssuingFigures]
    signal: SignalEffect
    team_kits: Mapping[int, list[str]]

    def minutes_of(self, result: VisitResult, visit: Visit, document: str) -> SharedMinutes | None:
        if visit.stage is not None or not set(visit.expected_further) <= set(result.served_further):
            return None
        facts = PlannedWith.from_json(visit.planned_with or {})
        reported = as_reported(result, visit, facts, invited=0)
        busy, level = reported.busy_minutes, worked_at(reported, signal=self.signal)
        heads = result.served_further | {document: activated_anywhere(reported, resident=facts.resident_share)}
        served = [self._served(name, people, facts, level=level) for name, people in sorted(heads.items()) if people]
        if busy is None or not served or None in served:
            return None
        return SharedMinutes(
            visit=visit.id,
            team=visit.team_id,
            level=level,
            busy_minutes=busy,
            operators=facts.operators,
            with_kit=kits_along(self.team_kits[visit.team_id], visit.day_kits),
            served=tuple(row for row in served if row is not None),
        )

    def _served(self, document: str, people: int, facts: PlannedWith, *, level: int) -> ServedWith | None:
        """None: by what is stated nobody can be served at that signal."""
        figures = self.takes.get(Document(document))
        needs_signal = figures is None or figures.needs_signal
        minutes = float(facts.minutes_per_activation if figures is None else figures.minutes)
        at_signal = self.signal.minutes_per_activation(minutes, level) if needs_signal else minutes
        if at_signal is None:
            return None
        return ServedWith(
            document=document,
            people=people,
            stated_minutes=at_signal,
            kit=None if figures is None or figures.kit is IssuingKit.NONE else figures.kit.value,
            needs_signal=needs_signal,
        )
