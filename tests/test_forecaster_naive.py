"""The last value, and the value one period ago."""

from __future__ import annotations

import numpy as np
import pytest

from redshank.errors import SeriesError
from redshank.forecasters.naive import Naive
from redshank.forecasters.seasonal_naive import SeasonalNaive
from redshank.series import Series
from redshank.testing import ForecasterContract, sine


class TestNaive(ForecasterContract):
    make = Naive
    seasonal = False


class TestSeasonalNaive(ForecasterContract):
    make = staticmethod(lambda: SeasonalNaive(period=24))


def test_the_period_is_found_where_none_is_given() -> None:
    assert SeasonalNaive().fit(sine(600, period=24)).period_ == 24
    noise = np.random.default_rng(0).standard_normal(600)
    assert SeasonalNaive().fit(Series.from_numpy(noise)).period_ == 1


def test_two_seasons_are_the_least_to_learn_from() -> None:
    with pytest.raises(SeriesError, match="needs at least 50 points to learn from, got 49"):
        SeasonalNaive(period=24).fit(sine(49))
    SeasonalNaive(period=24).fit(sine(50))
