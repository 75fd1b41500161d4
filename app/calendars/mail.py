"""Sends invitations: through the office's mail server, or, without one, into a folder from where people send them."""

import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path

from app.calendars.itip import Party
from app.settings import Settings

_PATIENCE_SECONDS = 30.0
_LONGEST_WORD = 40
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 -]*")
BY_MAIL = "mail"
"""As the place where a message went: the mail server has it. Any other is the name of a file."""


class MailRefused(Exception):
    """The server did not take this message; it may take others."""


class MailUnreachable(Exception):
    """The server takes no message now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One message with a calendar object (RFC 6047)."""

    name: str
    """The same for the same message, however often it is sent: a file's name, and the Message-ID's left side."""
    recipient: Party
    subject: str
    text: str
    calendar: bytes
    method: str


Send = Callable[[Mail], str]
"""Sends one message and tells where it went; raises `MailRefused`, `MailUnreachable`."""


def organizer_of(settings: Settings) -> Party:
    return Party(email=settings.organizer_email, name=settings.organizer_name)


def sender(settings: Settings) -> Send:
    """The way that the operator's settings describe."""
    if settings.smtp_host is None:
        return lambda mail: _write_file(settings.outbox_dir, mail)
    return lambda mail: _send(settings, mail)


def compose(mail: Mail, *, organizer: Party) -> MIMEMultipart:
    """The text for people, and the same for calendar programs."""
    message = MIMEMultipart("alternative")
    message["From"] = _mailbox(organizer, "From")
    message["To"] = _mailbox(mail.recipient, "To")
    message["Subject"] = header_text(mail.subject, name="Subject")
    message["Message-ID"] = f"<{mail.name}@{organizer.email.rpartition('@')[2]}>"
    message.attach(MIMEText(mail.text, "plain", "utf-8"))
    calendar = MIMEText(mail.calendar.decode(), "calendar", "utf-8")
    calendar.set_param("method", mail.method)
    message.attach(calendar)
    return message


def header_text(text: str, *, name: str) -> str:
    """People's text as it can stand in a header: plain words as they are, everything else inside encoded words of our
    own making (RFC 2047), so that no character of it can be read as structure, nor as an encoded word of theirs.

    Written here rather than left to `email.policy`, whose parser fails on some texts and in some versions of Python
    unquotes what it has read."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    is_plain = line.isascii() and max(map(len, line.split()), default=0) <= _LONGEST_WORD
    # A subject has no structure; a name ends at a comma, a colon, a dot.
    if is_plain and ("=?" not in line if name == "Subject" else _PLAIN_NAME.fullmatch(line)):
        return line
    return Header(line, "utf-8", header_name=name).encode(linesep="\n")


def _mailbox(party: Party, name: str) -> str:
    words = header_text(party.name or "", name=name)
    # The name ends a line of its own where it is long: an address is never folded.
    return f"{words}\n <{party.email}>" if len(words) > _LONGEST_WORD else f"{words} <{party.email}>".strip()


def _send(settings: Settings, mail: Mail) -> str:
    organizer = organizer_of(settings)
    message = compose(mail, organizer=organizer)
    tls = ssl.create_default_context()
    host, port = str(settings.smtp_host), settings.smtp_port
    try:
        if settings.smtp_security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=_PATIENCE_SECONDS, context=tls)
        else:
            server = smtplib.SMTP(host, port, timeout=_PATIENCE_SECONDS)
        with server:
            if settings.smtp_security == "starttls":
                server.starttls(context=tls)
            if settings.smtp_username is not None and settings.smtp_password is not None:
                server.login(settings.smtp_username, settings.smtp_password.get_secret_value())
            # The envelope is ours, whatever a reader of the headers might take for an address.
            server.send_message(message, from_addr=organizer.email, to_addrs=[mail.recipient.email])
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
        raise MailRefused from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailUnreachable from error
    return BY_MAIL


def _write_file(folder: Path, mail: Mail) -> str:
    """The calendar object as a file, whole or not at all."""
    name = f"{mail.name}.ics"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f"{name}.part"
        draft.write_bytes(mail.calendar)
        draft.replace(folder / name)
    except OSError as error:
        raise MailUnreachable from error
    return name
