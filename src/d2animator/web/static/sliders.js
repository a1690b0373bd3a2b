// A slider with its name and value.

import { freshId, make } from "/static/dom.js";

/** Make a slider; `changed` is called with its value. */
export function slider({ name, label, least, most, step, value = 0, unit = "" }, changed) {
  const id = freshId();
  const shown = make("output", { for: id });
  const input = make("input", { type: "range", id, min: least, max: most, step, value, "data-name": name });
  const show = () => {
    const number = Number(input.value);
    shown.textContent = `${unit === "°" ? number.toFixed(0) : number.toFixed(2)}${unit}`;
    input.setAttribute("aria-valuetext", shown.textContent);
  };
  input.addEventListener("input", () => { show(); changed(Number(input.value)); });
  const set = (number) => { input.value = number; show(); };
  input.addEventListener("dblclick", () => { set(value); changed(value); });
  show();
  return { element: make("div", { class: "slider" }, make("label", { for: id }, label, shown), input), input, set, reset: () => set(value) };
}

export const REGIONS = [
  ["pose", "Head"], ["eyes", "Eyelids"], ["brows", "Brows"], ["mouth", "Mouth"], ["gaze", "Gaze"],
];

/** Sliders of how strongly each region follows, 0 to 2; gives a function that tells the gains. */
export function gainSliders(place, changed = () => {}) {
  const gains = Object.fromEntries(REGIONS.map(([name]) => [name, 1]));
  for (const [name, label] of REGIONS) {
    const made = slider({ name, label, least: 0, most: 2, step: 0.05, value: 1, unit: "×" }, (value) => {
      gains[name] = value;
      changed({ ...gains });
    });
    place.append(made.element);
  }
  return () => ({ ...gains });
}

/** Words of a name such as mouthSmileLeft or brow_up. */
export function inWords(name) {
  const words = name.replace(/_/g, " ").replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return words[0].toUpperCase() + words.slice(1);
}
