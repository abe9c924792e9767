"use strict";
// What the page holds, as columns: a value a point. Parts stand in the page as text, or in scripts beside it, which put
// them into globalThis.fc7.

const $ = id => document.getElementById(id);

// part takes a part out of the page: its text, or what a script beside it says; null: there is none.
function part(id) {
  const beside = globalThis.fc7 && globalThis.fc7[id];
  if (beside !== undefined) { delete globalThis.fc7[id]; return beside; }
  const e = $("part-" + id);
  if (!e) return null;
  const text = e.textContent;
  e.remove();
  return text;
}

function json(id) {
  const p = part(id);
  return typeof p === "string" ? JSON.parse(p) : p;
}

function bytes(text) {
  if (text === null) return null;
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const s = atob(text), b = new Uint8Array(s.length);
  for (let i = 0; i < s.length; i++) b[i] = s.charCodeAt(i);
  return b;
}

// column is a part of numbers, little-endian.
function column(id, of) {
  const b = bytes(part(id));
  return b && new of(b.buffer, b.byteOffset, b.byteLength / of.BYTES_PER_ELEMENT);
}

const about = json("about");
const leaks = json("leaks"); // groups of images that the table has twice; null: not known
const evidence = json("evidence"); // where scores of some points come from; null: there is none
const sheetFiles = json("sheet-files"); // of sheets that stand beside the page
const D = {
  names: json("names"),
  paths: json("paths"),
  x: column("x", Float32Array),
  y: column("y", Float32Array),
  labelAt: column("label-at", Uint32Array), // of each point, and the end: where its labels begin in labelOf
  labelOf: column("label-of", Uint32Array),
  split: column("split", Uint8Array),
  margin: column("margin", Float32Array), // NaN: not known
  near: column("near", Int32Array), // K points a point, -1: none
  far: column("far", Float32Array),
  thumb: column("thumb", Int32Array), // cell of the sheets, -1: none
  headClass: column("head-class", Int32Array), // the classes of the highest scores, about.heads.top a point, -1: none
  headScore: column("head-score", Float32Array),
  headOwn: column("head-own", Float32Array), // scores of labelOf, NaN: not known
  headMargin: column("head-margin", Float32Array),
  headRole: column("head-role", Uint8Array), // of about.heads.roles
  jpeg: bytes(part("evidence-jpeg")),
};
const N = D.names.length;

// shown is text from outside as it can be read: what is invisible, or turns its line about, is written as its number.
function shown(s) {
  return s.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, c => "\\u{" + c.codePointAt(0).toString(16) + "}");
}

const className = c => c < 0 ? "none of the classes" : shown(about.classes[c]);

function labels(i) {
  return Array.from(D.labelOf.subarray(D.labelAt[i], D.labelAt[i + 1]));
}

function hasLabel(i, c) {
  for (let k = D.labelAt[i]; k < D.labelAt[i + 1]; k++) if (D.labelOf[k] === c) return true;
  return false;
}

function labelText(i) {
  return labels(i).map(className).join(", ") || "no label";
}

// breakable is a name that may be wrapped behind what parts its words; what is copied of it is the name.
const breakable = name => name.split(/(?<=[/_])/).flatMap((part, k) => k ? [document.createElement("wbr"), part] : [part]);

// make is an element with what is in it.
function make(tag, properties, ...children) {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(properties || {})) {
    if (k === "class") e.className = v;
    else if (k.includes("-") || k === "role") e.setAttribute(k, v);
    else e[k] = v;
  }
  e.append(...children.filter(c => c !== null && c !== undefined));
  return e;
}

const grouped = v => v.toLocaleString("en");
const counted = (n, what) => grouped(n) + " " + what + (n === 1 ? "" : "s");
