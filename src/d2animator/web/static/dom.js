// Small helpers for the page's elements.

export const find = (selector, within = document) => within.querySelector(selector);

/** Make an element: attributes (functions are listeners of that event), then children. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const problem = (text) => make("p", { class: "problem", role: "alert" }, text);

let count = 0;
export const freshId = () => `id-${++count}`;

/** Seconds in words. */
export function inWords(seconds) {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 90) return `${whole} s`;
  return `${Math.round(whole / 60)} min`;
}

/** Let a browser save some content under a name. */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
