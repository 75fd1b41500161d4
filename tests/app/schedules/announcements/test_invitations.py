"""A site's contact hears of a visit once, of every change that matters, and of its end; the answer counts."""

import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path
from typing import Any

import icalendar
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from app.access.models import Role
from app.calendars import mail as mailing
from app.calendars.itip import Party, Reply
from app.calendars.mail import Mail, MailRefused, MailUnreachable, organizer_of, sender
from app.database import make_engine
from app.schedules.announcements import invitations as inviting
from app.schedules.announcements import replies as replying
from app.schedules.announcements.invitations import PERHAPS_SENT, SendingContext, invite, message_of, send_due
from app.schedules.announcements.replies import ReplyFate
from app.schedules.announcements.troubles import Unit, set_aside
from app.schedules.models import Invitation, Visit
from app.settings import Settings
from app.sites.models import ReadinessChange, Site
from tests.app.calendars.test_mail import HOSTILE, Server
from tests.app.conftest import NOW, AsRole
from tests.factories import make_district, make_schedule, make_site, make_team, make_visit

EIGHT = datetime(2023, 11, 14, 1, tzinfo=UTC)
OFFICE = Party(email="dukcapil@example.id", name="Disdukcapil")
CONTACT = "tu@sekolah.example.id"


def make_invited(session: Session, **fields: Any) -> Visit:
    make_district(session)
    site = make_site(session, name="SMA 2", contact_email=CONTACT, contact_name='Bu "Ani", TU')
    return make_visit(session, make_schedule(session), make_team(session, name="Tim 1"), site, **fields)


def invitations(session: Session) -> list[Invitation]:
    query = select(Invitation).order_by(Invitation.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def invited(session: Session, *, sent: bool = True) -> Invitation:
    """The only invitation after a look at the plan, as if it had gone out."""
    invite(session, "16.73", now=NOW)
    [invitation] = invitations(session)
    if sent:
        invitation.sent_sequence = invitation.sequence
    return invitation


def test_contact_is_invited_with_a_request(session: Session) -> None:
    visit = make_invited(session)
    message = message_of(invited(session), OFFICE)
    calendar = icalendar.Calendar.from_ical(message.calendar)
    [event] = calendar.walk("VEVENT")
    assert (calendar["METHOD"], message.method, event["UID"]) == ("REQUEST", "REQUEST", f"{visit.uid}@jemput-bola")
    assert (event["SEQUENCE"], event["STATUS"]) == (0, "CONFIRMED")
    assert str(event["ORGANIZER"]) == f"mailto:{OFFICE.email}"
    attendee = event["ATTENDEE"]
    assert str(attendee) == f"mailto:{CONTACT}"
    assert {name: attendee.params[name] for name in ("PARTSTAT", "RSVP", "CN")} == {
        "PARTSTAT": "NEEDS-ACTION",
        "RSVP": "TRUE",
        "CN": "Bu Ani, TU",
    }
    assert event.decoded("DTSTART") == EIGHT
    assert message.subject == "Undangan: Jemput Bola di SMA 2, 14 November 2023, 08.00–10.30 WIB"
    indonesian, _, english = message.text.partition("\n\n")
    assert indonesian.startswith("Tim 1 akan berkunjung.\nWaktu: 14 November 2023, 08.00–10.30 WIB")
    assert english.startswith("Tim 1 will visit you.")


def test_site_without_an_address_and_visit_that_is_over_invite_nobody(session: Session) -> None:
    make_invited(session, starts_at=NOW - timedelta(days=1))
    make_visit(session, make_schedule(session), make_team(session), make_site(session))
    invite(session, "16.73", now=NOW)
    assert invitations(session) == []


def test_contact_hears_again_only_when_what_was_told_changes(session: Session) -> None:
    visit = make_invited(session)
    invitation = invited(session)
    invitation.answer = "accepted"
    visit.expected_activations, visit.travel_minutes, visit.sequence = 7, 99, 5
    invite(session, "16.73", now=NOW)
    assert (invitation.sequence, invitation.answer) == (0, "accepted")

    session.get_one(Site, visit.site_id).name = "SMA Negeri 2"
    invite(session, "16.73", now=NOW)
    assert (invitation.sequence, invitation.answer) == (1, "accepted")

    visit.starts_at += timedelta(minutes=30)
    invite(session, "16.73", now=NOW)
    assert (invitation.sequence, invitation.answer) == (2, "needs-action")


def test_called_off_visit_is_cancelled_and_a_new_contact_is_invited_in_place_of_the_old(session: Session) -> None:
    visit = make_invited(session)
    first = invited(session)
    session.get_one(Site, visit.site_id).contact_email = "baru@sekolah.example.id"
    invite(session, "16.73", now=NOW)
    old, new = invitations(session)
    assert (old.id, old.is_cancelled, old.sequence) == (first.id, True, 1)
    assert (new.attendee, new.is_cancelled, new.sequence) == ("baru@sekolah.example.id", False, 0)

    visit.in_force, visit.withdrawn_at = False, NOW
    invite(session, "16.73", now=NOW)
    [left] = invitations(session)
    assert left.id == old.id
    calendar = icalendar.Calendar.from_ical(message_of(left, OFFICE).calendar)
    [event] = calendar.walk("VEVENT")
    assert (calendar["METHOD"], event["STATUS"], event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 1)
    assert message_of(left, OFFICE).subject.startswith("Batal: ")


def test_message_on_its_way_counts_as_sent(session: Session) -> None:
    visit = make_invited(session)
    invitation = invited(session, sent=False)
    invitation.sent_sequence = PERHAPS_SENT
    visit.in_force = False
    invite(session, "16.73", now=NOW)
    assert (invitation.is_cancelled, invitation.sequence) == (True, 1)


@pytest.fixture
def office(own_database: str) -> Iterator[tuple[Engine, sessionmaker[Session]]]:
    engine = make_engine(own_database)
    sessions = sessionmaker(engine, expire_on_commit=False)
    with sessions.begin() as session:
        make_invited(session)
        invite(session, "16.73", now=NOW)
    yield engine, sessions
    engine.dispose()


def context(send: mailing.Send) -> SendingContext:
    return SendingContext(send=send, organizer=OFFICE, random=lambda: 0.5)


def test_invitation_goes_out_once_and_the_site_is_asked(office: tuple[Engine, sessionmaker[Session]]) -> None:
    engine, sessions = office
    box: list[Mail] = []

    def send(mail: Mail) -> str:
        box.append(mail)
        return "mail"

    assert [send_due(engine, NOW, context=context(send)) for _ in range(2)] == [1, 0]
    assert len(box) == 1
    with sessions() as session:
        [invitation] = invitations(session)
        assert (invitation.sent_sequence, invitation.sent_to, invitation.sent_at) == (0, "mail", NOW)
        assert session.scalars(select(Site.readiness)).one() == "asked"
        steps = session.execute(select(ReadinessChange.readiness, ReadinessChange.cause)).all()
        assert [tuple(step) for step in steps] == [("asked", "invited")]


def test_change_while_a_message_is_on_its_way_is_sent_after_it(office: tuple[Engine, sessionmaker[Session]]) -> None:
    engine, sessions = office
    box: list[Mail] = []

    def send(mail: Mail) -> str:
        if not box:
            with sessions.begin() as session:
                session.scalars(select(Visit)).one().starts_at += timedelta(minutes=30)
                invite(session, "16.73", now=NOW)
        box.append(mail)
        return "mail"

    send_due(engine, NOW, context=context(send))
    assert [b"SEQUENCE:0" in box[0].calendar, b"SEQUENCE:1" in box[1].calendar, len(box)] == [True, True, 2]
    assert b"T083000" in box[1].calendar


@pytest.mark.parametrize(("error", "trouble"), [(MailRefused, "refused"), (MailUnreachable, "unreachable")])
def test_silent_mail_server_is_tried_again_ever_later(
    office: tuple[Engine, sessionmaker[Session]], error: type[Exception], trouble: str
) -> None:
    engine, sessions = office

    def refuses(mail: Mail) -> str:
        raise error

    waits = []
    for hours in range(3):
        now = NOW + timedelta(hours=hours)
        assert send_due(engine, now, context=context(refuses)) == 0
        with sessions() as session:
            [invitation] = invitations(session)
            assert (invitation.trouble, invitation.failures) == (trouble, hours + 1)
            waits.append(invitation.next_try_at - now)
    assert waits == [timedelta(minutes=minutes) for minutes in (1, 2, 4)]
    assert send_due(engine, NOW + timedelta(days=1), context=context(lambda mail: "mail")) == 1


def test_without_a_mail_server_the_message_is_a_file(
    office: tuple[Engine, sessionmaker[Session]], tmp_path: Path
) -> None:
    engine, sessions = office
    settings = Settings(data_dir=tmp_path)
    assert send_due(engine, NOW, context=context(sender(settings))) == 1
    with sessions() as session:
        [invitation] = invitations(session)
    [path] = (tmp_path / "outbox").iterdir()
    assert path.name == invitation.sent_to
    assert path.read_bytes() == message_of(invitation, OFFICE).calendar
    with sessions() as session:
        assert session.scalars(select(Site.readiness)).one() == "unknown"


def test_mail_carries_text_and_calendar(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    make_invited(session)
    heard: list[Any] = []

    class Server:
        def __init__(self, host: str, port: int, timeout: float):
            heard.append((host, port))

        def __enter__(self) -> "Server":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def starttls(self, *, context: object) -> None:
            heard.append("starttls")

        def login(self, user: str, password: str) -> None:
            heard.append((user, password))

        def send_message(self, message: Message, *, from_addr: str, to_addrs: list[str]) -> None:
            heard.extend([from_addr, to_addrs, message])

    monkeypatch.setattr(smtplib, "SMTP", Server)
    settings = Settings(
        smtp_host="mail.example.id",
        smtp_username="u",
        smtp_password="p",  # type: ignore[arg-type]
        organizer_email="dukcapil@example.id",
    )
    message = message_of(invited(session), organizer_of(settings))
    assert sender(settings)(message) == "mail"
    place, secure, account, *envelope, mail = heard
    assert (place, secure, account) == (("mail.example.id", 587), "starttls", ("u", "p"))
    assert envelope == ["dukcapil@example.id", ["tu@sekolah.example.id"]]
    [to] = message_from_bytes(mail.as_bytes(), policy=default)["To"].addresses
    assert (to.display_name, to.addr_spec) == ('Bu "Ani", TU', "tu@sekolah.example.id")
    text, calendar = mail.get_payload()
    assert (text.get_content_type(), calendar.get_content_type()) == ("text/plain", "text/calendar")
    assert calendar.get_param("method") == "REQUEST"
    assert icalendar.Calendar.from_ical(calendar.get_payload(decode=True))["METHOD"] == "REQUEST"
    again = mailing.compose(message, organizer=organizer_of(settings))
    assert again["Message-ID"] == mail["Message-ID"]


def reply(invitation: Invitation, answer: str, **fields: Any) -> bytes:
    """What a calendar program sends back."""
    values = {
        "uid": f"{invitation.uid}@jemput-bola",
        "attendee": invitation.attendee.upper(),
        "sequence": invitation.sequence,
        "stamp": "20231113T030000Z",
        "method": "REPLY",
    } | fields
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Other//EN",
        f"METHOD:{values['method']}",
        "BEGIN:VEVENT",
        f"UID:{values['uid']}",
        f"DTSTAMP:{values['stamp']}",
        f"SEQUENCE:{values['sequence']}",
        "ORGANIZER:mailto:dukcapil@example.id",
        f'ATTENDEE;CN="Ani: TU";PARTSTAT={answer}:MAILTO:{values["attendee"]}',
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(lines).encode()


def upload(client: TestClient, headers: dict[str, str], content: bytes) -> dict[str, Any]:
    answer = client.post("/v1/districts/16.73/invitations/replies", content=content, headers=headers)
    assert answer.status_code == 200, answer.text
    [item] = answer.json()["items"]
    return dict(item)


def readiness(session: Session, visit: Visit) -> tuple[str, str | None, str | None]:
    site = session.get_one(Site, visit.site_id, populate_existing=True)
    days = [None if day is None else day.isoformat() for day in (site.readiness_from, site.readiness_until)]
    return site.readiness, days[0], days[1]


@pytest.mark.parametrize(
    ("answer", "stands"),
    [
        ("ACCEPTED", ("agreed", "2023-11-14", "2023-11-14")),
        ("DECLINED", ("not_ready", None, "2023-11-14")),
        ("TENTATIVE", ("asked", None, None)),
    ],
)
def test_answer_becomes_the_sites_readiness(
    client: TestClient, session: Session, bearer: AsRole, answer: str, stands: tuple[str, str | None, str | None]
) -> None:
    visit = make_invited(session)
    invitation = invited(session)
    planner = bearer(Role.PLANNER, "16.73")
    item = upload(client, planner, reply(invitation, answer))
    assert (item["fate"], item["answer"], item["readiness"]) == ("taken", answer.lower(), stands[0])
    assert readiness(session, visit) == stands
    assert session.scalars(select(ReadinessChange.cause)).all() == ["reply"]
    [shown] = client.get("/v1/districts/16.73/invitations", headers=planner).json()["items"]
    assert (shown["answer"], shown["attendee"]) == (answer.lower(), CONTACT)


def test_agreed_dates_reach_over_all_visits_that_were_not_declined(
    client: TestClient, session: Session, bearer: AsRole
) -> None:
    visit = make_invited(session)
    site, team = session.get_one(Site, visit.site_id), make_team(session)
    for day in (3, 6):
        make_visit(session, make_schedule(session), team, site, starts_at=EIGHT + timedelta(days=day))
    invite(session, "16.73", now=NOW)
    planner = bearer(Role.PLANNER, "16.73")
    first, second, third = invitations(session)
    upload(client, planner, reply(first, "ACCEPTED"))
    assert readiness(session, visit) == ("agreed", "2023-11-14", "2023-11-20")
    upload(client, planner, reply(third, "DECLINED"))
    assert readiness(session, visit) == ("agreed", "2023-11-14", "2023-11-17")
    upload(client, planner, reply(second, "DECLINED"))
    upload(client, planner, reply(first, "DECLINED", stamp="20231113T040000Z"))
    assert readiness(session, visit) == ("not_ready", None, "2023-11-14")


def test_answer_that_does_not_count_is_told_why(client: TestClient, session: Session, bearer: AsRole) -> None:
    visit = make_invited(session)
    invitation = invited(session)
    invitation.sequence = invitation.sent_sequence = 2
    planner = bearer(Role.PLANNER, "16.73")
    stands = readiness(session, visit)

    def fate(**fields: Any) -> str:
        return str(upload(client, planner, reply(invitation, fields.pop("answer", "ACCEPTED"), **fields))["fate"])

    assert fate(sequence=1) == "stale"
    assert fate(sequence=3) == "stale"
    assert fate(answer="NEEDS-ACTION") == "no_answer"
    assert fate(attendee="orang@lain.example.id") == "unknown"
    assert fate(uid="something@else") == "unknown"
    assert fate(uid="x@jemput-bola") == "unknown"
    assert readiness(session, visit) == stands
    assert fate(answer="DECLINED", stamp="20231113T050000Z") == "taken"
    assert fate(answer="ACCEPTED", stamp="20231113T040000Z") == "stale"
    assert readiness(session, visit)[0] == "not_ready"
    session.get_one(Site, visit.site_id).readiness = "done"
    session.commit()
    assert fate(stamp="20231113T060000Z") == "site_done"
    invitation.is_cancelled = True
    session.commit()
    assert fate(stamp="20231113T070000Z") == "called_off"
    assert readiness(session, visit)[0] == "done"


def test_answer_that_raises_anything_keeps_no_other_of_the_same_file(
    client: TestClient, session: Session, bearer: AsRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = make_invited(session)
    site, team = session.get_one(Site, visit.site_id), make_team(session)
    make_visit(session, make_schedule(session), team, site, starts_at=EIGHT + timedelta(days=3))
    invite(session, "16.73", now=NOW)
    first, second = invitations(session)
    event = reply(second, "ACCEPTED").partition(b"BEGIN:VEVENT")[2].partition(b"END:VCALENDAR")[0]
    content = reply(first, "ACCEPTED").replace(b"END:VCALENDAR", b"BEGIN:VEVENT" + event + b"END:VCALENDAR")
    original = replying._fate

    def raises(invitation: Invitation, answer: Reply) -> ReplyFate:
        if invitation.id == first.id:
            raise RecursionError
        return original(invitation, answer)

    monkeypatch.setattr(replying, "_fate", raises)
    planner = bearer(Role.PLANNER, "16.73")
    answer = client.post("/v1/districts/16.73/invitations/replies", content=content, headers=planner)
    assert [item["fate"] for item in answer.json()["items"]] == ["broken", "taken"]
    assert readiness(session, visit)[0] == "agreed"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"\xff\xfe\x00",
        b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n",
        b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR\r\n",
        b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nATTENDEE:mailto:a@b.id\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    ],
)
def test_body_that_is_no_reply_is_refused(client: TestClient, session: Session, bearer: AsRole, content: bytes) -> None:
    make_district(session)
    answer = client.post(
        "/v1/districts/16.73/invitations/replies", content=content, headers=bearer(Role.PLANNER, "16.73")
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "InvalidRequest")


def test_message_is_a_file_for_planners_of_the_own_district(
    client: TestClient, session: Session, bearer: AsRole
) -> None:
    make_invited(session)
    make_district(session, "17.71")
    invitation = invited(session, sent=False)
    planner = bearer(Role.PLANNER, "16.73")
    [shown] = client.get("/v1/districts/16.73/invitations", headers=planner).json()["items"]
    assert (shown["is_sent"], shown["sequence"], shown["site_name"]) == (False, 0, "SMA 2")
    answer = client.get(shown["link"], headers=planner)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8; method=REQUEST"
    assert f"mailto:{CONTACT}".encode() in answer.content.replace(b"\r\n ", b"")
    make_district(session, "16", lat=-3.3, lon=104.9)
    province = bearer(Role.VIEWER, "16")
    [outside] = client.get("/v1/districts/16.73/invitations", headers=province).json()["items"]
    assert outside["attendee"] is None
    assert client.get(shown["link"], headers=province).status_code == 403
    stranger = bearer(Role.PLANNER, "17.71")
    assert client.get(shown["link"], headers=stranger).status_code == 404
    assert client.get(f"/v1/districts/17.71/invitations/{invitation.id}.ics", headers=stranger).status_code == 404


def invite_sites(sessions: sessionmaker[Session], names: list[str]) -> None:
    """One more site, visit and invitation for each name of a contact."""
    with sessions.begin() as session:
        schedule, team = make_schedule(session), make_team(session)
        for number, name in enumerate(names):
            site = make_site(session, code=f"H-{number}", name=name or "SD", contact_email=CONTACT, contact_name=name)
            make_visit(session, schedule, team, site, starts_at=EIGHT + timedelta(days=1 + number))
        invite(session, "16.73", now=NOW)


def test_names_that_try_to_be_structure_go_out_to_the_contact_like_all_others(
    office: tuple[Engine, sessionmaker[Session]], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, sessions = office
    names = [name for name in HOSTILE if "\x00" not in name]
    invite_sites(sessions, names)
    monkeypatch.setattr(Server, "taken", [], raising=False)
    monkeypatch.setattr(smtplib, "SMTP", Server)
    settings = Settings(smtp_host="mail.example.id", smtp_security="none", organizer_email=OFFICE.email)
    assert send_due(engine, NOW, context=context(sender(settings))) == 1 + len(names)
    assert {(sender_, *recipients) for sender_, recipients, _ in Server.taken} == {(OFFICE.email, CONTACT)}
    with sessions() as session:
        assert {invitation.trouble for invitation in invitations(session)} == {None}


@pytest.mark.parametrize("poison", [ValueError("x"), UnicodeError(), RecursionError(), KeyError("x"), OSError()])
@pytest.mark.parametrize("place", ["rendering", "sending"])
def test_invitation_that_raises_anything_is_set_aside_and_all_others_go_out(
    office: tuple[Engine, sessionmaker[Session]],
    monkeypatch: pytest.MonkeyPatch,
    poison: Exception,
    place: str,
) -> None:
    engine, sessions = office
    invite_sites(sessions, ["Ani", "Budi", "Citra"])
    with sessions() as session:
        bad = invitations(session)[1].id
    original = inviting.message_of

    def renders(invitation: Invitation, organizer: Party) -> Mail:
        if place == "rendering" and invitation.id == bad:
            raise poison
        return original(invitation, organizer)

    def sends(mail: Mail) -> str:
        if place == "sending" and f"-{bad}-" in mail.name:
            raise poison
        return "mail"

    with monkeypatch.context() as patched:
        patched.setattr(inviting, "message_of", renders)
        assert send_due(engine, NOW, context=context(sends)) == 3
    with sessions() as session:
        assert [invitation.trouble for invitation in invitations(session)] == [None, "broken", None, None]
        stored = invitations(session)[1]
        assert (stored.failures, stored.next_try_at) == (1, NOW + timedelta(minutes=1))
        assert str(stored.trouble_about).startswith(type(poison).__name__)
        [aside] = set_aside(session, "16.73", limit=9)
        assert (aside.unit, aside.invitation_id, aside.code) == (Unit.INVITATION, bad, "broken")
        assert type(poison).__name__ in aside.message["en"]
    assert send_due(engine, NOW + timedelta(minutes=2), context=context(sends if place != "sending" else box)) == 1


def box(mail: Mail) -> str:
    return "mail"


def test_message_that_cannot_be_stored_as_sent_keeps_no_other(
    office: tuple[Engine, sessionmaker[Session]], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, sessions = office
    invite_sites(sessions, ["Ani", "Budi"])
    original, failed = inviting._note_sent, []

    def notes(session: Session, invitation: Invitation, attempted: Any, **named: Any) -> None:
        if not failed:
            failed.append(invitation.id)
            raise RuntimeError
        original(session, invitation, attempted, **named)

    monkeypatch.setattr(inviting, "_note_sent", notes)
    send_due(engine, NOW, context=context(box))
    with sessions() as session:
        assert [invitation.trouble for invitation in invitations(session)] == ["broken", None, None]


def test_one_message_that_finds_no_server_does_not_keep_the_next_one(
    office: tuple[Engine, sessionmaker[Session]],
) -> None:
    engine, sessions = office
    invite_sites(sessions, ["Ani", "Budi", "Citra", "Dewi"])
    tried: list[str] = []

    def breaks_off(mail: Mail) -> str:
        tried.append(mail.name)
        if len(tried) == 1:
            raise MailUnreachable
        return "mail"

    assert send_due(engine, NOW, context=context(breaks_off)) == 4

    def is_away(mail: Mail) -> str:
        tried.append(mail.name)
        raise MailUnreachable

    with sessions.begin() as session:
        for invitation in invitations(session):
            invitation.sequence += 1
    tried.clear()
    assert send_due(engine, NOW + timedelta(days=1), context=context(is_away)) == 0
    assert len(tried) == 2


def test_invitation_that_was_only_written_as_a_file_is_not_called_sent(
    client: TestClient, session: Session, bearer: AsRole
) -> None:
    make_invited(session)
    invitation = invited(session)
    planner = bearer(Role.PLANNER, "16.73")

    def shown() -> tuple[bool, bool]:
        [item] = client.get("/v1/districts/16.73/invitations", headers=planner).json()["items"]
        return item["is_sent"], item["is_to_be_sent_by_hand"]

    invitation.sent_to, invitation.sent_at = "20231114.ics", NOW
    session.commit()
    assert shown() == (False, True)
    invitation.sent_to = "mail"
    session.commit()
    assert shown() == (True, False)
    invitation.sequence += 1
    session.commit()
    assert shown() == (False, False)
