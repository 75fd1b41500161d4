"""Answers the questions after the plan on the command line: explain, changes, replan, what-if, policies."""

import argparse
import csv
import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Thread

from solver.contract.faults import InvalidInstance
from solver.contract.in_force import read_in_force
from solver.contract.instance import Instance
from solver.contract.plan import InvalidPlan, in_format_of, read_plan, write_plan
from solver.contract.plan_rows import NO_ROWS
from solver.contract.policy import BUILT_IN, read_policy
from solver.contract.reading import read_instance
from solver.contract.verify import verify
from solver.plans.changes import changes_between, describe_changes
from solver.plans.unplanned import check_planned
from solver.questions.explain import Explainer, RefusedPlan
from solver.questions.explanation import Explanation, Standing
from solver.questions.what_if import Change, ImpossibleChange
from solver.stopping import Limits
from solver.terminal.commands import REPLAN_SECONDS
from solver.terminal.trial_table import TRIAL_COLUMNS, assumptions, print_news, print_trials

ANSWERED, REFUSED, UNUSABLE, ORPHANED = 0, 1, 2, 3
CSV_COLUMNS = (
    "site",
    "name",
    "standing",
    "rule",
    "team_days",
    "team_days_possible",
    "team_days_by_rule",
    "visits",
    "activations",
    "activations_lost",
    "value_lost_milli",
    "visits_leaving",
    "visits_moving",
    "sentence",
)


def answer(chosen: argparse.Namespace) -> int:
    """Answer one question and return the exit status."""
    try:
        match chosen.command:
            case "explain":
                return _explain(chosen)
            case "changes":
                return _changes(chosen)
            case "replan":
                return _replan(chosen)
            case "policies":
                return _policies(chosen)
            case _:
                return _what_if(chosen)
    except RefusedPlan as exc:
        sys.stderr.write(f"the plan is not allowed: {exc}\n")
        return REFUSED
    except (OSError, InvalidInstance, InvalidPlan, ImpossibleChange) as exc:
        sys.stderr.write(f"cannot answer: {exc}\n")
        return UNUSABLE


def _explain(chosen: argparse.Namespace) -> int:
    if chosen.supervised:
        Thread(target=_die_with_parent, daemon=True).start()
    instance, plan = _read_planned(chosen.instance), read_plan(chosen.plan)
    not_ready = dict(entry.partition("=")[::2] for entry in chosen.not_ready)
    explainer = Explainer(instance, plan, not_ready=not_ready)
    sites = [site for site in instance.sites if chosen.site in (None, site.id)]
    if not sites:
        sys.stderr.write(f"cannot answer: the instance has no site {chosen.site!r}\n")
        return UNUSABLE
    explanations = explainer.explain_all(
        sites, threads=chosen.threads, time_seconds=chosen.seconds, total_seconds=chosen.total_seconds
    )
    if chosen.csv:
        _write_table(
            chosen.csv,
            CSV_COLUMNS,
            (_row(explainer, explanation, language=chosen.language) for explanation in explanations),
        )
    if chosen.json:
        _print_json([explainer.to_json(explanation) for explanation in explanations])
    else:
        _print_lines(explainer.describe(explanation).in_language(chosen.language) for explanation in explanations)
    return ANSWERED


def _policies(chosen: argparse.Namespace) -> int:
    from solver.questions.orders import figures, in_order

    instance, plan = _read_planned(chosen.instance), read_plan(chosen.plan)
    policies = [read_policy(name) for name in chosen.policy or BUILT_IN]
    recount = verify(instance, plan)
    if not recount.feasible:
        raise RefusedPlan(recount)
    orders = [
        in_order(instance, plan, policy, seconds=chosen.seconds, iterations=chosen.iterations, seed=chosen.seed)
        for policy in policies
    ]
    present = figures(recount)
    rows = [("", present), *((order.in_levels.policy.name, order.figures) for order in orders)]
    if chosen.csv:
        _write_table(chosen.csv, ("policy", *present), ((name, *reached.values()) for name, reached in rows))
    if chosen.json:
        _print_json({"plan": dict(present), "orders": [order.to_json() for order in orders]})
    else:
        _print_lines(
            f"{name or 'this plan':<14} " + "  ".join(f"{what} {value:,}" for what, value in reached.items())
            for name, reached in rows
        )
    return ANSWERED


def _read_planned(path: Path) -> Instance:
    """Read an instance that can be planned; raises `OSError`, `InvalidInstance` and `NotPlannedYet`."""
    instance = read_instance(path)
    check_planned(instance)
    return instance


def _die_with_parent() -> None:
    """End with whoever asked: nobody is left to read the answer."""
    # Unbuffered: a thread waiting inside a buffered reader would hold its lock at the interpreter's end.
    while os.read(0, 4096):
        pass
    os._exit(ORPHANED)


def _row(explainer: Explainer, explanation: Explanation, *, language: str) -> Sequence[object]:
    forced, possibility = explanation.forced, explanation.possibility
    outcomes = forced.visits if forced else explanation.visits
    return (
        explanation.site.id,
        explanation.site.name,
        explanation.standing,
        possibility.rule if explanation.standing is Standing.IMPOSSIBLE else "",
        possibility.team_days,
        possibility.possible,
        " ".join(f"{rule}={count}" for rule, count in possibility.by_rule),
        len(outcomes),
        sum(outcome.served for outcome in outcomes),
        forced.activations_lost if forced else "",
        forced.value_lost_milli if forced else "",
        len(forced.changes.withdrawn) if forced else "",
        len(forced.changes.moved) if forced else "",
        explainer.describe(explanation).in_language(language),
    )


def _changes(chosen: argparse.Namespace) -> int:
    instance = read_instance(chosen.instance)
    old, new = read_plan(chosen.old), read_plan(chosen.new)
    changes = changes_between(old.visits, new.visits)
    texts = list(describe_changes(instance, changes))
    if chosen.csv:
        _write_table(chosen.csv, ("change",), ((text.in_language(chosen.language),) for text in texts))
    if chosen.json:
        _print_json(changes.to_json() | {"sentences": [text.to_json() for text in texts]})
    else:
        _print_lines(text.in_language(chosen.language) for text in texts)
    return ANSWERED


def _replan(chosen: argparse.Namespace) -> int:
    # Compiled code loads in seconds; the other questions may need none of it.
    from solver.replan import replan

    instance = read_instance(chosen.instance)
    check_planned(instance)
    in_force = read_in_force(chosen.in_force, instance) if chosen.in_force else NO_ROWS
    seconds = REPLAN_SECONDS if chosen.time_limit is None and chosen.iterations is None else chosen.time_limit
    near = replan(
        instance,
        Limits(time_seconds=seconds, iterations=chosen.iterations),
        most_moved=chosen.most_moved,
        seed=chosen.seed,
        in_force=in_force,
    )
    write_plan(in_format_of(instance, near.plan), chosen.output)
    texts = list(describe_changes(instance, near.changes))
    if chosen.csv:
        _write_table(chosen.csv, ("change",), ((text.in_language(chosen.language),) for text in texts))
    if chosen.json:
        _print_json(
            {"verdict": near.recount.to_json(), "changes": near.changes.to_json()}
            | {"sentences": [text.to_json() for text in texts]}
        )
    else:
        _print_lines(text.in_language(chosen.language) for text in texts)
    return ANSWERED


def _what_if(chosen: argparse.Namespace) -> int:
    from solver.questions.least import least
    from solver.questions.trials import Effort, try_changes

    # Every scenario is solved anew.
    instance = _read_planned(chosen.instance)
    wishes = [[Change.parse(part, team=chosen.team) for part in text.split(",")] for text in chosen.change]
    if chosen.least and instance.target.gap is None:
        raise ImpossibleChange(
            "there is no target to reach: the gap of the instance is null",
            "tidak ada target untuk dicapai: kekurangannya null",
        )
    seconds = 10.0 if chosen.seconds is None and chosen.iterations is None else chosen.seconds
    effort = Effort(
        seconds=seconds,
        total_seconds=chosen.total_seconds,
        iterations=chosen.iterations,
        threads=chosen.threads,
        seed=chosen.seed,
        on_trial=lambda trial: print_news(f"{trial.label}: {trial.activations:,} of {trial.gap:,}"),
    )
    known = read_plan(chosen.plan) if chosen.plan else None
    trials = try_changes(instance, wishes, effort, known=known) if wishes or not chosen.least else ()
    least_change = least(instance, chosen.least, effort, team=chosen.team) if chosen.least else None
    rows = (*trials, *(least_change.trials if least_change else ()))
    assumed = tuple(assumptions(instance, chosen.team, (change for wish in wishes for change in wish)))
    if chosen.csv:
        _write_table(chosen.csv, TRIAL_COLUMNS, ([row.to_json()[name] for name in TRIAL_COLUMNS] for row in rows))
    if chosen.json:
        answer = {
            "trials": [row.to_json() for row in trials],
            "least": least_change.to_json() if least_change else None,
        }
        _print_json(answer | {"assumptions": [text.to_json() for text in assumed]})
        return ANSWERED
    if rows:
        print_trials(rows)
    _print_lines(site.describe().in_language(chosen.language) for trial in trials for site in trial.preparations)
    _print_lines(text.in_language(chosen.language) for text in assumed)
    if least_change:
        _print_lines([least_change.describe().in_language(chosen.language)])
    return ANSWERED


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(line + "\n")


def _print_json(content: object) -> None:
    sys.stdout.write(json.dumps(content, ensure_ascii=False) + "\n")


def _write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
