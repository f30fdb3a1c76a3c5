"""Fetching a data set: any base URL, checksums, progress, and going on where it stopped, from a real server."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from redshank import datasets, progress
from redshank.errors import InputError, SourceError

BIG = 3_000_000


class Shelf(SimpleHTTPRequestHandler):
    """Serves files with byte ranges, notes what was asked for, and can break off in the middle."""

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        server: Server = self.server  # type: ignore[assignment]
        path = Path(self.translate_path(self.path))
        wanted = self.headers.get("Range") if server.ranges else None
        server.asked.append((path.name, self.headers.get("Range")))
        if not path.is_file():
            self.send_error(404)
            return
        content = path.read_bytes()
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        if start >= len(content) and wanted:
            self.send_error(416)
            return
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        cut = server.break_after.pop(path.name, None)
        self.wfile.write(content[start:cut])
        if cut is not None:
            self.wfile.flush()
            self.close_connection = True


class Server(ThreadingHTTPServer):
    ranges = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(Shelf, directory=str(folder)))
        self.asked: list[tuple[str, str | None]] = []
        self.break_after: dict[str, int] = {}


@pytest.fixture
def shelf(tmp_path) -> Path:
    """What the publisher has: the folder of `kpi` with a large file, a small one and their checksums."""
    folder = tmp_path / "published" / "kpi"
    (folder / "more data").mkdir(parents=True)
    (folder / "big.csv").write_bytes(b"timestamp,value,label\n" + bytes(range(256)) * (BIG // 256))
    (folder / "more data" / "small.csv").write_text("timestamp,value,label\n1469376000,1,0\n")
    names = ["big.csv", "more data/small.csv"]
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  ./{name}\n" for name in names]
    (folder / "SHA256SUMS").write_text("".join(lines))
    return folder


@pytest.fixture
def server(shelf) -> Iterator[Server]:
    server = Server(shelf.parent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def url(server: Server) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def test_every_listed_file_arrives_with_progress(server, shelf, tmp_path):
    seen: list[tuple[str, int, int]] = []
    with progress.listening(lambda stage, done, total, figures: seen.append((stage, done, total))):
        home = datasets.fetch("kpi", url(server) + "/", tmp_path / "data")
    assert home == tmp_path / "data" / "kpi"
    for name in ("big.csv", "more data/small.csv"):
        assert (home / name).read_bytes() == (shelf / name).read_bytes()
    assert seen[0] == ("files", 0, 2)
    assert seen[-1] == ("files", 2, 2)
    steps = [done for stage, done, total in seen if stage == "big.csv" and total == (shelf / "big.csv").stat().st_size]
    assert len(steps) > 5
    assert steps == sorted(steps)


def test_what_is_there_and_right_is_not_fetched_again(server, tmp_path):
    datasets.fetch("kpi", url(server), tmp_path / "data")
    server.asked.clear()
    datasets.fetch("kpi", url(server), tmp_path / "data")
    assert server.asked == [("SHA256SUMS", None)]


def test_a_download_that_broke_off_goes_on_where_it_stopped(server, shelf, tmp_path):
    server.break_after["big.csv"] = 1_000_000
    with pytest.raises(SourceError, match=r"Fetch again: it goes on from there\."):
        datasets.fetch("kpi", url(server), tmp_path / "data")
    part = tmp_path / "data" / "kpi" / "big.csv.part"
    kept = part.stat().st_size
    assert 0 < kept <= 1_000_000
    assert not (tmp_path / "data" / "kpi" / "big.csv").exists()
    server.asked.clear()
    datasets.fetch("kpi", url(server), tmp_path / "data")
    assert ("big.csv", f"bytes={kept}-") in server.asked
    assert (tmp_path / "data" / "kpi" / "big.csv").read_bytes() == (shelf / "big.csv").read_bytes()
    assert not part.exists()


def test_a_part_of_another_version_is_fetched_from_its_start(server, shelf, tmp_path):
    home = tmp_path / "data" / "kpi"
    home.mkdir(parents=True)
    (home / "big.csv.part").write_bytes(b"something else" * 1000)
    (home / "more data").mkdir()
    (home / "more data" / "small.csv.part").write_bytes(b"longer than the whole file" * 1000)
    datasets.fetch("kpi", url(server), tmp_path / "data")
    for name in ("big.csv", "more data/small.csv"):
        assert (home / name).read_bytes() == (shelf / name).read_bytes()


def test_a_server_without_ranges_is_read_from_the_start(server, shelf, tmp_path):
    server.ranges = False
    home = tmp_path / "data" / "kpi"
    home.mkdir(parents=True)
    (home / "big.csv.part").write_bytes((shelf / "big.csv").read_bytes()[:5000])
    datasets.fetch("kpi", url(server), tmp_path / "data")
    assert (home / "big.csv").read_bytes() == (shelf / "big.csv").read_bytes()


def test_a_file_with_a_wrong_checksum_is_not_kept(server, shelf, tmp_path):
    (shelf / "big.csv").write_bytes(b"tampered")
    with pytest.raises(SourceError, match="big.csv' has not the checksum that SHA256SUMS says"):
        datasets.fetch("kpi", url(server), tmp_path / "data")
    assert not list((tmp_path / "data" / "kpi").glob("big*"))


@pytest.mark.parametrize("name", ["../outside.csv", "/etc/outside.csv", "a/../../outside.csv", ""])
def test_a_list_that_leads_outside_is_refused(server, shelf, tmp_path, name):
    (shelf / "SHA256SUMS").write_text(f"{'0' * 64}  {name}\n")
    with pytest.raises(SourceError, match="Line 1 of .* is no checksum and relative path"):
        datasets.fetch("kpi", url(server), tmp_path / "data")


def test_a_place_without_a_list_or_without_a_server_is_one_sentence(server, shelf, tmp_path):
    (shelf / "SHA256SUMS").unlink()
    with pytest.raises(SourceError, match="SHA256SUMS' answered 404"):
        datasets.fetch("kpi", url(server), tmp_path / "data")
    with pytest.raises(SourceError, match="stopped answering"):
        datasets.fetch("kpi", "http://127.0.0.1:1", tmp_path / "data")
    (shelf / "SHA256SUMS").write_text("\n")
    with pytest.raises(SourceError, match="lists no files"):
        datasets.fetch("kpi", url(server), tmp_path / "data")


def test_the_base_url_comes_from_the_environment_or_is_asked_for(server, tmp_path, monkeypatch):
    monkeypatch.delenv("REDSHANK_DATA_URL", raising=False)
    with pytest.raises(
        InputError, match="There is no address to fetch 'kpi' from. Give a base URL, or set REDSHANK_DATA_URL"
    ):
        datasets.fetch("kpi", root=tmp_path / "data")
    monkeypatch.setenv("REDSHANK_DATA_URL", url(server))
    assert (datasets.fetch("kpi", root=tmp_path / "data") / "big.csv").exists()


def test_a_folder_is_a_base_url_too(shelf, tmp_path):
    home = datasets.fetch("kpi", f"file://{shelf.parent}", tmp_path / "data")
    assert (home / "big.csv").read_bytes() == (shelf / "big.csv").read_bytes()
    (home / "big.csv").rename(home / "big.csv.part")
    with (home / "big.csv.part").open("r+b") as file:
        file.truncate(777)
    datasets.fetch("kpi", str(shelf.parent), tmp_path / "data")
    assert (home / "big.csv").read_bytes() == (shelf / "big.csv").read_bytes()
    with pytest.raises(SourceError, match="There is no '.*SHA256SUMS'"):
        datasets.fetch("smd", str(shelf.parent), tmp_path / "data")


def test_a_data_set_that_ships_with_a_package_needs_no_fetching():
    assert (datasets.fetch("elnino") / "elnino.csv").exists()
