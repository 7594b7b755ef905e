import re
from pathlib import Path

import matplotlib as mpl
import pytest

README = Path(__file__).parents[1] / "README.md"
TEXT = README.read_text(encoding="utf-8")


CODE = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture
def printed(capsys, monkeypatch, tmp_path):
    def run(code):
        monkeypatch.chdir(tmp_path)
        with mpl.rc_context({"backend": "agg"}):
            exec(code, {})
        return capsys.readouterr().out

    return run


def test_the_models_run(printed, tmp_path):
    out = printed(CODE[0])
    assert "The prediction for row 3" in out
    assert "MLPClassifier, row 3" in out
    assert (tmp_path / "spirals.png").stat().st_size > 10_000


def test_the_engine_runs(printed):
    out = printed(CODE[1])
    assert re.search(r"# (0\..*)", CODE[1])[1] in out
    assert "∂out/∂" in out


def test_every_link_leads_somewhere():
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)|src=\"([^\"]+)\"", TEXT)
    assert links
    assert [path for pair in links if not (README.parent / (path := "".join(pair))).exists()] == []
