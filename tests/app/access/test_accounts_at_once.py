"""What several requests do to one account in the same moment."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from app.access import invitations, users
from app.access.invitations import InvitationEnded
from app.access.log_in import FREE_OF_AN_ACCOUNT, TooManyFailedLogIns, _network_of, _subjects, count_attempt
from app.access.models import Role, Token
from app.access.service import COMMAND_LINE
from app.database import make_engine, make_sessions

NOW = datetime(2023, 11, 13, 2, 0, tzinfo=UTC)
AT_ONCE = 12


@pytest.fixture
def maker(own_database: str) -> Iterator[sessionmaker[Session]]:
    engine = make_engine(own_database)
    yield make_sessions(engine)
    engine.dispose()


def outcomes(do: Callable[[Session], object], maker: sessionmaker[Session], error: type[Exception]) -> list[bool]:
    """Whether each of so many at once was let through."""

    def one(_: int) -> bool:
        try:
            with maker.begin() as session:
                do(session)
        except error:
            return False
        return True

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(one, range(AT_ONCE)))


def test_of_many_guesses_at_once_as_many_are_looked_at_as_of_guesses_in_a_row(maker: sessionmaker[Session]) -> None:
    subjects = _subjects("siti", "10.0.0.1")
    passed = outcomes(lambda session: count_attempt(session, subjects, now=NOW), maker, TooManyFailedLogIns)
    assert sum(passed) == FREE_OF_AN_ACCOUNT


def test_of_many_that_open_a_link_at_once_one_is_let_in(maker: sessionmaker[Session]) -> None:
    with maker.begin() as session:
        user = users.add(
            session,
            login="rina",
            name="Rina",
            role=Role.ADMIN,
            district_code=None,
            team_code=None,
            actor=COMMAND_LINE,
            now=NOW,
        )
        secret = invitations.issue(session, user, sets_password=False, actor=COMMAND_LINE, now=NOW)

    def accept(session: Session) -> None:
        invitations.accept(session, secret, password_hash=None, device="?", earlier_secret=None, now=NOW)

    assert sum(outcomes(accept, maker, InvitationEnded)) == 1
    with maker() as session:
        assert session.scalar(select(func.count()).select_from(Token)) == 1


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("testclient", "testclient"),
    ],
)
def test_failures_are_counted_of_what_one_line_has(address: str, network: str) -> None:
    assert _network_of(address) == network
