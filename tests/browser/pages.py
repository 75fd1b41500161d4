"""The pages that the browser tests open: for whom, and what must be seen there. A new page adds its row."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.access.models import Role

EVERYBODY = (Role.ADMIN, Role.PLANNER, Role.VIEWER, Role.COORDINATOR)
NOBODY = (None,)
"""Who has not logged in."""
PLANNERS = (Role.ADMIN, Role.PLANNER)
VIEWERS = (*PLANNERS, Role.VIEWER)
DESK_BYTES = 150_000
PHONE_BYTES = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRow:
    """One page as some people see it."""

    path: str
    """With places of the office: `/rencana/{schedule}`."""
    roles: Sequence[Role | None]
    title: str
    """Key of the sentence that its title begins with."""
    says: Sequence[str] = ()
    """Keys of sentences without values that are to be seen."""
    sees: Sequence[str] = ()
    """Playwright's selectors of what is to be seen, once it is there."""
    status: int = 200
    lands_on: str | None = None
    """The path that it sends people on to; None: it is shown where it was asked for."""
    most_bytes: int = DESK_BYTES
    """Of all that is transferred by an empty browser, compressed, headers included."""
    most_requests: int = 12


PAGES = (
    PageRow(path="/masuk", roles=NOBODY, title="log_in.title", says=("log_in.password", "log_in.lost")),
    PageRow(path="/", roles=NOBODY, title="log_in.title", says=("log_in.password",), lands_on="/masuk?ke=/"),
    PageRow(path="/akun", roles=NOBODY, title="log_in.title", lands_on="/masuk?ke=/akun"),
    PageRow(path="/keluar", roles=(*NOBODY, Role.PLANNER), title="log_out.title", says=("log_out.question",)),
    PageRow(path="{password_link}", roles=NOBODY, title="invitation.title", says=("invitation.again",)),
    PageRow(path="{phone_link}", roles=NOBODY, title="invitation.title", says=("invitation.claims",)),
    PageRow(path="/undangan/x", roles=NOBODY, title="problem.title", status=410),
    PageRow(path="/tidak-ada", roles=(*NOBODY, Role.PLANNER), title="problem.title", status=404),
    PageRow(path="/akun", roles=EVERYBODY, title="account.title", says=("account.devices",), sees=("tbody tr",)),
    PageRow(path="/lokasi", roles=PLANNERS, title="sites.title", says=("sites.marks",), sees=("tbody tr", ".mark")),
    PageRow(path="/lokasi?cari=tidak-ada", roles=PLANNERS, title="sites.title", says=("sites.none_of_these",)),
    PageRow(
        path="/lokasi/{site}", roles=PLANNERS, title="site.one", says=("site.windows", "site.history", "site.save")
    ),
    PageRow(path="/lokasi/baru", roles=PLANNERS, title="site.new", says=("site.save",)),
    PageRow(path="/lokasi/impor", roles=PLANNERS, title="import.title", says=("import.explain", "import.look")),
    PageRow(path="/lokasi", roles=(Role.VIEWER, Role.COORDINATOR), title="problem.title", status=403),
    PageRow(path="/tim", roles=PLANNERS, title="teams.title", sees=("tbody tr",)),
    PageRow(path="/tim/{team}", roles=PLANNERS, title="team.one", says=("team.no_leave", "site.save")),
    PageRow(path="/tim/baru", roles=PLANNERS, title="team.new", says=("site.save",)),
)
