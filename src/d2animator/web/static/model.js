// The page that tells what the model is, and shows its directions.

import { get } from "/static/api.js";
import { find, make, problem } from "/static/dom.js";

export async function openModel() {
  const place = find("#model-card");
  place.replaceChildren(make("p", { class: "quiet", role: "status" }, "Loading the model …"));
  try {
    const card = await get("/api/model");
    place.replaceChildren(...told(card));
  } catch (error) {
    place.replaceChildren(problem(error.message));
  }
}

function told(card) {
  const groups = new Map();
  for (const one of card.directions) groups.set(one.group, [...(groups.get(one.group) || []), one]);
  const steps = card.steps.map((step) => (step ? `${step > 0 ? "+" : ""}${step}` : "at rest")).join(", ");
  return [
    make("p", { class: "lead" }, make("b", {}, card.name), card.description ? `: ${card.description}` : ""),
    make("div", { class: "cards" },
      facts("What it is", card.facts),
      facts("Licences", card.licenses)),
    make("h2", {}, `What its ${card.directions.length} directions do`),
    make("p", { class: "quiet" }, `Each strip shows a face of the generator along one direction: ${steps}.`),
    ...[...groups].map(([name, some], index) => make("details", { class: "card", open: index === 0 },
      make("summary", {}, `${name} (${some.length})`),
      make("div", { class: "strips" }, ...some.map((one) => make("figure", {},
        make("img", { src: one.strip, alt: `${one.name}, from one side to the other`, loading: "lazy" }),
        make("figcaption", {}, make("b", {}, one.name), ` ${one.effects}`)))))),
    make("h2", {}, "More of it"),
    more("Where it comes from", card.provenance),
    more("Measured", card.metrics),
  ];
}

function facts(title, entries) {
  return make("section", { class: "card" }, make("h2", {}, title), list(entries));
}

function more(title, entries) {
  if (!Object.keys(entries).length) return make("p", { class: "quiet" }, `${title}: nothing is said.`);
  return make("details", { class: "card" }, make("summary", {}, title), list(entries));
}

function list(entries) {
  const words = (value) => (typeof value === "number" ? `${Number(value.toPrecision(4))}` : value);
  return make("dl", { class: "facts" }, ...Object.entries(entries).flatMap(([name, value]) =>
    [make("dt", {}, name.replace(/_/g, " ")), make("dd", {}, words(value))]));
}
