"use strict";
// The map: points on a canvas, written as pixels, which software draws a million of in a tenth of a second.

const canvas = $("map"), pen = canvas.getContext("2d", { alpha: false });
const V = { x: .5, y: .5, scale: 1, frames: 0, current: -1, hover: -1, lasso: null, inView: 0 }; // scale: pixels of the canvas a unit
const picked = new Uint8Array(N);
let pickedCount = 0;
let found = null; // points that a search found, as flags

let image = null, pixels = null, asked = false, ratio = 1;

const bounds = (() => {
  let x0 = Infinity, x1 = -Infinity, y0 = Infinity, y1 = -Infinity;
  for (let i = 0; i < N; i++) {
    x0 = Math.min(x0, D.x[i]); x1 = Math.max(x1, D.x[i]);
    y0 = Math.min(y0, D.y[i]); y1 = Math.max(y1, D.y[i]);
  }
  if (!(x1 > x0)) { x0 -= 1; x1 = x0 + 2; }
  if (!(y1 > y0)) { y0 -= 1; y1 = y0 + 2; }
  return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, w: x1 - x0, h: y1 - y0, x0, y0 };
})();

// grid finds the points of a place: a few points a cell, in the order of the cells.
const grid = (() => {
  const m = Math.max(1, Math.min(1024, Math.ceil(Math.sqrt(N / 3))));
  const at = (v, from, span) => Math.max(0, Math.min(m - 1, Math.floor((v - from) / span * m)));
  const of = new Uint32Array(N), start = new Uint32Array(m * m + 1), order = new Uint32Array(N);
  for (let i = 0; i < N; i++) start[(of[i] = at(D.y[i], bounds.y0, bounds.h) * m + at(D.x[i], bounds.x0, bounds.w)) + 1]++;
  for (let c = 0; c < m * m; c++) start[c + 1] += start[c];
  const next = start.slice();
  for (let i = 0; i < N; i++) order[next[of[i]]++] = i;
  return { m, start, order, column: x => at(x, bounds.x0, bounds.w), row: y => at(y, bounds.y0, bounds.h) };
})();

// within calls do with each point of a rectangle of the map.
function within(x0, y0, x1, y1, use) {
  const c0 = grid.column(x0), c1 = grid.column(x1), r0 = grid.row(y0), r1 = grid.row(y1);
  for (let r = r0; r <= r1; r++) {
    for (let k = grid.start[r * grid.m + c0], end = grid.start[r * grid.m + c1 + 1]; k < end; k++) {
      const i = grid.order[k], x = D.x[i], y = D.y[i];
      if (x >= x0 && x <= x1 && y >= y0 && y <= y1) use(i);
    }
  }
}

const toX = px => V.x + (px - canvas.width / 2) / V.scale, toY = py => V.y + (py - canvas.height / 2) / V.scale;
const onX = i => (D.x[i] - V.x) * V.scale + canvas.width / 2, onY = i => (D.y[i] - V.y) * V.scale + canvas.height / 2;

// viewed are the points that the canvas shows, in the table's order.
function viewed() {
  const out = [];
  within(toX(0), toY(0), toX(canvas.width), toY(canvas.height), i => out.push(i));
  return Uint32Array.from(out).sort();
}

// nearest is the point nearest to a pixel, at most some pixels away; -1: none is.
function nearest(px, py, most) {
  const x = toX(px), y = toY(py), r = most / V.scale;
  let best = -1, least = r * r;
  within(x - r, y - r, x + r, y + r, i => {
    const d = (D.x[i] - x) ** 2 + (D.y[i] - y) ** 2;
    if (d <= least) { least = d; best = i; }
  });
  return best;
}

const whole = () => Math.min(canvas.width / bounds.w, canvas.height / bounds.h) * .94;

function fit() {
  V.x = bounds.x; V.y = bounds.y; V.scale = whole();
  redraw();
}

// zoom enlarges by a factor around a pixel.
function zoom(by, px = canvas.width / 2, py = canvas.height / 2) {
  const x = toX(px), y = toY(py), w = whole();
  V.scale = Math.max(w / 2, Math.min(w * 5000, V.scale * by));
  V.x = x - (px - canvas.width / 2) / V.scale;
  V.y = y - (py - canvas.height / 2) / V.scale;
  redraw();
}

function pan(dx, dy) {
  V.x -= dx / V.scale; V.y -= dy / V.scale;
  redraw();
}

// show brings a point into the view, and leaves the view where it is in it already.
function show(i) {
  const x = onX(i), y = onY(i), edge = 24 * ratio;
  if (x < edge || y < edge || x > canvas.width - edge || y > canvas.height - edge) { V.x = D.x[i]; V.y = D.y[i]; }
  redraw();
}

function resize() {
  const box = canvas.getBoundingClientRect(), first = !image, before = canvas.width && V.scale / whole();
  ratio = Math.min(2, devicePixelRatio || 1);
  const w = Math.max(1, Math.round(box.width * ratio)), h = Math.max(1, Math.round(box.height * ratio));
  if (image && w === canvas.width && h === canvas.height) return;
  canvas.width = w; canvas.height = h;
  image = pen.createImageData(w, h);
  pixels = new Uint32Array(image.data.buffer);
  if (first) fit(); else V.scale = before * whole();
  draw(); // at once: a canvas of a new size is black until then
}

// radius is half the width of a point: large ones for few, which grow as the map is enlarged.
function radius() {
  const r = N > 200000 ? 0 : N > 40000 ? 1 : N > 2000 ? 2 : 3;
  return Math.round(Math.min(7, r + Math.log2(Math.max(1, V.scale / whole())) * .8) * ratio);
}

// stamp writes the pixels of a shape, which may reach over the edge.
function stamp(x, y, shape, ink) {
  const w = canvas.width, h = canvas.height;
  for (let k = 0; k < shape.length; k += 2) {
    const px = x + shape[k], py = y + shape[k + 1];
    if (px >= 0 && px < w && py >= 0 && py < h) pixels[py * w + px] = ink;
  }
}

// points writes all points of the categories from up to.
function points(from, to, shapes) {
  const w = canvas.width, h = canvas.height, s = V.scale, dx = w / 2 - V.x * s, dy = h / 2 - V.y * s, m = 20;
  const tiny = shapes.every(o => o.length === 2), X = D.x, Y = D.y, inks = C.numbers;
  let seen = 0;
  for (let i = 0; i < N; i++) {
    const c = cat[i];
    if (c < from || c > to) continue;
    const x = Math.round(X[i] * s + dx), y = Math.round(Y[i] * s + dy);
    if (x < -m || y < -m || x >= w + m || y >= h + m) continue;
    if (x >= 0 && y >= 0 && x < w && y < h) { seen++; if (tiny) { pixels[y * w + x] = inks[c]; continue; } }
    stamp(x, y, shapes[c], inks[c]);
  }
  return seen;
}

function draw() {
  asked = false;
  const r = radius();
  pixels.fill(number(back[theme()][0]));
  const shapes = C.list.map((c, k) => mask(c.shape, k && r ? r + 1 : r));
  V.inView = points(0, 0, shapes) + points(1, 255, shapes);
  if (pickedCount || found) rings(r + 2, number(accent()));
  pen.putImageData(image, 0, 0);
  if (C.mode.id === "group") ties();
  if (V.inView <= 250 && D.thumb && $("pictures").checked) pictures();
  mark(V.hover, r + 3, 1.5);
  mark(V.current, r + 6, 3);
  if (document.activeElement === canvas && !V.lasso) cross(canvas.width / 2, canvas.height / 2);
  if (V.lasso) outline();
  V.frames++;
  settled();
}

function redraw() {
  if (asked || !image) return;
  asked = true;
  requestAnimationFrame(draw);
}

// rings marks what is selected or found.
function rings(r, ink) {
  const ring = mask(7, r);
  for (let i = 0; i < N; i++) {
    if (!picked[i] && !(found && found[i])) continue;
    const x = Math.round(onX(i)), y = Math.round(onY(i));
    if (x > -r && y > -r && x < canvas.width + r && y < canvas.height + r) stamp(x, y, ring, ink);
  }
}

// ties draws lines between the images of a group.
function ties() {
  pen.strokeStyle = accent(); pen.lineWidth = ratio / 2;
  pen.beginPath();
  for (const g of leaks.groups) for (const [row, twin] of g[3]) {
    pen.moveTo(onX(row), onY(row)); pen.lineTo(onX(twin), onY(twin));
  }
  pen.stroke();
}

// pictures draws thumbnails in the place of points, where few are in view.
function pictures() {
  const size = 40 * ratio;
  within(toX(0), toY(0), toX(canvas.width), toY(canvas.height), i => {
    const c = cell(i);
    if (!c || !c.sheet.ready) return;
    const x = Math.round(onX(i) - size / 2), y = Math.round(onY(i) - size / 2);
    pen.fillStyle = picked[i] ? accent() : C.colours[cat[i]];
    pen.fillRect(x - 2 * ratio, y - 2 * ratio, size + 4 * ratio, size + 4 * ratio);
    pen.drawImage(c.sheet.image, c.x, c.y, c.side, c.side, x, y, size, size);
  });
}

const accent = () => theme() === "dark" ? "#ffffff" : "#000000";

function mark(i, r, width) {
  if (i < 0) return;
  pen.strokeStyle = accent(); pen.lineWidth = width * ratio;
  pen.beginPath(); pen.arc(onX(i), onY(i), r, 0, 2 * Math.PI); pen.stroke();
}

function cross(x, y) {
  pen.strokeStyle = accent(); pen.lineWidth = ratio;
  pen.beginPath();
  for (const [a, b] of [[5, 14], [-14, -5]]) {
    pen.moveTo(x + a * ratio, y); pen.lineTo(x + b * ratio, y);
    pen.moveTo(x, y + a * ratio); pen.lineTo(x, y + b * ratio);
  }
  pen.stroke();
}

function outline() {
  const p = V.lasso.corners;
  pen.strokeStyle = accent(); pen.lineWidth = 1.5 * ratio; pen.setLineDash([5, 4]);
  pen.beginPath();
  p.forEach(([x, y], k) => k ? pen.lineTo(x, y) : pen.moveTo(x, y));
  if (V.lasso.at) pen.lineTo(...V.lasso.at);
  pen.stroke(); pen.setLineDash([]);
  if (V.lasso.at) cross(...V.lasso.at);
}
