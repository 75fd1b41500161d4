"""A figure that a district has told to use as given is drawn as it was before any result, the others as learned."""

from collections.abc import Mapping

import numpy as np
import pytest

from app.estimates.learning import NOTHING_GIVEN, learn
from app.forecasts.in_use import InUse, in_use
from app.schedules.figures import Uses
from tests.app.estimates.months import World, month

WORLD = World()
MONTH = month(11, world=WORLD, visits=80)
PRIORS = MONTH.priors(WORLD)
DRAWS = 200


def known(chosen: Mapping[tuple[str, str], str]) -> InUse:
    return in_use(learn(MONTH.results, PRIORS), PRIORS, given=NOTHING_GIVEN, uses=Uses(chosen=chosen))


def share_of(fit: InUse, kind: str, figure: str = "turn_out") -> np.ndarray:
    generator = np.random.default_rng(5)
    draws = getattr(fit, figure).draw(generator, DRAWS)
    return np.asarray(draws.of_site(-1, kind=kind, area="area-01", level=3, generator=np.random.default_rng(6)))


def test_without_a_word_all_is_as_learned() -> None:
    learned = learn(MONTH.results, PRIORS)
    for figure in ("turn_out", "phone_ready", "resident"):
        assert (share_of(known({}), "school", figure) == share_of(learned, "school", figure)).all()  # type: ignore[arg-type]


def test_a_kind_used_as_given_knows_no_result_and_the_others_all() -> None:
    apart = known({("turn_out", "school"): "given"})
    # The truth is 0.35 where 0.6 was assumed.
    assert share_of(apart, "school").mean() > share_of(known({}), "school").mean() + 0.1
    assert (share_of(apart, "village") == share_of(known({}), "village")).all()
    assert (share_of(apart, "school", "resident") == share_of(known({}), "school", "resident")).all()


def test_a_kind_used_as_learned_stays_so_where_all_others_are_as_given() -> None:
    apart = known({("turn_out", ""): "given", ("turn_out", "school"): "learned"})
    assert (share_of(apart, "school") == share_of(known({}), "school")).all()
    assert share_of(apart, "village").mean() != pytest.approx(share_of(known({}), "village").mean(), abs=0.05)


def test_as_given_is_as_unsure_as_before_the_first_visit() -> None:
    assert share_of(known({("turn_out", ""): "given"}), "school").std() > share_of(known({}), "school").std()


@pytest.mark.parametrize(("figure", "part"), [("pace", "pace"), ("signal", "signal"), ("loss", "losses")])
def test_pace_signal_and_losses_too(figure: str, part: str) -> None:
    def told(fit: object) -> str:
        drawn = getattr(fit, part).draw(np.random.default_rng(5), 50)
        return repr([getattr(drawn, name) for name in ("effects", "cumulative", "visit") if hasattr(drawn, name)])

    before, after = learn((), PRIORS), learn(MONTH.results, PRIORS)
    assert told(known({(figure, ""): "given"})) == told(before) != told(after) == told(known({}))
