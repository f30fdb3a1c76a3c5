"""Estimators of other libraries: kept as bytes that run nothing, and asked which channel it was."""

from __future__ import annotations

import os

import numpy as np
import pytest

skops_io = pytest.importorskip("skops.io")
from sklearn.ensemble import IsolationForest  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import FunctionTransformer  # noqa: E402

from redshank.errors import StoreError  # noqa: E402
from redshank.kernels import estimators  # noqa: E402

LIBRARIES = ("sklearn", "numpy", "scipy")


class Stranger(IsolationForest):
    """A class that belongs to none of the libraries."""


def test_an_estimator_comes_back_with_the_same_scores() -> None:
    x = np.random.default_rng(0).standard_normal((100, 2))
    forest = IsolationForest(n_estimators=5, random_state=0).fit(x)
    packed = estimators.to_bytes(forest, LIBRARIES)
    assert packed.dtype == np.uint8
    assert np.array_equal(estimators.from_bytes(packed, LIBRARIES).score_samples(x), forest.score_samples(x))


@pytest.mark.parametrize("estimator", [Stranger(), make_pipeline(FunctionTransformer(os.getcwd))])
def test_what_is_not_a_class_of_the_libraries_is_neither_saved_nor_loaded(estimator: object) -> None:
    with pytest.raises(StoreError, match="Use another model"):
        estimators.to_bytes(estimator, LIBRARIES)
    packed = np.frombuffer(skops_io.dumps(estimator), np.uint8)
    with pytest.raises(StoreError, match="not loaded from a model folder"):
        estimators.from_bytes(packed, LIBRARIES)


def test_a_function_of_a_trusted_library_is_not_trusted() -> None:
    packed = np.frombuffer(skops_io.dumps(FunctionTransformer(np.savetxt)), np.uint8)
    if "numpy.savetxt" in skops_io.get_untrusted_types(data=packed.tobytes()):
        with pytest.raises(StoreError, match=r"numpy\.savetxt"):
            estimators.from_bytes(packed, LIBRARIES)


def test_shares_add_up_to_the_score_and_the_guilty_channel_has_the_largest() -> None:
    x = np.random.default_rng(0).standard_normal((200, 4))
    x[150, 2] = 9.0
    typical = np.zeros(4)
    shares = estimators.channel_scores(lambda rows: np.square(rows).sum(axis=1), x, 1, typical, 20.0, False)
    assert np.allclose(shares.sum(axis=1), np.square(x).sum(axis=1))
    assert shares[150].argmax() == 2
    quiet_rows = np.square(x).sum(axis=1) <= 20
    assert np.allclose(shares[quiet_rows], shares[quiet_rows][:, :1])


def test_a_channel_is_taken_out_of_all_its_lags() -> None:
    x = np.zeros((6, 2))
    x[4, 1] = 3.0
    shares = estimators.channel_scores(lambda rows: rows.max(axis=1), x, 3, np.zeros(2), 1.0, False)
    assert np.allclose(shares, [[0, 0], [0, 0], [0, 3], [0, 3]])


def test_a_score_that_depends_on_the_other_rows_is_found_out() -> None:
    rows = np.random.default_rng(0).standard_normal((100, 2))
    assert not estimators.looks_around(lambda r: r.sum(axis=1), rows)
    assert estimators.looks_around(lambda r: r.sum(axis=1) - r.mean(), rows)
    assert estimators.looks_around(lambda r: r[20:].sum(axis=1)[[0] * len(r)], rows)


def test_infinite_scores_become_numbers() -> None:
    assert estimators.finite(np.array([np.inf, -np.inf, 2.0])).tolist() == [1e30, -1e30, 2.0]
