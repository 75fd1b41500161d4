"""What can be done with foreign calendars: connect, list, change, ask for a refresh, disconnect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.calendars.addresses import origin_of
from app.calendars.credentials import seal
from app.calendars.deliveries import DeliveryState, forget_written, mark_unannounced, retry_now, states_of
from app.calendars.models import (
    BusyEvent,
    CalendarKind,
    CalendarReading,
    CalendarResource,
    CalendarSource,
    Direction,
    Scope,
)
from app.districts.areas import get_area
from app.districts.models import District
from app.errors import InvalidRequest, NotFound, invalid
from app.guarded_transport import Guard
from app.languages import Said, said
from app.sites.models import Site
from app.teams.models import Team
from app.words import NOUNS

_SUBSCRIPTION_SCHEMES = {"webcal": "https", "webcals": "https"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """A calendar with how far it was read."""

    source: CalendarSource
    reading: CalendarReading
    scope_code: str | None
    events: int
    delivery: DeliveryState | None
    """None: nothing is written there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealingContext:
    """What keeps addresses and passwords, and says which hosts are our own."""

    key: bytes
    guard: Guard


def connect(
    session: Session,
    district: District,
    fields: Mapping[str, Any],
    *,
    sealing: SealingContext,
    actor: Actor,
    now: datetime,
) -> CalendarSource:
    """A new calendar, to be read or written at once by the worker; raises `InvalidRequest`."""
    if fields["kind"] == CalendarKind.ICS and fields["direction"] != Direction.IN:
        raise invalid(
            "/direction",
            said("An ICS address can only be read.", "Alamat ICS hanya dapat dibaca."),
            value=fields["direction"],
            mend=said(
                "Give the address of a CalDAV collection as kind 'caldav', or direction 'in'.",
                "Isi alamat koleksi CalDAV dengan kind 'caldav', atau direction 'in'.",
            ),
        )
    source = CalendarSource(
        district_code=district.code,
        name=fields["name"],
        kind=fields["kind"],
        direction=fields["direction"],
        tentative_blocks=fields["tentative_blocks"],
        holidays=fields["holidays"],
        refresh_minutes=fields["refresh_minutes"],
        created_at=now,
    )
    _bind(session, source, Scope(fields["scope"]), fields["scope_code"])
    _set_address(source, fields["address"], sealing)
    _set_credentials(source, fields["username"], fields["password"], sealing)
    session.add(source)
    session.flush()
    session.add(CalendarReading(source_id=source.id, next_try_at=now))
    if source.direction != Direction.IN:
        mark_unannounced(session, district.code)
    _record(session, "calendar.connect", source, actor=actor, now=now)
    return source


def list_connected(
    session: Session, district_code: str, *, after_id: int = 0, limit: int | None = None
) -> Sequence[Connected]:
    """The calendars of a district, in the order in which they were connected."""
    events = (
        select(func.count())
        .select_from(BusyEvent)
        .where(BusyEvent.source_id == CalendarSource.id)
        .correlate(CalendarSource)
        .scalar_subquery()
    )
    rows = session.execute(
        select(CalendarSource, CalendarReading, func.coalesce(CalendarSource.area_code, Team.code, Site.code), events)
        .join(CalendarReading, CalendarReading.source_id == CalendarSource.id)
        .outerjoin(Team, Team.id == CalendarSource.team_id)
        .outerjoin(Site, Site.id == CalendarSource.site_id)
        .where(CalendarSource.district_code == district_code, CalendarSource.id > after_id)
        .order_by(CalendarSource.id)
        .limit(limit)
    )
    listed = rows.all()
    states = states_of(session, [source.id for source, *_ in listed])
    return [
        Connected(source=source, reading=reading, scope_code=code, events=count, delivery=states.get(source.id))
        for source, reading, code, count in listed
    ]


def get_connected(
    session: Session, district_code: str, source_id: int, *, actor: Actor, write: bool = False
) -> Connected:
    """One calendar of a district, for `write` locked; raises `NotFound`, `Forbidden`."""
    if write and not actor.may_write(district_code):
        raise access.read_only_district(district_code)
    if write:
        session.scalar(
            select(CalendarSource)
            .where(CalendarSource.id == source_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    listed = list_connected(session, district_code, after_id=source_id - 1, limit=1)
    if not listed or listed[0].source.id != source_id:
        raise NotFound(
            said(
                "District {district!r} has no calendar {calendar}; GET …/calendars lists them.",
                "Daerah {district!r} tidak punya kalender {calendar}; GET …/calendars menampilkan daftarnya.",
                district=district_code,
                calendar=source_id,
            )
        )
    return listed[0]


def change(
    session: Session,
    connected: Connected,
    changes: Mapping[str, Any],
    *,
    sealing: SealingContext,
    actor: Actor,
    now: datetime,
) -> None:
    """Set the fields in `changes`; a new address is read from the beginning. Raises `InvalidRequest`."""
    source, reading = connected.source, connected.reading
    held_holidays = source.holidays
    for name in ("name", "tentative_blocks", "holidays", "refresh_minutes"):
        if name in changes:
            if changes[name] is None:
                raise invalid(
                    f"/{name}",
                    said("It cannot be empty.", "Tidak boleh kosong."),
                    mend=said("Leave it out, or give a value.", "Hapus dari permintaan, atau isi nilainya."),
                )
            setattr(source, name, changes[name])
    if source.holidays != held_holidays:
        _read_anew(session, reading, now=now)
    if "address" in changes:
        if changes["address"] is None:
            raise invalid(
                "/address",
                said("It cannot be empty.", "Tidak boleh kosong."),
                mend=said("Leave it out, or give a value.", "Hapus dari permintaan, atau isi nilainya."),
            )
        before = source.origin
        _set_address(source, changes["address"], sealing)
        # A password is kept for one server: it must not follow an address to another.
        if source.origin != before and source.sealed_password is not None and "password" not in changes:
            raise invalid(
                "/password",
                said(
                    "The new address is on another server, and the stored password is for the old one.",
                    "Alamat baru ini di server lain, sedangkan kata sandi yang tersimpan untuk server lama.",
                ),
                mend=said(
                    "Give user name and password for the new server, or null for both.",
                    "Isi nama pengguna dan kata sandi untuk server baru, atau null untuk keduanya.",
                ),
            )
        _forget(session, source.id)
        forget_written(session, source, now=now)
        _read_anew(session, reading, now=now)
        reading.read_from = reading.read_until = None
    if "username" in changes or "password" in changes:
        username = changes.get("username", source.username)
        if "password" not in changes and username != source.username:
            raise invalid(
                "/password",
                said("A new user name needs its password.", "Nama pengguna baru perlu kata sandinya."),
                mend=said("Give both, or null for both.", "Isi keduanya, atau null untuk keduanya."),
            )
        _set_credentials(source, username, changes.get("password"), sealing)
    elif source.sealed_password is not None:
        _check_transport(source, sealing)
    if not {"address", "username", "password"}.isdisjoint(changes):
        reading.next_try_at = now
        retry_now(session, source, now=now)
    session.flush()
    _record(session, "calendar.change", source, actor=actor, now=now, fields=sorted(changes))


def ask_refresh(session: Session, connected: Connected, *, now: datetime) -> None:
    """Let the worker read and write the calendar at its next round."""
    connected.reading.next_try_at = min(now, connected.reading.next_try_at)
    retry_now(session, connected.source, now=now)
    session.flush()


def disconnect(session: Session, connected: Connected, *, actor: Actor, now: datetime) -> None:
    """Forget a calendar and everything read from it."""
    _record(session, "calendar.disconnect", connected.source, actor=actor, now=now)
    session.delete(connected.source)
    session.flush()


def _forget(session: Session, source_id: int) -> None:
    # What another calendar said is busy is not busy any more; its events go with their resources.
    session.execute(delete(CalendarResource).where(CalendarResource.source_id == source_id))


def _read_anew(session: Session, reading: CalendarReading, *, now: datetime) -> None:
    """Let everything be fetched and read again; what was read before holds until then."""
    session.execute(update(CalendarResource).where(CalendarResource.source_id == reading.source_id).values(etag=""))
    # What is being read at this moment is of the time before.
    reading.generation += 1
    reading.sync_token = reading.collection_tag = reading.etag = reading.last_modified = None
    reading.next_try_at = now


def _bind(session: Session, source: CalendarSource, scope: Scope, code: str | None) -> None:
    """Name whom the calendar binds; raises `InvalidRequest` for a code that is not there."""
    if (scope is Scope.DISTRICT) != (code is None):
        detail = (
            said("A district's calendar has no scope_code.", "Kalender daerah tidak memakai scope_code.")
            if code
            else said(
                "Which {noun} does it bind?", "Belum disebut {noun} mana yang diikatnya.", noun=NOUNS[scope.value]
            )
        )
        mend = (
            said("Leave it out.", "Kosongkan.")
            if code
            else said("Give the {noun}'s code.", "Isi kode {noun}.", noun=NOUNS[scope.value])
        )
        raise invalid("/scope_code", detail, value=code, mend=mend)
    if scope is Scope.AREA:
        try:
            source.area_code = get_area(session, source.district_code, str(code)).code
        except NotFound as error:
            raise invalid("/scope_code", error.detail, value=code) from error
    elif scope is not Scope.DISTRICT:
        table = Team if scope is Scope.TEAM else Site
        row_id = session.scalar(select(table.id).where(table.district_code == source.district_code, table.code == code))
        if row_id is None:
            detail = said(
                "District {district!r} has no {noun} {code!r}.",
                "Daerah {district!r} tidak punya {noun} {code!r}.",
                district=source.district_code,
                noun=NOUNS[scope.value],
                code=code,
            )
            raise invalid(
                "/scope_code",
                detail,
                value=code,
                mend=said("GET …/{scope}s lists the codes.", "GET …/{scope}s menampilkan kodenya.", scope=scope.value),
            )
        if scope is Scope.TEAM:
            source.team_id = row_id
        else:
            source.site_id = row_id


def _set_address(source: CalendarSource, text: str, sealing: SealingContext) -> None:
    address = _checked_address(text)
    source.origin = origin_of(address)
    source.sealed_address = seal(sealing.key, address, origin=source.origin)


def _set_credentials(
    source: CalendarSource, username: str | None, password: SecretStr | None, sealing: SealingContext
) -> None:
    if (username is None) != (password is None):
        missing = "password" if password is None else "username"
        raise invalid(
            f"/{missing}",
            said("User name and password come together.", "Nama pengguna dan kata sandi diisi bersama."),
            mend=said("Give both, or neither.", "Isi keduanya, atau kosongkan keduanya."),
        )
    source.username = username
    source.sealed_password = None
    if password is not None:
        source.sealed_password = seal(sealing.key, password.get_secret_value(), origin=source.origin)
        _check_transport(source, sealing)


def _check_transport(source: CalendarSource, sealing: SealingContext) -> None:
    """Refuse to send a password readable over foreign networks."""
    parts = urlsplit(source.origin)
    if parts.scheme == "https" or sealing.guard.is_allowed_by_name(parts.hostname or "", parts.port or 80):
        return
    raise invalid(
        "/address",
        said(
            "Over http:// the password could be read on the way.",
            "Lewat http:// kata sandinya dapat dibaca di perjalanan.",
        ),
        value=source.origin,
        mend=said("Use the calendar's https:// address.", "Pakai alamat https:// kalender itu."),
    )


def _checked_address(text: str) -> str:
    """The address in a form that can be asked; raises `InvalidRequest` with what is wrong, never with the address."""
    address = text.strip()
    scheme, colon, rest = address.partition(":")
    address = _SUBSCRIPTION_SCHEMES.get(scheme.lower(), scheme) + colon + rest
    mend = said(
        "Copy the address of one calendar: it begins with https://.", "Salin alamat satu kalender: diawali https://."
    )
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _bad_address(said("This is no web address.", "Ini bukan alamat web."), mend) from error
    if parts.scheme not in ("http", "https") or not host or port == 0:
        raise _bad_address(said("This is no web address.", "Ini bukan alamat web."), mend)
    if any(sign <= " " or sign in '\x7f<>"\\^`{|}' for sign in address):
        raise _bad_address(
            said(
                "The address holds a space or a sign that no address has.",
                "Alamat ini memuat spasi atau tanda yang tidak ada dalam alamat.",
            ),
            mend,
        )
    if parts.username is not None or parts.password is not None:
        raise _bad_address(
            said("A user or password stands in the address.", "Alamat ini memuat nama pengguna atau kata sandi."),
            said("Put them into 'username' and 'password'.", "Pindahkan ke 'username' dan 'password'."),
        )
    try:
        host.encode("idna")
    except UnicodeError as error:
        raise _bad_address(said("The host's name cannot be.", "Nama host itu tidak mungkin ada."), mend) from error
    return parts._replace(fragment="").geturl()


def _bad_address(detail: Said, mend: Said) -> InvalidRequest:
    return invalid("/address", detail, mend=mend)


def _record(
    session: Session,
    action: str,
    source: CalendarSource,
    *,
    actor: Actor,
    now: datetime,
    fields: Sequence[str] = (),
) -> None:
    details = {"name": source.name, "kind": source.kind, "origin": source.origin, "fields": list(fields)}
    access.record(
        session,
        actor,
        action,
        f"calendar/{source.id}",
        now=now,
        district_code=source.district_code,
        details=details,
    )
    session.flush()
