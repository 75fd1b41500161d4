"""The table of what-if trials on a terminal or in a log, and the assumptions beneath it."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from solver.contract.instance import Instance
from solver.plans.words import Text, both
from solver.questions.change import Change, Terms
from solver.questions.changed_teams import model_team

if TYPE_CHECKING:
    from solver.questions.trials import Trial

TRIAL_COLUMNS = (
    "scenario",
    "teams",
    "days",
    "ends_on",
    "gap",
    "activations",
    "bound",
    "shortfall",
    "verdict",
    "judged_by",
    "crosses_on",
    "cost",
    "team_days",
    "value_milli",
    "price_of_one_more",
    "within_noise",
)

SHOWN_COLUMNS = tuple(name for name in TRIAL_COLUMNS if name not in ("team_days", "value_milli"))


def print_trials(trials: "Sequence[Trial]") -> None:
    """Print the trials on standard output, a row each."""
    # Only people at a screen pay for this import.
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for name in SHOWN_COLUMNS:
        is_word = name in ("scenario", "verdict", "judged_by")
        table.add_column(name.replace("_", " "), justify="left" if is_word else "right", no_wrap=is_word)
    for trial in trials:
        facts = trial.to_json()
        table.add_row(*(_shown(facts[name]) for name in SHOWN_COLUMNS))
    # A log has no width of its own; columns cut short would hide the numbers.
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160).print(table)


def _shown(fact: object) -> str:
    if isinstance(fact, bool):
        return "yes" if fact else ""
    return "" if fact is None else f"{fact:,}" if isinstance(fact, int) else str(fact)


def print_news(line: str) -> None:
    """Tell on standard error that a trial is over."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def assumptions(instance: Instance, team: str, changes: Iterable[Change] = ()) -> Iterator[Text]:
    """Say what a new team or day is taken to be, and how people are prepared."""
    if instance.teams:
        model = model_team(instance, team)
        yield both(
            "Tim tambahan: salinan tim {team} ({operators} operator, {minutes} menit per aktivasi). Tim yang "
            "dilepas: yang paling lemah.",
            "An added team is a copy of team {team} ({operators} operators, {minutes} minutes per activation); "
            "teams that leave are the weakest.",
            team=model.id,
            operators=model.operators,
            minutes=model.minutes_per_activation,
        )
    yield both(
        "Hari tambahan: hari kerja yang sama setelah tanggal terakhir; lokasi dan tim seperti pada sebagian besar "
        "hari itu; libur mendatang tidak diperhitungkan.",
        "Added days are the same weekdays after the last date, sites and teams as on most of those; holidays to come "
        "are not known.",
    )
    if instance.target.period_gap is not None:
        yield both(
            "Skenario dengan hari atau tenggat lain dinilai terhadap seluruh target, bukan terhadap bagian yang jatuh "
            "tempo pada akhir periode.",
            "Scenarios with other days or another deadline are judged by the whole target, not by the part that is due "
            "at the end of the period.",
        )
    for change in changes:
        if change.terms is not None:
            yield from _assumed_of(change.site, change.terms)


def _assumed_of(site: str, terms: Terms) -> Iterator[Text]:
    """The figures of a preparation, of which no public ones are known."""
    yield both(
        "Persiapan di {site}: menyiapkan seorang memakan {preparing} % dari menit biasa, mengaktivasinya kemudian "
        "{activating} %, dan {returning} % dari yang disiapkan datang lagi; semuanya asumsi, kecuali Anda mengukurnya.",
        "Preparation at {site}: preparing a person takes {preparing} % of the usual minutes, activating them later "
        "{activating} %, and {returning} % of those prepared come again; all assumed, unless you have measured it.",
        site=site,
        preparing=terms.preparing,
        activating=terms.activating,
        returning=terms.returning,
    )
    if terms.place is not None:
        yield both(
            "Dari mereka, {percent} % datang ke {place}; asumsi, kecuali Anda mengukurnya.",
            "Of these, {percent} % come to {place}; assumed, unless you have measured it.",
            percent=terms.turn_out,
            place=terms.place,
        )
