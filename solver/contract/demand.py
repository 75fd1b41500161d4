"""How many people the sites may turn out to have, the `outreach-demand-1` format of docs/planning-format.md.

An instance has one number of people a site; what is learned of a site is a distribution.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from solver.contract.faults import Fault, InvalidDemand
from solver.contract.instance import Instance
from solver.contract.json_fields import MOST, Fields, Notes
from solver.contract.magnitude import check_magnitude

FORMAT = "outreach-demand-1"
MOST_VALUES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteDemand:
    """The people that one site may have: ascending values, each as likely as the others."""

    site: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What is known of the people of some sites, the same number of values for each; all others are certain."""

    sites: tuple[SiteDemand, ...]

    @property
    def count(self) -> int:
        """How many values each site has; 1 if no site is named."""
        return len(self.sites[0].values) if self.sites else 1

    def mean_people(self) -> dict[str, int]:
        """The means by site, rounded up, so that a bound proven with them bounds the expectation too."""
        return {known.site: -(-sum(known.values) // self.count) for known in self.sites}

    def quantile_people(self, percent: int) -> dict[str, int]:
        """The least numbers by site that are not exceeded with a probability of `percent` (1 to 100)."""
        position = -(-self.count * percent // 100) - 1
        return {known.site: known.values[position] for known in self.sites}

    def to_json(self) -> dict[str, Any]:
        return {"format": FORMAT, "people": {known.site: list(known.values) for known in self.sites}}


def with_people(instance: Instance, people: Mapping[str, int]) -> Instance:
    """Return the instance with other numbers of people at the sites named; pins and published visits stay."""
    sites = tuple(replace(site, people=people.get(site.id, site.people)) for site in instance.sites)
    return replace(instance, sites=sites)


def demand_from_json(document: object, instance: Instance) -> Demand:
    """Build the demand of an instance's sites from parsed JSON; raises `InvalidDemand` with every fault found."""
    notes = Notes()
    top = Fields(document, "", notes)
    if top.take("format") != FORMAT:
        top.fault("format", f'give "{FORMAT}", the only format known')
    top.inner("people")
    entries = top.take("people")
    known = {site.id for site in instance.sites}
    sites: list[SiteDemand] = []
    for site, entry in entries.items() if isinstance(entries, dict) else ():
        path = f"/people/{site.replace('~', '~0').replace('/', '~1')}"
        if site not in known:
            notes.add(path, site, "name a site of the instance")
        values = _values(entry, path, notes)
        if values is None:
            continue
        if sites and len(values) != len(sites[0].values):
            mend = f"give {len(sites[0].values)} values, as many as {sites[0].site} has"
            notes.add(path, f"{len(values)} values", mend)
            continue
        sites.append(SiteDemand(site=site, values=values))
    demand = Demand(sites=tuple(sites))
    if not notes.faults:
        _check_magnitude(demand, instance, notes)
    if notes.faults:
        raise InvalidDemand(tuple(notes.faults))
    return demand


def read_demand(path: Path, instance: Instance) -> Demand:
    """Read the demand of an instance's sites from a JSON file; raises `OSError` and `InvalidDemand`."""
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as exc:
        fault = Fault(path="", value="unreadable", mend=f"write it as JSON in UTF-8 ({exc})")
        raise InvalidDemand((fault,)) from exc
    return demand_from_json(document, instance)


def _values(entry: object, path: str, notes: Notes) -> tuple[int, ...] | None:
    """Read the ascending values of a site; None, with the faults noted, if any of them is none."""
    if not isinstance(entry, list) or not 1 <= len(entry) <= MOST_VALUES:
        shown = f"{len(entry)} values" if isinstance(entry, list) else entry
        notes.add(path, shown, f"give a list of 1 to {MOST_VALUES} values")
        return None
    before = len(notes.faults)
    for index, value in enumerate(entry):
        if type(value) is not int or not 0 <= value <= MOST:
            notes.add(f"{path}/{index}", value, f"give a whole number from 0 to {MOST}")
    if len(notes.faults) > before:
        return None
    for index, (lower, higher) in enumerate(pairwise(entry), start=1):
        if higher < lower:
            notes.add(f"{path}/{index}", higher, f"sort the values: {lower} comes before it")
            return None
    return tuple(entry)


def _check_magnitude(demand: Demand, instance: Instance, notes: Notes) -> None:
    """Refuse values so large that an instance with them could not be searched."""
    most = with_people(instance, demand.quantile_people(100))
    too_large = Notes()
    check_magnitude(most, too_large)
    if too_large.faults:
        people = sum(site.people for site in most.sites)
        notes.add("/people", people, "lower the values: their products with the weights of the instance pass 2^62")
