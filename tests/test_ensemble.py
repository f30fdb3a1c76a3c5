"""Ensemble."""

from __future__ import annotations

import numpy as np
import pytest

from redshank import registry
from redshank.base import frozen, thawed
from redshank.detectors.ensemble import Ensemble
from redshank.errors import ParamError, SeriesError, UnknownNameError
from redshank.series import Series
from redshank.testing import DetectorContract, sine, sine_with_spike


class TestEnsemble(DetectorContract):
    make = staticmethod(lambda: Ensemble(members=("robust-z", "ewma", "ar")))


class TestEnsembleOfTheDefaultMembers(DetectorContract):
    make = Ensemble


def test_the_sum_over_channels_is_the_mean_rarity_of_its_members() -> None:
    train, test = sine(1000, channels=2), sine(400, channels=2, seed=5)
    apart = [Ensemble(members=(name,)).fit(train).score(test) for name in ("k-sigma", "ar")]
    together = Ensemble(members=("k-sigma", "ar")).fit(train).score(test)
    assert np.allclose(together, (apart[0] + apart[1]) / 2, equal_nan=True)


def test_rarity_is_counted_on_rows_no_member_learned_from() -> None:
    train = sine(1000)
    members = Ensemble(members=("k-sigma",)).fit(train)._members
    held_out = members[0].core.score(train[800:])[:, 0]
    assert members[0].core.mean_ == pytest.approx(train.values[:800].mean())  # type: ignore[attr-defined]
    median = np.sort(held_out)[100]
    assert members[0].known.rarity(np.array([median]))[0] == pytest.approx(np.log(2), abs=0.01)


def test_members_are_given_as_text_and_a_model_of_a_library_may_be_one() -> None:
    pytest.importorskip("sklearn")
    ensemble = registry.build("detectors", "ensemble", {"members": "k-sigma, sklearn:pca"})
    series, at = sine_with_spike(channels=3, guilty=1)
    scores = ensemble.fit(sine(channels=3)).score(series)
    assert int(scores.sum(axis=1).argmax()) == at
    again = Ensemble.from_params(ensemble.params).load_state(ensemble.state)
    assert np.array_equal(again.score(series), scores)


def test_a_member_that_looks_ahead_makes_the_ensemble_look_ahead() -> None:
    pytest.importorskip("pyod")
    assert Ensemble(members=("k-sigma", "pyod:ecod")).fit(sine(300)).looks_ahead


def test_a_memory_can_be_stored_in_the_middle_of_a_stream() -> None:
    ensemble = Ensemble(members=("ewma", "ar")).fit(sine())
    rows = sine(500, seed=3).values
    memory = ensemble.begin()
    first = ensemble.advance(memory, rows[:300])
    again = thawed(ensemble.begin(), frozen(memory))
    rest = ensemble.advance(again, rows[300:])
    assert np.allclose(np.concatenate([first, rest]), ensemble.score(Series.from_numpy(rows)), equal_nan=True)


@pytest.mark.parametrize(
    ("members", "error", "says"),
    [
        (("ewma", "arr"), UnknownNameError, "Did you mean 'ar'"),
        ((), ParamError, "Ensemble.members must"),
        (("ar", "ensemble"), ParamError, "cannot hold an ensemble"),
        (("window-pca",), SeriesError, "needs at least"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(members: tuple[str, ...], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        Ensemble(members=members).fit(sine(20))
