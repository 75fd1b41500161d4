"""Names what an `outreach-2` instance asks for and no plan of ours can keep yet; `verify` judges all of it already.

A field counts only where it could change a plan or its value: lodgings that nobody may use change nothing.
"""

from collections.abc import Iterator

from solver.contract.faults import Fault, InvalidInstance, short_json
from solver.contract.instance import NEXT_FORMAT, Instance, Team

MOST_BREAKS = 6
"""So many breaks a team can take on a date: where each may come first, every one doubles the clocks of its day."""


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
    for number, rule in enumerate(team.breaks):
        earlier = (sum(before.on_dates[d] for before in team.breaks[:number]) for d in range(len(rule.on_dates)))
        if any(on and others >= MOST_BREAKS for on, others in zip(rule.on_dates, earlier, strict=True)):
            value = short_json(rule.to_json())
            yield _not_yet(f"{path}/breaks/{number}", value, "seven breaks on one date", "give them other dates")


def _not_yet(path: str, value: str, what: str, mend: str) -> Fault:
    return Fault(path=path, value=value, mend=f"not planned yet: {what}; {mend}")
