"""The binary message: a JSON header, and arrays after it."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_CODES = {"|u1": "u1", "<f4": "f4", "<f8": "f8", "<i4": "i4"}


def encode(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return a header and arrays as one message.

    The length of the header as a little-endian uint32; the header as JSON, padded by spaces until
    the payload begins at a multiple of 8; the arrays, each at an offset that is one too.

    Parameters
    ----------
    header : mapping
        What JSON can hold; ``"arrays"`` is added: name, dtype, shape, offset.
    arrays : mapping of str to ndarray of uint8, int32, float32 or float64

    Examples
    --------
    >>> message = encode({"seq": 7}, {"y": np.zeros(3, np.float32)})
    >>> message[4:].split(b"}]}")[0], len(message)
    (b'{"seq": 7, "arrays": [{"name": "y", "dtype": "f4", "shape": [3], "offset": 0', 104)
    """
    described, parts, offset = [], [], 0
    for name, array in arrays.items():
        data = np.ascontiguousarray(array)
        padding = -data.nbytes % 8
        described.append(
            {
                "name": name,
                "dtype": _CODES[data.dtype.str],
                "shape": list(data.shape),
                "offset": offset,
            }
        )
        parts += [data.tobytes(), bytes(padding)]
        offset += data.nbytes + padding
    text = json.dumps({**header, "arrays": described}, allow_nan=False).encode()
    text += b" " * (-(4 + len(text)) % 8)
    return b"".join([struct.pack("<I", len(text)), text, *parts])


def decode(message: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return the header and the arrays of a message, as the page reads it.

    Examples
    --------
    >>> header, arrays = decode(encode({"seq": 7}, {"X": np.eye(2)}))
    >>> header["seq"], arrays["X"].tolist()
    (7, [[1.0, 0.0], [0.0, 1.0]])
    """
    (length,) = struct.unpack_from("<I", message)
    header = json.loads(message[4 : 4 + length])
    arrays = {}
    for one in header["arrays"]:
        count = int(np.prod(one["shape"], dtype=int))
        start = 4 + length + one["offset"]
        arrays[one["name"]] = np.frombuffer(
            message, np.dtype(one["dtype"]).newbyteorder("<"), count, start
        ).reshape(one["shape"])
    return header, arrays


def picture(values: NDArray[Any], low: float = -1.0, high: float = 1.0) -> NDArray[np.uint8]:
    """Return numbers as 0 … 255 between two bounds; what isn't a number is as the higher one."""
    within = np.fmax(np.fmin(values, high), low)
    numbers: NDArray[np.uint8] = ((within - low) * (255 / (high - low)) + 0.5).astype(np.uint8)
    return numbers
