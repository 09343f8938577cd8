"""The Hypothesis tests that compare independent answers, run for as long as one likes.

``python -m tests.fuzz --minutes 30`` from the root draws new examples all the time: engines against each other,
enumeration against the pointwise chain rule and z3, proofs and forged ones, round trips through text and JSON. The seed
is printed; ``--seed`` repeats a run, ``--only engines`` keeps to one group, ``--list`` tells the groups.
"""

from __future__ import annotations

import argparse
import importlib
import random
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from hypothesis import HealthCheck, Phase, is_hypothesis_test, settings

sys.path.insert(0, str(Path(__file__).parent))

GROUPS = {
    "engines": "engines numpy_engine blocks",
    "enumeration": "oracles thin_pieces label_order one_sign on_strata joining merging polyhedron",
    "proofs": "every_proof proofs semialgebraic_proofs shape lipschitz separate_maxima",
    "points": "local irrational_points constrained_stationarity following sums enclosures",
    "comparing": "check check_gradient comparing forms measures minimum conjugates fewest",
    "numbers": "number_fields spans simplex matrices positivity quadratics largest_roots polynomials_on_a_line "
    "exact_numbers integer_polynomials lexicographic line_polynomials linear nearest_points quadratic_functions "
    "real_roots shape_certificates sign_tables simplex_integrals spectral_norms tie_polynomials",
    "round trips": "typed_back texts json_functions exchange parser from_sympy",
}
EXAMPLES = 12
"""So many examples of one test before the next one has its turn."""


def oracles(group: str) -> Iterator[tuple[str, Callable[[], None]]]:
    """The tests of a group that need nothing but what Hypothesis draws."""
    for name in GROUPS[group].split():
        module = importlib.import_module(f"test_{name}")
        for key, test in vars(module).items():
            if key.startswith("test_") and is_hypothesis_test(test) and not _needs_pytest(test):
                yield f"{name}.{key}", test


def _needs_pytest(test: Callable[[], None]) -> bool:
    """Whether it has marks (parameters, skips) or fixtures that only pytest understands."""
    code = test.__code__
    return bool(getattr(test, "pytestmark", ())) or code.co_argcount + code.co_kwonlyargcount > 0


def draw(test: Callable[[], None], seed: int, examples: int) -> None:
    """Run one test on new examples; nothing is remembered from one run to the next."""
    own = settings(
        max_examples=examples,
        derandomize=False,
        database=None,
        deadline=None,
        print_blob=True,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    test._hypothesis_internal_use_settings = own  # type: ignore[attr-defined]
    test._hypothesis_internal_use_seed = seed  # type: ignore[attr-defined]
    test()


def run(minutes: float, seed: int, groups: list[str], examples: int = EXAMPLES) -> int:
    """Tests in a random order, again and again until the time is over; how many tests failed."""
    end = time.monotonic() + 60 * minutes
    tests = [found for group in groups for found in oracles(group)]
    rng = random.Random(seed)
    turns, failed = 0, {}
    print(f"{len(tests)} tests, seed {seed}", flush=True)
    while time.monotonic() < end:
        for name, test in rng.sample(tests, len(tests)):
            if time.monotonic() >= end:
                break
            if name in failed:
                continue
            turns += 1
            own = rng.getrandbits(32)
            try:
                draw(test, own, examples)
            except Exception:
                failed[name] = own
                print(f"\nFAILED {name}, seed {own}\n{traceback.format_exc()}", flush=True)
        if len(failed) == len(tests):
            break
    print(
        f"{turns} turns of at most {examples} examples, {len(failed)} failed: {', '.join(failed) or 'none'}"
    )
    return len(failed)


def main(arguments: list[str] | None = None) -> int:
    reader = argparse.ArgumentParser(
        prog="python -m tests.fuzz",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    reader.add_argument("--minutes", type=float, default=30)
    reader.add_argument("--seed", type=int, default=None)
    reader.add_argument("--only", action="append", choices=GROUPS, help="a group; may be repeated")
    reader.add_argument("--list", action="store_true", help="tell the tests of each group")
    given = reader.parse_args(arguments)
    groups = given.only or list(GROUPS)
    if given.list:
        for group in groups:
            print(f"{group}:", *(name for name, _ in oracles(group)), sep="\n  ")
        return 0
    seed = random.SystemRandom().getrandbits(32) if given.seed is None else given.seed
    return 1 if run(given.minutes, seed, groups) else 0


if __name__ == "__main__":
    sys.exit(main())
