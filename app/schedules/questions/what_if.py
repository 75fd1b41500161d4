"""What a schedule's plan could reach with other teams, days, kits or people, and what would be enough."""

import json
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.orm import Session

from app.access.permissions import Planner
from app.access.service import Actor
from app.database import SessionDep
from app.http_conventions import LaterAnswer
from app.payloads import Day, Id, Incoming, Outgoing
from app.schedules import service as schedules
from app.schedules.models import Verdict
from app.schedules.questions.turns import Questions, ask_what_if
from app.schedules.result_schemas import JudgedBy
from app.schedules.runs.gateway import refuse_impossible
from app.schedules.runs.process import SolverCommand
from app.schedules.service import ScheduleNotFinished
from app.words import Text

router = APIRouter(prefix="/v1", tags=["schedules"])

MOST_SECONDS = 120
"""Longest wait for an answer: whoever asks keeps a connection open for it."""
_REFUSALS: dict[int | str, dict[str, Any]] = {
    404: {"description": "No such schedule, or not yours to see."},
    409: {"description": "The run has not begun, so there is nothing to change yet."},
    422: {"description": "A change that cannot be made, with its place; or trials that would take too long."},
    503: {"description": "Another trial is under way; `Retry-After` says when to ask again."},
}


class ScenarioIn(Incoming):
    """What changes, all at once; numbers are more or less than there is."""

    teams: int | None = Field(default=None, ge=-200, le=200, description="Copies of `team`, or the weakest leave.")
    kit: int | None = Field(default=None, ge=-200, le=200, description="Satellite kits.")
    days: int | None = Field(
        default=None, ge=-366, le=366, description="Days after the last date, on the weekdays there are."
    )
    until: Day | None = Field(default=None, description="The deadline, instead of `days`.")
    yield_percent: int | None = Field(
        default=None, ge=-99, le=1000, description="So many percent more activations in the same time."
    )
    people_percent: int | None = Field(
        default=None, ge=-100, le=1000, description="So many percent more people at every site."
    )
    walk_ins: int | None = Field(
        default=None, ge=-100_000, le=100_000, description="Activations a working day at the counters."
    )
    gap: int | None = Field(default=None, ge=-100_000_000, le=100_000_000, description="People still to activate.")

    @model_validator(mode="after")
    def _says_something(self) -> "ScenarioIn":
        given = self.model_dump(exclude_none=True)
        if not given:
            raise ValueError("A scenario changes something: give at least one of its fields.")
        if "days" in given and "until" in given:
            raise ValueError("Give 'days' or 'until', not both.")
        return self

    def changes(self) -> dict[str, str]:
        """By field, the change as the solver's command line writes it."""
        found = {}
        for field, value in self.model_dump(exclude_none=True).items():
            percent = "%" if field.endswith("_percent") else ""
            amount = value.isoformat() if isinstance(value, date) else f"{value:+}{percent}"
            found[field] = f"{field.removesuffix('_percent')}={amount}"
        return found


Copied = Annotated[
    str,
    Field(max_length=64, description="Which team is copied when there are more: `average`, `best`, or a team's code."),
]


class WhatIfIn(Incoming):
    """Scenarios to try, each beside the problem as it is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"scenarios": [{"teams": 1}, {"teams": 2}, {"until": "2023-12-22", "yield_percent": 10}]},
                {"scenarios": [{"kit": 2}, {"walk_ins": 15}], "team": "best", "seconds": 10},
            ]
        },
    )

    scenarios: Annotated[list[ScenarioIn], Field(min_length=1, max_length=10)]
    team: Copied = "average"
    seconds: int = Field(default=5, ge=1, le=60, description="For each trial.")
    seed: int = Field(default=1, ge=0, le=2_147_483_647)

    @model_validator(mode="after")
    def _soon_enough(self) -> "WhatIfIn":
        if self.total_seconds > MOST_SECONDS:
            trials = len(self.scenarios) + 1
            raise ValueError(
                f"{trials} trials of {self.seconds} seconds take longer than {MOST_SECONDS}: give at most "
                f"{MOST_SECONDS // trials} seconds, or fewer scenarios."
            )
        return self

    @property
    def total_seconds(self) -> int:
        """Of all trials, that of the problem as it is included."""
        return self.seconds * (len(self.scenarios) + 1)


Measure = Annotated[
    Literal["teams", "days", "yield"],
    Field(description="`yield`: activations in the same time, in percent of what is expected now."),
]


class EnoughIn(Incoming):
    """How many teams, or how much yield, win what is due; how many days close the gap."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"of": "teams"}, {"of": "days"}, {"of": "yield"}]}
    )

    of: Measure
    team: Copied = "average"
    seconds: int = Field(default=5, ge=1, le=60, description="For each trial at most; one that is decided ends early.")
    total_seconds: int = Field(default=60, ge=1, le=MOST_SECONDS, description="For all trials together.")
    seed: int = Field(default=1, ge=0, le=2_147_483_647)


class TrialOut(Outgoing):
    """What came of one changed problem."""

    scenario: str
    teams: int
    days: int
    ends_on: date | None = Field(description="The last date; null without any.")
    judged_by: JudgedBy = Field(
        description="`period`: by the line to the target at the end of the period, as the run's own verdict; `target`: "
        "by all of it. Other days, or another deadline, are always judged by the target."
    )
    net_gap: int = Field(description="What the visits have to win for this verdict.")
    expected_activations: int
    upper_bound_activations: int = Field(description="Proven: no plan for this problem wins more.")
    remaining: int = Field(description="What they lack of `net_gap`.")
    verdict: Verdict
    crosses_on: date | None = Field(description="The date on which the whole gap is closed.")
    cost: int
    team_days: int
    price_of_one_more: int | None = Field(
        description="Rupiah for each activation more than with the problem as it is; null where there are not more."
    )


class WhatIfOut(Outgoing):
    """The problem as it is and every scenario, in the order given."""

    schedule_id: int
    trials: list[TrialOut]
    assumptions: list[Text]


class EnoughOut(Outgoing):
    """How many are enough, by a plan, and how many are too few, by proof; what lies between is open."""

    schedule_id: int
    of: Measure
    judged_by: JudgedBy = Field(
        description="`period`: enough to keep to the line to the target until the end of a period that ends before the "
        "deadline; `target`: enough to close the gap. Days are always asked for the target."
    )
    present: int = Field(description="How many there are.")
    enough: int | None = Field(description="The least number with a plan that wins what is due; null: none was found.")
    until: date | None = Field(description="The deadline that so many days make.")
    too_few: int | None = Field(description="Proven: so many win it in no plan; null: nothing is proven.")
    people_within_reach: int | None = Field(description="Given where even all of them would not close the gap.")
    sentence: Text
    trials: list[TrialOut]
    assumptions: list[Text]


@router.post("/schedules/{schedule_id}/what-if", response_model=WhatIfOut, responses=_REFUSALS)
def try_scenarios(request: Request, session: SessionDep, actor: Planner, schedule_id: Id, body: WhatIfIn) -> Response:
    """Plan the run's problem again with other teams, days, kits, yields, people, walk-ins or target.

    Nothing is stored, and asking again gives the same answer for as long as the server remembers it. The answer takes
    `seconds` for each scenario, and once more for the problem as it is."""
    instance = _instance(session, actor, schedule_id)
    scenarios = [scenario.changes() for scenario in body.scenarios]
    refuse_impossible(instance, scenarios, team=body.team)
    words = [f"--change={','.join(scenario.values())}" for scenario in scenarios]
    words += [f"--team={body.team}", f"--seconds={body.seconds}", f"--seed={body.seed}"]

    def shown(found: dict[str, Any]) -> WhatIfOut:
        return WhatIfOut(
            schedule_id=schedule_id,
            trials=[_trial(trial) for trial in found["trials"]],
            assumptions=found["assumptions"],
        )

    return _later(request, schedule_id, instance, words, seconds=body.total_seconds, shown=shown)


@router.post("/schedules/{schedule_id}/enough", response_model=EnoughOut, responses=_REFUSALS)
def what_would_be_enough(
    request: Request, session: SessionDep, actor: Planner, schedule_id: Id, body: EnoughIn
) -> Response:
    """Find the least number of teams, or the least yield, that wins what the run's verdict is about, or the least
    number of days that closes the whole gap.

    What is won after the deadline does not help. A number is enough if there is a plan, and too few if the bound proves
    it; when the time is over, what is known by then is the answer. Nothing is stored."""
    instance = _instance(session, actor, schedule_id)
    refuse_impossible(instance, [], team=body.team)
    words = [f"--least={body.of}", f"--team={body.team}", f"--seconds={body.seconds}"]
    words += [f"--total-seconds={body.total_seconds}", f"--seed={body.seed}"]

    def shown(found: dict[str, Any]) -> EnoughOut:
        least = found["least"]
        return EnoughOut(
            schedule_id=schedule_id,
            of=body.of,
            judged_by=least["judged_by"],
            present=least["present"],
            enough=least["enough"],
            until=least["until"],
            too_few=least["too_few"] if least["too_few"] >= 0 else None,
            people_within_reach=least["never"],
            sentence=least["sentence"],
            trials=[_trial(trial) for trial in least["trials"]],
            assumptions=found["assumptions"],
        )

    return _later(request, schedule_id, instance, words, seconds=body.total_seconds, shown=shown)


def _instance(session: Session, actor: Actor, schedule_id: int) -> bytes:
    """The instance of a run that the actor may see."""
    schedule = schedules.visible_schedule(session, schedule_id, actor=actor)
    session.refresh(schedule, ["instance_json"])
    if schedule.instance_json is None:
        raise ScheduleNotFinished(
            f"Schedule {schedule.id} has no problem to change: its run is {schedule.run_status}. Ask when it has begun."
        )
    return schedule.instance_json


def _later(
    request: Request,
    schedule_id: int,
    instance: bytes,
    words: list[str],
    *,
    seconds: int,
    shown: Callable[[dict[str, Any]], BaseModel],
) -> Response:
    state = request.app.state
    questions: Questions = state.questions
    command = SolverCommand(threads=state.settings.solver_threads, scratch_dir=state.settings.runs_dir)

    async def find() -> BaseModel:
        found = await questions.answer(
            schedule_id,
            f"what if {json.dumps(words)}",
            lambda: ask_what_if(command, instance, words, seconds=seconds),
            turns=questions.what_if,
        )
        return shown(found)

    return LaterAnswer(find)


def _trial(told: dict[str, Any]) -> TrialOut:
    return TrialOut(
        scenario=told["scenario"],
        teams=told["teams"],
        days=told["days"],
        ends_on=told["ends_on"],
        net_gap=told["gap"],
        expected_activations=told["activations"],
        upper_bound_activations=told["bound"],
        remaining=told["shortfall"],
        verdict=told["verdict"],
        judged_by=told["judged_by"],
        crosses_on=told["crosses_on"],
        cost=told["cost"],
        team_days=told["team_days"],
        price_of_one_more=told["price_of_one_more"],
    )
