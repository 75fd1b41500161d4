"""Says one level of a policy as an instance: the level dear, the lower ones cheap, the higher ones held where they are.

What a level reached is held by rules where the format has one (gap, floors, budget), and by a price beside it. The
prices guide the search; whether a plan keeps a level is judged by `verify` on the instance itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from solver.contract.added_counts import net_gap_of
from solver.contract.instance import Instance, Weights
from solver.contract.json_fields import Notes
from solver.contract.magnitude import check_magnitude
from solver.contract.policy import Level, LevelName
from solver.contract.verify import Recount
from solver.contract.workload import MINUTES

FIELDS: Mapping[LevelName, str] = {
    LevelName.SHORTFALL: "shortfall",
    LevelName.FLOORS: "area_shortfall",
    LevelName.COST: "per_million_cost",
    LevelName.LATENESS: "late",
    LevelName.CHANGES: "moved",
    LevelName.FAIRNESS: "fairness",
}
"""The weight that prices each level."""
USUAL: Mapping[LevelName, int] = {
    LevelName.SHORTFALL: 1000,
    LevelName.FLOORS: 1000,
    LevelName.COST: 500,
    LevelName.LATENESS: 2,
    LevelName.CHANGES: 500,
    LevelName.FAIRNESS: 50,
}
"""What a level that is asked for weighs at the least, in milli-activations as the weights."""
# How many times that the level in question and those above it weigh while the search may still pass through plans that
# break one for a while; and up to where sums of strict prices are exact in the floating point of the search.
DEAR, HELD = 20, 400
MOST_EXACT = 2**52
UNBREAKABLE = 1000
"""A must-visit or a pin weighs more than so many people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A level that a plan may no longer pass: `most` in the unit of the level."""

    level: Level
    most: int


def priced(
    instance: Instance,
    levels: Sequence[Level],
    stage: int,
    *,
    holds: Sequence[Hold] = (),
    known: Recount | None = None,
    is_strict: bool = False,
) -> Instance:
    """Return the instance whose value says a stage: the level of that index, or past the last all prices together.

    `known` recounts the plan found before, which keeps every hold. With `is_strict` one step of the level outweighs
    everything below, as far as that can be counted exactly.
    """
    main = levels[stage].name if stage < len(levels) else None
    held = {hold.level.name: hold for hold in holds}
    # The prices alone mostly keep the level of people, too, and say how far its tolerance is worth to be used.
    is_open = main is None and not is_strict
    limited = _with_limits(instance, held, known, but=LevelName.SHORTFALL if is_open else None)
    prices = {name: int(getattr(instance.weights, field)) for name, field in FIELDS.items()}
    softly = dict(prices)
    for name in prices:
        usual = max(prices[name], USUAL[name])
        if name == main:
            softly[name] = usual * DEAR
        elif name in held and not (is_open and name is LevelName.SHORTFALL):
            # A tolerance that no rule of the format can say is used only where the price leaves it open at first.
            softly[name] = prices[name] if _is_loose(held[name], known) else usual * HELD
    weights = _weights(instance.weights, softly)
    if is_strict:
        weights = _strict(limited, main, held, softly)
    return _countable(replace(limited, weights=weights), instance)


def _is_loose(hold: Hold, known: Recount | None) -> bool:
    by_price = hold.level.name in (LevelName.LATENESS, LevelName.CHANGES, LevelName.FAIRNESS)
    return by_price and known is not None and hold.level.reached(known) < hold.most


def _with_limits(
    instance: Instance, held: Mapping[LevelName, Hold], known: Recount | None, *, but: LevelName | None
) -> Instance:
    """Return the instance with the gap, the floors and the budget that the holds leave, one of them left as it is."""
    limited = instance
    if (hold := held.get(LevelName.SHORTFALL)) is not None and but is not LevelName.SHORTFALL:
        walk_ins = sum(instance.walk_ins_by_date().values())
        needed = max(0, instance.net_gap - hold.most)
        limited = replace(limited, target=replace(limited.target, gap=walk_ins + needed, period_gap=None))
    if (hold := held.get(LevelName.FLOORS)) is not None and known is not None and hold.level.reached(known) < hold.most:
        limited = _with_lower_floors(limited, hold, known)
    if (hold := held.get(LevelName.COST)) is not None:
        budget = limited.costs.budget
        limited = replace(
            limited, costs=replace(limited.costs, budget=hold.most if budget is None else min(budget, hold.most))
        )
    return limited


def _with_lower_floors(instance: Instance, hold: Hold, known: Recount) -> Instance:
    """Return the instance with floors that the known plan keeps, lower by what the tolerance leaves, in proportion."""
    areas = {site.id: site.area for site in instance.sites}
    won = dict.fromkeys((area.id for area in instance.areas), 0)
    for outcome in known.by_visit:
        won[areas[outcome.visit.site]] += outcome.served
    owed = sum(area.min_activations for area in instance.areas)
    spare = hold.most - hold.level.reached(known)
    lower = []
    for area in instance.areas:
        floor = min(area.min_activations, won[area.id])
        lower.append(replace(area, min_activations=max(0, floor - spare * area.min_activations // max(1, owed))))
    return replace(instance, areas=tuple(lower))


def _weights(weights: Weights, prices: Mapping[LevelName, int]) -> Weights:
    dearest = UNBREAKABLE * max(prices[LevelName.SHORTFALL], prices[LevelName.FLOORS], prices[LevelName.CHANGES])
    by_field = {FIELDS[name]: price for name, price in prices.items()}
    return replace(weights, **by_field, must=max(weights.must, dearest), pin=max(weights.pin, dearest))


def _strict(
    instance: Instance, main: LevelName | None, held: Mapping[LevelName, Hold], softly: Mapping[LevelName, int]
) -> Weights:
    """Prices of which each outweighs all below it together, no lower than the soft ones, and exact when summed."""
    most = _most_units(instance)
    prices = dict(softly)
    below = _worst(prices, most, [name for name in prices if name != main and name not in held])
    below += _unnamed(instance)
    shift = 0
    while True:
        if main is not None:
            prices[main] = max(softly[main], (below + 1) * _per_unit(instance, main) >> shift)
        above = below + _worst(prices, most, [main] if main is not None else [])
        for name in held:
            prices[name] = max(softly[name], (above + 1) * _per_unit(instance, name) >> 2 * shift)
        total = above + _worst(prices, most, list(held))
        hard = max(instance.weights.must, instance.weights.pin, total + 1)
        count = sum(site.must for site in instance.sites) + len(instance.pinned)
        if total + hard * count < MOST_EXACT or shift > 62:
            break
        shift += 1
    by_field = {FIELDS[name]: price for name, price in prices.items()}
    return replace(instance.weights, **by_field, must=hard, pin=hard)


def _most_units(instance: Instance) -> Mapping[LevelName, int]:
    """More than any sensible plan has of each level, in what its weight prices at once: people, millions, visits."""
    people = sum(site.people for site in instance.sites)
    team_days = sum(sum(team.work_dates) for team in instance.teams)
    # Half a million metres a day is more than any team drives.
    cost = team_days * (instance.costs.per_team_day + 500 * instance.costs.per_km)
    cost += len(instance.dates) * sum(pool.count * pool.cost_per_day for pool in instance.kits)
    cost += _calendar_nights(instance) * max((lodging.cost_per_night for lodging in instance.lodgings), default=0)
    # There and back on each of them.
    cost += 2 * team_days * max((ride.fare for ride in instance.connections), default=0)
    return {
        LevelName.SHORTFALL: instance.net_gap,
        LevelName.FLOORS: sum(area.min_activations for area in instance.areas),
        LevelName.COST: -(-cost // 1_000_000),
        LevelName.LATENESS: people,
        LevelName.CHANGES: len(instance.published),
        # A shift longer than usual for every team-day, counted as often as the dearest minutes are.
        LevelName.FAIRNESS: 20 * 12 * team_days,
    }


def _calendar_nights(instance: Instance) -> int:
    """More nights than all teams together may be away."""
    span = (instance.dates[-1] - instance.dates[0]).days
    return sum(span for team in instance.teams if team.max_nights) if instance.lodgings else 0


def _worst(prices: Mapping[LevelName, int], most: Mapping[LevelName, int], names: Sequence[LevelName]) -> int:
    return sum(prices[name] * most[name] for name in names)


def _unnamed(instance: Instance) -> int:
    """More than what no level names takes off the value: people of further documents, and points of fairness."""
    documents = sum(
        document.shortfall * net_gap_of(instance, document)
        + document.late * sum(site.people_of(document.id) for site in instance.sites)
        for document in instance.documents
    )
    points = max((team.history.points for team in instance.teams), default=0) + len(instance.dates)
    points += instance.night_points * _calendar_nights(instance)
    return documents + instance.weights.spread * 1000 * points


def _per_unit(instance: Instance, name: LevelName) -> int:
    """How many of a level's units its weight prices at once."""
    match name:
        case LevelName.COST:
            return 1_000_000
        case LevelName.LATENESS:
            return max(1, len(instance.dates) - 1)
        case LevelName.FAIRNESS:
            return MINUTES
        case _:
            return 1


def _countable(posed: Instance, instance: Instance) -> Instance:
    """Return it with prices so low that 64 bits hold their sums, or in the end with those of the instance."""
    while True:
        notes = Notes()
        check_magnitude(posed, notes)
        if not notes.faults:
            return posed
        weights = replace(
            posed.weights,
            **{
                field: max(getattr(instance.weights, field), getattr(posed.weights, field) // 8)
                for field in (*FIELDS.values(), "must", "pin")
            },
        )
        if weights == posed.weights:
            return replace(posed, weights=instance.weights)
        posed = replace(posed, weights=weights)
