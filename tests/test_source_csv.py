"""Delimited text, and the faults publishers leave in it."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

import redshank
from redshank.errors import InputError, RedshankError
from redshank.sources.address import open_source

ROWS = "time,load,host\n2024-01-01 00:00,1.5,a\n2024-01-01 00:05,,b\n2024-01-01 00:10,3,c\n"


@pytest.fixture
def write(tmp_path):
    def write(text: str | bytes, name: str = "data.csv") -> str:
        file = tmp_path / name
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return str(file)

    return write


def refusal(source: str, **options) -> str:
    with pytest.raises(InputError) as caught:
        redshank.read(source, **options)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_a_plain_file_needs_no_options(write):
    series = redshank.read(write(ROWS))
    assert series.channels == ("load",)
    assert series.step_s == 300
    np.testing.assert_array_equal(series.values[:, 0], [1.5, np.nan, 3])


def test_packed_files_are_unpacked(write):
    assert len(redshank.read(write(gzip.compress(ROWS.encode()), "data.csv.gz"))) == 3


def test_tabs_and_decimal_commas_are_read(write):
    assert redshank.read(write(ROWS.replace(",", "\t"), "data.tsv")).channels == ("load",)
    german = write("Datum;Last\n31.12.2023 23:00;1,5\n01.01.2024 00:00;2,5\n")
    series = redshank.read(german + "?delimiter=;&decimal=,&time=Datum&time_format=%d.%m.%Y %H:%M&zone=Europe/Berlin")
    assert series.values[:, 0].tolist() == [1.5, 2.5]
    assert str(series.times[0])[:16] == "2023-12-31T22:00"
    sentence = refusal(german, delimiter=";", decimal=",", time="Datum", time_format="%d.%m.%y")
    assert "'31.12.2023 23:00' at row 0, which is not written as %d.%m.%y" in sentence


def test_other_encodings_and_byte_order_marks_are_read(write):
    assert redshank.read(write("\ufeff" + ROWS)).channels == ("load",)
    assert redshank.read(write("time,Wärme\n2024-01-01,1\n".encode("latin-1")), encoding="latin-1").channels == (
        "Wärme",
    )
    assert redshank.read(write("time,a\n2024-01-01,1\n".encode("utf-16")), encoding="utf-16").channels == ("a",)


@pytest.mark.parametrize(("delimiter", "word"), [(";", "semicolon"), ("\t", "tab"), ("|", "pipe")])
def test_a_wrong_delimiter_is_found_and_named(write, delimiter, word):
    file = write(ROWS.replace(",", delimiter))
    sentence = refusal(file)
    assert "has one column when it is split at commas" in sentence
    assert sentence.endswith(f"Read it with delimiter={word}.")
    assert redshank.read(f"{file}?delimiter={word}").channels == ("load",)


def test_a_comma_file_read_at_semicolons_is_named_too(write):
    assert "split at semicolons, and looks split at ','. Read it with delimiter=comma." in refusal(
        write(ROWS), delimiter=";"
    )


def test_a_long_delimiter_is_refused(write):
    assert "one sign or one of comma" in refusal(write(ROWS), delimiter="::")


def test_a_file_without_a_header_is_refused_or_read_as_asked(write):
    file = write("0.1,0.2\n0.3,0.4\n", "machine.txt")
    assert "names no columns. Read it with header=false." in refusal(file, step_s=60)
    series = redshank.read(f"{file}?header=false&step_s=60")
    assert series.channels == ("c0", "c1")
    assert series.values.tolist() == [[0.1, 0.2], [0.3, 0.4]]
    assert redshank.read(write("2024-01-01,1\n2024-01-02,2\n") + "?header=false").channels == ("c1",)


def test_lines_before_the_header_can_be_skipped(write):
    assert len(redshank.read(write("exported by hand\n\n" + ROWS) + "?skip_rows=2")) == 3


def test_empty_files_are_refused(write):
    assert "is empty" in refusal(write(""))
    assert "is empty" in refusal(write("\n\n"))
    assert "The table has no rows" in refusal(write("time,load\n"))


def test_one_row_is_a_series_of_one_point(write):
    assert len(redshank.read(write("time,load\n2024-01-01,1\n"))) == 1


def test_one_column_takes_a_step(write):
    assert redshank.read(write("load\n1\n2\n") + "?step_s=1").channels == ("load",)
    assert "No column is of times" in refusal(write("load\n1\n2\n"))


def test_a_header_that_names_a_column_twice_is_refused(write):
    assert "two columns called 'a'" in refusal(write("time,a,a\n2024-01-01,1,2\n"))


def test_a_header_of_two_thousand_columns_is_read(write):
    names = [f"a_rather_long_name_of_a_channel_{i}" for i in range(2_000)]
    text = "time," + ",".join(names) + "\n2024-01-01" + ",1.5" * 2_000 + "\n2024-01-02" + ",2" * 2_000 + "\n"
    assert redshank.read(write(text)).values.shape == (2, 2_000)


def test_what_is_no_text_is_refused_in_one_sentence(write):
    for content in (b"PAR1\x15\x04\x15\x10\x00\x00" * 50, b"\x1f\x8b\x08\x00damaged", bytes(range(256)) * 600):
        for name in ("data.csv", "data.csv.gz"):
            with pytest.raises(RedshankError) as caught:
                redshank.read(write(content, name))
            assert name in str(caught.value) or "column" in str(caught.value)


def test_a_nameless_column_is_dropped_only_where_it_is_empty(write):
    assert redshank.read(write("time,a,\n2024-01-01,1,\n2024-01-02,2,\n")).channels == ("a",)
    numbered = write(",time,a\n0,2024-01-01,1\n1,2024-01-02,2\n")
    assert "Column 0 has no name in the header" in refusal(numbered)
    assert redshank.read(numbered + "?value=a").channels == ("a",)


def test_infinite_values_are_refused_at_their_row(write):
    assert "Channel 'a' is infinite at row 1" in refusal(write("time,a\n2024-01-01,1\n2024-01-02,inf\n"))


FOOTED = "Time,Traffic (in bits)\n2005-06-07 07:00:00,1\n2005-06-07 07:05:00,x\n2005-06-07 07:10:00,3\nSource: an ISP\nCollected by, hand\n"


def test_a_ragged_line_is_refused_with_its_number(write):
    assert "Line 5 of " in refusal(write(FOOTED))
    assert "has 1 cells where 2 are usual. Mend the line, or read with on_text=drop." in refusal(write(FOOTED))


def test_free_text_among_the_rows_is_dropped_where_asked(write):
    series = redshank.read(write(FOOTED) + "?on_text=drop")
    assert series.channels == ("Traffic (in bits)",)
    assert series.values[:, 0].tolist() == [1, 3]


def test_text_in_a_column_of_numbers_is_refused_dropped_or_missing(write):
    file = write("time,a,b\n2024-01-01,1,1\n2024-01-02,broken,2\n2024-01-03,3,3\n")
    assert "Column 'a' has the text 'broken' at row 1" in refusal(file)
    assert redshank.read(file, on_text="drop").values[:, 0].tolist() == [1, 3]
    np.testing.assert_array_equal(redshank.read(file, on_text="missing").values, [[1, 1], [np.nan, 2], [3, 3]])


def test_text_beyond_the_first_megabyte_is_found_too(write):
    rows = "".join(f"{i},1\n" for i in range(300_000))
    assert "Column 'b' has the text 'end' at row 300000" in refusal(write("time,b\n" + rows + "300000,end\n"), unit="s")


def test_times_of_mixed_zones_are_refused(write):
    assert "mixes times with an offset" in refusal(write("ts,a\n2024-01-01T00:00Z,1\n2024-01-02T00:00,2\n"))
    mixed = write("ts,a\n2024-01-01T00:00+01:00,1\n2024-01-02T00:00+02:00,2\n")
    assert "mixes time zones: offset +01:00 at row 0, +02:00 at row 1" in refusal(mixed)
    assert len(redshank.read(mixed, zone="UTC")) == 2


def test_unsorted_and_duplicated_times_are_refused_or_mended_as_asked(write):
    file = write("ts,a\n2024-01-02,2\n2024-01-01,1\n2024-01-01,3\n")
    assert "Row 1 has an earlier time" in refusal(file)
    assert "Row 1 has the same time" in refusal(file, on_disorder="sort")
    assert redshank.read(file + "?on_disorder=sort&on_duplicate=mean").values[:, 0].tolist() == [2, 2]


def test_a_long_table_is_many_series(write):
    many = redshank.read(write("ts,host,a\n2024-01-01,x,1\n2024-01-01,y,2\n2024-01-02,x,3\n") + "?id=host")
    assert [series.name for series in many] == ["x", "y"]


def test_several_files_follow_one_another(write):
    write("ts,a\n2024-01-01,1\n", "1.csv")
    folder = Path(write("ts,a\n2024-01-02,2.5\n", "2.csv")).parent
    assert redshank.read(f"{folder}/?.csv").values[:, 0].tolist() == [1, 2.5]


def test_parts_of_a_file_are_the_file(write):
    rows = "".join(f"{i},{i if i < 150_000 else i + 0.5},{i % 7 == 0:d}\n" for i in range(200_000))
    source = open_source(write("ts,a,label\n" + rows) + "?unit=s")
    whole, parts = source.read(), list(source.chunks(64_000))
    assert [len(part) for part in parts] == [64_000, 64_000, 64_000, 8_000]
    np.testing.assert_array_equal(np.concatenate([part.times for part in parts]), whole.times)
    np.testing.assert_array_equal(np.concatenate([part.values for part in parts]), whole.values)
    np.testing.assert_array_equal(np.concatenate([part.labels for part in parts]), whole.labels)
    assert len(source.head(5)) == 5


def test_parts_without_times_go_on_counting(write):
    parts = list(open_source(write("a\n1\n2\n3\n") + "?step_s=60").chunks(2))
    assert parts[1].times[0] == np.datetime64(120, "s")


def test_parts_that_step_back_are_refused(write):
    source = open_source(write("ts,a\n2024-01-02,2\n2024-01-03,1\n2024-01-01,3\n"))
    with pytest.raises(InputError, match="Row 2 .* is not later than the row before it"):
        list(source.chunks(2))
    later = write("ts,a\n2024-01-01,0\n2024-01-05,1\n2024-01-04,3\n2024-01-03,3\n")
    with pytest.raises(InputError, match="In the part from row 2: Row 1 has an earlier time"):
        list(open_source(later).chunks(2))


def test_what_needs_all_rows_is_refused_in_parts(write):
    for option in ("on_text=drop", "on_gap=interpolate", "on_disorder=sort", "on_duplicate=mean", "id=host"):
        with pytest.raises(RedshankError, match="needs all rows at once"):
            list(open_source(f"{write(ROWS)}?{option}").chunks(2))


@pytest.mark.data
@pytest.mark.parametrize(("file", "rows"), [("isp_eu_5min", 14_772), ("isp_eu_hourly", 1_231)])
def test_the_traffic_of_an_isp_is_read_with_its_long_header(data, file, rows):
    series = redshank.read(f"{data}/traffic/{file}.csv")
    assert len(series) == rows
    assert series.channels[0].startswith("Internet traffic data (in bits)")
