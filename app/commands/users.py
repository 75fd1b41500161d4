"""`jemput user`: people who log in."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.commands.setting_up import read_settings, talk, transaction
from app.languages import Language

user_app = typer.Typer(no_args_is_help=True, help="People who log in: add, list, invite, disable, enable.")


@user_app.command("add")
def user_add(
    login: Annotated[str, typer.Argument(help="An e-mail address or a short name.")],
    name: Annotated[str, typer.Option(help="As people call them.")],
    role: Annotated[Role, typer.Option(help="What they may do.")],
    district: Annotated[
        str | None, typer.Option(help="Region code, such as 16.73; an administrator may have none.")
    ] = None,
    team: Annotated[str | None, typer.Option(help="Team code, of a coordinator.")] = None,
    language: Annotated[Language, typer.Option(help="Of their pages.")] = Language.INDONESIAN,
) -> None:
    """Add a user and print the link, alone, on standard output, by which they log in for the first time."""
    from app.access import invitations, users
    from app.commands import ways_in

    settings = read_settings()
    with transaction(settings) as session:
        now = datetime.now(UTC)
        user = users.add(
            session,
            login=login,
            name=name,
            role=role,
            district_code=district,
            team_code=team,
            language=language,
            actor=COMMAND_LINE,
            now=now,
        )
        link = invitations.invite(session, user, base_url=settings.base_url, actor=COMMAND_LINE, now=now)
    ways_in.show(link.address, console=talk)


@user_app.command("invite")
def user_invite(login: Annotated[str, typer.Argument(help="Whom.")]) -> None:
    """Print a new link, which opens once, for a day: a coordinator's logs a phone in, others' set a password."""
    from app.access import invitations, users
    from app.commands import ways_in

    settings = read_settings()
    with transaction(settings) as session:
        user = users.find(session, login)
        link = invitations.invite(session, user, base_url=settings.base_url, actor=COMMAND_LINE, now=datetime.now(UTC))
    ways_in.show(link.address, console=talk)


@user_app.command("list")
def user_list() -> None:
    """Show all users, disabled ones too."""
    from app.access import users

    with transaction() as session:
        for user in users.all_users(session):
            state = "disabled" if user.disabled_at else "active"
            row = (user.login, user.role, user.district_code or "-", state, user.name)
            print("\t".join(row))  # noqa: T201 the list is this command's result


@user_app.command("disable")
def user_disable(login: Annotated[str, typer.Argument(help="Whose account to close.")]) -> None:
    """Close an account at once: its sessions and links end."""
    from app.access import users

    with transaction() as session:
        ended = users.disable(session, users.find(session, login), actor=COMMAND_LINE, now=datetime.now(UTC))
    talk.print(f"disabled {login}; sessions ended: {ended}", markup=False)


@user_app.command("enable")
def user_enable(login: Annotated[str, typer.Argument(help="Whose account to open again.")]) -> None:
    """Open a disabled account again; its user needs a new link."""
    from app.access import users

    with transaction() as session:
        users.enable(session, users.find(session, login), actor=COMMAND_LINE, now=datetime.now(UTC))
    talk.print(f"enabled {login}; 'jemput user invite {login}' lets them in", markup=False)
