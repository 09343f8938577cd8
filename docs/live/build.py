"""The live pages: JupyterLite with a Pyodide kernel, and every wheel that it needs beside it.

``python docs/live/build.py FOLDER`` writes a site that asks no other host: the Pyodide runtime,
the kernel, SymPy, mpmath, NetworkX and the pure wheel of this package are files in it. Needs
``pip install -e ".[live]"``, and pip and npm with their registries for what the site serves.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

from notebooks import LEFT_OUT, live

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
KERNEL = ("micropip", "ipython", "jedi")
"""What the kernel asks for at its start, beside the wheels that come with it."""
MATHEMATICS = ("sympy", "networkx")
NOT_NEEDED = {"setuptools", "matplotlib", "numpy"}
"""Pyodide's lock gives them to networkx, which imports them only for drawing and for arrays."""
RUNTIME = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")


def run(*command: str | Path, where: Path | None = None, **environment: str) -> None:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=where,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command[:4]))} failed:\n{done.stdout[-2000:]}")


def normal(name: str) -> str:
    """A package's name as indices spell it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def runtime(folder: Path) -> dict[str, Any]:
    """Pyodide's files in a folder, in the version that the kernel was made for; its lock."""
    from jupyterlite_pyodide_kernel.constants import PYODIDE_VERSION

    with tempfile.TemporaryDirectory() as temporary:
        run("npm", "pack", "--silent", f"pyodide@{PYODIDE_VERSION}", where=Path(temporary))
        with tarfile.open(next(Path(temporary).glob("*.tgz"))) as archive:
            for name in RUNTIME:
                source = archive.extractfile(f"package/{name}")
                assert source is not None, name
                (folder / name).write_bytes(source.read())
            lock = archive.extractfile("package/pyodide-lock.json")
            assert lock is not None
            return dict(json.load(lock))


def needed(lock: dict[str, Any]) -> dict[str, str]:
    """Name and version of every wheel that an index must give, as Pyodide locks them."""
    found: dict[str, str] = {"comm": "0.2.3"}
    waiting = [*KERNEL, *MATHEMATICS]
    while waiting:
        name = normal(waiting.pop())
        if name in found or name in NOT_NEEDED:
            continue
        entry = {normal(n): entry for n, entry in lock["packages"].items()}[name]
        found[name] = entry["version"]
        waiting += entry["depends"]
    return found


def wheels(folder: Path, lock: dict[str, Any]) -> None:
    """The wheels of other projects, and this package without its extension in C."""
    from jupyterlite_pyodide_kernel.constants import PYODIDE_PYTHON_VERSION

    pip = (sys.executable, "-m", "pip", "-q", "--disable-pip-version-check")
    names = [f"{name}=={version}" for name, version in sorted(needed(lock).items())]
    version = ("--python-version", PYODIDE_PYTHON_VERSION)
    only = ("--only-binary", ":all:", "--no-deps", *version, "-d", folder)
    run(*pip, "download", *only, *names)
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(temporary)
        for name in ("setup.py", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, source)
        left_out = shutil.ignore_patterns("_kernel.*", "__pycache__")
        shutil.copytree(ROOT / "piecewise_mt", source / "piecewise_mt", ignore=left_out)
        run(*pip, "wheel", "--no-deps", "-w", folder, source, PIECEWISE_MT_BUILD="pure")
    extension = Path(sys.prefix, "share/jupyter/labextensions/@jupyterlite")
    for wheel in extension.glob("pyodide-kernel-extension/static/pypi/*.whl"):
        if not wheel.name.startswith("widgetsnbextension"):
            shutil.copy(wheel, folder)


def entry(wheel: Path, names: set[str]) -> dict[str, Any]:
    """What Pyodide's lock says of one wheel; dependencies only among those that are served."""
    with zipfile.ZipFile(wheel) as archive:
        files = archive.namelist()
        text = archive.read(next(f for f in files if f.endswith(".dist-info/METADATA")))
    meta = HeaderParser().parsestr(text.decode())
    tops = {f.split("/")[0].removesuffix(".py") for f in files if f.endswith(".py")}
    depends = []
    for requirement in meta.get_all("Requires-Dist") or []:
        name, _, marker = requirement.partition(";")
        name = normal(re.split(r"[^\w.-]", name.strip())[0])
        if name in names and "extra" not in marker:
            depends.append(name)
    return {
        "name": meta["Name"],
        "version": meta["Version"],
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "package_type": "package",
        "imports": sorted(top for top in tops if top.isidentifier()),
        "depends": sorted(set(depends)),
        "unvendored_tests": False,
    }


def write_lock(pyodide: Path, lock: dict[str, Any]) -> dict[str, Any]:
    """The lock of the wheels in a folder, and of no others; its packages."""
    served = sorted(pyodide.glob("*.whl"))
    names = {normal(wheel.name.split("-")[0]) for wheel in served}
    packages = {normal(wheel.name.split("-")[0]): entry(wheel, names) for wheel in served}
    text = json.dumps({**lock, "packages": packages}, indent=1)
    (pyodide / "pyodide-lock.json").write_text(text, encoding="utf-8")
    return packages


def compiled(pyodide: Path) -> None:
    """Adds byte code to the wheels: without it, most of a start is the compilation of SymPy."""
    with tempfile.TemporaryDirectory() as temporary:
        run("node", HERE / "compile.mjs", pyodide, temporary)
        found = {
            # folder/__pycache__/name.cpython-….pyc is that of folder/name.py
            (path.parent.parent / f"{path.name.split('.')[0]}.py").relative_to(temporary): path
            for path in Path(temporary).rglob("*.pyc")
        }
        for wheel in sorted(pyodide.glob("*.whl")):
            with zipfile.ZipFile(wheel, "a", zipfile.ZIP_DEFLATED) as archive:
                for name in archive.namelist():
                    if (code := found.pop(Path(name), None)) is not None:
                        archive.write(code, code.relative_to(temporary).as_posix())


def build(out: Path) -> None:
    """Write the site."""
    with tempfile.TemporaryDirectory() as temporary:
        lite = Path(temporary)
        pyodide = lite / "static" / "pyodide"
        pyodide.mkdir(parents=True)
        lock = runtime(pyodide)
        wheels(pyodide, lock)
        write_lock(pyodide, lock)
        compiled(pyodide)
        packages = write_lock(pyodide, lock)
        kernel = {
            "disablePyPIFallback": True,
            # all at the start, so that "import piecewise_mt" is at once
            "loadPyodideOptions": {"packages": sorted(packages)},
        }
        plugins = {"@jupyterlite/pyodide-kernel-extension:kernel": kernel}
        config = {
            "jupyter-lite-schema-version": 0,
            "jupyter-config-data": {"appName": "piecewise_mt", "litePluginSettings": plugins},
        }
        (lite / "jupyter-lite.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
        contents = lite / "content"
        contents.mkdir()
        for notebook in sorted((ROOT / "examples").glob("*.ipynb")):
            if notebook.name not in LEFT_OUT:
                text = json.dumps(live(notebook), ensure_ascii=False, indent=1)
                (contents / notebook.name).write_text(text, encoding="utf-8")
        site = lite / "site"
        run(
            *(Path(sys.executable).parent / "jupyter", "lite", "build", "--lite-dir", lite),
            *("--contents", contents, "--output-dir", site, "--no-sourcemaps"),
            *("--apps", "repl", "--apps", "notebooks", "--apps", "lab"),
            where=lite,
        )
        for page in HERE.glob("function.*"):
            shutil.copy(page, site)
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(site, out)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    build(parser.parse_args(argv).folder.resolve())


if __name__ == "__main__":
    main()
