"""show: the computation behind a tensor, drawn."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from baremath.autodiff.drawing.graph import Graph, read
from baremath.autodiff.tensor import Tensor

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult


class GraphDrawing:
    """A computation graph, ready to be looked at: what `show` returns.

    Printed it is text; in a notebook it is a picture; with rich it has colours.

    Parameters
    ----------
    graph : Graph
        Its boxes and arrows.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return self.to_text()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines in colours, in the width that there is."""
        from rich.text import Text

        from baremath.autodiff.drawing.as_text import NARROWEST, lines

        for line in lines(self.graph, max(options.max_width, NARROWEST)):
            yield Text.assemble(*line, no_wrap=True, overflow="crop")

    def _repr_html_(self) -> str:
        return self.to_html()

    def to_text(self, width: int = 100) -> str:
        """Return the drawing as Unicode text, its lines at most `width` characters long."""
        from baremath.autodiff.drawing.as_text import lines

        drawn = lines(self.graph, width)
        return "\n".join("".join(part.text for part in line).rstrip() for line in drawn)

    def to_svg(self) -> str:
        """Return an ``<svg>`` element, in light or dark colours as the reader prefers."""
        from baremath.autodiff.drawing.as_svg import to_svg

        return to_svg(self.graph)

    def to_html(self) -> str:
        """Return a fragment of HTML: the picture, and the formulas in MathML."""
        from baremath.autodiff.drawing.as_html import to_html

        return to_html(self.graph)

    def to_dot(self) -> str:
        """Return the drawing in the language of Graphviz."""
        from baremath.autodiff.drawing.as_dot import to_dot

        return to_dot(self.graph)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the drawing into a file; all of it, or nothing.

        Parameters
        ----------
        path : str or path
            Where; it ends in .svg, .html, .dot or .txt.

        Raises
        ------
        ValueError
            If it ends in anything else.
        OSError
            If it can't be written.
        """
        from baremath.autodiff.drawing.as_html import to_page
        from baremath.files import atomic_write

        target = Path(path)
        match target.suffix.lower():
            case ".svg":
                text = self.to_svg()
            case ".html":
                text = to_page(self.graph)
            case ".dot":
                text = self.to_dot()
            case ".txt":
                text = f"{self.to_text()}\n"
            case _:
                raise ValueError(f"save to a .svg, .html, .dot or .txt file, not {target.name!r}")
        with atomic_write(path) as partial:
            partial.write_text(text, encoding="utf-8")


def show(
    tensor: Tensor,
    gradient: Any = None,
    *,
    names: Mapping[str, Tensor] | None = None,
    max_nodes: int = 100,
) -> GraphDrawing:
    r"""Draw the computation behind a tensor.

    Every number and array has its name, the operation that computed it, its value and the gradient
    :math:`\partial out / \partial \cdot` of the tensor by it; every arrow has its local
    derivative. Along each path from the tensor back they are multiplied, and where paths meet
    added: the chain rule.

    Parameters
    ----------
    tensor : Tensor
        The result, called out.
    gradient : array_like of the tensor's shape, optional
        The gradient to start from. Without it a tensor of more than one number is drawn without
        gradients.
    names : mapping of str to Tensor, optional
        What to call some of the tensors on the way, as in ``{"y": y}`` or
        ``module.named_parameters()``; the others are called by their own name, or are counted:
        leaves :math:`w_0, w_1, \ldots`, constants :math:`c_0, c_1, \ldots`, results
        :math:`v_1, v_2, \ldots`.
    max_nodes : int, default=100
        Of a larger graph only the operations nearest to the tensor are drawn, and it is said how
        many are left out.

    Returns
    -------
    GraphDrawing
        To be printed, or saved with ``.save("graph.svg")``.

    Raises
    ------
    RuntimeError
        If the tensor was made from constants only, or its graph was released.

    Examples
    --------
    The neuron of the lectures, at w = (2, -3, -3) and x = (-1, -2):

    >>> from baremath.autodiff import exp, tensor
    >>> start = {"w0": 2.0, "x0": -1.0, "w1": -3.0, "x1": -2.0, "w2": -3.0}
    >>> w0, x0, w1, x1, w2 = [tensor(v, requires_grad=True, name=k) for k, v in start.items()]
    >>> print(show(1 / (1 + exp(-(w0 * x0 + w1 * x1 + w2)))))
                           value   ∂out/∂·
    ○      w₀                  2   −0.1966
    │ ○    x₀                 −1    0.3932
    ├─╯    ∂v₁/∂w₀ = −1   ∂v₁/∂x₀ = 2
    ●      v₁ = w₀ · x₀       −2    0.1966
    │ ○    w₁                 −3   −0.3932
    │ │ ○  x₁                 −2   −0.5898
    │ ├─╯  ∂v₂/∂w₁ = −2   ∂v₂/∂x₁ = −3
    │ ●    v₂ = w₁ · x₁        6    0.1966
    ├─╯    ∂v₃/∂v₁ = 1   ∂v₃/∂v₂ = 1
    ●      v₃ = v₁ + v₂        4    0.1966
    │ ○    w₂                 −3    0.1966
    ├─╯    ∂v₄/∂v₃ = 1   ∂v₄/∂w₂ = 1
    ●      v₄ = v₃ + w₂        1    0.1966
    │      ∂v₅/∂v₄ = −1
    ●      v₅ = −v₄           −1   −0.1966
    │      ∂v₆/∂v₅ = 0.3679
    ●      v₆ = e^(v₅)    0.3679   −0.5344
    │      ∂v₇/∂v₆ = 1
    ●      v₇ = 1 + v₆     1.368   −0.5344
    │      ∂out/∂v₇ = −0.5344
    ●      out = 1/v₇     0.7311         1

    Of arrays, every element has its derivatives:

    >>> x = tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True, name="x")
    >>> y = x - 2
    >>> z = 3 * y**2
    >>> print(show(z.mean(), names={"y": y, "z": z}))
                               value                    ∂out/∂·
    ○  x                [1  2; 3  4]          [−1.5  0; 1.5  3]
    │  ∂y/∂x = 1
    ●  y = x − 2       [−1  0; 1  2]          [−1.5  0; 1.5  3]
    │  ∂v₁/∂y = [−2  0; 2  4]
    ●  v₁ = y²          [1  0; 1  4]   [0.75  0.75; 0.75  0.75]
    │  ∂z/∂v₁ = 3
    ●  z = 3 · v₁      [3  0; 3  12]   [0.25  0.25; 0.25  0.25]
    │  ∂out/∂z = 0.25
    ●  out = mean(z)             4.5                          1
    """
    return GraphDrawing(read("show", tensor, gradient, max_nodes, names))
