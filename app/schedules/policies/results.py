"""The order in which a plan was made, as the API shows it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.schedules.models import Schedule
from app.schedules.policies.schemas import LevelOut, PolicyOut, PolicyResultOut, ReachedLevelOut, WeightPriceOut
from app.schedules.policies.service import USUAL
from app.schedules.policies.words import level_words, policy_words, price_words, reached_words
from app.schedules.result_schemas import TextOut
from app.schedules.runs.gateway import built_in_policies, units_of_levels
from app.schedules.wish import ChosenPolicy, Wish
from app.words import Text, in_both, plain

_WEIGHTS = {
    "cost": "per_million_cost",
    "floors": "area_shortfall",
    "lateness": "late",
    "changes": "moved",
    "fairness": "fairness",
}
_MILLION = 1_000_000
_TENTH = Decimal("0.1")


def policy_out(policy: ChosenPolicy, *, stored: Mapping[str, Any] | None = None) -> PolicyOut:
    """`stored`: note, changed_at and changed_by of a district's own."""
    units = units_of_levels()
    return PolicyOut(
        name=policy.name or USUAL,
        version=policy.version,
        is_built_in=stored is None,
        levels=[
            LevelOut.model_validate(
                {
                    "level": level.level,
                    "unit": units[level.level],
                    "tolerance": level.tolerance,
                    "tolerance_percent": level.tolerance_percent,
                    "text": level_words(level, units[level.level]),
                }
            )
            for level in policy.levels
        ],
        text=_text(policy_words(policy)),
        **(stored or {}),
    )


def policy_result_out(schedule: Schedule) -> PolicyResultOut:
    """By which policy a schedule is planned, and, once there is a plan, what each level reached."""
    wish = Wish.from_json(schedule.request)
    policy = wish.in_levels
    usual = built_in_policies()[USUAL]
    is_nameless = wish.policy is not None and wish.policy.name is None
    shown = policy or usual
    known = schedule.levels
    report = None if known is None else known["report"]
    by_level = {} if report is None else {level["level"]: level for level in report["levels"]}
    figures: Mapping[str, int] = {} if known is None else known["figures"]
    named = [level.level for level in shown.levels]
    return PolicyResultOut(
        name=None if is_nameless else shown.name,
        version=None if is_nameless else shown.version,
        solved="prices" if policy is None else "levels",
        levels=[reached_out(name, figures[name], by_level.get(name)) for name in named if name in figures],
        others=[reached_out(name, reached, None) for name, reached in figures.items() if name not in named],
        prices=prices_out(wish.weights),
        text=_text(policy_words(policy) if policy is not None else _BY_PRICES),
    )


def reached_out(name: str, reached: int, report: Mapping[str, Any] | None) -> ReachedLevelOut:
    """A level as the verifier counted it, with what the solver tells of the way there."""
    unit = units_of_levels()[name]
    known = report or {"best": None, "tolerance": None, "given_up": 0, "given_up_for": None, "at_least": None}
    text = reached_words(name, unit, reached, given_up=known["given_up"], given_up_for=known["given_up_for"])
    return ReachedLevelOut.model_validate(
        {
            "level": name,
            "unit": unit,
            "reached": reached,
            **{part: known[part] for part in ("best", "tolerance", "given_up", "given_up_for", "at_least")},
            "text": text,
        }
    )


def prices_out(weights: Mapping[str, int]) -> list[WeightPriceOut]:
    """What one activation is worth of everything else."""
    units = units_of_levels()
    prices = []
    for name, field in _WEIGHTS.items():
        weight = weights.get(field, 0)
        equals = None
        if weight:
            equals = Decimal(weights.get("shortfall", 0)) * (_MILLION if name == "cost" else 1) / weight
            equals = plain(equals.quantize(Decimal(1) if name == "cost" else _TENTH))
        prices.append(
            WeightPriceOut.model_validate(
                {"level": name, "unit": units[name], "equals": equals, "text": price_words(name, equals)}
            )
        )
    return prices


def _text(text: Text) -> TextOut:
    return TextOut(**text)


_BY_PRICES = in_both(
    "Semua ditimbang sekaligus menurut harganya; tidak ada urutan yang ketat. Sebut 'policy' untuk merencanakan "
    "tingkat demi tingkat.",
    "Everything is weighed at once by its price; no order is strict. Name a 'policy' to plan level by level.",
)
