"""Tables in and out: what a column means, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redshank import Series
from redshank.errors import InputError, SeriesError
from redshank.frames import frame, to_many, to_series
from redshank.kernels.repair import Rows, fill_gaps, one_a_time

TIMES = ["2024-01-01 00:00:00", "2024-01-01 00:05:00", "2024-01-01 00:10:00", "2024-01-01 00:20:00"]
MAKERS = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.table}


@pytest.fixture(params=MAKERS)
def make(request):
    return MAKERS[request.param]


def stamps(series: Series) -> list[str]:
    return [str(time)[:19] for time in series.times]


def refusal(*args, **options) -> str:
    with pytest.raises(InputError) as caught:
        to_series(*args, **options)
    return str(caught.value)


@pytest.mark.parametrize("backend", MAKERS)
def test_a_series_survives_the_way_through_a_table(backend):
    series = Series.from_numpy([[1.0, np.nan], [3.0, 4.0]], 60, "2024-02-29", ["in", "out"], labels=[0, 1])
    table = series.to_frame(backend)
    assert type(table).__module__.startswith(backend)
    again = Series.from_frame(table)
    assert again.channels == ("in", "out")
    np.testing.assert_array_equal(again.times, series.times)
    np.testing.assert_array_equal(again.values, series.values)
    np.testing.assert_array_equal(again.labels, series.labels)


def test_a_table_takes_lists_and_text():
    table = frame({"channel": ["a", "b"], "blame": [0.5, 0.5]}, "polars")
    assert table["channel"].to_list() == ["a", "b"]


def test_pandas_is_the_table_where_nothing_else_is_asked_for():
    assert isinstance(frame({"a": [1]}), pd.DataFrame)
    with pytest.raises(InputError, match="pandas, polars or pyarrow"):
        frame({"a": [1]}, "spark")


def test_finds_times_label_and_channels_by_name(make):
    series = to_series(make({"TimeStamp": TIMES, "host": list("abcd"), "load": [1, 2, 3, 4], "Label": [0, 0, 1, 0]}))
    assert series.channels == ("load",)
    assert stamps(series)[3] == "2024-01-01T00:20:00"
    assert series.labels.tolist() == [False, False, True, False]


def test_a_column_of_date_times_wins_over_a_name(make):
    when = [datetime(2024, 1, 1, hour) for hour in range(3)]
    series = to_series(make({"seen": when, "time": [5, 6, 7]}))
    assert series.channels == ("time",)
    assert series.step_s == 3600


def test_the_label_is_a_channel_only_where_it_is_named(make):
    table = make({"time": TIMES, "load": [1, 2, 3, 4], "label": [0, 7, 1, 0]})
    assert "Label 7 at row 1 is neither 0 nor 1" in refusal(table)
    series = to_series(table, value=["label", "load"])
    assert series.channels == ("label", "load")
    assert series.labels is None


def test_a_pandas_index_of_times_is_the_time():
    index = pd.date_range("2024-01-01", periods=3, freq="h", tz="Europe/Berlin")
    series = to_series(pd.DataFrame({"load": [1.0, 2.0, 3.0]}, index=index))
    assert stamps(series)[0] == "2023-12-31T23:00:00"


def test_nullable_columns_become_missing_values():
    table = pd.DataFrame({"time": TIMES, "a": pd.array([1, None, 3, 4], dtype="Int64"), "b": [1.0, 2.0, None, 4.0]})
    assert np.isnan(to_series(table).values).tolist() == [[0, 0], [1, 0], [0, 1], [0, 0]]
    for table in (pl.DataFrame({"time": TIMES, "a": [1, None, 3, 4]}), pa.table({"time": TIMES, "a": [1, None, 3, 4]})):
        assert np.isnan(to_series(table).values[:, 0]).tolist() == [False, True, False, False]


def test_a_column_without_any_value_is_a_missing_channel(make):
    series = to_series(make({"time": TIMES, "load": [1, 2, 3, 4], "dead": [None] * 4}), value=["load", "dead"])
    assert np.isnan(series.values[:, 1]).all()


def test_flags_and_decimals_are_numbers_where_they_are_named():
    table = pa.table(
        {"time": TIMES, "up": [True, False, None, True], "cost": pa.array([1, 2, 3, 4], pa.decimal128(9, 2))}
    )
    assert to_series(table).channels == ("cost",)
    np.testing.assert_array_equal(to_series(table, value="up").values[:, 0], [1, 0, np.nan, 1])


def test_large_tables_are_not_lost_in_chunks():
    table = pa.concat_tables([pa.table({"time": TIMES[:2], "a": [1, 2]}), pa.table({"time": TIMES[2:], "a": [3, 4]})])
    assert to_series(table).values[:, 0].tolist() == [1, 2, 3, 4]


# --- what a time means ---------------------------------------------------------------------------------------------


def test_times_with_a_zone_become_utc():
    table = pl.DataFrame(
        {"time": pl.Series([datetime(2024, 7, 1, 12)]).dt.replace_time_zone("Europe/Berlin"), "a": [1]}
    )
    assert stamps(to_series(table)) == ["2024-07-01T10:00:00"]


def test_times_without_a_zone_are_utc_unless_one_is_said(make):
    table = make({"time": ["2024-07-01 12:00"], "a": [1]})
    assert stamps(to_series(table)) == ["2024-07-01T12:00:00"]
    assert stamps(to_series(table, zone="Europe/Berlin")) == ["2024-07-01T10:00:00"]


@pytest.mark.parametrize(("clock", "said"), [("2024-10-27 02:30", "twice"), ("2024-03-31 02:30", "never")])
def test_a_local_time_that_was_no_single_instant_is_refused(clock, said):
    table = pa.table({"time": ["2024-01-01", clock], "a": [1, 2]})
    sentence = refusal(table, zone="Europe/Berlin")
    assert f"{clock}:00 at row 1, which clocks in Europe/Berlin showed {said}" in sentence


def test_an_unknown_zone_is_refused():
    assert "No time zone is called 'Europe/Berlni'" in refusal(
        pa.table({"time": TIMES, "a": range(4)}), zone="Europe/Berlni"
    )


def test_times_with_and_without_an_offset_never_mix(make):
    sentence = refusal(make({"time": ["2024-01-01T00:00:00", "2024-01-01T00:05:00Z"], "a": [1, 2]}))
    assert "mixes times with an offset (row 1" in sentence
    assert "without (row 0" in sentence


def test_different_offsets_are_refused_unless_a_zone_is_said(make):
    table = make({"time": ["2024-03-31T01:30:00+01:00", "2024-03-31T03:30:00+02:00"], "a": [1, 2]})
    assert "offset +01:00 at row 0, +02:00 at row 1" in refusal(table)
    assert stamps(to_series(table, zone="UTC")) == ["2024-03-31T00:30:00", "2024-03-31T01:30:00"]


def test_python_date_times_of_different_zones_are_refused_too():
    when = [datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=timezone(timedelta(hours=1)))]
    assert "mixes time zones" in refusal(pd.DataFrame({"time": pd.Series(when, dtype=object), "a": [1, 2]}))


def test_times_that_are_numbers_need_a_unit():
    table = pa.table({"timestamp": [1469376000, 1469376300], "value": [0.5, 0.6]})
    assert "unit='s' would make row 0 2016-07-24T16:00:00Z" in refusal(table)
    assert stamps(to_series(table, unit="s"))[1] == "2016-07-24T16:05:00"
    for unit, factor in (("ms", 10**3), ("us", 10**6), ("ns", 10**9)):
        scaled = pa.table({"timestamp": [1469376000 * factor], "value": [0.5]})
        assert f"unit='{unit}'" in refusal(scaled)
        assert stamps(to_series(scaled, unit=unit)) == ["2016-07-24T16:00:00"]


def test_row_numbers_are_no_times():
    sentence = refusal(pa.table({"time": [0, 1, 2], "a": [1, 2, 3]}))
    assert "if they are row numbers, drop the column and give step_s=" in sentence


def test_broken_seconds_keep_their_fraction():
    series = to_series(pa.table({"time": [1469376000.25, 1469376000.5], "a": [1, 2]}), unit="s")
    assert series.step_s == 0.25


def test_a_unit_that_leaves_the_calendar_is_refused():
    assert "Or is 's' the wrong unit?" in refusal(pa.table({"time": [1469376000000], "a": [1]}), unit="s")
    assert "Leave it out" in refusal(pa.table({"time": TIMES, "a": range(4)}), unit="s")


def test_text_that_is_no_time_is_refused_at_its_row(make):
    assert "'01/02/2024' at row 2, which is no ISO 8601 time" in refusal(
        make({"time": [*TIMES[:2], "01/02/2024"], "a": [1, 2, 3]})
    )


def test_a_row_without_a_time_is_refused(make):
    assert "Row 1 has no time" in refusal(make({"time": [TIMES[0], None], "a": [1, 2]}))


def test_rows_without_times_take_a_step(make):
    table = make({"a": [1, 2, 3]})
    assert "No column is of times" in refusal(table)
    assert to_series(table, step_s=0.5).step_s == 0.5
    assert "must be greater than 0" in refusal(table, step_s=0)
    assert "step_s=60 is given as well" in refusal(make({"time": TIMES, "a": range(4)}), step_s=60)
    assert "Leave one of them out" in refusal(make({"time": TIMES, "a": range(4)}), time="time", step_s=60)


def test_two_columns_that_could_be_the_time_are_refused(make):
    assert "Columns 'date' and 'ts' could both be the times" in refusal(
        make({"date": TIMES, "ts": TIMES, "a": range(4)})
    )


# --- what a number is ----------------------------------------------------------------------------------------------


def test_text_in_a_column_of_numbers_is_refused_at_its_row(make):
    table = make({"time": TIMES, "load": ["1", "2.5e3", "n/a", "4"], "b": [1, 2, 3, 4]})
    sentence = "Column 'load' has the text 'n/a' at row 2, where a number should be."
    assert refusal(table).startswith(sentence)
    assert refusal(table, value="load").startswith(sentence)
    assert to_series(table, value="b").channels == ("b",)


def test_numbers_written_as_text_are_refused(make):
    assert "numbers written as text" in refusal(make({"time": TIMES, "load": ["1", "2", "3", "4"]}))


def test_a_wrong_column_name_is_answered_with_the_nearest(make):
    table = make({"time": TIMES, "load": [1, 2, 3, 4]})
    assert refusal(table, value="laod") == "The table has no column 'laod'. Did you mean 'load'?"
    assert "It has: time, load" in refusal(table, time="xyz")


def test_dates_are_no_channel():
    assert "is no number" in refusal(
        pa.table({"time": TIMES, "a": pa.array(range(4), pa.date32())}), time="time", value="a"
    )


def test_an_infinite_value_is_refused_at_its_row(make):
    assert "Channel 'a' is infinite at row 1" in refusal(make({"time": TIMES, "a": [1.0, np.inf, 3.0, 4.0]}))


def test_an_empty_table_and_one_without_numbers_are_refused(make):
    assert "The table has no rows" in refusal(
        pa.table({"time": pa.array([], pa.string()), "a": pa.array([], pa.int64())})
    )
    assert "no column of numbers" in refusal(make({"time": TIMES, "host": list("abcd")}))
    assert "no column of numbers" in refusal(make({"time": TIMES}))


def test_one_row_is_a_series(make):
    assert len(to_series(make({"time": TIMES[:1], "a": [1]}))) == 1


def test_what_is_no_table_is_refused():
    assert "A list is no table of rows" in refusal([1, 2, 3])
    assert "collect()" in refusal(pl.LazyFrame({"a": [1]}))


# --- order, duplicates, gaps ---------------------------------------------------------------------------------------


def test_disorder_is_refused_or_sorted(make):
    table = make({"time": [TIMES[1], TIMES[0], TIMES[2]], "a": [1, 0, 2]})
    assert "Row 1 has an earlier time" in refusal(table)
    assert "Row 1 has an earlier time" in refusal(table, on_duplicate="mean")
    assert to_series(table, on_disorder="sort").values[:, 0].tolist() == [0, 1, 2]


def test_duplicates_are_refused_or_kept_as_asked(make):
    table = make(
        {"time": [TIMES[0], TIMES[0], TIMES[1]], "a": [1.0, None, 2.0], "b": [1.0, 3.0, 5.0], "label": [0, 1, 0]}
    )
    assert "Row 1 has the same time" in refusal(table)
    assert "on_duplicate='first', 'last' or 'mean'" in refusal(table)
    for policy, row in (("first", [1, 1]), ("last", [np.nan, 3]), ("mean", [1, 2])):
        series = to_series(table, on_duplicate=policy)
        np.testing.assert_array_equal(series.values, [row, [2, 5]])
        assert series.labels.tolist() == [True, False]


def test_a_mean_of_missing_values_is_missing():
    table = pa.table({"time": [TIMES[0], TIMES[0]], "a": pa.array([None, None], pa.float64())})
    assert np.isnan(to_series(table, on_duplicate="mean").values).all()


def test_gaps_are_kept_refused_or_filled_as_asked(make):
    table = make({"time": TIMES, "a": [1.0, 2.0, 3.0, 5.0], "b": [1.0, 1.0, None, 1.0], "label": [0, 0, 1, 0]})
    assert len(to_series(table)) == 4
    assert "Rows 2 and 3 are 600 s apart where 300 s is usual (after 2024-01-01T00:10:00Z)" in refusal(
        table, on_gap="refuse"
    )
    line, last = to_series(table, on_gap="interpolate"), to_series(table, on_gap="previous")
    assert line.regular
    assert stamps(line)[3] == "2024-01-01T00:15:00"
    np.testing.assert_array_equal(line.values[3], [4, np.nan])
    np.testing.assert_array_equal(last.values[3], [3, np.nan])
    assert line.labels.tolist() == [False, False, True, True, False]


def test_a_gap_of_centuries_is_not_filled():
    table = pa.table(
        {
            "time": ["1900-01-01 00:00:00", "2024-01-01 00:00:00", "2024-01-01 00:00:01", "2024-01-01 00:00:02"],
            "a": range(4),
        }
    )
    assert "Look for a wrong time" in refusal(table, on_gap="interpolate")


def test_an_unknown_policy_is_refused():
    assert "on_gap must be one of refuse, keep, interpolate, previous" in refusal(
        pa.table({"time": TIMES, "a": range(4)}), on_gap="fill"
    )


@given(st.lists(st.integers(0, 40), min_size=1, max_size=30), st.sampled_from(["first", "last", "mean"]))
def test_one_a_time_equals_a_dictionary(ticks, keep):
    ticks = sorted(ticks)
    times = np.array(ticks, "datetime64[ns]")
    values = np.arange(len(ticks), dtype=np.float64)[:, None]
    groups: dict[int, list[float]] = {}
    for tick, value in zip(ticks, values[:, 0]):
        groups.setdefault(tick, []).append(value)
    pick = {"first": lambda group: group[0], "last": lambda group: group[-1], "mean": np.mean}[keep]
    rows = one_a_time(Rows(times, values, None), keep)
    assert rows.values[:, 0].tolist() == [pick(group) for group in groups.values()]
    assert rows.times.astype(int).tolist() == list(groups)


@given(st.lists(st.integers(1, 30), min_size=2, max_size=20), st.sampled_from(["interpolate", "previous"]))
def test_filling_adds_rows_and_moves_none(steps, how):
    times = np.cumsum([0, *steps]).astype("datetime64[ns]")
    values = times.astype(np.float64)[:, None]
    filled = fill_gaps(Rows(times, values, None), how)
    assert (np.diff(filled.times).astype(int) > 0).all()
    assert np.isin(times, filled.times).all()
    if how == "interpolate":
        np.testing.assert_allclose(filled.values[:, 0], filled.times.astype(np.float64))


# --- long tables ---------------------------------------------------------------------------------------------------


def test_a_long_table_becomes_one_series_for_each_name(make):
    table = make(
        {"id": [7, 8, 7, 8], "time": [TIMES[0], TIMES[0], TIMES[1], TIMES[2]], "a": [1, 2, 3, 4], "label": [0, 0, 0, 1]}
    )
    seven, eight = to_many(table, "id")
    assert (seven.name, eight.name) == ("7", "8")
    assert eight.values[:, 0].tolist() == [2, 4]
    assert eight.labels.tolist() == [False, True]
    assert stamps(eight)[1] == "2024-01-01T00:10:00"


def test_a_fault_in_one_of_many_names_it(make):
    table = make({"id": ["x", "y", "y"], "time": [TIMES[0], TIMES[1], TIMES[0]], "a": [1, 2, 3]})
    with pytest.raises(SeriesError, match="Series 'y': Row 1 has an earlier time"):
        to_many(table, "id")


def test_a_row_without_the_name_of_its_series_is_refused(make):
    with pytest.raises(SeriesError, match="Column 'id' is empty at row 1"):
        to_many(make({"id": ["x", None], "time": TIMES[:2], "a": [1, 2]}), "id")
