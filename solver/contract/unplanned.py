"""Names what an `outreach-2` instance asks for and no plan of ours can keep yet; `verify` judges all of it already.

A field counts only where it could change a plan or its value: lodgings that nobody may use change nothing.
"""

from collections import Counter
from collections.abc import Iterator

from solver.contract.documents import IKD
from solver.contract.faults import Fault, InvalidInstance, short_json
from solver.contract.instance import NEXT_FORMAT, Instance, Team


class NotPlannedYet(InvalidInstance):
    """The instance keeps the format and asks for what is not planned yet; `faults` names each such field."""


def check_planned(instance: Instance, *, by_solve: bool = False, by_search: bool = False) -> None:
    """Raise `NotPlannedYet` if the instance asks for anything that is not planned yet."""
    faults = unplanned(instance, by_solve=by_solve, by_search=by_search)
    if faults:
        raise NotPlannedYet(faults)


def unplanned(instance: Instance, *, by_solve: bool = False, by_search: bool = False) -> tuple[Fault, ...]:
    """Return the fields of an instance that are not planned yet, each with what would let it be planned today.

    Whatever goes through the search (`by_search`), explanations too, knows breaks, kits, documents, events and points,
    nights and rides; plans (`by_solve`), from nothing or near the one in force, with policies or without, what-if and
    the placing of single visits also pinned nights and rides. Plans for a spread of demand know none of it.
    """
    if instance.format != NEXT_FORMAT:
        return ()
    by_search = by_solve or by_search
    return tuple(_unplanned(instance, by_solve=by_solve, by_search=by_search))


def _unplanned(instance: Instance, *, by_solve: bool, by_search: bool) -> Iterator[Fault]:
    sleeps = bool(instance.lodgings) and any(team.max_nights for team in instance.teams)
    if sleeps and not by_search:
        what = "nights away with demand"
        yield _not_yet("/lodgings", f"{len(instance.lodgings)} lodgings", what, "solve it anew, or leave them out")
    if instance.connections and not by_search:
        value = f"{len(instance.connections)} connections"
        what = "rides with demand"
        yield _not_yet("/connections", value, what, "leave them out, or give their ways as overrides")
    pauses = any(any(rule.on_dates) for team in instance.teams for rule in team.breaks)
    if not by_solve and instance.pinned and pauses and (sleeps or instance.connections):
        what = "pins where teams take breaks and sleep away or ride, in explanations"
        yield _not_yet("/pinned", f"{len(instance.pinned)} visits", what, "unpin them")
    for table in ("pinned_nights", "pinned_rides"):
        rows = getattr(instance, table)
        if rows and not by_solve:
            what = "pinned nights and rides in explanations"
            yield _not_yet(f"/{table}", f"{len(rows)} rows", what, "leave them out")
    if instance.documents and not by_search:
        value = short_json([document.id for document in instance.documents])
        mend = "solve it anew, or leave them out"
        yield _not_yet("/documents", value, f"documents beside {IKD} with demand", mend)
    if instance.kits and not by_search:
        value = short_json([pool.id for pool in instance.kits])
        mend = "solve it anew, or give each kit of the kind satellite to a team, as its own"
        yield _not_yet("/kits", value, "shared kits with demand", mend)
    if instance.weights.spread and not by_search:
        value, what = str(instance.weights.spread), "fairness by points with demand"
        yield _not_yet("/weights/spread", value, what, "solve it anew, or give 0, or fairness")
    if not by_search:
        yield from _zones(instance)
    yield from _events(instance, by_search=by_search)
    for index, team in enumerate(instance.teams):
        yield from _of_team(team, f"/teams/{index}", by_search=by_search)


def _events(instance: Instance, *, by_search: bool) -> Iterator[Fault]:
    events = {site.id: index for index, site in enumerate(instance.sites) if site.min_teams > 1}
    if by_search:
        teams = Counter((pin.site, pin.date) for pin in instance.pinned)
        for number, pin in enumerate(instance.pinned):
            if pin.site in events and teams[pin.site, pin.date] < instance.sites[events[pin.site]].min_teams:
                what, mend = "pins at events of fewer teams than these need", "unpin it, or pin all its teams"
                yield _not_yet(f"/pinned/{number}", short_json(pin.site), what, mend)
        return
    for index in events.values():
        value, what = str(instance.sites[index].min_teams), "events of several teams with demand"
        yield _not_yet(f"/sites/{index}/min_teams", value, what, "solve it anew, or give 1")


def _zones(instance: Instance) -> Iterator[Fault]:
    zones = [(f"/teams/{index}/zone", team.zone) for index, team in enumerate(instance.teams)]
    zones += [(f"/sites/{index}/zone", site.zone) for index, site in enumerate(instance.sites)]
    for path, zone in zones:
        if zone != zones[0][1]:
            mend = "give all the same, or matrices with null where there is no way"
            yield _not_yet(path, short_json(zone), "zones", mend)
            return


def _of_team(team: Team, path: str, *, by_search: bool) -> Iterator[Fault]:
    for number, rule in enumerate(team.breaks):
        value = short_json(rule.to_json())
        if not by_search and any(rule.on_dates):
            what = "breaks with demand"
            yield _not_yet(f"{path}/breaks/{number}", value, what, "solve it anew, or leave it out")
        earlier = zip(*(before.on_dates for before in team.breaks[:number]), strict=True) if number else ()
        if by_search and any(on and any(others) for on, others in zip(rule.on_dates, earlier, strict=False)):
            yield _not_yet(f"{path}/breaks/{number}", value, "two breaks on one date", "give them other dates")
    if not by_search and team.documents is not None and IKD not in team.documents:
        value = short_json(list(team.documents))
        yield _not_yet(
            f"{path}/documents",
            value,
            f"teams that do not issue {IKD} with demand",
            f"add {IKD}",
        )


def _not_yet(path: str, value: str, what: str, mend: str) -> Fault:
    return Fault(path=path, value=value, mend=f"not planned yet: {what}; {mend}")
