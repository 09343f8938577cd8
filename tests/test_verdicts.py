"""What was not proved never counts as passed."""

import threading
from fractions import Fraction

import numpy as np
import pytest
import sympy

import piecewise_mt as mt
from piecewise_mt.calculus.local.rungs import Rung, verdict_on
from piecewise_mt.calculus.partition import strata as module
from piecewise_mt.calculus.results.report import Verdict

x, y = mt.variables("x y")


def test_the_table_from_rung_to_verdict():
    proved = {rung for rung in Rung if verdict_on([rung]) is Verdict.passed}
    assert proved == set(Rung) - {Rung.inconsistent, Rung.undefined, Rung.undecided}
    assert verdict_on([]) is Verdict.undecided
    assert verdict_on([Rung.undecided, Rung.clarke]) is Verdict.undecided
    assert verdict_on([Rung.undecided, Rung.undefined]) is Verdict.failed


def test_a_report_is_as_true_as_it_is_ok():
    wrong = mt.Representation("x", [("x > 0", "x"), ("x <= 0", "x")], of=mt.relu(x))
    assert not mt.check(wrong)
    assert mt.check(mt.relu(x).represent())


def test_undecided_rows_are_not_ok():
    f = mt.square(mt.max(x, y)) * mt.exp(x)
    a, b = sympy.symbols("x y", real=True)
    top = sympy.Max(a, b)
    formula = top**2 * sympy.exp(a)
    candidate = [sympy.diff(formula, a), sympy.diff(formula, b)]
    report = mt.check_gradient(f, candidate)
    own = [check for check in report.checks if check.verdict is Verdict.undecided]
    assert list(report.undecided) == own
    assert report.ok == bool(report) == (not own and not report.failures)
    rungs = [verdict.rung for verdict in report.verdicts]
    assert bool(own) == (Rung.undecided in rungs)


def test_numbers_of_numpy_do_not_overflow():
    big = Fraction(np.int64(2**40), np.int64(1))
    assert (x * big).value((big,)) == 2**80
    assert mt.exact(np.longdouble(2) ** -1100) == sympy.Rational(1, 2**1100)


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int16, np.int64])
def test_narrow_integers_do_not_wrap_around_in_compiled_formulas(kind):
    f = (300 * mt.relu(x)).represent().lambdify()
    assert f(kind(100)) == 30000
    # what is no integer is taken as it is
    assert f(0.5) == 150 and f(1e300) == 300 * 1e300


def test_a_float_is_no_entry_of_a_matrix_unless_it_is_whole():
    at = abs(x).at((0,))
    for question in (at.classify, at.clarke.contains):
        for given in ([0.3], [[0.3]], np.array([[0.3]]), [sympy.Float(0.3)]):
            with pytest.raises(mt.InexactNumber, match="mt.exact"):
                question(given)
    assert str(at.classify(np.ones((1, 1)))) == "bouligand" and at.clarke.contains([1.0])
    assert str(at.classify([float("nan")])) == "undefined"


def test_whole_arrays_of_floats_are_coefficients():
    f = mt.affine(np.eye(2), mt.stack([x, y]))
    assert f.value((3, 4)) == sympy.Matrix([3, 4])
    with pytest.raises(mt.InexactNumber, match="mt.exact"):
        mt.affine(np.eye(2) / 2, mt.stack([x, y]))
    with pytest.raises(mt.InexactNumber, match="mt.exact"):
        f.value(np.ones(2))


def test_floats_of_other_libraries_are_taken_by_compiled_formulas():
    f = (3 * mt.relu(x)).represent().lambdify()
    assert f(np.float32(0.5)) == f(np.float64(0.5)) == 1.5


def test_floats_of_any_precision_keep_all_bits():
    tenth = sympy.Float("0.1", 50)
    value = mt.exact(tenth)
    # an independent reading: the distance to one tenth is below the precision of 50 digits
    assert abs(value - sympy.Rational(1, 10)) < sympy.Rational(1, 10**50)
    assert mt.exact(sympy.Float(0.1)) == mt.exact(0.1)
    assert mt.exact(sympy.Float(-2) ** 70) == 2**70
    with pytest.raises(mt.InexactNumber):
        mt.exact(sympy.Float("inf"))


@pytest.mark.parametrize("stop", range(1, 9))
def test_an_interrupt_leaves_no_truncated_list(monkeypatch, stop):
    cells = (abs(x) + abs(y)).strata()
    made = module.PolyhedralStratum
    calls = []

    def interrupted(*args):
        calls.append(args)
        if len(calls) == stop:
            raise KeyboardInterrupt
        return made(*args)

    with monkeypatch.context() as patch:
        patch.setattr(module, "PolyhedralStratum", interrupted)
        with pytest.raises(KeyboardInterrupt):
            list(cells)
    assert len(list(cells)) == len(cells) == 9


def test_threads_see_whole_lists():
    cells = mt.sort(mt.vector("x", 4)).strata()
    barrier = threading.Barrier(4)
    seen = []

    def run():
        barrier.wait()
        seen.append(len(list(cells)))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [len(cells)] * 4
