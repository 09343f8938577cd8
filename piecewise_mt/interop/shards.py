"""Strata on disk: a folder of Parquet files with a journal, written by many and gone on with later.

A shard is one block: a row a stratum, with its dimension and its word, the bits of its labels.
The journal has a line for every task that is done, so what was interrupted starts where it was; a
line that was cut off while it was written does not count, nor do files that no line names.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from functools import partial
from pathlib import Path as Folder
from typing import Any

from piecewise_mt.calculus.evaluation.program import Program, compile_program
from piecewise_mt.calculus.partition.assumed import domain_of
from piecewise_mt.calculus.partition.blocks import BUDGET, Block, Path, require_block
from piecewise_mt.calculus.partition.domain import read_domain
from piecewise_mt.calculus.partition.progress import Progress, reporting
from piecewise_mt.calculus.partition.tasks import (
    Done,
    Task,
    first_paths,
    require_executor,
    results,
    run,
)
from piecewise_mt.errors import PiecewiseError, Unsupported, shown
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.interop.json_text import parsed, read_text

FORMAT = "piecewise_mt.shards"
VERSION = 1
JOURNAL = "journal.jsonl"
_HEAD = {"format", "version", "function", "fingerprint", "paths"}
_LINE = {"path", "left", "files", "counts"}
MOST = 500_000
"""The faces after which a task is written down."""


class Shards:
    """Strata in a folder: their dimensions and labels, read file by file.

    Made by :func:`mt.write_shards` and :func:`mt.read_shards`.

    See Also
    --------
    mt.write_shards : Writes them.
    Expression.strata : Strata in memory, with conditions and witnesses.

    Examples
    --------
    >>> import tempfile
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> folder = tempfile.mkdtemp()
    >>> shards = mt.write_shards(mt.max(x, y), folder)  # doctest: +SKIP
    >>> shards.f_vector, sorted(shards)  # doctest: +SKIP
    ((0, 1, 2), [(1, ('{1, 2}',)), (2, ('{1}',)), (2, ('{2}',))])
    """

    def __init__(self, folder: Folder, f: Expression, domain: Polyhedron | None) -> None:
        self.folder = folder
        self.function = f
        self.domain = domain
        self._program = compile_program(f)
        self._journal = _read_journal(folder / JOURNAL)
        if self._journal[0]["fingerprint"] != fingerprint(self._program, domain):
            expected, found = _differing(self._journal[0], f, self._program, domain)
            raise PiecewiseError(
                f"expected the function and domain of the shards in {str(folder)!r}, "
                f"{expected}, got {found}; give that one, or another folder"
            )

    @property
    def left(self) -> list[Path]:
        """The paths of blocks that are not written yet."""
        head, *lines = self._journal
        open_paths = dict.fromkeys(map(_path, head["paths"]))
        for line in lines:
            open_paths.pop(_path(line["path"]), None)
            open_paths.update(dict.fromkeys(map(_path, line["left"])))
        return list(open_paths)

    @property
    def is_complete(self) -> bool:
        """Whether all strata are there."""
        return not self.left

    @property
    def files(self) -> list[Folder]:
        """The files that belong to tasks that are done."""
        return [self.folder / name for line in self._journal[1:] for name in line["files"]]

    @property
    def f_vector(self) -> tuple[int, ...]:
        """How many strata of each dimension 0, …, a are there."""
        total = [0] * (len(self._program.names) + 1)
        for line in self._journal[1:]:
            total = [a + b for a, b in zip(total, line["counts"], strict=True)]
        return tuple(total)

    def __len__(self) -> int:
        return sum(self.f_vector)

    def __iter__(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Dimension and labels of every stratum, a file at a time."""
        units = self._program.units
        for file in self.files:
            try:
                if not file.is_file():  # a pipe would keep whoever opens it waiting
                    raise ValueError("none")
                table = _arrow().read_table(file)
                words = table.column("word").to_pylist()
                dimensions = table.column("dimension").to_pylist()
                rows = [
                    (int(dimension), self._program.labels(int.from_bytes(word, "little")))
                    for dimension, word in zip(dimensions, words, strict=True)
                ]
            except (OSError, ValueError, TypeError, LookupError, OverflowError) as error:
                raise PiecewiseError(
                    f"expected the file {file.name!r} of the journal, got {shown(error, 150)}; "
                    "write the shards anew"
                ) from error
            for dimension, keys in rows:
                yield (
                    dimension,
                    tuple(unit.atom.label_text(key) for unit, key in zip(units, keys, strict=True)),
                )

    def __repr__(self) -> str:
        state = "complete" if self.is_complete else f"{len(self.left)} tasks left"
        return f"<{len(self)} strata of {self.function!r} in {str(self.folder)!r}, {state}>"


def write_shards(
    f: Expression,
    folder: str | os.PathLike[str],
    domain: Any = None,
    *,
    executor: Executor | None = None,
    block: int = BUDGET,
    progress: bool | Progress | None = None,
) -> Shards:
    """Enumerate the strata of f into a folder, or go on where this was interrupted.

    Parameters
    ----------
    f : Expression
        The function.
    folder : path
        A new or empty folder, or one with shards of the same function and domain. Workers on
        other machines must reach it under the same name.
    domain : Polyhedron, condition, str, dict or None
        Where strata are enumerated; None for the whole space.
    executor : concurrent.futures.Executor, optional
        Whose workers enumerate and write; this process, if it is left out.
    block : int
        The faces of a block, one file each.
    progress : bool, callable or None
        True for a counter on stderr, or a function of the count of strata so far.

    Returns
    -------
    Shards
        What is in the folder.

    Raises
    ------
    Unsupported
        If pyarrow is not installed.
    PiecewiseError
        If the folder has other files, or the shards of another function.
    BrokenPool
        If a process pool breaks; what is done stays, and a new executor goes on.

    See Also
    --------
    mt.read_shards : Reads them, and writes nothing.
    mt.f_vector : Counts without keeping anything.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> mt.write_shards(mt.max(x, y), "strata")  # doctest: +SKIP
    <3 strata of max(x, y) in 'strata', complete>
    """
    _arrow()
    require_block(block)
    workers = None if executor is None else require_executor(executor)
    program = compile_program(f)
    region = domain_of(f, domain, program.names)
    place = _folder(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PiecewiseError(
            f"expected a folder that can be made, got {str(place)!r}: {error}; give another one"
        ) from error
    with _alone(place):
        _enumerate(f, place, program, region, workers, block, progress)
    return Shards(place, f, region)


def _enumerate(
    f: Expression,
    place: Folder,
    program: Program,
    region: Polyhedron | None,
    workers: Executor | None,
    block: int,
    progress: bool | Progress | None,
) -> None:
    journal = place / JOURNAL
    if not journal.exists():
        mine = (".tmp", ".lock")
        if others := sorted(own.name for own in place.iterdir() if own.suffix not in mine):
            raise PiecewiseError(
                f"expected an empty folder or one with shards, got {str(place)!r} with "
                f"{others[0]!r}; give another folder"
            )
        head = {
            "format": FORMAT,
            "version": VERSION,
            "function": str(f),
            "variables": list(program.names),
            "domain": None if region is None else str(region),
            "fingerprint": fingerprint(program, region),
            "paths": first_paths(f, region),
        }
        # whole or not at all: a journal without its head could not be gone on with
        temporary = place / f"{JOURNAL}.tmp"
        temporary.write_text(json.dumps(head) + "\n", encoding="utf-8")
        os.replace(temporary, journal)
    shards = Shards(place, f, region)
    _drop_torn_line(journal)
    answer = partial(_write, str(place))
    total = len(shards)
    with reporting(progress, "strata") as report, journal.open("a", encoding="utf-8") as lines:
        for done in _work(workers, f, region, answer, shards.left, block):
            line = {
                "path": done.path,
                "left": done.left,
                "files": [name for name, _ in done.answers if name],
                "counts": [sum(c) for c in zip(*(c for _, c in done.answers), strict=True)],
            }
            lines.write(json.dumps(line) + "\n")
            lines.flush()
            os.fsync(lines.fileno())
            total += done.owned
            if report is not None:
                report(total)


@contextmanager
def _alone(place: Folder) -> Iterator[None]:
    """The right to write into a folder, which ends with the process at the latest."""
    with (place / "writer.lock").open("a", encoding="utf-8") as lock:
        try:
            fcntl: Any = importlib.import_module("fcntl")
        except ImportError:  # there is none on Windows
            yield
            return
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise PiecewiseError(
                f"expected a folder that nobody else writes to, got {str(place)!r}, which another "
                "process has locked; wait for it, or give another folder"
            ) from error
        yield


def _folder(given: str | os.PathLike[str]) -> Folder:
    try:
        place = Folder(given).absolute()
        if "\0" in str(place):
            raise TypeError
    except TypeError as error:
        raise PiecewiseError(
            f"expected the path of a folder, got {given!r}; give a text or a Path"
        ) from error
    return place


def read_shards(folder: str | os.PathLike[str], of: Expression, domain: Any = None) -> Shards:
    """The strata that :func:`write_shards` has written, complete or not.

    Parameters
    ----------
    folder : path
        Where they are.
    of : Expression
        The function; it is compared with what the shards were made of.
    domain : Polyhedron, condition, str, dict or None
        The same for the domain.

    Raises
    ------
    PiecewiseError
        If there are no shards, or those of another function or domain.

    See Also
    --------
    mt.write_shards : Writes them.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> mt.read_shards("strata", mt.max(x, y)).f_vector  # doctest: +SKIP
    (0, 1, 2)
    """
    place = _folder(folder)
    return Shards(place, of, read_domain(domain, compile_program(of).names))


def fingerprint(program: Program, domain: Polyhedron | None) -> str:
    """The same for two programs if their words say the same."""
    rows = [
        (unit.atom.name, unit.bit, unit.atom.kinks(), unit.atom.marks(), unit.operands)
        for unit in program.units
    ]
    limits = None if domain is None else (domain.equations, domain.inequalities)
    text = repr((program.names, rows, limits))
    return hashlib.sha256(text.encode()).hexdigest()


def _differing(
    head: dict[str, Any], f: Expression, program: Program, domain: Polyhedron | None
) -> tuple[str, str]:
    """What tells the function and domain of a journal from others: as expected, and as found."""
    function = head["function"]
    if function != str(f):
        return str(function), str(f)
    variables = head.get("variables")
    if variables != list(program.names):
        return f"{function} in the variables {variables}", f"it in {list(program.names)}"
    limits = head.get("domain")
    if limits != (None if domain is None else str(domain)):
        return f"{function} on {limits or 'the whole space'}", f"it on {domain or 'all of it'}"
    # as with arrays of weights, or networks whose text leaves these out
    return str(function), "a function that is written alike but has other weights or kinks"


def _work(
    workers: Executor | None,
    f: Expression,
    domain: Polyhedron | None,
    answer: Any,
    paths: Sequence[Path],
    block: int,
) -> Iterator[Done]:
    if workers is not None:
        yield from results(workers, f, domain, answer, paths=paths, block=block, most=MOST)
        return
    pending = list(reversed(paths))
    while pending:
        done = run(Task(f, domain, pending.pop(), answer, block, MOST))
        pending += reversed(done.left)
        yield done


def _write(folder: str, program: Program, own: Block) -> tuple[str, tuple[int, ...]]:
    """Write one block: its file, which is whole or not there, and its counts."""
    counts = own.f_vector
    if not any(counts):
        return "", counts
    pyarrow: Any = importlib.import_module("pyarrow")
    size = max(1, (program.free_bit + 7) // 8)
    mask = (1 << (8 * size)) - 1
    shift = len(own.cells.lines) - 1
    dimensions: list[int] = []
    words: list[bytes] = []
    for level, found in enumerate(own.cells.face_words()):
        mine = [word for word in found if word & own.owned == own.owned]
        dimensions += [level + shift] * len(mine)
        words += [(word & mask).to_bytes(size, "little") for word in mine]
    table = pyarrow.table(
        {
            "dimension": pyarrow.array(dimensions, pyarrow.uint16()),
            "word": pyarrow.array(words, pyarrow.binary(size)),
        }
    )
    # the same block has the same name, whoever writes it
    name = hashlib.sha256(repr(own.path).encode()).hexdigest()[:24] + ".parquet"
    temporary = Folder(folder) / f"{name}.{os.getpid()}.tmp"
    _arrow().write_table(table, temporary)
    os.replace(temporary, Folder(folder) / name)
    return name, counts


def _read_journal(place: Folder) -> list[dict[str, Any]]:
    if not place.exists():
        raise PiecewiseError(
            f"expected a folder with shards, got {shown(place.parent)} without {JOURNAL}; write "
            "them with mt.write_shards"
        )
    found: list[dict[str, Any]] = []
    paths: set[str] = set()
    for line in read_text(place, "shards").split("\n")[:-1]:
        try:
            entry = parsed(line, "a line")
        except PiecewiseError:
            entry = None
        if not (_is_line(entry) if found else _is_head(entry)):
            raise PiecewiseError(
                f"expected the journal of shards, got {shown(place)} with a line that is none: "
                f"{shown(line)}; write them anew"
            )
        if found:
            if str(entry["path"]) in paths:  # of two writers without a lock
                continue
            paths.add(str(entry["path"]))
        found.append(entry)
    if not found or found[0]["format"] != FORMAT or found[0]["version"] != VERSION:
        raise PiecewiseError(
            f"expected shards of format {FORMAT} {VERSION}, got another journal in "
            f"{shown(place)}; write them anew"
        )
    width = len(found[0]["variables"]) + 1 if "variables" in found[0] else None
    for entry in found[1:]:
        if width is not None and len(entry["counts"]) != width:
            raise PiecewiseError(
                f"expected {width} counts in every line of the journal, got "
                f"{len(entry['counts'])} in {shown(place)}; write the shards anew"
            )
    return found


def _is_head(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and _HEAD <= entry.keys()
        and isinstance(entry["function"], str)
        and isinstance(entry["fingerprint"], str)
        and isinstance(entry["paths"], list)
        and isinstance(entry.get("variables", []), list)
    )


def _is_line(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and _LINE <= entry.keys()
        and all(isinstance(entry[key], list) for key in _LINE)
        and all(_is_name(name) for name in entry["files"])
        and all(type(count) is int and count >= 0 for count in entry["counts"])
    )


def _is_name(name: Any) -> bool:
    """Whether it is a file of this folder, and of no other."""
    return isinstance(name, str) and name == os.path.basename(name) and name.endswith(".parquet")


def _drop_torn_line(place: Folder) -> None:
    """Cut off what was being written when the process died."""
    content = place.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with place.open("r+b") as file:
            file.truncate(whole)


def _path(given: Any) -> Path:
    try:
        return tuple((int(done), tuple(map(int, bits)), int(place)) for done, bits, place in given)
    except (TypeError, ValueError) as error:
        raise PiecewiseError(
            f"expected the path of a block in the journal, got {given!r}; write the shards anew"
        ) from error


def _arrow() -> Any:
    try:
        return importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise Unsupported(
            "expected pyarrow to be installed, got none: it writes shards; "
            "pip install 'piecewise_mt[arrow]'"
        ) from error
