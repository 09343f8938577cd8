"""``python -m piecewise_mt`` and the script ``piecewise-mt``."""

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; see :func:`piecewise_mt.cli.main`.

    ``verify FILE`` hands over to the checker of certificates, before anything else is imported.
    """
    arguments = sys.argv[1:] if argv is None else list(argv)
    if arguments[:1] == ["verify"]:
        from piecewise_mt_check.__main__ import main as verify

        return verify(arguments[1:])
    try:
        # here SymPy is imported, which takes long enough for a Ctrl-C to fall into it
        from piecewise_mt.cli import main as command
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return command(argv)


if __name__ == "__main__":
    sys.exit(main())
