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
