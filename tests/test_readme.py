import re
from pathlib import Path

import matplotlib as mpl
import pytest

README = Path(__file__).parents[1] / "README.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_example_runs(code, capsys):
    with mpl.rc_context({"backend": "agg"}):
        exec(code, {})
    assert "The prediction for row 3" in capsys.readouterr().out


def test_every_link_leads_somewhere():
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README.read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (README.parent / link).exists()] == []
