"""The arguments of the questions after the plan; light to import, since every command reads them."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from solver.words import LANGUAGES

if TYPE_CHECKING:
    from argparse import _SubParsersAction

REPLAN_SECONDS = 0.8
"""What a district's re-planning takes without a limit: more time hardly makes it better, and the planner waits."""


def add_commands(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parsers of the questions."""
    explain = commands.add_parser("explain", help="say of every site why it is in the plan or not")
    explain.add_argument("instance", type=Path, metavar="INSTANCE")
    explain.add_argument("plan", type=Path, metavar="PLAN")
    explain.add_argument("--site", metavar="ID", help="one site only")
    explain.add_argument("--seconds", type=float, metavar="N", help="mend around forced visits no longer than this")
    explain.add_argument("--threads", type=int, default=os.cpu_count() or 1, metavar="N")
    explain.add_argument(
        "--not-ready",
        action="append",
        default=[],
        metavar="ID=REASON",
        help="why a site that never opens is not ready",
    )
    _add_outputs(explain)
    changes = commands.add_parser("changes", help="list what a new plan changes in an old one")
    changes.add_argument("old", type=Path, metavar="OLD")
    changes.add_argument("new", type=Path, metavar="NEW")
    changes.add_argument("instance", type=Path, metavar="INSTANCE")
    _add_outputs(changes)
    replan = commands.add_parser("replan", help="plan again close to the published visits of the instance")
    replan.add_argument("instance", type=Path, metavar="INSTANCE")
    replan.add_argument("-o", "--output", type=Path, required=True, metavar="PLAN")
    replan.add_argument(
        "--time-limit", type=float, metavar="S", help=f"seconds; {REPLAN_SECONDS} if no other limit is given"
    )
    replan.add_argument("--iterations", type=int, metavar="N", help="search steps; makes the plan repeatable")
    replan.add_argument("--most-moved", type=int, metavar="N", help="most published visits to leave out by choice")
    replan.add_argument("--seed", type=int, default=0, metavar="N")
    _add_outputs(replan)
    what_if = commands.add_parser("what-if", help="solve with other teams, days, kits, yields, and find the least")
    what_if.add_argument("instance", type=Path, metavar="INSTANCE")
    what_if.add_argument(
        "--change",
        action="append",
        default=[],
        metavar="CHANGE",
        help="one scenario, several changes by commas: teams=+2 days=+5 until=2023-12-22 kit=+1 yield=+10%% "
        "people=-20%% walk_ins=+5 gap=-1000",
    )
    what_if.add_argument("--team", default="average", metavar="TEAM", help="team to copy: average, best or an id")
    what_if.add_argument("--least", choices=("teams", "days"), help="find the least number that closes the gap")
    what_if.add_argument("--seconds", type=float, metavar="N", help="for each trial; 10 if no other limit is given")
    what_if.add_argument("--iterations", type=int, metavar="N", help="for each trial; makes it repeatable")
    what_if.add_argument("--threads", type=int, default=os.cpu_count() or 1, metavar="N")
    what_if.add_argument("--seed", type=int, default=0, metavar="N")
    _add_outputs(what_if)


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--language", choices=LANGUAGES, default="id")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the answers as a table, too")
    parser.add_argument("--json", action="store_true", help="print the answers as JSON, in both languages")
