"use strict";
// The panel beside the map: lists, and what the figures are.

const perPage = 50;

// entry is a point as a line of a list: a button that opens it.
function entry(i, ...more) {
  return make("li", {}, make("button", { class: "entry", onclick: () => open(i), type: "button" },
    thumb(i, 48),
    make("span", { class: "words" },
      make("bdi", { class: "name" }, shown(D.names[i])),
      make("span", { class: "faint" }, [labelText(i), D.split ? shown(about.splits[D.split[i]] || "") : ""].filter(Boolean).join(" · ")),
      ...more.map(m => make("span", { class: "faint" }, m)))));
}

const list = (items, label) => make("ul", { class: "entries", "aria-label": label }, ...items);

// open makes a point the current one, and shows it.
function open(i) {
  V.current = i;
  if (C.mode.id === "class" && labels(i).length && !highlighted.includes(labels(i)[0]) && highlight(labels(i)[0])) refreshColours();
  show(i);
  $("panel-image").replaceChildren(...details(i));
  choose("image");
  say(`${shown(D.names[i])}: ${labelText(i)}.`);
}

const toggle = i => pick([i], picked[i] ? 0 : 1);

// doubt says a suspect in words: point, label, instead, has, margin, votes for, votes against. Of an image with this
// one label, which stands beside it, the label is not said again.
function doubt([i, label, instead, has, margin, agree, against]) {
  const said = has && labels(i).length === 1 && labels(i)[0] === label;
  let what = (said ? "" : className(label) + "; ") + `heads say ${className(instead)}`;
  if (label === instead) what = said ? "heads say it is not" : has ? `${className(label)}; heads say it is not` : `not ${className(label)}; heads say it is`;
  return `${what}, margin ${margin.toFixed(3)}; of the nearest ${agree} as the label, ${against} as the heads`;
}

// paged is a list of which a page is shown at a time.
function paged(box, state, all, line, label) {
  const pages = Math.max(1, Math.ceil(all.length / perPage));
  state.page = Math.max(0, Math.min(pages - 1, state.page || 0));
  const from = state.page * perPage, part = Array.from(all.slice(from, from + perPage));
  const turn = (by, name) => make("button", { type: "button", disabled: state.page + by < 0 || state.page + by >= pages, onclick: () => {
    state.page += by;
    paged(box, state, all, line, label);
    const again = box.querySelector(`[data-turn="${by}"]`);
    (again.disabled ? box.querySelector("[data-turn]:not(:disabled)") || box : again).focus();
  }, "data-turn": String(by) }, name);
  box.replaceChildren(
    make("p", { class: "row" }, turn(-1, "earlier"), make("span", { class: "count" }, all.length ? `${grouped(from + 1)}–${grouped(from + part.length)} of ${grouped(all.length)}` : "none"), turn(1, "later")),
    list(part.map(line), label));
}

// The list that says what the canvas shows.
const listing = { page: 0, of: "view", key: "" };
let timer = 0;

// settled is called after each frame: the list follows when the view has come to rest.
function settled() {
  const at = onCanvas();
  if ($("in-view").textContent !== at) $("in-view").textContent = at;
  clearTimeout(timer);
  timer = setTimeout(fillList, 150);
}

const onCanvas = () => `${grouped(V.inView)} of ${grouped(N)} in view`;

function fillList() {
  if ($("panel-list").hidden) return;
  const of = $("list-of").value;
  const all = { view: viewed, picked: pickedList, found: () => hits, evidence: () => evidence ? evidence.list.map(e => e[0]) : [] }[of]();
  const key = of + all.length + ":" + (all[0] ?? "") + ":" + (all[all.length - 1] ?? "") + C.mode.id;
  if (key === listing.key) return;
  if (of !== listing.of) listing.page = 0;
  listing.of = of; listing.key = key;
  paged($("list"), listing, all, i => entry(i, C.mode.id === "class" ? null : C.mode.name + ": " + C.list[cat[i]].name), "images");
}

function fillSuspects() {
  const s = about.suspects, box = $("suspects");
  if (!s) { box.append(make("p", {}, about.without.suspects)); return; }
  box.append(make("p", { class: "faint" }, s.note));
  const inner = make("div", {});
  box.append(make("p", { class: "row" }, pickAll(() => s.list.map(d => d[0]))), inner);
  paged(inner, {}, s.list, d => entry(d[0], doubt(d)), "suspects");
}

function fillOutliers() {
  const box = $("outliers"), all = about.outliers;
  if (!all) { box.append(make("p", {}, about.without.outliers)); return; }
  box.append(make("p", { class: "faint" }, "Images whose distance to their neighbours is the most times the median of their class."));
  const inner = make("div", {});
  box.append(make("p", { class: "row" }, pickAll(() => all.map(o => o[0]))), inner);
  paged(inner, {}, all, o => entry(o[0], `${o[2].toFixed(1)} times the median of ${className(o[1])}`), "outliers");
}

const pickAll = of => make("button", { type: "button", onclick: () => { pick(of()); say("Added to the selection."); } }, "add all to the selection");

function fillAbout() {
  const box = $("about");
  box.append(make("dl", { class: "facts" }, ...about.figures.flatMap(f => [make("dt", {}, f.name), make("dd", {}, f.value, make("small", {}, f.note))])));
  for (const n of about.notes) box.append(make("p", { class: "note" }, shown(n)));
  if (about.command) box.append(make("h3", {}, "Made by"), make("pre", {}, shown(about.command)));
  if (about.failed.length) {
    box.append(make("h3", {}, `${counted(about.failures, "image")} without a place`),
      make("ul", { class: "plain" }, ...about.failed.map(f => make("li", {}, make("bdi", {}, shown(f[0])), ": ", shown(f[1])))));
  }
}
