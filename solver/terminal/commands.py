"""The arguments of the questions after the plan, and how numbers are read; light to import: every command needs it."""

import argparse
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

from solver.contract.policy import BUILT_IN
from solver.plans.words import LANGUAGES

if TYPE_CHECKING:
    from argparse import _SubParsersAction

REPLAN_SECONDS = 0.8
"""What a district's re-planning takes without a limit: more time hardly makes it better, and the planner waits."""

IDLE_SECONDS = 300.0
"""Without a question, after which a process that stays gives its memory back."""


def add_commands(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parsers of the questions."""
    _add_explain(commands)
    _add_changes(commands)
    _add_replan(commands)
    _add_policies(commands)
    _add_what_if(commands)
    _add_answer(commands)


def _add_explain(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    explain = commands.add_parser("explain", help="say of every site why it is in the plan or not")
    explain.add_argument("instance", type=Path, metavar="INSTANCE")
    explain.add_argument("plan", type=Path, metavar="PLAN")
    explain.add_argument("--site", metavar="ID", help="one site only")
    explain.add_argument(
        "--seconds", type=positive_seconds, metavar="N", help="mend around forced visits no longer than this"
    )
    explain.add_argument(
        "--total-seconds", type=positive_seconds, metavar="N", help="leave out beaten sites not priced by then"
    )
    explain.add_argument("--supervised", action="store_true", help="end of file on stdin kills it")
    explain.add_argument("--threads", type=positive_count, default=os.cpu_count() or 1, metavar="N")
    explain.add_argument(
        "--not-ready",
        action="append",
        default=[],
        metavar="ID=REASON",
        help="why a site that never opens is not ready",
    )
    _add_outputs(explain)


def _add_changes(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    changes = commands.add_parser("changes", help="list what a new plan changes in an old one")
    changes.add_argument("old", type=Path, metavar="OLD")
    changes.add_argument("new", type=Path, metavar="NEW")
    changes.add_argument("instance", type=Path, metavar="INSTANCE")
    _add_outputs(changes)


def _add_replan(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    replan = commands.add_parser("replan", help="plan again close to the published visits of the instance")
    replan.add_argument("instance", type=Path, metavar="INSTANCE")
    replan.add_argument("-o", "--output", type=Path, required=True, metavar="PLAN")
    replan.add_argument(
        "--time-limit", type=positive_seconds, metavar="S", help=f"seconds; {REPLAN_SECONDS} if no other limit is given"
    )
    replan.add_argument(
        "--iterations", type=positive_count, metavar="N", help="search steps; makes the plan repeatable"
    )
    replan.add_argument(
        "--most-moved", type=count, metavar="N", help="most published visits to withdraw, move or retime by choice"
    )
    replan.add_argument(
        "--in-force",
        type=Path,
        metavar="PLAN",
        help="the plan of the published visits: its nights, rides and kits stay with the visits that they serve; "
        "without it those that the visits need are looked for",
    )
    replan.add_argument("--seed", type=seed_number, default=0, metavar="N")
    replan.add_argument(
        "--supervised",
        action="store_true",
        help="like that of solve: events as JSON lines; half of the time limit then goes to a bound",
    )
    add_demand(replan)
    add_policy(replan)
    _add_outputs(replan)


def _add_what_if(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    what_if = commands.add_parser("what-if", help="solve with other teams, days, kits, yields, and find the least")
    what_if.add_argument("instance", type=Path, metavar="INSTANCE")
    what_if.add_argument("--plan", type=Path, metavar="PLAN", help="a plan of it; no trial that may follow it is worse")
    what_if.add_argument(
        "--change",
        action="append",
        default=[],
        metavar="CHANGE",
        help="one scenario, several changes by commas: teams=+2 days=+5 until=2023-12-22 nights=+1 kit=+1 "
        "kit:printer=+1 yield=+10%% people=-20%% walk_ins=+5 gap=-1000 session=A>B:50 prepare=A:2023-11-10",
    )
    what_if.add_argument("--team", default="average", metavar="TEAM", help="team to copy: average, best or an id")
    what_if.add_argument(
        "--least", choices=("teams", "days", "yield"), help="find the least number, or percent, that closes the gap"
    )
    what_if.add_argument(
        "--seconds", type=positive_seconds, metavar="N", help="for each trial; 10 if no other limit is given"
    )
    what_if.add_argument(
        "--total-seconds", type=positive_seconds, metavar="N", help="for all trials of --least; none if left out"
    )
    what_if.add_argument("--iterations", type=positive_count, metavar="N", help="for each trial; makes it repeatable")
    what_if.add_argument("--threads", type=positive_count, default=os.cpu_count() or 1, metavar="N")
    what_if.add_argument("--seed", type=seed_number, default=0, metavar="N")
    _add_outputs(what_if)


def _add_answer(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    answer = commands.add_parser(
        "answer",
        help="stay, and answer where visits could go: JSON lines on stdin and stdout (docs/resident-solver.md)",
    )
    answer.add_argument("--supervised", action="store_true", help="end of file on stdin ends it in the middle of all")
    answer.add_argument(
        "--idle-seconds",
        type=positive_seconds,
        default=IDLE_SECONDS,
        metavar="S",
        help="end without questions for so long",
    )


def add_check(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser of what is said of an instance before it is solved."""
    check = commands.add_parser(
        "check",
        help="say what is wrong with an instance, not planned yet, or of no use; exit status 0: solve it",
    )
    check.add_argument("instance", type=Path, metavar="INSTANCE")
    check.add_argument("--language", choices=LANGUAGES, default="id")
    check.add_argument("--json", action="store_true", help="print what was found as JSON, in both languages")


def add_demand(parser: argparse.ArgumentParser) -> None:
    """Add the files of a run that knows how unsure the people of its sites are."""
    parser.add_argument(
        "--demand",
        type=Path,
        metavar="FILE",
        help="an outreach-demand-1 file: plan for several quantiles, keep what is expected to win most",
    )
    parser.add_argument(
        "--people-out", type=Path, metavar="INSTANCE", help="where to write the instance that the plan is made for"
    )
    parser.add_argument(
        "--spread-out",
        type=Path,
        metavar="FILE",
        help="where to write the plans tried and what each is expected to win",
    )


def add_policy(parser: argparse.ArgumentParser) -> None:
    """Add the levels in whose order a plan is to be good."""
    parser.add_argument(
        "--policy",
        metavar="POLICY",
        help=f"plan level by level: an outreach-policy-1 file, or one of {', '.join(BUILT_IN)}",
    )
    parser.add_argument("--levels-out", type=Path, metavar="FILE", help="where to write what each level reached")


def _add_policies(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    policies = commands.add_parser("policies", help="say what other orders of the levels would make of a plan")
    policies.add_argument("instance", type=Path, metavar="INSTANCE")
    policies.add_argument("plan", type=Path, metavar="PLAN")
    policies.add_argument(
        "--policy",
        action="append",
        default=[],
        metavar="POLICY",
        help="an outreach-policy-1 file or a built-in name; all of the latter if none is named",
    )
    policies.add_argument("--seconds", type=positive_seconds, metavar="N", help="for each policy; 5 if left out")
    policies.add_argument("--iterations", type=positive_count, metavar="N", help="for each policy; repeatable")
    policies.add_argument("--seed", type=seed_number, default=0, metavar="N")
    _add_outputs(policies)


def check_policy(parser: argparse.ArgumentParser, chosen: argparse.Namespace) -> None:
    """End the command with its usage if levels are asked for where nobody would use them."""
    if getattr(chosen, "levels_out", None) is not None and chosen.policy is None:
        parser.error("give --policy with --levels-out: without levels there is nothing to write")
    if chosen.command == "replan" and chosen.policy is not None and not chosen.supervised:
        parser.error("give --supervised with --policy: an answer while the planner waits has no time for levels")


def check_demand(parser: argparse.ArgumentParser, chosen: argparse.Namespace) -> None:
    """End the command with its usage if only some of the files of `add_demand` are named, or nobody would use them."""
    named = [name for name in ("demand", "people_out", "spread_out") if getattr(chosen, name, None) is not None]
    if named and len(named) < 3:
        parser.error("give --demand, --people-out and --spread-out together: the plan is for the people written there")
    if named and chosen.command == "replan" and not chosen.supervised:
        parser.error("give --supervised with --demand: an answer while the planner waits has no time for several plans")


def positive_seconds(text: str) -> float:
    """Read a time limit; what is none ends the command with its usage."""
    seconds = float(text)
    if not (math.isfinite(seconds) and seconds > 0):
        raise argparse.ArgumentTypeError(f"{text} is no positive number of seconds")
    return seconds


def positive_count(text: str) -> int:
    """Read a number of at least one."""
    return _at_least(1, text)


def count(text: str) -> int:
    """Read a number of at least nothing."""
    return _at_least(0, text)


def _at_least(least: int, text: str) -> int:
    number = int(text)
    if number < least:
        raise argparse.ArgumentTypeError(f"{text} is below {least}")
    return number


def seed_number(text: str) -> int:
    """Read a seed of 63 bits."""
    seed = int(text)
    if not 0 <= seed < 2**63:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 2^63 - 1")
    return seed


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--language", choices=LANGUAGES, default="id")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the answers as a table, too")
    parser.add_argument("--json", action="store_true", help="print the answers as JSON, in both languages")
