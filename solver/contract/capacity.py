"""How many people a visit can serve: operators, minutes and what the signal leaves of both."""

from collections.abc import Callable

from solver.contract.documents import Document
from solver.contract.instance import Connectivity, Site, Team

WHOLE_RATE = 10_000
"""The rate of undisturbed work, in hundredths of a percent."""


def capacity(connectivity: Connectivity, team: Team, *, site: Site, minutes: int) -> int:
    """Return the people a team can serve at a site in so many minutes of service, rounded down."""
    rate = service_rate(connectivity, team, site=site)
    return team.operators * minutes * rate // (team.minutes_per_activation * WHOLE_RATE)


def service_rate(connectivity: Connectivity, team: Team, *, site: Site) -> int:
    """Return throughput times success in hundredths of a percent: 10,000 is undisturbed work, 0 is no signal, or a kit
    too few."""
    if site.needs_kits and not is_equipped(site, team.own_kits):
        return 0
    return signal_rate(connectivity, site, by_satellite=team.works_by_satellite)


def is_equipped(site: Site, count: Callable[[str], int]) -> bool:
    """Return whether somebody who has so many kits of a kind with them has one of each that a site needs."""
    return all(count(kind) > 0 for kind in site.needs_kits)


def signal_rate(connectivity: Connectivity, site: Site, *, by_satellite: bool) -> int:
    """Return the service rate at a site with or without a satellite set, as `service_rate` does with all kits."""
    level = max(site.connectivity, connectivity.satellite_level) if by_satellite else site.connectivity
    usual = connectivity.throughput_percent[level] * connectivity.success_percent[level]
    return usual if site.minutes_percent == 100 else usual * 100 // site.minutes_percent


def served_by_work(document: Document | None, team: Team, *, operator_minutes: int, rate: int) -> int:
    """Return the people whom so many operator-minutes serve with a document (None: the first) at a signal's rate."""
    if document is None:
        return operator_minutes * rate // (team.minutes_per_activation * WHOLE_RATE)
    return operator_minutes * (rate if document.needs_signal else WHOLE_RATE) // (document.minutes * WHOLE_RATE)
