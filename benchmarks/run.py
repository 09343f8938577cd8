"""Time the enumeration of strata and the import; write docs/benchmarks.md.

``python benchmarks/run.py`` writes the page, ``--print`` shows it instead. One process, one
core; every round builds its expression anew, outside the timed region.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

from batch_cases import HEADER, batch_rows  # noqa: E402
from cases import (  # noqa: E402
    CASES,
    ENGINE_CASES,
    SMALL_CASES,
    Case,
    arrangement,
    count_with_z3,
)
from compare_engines import others  # noqa: E402
from large_nodes import rows as large_node_rows  # noqa: E402
from local_cases import questions, tied_network  # noqa: E402

import piecewise_mt as mt  # noqa: E402

IMPORT_CODE = """
import time
start = time.perf_counter()
import sympy
middle = time.perf_counter()
import piecewise_mt
print(middle - start, time.perf_counter() - middle)
"""


def time_strata(
    case: Case, rounds: int, timer: Callable[[], float] = time.perf_counter
) -> tuple[tuple[int, ...], list[float]]:
    """The face vector and the seconds of each round of ``f.strata().f_vector``."""
    seconds = []
    f_vector: tuple[int, ...] = ()
    for _ in range(rounds):
        function = case.build()
        start = timer()
        f_vector = function.strata().f_vector
        seconds.append(timer() - start)
    return f_vector, seconds


def time_imports(processes: int) -> tuple[float, float]:
    """Median seconds of ``import sympy`` and of ``import piecewise_mt`` after it."""
    pairs = []
    for _ in range(processes):
        done = subprocess.run(
            [sys.executable, "-c", IMPORT_CODE],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
        pairs.append(tuple(map(float, done.stdout.split())))
    first, second = zip(*pairs)
    return statistics.median(first), statistics.median(second)


def processor() -> str:
    """The processor's own name, where the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def machine() -> list[str]:
    """Lines that describe the machine and the versions, without names or paths."""
    versions = []
    for package in ("sympy", "networkx", "numpy", "z3-solver"):
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            versions.append(f"{package} absent")
    return [
        f"- processor: {processor()}, {os.cpu_count()} cores seen, one used",
        f"- system: {platform.system()}, {platform.machine()}",
        f"- {platform.python_implementation()} {platform.python_version()}; {', '.join(versions)}",
    ]


def table(header: list[str], rows: list[list[str]]) -> list[str]:
    """A Markdown table whose columns, the first excepted, are set flush right."""
    rule = ["---"] + ["---:"] * (len(header) - 1)
    return ["| " + " | ".join(cells) + " |" for cells in [header, rule, *rows]]


def local_section() -> list[str]:
    """The questions at one point of a large network, each asked once."""
    lines = [
        "",
        "## At one point of a network with 784 inputs",
        "",
        "784-64-32-10, ReLU, dyadic weights, one round, in this order: what an earlier question has",
        "found is not computed again. Ties: 20 active ones (16 in the first layer, 4 in the second)",
        "whose kinks span 4 dimensions; then 12 independent ones. `f1 - f2` is scalar.",
    ]
    for first, deep, rank in ((16, 4, 4), (12, 0, 12)):
        f, point = tied_network(first, deep, rank)
        for name, own in (("all ten outputs", f), ("f1 - f2", f[0] - f[1])):
            print(f"784 inputs, {first + deep} ties, {name} …", file=sys.stderr, flush=True)
            rows = [[q, f"{s:.3f}", answer] for q, s, answer in questions(own, point)]
            lines += ["", f"{first + deep} ties of rank {rank}, {name}:", ""]
            lines += table(["question", "seconds", "answer"], rows)
    return lines


def engine_section(rounds: int) -> list[str]:
    """All engines on the same inputs, and counting in blocks."""
    names = ["python", *others()]
    lines = ["", "## Engines", ""]
    if len(names) == 1:
        return [*lines, f"Only the Python engine: {mt.engine().reason}."]
    rows = []
    before = os.environ.get("PIECEWISE_MT_ENGINE")
    if "numpy" in names:
        import numpy  # noqa: F401 - its import is no part of a round
    for case in ENGINE_CASES:
        print(f"{case.name}, {len(names)} engines …", file=sys.stderr, flush=True)
        seconds: dict[str, float] = {}
        found = set()
        for name in names:
            os.environ["PIECEWISE_MT_ENGINE"] = name
            slow = name == "python" and "320" in case.name
            counts, taken = time_strata(case, 1 if slow else rounds, timer=time.process_time)
            found.add(counts)
            seconds[name] = statistics.median(taken)
        assert len(found) == 1, case.name
        total = sum(found.pop())
        rates = [f"{total / own:,.0f}" for own in seconds.values()]
        ratios = [f"{seconds['python'] / seconds[name]:.1f}" for name in names[1:]]
        rows.append([case.name, f"{total:,}", *rates, *ratios])
    os.environ.pop("PIECEWISE_MT_ENGINE")
    os.environ.update({} if before is None else {"PIECEWISE_MT_ENGINE": before})
    lines += [
        "Faces a second of CPU time, as above, medians, by the engine in Python, the compiled one and the one on",
        "NumPy's arrays, as far as they are here, and the ratios of these to Python.",
        "",
    ]
    header = ["input", "faces", *names, *[f"{name} / python" for name in names[1:]]]
    lines += table(header, rows)
    if "compiled" not in names:
        return lines
    case = arrangement("64 random hyperplanes in R^4", 4, 64)
    print(f"{case.name}, in blocks …", file=sys.stderr, flush=True)
    code = (
        "import resource, sys, time; sys.path.insert(0, 'benchmarks'); import piecewise_mt as mt\n"
        "from cases import arrangement; f = arrangement('', 4, 64).build(); start = time.process_time()\n"
        "n = sum(mt.f_vector(f)); seconds = time.process_time() - start\n"
        "print(n, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    count, seconds, kilobytes = done.stdout.split()
    lines += [
        "",
        f"`mt.f_vector` of {case.name}, in blocks: {int(count):,} faces in {float(seconds):.1f} s, "
        f"{int(count) / float(seconds):,.0f} faces/s, peak memory {int(kilobytes) // 1024} MB with "
        "Python and all imports.",
    ]
    return lines


def ppl_section() -> list[str]:
    """The comparison with a loop over polyhedra, where pplpy is installed."""
    try:
        import ppl_loop
    except ImportError:
        return ["", "pplpy is not installed, so the loop over polyhedra was not timed."]
    print("PPL …", file=sys.stderr, flush=True)
    return [
        "",
        "## Against a loop over polyhedra",
        "",
        f"Cells as NNC polyhedra of the Parma Polyhedra Library (pplpy {version('pplpy')}), split by",
        "one kink after another; processor time in one run, equal counts.",
        "",
        *table(ppl_loop.HEADER, ppl_loop.rows()),
    ]


def page(rounds: int, with_z3: bool) -> str:
    """The whole page as Markdown."""
    lines = ["# Benchmarks", "", "Written by `python benchmarks/run.py`; do not edit.", ""]
    lines += machine()
    lines += [
        "",
        "## Strata: every face of every dimension",
        "",
        "`f.strata()` and `f.f_vector` with all labels, the expression built beforehand and anew for",
        f"each of the {rounds} rounds. Conditions and witnesses are not asked for.",
        "",
    ]
    header = ["input", "faces", "best, ms", "median, ms", "faces/s, best", "faces/s, median"]
    if with_z3:
        header += ["z3, s", "z3, faces/s", "ratio"]
    rows = []
    for case in [*SMALL_CASES, *CASES]:
        print(f"{case.name} …", file=sys.stderr, flush=True)
        f_vector, seconds = time_strata(case, rounds)
        count = sum(f_vector)
        assert sum((-1) ** k * n for k, n in enumerate(f_vector)) == (-1) ** case.inputs
        best, median = min(seconds), statistics.median(seconds)
        row = [
            case.name,
            f"{count:,}",
            f"{1000 * best:.1f}",
            f"{1000 * median:.1f}",
            f"{count / best:,.0f}",
            f"{count / median:,.0f}",
        ]
        if with_z3:
            start = time.perf_counter()
            found = count_with_z3(case)
            asked = time.perf_counter() - start
            assert found == count, (case.name, found, count)
            row += [f"{asked:.2f}", f"{count / asked:,.0f}", f"{asked / median:,.0f}"]
        rows.append(row)
    lines += table(header, rows)
    if with_z3:
        lines += [
            "",
            "The last columns put the same question to z3, on the same inputs in the same process: a",
            "depth-first search over the signs of the kinks with one incremental solver in exact real",
            "arithmetic, at most two queries a node, one round; the counts were checked to be equal. The",
            "ratio is to our median.",
        ]

    lines += engine_section(rounds)
    lines += ppl_section()
    lines += local_section()

    print("large nodes …", file=sys.stderr, flush=True)
    lines += [
        "",
        "## Single nodes with many operands, at the tie of all of them",
        "",
        "CPU seconds; every question may use what earlier ones about the point found.",
        "",
    ]
    lines += table(["function", "question", "seconds", "answer"], list(large_node_rows()))

    print("batches …", file=sys.stderr, flush=True)
    lines += [
        "",
        "## After the enumeration",
        "",
        "Processor time for each face, point or piece. The slow way is taken on a sample in the same",
        "run: tuples of labels, exact arithmetic at every point, fractions summed anew for every piece,",
        "and a refinement of every cell; the answers were checked to be equal.",
        "",
    ]
    lines += table(HEADER, batch_rows())

    print("import …", file=sys.stderr, flush=True)
    sympy_seconds, own_seconds = time_imports(10)
    lines += [
        "",
        "## Import",
        "",
        "Median of 10 processes, each importing sympy first and piecewise_mt after it.",
        "",
    ]
    lines += table(
        ["", "seconds"],
        [
            ["`import sympy`", f"{sympy_seconds:.3f}"],
            ["`import piecewise_mt`, in addition", f"{own_seconds:.3f}"],
        ],
    )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--no-z3", action="store_true", help="skip the comparison")
    parser.add_argument("--print", action="store_true", help="show the page, write nothing")
    options = parser.parse_args()
    text = page(options.rounds, not options.no_z3)
    if options.print:
        print(text, end="")
    else:
        (ROOT / "docs" / "benchmarks.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
