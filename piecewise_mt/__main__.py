"""``python -m piecewise_mt``."""

import sys

from piecewise_mt.cli import main

if __name__ == "__main__":
    sys.exit(main())
