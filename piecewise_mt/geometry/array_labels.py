"""Words in chunks of 64 bits, one row a chunk: masks, patterns of bits, and numbers for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = Any


def chunked(words: Sequence[int], count: int) -> Array:
    """Words as arrays of so many chunks."""
    if count == 1:
        return np.array(words, dtype=np.uint64).reshape(1, -1)
    raw = b"".join([word.to_bytes(8 * count, "little") for word in words])
    rows = np.frombuffer(raw, dtype="<u8").reshape(-1, count)
    return np.ascontiguousarray(rows.T.astype(np.uint64))


def integers(words: Array) -> list[int]:
    """Words as integers of any size."""
    if len(words) == 1:
        found: list[int] = words[0].tolist()
        return found
    size = 8 * len(words)
    raw = np.ascontiguousarray(words.T).astype("<u8").tobytes()
    return [int.from_bytes(raw[i : i + size], "little") for i in range(0, len(raw), size)]


def meets(words: Array, mask: Array) -> Array:
    """Which words have a bit of a mask."""
    return (words & mask[:, None]).any(axis=0)


def covers(words: Array, mask: Array) -> Array:
    """Which words have all bits of a mask."""
    return ((words & mask[:, None]) == mask[:, None]).all(axis=0)


def counted_bits(words: Array) -> list[int]:
    """How many words have each bit."""
    one = np.uint64(1)
    return [int((chunk >> np.uint64(bit) & one).sum()) for chunk in words for bit in range(64)]


def numbered(words: Array) -> tuple[Array, int]:
    """A number below their count for every word, equal for equal ones; and that count."""
    ids, count = np.zeros(words.shape[1], dtype=np.intp), 1
    for chunk in words:
        if not len(chunk) or chunk.min() == chunk.max():
            continue
        found, own = np.unique(chunk, return_inverse=True)
        if count > 1:
            # below the square of the count of words
            found, own = np.unique(ids * len(found) + own, return_inverse=True)
        ids, count = own, len(found)
    return ids, count


def firsts(ids: Array, count: int) -> tuple[int, Array]:
    """How many different ones there are, and for each its place in the order of appearance."""
    first = np.empty(count, dtype=np.intp)
    # of equal indices the last one is written
    first[ids[::-1]] = np.arange(len(ids) - 1, -1, -1)
    own = ids[first[ids] == np.arange(len(ids))]
    place = np.full(count, -1, dtype=np.intp)
    place[own] = np.arange(len(own))
    return len(own), place


def patterns(words: Array, bits: range) -> tuple[list[int], Array]:
    """The different patterns of some bits, as integers, and which one every word has."""
    start, stop = bits.start // 64, (bits.stop + 63) // 64
    mask = chunked([((1 << len(bits)) - 1) << bits.start], len(words))
    own = words[start:stop] & mask[start:stop]
    ids, count = numbered(own)
    where = np.empty(count, dtype=np.intp)
    where[ids] = np.arange(len(ids))
    shift = bits.start - 64 * start
    return [word >> shift for word in integers(own[:, where])] if len(ids) else [], ids
