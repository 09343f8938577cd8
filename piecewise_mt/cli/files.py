"""What the command line writes to files: a picture, a page; each is whole or not there."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from piecewise_mt.errors import PiecewiseError


def write(path: str | Path, data: bytes) -> None:
    """A file in one step: readers find the old one or the new one, never half of it."""
    place = Path(path)
    try:
        if place.exists() and not place.is_file():
            place.write_bytes(data)  # a device, such as the standard output
            return
        place = place.resolve()  # a link stays one
        # made by hand, so that it has the permissions of an ordinary new file
        beside = place.with_name(f".{place.name}.{os.getpid()}.new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            with open(descriptor, "wb") as stream:
                stream.write(data)
            if place.exists():
                beside.chmod(place.stat().st_mode & 0o7777)
            os.replace(beside, place)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise PiecewiseError(
            f"expected a file that can be written, got {str(path)!r} ({error.strerror}); write it "
            "elsewhere"
        ) from error


def write_page(rep: Any, path: str) -> None:
    """The page of a representation, of ``--html``."""
    write(path, rep.to_html().encode())


def write_picture(rep: Any, path: str) -> None:
    """The picture of a representation, of ``--plot``: SVG by this package, others by matplotlib."""
    suffix = Path(path).suffix.lower().lstrip(".")
    if suffix == "svg":
        write(path, rep.to_svg().encode())
        return
    if not suffix:
        raise PiecewiseError(
            f"expected a file name that says its format, got {path!r}; write for example out.svg"
        )
    drawn = rep.plot()
    axes = drawn[0] if isinstance(drawn, tuple) else drawn
    figure: Any = axes.figure
    if suffix not in figure.canvas.get_supported_filetypes():
        raise PiecewiseError(f"expected a picture as .svg, .pdf or .png, got {path!r}; name it so")
    buffer = io.BytesIO()
    figure.savefig(buffer, format=suffix, bbox_inches="tight")
    write(path, buffer.getvalue())
