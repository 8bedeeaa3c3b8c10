from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from napari_relic_inpaint.files.reduction import block_means


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i8", "u8"])
@given(data=st.data(), factors=st.tuples(*[st.integers(1, 5)] * 2))
def test_means_of_integers_are_exact_and_rounded_half_up(dtype, data, factors):
    values = data.draw(arrays.arrays(dtype, st.tuples(*[st.integers(1, 7)] * 2)))
    rows, columns = factors
    missing = [(0, -length % factor) for length, factor in zip(values.shape, factors, strict=True)]
    padded = np.pad(values, missing, mode="edge")
    means = block_means(values, factors)
    assert means.dtype == values.dtype
    for row, column in np.ndindex(means.shape):
        block = padded[row * rows :, column * columns :][:rows, :columns]
        exact = Fraction(sum(map(int, block.flat)), block.size)
        assert means[row, column] == floor(exact + Fraction(1, 2))
