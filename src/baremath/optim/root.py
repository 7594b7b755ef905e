"""root: the square root by which adaptive rules divide, smooth enough to be differentiated."""

from __future__ import annotations

import numpy as np

from baremath import scalar
from baremath.autodiff import elementwise, where

# A mean of squares is 0 only if every gradient so far was, as those of a dead ReLU are, and then
# its own derivative by them is 0 too; sqrt's infinite slope times that would be NaN.
root = elementwise(
    "root",
    np.sqrt,
    lambda g, y, _x: where(y > 0, g * 0.5 / where(y > 0, y, 1.0), 0.0),
    scalar=scalar.sqrt,
    latex=r"\sqrt{{{0}}}",
    derivative_latex=r"\frac{{[{0} > 0]}}{{2 \sqrt{{{0}}}}}",
    domain=(0.2, 5),
)
