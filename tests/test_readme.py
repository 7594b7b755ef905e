import re
from pathlib import Path

import matplotlib as mpl
import pytest

README = Path(__file__).parents[1] / "README.md"
TEXT = README.read_text(encoding="utf-8")


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
def test_the_example_runs(code, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with mpl.rc_context({"backend": "agg"}):
        exec(code, {})
    assert "The prediction for row 3" in capsys.readouterr().out
    assert (tmp_path / "descent.png").stat().st_size > 10_000


def test_every_link_leads_somewhere():
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)|src=\"([^\"]+)\"", TEXT)
    assert links
    assert [path for pair in links if not (README.parent / (path := "".join(pair))).exists()] == []
