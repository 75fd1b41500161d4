"""What an instance becomes when the people of a site are served at another one."""

from collections.abc import Iterable
from dataclasses import replace

from solver.contract.documents import SATELLITE
from solver.contract.instance import Instance, Override, Site


def with_session_moved(instance: Instance, site: Site, place: Site, *, percent: int) -> Instance:
    """Serve so many percent of a site's people, rounded down, at another site of the instance: at its place, signal and
    hours, on the dates on which both are open.

    What the site itself says of its visits stays: how many, how far apart, how long they take to set up, with which
    machines; a satellite set is needed where the place needs one. Pinned visits to it stay too, and may no longer be
    possible; published ones go.
    """
    moved = replace(
        site,
        place=place.place,
        connectivity=place.connectivity,
        zone=place.zone,
        needs_kits=(
            *(kind for kind in site.needs_kits if kind != SATELLITE),
            *(kind for kind in place.needs_kits if kind == SATELLITE),
        ),
        open_dates=tuple(here and there for here, there in zip(site.open_dates, place.open_dates, strict=True)),
        windows=place.windows,
        windows_on=place.windows_on,
        people=site.people * percent // 100,
        people_by_document=tuple((name, people * percent // 100) for name, people in site.people_by_document),
    )
    kept = tuple(override for override in instance.travel.overrides if site.id not in override.between)
    copied = overrides_for(site.id, place.id, kept)
    return replace(
        instance,
        sites=tuple(moved if known is site else known for known in instance.sites),
        travel=replace(instance.travel, overrides=(*kept, *copied)) if instance.travel.overrides else instance.travel,
        published=tuple(visit for visit in instance.published if visit.site != site.id or visit in instance.pinned),
    )


def overrides_for(name: str, place: str, overrides: Iterable[Override]) -> tuple[Override, ...]:
    """The ways of a place, for whoever is there under another name."""
    return tuple(
        replace(override, between=(name, other))
        for override in overrides
        for here, other in (override.between, override.between[::-1])
        if here == place
    )
