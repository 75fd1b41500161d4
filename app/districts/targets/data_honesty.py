"""Contradictions in what is said about a target, shown and never averaged away; one rule, one code."""

from collections.abc import Callable, Iterator

from app.districts.targets import base_rules, count_rules, target_rules
from app.districts.targets.data_warning import DataWarning, Severity
from app.districts.targets.facts import Facts

Rule = Callable[[Facts], Iterator[DataWarning]]

RULES: tuple[Rule, ...] = (
    base_rules.base_missing,
    base_rules.base_assumed,
    base_rules.bases_differ,
    base_rules.target_count_as_base,
    count_rules.percent_mismatch,
    count_rules.count_unchanged,
    count_rules.counts_contradict,
    count_rules.newer_count,
    count_rules.count_old,
    target_rules.targets_contradict,
    target_rules.local_above_national,
    target_rules.target_rounded,
    target_rules.deadline_restated,
    target_rules.dateline_doubtful,
    count_rules.source_missing,
    target_rules.figures_assumed,
)


def warnings_about(facts: Facts) -> tuple[DataWarning, ...]:
    """Every rule's warnings, the serious ones first."""
    warnings = [warning for rule in RULES for warning in rule(facts)]
    order = (Severity.SERIOUS, Severity.WARNING, Severity.NOTE)
    return tuple(sorted(warnings, key=lambda warning: order.index(warning.severity)))
