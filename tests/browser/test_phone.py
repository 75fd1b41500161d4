"""The coordinator's phone, row by row: what it keeps, shows and sends when signal, session, plan or version change."""

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Route, expect
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.access.models import Role, Token
from app.schedules.models import Visit, VisitResult
from tests.browser import office
from tests.browser.conftest import PATIENCE_MS, OpenBrowser, copied
from tests.browser.service import Service
from tests.browser.watching import barriers
from tests.processes import Forked

SIGN = ".sign"


@dataclass
class Signal:
    """The service as a phone meets it: there, gone, and there again at the same address."""

    service: Service
    data_dir: Path
    process: Forked
    version: str = ""

    def lose(self) -> None:
        self.process.kill()
        self.process.communicate()

    def regain(self, *, version: str = "") -> None:
        port = str(urlsplit(self.service.address).port)
        url = self.service.engine.url.render_as_string(hide_password=False)
        self.process = Forked(
            "tests.browser.server_process",
            office.NOW.isoformat(),
            port,
            version,
            environment=os.environ | {"DATABASE_URL": url, "JEMPUT_DATA_DIR": str(self.data_dir)},
        )
        self.version = version
        assert self.process.stdout.readline().strip() == port

    def as_it_was(self) -> None:
        """There, and nobody has reported of today's first visit, which stands."""
        if self.version:
            self.lose()
        if self.process.poll() is not None:
            self.regain()
        with Session(self.service.engine) as session, session.begin():
            session.execute(delete(VisitResult).where(VisitResult.visit_id == self.service.places.visit))
            visit = session.get_one(Visit, self.service.places.visit)
            visit.in_force, visit.withdrawn_at = True, None
            self.service.secrets[Role.COORDINATOR] = office.log_in(session, Role.COORDINATOR)


@pytest.fixture(scope="module")
def _signal(
    browser: Browser, postgres_url: str, office_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Signal]:
    for service in copied(postgres_url, f"{office_database}_phone", office_database, tmp_path_factory):
        found = Signal(service, tmp_path_factory.mktemp("phone"), service.process)
        yield found
        if found.process.poll() is None:
            found.process.communicate()


@pytest.fixture
def signal(_signal: Signal) -> Signal:
    _signal.as_it_was()
    return _signal


@pytest.fixture
def phone(signal: Signal, open_browser: OpenBrowser) -> Page:
    """The coordinator's phone with today's stops on its screen, ready to go where there is no signal."""
    context = open_browser(signal.service, Role.COORDINATOR, phone=True)
    # The worker, whose requests no route of a test catches, would send reports by itself; not every telephone lets it.
    context.add_init_script("Object.defineProperty(ServiceWorkerRegistration.prototype, 'sync', { value: undefined })")
    return opened(context.new_page())


def opened(page: Page, path: str = "/hari-ini") -> Page:
    page.goto(path)
    expect(page.locator(".stop").first).to_be_visible(timeout=PATIENCE_MS)
    is_kept = "navigator.serviceWorker ? navigator.serviceWorker.ready.then(() => true) : false"
    assert page.evaluate(is_kept) is True
    return page


def report(page: Page, *, served: int, activated: int) -> None:
    """Of the first stop, which has begun: four taps."""
    page.locator(".stop").first.locator("button.first").click()
    form = page.locator("dialog")
    form.get_by_text("Terlaksana", exact=True).click()
    form.get_by_label("Dilayani (semua orang)", exact=True).fill(str(served))
    form.get_by_label("Aktivasi (warga daerah ini)", exact=True).fill(str(activated))
    form.get_by_role("button", name="Kirim").click()
    expect(form).to_have_count(0)


def choose_language(page: Page, name: str) -> None:
    page.locator("#more summary").click()
    page.get_by_role("button", name=name).click()


def stored(service: Service) -> list[tuple[int, int, bool, str]]:
    """Served, activated, whether it stands and by whom, of today's first visit of the team."""
    with Session(service.engine) as session:
        rows = session.execute(
            select(VisitResult.served, VisitResult.activated, VisitResult.stands, VisitResult.reported_by)
            .where(VisitResult.visit_id == service.places.visit)
            .order_by(VisitResult.id)
        )
        return [(served, activated, stands, who) for served, activated, stands, who in rows]


def test_a_boat_is_called_a_boat_there_and_back(signal: Signal, open_browser: OpenBrowser) -> None:
    def tell(minutes: int, source: str, way: str | None) -> None:
        with Session(signal.service.engine) as session, session.begin():
            first = session.get_one(Visit, signal.service.places.visit)
            first.travel_minutes, first.travel_source, first.travel_way = minutes, source, way
            of_day = (Visit.team_id == first.team_id, Visit.date == first.date, Visit.in_force)
            session.execute(update(Visit).where(*of_day).values(home_source=source, home_way=way))

    tell(25, "entered", "boat")
    try:
        page = opened(open_browser(signal.service, Role.COORDINATOR, phone=True).new_page())
        expect(page.locator(".stop").first).to_contain_text("25 menit naik perahu")
        expect(page.locator(".back")).to_contain_text("menit naik perahu.")
    finally:
        tell(0, "great_circle", None)


def test_a_preparation_says_whom_it_prepares_and_is_reported_by_how_many(
    signal: Signal, open_browser: OpenBrowser
) -> None:
    def tell(stage: str | None, people: int | None, expected: int) -> int:
        with Session(signal.service.engine) as session, session.begin():
            first = session.get_one(Visit, signal.service.places.visit)
            before = first.expected_activations
            first.stage, first.prepared, first.expected_activations = stage, people, expected
            return before

    before = tell("preparation", 60, 0)
    try:
        page = opened(open_browser(signal.service, Role.COORDINATOR, phone=True).new_page())
        stop = page.locator(".stop").first
        expect(stop).to_contain_text("Persiapan: 60 orang")
        expect(stop).to_contain_text("belum dihitung")
        stop.locator("button.first").click()
        form = page.locator("dialog")
        form.get_by_text("Terlaksana", exact=True).click()
        expect(form.get_by_label("Dilayani (semua orang)", exact=True)).to_have_count(0)
        form.get_by_role("button", name="Kirim").click()
        expect(form).to_contain_text("Isi dengan bilangan, 0 bila tidak ada.")
        form.get_by_label("Disiapkan (belum diaktivasi)", exact=True).fill("55")
        form.get_by_role("button", name="Kirim").click()
        expect(form).to_have_count(0)
        expect(page.locator(SIGN)).to_contain_text("55 disiapkan.", timeout=PATIENCE_MS)
        expect(page.locator("#count")).to_have_text("Tidak ada laporan yang menunggu dikirim", timeout=PATIENCE_MS)
        with Session(signal.service.engine) as session:
            results = session.scalars(select(VisitResult).where(VisitResult.visit_id == signal.service.places.visit))
            assert [(result.served, result.activated, result.prepared) for result in results] == [(0, 0, 55)]
    finally:
        tell(None, None, before)


def test_a_visit_of_several_documents_says_whom_each_serves_and_is_reported_by_each(
    signal: Signal, open_browser: OpenBrowser
) -> None:
    def tell(further: dict[str, int]) -> None:
        with Session(signal.service.engine) as session, session.begin():
            session.get_one(Visit, signal.service.places.visit).expected_further = further

    tell({"kia": 12, "ktp_el": 0})
    try:
        page = opened(open_browser(signal.service, Role.COORDINATOR, phone=True).new_page())
        expect(page.locator(".stop").first).to_contain_text("aktivasi, 12 KIA")
        page.locator(".stop").first.locator("button.first").click()
        form = page.locator("dialog")
        form.get_by_text("Terlaksana", exact=True).click()
        expect(form.get_by_label("Dilayani KTP-el")).to_have_count(0)
        form.get_by_label("Dilayani IKD (semua orang)", exact=True).fill("9000")
        form.get_by_label("Aktivasi (warga daerah ini)", exact=True).fill("36")
        form.get_by_label("Dilayani KIA", exact=True).fill("sebelas")
        form.get_by_role("button", name="Kirim").click()
        expect(form).to_contain_text("Isi dengan bilangan, 0 bila tidak ada.")
        assert barriers(page) == []
        form.get_by_label("Dilayani KIA", exact=True).fill("11")
        form.get_by_role("button", name="Kirim").click()
        # What is mended is asked for as it was before it was sent.
        page.get_by_role("button", name="Perbaiki").click(timeout=PATIENCE_MS)
        expect(form.get_by_label("Dilayani KIA", exact=True)).to_have_value("11")
        form.get_by_label("Dilayani IKD (semua orang)", exact=True).fill("40")
        form.get_by_role("button", name="Kirim").click()
        told = "Terkirim: 36 aktivasi dari 40 yang dilayani · 11 KIA"
        expect(page.locator(SIGN)).to_contain_text(told, timeout=PATIENCE_MS)
        with Session(signal.service.engine) as session:
            results = session.scalars(select(VisitResult).where(VisitResult.visit_id == signal.service.places.visit))
            assert [result.served_further for result in results] == [{"kia": 11}]
    finally:
        tell({})


def kept_names(page: Page) -> list[str]:
    """What the phone's storage holds beside reports."""
    found: list[str] = page.evaluate(
        """() => new Promise((resolve) => {
          indexedDB.open("jemput").onsuccess = (event) => {
            event.target.result.transaction("kept").objectStore("kept").getAllKeys().onsuccess = (keys) => {
              event.target.result.close();
              resolve(keys.target.result);
            };
          };
        })"""
    )
    return found


MINE = "user koordinator"


def test_a_report_without_signal_survives_reload_and_a_closed_tab_and_is_stored_once(
    phone: Page, signal: Signal
) -> None:
    signal.lose()
    phone.reload()
    expect(phone.locator("#age")).to_contain_text("Tanpa sinyal", timeout=PATIENCE_MS)
    report(phone, served=40, activated=36)
    expect(phone.locator(SIGN)).to_contain_text("Menunggu dikirim: 36 aktivasi dari 40")
    expect(phone.locator("#count")).to_contain_text("1 laporan menunggu dikirim")
    # The kept page is there in the other language too.
    choose_language(phone, "English")
    expect(phone.locator(SIGN)).to_contain_text("Waiting to be sent: 36 activations of 40 served")
    choose_language(phone, "Indonesia")
    context = phone.context
    phone.close()
    page = context.new_page()
    # Whoever types the address alone finds the page too.
    page.goto("/")
    expect(page).to_have_url(f"{signal.service.address}/hari-ini")
    expect(page.locator(SIGN)).to_contain_text("Menunggu dikirim")
    signal.regain()
    page.locator("#send").click()
    expect(page.locator(SIGN)).to_contain_text("Terkirim: 36 aktivasi dari 40", timeout=PATIENCE_MS)
    expect(page.locator("#count")).to_have_text("Tidak ada laporan yang menunggu dikirim")
    assert stored(signal.service) == [(40, 36, True, MINE)]


def test_an_answer_that_was_lost_is_asked_for_again_and_a_later_word_corrects_it(phone: Page, signal: Signal) -> None:
    is_lost = True

    def carry(route: Route) -> None:
        # Not unrouted later on: what was on its way then would get no answer at all.
        if not is_lost:
            return route.continue_()
        route.fetch()
        return route.abort()

    phone.route("**/result", carry)
    report(phone, served=40, activated=36)
    expect(phone.locator("#count")).to_contain_text("Belum ada sinyal", timeout=PATIENCE_MS)
    assert stored(signal.service) == [(40, 36, True, MINE)]
    report(phone, served=41, activated=37)
    is_lost = False
    # By itself, and again: what is on its way when signal comes is lost once more, and a click may find no button.
    phone.evaluate("setInterval(() => window.dispatchEvent(new Event('online')), 1000)")
    expect(phone.locator("#count")).to_have_text("Tidak ada laporan yang menunggu dikirim", timeout=PATIENCE_MS)
    assert stored(signal.service) == [(40, 36, False, MINE), (41, 37, True, MINE)]


def test_what_cannot_be_is_told_at_its_field_and_by_the_service_in_its_words(phone: Page, signal: Signal) -> None:
    phone.locator(".stop").first.locator("button.first").click()
    form = phone.locator("dialog")
    form.get_by_role("button", name="Kirim").click()
    expect(form.locator("#outcome-wrong")).to_be_visible()
    form.get_by_text("Terpotong", exact=True).click()
    form.get_by_label("Dilayani (semua orang)", exact=True).fill("40")
    form.get_by_label("Aktivasi (warga daerah ini)", exact=True).fill("45")
    form.get_by_role("button", name="Kirim").click()
    expect(form.locator("#activated-wrong")).to_contain_text("lebih banyak daripada yang dilayani")
    expect(form.locator("#cause-wrong")).to_be_visible()
    assert barriers(phone) == []
    form.get_by_label("Dilayani (semua orang)", exact=True).fill("9000")
    form.get_by_label("Apa sebabnya?").select_option("weather")
    form.get_by_role("button", name="Kirim").click()
    expect(phone.locator(SIGN)).to_contain_text("kurang dari semenit seorang", timeout=PATIENCE_MS)
    assert stored(signal.service) == []
    phone.get_by_role("button", name="Perbaiki").click()
    form.get_by_label("Dilayani (semua orang)", exact=True).fill("50")
    form.get_by_role("button", name="Kirim").click()
    expect(phone.locator(SIGN)).to_contain_text("Terkirim: 45 aktivasi dari 50", timeout=PATIENCE_MS)
    assert stored(signal.service) == [(50, 45, True, MINE)]


def report_by_planner(service: Service, open_browser: OpenBrowser) -> None:
    answer = open_browser(service, Role.PLANNER).request.post(
        f"/v1/visits/{service.places.visit}/result",
        headers={"Origin": service.address},
        data={
            "report_id": str(uuid.uuid4()),
            "outcome": "held",
            "served": 30,
            "activated": 25,
            "reported_at": office.NOW.isoformat(),
        },
    )
    assert answer.status == 201


def test_somebody_elses_report_is_shown_and_corrected_only_by_choice(
    phone: Page, signal: Signal, open_browser: OpenBrowser
) -> None:
    report_by_planner(signal.service, open_browser)
    report(phone, served=40, activated=36)
    expect(phone.locator(SIGN)).to_contain_text("oleh perencana: 25 aktivasi dari 30", timeout=PATIENCE_MS)
    assert len(stored(signal.service)) == 1
    phone.get_by_role("button", name="Ganti dengan laporan saya").click()
    expect(phone.locator(SIGN)).to_contain_text("Terkirim: 36", timeout=PATIENCE_MS)
    assert stored(signal.service) == [(30, 25, False, "user perencana"), (40, 36, True, MINE)]


def end_sessions(service: Service) -> None:
    with Session(service.engine) as session, session.begin():
        session.execute(update(Token).where(Token.prefix == MINE).values(revoked_at=office.NOW))


def enter(context: BrowserContext, service: Service, role: Role) -> None:
    with Session(service.engine) as session, session.begin():
        secret = office.log_in(session, role)
    context.clear_cookies()
    context.add_cookies([{"name": "jb", "value": secret, "url": service.address}])


def test_reports_of_a_session_that_is_over_wait_for_their_writer_and_nobody_else_sends_them(
    phone: Page, signal: Signal
) -> None:
    end_sessions(signal.service)
    report(phone, served=40, activated=36)
    expect(phone.get_by_text("Sesi Anda berakhir")).to_be_visible(timeout=PATIENCE_MS)
    expect(phone.locator("#count")).to_contain_text("1 laporan menunggu dikirim")
    # Whom to call at a site leaves a phone that was logged out from afar; the plan stays.
    expect(phone.get_by_text("Kontak:")).to_have_count(0)
    expect(phone.locator(".stop").first).to_be_visible()
    enter(phone.context, signal.service, Role.PLANNER)
    opened(phone, f"/hari-ini?wilayah={office.DISTRICT}&tim={office.TEAM}")
    told = "1 laporan milik Koordinator Tim 1 tersimpan di ponsel ini"
    expect(phone.locator("#count")).to_contain_text(told, timeout=PATIENCE_MS)
    assert stored(signal.service) == []
    enter(phone.context, signal.service, Role.COORDINATOR)
    phone.goto("/hari-ini")
    expect(phone.locator(SIGN)).to_contain_text("Terkirim: 36", timeout=PATIENCE_MS)
    assert stored(signal.service) == [(40, 36, True, MINE)]


def withdraw(service: Service) -> None:
    with Session(service.engine) as session, session.begin():
        visit = session.get_one(Visit, service.places.visit)
        visit.in_force, visit.withdrawn_at, visit.changed_at = False, office.NOW, office.NOW


def test_a_report_of_a_visit_that_was_withdrawn_meanwhile_is_a_fact_and_the_change_is_told(
    phone: Page, signal: Signal
) -> None:
    signal.lose()
    report(phone, served=40, activated=36)
    withdraw(signal.service)
    signal.regain()
    phone.reload()
    expect(phone.locator(".changed")).to_contain_text("Batal: Puskesmas Taba", timeout=PATIENCE_MS)
    expect(phone.locator("#count")).to_have_text("Tidak ada laporan yang menunggu dikirim", timeout=PATIENCE_MS)
    assert stored(signal.service) == [(40, 36, True, MINE)]
    # It is told until somebody has seen it, and then no more.
    phone.reload()
    phone.locator(".changed").get_by_role("button").click()
    expect(phone.locator(".changed")).to_have_count(0)
    phone.reload()
    expect(phone.locator("#age")).to_contain_text("Diperbarui", timeout=PATIENCE_MS)
    expect(phone.locator(".changed")).to_have_count(0)


def test_a_visit_that_is_gone_altogether_keeps_its_report_until_its_writer_decides(phone: Page, signal: Signal) -> None:
    phone.route("**/result", lambda route: route.fulfill(status=404, json={"detail": "Kunjungan ini tidak ada."}))
    report(phone, served=40, activated=36)
    expect(phone.locator(SIGN)).to_contain_text("Jadwal berubah – tetap kirim?", timeout=PATIENCE_MS)
    expect(phone.locator("#count")).to_contain_text("1 laporan perlu keputusan Anda")
    phone.unroute("**/result")
    phone.get_by_role("button", name="Tetap kirim").click()
    expect(phone.locator(SIGN)).to_contain_text("Terkirim: 36", timeout=PATIENCE_MS)
    assert stored(signal.service) == [(40, 36, True, MINE)]


def test_leaving_without_signal_takes_tasks_and_contacts_away_and_ends_the_session_later(
    phone: Page, signal: Signal
) -> None:
    asked: list[str] = []

    def agree(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept()

    phone.on("dialog", agree)
    signal.lose()
    report(phone, served=40, activated=36)
    phone.locator("#more summary").click()
    phone.get_by_role("link", name="Keluar").click()
    expect(phone.get_by_text("sesi di layanan diakhiri begitu ada sinyal")).to_be_visible(timeout=PATIENCE_MS)
    assert "1 laporan Anda belum terkirim" in asked[0]
    assert not {"tasks", "seen", "who"} & set(kept_names(phone))
    phone.reload()
    expect(phone.get_by_text("Anda sudah keluar")).to_be_visible()
    expect(phone.locator(".stop")).to_have_count(0)
    signal.regain()
    phone.reload()
    expect(phone.get_by_text("Tugas dan kontak sudah dihapus dari ponsel ini.")).to_be_visible(timeout=PATIENCE_MS)
    assert phone.context.request.get("/v1/me").status == 401
    # What waits is its writer's, and comes back with them.
    enter(phone.context, signal.service, Role.COORDINATOR)
    phone.goto("/hari-ini")
    expect(phone.locator(SIGN)).to_contain_text("Terkirim: 36", timeout=PATIENCE_MS)


def test_a_phone_whose_clock_is_a_year_behind_goes_by_the_services(signal: Signal, open_browser: OpenBrowser) -> None:
    context = open_browser(signal.service, Role.COORDINATOR, phone=True)
    context.clock.set_fixed_time(office.NOW - timedelta(days=365))
    page = opened(context.new_page())
    expect(page.get_by_text("berbeda 365 hari")).to_be_visible()
    expect(page.locator("#title")).to_contain_text("Selasa, 21 November")
    report(page, served=40, activated=36)
    expect(page.locator(SIGN)).to_contain_text("Terkirim: 36", timeout=PATIENCE_MS)
    with Session(signal.service.engine) as session:
        newest = session.scalar(
            select(func.max(VisitResult.reported_at)).where(VisitResult.visit_id == signal.service.places.visit)
        )
    assert newest is not None
    assert abs(newest - office.NOW) < timedelta(minutes=5)


def test_by_a_name_without_https_the_page_says_what_it_cannot_and_reports_all_the_same(
    signal: Signal, open_browser: OpenBrowser
) -> None:
    context = open_browser(signal.service, Role.COORDINATOR, phone=True)
    address = f"http://kantor.test:{urlsplit(signal.service.address).port}"
    context.add_cookies([{"name": "jb", "value": signal.service.secrets[Role.COORDINATOR], "url": address}])
    page = context.new_page()
    page.goto(f"{address}/hari-ini")
    expect(page.get_by_text("tidak memakai HTTPS")).to_be_visible(timeout=PATIENCE_MS)
    assert page.evaluate("typeof crypto.randomUUID") == "undefined"
    report(page, served=40, activated=36)
    expect(page.locator(SIGN)).to_contain_text("Terkirim: 36", timeout=PATIENCE_MS)
    assert stored(signal.service) == [(40, 36, True, MINE)]


def shown_version(page: Page) -> str:
    found: str = page.evaluate("document.querySelector('script[type=module]').src.split('/').at(-2)")
    return found


def test_a_new_version_comes_whole_and_takes_no_report_with_it(phone: Page, signal: Signal) -> None:
    before = shown_version(phone)
    signal.lose()
    report(phone, served=40, activated=36)
    signal.regain(version="0123456789ab")
    phone.route("**/result", lambda route: route.abort())
    phone.reload()
    offer = phone.get_by_role("button", name="Muat versi baru")
    expect(offer).to_be_visible(timeout=PATIENCE_MS)
    assert shown_version(phone) == before
    offer.click()
    expect(phone.locator('script[src*="/0123456789ab/"]')).to_have_count(1, timeout=PATIENCE_MS)
    expect(phone.locator(SIGN)).to_contain_text("Menunggu dikirim: 36")
    assert phone.evaluate("caches.keys().then((names) => names.length)") == 1
    signal.lose()
    phone.reload()
    expect(phone.locator(SIGN)).to_contain_text("Menunggu dikirim: 36")
