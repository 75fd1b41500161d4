"""How many people a visit can serve: operators, minutes and what the signal leaves of both."""

from solver.contract.instance import Connectivity, Site, Team


def capacity(connectivity: Connectivity, team: Team, *, site: Site, minutes: int) -> int:
    """Return the people a team can serve at a site in so many minutes of service, rounded down."""
    rate = service_rate(connectivity, team, site=site)
    return team.operators * minutes * rate // (team.minutes_per_activation * 10_000)


def service_rate(connectivity: Connectivity, team: Team, *, site: Site) -> int:
    """Return throughput times success in hundredths of a percent: 10,000 is undisturbed work, 0 is no signal."""
    level = max(site.connectivity, connectivity.satellite_level) if team.satellite else site.connectivity
    return connectivity.throughput_percent[level] * connectivity.success_percent[level]
