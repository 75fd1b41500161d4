"""Names what an `outreach-2` instance asks for and no plan of ours can keep yet; `verify` judges all of it already.

A field counts only where it could change a plan or its value: lodgings that nobody may use change nothing.
"""

from collections.abc import Iterator

from solver.contract.faults import Fault, InvalidInstance, short_json
from solver.contract.instance import NEXT_FORMAT, Instance, Team
from solver.plans.series import DayBreaks, break_numbers

MOST_CLOCKS = 64
"""So many sets of a date's breaks may be behind at some moment, each of them a clock of the day: six breaks that may
come in any order, or any number whose hours order them."""


class NotPlannedYet(InvalidInstance):
    """The instance keeps the format and asks for what is not planned yet; `faults` names each such field."""


def check_planned(instance: Instance) -> None:
    """Raise `NotPlannedYet` if the instance asks for anything that is not planned yet."""
    faults = unplanned(instance)
    if faults:
        raise NotPlannedYet(faults)


def unplanned(instance: Instance) -> tuple[Fault, ...]:
    """Return the fields of an instance that are not planned yet, each with what would let it be planned today."""
    return tuple(_unplanned(instance)) if instance.format == NEXT_FORMAT else ()


def _unplanned(instance: Instance) -> Iterator[Fault]:
    for index, team in enumerate(instance.teams):
        yield from _of_team(team, f"/teams/{index}")


def _of_team(team: Team, path: str) -> Iterator[Fault]:
    dates = {break_numbers(team, d) for d in range(len(team.work_dates))}
    too_many = {_first_too_many(team, numbers) for numbers in dates} - {None}
    for number, rule in enumerate(team.breaks):
        if number in too_many:
            yield Fault(
                path=f"{path}/breaks/{number}",
                value=short_json(rule.to_json()),
                mend="not planned yet: a date's breaks in so many orders; narrow the hours of some, so that these say "
                "which comes first, or give them other dates",
            )


def _first_too_many(team: Team, numbers: tuple[int, ...]) -> int | None:
    """Return the first of the breaks of a date with which its orders are too many; None if they never are."""
    for count in range(1, len(numbers) + 1):
        if DayBreaks(team, numbers[:count]).has_more_states_than(MOST_CLOCKS):
            return numbers[count - 1]
    return None
