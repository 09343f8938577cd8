"""The order of faces by the labels of their units, from packed keys.

A face is its word, an integer with a few bits a unit. Neighbouring units are taken together into
fields of up to sixteen bits; of the fields that occur, few beside the faces, the labels are read
once and ranked, and the ranks of all fields are packed into one integer a face (with NumPy, where
it is installed and the faces are many, into columns of 64 bits). Comparing these is comparing the
tuples of labels; no tuple is made for a face.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any, Protocol

from piecewise_mt.functions.atoms import Atom, Label

FIELD = 16
"""The bits of a field, unless one unit alone has more."""
MANY = 4096
"""From so many faces on, importing NumPy pays."""


class LabelledUnit(Protocol):
    """What is read of a unit of a program."""

    @property
    def atom(self) -> Atom: ...
    @property
    def bit(self) -> int: ...


Read = Callable[[Atom, int], Label]
"""The key of a unit whose bits are these."""


def label_of(atom: Atom, bits: int) -> Label:
    """The label itself."""
    return atom.label(bits)


def branch_of(atom: Atom, bits: int) -> Label:
    """The branch of the label under the tie rule."""
    return atom.branch(atom.label(bits))


def label_order(units: Sequence[LabelledUnit], words: Sequence[int]) -> list[int]:
    """Positions of the words, sorted by the labels of all units, then by the words themselves.

    Examples
    --------
    Of one relu, the bits 2, 1 and 0 mean negative, positive and zero:

    >>> import piecewise_mt as mt
    >>> from piecewise_mt.calculus.evaluation.program import compile_program
    >>> units = compile_program(mt.relu(mt.variable("x"))).units
    >>> label_order(units, [0b001, 0b011, 0b101])
    [2, 1, 0]
    """
    numpy = _numpy(len(words))
    if numpy is None:
        keys = _packed(units, words, label_of)
        if len(set(keys)) == len(keys):
            return sorted(range(len(words)), key=keys.__getitem__)
        return sorted(range(len(words)), key=lambda i: (keys[i], words[i]))
    return _label_order(numpy, units, _table(numpy, units, words), words)


def packed_label_order(
    units: Sequence[LabelledUnit], raw: bytes, size: int, strict: int
) -> list[int] | None:
    """Positions of those words that have the `strict` bits, in the order of :func:`label_order`.

    The words are `size` bytes each, little-endian. None without NumPy, and for a few words.

    Examples
    --------
    Labels of single units need no numbers made of their bytes:

    >>> import piecewise_mt as mt
    >>> from piecewise_mt.calculus.evaluation.program import compile_program
    >>> units = compile_program(mt.relu(mt.variable("x"))).units
    >>> packed_label_order(units, bytes([1, 3, 5, 2] * 1024), 1, 1)[:2]
    [2, 6]
    """
    numpy = _numpy(len(raw) // size)
    if numpy is None:
        return None
    given = numpy.frombuffer(raw, dtype=numpy.uint8).reshape(-1, size)
    kept = numpy.ones(len(given), dtype=bool)
    for place, byte in enumerate(strict.to_bytes(size, "little")):
        if byte:
            kept &= given[:, place] & byte == byte
    places = numpy.flatnonzero(kept)
    table = numpy.zeros((len(places), max(size, _length(units) - 2) + 2), dtype=numpy.uint8)
    table[:, :size] = given[places]
    order = _label_order(numpy, units, table, _Packed(table.tobytes(), table.shape[1]))
    found: list[int] = places[order].tolist()
    return found


class _Packed(Sequence[int]):
    """Words that are made when they are asked for."""

    def __init__(self, raw: bytes, size: int) -> None:
        self._raw = raw
        self._size = size

    def __len__(self) -> int:
        return len(self._raw) // self._size

    def __getitem__(self, index: Any) -> Any:
        start = index * self._size
        return int.from_bytes(self._raw[start : start + self._size], "little")


def _label_order(
    numpy: Any, units: Sequence[LabelledUnit], table: Any, words: Sequence[int]
) -> list[int]:
    order, first = _sorted_columns(numpy, _columns(numpy, units, table, words, label_of))
    result: list[int] = order.tolist()
    if not first.all():
        # faces with equal labels differ in the bits of a domain
        starts = [*numpy.flatnonzero(first).tolist(), len(result)]
        for at in numpy.flatnonzero(numpy.diff(starts) > 1).tolist():
            run = slice(starts[at], starts[at + 1])
            result[run] = sorted(result[run], key=words.__getitem__)
    return result


def branch_groups(units: Sequence[LabelledUnit], words: Sequence[int]) -> list[list[int]]:
    """Positions of the words by the branches of all units, in increasing order of these.

    Examples
    --------
    The tie joins the left:

    >>> import piecewise_mt as mt
    >>> from piecewise_mt.calculus.evaluation.program import compile_program
    >>> units = compile_program(mt.relu(mt.variable("x"), at_zero=0)).units
    >>> branch_groups(units, [0b001, 0b011, 0b101])
    [[0, 2], [1]]
    """
    numpy = _numpy(len(words))
    if numpy is None:
        keys = _packed(units, words, branch_of)
        order = sorted(range(len(words)), key=keys.__getitem__)
        return [list(group) for _, group in groupby(order, keys.__getitem__)]
    order, first = _sorted_columns(
        numpy, _columns(numpy, units, _table(numpy, units, words), words, branch_of)
    )
    if first.all():
        return [[i] for i in order.tolist()]
    starts = numpy.flatnonzero(first).tolist()
    positions = order.tolist()
    return [positions[i:j] for i, j in zip(starts, [*starts[1:], len(positions)])]


def _numpy(count: int) -> Any:
    """NumPy, if it is there and worth its import."""
    if count < MANY:
        return None
    try:
        import numpy
    except ImportError:
        return None
    return numpy


def _fields(units: Sequence[LabelledUnit]) -> Iterator[tuple[int, int, Sequence[LabelledUnit]]]:
    """Neighbouring units whose bits fit into a field: its first bit, its width, the units."""
    start = 0
    while start < len(units):
        bit = end = units[start].bit
        stop = start
        while stop < len(units) and units[stop].bit == end:
            grown = end + units[stop].atom.bits
            if stop > start and grown - bit > FIELD:
                break
            end, stop = grown, stop + 1
        yield bit, end - bit, units[start:stop]
        start = stop


def _ranks(
    found: Sequence[int], bit: int, units: Sequence[LabelledUnit], read: Read
) -> tuple[list[int], int]:
    """The rank of each of these different fields among them, and how many ranks there are."""
    known: dict[tuple[int, int], Label] = {}
    keys = []
    for field in found:
        key = []
        for place, unit in enumerate(units):
            own = (field >> (unit.bit - bit)) & ((1 << unit.atom.bits) - 1)
            label = known.get((place, own))
            if label is None:
                label = known[place, own] = read(unit.atom, own)
            key.append(label)
        keys.append(tuple(key))
    rank_of = {key: rank for rank, key in enumerate(sorted(set(keys)))}
    return [rank_of[key] for key in keys], len(rank_of)


def _packed(units: Sequence[LabelledUnit], words: Sequence[int], read: Read) -> list[int]:
    """One integer a word, which compare as the tuples of all units' keys do."""
    keys = [0] * len(words)
    for bit, width, members in _fields(units):
        ranks, count = _field_ranks(words, bit, width, members, read)
        if count > 1:
            keys = [key * count + rank for key, rank in zip(keys, ranks)]
    return keys


def _field_ranks(
    words: Sequence[int], bit: int, width: int, units: Sequence[LabelledUnit], read: Read
) -> tuple[Iterator[int], int]:
    """The rank of every word's field, and how many there are."""
    mask = (1 << width) - 1
    own = [(word >> bit) & mask for word in words]
    found = sorted(set(own))
    ranks, count = _ranks(found, bit, units, read)
    return map(dict(zip(found, ranks)).__getitem__, own), count


def _length(units: Sequence[LabelledUnit]) -> int:
    """The bytes of a row: two beyond the last bit, so that a field may always read three."""
    return (max((u.bit + u.atom.bits for u in units), default=0) + 7) // 8 + 2


def _table(numpy: Any, units: Sequence[LabelledUnit], words: Sequence[int]) -> Any:
    """The bytes of the words as an array with a row a word."""
    length = _length(units)
    keep = (1 << (8 * length)) - 1
    widest = max(words, default=0)
    cut = (word & keep for word in words) if widest > keep else words
    stored = b"".join([word.to_bytes(length, "little") for word in cut])
    return numpy.frombuffer(stored, dtype=numpy.uint8).reshape(len(words), length)


def _columns(
    numpy: Any, units: Sequence[LabelledUnit], table: Any, words: Sequence[int], read: Read
) -> Any:
    """Columns of 64 bits, the most significant first, which compare as the tuples of keys do."""
    columns: list[Any] = []
    size = 2**63
    for bit, width, members in _fields(units):
        if width > FIELD:
            given, count = _field_ranks(words, bit, width, members, read)
            ranks = numpy.fromiter(given, dtype=numpy.int64, count=len(words))
        else:
            first = bit // 8
            own = table[:, first].astype(numpy.int64)
            own |= table[:, first + 1].astype(numpy.int64) << 8
            own |= table[:, first + 2].astype(numpy.int64) << 16
            own = (own >> (bit % 8)) & ((1 << width) - 1)
            found = numpy.flatnonzero(numpy.bincount(own, minlength=1 << width))
            of_found, count = _ranks(found.tolist(), bit, members, read)
            lookup = numpy.zeros(1 << width, dtype=numpy.int64)
            lookup[found] = of_found
            ranks = lookup[own]
        if count < 2:
            continue
        if size * count >= 2**63:
            columns.append(ranks)
            size = count
        else:
            columns[-1] = columns[-1] * count + ranks
            size *= count
    return columns or [numpy.zeros(len(words), dtype=numpy.int64)]


def _sorted_columns(numpy: Any, columns: Sequence[Any]) -> tuple[Any, Any]:
    """The order of the rows, stable, and where it has a row that is not equal to the one before."""
    order = columns[0].argsort(kind="stable") if len(columns) == 1 else numpy.lexsort(columns[::-1])
    first = numpy.ones(len(order), dtype=bool)
    if len(order):
        first[1:] = False
        for column in columns:
            own = column[order]
            first[1:] |= own[1:] != own[:-1]
    return order, first
