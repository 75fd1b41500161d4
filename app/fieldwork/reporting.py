"""Takes in reports of what happened at visits: once each, however late, in whatever order, none of them lost."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.models import Role
from app.access.permissions import check_district
from app.access.service import Actor
from app.districts.models import District
from app.errors import AppError, Conflict, FieldProblem, Forbidden, InvalidRequest, NotFound, summary_of
from app.fieldwork.visit_report import ReportedVisit, VisitReport, problems_of
from app.languages import joined, said
from app.schedules.models import Schedule, Visit, VisitResult
from app.schedules.planned_with import PlannedWith
from app.schedules.queries import visits_in_force
from app.schedules.standing_results import is_reported, standing_results
from app.sites.preparations import VisitStage
from app.tables.fields import placed
from app.teams.models import Team

MOST_REPORTS = 1000
_SAID = tuple(
    name
    for name in VisitReport.__dataclass_fields__
    if name not in ("visit_id", "report_id", "corrects", "reported_at")
)
"""What a report says of the visit itself; sent again, only its clock may differ."""


class AnotherResult(Conflict):
    """A report that does not go together with a result known before."""

    def __init__(self, problem: FieldProblem, *, known: VisitResult | None):
        super().__init__(joined(problem.detail, problem.mend), problems=[problem])
        self.known = known


class ResultStands(AnotherResult):
    """The visit has a result already, and the report does not say that it corrects it."""


class ReportIdReused(AnotherResult):
    """Another report came before with the same report_id."""


class NotPublished(Conflict):
    """The visit is of a draft: nobody was told to go."""


class ReportsRefused(InvalidRequest):
    """Some of several reports cannot be taken, so none was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one report: a result, or why there is none."""

    result: VisitResult | None = None
    is_new: bool = False
    refusal: AppError | None = None


def report_visit(session: Session, visit_id: int, report: VisitReport, *, actor: Actor, now: datetime) -> Taken:
    """Take one report. Raises `NotFound`, `Forbidden`, `InvalidRequest`, `ResultStands`, `ReportIdReused`,
    `NotPublished`."""
    code = session.scalar(select(Visit.district_code).where(Visit.id == visit_id))
    if code is None or not actor.may_read(code):
        raise _no_visit(visit_id)
    taken = _Intake(session, session.get_one(District, code), [report], actor=actor, now=now).take(report)
    if taken.refusal is not None:
        raise taken.refusal
    return taken


def report_visits(
    session: Session,
    district: District,
    reports: Sequence[VisitReport | AppError],
    *,
    actor: Actor,
    now: datetime,
    partial: bool,
) -> list[Taken]:
    """Take several reports in their order; one that could not even be read stands as its refusal.

    Unless `partial`, all or none: raises `ReportsRefused` with every problem, each at its `/results/<place>`."""
    readable = [report for report in reports if isinstance(report, VisitReport)]
    intake = _Intake(session, district, readable, actor=actor, now=now)
    taken = [intake.take(report) if isinstance(report, VisitReport) else Taken(refusal=report) for report in reports]
    refused = [(place, outcome.refusal) for place, outcome in enumerate(taken) if outcome.refusal is not None]
    if refused and not partial:
        problems = [problem for place, refusal in refused for problem in _placed(refusal, f"/results/{place}/")]
        raise ReportsRefused(
            said(
                "{refused} of {all} reports cannot be taken, so none was. {first}",
                "{refused} dari {all} laporan tidak dapat diterima, jadi tidak satu pun disimpan. {first}",
                refused=len(refused),
                all=len(reports),
                first=summary_of(problems),
            ),
            problems=problems,
        )
    return taken


def _placed(refusal: AppError, place: str) -> list[FieldProblem]:
    problems = refusal.problems or (FieldProblem(pointer="/", detail=refusal.detail),)
    return [replace(problem, pointer=place + problem.pointer.removeprefix("/")) for problem in problems]


class _Intake:
    """Reports of one district, taken one after the other; what they need to know is read once for all."""

    def __init__(
        self, session: Session, district: District, reports: Iterable[VisitReport], *, actor: Actor, now: datetime
    ):
        self._session, self._district, self._actor, self._now = session, district, actor, now
        reports = list(reports)
        # Two reports of one visit would each find no result; a district's reports are few enough to take turns.
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"results/{district.code}", 0))))
        self._visits = {
            visit.id: (visit, team)
            for visit, team in session.execute(
                select(Visit, Team)
                .join(Team, Team.id == Visit.team_id)
                .where(Visit.district_code == district.code, Visit.id.in_({report.visit_id for report in reports}))
            )
        }
        plans = {visit.schedule_id for visit, _ in self._visits.values()}
        rows = session.execute(select(Schedule.id, Schedule.document).where(Schedule.id.in_(plans)))
        self._documents = {row.id: row.document for row in rows}
        known = session.scalars(
            select(VisitResult).where(
                VisitResult.district_code == district.code,
                VisitResult.report_id.in_({report.report_id for report in reports} | _named(reports)),
            )
        )
        self._by_report = {result.report_id: result for result in known}
        self._standing = standing_results(session, district.code, {visit.uid for visit, _ in self._visits.values()})

    def take(self, report: VisitReport) -> Taken:
        try:
            return self._take(report)
        except AppError as refusal:
            return Taken(refusal=refusal)

    def _take(self, report: VisitReport) -> Taken:
        visit, team = self._visit_of(report)
        known = self._by_report.get(report.report_id)
        if known is not None:
            _refuse_another(known, report, visit)
            return Taken(result=known)
        if visit.published_at is None or visit.planned_with is None:
            detail = said(
                "Visit {visit} is of a draft: nobody was told to go.",
                "Kunjungan {visit} baru konsep: belum ada yang ditugaskan.",
                visit=visit.id,
            )
            raise NotPublished(detail, problems=[FieldProblem(pointer="/visit_id", detail=detail, value=visit.id)])
        facts = PlannedWith.from_json(visit.planned_with)
        reported = ReportedVisit(
            date=visit.date,
            starts_at=visit.starts_at,
            operators=facts.operators,
            shift_minutes=team.shift_end - team.shift_start,
            zone=ZoneInfo(self._district.time_zone),
            document=self._documents[visit.schedule_id],
            is_preparation=visit.stage == VisitStage.PREPARATION,
        )
        if problems := problems_of(report, reported, now=self._now):
            raise InvalidRequest(summary_of(problems), problems=placed(problems, "/"))
        return Taken(result=self._store(report, visit, self._corrected(report, visit)), is_new=True)

    def _visit_of(self, report: VisitReport) -> tuple[Visit, Team]:
        planned = self._visits.get(report.visit_id)
        if planned is None:
            raise _no_visit(report.visit_id)
        check_district(self._actor, self._district.code, write=True)
        if self._actor.role == Role.COORDINATOR and planned[0].team_id != self._actor.team_id:
            detail = said(
                "Visit {visit} is of team {team}; this token reports for its own team only.",
                "Kunjungan {visit} milik tim {team}; token ini hanya melaporkan timnya sendiri.",
                visit=report.visit_id,
                team=planned[1].code,
            )
            raise Forbidden(detail, problems=[FieldProblem(pointer="/visit_id", detail=detail, value=report.visit_id)])
        return planned

    def _corrected(self, report: VisitReport, visit: Visit) -> VisitResult | None:
        """The result that a report takes the place of: the one that stands, and named."""
        standing = self._standing.get(visit.uid)
        named = report.corrects
        if isinstance(named, uuid.UUID):
            earlier = self._by_report.get(named)
            named = 0 if earlier is None else earlier.id
        if (None if standing is None else standing.id) == named:
            return standing
        if standing is None:
            detail = said(
                "Visit {visit} has no result {named} that could be corrected.",
                "Kunjungan {visit} tidak memiliki hasil {named} untuk dikoreksi.",
                visit=visit.id,
                named=report.corrects,
            )
            mend = said(
                "Send the report that it corrects first, or leave 'corrects' out.",
                "Kirim dulu laporan yang dikoreksi, atau kosongkan 'corrects'.",
            )
        else:
            detail = said(
                "Visit {visit} has a result already: number {standing}, {outcome}, {activated} activated.",
                "Kunjungan {visit} sudah memiliki hasil: nomor {standing}, {outcome}, {activated} teraktivasi.",
                visit=visit.id,
                standing=standing.id,
                outcome=standing.outcome,
                activated=standing.activated,
            )
            mend = said(
                'To correct it, send "corrects": {standing}.',
                'Untuk mengoreksinya, kirim "corrects": {standing}.',
                standing=standing.id,
            )
        corrected = report.corrects if report.corrects is None else str(report.corrects)
        raise ResultStands(FieldProblem(pointer="/corrects", detail=detail, value=corrected, mend=mend), known=standing)

    def _store(self, report: VisitReport, visit: Visit, corrected: VisitResult | None) -> VisitResult:
        if corrected is not None:
            corrected.stands = False
            # The index on standing results looks at every row as it is written.
            self._session.flush()
        fields = asdict(report) | {"served": report.served or 0, "activated": report.activated or 0}
        result = VisitResult(
            district_code=visit.district_code,
            visit_id=visit.id,
            visit_uid=visit.uid,
            report_id=report.report_id,
            corrects_id=None if corrected is None else corrected.id,
            stands=True,
            reported_at=report.reported_at,
            received_at=self._now,
            reported_by=self._actor.name,
            **{name: fields[name] for name in _SAID},
        )
        self._session.add(result)
        self._session.flush()
        self._by_report[result.report_id] = result
        self._standing[visit.uid] = result
        access.record(
            self._session,
            self._actor,
            "result.report" if corrected is None else "result.correct",
            f"visit/{visit.id}",
            now=self._now,
            district_code=visit.district_code,
            details={"result": result.id, "outcome": result.outcome, "activated": result.activated}
            | ({} if corrected is None else {"corrects": corrected.id}),
        )
        return result


def _named(reports: Iterable[VisitReport]) -> set[uuid.UUID]:
    return {report.corrects for report in reports if isinstance(report.corrects, uuid.UUID)}


def _no_visit(visit_id: int) -> NotFound:
    detail = said(
        "There is no visit {visit}, or this token does not open it.",
        "Tidak ada kunjungan {visit}, atau token ini tidak membukanya.",
        visit=visit_id,
    )
    return NotFound(detail, problems=[FieldProblem(pointer="/visit_id", detail=detail, value=visit_id)])


def _refuse_another(known: VisitResult, report: VisitReport, visit: Visit) -> None:
    """Raise `ReportIdReused` unless the report is the known one, sent again, perhaps by the number that a later plan
    gives the visit."""
    said_now = asdict(report) | {"served": report.served or 0, "activated": report.activated or 0}
    differing = [name for name in _SAID if getattr(known, name) != said_now[name]]
    if known.visit_uid != visit.uid:
        differing.insert(0, "visit_id")
    if not differing:
        return
    name = differing[0]
    detail = said(
        "The report {report} came before and said otherwise about {name}.",
        "Laporan {report} pernah diterima dengan isi {name} yang berbeda.",
        report=report.report_id,
        name=name,
    )
    mend = said(
        'Give a new report a report_id of its own; to correct this one, send "corrects": {result}.',
        'Beri laporan baru report_id sendiri; untuk mengoreksi yang ini, kirim "corrects": {result}.',
        result=known.id,
    )
    raise ReportIdReused(
        FieldProblem(pointer="/report_id", detail=detail, value=str(report.report_id), mend=mend), known=known
    )


def results_of(session: Session, visit: Visit) -> Sequence[VisitResult]:
    """Every result of a visit, in whatever plan it was reported: the first report first, the standing one last."""
    return session.scalars(
        select(VisitResult)
        .where(VisitResult.district_code == visit.district_code, VisitResult.visit_uid == visit.uid)
        .order_by(VisitResult.id)
    ).all()


def missing_results(
    session: Session, district_code: str, *, now: datetime, team_id: int | None, after_id: int, limit: int
) -> Sequence[Visit]:
    """Visits in force that are over and of which nobody has reported, by id."""
    query = _over_and_unreported(district_code, now=now).where(Visit.id > after_id)
    if team_id is not None:
        query = query.where(Visit.team_id == team_id)
    return session.scalars(query.order_by(Visit.id).limit(limit)).all()


def _over_and_unreported(district_code: str, *, now: datetime) -> Select[Visit]:
    return visits_in_force(district_code).where(Visit.ends_at <= now, ~is_reported())


def list_results(
    session: Session, district_code: str, *, team_id: int | None, after_id: int, limit: int
) -> Sequence[VisitResult]:
    """Every result of a district in the order of their arrival, corrected ones included."""
    query = select(VisitResult).where(VisitResult.district_code == district_code, VisitResult.id > after_id)
    if team_id is not None:
        query = query.join(Visit, Visit.id == VisitResult.visit_id).where(Visit.team_id == team_id)
    return session.scalars(query.order_by(VisitResult.id).limit(limit)).all()
