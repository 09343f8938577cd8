"""Functions of practice: each with the sentence that says what it is and what happens at the tie.

The documentation makes a page of every group when it is built: the code below, the table, a
picture and the LaTeX. ``python examples/gallery.py hinge`` prints one table, without a name all.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sympy import Rational, Symbol, lambdify, latex, sqrt

import piecewise_mt as mt

half = Rational(1, 2)


@dataclass(frozen=True)
class Entry:
    """One function of the gallery."""

    name: str
    title: str
    group: str
    make: Callable[[], Any]
    """Makes the function, or a representation where the package answers with one."""
    domain: str | None
    kind: str | None
    """The picture; None is the graph for one variable and the partition for two."""
    at: dict[str, Any] | None
    """Variables that the picture holds fixed."""
    window: Any
    zero: bool
    """Whether the picture shows the set f = 0, too."""

    @property
    def sentence(self) -> str:
        """What a reader is told, in the words of the docstring."""
        return " ".join((self.make.__doc__ or "").split())

    @property
    def code(self) -> str:
        """The body of the function as one would type it at a prompt."""
        source = inspect.getsource(self.make)
        body = textwrap.dedent(source.split('"""', 2)[2]).strip()
        used = [name for name in ("Rational", "Symbol", "sqrt") if re.search(rf"\b{name}\b", body)]
        lines = []
        if "half" in re.findall(r"\w+", body):
            used.insert(0, "Rational")
            lines = ["half = Rational(1, 2)"]
        if used:
            lines.insert(0, f"from sympy import {', '.join(used)}\n")
        lines.append(body)
        if not isinstance(self.make(), mt.Expression):
            return "\n".join(lines).replace("return ", "rep = ")
        where = f'"{self.domain}"' if self.domain else ""
        return "\n".join([*lines, f"rep = f.represent({where})"]).replace("return ", "f = ")

    @property
    def refusal(self) -> str:
        """What the package says to the function on the whole space, if that is refused."""
        try:
            self.make() if self.domain is None else self.make().represent()
        except mt.PiecewiseError as error:
            return str(error)
        return ""

    def represent(self) -> Any:
        """Its pieces."""
        made = self.make()
        return made.represent(self.domain) if isinstance(made, mt.Expression) else made

    def draw(self) -> Any:
        """Its picture, with matplotlib; the figure."""
        rep = self.represent()
        if any(piece.is_curved for piece in rep):
            return curved_partition(rep, self.window)
        drawn = rep.plot(self.kind, at=self.at, window=self.window)
        axes = drawn[0] if isinstance(drawn, tuple) else drawn
        if self.zero:
            draw_zero(rep, axes)
        return axes.figure


def draw_zero(rep: Any, axes: Any) -> None:
    """The set f = 0 as a dashed line, between values at the points of a grid."""
    import numpy as np

    across, up = np.meshgrid(
        *(np.linspace(*ends, 201) for ends in (axes.get_xlim(), axes.get_ylim()))
    )
    axes.contour(across, up, rep.lambdify()(across, up), levels=[0], colors="white",
                 linewidths=[3], linestyles="dashed")  # fmt: skip


def curved_partition(rep: Any, window: Any) -> Any:
    """Pieces with polynomial conditions: which grid point is in which piece, in floating point."""
    import numpy as np
    from matplotlib import pyplot
    from matplotlib.patches import Patch

    (left, right), (low, high) = window
    across, up = np.meshgrid(np.linspace(left, right, 601), np.linspace(low, high, 601))
    figure, axes = pyplot.subplots(figsize=(6.4, 4.8), layout="constrained")
    patches = []
    for piece, color in zip(rep, ("#8ec8e6", "#ffb703", "#a7c957", "#e5989b"), strict=False):
        if piece.dimension < 2:
            break
        inside = lambdify(rep.symbols, piece.condition, "numpy")(across, up).astype(float)
        axes.contourf(across, up, inside, levels=[0.5, 1.5], colors=[color])
        axes.contour(across, up, inside, levels=[0.5], colors=["black"], linewidths=[1.2])
        label = ",\\ ".join(latex(entry) for entry in piece.gradient)
        patches.append(Patch(color=color, label=f"$({label})$"))
    x, y = rep.symbols
    axes.set(aspect="equal", xlabel=f"${latex(x)}$", ylabel=f"${latex(y)}$")
    figure.legend(handles=patches, title=r"$\widetilde\nabla f$", loc="outside right upper",
                  frameon=False)  # fmt: skip
    return figure


ENTRIES: list[Entry] = []
GROUPS = {
    "norms": "Norms and distances",
    "losses": "Losses and fits",
    "options": "Pay-offs of options",
    "projections": "Projections and thresholds",
    "order": "Order statistics and tropical polynomials",
    "networks": "Networks and classifiers",
    "tests": "Test problems and differences of convex functions",
}


def entry(
    title: str,
    group: str,
    domain: str | None = None,
    kind: str | None = None,
    at: dict[str, Any] | None = None,
    window: Any = None,
    zero: bool = False,
) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Put the function that is defined below into the gallery."""

    def register(make: Callable[[], Any]) -> Callable[[], Any]:
        ENTRIES.append(
            Entry(make.__name__, title, group, make, domain, kind, at, window, zero)
        )  # fmt: skip
        return make

    return register


@entry("The 1-norm", "norms")
def norm_1():
    """The sum of the moduli has a kink along each axis; on an axis one entry of the gradient is
    a sign and the other one is free, and at the origin both are."""
    x, y = mt.variables("x y")
    return mt.norm1(mt.stack([x, y]))


@entry("The maximum norm", "norms")
def norm_inf():
    """The larger of two moduli, written as a maximum of four. Two of them tie on each half of a
    diagonal, nothing happens on the axes, and at the origin all four tie."""
    x, y = mt.variables("x y")
    return mt.max(x, -x, y, -y)


@entry("The Euclidean norm", "norms", domain="x >= 1", kind="surface")
def norm_2():
    """Smooth but for one point, and that point is no tie: no smooth formula equals the norm near 0,
    so the package refuses it on the whole plane and takes any domain that stays away from 0."""
    x, y = mt.variables("x y")
    a, b = Symbol("a"), Symbol("b")
    return mt.smooth(sqrt(a**2 + b**2), {a: x, b: y})


@entry("The sorted 1-norm (OWL)", "norms")
def owl():
    """Twice the larger modulus plus the smaller one, the penalty of OWL and SLOPE: kinks on the
    axes as for the 1-norm, and on the diagonals, where weights that differ meet moduli that tie."""
    x, y = mt.variables("x y")
    larger, smaller = mt.sort(abs(mt.stack([x, y])), descending=True)
    return 2 * larger + smaller


@entry("Total variation", "norms", at={"x2": 0})
def total_variation():
    """The sum of the jumps of three samples. Where neighbours are equal the gradient is free in
    the direction that pulls them apart, which is why minimisers are piecewise constant."""
    x1, x2, x3 = mt.variables("x1 x2 x3")
    return abs(x2 - x1) + abs(x3 - x2)


@entry("Distance to a box", "norms")
def distance_to_a_box():
    """How far a point is from the square [−1, 1]², in the maximum norm: zero inside, and the
    diagonals are ties outside only."""
    x, y = mt.variables("x y")
    return mt.max(x - 1, -x - 1, y - 1, -y - 1, 0)


@entry("Hinge", "losses")
def hinge():
    """The loss of a support vector machine. At the margin, score 1, any slope fits the one point;
    a framework picks 0 or −1 and says no more about it."""
    s = mt.variable("s")
    return mt.relu(1 - s)


@entry("Squared hinge", "losses")
def squared_hinge():
    """The square takes the kink away: at the margin the slope z is multiplied by zero, so that all
    choices give the same gradient, and the function is differentiable."""
    s = mt.variable("s")
    return mt.square(mt.relu(1 - s))


@entry("Huber", "losses")
def huber():
    """Quadratic for small residuals, linear for large ones, and once differentiable where the two
    meet: the branches are half-open, no z appears, and any tie rule would give the same."""
    r = mt.variable("r")
    return mt.where(r > 1, r - half, mt.where(r < -1, -r - half, r**2 / 2))


@entry("Pinball, the loss of a quantile", "losses")
def pinball():
    """Its minimiser is the quantile of order 3/4: the two slopes are 3/4 and −1/4, and at a
    residual 0 all between them make up the subdifferential."""
    r = mt.variable("r")
    return mt.max(3 * r / 4, -r / 4)


@entry("ε-insensitive loss", "losses")
def eps_insensitive():
    """Support vector regression does not mind residuals up to 1/2; the kinks are the edges of
    the tube, and in it the gradient is zero."""
    r = mt.variable("r")
    return mt.max(r - half, -r - half, 0)


@entry("Pairwise ranking", "losses")
def ranking():
    """A pair in the wrong order costs what the first score lacks to be 1 ahead. On the line
    a = b + 1 the gradient is a multiple of (−1, 1): the free parameter is the multiple."""
    a, b = mt.variables("a b")
    return mt.relu(1 - (a - b))


@entry("Hinge for three classes", "losses", at={"s3": 0})
def multiclass_hinge():
    """Crammer and Singer's loss for the first class: the margin to the best of the others, if it
    is violated. A triple tie is where both others violate it alike."""
    s1, s2, s3 = mt.variables("s1 s2 s3")
    return mt.max(0, 1 + s2 - s1, 1 + s3 - s1)


@entry("LASSO", "losses", window=((-1, 4), (-2, 2)))
def lasso():
    """Least squares of two residuals with a 1-norm. The squares are smooth, so that the ties are
    the axes, and the minimiser (9/4, 0) lies on one: there z = 1/2 makes the gradient zero."""
    u, v = mt.variables("u v")
    residuals = (u + v - 3) ** 2 + (u - v - 2 - half) ** 2
    return residuals / 2 + mt.norm1(mt.stack([u, v]))


@entry("Support vector machine", "losses")
def svm():
    """Two points, 1 and −1, with their labels: the hinge of each is a line in the plane of weight
    and bias, and where the lines cross both points lie on the margin."""
    w, b = mt.variables("w b")
    return (w**2 / 4 + mt.relu(1 - (w + b)) + mt.relu(1 - (w - b))).on(w, b)


@entry("Call spread", "options")
def call_spread():
    """Long a call struck at 1, short one at 2. At a strike Delta jumps between 0 and 1, and what
    it is there is a convention."""
    s = mt.variable("S")
    return mt.relu(s - 1) - mt.relu(s - 2)


@entry("Butterfly", "options")
def butterfly():
    """Three strikes, 1, 2, 3: it pays if the price ends near 2. Concave at the middle strike and
    convex at the outer ones, so it is neither."""
    s = mt.variable("S")
    return mt.relu(s - 1) - 2 * mt.relu(s - 2) + mt.relu(s - 3)


@entry("Straddle", "options")
def straddle():
    """A call and a put with one strike, which is |S − 2| in two parts: each has its own free slope
    at the strike, and of Delta there only the sum is seen."""
    s = mt.variable("S")
    return mt.relu(s - 2) + mt.relu(2 - s)


@entry("Rainbow: a call on the better of two", "options")
def rainbow():
    """The holder gets the better of two assets less the strike 1. Where they are worth the same,
    the hedge may hold any mixture of the two; at the strike (1, 1) it may also hold less."""
    a, b = mt.variables("A B")
    return mt.max(a - 1, b - 1, 0)


@entry("Projection onto a box", "projections")
def box():
    """Each coordinate is clipped by itself, so there are nine pieces, the Jacobians are diagonal,
    and the edges of the box belong to the inside here."""
    x, y = mt.variables("x y")
    return mt.clip(mt.stack([x, y]), -1, 1, at_edges=1)


@entry("Projection onto the simplex of R²", "projections")
def simplex_2():
    """The simplex of R² is a segment, and only the difference x − y counts: between −1 and 1 the
    Jacobian is the projection onto the direction (1, −1), beyond it is zero."""
    x, y = mt.variables("x y")
    segment = "x + y = 1 and x >= 0 and y >= 0"
    return mt.proximal_map(0 * x + 0 * y, domain=segment).representation


@entry("Projection onto the simplex of R³", "projections", at={"z": 0})
def simplex_3():
    """One piece for each face of the triangle, seven in all, and the Jacobian is the projection
    onto the direction of the face: rank 2, 1 or 0."""
    x, y, z = mt.variables("x y z")
    triangle = "x + y + z = 1 and x >= 0 and y >= 0 and z >= 0"
    return mt.proximal_map(0 * x + 0 * y + 0 * z, domain=triangle).representation


@entry("Projection onto the ball of the 1-norm", "projections")
def ball_1():
    """Outside the diamond a point goes to an edge, or, from the wedges in between, to a vertex:
    this is where projections make entries zero."""
    x, y = mt.variables("x y")
    diamond = "abs(x) + abs(y) <= 1"
    return mt.proximal_map(0 * x + 0 * y, domain=diamond).representation


@entry("Projection onto a half-space", "projections")
def half_space():
    """What sticks out over x + 2y ≤ 2 is taken back along the normal. On the boundary line the
    Jacobian may keep any part of the normal direction."""
    x, y = mt.variables("x y")
    excess = mt.relu(x + 2 * y - 2) / 5
    return mt.stack([x - excess, y - 2 * excess])


@entry("Soft thresholding", "projections")
def soft_threshold():
    """The proximal map of |x|: small entries become zero, large ones move by 1. It is continuous,
    and at the two thresholds the slope is between 0 and 1."""
    x = mt.variable("x")
    return mt.softshrink(x, 1)


@entry("Hard tanh", "projections")
def hard_tanh():
    """The identity, cut at −1 and 1: the same function as the projection onto an interval, under
    the name that it has in networks."""
    x = mt.variable("x")
    return mt.hardtanh(x)


@entry("A tropical polynomial", "order")
def tropical_quadratic():
    """The tropical 0 ⊕ 1⊙x ⊕ x² is a maximum of lines; its ties are the tropical roots −1 and 1,
    where two monomials attain the maximum."""
    x = mt.variable("x")
    return mt.max(0, x + 1, 2 * x)


@entry("A tropical line", "order")
def tropical_line():
    """Where the maximum of 0, x and y is attained twice there are three rays out of the origin;
    the origin itself, with all three, is the one point of the tropical line that is special."""
    x, y = mt.variables("x y")
    return mt.max(x, y, 0)


@entry("Median of three", "order", at={"c": 0})
def median_3():
    """Neither convex nor concave, and robust: the largest entry may grow as it likes. Any two that
    tie are the median, so that every tie is a kink; here it goes to the first of the two."""
    a, b, c = mt.variables("a b c")
    return mt.median(mt.stack([a, b, c]), ties="first")


@entry("Sum of the two largest", "order", at={"c": 0})
def two_largest():
    """The largest of the three sums of pairs, hence convex. A tie among the first two places
    leaves it smooth; it is the tie of second and third that makes the kink."""
    a, b, c = mt.variables("a b c")
    return mt.max(a + b, a + c, b + c)


@entry("A minimax", "order")
def minimax():
    """The larger of two minima; every continuous piecewise linear function is such a lattice of
    affine ones. Ties go to the operand that comes first, so that all pieces have an area."""
    x, y = mt.variables("x y")
    return mt.max(mt.min(x, y, ties="first"), mt.min(-x, 1 - y, ties="first"), ties="first")


@entry("GroupSort", "order")
def group_sort():
    """An activation that sorts pairs of neurons. Off the diagonal its Jacobian is a permutation, so
    that it keeps norms of gradients; at the tie each row has a z of its own, and it need not."""
    x, y = mt.variables("x y")
    return mt.sort(mt.stack([x, y]))


@entry("ReLU6", "networks")
def relu6():
    """A ReLU that saturates at 6, for arithmetic with few bits. At both edges PyTorch takes the slope
    0, the filled dots of the picture, so that three half-open pieces say it all."""
    x = mt.variable("x")
    return mt.relu6(x, at_edges=0)


@entry("Maxout", "networks")
def maxout():
    """A neuron that learns its own convex activation, a maximum of three affine forms. Neighbours
    tie at −1 and 1, and all three never do."""
    x = mt.variable("x")
    return mt.max(-x - 1, 0 * x, 2 * x - 2)


@entry("Sawtooth", "networks", window=(-half, 3 * half))
def sawtooth():
    """The tent map composed with itself: each layer doubles the number of teeth, which is what
    depth buys, and each kink of the second layer is a point that the first maps to 1/2."""
    x = mt.variable("x")
    for _ in range(2):
        x = 2 * mt.relu(x, at_zero=0) - 4 * mt.relu(x - half, at_zero=0)
    return x


@entry("Margin of a classifier", "networks", window=((-1, 2), (-2, 2)))
def margin():
    """How far the score of the first class is above the better of the two others. Where these two
    tie the margin has a kink, whether the classifier is right or wrong."""
    x, y = mt.variables("x y")
    return (x + y) - mt.max(x - y, 1 - x)


@entry(
    "A small network and its decision boundary", "networks", window=((-1, 2), (-2, 2)), zero=True
)
def decision():
    """Two hidden neurons, and the sign of the output is the class. The boundary f = 0, dashed,
    bends where it meets the tie of a neuron, and has two normals there."""
    x, y = mt.variables("x y")
    hidden = mt.relu(mt.affine([[1, 1], [1, -1]], mt.stack([x, y])), at_zero=0)
    return mt.affine([[1, 1]], hidden, [-1])[0]


@entry("Maximum of quadratics", "tests")
def quadratics():
    """Three parabolas with one curvature, so that they differ by affine functions and tie at
    −1/2 and 1/2; there the slope jumps by 2, and the minimum in between is smooth."""
    x = mt.variable("x")
    return mt.max((x + 1) ** 2, (x - 1) ** 2, x**2 + 2)


@entry("Nesterov's Chebyshev–Rosenbrock function", "tests")
def nesterov():
    """Piecewise linear, with one minimum at (1, 1), and a stationary point of Clarke's kind at
    (0, −1) that stops many methods: there a direction still goes down."""
    x, y = mt.variables("x y")
    return abs(x - 1) / 4 + abs(y - 2 * abs(x) + 1)


@entry("Crescent", "tests", window=((-2, 2), (-1, 3)))
def crescent():
    """Two paraboloids, one upside down, that tie on a circle, the floor of a curved valley
    with the minimum (0, 0): on it one gradient points out of the disc and the other one in."""
    x, y = mt.variables("x y")
    c = x**2 + (y - 1) ** 2 - 1
    return mt.max(c + y, y - c)


@entry("DEM", "tests", window=((-6, 6), (-7, 4)))
def dem():
    """Two planes and a paraboloid, by Demyanov and Malozemov. All three tie at (0, 0) and at the
    minimum (0, −3), and there a third of each gradient adds up to zero."""
    x, y = mt.variables("x y")
    return mt.max(5 * x + y, -5 * x + y, x**2 + y**2 + 4 * y)


@entry("A difference of convex functions", "tests")
def dc():
    """|x| − |y|: convex in x, concave in y, and zero on the diagonals without a kink there. At the
    origin 0 is in Clarke's subdifferential, yet y goes down."""
    x, y = mt.variables("x y")
    return abs(x) - abs(y)


@entry("Defined by cases", "tests")
def cases():
    """On x = y the condition x > y is false, so the second branch is taken there: pieces are
    half-open, and the gradient at the tie is what the author wrote, not a choice."""
    x, y = mt.variables("x y")
    return mt.where(x > y, 2 * x - y, x)


def main() -> None:
    """Print the tables of the entries that are named, or of all."""
    wanted = sys.argv[1:] or [own.name for own in ENTRIES]
    for own in ENTRIES:
        if own.name in wanted:
            print(f"{own.title}\n{textwrap.fill(own.sentence, 96)}\n\n{own.code}\n")
            print(own.represent().table(), end="\n\n\n")


if __name__ == "__main__":
    main()
