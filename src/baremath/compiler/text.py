"""Text: a graph as it can be read, a line for each node, and read back."""

from __future__ import annotations

import ast
import base64
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from baremath.autodiff.drawing.numbers import summary
from baremath.compiler.ir import CONSTANT, INPUT, Graph, Node, constant

#: A constant of up to this many elements is written as numbers.
SHORT = 8

_NAME = r"[A-Za-z_]\w*(?:\.\w+|\[-?\d+\]|\['[\w. -]*'\])*'*"
_TEXT = r'"(?:[^"\\]|\\.)*"'
_SAFE = re.compile(_NAME)
_TYPE = r"(\w+)\[([\d,]*)\]"
_HEAD = re.compile(rf"({_NAME}|{_TEXT})\((.*)\):")
_INPUT = re.compile(rf"({_NAME}|{_TEXT}): {_TYPE}(?:, )?")
_LINE = re.compile(rf"(%\d+) = (\w+)\((.*)\) +: {_TYPE}(?: +# (.*))?")
_OUTPUT = re.compile(rf"({_NAME}|{_TEXT}) = (%\d+|{_NAME}|{_TEXT})(?:, )?")
_OPERAND = re.compile(rf"(%\d+)|([-\w.+]+):(\w+)(?=,|$)|({_NAME}|{_TEXT})(?=,|$)|([-\w.+]+)")
_ATTRIBUTE = re.compile(r"(\w+)=(?!=)")

#: How much of a text among the attributes is printed.
MOST_SHOWN = 40

#: Names that stand for values in attributes.
_WORDS = {"inf": np.inf, "nan": np.nan}


class GraphTextError(ValueError):
    """A text that is no graph, or a graph that can't be written."""


def written(graph: Graph, *, full: bool = True) -> str:
    """Return a graph as text.

    Parameters
    ----------
    graph : Graph
        What is computed.
    full : bool, default=True
        Whether every number is written, so that `parse` can read the text; else, as `print` does
        it, large constants are summed up, and long texts cut short.

    Examples
    --------
    >>> import re
    >>> import numpy as np
    >>> from baremath.compiler.trace import trace
    >>> def f(x):
    ...     return 2.0 * np.tanh(x)
    >>> print(re.sub(" *# .*", "", written(trace(f, np.ones(3)).graph)))  # without the lines
    f(x: float64[3]):
      %0 = tanh(x)           : float64[3]
      %1 = multiply(2.0, %0) : float64[3]
      return out = %1
    """
    shown = {node: _name(name) for name, node in graph.inputs.items()}
    inputs = ", ".join(f"{shown[node]}: {_type(node)}" for node in graph.inputs.values())
    inline = _inline(graph)
    lines: list[tuple[str, Node]] = []
    for node in graph.nodes:
        if node.op != INPUT and node not in inline:
            shown[node] = f"%{len(lines)}"
            operands = _operands(node, shown, inline) if full else _short(node, shown, inline)
            lines.append((f"{shown[node]} = {node.op}({operands})", node))
    width = max([len(text) for text, _ in lines if len(text) <= 50], default=0)
    body = [
        f"  {text:{width}} : {_type(node)}" + (f"   # {node.line}" if node.line else "")
        for text, node in lines
    ]
    outputs = ", ".join(f"{_name(name)} = {shown[node]}" for name, node in graph.outputs.items())
    return "\n".join([f"{_name(graph.name)}({inputs}):", *body, f"  return {outputs}"])


def parse(text: str) -> Graph:
    """Return the graph that was written.

    Raises
    ------
    GraphTextError
        If the text is none; the message holds the line.
    """
    head, *body, end = text.strip().split("\n")
    found = _matched(_HEAD, head)
    named: dict[str, Node] = {}
    inputs: dict[str, Node] = {}
    for part in _all(_INPUT, found[2]):
        name, (dtype, shape) = _plain(part[1]), _read_type(part[2], part[3])
        named[part[1]] = inputs[name] = Node(INPUT, (), {"name": name}, shape, dtype)
    for line in body:
        part = _matched(_LINE, line.strip())
        dtype, shape = _read_type(part[4], part[5])
        named[part[1]] = _node(part[2], part[3], shape, dtype, part[6] or "", named)
    if not end.strip().startswith("return "):
        raise GraphTextError(f"the last line begins with return, not {end!r}")
    outputs = {
        _plain(part[1]): _known(part[2], named)
        for part in _all(_OUTPUT, end.strip().removeprefix("return "))
    }
    return Graph(inputs, outputs, _plain(found[1]))


# Writing


def _inline(graph: Graph) -> dict[Node, str]:
    """Return the text of constants that are written where they are read: single numbers."""
    uses = Counter(x for node in graph.nodes for x in node.inputs)
    uses.update(graph.outputs.values())
    readers = {x: node for node in graph.nodes for x in node.inputs}
    inline = {}
    for node in graph.nodes:
        if node.op == CONSTANT and node.shape == () and uses[node] == 1 and node in readers:
            reader = readers[node]
            text = _number(node.attributes["value"])
            if text is not None and node.line == reader.line:
                plain = node.dtype == reader.dtype and not text[0].isalpha()  # nan may be a name
                inline[node] = text if plain else f"{text}:{node.dtype}"
    return inline


def _operands(node: Node, shown: dict[Node, str], inline: dict[Node, str]) -> str:
    if node.op == CONSTANT:
        return _constant(node.attributes["value"])
    operands = [inline[x] if x in inline else shown[x] for x in node.inputs]
    operands += [f"{name}={_literal(value, node)}" for name, value in node.attributes.items()]
    return ", ".join(operands)


def _short(node: Node, shown: dict[Node, str], inline: dict[Node, str]) -> str:
    """Return the operands as they are printed: arrays and texts that are long summed up."""
    if node.op == CONSTANT and node.size > SHORT:
        return ", ".join(summary(node.attributes["value"]))
    cut = {
        name: f"{value[:MOST_SHOWN]}..."
        if isinstance(value, str) and len(value) > MOST_SHOWN
        else value
        for name, value in node.attributes.items()
    }
    return _operands(replace(node, attributes=cut), shown, inline)


def _number(value: Any) -> str | None:
    """Return a number as text, or None if the text would read as another."""
    text = repr(value.item())
    if value.dtype.kind == "f":
        text = str(value[()])
        text = text if any(c in text for c in ".en") else f"{text}.0"
    same = np.array(_value(text), value.dtype).tobytes() == value.tobytes()
    return text if same else None


def _constant(array: Any) -> str:
    if array.size <= SHORT:
        numbers = [_number(x) for x in array.reshape(-1)]
        if None not in numbers:
            return f"[{', '.join(map(str, numbers))}]"
    return f'"{base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()}"'


def _literal(value: Any, node: Node) -> str:
    """Return an attribute as Python writes it."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, tuple):
        inner = [_literal(part, node) for part in value]
        return f"({', '.join(inner)}{',' if len(inner) == 1 else ''})"
    if isinstance(value, slice):
        return f"slice({value.start}, {value.stop}, {value.step})"
    if isinstance(value, np.dtype):
        return f"dtype('{value}')"
    if value is Ellipsis:
        return "..."
    if value is None or isinstance(value, bool | int | float | str):
        return _quoted(value) if isinstance(value, str) else repr(value)
    raise GraphTextError(
        f"{node.op} has an attribute that is a {type(value).__name__}; a text can hold numbers, "
        "texts, slices, dtypes, None, ... and tuples of them"
    )


def _name(name: str) -> str:
    return name if _SAFE.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    escaped = text.encode("unicode_escape").decode().replace('"', r"\"")
    return f'"{escaped}"'


def _type(node: Node) -> str:
    return f"{node.dtype}[{','.join(map(str, node.shape))}]"


# Reading


def _node(op: str, content: str, shape: Any, dtype: Any, line: str, named: dict[str, Node]) -> Node:
    if op == CONSTANT:
        value = _read_constant(content, shape, dtype)
        return constant(value, line=line)
    operands: list[Node] = []
    at = 0
    while at < len(content) and not _ATTRIBUTE.match(content, at):
        part = _OPERAND.match(content, at)
        if part is None:
            raise GraphTextError(f"{content[at:]!r} is no operand")
        number = part[2] or part[5]
        if number is not None and part[0] not in named:
            operands.append(constant(_value(number), part[3] or dtype, line))
        else:
            operands.append(_known(part[0], named))
        at = part.end() + 2  # a comma and a space
    attributes = {}
    call = ast.parse(f"f({content[at:]})", mode="eval").body
    assert isinstance(call, ast.Call)
    for keyword in call.keywords:
        attributes[str(keyword.arg)] = _evaluated(keyword.value)
    return Node(op, tuple(operands), attributes, shape, dtype, line)


def _read_constant(content: str, shape: Any, dtype: Any) -> Any:
    value = _value(content)
    if isinstance(value, str):
        return np.frombuffer(base64.b64decode(value), dtype).reshape(shape)
    return np.array(value, dtype).reshape(shape)


def _value(text: str) -> Any:
    return _evaluated(ast.parse(text, mode="eval").body)


def _evaluated(node: ast.AST) -> Any:
    """Return the value of a literal."""
    match node:
        case ast.Constant(value=str(text)):
            return sys.intern(text)  # operations compare their words by identity
        case ast.Constant(value=value):
            return value
        case ast.Name(id=word) if word in _WORDS:
            return _WORDS[word]
        case ast.Tuple(elts=parts):
            return tuple(map(_evaluated, parts))
        case ast.List(elts=parts):
            return list(map(_evaluated, parts))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_evaluated(operand)
        case ast.Call(func=ast.Name(id="slice"), args=parts):
            return slice(*map(_evaluated, parts))
        case ast.Call(func=ast.Name(id="dtype"), args=[part]):
            return np.dtype(_evaluated(part))
    raise GraphTextError(f"{ast.unparse(node)!r} is no value")


def _known(text: str, named: dict[str, Node]) -> Node:
    if text not in named:
        raise GraphTextError(f"{text} is read before it is computed")
    return named[text]


def _plain(name: str) -> str:
    return str(ast.literal_eval(name)) if name.startswith('"') else name


def _read_type(dtype: str, lengths: str) -> tuple[np.dtype[Any], tuple[int, ...]]:
    return np.dtype(dtype), tuple(int(n) for n in lengths.split(",") if n)


def _matched(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    found = pattern.fullmatch(text)
    if found is None:
        raise GraphTextError(f"{text!r} is no line of a graph")
    return found


def _all(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Yield matches that cover the text without a gap."""
    at = 0
    while at < len(text):
        found = pattern.match(text, at)
        if found is None:
            raise GraphTextError(f"{text[at:]!r} can't be read")
        yield found
        at = found.end()
