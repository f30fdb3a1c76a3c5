"""Parameters are found by a criterion that judges nothing else, and a search can be stopped and gone on with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from redshank import registry
from redshank.engine import new
from redshank.errors import InputError, RedshankError
from redshank.kernels.injection import KINDS, plant
from redshank.search import Choice, Span
from redshank.testing import sine, sine_with_spike
from redshank.tuning import space_of, suggested, tune

SPACE = {"span": Span(2, 200, log=True)}


def test_planted_anomalies_leave_the_rest_alone_and_come_in_every_kind() -> None:
    x = sine(3000, channels=6).values
    planted, truth = plant(x, seed=2)
    assert np.array_equal(planted[~truth], x[~truth])
    assert 0.01 < truth.mean() < 0.1
    assert (np.diff(truth.astype(int)) == 1).sum() >= len(KINDS) - 1
    again, _ = plant(x, seed=2)
    assert np.array_equal(planted, again)


def test_a_search_finds_better_parameters_than_the_defaults_where_those_are_bad() -> None:
    found = tune("ewma", sine(3000, period=48, noise=0.02), trials=8, space=SPACE, fixed={})
    assert found.trials[0].params == {}
    assert found.criterion == "planted"
    assert found.value >= found.default
    assert len(found.trials) == 8


def test_a_study_in_a_file_goes_on_where_it_stopped(tmp_path: Path) -> None:
    file = tmp_path / "study.db"
    first = tune("ewma", sine(2000), trials=3, study=file, space=SPACE)
    second = tune("ewma", sine(2000), trials=5, study=file, space=SPACE)
    assert [t.params for t in second.trials[:3]] == [t.params for t in first.trials]
    assert len(second.trials) == 5


def test_labelled_data_are_the_criterion_where_they_are_given() -> None:
    labelled, _ = sine_with_spike()
    found = tune("ewma", sine(2000), labelled=labelled, trials=3, space=SPACE)
    assert found.criterion == "labelled"
    assert found.value == pytest.approx(max(t.value for t in found.trials if not np.isnan(t.value)))
    with pytest.raises(InputError, match="no labelled anomaly"):
        tune("ewma", sine(2000), labelled=sine(500), trials=1, space=SPACE)


def test_choices_may_be_lists() -> None:
    found = tune("ewma", sine(2000), trials=3, space={"span": Choice((4, 8, 16))})
    assert {t.params.get("span", 24) for t in found.trials} <= {4, 8, 16, 24}


def test_two_workers_share_one_study(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom redshank.search import Span\nfrom redshank.testing import sine\nfrom redshank.tuning import tune\n"
        "tune('ewma', sine(2000), trials=6, study=sys.argv[1], space={'span': Span(2, 200, log=True)}, seed=int(sys.argv[2]))"
    )
    file = tmp_path / "study.db"
    tune("ewma", sine(2000), trials=1, study=file, space=SPACE)
    workers = [subprocess.Popen([sys.executable, "-c", code, str(file), str(seed)]) for seed in (1, 2)]
    assert [worker.wait() for worker in workers] == [0, 0]
    found = tune("ewma", sine(2000), trials=1, study=file, space=SPACE)
    assert 6 <= len(found.trials) <= 7


def searchable() -> list[str]:
    return [name for name in registry.names("detectors") if getattr(found(name), "search", None)]


def found(name: str) -> type | None:
    try:
        return registry.get("detectors", name)
    except RedshankError:  # a plug-in whose package is not installed
        return None


def test_every_value_of_every_search_space_is_accepted_by_its_class() -> None:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    names = searchable()
    assert {"ewma", "pca", "window-pca", "iforest", "lof", "ar", "dense-autoencoder", "lstm-autoencoder"} <= set(names)
    for name in names:
        space = space_of(name)
        study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
        for _ in range(20):
            drawn = suggested(study.ask(), space)
            assert set(drawn) == set(space)
            new(name, drawn)


def test_the_searches_of_the_sequence_reference_are_there() -> None:
    dense, lstm = space_of("dense-autoencoder"), space_of("lstm-autoencoder")
    assert dense["latent_vector_size"] == Span(8, 16)
    assert dense["enc_dnn_hidden_units"] == Choice(((64, 32, 16), (256, 128, 16), (64, 64, 64)))
    assert lstm["dnn_hidden_units"] == Choice(((256, 128, 64), (256, 128, 16), (64, 64, 64)))
    for space in (dense, lstm):
        assert space["training.batch"] == Span(8, 512, log=True)
        assert space["training.lr"] == Span(1e-3, 1e-1, log=True)
    components = space_of("pca")["components"]
    assert isinstance(components, Choice)
    assert set(range(2, 11)) <= set(components.options)


def test_an_algorithm_without_a_space_says_so() -> None:
    with pytest.raises(InputError, match="'k-sigma' declares nothing to search"):
        tune("k-sigma", sine(2000), trials=1)
