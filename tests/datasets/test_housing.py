"""fetch_housing: where it looks, what it checks, and what it says when there is nothing."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import polars as pl
import pooch
import pytest

from baremath.datasets import TableError, _housing, fetch_housing


@pytest.fixture(autouse=True)
def nothing_around(tmp_path, monkeypatch):
    """No folder is named, the cache is empty, and nothing listens where it is downloaded from."""
    monkeypatch.delenv("BAREMATH_DATA", raising=False)
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache" / project)
    monkeypatch.setattr(_housing, "URL", "http://127.0.0.1:1/housing.csv")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def served(monkeypatch):
    """Serve some bytes as the file to download, and list what was asked for."""
    requests = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            requests.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(self.server.content)))
            self.end_headers()
            self.wfile.write(self.server.content)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setattr(_housing, "URL", f"http://127.0.0.1:{server.server_port}/housing.csv")

        def serve(content):
            server.content = content
            return requests

        yield serve
        server.shutdown()
        thread.join()


def test_the_table_is_the_one_described(housing):
    table = fetch_housing(housing)
    assert table.shape == (20_640, 10)
    text = {"ocean_proximity": pl.String}
    assert all(dtype == text.get(name, pl.Float64) for name, dtype in table.schema.items())
    missing = {
        name: count for name, count in table.null_count().row(0, named=True).items() if count
    }
    assert missing == {"total_bedrooms": 207}
    assert dict(table["ocean_proximity"].value_counts().rows()) == {
        "<1H OCEAN": 9136, "INLAND": 6551, "NEAR OCEAN": 2658, "NEAR BAY": 2290, "ISLAND": 5,
    }  # fmt: skip
    assert table["median_house_value"].mean() == pytest.approx(206_855.8169, abs=1e-4)


def test_a_folder_will_do(housing):
    assert fetch_housing(str(housing.parent)).height == 20_640


def test_the_folder_of_the_environment_is_looked_in_before_the_web(housing, monkeypatch):
    monkeypatch.setenv("BAREMATH_DATA", str(housing.parent))
    assert fetch_housing().height == 20_640


def test_it_is_downloaded_once(housing, served, tmp_path, monkeypatch):
    requests = served(housing.read_bytes())
    monkeypatch.setenv("BAREMATH_DATA", str(tmp_path))  # a folder without the file: go on
    assert fetch_housing().height == 20_640
    assert fetch_housing().height == 20_640
    assert len(requests) == 1


def test_a_wrong_download_is_refused_and_not_kept(served, tmp_path):
    served(b"longitude,latitude\n1,2\n")
    with pytest.raises(TableError, match="what was downloaded is not the housing table") as caught:
        fetch_housing()
    assert_says_what_to_do(caught.value)
    assert not [file for file in (tmp_path / "cache").rglob("*") if file.is_file()]


def test_without_a_network(tmp_path):
    with pytest.raises(TableError, match=r"can't be downloaded \(ConnectionError\);") as caught:
        fetch_housing()
    assert_says_what_to_do(caught.value)


def test_a_changed_file_is_refused(tmp_path, monkeypatch):
    (tmp_path / "housing.csv").write_text("longitude,latitude\n1,2\n")
    monkeypatch.setenv("BAREMATH_DATA", str(tmp_path))
    for path in (None, tmp_path, tmp_path / "housing.csv"):
        with pytest.raises(TableError, match=r"not the housing table \(SHA-256 29642f9f") as caught:
            fetch_housing(path)
        assert_says_what_to_do(caught.value)


@pytest.mark.parametrize("name", ["", "other.csv"])
def test_a_path_without_the_file_is_not_replaced_by_the_web(tmp_path, name):
    with pytest.raises(TableError, match="can't be read: No such file or directory") as caught:
        fetch_housing(tmp_path / name)
    assert_says_what_to_do(caught.value)


def assert_says_what_to_do(error):
    message = str(error)
    assert "\n" not in message
    assert f"download {_housing.URL} by hand and let BAREMATH_DATA name the folder" in message
