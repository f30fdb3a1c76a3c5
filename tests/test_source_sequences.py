"""Labelled sequences, one a line, by two delimiters."""

from __future__ import annotations

import numpy as np
import pytest

import redshank
from redshank.errors import InputError, ParamError

THREE_BY_TWO = "0;1;2,10;11;12\n3;4;5,1.3e+01;14;15\n"


def read(tmp_path, text: str, options: str = ""):
    (tmp_path / "seq.csv").write_text(text)
    return redshank.read(f"sequences:{tmp_path}/seq.csv{options}")


def refusal(*args) -> str:
    with pytest.raises(InputError) as caught:
        read(*args)
    return str(caught.value)


def test_features_are_channels_and_timesteps_are_rows(tmp_path):
    first, second = read(tmp_path, THREE_BY_TWO)
    assert first.channels == ("tag_0", "tag_1")
    assert first.values.tolist() == [[0, 10], [1, 11], [2, 12]]
    assert second.values[0].tolist() == [3, 13]
    assert (first.name, second.name, first.labels) == ("0", "1", None)


def test_both_orders_of_delimiters_give_the_same(tmp_path):
    swapped = THREE_BY_TWO.translate(str.maketrans(",;", ";,"))
    for ours, theirs in zip(read(tmp_path, swapped, "?inner=,&outer=;"), read(tmp_path, THREE_BY_TWO)):
        assert np.array_equal(ours.values, theirs.values)


def test_the_last_field_is_the_label_of_every_point(tmp_path):
    calm, strange = read(tmp_path, "0;1,2;3,0\r\n0;1,2;3,1\r\n", "?label=last&step_s=60")
    assert calm.labels.tolist() == [False, False]
    assert strange.labels.tolist() == [True, True]
    assert strange.step_s == 60


def test_an_empty_field_is_a_missing_value(tmp_path):
    (one,) = read(tmp_path, "0;;2,1;2;3")
    assert np.isnan(one.values[1, 0])


def test_one_timestep_and_one_feature_are_sequences_too(tmp_path):
    assert read(tmp_path, "1,2,3,0\n4,5,6,1\n", "?label=last")[1].values.tolist() == [[4, 5, 6]]
    assert read(tmp_path, "1;2;3\n4;5;6\n")[1].values[:, 0].tolist() == [4, 5, 6]


def test_ragged_sequences_are_refused_with_their_line(tmp_path):
    assert "Line 2 of" in refusal(tmp_path, "0;1;2,3;4;5\n0;1,2;3;4;5\n")
    # As many numbers as the line before, but three features of two timesteps in place of two of three.
    assert "has 3 fields of 2 timesteps where line 1 has 2 fields of 3 timesteps" in refusal(
        tmp_path, "0;1;2,3;4;5\n0;1,2;3,4;5\n"
    )
    assert "The features of line 1" in refusal(tmp_path, "0;1;2,3;4\n")


def test_a_label_that_is_not_there_or_not_asked_for_is_refused(tmp_path):
    assert "does not end in one label" in refusal(tmp_path, THREE_BY_TWO, "?label=last")
    assert "if the line ends in a label, read with label=last" in refusal(tmp_path, "0;1,2;3,1\n")
    assert "Line 2 of" in refusal(tmp_path, "0;1,2;3,1\n0;1,2;3,7\n", "?label=last")


def test_text_and_emptiness_are_refused(tmp_path):
    assert "cannot be read as sequences" in refusal(tmp_path, "0;a,2;3\n")
    assert "is empty" in refusal(tmp_path, "\n")


def test_options_that_say_nothing_are_refused(tmp_path):
    assert "Sequences have no columns, so time= says nothing" in refusal(tmp_path, THREE_BY_TWO, "?time=x")
    assert "two different signs" in refusal(tmp_path, THREE_BY_TWO, "?inner=,")
    with pytest.raises(ParamError, match="Sequences.label must be"):
        read(tmp_path, THREE_BY_TWO, "?label=first")
