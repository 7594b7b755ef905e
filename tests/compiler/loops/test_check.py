"""Checking: a program that would leave its memory is refused."""

import pytest

from baremath import scalar
from baremath.compiler.loops.check import ProgramError, check
from baremath.compiler.loops.language import (
    Accumulate,
    Buffer,
    Call,
    Cast,
    Index,
    Let,
    Load,
    Loop,
    MatMul,
    Matrix,
    Program,
    Store,
    Words,
)

X = Buffer("x", "float32", (4, 6), (6, 1), "x", 0, 24)
Y = Buffer("y", "float32", (4, 6), (6, 1), "arena", 16, 32)
HERE = Index((("i", 6), ("j", 1)))


def program(*body, buffers=(X, Y)):
    return Program("f", buffers, body)


def nest(*body, rows=4, columns=6):
    return Loop("i", rows, (Loop("j", columns, body, lanes=True),))


def test_a_program_that_stays_inside_is_right():
    copy = nest(Load("a", X, HERE), Store(Y, HERE, "a"))
    check(program(copy), {"x": 96, "arena": 192})
    backwards = Index((("i", -6), ("j", -1)), 23)
    check(program(nest(Load("a", X, backwards), Store(Y, HERE, "a"))))
    check(program(nest(Load("a", X, Index((("i", 100),))), rows=0)))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (nest(Load("a", X, HERE), rows=5), "room for 24 elements, and is accessed from 0 to 29"),
        (nest(Load("a", X, Index((("i", 6), ("j", 1)), -1))), "from -1 to 22"),
        (nest(Load("a", X, HERE), Store(Y, Index((("i", 8), ("j", 2))), "a")), "from 0 to 34"),
        (MatMul(Matrix(Y, Index(), 6, 1), *[Matrix(X, Index(), 6, 1)] * 2, 4, 6, 6), "0 to 35"),
        (Words(Y, X, X, 0, 33), "from 0 to 32"),
        (Store(Y, Index(), "b"), "b is read before"),
        (Cast("a", "float64", "b"), "b is read before"),
        (Accumulate("s", "a"), "s is read before"),
        (Load("a", X, Index((("k", 1),))), "k is read before"),
    ],
)
def test_what_is_outside_is_refused(body, says):
    with pytest.raises(ProgramError, match=says):
        check(program(body))


def test_a_buffer_lies_in_its_space():
    with pytest.raises(ProgramError, match="takes the bytes 64 to 192 of arena, which has 191"):
        check(program(), {"arena": 191})
    below = Buffer("z", "float32", (1,), (1,), "z", -1, 1)
    with pytest.raises(ProgramError, match="bytes -4"):
        check(program(buffers=(below,)))


def test_a_call_reads_what_its_strides_say():
    view = Buffer("v", "float32", (3, 9), (8, 1), "x", 0, 24)
    with pytest.raises(ProgramError, match="from 0 to 24"):
        check(program(Call("exp", {}, (view,), Y), buffers=(view, Y)))


def test_every_buffer_is_the_programs():
    with pytest.raises(ProgramError, match="isn't one of the program's"):
        check(program(Load("a", Y, Index()), buffers=(X,)))


def test_no_lanes_inside_of_lanes():
    inner = Loop("j", 6, (Load("a", X, HERE),), lanes=True)
    with pytest.raises(ProgramError, match="lanes inside of lanes"):
        check(program(Loop("i", 4, (inner,), lanes=True)))


def test_steps_read_nothing_of_what_came_before_but_from_memory():
    here = Index((("t", 6),))
    load, store = Load("a", X, Index()), Store(Y, here, "a")
    check(program(Loop("t", 4, (load, store), serial=True)))
    with pytest.raises(ProgramError, match="a is read before"):
        check(program(load, Loop("t", 4, (store,), serial=True)))
    with pytest.raises(ProgramError, match="from 0 to 36"):
        check(program(Loop("t", 7, (Loop("i", 1, (load, store)),), serial=True)))


def test_integers_from_memory_are_left_to_who_calls():
    k = Buffer("k", "int64", (3,), (1,), "k", 0, 3)
    body = Loop(
        "i",
        3,
        (
            Load("p", k, Index((("i", 1),))),
            Let("q", "int64", scalar.variable("p") + 4),
            Load("a", X, Index((("q", 6),))),
        ),
    )
    check(program(body, buffers=(X, k)))
