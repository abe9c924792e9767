"use strict";
// The tab of leaks: images that the table has twice, those that a split tests and learns from first. A group is its
// grade, whether labels differ, whether it is across splits, and its images: point, twin, grade, mirrored, a part, 1 - cos,
// correlation, and the splits that test it, each with how sure that is.

const perGroup = 12; // images of a group that are shown

// wordsOf says what an image is to its twin.
function wordsOf([, twin, grade, mirrored, isPart, distance, correlation, splits]) {
  const what = [grade + (mirrored ? ", mirrored" : "") + (isPart ? ", a part" : "") + " of " + shown(D.names[twin])];
  if (correlation !== null) what.push(`correlation ${correlation.toFixed(4)}`);
  if (distance !== null) what.push(`1 - cos ${distance.toPrecision(2)}`);
  const tested = splits.map(([name, sure]) => sure === grade ? shown(name) : `${shown(name)} (${sure})`);
  return [what.join("; "), tested.length ? `tested by ${tested.join(", ")}, which learns from another of the group` : null].filter(Boolean);
}

function group([grade, differ, across, images]) {
  const notes = [differ && "labelled differently", across && "across splits", images.some(m => m[3]) && "mirrored", images.some(m => m[4]) && "a part"].filter(Boolean);
  const more = images.length - perGroup, one = make("button", { type: "button" }, "select");
  one.setAttribute("aria-label", `select the group of ${shown(D.names[images[0][0]])}`);
  one.onclick = () => { pick(images.map(m => m[0])); say(`${counted(images.length, "image")} added to the selection.`); };
  return make("li", { class: "group" },
    make("p", { class: "row" }, make("strong", {}, `${grade}: ${counted(images.length, "image")}`), notes.length ? make("span", { class: "faint" }, notes.join(", ")) : null, one),
    list(images.slice(0, perGroup).map(m => entry(m[0], ...wordsOf(m))), "images of the group"),
    more > 0 ? make("p", { class: "faint" }, `and ${grouped(more)} more`) : null);
}

// filters of the list, by what a group is.
const filters = [
  ["all groups", () => true], ["across splits", g => g[2]], ["labelled differently", g => g[1]], ["mirrored", g => g[3].some(m => m[3])],
  ...grades.map(name => [name, g => g[0] === name]),
];

function splitTable() {
  const head = make("tr", {}, ...["tested by", ...grades].map(t => make("th", { scope: "col" }, t)));
  return make("table", {}, make("thead", {}, head), make("tbody", {}, ...leaks.splits.map(([name, ...counts]) => make("tr", {}, make("th", { scope: "row" }, shown(name)), ...counts.map(n => make("td", {}, grouped(n)))))));
}

function fillLeaks() {
  const box = $("leaks");
  if (!leaks) { box.append(make("p", {}, about.without.leaks)); return; }
  const inner = make("div", { tabIndex: -1 }), choice = make("select", { id: "leaks-of" });
  filters.forEach(([name, of], k) => { const n = leaks.groups.filter(of).length; choice.append(make("option", { value: String(k), disabled: !n && k > 0 }, `${name} (${grouped(n)})`)); });
  const chosen = () => leaks.groups.filter(filters[+choice.value][1]);
  const refill = () => paged(inner, {}, chosen(), group, "groups");
  choice.onchange = refill;
  const tested = make("button", { type: "button", onclick: () => { pick(chosen().flatMap(g => g[3].filter(m => m[7].length).map(m => m[0]))); say("Added to the selection."); } }, "select what is tested of them");
  box.append(make("p", { class: "faint" }, leaks.note), ...(leaks.splits.length ? [splitTable()] : []),
    make("p", { class: "row" }, make("label", {}, "Show ", choice), pickAll(() => chosen().flatMap(g => g[3].map(m => m[0]))), tested), inner);
  refill();
}

// copies are the groups that a point is in.
function copies(i) {
  const of = leaks ? leaks.groups.filter(g => g[3].some(m => m[0] === i)) : [];
  return of.length ? [make("h3", {}, "The same image, or one like it"), make("ul", { class: "plain" }, ...of.map(group))] : [];
}
