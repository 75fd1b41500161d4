"""The client's side of CalDAV: pages, refusals and broken answers written by hand, and writing to real servers."""

from collections.abc import Callable

import httpx
import pytest

from app.calendars.addresses import origin_of
from app.calendars.caldav import CaldavClient, ChangedElsewhere, ListingRefused, TokenRefused
from app.calendars.guarded_http import Credentials, GuardedHttp
from app.calendars.troubles import CalendarTrouble, Trouble
from app.guarded_transport import GuardedTransport, HttpLimits, trusted_tls
from tests.app.calendars.events import THIS_MACHINE, event
from tests.app.calendars.real_servers import RealServer

HOME = "https://cal.example/u/agenda/"


def client(answer: Callable[[httpx.Request], httpx.Response]) -> CaldavClient:
    def streamed(request: httpx.Request) -> httpx.Response:
        written = answer(request)
        return httpx.Response(written.status_code, headers=written.headers, stream=httpx.ByteStream(written.content))

    return CaldavClient(GuardedHttp(httpx.MockTransport(streamed), HttpLimits()), HOME)


def multistatus(*responses: str, token: str | None = None) -> bytes:
    end = f"<sync-token>{token}</sync-token>" if token else ""
    return f'<?xml version="1.0"?><multistatus xmlns="DAV:">{"".join(responses)}{end}</multistatus>'.encode()


def member(name: str, etag: str = '"1"') -> str:
    return (
        f"<response><href>/u/agenda/{name}</href><propstat><prop><getetag>{etag}</getetag></prop>"
        "<status>HTTP/1.1 200 OK</status></propstat></response>"
    )


def status(path: str, code: int) -> str:
    return f"<response><href>{path}</href><status>HTTP/1.1 {code} X</status></response>"


OWN = (
    "<response><href>/u/agenda/</href><propstat><prop><resourcetype><collection/></resourcetype></prop>"
    "<status>HTTP/1.1 200 OK</status></propstat></response>"
)


def test_changes_are_read_page_by_page_until_nothing_is_held_back() -> None:
    pages = {
        "": multistatus(member("a.ics"), member("b.ics"), status("/u/agenda/", 507), token="t1"),
        "t1": multistatus(member("c.ics"), status("/u/agenda/a.ics", 404), status("/u/agenda/", 507), token="t2"),
        "t2": multistatus(member("b.ics", '"2"'), token="t3"),
    }

    def answer(request: httpx.Request) -> httpx.Response:
        token = request.content.decode().partition("<d:sync-token>")[2].partition("</d:sync-token>")[0]
        return httpx.Response(207, content=pages[token])

    changes = client(answer).changes(None)
    assert dict(changes.changed) == {"/u/agenda/b.ics": '"2"', "/u/agenda/c.ics": '"1"'}
    assert (changes.gone, changes.token) == (frozenset({"/u/agenda/a.ics"}), "t3")


def test_server_that_holds_back_the_same_page_for_ever_is_left() -> None:
    page = multistatus(member("a.ics"), status("/u/agenda/", 507), token="same")
    with pytest.raises(CalendarTrouble) as caught:
        client(lambda request: httpx.Response(207, content=page)).changes("same")
    assert caught.value.code == Trouble.INCOMPLETE


@pytest.mark.parametrize("code", [400, 403, 409, 410, 412, 415])
def test_any_refusal_that_names_the_token_means_start_over(code: int) -> None:
    body = b'<error xmlns="DAV:"><valid-sync-token/></error>'
    with pytest.raises(TokenRefused):
        client(lambda request: httpx.Response(code, content=body)).changes("old")


@pytest.mark.parametrize(
    ("code", "body"), [(507, b""), (403, b'<error xmlns="DAV:"><number-of-matches-within-limits/></error>')]
)
def test_server_that_will_not_list_so_much_is_asked_in_another_way(code: int, body: bytes) -> None:
    with pytest.raises(ListingRefused):
        client(lambda request: httpx.Response(code, content=body)).changes(None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<multistatus",
        multistatus(member("a.ics")),
        b'<!DOCTYPE x [<!ENTITY a "b">]><multistatus xmlns="DAV:">&a;</multistatus>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><multistatus xmlns="DAV:"/>',
        b"<html/>",
        multistatus(status("https://other.example/u/agenda/a.ics", 404), OWN),
    ],
)
def test_listing_that_is_broken_or_forgets_the_collection_empties_nothing(body: bytes) -> None:
    with pytest.raises(CalendarTrouble) as caught:
        client(lambda request: httpx.Response(207, content=body)).members()
    assert caught.value.code == Trouble.INCOMPLETE


def test_resource_passed_over_in_silence_is_asked_for_by_itself() -> None:
    data = (
        "<response><href>/u/agenda/a%20b.ics</href><propstat><prop><getetag>1</getetag>"
        '<calendar-data xmlns="urn:ietf:params:xml:ns:caldav">BEGIN:VCALENDAR</calendar-data></prop>'
        "<status>HTTP/1.1 200 OK</status></propstat></response>"
    )

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "REPORT":
            return httpx.Response(207, content=multistatus(data))
        if request.url.path.endswith("silent.ics"):
            return httpx.Response(200, content=b"BEGIN:VCALENDAR", headers={"ETag": '"7"'})
        return httpx.Response(404)

    paths = ["/u/agenda/a%20b.ics", "/u/agenda/silent.ics", "/u/agenda/gone.ics"]
    found, gone = client(answer).fetch(paths)
    assert {path: resource.etag for path, resource in found.items()} == {paths[0]: "1", paths[1]: '"7"'}
    assert gone == {paths[2]}


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        (200, Trouble.NOT_A_CALENDAR),
        (403, Trouble.CREDENTIALS_REFUSED),
        (404, Trouble.NOT_FOUND),
        (405, Trouble.NOT_A_CALENDAR),
        (500, Trouble.SERVER_FAILED),
    ],
)
def test_address_that_is_no_calendar_is_told_as_such(code: int, trouble: Trouble) -> None:
    with pytest.raises(CalendarTrouble) as caught:
        client(lambda request: httpx.Response(code, content=b"<html/>")).collection()
    assert caught.value.code == trouble


def test_folder_of_calendars_is_no_calendar(server: RealServer) -> None:
    with _http(server, server.home) as http, pytest.raises(CalendarTrouble) as caught:
        CaldavClient(http, server.home).collection()
    assert caught.value.code == Trouble.NOT_A_CALENDAR


def _http(server: RealServer, address: str) -> GuardedHttp:
    limits = HttpLimits(total_seconds=30)
    known = None
    if server.has_accounts:
        known = Credentials(username=server.username, password=server.password, origin=origin_of(address))
    return GuardedHttp(GuardedTransport(THIS_MACHINE, limits, tls=trusted_tls()), limits, credentials=known)


def test_nothing_is_written_over_somebody_elses_change(server: RealServer) -> None:
    remote = server.new_calendar()
    with _http(server, remote.address) as http:
        calendar = CaldavClient(http, remote.address)
        path = calendar.path_of("visit-1.ics")
        calendar.put(path, event("visit-1"), etag=None)
        ours = calendar.get(path)
        assert ours is not None
        with pytest.raises(ChangedElsewhere):
            calendar.put(path, event("visit-1"), etag=None)

        remote.put("visit-1", event("visit-1", "20231115T090000", "20231115T100000"))
        with pytest.raises(ChangedElsewhere):
            calendar.put(path, event("visit-1"), etag=ours.etag)
        with pytest.raises(ChangedElsewhere):
            calendar.delete(path, etag=ours.etag)

        theirs = calendar.get(path)
        assert theirs is not None
        assert b"20231115T090000" in theirs.content
        calendar.put(path, event("visit-1", "20231116T090000", "20231116T100000"), etag=theirs.etag)
        last = calendar.get(path)
        assert last is not None
        calendar.delete(path, etag=last.etag)
        assert calendar.get(path) is None
        calendar.delete(path, etag=last.etag)


def test_same_uid_under_another_name_is_refused(server: RealServer) -> None:
    remote = server.new_calendar()
    remote.put("first", event("one-and-only"))
    with _http(server, remote.address) as http:
        calendar = CaldavClient(http, remote.address)
        with pytest.raises(ChangedElsewhere):
            calendar.put(calendar.path_of("second.ics"), event("one-and-only"), etag=None)
