"""From SymPy's roots to numbers of one field; SymPy factors polynomials here, and nowhere later."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache, reduce
from operator import add, mul
from typing import Any, NamedTuple

import sympy

from piecewise_mt.errors import Unsupported
from piecewise_mt.exact.algebraic_points import Element, Root, is_root
from piecewise_mt.exact.field_members import root_in
from piecewise_mt.exact.number_fields import Algebraic, Field, Number, coefficients_of, field_of
from piecewise_mt.exact.numbers import as_fraction, to_fraction, to_rational
from piecewise_mt.exact.plain import plain_copy, require_sympy
from piecewise_mt.exact.real_roots import count_roots, isolated, sturm_chain, value_sign
from piecewise_mt.exact.reals import sign_of

MAX_DEGREE = 12
"""The largest degree of a field."""
_S, _T = sympy.symbols("s t")


class NotAlgebraic(Exception):
    """A number that is not known to be algebraic and real."""


class Joined(NamedTuple):
    """A field that has two others, and the values of their roots."""

    field: Field
    first: Number
    second: Number


def algebraic(value: sympy.Expr) -> Number:
    """A real SymPy number that is algebraic as an exact number.

    Raises
    ------
    NotAlgebraic
        If it is not known to be one.
    Unsupported
        If its degree is too large.

    Examples
    --------
    >>> number = algebraic((1 + sympy.sqrt(2)) ** 2 - sympy.sqrt(3) / 3)
    >>> str(number), number.field.degree, algebraic(sympy.sqrt(2) ** 2)
    ('-sqrt(3)/3 + 2*sqrt(2) + 3', 4, Fraction(2, 1))
    """
    if value.is_Rational:
        return as_fraction(value)
    found: Number
    if value.is_Add or value.is_Mul:
        found = reduce(add if value.is_Add else mul, map(algebraic, value.args))
        return found
    if value.is_Pow and value.exp.is_Rational:
        degree, power = int(value.exp.q), int(value.exp.p)
        root = value.base if degree == 1 else sympy.Pow(value.base, sympy.Rational(1, degree))
        if root != value:
            found = algebraic(root) ** power
            return found
    found = _atom(value)
    return found


@cache
def _atom(value: sympy.Expr) -> Any:
    """A number that has no parts, as the root of its polynomial."""
    if not value.is_number or value.has(sympy.Float) or not value.is_real:
        raise NotAlgebraic
    if isinstance(value, sympy.CRootOf):
        p = _integers(value.poly)
        low, high = isolated(p)[value.index]
        return _by_root(value, p, low, high)
    if value.is_algebraic is not True:
        raise NotAlgebraic
    try:
        polynomial = sympy.minimal_polynomial(value, _T, polys=True)
    except NotImplementedError as error:
        raise NotAlgebraic from error
    p = _integers(polynomial)
    if len(p) == 2:
        return Fraction(-p[0], p[1])
    places = isolated(p)
    for low, high in places[:-1]:
        sign = sign_of(value - to_rational(high))
        if sign is None:
            raise NotAlgebraic
        if sign < 0:
            return _by_root(value, p, low, high)
    return _by_root(value, p, *places[-1])


def _integers(p: sympy.Poly) -> list[int]:
    _, primitive = p.clear_denoms(convert=True)[1].primitive()
    own = [int(c) for c in reversed(primitive.all_coeffs())]
    return own if own[-1] > 0 else [-c for c in own]


def _by_root(value: sympy.Expr, p: Sequence[int], low: Fraction, high: Fraction) -> Number:
    """The only root of an irreducible polynomial in an interval, which is written as `value`."""
    top, d = p[-1], len(p) - 1
    _require_degree(d, value)
    # `top` times the root is the root of a monic polynomial
    monic = tuple([c * top ** (d - 1 - k) for k, c in enumerate(p[:-1])] + [1])
    element: Element = (Fraction(0), Fraction(1, top))
    field = field_of(Root(monic, low * top, high * top), [(value, element)])
    return field.element(element)


def _require_degree(degree: int, what: Any) -> None:
    if degree > MAX_DEGREE:
        raise Unsupported(
            f"expected algebraic numbers that generate a field of degree at most {MAX_DEGREE}, "
            f"got the degree {degree} for {what}, which is not supported yet; write fewer "
            "different roots, or rational numbers"
        )


def to_number(value: Any) -> Any:
    """An exact number as a ``Fraction``, or as an :class:`Algebraic` if it is irrational.

    Floats, symbols and numbers such as pi are refused with the remedy.

    Examples
    --------
    >>> to_number("0.5"), to_number(sympy.sqrt(2))
    (Fraction(1, 2), Algebraic(sqrt(2)))
    """
    if isinstance(value, Algebraic):
        return value
    if isinstance(value, sympy.Expr) and not value.is_Rational and value.is_number:
        try:
            return algebraic(value)
        except NotAlgebraic:
            pass
    return to_fraction(value)


def moved(number: Number, field: Field, root: Number) -> Number:
    """A number in a larger field, where its root has the value `root`."""
    if not isinstance(number, Algebraic):
        return number
    total: Any = 0
    for c in reversed(number.coefficients):
        total = total * root + c
    found: Number = total * Fraction(1, number.denominator)
    return found


@cache
def joined(one: Field, two: Field) -> Joined:
    """The field of all atoms of both.

    Raises
    ------
    Unsupported
        If its degree is too large.
    """
    field = one
    for atom, _ in two.atoms:
        if all(atom != other for other, _ in field.atoms):
            field = _adjoined(field, _atom(atom).field)
    return Joined(field, *(_root_in(own, field) for own in (one, two)))


def _root_in(own: Field, field: Field) -> Number:
    """The root of a field in one that has all its atoms."""
    known = {atom: field.element(element) for atom, element in field.atoms}
    total: Number = 0
    for c, places in own.terms(own.generator):
        total = total + reduce(mul, (known[own.atoms[k][0]] for k in places), c)
    return total


@cache
def _adjoined(one: Field, two: Field) -> Field:
    """The field of the roots of both.

    Notes
    -----
    It is generated by first + shift·second; the second root is then the only common root of two
    polynomials over it.
    """
    p, q = one.root.polynomial, two.root.polynomial
    names = ", ".join(str(atom) for atom, _ in (*one.atoms, *two.atoms))
    if one.degree * two.degree > 2 * MAX_DEGREE:
        for whole, part in ((one, two), (two, one)):
            member = root_in(whole, part)
            if member is not None:
                rows = [
                    (atom, coefficients_of(moved(part.element(own), whole, member), whole.degree))
                    for atom, own in part.atoms
                ]
                return field_of(whole.root, [*whole.atoms, *((a, tuple(row)) for a, row in rows)])
        _require_degree(one.degree * two.degree, names)
    f, g = (sympy.Add(*(c * t**k for k, c in enumerate(r))) for r, t in ((p, _T), (q, _S)))
    for shift in (1, -1, 2, -2, 3, -3, 5, 7):
        total = sympy.Poly(sympy.resultant(f.subs(_T, _T - shift * _S), g, _S), _T)
        root = _sum_among(total, one, two, shift)
        d = len(root.polynomial) - 1
        if d < max(one.degree, two.degree):
            # such as that of two opposite numbers
            continue
        _require_degree(d, names)
        bare = Field(root, ())
        gamma = bare.generator
        # f(gamma - shift·s), by Horner
        inner: list[Any] = []
        for c in reversed(p):
            inner = _plus(_times(inner, [gamma, -shift]), [c])
        divisor = _common_divisor(list(q), inner)
        if len(divisor) != 2:
            continue
        second = -divisor[0] / divisor[1]
        first = gamma - shift * second
        atoms = [
            (atom, tuple(coefficients_of(moved(own.element(element), bare, value), d)))
            for own, value in ((one, first), (two, second))
            for atom, element in own.atoms
        ]
        return field_of(root, atoms)
    raise AssertionError("no sum generates the field")


def _sum_among(total: sympy.Poly, one: Field, two: Field, shift: int) -> Root:
    """The root first + shift·second, as that of an irreducible factor."""
    factors = [_integers(factor) for factor, _ in total.factor_list()[1]]
    chains = [sturm_chain(factor) for factor in factors]
    bits = 16
    while True:
        scale = 1 << bits
        (a, b), (c, d) = one.powers(bits)[1], two.powers(bits)[1]
        ends = sorted((shift * c, shift * d))
        low, high = Fraction(a + ends[0] - 1, scale), Fraction(b + ends[1] + 1, scale)
        if all(value_sign(f, x) for f in factors for x in (low, high)):
            counts = [count_roots(chain, low, high) for chain in chains]
            if sum(counts) == 1:
                return Root(tuple(factors[counts.index(1)]), low, high)
        bits *= 2


def _plus(p: list[Any], q: list[Any]) -> list[Any]:
    long, short = (p, q) if len(p) >= len(q) else (q, p)
    return [c + short[k] if k < len(short) else c for k, c in enumerate(long)]


def _times(p: list[Any], q: list[Any]) -> list[Any]:
    total: list[Any] = [0] * max(len(p) + len(q) - 1, 0)
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            total[i + j] = total[i + j] + a * b
    return total


def _common_divisor(p: list[Any], q: list[Any]) -> list[Any]:
    """The greatest common divisor of polynomials over a field, by the powers 0, 1, …"""
    while True:
        while q and not q[-1]:
            q.pop()
        if not q:
            return p
        rest = list(p)
        inverse = 1 / q[-1] if isinstance(q[-1], Algebraic) else Fraction(1) / q[-1]
        while len(rest) >= len(q):
            c = rest.pop() * inverse
            shift = len(rest) - len(q) + 1
            if c:
                for i, b in enumerate(q[:-1]):
                    rest[shift + i] = rest[shift + i] - c * b
        p, q = q, rest


def checked_number(value: Algebraic) -> Number:
    """A number of unknown origin, made anew from whole numbers in a field that is one.

    Raises
    ------
    ValueError
        If its field has no irreducible polynomial, or not one root of it in the interval, or if an
        atom is not the number that it is said to be.
    TypeError
        If it is made of anything else than exact numbers.

    Examples
    --------
    >>> checked_number(algebraic(sympy.sqrt(2)))
    Algebraic(sqrt(2))
    >>> root = Root((-4, 0, 1), Fraction(1), Fraction(3))
    >>> checked_number(Field(root, [(sympy.sqrt(2), (Fraction(0), Fraction(1)))]).generator)
    Traceback (most recent call last):
    ValueError: not a field
    """
    field = checked_field(value.field)
    coefficients, denominator = plain_copy((value.coefficients, value.denominator))
    if not all(type(c) is int for c in (denominator, *coefficients)):
        raise TypeError("not whole numbers")
    if denominator < 1 or len(coefficients) != field.degree:
        raise ValueError("not a number of the field")
    return field.number(coefficients, denominator)


def checked_field(field: Field) -> Field:
    """The one field with these data, with nothing kept of earlier questions.

    Raises
    ------
    ValueError
        If it is no field, see :func:`checked_number`.
    TypeError
        If it is made of anything else than exact numbers.
    """
    root = plain_copy(field.root, (Root,))
    atoms = []
    for atom, element in field.atoms:
        require_sympy(atom)
        atoms.append((atom, plain_copy(element)))
    # kinds are looked at before anything is compared: True is equal to 1
    whole, ends = root.polynomial, (root.low, root.high)
    elements = [c for _, element in atoms for c in element]
    if not all(type(c) is int for c in whole) or not all(
        type(c) is Fraction for c in (*ends, *elements)
    ):
        raise TypeError("not exact numbers")
    if not _is_field(root, tuple(atoms)):
        raise ValueError("not a field")
    own = field_of(root, atoms)
    if (own.root, own.atoms) != (root, tuple(atoms)):
        raise ValueError("not a field")
    own.forget()
    return own


@cache
def _is_field(root: Root, atoms: tuple[tuple[sympy.Expr, Element], ...]) -> bool:
    p = root.polynomial
    if len(p) < 3 or p[-1] != 1 or not is_root(root):
        return False
    if not sympy.Poly(p[::-1], _T).is_irreducible:
        return False
    field = Field(root, atoms)
    if not all(_is_atom(field, atom, element) for atom, element in atoms):
        return False
    try:
        return len(field.written) == field.degree
    except KeyError:
        # the atoms generate a smaller field
        return False


def _is_atom(field: Field, atom: sympy.Expr, element: Element) -> bool:
    """Whether an element is a number as people write it: the same root of its polynomial."""
    try:
        own = _atom(atom)
    except NotAlgebraic:
        return False
    if len(element) != field.degree or not isinstance(own, Algebraic):
        return False
    value: Any = field.element(element) * own.denominator
    total: Any = Fraction(0)
    for c in reversed(own.field.root.polynomial):
        total = total * value + c
    return bool(total == 0 and own.field.root.low < value < own.field.root.high)


def in_one_field(numbers: Sequence[Number]) -> list[Number]:
    """All numbers in one field, so that they need not be joined again and again.

    Examples
    --------
    >>> two, three = in_one_field([algebraic(sympy.sqrt(2)), algebraic(sympy.sqrt(3))])
    >>> two.field is three.field, str(two * three)
    (True, 'sqrt(6)')
    """
    fields = dict.fromkeys(n.field for n in numbers if isinstance(n, Algebraic))
    if len(fields) < 2:
        return list(numbers)
    images: dict[Field, Number] = {}
    whole: Field | None = None
    for own in fields:
        if whole is None:
            whole = own
            images[own] = own.generator
            continue
        join = joined(whole, own)
        images = {f: moved(image, join.field, join.first) for f, image in images.items()}
        images[own] = join.second
        whole = join.field
    assert whole is not None
    return [moved(n, whole, images[n.field]) if isinstance(n, Algebraic) else n for n in numbers]
