"""The command `jemput`: serve, worker, demo, plan, import, export, token, user, migrate."""

import os
import signal
import socket
import sys
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.commands.setting_up import explained, open_database, read_settings, talk, transaction
from app.commands.users import user_app
from app.database import REQUEST_LIMITS, make_engine, make_sessions
from app.languages import in_language, language_of_environment
from app.settings import Settings, setting_name
from app.sites.place_missing import PlaceMissing
from app.tables.figures import Manner

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.add_typer(user_app, name="user")


@app.command("migrate")
def migrate_command() -> None:
    """Bring the database schema to this version."""
    with open_database(read_settings()):
        pass


@app.command()
def serve() -> None:
    """Serve the API and solve its runs, with an embedded PostgreSQL unless DATABASE_URL is set."""
    from app.worker import running_worker

    settings = read_settings()
    _check_port(settings)
    with open_database(settings, limits=REQUEST_LIMITS) as (address, engine), running_worker(settings, address):
        _serve_until_stopped(settings, engine)


@app.command()
def demo() -> None:
    """Load the example districts, publish the November 2023 schedule of Lubuklinggau, and serve."""
    from app.commands import plan as planning
    from app.worker import running_worker

    settings = read_settings()
    _check_port(settings)
    with open_database(settings) as (address, engine), running_worker(settings, address):
        sessions, now = make_sessions(engine), datetime.now(UTC)
        with explained():
            planning.load_examples_into_empty_database(sessions, now=now, console=talk)
            schedule_id = planning.demo_schedule(sessions, now=now, console=talk)
            planning.print_summary(sessions, schedule_id, console=talk)
            planning.print_way_in(sessions, settings, now=now, console=talk)
        serving = make_engine(address, limits=REQUEST_LIMITS)
        try:
            _serve_until_stopped(settings, serving)
        finally:
            serving.dispose()


def _check_port(settings: Settings) -> None:
    """Say at once, not after the plan is made, that something else listens where we would."""
    try:
        with socket.create_server((settings.host, settings.port)):
            pass
    except OSError as error:
        talk.print(
            f"[bold red]error:[/] {settings.host}:{settings.port} cannot be listened on ({error.strerror}); "
            "stop what does, or set JEMPUT_PORT.",
            soft_wrap=True,
        )
        raise typer.Exit(1) from error


def _serve_until_stopped(settings: Settings, engine: Engine) -> None:
    from app.main import create_app, end_what_is_long
    from app.schedules.runs.process import compiling_meanwhile
    from app.serving import ConnectionLimits, make_server

    api = create_app(settings, engine)
    limits = ConnectionLimits(per_address=settings.connections_per_address)
    server = make_server(
        api,
        limits=limits,
        on_stop=lambda: end_what_is_long(api),
        host=settings.host,
        port=settings.port,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
    )
    with suppress(KeyboardInterrupt), compiling_meanwhile():
        # It ends in order, and then passes on the signal that ended it.
        server.run()


@app.command()
def plan(
    district: Annotated[str, typer.Argument(help="Region code, such as 16.73.")],
    period: Annotated[str, typer.Argument(help="A month, 2023-11, or dates, 2023-11-14..2023-11-30.")],
    time_limit: Annotated[
        int | None, typer.Option(min=1, max=3600, help="Seconds to search: 60, or 1 with --replan.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0)] = 1,
    replan: Annotated[bool, typer.Option("--replan", help="Change the plan in force, and little of it.")] = False,
    most_moved: Annotated[
        int | None, typer.Option(min=0, help="With --replan: most published visits to give up by choice.")
    ] = None,
    kinds: Annotated[
        list[str] | None,
        typer.Option(help="Only these kinds, as in 'agency,clinic until 2023-11-28'; may be given again."),
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(
            help="Plan level by level, in the order of this policy of the district, such as even-areas. With --replan "
            "that of the plan in force, unless another is named; '' weighs everything at once, by its price."
        ),
    ] = None,
    publish: Annotated[bool, typer.Option("--publish", help="Publish the plan when it is made.")] = False,
) -> None:
    """Make a schedule and print its gap, expected activations, proven bound and verdict."""
    from app.commands import plan as planning
    from app.schedules.wish import ChosenPolicy, Closeness, Wish
    from app.schedules.wish_schemas import parse_period
    from app.worker import running_worker

    if most_moved is not None and not replan:
        raise typer.BadParameter("It is the budget of --replan: give both.", param_hint="--most-moved")
    try:
        start, end = parse_period(period)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="PERIOD") from error
    try:
        rules = tuple(planning.read_kind_rule(text) for text in kinds or ())
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--kinds") from error
    settings = read_settings()
    wish = Wish(
        period_start=start,
        period_end=end,
        time_limit_seconds=time_limit,
        replan=Closeness(most_moved=most_moved) if replan else None,
        seed=seed,
        kinds=rules or None,
        policy=None if policy is None else ChosenPolicy(name=policy or None),
    )
    with open_database(settings) as (address, engine), running_worker(settings, address), explained():
        sessions = make_sessions(engine)
        made = planning.plan(sessions, district, wish, publish=publish, now=datetime.now(UTC), console=talk)
        planning.print_summary(sessions, made, console=talk)


@app.command()
def certificate(
    name: Annotated[str, typer.Argument(help="Host name or IP address by which people open the service.")],
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Where to write; left out: 'tls' in the data folder.")
    ] = None,
) -> None:
    """Make a certificate for HTTPS inside the office, by an authority that vouches for this name alone.

    Again: a new certificate by the authority that is there, which phones go on trusting."""
    from app.certificates import AnotherName, Files, certify

    # Not from the settings, which may name a certificate that is still to be made.
    data_dir = Path(os.environ.get(setting_name("data_dir"), Settings.model_fields["data_dir"].default))
    files = Files(folder=(folder or data_dir / "tls").resolve())
    try:
        certify(name, files, now=datetime.now(UTC))
    except AnotherName as error:
        raise typer.BadParameter(
            f"The authority in {files.folder} vouches for another name; give another --folder, "
            "and have phones trust the new authority.",
            param_hint="NAME",
        ) from error
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="NAME") from error
    print(f"JEMPUT_TLS_CERT={files.server}\nJEMPUT_TLS_KEY={files.server_key}")  # noqa: T201 the command's result
    talk.print(f"Set these two and JEMPUT_PUBLIC_URL, and have phones and browsers trust {files.authority}.")
    talk.print(f"Keep {files.authority_key} elsewhere: only the next 'jemput certificate' needs it.")


@app.command()
def worker() -> None:
    """Solve runs that other processes accepted; as many workers as wanted, on this machine or elsewhere."""
    import threading

    from app.worker import running_worker

    settings = read_settings()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with open_database(settings) as (address, _), running_worker(settings, address):
        stopped.wait()


@app.command("import")
def import_command(
    folder: Annotated[Path, typer.Argument(help="A folder such as examples/16.73-kota-lubuklinggau.")],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Let the files win over what people changed since the last time.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            help='Which column of a table holds a field: \'sites={"headcount": "Jumlah Wajib KTP"}\'; null: none does. '
            "Once for each table of the folder."
        ),
    ] = None,
    figures: Annotated[
        Manner | None,
        typer.Option(help="How the tables write figures: indonesian 1.234 and 12,5; english 1,234 and 12.5."),
    ] = None,
    place_missing: Annotated[
        PlaceMissing, typer.Option(help="'area' places sites without coordinates at their area's centre, as assumed.")
    ] = PlaceMissing.REFUSE,
) -> None:
    """Load a district from a folder of district.json, areas.csv, sites.csv and teams.csv; all of it or nothing.

    Where they are there, also lodgings, stations, connections, travel, kits and counters. A province that plans
    nothing itself is district.json alone.

    What people changed since the last time is kept and shown, unless --overwrite."""
    from app.commands.folders import FolderReading, difference_lines, load_folder, outcome_line, read_mappings

    with explained():
        reading = FolderReading(mappings=read_mappings(mapping or []), manner=figures, place_missing=place_missing)
    with transaction() as session:
        loaded = load_folder(session, folder, now=datetime.now(UTC), overwrite=overwrite, reading=reading)
        if dry_run:
            session.rollback()
    language = language_of_environment(os.environ)
    for line in (*difference_lines(loaded, most=100), outcome_line(loaded, dry_run=dry_run)):
        talk.print(in_language(line, language), soft_wrap=True, markup=False)


class Thing(StrEnum):
    SITES = "sites"
    TEAMS = "teams"
    LODGINGS = "lodgings"
    STATIONS = "stations"
    CONNECTIONS = "connections"
    TRAVEL = "travel"
    KITS = "kits"
    COUNTERS = "counters"


@app.command()
def export(
    thing: Annotated[Thing, typer.Argument(help="Which table to write.")],
    district: Annotated[str, typer.Argument(help="Region code, such as 16.73.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File; .csv, .xlsx or .geojson decides the format.")],
) -> None:
    """Write a table of a district to a file that an import reads back unchanged."""
    from app.commands.exports import export_table, formats_of
    from app.districts.service import get_district
    from app.tables.formats import Format

    suffix = output.suffix.removeprefix(".").lower()
    known = [each.value for each in formats_of(thing)]
    if suffix not in known:
        suffixes = ", ".join(f".{each}" for each in known)
        raise typer.BadParameter(f"{output.name!r} ends in none of {suffixes}.", param_hint="--output")
    with transaction() as session:
        content = export_table(session, get_district(session, district), thing, Format(suffix))
    output.write_bytes(content)
    talk.print(f"wrote {output}")


@app.command()
def token(
    role: Annotated[Role, typer.Option(help="What the token may do.")],
    district: Annotated[
        str | None, typer.Option(help="Region code, such as 16.73; only an admin's may be absent.")
    ] = None,
    team: Annotated[str | None, typer.Option(help="Team code; a coordinator's token needs one.")] = None,
    area: Annotated[str | None, typer.Option(help="Region code of the area that a feed shows.")] = None,
    site: Annotated[str | None, typer.Option(help="Code of the site that a feed shows.")] = None,
    label: Annotated[str | None, typer.Option(help="Whose token it is, for lists.")] = None,
    expires_in_days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="How long it opens; left out: 400.")
    ] = None,
    never_expires: Annotated[bool, typer.Option("--never-expires", help="Until it is revoked.")] = False,
) -> None:
    """Issue a token and print it, alone, on standard output; it cannot be shown again."""
    from app.access.lifetimes import Lifetime
    from app.access.token_rules import Opens, issue

    with transaction() as session:
        _, secret = issue(
            session,
            role,
            district_code=district,
            opens=Opens(team=team, area=area, site=site),
            label=label,
            lifetime=Lifetime(days=expires_in_days, never_expires=never_expires),
            actor=COMMAND_LINE,
            now=datetime.now(UTC),
        )
    print(secret)  # noqa: T201 the secret is this command's result


def main() -> None:
    # A plain SIGTERM would end the process without closing what is open: the worker's sign of life, the database.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    app()
