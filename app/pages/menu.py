"""Where each role can go, in the order in which the pages lie in the head of every page."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.access.models import Role
from app.pages.readers import Reader

_PLANNERS = (Role.ADMIN, Role.PLANNER)
_VIEWERS = (*_PLANNERS, Role.VIEWER)


@dataclass(frozen=True, slots=True)
class Entry:
    """One page of the menu; `key` is the sentence that names it."""

    path: str
    key: str
    roles: Sequence[Role]
    for_several: bool = False
    """Shown to those alone who see more districts than one."""
    room: str | None = None
    """Where the paths of its room begin, whose other pages are found from each of them; None: at its own."""

    def holds(self, path: str) -> bool:
        """Whether a page is this one or belongs to it."""
        return path == self.path or path.startswith(f"{self.room or self.path}/")


MENU = (
    Entry("/wilayah", "menu.districts", _VIEWERS, for_several=True),
    Entry("/rencana", "menu.plans", _VIEWERS),
    Entry("/kemajuan", "menu.progress", _VIEWERS),
    Entry("/permintaan", "menu.requests", _PLANNERS),
    Entry("/hasil", "menu.results", _PLANNERS),
    Entry("/lokasi", "menu.sites", _PLANNERS),
    Entry("/tim", "menu.teams", _PLANNERS),
    Entry("/hari-kerja", "menu.days", _PLANNERS),
    Entry("/sasaran", "menu.targets", _PLANNERS),
    Entry("/hari-ini", "menu.today", (*_PLANNERS, Role.COORDINATOR)),
    # Planners find it at a team and at a plan's calendar.
    Entry("/langganan", "feeds.title", (Role.COORDINATOR,)),
    Entry("/admin/pengguna", "menu.admin", (Role.ADMIN,), room="/admin"),
)


def menu_of(reader: Reader) -> Sequence[Entry]:
    """The pages that the reader may open."""
    return [entry for entry in MENU if reader.actor.role in entry.roles and (reader.others or not entry.for_several)]


def home_of(reader: Reader) -> str:
    """The page that a person wants to see first."""
    if reader.actor.role is Role.COORDINATOR:
        return "/hari-ini"
    if reader.district is None and reader.others:
        return "/wilayah"
    return "/kemajuan" if reader.actor.role is Role.VIEWER else "/rencana"
