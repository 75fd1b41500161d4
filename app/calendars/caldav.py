"""Client for a remote calendar collection (RFC 4791, RFC 6578) over `GuardedHttp`; knows bytes and ETags, not events.
Reading: what changed, by token or by ETag. Writing: one resource at a time, never over somebody else's change."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import quote, unquote, urlsplit
from xml.sax.saxutils import escape

from lxml import etree

from app.calendars.addresses import joined, origin_of
from app.calendars.guarded_http import Answer, GuardedHttp
from app.calendars.troubles import CalendarTrouble, Trouble

_DAV, _CALDAV, _CALENDAR_SERVER = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}", "{http://calendarserver.org/ns/}"
_XML_HEADERS = {"Content-Type": "application/xml; charset=utf-8"}
_BATCH = 100
"""Resources asked for in one request."""
_MAX_PAGES = 1_000
_MAX_MEMBERS = 100_000
_MAX_TAGS = 2_000_000
"""Of one answer, in memory twenty times as large as on the wire; a long listing has a dozen a member."""
_LONGEST_PATH = 1_000
"""Of a resource; an index of the database holds it."""
_PROLOG = re.compile(rb"(?>\s+|<\?.*?\?>|<!--.*?-->)*+<[A-Za-z_:]", re.DOTALL)
_PROXY_MARK = re.compile(r'(?:(?:--?|;)(?:gzip|deflate|br|zstd))+(?="?$)')

_ASK_COLLECTION = b"""<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:" xmlns:s="http://calendarserver.org/ns/"><d:prop>
<d:resourcetype/><d:sync-token/><s:getctag/><d:supported-report-set/></d:prop></d:propfind>"""
_ASK_MEMBERS = b"""<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:"><d:prop><d:resourcetype/><d:getetag/></d:prop></d:propfind>"""


class TokenRefused(Exception):
    """The server no longer knows our sync token; read the whole collection again."""


class ListingRefused(Exception):
    """The server has more changes than it will list by token (RFC 6578, 3.6); list by ETag instead."""


class ChangedElsewhere(Exception):
    """If-Match or If-None-Match failed, or the UID is taken: somebody else wrote; fetch and reconcile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """What a server says of a calendar; each mark changes when anything in it does."""

    sync_token: str | None
    collection_tag: str | None
    syncs_by_token: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What happened since a token, all pages of it."""

    changed: Mapping[str, str]
    """Path to ETag of what is new or different."""
    gone: frozenset[str]
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One calendar object as the server holds it."""

    path: str
    etag: str
    content: bytes


@dataclass(slots=True)
class _Response:
    path: str
    status: int | None = None
    properties: dict[str, etree._Element] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        element = self.properties.get(name)
        return None if element is None or element.text is None else element.text.strip() or None

    def etag(self) -> str | None:
        text = self.text(f"{_DAV}getetag")
        return None if text is None else plain_etag(text)


@dataclass(frozen=True, slots=True)
class _Multistatus:
    responses: list[_Response]
    sync_token: str | None


class CaldavClient:
    """One collection; every method is one or a few requests and raises `CalendarTrouble` when they come to nothing."""

    def __init__(self, http: GuardedHttp, address: str):
        self._http = http
        self._address = address if address.endswith("/") else address + "/"

    def collection(self) -> Collection:
        """The marks of the collection; raises `CalendarTrouble` when the address is no calendar."""
        answer = self._http.request(
            "PROPFIND", self._address, headers=_XML_HEADERS | {"Depth": "0"}, body=_ASK_COLLECTION
        )
        self._address = answer.address if answer.address.endswith("/") else answer.address + "/"
        own = self._own(_multistatus(self._expect_multistatus(answer), self._address))
        kinds = own.properties.get(f"{_DAV}resourcetype")
        if kinds is None or kinds.find(f"{_CALDAV}calendar") is None:
            raise CalendarTrouble(Trouble.NOT_A_CALENDAR)
        reports = own.properties.get(f"{_DAV}supported-report-set")
        token = own.text(f"{_DAV}sync-token")
        return Collection(
            sync_token=token,
            collection_tag=own.text(f"{_CALENDAR_SERVER}getctag"),
            syncs_by_token=reports is not None and reports.find(f".//{_DAV}sync-collection") is not None,
        )

    def changes(self, token: str | None) -> Changes:
        """Everything since `token` (None: since ever), page by page until the server has no more.

        Raises `TokenRefused` and `ListingRefused`."""
        changed: dict[str, str] = {}
        gone: set[str] = set()
        for _ in range(_MAX_PAGES):
            page = self._page_of_changes(token)
            is_truncated = False
            for response in page.responses:
                if response.path == self._path:
                    is_truncated = is_truncated or response.status == HTTPStatus.INSUFFICIENT_STORAGE
                elif response.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
                    changed.pop(response.path, None)
                    gone.add(response.path)
                elif (etag := response.etag()) is not None and not response.path.endswith("/"):
                    gone.discard(response.path)
                    changed[response.path] = etag
            if page.sync_token is None or (is_truncated and page.sync_token == token):
                raise CalendarTrouble(Trouble.INCOMPLETE)
            token = page.sync_token
            _check_count(len(changed))
            if not is_truncated:
                return Changes(changed=changed, gone=frozenset(gone), token=token)
        raise CalendarTrouble(Trouble.INCOMPLETE)

    def _page_of_changes(self, token: str | None) -> _Multistatus:
        body = (
            '<?xml version="1.0" encoding="utf-8"?><d:sync-collection xmlns:d="DAV:">'
            f"<d:sync-token>{escape(token or '')}</d:sync-token><d:sync-level>1</d:sync-level>"
            "<d:prop><d:getetag/></d:prop></d:sync-collection>"
        ).encode()
        answer = self._http.request("REPORT", self._address, headers=_XML_HEADERS | {"Depth": "0"}, body=body)
        # The status differs by server (403, 409, 412, …); the precondition's name does not.
        if 400 <= answer.status < 500 and b"valid-sync-token" in answer.body:
            raise TokenRefused
        if answer.status == HTTPStatus.INSUFFICIENT_STORAGE or b"number-of-matches-within-limits" in (
            answer.body if answer.status >= 400 else b""
        ):
            raise ListingRefused
        return _multistatus(self._expect_multistatus(answer), self._address)

    def members(self) -> dict[str, str]:
        """Path to ETag of every resource of the collection."""
        answer = self._http.request("PROPFIND", self._address, headers=_XML_HEADERS | {"Depth": "1"}, body=_ASK_MEMBERS)
        listing = _multistatus(self._expect_multistatus(answer), self._address)
        # A listing that forgets the collection itself is not a listing: believing it could empty a calendar.
        own = self._own(listing)
        if any(response.status == HTTPStatus.INSUFFICIENT_STORAGE for response in listing.responses):
            raise CalendarTrouble(Trouble.INCOMPLETE)
        _check_count(len(listing.responses))
        members = {}
        for response in listing.responses:
            etag, kinds = response.etag(), response.properties.get(f"{_DAV}resourcetype")
            is_folder = kinds is not None and kinds.find(f"{_DAV}collection") is not None
            if response is not own and not is_folder and etag is not None:
                members[response.path] = etag
        return members

    def fetch(self, paths: Sequence[str]) -> tuple[dict[str, Resource], frozenset[str]]:
        """The resources of these paths, and which of them are gone meanwhile.

        One that the server passes over in silence is asked for by itself: silence is not deletion."""
        resources: dict[str, Resource] = {}
        gone: set[str] = set()
        for start in range(0, len(paths), _BATCH):
            batch = paths[start : start + _BATCH]
            for response in self._multiget(batch):
                content, etag = response.text_of_data(), response.etag()
                if response.path not in batch:
                    continue
                if response.is_gone():
                    gone.add(response.path)
                elif content is not None and etag is not None:
                    resources[response.path] = Resource(path=response.path, etag=etag, content=content)
            for path in batch:
                if path not in resources and path not in gone:
                    alone = self.get(path)
                    if alone is None:
                        gone.add(path)
                    else:
                        resources[path] = alone
        return resources, frozenset(gone)

    def _multiget(self, paths: Sequence[str]) -> "Iterable[_DataResponse]":
        hrefs = "".join(f"<d:href>{escape(path)}</d:href>" for path in paths)
        body = (
            '<?xml version="1.0" encoding="utf-8"?>'
            '<c:calendar-multiget xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
            f"<d:prop><d:getetag/><c:calendar-data/></d:prop>{hrefs}</c:calendar-multiget>"
        ).encode()
        answer = self._http.request("REPORT", self._address, headers=_XML_HEADERS | {"Depth": "1"}, body=body)
        if answer.status in (HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.FORBIDDEN):
            return ()
        listing = _multistatus(self._expect_multistatus(answer), self._address)
        return [_DataResponse(response) for response in listing.responses]

    def get(self, path: str) -> Resource | None:
        """One resource; None when there is none (any more)."""
        answer = self._http.request("GET", self._url(path))
        if answer.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            return None
        self._expect(answer, HTTPStatus.OK)
        return Resource(path=path, etag=plain_etag(answer.headers.get("ETag", "")), content=answer.body)

    def put(self, path: str, content: bytes, *, etag: str | None) -> str | None:
        """Store a resource over the version `etag`, or as a new one (None); returns its ETag if the server says it.

        Raises `ChangedElsewhere`; a server also answers so when the UID lives under another path."""
        answer = self._conditional("PUT", path, etag=etag, content=content)
        self._expect(answer, HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT)
        stored: str | None = answer.headers.get("ETag")
        return None if stored is None else plain_etag(stored)

    def delete(self, path: str, *, etag: str) -> None:
        """Remove the version `etag` of a resource; one that is gone already is fine. Raises `ChangedElsewhere`."""
        answer = self._conditional("DELETE", path, etag=etag)
        if answer.status not in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            self._expect(answer, HTTPStatus.OK, HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT)

    def _conditional(self, method: str, path: str, *, etag: str | None, content: bytes | None = None) -> Answer:
        """A request that does something only to the version `etag` (None: only where nothing is)."""
        headers = {} if content is None else {"Content-Type": "text/calendar; charset=utf-8"}
        url = self._url(path)
        if etag is None:
            answer = self._http.request(method, url, headers=headers | {"If-None-Match": "*"}, body=content)
        else:
            mark = plain_etag(etag)
            answer = self._http.request(method, url, headers=headers | {"If-Match": mark}, body=content)
            if answer.status == HTTPStatus.PRECONDITION_FAILED:
                # Of a server whose own ETags are weak we know only what stands behind the W/.
                answer = self._http.request(method, url, headers=headers | {"If-Match": f"W/{mark}"}, body=content)
        if answer.status in (HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED):
            raise ChangedElsewhere
        return answer

    def path_of(self, name: str) -> str:
        """The path that a resource named `name` has in this collection."""
        return self._path + quote(name)

    @property
    def _path(self) -> str:
        return _path_of(self._address, self._address)

    def _url(self, path: str) -> str:
        # Not joined: a path that begins with two slashes would lead to another host.
        return origin_of(self._address) + path

    def _own(self, listing: _Multistatus) -> _Response:
        for response in listing.responses:
            if response.path in (self._path, self._path.rstrip("/")):
                return response
        raise CalendarTrouble(Trouble.INCOMPLETE)

    def _expect_multistatus(self, answer: Answer) -> bytes:
        self._expect(answer, HTTPStatus.MULTI_STATUS)
        return answer.body

    def _expect(self, answer: Answer, *fine: int) -> None:
        if answer.status in fine:
            return
        if answer.status == HTTPStatus.FORBIDDEN:
            raise CalendarTrouble(Trouble.CREDENTIALS_REFUSED)
        if answer.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            raise CalendarTrouble(Trouble.NOT_FOUND)
        raise CalendarTrouble(Trouble.NOT_A_CALENDAR)


class _DataResponse:
    """One answer of a multiget."""

    def __init__(self, response: _Response):
        self._response = response
        self.path = response.path

    def is_gone(self) -> bool:
        return self._response.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)

    def etag(self) -> str | None:
        return self._response.etag()

    def text_of_data(self) -> bytes | None:
        data = self._response.properties.get(f"{_CALDAV}calendar-data")
        return None if data is None or not data.text else data.text.encode()


def _check_count(members: int) -> None:
    if members > _MAX_MEMBERS:
        raise CalendarTrouble(Trouble.TOO_MANY_EVENTS, about=f"{_MAX_MEMBERS:,}")


def plain_etag(text: str) -> str:
    """An ETag without what proxies add on the way, so that the same version has the same: nginx makes those of packed
    answers weak (`W/"1"`), Apache and others append the packing (`"1-gzip"`), and neither knows its own again."""
    mark = " ".join(text.split()).removeprefix("W/").removesuffix("-gzip")
    return _PROXY_MARK.sub("", mark)


def _path_of(href: str, base: str) -> str:
    """A reference of the server as a path in one spelling; one to another server is not believed."""
    try:
        address = joined(base, href)
        is_ours = origin_of(address) == origin_of(base)
        path = quote(unquote(urlsplit(address).path), safe="/@!$&'()*+,;=:~-._")
    except ValueError as error:
        raise CalendarTrouble(Trouble.INCOMPLETE) from error
    if not is_ours or len(path) > _LONGEST_PATH:
        raise CalendarTrouble(Trouble.INCOMPLETE)
    return path


def _parsed(body: bytes) -> etree._Element:
    # Entities and outer documents are the classic ways to make a parser fetch or swell; servers need neither, so what
    # may stand before the root element is looked at before anything is parsed.
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        body = re.sub(r"^\s*<\?xml.*?\?>", "", body.decode("utf-16", "replace"), flags=re.DOTALL).encode()
    if _PROLOG.match(body.removeprefix(b"\xef\xbb\xbf")) is None:
        raise CalendarTrouble(Trouble.INCOMPLETE)
    if body.count(b"<") > _MAX_TAGS:
        raise CalendarTrouble(Trouble.TOO_LARGE)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        return etree.fromstring(body, parser)
    except (etree.LxmlError, ValueError, LookupError) as error:
        raise CalendarTrouble(Trouble.INCOMPLETE) from error


def _multistatus(body: bytes, base: str) -> _Multistatus:
    root = _parsed(body)
    if root.getroottree().docinfo.doctype or root.tag != f"{_DAV}multistatus":
        raise CalendarTrouble(Trouble.INCOMPLETE)
    responses = []
    for element in root.iterfind(f"{_DAV}response"):
        href = element.findtext(f"{_DAV}href")
        if href is None:
            raise CalendarTrouble(Trouble.INCOMPLETE)
        response = _Response(_path_of(href.strip(), base), _status(element.findtext(f"{_DAV}status")))
        for propstat in element.iterfind(f"{_DAV}propstat"):
            if _status(propstat.findtext(f"{_DAV}status")) == HTTPStatus.OK:
                for prop in propstat.iterfind(f"{_DAV}prop/*"):
                    response.properties[str(prop.tag)] = prop
        responses.append(response)
    token = root.findtext(f"{_DAV}sync-token")
    return _Multistatus(responses, token.strip() or None if token else None)


def _status(line: str | None) -> int | None:
    """207 of `HTTP/1.1 207 Multi-Status`."""
    parts = (line or "").split()
    return int(parts[1]) if len(parts) >= 2 and re.fullmatch(r"[0-9]{3}", parts[1]) else None
