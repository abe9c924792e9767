"use strict";
// Thumbnails: cells of sprite sheets, each sheet decoded when it is first needed.

const sheets = [];

// sheet is a sheet by its number: url, and image once it is decoded.
function sheet(k) {
  if (sheets[k]) return sheets[k];
  const s = sheets[k] = { url: sheetFiles ? sheetFiles[k] : "", ready: false, image: new Image() };
  if (!s.url) s.url = URL.createObjectURL(new Blob([bytes(part("sheet-" + k))], { type: "image/jpeg" }));
  s.image.onload = () => { s.ready = true; redraw(); };
  s.image.src = s.url;
  return s;
}

// cell tells where a point's thumbnail is; null: it has none.
function cell(i) {
  if (!D.thumb || D.thumb[i] < 0) return null;
  const { side, row } = about.sheets, each = row * row, at = D.thumb[i] % each;
  return { sheet: sheet(Math.floor(D.thumb[i] / each)), x: at % row * side, y: Math.floor(at / row) * side, side };
}

// thumb is a point's thumbnail as an element of a fixed size; decoration, since its name stands beside it.
function thumb(i, size) {
  const e = make("span", { class: "thumb", "aria-hidden": "true" });
  e.style.width = e.style.height = size + "px";
  const c = cell(i);
  if (!c) { e.classList.add("gone"); return e; }
  const by = size / c.side, whole = about.sheets.row * size;
  e.style.backgroundImage = `url("${c.sheet.url}")`;
  e.style.backgroundSize = `${whole}px auto`;
  e.style.backgroundPosition = `${-c.x * by}px ${-c.y * by}px`;
  return e;
}
