"""What ``import piecewise_mt`` may load: sympy and the package, nothing heavy or optional."""

import json
import subprocess
import sys

HEAVY = ("numpy", "networkx", "matplotlib", "torch", "IPython", "rich", "z3", "hypothesis")


def loaded_by(module: str) -> set[str]:
    """The top-level modules in ``sys.modules`` of a fresh process that imports ``module``."""
    code = f"import {module}, json, sys; print(json.dumps(sorted({{m.split('.')[0] for m in sys.modules}})))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    return set(json.loads(done.stdout))


def test_import_loads_no_optional_library():
    extra = loaded_by("piecewise_mt") - loaded_by("sympy")
    assert "piecewise_mt" in extra
    assert not extra.intersection(HEAVY)


def test_importing_twice_the_same_function_of_the_top_level():
    """Public names are real attributes: ``from piecewise_mt import *`` and ``dir`` see them."""
    import piecewise_mt as mt

    missing = [name for name in mt.__all__ if not hasattr(mt, name)]
    assert missing == []
    assert sorted(set(mt.__all__)) == sorted(mt.__all__)


def test_importing_the_package_does_not_import_sympy():
    assert "sympy" not in loaded_by("piecewise_mt")


def test_public_names_are_no_modules_whatever_was_imported_before():
    code = (
        "import importlib, pkgutil, types, piecewise_mt as mt\n"
        "for module in pkgutil.walk_packages(mt.__path__, 'piecewise_mt.'):\n"
        "    if '__main__' not in module.name and 'plots' not in module.name:\n"
        "        importlib.import_module(module.name)\n"
        "print([n for n in mt.__all__ if isinstance(getattr(mt, n), types.ModuleType)])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "[]"
