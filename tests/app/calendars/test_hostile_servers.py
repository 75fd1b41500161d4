"""Whatever a server answers, a conversation with it ends in a result or in one of the errors that are stored."""

from collections.abc import Callable
from contextlib import suppress

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from app.calendars.caldav import CaldavClient, ChangedElsewhere, ListingRefused, TokenRefused, plain_etag
from app.calendars.guarded_http import Credentials, GuardedHttp
from app.calendars.inbox import refresh
from app.calendars.models import CalendarReading
from app.calendars.troubles import CalendarTrouble, Trouble
from app.guarded_transport import HttpLimits
from tests.app.calendars.events import connect_scripted, desk
from tests.app.calendars.scripted_server import Script, ScriptedServer, answer, raw, redirect
from tests.app.conftest import NOW

HOME = "https://cal.example/u/agenda/"
CREDENTIALS = Credentials(username="perencana", password="rahasia", origin="https://cal.example:443")
EXPECTED = (CalendarTrouble, TokenRefused, ListingRefused, ChangedElsewhere)

Headers = list[tuple[bytes, bytes]]
Answers = Callable[[httpx.Request], httpx.Response]


def http(answer: Answers) -> GuardedHttp:
    return GuardedHttp(httpx.MockTransport(answer), HttpLimits(answer_bytes=1_000_000), credentials=CREDENTIALS)


def always(status: int, headers: Headers, body: bytes) -> Answers:
    return lambda request: httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))


_ADDRESSES = [
    "http://h:99999999/",
    "https://h:99999/",
    "http://[bad/",
    "//[bad/x",
    "https://h:\u00b2/",
    "https://h\u2100/",
    "https://\u00ad/",
    "https://[::1%25x]/",
    "https://a@b@c:d/",
    "mailto:x",
    "javascript:1",
    "",
    "?",
    "//",
    "///x",
    "https:",
    "http://xn--/",
    "%zz/%00",
    "/u/agenda/%ff%00.ics",
    "//evil.example/x.ics",
    "a" * 5_000,
    "\u0660\u0661",
    "https://" + "a" * 300 + "/",
]
_DIGESTS = [
    'Digest realm="r", nonce="n", algorithm=SHA-512-256',
    'Digest realm="r", nonce="n", algorithm=',
    "Digest realm=, nonce=",
    'Digest realm="r", nonce="n", qop="auth-int"',
    'Digest realm="r", nonce="n", qop="other"',
    'Digest realm="r"',
    "Digest realm",
    "Digest ",
    'Digest realm="r", nonce="n", algorithm=\u00b2',
    "Basic, Digest x",
]
_ETAGS = ['"1"', 'W/"1"', '"1-gzip"', '"\u00e9"', "\u65e5", "", '"', "W/", "1" * 20_000, '"a\u0085b"', "a\nb"]
_statuses = st.sampled_from([200, 201, 204, 207, 207, 207, 301, 302, 303, 308, 304, 400, 401, 403, 404, 409, 412, 429])
_odd_statuses = st.one_of(_statuses, st.integers(100, 999))
_words = st.one_of(st.sampled_from([*_ADDRESSES, *_ETAGS]), st.text(max_size=30))
_header_names = st.sampled_from(
    [
        *("Location", "Retry-After", "WWW-Authenticate", "ETag", "Content-Type", "Content-Encoding", "Set-Cookie"),
        *("Last-Modified", "Content-Length", "Link"),
    ]
)
_header_values = st.one_of(
    st.sampled_from(
        [*_ADDRESSES, *_DIGESTS, *_ETAGS, "9" * 5_000, "\u00b2", "-1", "gzip", "gzip, x", "text/x; charset=no"]
    ),
    st.text(max_size=20),
)
_headers = st.lists(st.tuples(_header_names, _header_values), max_size=5).map(
    lambda pairs: [
        (name.encode(), value.replace("\n", " ").replace("\r", " ").replace("\0", " ").encode("utf-8", "replace"))
        for name, value in pairs
    ]
)
_hrefs = st.one_of(_words, st.sampled_from(["/u/agenda/", "/u/agenda/a.ics", "a.ics", "/u/agenda/b%20c.ics"]))
_status_lines = st.sampled_from(
    [
        *(
            "HTTP/1.1 200 OK",
            "HTTP/1.1 404 Not Found",
            "HTTP/1.1 507 X",
            "HTTP/1.1 \u00b2 X",
            "HTTP/1.1 " + "9" * 5_000,
        ),
        *("HTTP/1.1", "", "200", "HTTP/1.1 -1 X", "HTTP/1.1 \u0662\u0660\u0660 X"),
    ]
)


def _xml(text: str) -> str:
    """The text as XML can hold it."""
    plain = "".join(sign for sign in text if sign in "\t\n" or (sign >= " " and not "\ud800" <= sign <= "\udfff"))
    plain = plain.replace("\ufffe", "").replace("\uffff", "")
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_responses = st.builds(
    lambda href, status, inner, etag, kind: (
        f"<response><href>{_xml(href)}</href><status>{status}</status><propstat><status>{inner}</status><prop>"
        f"<getetag>{_xml(etag)}</getetag><resourcetype>{kind}</resourcetype>"
        "<c:calendar-data>BEGIN:VCALENDAR</c:calendar-data><?x y?><!-- z --></prop></propstat></response>"
    ),
    _hrefs,
    _status_lines,
    _status_lines,
    st.one_of(_words),
    st.sampled_from(["", "<c:calendar/>", "<collection/>"]),
)
_prologs = st.sampled_from(
    [
        *("", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="no-such"?>', '<?xml version="9"?>', "\ufeff"),
        *('<!DOCTYPE x [<!ENTITY a "b">]>', "<!-- x -->", "<!--", "<?", '<?xml encoding="utf-7"?>+ADw-'),
    ]
)
_multistatuses = st.builds(
    lambda prolog, responses, token: (
        f'{prolog}<multistatus xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">{"".join(responses)}'
        f"<sync-token>{_xml(token)}</sync-token></multistatus>"
    ).encode("utf-8", "replace"),
    _prologs,
    st.lists(_responses, max_size=4),
    _words,
)
_bodies = st.one_of(
    _multistatuses,
    st.binary(max_size=60),
    st.tuples(_multistatuses, st.integers(0, 400)).map(lambda pair: pair[0][: pair[1]]),
    _multistatuses.map(lambda body: body.decode().encode("utf-16")),
    st.just(b"<a>" * 20_000),
    st.just(b"\xff\xfe\x00"),
)


@settings(max_examples=400, deadline=None)
@given(status=_odd_statuses, headers=_headers, body=_bodies, etag=_words)
def test_no_answer_of_a_server_escapes_the_stored_troubles(
    status: int, headers: Headers, body: bytes, etag: str
) -> None:
    with http(always(status, headers, body)) as conversation:
        client = CaldavClient(conversation, HOME)
        questions: list[Callable[[], object]] = [
            lambda: conversation.request("GET", HOME, headers={"If-None-Match": etag.replace("\n", " ")}),
            lambda: client.changes(None),
            lambda: client.changes(etag),
            client.members,
            lambda: client.fetch(["/u/agenda/a.ics"]),
            lambda: client.get("//[bad/x"),
            lambda: client.put("/u/agenda/a.ics", b"BEGIN:VCALENDAR", etag=etag),
            lambda: client.delete("/u/agenda/a.ics", etag=etag),
            client.collection,
        ]
        for ask in questions:
            with suppress(*EXPECTED):
                ask()


def redirected_to(target: str) -> Trouble:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers=[(b"Location", target.encode())], stream=httpx.ByteStream(b""))

    with http(answer) as conversation, pytest.raises(CalendarTrouble) as caught:
        conversation.request("GET", HOME)
    return caught.value.code


@pytest.mark.parametrize(
    "target", ["http://h:99999999/", "https://h:99999999/", "https://[bad/", "//[bad/", "https://h:x/"]
)
def test_redirect_to_what_is_no_address_is_a_trouble(target: str) -> None:
    assert redirected_to(target) in (Trouble.MOVED, Trouble.UNREACHABLE)


@pytest.mark.parametrize("href", ["http://h:99999999/", "http://[bad/", "//[bad", "/u/" + "a" * 2_000])
def test_listing_with_a_reference_that_is_no_address_is_a_trouble(href: str) -> None:
    body = f'<multistatus xmlns="DAV:"><response><href>{href}</href></response></multistatus>'.encode()
    with http(always(207, [], body)) as conversation, pytest.raises(CalendarTrouble) as caught:
        CaldavClient(conversation, HOME).members()
    assert caught.value.code == Trouble.INCOMPLETE


@pytest.mark.parametrize("line", ["HTTP/1.1 \u00b2 X", "HTTP/1.1 \u0662\u0660\u0660 OK", "HTTP/1.1 " + "2" * 5_000])
def test_status_that_is_no_number_is_none(line: str) -> None:
    body = (
        '<multistatus xmlns="DAV:"><response><href>/u/agenda/</href></response><response><href>a.ics</href><propstat>'
        f'<status>{line}</status><prop><getetag>"1"</getetag></prop></propstat></response></multistatus>'
    ).encode()
    with http(always(207, [], body)) as conversation:
        assert CaldavClient(conversation, HOME).members() == {}


def test_retry_after_of_thousands_of_digits_is_a_day() -> None:
    with (
        http(always(503, [(b"Retry-After", b"9" * 5_000)], b"")) as conversation,
        pytest.raises(CalendarTrouble) as caught,
    ):
        conversation.request("GET", HOME)
    assert caught.value.retry_after_seconds == 86_400


@pytest.mark.parametrize("challenge", [text for text in _DIGESTS if text.startswith("Digest ")])
def test_way_to_sign_in_that_nobody_knows_is_told_as_such(challenge: str) -> None:
    headers = [(b"WWW-Authenticate", challenge.encode())]
    with http(always(401, headers, b"")) as conversation, pytest.raises(CalendarTrouble) as caught:
        conversation.request("GET", HOME)
    assert caught.value.code in (Trouble.SIGN_IN_UNKNOWN, Trouble.CREDENTIALS_REFUSED)
    if "SHA-512-256" in challenge or "auth-int" in challenge or challenge.endswith(('"r"', "realm")):
        assert caught.value.code == Trouble.SIGN_IN_UNKNOWN


def test_document_type_is_refused_before_anything_of_it_is_read() -> None:
    swelling = b'<!DOCTYPE m [<!ENTITY a "' + b"x" * 1_000 + b'"><!ENTITY b "' + b"&a;" * 300 + b'">]>'
    body = swelling + b'<multistatus xmlns="DAV:" x="' + b"&b;" * 300 + b'"/>'
    for written in (body, b" " + body, b"<!-- -->" + body, body.decode().encode("utf-16")):
        with http(always(207, [], written)) as conversation, pytest.raises(CalendarTrouble) as caught:
            CaldavClient(conversation, HOME).members()
        assert caught.value.code == Trouble.INCOMPLETE


def test_resource_whose_path_begins_with_two_slashes_stays_on_its_server() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(404, stream=httpx.ByteStream(b""))

    with http(answer) as conversation:
        CaldavClient(conversation, HOME).get("//evil.example/x.ics")
    assert asked == ["cal.example"]


@pytest.mark.parametrize(
    "marked", ['"1"', 'W/"1"', '"1-gzip"', 'W/"1-gzip"', '"1--gzip"', '"1;gzip"', '"1"-gzip', '"1-br"', ' "1" ']
)
def test_marks_that_proxies_add_to_an_etag_do_not_make_another_version(marked: str) -> None:
    assert plain_etag(marked) == '"1"'


@pytest.mark.parametrize("other", ['"1-gz"', '"gzip-1"', '"2"', '"w/1"', "1"])
def test_other_etags_stay_other_versions(other: str) -> None:
    assert plain_etag(other) != '"1"'


@pytest.mark.parametrize(("held", "shown"), [('"1"', '"1-gzip"'), ('"1"', 'W/"1"'), ('W/"1"', 'W/"1"')])
def test_entry_behind_a_proxy_that_marks_etags_is_written_over_its_own_version_only(held: str, shown: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, headers={"ETag": shown}, stream=httpx.ByteStream(b"BEGIN:VCALENDAR"))
        is_same = request.headers["If-Match"] == held
        return httpx.Response(204 if is_same else 412, headers={"ETag": shown}, stream=httpx.ByteStream(b""))

    with http(answer) as conversation:
        client = CaldavClient(conversation, HOME)
        seen = client.get("/u/agenda/a.ics")
        assert seen is not None
        assert client.put("/u/agenda/a.ics", b"BEGIN:VCALENDAR", etag=seen.etag) == seen.etag
        client.delete("/u/agenda/a.ics", etag=seen.etag)
        with pytest.raises(ChangedElsewhere):
            client.put("/u/agenda/a.ics", b"BEGIN:VCALENDAR", etag='"2"')


@pytest.mark.parametrize(
    ("script", "trouble"),
    [
        pytest.param(redirect("http://h:99999999/"), Trouble.MOVED, id="port"),
        pytest.param(redirect("http://[bad/"), Trouble.MOVED, id="bracket"),
        pytest.param(answer(status=503, Retry_After="9" * 5_000), Trouble.SERVER_FAILED, id="retry-after"),
        pytest.param(raw(b"HTTP/1.1 \xb2 OK\r\n\r\n"), Trouble.UNREACHABLE, id="status"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n\r\n"), Trouble.UNREACHABLE, id="length"),
    ],
)
@pytest.mark.parametrize("kind", ["ics", "caldav"])
def test_hostile_answer_ends_in_a_stored_trouble(
    sessions: sessionmaker[Session], scripted: ScriptedServer, script: Script, trouble: Trouble, kind: str
) -> None:
    scripted.scripts["/x/"] = script
    source_id = connect_scripted(sessions, scripted, "/x/", kind=kind)
    refresh(sessions, source_id, now=NOW, desk=desk())
    with sessions() as session:
        reading = session.get_one(CalendarReading, source_id)
    assert reading.trouble == trouble
    assert reading.next_try_at > NOW
