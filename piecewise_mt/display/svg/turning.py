"""The script that turns the picture of three variables: it reads the page and loads nothing."""

from __future__ import annotations

CONTROLS = """
<p class="controls"><label>apart <input id="apart" type="range" min="0" max="1" step="0.01"></label>
<label><input id="bodies" type="checkbox" checked> pieces</label>
<label><input id="ties" type="checkbox" checked> ties</label>
<button id="home" type="button">as at first</button>
drag the picture, or use the arrow keys, to turn it</p>
"""

TURNING = """
const scene = JSON.parse(document.getElementById("scene").textContent);
const space = document.getElementById("space");
const picture = space.ownerSVGElement;
const elements = new Map();
space.querySelectorAll("[data-item]").forEach(e => elements.set(Number(e.dataset.item), e));
let azimuth = scene.azimuth, elevation = scene.elevation;
const apart = document.getElementById("apart");
apart.value = scene.apart;
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
function shaded(color, light) {
  const factor = scene.ambient + (1 - scene.ambient) * light;
  return "#" + [1, 3, 5].map(k => Math.floor(parseInt(color.slice(k, k + 2), 16) * factor)
    .toString(16).padStart(2, "0")).join("");
}
function draw() {
  const a = azimuth * Math.PI / 180, e = elevation * Math.PI / 180;
  const right = [-Math.sin(a), Math.cos(a), 0];
  const up = [-Math.sin(e) * Math.cos(a), -Math.sin(e) * Math.sin(a), Math.cos(e)];
  const toward = [Math.cos(e) * Math.cos(a), Math.cos(e) * Math.sin(a), Math.sin(e)];
  const place = p => [scene.size / 2 + scene.scale * dot(p, right),
    scene.top + scene.size / 2 - scene.scale * dot(p, up)];
  const far = Number(apart.value), size = scene.grown / (1 + far / 2);
  const order = scene.items.map((item, number) => {
    const corners = item.corners.map(c => c.map((x, k) => size * (x + far * item.center[k])));
    const middle = [0, 1, 2].map(k => corners.reduce((s, c) => s + c[k], 0) / corners.length);
    const places = corners.map(place), element = elements.get(number);
    if (item.dimension === 0) {
      element.setAttribute("cx", places[0][0].toFixed(2));
      element.setAttribute("cy", places[0][1].toFixed(2));
    } else {
      element.setAttribute("points",
        places.map(p => p[0].toFixed(2) + "," + p[1].toFixed(2)).join(" "));
    }
    let seen = item.dimension === 3 ? document.getElementById("bodies").checked
      : document.getElementById("ties").checked;
    if (item.normal) {
      const facing = dot(item.normal, toward);
      element.setAttribute("fill", shaded(item.color, Math.abs(facing)));
      if (item.dimension === 3 && facing <= 0) seen = false;
    }
    element.setAttribute("visibility", seen ? "visible" : "hidden");
    return [dot(middle, toward) + (3 - item.dimension) * 1e-3, number];
  });
  order.sort((one, two) => one[0] - two[0] || one[1] - two[1]);
  order.forEach(([, number]) => space.appendChild(elements.get(number)));
  document.querySelectorAll(".turning").forEach(e => {
    const numbers = e.dataset.at.split(" ").map(Number);
    const [x, y] = place(numbers);
    if (numbers.length > 3) {
      const [x2, y2] = place(numbers.slice(3));
      for (const [key, value] of Object.entries({ x1: x, y1: y, x2: x2, y2: y2 })) {
        e.setAttribute(key, value.toFixed(1));
      }
      return;
    }
    e.setAttribute("x", x.toFixed(1));
    e.setAttribute("y", (y + 4).toFixed(1));
  });
}
function turn(dx, dy) {
  azimuth = (azimuth - dx + 360) % 360;
  elevation = Math.max(-90, Math.min(90, elevation + dy));
  draw();
}
let held = null;
picture.style.touchAction = "none";
picture.setAttribute("tabindex", "0");
picture.addEventListener("pointerdown", e => { held = [e.clientX, e.clientY]; });
window.addEventListener("pointermove", e => {
  if (!held) return;
  turn((e.clientX - held[0]) / 2, (e.clientY - held[1]) / 2);
  held = [e.clientX, e.clientY];
});
window.addEventListener("pointerup", () => { held = null; });
picture.addEventListener("keydown", e => {
  const steps = { ArrowLeft: [-5, 0], ArrowRight: [5, 0], ArrowUp: [0, -5], ArrowDown: [0, 5] };
  if (!steps[e.key]) return;
  turn(...steps[e.key]);
  e.preventDefault();
});
for (const name of ["apart", "bodies", "ties"]) {
  document.getElementById(name).addEventListener("input", draw);
}
document.getElementById("home").addEventListener("click", () => {
  azimuth = scene.azimuth;
  elevation = scene.elevation;
  apart.value = scene.apart;
  draw();
});
draw();
"""
