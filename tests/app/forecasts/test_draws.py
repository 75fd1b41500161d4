from dataclasses import replace
from datetime import timedelta

import numpy as np

from app.forecasts.draws import Draws, draw
from app.forecasts.month import MakeUpRule, MonthAhead, PolicySwitch, SiteAhead, TeamDayYield, VisitAhead
from app.forecasts.site_draws import Cause
from tests.app.forecasts.known_worlds import KnownLosses, KnownSignal, KnownWorld, make_month

WORLD = KnownWorld()
SURE_TO_HOLD = replace(WORLD, losses=KnownLosses(visit=(1e-9, 1e9), day=(1e-9, 1e9)))


def _draw(month: MonthAhead, world: KnownWorld = WORLD, *, seed: int = 5, national_seed: int = 6) -> Draws:
    return draw(month, world, seed=seed, national_seed=national_seed, draws=200)


def _without_walk_ins(month: MonthAhead) -> MonthAhead:
    return replace(month, walk_ins=replace(month.walk_ins, expected=()))


def test_same_month_and_seed_give_the_same_bytes() -> None:
    month = make_month()
    first, second = _draw(month), _draw(month)
    assert first.published.tobytes() == second.published.tobytes()
    assert first.as_now is not None
    assert second.as_now is not None
    assert first.as_now.tobytes() == second.as_now.tobytes()
    assert first.expected_of_visit == second.expected_of_visit
    assert {c: v.tobytes() for c, v in first.fixed.items()} == {c: v.tobytes() for c, v in second.fixed.items()}


def test_another_seed_gives_other_draws() -> None:
    month = make_month()
    assert _draw(month, seed=8).published.tobytes() != _draw(month).published.tobytes()


def test_the_order_in_which_a_month_is_told_does_not_matter() -> None:
    month = make_month()
    turned = replace(
        month, sites=month.sites[::-1], visits=month.visits[::-1], teams=month.teams[::-1], recent=month.recent[::-1]
    )
    assert _draw(turned).published.tobytes() == _draw(month).published.tobytes()


def test_one_more_visit_moves_nobody_elses_draws() -> None:
    month = make_month(sites=150, days=15)
    free_day = month.working_days[17]
    unvisited = month.sites[-1].site
    visit = VisitAhead(visit=7, site=unvisited, team=1, date=free_day, operators=2, minutes=120)
    before, after = _draw(month), _draw(replace(month, visits=(*month.visits, visit)))
    place = before.days.index(free_day)
    won_before, won_after = np.diff(before.published, axis=0), np.diff(after.published, axis=0)
    elsewhere = np.arange(len(won_before)) != place - 1
    assert won_before[elsewhere].tobytes() == won_after[elsewhere].tobytes()
    assert (won_after[place - 1] >= won_before[place - 1]).all()
    assert after.expected_of_visit.pop(7) > 0
    assert after.expected_of_visit == before.expected_of_visit


def test_one_more_site_and_team_move_nobody_elses_draws() -> None:
    month = make_month()
    more = replace(
        month,
        sites=(SiteAhead(site=1, kind="school", area="0", level=3, people=300), *month.sites),
        teams=(*month.teams, replace(month.teams[0], team=77)),
    )
    assert _draw(more).published.tobytes() == _draw(month).published.tobytes()


def test_one_more_visit_on_the_same_day_adds_whole_people_and_nothing_else() -> None:
    month = make_month(sites=150)
    visit = replace(month.visits[0], visit=7, site=month.sites[-1].site)
    added = _draw(replace(month, visits=(*month.visits, visit))).published[-1] - _draw(month).published[-1]
    assert (added >= 0).all()
    assert (added == np.rint(added)).all()
    assert added.max() > 0


def test_left_overs_wait_for_the_next_visit_of_their_site() -> None:
    month = make_month(sites=1, teams=1, days=1, walk_ins=0)
    crowd = replace(month.sites[0], kind="school", people=2_000)
    once = replace(month, sites=(crowd,))
    again = replace(once.visits[0], visit=9_999, date=month.working_days[2])
    twice = replace(once, visits=(*once.visits, again))
    alone, both = _draw(once, SURE_TO_HOLD), _draw(twice, SURE_TO_HOLD)
    assert both.expected_of_visit[9_999] > 0.9 * both.expected_of_visit[once.visits[0].visit]
    assert (both.published[-1] >= alone.published[-1]).all()


def test_a_second_visit_wins_nothing_where_the_first_served_all() -> None:
    month = make_month(sites=1, teams=1, days=1, walk_ins=0)
    hamlet = replace(month.sites[0], kind="village", people=10)
    again = replace(month.visits[0], visit=9_999, date=month.working_days[2])
    futures = _draw(replace(month, sites=(hamlet,), visits=(*month.visits, again)), SURE_TO_HOLD)
    assert futures.expected_of_visit[9_999] == 0


def test_nobody_is_activated_without_signal_unless_a_kit_makes_it() -> None:
    dead = replace(SURE_TO_HOLD, signal=KnownSignal(agreement=1 - 1e-12))
    month = make_month(walk_ins=0)
    silent = replace(month, sites=tuple(replace(site, level=0) for site in month.sites))
    kitted = replace(silent, teams=tuple(replace(team, least_level=3) for team in silent.teams))
    assert _draw(silent, dead).published[-1].max() == month.count
    assert _draw(kitted, dead).published[-1].min() > month.count


def test_a_lost_day_takes_all_visits_of_the_district() -> None:
    world = replace(WORLD, losses=KnownLosses(visit=(1e-9, 1e9), day=(50.0, 50.0)))
    month = make_month(walk_ins=0)
    won = np.diff(_draw(month, world).published, axis=0)
    first = won[0]
    assert 0.3 < (first == 0).mean() < 0.7
    assert first[first > 0].min() > 0.3 * first.mean()


def test_a_lost_visit_comes_back_only_by_rule() -> None:
    world = replace(WORLD, losses=KnownLosses(visit=(30.0, 70.0), day=(1e-9, 1e9)))
    month = make_month(walk_ins=0)
    lost = _draw(month, world).published[-1]
    ruled = replace(month, make_up=MakeUpRule(after_working_days=3, chance=1.0))
    never = replace(month, make_up=MakeUpRule(after_working_days=3, chance=0.0))
    assert _draw(never, world).published[-1].tobytes() == lost.tobytes()
    assert _draw(ruled, world).published[-1].mean() > lost.mean() + 0.15 * (lost.mean() - month.count)


def test_what_would_be_made_up_after_the_deadline_is_lost() -> None:
    world = replace(WORLD, losses=KnownLosses(visit=(30.0, 70.0), day=(1e-9, 1e9)))
    month = make_month(walk_ins=0)
    late = replace(month, make_up=MakeUpRule(after_working_days=100, chance=1.0))
    assert _draw(late, world).published.tobytes() == _draw(month, world).published.tobytes()


def test_a_past_visit_without_a_report_counts_from_the_first_evening() -> None:
    month = make_month(walk_ins=0)
    unreported = replace(month.visits[0], visit=7, site=month.sites[-1].site, date=month.on - timedelta(days=2))
    futures = _draw(replace(month, visits=(unreported,)))
    assert futures.published[0].mean() > month.count
    assert (futures.published[0] == futures.published[-1]).all()


def test_the_count_never_goes_beyond_the_eligible_people() -> None:
    month = replace(make_month(), eligible_people=1_500)
    futures = _draw(month)
    assert futures.as_now is not None
    assert futures.published.max() == 1_500
    assert futures.as_now.max() == 1_500


def test_going_on_as_now_adds_only_after_the_last_published_day() -> None:
    month = make_month()
    futures = _draw(month)
    assert futures.as_now is not None
    assert futures.last_published is not None
    last = futures.days.index(futures.last_published)
    assert futures.as_now[: last + 1].tobytes() == futures.published[: last + 1].tobytes()
    assert (futures.as_now[-1] > futures.published[-1]).mean() > 0.95


def test_going_on_as_now_saturates_by_the_people_who_are_left() -> None:
    short, long = make_month(days_after=5, walk_ins=0), make_month(days_after=300, walk_ins=0)
    few, many = _draw(short), _draw(long)
    assert few.as_now is not None
    assert many.as_now is not None
    gained_few = (few.as_now[-1] - few.published[-1]).mean()
    gained_many = (many.as_now[-1] - many.published[-1]).mean()
    assert gained_few < gained_many < 20 * gained_few


def test_going_on_as_now_is_not_said_where_no_day_is_left_or_nobody_works() -> None:
    assert _draw(make_month(days_after=0)).as_now is None
    assert _draw(replace(make_month(), visits=())).as_now is None


def test_reported_team_days_say_how_work_goes_on_where_nothing_more_is_published() -> None:
    month = replace(make_month(), visits=())
    recent = tuple(
        TeamDayYield(team=team, date=month.on - timedelta(days=ago), activated=50) for ago in (0, 1) for team in (1, 2)
    )
    futures = _draw(replace(month, recent=recent))
    assert futures.as_now is not None
    first_day = futures.as_now[1] - futures.published[1]
    assert 80 < first_day.mean() <= 100


def test_a_policy_switch_multiplies_the_walk_ins_from_its_date_on() -> None:
    month = replace(make_month(), visits=())
    starts_on = month.working_days[10]
    switched = replace(
        month, walk_ins=replace(month.walk_ins, switches=(PolicySwitch(starts_on=starts_on, factor=3.0),))
    )
    plain, futures = _draw(month), _draw(switched)
    at = plain.days.index(starts_on)
    assert futures.published[: at - 1].tobytes() == plain.published[: at - 1].tobytes()
    gained = (futures.published[-1] - futures.published[at - 1]).mean() / (
        plain.published[-1] - plain.published[at - 1]
    ).mean()
    assert 2.5 < gained < 4.0


def test_walk_ins_vary_more_than_by_chance_alone() -> None:
    month = replace(make_month(days_after=85, days=15), visits=())
    sure_of_the_rate = replace(month, walk_ins=replace(month.walk_ins, strength=1e9))
    total = _draw(sure_of_the_rate).published[-1]
    assert 1.8 < total.var() / (total.mean() - month.count) < 3.4


def test_districts_with_one_national_seed_lose_days_together() -> None:
    world = replace(WORLD, losses=KnownLosses(visit=(1e-9, 1e9), day=(50.0, 50.0)))
    month = _without_walk_ins(make_month(days=1, teams=4))

    def correlation(first: Draws, second: Draws) -> float:
        lost = [draws.published[-1] == month.count for draws in (first, second)]
        return float(np.corrcoef(*lost)[0, 1])

    here = draw(month, world, seed=1, national_seed=6)
    assert correlation(here, draw(month, world, seed=2, national_seed=6)) > 0.3
    assert abs(correlation(here, draw(month, world, seed=2, national_seed=7))) < 0.1


def test_holding_a_cause_at_its_mean_takes_variance_away() -> None:
    month = make_month()
    futures = draw(month, WORLD, seed=1, national_seed=2)
    variance = futures.published[-1].var()
    assert set(futures.fixed) == set(Cause)
    assert futures.fixed[Cause.TURN_OUT].var() < 0.8 * variance
    assert all(fixed.var() < 1.05 * variance for fixed in futures.fixed.values())


def test_the_causes_are_drawn_only_when_asked_for() -> None:
    assert draw(make_month(), WORLD, seed=1, national_seed=2, draws=50, has_split=False).fixed == {}


def test_a_month_without_sites_and_visits_is_its_walk_ins() -> None:
    month = replace(make_month(walk_ins=10), sites=(), visits=(), teams=())
    futures = _draw(month)
    assert abs(futures.published[-1].mean() - month.count - 10 * len(month.working_days)) < 20
