// The worker of function.html: Python beside the page, so that the page stays alive.
import { loadPyodide } from "./static/pyodide/pyodide.mjs";

const pyodide = await loadPyodide();
await pyodide.loadPackage("piecewise-mt", { messageCallback: () => {} });
pyodide.runPython(await (await fetch("function.py")).text());
const answer = pyodide.globals.get("answer");
self.onmessage = ({ data }) => {
  self.postMessage(JSON.parse(answer(data.function, data.ties, data.at_zero, data.names)));
};
self.postMessage({
  ready: true,
  version: pyodide.runPython("piecewise_mt.__version__"),
  python: pyodide.runPython("platform.python_version()"),
});
