"""Finds, after each run and in the background, why every site is in the plan or not."""

import contextlib
import gzip
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Engine, delete, func, insert, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, undefer

from app.calendars.rounds import alone, wait_after
from app.schedules.models import RunStatus, Schedule
from app.schedules.questions.explanations import ExplanationOut, plain_answer, remark_about, solved_answer
from app.schedules.questions.plain_reasons import SiteStanding, plain_reasons
from app.schedules.questions.turns import digest_of
from app.schedules.reasons.models import PlanReasons, SiteReason
from app.schedules.runs.gateway import KnownSite, sites_in_instance
from app.schedules.runs.process import SolverCommand, SolverFailed, solver_environment
from app.sites.models import Site
from app.words import Text

log = structlog.get_logger(__name__)

MENDING_SECONDS = 60
"""Time for the rest of the plan to be mended around the sites that are forced in; those after it are not mended."""
TOTAL_SECONDS = 600
"""Sites whose price is not known by then are left to whoever asks for one of them."""
_PATIENCE = timedelta(seconds=TOTAL_SECONDS + 180)
_REFUSED = 1
"""Exit status of the solver for a plan that breaks rules, as a draft edited by hand may."""
_NICENESS = 19
"""Runs and answers go first."""
_REST = timedelta(seconds=60)
"""Between two looks at a plan that is being edited."""
_FIRST_RETRY = timedelta(minutes=1)
_OLDEST = timedelta(days=30)
"""Drafts that ended earlier are not looked at: nobody publishes them any more."""


_FILES = (undefer(Schedule.instance_json), undefer(Schedule.plan_json))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One schedule as it was read."""

    schedule_id: int
    district_code: str
    version: int
    digest: str
    instance: bytes
    plan: bytes
    plain: Mapping[int, ExplanationOut]
    site_ids: Mapping[str, int]
    remarks: Mapping[str, Text]
    known: Mapping[str, KnownSite]


class _BreaksRules(Exception):
    """The plan has no reasons until it is mended."""


class ReasonFinder:
    """The finding of reasons in one worker process."""

    def __init__(self, engine: Engine, command: SolverCommand, *, random: Callable[[], float]):
        self._engine = engine
        self._command = command
        self._random = random
        self._child: subprocess.Popen[bytes] | None = None
        self._is_over = False

    def find_due(self, now: datetime) -> None:
        """Find the reasons of one plan that has none yet, published ones first, then the newest; one worker a plan."""
        with Session(self._engine) as session:
            due = _due(session, now)
        for schedule_id in due:
            with alone(self._engine, "jemput reasons", schedule_id) as is_ours:
                if is_ours:
                    self._find(schedule_id, now)
                    return

    def end(self) -> None:
        """Leave the finding under way to the next worker."""
        self._is_over = True
        child = self._child
        if child is not None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()

    def _find(self, schedule_id: int, now: datetime) -> None:
        with Session(self._engine) as session:
            schedule = session.get(Schedule, schedule_id, options=_FILES)
            if schedule is None or not _needs_reasons(session, schedule, now):
                session.commit()
                return
            question = _read(session, schedule)
        try:
            answers = self._ask(question)
        except _BreaksRules as error:
            with Session(self._engine) as session, session.begin():
                # Nothing to try again: another version of the plan will be looked at.
                _keep(session, question, version=question.version, failures=1, fault=str(error), next_at=now)
            return
        except SolverFailed as error:
            if self._is_over:
                return
            log.warning("reasons not found", schedule_id=schedule_id, reason=str(error))
            with Session(self._engine) as session, session.begin():
                _note_failure(session, question, str(error), now=now, random=self._random)
            return
        with Session(self._engine) as session, session.begin():
            _store(session, question, answers, now=now)

    def _ask(self, question: _Asked) -> list[dict[str, Any]]:
        """The solver's explanations; raises `SolverFailed`. The child ends with this process, too."""
        self._command.scratch_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._command.scratch_dir, prefix="reasons-") as name:
            folder = Path(name)
            (folder / "instance.json.gz").write_bytes(question.instance)
            (folder / "plan.json").write_bytes(gzip.decompress(question.plan))
            with (
                (folder / "answers.json").open("wb") as answers,
                (folder / "complaints.txt").open("wb") as complaints,
                subprocess.Popen(
                    [
                        *(*self._command.argv, "explain", str(folder / "instance.json.gz"), str(folder / "plan.json")),
                        *("--json", "--supervised", "--threads=1"),
                        *(f"--seconds={MENDING_SECONDS}", f"--total-seconds={TOTAL_SECONDS}"),
                    ],
                    stdin=subprocess.PIPE,
                    stdout=answers,
                    stderr=complaints,
                    env=solver_environment(),
                ) as child,
            ):
                self._child = child
                if self._is_over:
                    child.kill()
                try:
                    with contextlib.suppress(ProcessLookupError):
                        os.setpriority(os.PRIO_PROCESS, child.pid, _NICENESS)
                    child.wait(timeout=_PATIENCE.total_seconds())
                except subprocess.TimeoutExpired as error:
                    raise SolverFailed(f"The solver did not explain the plan within {_PATIENCE}.") from error
                finally:
                    self._child = None
                    child.kill()
            if child.returncode == _REFUSED:
                raise _BreaksRules("A plan that breaks rules is not compared with any other.")
            if child.returncode != 0:
                last_words = (folder / "complaints.txt").read_text(errors="replace").strip()[-300:]
                raise SolverFailed(f"The solver gave no reasons (exit status {child.returncode}). {last_words}")
            explanations: list[dict[str, Any]] = json.loads((folder / "answers.json").read_bytes())
            return explanations


def _due(session: Session, now: datetime) -> Sequence[int]:
    """A few schedules with a plan that was not looked at, in the order of their turns."""
    looked_at = PlanReasons
    return session.scalars(
        select(Schedule.id)
        .outerjoin(looked_at, looked_at.schedule_id == Schedule.id)
        .where(
            Schedule.plan_json.is_not(None),
            Schedule.instance_json.is_not(None),
            Schedule.run_status.in_([RunStatus.SUCCEEDED, RunStatus.CANCELLED]),
            Schedule.superseded_at.is_(None),
            or_(Schedule.published_at.is_not(None), Schedule.finished_at > now - _OLDEST),
            or_(looked_at.schedule_id.is_(None), looked_at.version != Schedule.version),
            or_(looked_at.next_at.is_(None), looked_at.next_at <= now),
        )
        .order_by(Schedule.published_at.is_(None), Schedule.finished_at.desc(), Schedule.id)
        .limit(20)
    ).all()


def _read(session: Session, schedule: Schedule) -> _Asked:
    """All that the database tells of a finished schedule."""
    assert schedule.instance_json is not None  # what is due has both files
    assert schedule.plan_json is not None
    known = sites_in_instance(schedule.instance_json)
    sites = session.scalars(select(Site).where(Site.district_code == schedule.district_code)).all()
    plain = plain_reasons(session, schedule, sites, known)
    remarks = {
        site.code: remark
        for site in sites
        if site.code in known and (remark := remark_about(schedule, site, known[site.code].dates)) is not None
    }
    return _Asked(
        schedule_id=schedule.id,
        district_code=schedule.district_code,
        version=schedule.version,
        digest=digest_of(schedule.plan_json),
        instance=schedule.instance_json,
        plan=schedule.plan_json,
        plain={site.id: plain_answer(schedule.id, site, reason=plain[site.id]) for site in sites if site.id in plain},
        site_ids={site.code: site.id for site in sites},
        remarks=remarks,
        known=known,
    )


def _needs_reasons(session: Session, schedule: Schedule, now: datetime) -> bool:
    """Whether the plan is another than the one whose reasons are stored; the same is noted as looked at."""
    if schedule.instance_json is None or schedule.plan_json is None:
        return False
    looked_at = session.get(PlanReasons, schedule.id)
    if looked_at is None or looked_at.plan_digest != digest_of(schedule.plan_json):
        return True
    looked_at.version, looked_at.next_at = schedule.version, now
    return False


def _note_failure(
    session: Session, question: _Asked, fault: str, *, now: datetime, random: Callable[[], float]
) -> None:
    before = session.scalar(select(PlanReasons.failures).where(PlanReasons.schedule_id == question.schedule_id)) or 0
    failures = before + 1
    _keep(
        session,
        question,
        # A version that never was: the schedule stays due.
        version=-1,
        failures=failures,
        fault=fault,
        next_at=now + wait_after(failures, first=_FIRST_RETRY, random=random),
    )


def _store(session: Session, question: _Asked, answers: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    """Put the reasons of this plan in place of those of the one before."""
    answer_of = dict(question.plain)
    for answer in answers:
        site_id = question.site_ids.get(answer["site"])
        if site_id is not None and site_id not in answer_of:
            remark = question.remarks.get(answer["site"])
            answer_of[site_id] = solved_answer(answer, schedule_id=question.schedule_id, site_id=site_id, remark=remark)
    mine = SiteReason.schedule_id == question.schedule_id
    session.execute(delete(SiteReason).where(mine))
    # A site that went meanwhile needs no reason any more.
    still = set(session.scalars(select(Site.id).where(Site.district_code == question.district_code)))
    rows = [
        {
            "schedule_id": question.schedule_id,
            "site_id": site_id,
            "district_code": question.district_code,
            "standing": answer.standing,
            "reason": answer.rule if answer.standing is SiteStanding.IMPOSSIBLE and answer.rule else answer.standing,
            "activations_lost": None if answer.forced is None else answer.forced.activations_lost,
            "value_lost_milli": None if answer.forced is None else answer.forced.value_lost_milli,
            "answer": answer.model_dump(mode="json"),
        }
        for site_id, answer in answer_of.items()
        if site_id in still
    ]
    if rows:
        session.execute(insert(SiteReason), rows)
    unpriced = sum(code in question.known and site_id not in answer_of for code, site_id in question.site_ids.items())
    _keep(
        session,
        question,
        version=question.version,
        plan_digest=question.digest,
        found_at=func.clock_timestamp(),
        unpriced=unpriced,
        failures=0,
        fault=None,
        next_at=now + _REST,
    )


def _keep(session: Session, question: _Asked, **columns: Any) -> None:
    session.execute(
        upsert(PlanReasons)
        .values(schedule_id=question.schedule_id, district_code=question.district_code, **({"unpriced": 0} | columns))
        .on_conflict_do_update(index_elements=[PlanReasons.schedule_id], set_=columns)
    )
