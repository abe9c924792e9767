"use strict";
// What is selected, and how it leaves the page.

// pick adds points to the selection, or takes them out.
function pick(list, value = 1) {
  for (const i of list) if (picked[i] !== value) { picked[i] = value; pickedCount += value ? 1 : -1; }
  selectionChanged();
}

function clearPicked() {
  picked.fill(0); pickedCount = 0;
  selectionChanged();
}

function pickedList() {
  const out = [];
  for (let i = 0; i < N; i++) if (picked[i]) out.push(i);
  return out;
}

// surrounded are the points inside a polygon of pixels (even-odd rule).
function surrounded(corners) {
  const p = corners.map(([x, y]) => [toX(x), toY(y)]), out = [];
  if (p.length < 3) return out;
  const xs = p.map(c => c[0]), ys = p.map(c => c[1]);
  within(Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys), i => {
    const x = D.x[i], y = D.y[i];
    let odd = false;
    for (let a = 0, b = p.length - 1; a < p.length; b = a++) {
      if ((p[a][1] > y) !== (p[b][1] > y) && x < (p[b][0] - p[a][0]) * (y - p[a][1]) / (p[b][1] - p[a][1]) + p[a][0]) odd = !odd;
    }
    if (odd) out.push(i);
  });
  return out;
}

function closeLasso() {
  const inner = surrounded(V.lasso.corners);
  V.lasso = null;
  $("lasso").setAttribute("aria-pressed", "false");
  pick(inner);
  say(`${counted(inner.length, "image")} in the lasso added to the selection.`);
}

const quoted = s => /[",\r\n]/.test(s) ? `"${s.replaceAll('"', '""')}"` : s;

// textCell is text that a spreadsheet takes for text: what it would take for a formula gets an apostrophe in front.
const textCell = s => /^[=+\-@\t\r]/.test(s) ? "'" + s : s;
const known = v => Number.isNaN(v) ? "" : v;

function csv(list) {
  const rows = [["image", "labels", "split", "x", "y", "margin", "best", "score", "heads_margin"]];
  for (const i of list) {
    const best = about.heads ? D.headClass[i * about.heads.top] : -1;
    rows.push([textCell(D.names[i]), textCell(labels(i).map(c => about.classes[c]).join(";")), textCell(D.split ? about.splits[D.split[i]] || "" : ""), D.x[i], D.y[i],
      D.margin ? known(D.margin[i]) : "", best < 0 ? "" : textCell(about.classes[best]), best < 0 ? "" : known(D.headScore[i * about.heads.top]), D.headMargin ? known(D.headMargin[i]) : ""]);
  }
  return rows.map(r => r.map(v => quoted(String(v))).join(",") + "\n").join("");
}

// excluded is a name as a line of --exclude: one that would be a comment there, or another name, as a JSON string.
const excluded = s => s === "" || /^[#"]|[\r\n\x85]/.test(s) || s !== s.trim() ? JSON.stringify(s) : s;

const lines = list => list.map(v => v + "\n").join("");

// forms are those of a selection: what a file of it is called, and its text.
const forms = {
  csv: { file: "selection.csv", type: "text/csv", text: csv },
  keys: { file: "selection.txt", type: "text/plain", text: list => lines(list.map(i => excluded(D.names[i]))) },
  list: { file: "images.txt", type: "text/plain", text: list => lines(list.map(i => D.paths[i])) },
};

function save(form) {
  const { file, type, text } = forms[form], a = make("a", { download: file });
  a.href = URL.createObjectURL(new Blob([text(pickedList())], { type: type + ";charset=utf-8" }));
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 10000);
  say(`${counted(pickedCount, "image")} written to ${file}.`);
}
