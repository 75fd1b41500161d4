"""What `jemput plan` and `jemput demo` do: request a schedule, watch its run, publish it, sum it up."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.access.service import COMMAND_LINE
from app.commands import ways_in
from app.commands.folders import load_example
from app.commands.ways_in import DEMO_DISTRICT
from app.districts import service as districts
from app.errors import Conflict
from app.languages import said
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.answers import schedule_out
from app.schedules.models import RunStatus, Schedule
from app.schedules.policies.schemas import PolicyResultOut
from app.schedules.result_schemas import ResultOut, TextOut
from app.schedules.run_words import failure_of
from app.schedules.wish import KindRule, Wish
from app.settings import Settings
from app.sites.models import SiteKind

EXAMPLES = Path(__file__).parents[2] / "examples"
DEMO_WISH = Wish(
    period_start=date(2023, 11, 1),
    period_end=date(2023, 11, 30),
    time_limit_seconds=10,
    seed=1,
    kinds=(KindRule(kinds=("agency", "area_office", "clinic"), end=date(2023, 11, 28)),),
)
"""The request of the README: agencies until the 28th, every kind of site after it."""
_KINDS = re.compile(r"([a-z_]+(?:,[a-z_]+)*)(?: from (\S+))?(?: until (\S+))?")
_POLL_SECONDS = 0.2


class RunFailed(Conflict):
    """The run ended without a plan; the reason says why."""


def read_kind_rule(text: str) -> KindRule:
    """The rule of `agency,clinic from 2023-11-14 until 2023-11-28`; dates may be left out. Raises `ValueError`."""
    matched = _KINDS.fullmatch(text.strip())
    if matched is None:
        raise ValueError(f"{text!r} is no rule; write one like 'agency,clinic until 2023-11-28'.")
    kinds, start, end = matched.groups()
    if unknown := sorted(set(kinds.split(",")) - {kind.value for kind in SiteKind}):
        raise ValueError(f"{unknown[0]!r} is no kind of site; the kinds are {', '.join(SiteKind)}.")
    rule = KindRule(kinds=tuple(sorted(set(kinds.split(",")))), start=_read_date(start), end=_read_date(end))
    if rule.start is not None and rule.end is not None and rule.end < rule.start:
        raise ValueError(f"The rule ends on {rule.end}, before it begins on {rule.start}.")
    return rule


def _read_date(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no date; write one like 2023-11-28.") from error


def load_examples_into_empty_database(sessions: sessionmaker[Session], *, now: datetime, console: Console) -> None:
    """Load every folder of `examples/` that holds a district, unless any district is stored already."""
    with sessions() as session:
        if districts.list_districts(session, COMMAND_LINE, limit=1):
            return
    folders = sorted(description.parent for description in EXAMPLES.glob("*/district.json"))
    with _progress(console) as progress:
        bar = progress.add_task("loading the example districts", total=len(folders), note="")
        for folder in folders:
            progress.update(bar, note=folder.name)
            with sessions.begin() as session:
                load_example(session, folder, now=now)
            progress.advance(bar)


def demo_schedule(sessions: sessionmaker[Session], *, now: datetime, console: Console) -> int:
    """The id of a published November 2023 schedule of Lubuklinggau, made now if there is none yet."""
    with sessions() as session:
        published = session.scalar(
            select(Schedule.id)
            .where(
                Schedule.district_code == DEMO_DISTRICT,
                Schedule.period_start == DEMO_WISH.period_start,
                Schedule.period_end == DEMO_WISH.period_end,
                Schedule.published_at.is_not(None),
            )
            .order_by(Schedule.id.desc())
            .limit(1)
        )
    if published is not None:
        return published
    return plan(sessions, DEMO_DISTRICT, DEMO_WISH, publish=True, now=now, console=console)


def plan(
    sessions: sessionmaker[Session],
    district_code: str,
    wish: Wish,
    *,
    publish: bool,
    now: datetime,
    console: Console,
) -> int:
    """Request a schedule, wait for its run and return its id; raises `RunFailed` if it ends without a plan.

    A worker must be running, here or elsewhere."""
    with sessions.begin() as session:
        district = districts.get_district(session, district_code)
        schedule_id = schedules.request_schedule(session, district, wish, actor=COMMAND_LINE, now=now).id
    _wait(sessions, schedule_id, console=console)
    if publish:
        with sessions.begin() as session:
            schedule = schedules.get_schedule(session, schedule_id, for_update=True)
            publishing.publish(session, schedule, actor=COMMAND_LINE, now=datetime.now(UTC))
    return schedule_id


def _wait(sessions: sessionmaker[Session], schedule_id: int, *, console: Console) -> None:
    with _progress(console) as progress:
        bar = progress.add_task("planning", total=None, note="queued")
        while True:
            with sessions() as session:
                schedule = schedules.get_schedule(session, schedule_id)
            if schedule.run_status in schedules.ENDED:
                break
            stand = schedule.progress or {}
            if stand:
                progress.update(
                    bar,
                    total=schedule.time_limit_seconds,
                    completed=min(stand["elapsed_seconds"], schedule.time_limit_seconds),
                    note=_shown_progress(stand["expected_activations"], stand["upper_bound_activations"]),
                )
            time.sleep(_POLL_SECONDS)
    if schedule.run_status == RunStatus.FAILED:
        raise RunFailed(
            said(
                "The run of schedule {schedule} failed: {reason}",
                "Penyusunan jadwal {schedule} gagal: {reason}",
                schedule=schedule_id,
                reason=failure_of(schedule),
            )
        )


def _shown_progress(activations: int | None, bound: int | None) -> str:
    text = "looking for a first plan" if activations is None else f"{activations:,} activations"
    return text if bound is None else f"{text}, at most {bound:,}"


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TextColumn("{task.fields[note]}"))
    with Progress(*columns, console=console, transient=True) as progress:
        yield progress


def print_summary(sessions: sessionmaker[Session], schedule_id: int, *, console: Console) -> None:
    """Gap, expected activations, proven bound and verdict of a finished schedule."""
    with sessions() as session:
        shown = schedule_out(schedules.get_schedule(session, schedule_id))
        name = districts.get_district(session, shown.district_code).name
    result = shown.result
    if result is None:
        console.print(f"schedule {schedule_id}: no plan ({shown.run_status.value})")
        return
    back_test = ", back-test" if shown.is_back_test else ""
    rows = [
        ("schedule", f"{shown.id}, {shown.stage}{back_test}: {name} ({shown.district_code})"),
        ("dates", f"{shown.first_date} to {shown.period.end}"),
        ("gap", f"{result.gap:,} people still to activate"),
        ("expected", f"{result.expected_activations:,} activations by these visits"),
        ("proven bound", _bound(result)),
        ("verdict", result.verdict_text.id),
        ("", result.verdict_text.en),
        *(() if result.target is None else (("target", result.target.text.id), ("", result.target.text.en))),
        *(("missed", text.id) for text in _missed(result)),
        *(("not visited", site.text.id) for site in shown.unvisitable),
        *_policy(shown.policy),
    ]
    for label, text in rows:
        console.print(f"  [bold]{label:<13}[/]{text}", soft_wrap=True)


def _policy(policy: PolicyResultOut) -> list[tuple[str, str]]:
    """What each level reached, of a plan that was made level by level."""
    if policy.solved == "prices":
        return []
    name = f"{policy.name}, version {policy.version}: {policy.text.id}"
    return [("policy", name), ("", policy.text.en), *(("level", level.text.id) for level in policy.levels)]


def _missed(result: ResultOut) -> list[TextOut]:
    if result.missed is None:
        return []
    missed = result.missed
    return [
        wish.text
        for owed in (missed.floors, missed.must_visits, missed.pins, missed.trips, missed.promises)
        for wish in owed
    ]


def _bound(result: ResultOut) -> str:
    if result.upper_bound_activations is None:
        return "none yet"
    share = 100 * (result.improvable_activations or 0) / max(1, result.upper_bound_activations)
    return f"{result.upper_bound_activations:,} activations: no plan whatever wins more (gap {share:.1f} %)"


def print_way_in(sessions: sessionmaker[Session], settings: Settings, *, now: datetime, console: Console) -> None:
    """Links that open the pages logged in, where the API is, and how to get a token."""
    with sessions.begin() as session:
        links = ways_in.demo_links(session, settings, now=now)
    rows = [
        *((role, f"{link} (opens once)") for role, link in links),
        ("API", f"{settings.base_url}/v1, described at {settings.base_url}/docs"),
        ("a token", f"jemput token --role planner --district {DEMO_DISTRICT}"),
        ("", f"jemput token --role coordinator --district {DEMO_DISTRICT} --team TIM-1"),
        ("stop", "Ctrl-C"),
    ]
    for label, text in rows:
        console.print(f"  [bold]{label:<13}[/]{text}", soft_wrap=True)
