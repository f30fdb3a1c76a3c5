"""The generator of sequences, with its exact parameters."""

from __future__ import annotations

import numpy as np
import pytest

import redshank
from redshank import datasets
from redshank.datasets.sinusoids import Sinusoids
from redshank.errors import ParamError


def small(**given) -> Sinusoids:
    return Sinusoids(**{"root": "", "train": 500, "held_out": 200, **given})


def test_the_six_files_have_their_sizes():
    shapes = {name: (part.values.shape, part.labels is not None) for name, part in Sinusoids(root="").files().items()}
    assert shapes == {
        "train_norm_seq.csv": ((64_000, 30, 5), False),
        "val_norm_1_seq.csv": ((6_400, 30, 5), False),
        "labeled_val_mixed_seq.csv": ((12_800, 30, 5), True),
        "unlabeled_val_mixed_seq.csv": ((12_800, 30, 5), False),
        "labeled_test_mixed_seq.csv": ((12_800, 30, 5), True),
        "unlabeled_test_mixed_seq.csv": ((12_800, 30, 5), False),
    }


def test_normal_values_are_a_wave_plus_uniform_noise_of_mean_one_half():
    values = small(train=20_000).files()["train_norm_seq.csv"].values
    noise = values - values.mean(axis=0)
    assert abs(noise.std() - 1 / np.sqrt(12)) < 1e-3
    wave = values.mean(axis=0) - 0.5
    for tag in range(5):
        amplitude = np.abs(wave[:, tag]).max()
        assert 0.9 < amplitude < 2.05
        # The wave is a sin(f t) with f between 1 and 2: it fits some frequency of a fine grid almost exactly.
        grid = np.sin(np.linspace(1, 2, 2001)[:, None] * np.arange(30))
        residual = wave[:, tag] - grid * (grid @ wave[:, tag] / (grid**2).sum(axis=1))[:, None]
        assert np.abs(residual).max(axis=1).min() < 0.02


def test_every_split_shares_the_frequencies_and_amplitudes():
    files = small(train=5_000, held_out=5_000).files()
    difference = files["train_norm_seq.csv"].values.mean(axis=0) - files["val_norm_1_seq.csv"].values.mean(axis=0)
    assert np.abs(difference).max() < 0.03


def test_the_last_nine_of_thirty_points_of_an_anomaly_are_multiplied():
    plain = Sinusoids(root="", simple=True, train=1, held_out=2_000).files()["labeled_test_mixed_seq.csv"]
    wave = np.sin(np.arange(30))[:, None]
    factor = plain.values[plain.labels] / np.where(wave == 0, 1, wave)
    assert np.allclose(factor[:, 1:21], 1)
    assert factor[:, 21:].shape[1] == 9
    assert np.abs(factor[:, 21:]).min() >= 8
    assert np.abs(factor[:, 21:]).max() < 20
    assert abs((factor[:, 21:] > 0).mean() - 0.5) < 0.01
    assert np.allclose(plain.values[~plain.labels] - wave, 0)
    assert len(np.unique(np.abs(factor[0, 21:]))) == 45


def test_half_of_a_mixed_part_is_anomalous_and_it_is_shuffled():
    labels = small().files()["labeled_val_mixed_seq.csv"].labels
    assert labels.sum() == 200
    assert 50 < labels[:200].sum() < 150


def test_the_same_seed_gives_the_same_sequences():
    first, second, other = (small(seed=seed).files()["labeled_test_mixed_seq.csv"] for seed in (3, 3, 4))
    assert np.array_equal(first.values, second.values)
    assert not np.array_equal(first.values, other.values)


def test_written_files_are_read_back_to_nine_digits(tmp_path):
    made = small(root=str(tmp_path))
    made.make()
    for name, part in made.files().items():
        label = "" if part.labels is None else "?label=last"
        many = redshank.read(f"sequences:{tmp_path}/sinusoids/{name}{label}")
        values = np.stack([one.values for one in many])
        np.testing.assert_allclose(values, part.values, rtol=1e-8, atol=0)
        if part.labels is not None:
            assert [bool(one.labels[0]) for one in many] == part.labels.tolist()
    line = (tmp_path / "sinusoids/labeled_test_mixed_seq.csv").read_text().splitlines()[0]
    assert [len(field.split(";")) for field in line.split(",")] == [30] * 5 + [1]
    assert max(len(number.strip("-0.").replace(".", "")) for number in line.replace(",", ";").split(";")) <= 9


def test_the_opposite_delimiters_are_written_too(tmp_path):
    small(train=3, held_out=1).write(tmp_path, inner=",", outer=";")
    assert len(redshank.read(f"sequences:{tmp_path}/train_norm_seq.csv?inner=,&outer=;")) == 3


def test_a_spec_string_sets_its_parameters():
    train, test = datasets.load("sinusoids?train=4&held_out=2&tags=3&length=10&seed=7")
    assert (len(train), len(test), train[0].values.shape) == (4, 4, (10, 3))
    with pytest.raises(ParamError, match="Sinusoids.before must be at most 100"):
        datasets.load("sinusoids?before=120")


def test_fetching_writes_the_files(tmp_path):
    folder = datasets.fetch("sinusoids?train=4&held_out=2", root=tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == sorted(small().files())
