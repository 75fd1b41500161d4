"""The pages that the browser tests open: for whom, and what must be seen there. A new page adds its row."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.access.models import Role

EVERYBODY = (Role.ADMIN, Role.PLANNER, Role.VIEWER, Role.COORDINATOR)
NOBODY = (None,)
"""Who has not logged in."""
PLANNERS = (Role.ADMIN, Role.PLANNER)
READERS = (Role.PLANNER, Role.VIEWER)
"""At one plan, where an administrator sees what a planner does."""
VISIT = "tim={team_code}&tanggal={day}&lokasi={site_code}"
SOURCES = ("tbody th .small",)
"""Where the page of progress quotes what an office wrote about a figure."""
DESK_BYTES = 150_000
PHONE_BYTES = 30 * 1024
"""On a first visit, which finds the day in the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRow:
    """One page as some people see it."""

    path: str
    """With places of the office: `/rencana/{schedule}`."""
    roles: Sequence[Role | None]
    """The first one reads it in both languages, the others in Indonesian: they see more or less, the same sentences."""
    title: str
    """Key of the sentence that its title begins with; its values may be any."""
    says: Sequence[str] = ()
    """Keys of sentences without values that are to be seen."""
    sees: Sequence[str] = ()
    """Playwright's selectors of what is to be seen, once it is there; with places, too."""
    quotes: Sequence[str] = ()
    """Selectors of what the office itself wrote, in whatever language: sources, notes."""
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
    PageRow(
        path="/rencana/{schedule}/papan",
        roles=(Role.PLANNER, Role.VIEWER),
        title="board.title",
        says=("board.title",),
        sees=(".visit", "td .back"),
    ),
    PageRow(
        path="/rencana/{schedule}/halangan?tim={team_code}&tanggal={day}", roles=(Role.PLANNER,), title="call_off.title"
    ),
    PageRow(path="/rencana/{draft}/tambah", roles=(Role.PLANNER,), title="board.add", sees=(".plain a",)),
    PageRow(
        path="/rencana/{draft}/perjalanan",
        roles=(Role.PLANNER,),
        title="trip_hand.send",
        says=("trip_hand.nothing_known",),
    ),
    PageRow(
        path="/rencana/{schedule}/perjalanan",
        roles=(Role.PLANNER,),
        title="trip_hand.send",
        says=("trip_hand.published",),
    ),
    PageRow(path="/rencana/{draft}/riwayat", roles=(Role.VIEWER,), title="board.history", says=("edits.copy",)),
    PageRow(path="/rencana/{schedule}/pilihan", roles=(Role.VIEWER,), title="choose.title", says=("choose.taken",)),
    PageRow(path="/akun", roles=EVERYBODY, title="account.title", says=("account.devices",), sees=("tbody tr",)),
    PageRow(path="/rencana", roles=READERS, title="plans.title", sees=(".badge.published", ".badge.edited")),
    PageRow(
        path="/rencana/{draft}",
        roles=(Role.PLANNER, Role.VIEWER),
        title="plan.title",
        says=("plan.progress",),
        sees=(".board .visit", ".progress-line polyline", "[data-map].leaflet-container", ".map-legend"),
        most_requests=14,
    ),
    PageRow(path="/rencana/{draft}/terbitkan", roles=PLANNERS, title="publish.title", says=("publish.changes",)),
    PageRow(
        path="/rencana/{schedule}/kalender",
        roles=(Role.PLANNER, Role.COORDINATOR),
        title="calendar.title",
        sees=("table.month .stop",),
        # Sunday is short "Min", as minutes are in English.
        quotes=("thead",),
    ),
    PageRow(path="/rencana/{draft}/hapus", roles=(Role.PLANNER,), title="plans.delete", says=("plans.keep",)),
    PageRow(
        path="/kemajuan/sinyal",
        roles=(Role.VIEWER,),
        title="signal_gaps.heading",
        says=("signal_gaps.unreachable",),
    ),
    PageRow(
        path="/lokasi",
        roles=(Role.PLANNER,),
        title="sites.title",
        says=("sites.marks", "map.signal_4"),
        sees=("tbody tr", ".mark", "[data-map].leaflet-container"),
        most_requests=14,
    ),
    PageRow(
        path="/lokasi?cari=tidak-ada",
        roles=(Role.PLANNER,),
        title="sites.title",
        says=("sites.none_of_these",),
        most_requests=14,
    ),
    PageRow(
        path="/lokasi/{site}",
        roles=(Role.PLANNER,),
        title="site.one",
        says=("site.windows", "site.history", "site.save"),
    ),
    PageRow(
        path="/lokasi/{site}/tempat-sesi",
        roles=(Role.PLANNER,),
        title="session_places.title",
        says=("session_places.place",),
    ),
    PageRow(
        path="/lokasi/{site}/persiapan",
        roles=(Role.PLANNER,),
        title="preparation.title",
        says=("preparation.price", "preparation.save"),
    ),
    PageRow(path="/lokasi/baru", roles=(Role.PLANNER,), title="site.new", says=("site.save",)),
    PageRow(
        path="/lokasi/impor", roles=(Role.PLANNER,), title="import_title.site", says=("import.explain", "import.look")
    ),
    PageRow(
        path="/tim/impor", roles=(Role.PLANNER,), title="import_title.team", says=("import.explain", "import.look")
    ),
    PageRow(path="/tim", roles=(Role.PLANNER,), title="teams.title", sees=("tbody tr",)),
    PageRow(path="/tim/{team}", roles=(Role.PLANNER,), title="team.one", says=("teams.leave", "site.save")),
    PageRow(path="/tim/baru", roles=(Role.PLANNER,), title="team.new", says=("site.save",)),
    PageRow(
        path="/sasaran",
        roles=(Role.PLANNER,),
        title="targets.title",
        says=("progress.doubts", "figures.explain"),
        sees=("tbody tr", ".mark"),
        quotes=(".quoted",),
    ),
    PageRow(
        path="/sasaran/ikd/district",
        roles=(Role.PLANNER,),
        title="target.one",
        says=("target.counts", "site.save"),
        quotes=(".quoted",),
    ),
    PageRow(
        path="/dokumen", roles=(Role.PLANNER,), title="issuing.title", says=("issuing.explain",), sees=("tbody tr",)
    ),
    PageRow(
        path="/dokumen/kia",
        roles=(Role.PLANNER,),
        title="issuing.one",
        says=("issuing.who_explain", "site.save"),
    ),
    PageRow(
        path="/jenis-lokasi",
        roles=(Role.PLANNER,),
        title="kinds.title",
        says=("kinds.explain", "kinds.preparation"),
        sees=("tbody tr", ".mark.assumed"),
    ),
    PageRow(
        path="/jenis-lokasi/school",
        roles=(Role.PLANNER,),
        title="kinds.one",
        says=("kinds.one_explain", "site.save"),
        sees=(".hours", "button.first"),
    ),
    PageRow(path="/sasaran/baru", roles=(Role.PLANNER,), title="targets.new", says=("site.save",)),
    PageRow(path="/hari-kerja", roles=(Role.PLANNER,), title="days.title", says=("days.weekdays",), sees=("tbody tr",)),
    PageRow(path="/hari-kerja/2023-12-25", roles=(Role.PLANNER,), title="day.one", says=("site.save",)),
    PageRow(
        path="/penutupan", roles=(Role.PLANNER,), title="closures.title", says=("closures.explain", "closures.new")
    ),
    PageRow(path="/perlengkapan", roles=(Role.PLANNER,), title="kits.title", says=("kits.explain", "kits.new")),
    PageRow(
        path="/perlengkapan/baru", roles=(Role.PLANNER,), title="kits.new", says=("kits.name",), sees=("button.first",)
    ),
    PageRow(
        path="/jalur", roles=(Role.PLANNER,), title="ways.title", says=("ways.explain", "ways.new", "ways.between")
    ),
    PageRow(
        path="/jalur/baru", roles=(Role.PLANNER,), title="ways.new", says=("way.minutes_hint",), sees=("button.first",)
    ),
    PageRow(
        path="/jalur/{way}",
        roles=(Role.PLANNER,),
        title="way.one",
        says=("way.both_directions",),
        sees=("button.first",),
    ),
    *(
        PageRow(
            path=path,
            roles=(Role.PLANNER,),
            title=f"{section}.title",
            says=("journeys.title", f"{section}.explain", f"{section}.none"),
        )
        for path, section in (("/sambungan", "connection"), ("/stasiun", "station"), ("/penginapan", "lodging"))
    ),
    PageRow(
        path="/sambungan/baru",
        roles=(Role.PLANNER,),
        title="connection.new",
        says=("connection.departs_latest_hint", "journeys.days_hint"),
        sees=("button.first",),
    ),
    PageRow(path="/stasiun/baru", roles=(Role.PLANNER,), title="station.new", says=("station.kind", "site.zone_hint")),
    PageRow(path="/penginapan/baru", roles=(Role.PLANNER,), title="lodging.new", says=("lodging.cost_per_night_hint",)),
    PageRow(path="/penutupan/baru", roles=(Role.PLANNER,), title="closures.new", says=("closure.day", "site.save")),
    PageRow(path="/kalender", roles=(Role.PLANNER,), title="office_calendars.title", says=("office_calendars.none",)),
    PageRow(
        path="/kalender/baru",
        roles=(Role.PLANNER,),
        title="office_calendars.new",
        says=("office_calendar.connect", "office_calendar.address_hint"),
    ),
    PageRow(path="/kecamatan", roles=(Role.PLANNER,), title="areas.title", says=("areas.upload",), sees=("tbody tr",)),
    PageRow(
        path="/loket", roles=(Role.PLANNER,), title="counters.title", says=("progress.doubts", "counters.no_rates")
    ),
    PageRow(
        path="/loket?dokumen=kia&sejak=2023-11-01",
        roles=(Role.PLANNER,),
        title="counters.title",
        says=("counters.in_force", "counters.add"),
        sees=("#laju + .actions + table tbody tr", "#hari tbody tr", "#tempat tbody tr", ".mark.given"),
        quotes=(".quoted", "#tempat th a"),
    ),
    PageRow(
        path="/loket/tempat/{counter_place}",
        roles=(Role.PLANNER,),
        title="counter_place.one",
        says=("counter_place.windows_hint", "counter_place.counted_explain", "site.save"),
        sees=("#hari tbody tr",),
        quotes=("h1",),
    ),
    PageRow(path="/loket/tempat/baru", roles=(Role.PLANNER,), title="counters.new_place", says=("site.save",)),
    PageRow(
        path="/loket/laju/kia/2023-11-01",
        roles=(Role.PLANNER,),
        title="rate.one",
        says=("rate.per_working_day_hint", "site.save"),
    ),
    PageRow(path="/loket/laju/baru", roles=(Role.PLANNER,), title="counters.new_rate", says=("site.save",)),
    PageRow(path="/loket/hari/kia/2023-11-17", roles=(Role.PLANNER,), title="count.one", says=("site.save",)),
    PageRow(
        path="/langganan",
        roles=(Role.PLANNER, Role.COORDINATOR),
        title="feeds.title",
        says=("feeds.make", "feeds.none"),
    ),
    PageRow(path="/", roles=(Role.ADMIN,), title="districts.title", lands_on="/wilayah"),
    PageRow(path="/", roles=(Role.VIEWER,), title="progress.heading", quotes=SOURCES, lands_on="/kemajuan"),
    PageRow(path="/wilayah", roles=(Role.ADMIN,), title="districts.title", sees=("main a", ".district-map .land")),
    PageRow(path="/kemajuan", roles=READERS, title="progress.heading", sees=("main img",), quotes=SOURCES),
    PageRow(path="/permintaan", roles=PLANNERS, title="requests.title", sees=("main a",)),
    PageRow(path="/permintaan/baru", roles=(Role.PLANNER,), title="new_request.title", sees=("main form",)),
    PageRow(path="/permintaan/{request}", roles=(Role.PLANNER,), title="one_request.title", sees=("main form",)),
    PageRow(
        path="/admin/pengguna",
        roles=(Role.ADMIN,),
        title="users.title",
        says=("users.add", "users.team_hint"),
        sees=("tbody tr", "form select[name=role]"),
    ),
    PageRow(
        path="/admin/pengguna/1",
        roles=(Role.ADMIN,),
        title="user.title",
        says=("user.access", "user.change", "user.trail"),
    ),
    PageRow(path="/admin/kalender", roles=(Role.ADMIN,), title="calendars.title", says=("calendars.none",)),
    PageRow(
        path="/admin/sistem",
        roles=(Role.ADMIN,),
        title="system.title",
        says=("system.offline", "system.work", "system.room", "system.backup_unknown", "system.version"),
    ),
    PageRow(
        path="/hari-ini",
        roles=(Role.COORDINATOR,),
        title="today.title",
        says=("today.report", "today.directions", "today.queue_empty"),
        sees=(".stop",),
        most_bytes=PHONE_BYTES,
        most_requests=10,
    ),
    PageRow(path="/hari-ini", roles=PLANNERS, title="today.title", says=("today.choose_team",), most_requests=16),
    PageRow(
        path="/hari-ini?wilayah=16.73&tim={team_code}",
        roles=(Role.VIEWER,),
        title="today.title",
        sees=(".stop",),
        most_requests=16,
    ),
    PageRow(
        path="/cetak/{team_code}/{day}",
        roles=(Role.COORDINATOR, Role.VIEWER),
        title="day_sheet.title",
        says=("day_sheet.pdf",),
        sees=("tbody tr",),
    ),
    PageRow(path="/admin/pengguna", roles=(Role.PLANNER,), title="problem.title", status=403),
    PageRow(path="/", roles=(Role.PLANNER,), title="plan.title", lands_on="/rencana/{schedule}", most_requests=14),
    PageRow(path="/rencana/{schedule}", roles=READERS, title="plan.title", sees=(".map svg",), most_requests=14),
    PageRow(path="/rencana/{draft}/terbitkan", roles=(Role.VIEWER,), title="problem.title", status=403),
    PageRow(path="/rencana/{draft}/papan", roles=READERS, title="board.title", sees=(".visit",)),
    PageRow(path=f"/rencana/{{schedule}}/pindah?{VISIT}", roles=READERS, title="visit.title"),
    PageRow(path="/rencana/{schedule}/lokasi", roles=READERS, title="reasons.title", sees=("#kecamatan",)),
    PageRow(path="/rencana/{schedule}/lokasi/{site_code}", roles=READERS, title="one_reason.title"),
    PageRow(
        path="/rencana/{schedule}/banding?dengan={draft}", roles=READERS, title="compare.title", sees=("main table",)
    ),
    PageRow(path="/rencana/{schedule}/andai", roles=(Role.PLANNER,), title="what_if.title", sees=("main form",)),
    PageRow(path="/hasil", roles=(Role.PLANNER,), title="results.title", sees=("main a",)),
    PageRow(path="/hasil/{visit}", roles=(Role.PLANNER,), title="report.title", sees=("main form",)),
)
