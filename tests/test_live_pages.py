"""The live pages in headless Chromium, from a folder served on the loopback address.

``.ci/live`` builds them and says where they are in PIECEWISE_MT_LIVE. Every request to another
host is refused, and counted: there must be none.
"""

import functools
import http.server
import os
import shutil
import threading
import time
from pathlib import Path

import pytest

import piecewise_mt as mt

FOLDER = os.environ.get("PIECEWISE_MT_LIVE")
if not FOLDER:
    pytest.skip("the live pages are not built: .ci/live", allow_module_level=True)
playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
if CHROMIUM is None:
    pytest.skip("no Chromium is installed", allow_module_level=True)

SWITCHES = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
STARTUP, PATIENCE = 40_000, 20_000
"""Milliseconds: for an interpreter that starts and compiles SymPy anew, and for an answer."""
ROWS = [
    ["1", "y1 > y2", "2", "y1", "(1, 0)"],
    ["2", "y1 < y2", "2", "y2", "(0, 1)"],
    ["3", "y1 = y2", "1", "z*y1 + (1 - z)*y2", "(z, 1 - z)"],
]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    extensions_map = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def base():
    handler = functools.partial(_Quiet, directory=FOLDER)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def chromium():
    with playwright.sync_playwright() as driver:
        # every launch has a new, empty profile
        browser = driver.chromium.launch(executable_path=CHROMIUM, headless=True, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, base):
    context = chromium.new_context(viewport={"width": 1100, "height": 900})
    context.set_default_timeout(PATIENCE)
    elsewhere = []

    def answered(route):
        if route.request.url.startswith((base, "data:", "blob:")):
            route.continue_()
        else:
            elsewhere.append(route.request.url)
            route.abort()

    context.route("**/*", answered)
    page = context.new_page()
    yield page
    shots = os.environ.get("PIECEWISE_MT_SCREENSHOTS")
    if shots:
        name = page.url.split("?")[0].split("/")[-2]
        page.screenshot(path=Path(shots) / f"{name}.png")
    context.close()
    assert elsewhere == []


_seconds = []


def _started(locator):
    """Wait for Python; a machine on which that takes too long, on every page, tests nothing."""
    start = time.monotonic()
    try:
        locator.wait_for(timeout=STARTUP)
    except playwright.TimeoutError:
        if _seconds and 3000 * _seconds[0] < STARTUP:
            raise
        pytest.skip(f"Python did not start in the browser within {STARTUP // 1000} s")
    _seconds.append(time.monotonic() - start)


def _rows(table):
    cells = table.locator("tbody tr, tr").filter(has=table.page.locator("td"))
    text = "row => [...row.querySelectorAll('td')].map(c => c.querySelector('math[alttext]')"
    text += "?.getAttribute('alttext') ?? c.innerText)"
    return [[cell.strip() for cell in row.evaluate(text)] for row in cells.all()]


def test_a_function_is_typed_and_table_and_picture_are_seen(page, base):
    """The expected rows are those of (18) in the paper; the picture is that of this interpreter."""
    page.goto(base + "live/function.html")
    box = page.locator("#function")
    box.fill("")
    box.press_sequentially("max(y1, y2)")
    box.press("Enter")  # before Python is there: it is answered when it is
    table = page.locator("#table table")
    _started(page.locator("#error:not(:empty), #table table"))
    assert page.locator("#error").inner_text() == ""
    assert [row for row in _rows(table) if row] == ROWS
    drawn = page.locator("#picture svg")
    assert drawn.bounding_box()["height"] > 100
    expected = mt.parse("max(y1, y2)").represent().to_svg()
    assert drawn.locator("text").all_text_contents() == page.evaluate(
        "svg => { const box = document.createElement('div'); box.innerHTML = svg;"
        " return [...box.querySelectorAll('text')].map(t => t.textContent); }",
        expected,
    )
    # the rule at the tie, an error with its place, and a function without a picture
    page.locator("#ties").fill("first")
    box.press("Enter")
    page.wait_for_function("document.querySelector('#table').innerText.includes('2 pieces')")
    assert [row[1] for row in _rows(table) if row] == ["y1 >= y2", "y1 < y2"]
    box.fill("max(y1, y2")
    box.press("Enter")
    page.wait_for_function("document.querySelector('#error').innerText.includes('^')")
    assert page.locator("#error").inner_text().startswith("expected ")
    assert page.locator("#table").inner_text() == ""
    box.fill("max(a, b, c, d)")
    box.press("Enter")
    page.wait_for_function("document.querySelector('#status').innerText.includes('No picture')")
    assert page.locator("#table table").count() == 1


def test_the_prompt(page, base):
    """JupyterLite: what is typed at its prompt, with IPython's own display of the results."""
    link = Path(FOLDER, "try_it.html")
    where = "live/repl/index.html?toolbar=1&kernel=python"
    if link.exists():  # the link of the documentation, which brings mt and SVG
        page.goto(base + "try_it.html")
        found = page.locator("a[href^='live/repl']").get_attribute("href")
        assert found.startswith(where)
        where = found
    page.goto(base + where)
    prompt = page.locator(".jp-CodeConsole-promptCell .cm-content")
    prompt.click(timeout=STARTUP)
    if not link.exists():
        page.keyboard.insert_text(
            "import piecewise_mt as mt\nfrom IPython.display import SVG\n"
            'y1, y2 = mt.variables("y1 y2")'
        )
        page.keyboard.press("Shift+Enter")
    # the number of the first input, which is written when it has run
    _started(page.locator(".jp-InputPrompt").filter(has_text="[1]:"))
    prompt.click()
    page.keyboard.type("rep = mt.max(y1, y2).represent(); rep")
    page.keyboard.press("Shift+Enter")
    table = page.locator(".jp-OutputArea-output table")
    table.wait_for()
    assert [row for row in _rows(table) if row] == ROWS
    prompt.click()
    page.keyboard.type("SVG(rep.to_svg())")
    page.keyboard.press("Shift+Enter")
    picture = page.locator(".jp-RenderedSVG").locator("svg, img").first
    picture.wait_for()
    assert picture.bounding_box()["height"] > 100
    prompt.click()
    page.keyboard.type("mt.engine()")
    page.keyboard.press("Shift+Enter")
    page.get_by_text("PIECEWISE_MT_BUILD=pure").wait_for()


def test_a_notebook_is_run_from_its_first_cell_to_its_last(page, base):
    """As the reader does, by the menu; the picture is drawn, and no cell fails."""
    page.goto(base + "live/notebooks/index.html?path=table_for_your_paper.ipynb")
    # before a kernel is chosen, the menu does nothing
    _started(page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']"))
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    prompts = page.locator(".jp-CodeCell .jp-InputPrompt")
    count = prompts.count()
    _started(prompts.filter(has_text=f"[{count}]:").first)
    assert page.locator(".jp-RenderedSVG").locator("svg, img").count() == 1
    assert page.locator("[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
