"use strict";
// What the keyboard and the mouse do.

// say tells a screen reader, and who looks at the line below the map.
function say(text) { $("said").textContent = text; }

const tabs = [...document.querySelectorAll('[role="tab"]')];

function choose(id, focus) {
  for (const t of tabs) {
    const on = t.id === "tab-" + id;
    t.setAttribute("aria-selected", String(on));
    t.tabIndex = on ? 0 : -1;
    $(t.getAttribute("aria-controls")).hidden = !on;
    if (on && focus) t.focus();
  }
  fillList();
}

tabs.forEach((t, k) => {
  t.onclick = () => choose(t.id.slice(4));
  t.onkeydown = e => {
    const to = { ArrowRight: k + 1, ArrowLeft: k - 1, Home: 0, End: tabs.length - 1 }[e.key];
    if (to === undefined) return;
    e.preventDefault();
    choose(tabs[(to + tabs.length) % tabs.length].id.slice(4), true);
  };
});

function swatch(k) {
  const side = 17, c = make("canvas", { class: "swatch", width: side, height: side, "aria-hidden": "true" }), p = c.getContext("2d");
  p.fillStyle = C.colours[k];
  const m = mask(C.list[k].shape, 6);
  for (let i = 0; i < m.length; i += 2) p.fillRect(m[i] + 8, m[i + 1] + 8, 1, 1);
  return c;
}

function fillLegend() {
  $("legend").replaceChildren(...C.list.flatMap((c, k) => c.name && (C.count[k] || C.list.length === 1) ? [make("li", {}, swatch(k), make("bdi", {}, c.name), make("span", { class: "faint" }, " " + grouped(C.count[k])))] : []));
  $("classes-row").hidden = C.mode.id !== "class";
}

function refreshColours() {
  recolour();
  fillLegend();
  for (const b of $("classes").querySelectorAll("input")) b.checked = highlighted.includes(+b.value);
  listing.key = "";
  redraw();
}

// Classes to highlight, the most frequent first.
function fillClasses() {
  const count = new Uint32Array(about.classes.length);
  for (const c of D.labelOf) count[c]++;
  const order = about.classes.map((_, c) => c).sort((a, b) => count[b] - count[a] || a - b);
  if (order.length <= 8) order.forEach(c => highlight(c)); else if (order.length) highlight(order[0]);
  $("classes").append(...order.map(c => {
    const box = make("input", { type: "checkbox", value: String(c), checked: highlighted.includes(c) });
    box.onchange = () => {
      if (highlight(c)) refreshColours(); else { box.checked = false; say("Eight classes have a colour: take one of them out first."); }
    };
    return make("label", {}, box, " ", make("bdi", {}, className(c)), make("span", { class: "faint" }, " " + grouped(count[c])));
  }));
}

function fillModes() {
  for (const m of modes) {
    const o = make("option", { value: m.id, disabled: !m.there() }, m.name + (m.there() ? "" : " (not known)"));
    $("mode").append(o);
  }
  C.mode = modes.find(m => m.there()) || modes[0];
  $("mode").value = C.mode.id;
  $("mode").onchange = () => { C.mode = modes.find(m => m.id === $("mode").value); refreshColours(); };
}

// Search, by name; classes that have the word count too.
let hits = [], hit = -1;
const lower = [];
function search() {
  const word = $("search").value.trim().toLowerCase();
  hits = []; hit = -1; found = null;
  if (word) {
    if (!lower.length) for (const n of D.names) lower.push(n.toLowerCase());
    found = new Uint8Array(N);
    for (let i = 0; i < N; i++) if (lower[i].includes(word)) { found[i] = 1; hits.push(i); }
  }
  $("hits").textContent = word ? grouped(hits.length) + " found" : "";
  listing.key = "";
  redraw();
}

function nextHit(by) {
  if (!hits.length) return;
  hit = (hit + by + hits.length) % hits.length;
  open(hits[hit]);
}

$("search").oninput = search;
$("search").onkeydown = e => {
  if (e.key === "Enter") { e.preventDefault(); nextHit(e.shiftKey ? -1 : 1); }
  if (e.key === "Escape") { $("search").value = ""; search(); }
};

function selectionChanged() {
  $("picked").textContent = counted(pickedCount, "image") + " selected";
  for (const b of document.querySelectorAll("[data-form]")) b.disabled = !pickedCount || b.dataset.form === "list" && !D.paths;
  $("none").disabled = !pickedCount;
  listing.key = "";
  redraw();
}

for (const b of document.querySelectorAll("[data-form]")) b.onclick = () => save(b.dataset.form);
$("none").onclick = clearPicked;
$("all-viewed").onclick = () => pick(viewed());
$("all-found").onclick = () => pick(hits);
$("list-of").onchange = () => { listing.page = 0; fillList(); };
$("pictures").onchange = redraw;
$("pictures-row").hidden = !D.thumb;
$("fit").onclick = fit;
$("in").onclick = () => zoom(1.5);
$("out").onclick = () => zoom(1 / 1.5);
$("lasso").onclick = () => lasso(!V.lasso);

function lasso(on) {
  V.lasso = on ? { corners: [], at: [canvas.width / 2, canvas.height / 2], keyed: true } : null;
  $("lasso").setAttribute("aria-pressed", String(on));
  if (on) { canvas.focus(); say("Lasso: drag around images; or move the cross by the arrow keys, Enter sets a corner, Space closes."); }
  redraw();
}

// The mouse, a pen or a finger.
const at = e => { const b = canvas.getBoundingClientRect(); return [(e.clientX - b.left) * ratio, (e.clientY - b.top) * ratio]; };
const reach = () => Math.max(radius() + 4 * ratio, V.inView <= 250 && $("pictures").checked && D.thumb ? 22 * ratio : 0);
const held = new Map(); // pointers that are down, and where
let moved = false;

canvas.onpointerdown = e => {
  canvas.setPointerCapture(e.pointerId);
  held.set(e.pointerId, at(e)); moved = false;
  tip(-1);
  if (V.lasso || e.shiftKey) { V.lasso = { corners: [at(e)] }; }
};

canvas.onpointermove = e => {
  const [x, y] = at(e), was = held.get(e.pointerId);
  if (!was) { hover(nearest(x, y, reach()), e); return; }
  if (Math.hypot(x - was[0], y - was[1]) < 2 * ratio) return;
  moved = true;
  if (V.lasso) { V.lasso.corners.push([x, y]); redraw(); held.set(e.pointerId, [x, y]); return; }
  const other = [...held].find(([id]) => id !== e.pointerId);
  if (other) zoom(Math.hypot(x - other[1][0], y - other[1][1]) / Math.max(1, Math.hypot(was[0] - other[1][0], was[1] - other[1][1])), ...other[1]);
  else pan(x - was[0], y - was[1]);
  held.set(e.pointerId, [x, y]);
};

canvas.onpointerup = e => {
  if (!held.delete(e.pointerId)) return;
  if (V.lasso && !V.lasso.keyed) { closeLasso(); return; }
  if (moved || held.size) return;
  const i = nearest(...at(e), reach());
  if (i < 0) return;
  if (e.ctrlKey || e.metaKey) toggle(i); else open(i);
};
canvas.onpointercancel = e => { held.delete(e.pointerId); };
canvas.onpointerleave = () => hover(-1);
canvas.addEventListener("wheel", e => { e.preventDefault(); zoom(Math.exp(-e.deltaY * (e.deltaMode ? .05 : .0015)), ...at(e)); }, { passive: false });

function hover(i, e) {
  if (i !== V.hover) { V.hover = i; redraw(); }
  tip(i, e);
}

// tip shows what is under the mouse, above the page, so that nothing moves.
function tip(i, e) {
  const t = $("tip");
  t.hidden = i < 0;
  if (i < 0) return;
  if (t.dataset.of !== String(i)) t.replaceChildren(thumb(i, 64), make("span", { class: "words" }, make("bdi", {}, shown(D.names[i])), make("span", { class: "faint" }, labelText(i))));
  t.dataset.of = String(i);
  const w = t.offsetWidth, h = t.offsetHeight;
  t.style.left = Math.max(4, Math.min(innerWidth - w - 4, e.clientX + 14)) + "px";
  t.style.top = Math.max(4, e.clientY + 14 + h > innerHeight ? e.clientY - h - 10 : e.clientY + 14) + "px";
}

// The keyboard, on the map.
const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const middle = () => nearest(canvas.width / 2, canvas.height / 2, canvas.width + canvas.height);

function step(by) {
  const all = viewed();
  if (!all.length) return;
  const k = all.indexOf(V.current);
  open(all[k < 0 ? 0 : (k + by + all.length) % all.length]);
}

const keys = {
  "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(1 / 1.25), 0: fit, Home: fit,
  Enter: () => V.lasso ? (V.lasso.corners.push([...V.lasso.at]), redraw()) : open(middle()),
  " ": () => V.lasso ? closeLasso() : V.current >= 0 && toggle(V.current),
  n: () => step(1), p: () => step(-1), v: () => pick(viewed()), l: () => lasso(!V.lasso),
  Escape: () => V.lasso ? lasso(false) : clearPicked(),
};

canvas.onkeydown = e => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const a = arrows[e.key], by = (e.shiftKey ? 160 : 40) * ratio;
  if (!a && !keys[e.key]) return;
  e.preventDefault();
  if (a && V.lasso) { V.lasso.at = [V.lasso.at[0] + a[0] * by / 4, V.lasso.at[1] + a[1] * by / 4]; redraw(); } else if (a) pan(-a[0] * by, -a[1] * by);
  else keys[e.key]();
};
canvas.onfocus = canvas.onblur = redraw;

scheme.addEventListener("change", e => { dark = e.matches; refreshColours(); });
new ResizeObserver(resize).observe(canvas);

fillModes();
fillClasses();
fillSuspects();
fillOutliers();
fillLeaks();
fillAbout();
recolour();
fillLegend();
selectionChanged();
resize();
document.documentElement.dataset.ready = "yes";
