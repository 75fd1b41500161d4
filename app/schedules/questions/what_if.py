"""What a schedule's plan could reach with other teams, days, kits or people, and what would be enough."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import ConfigDict, Field, model_validator
from sqlalchemy.orm import Session

from app.access.service import Actor
from app.languages import said
from app.payloads import Day, Incoming, Line, Outgoing
from app.schedules import service as schedules
from app.schedules.models import Schedule, Verdict
from app.schedules.questions.preparations import PreparationIn, PreparedSiteOut
from app.schedules.questions.turns import Asker, digest_of
from app.schedules.result_schemas import JudgedBy
from app.schedules.run_words import standing_of_run
from app.schedules.runs.gateway import refuse_impossible
from app.schedules.service import ScheduleNotFinished
from app.sites.preparation_terms import terms_at
from app.sites.preparations import PreparationTerms
from app.sites.session_places import ASSUMED_SHARE
from app.words import Text

MOST_SECONDS = 120
"""Longest wait for an answer: whoever asks keeps a connection open for it."""


class MovedSessionIn(Incoming):
    """The people of a site, served at another one that the run knew."""

    site: Annotated[Line, Field(max_length=60, description="Code of the site.")]
    at: Annotated[Line, Field(max_length=60, description="Code of the site at which its people are served.")]
    turn_out_percent: int = Field(
        default=int(ASSUMED_SHARE * 100),
        ge=0,
        le=100,
        description="Of its people in the run, those who come there; left out, as assumed.",
    )


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
        default=None,
        ge=-100_000,
        le=100_000,
        description="Activations at the counters, on each day on which any is open.",
    )
    gap: int | None = Field(default=None, ge=-100_000_000, le=100_000_000, description="People still to activate.")
    sessions: Annotated[list[MovedSessionIn], Field(min_length=1, max_length=20)] | None = Field(
        default=None, description="Sessions that are moved to other sites."
    )
    preparations: Annotated[list[PreparationIn], Field(min_length=1, max_length=20)] | None = Field(
        default=None, description="People who are prepared at one visit and activated at a later one."
    )

    @model_validator(mode="after")
    def _says_something(self) -> "ScenarioIn":
        named = self.model_dump(exclude_none=True)
        if not named:
            raise ValueError(
                said(
                    "A scenario changes something: give at least one of its fields.",
                    "Skenario harus mengubah sesuatu: isi sedikitnya satu kolomnya.",
                )
            )
        if "days" in named and "until" in named:
            raise ValueError(said("Give 'days' or 'until', not both.", "Isi 'days' atau 'until', jangan keduanya."))
        return self

    def changes(self, terms: Mapping[str, PreparationTerms]) -> dict[str, str]:
        """By field, the change as the solver's command line writes it; `terms`: by code of a site whose people are
        prepared, those in force there."""
        changes = {
            f"sessions/{n}": f"session={quote(moved.site, safe='')}>{quote(moved.at, safe='')}:{moved.turn_out_percent}"
            for n, moved in enumerate(self.sessions or ())
        }
        for field, value in self.model_dump(exclude_none=True, exclude={"sessions", "preparations"}).items():
            percent = "%" if field.endswith("_percent") else ""
            amount = value.isoformat() if isinstance(value, date) else f"{value:+}{percent}"
            changes[field] = f"{field.removesuffix('_percent')}={amount}"
        # The solver prepares last: whom, and on which dates, the other changes say.
        return changes | {
            f"preparations/{n}": row.change(terms[row.site]) for n, row in enumerate(self.preparations or ())
        }

    @property
    def trials(self) -> int:
        """How often the problem is solved at the most: where a plan prepares nobody, once more without them."""
        return 2 if self.preparations else 1


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
                {"scenarios": [{"sessions": [{"site": "65.01.03.2007", "at": "65.01.03.2004"}]}]},
                {"scenarios": [{"preparations": [{"site": "65.01.03.2007", "by": "2024-06-14"}]}]},
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
            trials = self._trials
            raise ValueError(
                said(
                    "{trials} trials of {seconds} seconds take longer than {most}: give at most "
                    "{each} seconds, or fewer scenarios.",
                    "{trials} percobaan masing-masing {seconds} detik lebih lama daripada {most}: "
                    "isi paling banyak {each} detik, atau kurangi skenarionya.",
                    trials=trials,
                    seconds=self.seconds,
                    most=MOST_SECONDS,
                    each=MOST_SECONDS // trials,
                )
            )
        return self

    @property
    def total_seconds(self) -> int:
        """Of all trials, that of the problem as it is included."""
        return self.seconds * self._trials

    @property
    def _trials(self) -> int:
        return 1 + sum(scenario.trials for scenario in self.scenarios)


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
    within_noise: bool = Field(
        description="The difference in activations to the problem as it is is less than what the proofs leave open: it "
        "may come of the search alone. Never so of what `enough` tried."
    )
    preparations: list[PreparedSiteOut] = Field(
        default=[], description="What the plan makes of each preparation that the scenario asked for."
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a run's problem is asked with: words of the solver's command line, and how long it may take."""

    instance: bytes
    plan: bytes | None
    """The run's plan, as far as there is one and it matters."""
    words: tuple[str, ...]
    seconds: int
    asker: Asker

    @property
    def about(self) -> str:
        """Digest of what is asked about."""
        return digest_of(self.instance) if self.plan is None else digest_of(self.instance, self.plan)

    @property
    def key(self) -> str:
        return f"what if {json.dumps(self.words)}"


def scenarios_question(session: Session, actor: Actor, schedule_id: int, body: WhatIfIn) -> Question:
    """Raises `NotFound`, `ScheduleNotFinished`, `InvalidRequest` for a change that cannot be made."""
    schedule, instance, asker = _problem(session, actor, schedule_id)
    prepared = {row.site for scenario in body.scenarios for row in scenario.preparations or ()}
    terms = terms_at(session, schedule.district_code, prepared)
    scenarios = [scenario.changes(terms) for scenario in body.scenarios]
    refuse_impossible(instance, scenarios, team=body.team)
    changes = (f"--change={','.join(scenario.values())}" for scenario in scenarios)
    words = (*changes, f"--team={body.team}", f"--seconds={body.seconds}", f"--seed={body.seed}")
    plan = None if schedule.plan_json is None else gzip.decompress(schedule.plan_json)
    return Question(instance=instance, plan=plan, words=words, seconds=body.total_seconds, asker=asker)


def scenarios_answer(schedule_id: int, answer: dict[str, Any]) -> WhatIfOut:
    """The solver's answer as it is shown."""
    return WhatIfOut(
        schedule_id=schedule_id,
        trials=[_trial(trial) for trial in answer["trials"]],
        assumptions=answer["assumptions"],
    )


def enough_question(session: Session, actor: Actor, schedule_id: int, body: EnoughIn) -> Question:
    """Raises `NotFound`, `ScheduleNotFinished`, and `InvalidRequest` for a team that cannot be copied."""
    _, instance, asker = _problem(session, actor, schedule_id)
    refuse_impossible(instance, [], team=body.team)
    words = (f"--least={body.of}", f"--team={body.team}", f"--seconds={body.seconds}")
    return Question(
        instance=instance,
        plan=None,
        words=(*words, f"--total-seconds={body.total_seconds}", f"--seed={body.seed}"),
        seconds=body.total_seconds,
        asker=asker,
    )


def enough_answer(schedule_id: int, answer: dict[str, Any], *, of: Measure) -> EnoughOut:
    """The solver's answer as it is shown."""
    least = answer["least"]
    return EnoughOut(
        schedule_id=schedule_id,
        of=of,
        judged_by=least["judged_by"],
        present=least["present"],
        enough=least["enough"],
        until=least["until"],
        too_few=least["too_few"] if least["too_few"] >= 0 else None,
        people_within_reach=least["never"],
        sentence=least["sentence"],
        trials=[_trial(trial) for trial in least["trials"]],
        assumptions=answer["assumptions"],
    )


def _problem(session: Session, actor: Actor, schedule_id: int) -> tuple[Schedule, bytes, Asker]:
    """A run that the actor may see, its plan loaded, its problem, and whose question it is."""
    schedule = schedules.visible_schedule(session, schedule_id, actor=actor)
    session.refresh(schedule, ["instance_json", "plan_json"])
    if schedule.instance_json is None:
        raise ScheduleNotFinished(
            said(
                "Schedule {schedule} has no problem to change: its run is {status}. Ask when it has begun.",
                "Jadwal {schedule} belum punya apa pun untuk diubah: penyusunannya {status}. Tanyakan setelah mulai.",
                schedule=schedule.id,
                status=standing_of_run(schedule),
            )
        )
    return schedule, schedule.instance_json, Asker(district_code=schedule.district_code, token_id=actor.token_id)


def _trial(trial: dict[str, Any]) -> TrialOut:
    return TrialOut(
        scenario=trial["scenario"],
        teams=trial["teams"],
        days=trial["days"],
        ends_on=trial["ends_on"],
        net_gap=trial["gap"],
        expected_activations=trial["activations"],
        upper_bound_activations=trial["bound"],
        remaining=trial["shortfall"],
        verdict=trial["verdict"],
        judged_by=trial["judged_by"],
        crosses_on=trial["crosses_on"],
        cost=trial["cost"],
        team_days=trial["team_days"],
        price_of_one_more=trial["price_of_one_more"],
        within_noise=trial["within_noise"],
        preparations=trial.get("preparations", []),
    )
