"""Sends invitations: through the office's mail server, or, without one, into a folder from where people send them."""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formataddr
from pathlib import Path

from app.calendars.itip import Party
from app.settings import Settings

_PATIENCE_SECONDS = 30.0


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


def compose(mail: Mail, *, organizer: Party) -> EmailMessage:
    """The text for people, and the same for calendar programs."""
    message = EmailMessage()
    message["From"] = formataddr((organizer.name or "", organizer.email))
    message["To"] = formataddr((mail.recipient.name or "", mail.recipient.email))
    message["Subject"] = mail.subject
    message["Message-ID"] = f"<{mail.name}@{organizer.email.rpartition('@')[2]}>"
    message.set_content(mail.text)
    message.add_alternative(mail.calendar.decode(), subtype="calendar", params={"method": mail.method})
    return message


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
            server.send_message(message)
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
        raise MailRefused from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailUnreachable from error
    return "mail"


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
