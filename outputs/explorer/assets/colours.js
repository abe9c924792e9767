"use strict";
// What colours mean: each point has a category, and each category a colour, a shape and a name.

// The theme is what the last change said: a browser that is asked in between tells of no change.
const scheme = matchMedia("(prefers-color-scheme: dark)");
let dark = scheme.matches;

// Eight colours that the colour-blind can tell apart, with a shape each.
const safe = {
  light: ["#0072b2", "#d55e00", "#00805c", "#b04a86", "#8a6900", "#1c2126", "#3f8fc4", "#7a2048"],
  dark: ["#56b4e9", "#e69f00", "#2cc295", "#e08cbb", "#f0e442", "#ffffff", "#9db0ff", "#ff8a65"],
};
const back = { light: ["#ffffff", "#c0c7ce"], dark: ["#15181b", "#4c545b"] };
const ramp = { light: ["#b3450f", "#d98a5f", "#b9bec4", "#6fa5cf", "#0a5fa5"], dark: ["#ff9a66", "#b97a57", "#6b737a", "#5a93c0", "#62b8ff"] };

const theme = () => dark ? "dark" : "light";

// masks of the shapes, by half their width: the pixels of each, as dx, dy.
const inside = [
  (x, y, r) => x * x + y * y <= (r + .3) * (r + .3),
  (x, y, r) => Math.abs(x) < r + .5 && Math.abs(y) < r + .5 && Math.max(Math.abs(x), Math.abs(y)) <= Math.max(1, r - .5),
  (x, y, r) => Math.abs(x) <= (y + r) / 2,
  (x, y, r) => Math.abs(x) + Math.abs(y) <= r,
  (x, y, r) => Math.min(Math.abs(x), Math.abs(y)) <= r / 4,
  (x, y, r) => Math.abs(Math.abs(x) - Math.abs(y)) <= r / 4 + .3,
  (x, y, r) => Math.abs(x) <= (r - y) / 2,
  (x, y, r) => { const d = Math.hypot(x, y); return d <= r + .3 && d >= r - 1 - r / 5; },
];
function mask(shape, r) {
  const out = [];
  for (let y = -r; y <= r; y++) for (let x = -r; x <= r; x++) if (inside[shape](x, y, r)) out.push(x, y);
  return out;
}

// number is a colour as a pixel of an ImageData.
function number(hex) {
  const v = parseInt(hex.slice(1), 16);
  return (0xff000000 | (v & 255) << 16 | v & 0xff00 | v >> 16) >>> 0;
}

// Modes say what colours mean. Each fills cat, a category a point, of which 0 lies behind all others, and returns the
// categories: name, colour (of the safe ones, or of the ramp), shape.
const cat = new Uint8Array(N);
const highlighted = []; // classes, at most eight, by their place a colour; -1: a place that is free

const plain = names => names.map((name, k) => ({ name, colour: k, shape: k }));
const behind = name => ({ name, colour: -1, shape: 0 });

function byClass() {
  cat.fill(0);
  for (let i = 0; i < N; i++) for (let k = 0; k < highlighted.length; k++) if (highlighted[k] >= 0 && hasLabel(i, highlighted[k])) cat[i] = k + 1;
  return [behind("other classes"), ...plain(highlighted.map(c => c < 0 ? "" : className(c)))];
}

function bySplit() {
  for (let i = 0; i < N; i++) cat[i] = D.split[i] < 8 ? D.split[i] + 1 : 0;
  return [behind("others"), ...plain(about.splits.slice(0, 8).map(shown))];
}

function byCorrect() {
  for (let i = 0; i < N; i++) cat[i] = Number.isNaN(D.margin[i]) ? 0 : D.margin[i] < 0 ? 2 : 1;
  return [behind("not known"), { name: "as labelled", colour: 0, shape: 0 }, { name: "otherwise", colour: 1, shape: 5 }];
}

// byHeads tells what the run's heads say of images that they learned from, which they know, from what they say of others.
function byHeads() {
  const learned = about.heads.roles.indexOf("learned from");
  for (let i = 0; i < N; i++) cat[i] = Number.isNaN(D.headMargin[i]) ? 0 : (D.headRole[i] === learned ? 3 : 1) + (D.headMargin[i] < 0);
  return [behind("not known"), { name: "as labelled", colour: 0, shape: 0 }, { name: "otherwise", colour: 1, shape: 5 },
    { name: "as labelled, learned from", colour: 6, shape: 0 }, { name: "otherwise, learned from", colour: 4, shape: 5 }];
}

const steps = [-.5, 0, .5, 1];
function byMargin(of) {
  for (let i = 0; i < N; i++) cat[i] = Number.isNaN(of[i]) ? 0 : 1 + steps.filter(s => of[i] >= s).length;
  const names = ["below -0.5", "-0.5 to 0", "0 to 0.5", "0.5 to 1", "1 and above"];
  return [behind("not known"), ...names.map((name, k) => ({ name, ramp: k, shape: 0 }))];
}

function bySuspect() {
  cat.fill(0);
  for (const s of about.suspects.list) cat[s[0]] = 1;
  return [behind("not suspect"), { name: "suspect", colour: 1, shape: 3 }];
}

// byGroup gives each image of a group the surest grade, and tells those of a group that a split tests and learns from.
const grades = ["certain", "likely", "look-alike", "unconfirmed"];
function byGroup() {
  cat.fill(0);
  for (const [, , across, images] of leaks.groups) for (const m of images) {
    const k = 1 + 2 * grades.indexOf(m[2]) + (across ? 0 : 1);
    if (!cat[m[0]] || k < cat[m[0]]) cat[m[0]] = k;
  }
  return [behind("in no group"), ...grades.flatMap((g, k) => [{ name: g + ", across splits", colour: 2 * k + 1, shape: 3 }, { name: g, colour: 2 * k, shape: k }])];
}

function byRun() {
  for (let i = 0; i < N; i++) cat[i] = i < about.own ? 0 : 1;
  return [behind("the run"), { name: "added", colour: 1, shape: 2 }];
}

const modes = [
  { id: "class", name: "class", of: byClass, there: () => about.classes.length > 0 },
  { id: "split", name: "split", of: bySplit, there: () => D.split },
  { id: "correct", name: "correct or not", of: byCorrect, there: () => D.margin },
  { id: "margin", name: "margin", of: () => byMargin(D.margin), there: () => D.margin },
  { id: "heads", name: "heads of the run: correct or not", of: byHeads, there: () => D.headMargin },
  { id: "head-margin", name: "heads of the run: margin", of: () => byMargin(D.headMargin), there: () => D.headMargin },
  { id: "suspect", name: "suspect", of: bySuspect, there: () => about.suspects },
  { id: "group", name: "duplicate group", of: byGroup, there: () => leaks },
  { id: "run", name: "run", of: byRun, there: () => about.own < N },
];

// The categories as they are now.
const C = { mode: modes[0], list: [behind("")], colours: [], numbers: [] };

function colour(c) {
  if (c.ramp !== undefined) return ramp[theme()][c.ramp];
  return c.colour < 0 ? back[theme()][1] : safe[theme()][c.colour];
}

// recolour computes the categories anew, for another mode, other highlights or another theme.
function recolour() {
  C.list = C.mode.there() ? C.mode.of() : (cat.fill(0), [behind("images")]);
  C.colours = C.list.map(colour);
  C.numbers = C.colours.map(number);
  C.count = new Uint32Array(C.list.length);
  for (let i = 0; i < N; i++) C.count[cat[i]]++;
}

// highlight gives a class a colour, or takes it away; false: all eight are taken.
function highlight(c) {
  let at = highlighted.indexOf(c);
  if (at >= 0) { highlighted[at] = -1; return true; }
  at = highlighted.indexOf(-1);
  if (at < 0 && highlighted.length < 8) at = highlighted.length;
  if (at < 0) return false;
  highlighted[at] = c;
  return true;
}
