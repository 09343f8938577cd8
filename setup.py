"""The compiled engine, which may be missing: without a compiler the Python engine answers.

``PIECEWISE_MT_BUILD=pure`` leaves it out, for a wheel that fits every machine. Why it is missing
is left in a file beside it, for ``mt.engine()``.
"""

import os
import sysconfig
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

FOLDER = "piecewise_mt/geometry/kernel/"
NAMES = "faces joining integers doubles given changes rows reads labels module"
PACKAGE = "piecewise_mt.geometry"
REASON = "_kernel_reason.txt"

pure = os.environ.get("PIECEWISE_MT_BUILD") == "pure"
# the limited API does not exist there yet
free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def reason(folder: Path, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / REASON).write_text(text + "\n", encoding="utf-8")


class Build(build_ext):
    """Builds the extension, or says why it could not."""

    problem = ""

    def build_extension(self, ext: Extension) -> None:
        place = Path(self.get_ext_fullpath(ext.name)).parent
        (place / REASON).unlink(missing_ok=True)
        try:
            super().build_extension(ext)
        except Exception as error:
            first = (str(error).splitlines() or [type(error).__name__])[0]
            self.problem = f"the extension in C could not be built at installation: {first}"
            reason(place, self.problem)
            raise

    def copy_extensions_to_source(self) -> None:
        # of an editable installation, which is built elsewhere first
        super().copy_extensions_to_source()
        place = Path(self.get_finalized_command("build_py").get_package_dir(PACKAGE))
        (place / REASON).unlink(missing_ok=True)
        if self.problem:
            reason(place, self.problem)


class Pure(build_py):
    """Leaves the extension out on purpose."""

    def run(self) -> None:
        super().run()
        if pure:
            text = "the package was built with PIECEWISE_MT_BUILD=pure"
        else:
            text = "free-threaded Python has no limited API, which the extension in C needs"
        if getattr(self, "editable_mode", False):
            reason(Path(self.get_package_dir(PACKAGE)), text)
        else:
            reason(Path(self.build_lib, *PACKAGE.split(".")), text)


if pure or free_threaded:
    setup(cmdclass={"build_py": Pure})
else:
    extension = Extension(
        f"{PACKAGE}._kernel",
        [f"{FOLDER}{name}.c" for name in NAMES.split()],
        depends=[f"{FOLDER}{name}.h" for name in ("kernel", "faces", "methods")],
        define_macros=[("Py_LIMITED_API", "0x030B0000")],
        # the proofs of the bounds need every operation rounded on its own
        extra_compile_args=["/O2", "/fp:strict"]
        if os.name == "nt"
        else ["-std=c99", "-O3", "-g0", "-fvisibility=hidden", "-ffp-contract=off"],
        py_limited_api=True,
        optional=True,
    )
    setup(
        ext_modules=[extension],
        cmdclass={"build_ext": Build},
        options={"bdist_wheel": {"py_limited_api": "cp311"}},
    )
