"""What the office says of itself and of its people: letterhead, logo, staff.

The audit trail tells who was changed, never a person's number."""

import re
import struct
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.errors import Conflict, Forbidden, NotFound, PayloadTooLarge, UnsupportedMedia, invalid
from app.http_conventions import check_if_match
from app.languages import said
from app.letters.models import Letterhead, Staff, StaffStatus
from app.letters.rendering import Logo, Unprintable, check_logo
from app.teams.models import Team

MOST_LOGO_BYTES = 200_000
_MOST_LOGO_PIXELS = 2_000
"""To a side."""
_FORMATS = {"image/png": "png", "image/svg+xml": "svg"}
_UNSAFE_SVG = re.compile(
    r"<!DOCTYPE|<!ENTITY|<\s*(?:\w+:)?(?:image|use|script|foreignObject|filter|pattern|style)\b|href|url\(\s*['\"]?(?!#)",
    re.IGNORECASE,
)
"""What reaches outside of a drawing, or lets a small one ask for endless work."""


class LetterheadSetMeanwhile(Conflict):
    """Two requests set a district's first letterhead at the same moment."""


class NoLetterhead(Conflict):
    """The office has not said what its letters look like."""


def check_inside(actor: Actor, district_code: str) -> None:
    """Raise unless the actor is of the district itself: its staff's numbers are nobody else's."""
    if not actor.may_read(district_code):
        raise access.unopened_district(district_code)
    if not actor.may_write(district_code):
        raise Forbidden(
            said(
                "Letters and staff of {district!r} are seen inside the district only.",
                "Surat dan pegawai {district!r} hanya dapat dilihat di daerah itu sendiri.",
                district=district_code,
            )
        )


def find_letterhead(session: Session, district_code: str) -> Letterhead | None:
    return session.get(Letterhead, district_code)


def letterhead(session: Session, district_code: str) -> Letterhead:
    """The district's letterhead; raises `NoLetterhead`."""
    head = find_letterhead(session, district_code)
    if head is None:
        raise NoLetterhead(
            said(
                "District {district} has no letterhead yet: PUT /v1/districts/{district}/letterhead first.",
                "Daerah {district} belum punya kop surat: isi dahulu PUT /v1/districts/{district}/letterhead.",
                district=district_code,
            )
        )
    return head


def logo_of(head: Letterhead) -> Logo | None:
    return None if head.logo is None or head.logo_format is None else Logo(content=head.logo, format=head.logo_format)


def put_letterhead(
    session: Session, district_code: str, words: Mapping[str, Any], *, actor: Actor, now: datetime, if_match: str | None
) -> tuple[Letterhead, bool]:
    """Set the words whole; the second value tells whether they are the first. Raises `InvalidRequest`."""
    signer = words["signer"]
    if (signer["prefix"] == "a.n.") != (signer["post"] is not None):
        raise invalid(
            "/signer/post",
            said(
                "A signer's own post stands under an office that is signed for by 'a.n.', and only there.",
                "Jabatan penanda tangan ditulis di bawah jabatan yang diatasnamakan ('a.n.'), dan hanya di situ.",
            ),
            value=signer["post"],
            mend=said("Give both, or neither.", "Isi keduanya, atau kosongkan keduanya."),
        )
    head = session.get(Letterhead, district_code, with_for_update=True)
    is_new = head is None
    if head is None:
        head = Letterhead(district_code=district_code, words=dict(words))
        try:
            with session.begin_nested():
                session.add(head)
        except IntegrityError as error:
            raise LetterheadSetMeanwhile(
                said(
                    "Another request has just set the letterhead; read it again first.",
                    "Permintaan lain baru saja mengisi kop surat; baca ulang dahulu.",
                )
            ) from error
    else:
        check_if_match(if_match, head.version)
        head.words = dict(words)
    _record(session, "letterhead.create" if is_new else "letterhead.update", district_code, actor=actor, now=now)
    return head, is_new


def put_logo(
    session: Session, head: Letterhead, content: bytes, content_type: str | None, *, actor: Actor, now: datetime
) -> Letterhead:
    """Set the logo; raises `UnsupportedMedia`, `PayloadTooLarge`, `InvalidRequest`."""
    logo = _checked_logo(content, content_type)
    head.logo, head.logo_format = logo.content, logo.format
    _record(session, "letterhead.logo", head.district_code, actor=actor, now=now)
    return head


def remove_logo(session: Session, head: Letterhead, *, actor: Actor, now: datetime) -> None:
    head.logo = head.logo_format = None
    _record(session, "letterhead.logo_removed", head.district_code, actor=actor, now=now)


def _record(session: Session, action: str, district_code: str, *, actor: Actor, now: datetime) -> None:
    access.record(session, actor, action, f"letterhead/{district_code}", now=now, district_code=district_code)
    session.flush()


def _checked_logo(content: bytes, content_type: str | None) -> Logo:
    media = (content_type or "").partition(";")[0].strip().lower()
    if media not in _FORMATS:
        raise UnsupportedMedia(
            said(
                "A logo is sent as image/png or image/svg+xml, not {media!r}.",
                "Logo dikirim sebagai image/png atau image/svg+xml, bukan {media!r}.",
                media=media,
            )
        )
    if len(content) > MOST_LOGO_BYTES:
        raise PayloadTooLarge(
            said(
                "The logo has {count} bytes; at most {most} are taken. Make it smaller.",
                "Logo ini {count} byte; paling banyak {most}. Perkecil gambarnya.",
                count=len(content),
                most=MOST_LOGO_BYTES,
            )
        )
    logo = Logo(content=content, format=_FORMATS[media])
    fault = _svg_fault(content) if logo.format == "svg" else _png_fault(content)
    if fault is None:
        try:
            check_logo(logo)
        except Unprintable:
            fault = said("It cannot be drawn.", "Gambar ini tidak dapat digambar.")
    if fault is not None:
        raise invalid("body", fault, mend=said("Save it as a plain PNG.", "Simpan sebagai PNG biasa."))
    return logo


def _png_fault(content: bytes) -> str | None:
    if content[:8] != b"\x89PNG\r\n\x1a\n" or content[12:16] != b"IHDR" or len(content) < 33:
        return said("This is no PNG.", "Ini bukan PNG.")
    width, height = struct.unpack(">II", content[16:24])
    if not (1 <= width <= _MOST_LOGO_PIXELS and 1 <= height <= _MOST_LOGO_PIXELS):
        return said(
            "It is {width} by {height} pixels; at most {most} to a side are taken.",
            "Ukurannya {width} kali {height} piksel; paling banyak {most} per sisi.",
            width=width,
            height=height,
            most=_MOST_LOGO_PIXELS,
        )
    return None


def _svg_fault(content: bytes) -> str | None:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return said("It is no UTF-8 text.", "Ini bukan teks UTF-8.")
    if match := _UNSAFE_SVG.search(text):
        return said(
            "The drawing holds {part!r}, which is not taken: it must be made of plain shapes.",
            "Gambar ini memuat {part!r}, yang tidak diterima: hanya bentuk biasa.",
            part=match[0],
        )
    return None


def list_staff(session: Session, team: Team) -> Sequence[Staff]:
    """Everybody of a team, in the order in which they were entered."""
    return session.scalars(select(Staff).where(Staff.team_id == team.id).order_by(Staff.id)).all()


def staff_between(session: Session, team_ids: Sequence[int], first: date, last: date) -> Sequence[Staff]:
    """Who goes out with some teams on some day of a span, both ends included."""
    return session.scalars(
        select(Staff)
        .where(
            Staff.team_id.in_(team_ids),
            or_(Staff.valid_from.is_(None), Staff.valid_from <= last),
            or_(Staff.valid_to.is_(None), Staff.valid_to >= first),
        )
        .order_by(Staff.id)
    ).all()


def add_staff(session: Session, team: Team, fields: Mapping[str, Any], *, actor: Actor, now: datetime) -> Staff:
    """A new person of a team; raises `InvalidRequest`."""
    _check_person(fields)
    person = Staff(district_code=team.district_code, team_id=team.id, **fields)
    session.add(person)
    _record_staff(session, "staff.create", person, actor=actor, now=now)
    return person


def get_staff(session: Session, staff_id: int, *, actor: Actor) -> Staff:
    """A person, locked to be changed; raises `NotFound`, also where the actor may not look."""
    person = session.scalar(select(Staff).where(Staff.id == staff_id).with_for_update())
    if person is None or not actor.may_write(person.district_code):
        raise NotFound(
            said(
                "There is no member of staff {staff}, or this token does not open the district.",
                "Tidak ada pegawai {staff}, atau token ini tidak membuka daerahnya.",
                staff=staff_id,
            )
        )
    return person


def put_staff(session: Session, person: Staff, fields: Mapping[str, Any], *, actor: Actor, now: datetime) -> Staff:
    """Set a person's facts whole; raises `InvalidRequest`."""
    _check_person(fields)
    for name, value in fields.items():
        setattr(person, name, value)
    _record_staff(session, "staff.update", person, actor=actor, now=now)
    return person


def remove_staff(session: Session, person: Staff, *, actor: Actor, now: datetime) -> None:
    """Forget a person; letters that were issued keep what they say."""
    _record_staff(session, "staff.delete", person, actor=actor, now=now)
    session.delete(person)
    session.flush()


def _check_person(fields: Mapping[str, Any]) -> None:
    if fields["status"] == StaffStatus.NON_ASN and fields["nip"] is not None:
        raise invalid(
            "/nip",
            said("Who is no ASN has no NIP.", "Tenaga non-ASN tidak punya NIP."),
            mend=said("Leave it out, or correct 'status'.", "Kosongkan, atau perbaiki 'status'."),
        )
    first, last = fields["valid_from"], fields["valid_to"]
    if first is not None and last is not None and last < first:
        raise invalid(
            "/valid_to",
            said("It lies before 'valid_from'.", "Tanggal ini sebelum 'valid_from'."),
            value=last.isoformat(),
            mend=said("Give the earlier date first.", "Isi tanggal yang lebih awal dahulu."),
        )


def _record_staff(session: Session, action: str, person: Staff, *, actor: Actor, now: datetime) -> None:
    session.flush()
    access.record(
        session,
        actor,
        action,
        f"staff/{person.id}",
        now=now,
        district_code=person.district_code,
        details={"team_id": person.team_id},
    )
    session.flush()
