"""Nodes max(0, z) of a function put into layers, each of which reads the one before it only.

A node is in the layer after the last one that it reads. What a later layer reads is passed on: a
node, which is ≥ 0, by one neuron a layer; the variables by two neurons each, or if that is less the
affine forms of variables that are read later, which are split into positive and negative part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from piecewise_mt.calculus.forms.switching import Form, Switches
from piecewise_mt.exact.numbers import primitive

Layer = tuple[tuple[tuple[Fraction, ...], ...], tuple[Fraction, ...]]
"""The rows of W, and b."""
Stream = tuple[int, ...]
"""Integer factors of the variables: an affine form of them without a constant."""
Neuron = tuple[str, int | Stream]
"""("node", slot), or ("stream", factors): the positive part of that form of the variables."""


def layered(switches: Switches, outputs: Sequence[Form]) -> list[Layer]:
    """The weights and biases of all layers, the first one first."""
    return _Layers(switches, outputs).made()


class _Layers:
    def __init__(self, switches: Switches, outputs: Sequence[Form]) -> None:
        self.a = switches.a
        self.first = self.a + 1
        self.nodes = switches.nodes
        self.outputs = outputs
        self.depth: dict[int, int] = {}
        for i, form in enumerate(self.nodes):
            below = [self.depth[slot] for slot in form if slot >= self.first]
            self.depth[self.first + i] = 1 + max(below, default=0)
        self.hidden = max(self.depth.values(), default=0)
        self.streams = self._streams()
        self._scales: dict[Neuron, Fraction] = {}

    def _consumers(self) -> list[tuple[int, Form]]:
        """Every form that is read, and the number of the layer that it is in."""
        own = [(self.depth[self.first + i], form) for i, form in enumerate(self.nodes)]
        return own + [(self.hidden + 1, form) for form in self.outputs]

    def _part(self, form: Form) -> tuple[Stream, Fraction]:
        """What a form has of the variables: a primitive form with a positive first factor, times a
        number."""
        own = [form.get(slot, Fraction(0)) for slot in range(1, self.first)]
        row = primitive(own)
        place = next((i for i, c in enumerate(row) if c), None)
        if place is None:
            return row, Fraction(0)
        if row[place] < 0:
            row = tuple(-c for c in row)
        return row, own[place] / row[place]

    def _streams(self) -> dict[Stream, int]:
        """The forms of variables that are passed on, and the last layer that has each."""
        late = [(layer, form) for layer, form in self._consumers() if layer > 1]
        parts: dict[Stream, int] = {}
        alone: dict[Stream, int] = {}
        for layer, form in late:
            part, factor = self._part(form)
            if factor:
                parts[part] = max(parts.get(part, 0), layer - 1)
            for slot in form:
                if 0 < slot < self.first:
                    unit = tuple(int(slot == i + 1) for i in range(self.a))
                    alone[unit] = max(alone.get(unit, 0), layer - 1)
        self.by_parts = len(parts) <= len(alone)
        return parts if self.by_parts else alone

    def _neurons(
        self, layer: int, last_read: Mapping[int, int]
    ) -> Iterator[tuple[Neuron, Form | None]]:
        """What a layer computes or passes on, and what a node reads."""
        for slot, depth in self.depth.items():
            if depth == layer:
                yield ("node", slot), self.nodes[slot - self.first]
            elif depth < layer < last_read[slot]:
                yield ("node", slot), {slot: Fraction(1)}
        for stream, last in self.streams.items():
            if layer <= last:
                yield ("stream", stream), None
                yield ("stream", tuple(-c for c in stream)), None

    def made(self) -> list[Layer]:
        """All layers; neurons that are multiples of each other are one."""
        last_read = dict.fromkeys(self.depth, 0)
        for layer, form in self._consumers():
            for slot in form:
                if slot >= self.first:
                    last_read[slot] = max(last_read[slot], layer)
        layers: list[Layer] = []
        below: dict[Neuron, int] = {}
        for layer in range(1, self.hidden + 1):
            rows: list[tuple[Fraction, ...]] = []
            biases: list[Fraction] = []
            known: dict[tuple[int, ...], tuple[int, Fraction]] = {}
            neurons: dict[Neuron, int] = {}
            scales: dict[Neuron, Fraction] = {}
            for neuron, read in self._neurons(layer, last_read):
                row, bias = self._row(neuron, read, below, layer)
                key = primitive([bias, *row])
                size = _ratio([bias, *row], key)
                if key not in known:
                    known[key] = (len(rows), size)
                    rows.append(row)
                    biases.append(bias)
                place, own = known[key]
                neurons[neuron], scales[neuron] = place, size / own
            layers.append((tuple(rows), tuple(biases)))
            below = neurons
            self._scales = scales
        found = [self._read(form, below, len(layers)) for form in self.outputs]
        layers.append((tuple(row for row, _ in found), tuple(bias for _, bias in found)))
        return layers

    def _row(
        self, neuron: Neuron, form: Form | None, below: dict[Neuron, int], layer: int
    ) -> tuple[tuple[Fraction, ...], Fraction]:
        if form is None:
            assert isinstance(neuron[1], tuple)
            form = {i + 1: Fraction(c) for i, c in enumerate(neuron[1]) if c}
            if layer > 1:
                # of what is positive already
                row = self._blank(below)
                row[below[neuron]] = self._scales[neuron]
                return tuple(row), Fraction(0)
        return self._read(form, below, layer - 1)

    def _blank(self, below: dict[Neuron, int]) -> list[Fraction]:
        return [Fraction(0)] * (1 + max(below.values(), default=-1))

    def _read(
        self, form: Form, below: dict[Neuron, int], layer: int
    ) -> tuple[tuple[Fraction, ...], Fraction]:
        """A form over the neurons of a layer; layer 0 has the variables."""
        constant = form.get(0, Fraction(0))
        if not layer:
            return tuple(form.get(slot, Fraction(0)) for slot in range(1, self.first)), constant
        row = self._blank(below)

        def add(neuron: Neuron, c: Fraction) -> None:
            row[below[neuron]] += c * self._scales[neuron]

        for slot, c in form.items():
            if slot >= self.first:
                add(("node", slot), c)
        pairs: list[tuple[Stream, Fraction]] = []
        if self.by_parts:
            part, factor = self._part(form)
            pairs = [(part, factor)] if factor else []
        else:
            for slot, c in form.items():
                if 0 < slot < self.first:
                    pairs.append((tuple(int(slot == i + 1) for i in range(self.a)), c))
        for stream, c in pairs:
            add(("stream", stream), c)
            add(("stream", tuple(-v for v in stream)), -c)
        return tuple(row), constant


def _ratio(row: Sequence[Fraction], key: Sequence[int]) -> Fraction:
    return next((c / k for c, k in zip(row, key, strict=True) if k), Fraction(1))
