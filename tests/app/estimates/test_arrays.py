"""The product of large matrices."""

import numpy as np
import pytest

from app.estimates.arrays import product


@pytest.mark.parametrize("rows", [0, 1, 2, 7, 160])
def test_product_by_few_rows_is_the_product(rows: int) -> None:
    random = np.random.default_rng(1)
    left, right = random.random((rows, 321)), random.random((321, 200))
    assert product(left, right) == pytest.approx(left @ right)
