from datetime import date

from app.languages import Language, in_language
from app.schedules.runs.rule_words import _BROKEN, broken_rule
from solver.contract import row_rules, verify, work_rules


def test_every_rule_of_a_plan_has_its_indonesian() -> None:
    rules = {rule.__name__ for rule in (*verify.VISIT_RULES, *verify.TEAM_DAY_RULES, *verify.SITE_RULES)}
    others = {"over_budget", "wrong_value", "bound_below_value", "unreadable", "unknown_reference"}
    added = {rule.__name__ for rule in (*row_rules.BOOK_RULES, *row_rules.DAY_RULES, *work_rules.WORK_RULES)}
    added.add(work_rules.too_few_teams.__name__)
    assert set(_BROKEN) == rules | others | added


def test_a_breach_names_its_visit_in_indonesian() -> None:
    sentence = broken_rule("team_off", "T1 is off", team="T1", site="S1", day=date(2023, 11, 14))
    assert sentence == "T1 is off"
    assert in_language(sentence, Language.INDONESIAN) == "tim T1 di S1 pada 2023-11-14: timnya tidak bekerja hari itu"
