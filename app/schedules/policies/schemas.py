"""What policies, and what came of them, look like over HTTP."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from app.languages import said
from app.payloads import Incoming, Note
from app.schedules.result_schemas import TextOut
from app.schedules.wish import ChosenLevel

LevelName = Literal["shortfall", "floors", "cost", "lateness", "changes", "fairness"]
Unit = Literal["people", "rupiah", "activation_days", "visits", "unfair_minutes"]
POLICY_NAME = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_HUNDREDTH = Decimal("0.01")


class LevelIn(Incoming):
    """One level. Without a tolerance it is strict: nothing of it is given up for a later one."""

    level: LevelName = Field(
        description="`shortfall`: people short of the gap; `floors`: people short of the floors of areas; `cost`: "
        "rupiah; `lateness`: activations times the number of their day; `changes`: published visits left out; "
        "`fairness`: minutes of teams above their shares of the work, the later ones counted several times."
    )
    tolerance: int | None = Field(
        default=None,
        ge=0,
        le=1_000_000_000_000,
        description="What later levels may take of what this one reached: people, rupiah, activation-days, visits or "
        "minutes.",
    )
    tolerance_percent: float | None = Field(
        default=None,
        ge=0,
        le=100,
        description="The same in percent: of the people won, of all floors, of the cost, of the lateness, of the "
        "published visits, of the unfair minutes.",
    )

    @field_validator("tolerance_percent")
    @classmethod
    def _in_hundredths(cls, value: float | None) -> float | None:
        if value is not None and Decimal(str(value)) % _HUNDREDTH != 0:
            raise ValueError(
                said(
                    "{value} percent is finer than a hundredth: give at most two decimals.",
                    "{value} persen lebih halus daripada seperseratus: isi paling banyak dua angka desimal.",
                    value=value,
                )
            )
        return value

    @model_validator(mode="after")
    def _one_tolerance(self) -> "LevelIn":
        if self.tolerance is not None and self.tolerance_percent is not None:
            raise ValueError(
                said(
                    "Give 'tolerance' or 'tolerance_percent', not both.",
                    "Isi 'tolerance' atau 'tolerance_percent', jangan keduanya.",
                )
            )
        return self

    def to_level(self) -> ChosenLevel:
        return ChosenLevel(level=self.level, tolerance=self.tolerance, tolerance_percent=self.tolerance_percent)


class PolicyIn(Incoming):
    """The levels in their order, the first one first; pinned and must-visits come before all of them."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "levels": [{"level": "floors"}, {"level": "shortfall", "tolerance_percent": 0.5}],
                    "note": "Keputusan rapat 12 November: pemerataan kecamatan lebih dahulu.",
                }
            ]
        },
    )

    levels: Annotated[list[LevelIn], Field(min_length=1, max_length=10)]
    note: Note | None = None

    @field_validator("levels")
    @classmethod
    def _each_once(cls, levels: list[LevelIn]) -> list[LevelIn]:
        names = [level.level for level in levels]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise ValueError(
                    said(
                        "Level {name!r} stands at {first} and again at {index}: give each once.",
                        "Tingkat {name!r} ada di {first} dan sekali lagi di {index}: isi masing-masing sekali.",
                        name=name,
                        first=names.index(name),
                        index=index,
                    )
                )
        return levels


class LevelOut(BaseModel):
    level: LevelName
    unit: Unit
    tolerance: int | None = None
    tolerance_percent: float | None = None
    text: TextOut


class PolicyOut(BaseModel):
    """A policy that runs may name."""

    name: str
    version: int
    is_built_in: bool = Field(description="Every district has it; it stays as it is.")
    levels: list[LevelOut]
    note: str | None = None
    changed_at: datetime | None = Field(default=None, description="Null of a built-in one.")
    changed_by: str | None = None
    text: TextOut


class PoliciesOut(BaseModel):
    """All policies that a run of the district may name, the built-in ones first."""

    district_code: str
    usual: str = Field(description="What a run that names none stands for, by prices instead of levels.")
    items: list[PolicyOut]


class ReachedLevelOut(BaseModel):
    """How far a plan came at one level; less is better."""

    level: LevelName
    unit: Unit
    reached: int
    best: int | None = Field(
        description="When this level was looked at, before later ones took of its tolerance; null where all levels "
        "were weighed at once."
    )
    tolerance: int | None = Field(description="What they were allowed to take, in `unit`.")
    given_up: int
    given_up_for: str | None = Field(
        description="The level that it was first given up for; `together`: what the prices decide in the end."
    )
    at_least: int | None = Field(description="Proven: no plan whatever reaches less. Null: nothing is proven.")
    text: TextOut


class WeightPriceOut(BaseModel):
    """What one activation is worth in another level's unit, by the weights of the run; null: that level is free."""

    level: LevelName
    unit: Unit
    equals: Decimal | None
    text: TextOut


class PolicyResultOut(BaseModel):
    """In which order a plan was made, what each level reached, and the prices that decide the rest."""

    name: str | None = Field(description="Null: by prices alone, because the request said so.")
    version: int | None
    solved: Literal["levels", "prices"] = Field(
        description="`levels`: one after the other, each within the tolerance of those before; `prices`: all at once."
    )
    levels: list[ReachedLevelOut] = Field(description="In the policy's order; before the plan is there, empty.")
    others: list[ReachedLevelOut] = Field(description="What the policy does not name.")
    prices: list[WeightPriceOut]
    text: TextOut


class FiguresOut(BaseModel):
    """What a plan reaches; less is better in all but the activations."""

    activations: int
    shortfall: int
    floors: int
    cost: int
    lateness: int
    changes: int
    fairness: int


class OtherOrderOut(BaseModel):
    """What another order of the levels makes of the plan."""

    policy: str
    version: int
    figures: FiguresOut
    difference: FiguresOut = Field(description="To the plan as it is.")
    activations_percent: float = Field(description="The difference in percent of the plan's activations.")
    changed_visits: int = Field(description="Visits added, withdrawn, moved or retimed on the way.")
    levels: list[ReachedLevelOut]
    text: TextOut


class OtherOrdersOut(BaseModel):
    """What other policies would cost and win, each by going on from the plan for a few seconds."""

    schedule_id: int
    policy: str | None
    plan: FiguresOut = Field(description="Counted by the people that the plan was made for.")
    orders: list[OtherOrderOut]
    remark: TextOut
