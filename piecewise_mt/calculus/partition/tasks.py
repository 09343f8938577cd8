"""Enumeration by many processes: a task is the path of a block, and returns what is too much.

A task walks the blocks under its path until it has seen its budget of faces; the paths of the
blocks that are left come back as new tasks. So no process is left with the largest part, and a
process that dies takes only its own task with it. Paths do not depend on the engine or on the
machine: whoever follows one finds the same block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    wait,
)
from dataclasses import dataclass
from typing import Any

from piecewise_mt.calculus.evaluation.program import Program, compile_program
from piecewise_mt.calculus.partition.blocks import ANY, BUDGET, Block, Path, Walk, blocks
from piecewise_mt.calculus.partition.refinement import Partition
from piecewise_mt.errors import BrokenPool, PiecewiseError
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.complex import Face, FaceComplex, require_size
from piecewise_mt.geometry.polyhedron import Polyhedron

MOST = 2_000_000
"""The faces after which a task returns what is left; some seconds of work."""
TASKS = 64
"""So many paths are made at the start: enough for 32 workers to be busy."""
FIRST = 2_000
"""The faces of a block from which on it is split for them."""

Answer = Callable[[Program, Block], Any]
"""What is asked of every block: a function of a module, as it goes to other processes."""


@dataclass(frozen=True)
class Task:
    """The blocks of a function under a path, up to a budget."""

    function: Expression
    domain: Polyhedron | None
    path: Path
    answer: Answer
    block: int = BUDGET
    most: int = MOST


@dataclass(frozen=True)
class Done:
    """What a task has found, and the paths that are left of it."""

    path: Path
    answers: tuple[Any, ...]
    left: tuple[Path, ...]
    owned: int
    """The faces, those at infinity left out, that were seen and belong to no other task."""


def run(task: Task) -> Done:
    """Do a task: what a worker calls."""
    program = compile_program(task.function)
    walk = Walk(program, task.domain, task.block, task.path)
    answers = []
    owned = seen = 0
    for own in walk:
        answers.append(task.answer(program, own))
        owned += sum(own.f_vector)
        seen += len(own.cells)
        if seen >= task.most:
            break
    return Done(task.path, tuple(answers), tuple(walk.left), owned)


def first_paths(f: Expression, domain: Polyhedron | None, count: int = TASKS) -> list[Path]:
    """Paths that together are the whole function."""
    return Walk(compile_program(f), domain, FIRST).spread(count)


def require_executor(executor: Any) -> Executor:
    """The executor, if it is one.

    Raises
    ------
    PiecewiseError
        If it has no ``submit``, as the client of a cluster.
    """
    is_one = callable(getattr(executor, "submit", None)) and hasattr(executor, "map")
    if not is_one or isinstance(executor, type):
        raise PiecewiseError(
            f"expected an executor of concurrent.futures, got {executor!r}; give one, such as "
            "ProcessPoolExecutor(), or client.get_executor() of a Dask client"
        )
    if callable(getattr(executor, "get_executor", None)):
        raise PiecewiseError(
            f"expected an executor of concurrent.futures, got {executor!r}; give its get_executor()"
        )
    own: Executor = executor
    return own


def results(
    executor: Executor,
    f: Expression,
    domain: Polyhedron | None,
    answer: Answer,
    *,
    paths: Iterable[Path] | None = None,
    block: int = BUDGET,
    most: int = MOST,
) -> Iterator[Done]:
    """The results of all tasks, in the order in which they are done.

    Parameters
    ----------
    paths : iterable of Path, optional
        Where to go on: the whole function, if it is left out.

    Raises
    ------
    BrokenPool
        If the executor has lost a process and does not run its tasks again, or is shut down.
    """
    pending: set[Future[Done]] = set()

    def submit(path: Path) -> None:
        task = Task(f, domain, path, answer, block, most)
        try:
            pending.add(executor.submit(run, task))
        except PiecewiseError:  # of the task, from an executor that runs it here and now
            raise
        except RuntimeError as error:  # broken already, or shut down
            raise _broken(error) from error

    try:
        for path in first_paths(f, domain) if paths is None else paths:
            submit(path)
        while pending:
            finished, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in finished:
                pending.discard(future)
                try:
                    done = future.result()
                except (BrokenExecutor, CancelledError) as error:
                    raise _broken(error) from error
                for path in done.left:
                    submit(path)
                yield done
    finally:
        for future in pending:
            future.cancel()


def _broken(error: Exception) -> BrokenPool:
    got = str(error) or "one that cancelled them"
    return BrokenPool(
        f"expected an executor that runs its tasks, got one that does not ({got}); give a new one, "
        "with fewer workers if memory ran out, and mt.write_shards to keep what is done"
    )


def answers(
    f: Expression,
    program: Program,
    domain: Polyhedron | None,
    answer: Answer,
    executor: Executor | None,
    *,
    block: int = BUDGET,
) -> Iterator[Any]:
    """What is answered of every block, here or by the workers of an executor."""
    if executor is None:
        for own in blocks(program, domain, block):
            yield answer(program, own)
        return
    for done in results(require_executor(executor), f, domain, answer, block=block):
        yield from done.answers


def f_vector_of(program: Program, own: Block) -> tuple[int, ...]:
    """How many strata of each dimension a block owns, as an answer of tasks."""
    return own.f_vector


@dataclass(frozen=True)
class Part:
    """A block as plain numbers: its faces by their words, with the coordinates of generators."""

    lines: tuple[tuple[int, ...], ...]
    inside: int
    levels: tuple[tuple[Face, ...], ...]
    words: tuple[tuple[int, ...], ...]
    rows: tuple[tuple[int, ...], ...]


def part_of(program: Program, own: Block) -> Part:
    """All of a block, to be joined with the others."""
    cells = own.cells
    width = len(program.names) + 1
    rows = [tuple(cells.coordinates_of(1, i)[0]) for i in range(cells.level_sizes()[1])]
    return Part(
        tuple(tuple(line[:width]) for line in cells.lines),
        cells.inside,
        tuple(map(tuple, cells.levels)),
        tuple(map(tuple, cells.face_words())),
        tuple(rows),
    )


def joined(program: Program, parts: Sequence[Part], max_faces: int) -> Partition:
    """The whole complex of its blocks: faces are equal if and only if their words are."""
    first = parts[0]
    whole = FaceComplex(len(program.names), max_faces)
    whole.lines = [list(line) for line in first.lines]
    whole.inside = first.inside
    top = max(len(part.levels) for part in parts)
    levels: list[list[Face]] = [[()], *([] for _ in range(1, top))]
    places: list[dict[int, int]] = [{0: 0}, *({} for _ in range(1, top))]
    whole.generators, whole.words = [], []
    for part in parts:
        known: list[int] = [0]
        for level in range(1, len(part.levels)):
            here = places[level]
            found = []
            for index, word in enumerate(part.words[level]):
                place = here.get(word)
                if place is None:
                    place = here[word] = len(here)
                    levels[level].append(tuple(known[own] for own in part.levels[level][index]))
                    if level == 1:
                        whole.generators.append(list(part.rows[index]))
                        whole.words.append(word)
                found.append(place)
            known = found
    whole.levels = levels
    return Partition(whole, whole.inside)


def partition_over(
    executor: Executor,
    f: Expression,
    program: Program,
    domain: Polyhedron | None,
    max_faces: int = ANY,
    report: Callable[[int], None] | None = None,
) -> Partition:
    """The complex of all faces, enumerated by the workers of an executor."""
    parts: dict[Path, tuple[Any, ...]] = {}
    total = 0
    for done in results(executor, f, domain, part_of):
        parts[done.path] = done.answers
        total += done.owned
        require_size(total, max_faces, report)
    # by path, so that the order does not depend on who was first
    ordered = [part for path in sorted(parts) for part in parts[path]]
    return joined(program, ordered, max_faces)
