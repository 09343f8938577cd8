"""``python -m piecewise_mt_check file.json``."""

import sys

from piecewise_mt_check.check import check_file


def main(arguments: list[str]) -> int:
    if not arguments or any(argument in ("-h", "--help") for argument in arguments):
        print("usage: python -m piecewise_mt_check FILE …\n\nChecks certificates: 0 valid, 1 invalid, 2 unsupported.")  # fmt: skip  # noqa: E501
        return 0 if arguments else 2
    code = 0
    for path in arguments:
        verdict = check_file(path)
        print(f"{path}: {verdict}" if len(arguments) > 1 else verdict)
        code = max(code, verdict.exit_code)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
