"""``python -m piecewise_mt_check file.json``."""

import sys

from piecewise_mt_check.check import check_file
from piecewise_mt_check.reading import shown

USAGE = """usage: python -m piecewise_mt_check FILE …

Checks certificates. The exit code is 0 for valid, 1 for invalid, 2 for unsupported; of several
files, the largest."""


def main(arguments: list[str]) -> int:
    """Check the files; the exit code."""
    if not arguments or any(argument in ("-h", "--help") for argument in arguments):
        _say(USAGE)
        return 0 if arguments else 2
    code = 0
    for path in arguments:
        verdict = check_file(path)
        name = path if path.isprintable() else shown(path)
        _say(f"{name}: {verdict}" if len(arguments) > 1 else str(verdict))
        code = max(code, verdict.exit_code)
    return code


def _say(text: str) -> None:
    """Print it, with escapes where the terminal has no such letters."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
