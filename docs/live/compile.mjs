// Byte code of what the pages import, made by the Python that reads it: node compile.mjs RUNTIME OUT
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const [runtime, out] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(runtime, "pyodide.mjs")).href);
const pyodide = await loadPyodide();
await pyodide.loadPackage(Object.keys(pyodide.lockfile.packages), { messageCallback: () => {} });
pyodide.FS.mkdir("/out");
pyodide.mountNodeFS("/out", out);
pyodide.runPython(`
import importlib, importlib.util, os, py_compile, site, sys

for name in ("IPython", "IPython.terminal.interactiveshell", "jedi", "piplite", "pyodide_kernel"):
    try:
        importlib.import_module(name)
    except Exception:
        pass  # some parts run in a browser only
import piecewise_mt as mt
from piecewise_mt.cli.function import read_function

rep = read_function("max(y1, y2) - relu(y1)", "first").represent()
rep.table().to_html(), rep.to_latex(), rep.to_svg(), rep[0].gradient, mt.check(rep)
root = site.getsitepackages()[0] + "/"
# the sources in the wheel are these, so nobody needs to compare them at every start
mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
for module in list(sys.modules.values()):
    path = getattr(module, "__file__", None) or ""
    if path.startswith(root) and path.endswith(".py"):
        cached = importlib.util.cache_from_source(path.removeprefix(root))
        os.makedirs("/out/" + os.path.dirname(cached), exist_ok=True)
        py_compile.compile(path, "/out/" + cached, path, True, invalidation_mode=mode)
`);
process.exit(0);
