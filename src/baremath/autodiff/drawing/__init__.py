"""The computation graph, drawn: as text, SVG, HTML and for Graphviz."""

from baremath.autodiff.drawing.drawn import GraphDrawing, show

__all__ = ["GraphDrawing", "show"]
