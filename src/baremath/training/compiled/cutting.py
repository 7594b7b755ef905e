"""How a step is cut into tiles, shards and chunks: decided by the problem, never the machine."""

from __future__ import annotations

from baremath.compiler.backends.native.driver import Cut

#: Parameters that are updated at a time: their vectors fit the first cache.
CHUNK = 4096

#: Rows of a tile are a multiple of this, the widest vector of float32.
LANES = 16

#: Floating-point operations from which a batch is worth a shard more.
SHARD_FLOPS = 500_000

#: Rows of a batch from which it gets a third shard, and more.
SHARD_ROWS = 128

#: Shards of a batch, at most: more threads than this find nothing to do.
MOST_SHARDS = 8

#: Rows of a tile, at most: few enough for the cache, many enough for vectors along them.
MOST_ROWS = 128


def cut_of(rows: int, n_parameters: int, *, parts: bool, elementwise: bool) -> Cut:
    """Return the cut of a batch.

    Parameters
    ----------
    rows : int
        Of a batch.
    n_parameters : int
        Of the module.
    parts : bool
        Whether the rows can be cut.
    elementwise : bool
        Whether the parameters can.
    """
    chunk = min(n_parameters, CHUNK) if elementwise else n_parameters
    if not parts:
        return Cut(rows, 1, 1, n_parameters, chunk)
    flops = 6 * n_parameters * rows
    shards = min(MOST_SHARDS, flops // SHARD_FLOPS, max(2, rows // SHARD_ROWS), rows // LANES)
    shards = max(1, shards)
    tile = min(_rounded(-(-rows // shards)), MOST_ROWS)
    if shards == 1:
        tile = min(tile, rows)
    tiles = -(-rows // tile)
    return Cut(tile, tiles, min(shards, tiles), n_parameters, chunk)


def _rounded(rows: int) -> int:
    return -(-rows // LANES) * LANES
