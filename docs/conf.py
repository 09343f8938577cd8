"""Sphinx configuration: ``sphinx-build -W -b html docs docs/_build/html``.

Links to SymPy's and networkx's documentation need their inventories from the network; they are
resolved only if PIECEWISE_MT_INTERSPHINX=1, so that a build never depends on it.
"""

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# the examples are imported by pages that draw what they compute
sys.path[:0] = [str(ROOT), str(ROOT / "examples"), str(ROOT / "docs")]

import piecewise_mt
from piecewise_mt.audit.reference import read_reference
from piecewise_mt.display.reference_page import reference_page

project = "piecewise_mt"
author = "piecewise_mt developers"
copyright = author
version = release = piecewise_mt.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "matplotlib.sphinxext.plot_directive",
]
plot_formats = [("png", 110)]
plot_html_show_formats = plot_html_show_source_link = False
if os.environ.get("PIECEWISE_MT_INTERSPHINX") == "1":
    extensions.append("sphinx.ext.intersphinx")
    intersphinx_mapping = {
        "python": ("https://docs.python.org/3", None),
        "sympy": ("https://docs.sympy.org/latest", None),
        "networkx": ("https://networkx.org/documentation/stable", None),
    }

myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
autosummary_generate = True
autodoc_typehints = "none"  # the docstrings say it in words
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "inherited-members": "Sequence,ABC"}
napoleon_google_docstring = False
exclude_patterns = ["_build", "_live", "live"]
# the live pages, if docs/live/build.py made them; the page that links to them says so
if (ROOT / "docs" / "_live" / "live").is_dir():
    html_extra_path = ["_live"]
    tags.add("live")  # noqa: F821  # a name that Sphinx defines here
# a parameter described as "shape" or "condition" is a word there, not a link to an attribute
suppress_warnings = ["ref.python"]

html_theme = "furo"
html_title = f"piecewise_mt {version}"


def _mt(app, env, node, contnode):
    """In docstrings, which are read at a prompt, ``mt`` is the package."""
    target = node.get("reftarget", "")
    if node.get("refdomain") != "py" or not target.startswith("mt."):
        return None
    name = f"piecewise_mt.{target.removeprefix('mt.')}"
    py = env.get_domain("py")
    return py.resolve_xref(env, node["refdoc"], app.builder, node["reftype"], name, node, contnode)


def _frameworks(app, exception):
    """The reference table of frameworks: the page with filters, and its data beside it."""
    if exception is None and app.builder.format == "html":
        data = (ROOT / "docs" / "frameworks.json").read_text(encoding="utf-8")
        out = Path(app.outdir)
        (out / "frameworks.json").write_text(data, encoding="utf-8")
        reference_page(read_reference(json.loads(data)), out / "frameworks_table.html")


def _gallery(app):
    """The gallery of functions: pages and pictures from examples/gallery.py."""
    from gallery_pages import write_gallery

    write_gallery(ROOT / "docs" / "generated" / "gallery")


def setup(app):
    app.connect("builder-inited", _gallery)
    app.connect("missing-reference", _mt)
    app.connect("build-finished", _frameworks)
