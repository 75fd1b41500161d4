"""Random demands for the sites of an instance; pure functions of a `random.Random`, so that a seed names a case."""

from random import Random

from solver.contract.demand import Demand, SiteDemand
from solver.contract.instance import Instance


def random_demand(random: Random, instance: Instance, *, most_values: int = 9) -> Demand:
    """Return a demand of some of the sites, all with equally many values around the people of the instance."""
    count = random.randint(1, most_values)
    named = [site for site in instance.sites if random.random() < 0.8]
    return Demand(
        sites=tuple(
            SiteDemand(site=site.id, values=tuple(sorted(random.randint(0, 2 * site.people) for _ in range(count))))
            for site in named
        )
    )


def certain_demand(random: Random, instance: Instance, *, count: int = 1) -> Demand:
    """Return a demand that knows one number of people, said `count` times, for some of the sites."""
    named = [site for site in instance.sites if random.random() < 0.8]
    return Demand(
        sites=tuple(SiteDemand(site=site.id, values=(random.randint(0, 2 * site.people),) * count) for site in named)
    )
