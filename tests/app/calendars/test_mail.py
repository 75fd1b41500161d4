"""No text from people becomes structure of a message, whatever it says."""

import re
import smtplib
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.calendars.itip import Party, write_invitation
from app.calendars.mail import BY_MAIL, Mail, compose, header_text, sender
from app.settings import Settings
from tests.app.calendars.test_ics import entries

CONTACT, OFFICE = "tu@sekolah.example.id", "dukcapil@example.id"
HOSTILE = [
    "=?utf-8?q?a?=",
    "=?utf-8?q?a=0D=0ABcc:_x@evil.example?=",
    "=?utf-8?b?DQpCY2M6IHhAZXZpbC5leGFtcGxl?=",
    "=?utf-8?q?=?=",
    "=?utf-8?q?=?= =?utf-8?b?!!!?=",
    "=?x?q?a?=",
    "=?utf-8?q?\u00e9?=",
    "=?=?utf-8?q?a?=?=",
    "=\x00?utf-8?q?a=0A?=",
    "a\r\nBcc: x@evil.example",
    "a\rBcc: x@evil.example",
    "a\u2028Bcc: x@evil.example\x85Cc: y@evil.example",
    "x@evil.example, tu",
    '"Ani" <x@evil.example>',
    'Bu "Ani", TU; grup:',
    "(komentar <x@evil.example>",
    "\\",
    "^nCN=x",
    "\u202eoga",
    "\u00e9" * 90 + ", <x@evil.example>",
    "x" * 200,
    "kata " * 40,
    " ",
    "",
]
OUR_WORD = re.compile(r"=\?utf-8\?[qb]\?[A-Za-z0-9+/=_!*-]+\?=")
TEXTS = st.sampled_from(HOSTILE) | st.lists(st.sampled_from(HOSTILE), max_size=3).map("".join) | st.text(max_size=200)


def mail_of(name: str, subject: str = "Undangan", text: str = "Apa kabar", calendar: bytes = b"BEGIN") -> Mail:
    recipient = Party(email=CONTACT, name=name)
    return Mail(name="n-1", recipient=recipient, subject=subject, text=text, calendar=calendar, method="REQUEST")


def sent(mail: Mail, organizer: Party) -> EmailMessage:
    """As the other side's program reads what goes over the line."""
    content = compose(mail, organizer=organizer).as_bytes(policy=policy.SMTP.clone(max_line_length=None))
    return cast(EmailMessage, BytesParser(policy=policy.default).parsebytes(content))


def plain(text: str) -> str:
    """What may be left of a text in a header: its words."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


@given(TEXTS, TEXTS, TEXTS)
@example(HOSTILE[0], HOSTILE[1], HOSTILE[1])
def test_peoples_text_in_a_header_stays_text(name: str, subject: str, office: str) -> None:
    raw = compose(mail_of(name, subject), organizer=Party(email=OFFICE, name=office)).as_bytes()
    head = raw.partition(b"\n\n")[0]
    assert head.isascii()
    names = [line.partition(b":")[0] for line in head.split(b"\n") if not line.startswith((b" ", b"\t"))]
    assert names == [b"Content-Type", b"MIME-Version", b"From", b"To", b"Subject", b"Message-ID"]
    message = sent(mail_of(name, subject), Party(email=OFFICE, name=office))
    assert message.defects == []
    for header, address, said in (("To", CONTACT, name), ("From", OFFICE, office)):
        [only] = message[header].addresses
        assert only.addr_spec == address
        assert only.display_name.replace(" ", "") == plain(said).replace(" ", "")
    assert str(message["Subject"]).replace(" ", "") == plain(subject).replace(" ", "")


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["To", "From", "Subject"])
def test_no_encoded_word_of_theirs_is_left_in_a_header(text: str, name: str) -> None:
    written = header_text(text, name=name)
    assert all(OUR_WORD.fullmatch(word) for word in written.split() if "=?" in word)
    assert all(line.startswith(" ") for line in written.split("\n")[1:])


def test_plain_names_and_subjects_are_written_plainly() -> None:
    message = compose(
        mail_of("Ani TU", "Undangan: SMA 2, 14 November 2023, 08:00-10:30 WIB"), organizer=Party(email="d@e.id")
    )
    assert (message["To"], message["From"]) == (f"Ani TU <{CONTACT}>", "<d@e.id>")
    assert message["Subject"] == "Undangan: SMA 2, 14 November 2023, 08:00-10:30 WIB"


class Server:
    """Takes every message, and keeps what it was told."""

    taken: list[tuple[str, list[str], bytes]]

    def __init__(self, *_: Any, **__: Any):
        pass

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def ehlo_or_helo_if_needed(self) -> None:
        pass

    def send_message(self, message: Any, *, from_addr: str, to_addrs: list[str]) -> None:
        self.taken.append((from_addr, to_addrs, message.as_bytes()))


@pytest.mark.parametrize(
    "text", [*HOSTILE, f"{CONTACT}\n", f"{CONTACT}\r\nBcc: x@y.id", f"x@y.id,{CONTACT}", "a b@c.id"]
)
def test_address_is_one_plain_address(text: str) -> None:
    with pytest.raises(ValueError, match="no plain e-mail address"):
        Party(email=text)


@pytest.mark.parametrize("name", HOSTILE)
def test_message_goes_to_the_contact_alone_whatever_its_names_say(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Server, "taken", [], raising=False)
    monkeypatch.setattr(smtplib, "SMTP", Server)
    settings = Settings(smtp_host="mail.example.id", smtp_security="none", organizer_email=OFFICE)
    assert sender(settings)(mail_of(name, subject=name, text=name)) == BY_MAIL
    [(sender_address, recipients, _)] = Server.taken
    assert (sender_address, recipients) == (OFFICE, [CONTACT])


@given(entries(), TEXTS, TEXTS)
def test_peoples_text_in_an_invitation_adds_no_line_to_it(entry: Any, name: str, office: str) -> None:
    def lines(attendee: str | None, organizer: str | None) -> list[bytes]:
        content = write_invitation(
            entry,
            "Asia/Jakarta",
            organizer=Party(email=OFFICE, name=organizer),
            attendee=Party(email=CONTACT, name=attendee),
            is_cancelled=False,
        )
        unfolded = content.replace(b"\r\n ", b"").decode()
        assert not {"\n", "\r"} & set(unfolded.replace("\r\n", ""))
        return [line.partition(":")[0].partition(";")[0].encode() for line in unfolded.splitlines()]

    assert lines(name, office) == lines(None, None)
