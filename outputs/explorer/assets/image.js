"use strict";
// The panel of one image: what is known of it, its scores, where they come from, its copies and its neighbours.

function facts(i) {
  const rows = [["labels", labelText(i)]];
  if (D.split) rows.push(["split", shown(about.splits[D.split[i]] || "none")]);
  if (D.margin && !Number.isNaN(D.margin[i])) rows.push(["margin", D.margin[i].toFixed(3) + (D.margin[i] < 0 ? ", heads of other folds say otherwise" : "")]);
  if (D.paths) rows.push(["file", shown(D.paths[i])]);
  return make("dl", { class: "facts" }, ...pairs(rows));
}

const pairs = rows => rows.flatMap(([k, v]) => [make("dt", {}, make("bdi", {}, k)), make("dd", {}, make("bdi", {}, v))]);

const signed = (v, digits) => (v < 0 ? "\u2212" : "+") + Math.abs(v).toFixed(digits);

// scores are what the run's heads say: the highest ones, and those of the labels that are not among them.
function scores(i) {
  const h = about.heads, out = [make("h3", {}, "Scores of the run's heads")];
  if (!h) return [...out, make("p", { class: "faint" }, about.without.heads)];
  const rows = [], seen = new Set(), own = labels(i), m = D.headMargin[i];
  for (let k = i * h.top; k < (i + 1) * h.top; k++) if (D.headClass[k] >= 0) { rows.push([D.headClass[k], D.headScore[k]]); seen.add(D.headClass[k]); }
  own.forEach((c, k) => { const s = D.headOwn[D.labelAt[i] + k]; if (!seen.has(c) && !Number.isNaN(s)) rows.push([c, s]); });
  if (!rows.length) return [...out, make("p", { class: "faint" }, "They give this image none.")];
  const role = h.roles[D.headRole[i]], said = Number.isNaN(m) ? "whether they are right is not known" : m < 0 ? `not as labelled, by ${(-m).toFixed(3)}` : `as labelled, by ${m.toFixed(3)}`;
  out.push(make("p", { class: "verdict" + (m < 0 ? " wrong" : "") }, said + (role ? `; ${role === "learned from" ? "they learned from this image" : role === "tested" ? "they are tested on this image" : "neither learned from nor tested"}` : "")),
    make("dl", { class: "facts scores" }, ...pairs(rows.map(([c, s]) => [className(c) + (own.includes(c) ? " (label)" : ""), signed(s, 3)]))));
  return out;
}

// Where evidence is, by point: its place in the list and where its pictures begin.
const explained = new Map();
if (evidence) {
  let at = 0;
  evidence.list.forEach((e, k) => { explained.set(e[0], { k, at }); for (const c of e[2]) at += c[4]; });
}

const drawn = []; // the addresses of the pictures of the image that is open

function proof(i) {
  for (const url of drawn.splice(0)) URL.revokeObjectURL(url);
  const title = make("h3", {}, "Where the scores come from");
  const of = explained.get(i);
  if (!of) return about.heads ? [title, make("p", { class: "faint" }, ...evidence ? ["This page has no evidence of this image: ", make("code", {}, "--evidence-of"), " asks for it by name."] : [about.without.evidence])] : [];
  let at = of.at;
  const figures = evidence.list[of.k][2].map(([c, score, bias, sums, size]) => {
    const url = URL.createObjectURL(new Blob([D.jpeg.subarray(at, at + size)], { type: "image/jpeg" }));
    at += size;
    drawn.push(url);
    const parts = [`${signed(bias, 5)} bias`, ...sums.map((s, k) => `${signed(s, 5)} ${evidence.scales[k]}`)];
    return make("figure", { class: "evidence" }, make("img", { src: url, alt: `evidence for ${className(c)}` }),
      make("figcaption", {}, make("bdi", {}, ...breakable(className(c))), make("span", { class: "sum" }, `${signed(score, 5)} =`, ...parts.map(p => make("span", {}, p)))));
  });
  const limit = evidence.list[of.k][1];
  return [title, make("div", { class: "figures" }, ...figures), make("p", { class: "faint" }, `The strongest colour is ${limit.toPrecision(3)}. `, shown(evidence.words))];
}

function details(i) {
  const out = [make("div", { class: "head" }, thumb(i, 96), make("h2", {}, make("bdi", {}, ...breakable(shown(D.names[i])))))];
  const pickedNow = make("button", { type: "button", "aria-pressed": String(!!picked[i]) }, picked[i] ? "take out of the selection" : "add to the selection");
  pickedNow.onclick = () => { toggle(i); $("panel-image").replaceChildren(...details(i)); };
  out.push(make("p", { class: "row" }, pickedNow), facts(i));
  for (const s of (about.suspects ? about.suspects.list : []).filter(s => s[0] === i)) out.push(make("p", { class: "note" }, "Suspect: " + doubt(s)));
  out.push(...scores(i), ...proof(i), ...copies(i));
  const near = [];
  for (let k = i * about.k; k < (i + 1) * about.k; k++) if (D.near[k] >= 0) near.push(entry(D.near[k], `1 - cos ${D.far[k].toPrecision(3)}`));
  if (near.length) out.push(make("h3", {}, "Nearest in the space"), list(near, "nearest images"));
  return out;
}
