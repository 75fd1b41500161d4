"""What a planner wants of a run, whole and in one shape: the request makes it, the row keeps it, the run reads it.

What a wish leaves unsaid is kept from the plan in force when that is changed, and has its default otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

DEFAULT_TIME_LIMIT_SECONDS = 60
REPLAN_SECONDS = 1
"""Without a limit of its own a re-planning answers at once: more time makes it little better."""
REPLAN_IN_LEVELS_SECONDS = 6
"""The same of a re-planning that goes on level by level."""
MOST_TIME_LIMIT_SECONDS = 3600
MOST_ITERATIONS = 100_000_000
DEFAULT_WEIGHTS: Mapping[str, int] = {
    # Prices in milli-activations, and no order: a missed must-visit or pin outweighs what any team wins in a week; five
    # people of an area below its floor weigh one activation;
    # a team-day (about half a million rupiah with its road) weighs a quarter activation; moving one activation from
    # the last date to the first weighs two thousandths, keeping a published visit one; a team eight hours above its
    # share of the work weighs four tenths.
    "must": 1_000_000,
    "pin": 1_000_000,
    "shortfall": 1_000,
    "area_shortfall": 200,
    "per_million_cost": 500,
    "late": 2,
    "moved": 1,
    "fairness": 50,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRule:
    """From `start` to `end` (both included, None: open) only these kinds are visited; None: every kind."""

    kinds: tuple[str, ...] | None = None
    start: date | None = None
    end: date | None = None

    def covers(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)

    def to_json(self) -> dict[str, Any]:
        return {
            "kinds": None if self.kinds is None else list(self.kinds),
            "from": _day_to_json(self.start),
            "until": _day_to_json(self.end),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "KindRule":
        kinds = stored["kinds"]
        return cls(
            kinds=None if kinds is None else tuple(kinds),
            start=_day_from_json(stored["from"]),
            end=_day_from_json(stored["until"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Closeness:
    """Stay close to the plan in force: change at most so many of its visits by choice (None: as many as pay)."""

    most_moved: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What the plan may cost in rupiah; None: no limit."""

    rupiah: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenLevel:
    """One level of a chosen policy, and what it may give up: in its unit, or in percent of what it reached."""

    level: str
    tolerance: int | None = None
    tolerance_percent: float | None = None

    def to_json(self) -> dict[str, Any]:
        content: dict[str, Any] = {"level": self.level}
        if self.tolerance is not None:
            content["tolerance"] = self.tolerance
        if self.tolerance_percent is not None:
            content["tolerance_percent"] = self.tolerance_percent
        return content

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ChosenLevel":
        return cls(
            level=stored["level"],
            tolerance=stored.get("tolerance"),
            tolerance_percent=stored.get("tolerance_percent"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenPolicy:
    """In which order the plan is to be good, as the policy of that version says; no name: by the prices alone.

    Version and levels are filled in when the run is requested; a later version of the policy changes them no more."""

    name: str | None
    version: int = 0
    levels: tuple[ChosenLevel, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "version": self.version, "levels": [level.to_json() for level in self.levels]}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ChosenPolicy":
        levels = tuple(ChosenLevel.from_json(level) for level in stored["levels"])
        return cls(name=stored["name"], version=stored["version"], levels=levels)


STEP = 100
"""In strict order one person of a document outweighs so many of the next one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedDocument:
    """A document that a plan is to serve besides IKD; `worth` of one person in milli-activations (None: as of IKD)."""

    document: str
    worth: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {"document": self.document, "worth": self.worth}


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedDocuments:
    """What a plan is to serve besides its own document, and whether in strict order instead of by worth."""

    further: tuple[AskedDocument, ...] = ()
    order: tuple[str, ...] = ()
    """All documents of the plan, the most important first; empty: by worth."""

    def to_json(self) -> dict[str, Any]:
        return {"further": [wanted.to_json() for wanted in self.further], "order": list(self.order)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "AskedDocuments":
        return cls(
            further=tuple(AskedDocument(document=row["document"], worth=row["worth"]) for row in stored["further"]),
            order=tuple(stored["order"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a re-planning did not say and therefore took over, and from which schedule."""

    schedule_id: int
    fields: tuple[str, ...]
    """As in a request: `kinds`, `budget`, `weights/late`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One planner's wish; what is None, or missing among the weights, was not said."""

    period_start: date
    period_end: date
    document: str = "ikd"
    first_date: date | None = None
    seed: int = 1
    time_limit_seconds: int | None = None
    iterations: int | None = None
    """Search steps instead of a time limit: the same data and seed then give the same visits."""
    replan: Closeness | None = None
    """Change the plan in force instead of making a new one."""
    kinds: tuple[KindRule, ...] | None = None
    weights: Mapping[str, int] = field(default_factory=dict)
    budget: Budget | None = None
    """None: the district's own."""
    policy: ChosenPolicy | None = None
    documents: AskedDocuments | None = None
    """Besides `document`, which is IKD where there are any."""
    kept: Kept | None = None

    @property
    def further(self) -> tuple[AskedDocument, ...]:
        """The documents that the plan serves besides its own."""
        return () if self.documents is None else self.documents.further

    def worths(self) -> dict[str, int]:
        """What one person of each document is worth in a wish that was understood, in milli-activations.

        In strict order the last document is worth what `weights.shortfall` says, each other one `STEP` times the next;
        what money, lateness and fairness cost is then weighed against the last one."""
        least, order = self.weights["shortfall"], () if self.documents is None else self.documents.order
        if order:
            return {name: least * STEP**rank for rank, name in enumerate(reversed(order))}
        further = {row.document: least if row.worth is None else row.worth for row in self.further}
        return {self.document: least, **further}

    @property
    def in_levels(self) -> ChosenPolicy | None:
        """The policy whose levels are solved one after the other; None: everything is weighed at once, by prices."""
        return self.policy if self.policy is not None and self.policy.levels else None

    def allows(self, kind: str, day: date) -> bool:
        """Whether a site of that kind may be visited that day; a day that no rule covers takes every kind."""
        covering = [rule for rule in self.kinds or () if rule.covers(day)]
        return not covering or any(rule.kinds is None or kind in rule.kinds for rule in covering)

    def grown_from(self, earlier: "Wish", *, schedule_id: int) -> "Wish":
        """This wish, with what it does not say as the understood wish of an earlier schedule says it."""
        weights = {
            name: value
            for name, value in earlier.weights.items()
            if name not in self.weights and value != DEFAULT_WEIGHTS.get(name)
        }
        fields = [f"weights/{name}" for name in sorted(weights)]
        if self.kinds is None and earlier.kinds:
            fields.append("kinds")
        if self.budget is None and earlier.budget is not None:
            fields.append("budget")
        if self.policy is None and earlier.in_levels is not None:
            fields.append("policy")
        if self.documents is None and earlier.further:
            fields.append("documents")
        return replace(
            self,
            kinds=earlier.kinds if self.kinds is None else self.kinds,
            weights={**weights, **self.weights},
            budget=earlier.budget if self.budget is None else self.budget,
            policy=earlier.policy if self.policy is None else self.policy,
            documents=earlier.documents if self.documents is None else self.documents,
            kept=Kept(schedule_id=schedule_id, fields=tuple(sorted(fields))),
        )

    def understood(self) -> "Wish":
        """This wish with every default said, as a run keeps it; who counts steps has all the time a run may have."""
        if self.iterations is not None:
            usual_seconds = MOST_TIME_LIMIT_SECONDS
        elif self.replan is None:
            usual_seconds = DEFAULT_TIME_LIMIT_SECONDS
        else:
            usual_seconds = REPLAN_SECONDS if self.in_levels is None else REPLAN_IN_LEVELS_SECONDS
        weights = {**DEFAULT_WEIGHTS, **self.weights}
        wanted = self.documents or AskedDocuments()
        further = tuple(
            replace(row, worth=weights["shortfall"] if row.worth is None and not wanted.order else row.worth)
            for row in wanted.further
        )
        return replace(
            self,
            time_limit_seconds=usual_seconds if self.time_limit_seconds is None else self.time_limit_seconds,
            kinds=self.kinds or (),
            weights=weights,
            documents=replace(wanted, further=further),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "period_start": _day_to_json(self.period_start),
            "period_end": _day_to_json(self.period_end),
            "document": self.document,
            "first_date": _day_to_json(self.first_date),
            "seed": self.seed,
            "time_limit_seconds": self.time_limit_seconds,
            "iterations": self.iterations,
            "replan": None if self.replan is None else {"most_moved": self.replan.most_moved},
            "kinds": None if self.kinds is None else [rule.to_json() for rule in self.kinds],
            "weights": dict(self.weights),
            "budget": None if self.budget is None else {"rupiah": self.budget.rupiah},
            "policy": None if self.policy is None else self.policy.to_json(),
            "documents": None if self.documents is None else self.documents.to_json(),
            "kept": None
            if self.kept is None
            else {"schedule_id": self.kept.schedule_id, "fields": list(self.kept.fields)},
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Wish":
        """Raises `KeyError` for a part that is missing: a wish is never half read."""
        replan, kinds, budget, kept = (stored[name] for name in ("replan", "kinds", "budget", "kept"))
        policy, documents = stored["policy"], stored["documents"]
        return cls(
            period_start=date.fromisoformat(stored["period_start"]),
            period_end=date.fromisoformat(stored["period_end"]),
            document=stored["document"],
            first_date=_day_from_json(stored["first_date"]),
            seed=stored["seed"],
            time_limit_seconds=stored["time_limit_seconds"],
            iterations=stored["iterations"],
            replan=None if replan is None else Closeness(most_moved=replan["most_moved"]),
            kinds=None if kinds is None else tuple(KindRule.from_json(rule) for rule in kinds),
            weights=dict(stored["weights"]),
            budget=None if budget is None else Budget(rupiah=budget["rupiah"]),
            policy=None if policy is None else ChosenPolicy.from_json(policy),
            documents=None if documents is None else AskedDocuments.from_json(documents),
            kept=None if kept is None else Kept(schedule_id=kept["schedule_id"], fields=tuple(kept["fields"])),
        )


def _day_to_json(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day_from_json(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
