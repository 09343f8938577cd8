"""The notebooks of examples/ as the live pages hold them, where matplotlib is not served."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

LEFT_OUT = {"audit_notebook.ipynb"}
"""It asks PyTorch, JAX and TensorFlow."""
_PLOT = re.compile(r"(?P<before>(?:.*\n)*)[\w, ]+ = (?P<shown>.*)\.plot\((?P<how>[^\n\"]*)\)\n*")
_LOCAL = re.compile(r"\bat\b|\blocal\b|\.at\(")
_IMPORT = re.compile(r"^import matplotlib[^\n]*\n?", re.MULTILINE)


def live(path: Path) -> dict[str, Any]:
    """A notebook whose every cell runs without matplotlib.

    A picture of a representation is drawn by the package itself; for another one the stored
    picture stays, with the code that drew it.
    """
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"] = [new for cell in notebook["cells"] for new in _live_cells(cell)]
    # the kernel that is there, so that the reader is not asked for one
    kernel = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
    notebook["metadata"] = {**notebook["metadata"], "kernelspec": kernel}
    return notebook


def _live_cells(cell: dict[str, Any]) -> list[dict[str, Any]]:
    if cell["cell_type"] != "code":
        return [cell]
    source = _IMPORT.sub("", "".join(cell["source"]))
    fresh = {**cell, "outputs": [], "execution_count": None}
    drawn = _PLOT.fullmatch(source)
    if drawn and not _LOCAL.search(drawn["shown"]):
        picture = f"from IPython.display import SVG\n\nSVG({drawn['shown']}.to_svg())"
        return [{**fresh, "source": drawn["before"] + picture}]
    if ".plot(" not in source and "plt." not in source:
        return [{**cell, "source": source}]
    before = drawn["before"] if drawn else ""
    pictures = [output.get("data", {}).get("image/png") for output in cell["outputs"]]
    shown = "".join(
        f"\n\n![stored picture](data:image/png;base64,{''.join(picture).strip()})"
        for picture in pictures
        if picture
    )
    code = source.removeprefix(before).strip("\n")
    text = f"Drawn by matplotlib, which is not served here:\n\n```python\n{code}\n```{shown}"
    kept = {"id": f"{cell.get('id', 'cell')}-picture", "metadata": {}}
    note = {"cell_type": "markdown", "source": text, **kept}
    return [{**fresh, "source": before.strip("\n")}, note] if before.strip() else [note]
