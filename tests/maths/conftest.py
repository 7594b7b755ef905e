"""A derivation that uses everything: sums, fractions, matrices, names that aren't safe."""

import numpy as np
import pytest

from baremath.maths import (
    Derivation,
    Step,
    Terms,
    factor,
    matrix,
    number,
    product_sum,
    signed_sum,
    vector,
)

FEATURES = [
    *["longitude", "latitude", "housing_median_age", "total_rooms", "total_bedrooms"],
    *["population", "households", "median_income", "<script>alert(1)</script>", "R&D 5% #1"],
    *["ocean_proximity = <1H OCEAN", "x_1", "größe ~ {ß}^2 \\ $|"],
]
WEIGHTS = [-26838.0, -25468.3, 1102.2, -6.02, 102.78, -38.17, 48.25, 39473.9, 0, -3.2, 1e-7, 2, 3]
ROW = [-122.23, 37.88, 41.0, 880.0, 129.0, 322.0, 126.0, 8.3252, -0.0, 0.0, 1.0, 1.0, -1.0]
CONSTANT = -2270012.3


def _prediction() -> Step:
    products = [w * x for w, x in zip(WEIGHTS, ROW, strict=True)]
    return Step(
        title="The prediction of <this> row, term by term & all",
        symbol=r"\hat{y}",
        formula=r"b + \sum_{j=1}^{13} w_j x_j",
        substituted=product_sum(CONSTANT, WEIGHTS, ROW),
        value=CONSTANT + sum(products),
        expression="b + sum(w * x)",
        inputs={"b": CONSTANT, "w": WEIGHTS, "x": np.array(ROW)},
        terms=Terms(
            (r"\text{feature}", "w_j", "x_j", r"w_j \cdot x_j"),
            tuple(zip(FEATURES, WEIGHTS, ROW, products, strict=True)),
        ),
        note="In US dollars; <b>not</b> in thousands.",
    )


def _normal_equations() -> Step:
    gram, moments = np.array([[4.0, 10.0], [10.0, 30.0]]), np.array([24.0, 70.0])
    return Step(
        title="The normal equations",
        symbol=r"\mathbf{w}",
        formula=r"(\mathbf{X}^\top \mathbf{X})^{-1} \mathbf{X}^\top \mathbf{y}",
        substituted=f"{matrix(gram)}^{{-1}} {vector(moments)}",
        value=np.linalg.solve(gram, moments),
        expression="linalg.solve(A, v)",
        inputs={"A": gram, "v": moments},
    )


def _probability() -> Step:
    z = -0.4321
    return Step(
        title="The probability",
        symbol=r"\sigma(z)",
        formula=r"\frac{1}{1 + e^{-z}}",
        substituted=rf"\frac{{1}}{{1 + e^{{-{factor(z)}}}}}",
        value=1 / (1 + np.exp(-z)),
        expression="1 / (1 + exp(-z))",
        inputs={"z": z},
    )


def _loss() -> Step:
    predicted, actual = [3.1, 4.0, -1.0], [2.0, 5.5, 2.0]
    squares = signed_sum(
        [f"({number(p)} - {factor(y)})^2" for p, y in zip(predicted, actual, strict=True)]
    )
    return Step(
        title="The loss",
        symbol="L",
        formula=r"\frac{1}{2N} \sum_{i=1}^{N} \left(\hat{y}_i - y_i\right)^2",
        substituted=rf"\frac{{1}}{{2 \cdot 3}} \left({squares}\right)",
        value=(1.1**2 + 1.5**2 + 3.0**2) / 6,
        expression="mean((p - y) ** 2) / 2",
        inputs={"p": predicted, "y": actual},
    )


def _descent() -> Step:
    return Step(
        title="One step of descent",
        symbol="w_1",
        relation=r"\leftarrow",
        formula=r"w_1 - \alpha \frac{\partial L}{\partial w_1}",
        substituted=r"3 - 0.1 \cdot (-2)",
        value=3.2,
        expression="w - alpha * slope",
        inputs={"w": 3.0, "alpha": 0.1, "slope": -2.0},
    )


def _decision() -> Step:
    return Step(
        title="The class",
        symbol=r"\hat{y}",
        formula=r"\begin{cases} \text{yes} & \text{if } z \ge 0 \\ \text{no} & \text{otherwise}"
        r" \end{cases}",
        substituted="",
        value="no",
        expression="where(z >= 0, 'yes', 'no')",
        inputs={"z": -0.4321},
    )


@pytest.fixture(scope="session")
def example() -> Derivation:
    steps = (_prediction(), _normal_equations(), _probability(), _loss(), _descent(), _decision())
    return Derivation("Row 3 of <script>alert('t')</script> & co", steps)
