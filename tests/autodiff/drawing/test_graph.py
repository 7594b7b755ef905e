"""What is drawn is what was computed: values, gradients, and derivatives by finite differences."""

import numpy as np
import pytest

from baremath import autodiff as ad
from baremath.autodiff import tensor
from baremath.autodiff.drawing import show
from baremath.autodiff.drawing.graph import read


def boxes(drawing):
    return {box.name: box for box in drawing.graph.boxes}


def arrows(drawing):
    graph = drawing.graph
    return {(arrow.source, graph.boxes[arrow.end].name): arrow for arrow in graph.arrows}


def test_the_circuit_of_the_lectures():
    start = {"w0": 2.0, "x0": -1.0, "w1": -3.0, "x1": -2.0, "w2": -3.0}
    w0, x0, w1, x1, w2 = [tensor(v, requires_grad=True, name=k) for k, v in start.items()]
    found = boxes(show(1 / (1 + ad.exp(-(w0 * x0 + w1 * x1 + w2)))))
    assert found["out"].value == pytest.approx(0.73, abs=0.005)
    expected = {"w0": -0.20, "x0": 0.39, "w1": -0.39, "x1": -0.59, "w2": 0.20}
    for name, gradient in expected.items():
        assert found[name].gradient == pytest.approx(gradient, abs=0.005)
    operations = [box.operation for box in found.values() if box.operation]
    assert sorted(operations) == sorted(
        ["multiply", "multiply", "add", "add", "negative", "exp", "add", "divide"]
    )


def test_the_arrays_of_the_lectures():
    x = tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True, name="x")
    y = x - 2
    z = 3 * y**2
    drawing = show(z.mean(), names={"y": y, "z": z})
    found = boxes(drawing)
    assert found["out"].value == 4.5
    np.testing.assert_allclose(found["x"].gradient, 1.5 * (x.data - 2))
    np.testing.assert_allclose(found["y"].value, [[-1, 0], [1, 2]])
    np.testing.assert_allclose(arrows(drawing)["y", "v_1"].derivative, 2 * y.data)
    np.testing.assert_allclose(arrows(drawing)["v_1", "z"].derivative, 3)


def test_every_local_derivative_against_finite_differences(drawing):
    """Of elementwise operations, and of those whose result is one number."""
    checked, step = 0, 1e-5
    for arrow in drawing.graph.arrows:
        node = drawing.graph.boxes[arrow.end].node
        x = node.inputs[arrow.place]
        if arrow.derivative is None or not isinstance(x, np.ndarray):
            continue
        inputs = [np.array(part, dtype=float) for part in node.inputs]

        def moved(at, by, inputs=inputs, node=node, place=arrow.place):
            own = [part.copy() for part in inputs]
            own[place][at] += by
            return node.operation.value(*own, **node.attributes)

        if np.shape(arrow.derivative) == np.shape(node.output):  # every element at once
            slope = (moved(..., step) - moved(..., -step)) / (2 * step)
        else:
            slope = np.empty(x.shape)
            for at in np.ndindex(x.shape):
                slope[at] = (moved(at, step) - moved(at, -step)) / (2 * step)
        np.testing.assert_allclose(arrow.derivative, slope, rtol=1e-5, atol=1e-6)
        checked += 1
    assert checked or len(drawing.graph.boxes) > 10  # of the network all arrays are large


def test_shared_values_are_boxes_once():
    x = tensor(3.0, requires_grad=True, name="x")
    y = x * x
    drawing = show(y + ad.sin(y), names={"y": y})
    assert [box.name for box in drawing.graph.boxes] == ["x", "y", "v_1", "out"]
    assert len(drawing.graph.arrows) == 5  # x twice into y


def test_a_constant_used_twice_is_one_box_and_numbers_stand_in_the_formula():
    x, c = tensor([1.0, 2.0], requires_grad=True), tensor([3.0, 4.0])
    graph = show(((x * c + c) * 2).sum()).graph
    constants = [box for box in graph.boxes if box.kind == "constant"]
    assert [box.name for box in constants] == ["c_0"]
    np.testing.assert_array_equal(constants[0].value, [3, 4])
    assert constants[0].gradient is None
    assert any(box.formula.endswith(r"\cdot 2") for box in graph.boxes)


def test_names_are_the_users_or_counted_and_never_two_alike():
    a, b = (tensor(1.0, requires_grad=True, name="w_0") for _ in range(2))
    c, d = (tensor(1.0, requires_grad=True) for _ in range(2))
    names = [box.name for box in show(a + b + c + d).graph.boxes if box.kind == "leaf"]
    assert names == ["w_0", "w_0 (2)", "w_1", "w_2"]


def test_names_can_be_given_to_leaves_results_and_constants():
    x, c = tensor([1.0, 2.0], requires_grad=True), tensor([3.0, 4.0])
    y = x * c
    graph = show(y.sum(), names={"input": x, "product": y, "data": c}).graph
    assert {box.name for box in graph.boxes} == {"input", "product", "data", "out"}


def test_without_one_number_gradients_need_a_start():
    x = tensor([1.0, 2.0], requires_grad=True, name="x")
    drawing = show(x * x)
    assert all(box.gradient is None for box in drawing.graph.boxes)
    assert "No gradients: the output has shape (2,)" in drawing.to_text()
    with_start = boxes(show(x * x, [1.0, 10.0]))
    np.testing.assert_allclose(with_start["x"].gradient, [2, 40])


def test_the_gradients_are_those_of_backward(drawing):
    graph = drawing.graph
    leaves = [box for box in graph.boxes if box.kind == "leaf"]
    assert leaves
    for box in leaves:
        total = np.zeros(box.value.shape)
        for arrow in graph.arrows:
            if graph.boxes[arrow.start] is box:
                node, end = graph.boxes[arrow.end].node, graph.boxes[arrow.end]
                total += node.operation.vjp(
                    arrow.place, end.gradient, node.output, *node.inputs, **node.attributes
                )
        np.testing.assert_allclose(box.gradient, total, rtol=1e-5, atol=1e-7)


def test_a_value_is_the_one_that_was_used():
    w = tensor(2.0, requires_grad=True, name="w")
    out = w * 3
    with ad.no_grad():
        w -= 1.0
    assert boxes(show(out))["w"].value == 2.0


def test_a_deep_graph_is_cut_and_says_so():
    x = tensor(0.5, requires_grad=True, name="x")
    y = x
    for _ in range(5000):
        y = ad.sin(y) + x * 0.001
    drawing = show(y, max_nodes=20)
    assert len(drawing.graph.boxes) == 21  # 19 operations, x, and what is left out
    assert "14,981 earlier operations not shown" in drawing.to_text()
    assert drawing.graph.boxes[0].kind == "earlier"
    assert boxes(drawing)["x"].used_earlier
    for view in (drawing.to_svg(), drawing.to_dot(), drawing.to_html()):
        assert "14,981 earlier operations" in view


def test_a_gradient_of_a_gradient_can_be_drawn():
    w = tensor(2.0, requires_grad=True, name="w")
    (w**3).backward(create_graph=True)
    assert boxes(show(w.grad))["w"].gradient == pytest.approx(12.0)


def test_values_that_are_not_finite_are_drawn():
    x = tensor([np.nan, np.inf, -1.0], requires_grad=True, name="x")
    with np.errstate(all="ignore"):
        text = show(ad.sum(ad.log(x) * x)).to_text()
    assert "NaN" in text
    assert "∞" in text


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: show(3.0), TypeError, "given a Tensor, not float"),
        (lambda x: show(x.detach()), RuntimeError, "made from constants only"),
        (lambda x: show(x, max_nodes=0), ValueError, "max_nodes=0"),
        (lambda x: show(x, names={"y": 3}), TypeError, "names\\['y'\\] is a Tensor, not int"),
        (lambda x: show(x * 2, np.ones(3)), ValueError, "gradient has shape"),
        (lambda x: show(x).to_text(10), ValueError, "width=10"),
        (lambda x: show(x).save("graph.png"), ValueError, "not 'graph.png'"),
    ],
    ids=["number", "constant", "max_nodes", "names", "gradient", "width", "suffix"],
)
def test_what_cannot_be_drawn(call, error, message):
    with pytest.raises(error, match=message):
        call(tensor([1.0, 2.0], requires_grad=True))


def test_a_released_graph_says_what_to_do():
    w = tensor(2.0, requires_grad=True)
    out = w * w * 3
    out.backward(retain_graph=False)
    with pytest.raises(RuntimeError, match="leave that argument away"):
        show(out)


def test_the_function_that_was_called_is_named():
    with pytest.raises(TypeError, match=r"^derivation\(\)"):
        read("derivation", 3, None, 10, None)
