"""Where a visit could go on the board of a draft, each way with its price, and as edits that would do it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.service import Actor
from app.schedules.drafts.applying import AnyEdit
from app.schedules.drafts.edits import Edit, EditOp, edits_between
from app.schedules.drafts.service import Figures, Head, figures_of
from app.schedules.drafts.trip_changes import trip_changes
from app.schedules.drafts.trip_offers import OfferedTrip, offered_rides, offered_trip
from app.schedules.drafts.trip_words import trip_change_in_words
from app.schedules.models import Schedule
from app.schedules.questions.resident import Resident
from app.schedules.questions.turns import Asker, PlanFiles
from app.schedules.runs.drafting import (
    ChangedVisit,
    DraftPlan,
    Version,
    Visit,
    changed_visits,
    instance_with_pins,
    is_away,
    key_of,
    plan_file,
    tried,
    visits_of,
    with_visits,
)
from app.words import Text

SENDS = "sends"
"""The kind of a way that no plan takes without being asked: a new trip."""
OTHER_RIDES = "other_rides"
"""Likewise: on a date of a trip, over other boats or planes than it has."""
_RULES_OF_RIDES = frozenset({"no_way", "ride_missed", "arrives_late", "shift_end", "break_missed"})
"""Rules against a date of a trip that other boats may keep."""
_MOST_RIDDEN = 60
"""Cells of one board for which other boats are looked for: each is a plan that is judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One way to have the visit there."""

    kind: str
    """`fits`, `retimed`, `shortened`, `changes_places`, `pushes_out`, `moved`, or where nothing else would do
    `other_rides`, on a date of a trip, and `sends`: the team goes on a new trip."""
    figures: Figures
    """After, less before."""
    lost_activations: int
    """What the other visits lose."""
    disturbed: int
    """Visits that are not as they were."""
    edits: tuple[AnyEdit, ...]
    changed: tuple[ChangedVisit, ...]
    sentences: tuple[Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """The first rule against a team-day."""

    team: str
    date: date
    rule: str
    text: Text | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The best way to have the visit on one team-day, or the first rule against it."""

    team: str
    date: date
    kind: str | None
    figures: Figures | None
    disturbed: int | None
    rule: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Every cell for one visit."""

    cells: tuple[Cell, ...]
    rules: Mapping[str, Text]
    """The rules against cells, each as a part of a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the solver is asked about a draft; nothing of it holds a session."""

    version: Version
    head: Head
    files: PlanFiles
    asker: Asker
    site: str
    visit: Mapping[str, Any] | None
    """Which one goes; None: one is added."""
    to: tuple[str, date] | None
    """One cell; None: all of the board."""
    minutes: int | None
    fixed: tuple[Mapping[str, Any], ...]
    first_date: date


def question(
    session: Session,
    head: Head,
    *,
    op: EditOp,
    site: str,
    named: tuple[str, date] | None,
    to: tuple[str, date] | None,
    minutes: int | None,
    actor: Actor,
) -> Question:
    """The question where a visit (`named`: its team and date; None: a new one) could go."""
    draft = head.version.draft
    kept = {key_of(visit) for visit in draft.pinned} | set(head.settled.reported)
    fixed = [visit for visit in draft.visits if key_of(visit) in kept or head.settled.is_over(visit.date, visit.start)]
    going = None
    if op is EditOp.PLACE and named is not None:
        going = next((visit for visit in draft.visits if key_of(visit) == (*named, site)), None)
    content = session.scalar(select(Schedule.instance_json).where(Schedule.id == head.schedule.id))
    assert content is not None  # a draft has the problem of its plan
    return Question(
        version=head.version,
        head=head,
        files=PlanFiles(instance=instance_with_pins(head.problem, draft, content), plan=plan_file(head.problem, draft)),
        asker=Asker(district_code=head.schedule.district_code, token_id=actor.token_id),
        site=site,
        visit=None if going is None else going.to_json(),
        to=to,
        minutes=minutes,
        fixed=tuple(visit.to_json() for visit in fixed),
        first_date=first_open_date(head.settled.until.astimezone(head.settled.zone)),
    )


def first_open_date(settled_until: datetime) -> date:
    """The first date that the planning core may touch, which knows no hour: a day that has begun is not among them.

    `settled_until`: what begins before this local moment moves no more."""
    is_whole = (settled_until.hour, settled_until.minute) == (0, 0)
    return settled_until.date() if is_whole else settled_until.date() + timedelta(days=1)


async def ask_board(resident: Resident, question: Question) -> Board:
    """Every team-day of the board; raises what `Resident.cells` raises."""
    answer = await resident.cells(
        question.files,
        asker=question.asker,
        site=question.site,
        visit=question.visit,
        minutes=question.minutes,
        fixed=question.fixed,
        first_date=question.first_date,
    )
    cells = tuple(
        Cell(
            team=cell["team"],
            date=date.fromisoformat(cell["date"]),
            kind=cell["kind"],
            figures=None
            if cell["kind"] is None
            else Figures(activations=cell["activations"], cost=cell["cost"], value_milli=cell["value_milli"]),
            disturbed=None if cell["kind"] is None else cell["disturbed"],
            rule=cell["rule"],
        )
        for cell in answer["cells"]
    )
    board = Board(
        cells=cells, rules={rule: Text(id=said["id"], en=said["en"]) for rule, said in answer["rules"].items()}
    )
    return await asyncio.to_thread(_with_other_rides, question, board)


def _with_other_rides(question: Question, board: Board) -> Board:
    """The board with the ways over other boats where those of a trip lead nowhere, for its first such cells."""
    head = question.head
    away = [
        cell
        for cell in board.cells
        if cell.rule in _RULES_OF_RIDES and is_away(head.problem, head.version.draft, cell.team, cell.date)
    ]
    ridden: dict[tuple[str, date], Cell] = {}
    for cell in away[:_MOST_RIDDEN]:
        way = _by_other_rides(question, (cell.team, cell.date))
        if way is not None:
            ridden[cell.team, cell.date] = replace(
                cell, kind=way.kind, figures=way.figures, disturbed=way.disturbed, rule=None
            )
    return replace(board, cells=tuple(ridden.get((cell.team, cell.date), cell) for cell in board.cells))


async def ask_cell(resident: Resident, question: Question) -> dict[str, Any]:
    """The solver's own answer about one team-day (`options_of` reads it); raises what `Resident.place` raises."""
    assert question.to is not None
    team, day = question.to
    return await resident.place(
        question.files,
        asker=question.asker,
        site=question.site,
        to_team=team,
        to_date=day,
        visit=question.visit,
        minutes=question.minutes,
        fixed=question.fixed,
        first_date=question.first_date,
    )


def options_of(question: Question, answer: Mapping[str, Any]) -> tuple[Option, ...]:
    """Each way as edits, at the price that the edits will have."""
    before = question.version.draft
    options = []
    for option in answer["options"]:
        after = with_visits(question.head.problem, before, _visits_after(question, option))
        options.append(
            Option(
                kind=option["kind"],
                figures=_price(question, option, after),
                lost_activations=option["lost_activations"],
                disturbed=option["disturbed"],
                edits=edits_between(before.visits, after.visits),
                changed=changed_visits(before.visits, after.visits),
                sentences=tuple(Text(id=sentence["id"], en=sentence["en"]) for sentence in option["sentences"]),
            )
        )
    if options or question.to is None:
        return tuple(options)
    other = _by_other_rides(question, question.to)
    if other is None and answer.get("trip"):
        other = _by_trip(question, answer["trip"])
    return () if other is None else (other,)


def _by_trip(question: Question, trip: Mapping[str, Any]) -> Option | None:
    """The way that sends the team on a new trip; None if the draft leaves no room for it."""
    going = _going(question)
    offered = offered_trip(question.head, trip, going=going)
    return None if offered is None else _offered(question.head.version, offered, kind=SENDS, going=going)


def _by_other_rides(question: Question, to: tuple[str, date]) -> Option | None:
    """The way over other boats of the trip that a team is on; None if it is on none, or no boats lead there."""
    going, (team, day) = _going(question), to
    edit = (
        Edit(op=EditOp.ADD, team=team, day=day, site=question.site, minutes=question.minutes)
        if going is None
        else Edit(
            op=EditOp.PLACE,
            team=going.team,
            day=going.date,
            site=going.site,
            to_team=team,
            to_day=day,
            minutes=question.minutes,
        )
    )
    offered = offered_rides(question.head, edit)
    return None if offered is None else _offered(question.head.version, offered, kind=OTHER_RIDES, going=going)


def _going(question: Question) -> Visit | None:
    return None if question.visit is None else visits_of([question.visit])[0]


def _offered(before: Version, offered: OfferedTrip, *, kind: str, going: Visit | None) -> Option:
    after = offered.version
    then, now = figures_of(after.checked), figures_of(before.checked)
    changed = changed_visits(before.draft.visits, after.draft.visits)
    key = key_of(offered.visit)
    own = sum(visit.served for visit in after.checked.visits if (visit.team, visit.date, visit.site) == key)
    was = 0
    if going is not None:
        place = key_of(going)
        was = sum(visit.served for visit in before.checked.visits if (visit.team, visit.date, visit.site) == place)
    return Option(
        kind=kind,
        figures=Figures(
            activations=then.activations - now.activations,
            cost=then.cost - now.cost,
            value_milli=then.value_milli - now.value_milli,
        ),
        lost_activations=own - was - (then.activations - now.activations),
        disturbed=sum(1 for change in changed if change.before is not None and change.before != going),
        edits=offered.edits,
        changed=changed,
        sentences=tuple(trip_change_in_words(trip) for trip in trip_changes(before.checked, after.checked, changed)),
    )


def _price(question: Question, option: Mapping[str, Any], after: DraftPlan) -> Figures:
    """The difference of two verifications: the solver's own, or where demand was learned, those that count on it."""
    if question.head.problem.demand is None:
        price = option["price"]
        return Figures(activations=price["activations"], cost=price["cost"], value_milli=price["value_milli"])
    then, now = figures_of(tried(question.head.problem, after).checked), figures_of(question.version.checked)
    return Figures(
        activations=then.activations - now.activations,
        cost=then.cost - now.cost,
        value_milli=then.value_milli - now.value_milli,
    )


def against_of(answer: Mapping[str, Any]) -> Against | None:
    """The first rule against a cell that has no option."""
    reason = answer["against"]
    if reason is None:
        return None
    sentence = reason.get("sentence")
    return Against(
        team=reason["team"],
        date=date.fromisoformat(reason["date"]),
        rule=reason["rule"],
        text=None if sentence is None else Text(id=sentence["id"], en=sentence["en"]),
    )


def _visits_after(question: Question, option: Mapping[str, Any]) -> Sequence[Visit]:
    days = {(day["team"], date.fromisoformat(day["date"])) for day in option["days"]}
    others = [visit for visit in question.version.draft.visits if (visit.team, visit.date) not in days]
    return [*others, *visits_of([visit for day in option["days"] for visit in day["after"]])]
