"""A frame with ticks in SVG: exact limits, pixels at the last moment, every text escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from html import escape
from typing import TypeAlias

INK, PALE, GREY = "#222222", "#e6e6e6", "#555555"
FONT = 12
"""Pixels of the text."""
TICK = ' class="tick"'
Limits: TypeAlias = tuple[Fraction, Fraction]
Rectangle: TypeAlias = tuple[float, float, float, float]
"""Left, top, right and bottom."""
_INDEXED = re.compile(r"([^\W\d_])([0-9]+)\Z")


def width_of(text: str, size: float = FONT) -> float:
    """About how wide a text comes out, in pixels; rather too wide than too narrow."""
    return 0.62 * size * len(text)


def ticks(low: Fraction, high: Fraction, most: int = 7) -> list[tuple[Fraction, str]]:
    """Round numbers from `low` to `high`, at most so many and one, and how they are written.

    >>> [text for _, text in ticks(Fraction(-1), Fraction(1, 3))]
    ['−1', '−0.8', '−0.6', '−0.4', '−0.2', '0', '0.2']
    >>> [text for _, text in ticks(Fraction(0), Fraction(10) ** 30, 2)]
    ['0', '5E+29', '1E+30']
    """
    raw, power = (high - low) / most, 0
    while Fraction(10) ** power > raw:
        power -= 1
    while Fraction(10) ** (power + 1) <= raw:
        power += 1
    unit = Fraction(10) ** power
    times = next(k for k in (1, 2, 5, 10) if k * unit >= raw)
    step = times * unit
    first, last = -(-low // step), high // step
    return [(k * step, _decimal(k * times, power)) for k in range(first, last + 1)]


def _decimal(count: int, power: int) -> str:
    """count · 10^power with all its digits, with an exponent if it is large or small."""
    sign, digits = "−" * (count < 0), str(abs(count))
    kept = digits.rstrip("0")
    power += len(digits) - len(kept)
    lead = len(kept) - 1 + power
    if not count:
        return "0"
    if -5 < lead < 6:
        whole = kept + "0" * power if power >= 0 else kept.rjust(1 - power, "0")
        return sign + (whole if power >= 0 else f"{whole[:power]}.{whole[power:]}")
    rest = f".{kept[1:]}" if kept[1:] else ""
    return f"{sign}{kept[0]}{rest}E{'+' if lead > 0 else '−'}{abs(lead)}"


def name_svg(name: str) -> str:
    """A variable's name: in italics, digits after one letter as an index.

    >>> name_svg("y1"), name_svg("<b>")
    ('<tspan font-style="italic">y</tspan><tspan dy="3" font-size="9">1</tspan>', \
'<tspan font-style="italic">&lt;b&gt;</tspan>')
    """
    match = _INDEXED.match(name)
    base, index = (match[1], match[2]) if match else (name, "")
    text = f'<tspan font-style="italic">{escape(base)}</tspan>'
    return text + (f'<tspan dy="3" font-size="9">{index}</tspan>' if index else "")


def text(x: float, y: float, inside: str, anchor: str = "start", more: str = "") -> str:
    """A text element around what is escaped already, with `more` attributes."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{inside}</text>'


class Frame:
    """A rectangle of pixels that shows a rectangle of the plane.

    Parameters
    ----------
    limits : pair of (low, high)
        What is shown of either coordinate.
    left, top, width, tall : float
        Where the rectangle lies.
    """

    def __init__(
        self, limits: tuple[Limits, Limits], left: float, top: float, width: float, tall: float
    ) -> None:
        self.limits = limits
        self.left, self.top, self.width, self.tall = left, top, width, tall
        (x_low, x_high), (y_low, y_high) = limits
        self._x = Fraction(width) / (x_high - x_low)
        self._y = Fraction(tall) / (y_high - y_low)

    def place(self, x: Fraction, y: Fraction) -> tuple[float, float]:
        """The pixels of a point."""
        (low, _), (_, high) = self.limits
        return self.left + float((x - low) * self._x), self.top + float((high - y) * self._y)

    def points(self, corners: Sequence[Sequence[Fraction]]) -> str:
        """Points for ``points="…"``."""
        return " ".join("{:.2f},{:.2f}".format(*self.place(c[0], c[1])) for c in corners)

    def drawn(self, below: str, beside: str, *, numbers: bool = True) -> list[str]:
        """The frame with grid lines, ticks and the names of the axes.

        Parameters
        ----------
        below, beside : str
            What stands at the axes, escaped already.
        numbers : bool
            Whether the lower axis has numbers and a name.
        """
        bottom, right = self.top + self.tall, self.left + self.width
        parts = []
        (x_low, x_high), (y_low, y_high) = self.limits
        for value, label in ticks(x_low, x_high, max(2, int(self.width / 70))):
            x, _ = self.place(value, y_low)
            parts.append(self._line(x, self.top, x, bottom, PALE, "grid"))
            if numbers:
                parts.append(self._line(x, bottom, x, bottom + 4, GREY, "tick"))
                parts.append(text(x, bottom + 16, label, "middle", TICK))
        widest = 0.0
        for value, label in ticks(y_low, y_high, max(2, int(self.tall / 40))):
            _, y = self.place(x_low, value)
            parts.append(self._line(self.left, y, right, y, PALE, "grid"))
            parts.append(self._line(self.left - 4, y, self.left, y, GREY, "tick"))
            parts.append(text(self.left - 7, y + 4, label, "end", TICK))
            widest = max(widest, width_of(label))
        if numbers:
            parts.append(text(self.left + self.width / 2, bottom + 34, below, "middle"))
        middle, x = self.top + self.tall / 2, self.left - 14 - widest
        turned = f' transform="rotate(-90 {x:.1f} {middle:.1f})"'
        parts.append(text(x, middle, beside, "middle", turned))
        return parts

    def border(self) -> str:
        """The outline, to be drawn after what is inside."""
        return (
            f'<rect x="{self.left:.1f}" y="{self.top:.1f}" width="{self.width:.1f}" '
            f'height="{self.tall:.1f}" fill="none" stroke="{GREY}" pointer-events="none"/>'
        )

    @staticmethod
    def _line(x1: float, y1: float, x2: float, y2: float, color: str, kind: str) -> str:
        return (
            f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="{color}"/>'
        )


def margin_for(limits: Limits, tall: float) -> float:
    """The room for ticks and a name left of a frame."""
    low, high = limits
    labels = ticks(low, high, max(2, int(tall / 40)))
    return 26 + max((width_of(label) for _, label in labels), default=0.0)


def whole(width: float, tall: float, title: str, body: Sequence[str]) -> str:
    """The ``<svg>`` element; the title is escaped here."""
    name = escape(title, quote=True)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {tall:.0f}" '
        f'width="{width:.0f}" height="{tall:.0f}" role="img" aria-label="{name}" '
        f'font-family="system-ui, sans-serif" font-size="{FONT}" fill="{INK}">'
    )
    ground = f'<rect width="{width:.0f}" height="{tall:.0f}" fill="#ffffff"/>'
    return "\n".join([head, ground, *body, "</svg>"])


def headline(title: str) -> str:
    """The title above a picture."""
    return text(8, 20, escape(title), more=' class="title" font-size="14"')


def meet(one: Rectangle, two: Rectangle) -> bool:
    """Whether two rectangles have a point in common, inside both."""
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]


def free_place(
    x: float, y: float, width: float, taken: Sequence[Rectangle], inside: Rectangle
) -> tuple[float, float]:
    """Where a label of this width goes near (x, y): left end and base line, clear of all boxes.

    To the right if there is room, else to the left, then further and further up and down.

    >>> free_place(10, 50, 30, [], (0, 0, 100, 100))
    (18, 54.0)
    >>> free_place(10, 50, 30, [(15, 40, 60, 60)], (0, 0, 100, 100))
    (18, 34.0)
    """
    steps = sorted((k * FONT / 3 for k in range(-60, 61)), key=lambda step: (abs(step), step))
    for step in steps:
        for left in (x + 8, x - 8 - width):
            base = y + 4 + step
            box = label_box(left, base, width)
            within = inside[0] <= box[0] and box[2] <= inside[2]
            within = within and inside[1] <= box[1] and box[3] <= inside[3]
            if within and not any(meet(box, other) for other in taken):
                return left, base
    return x + 8, y + 4


def label_box(left: float, base: float, width: float) -> Rectangle:
    """The rectangle of a label."""
    return left, base - FONT, left + width, base + 4
